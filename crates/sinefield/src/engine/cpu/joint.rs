//! The step: threads process chunks of points, and each tile passes through all fields.

use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::CpuEngine;
use super::isa::{Token, with_simd};
use super::number::CpuNumber;
use super::outer::entry;
use super::plan::Plan;
use super::product::PANEL;
use super::reduce::{Share, Sum};
use super::spare::Spare;
use super::tile::{Gradient, Tile, Weights, poisoned};
use super::{forward, reverse};
use crate::engine::{Differentiator, Factors, Jacobian, Jets, LayerShape, Rows, System};
use crate::field::AlignedVec;
use crate::jet::Method;

/// The approximate number of accumulators that wait for their siblings, in a step of some hundred to ten thousand
/// chunks.
const WAITING: usize = 8;

/// Differentiates sums over jets of several fields. It reuses its memory between steps.
///
/// The example has `u'' + v = 0` and `v - 1 = 0` at three points, with two networks of one coordinate:
///
/// ```
/// use sinefield::engine::cpu::CpuEngine;
/// use sinefield::engine::{Differentiator, Jets, System};
/// use sinefield::field::{Field, FieldConfig};
/// use sinefield::jet::JetSpec;
///
/// struct Pair;
///
/// impl System for Pair {
///     fn points(&self) -> usize {
///         3
///     }
///     fn coordinates(&self, _: usize, start: usize, out: &mut [f64]) {
///         (start..).zip(out).for_each(|(i, x)| *x = i as f64 - 1.0);
///     }
///     fn residual(&self, _: usize, jets: &[Jets<'_>], bars: &mut [&mut [f32]], _: &mut [f64]) -> f64 {
///         let mut sum = 0.0;
///         for point in 0..jets[0].points {
///             let (curvature, v) = (jets[0].channel(2)[point], jets[1].channel(0)[point]);
///             let (first, second) = (curvature + v, v - 1.0);
///             bars[0][2 * jets[0].points + point] = 2.0 * first;
///             bars[1][point] = 2.0 * (first + second);
///             sum += f64::from(first * first + second * second);
///         }
///         sum
///     }
/// }
///
/// let config = FieldConfig { hidden: 8, layers: 0, first_omega: Some(2.0), ..FieldConfig::new(1, 1) };
/// let (u, v) = (Field::new(&config, 0)?, Field::new(&config, 1)?);
/// let parts = [(u.architecture(), &JetSpec::laplacian(1)), (v.architecture(), &JetSpec::value(1))];
/// let mut stepper = CpuEngine::new(Some(1))?.joint_stepper(&parts)?;
/// let (mut u_bar, mut v_bar) = (vec![0.0; u.parameters().len()], vec![0.0; v.parameters().len()]);
/// let parameters = [u.parameters(), v.parameters()];
/// let loss = stepper.gradient(&parameters, &Pair, &mut [&mut u_bar, &mut v_bar], &mut []);
/// assert!(loss > 0.0 && u_bar.iter().chain(&v_bar).any(|g| *g != 0.0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct JointStepper<N: CpuNumber = f32> {
    pub(super) engine: CpuEngine,
    pub(super) parts: Vec<Part<N>>,
    /// Tiles, one for each field.
    tiles: Spare<Vec<Tile<N>>>,
    pub(super) accumulators: Spare<AlignedVec<N>>,
}

/// The plan of one field, and its weights packed for the products of the step.
pub(super) struct Part<N> {
    pub plan: Plan,
    pub packed: AlignedVec<N>,
    /// The range of its gradient in an accumulator.
    gradient: Range<usize>,
}

impl<N: CpuNumber> JointStepper<N> {
    /// One part for each plan. The tiles of all parts share the cache, so more parts have fewer points.
    pub(super) fn new(engine: CpuEngine, plans: Vec<Plan>) -> Self {
        let fewest = plans.iter().map(|plan| plan.tile_points).min().unwrap_or(1);
        let tile_points = (fewest / plans.len().max(1)).max(1);
        let mut end = 0;
        let parts = plans.into_iter().map(|plan| {
            let plan = Plan { tile_points, ..plan };
            let start = end;
            end += plan.gradient_len;
            Part { packed: AlignedVec::zeros(plan.packed_len), gradient: start..end, plan }
        });
        Self { engine, parts: parts.collect(), tiles: Spare::default(), accumulators: Spare::default() }
    }

    /// Points of every chunk except the last, in a step of `points` points. The number depends only on the fields, their
    /// jets and the points, never on the number of threads. Sums are therefore reproducible.
    pub(super) fn chunk_points(&self, points: usize) -> usize {
        self.parts.iter().map(|part| part.plan.chunk_points(points)).max().unwrap_or(1)
    }

