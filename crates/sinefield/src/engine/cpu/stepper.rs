//! The steps of one field: gradients of a sum over points, and evaluation.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::joint::{JointStepper, jets_of, tile_jets};
use super::number::CpuNumber;
use super::spare::Spare;
use super::tile::{Tile, Weights};
use crate::engine::{Alone, Differentiator, Evaluator, Jets, Objective};
use crate::jet::JetSpec;

/// Evaluates one kind of jet for fields of one architecture. It reuses its memory between steps.
pub struct Stepper<N: CpuNumber = f32> {
    joint: JointStepper<N>,
    spec: JetSpec,
    /// Tiles with two layers, for evaluation.
    tiles: Spare<Tile<N>>,
}

impl<N: CpuNumber> Stepper<N> {
    pub(super) fn new(joint: JointStepper<N>, spec: JetSpec) -> Self {
        Self { joint, spec, tiles: Spare::default() }
    }

    /// Floating-point operations of the matrix products at one point, counted by formula.
    pub fn operations_per_point(&self, with_gradient: bool) -> f64 {
        self.joint.operations_per_point(with_gradient)
    }
}

impl Stepper {
    /// The loss of `objective` at `parameters`. Its gradient overwrites `gradient`. Both slices are flat, in the order
    /// of the field.
    ///
    /// # Panics
    /// If the length of a slice differs from the number of parameters of the architecture, or the jet of the objective
    /// differs from that of this stepper.
    pub fn gradient(&mut self, parameters: &[f32], objective: &dyn Objective, gradient: &mut [f32]) -> f64 {
        assert_eq!(objective.spec(), &self.spec, "objective of another jet");
        self.joint.gradient(&[parameters], &Alone(objective), &mut [gradient], &mut [])
    }
}

impl<N: CpuNumber> Stepper<N> {
    /// Evaluates jets at `out.len() / per_point` points, tile by tile on every thread. `coordinates(start, x)` writes
    /// the coordinates of a tile. `write(start, jets, out)` converts its jets to its part of `out`, `per_point` items
    /// for each point.
    ///
    /// ```
    /// use sinefield::engine::cpu::CpuEngine;
    /// use sinefield::engine::{Jets, reference};
    /// use sinefield::field::{Field, FieldConfig};
    /// use sinefield::jet::JetSpec;
    ///
    /// let field = Field::new(&FieldConfig { hidden: 16, ..FieldConfig::new(2, 1) }, 0)?;
    /// let spec = JetSpec::laplacian(2); // channels: u, u_0, u_1, u_00 + u_11
    /// let mut stepper = CpuEngine::new(Some(1))?.stepper(field.architecture(), &spec)?;
    ///
    /// let points = [[0.0, 0.0], [0.5, -0.25], [1.0, 1.0]];
    /// let coordinates = |start: usize, x: &mut [f64]| {
    ///     x.copy_from_slice(&points.as_flattened()[2 * start..2 * start + x.len()]);
    /// };
    /// let write = |_: usize, jets: &Jets<'_>, out: &mut [[f32; 4]]| {
    ///     for (point, out) in out.iter_mut().enumerate() {
    ///         *out = std::array::from_fn(|channel| jets.channel(channel)[point]);
    ///     }
    /// };
    /// let mut out = [[0.0f32; 4]; 3];
    /// stepper.evaluate(field.parameters(), coordinates, &mut out, 1, write);
    ///
    /// let parameters: Vec<f64> = field.parameters().iter().copied().map(f64::from).collect();
    /// let exact = reference::jet(field.architecture(), &parameters, &spec, &[0.5, -0.25]);
    /// for (got, want) in out[1].iter().zip(exact) {
    ///     assert!((f64::from(*got) - want).abs() < 1e-3 * want.abs().max(1.0));
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
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
        let evaluator: &mut dyn Evaluator<N> = self;
        evaluator.evaluate(parameters, coordinates, out, per_point, write);
    }

    /// Evaluates only the value of the field. `out` is `(points, outputs)`.
    ///
    /// # Panics
    /// As [`Stepper::evaluate`].
    pub fn values(
        &mut self,
        parameters: &[N],
        coordinates: impl Fn(usize, &mut [f64]) + Sync,
        out: &mut [N],
    ) {
        let evaluator: &mut dyn Evaluator<N> = self;
        evaluator.values(parameters, coordinates, out);
    }
}

impl<N: CpuNumber> Evaluator<N> for Stepper<N> {
    fn outputs(&self) -> usize {
        self.joint.parts[0].plan.outputs
    }

    fn tile_points(&self) -> usize {
        self.joint.parts[0].plan.tile_points
    }

    fn visit(
        &mut self,
        parameters: &[N],
        points: usize,
        coordinates: &(dyn Fn(usize, &mut [f64]) + Sync),
        visit: &(dyn Fn(usize, &Jets<'_, N>) + Sync),
    ) {
        let part = &mut self.joint.parts[0];
        assert_eq!(parameters.len(), part.plan.parameter_count, "parameters of another field");
        let Some(token) = part.plan.set.token() else { return };
        let (plan, packed) = (&part.plan, &mut part.packed);
        let tiles = &self.tiles;
        let engine = &self.joint.engine;
        engine.pack(plan, parameters, packed);
        let w = Weights { packed, parameters };
        let next = AtomicUsize::new(0);
        // Not a parallel iterator: while a thread waits for its parts, it could start a tile whose functions need a
        // lock that the caller of this thread holds.
        engine.on_every_thread(|| {
            let mut tile = tiles.take(|| Tile::new(plan, false));
            loop {
                let start = next.fetch_add(1, Ordering::Relaxed) * plan.tile_points;
                if start >= points {
                    break;
                }
                let count = plan.tile_points.min(points - start);
                tile.place(count * plan.inputs, |x| coordinates(start, x));
                tile_jets(plan, token, w, &mut tile, count);
                visit(start, &jets_of(plan, &tile, count));
            }
            tiles.give(tile);
        });
    }
}
