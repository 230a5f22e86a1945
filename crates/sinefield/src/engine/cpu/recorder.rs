//! Jets whose gradient is asked for later: every tile is kept after its forward pass, until the cotangents are known.
//!
//! A [`Stepper`](super::Stepper) knows the loss of a tile and differentiates it at once, with memory that does not grow
//! with the points. A framework with gradients of its own asks for the jets first and for the gradient afterwards. To run
//! the forward pass only once, the tiles of all points stay in memory.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use super::joint::{JointStepper, jets_of, tile_back, tile_jets};
use super::spare::{Spare, lock};
use super::tile::{Gradient, Tile, Weights};
use crate::engine::Jets;

/// Evaluates one kind of jet for fields of one architecture, and differentiates what is made of them. It reuses its memory.
pub struct Recorder {
    joint: JointStepper,
    tiles: Arc<Spare<Tile<f32>>>,
}

/// A forward pass that is kept. When it is dropped, its memory goes back to its recorder.
pub struct Recording {
    spare: Arc<Spare<Tile<f32>>>,
    points: usize,
    parameters: Vec<f32>,
    /// The tiles of the points, in order.
    tiles: Vec<Mutex<Option<Tile<f32>>>>,
}

impl Drop for Recording {
    fn drop(&mut self) {
        let held = self.tiles.iter().filter_map(|slot| lock(slot).take());
        held.for_each(|tile| self.spare.give(tile));
    }
}

impl Recorder {
    pub(super) fn new(joint: JointStepper) -> Self {
        Self { joint, tiles: Arc::default() }
    }

    /// The bytes that a recording of `points` points keeps.
    pub fn memory(&self, points: usize) -> usize {
        let plan = &self.joint.parts[0].plan;
        points.div_ceil(plan.tile_points).saturating_mul(Tile::<f32>::memory(plan))
    }

    /// Evaluates jets at `points` points, as [`Evaluator::visit`](crate::engine::Evaluator::visit) does, and keeps what
    /// their gradient needs.
    ///
    /// # Panics
    /// If the length of `parameters` differs from that of the architecture.
    pub fn record(
        &mut self,
        parameters: &[f32],
        points: usize,
        coordinates: impl Fn(usize, &mut [f64]) + Sync,
        visit: impl Fn(usize, &Jets<'_>) + Sync,
    ) -> Recording {
        let token = self.joint.pack(&[parameters]);
        let (part, spare) = (&self.joint.parts[0], &self.tiles);
        let plan = &part.plan;
        let count = points.div_ceil(plan.tile_points);
        let recording = Recording {
            spare: spare.clone(),
            points,
            parameters: parameters.to_vec(),
            tiles: (0..count).map(|_| Mutex::new(None)).collect(),
        };
        let Some(token) = token else { return recording };
        let w = Weights { packed: &part.packed, parameters };
        let next = AtomicUsize::new(0);
        self.joint.engine.on_every_thread(|| {
            loop {
                let index = next.fetch_add(1, Ordering::Relaxed);
                let Some(slot) = recording.tiles.get(index) else { break };
                let start = index * plan.tile_points;
                let count = plan.tile_points.min(points - start);
                let mut tile = spare.take(|| Tile::new(plan, true));
                tile.place(count * plan.inputs, |x| coordinates(start, x));
                tile_jets(plan, token, w, &mut tile, count);
                visit(start, &jets_of(plan, &tile, count));
                *lock(slot) = Some(tile);
            }
        });
        recording
    }

    /// The gradient, with respect to the parameters of the recording, of a loss whose derivatives with respect to its jets
    /// are known. `cotangents(start, bars)` adds those of the tile that begins at point `start` to `bars`, which has the
    /// layout of [`Jets`] and is zero on entry. Overwrites `gradient`, flat, in the order of the field.
    ///
    /// It has the bits of a [`Stepper`](super::Stepper) with the same cotangents.
    ///
    /// # Panics
    /// If the recording is of another architecture, or the length of `gradient` differs from that of the parameters.
    pub fn gradient(
        &mut self,
        recording: Recording,
        cotangents: impl Fn(usize, &mut [f32]) + Sync,
        gradient: &mut [f32],
    ) {
        let Recording { points, parameters, tiles, .. } = &recording;
        let points = *points;
        assert_eq!(gradient.len(), parameters.len(), "gradient of another field");
        let Some(token) = self.joint.pack(&[parameters]) else { return };
        let part = &self.joint.parts[0];
        let plan = &part.plan;
        let w = Weights { packed: &part.packed, parameters };
        let share = self.joint.sum_chunks(token, points, 0, |range, share| {
            // A chunk is a whole number of tiles.
            for start in range.clone().step_by(plan.tile_points) {
                let count = plan.tile_points.min(range.end - start);
                let Some(mut tile) = lock(&tiles[start / plan.tile_points]).take() else { continue };
                let bars = &mut tile.cotangents[..plan.channels.count * count * plan.outputs];
                bars.fill(0.0);
                cotangents(start, bars);
                let gradient = Gradient { data: &mut share.gradient, fresh: start == range.start };
                tile_back(plan, token, w, &mut tile, count, gradient);
                recording.spare.give(tile);
            }
        });
        self.joint.unpack(share, &mut [gradient], &mut []);
    }
}