    /// The sum of the shares of all chunks of `points` points, or `None` if there are none. `run` adds the share of a
    /// range of points.
    pub(super) fn sum_chunks(
        &self,
        token: Token,
        points: usize,
        scalars: usize,
        run: impl Fn(Range<usize>, &mut Share<N>) + Sync,
    ) -> Option<Share<N>> {
        let chunk_points = self.chunk_points(points);
        let chunks = points.div_ceil(chunk_points);
        let accumulator = self.parts.iter().map(|part| part.plan.gradient_len).sum();
        let next = AtomicUsize::new(0);
        // Local to the step, so that it is dropped if a function of the caller panics.
        let sum = Sum::new(chunks);
        self.engine.on_every_thread(|| {
            loop {
                let chunk = next.fetch_add(1, Ordering::Relaxed);
                if chunk >= chunks {
                    break;
                }
                let gradient = self.accumulators.take(|| poisoned(accumulator));
                let mut share = Share { loss: 0.0, gradient, scalars: vec![0.0; scalars] };
                let range = chunk * chunk_points..points.min((chunk + 1) * chunk_points);
                run(range, &mut share);
                sum.submit(token, chunk, share, &self.accumulators);
            }
        });
        sum.finish()
    }

    /// Packs the parameters of every field. The token of the instruction set, if there is a field.
    pub(super) fn pack(&mut self, parameters: &[&[N]]) -> Option<Token> {
        for (part, parameters) in self.parts.iter_mut().zip(parameters) {
            assert_eq!(parameters.len(), part.plan.parameter_count, "parameters of another field");
            self.engine.pack(&part.plan, parameters, &mut part.packed);
        }
        self.parts.first().and_then(|part| part.plan.set.token())
    }

    /// Hands over the gradients of a sum, and takes its accumulator back. Without points they are 0.
    pub(super) fn unpack(
        &self,
        share: Option<Share<N>>,
        gradients: &mut [&mut [N]],
        scalars: &mut [f64],
    ) -> f64 {
        let Some(share) = share else {
            gradients.iter_mut().for_each(|gradient| gradient.fill(N::zero()));
            scalars.fill(0.0);
            return 0.0;
        };
        for (part, gradient) in self.parts.iter().zip(gradients) {
            unpack(&part.plan, &share.gradient[part.gradient.clone()], gradient);
        }
        scalars.copy_from_slice(&share.scalars);
        self.accumulators.give(share.gradient);
        share.loss
    }

    fn run_chunk(
        &self,
        token: Token,
        parameters: &[&[N]],
        tiles: &mut [Tile<N>],
        system: &dyn System<N>,
        range: Range<usize>,
        share: &mut Share<N>,
    ) {
        let tile_points = self.parts.first().map_or(1, |part| part.plan.tile_points);
        let mut start = range.start;
        while start < range.end {
            let points = tile_points.min(range.end - start);
            for (field, ((part, parameters), tile)) in
                self.parts.iter().zip(parameters).zip(&mut *tiles).enumerate()
            {
                tile.place(points * part.plan.inputs, |x| system.coordinates(field, start, x));
                let w = Weights { packed: &part.packed, parameters };
                tile_jets(&part.plan, token, w, tile, points);
            }
            share.loss += self.residual(tiles, system, start, points, &mut share.scalars);
            for ((part, parameters), tile) in self.parts.iter().zip(parameters).zip(&mut *tiles) {
                let w = Weights { packed: &part.packed, parameters };
                let data = &mut share.gradient[part.gradient.clone()];
                let gradient = Gradient { data, fresh: start == range.start };
                tile_back(&part.plan, token, w, tile, points, gradient);
            }
            start += points;
        }
    }

    /// The loss of the tile. Leaves the cotangents in the tiles.
    fn residual(
        &self,
        tiles: &mut [Tile<N>],
        system: &dyn System<N>,
        start: usize,
        points: usize,
        scalars: &mut [f64],
    ) -> f64 {
        let mut taken: Vec<Vec<N>> =
            tiles.iter_mut().map(|tile| std::mem::take(&mut tile.cotangents)).collect();
        let parts = || self.parts.iter().map(|part| &part.plan);
        let jets: Vec<Jets<'_, N>> =
            parts().zip(&*tiles).map(|(plan, tile)| jets_of(plan, tile, points)).collect();
        let mut bars: Vec<&mut [N]> =
            taken.iter_mut().zip(&jets).map(|(taken, jets)| &mut taken[..jets.data.len()]).collect();
        bars.iter_mut().for_each(|bars| bars.fill(N::zero()));
        let loss = system.residual(start, &jets, &mut bars, scalars);
        tiles.iter_mut().zip(taken).for_each(|(tile, taken)| tile.cotangents = taken);
        loss
    }
}

