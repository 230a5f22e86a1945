//! Networks whose parameters live elsewhere: jets at points, and the gradient that cotangents of the jets give.
//!
//! What a framework with gradients of its own needs. Coordinates are the network's inputs, as they are.

use std::collections::HashMap;
use std::process;
use std::sync::{Mutex, PoisonError};

use numpy::{
    PyArray1, PyArrayDyn, PyArrayMethods, PyReadonlyArray1, PyReadonlyArray2, PyReadonlyArrayDyn,
    PyUntypedArrayMethods,
};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use sinefield::engine::cpu::{Recorder, Recording};
use sinefield::engine::{Differentiator, Engine, EngineError, Evaluator, Jets, System};
use sinefield::field::{Architecture, FieldConfig};
use sinefield::jet::JetSpec;

use crate::engine::engine;

/// What is asked of a network at a point, and where its numbers are in a jet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Part {
    Value,
    Gradient,
    Laplacian,
    Hessian,
}

impl Part {
    fn named(name: &str) -> PyResult<Self> {
        match name {
            "value" => Ok(Self::Value),
            "gradient" => Ok(Self::Gradient),
            "laplacian" => Ok(Self::Laplacian),
            "hessian" => Ok(Self::Hessian),
            _ => Err(PyValueError::new_err(format!(
                "{name:?} is no part of a jet; take value, gradient, laplacian or hessian"
            ))),
        }
    }

    /// The jet with what this part needs.
    fn add_to(self, spec: JetSpec) -> JetSpec {
        let inputs = spec.inputs();
        match self {
            Self::Value => spec,
            Self::Gradient => (0..inputs).fold(spec, JetSpec::with_first),
            Self::Laplacian => spec.with_laplacian(&vec![1.0; inputs]),
            Self::Hessian => {
                let pairs = (0..inputs).flat_map(|i| (i..inputs).map(move |j| (i, j)));
                pairs.fold(spec, |spec, (i, j)| spec.with_second(i, j))
            }
        }
    }

    /// Its numbers for one output of one point, each by the channel that it is in.
    fn channels(self, spec: &JetSpec) -> Vec<usize> {
        let inputs = spec.inputs();
        let channels: Option<Vec<usize>> = match self {
            Self::Value => Some(vec![0]),
            Self::Gradient => (0..inputs).map(|i| spec.first_channel(i)).collect(),
            Self::Laplacian => spec.laplacian_channel().map(|channel| vec![channel]),
            Self::Hessian => {
                let pairs = (0..inputs).flat_map(|i| (0..inputs).map(move |j| (i.min(j), i.max(j))));
                pairs.map(|(i, j)| spec.second_channel(i, j)).collect()
            }
        };
        channels.unwrap_or_default()
    }

    /// The shape of its numbers at a point.
    fn shape(self, outputs: usize, inputs: usize) -> Vec<usize> {
        match self {
            Self::Value | Self::Laplacian => vec![outputs],
            Self::Gradient => vec![outputs, inputs],
            Self::Hessian => vec![outputs, inputs, inputs],
        }
    }
}

/// What is computed with, by process, threads and parts. Each is used by one caller at a time.
type Pool<T> = Mutex<HashMap<Key, Vec<Box<T>>>>;

type Key = (u32, usize, Vec<Part>);

/// A network without parameters.
#[pyclass(module = "sinefield._native", frozen)]
pub struct Network {
    architecture: Architecture,
    evaluators: Pool<dyn Evaluator>,
    differentiators: Pool<dyn Differentiator>,
    recorders: Pool<Recorder>,
}

/// An array for each part, and the forward pass if it is kept.
type JetArrays<'py> = (Vec<Bound<'py, PyArrayDyn<f32>>>, Option<Kept>);

/// A forward pass that is kept for one gradient.
#[pyclass(module = "sinefield._native", frozen)]
pub struct Kept {
    parts: Vec<Part>,
    recording: Mutex<Option<Recording>>,
}

/// Runs `work` with a tool from the pool, or a new one.
fn with_tool<T: ?Sized, R>(
    pool: &Pool<T>,
    (threads, parts): (usize, &[Part]),
    make: impl FnOnce() -> Result<Box<T>, EngineError>,
    work: impl FnOnce(&mut T) -> R,
) -> Result<R, EngineError> {
    let key = (process::id(), threads, parts.to_vec());
    let held = pool.lock().unwrap_or_else(PoisonError::into_inner).get_mut(&key).and_then(Vec::pop);
    let mut tool = held.map_or_else(make, Ok)?;
    let result = work(&mut tool);
    pool.lock().unwrap_or_else(PoisonError::into_inner).entry(key).or_default().push(tool);
    Ok(result)
}

