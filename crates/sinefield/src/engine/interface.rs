//! The interface between engines and the rest of the library.

use std::sync::{Arc, Mutex, PoisonError};

use super::{EngineError, Factors, Jacobian, Jets, LayerShape, Rows, System};
use crate::field::{Architecture, Number, Precision};
use crate::jet::JetSpec;

/// An engine makes evaluators and differentiators for networks and jets, in float32 and in float64.
///
/// [`CpuEngine`](super::cpu::CpuEngine) is fast. [`ReferenceEngine`](super::reference::ReferenceEngine) computes in
/// float64, one point at a time.
pub trait Engine: std::fmt::Debug + Send + Sync {
    /// A differentiator of a [`System`] with these fields. Each field has its own jet.
    ///
    /// # Errors
    /// If an architecture and its jet disagree on the number of coordinates, or there are too many coordinates for
    /// second derivatives.
    fn differentiator(
        &self,
        fields: &[(&Architecture, &JetSpec)],
    ) -> Result<Box<dyn Differentiator>, EngineError>;

    /// An evaluator of jets of `spec` for fields of `architecture`.
    ///
    /// # Errors
    /// As [`Engine::differentiator`].
    fn evaluator(
        &self,
        architecture: &Architecture,
        spec: &JetSpec,
    ) -> Result<Box<dyn Evaluator>, EngineError>;

    /// As [`Engine::differentiator`], in float64.
    ///
    /// # Errors
    /// As [`Engine::differentiator`].
    fn differentiator_f64(
        &self,
        fields: &[(&Architecture, &JetSpec)],
    ) -> Result<Box<dyn Differentiator<f64>>, EngineError>;

    /// As [`Engine::evaluator`], in float64.
    ///
    /// # Errors
    /// As [`Engine::differentiator`].
    fn evaluator_f64(
        &self,
        architecture: &Architecture,
        spec: &JetSpec,
    ) -> Result<Box<dyn Evaluator<f64>>, EngineError>;

    /// The number of threads.
    fn threads(&self) -> usize;

    /// A description of its threads and arithmetic, such as `2 threads, AVX-512`.
    fn describe(&self) -> String;

    /// The peak rate of the engine in this precision, in floating-point operations per second, if it can measure that rate.
    fn peak(&self, _precision: Precision) -> Option<f64> {
        None
    }

    /// Runs `work` once, with this engine's threads for parallel iterators.
    fn run_with_threads(&self, work: &mut (dyn FnMut() + Send));
}

/// A shared engine is also an engine, so that it can be passed wherever an engine is needed.
impl<E: Engine + ?Sized> Engine for Arc<E> {
    fn differentiator(
        &self,
        fields: &[(&Architecture, &JetSpec)],
    ) -> Result<Box<dyn Differentiator>, EngineError> {
        self.as_ref().differentiator(fields)
    }

    fn evaluator(
        &self,
        architecture: &Architecture,
        spec: &JetSpec,
    ) -> Result<Box<dyn Evaluator>, EngineError> {
        self.as_ref().evaluator(architecture, spec)
    }

    fn differentiator_f64(
        &self,
        fields: &[(&Architecture, &JetSpec)],
    ) -> Result<Box<dyn Differentiator<f64>>, EngineError> {
        self.as_ref().differentiator_f64(fields)
    }

    fn evaluator_f64(
        &self,
        architecture: &Architecture,
        spec: &JetSpec,
    ) -> Result<Box<dyn Evaluator<f64>>, EngineError> {
        self.as_ref().evaluator_f64(architecture, spec)
    }

    fn threads(&self) -> usize {
        self.as_ref().threads()
    }

    fn describe(&self) -> String {
        self.as_ref().describe()
    }

    fn peak(&self, precision: Precision) -> Option<f64> {
        self.as_ref().peak(precision)
    }

    fn run_with_threads(&self, work: &mut (dyn FnMut() + Send)) {
        self.as_ref().run_with_threads(work);
    }
}

impl dyn Engine + '_ {
    /// Runs `work` with the engine's threads for parallel iterators and returns its result.
    ///
    /// # Panics
    /// If the engine does not run `work`, which breaks its contract.
    pub fn install<R: Send>(&self, work: impl FnOnce() -> R + Send) -> R {
        let (mut work, mut result) = (Some(work), None);
        self.run_with_threads(&mut || result = work.take().map(|work| work()));
        result.expect("an engine runs the work it is given")
    }
}

