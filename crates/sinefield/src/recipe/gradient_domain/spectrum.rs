//! Series of sines or cosines over a grid, in which the five-point Laplacian is a number a term.
//!
//! Where everything beyond the grid's edge vanishes, `sin(π i (r+1)/(n+1))` is an eigenvector of the second
//! difference, with the eigenvalue `2 cos(π i/(n+1)) - 2`; where differences across the edge vanish, it is
//! `cos(π i (r+1/2)/n)`, and where sums across it do, `sin(π i (r+1/2)/n)`, both with `2 cos(π i/n) - 2`.
//! Powers of `-Δ_h` thus cost two transforms.

use std::f64::consts::PI;
use std::sync::Arc;

use rustdct::{Dct2, Dct3, DctPlanner, Dst1, Dst2, Dst3};

/// What lies beyond the edge of a grid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Edge {
    /// Zeros.
    Held,
    /// The same as at the edge.
    Free,
    /// Minus the same.
    Turned,
}

/// The transforms for grids of one size.
#[derive(Debug)]
pub(super) struct Spectrum {
    rows: Axis,
    columns: Axis,
}

impl Spectrum {
    /// For `rows x columns` numbers, at least one, with the edges above and below them, and beside them.
    pub fn new([ends, sides]: [Edge; 2], rows: usize, columns: usize) -> Self {
        let mut planner = DctPlanner::new();
        Self { rows: Axis::new(&mut planner, ends, rows), columns: Axis::new(&mut planner, sides, columns) }
    }

    /// Replaces `values`, `(rows, columns)`, by `(-Δ_h)^-power` of them, without their mean where all edges
    /// are free; returns the sum of `value · (-Δ_h)^-power value`.
    pub fn smooth(&self, values: &mut [f64], power: f64) -> f64 {
        let before = values.to_vec();
        self.transform(values, Axis::forward);
        for (row, down) in values.chunks_exact_mut(self.columns.count).zip(&self.rows.eigenvalues) {
            for (value, across) in row.iter_mut().zip(&self.columns.eigenvalues) {
                let eigenvalue = down + across;
                *value *= if eigenvalue > 0.0 { eigenvalue.powf(-power) } else { 0.0 };
            }
        }
        self.transform(values, Axis::back);
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
    /// Of minus the second difference.
    eigenvalues: Vec<f64>,
    pair: Pair,
}

enum Pair {
    Sines(Arc<dyn Dst1<f64>>),
    Cosines(Arc<dyn Dct2<f64>>, Arc<dyn Dct3<f64>>),
    HalfwaySines(Arc<dyn Dst2<f64>>, Arc<dyn Dst3<f64>>),
}

impl std::fmt::Debug for Axis {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Axis({})", self.count)
    }
}

impl Axis {
    fn new(planner: &mut DctPlanner<f64>, edge: Edge, count: usize) -> Self {
        let (pair, first, period) = match edge {
            Edge::Held => (Pair::Sines(planner.plan_dst1(count)), 1, count + 1),
            Edge::Free => (Pair::Cosines(planner.plan_dct2(count), planner.plan_dct3(count)), 0, count),
            Edge::Turned => {
                (Pair::HalfwaySines(planner.plan_dst2(count), planner.plan_dst3(count)), 1, count)
            }
        };
        let eigenvalue = |i: usize| 2.0 - 2.0 * (PI * i as f64 / period as f64).cos();
        Self { count, eigenvalues: (first..first + count).map(eigenvalue).collect(), pair }
    }

    // Without scratch of ours: the transforms take it to be zero, and do not leave it so.
    fn forward(&self, values: &mut [f64]) {
        match &self.pair {
            Pair::Sines(sines) => sines.process_dst1(values),
            Pair::Cosines(cosines, _) => cosines.process_dct2(values),
            Pair::HalfwaySines(sines, _) => sines.process_dst2(values),
        }
    }

    fn back(&self, values: &mut [f64]) {
        let norm = match &self.pair {
            Pair::Sines(sines) => {
                sines.process_dst1(values);
                2.0 / (self.count + 1) as f64
            }
            Pair::Cosines(_, cosines) => {
                cosines.process_dct3(values);
                2.0 / self.count as f64
            }
            Pair::HalfwaySines(_, sines) => {
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

    const EDGES: [Edge; 3] = [Edge::Held, Edge::Free, Edge::Turned];

    /// What lies beyond the edge, as a factor of what lies at it.
    fn beyond(edge: Edge) -> f64 {
        match edge {
            Edge::Held => 0.0,
            Edge::Free => 1.0,
            Edge::Turned => -1.0,
        }
    }

    /// `-Δ_h` of what was smoothed once gives the values back, but for their mean where all edges are free.
    #[test]
    fn smoothing_solves_the_five_point_equation() {
        let edges = EDGES.into_iter().flat_map(|ends| EDGES.map(|sides| [ends, sides]));
        for [ends, sides] in edges {
            for (rows, columns) in [(1, 1), (1, 17), (3, 1), (13, 11), (16, 33)] {
                let values: Vec<f64> = (0..rows * columns).map(|i| (i as f64 * 1.7).sin()).collect();
                let free = [ends, sides] == [Edge::Free; 2];
                let mean = if free { values.iter().sum::<f64>() / values.len() as f64 } else { 0.0 };
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
        for edge in EDGES {
            let spectrum = Spectrum::new([edge, Edge::Free], 5, 7);
            let (mut once, mut twice) = (values.clone(), values.clone());
            spectrum.smooth(&mut once, 1.5);
            spectrum.smooth(&mut twice, 0.75);
            spectrum.smooth(&mut twice, 0.75);
            assert!(once.iter().zip(&twice).all(|(a, b)| (a - b).abs() < 1e-11));
        }
    }
}
