//! A dense symmetric matrix in float64 that is changed by vectors: the inverse Hessian H of a quasi-Newton method.
//!
//! ```text
//! H = γ M + Σ_k c_k z_k z_kᵀ
//! ```
//!
//! M is the identity or a lower triangle of square blocks. Vectors z are collected and then added to M all at once, so that
//! a change of H reads and writes the large M only once in [`PENDING`] vectors. Each block belongs to one thread, and partial
//! sums are added in the order of the blocks, so results have the same bits on any number of threads.

use faer::linalg::matmul::matmul;
use faer::{Accum, MatMut, MatRef, Par};
use rayon::prelude::*;

use super::vectors::{add, dot};
use super::{StateArray, StateError, state_of};

/// Rows and columns of a block.
const BLOCK: usize = 128;
/// The largest number of collected vectors.
const PENDING: usize = 48;

/// The matrix H.
#[derive(Clone, Debug)]
pub(super) struct Inverse {
    size: usize,
    /// M: block (i, j) with j <= i is number `i (i + 1) / 2 + j`, row-major. Empty while M is the identity.
    blocks: Vec<Vec<f64>>,
    /// γ.
    scale: f64,
    /// c_k and z_k.
    vectors: Vec<(f64, Vec<f64>)>,
}

impl Inverse {
    /// The identity of `size` rows.
    pub fn identity(size: usize) -> Self {
        Self { size, blocks: Vec::new(), scale: 1.0, vectors: Vec::new() }
    }

    /// Whether it is as [`Inverse::identity`] made it.
    pub fn is_identity(&self) -> bool {
        self.blocks.is_empty() && self.vectors.is_empty() && self.scale == 1.0
    }

    /// The bytes of a matrix of `size` rows.
    pub fn bytes(size: usize) -> usize {
        let of_blocks: usize = (0..size.div_ceil(BLOCK))
            .map(|i| length(size, i).saturating_mul(i.saturating_mul(BLOCK).saturating_add(length(size, i))))
            .fold(0, usize::saturating_add);
        let numbers = of_blocks.saturating_add(size.saturating_mul(3 * PENDING));
        numbers.saturating_mul(size_of::<f64>())
    }

    /// `H x`.
    pub fn times(&self, x: &[f64]) -> Vec<f64> {
        let mut product = if self.blocks.is_empty() { x.to_vec() } else { self.block_times(x) };
        product.iter_mut().for_each(|y| *y *= self.scale);
        for (factor, z) in &self.vectors {
            add(&mut product, factor * dot(z, x), z);
        }
        product
    }

    /// `M x` from the blocks. A block gives sums for its rows and, mirrored, for its columns.
    fn block_times(&self, x: &[f64]) -> Vec<f64> {
        let places: Vec<(usize, usize)> = places(self.size).collect();
        let part = |(block, &(i, j)): (&Vec<f64>, &(usize, usize))| {
            let (of_rows, of_columns) = (&x[i * BLOCK..][..length(self.size, i)], &x[j * BLOCK..]);
            let of_columns = &of_columns[..length(self.size, j)];
            let mut columns = vec![0.0; if i == j { 0 } else { of_columns.len() }];
            let row = |(row, x): (&[f64], &f64)| {
                columns.iter_mut().zip(row).for_each(|(sum, m)| *sum += m * x);
                dot(row, of_columns)
            };
            let rows: Vec<f64> = block.chunks_exact(of_columns.len()).zip(of_rows).map(row).collect();
            (rows, columns)
        };
        let parts: Vec<(Vec<f64>, Vec<f64>)> = self.blocks.par_iter().zip(&places).map(part).collect();
        let mut product = vec![0.0; self.size];
        for (&(i, j), (rows, columns)) in places.iter().zip(&parts) {
            add(&mut product[i * BLOCK..][..rows.len()], 1.0, rows);
            add(&mut product[j * BLOCK..][..columns.len()], 1.0, columns);
        }
        product
    }

    /// `H ← factor H + Σ c z zᵀ` over `changes`.
    pub fn change(&mut self, factor: f64, changes: impl IntoIterator<Item = (f64, Vec<f64>)>) {
        self.scale *= factor;
        self.vectors.iter_mut().for_each(|(c, _)| *c *= factor);
        self.vectors.extend(changes.into_iter().filter(|(c, _)| *c != 0.0));
        if self.vectors.len() >= PENDING {
            self.fold();
        }
    }

    /// Adds the collected vectors to M.
    fn fold(&mut self) {
        let (count, size, scale) = (self.vectors.len(), self.size, self.scale);
        let mut plain = vec![0.0; size * count];
        let mut weighted = vec![0.0; size * count];
        for (at, (c, z)) in self.vectors.drain(..).enumerate() {
            for (row, z) in z.iter().enumerate() {
                (plain[row * count + at], weighted[row * count + at]) = (*z, c * z);
            }
        }
        let factor = |values, block: usize| {
            MatRef::from_row_major_slice(values, size, count).subrows(block * BLOCK, length(size, block))
        };
        if self.blocks.is_empty() {
            self.blocks = identity(size);
        }
        let places: Vec<(usize, usize)> = places(size).collect();
        self.blocks.par_iter_mut().zip(&places).for_each(|(block, &(i, j))| {
            block.iter_mut().for_each(|m| *m *= scale);
            let out = MatMut::from_row_major_slice_mut(block, length(size, i), length(size, j));
            matmul(out, Accum::Add, factor(&weighted, i), factor(&plain, j).transpose(), 1.0, Par::Seq);
        });
        self.scale = 1.0;
    }