/// Points, and the cotangents of the jets there: a loss whose derivative with respect to the jets is given.
struct Given<'a> {
    points: &'a [f32],
    inputs: usize,
    /// Channels of the jets.
    channels: usize,
    /// By part: its channels, and its numbers `(points, outputs, channels)`.
    cotangents: Vec<(Vec<usize>, &'a [f32])>,
}

impl System for Given<'_> {
    fn points(&self) -> usize {
        self.points.len() / self.inputs
    }

    fn coordinates(&self, _: usize, start: usize, out: &mut [f64]) {
        let points = &self.points[start * self.inputs..];
        out.iter_mut().zip(points).for_each(|(out, x)| *out = f64::from(*x));
    }

    fn residual(&self, start: usize, jets: &[Jets<'_>], cotangents: &mut [&mut [f32]], _: &mut [f64]) -> f64 {
        self.add(start, jets[0].outputs, cotangents[0]);
        0.0
    }
}

impl Given<'_> {
    /// Adds the cotangents of the tile that begins at point `start` to `out`, `(channels, points, outputs)`.
    fn add(&self, start: usize, outputs: usize, out: &mut [f32]) {
        let size = out.len() / self.channels;
        for (channels, numbers) in &self.cotangents {
            let width = channels.len();
            let numbers = &numbers[start * outputs * width..][..size * width];
            for (at, channel) in channels.iter().enumerate() {
                let bars = numbers.iter().skip(at).step_by(width);
                out[channel * size..][..size].iter_mut().zip(bars).for_each(|(out, bar)| *out += bar);
            }
        }
    }
}

impl Kept {
    fn take(&self) -> Option<Recording> {
        self.recording.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// The arrays of the parts while tiles are written, in any order and from several threads.
struct Outs<'a> {
    /// By part: the channels of its numbers, and its array `(points, outputs, channels)` behind a lock.
    parts: Vec<(&'a [usize], Mutex<&'a mut [f32]>)>,
    outputs: usize,
}

impl<'a> Outs<'a> {
    fn new(numbers: &'a mut [Vec<f32>], channels: &'a [Vec<usize>], outputs: usize) -> Self {
        let parts = channels.iter().zip(numbers);
        Self {
            parts: parts.map(|(own, out)| (own.as_slice(), Mutex::new(out.as_mut_slice()))).collect(),
            outputs,
        }
    }

    /// Writes the jets of the tile that begins at point `start`. A tile is small beside the work that it took, so that
    /// threads seldom wait for the lock.
    fn write(&self, start: usize, jets: &Jets<'_>) {
        for (channels, out) in &self.parts {
            let width = channels.len();
            let mut out = out.lock().unwrap_or_else(PoisonError::into_inner);
            let own = &mut out[start * self.outputs * width..][..jets.points * self.outputs * width];
            for (at, channel) in channels.iter().enumerate() {
                let numbers = jets.channel(*channel).iter();
                own.iter_mut().skip(at).step_by(width).zip(numbers).for_each(|(out, n)| *out = *n);
            }
        }
    }
}

impl Network {
    fn parts(&self, names: &[String]) -> PyResult<(Vec<Part>, JetSpec)> {
        let parts = names.iter().map(|name| Part::named(name)).collect::<PyResult<Vec<Part>>>()?;
        let spec =
            parts.iter().fold(JetSpec::value(self.architecture.inputs), |spec, part| part.add_to(spec));
        Ok((parts, spec))
    }

    /// The parameters and the points as they are handed over.
    fn inputs<'a>(
        &self,
        parameters: &'a PyReadonlyArray1<'_, f32>,
        points: &'a PyReadonlyArray2<'_, f32>,
    ) -> PyResult<(&'a [f32], &'a [f32])> {
        let (expected, inputs) = (self.architecture.parameter_count(), self.architecture.inputs);
        if parameters.len() != expected || points.shape()[1] != inputs {
            return Err(PyValueError::new_err(format!(
                "a network of {expected} parameters and {inputs} coordinates is given {} and {}",
                parameters.len(),
                points.shape()[1]
            )));
        }
        Ok((parameters.as_slice()?, points.as_slice()?))
    }
}

fn failed(error: EngineError) -> PyErr {
    PyValueError::new_err(format!("jet: {error}"))
}

#[pymethods]
impl Network {
    /// A network that `config`, a JSON object, describes.
    #[new]
    fn new(config: &str) -> PyResult<Self> {
        let wrong = |error: &dyn std::fmt::Display| PyValueError::new_err(format!("network: {error}"));
        let config: FieldConfig = serde_json::from_str(config).map_err(|error| wrong(&error))?;
        let architecture = Architecture::new(&config).map_err(|error| wrong(&error))?;
        Ok(Self {
            architecture,
            evaluators: Mutex::default(),
            differentiators: Mutex::default(),
            recorders: Mutex::default(),
        })
    }