impl<N: CpuNumber> Differentiator<N> for JointStepper<N> {
    fn operations_per_point(&self, with_gradient: bool) -> f64 {
        self.parts.iter().map(|part| part.plan.operations_per_point(with_gradient)).sum()
    }

    fn gradient(
        &mut self,
        parameters: &[&[N]],
        system: &dyn System<N>,
        gradients: &mut [&mut [N]],
        scalars: &mut [f64],
    ) -> f64 {
        assert_eq!((parameters.len(), gradients.len()), (self.parts.len(), self.parts.len()), "fields");
        for (parameters, gradient) in parameters.iter().zip(&*gradients) {
            assert_eq!(gradient.len(), parameters.len(), "gradient of another field");
        }
        let Some(token) = self.pack(parameters) else { return f64::NAN };
        let share = self.sum_chunks(token, system.points(), scalars.len(), |range, share| {
            let mut tiles =
                self.tiles.take(|| self.parts.iter().map(|part| Tile::new(&part.plan, true)).collect());
            self.run_chunk(token, parameters, &mut tiles, system, range, share);
            self.tiles.give(tiles);
        });
        self.unpack(share, gradients, scalars)
    }

    fn jacobian(
        &mut self,
        parameters: &[&[N]],
        system: (&dyn System<N>, &dyn Rows<N>),
        out: &mut Jacobian<'_>,
    ) {
        self.rows_and_derivatives(parameters, system, out);
    }

    fn layers(&self) -> Option<Vec<LayerShape>> {
        self.layer_shapes()
    }

    fn factors(
        &mut self,
        parameters: &[&[N]],
        system: (&dyn System<N>, &dyn Rows<N>),
        scalars: usize,
    ) -> Option<Factors> {
        self.rows_and_factors(parameters, system, scalars)
    }

    fn memory(&self) -> usize {
        let accumulator: usize = self.parts.iter().map(|part| part.plan.gradient_len).sum();
        // One accumulator for each thread, and those that wait for a sibling: about one for two levels of the tree.
        (self.engine.threads() + WAITING).saturating_mul(accumulator).saturating_mul(size_of::<N>())
    }
}

pub(super) fn tile_jets<N: CpuNumber>(
    plan: &Plan,
    token: Token,
    w: Weights<N>,
    tile: &mut Tile<N>,
    points: usize,
) {
    match plan.method {
        Method::Forward => with_simd!(token, simd => forward::jets(simd, plan, w, tile, points)),
        Method::Reverse => with_simd!(token, simd => reverse::jets(simd, plan, w, tile, points)),
    }
}

pub(super) fn tile_back<N: CpuNumber>(
    plan: &Plan,
    token: Token,
    w: Weights<N>,
    tile: &mut Tile<N>,
    points: usize,
    gradient: Gradient<N>,
) {
    match plan.method {
        Method::Forward => with_simd!(token, simd => forward::back(simd, plan, w, tile, points, gradient)),
        Method::Reverse => with_simd!(token, simd => reverse::back(simd, plan, w, tile, points, gradient)),
    }
}

pub(super) fn jets_of<'a, N: CpuNumber>(plan: &Plan, tile: &'a Tile<N>, points: usize) -> Jets<'a, N> {
    Jets {
        data: &tile.jets[..plan.channels.count * points * plan.outputs],
        coordinates: &tile.coordinates[..points * plan.inputs],
        points,
        outputs: plan.outputs,
    }
}

/// Copies the padded layout of an accumulator to the flat parameters.
pub(super) fn unpack<N: CpuNumber>(plan: &Plan, accumulated: &[N], gradient: &mut [N]) {
    if let Some(rbf) = &plan.rbf {
        rbf.unpack(accumulated, gradient);
    }
    let wide = PANEL * plan.lanes;
    for layer in &plan.layers {
        let panels = &accumulated[layer.gradient..];
        let weight = &mut gradient[layer.weight..layer.weight + layer.inputs * layer.outputs];
        for (o, target) in weight.chunks_exact_mut(layer.inputs).enumerate() {
            if layer.transposed {
                let at = |i| entry(layer.inputs, wide, i, o);
                target.iter_mut().enumerate().for_each(|(i, t)| *t = panels[at(i)]);
                continue;
            }
            for (panel, target) in target.chunks_mut(wide).enumerate() {
                let at = entry(layer.outputs, wide, o, panel * wide);
                target.copy_from_slice(&panels[at..at + target.len()]);
            }
        }
        let bias = &accumulated[layer.bias_gradient..layer.bias_gradient + layer.outputs];
        gradient[layer.bias..layer.bias + layer.outputs].copy_from_slice(bias);
    }
}
