//! Chunks handed to threads, their gradients added in order.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::prelude::*;

use super::CpuEngine;
use super::isa::{Token, with_simd};
use super::pack::pack;
use super::plan::Plan;
use super::tile::{Tile, Weights};
use super::{forward, reverse};
use crate::engine::{Jets, Objective};
use crate::field::AlignedVec;
use crate::jet::Method;

/// Evaluates one kind of jet for fields of one architecture, step after step, in memory of its own.
pub struct Stepper {
    engine: CpuEngine,
    plan: Plan,
    packed: AlignedVec,
    /// One per thread, made at first use: with all layers for gradients, with two for evaluation.
    keeping: Vec<Mutex<Option<Tile>>>,
    passing: Vec<Mutex<Option<Tile>>>,
    reducer: Mutex<Reducer>,
}

/// A chunk's share of the loss and of its gradient.
struct Share {
    loss: f64,
    gradient: AlignedVec,
}

/// Adds shares in the order of their chunks, whatever the order they come in.
#[derive(Default)]
struct Reducer {
    next: usize,
    total: Option<Share>,
    waiting: BTreeMap<usize, Share>,
    /// Accumulators free for another chunk, kept from step to step.
    spare: Vec<AlignedVec>,
}

impl Reducer {
    /// The sum of every share submitted, ready for the next step.
    fn finish(&mut self) -> Option<Share> {
        self.next = 0;
        self.total.take()
    }

