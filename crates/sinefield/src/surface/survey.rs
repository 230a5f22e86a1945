//! A coarse grid of values of a function, from which rays know where a surface is not.
//!
//! At every corner there is the value and a largest slope: that of the gradients around, with a margin. A place at the
//! distance `d` from a corner with the value `v` and the slope `s` is farther than `v/s - d` from the surface. The slopes
//! are measured, not proved, and so a step by them does not go farther than a cell; a step by the largest slope of all may.

use super::implicit::{Implicit, Order};
use super::mesh::{dot, length, minus};
use super::{Grid, SurfaceError};

/// Cells along the longest side of the region.
const CELLS: usize = 32;
/// The assumed largest slope, as a multiple of the largest that was measured.
const SAFETY: f64 = 1.2;
/// How far from a corner, in cells, a place of the surface is found by its value and its gradient.
const NEAR: f64 = 1.8;
/// How far around a corner its slope holds, in cells.
const AROUND: usize = 2;

/// Values on a coarse grid, relative to the level.
pub struct Survey {
    grid: Grid,
    corners: [usize; 3],
    values: Vec<f32>,
    slopes: Vec<f32>,
    /// The largest slope of all.
    slope: f64,
    /// The shortest side of a cell.
    cell: f64,
    /// The smallest and the largest value.
    pub range: (f32, f32),
    /// Places of the surface that corners near it tell, to first order.
    pub near: Vec<[f64; 3]>,
}

impl Survey {
    /// Measures `implicit`.
    pub fn of(implicit: &mut Implicit, level: f64) -> Result<Self, SurfaceError> {
        let grid = Grid::new(implicit.region(), CELLS)?;
        let corners = grid.cells.map(|cells| cells + 1);
        let points: Vec<[f64; 3]> = all(corners).map(|corner| grid.place(corner)).collect();
        let mut jets = vec![f32::NAN; 4 * points.len()];
        implicit.evaluate(Order::Gradient, &points, &mut jets)?;
        let bad = jets.chunks_exact(4).position(|jet| jet.iter().any(|number| !number.is_finite()));
        if let Some(at) = bad {
            let value = jets[4 * at..][..4].iter().copied().find(|number| !number.is_finite());
            return Err(SurfaceError::NotFinite { place: points[at], value: value.unwrap_or(f32::NAN) });
        }
        let values: Vec<f32> = jets.chunks_exact(4).map(|jet| (f64::from(jet[0]) - level) as f32).collect();
        let steepness = |jet: &[f32]| length([1, 2, 3].map(|at| f64::from(jet[at])));
        let mut slopes: Vec<f32> = jets.chunks_exact(4).map(|jet| (SAFETY * steepness(jet)) as f32).collect();
        let slope = slopes.iter().fold(f32::MIN_POSITIVE, |most, slope| most.max(*slope));
        (0..AROUND).for_each(|_| spread(&mut slopes, corners));
        let range = jets
            .chunks_exact(4)
            .fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), jet| (low.min(jet[0]), high.max(jet[0])));
        let cell = grid.step.iter().copied().fold(f64::INFINITY, f64::min);
        let jets = points.iter().zip(&values).zip(jets.chunks_exact(4));
        let near = jets.filter_map(|((place, value), jet)| {
            let gradient = [1, 2, 3].map(|axis| f64::from(jet[axis]));
            let (value, square) = (f64::from(*value), dot(gradient, gradient));
            let moved = [0, 1, 2].map(|axis| place[axis] - value * gradient[axis] / square);
            let high = |axis: usize| grid.low[axis] + grid.step[axis] * grid.cells[axis] as f64;
            let inside = (0..3).all(|axis| (grid.low[axis]..=high(axis)).contains(&moved[axis]));
            (value.abs() <= NEAR * cell * square.sqrt() && inside).then_some(moved)
        });
        let near = near.collect();
        Ok(Self { grid, corners, values, slopes, slope: f64::from(slope), cell, range, near })
    }

    /// The region.
    pub fn region(&self) -> [(f64, f64); 3] {
        let high = |axis: usize| self.grid.low[axis] + self.grid.step[axis] * self.grid.cells[axis] as f64;
        [0, 1, 2].map(|axis| (self.grid.low[axis], high(axis)))
    }

    /// The shortest side of a cell.
    pub fn cell(&self) -> f64 {
        self.cell
    }

    /// The corner nearest to a place of the region, by its number, and the distance from it.
    fn nearest(&self, place: [f64; 3]) -> (usize, f64) {
        let corner = [0, 1, 2].map(|axis| {
            let at = (place[axis] - self.grid.low[axis]) / self.grid.step[axis];
            (at.round().max(0.0) as usize).min(self.grid.cells[axis])
        });
        (number(corner, self.corners), length(minus(place, self.grid.place(corner))))
    }

    /// The largest slope near a place.
    pub fn slope(&self, place: [f64; 3]) -> f64 {
        f64::from(self.slopes[self.nearest(place).0]).max(1e-6 * self.slope)
    }

    /// A distance within which the surface is not; 0 or less if it may be near. `sign` is that of the values on this side.
    pub fn free(&self, place: [f64; 3], sign: f64) -> f64 {
        let (at, from) = self.nearest(place);
        let value = sign * f64::from(self.values[at]);
        let slope = f64::from(self.slopes[at]).max(1e-6 * self.slope);
        (value / slope - from).min(self.cell).max(value / self.slope - from)
    }

    /// Places of the surface: where it crosses the edges of the grid, and where its inside meets the end of the region.
    pub fn places(&self) -> Vec<[f64; 3]> {
        let mut places = Vec::new();
        for corner in all(self.corners) {
            let value = self.values[number(corner, self.corners)];
            let at = self.grid.place(corner);
            if value < 0.0 && (0..3).any(|axis| corner[axis] == 0 || corner[axis] == self.grid.cells[axis]) {
                places.push(at);
            }
            for axis in (0..3).filter(|axis| corner[*axis] < self.grid.cells[*axis]) {
                let mut next = corner;
                next[axis] += 1;
                let other = self.values[number(next, self.corners)];
                if (value < 0.0) != (other < 0.0) {
                    let part = f64::from(value) / (f64::from(value) - f64::from(other));
                    let mut place = at;
                    place[axis] += part * self.grid.step[axis];
                    places.push(place);
                }
            }
        }
        places
    }
}

/// All corners; the first axis runs fastest.
fn all([nx, ny, nz]: [usize; 3]) -> impl Iterator<Item = [usize; 3]> {
    (0..nz).flat_map(move |z| (0..ny).flat_map(move |y| (0..nx).map(move |x| [x, y, z])))
}

/// The number of a corner.
fn number([x, y, z]: [usize; 3], [nx, ny, _]: [usize; 3]) -> usize {
    (z * ny + y) * nx + x
}

/// Gives every corner the largest number of its neighbours and itself.
fn spread(numbers: &mut [f32], corners: [usize; 3]) {
    for (axis, stride) in [1, corners[0], corners[0] * corners[1]].into_iter().enumerate() {
        let before = numbers.to_owned();
        for (at, corner) in all(corners).enumerate() {
            if corner[axis] > 0 {
                numbers[at] = numbers[at].max(before[at - stride]);
            }
            if corner[axis] + 1 < corners[axis] {
                numbers[at] = numbers[at].max(before[at + stride]);
            }
        }
    }
}
