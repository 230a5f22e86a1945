//! A symmetric matrix in float64 as tiles, its Cholesky factor, and linear systems with it.
//!
//! Only the tiles of the lower triangle exist. Threads compute tiles of a division that depends only on the size of the
//! matrix, so results have the same bits on any number of threads.

use faer::linalg::matmul::matmul;
use faer::linalg::solvers::Llt;
use faer::linalg::triangular_solve::{solve_lower_triangular_in_place, solve_upper_triangular_in_place};
use faer::{Accum, Mat, MatMut, Par, Side};
use rayon::prelude::*;
use std::ops::Range;

/// Rows and columns of a tile.
pub const TILE: usize = 192;

/// A symmetric positive semidefinite matrix.
pub struct Tiled {
    /// The ranges of rows of the tiles.
    ranges: Vec<Range<usize>>,
    /// The tiles (0, 0), (1, 0), (1, 1), (2, 0), ..
    tiles: Vec<Mat<f64>>,
}

/// The ranges of rows of the tiles, for groups of `counts` rows. No tile has rows of two groups.
pub fn ranges(counts: impl IntoIterator<Item = usize>) -> Vec<Range<usize>> {
    let (mut all, mut start) = (Vec::new(), 0);
    for count in counts {
        let parts = count.div_ceil(TILE);
        all.extend((0..parts).map(|part| start + count * part / parts..start + count * (part + 1) / parts));
        start += count;
    }
    all
}

impl Tiled {
    /// The matrix whose tile for rows `a` and columns `b` is `tile(a, b)`. Of the tiles on the diagonal, the lower
    /// triangle is used.
    pub fn new(
        ranges: Vec<Range<usize>>,
        tile: impl Fn(Range<usize>, Range<usize>) -> Mat<f64> + Sync,
    ) -> Self {
        let pairs: Vec<(usize, usize)> =
            (0..ranges.len()).flat_map(|i| (0..=i).map(move |j| (i, j))).collect();
        let tiles = pairs.par_iter().map(|&(i, j)| tile(ranges[i].clone(), ranges[j].clone())).collect();
        Self { ranges, tiles }
    }

    /// The number of rows.
    pub fn size(&self) -> usize {
        self.ranges.last().map_or(0, |range| range.end)
    }

    /// The entry of row `i` and column `j <= i`.
    #[cfg(test)]
    pub fn at(&self, i: usize, j: usize) -> f64 {
        let tile = |row| self.ranges.iter().position(|range| range.contains(&row)).unwrap();
        let (a, b) = (tile(i), tile(j));
        self.tiles[at(a, b)][(i - self.ranges[a].start, j - self.ranges[b].start)]
    }

    /// The mean of the diagonal.
    pub fn mean_diagonal(&self) -> f64 {
        let on_diagonal = (0..self.ranges.len()).map(|i| &self.tiles[at(i, i)]);
        let sum: f64 = on_diagonal.flat_map(|tile| (0..tile.nrows()).map(|k| tile[(k, k)])).sum();
        sum / self.size().max(1) as f64
    }

    /// `(K + damping I)⁻¹ y`. `None` if that matrix is not positive definite in float64.
    pub fn solve(&self, damping: f64, y: &[f64]) -> Option<Vec<f64>> {
        let factor = self.factor(damping)?;
        let mut x = y.to_vec();
        factor.forward(&mut x);
        factor.backward(&mut x);
        x.iter().all(|x| x.is_finite()).then_some(x)
    }

    /// The lower triangular L with `L Lᵀ = K + damping I`: column by column of tiles. Each column is subtracted from the
    /// tiles to the right of it as soon as it is known.
    fn factor(&self, damping: f64) -> Option<Tiled> {
        let count = self.ranges.len();
        let mut tiles = self.tiles.clone();
        for k in 0..count {
            let diagonal = &mut tiles[at(k, k)];
            (0..diagonal.nrows()).for_each(|i| diagonal[(i, i)] += damping);
        }
        for k in 0..count {
            let diagonal = &mut tiles[at(k, k)];
            let factored = Llt::new(diagonal.as_ref(), Side::Lower).ok()?;
            *diagonal = factored.L().to_owned();
            let mut column: Vec<Mat<f64>> =
                (k + 1..count).map(|i| std::mem::replace(&mut tiles[at(i, k)], Mat::new())).collect();
            let diagonal = &tiles[at(k, k)];
            // X Lᵀ = A, so L Xᵀ = Aᵀ.
            column.par_iter_mut().for_each(|tile| {
                solve_lower_triangular_in_place(diagonal.as_ref(), tile.transpose_mut(), Par::Seq);
            });
            let places: Vec<_> = (k + 1..count).flat_map(|i| (0..=i).map(move |j| (i, j))).collect();
            let rest = &mut tiles[at(k + 1, 0)..];
            rest.par_iter_mut().zip(places).filter(|(_, (_, j))| *j > k).for_each(|(tile, (i, j))| {
                let (a, b) = (&column[i - k - 1], &column[j - k - 1]);
                matmul(tile.as_mut(), Accum::Add, a.as_ref(), b.transpose(), -1.0, Par::Seq);
            });
            for (i, tile) in (k + 1..count).zip(column) {
                tiles[at(i, k)] = tile;
            }
        }
        Some(Self { ranges: self.ranges.clone(), tiles })
    }

    /// `x ← L⁻¹ x`, if this is a factor.
    fn forward(&self, x: &mut [f64]) {
        for (i, range) in self.ranges.iter().enumerate() {
            let (known, rest) = x.split_at_mut(range.start);
            let own = &mut rest[..range.len()];
            for (j, columns) in self.ranges[..i].iter().enumerate() {
                let from = MatMut::from_column_major_slice_mut(&mut known[columns.clone()], columns.len(), 1);
                let to = MatMut::from_column_major_slice_mut(own, range.len(), 1);
                matmul(to, Accum::Add, self.tiles[at(i, j)].as_ref(), from, -1.0, Par::Seq);
            }
            let own = MatMut::from_column_major_slice_mut(own, range.len(), 1);
            solve_lower_triangular_in_place(self.tiles[at(i, i)].as_ref(), own, Par::Seq);
        }
    }

    /// `x ← L⁻ᵀ x`, if this is a factor.
    fn backward(&self, x: &mut [f64]) {
        for (i, range) in self.ranges.iter().enumerate().rev() {
            let (before, known) = x.split_at_mut(range.end);
            let own = &mut before[range.clone()];
            for (j, rows) in self.ranges.iter().enumerate().skip(i + 1) {
                let rows = rows.start - range.end..rows.end - range.end;
                let from = MatMut::from_column_major_slice_mut(&mut known[rows.clone()], rows.len(), 1);
                let to = MatMut::from_column_major_slice_mut(own, range.len(), 1);
                matmul(to, Accum::Add, self.tiles[at(j, i)].transpose(), from, -1.0, Par::Seq);
            }
            let own = MatMut::from_column_major_slice_mut(own, range.len(), 1);
            solve_upper_triangular_in_place(self.tiles[at(i, i)].transpose(), own, Par::Seq);
        }
    }
}

/// The place of tile `(i, j)` with `j <= i`.
fn at(i: usize, j: usize) -> usize {
    i * (i + 1) / 2 + j
}
