//! Residual rows and the factors of their derivatives: the inputs and the cotangents of every layer of a tile.
//!
//! The points of a tile pass through the layers together. Each row of a point has a backward pass of its own.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::isa::Token;
use super::joint::{JointStepper, jets_of, tile_back, tile_jets};
use super::number::CpuNumber;
use super::plan::Plan;
use super::spare::lock;
use super::tile::{Gradient, Tile, Weights, poisoned};
use crate::engine::{Factors, Jets, LayerShape, Rows, System};
use crate::field::AlignedVec;
use crate::jet::Method;

impl<N: CpuNumber> JointStepper<N> {
    /// The layers of all fields. `None` if a field has parameters that are in no layer, or carries its derivatives by the
    /// reverse method, whose tiles do not hold the channels.
    pub(super) fn layer_shapes(&self) -> Option<Vec<LayerShape>> {
        let of_layers = |plan: &Plan| plan.layers.iter().map(|l| l.outputs * (l.inputs + 1)).sum::<usize>();
        let has = |plan: &Plan| plan.method == Method::Forward && of_layers(plan) == plan.parameter_count;
        self.parts.iter().all(|part| has(&part.plan)).then(|| {
            let each = self.parts.iter().enumerate();
            let shapes = each.flat_map(|(field, part)| {
                part.plan.layers.iter().map(move |layer| LayerShape {
                    field,
                    weight: layer.weight,
                    bias: layer.bias,
                    inputs: layer.inputs,
                    outputs: layer.outputs,
                    channels: part.plan.channels.count,
                })
            });
            shapes.collect()
        })
    }

    /// The rows of `system` and the factors of their derivatives at the fields' `parameters`.
    pub(super) fn rows_and_factors(
        &mut self,
        parameters: &[&[N]],
        (system, rows): (&dyn System<N>, &dyn Rows<N>),
        scalars: usize,
    ) -> Option<Factors> {
        let shapes = self.layer_shapes()?;
        let width = rows.width();
        let mut factors = Factors::new(system.points() * width, shapes, scalars);
        let token = self.pack(parameters)?;
        // The cotangents of a tile give the derivatives by the scalars as a sum over its points.
        let most = if scalars > 0 { 1 } else { self.parts.first().map_or(1, |part| part.plan.tile_points) };
        let shares = shares(&mut factors, most * width, scalars);
        let next = AtomicUsize::new(0);
        let this = &*self;
        this.engine.on_every_thread(|| {
            let mut memory = Memory::new(this, most * width);
            loop {
                let at = next.fetch_add(1, Ordering::Relaxed);
                let Some(share) = shares.get(at) else { break };
                let mut share = lock(share);
                for component in 0..width {
                    let place = (at * most, component);
                    this.component((token, parameters), (system, rows), place, &mut memory, &mut share);
                }
            }
        });
        drop(shares);
        Some(factors)
    }

