//! Dense matrices in float64 for second-order methods: products of a matrix with its transpose, and linear systems.
//!
//! Matrices are row-major. Parallel work is divided into blocks that depend only on the sizes, so results have the same
//! bits on any number of threads.

use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, MatRef, Par};
use rayon::prelude::*;

use super::tiled::{Tiled, ranges};

/// Columns of a block of a product with the transpose. One thread computes a block.
const BLOCK: usize = 192;
/// Rows that one thread multiplies with a vector at a time.
const ROWS: usize = 64;

/// A matrix of `rows` rows and `columns` columns.
#[derive(Clone, Copy)]
pub struct Matrix<'a> {
    /// Its numbers, row by row.
    pub values: &'a [f64],
    /// The number of columns.
    pub columns: usize,
}

impl Matrix<'_> {
    /// The number of rows.
    pub fn rows(&self) -> usize {
        self.values.len() / self.columns.max(1)
    }

    /// `A x`.
    pub fn times(&self, x: &[f64]) -> Vec<f64> {
        let dot = |row: &[f64]| row.iter().zip(x).map(|(a, x)| a * x).sum();
        self.values.par_chunks_exact(self.columns.max(1)).with_min_len(ROWS).map(dot).collect()
    }

    /// `Aᵀ y`.
    pub fn transposed_times(&self, y: &[f64]) -> Vec<f64> {
        let mut sum = vec![0.0; self.columns];
        // Each thread has its own columns, so the order of additions does not depend on the number of threads.
        sum.par_chunks_mut(BLOCK).enumerate().for_each(|(block, sum)| {
            for (row, y) in self.values.chunks_exact(self.columns).zip(y) {
                let row = &row[block * BLOCK..][..sum.len()];
                sum.iter_mut().zip(row).for_each(|(sum, a)| *sum += a * y);
            }
        });
        sum
    }

    /// `A Aᵀ`, or `Aᵀ A` if that is smaller.
    pub fn gram(&self) -> Tiled {
        let whole = MatRef::from_row_major_slice(self.values, self.rows(), self.columns);
        let factor = if self.rows() <= self.columns { whole } else { whole.transpose() };
        Tiled::new(ranges([factor.nrows()]), |a, b| {
            let mut tile = Mat::zeros(a.len(), b.len());
            let (a, b) = (factor.subrows(a.start, a.len()), factor.subrows(b.start, b.len()));
            matmul(tile.as_mut(), Accum::Replace, a, b.transpose(), 1.0, Par::Seq);
            tile
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers in [-1, 1) without a pattern.
    fn scattered(count: usize) -> Vec<f64> {
        (0..count).map(|i| ((i as f64 * 12.9898).sin() * 43758.5453).fract()).collect()
    }

    #[test]
    fn products_and_solutions_agree_with_sums_by_hand() {
        for (rows, columns) in [(1, 1), (3, 17), (17, 3), (193, 255), (257, 100), (1, 300)] {
            let values = scattered(rows * columns);
            let a = Matrix { values: &values, columns };
            let at = |i: usize, j: usize| values[i * columns + j];
            let (size, inner) = (rows.min(columns), rows.max(columns));
            let entry = |i: usize, j: usize| -> f64 {
                let pair = |k| if rows <= columns { at(i, k) * at(j, k) } else { at(k, i) * at(k, j) };
                (0..inner).map(pair).sum()
            };
            let gram = a.gram();
            assert_eq!(gram.size(), size);
            for i in 0..size {
                for j in 0..=i {
                    assert!((gram.at(i, j) - entry(i, j)).abs() < 1e-12 * inner as f64);
                }
            }
            let y = scattered(size);
            let x = gram.solve(0.5, &y).unwrap();
            for i in 0..size {
                let back: f64 = (0..size).map(|j| entry(i, j) * x[j]).sum::<f64>() + 0.5 * x[i];
                assert!((back - y[i]).abs() < 1e-9, "{rows} x {columns}: {back}, not {}", y[i]);
            }
            let (x, y) = (scattered(columns), scattered(rows));
            let product = a.times(&x);
            let back = a.transposed_times(&y);
            assert!((0..rows).all(|i| {
                let sum: f64 = (0..columns).map(|j| at(i, j) * x[j]).sum();
                (product[i] - sum).abs() < 1e-12 * columns as f64
            }));
            assert!((0..columns).all(|j| {
                let sum: f64 = (0..rows).map(|i| at(i, j) * y[i]).sum();
                (back[j] - sum).abs() < 1e-12 * rows as f64
            }));
        }
    }

    #[test]
    fn results_do_not_depend_on_the_number_of_threads() {
        let values = scattered(401 * 500);
        let a = Matrix { values: &values, columns: 500 };
        let run = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let y = scattered(500);
            pool.install(|| (a.gram().solve(1e-3, &y[..401]), a.times(&y), a.transposed_times(&y[..401])))
        };
        assert_eq!(run(1), run(3));
    }

    #[test]
    fn a_matrix_that_is_not_positive_definite_has_no_solution() {
        let values = [1.0, 2.0, f64::NAN, 4.0];
        assert!(Matrix { values: &values, columns: 2 }.gram().solve(0.0, &[1.0, 1.0]).is_none());
        let singular = [1.0, 2.0, 3.0, 2.0, 4.0, 6.0];
        let gram = Matrix { values: &singular, columns: 3 }.gram();
        assert!(gram.solve(-1.0, &[1.0, 1.0]).is_none() && gram.solve(1e-3, &[1.0, 1.0]).is_some());
        let nothing = Matrix { values: &[0.0; 6], columns: 3 }.gram();
        assert_eq!(nothing.mean_diagonal(), 0.0);
    }
}
