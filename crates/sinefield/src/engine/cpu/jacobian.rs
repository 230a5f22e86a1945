//! Residual rows and their derivatives. Each point is a tile of its own, so that a weight gradient is that of one row.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::isa::Token;
use super::joint::{JointStepper, jets_of, tile_back, tile_jets, unpack};
use super::number::CpuNumber;
use super::spare::lock;
use super::tile::{Gradient, Tile, Weights, poisoned};
use crate::engine::{Jacobian, Jets, Rows, System};
use crate::field::AlignedVec;

/// Points that a thread takes at a time.
const SHARE: usize = 16;

impl<N: CpuNumber> JointStepper<N> {
    /// The rows of `system` and their derivatives at the fields' `parameters`.
    pub(super) fn rows_and_derivatives(
        &mut self,
        parameters: &[&[N]],
        (system, rows): (&dyn System<N>, &dyn Rows<N>),
        out: &mut Jacobian<'_>,
    ) {
        out.check(system, rows, self.parts.len());
        assert_eq!(parameters.len(), self.parts.len(), "fields");
        let Some(token) = self.pack(parameters) else { return };
        let (columns, fields, scalars) = (out.columns, out.fields, out.scalars);
        let height = SHARE * rows.width();
        let shares: Vec<Mutex<Share<'_>>> = out
            .rows
            .chunks_mut(height)
            .zip(out.derivatives.chunks_mut(height * columns))
            .map(|(rows, derivatives)| Mutex::new(Share { rows, derivatives }))
            .collect();
        let next = AtomicUsize::new(0);
        let this = &*self;
        this.engine.on_every_thread(|| {
            let mut memory = this.memory_of_rows(rows.width());
            loop {
                let at = next.fetch_add(1, Ordering::Relaxed);
                let Some(share) = shares.get(at) else { break };
                let mut share = lock(share);
                let Share { rows: values, derivatives } = &mut *share;
                for (row, (value, derivatives)) in
                    values.iter_mut().zip(derivatives.chunks_exact_mut(columns)).enumerate()
                {
                    let place = (at * SHARE + row / rows.width(), row % rows.width());
                    let (of_scalars, w) = (&mut derivatives[scalars..], (token, parameters));
                    let mut summed = vec![0.0; of_scalars.len()];
                    *value = this.row(w, (system, rows), place, &mut memory, &mut summed);
                    of_scalars.copy_from_slice(&summed);
                    for ((part, start), gradient) in this.parts.iter().zip(fields).zip(&memory.gradients) {
                        let to = &mut derivatives[*start..start + part.plan.parameter_count];
                        to.iter_mut().zip(gradient).for_each(|(to, from)| *to = (*from).into());
                    }
                }
            }
        });
    }

    /// One row at point `at`, the value of its component `component`. Leaves its derivatives in `memory` and `scalars`.
    fn row(
        &self,
        (token, parameters): (Token, &[&[N]]),
        (system, rows): (&dyn System<N>, &dyn Rows<N>),
        (at, component): (usize, usize),
        memory: &mut RowMemory<N>,
        scalars: &mut [f64],
    ) -> f64 {
        let RowMemory { tiles, accumulator, gradients, values, bars } = memory;
        for (field, ((part, parameters), tile)) in
            self.parts.iter().zip(parameters).zip(&mut *tiles).enumerate()
        {
            tile.place(part.plan.inputs, |x| system.coordinates(field, at, x));
            tile_jets(&part.plan, token, Weights { packed: &part.packed, parameters }, tile, 1);
        }
        let mut taken: Vec<Vec<N>> =
            tiles.iter_mut().map(|tile| std::mem::take(&mut tile.cotangents)).collect();
        let plans = self.parts.iter().map(|part| &part.plan);
        let jets: Vec<Jets<'_, N>> = plans.zip(&*tiles).map(|(plan, tile)| jets_of(plan, tile, 1)).collect();
        rows.values(at, &jets, values);
        bars.fill(N::zero());
        bars[component] = N::one();
        let mut cotangents: Vec<&mut [N]> =
            taken.iter_mut().zip(&jets).map(|(taken, jets)| &mut taken[..jets.data.len()]).collect();
        cotangents.iter_mut().for_each(|of| of.fill(N::zero()));
        rows.pull_back(at, &jets, bars, &mut cotangents, scalars);
        tiles.iter_mut().zip(taken).for_each(|(tile, taken)| tile.cotangents = taken);
        let each = self.parts.iter().zip(parameters).zip(tiles).zip(gradients);
        for (((part, parameters), tile), gradient) in each {
            let data = &mut accumulator[..part.plan.gradient_len];
            let w = Weights { packed: &part.packed, parameters };
            tile_back(&part.plan, token, w, tile, 1, Gradient { data, fresh: true });
            unpack(&part.plan, accumulator, gradient);
        }
        values[component].into()
    }

    fn memory_of_rows(&self, width: usize) -> RowMemory<N> {
        let plans = || self.parts.iter().map(|part| &part.plan);
        RowMemory {
            tiles: plans().map(|plan| Tile::new(plan, true)).collect(),
            accumulator: poisoned(plans().map(|plan| plan.gradient_len).max().unwrap_or(0)),
            gradients: plans().map(|plan| vec![N::nan(); plan.parameter_count]).collect(),
            values: vec![N::nan(); width],
            bars: vec![N::nan(); width],
        }
    }
}

/// The part of the output that one thread writes.
struct Share<'a> {
    rows: &'a mut [f64],
    derivatives: &'a mut [f64],
}

/// The memory of a thread for one row.
struct RowMemory<N> {
    tiles: Vec<Tile<N>>,
    accumulator: AlignedVec<N>,
    /// The gradient of each field.
    gradients: Vec<Vec<N>>,
    values: Vec<N>,
    bars: Vec<N>,
}