/// Differentiates systems of given networks and jets. It reuses its memory between steps.
pub trait Differentiator<N = f32>: Send {
    /// Returns the loss of `system` at the fields' `parameters`. Overwrites `gradients` with the gradient of every
    /// field, and `scalars` with that of the trainable scalars. Each field has one flat slice, in the order of its
    /// parameters.
    ///
    /// # Panics
    /// If the number of slices differs from the number of fields, or the length of a slice differs from that of its
    /// field.
    fn gradient(
        &mut self,
        parameters: &[&[N]],
        system: &dyn System<N>,
        gradients: &mut [&mut [N]],
        scalars: &mut [f64],
    ) -> f64;

    /// Writes the rows of `system` and their derivatives at the fields' `parameters` to `out`. The second of `system` has
    /// the rows of the first.
    ///
    /// # Panics
    /// If a size of `out` does not match the system.
    fn jacobian(
        &mut self,
        parameters: &[&[N]],
        system: (&dyn System<N>, &dyn Rows<N>),
        out: &mut Jacobian<'_>,
    );

    /// The linear layers of all fields, in the order of the fields, if [`Differentiator::factors`] can give the factors of
    /// the derivatives and every parameter belongs to a layer.
    fn layers(&self) -> Option<Vec<LayerShape>> {
        None
    }

    /// The rows of `system` and the factors of their derivatives at the fields' `parameters`, with `scalars` trainable
    /// scalars. The second of `system` has the rows of the first. `None` if [`Differentiator::layers`] is.
    ///
    /// # Panics
    /// If the length of a slice differs from that of its field.
    fn factors(
        &mut self,
        _parameters: &[&[N]],
        _system: (&dyn System<N>, &dyn Rows<N>),
        _scalars: usize,
    ) -> Option<Factors> {
        None
    }

    /// The approximate memory of a step beside the parameters, in bytes.
    fn memory(&self) -> usize;

    /// Floating-point operations of the matrix products at one point, counted by formula.
    fn operations_per_point(&self, with_gradient: bool) -> f64;
}

/// Evaluates jets of one network.
pub trait Evaluator<N = f32>: Send {
    /// Outputs of the network.
    fn outputs(&self) -> usize;

    /// Points of every tile except the last.
    fn tile_points(&self) -> usize;

    /// Evaluates the jets at `points` points, tile by tile. `coordinates(start, x)` writes the coordinates of a tile,
    /// `(count, inputs)`. `visit(start, jets)` receives its jets, in any order and from several threads.
    ///
    /// # Panics
    /// If the length of `parameters` differs from that of the architecture.
    fn visit(
        &mut self,
        parameters: &[N],
        points: usize,
        coordinates: &(dyn Fn(usize, &mut [f64]) + Sync),
        visit: &(dyn Fn(usize, &Jets<'_, N>) + Sync),
    );
}

impl<N: Number> dyn Evaluator<N> + '_ {
    /// Evaluates jets at `out.len() / per_point` points, tile by tile. `coordinates(start, x)` writes the coordinates
    /// of a tile. `write(start, jets, out)` converts its jets to its part of `out`, `per_point` items for each point.
    ///
    /// # Panics
    /// If the length of `parameters` differs from that of the architecture, or `per_point` is zero.
    pub fn evaluate<T: Send>(
        &mut self,
        parameters: &[N],
        coordinates: impl Fn(usize, &mut [f64]) + Sync,
        out: &mut [T],
        per_point: usize,
        write: impl Fn(usize, &Jets<'_, N>, &mut [T]) + Sync,
    ) {
        let points = out.len() / per_point;
        let tile = self.tile_points();
        // Each tile has its own part, so no thread waits for a lock.
        let shares: Vec<Mutex<&mut [T]>> = out.chunks_mut(tile * per_point).map(Mutex::new).collect();
        self.visit(parameters, points, &coordinates, &|start, jets| {
            let mut share = shares[start / tile].lock().unwrap_or_else(PoisonError::into_inner);
            write(start, jets, &mut share[..jets.points * per_point]);
        });
    }

    /// Evaluates only the value of the field. `out` is `(points, outputs)`.
    ///
    /// # Panics
    /// If the length of `parameters` differs from that of the architecture, or that of `out` is not a multiple of the
    /// outputs.
    pub fn values(
        &mut self,
        parameters: &[N],
        coordinates: impl Fn(usize, &mut [f64]) + Sync,
        out: &mut [N],
    ) {
        let per_point = self.outputs();
        let write = |_: usize, jets: &Jets<'_, N>, out: &mut [N]| out.copy_from_slice(jets.channel(0));
        self.evaluate(parameters, coordinates, out, per_point, write);
    }
}