    /// The arrays from which [`Inverse::restore`] makes the same matrix.
    pub fn state(&self) -> Vec<StateArray> {
        let coefficients: Vec<f64> = self.vectors.iter().map(|(c, _)| *c).collect();
        let vectors: Vec<f64> = self.vectors.iter().flat_map(|(_, z)| z).copied().collect();
        vec![
            StateArray::new::<f64>(
                "inverse.shape",
                &[self.scale, self.blocks.len() as f64, coefficients.len() as f64],
            ),
            StateArray::new::<f64>("inverse.blocks", &self.blocks.concat()),
            StateArray::new::<f64>("inverse.coefficients", &coefficients),
            StateArray::new::<f64>("inverse.vectors", &vectors),
        ]
    }

    /// The matrix of `size` rows from the arrays of [`Inverse::state`].
    ///
    /// # Errors
    /// If an array is missing, or has another length.
    pub fn restore(state: &[StateArray], size: usize) -> Result<Self, StateError> {
        let wrong = || StateError { name: "inverse.shape".into() };
        let &[scale, blocks, count] = state_of::<f64>(state, "inverse.shape", 3)? else {
            return Err(wrong());
        };
        let all: Vec<usize> = places(size).map(|(i, j)| length(size, i) * length(size, j)).collect();
        let due = if blocks == 0.0 { 0 } else { all.len() };
        if blocks != due as f64 || count >= PENDING as f64 {
            return Err(wrong());
        }
        let mut rest = state_of::<f64>(state, "inverse.blocks", all[..due].iter().sum())?;
        let block = |length: &usize| {
            let (own, others) = rest.split_at(*length);
            rest = others;
            own.to_vec()
        };
        let blocks = all[..due].iter().map(block).collect();
        let coefficients = state_of::<f64>(state, "inverse.coefficients", count as usize)?;
        let vectors = state_of::<f64>(state, "inverse.vectors", coefficients.len() * size)?;
        let vectors = vectors.chunks_exact(size.max(1)).map(<[f64]>::to_vec);
        Ok(Self { size, blocks, scale, vectors: coefficients.iter().copied().zip(vectors).collect() })
    }
}

/// The rows of block row `block`.
fn length(size: usize, block: usize) -> usize {
    BLOCK.min(size - block * BLOCK)
}

/// The block row and the block column of every block, in order.
fn places(size: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..size.div_ceil(BLOCK)).flat_map(|i| (0..=i).map(move |j| (i, j)))
}

/// The blocks of the identity.
fn identity(size: usize) -> Vec<Vec<f64>> {
    let block = |(i, j): (usize, usize)| {
        let (height, width) = (length(size, i), length(size, j));
        let mut block = vec![0.0; height * width];
        if i == j {
            block.iter_mut().step_by(width + 1).for_each(|m| *m = 1.0);
        }
        block
    };
    places(size).map(block).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers in [-1, 1) without a pattern.
    fn scattered(count: usize, seed: usize) -> Vec<f64> {
        (0..count).map(|i| (((i + 1000 * seed) as f64 * 12.9898).sin() * 43758.5453).fract()).collect()
    }

    /// Against a full matrix with its sums by hand, with sizes beside those of blocks, before and after vectors are added
    /// to the blocks.
    #[test]
    fn is_the_sum_of_its_changes() {
        for size in [1, 3, 17, 127, 129, 257] {
            let mut full = vec![0.0; size * size];
            full.iter_mut().step_by(size + 1).for_each(|m| *m = 1.0);
            let mut matrix = Inverse::identity(size);
            assert!(matrix.is_identity());
            for change in 1..=101 {
                let factor = 1.0 + 0.05 * (change as f64).sin();
                let (c, z) = ((change as f64).cos(), scattered(size, change));
                for (at, m) in full.iter_mut().enumerate() {
                    *m = *m * factor + c * z[at / size] * z[at % size];
                }
                matrix.change(factor, [(c, z), (0.0, vec![f64::NAN; size])]);
                if [1, 47, 48, 101].contains(&change) {
                    let x = scattered(size, 7777);
                    let product = matrix.times(&x);
                    for (row, got) in full.chunks_exact(size).zip(&product) {
                        let want: f64 = row.iter().zip(&x).map(|(m, x)| m * x).sum();
                        assert!((got - want).abs() < 1e-10 * size as f64, "{size}, {change}: {got}, {want}");
                    }
                }
            }
            assert!(!matrix.is_identity());
        }
    }

    #[test]
    fn the_number_of_threads_changes_no_bit_and_a_state_restores_all() {
        let run = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| {
                let mut matrix = Inverse::identity(300);
                (0..100).for_each(|at| matrix.change(0.99, [(0.5, scattered(300, at))]));
                matrix
            })
        };
        let (matrix, x) = (run(1), scattered(300, 5));
        let again = Inverse::restore(&matrix.state(), 300).unwrap();
        for other in [run(3), again.clone()] {
            assert_eq!((&other.state(), other.times(&x)), (&matrix.state(), matrix.times(&x)));
        }
        assert!(Inverse::restore(&matrix.state(), 299).is_err());
        let fresh = Inverse::restore(&Inverse::identity(300).state(), 300).unwrap();
        assert!(fresh.is_identity());
        let (one, other) = (matrix.times(&x), again.times(&x));
        assert_eq!(one, other);
    }

    #[test]
    fn bytes_are_about_half_of_a_full_matrix() {
        for size in [1, 128, 1000, 10_000] {
            let full = size * size * 8;
            let vectors = size * 3 * PENDING * 8;
            let bytes = Inverse::bytes(size);
            assert!(bytes > full / 2 && bytes <= full / 2 + size * BLOCK * 8 + vectors, "{size}: {bytes}");
        }
        assert_eq!(Inverse::bytes(usize::MAX / BLOCK), usize::MAX);
    }
}
