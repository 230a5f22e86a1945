//! What the rest of the library asks of an engine, whichever it is.

use std::sync::{Arc, Mutex, PoisonError};

use super::{EngineError, Jets, System};
use crate::field::Architecture;
use crate::jet::JetSpec;

/// What computes: it makes evaluators and differentiators for networks and jets.
///
/// [`CpuEngine`](super::cpu::CpuEngine) is the fast one, [`ReferenceEngine`](super::reference::ReferenceEngine)
/// computes in float64, one point at a time.
pub trait Engine: std::fmt::Debug + Send + Sync {
    /// What differentiates sums over the jets of several fields, each with its own.
    ///
    /// # Errors
    /// If an architecture and its jet disagree on the number of coordinates, or there are too many.
    fn differentiator(
        &self,
        fields: &[(&Architecture, &JetSpec)],
    ) -> Result<Box<dyn Differentiator>, EngineError>;

    /// What evaluates jets of `spec` for fields of `architecture`.
    ///
    /// # Errors
    /// As [`Engine::differentiator`].
    fn evaluator(
        &self,
        architecture: &Architecture,
        spec: &JetSpec,
    ) -> Result<Box<dyn Evaluator>, EngineError>;

    /// Threads.
    fn threads(&self) -> usize;

    /// What it computes with, in words: `2 threads, AVX-512`.
    fn describe(&self) -> String;

    /// The floating-point operations per second that it reaches at best, if it can measure them.
    fn peak(&self) -> Option<f64> {
        None
    }

    /// Runs `work` once, with this engine's threads for parallel iterators.
    fn run_with_threads(&self, work: &mut (dyn FnMut() + Send));
}

/// A shared engine is an engine, so that it can be lent to whatever takes one.
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

    fn threads(&self) -> usize {
        self.as_ref().threads()
    }

    fn describe(&self) -> String {
        self.as_ref().describe()
    }

    fn peak(&self) -> Option<f64> {
        self.as_ref().peak()
    }

    fn run_with_threads(&self, work: &mut (dyn FnMut() + Send)) {
        self.as_ref().run_with_threads(work);
    }
}

impl dyn Engine + '_ {
    /// Runs `work` with this engine's threads for parallel iterators; what it returned.
    ///
    /// # Panics
    /// If the engine does not run `work`, which breaks its contract.
    pub fn install<R: Send>(&self, work: impl FnOnce() -> R + Send) -> R {
        let (mut work, mut result) = (Some(work), None);
        self.run_with_threads(&mut || result = work.take().map(|work| work()));
        result.expect("an engine runs the work it is given")
    }
}

/// Differentiates systems of given networks and jets, step after step.
pub trait Differentiator: Send {
    /// The loss of `system` at the fields' `parameters`, and its gradients, which replace what is in
    /// `gradients` and in `scalars`. One slice a field, flat, in the field's order.
    ///
    /// # Panics
    /// If there are not as many slices as fields, or one is not as long as its field's parameters.
    fn gradient(
        &mut self,
        parameters: &[&[f32]],
        system: &dyn System,
        gradients: &mut [&mut [f32]],
        scalars: &mut [f64],
    ) -> f64;

    /// Bytes that a step needs beside the parameters, about.
    fn memory(&self) -> usize;

    /// Floating-point operations of the matrix products at one point, counted by formula.
    fn operations_per_point(&self, with_gradient: bool) -> f64;
}

/// Evaluates jets of one network.
pub trait Evaluator: Send {
    /// Outputs of the network.
    fn outputs(&self) -> usize;

    /// Points of a tile: all tiles have as many except the last.
    fn tile_points(&self) -> usize;

    /// Evaluates the jets at `points` points, whose coordinates `coordinates(start, x)` writes, `(count,
    /// inputs)`, and hands them to `visit(start, jets)`, tile by tile, in any order and from several threads.
    ///
    /// # Panics
    /// If `parameters` is not as long as the architecture's.
    fn visit(
        &mut self,
        parameters: &[f32],
        points: usize,
        coordinates: &(dyn Fn(usize, &mut [f64]) + Sync),
        visit: &(dyn Fn(usize, &Jets<'_>) + Sync),
    );
}

impl dyn Evaluator + '_ {
    /// Evaluates jets at `out.len() / per_point` points, whose coordinates `coordinates(start, x)` writes;
    /// `write(start, jets, out)` turns each tile's jets into its share of `out`, `per_point` items a point.
    ///
    /// # Panics
    /// If `parameters` is not as long as the architecture's, or `per_point` is zero.
    pub fn evaluate<T: Send>(
        &mut self,
        parameters: &[f32],
        coordinates: impl Fn(usize, &mut [f64]) + Sync,
        out: &mut [T],
        per_point: usize,
        write: impl Fn(usize, &Jets<'_>, &mut [T]) + Sync,
    ) {
        let points = out.len() / per_point;
        let tile = self.tile_points();
        // Each tile has its own share, so that no thread ever waits for one.
        let shares: Vec<Mutex<&mut [T]>> = out.chunks_mut(tile * per_point).map(Mutex::new).collect();
        self.visit(parameters, points, &coordinates, &|start, jets| {
            let mut share = shares[start / tile].lock().unwrap_or_else(PoisonError::into_inner);
            write(start, jets, &mut share[..jets.points * per_point]);
        });
    }

    /// Evaluates the field's value alone: `out` is `(points, outputs)`.
    ///
    /// # Panics
    /// If `parameters` is not as long as the architecture's, or `out` is no whole number of points.
    pub fn values(
        &mut self,
        parameters: &[f32],
        coordinates: impl Fn(usize, &mut [f64]) + Sync,
        out: &mut [f32],
    ) {
        let per_point = self.outputs();
        let write = |_: usize, jets: &Jets<'_>, out: &mut [f32]| out.copy_from_slice(jets.channel(0));
        self.evaluate(parameters, coordinates, out, per_point, write);
    }
}