    /// The rows of one component at the points of a share, which begin with point `start`.
    fn component(
        &self,
        (token, parameters): (Token, &[&[N]]),
        (system, rows): (&dyn System<N>, &dyn Rows<N>),
        (start, component): (usize, usize),
        memory: &mut Memory<N>,
        share: &mut Share<'_>,
    ) {
        let Memory { tiles, accumulators, values, bars } = memory;
        let width = rows.width();
        let points = share.rows.len() / width;
        for (field, ((part, parameters), tile)) in
            self.parts.iter().zip(parameters).zip(&mut *tiles).enumerate()
        {
            tile.place(points * part.plan.inputs, |x| system.coordinates(field, start, x));
            tile_jets(&part.plan, token, Weights { packed: &part.packed, parameters }, tile, points);
        }
        let mut taken: Vec<Vec<N>> =
            tiles.iter_mut().map(|tile| std::mem::take(&mut tile.cotangents)).collect();
        let plans = self.parts.iter().map(|part| &part.plan);
        let jets: Vec<Jets<'_, N>> =
            plans.zip(&*tiles).map(|(plan, tile)| jets_of(plan, tile, points)).collect();
        let (values, bars) = (&mut values[..points * width], &mut bars[..points * width]);
        rows.values(start, &jets, values);
        bars.fill(N::zero());
        bars.iter_mut().skip(component).step_by(width).for_each(|bar| *bar = N::one());
        let mut cotangents: Vec<&mut [N]> =
            taken.iter_mut().zip(&jets).map(|(taken, jets)| &mut taken[..jets.data.len()]).collect();
        cotangents.iter_mut().for_each(|of| of.fill(N::zero()));
        let scalars = share.scalars.len() / (points * width).max(1);
        let of_scalars = &mut share.scalars[component * scalars..][..scalars];
        rows.pull_back(start, &jets, bars, &mut cotangents, of_scalars);
        tiles.iter_mut().zip(taken).for_each(|(tile, taken)| tile.cotangents = taken);
        for (row, value) in share.rows.iter_mut().zip(values).skip(component).step_by(width) {
            *row = (*value).into();
        }
        let mut layers = share.layers.iter_mut();
        for ((part, parameters), (tile, data)) in
            self.parts.iter().zip(parameters).zip(tiles.iter_mut().zip(accumulators))
        {
            let w = Weights { packed: &part.packed, parameters };
            tile_back(&part.plan, token, w, tile, points, Gradient { data, fresh: true });
            for (l, (layer, (inputs, cotangents))) in part.plan.layers.iter().zip(&mut layers).enumerate() {
                let shape = Shape { points, width, component, channels: part.plan.channels.count };
                copy(shape, (&tile.inputs[l], layer.input_row, layer.inputs), inputs);
                copy(shape, (&tile.pre[l], layer.output_row, layer.outputs), cotangents);
            }
        }
    }
}

/// Which rows of a share are copied.
#[derive(Clone, Copy)]
struct Shape {
    points: usize,
    width: usize,
    component: usize,
    channels: usize,
}

/// Copies the rows of a tile, `(channels, points, length)` with `stride` numbers between rows, to those of one component
/// in `to`, `(points, width, channels, length)`.
fn copy<N: CpuNumber>(shape: Shape, (from, stride, length): (&[N], usize, usize), to: &mut [f64]) {
    let Shape { points, width, component, channels } = shape;
    for point in 0..points {
        for channel in 0..channels {
            let source = &from[(channel * points + point) * stride..][..length];
            let target = &mut to[((point * width + component) * channels + channel) * length..][..length];
            target.iter_mut().zip(source).for_each(|(to, from)| *to = (*from).into());
        }
    }
}

/// The part of the factors that one thread writes.
struct Share<'a> {
    rows: &'a mut [f64],
    /// h and g of every layer.
    layers: Vec<(&'a mut [f64], &'a mut [f64])>,
    scalars: &'a mut [f64],
}

/// Divides the factors into shares of `most` rows.
fn shares(factors: &mut Factors, most: usize, scalars: usize) -> Vec<Mutex<Share<'_>>> {
    let mut shares: Vec<Share<'_>> = factors
        .rows
        .chunks_mut(most)
        .map(|rows| Share { rows, layers: Vec::new(), scalars: &mut [] })
        .collect();
    for layer in &mut factors.layers {
        let shape = layer.shape;
        let inputs = layer.inputs.chunks_mut(most * shape.channels * shape.inputs);
        let cotangents = layer.cotangents.chunks_mut(most * shape.channels * shape.outputs);
        let parts = inputs.zip(cotangents);
        shares.iter_mut().zip(parts).for_each(|(share, part)| share.layers.push(part));
    }
    if scalars > 0 {
        let parts = factors.scalars.chunks_mut(most * scalars);
        shares.iter_mut().zip(parts).for_each(|(share, part)| share.scalars = part);
    }
    shares.into_iter().map(Mutex::new).collect()
}

/// The memory of a thread.
struct Memory<N> {
    tiles: Vec<Tile<N>>,
    /// Weight gradients of a tile, which nobody reads.
    accumulators: Vec<AlignedVec<N>>,
    values: Vec<N>,
    bars: Vec<N>,
}

impl<N: CpuNumber> Memory<N> {
    fn new(stepper: &JointStepper<N>, rows: usize) -> Self {
        let plans = || stepper.parts.iter().map(|part| &part.plan);
        Self {
            tiles: plans().map(|plan| Tile::new(plan, true)).collect(),
            accumulators: plans().map(|plan| poisoned(plan.gradient_len)).collect(),
            values: vec![N::nan(); rows],
            bars: vec![N::nan(); rows],
        }
    }
}
