//! The linear model of a sum of squares: residual rows r, and `J = ∂r/∂θ` as a matrix or in factors.
//!
//! A row's derivatives with respect to the weights of a layer are `Σ_s g^s (h^s)ᵀ`, over the channels s of its jets. The
//! layer's share of the kernel of two rows a and b is then
//!
//! ```text
//! Σ_s,s' ⟨h_a^s, h_b^s'⟩ ⟨g_a^s, g_b^s'⟩
//! ```
//!
//! For n inputs and m outputs that takes `channels² (n + m)` multiplications and not `n m`, and J is never stored.

use std::ops::Range;

use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, MatMut, MatRef, Par};
use rayon::prelude::*;

use super::dense::Matrix;
use super::tiled::{TILE, Tiled, ranges};

/// The residual rows r of a loss `Σ r²`, and their derivatives `J = ∂r/∂θ`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Linear {
    /// The rows.
    pub rows: Vec<f64>,
    /// The columns of J that are stored, row by row: all, or those of [`Factored::unknowns`].
    pub derivatives: Vec<f64>,
    /// The number of unknowns.
    pub columns: usize,
    /// The columns that are not stored.
    pub factored: Option<Factored>,
}

/// The part of J that is known by factors.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Factored {
    /// The unknowns of the columns that are stored, ascending.
    pub unknowns: Vec<usize>,
    /// The rows of each group, one group after the other. A layer has the factors of whole groups.
    pub groups: Vec<usize>,
    /// The layers whose weights are not stored.
    pub layers: Vec<FactoredLayer>,
}

/// The factors of the derivatives with respect to the weights of a layer.
#[derive(Clone, Debug, PartialEq)]
pub struct FactoredLayer {
    /// The unknown of the first weight. The weights are `(outputs, inputs)`.
    pub weight: usize,
    /// The length of h.
    pub inputs: usize,
    /// The length of g.
    pub outputs: usize,
    /// The factors of each group of rows; `None` if its rows do not depend on the layer.
    pub groups: Vec<Option<GroupFactors>>,
}

/// The factors of a group of rows.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupFactors {
    /// The number of channels.
    pub channels: usize,
    /// h, `(rows, channels, inputs)`.
    pub inputs: Vec<f64>,
    /// g, `(rows, channels, outputs)`.
    pub cotangents: Vec<f64>,
}

