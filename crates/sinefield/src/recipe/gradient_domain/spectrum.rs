//! Sine and cosine transforms over a grid, which diagonalise the five-point Laplacian.
//!
//! The eigenvectors of the second difference depend on the boundary:
//!
//! - zeros beyond the edge: `sin(π i (r+1)/(n+1))`, with the eigenvalue `2 cos(π i/(n+1)) - 2`;
//! - zero differences across the edge: `cos(π i (r+1/2)/n)`, with the eigenvalue `2 cos(π i/n) - 2`;
//! - zero sums across the edge: `sin(π i (r+1/2)/n)`, with the eigenvalue `2 cos(π i/n) - 2`.
//!
//! A power of `-Δ_h` therefore costs two transforms.

use std::f64::consts::PI;
use std::sync::Arc;

use rustdct::{Dct2, Dct3, DctPlanner, Dst1, Dst2, Dst3};

/// The values beyond the edge of a grid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Boundary {
    /// Zeros.
    Zero,
    /// The values at the edge (even symmetry).
    Even,
    /// The negated values at the edge (odd symmetry).
    Odd,
}

/// The transforms for grids of one size.
#[derive(Debug)]
pub(super) struct Spectrum {
    rows: Axis,
    columns: Axis,
}

impl Spectrum {
    /// Transforms for `rows x columns` numbers (at least one). `ends` is the boundary above and below, `sides`
    /// the boundary at the left and right.
    pub fn new([ends, sides]: [Boundary; 2], rows: usize, columns: usize) -> Self {
        let mut planner = DctPlanner::new();
        Self { rows: Axis::new(&mut planner, ends, rows), columns: Axis::new(&mut planner, sides, columns) }
    }

    /// Multiplies `values`, `(rows, columns)`, by `(-Δ_h)^-power`. If both boundaries are even, it first
    /// removes the mean of `values`. Returns the sum of `value · (-Δ_h)^-power value`.
    pub fn smooth(&self, values: &mut [f64], power: f64) -> f64 {
        let before = values.to_vec();
        self.transform(values, Axis::forward);
        for (row, down) in values.chunks_exact_mut(self.columns.count).zip(&self.rows.eigenvalues) {
            for (value, across) in row.iter_mut().zip(&self.columns.eigenvalues) {
                let eigenvalue = down + across;
                *value *= if eigenvalue > 0.0 { eigenvalue.powf(-power) } else { 0.0 };
            }
        }
        self.transform(values, Axis::inverse);
        before.iter().zip(values).map(|(before, after)| before * *after).sum()
    }

    fn transform(&self, values: &mut [f64], along: impl Fn(&Axis, &mut [f64])) {
        let (rows, columns) = (self.rows.count, self.columns.count);
        values.chunks_exact_mut(columns).for_each(|row| along(&self.columns, row));
        let mut column = vec![0.0; rows];
        for j in 0..columns {
            let down = || (0..rows).map(|i| i * columns + j);
            column.iter_mut().zip(down()).for_each(|(value, at)| *value = values[at]);
            along(&self.rows, &mut column);
            column.iter().zip(down()).for_each(|(value, at)| values[at] = *value);
        }
    }
}

/// The transform along one side.
struct Axis {
    count: usize,
    /// The eigenvalues of minus the second difference.
    eigenvalues: Vec<f64>,
    transforms: Transforms,
}

/// A forward transform and, where it differs, its inverse.
enum Transforms {
    Dst1(Arc<dyn Dst1<f64>>),
    Dct2(Arc<dyn Dct2<f64>>, Arc<dyn Dct3<f64>>),
    Dst2(Arc<dyn Dst2<f64>>, Arc<dyn Dst3<f64>>),
}

impl std::fmt::Debug for Axis {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Axis({})", self.count)
    }
}

impl Axis {
    fn new(planner: &mut DctPlanner<f64>, boundary: Boundary, count: usize) -> Self {
        let (transforms, first, period) = match boundary {
            Boundary::Zero => (Transforms::Dst1(planner.plan_dst1(count)), 1, count + 1),
            Boundary::Even => {
                (Transforms::Dct2(planner.plan_dct2(count), planner.plan_dct3(count)), 0, count)
            }
            Boundary::Odd => (Transforms::Dst2(planner.plan_dst2(count), planner.plan_dst3(count)), 1, count),
        };
        let eigenvalue = |i: usize| 2.0 - 2.0 * (PI * i as f64 / period as f64).cos();
        Self { count, eigenvalues: (first..first + count).map(eigenvalue).collect(), transforms }
    }