    /// The parts of the jets at `points`, `(count, inputs)`: value and laplacian `(count, outputs)`, gradient `(count,
    /// outputs, inputs)`, hessian `(count, outputs, inputs, inputs)`. The forward pass is kept if that takes at most `keep`
    /// bytes.
    fn jet<'py>(
        &self,
        py: Python<'py>,
        parameters: PyReadonlyArray1<'py, f32>,
        points: PyReadonlyArray2<'py, f32>,
        parts: Vec<String>,
        keep: usize,
    ) -> PyResult<JetArrays<'py>> {
        let (parts, spec) = self.parts(&parts)?;
        let (theta, x) = self.inputs(&parameters, &points)?;
        let (inputs, outputs, count) =
            (self.architecture.inputs, self.architecture.outputs(), points.shape()[0]);
        let channels: Vec<Vec<usize>> = parts.iter().map(|part| part.channels(&spec)).collect();
        let engine = engine(None)?;
        let done = py.detach(|| {
            let mut numbers: Vec<Vec<f32>> =
                channels.iter().map(|own| vec![0.0; count * outputs * own.len()]).collect();
            let place = |start: usize, out: &mut [f64]| {
                out.iter_mut().zip(&x[start * inputs..]).for_each(|(out, x)| *out = f64::from(*x));
            };
            let outs = Outs::new(&mut numbers, &channels, outputs);
            let visit = |start: usize, jets: &Jets<'_>| outs.write(start, jets);
            let make = || engine.recorder(&self.architecture, &spec).map(Box::new);
            // A recorder is asked what it would keep; one that keeps too much gives way to an evaluator.
            let kept = with_tool(&self.recorders, (engine.threads(), &parts), make, |recorder| {
                (recorder.memory(count) <= keep).then(|| recorder.record(theta, count, place, visit))
            })?;
            if kept.is_none() {
                let make = || Engine::evaluator(engine.as_ref(), &self.architecture, &spec);
                with_tool(&self.evaluators, (engine.threads(), &parts), make, |evaluator| {
                    evaluator.visit(theta, count, &place, &visit);
                })?;
            }
            Ok((numbers, kept))
        });
        let (numbers, kept) = done.map_err(failed)?;
        let mut arrays = Vec::with_capacity(parts.len());
        for (part, numbers) in parts.iter().zip(numbers) {
            let shape = [vec![count], part.shape(outputs, inputs)].concat();
            arrays.push(PyArray1::from_vec(py, numbers).reshape(shape)?);
        }
        let kept = kept.map(|recording| Kept { parts, recording: Mutex::new(Some(recording)) });
        Ok((arrays, kept))
    }

    /// The gradient with respect to the parameters of a loss whose derivatives with respect to the parts of the jets are
    /// `cotangents`, shaped as [`Network::jet`] gives them. A forward pass that was kept is used up; without one it is made
    /// again.
    fn gradient<'py>(
        &self,
        py: Python<'py>,
        parameters: PyReadonlyArray1<'py, f32>,
        points: PyReadonlyArray2<'py, f32>,
        parts: Vec<String>,
        cotangents: Vec<PyReadonlyArrayDyn<'py, f32>>,
        kept: Option<&Kept>,
    ) -> PyResult<Bound<'py, PyArray1<f32>>> {
        let (parts, spec) = self.parts(&parts)?;
        let (theta, x) = self.inputs(&parameters, &points)?;
        let (inputs, outputs, count) =
            (self.architecture.inputs, self.architecture.outputs(), points.shape()[0]);
        let mut given = Vec::new();
        for (part, cotangents) in parts.iter().zip(&cotangents) {
            let numbers = cotangents.as_slice()?;
            let width: usize = part.shape(outputs, inputs).iter().product();
            if numbers.len() != count * width || cotangents.shape().first() != Some(&count) {
                return Err(PyValueError::new_err("the cotangents have another shape than the jets"));
            }
            given.push((part.channels(&spec), numbers));
        }
        let engine = engine(None)?;
        let gradient = py.detach(|| {
            let system = Given { points: x, inputs, channels: spec.channels(), cotangents: given };
            let mut gradient = vec![0.0f32; theta.len()];
            let recording = kept.filter(|kept| kept.parts == parts).and_then(Kept::take);
            if let Some(recording) = recording {
                let make = || engine.recorder(&self.architecture, &spec).map(Box::new);
                with_tool(&self.recorders, (engine.threads(), &parts), make, |recorder| {
                    recorder.gradient(
                        recording,
                        |start, bars| system.add(start, outputs, bars),
                        &mut gradient,
                    );
                })?;
            } else {
                let make = || Engine::differentiator(engine.as_ref(), &[(&self.architecture, &spec)]);
                with_tool(&self.differentiators, (engine.threads(), &parts), make, |differentiator| {
                    differentiator.gradient(&[theta], &system, &mut [&mut gradient], &mut []);
                })?;
            }
            Ok(gradient)
        });
        Ok(PyArray1::from_vec(py, gradient.map_err(failed)?))
    }
}
