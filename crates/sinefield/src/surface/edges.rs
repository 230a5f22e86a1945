//! Where a level set crosses the edges of a grid.
//!
//! The place is found between the two ends by regula falsi with the Illinois rule (Dowell and Jarratt, 1971): the value of
//! an end that stays twice is halved. It converges faster than linearly for smooth functions, and needs no derivative,
//! which a distance does not have everywhere.

use super::SurfaceError;
use super::blocks::Blocks;
use super::cells::corners_of_edge;
use super::implicit::{Implicit, Order};
use super::patches::Cell;
use super::vertices::edge_key;

/// The largest number of evaluations.
const TRIALS: usize = 8;
/// The size of the value, as a part of the change along the edge, at which the place stays.
const NEAR: f64 = 1e-3;

/// An edge with ends on both sides of the level.
pub struct Edge {
    /// The lower end.
    low: [f64; 3],
    axis: usize,
    length: f64,
    /// Two places on the edge, from 0 to 1, and their values relative to the level.
    ends: [(f64, f64); 2],
    /// The end that stayed at the last evaluation.
    stayed: Option<usize>,
    /// The size of the value at which the place stays.
    near: f64,
}

impl Edge {
    /// An edge of a cell, which the level set crosses.
    pub fn of(blocks: &Blocks, cell: &Cell, edge: usize) -> Self {
        let own = cell.corner();
        let value = |c: usize| {
            let at = [own[0] + (c & 1), own[1] + (c >> 1 & 1), own[2] + (c >> 2)];
            f64::from(blocks.value(cell.block as usize, at))
        };
        let [a, b] = corners_of_edge(edge).map(value);
        let (corner, axis) = edge_key(blocks, cell, edge);
        let (low, length) = (blocks.grid.place(corner), blocks.grid.step[axis]);
        Self { low, axis, length, ends: [(0.0, a), (1.0, b)], stayed: None, near: NEAR * (b - a).abs() }
    }

    /// The place where the value would be 0 if it were linear between the two places.
    pub fn crossing(&self) -> [f64; 3] {
        let mut place = self.low;
        place[self.axis] += self.length * self.middle();
        place
    }

    fn middle(&self) -> f64 {
        let [(p, a), (q, b)] = self.ends;
        p + (q - p) * (a / (a - b))
    }

    /// Takes in the value at the crossing. False if the place stays.
    fn step(&mut self, value: f64) -> bool {
        let at = self.middle();
        // The end on the same side of the level moves.
        let moved = usize::from((value < 0.0) != (self.ends[0].1 < 0.0));
        let other = 1 - moved;
        if self.stayed == Some(other) {
            self.ends[other].1 *= 0.5;
        }
        self.stayed = Some(other);
        self.ends[moved] = (at, value);
        value.abs() > self.near
    }
}

/// Brings the crossing of every edge to the level.
pub fn cross_level(implicit: &mut Implicit, edges: &mut [Edge], level: f64) -> Result<(), SurfaceError> {
    let mut active: Vec<usize> = (0..edges.len()).collect();
    for _ in 0..TRIALS {
        let points: Vec<[f64; 3]> = active.iter().map(|at| edges[*at].crossing()).collect();
        let mut values = vec![0.0; points.len()];
        implicit.evaluate(Order::Value, &points, &mut values)?;
        let mut values = values.iter();
        active.retain(|at| values.next().is_some_and(|value| edges[*at].step(f64::from(*value) - level)));
        if active.is_empty() {
            break;
        }
    }
    Ok(())
}