impl Linear {
    /// The columns that are stored.
    fn stored(&self) -> Matrix<'_> {
        let columns = self.factored.as_ref().map_or(self.columns, |factored| factored.unknowns.len());
        Matrix { values: &self.derivatives, columns }
    }

    /// `J Jᵀ`; or `Jᵀ J` if that is smaller and J is stored.
    pub(super) fn gram(&self) -> Tiled {
        let Some(factored) = &self.factored else { return self.stored().gram() };
        let stored = MatRef::from_row_major_slice(&self.derivatives, self.rows.len(), self.stored().columns);
        Tiled::new(ranges(factored.groups.iter().copied()), |a, b| {
            let mut tile = Mat::zeros(a.len(), b.len());
            let of = |range: &Range<usize>| stored.subrows(range.start, range.len());
            matmul(tile.as_mut(), Accum::Replace, of(&a), of(&b).transpose(), 1.0, Par::Seq);
            let (a, b) = (factored.place(a), factored.place(b));
            let mut products = Products::default();
            for layer in &factored.layers {
                layer.add(&a, &b, &mut products, tile.as_mut());
            }
            tile
        })
    }

    /// Whether [`Linear::gram`] is `J Jᵀ`.
    pub(super) fn is_by_rows(&self) -> bool {
        self.factored.is_some() || self.rows.len() <= self.columns
    }

    /// The columns of `unknowns`, row by row.
    pub(super) fn columns_of(&self, unknowns: &[usize]) -> Vec<f64> {
        let (width, count) = (self.stored().columns, unknowns.len());
        let place = |unknown: &usize| match &self.factored {
            Some(factored) => factored.unknowns.binary_search(unknown).ok(),
            None => Some(*unknown),
        };
        let places: Vec<(usize, usize)> =
            unknowns.iter().enumerate().filter_map(|(to, unknown)| Some((to, place(unknown)?))).collect();
        let mut columns = vec![0.0; self.rows.len() * count];
        for (to, from) in columns.chunks_exact_mut(count).zip(self.derivatives.chunks_exact(width.max(1))) {
            places.iter().for_each(|(at, place)| to[*at] = from[*place]);
        }
        let Some(factored) = &self.factored else { return columns };
        for (at, unknown) in unknowns.iter().enumerate() {
            let holds = |layer: &&FactoredLayer| layer.weights().contains(unknown);
            let Some(layer) = factored.layers.iter().find(holds) else { continue };
            let column = layer.column(factored, unknown - layer.weight);
            columns.iter_mut().skip(at).step_by(count).zip(column).for_each(|(to, from)| *to = from);
        }
        columns
    }

    /// `J x`.
    pub(crate) fn times(&self, x: &[f64]) -> Vec<f64> {
        let Some(factored) = &self.factored else { return self.stored().times(x) };
        let held: Vec<f64> = factored.unknowns.iter().map(|at| x[*at]).collect();
        let mut product = self.stored().times(&held);
        product.resize(self.rows.len(), 0.0);
        for layer in &factored.layers {
            let weights = MatRef::from_row_major_slice(
                &x[layer.weight..][..layer.outputs * layer.inputs],
                layer.outputs,
                layer.inputs,
            );
            for (range, group) in factored.ranges().zip(&layer.groups) {
                let Some(group) = group else { continue };
                let height = TILE * group.channels;
                let parts = product[range].par_chunks_mut(TILE);
                let h = group.inputs.par_chunks(height * layer.inputs);
                let g = group.cotangents.par_chunks(height * layer.outputs);
                parts.zip(h.zip(g)).for_each(|(product, (h, g))| {
                    let h = MatRef::from_row_major_slice(h, h.len() / layer.inputs, layer.inputs);
                    let mut z = vec![0.0; g.len()];
                    let to = MatMut::from_row_major_slice_mut(&mut z, h.nrows(), layer.outputs);
                    matmul(to, Accum::Replace, h, weights.transpose(), 1.0, Par::Seq);
                    let rows = z.chunks_exact(group.channels * layer.outputs);
                    let rows = rows.zip(g.chunks_exact(group.channels * layer.outputs));
                    for (product, (z, g)) in product.iter_mut().zip(rows) {
                        *product += z.iter().zip(g).map(|(z, g)| z * g).sum::<f64>();
                    }
                });
            }
        }
        product
    }

    /// `Jᵀ y`.
    pub(crate) fn transposed_times(&self, y: &[f64]) -> Vec<f64> {
        let Some(factored) = &self.factored else { return self.stored().transposed_times(y) };
        let mut product = vec![0.0; self.columns];
        for (at, value) in factored.unknowns.iter().zip(self.stored().transposed_times(y)) {
            product[*at] = value;
        }
        let sums: Vec<Vec<f64>> =
            factored.layers.par_iter().map(|layer| layer.pull_back(factored, y)).collect();
        for (layer, sum) in factored.layers.iter().zip(sums) {
            product[layer.weight..][..sum.len()].copy_from_slice(&sum);
        }
        product
    }
}

/// Rows of one group: the group, and the rows counted from its first.
struct Place {
    group: usize,
    rows: Range<usize>,
}

impl Factored {
    /// The rows of each group.
    fn ranges(&self) -> impl Iterator<Item = Range<usize>> {
        self.groups.iter().scan(0, |end, count| {
            let start = *end;
            *end += count;
            Some(start..*end)
        })
    }

    /// The place of rows that lie in one group.
    fn place(&self, rows: Range<usize>) -> Place {
        let found = self.ranges().enumerate().find(|(_, range)| range.contains(&rows.start));
        let (group, start) = found.map_or((0, 0), |(group, range)| (group, range.start));
        Place { group, rows: rows.start - start..rows.end - start }
    }
}

/// Memory for the products of two tiles of factors.
#[derive(Default)]
struct Products {
    of_inputs: Vec<f64>,
    of_cotangents: Vec<f64>,
    sum: Vec<f64>,
}