    // No scratch buffer is reused: the transforms expect zeros in it and do not restore them.
    fn forward(&self, values: &mut [f64]) {
        match &self.transforms {
            Transforms::Dst1(sines) => sines.process_dst1(values),
            Transforms::Dct2(cosines, _) => cosines.process_dct2(values),
            Transforms::Dst2(sines, _) => sines.process_dst2(values),
        }
    }

    fn inverse(&self, values: &mut [f64]) {
        let norm = match &self.transforms {
            Transforms::Dst1(sines) => {
                sines.process_dst1(values);
                2.0 / (self.count + 1) as f64
            }
            Transforms::Dct2(_, cosines) => {
                cosines.process_dct3(values);
                2.0 / self.count as f64
            }
            Transforms::Dst2(_, sines) => {
                sines.process_dst3(values);
                2.0 / self.count as f64
            }
        };
        values.iter_mut().for_each(|value| *value *= norm);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOUNDARIES: [Boundary; 3] = [Boundary::Zero, Boundary::Even, Boundary::Odd];

    /// The value beyond the edge as a multiple of the value at the edge.
    fn beyond(boundary: Boundary) -> f64 {
        match boundary {
            Boundary::Zero => 0.0,
            Boundary::Even => 1.0,
            Boundary::Odd => -1.0,
        }
    }

    /// `-Δ_h` of the smoothed values gives the values back, except for their mean if all boundaries are even.
    #[test]
    fn smoothing_solves_the_five_point_equation() {
        let boundaries = BOUNDARIES.into_iter().flat_map(|ends| BOUNDARIES.map(|sides| [ends, sides]));
        for [ends, sides] in boundaries {
            for (rows, columns) in [(1, 1), (1, 17), (3, 1), (13, 11), (16, 33)] {
                let values: Vec<f64> = (0..rows * columns).map(|i| (i as f64 * 1.7).sin()).collect();
                let all_even = [ends, sides] == [Boundary::Even; 2];
                let mean = if all_even { values.iter().sum::<f64>() / values.len() as f64 } else { 0.0 };
                let mut smooth = values.clone();
                let sum = Spectrum::new([ends, sides], rows, columns).smooth(&mut smooth, 1.0);
                let at = |r: usize, c: usize| smooth[r * columns + c];
                for r in 0..rows {
                    for c in 0..columns {
                        let here = at(r, c);
                        let (end, side) = (here * beyond(ends), here * beyond(sides));
                        let around = [
                            if r > 0 { at(r - 1, c) } else { end },
                            if r + 1 < rows { at(r + 1, c) } else { end },
                            if c > 0 { at(r, c - 1) } else { side },
                            if c + 1 < columns { at(r, c + 1) } else { side },
                        ];
                        let back = 4.0 * here - around.iter().sum::<f64>();
                        let wanted = values[r * columns + c] - mean;
                        let told = format!("{ends:?}, {sides:?}, {rows} x {columns}: {back}, {wanted}");
                        assert!((back - wanted).abs() < 1e-11, "{told}");
                    }
                }
                let direct: f64 = values.iter().zip(&smooth).map(|(a, b)| a * b).sum();
                assert!((sum - direct).abs() < 1e-12 * direct.abs().max(1.0));
            }
        }
    }

    #[test]
    fn halves_make_a_whole() {
        let values: Vec<f64> = (0..35).map(|i| (f64::from(i) * 0.9).cos()).collect();
        for boundary in BOUNDARIES {
            let spectrum = Spectrum::new([boundary, Boundary::Even], 5, 7);
            let (mut once, mut twice) = (values.clone(), values.clone());
            spectrum.smooth(&mut once, 1.5);
            spectrum.smooth(&mut twice, 0.75);
            spectrum.smooth(&mut twice, 0.75);
            assert!(once.iter().zip(&twice).all(|(a, b)| (a - b).abs() < 1e-11));
        }
    }
}
