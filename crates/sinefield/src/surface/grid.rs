//! A grid of cells over a region.

use super::SurfaceError;
use super::blocks::{Key, SIDE};

/// The smallest and the largest number of cells along the longest side.
const CELLS: (usize, usize) = (2, 8192);

/// A grid of nearly cubic cells that fill a region.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Grid {
    /// The lower end of the region along every axis.
    pub low: [f64; 3],
    /// The length of a cell along every axis.
    pub step: [f64; 3],
    /// The number of cells along every axis.
    pub cells: [usize; 3],
}

impl Grid {
    /// A grid of `resolution` cells along the longest side of `region`, and as many along the others as make the cells
    /// nearly cubic.
    ///
    /// # Errors
    /// If there are too few or too many cells, or the region has no extent along an axis.
    pub fn new(region: [(f64, f64); 3], resolution: usize) -> Result<Self, SurfaceError> {
        let (least, most) = CELLS;
        if !(least..=most).contains(&resolution) {
            return Err(SurfaceError::Resolution { cells: resolution, least, most });
        }
        let sides = region.map(|(low, high)| high - low);
        if let Some(axis) = sides.iter().position(|side| !(side.is_finite() && *side > 0.0)) {
            return Err(SurfaceError::FlatRegion { axis: ["x", "y", "z"][axis].into() });
        }
        let step = sides.iter().fold(0.0f64, |longest, side| longest.max(*side)) / resolution as f64;
        let cells = sides.map(|side| ((side / step).round() as usize).max(1));
        let step = [0, 1, 2].map(|at| sides[at] / cells[at] as f64);
        Ok(Self { low: region.map(|(low, _)| low), step, cells })
    }

    /// The place of corner `corner` of the block `key`; `None` outside of the grid.
    pub(super) fn corner(&self, key: Key, corner: [usize; 3]) -> Option<[f64; 3]> {
        let at = [0, 1, 2].map(|axis| usize::from(key[axis]) * SIDE + corner[axis]);
        (0..3).all(|axis| at[axis] <= self.cells[axis]).then(|| self.place(at))
    }

    /// The place of a corner.
    pub(super) fn place(&self, corner: [usize; 3]) -> [f64; 3] {
        [0, 1, 2].map(|axis| self.low[axis] + corner[axis] as f64 * self.step[axis])
    }

    /// The centre of a cube of `side` cells, counted in such cubes.
    pub(super) fn centre(&self, key: Key, side: usize) -> [f64; 3] {
        [0, 1, 2].map(|axis| self.low[axis] + (f64::from(key[axis]) + 0.5) * side as f64 * self.step[axis])
    }
}