    fn submit(&mut self, chunk: usize, share: Share) {
        self.waiting.insert(chunk, share);
        while let Some(share) = self.waiting.remove(&self.next) {
            self.next += 1;
            match &mut self.total {
                None => self.total = Some(share),
                Some(total) => {
                    total.loss += share.loss;
                    let pairs = total.gradient.iter_mut().zip(share.gradient.iter());
                    pairs.for_each(|(total, part)| *total += part);
                    self.spare.push(share.gradient);
                }
            }
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    // A panic in another thread is passed on by the pool; what it held is not read again.
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

impl Stepper {
    pub(super) fn new(engine: CpuEngine, plan: Plan) -> Self {
        let packed = AlignedVec::zeros(plan.packed_len);
        let slots = || (0..engine.threads()).map(|_| Mutex::new(None)).collect();
        Self { keeping: slots(), passing: slots(), reducer: Mutex::default(), engine, plan, packed }
    }

    /// Floating-point operations of the matrix products at one point, counted by formula.
    pub fn operations_per_point(&self, with_gradient: bool) -> f64 {
        self.plan.operations_per_point(with_gradient)
    }

    /// The loss of `objective` at `parameters`, and its gradient, which replaces what is in
    /// `gradient`. Both are flat, in the field's order.
    ///
    /// # Panics
    /// If a slice is not as long as the architecture's parameters, or the objective asks for another
    /// jet than this stepper's.
    pub fn gradient(&mut self, parameters: &[f32], objective: &dyn Objective, gradient: &mut [f32]) -> f64 {
        assert_eq!(parameters.len(), self.plan.parameter_count, "parameters of another field");
        assert_eq!(gradient.len(), parameters.len(), "gradient of another field");
        assert_eq!(objective.spec().channels(), self.plan.channels.count, "objective of another jet");
        let Some(token) = self.plan.set.token() else { return f64::NAN };
        self.engine.install(|| pack(&self.plan, parameters, &mut self.packed));
        let w = Weights { packed: &self.packed, parameters };
        let points = objective.points();
        let chunk_points = self.plan.chunk_points(points);
        let chunks = points.div_ceil(chunk_points);
        let (next, reducer, plan) = (AtomicUsize::new(0), &self.reducer, &self.plan);
        self.engine.broadcast(|thread| {
            let mut slot = lock(&self.keeping[thread]);
            let tile = slot.get_or_insert_with(|| Tile::new(plan, true));
            loop {
                let chunk = next.fetch_add(1, Ordering::Relaxed);
                if chunk >= chunks {
                    break;
                }
                let spare = lock(reducer).spare.pop();
                let mut share = Share {
                    loss: 0.0,
                    gradient: spare.unwrap_or_else(|| AlignedVec::zeros(plan.gradient_len)),
                };
                share.gradient.fill(0.0);
                let range = chunk * chunk_points..points.min((chunk + 1) * chunk_points);
                run_chunk(plan, token, w, tile, objective, range, &mut share);
                lock(reducer).submit(chunk, share);
            }
        });
        let mut reducer = lock(reducer);
        match reducer.finish() {
            Some(share) => {
                unpack(&self.plan, &share.gradient, gradient);
                reducer.spare.push(share.gradient);
                share.loss
            }
            None => {
                gradient.fill(0.0);
                0.0
            }
        }
    }

    /// Evaluates jets at `out.len() / per_point` points, whose coordinates `coordinates(start, x)`
    /// writes, tile by tile on every thread; `write(start, jets, out)` turns each tile's jets into its
    /// share of `out`, `per_point` items a point.
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
    /// let points = [[0.0f32, 0.0], [0.5, -0.25], [1.0, 1.0]];
    /// let coordinates = |start: usize, x: &mut [f32]| {
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
    /// If `parameters` is not as long as the architecture's, or `per_point` is zero.
    pub fn evaluate<T: Send>(
        &mut self,
        parameters: &[f32],
        coordinates: impl Fn(usize, &mut [f32]) + Sync,
        out: &mut [T],
        per_point: usize,
        write: impl Fn(usize, &Jets<'_>, &mut [T]) + Sync,
    ) {
        assert_eq!(parameters.len(), self.plan.parameter_count, "parameters of another field");
        let Some(token) = self.plan.set.token() else { return };
        let (plan, packed) = (&self.plan, &mut self.packed);
        let tiles = &self.passing;
        self.engine.install(|| {
            pack(plan, parameters, packed);
            let w = Weights { packed, parameters };
            let shares = out.par_chunks_mut(plan.tile_points * per_point);
            shares.enumerate().for_each(|(index, out)| {
                let mut slot = lock(&tiles[rayon::current_thread_index().unwrap_or(0)]);
                let tile = slot.get_or_insert_with(|| Tile::new(plan, false));
                let count = out.len() / per_point;
                let start = index * plan.tile_points;
                coordinates(start, &mut tile.coordinates[..count * plan.inputs]);
                tile_jets(plan, token, w, tile, count);
                write(start, &jets_of(plan, tile, count), out);
            });
        });
    }

    /// Evaluates the field's value alone: `out` is `(points, outputs)`.
    ///
    /// # Panics
    /// As [`Stepper::evaluate`].
    pub fn values(
        &mut self,
        parameters: &[f32],
        coordinates: impl Fn(usize, &mut [f32]) + Sync,
        out: &mut [f32],
    ) {
        let per_point = self.plan.outputs;
        let write = |_: usize, jets: &Jets<'_>, out: &mut [f32]| out.copy_from_slice(jets.channel(0));
        self.evaluate(parameters, coordinates, out, per_point, write);
    }
}

fn tile_jets(plan: &Plan, token: Token, w: Weights, tile: &mut Tile, points: usize) {
    match plan.method {
        Method::Forward => with_simd!(token, simd => forward::jets(simd, plan, w, tile, points)),
        Method::Reverse => with_simd!(token, simd => reverse::jets(simd, plan, w, tile, points)),
    }
}

fn jets_of<'a>(plan: &Plan, tile: &'a Tile, points: usize) -> Jets<'a> {
    Jets {
        data: &tile.jets[..plan.channels.count * points * plan.outputs],
        coordinates: &tile.coordinates[..points * plan.inputs],
        points,
        outputs: plan.outputs,
    }
}

fn run_chunk(
    plan: &Plan,
    token: Token,
    w: Weights,
    tile: &mut Tile,
    objective: &dyn Objective,
    range: std::ops::Range<usize>,
    share: &mut Share,
) {
    let mut start = range.start;
    while start < range.end {
        let points = plan.tile_points.min(range.end - start);
        objective.coordinates(start, &mut tile.coordinates[..points * plan.inputs]);
        tile_jets(plan, token, w, tile, points);
        let mut cotangents = std::mem::take(&mut tile.cotangents);
        let numbers = plan.channels.count * points * plan.outputs;
        cotangents[..numbers].fill(0.0);
        share.loss += objective.residual(start, &jets_of(plan, tile, points), &mut cotangents[..numbers]);
        tile.cotangents = cotangents;
        let out = &mut share.gradient;
        match plan.method {
            Method::Forward => with_simd!(token, simd => forward::back(simd, plan, w, tile, points, out)),
            Method::Reverse => with_simd!(token, simd => reverse::back(simd, plan, w, tile, points, out)),
        }
        start += points;
    }
}

/// From an accumulator's padded layout to the flat parameters'.
fn unpack(plan: &Plan, accumulated: &[f32], gradient: &mut [f32]) {
    for layer in &plan.layers {
        let padded = &accumulated[layer.gradient..];
        let row = layer.gradient_row();
        let weight = &mut gradient[layer.weight..layer.weight + layer.inputs * layer.outputs];
        for (o, target) in weight.chunks_exact_mut(layer.inputs).enumerate() {
            if layer.transposed {
                target.iter_mut().enumerate().for_each(|(i, t)| *t = padded[i * row + o]);
            } else {
                target.copy_from_slice(&padded[o * row..o * row + layer.inputs]);
            }
        }
        let bias = &accumulated[layer.bias_gradient..layer.bias_gradient + layer.outputs];
        gradient[layer.bias..layer.bias + layer.outputs].copy_from_slice(bias);
    }
}