impl FactoredLayer {
    /// The unknowns of the weights.
    fn weights(&self) -> Range<usize> {
        self.weight..self.weight + self.inputs * self.outputs
    }

    /// The derivatives of every row with respect to one weight, counted from the first.
    fn column(&self, factored: &Factored, weight: usize) -> Vec<f64> {
        let mut column = vec![0.0; factored.groups.iter().sum()];
        for (range, group) in factored.ranges().zip(&self.groups) {
            let Some(group) = group else { continue };
            let h = group.inputs.chunks_exact(group.channels * self.inputs);
            let g = group.cotangents.chunks_exact(group.channels * self.outputs);
            for (to, (h, g)) in column[range].iter_mut().zip(h.zip(g)) {
                let h = h.iter().skip(weight % self.inputs).step_by(self.inputs);
                let g = g.iter().skip(weight / self.inputs).step_by(self.outputs);
                *to = h.zip(g).map(|(h, g)| h * g).sum();
            }
        }
        column
    }

    /// Adds the layer's share of the kernel of the rows `a` and `b` to `tile`.
    fn add(&self, a: &Place, b: &Place, products: &mut Products, tile: MatMut<'_, f64>) {
        let (Some(left), Some(right)) = (&self.groups[a.group], &self.groups[b.group]) else { return };
        let (height, width) = (a.rows.len(), b.rows.len());
        let Products { of_inputs, of_cotangents, sum } = products;
        for memory in [&mut *of_inputs, &mut *of_cotangents, &mut *sum] {
            memory.clear();
            memory.resize(height * width, 0.0);
        }
        let multiply = |to: &mut [f64], a: MatRef<'_, f64>, b: MatRef<'_, f64>| {
            let to = MatMut::from_column_major_slice_mut(to, height, width);
            matmul(to, Accum::Replace, a, b.transpose(), 1.0, Par::Seq);
        };
        for s in 0..left.channels {
            let h = left.channel(&left.inputs, self.inputs, s, &a.rows);
            let g = left.channel(&left.cotangents, self.outputs, s, &a.rows);
            for t in 0..right.channels {
                multiply(of_inputs, h, right.channel(&right.inputs, self.inputs, t, &b.rows));
                multiply(of_cotangents, g, right.channel(&right.cotangents, self.outputs, t, &b.rows));
                let pairs = of_inputs.iter().zip(&*of_cotangents);
                sum.iter_mut().zip(pairs).for_each(|(sum, (h, g))| *sum += h * g);
            }
        }
        let sum = MatRef::from_column_major_slice(&sum[..], height, width);
        let mut tile = tile;
        tile += sum;
    }

    /// `Σ_rows y Σ_s g^s (h^s)ᵀ`, `(outputs, inputs)`.
    fn pull_back(&self, factored: &Factored, y: &[f64]) -> Vec<f64> {
        let mut sum = vec![0.0; self.outputs * self.inputs];
        for (range, group) in factored.ranges().zip(&self.groups) {
            let Some(group) = group else { continue };
            let row = group.channels * self.outputs;
            let scaled = group.cotangents.chunks_exact(row).zip(&y[range]);
            let scaled: Vec<f64> = scaled.flat_map(|(g, y)| g.iter().map(move |g| g * y)).collect();
            let g = MatRef::from_row_major_slice(&scaled, scaled.len() / self.outputs, self.outputs);
            let h = MatRef::from_row_major_slice(&group.inputs, g.nrows(), self.inputs);
            let to = MatMut::from_row_major_slice_mut(&mut sum, self.outputs, self.inputs);
            matmul(to, Accum::Add, g.transpose(), h, 1.0, Par::Seq);
        }
        sum
    }
}

