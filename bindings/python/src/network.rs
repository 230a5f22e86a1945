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

/// What is computed with, by process and parts: an evaluator and a differentiator are used by one caller at a time.
type Pool<T> = Mutex<HashMap<(u32, Vec<Part>), Vec<Box<T>>>>;

/// A network without parameters.
#[pyclass(module = "sinefield._native", frozen)]
pub struct Network {
    architecture: Architecture,
    evaluators: Pool<dyn Evaluator>,
    differentiators: Pool<dyn Differentiator>,
}

/// Runs `work` with a tool from the pool, or a new one.
fn with_tool<T: ?Sized, R>(
    pool: &Pool<T>,
    parts: &[Part],
    make: impl FnOnce() -> Result<Box<T>, EngineError>,
    work: impl FnOnce(&mut T) -> R,
) -> Result<R, EngineError> {
    let key = (process::id(), parts.to_vec());
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
        let (jets, out) = (&jets[0], &mut *cotangents[0]);
        let size = jets.points * jets.outputs;
        for (channels, numbers) in &self.cotangents {
            let width = channels.len();
            let numbers = &numbers[start * jets.outputs * width..][..size * width];
            for (at, channel) in channels.iter().enumerate() {
                let bars = numbers.iter().skip(at).step_by(width);
                out[channel * size..][..size].iter_mut().zip(bars).for_each(|(out, bar)| *out += bar);
            }
        }
        0.0
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
        Ok(Self { architecture, evaluators: Mutex::default(), differentiators: Mutex::default() })
    }

    /// The parts of the jets at `points`, `(count, inputs)`: value and laplacian `(count, outputs)`, gradient `(count,
    /// outputs, inputs)`, hessian `(count, outputs, inputs, inputs)`.
    fn jet<'py>(
        &self,
        py: Python<'py>,
        parameters: PyReadonlyArray1<'py, f32>,
        points: PyReadonlyArray2<'py, f32>,
        parts: Vec<String>,
    ) -> PyResult<Vec<Bound<'py, PyArrayDyn<f32>>>> {
        let (parts, spec) = self.parts(&parts)?;
        let (theta, x) = self.inputs(&parameters, &points)?;
        let (inputs, outputs, count) =
            (self.architecture.inputs, self.architecture.outputs(), points.shape()[0]);
        let channels: Vec<Vec<usize>> = parts.iter().map(|part| part.channels(&spec)).collect();
        let width: usize = channels.iter().map(Vec::len).sum();
        let order: Vec<usize> = channels.concat();
        let engine = engine(None)?;
        // Of one part, the numbers are written where they stay; of several, they are sorted afterwards.
        let all = py.detach(|| {
            let mut all = vec![0.0f32; count * width * outputs];
            let place = |start: usize, out: &mut [f64]| {
                out.iter_mut().zip(&x[start * inputs..]).for_each(|(out, x)| *out = f64::from(*x));
            };
            let write = |_: usize, jets: &Jets<'_>, out: &mut [f32]| {
                for (at, channel) in order.iter().enumerate() {
                    let numbers = jets.channel(*channel).iter();
                    out.iter_mut().skip(at).step_by(width).zip(numbers).for_each(|(out, n)| *out = *n);
                }
            };
            let make = || engine.evaluator(&self.architecture, &spec);
            let done = with_tool(&self.evaluators, &parts, make, |evaluator| {
                evaluator.evaluate(theta, place, &mut all, width * outputs, write);
            });
            done.map(|()| all)
        });
        let all = all.map_err(failed)?;
        let mut first = 0;
        let mut arrays = Vec::with_capacity(parts.len());
        for (part, channels) in parts.iter().zip(&channels) {
            let own = channels.len();
            let numbers: Vec<f32> = if own == width {
                all.clone()
            } else {
                all.chunks_exact(width).flat_map(|point| &point[first..first + own]).copied().collect()
            };
            first += own;
            let shape = [vec![count], part.shape(outputs, inputs)].concat();
            arrays.push(PyArray1::from_vec(py, numbers).reshape(shape)?);
        }
        Ok(arrays)
    }

    /// The gradient with respect to the parameters of a loss whose derivatives with respect to the parts of the jets are
    /// `cotangents`, shaped as [`Network::jet`] gives them.
    fn gradient<'py>(
        &self,
        py: Python<'py>,
        parameters: PyReadonlyArray1<'py, f32>,
        points: PyReadonlyArray2<'py, f32>,
        parts: Vec<String>,
        cotangents: Vec<PyReadonlyArrayDyn<'py, f32>>,
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
            let system = Given { points: x, inputs, cotangents: given };
            let mut gradient = vec![0.0f32; theta.len()];
            let make = || engine.differentiator(&[(&self.architecture, &spec)]);
            let done = with_tool(&self.differentiators, &parts, make, |differentiator| {
                differentiator.gradient(&[theta], &system, &mut [&mut gradient], &mut []);
            });
            done.map(|()| gradient)
        });
        Ok(PyArray1::from_vec(py, gradient.map_err(failed)?))
    }
}