impl GroupFactors {
    /// One channel of `factors`, `(rows, channels, length)`, at some rows.
    fn channel<'f>(
        &self,
        factors: &'f [f64],
        length: usize,
        channel: usize,
        rows: &Range<usize>,
    ) -> MatRef<'f, f64> {
        let row = self.channels * length;
        let own = &factors[rows.start * row..rows.end * row];
        MatRef::from_row_major_slice(own, rows.len(), row).subcols(channel * length, length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers in [-1, 1) without a pattern.
    fn scattered(seed: usize, count: usize) -> Vec<f64> {
        (0..count).map(|i| (((seed * 7919 + i) as f64 * 12.9898).sin() * 43758.5453).fract()).collect()
    }

    /// Three groups of rows and two layers. The second group does not depend on the second layer. The unknowns are a bias,
    /// the weights of a layer of 3 inputs and 2 outputs, a scalar, and those of one of 5 inputs and 1 output.
    fn example(counts: [usize; 3]) -> (Linear, Vec<f64>) {
        let rows = counts.iter().sum();
        let group = |seed, count, channels: usize, (inputs, outputs): (usize, usize)| GroupFactors {
            channels,
            inputs: scattered(seed, count * channels * inputs),
            cotangents: scattered(seed + 1, count * channels * outputs),
        };
        let layer = |seed, weight, shape: (usize, usize), skipped| FactoredLayer {
            weight,
            inputs: shape.0,
            outputs: shape.1,
            groups: (0..3)
                .map(|at| (at != skipped).then(|| group(seed + 2 * at, counts[at], [4, 1, 2][at], shape)))
                .collect(),
        };
        let factored = Factored {
            unknowns: vec![0, 7],
            groups: counts.to_vec(),
            layers: vec![layer(10, 1, (3, 2), 3), layer(20, 8, (5, 1), 1)],
        };
        let derivatives = scattered(1, 2 * rows);
        let mut whole = vec![0.0; rows * 13];
        for (row, whole) in whole.chunks_exact_mut(13).enumerate() {
            (whole[0], whole[7]) = (derivatives[2 * row], derivatives[2 * row + 1]);
            let place = factored.place(row..row + 1);
            for layer in &factored.layers {
                let Some(of) = &layer.groups[place.group] else { continue };
                for s in 0..of.channels {
                    let at = place.rows.start * of.channels + s;
                    for o in 0..layer.outputs {
                        for i in 0..layer.inputs {
                            whole[layer.weight + o * layer.inputs + i] +=
                                of.cotangents[at * layer.outputs + o] * of.inputs[at * layer.inputs + i];
                        }
                    }
                }
            }
        }
        let rows = scattered(2, rows);
        (Linear { rows, derivatives, columns: 13, factored: Some(factored) }, whole)
    }

    #[test]
    fn factors_give_what_the_matrix_gives() {
        for counts in [[1, 1, 1], [3, 17, 2], [255, 1, 257], [0, 200, 5]] {
            let (linear, whole) = example(counts);
            let rows = linear.rows.len();
            let near = |a: f64, b: f64| assert!((a - b).abs() < 1e-11, "{counts:?}: {a}, not {b}");
            let gram = linear.gram();
            assert_eq!(gram.size(), rows);
            let row = |i: usize| &whole[13 * i..][..13];
            for i in 0..rows {
                for j in 0..=i {
                    near(gram.at(i, j), row(i).iter().zip(row(j)).map(|(a, b)| a * b).sum());
                }
            }
            let unknowns = [0, 2, 6, 7, 12];
            for (i, columns) in linear.columns_of(&unknowns).chunks_exact(5).enumerate() {
                unknowns.iter().zip(columns).for_each(|(j, column)| near(*column, row(i)[*j]));
            }
            let (x, y) = (scattered(3, 13), scattered(4, rows));
            for (i, product) in linear.times(&x).into_iter().enumerate() {
                near(product, row(i).iter().zip(&x).map(|(a, x)| a * x).sum());
            }
            for (j, product) in linear.transposed_times(&y).into_iter().enumerate() {
                near(product, (0..rows).map(|i| row(i)[j] * y[i]).sum());
            }
        }
    }

    #[test]
    fn results_do_not_depend_on_the_number_of_threads() {
        let (linear, _) = example([255, 100, 257]);
        let run = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let y = scattered(5, linear.rows.len());
            pool.install(|| {
                (linear.gram().solve(1e-3, &y), linear.times(&y[..13]), linear.transposed_times(&y))
            })
        };
        assert_eq!(run(1), run(3));
    }
}
