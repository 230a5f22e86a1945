//! SOAP: Adam in the eigenbasis of the Kronecker factors of each weight matrix (Vyas et al. 2024; for equations, Wang et al.
//! 2025).
//!
//! For a matrix W with the gradient G, with the bases Q_L and Q_R of the step before:
//!
//! ```text
//! M = β1 M + (1 - β1) G                  V = β2 V + (1 - β2) (Q_Lᵀ G Q_R)²
//! W = W - rate · Q_L [ Q_LᵀM Q_R / (1 - β1^t) / (sqrt(V / (1 - β2^t)) + ε) ] Q_Rᵀ
//! L = β2 L + (1 - β2) G Gᵀ               R = β2 R + (1 - β2) Gᵀ G
//! every k steps: Q_L = QR(L Q_L),  Q_R = QR(R Q_R)
//! ```
//!
//! The first gradient only gives the first L and R, whose eigenvectors are the first bases; θ stays. At a refresh the columns
//! of a basis, and V with them, are first sorted by the eigenvalues `diag(QᵀL Q)`, from the largest. Biases and other
//! unknowns outside of matrices have plain Adam. All is in float64, whatever the precision of θ.

use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, MatMut, MatRef, Par, Side};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::{Block, Blocks, Loss, LossError, Optimizer, StateArray, StateError, Step, state_of};
use crate::field::Number;

/// The settings of SOAP.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SoapConfig {
    /// The decay rate of the mean gradient, in `[0, 1)`.
    pub beta1: f64,
    /// The decay rate of the mean squared gradient and of the Kronecker factors, in `[0, 1)`.
    pub beta2: f64,
    /// The number added to the denominator, positive.
    pub epsilon: f64,
    /// The number of steps between two refreshes of the bases, at least 1.
    pub refresh: usize,
}

impl Default for SoapConfig {
    fn default() -> Self {
        Self { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, refresh: 10 }
    }
}

/// SOAP and its state.
#[derive(Clone, Debug)]
pub struct Soap<N = f32> {
    config: SoapConfig,
    blocks: Blocks,
    now: Moments,
    /// The moments and θ before the last update. They are restored if the next loss is not usable.
    before: Option<(Moments, Vec<N>)>,
    rewound: bool,
}

/// What SOAP knows of the gradients so far.
#[derive(Clone, Debug)]
struct Moments {
    /// The number of gradients.
    gradients: u64,
    parts: Vec<Part>,
}

/// The moments of a part of θ.
#[derive(Clone, Debug)]
struct Part {
    /// M.
    mean: Vec<f64>,
    /// V, in the bases of a matrix.
    square: Vec<f64>,
    /// The left and the right axis of a matrix.
    axes: Option<[Axis; 2]>,
}

/// One side of a matrix.
#[derive(Clone, Debug)]
struct Axis {
    /// L or R.
    factor: Mat<f64>,
    /// The basis, one vector a column.
    basis: Mat<f64>,
}

/// The numbers of a step, for every part.
#[derive(Clone, Copy)]
struct Pace {
    config: SoapConfig,
    /// The factors that remove the bias of the means towards their start at 0.
    unbias: (f64, f64),
    rate: f64,
    refresh: bool,
}

impl<N: Number> Soap<N> {
    /// The bytes of the factors and the bases, and of those before the last update, of a matrix of this shape.
    pub(crate) fn bytes(rows: usize, columns: usize) -> usize {
        let squares = rows.saturating_mul(rows).saturating_add(columns.saturating_mul(columns));
        squares.saturating_mul(4 * size_of::<f64>())
    }

    /// The state before the first step, for unknowns in these parts.
    pub fn new(config: SoapConfig, blocks: Blocks) -> Self {
        let part = |block: &Block| Part {
            mean: vec![0.0; block.count()],
            square: vec![0.0; block.count()],
            axes: match *block {
                Block::Matrix { rows, columns } => Some([rows, columns].map(Axis::new)),
                Block::Plain(_) => None,
            },
        };
        let now = Moments { gradients: 0, parts: blocks.parts().iter().map(part).collect() };
        Self { config, blocks, now, before: None, rewound: false }
    }

    /// Makes one update of `theta` from `gradient` with the learning rate `rate`. The first one only takes the gradient.
    fn update(&mut self, theta: &mut [N], gradient: &[f64], rate: f64) {
        let SoapConfig { beta1, beta2, refresh, .. } = self.config;
        let updates = self.now.gradients;
        let t = updates as f64;
        let pace = Pace {
            config: self.config,
            unbias: (1.0 / (1.0 - beta1.powf(t)), 1.0 / (1.0 - beta2.powf(t))),
            rate,
            refresh: updates > 0 && updates.is_multiple_of(refresh as u64),
        };
        self.before = Some((self.now.clone(), theta.to_vec()));
        let of_parts = self.blocks.split(gradient);
        let parts = self.now.parts.par_iter_mut().zip(of_parts).zip(self.blocks.parts());
        let changes: Vec<Vec<f64>> = parts
            .map(|((part, gradient), block)| match *block {
                Block::Matrix { columns, .. } => part.matrix(gradient, columns, (updates == 0, pace)),
                Block::Plain(_) if updates == 0 => vec![0.0; gradient.len()],
                Block::Plain(_) => part.plain(gradient, pace),
            })
            .collect();
        for (theta, change) in theta.iter_mut().zip(changes.iter().flatten()) {
            let own: f64 = (*theta).into();
            *theta = N::of(own - change);
        }
        self.now.gradients += 1;
    }

    /// Undoes the last update, if there was one since the state was created or restored.
    fn rewind(&mut self, theta: &mut [N]) {
        if let Some((now, before)) = self.before.take() {
            self.now = now;
            theta.copy_from_slice(&before);
            self.rewound = true;
        }
    }
}

impl Part {
    /// The change of numbers without a structure: that of Adam.
    fn plain(&mut self, gradient: &[f64], pace: Pace) -> Vec<f64> {
        let SoapConfig { beta1, beta2, .. } = pace.config;
        decay(&mut self.mean, beta1, gradient.iter().copied());
        decay(&mut self.square, beta2, gradient.iter().map(|g| g * g));
        adam(&self.mean, &self.square, pace)
    }

    /// The change of a matrix. The `first` gradient only makes the axes.
    fn matrix(&mut self, gradient: &[f64], columns: usize, (first, pace): (bool, Pace)) -> Vec<f64> {
        let Some([left, right]) = &mut self.axes else { return Vec::new() };
        let SoapConfig { beta1, beta2, .. } = pace.config;
        let rows = gradient.len() / columns;
        let change = if first {
            vec![0.0; gradient.len()]
        } else {
            decay(&mut self.mean, beta1, gradient.iter().copied());
            let turned = [gradient, &self.mean]
                .map(|m| product(left.basis.transpose(), (m, rows, columns), right.basis.as_ref()));
            decay(&mut self.square, beta2, turned[0].iter().map(|g| g * g));
            let change = adam(&turned[1], &self.square, pace);
            product(left.basis.as_ref(), (&change, rows, columns), right.basis.transpose())
        };
        let g = MatRef::from_row_major_slice(gradient, rows, columns);
        left.gather(g, beta2);
        right.gather(g.transpose(), beta2);
        if first {
            left.begin();
            right.begin();
        } else if pace.refresh {
            let (of_rows, of_columns) = (left.refresh(), right.refresh());
            let old = std::mem::take(&mut self.square);
            let place = |(row, column): (usize, usize)| old[row * columns + column];
            let pairs = of_rows.iter().flat_map(|row| of_columns.iter().map(move |column| (*row, *column)));
            self.square = pairs.map(place).collect();
        }
        change
    }
}

impl Axis {
    fn new(size: usize) -> Self {
        Self { factor: Mat::zeros(size, size), basis: Mat::identity(size, size) }
    }

    /// `factor = β factor + (1 - β) G Gᵀ`.
    fn gather(&mut self, gradient: MatRef<'_, f64>, beta: f64) {
        self.factor *= beta;
        matmul(self.factor.as_mut(), Accum::Add, gradient, gradient.transpose(), 1.0 - beta, Par::Seq);
    }

    /// Makes the eigenvectors the basis, from the largest eigenvalue. The basis stays the identity if they are not found.
    fn begin(&mut self) {
        if let Ok(found) = self.factor.self_adjoint_eigen(Side::Lower) {
            self.keep(found.U().reverse_cols().to_owned());
        }
    }

    /// Sorts the basis and turns it by one power iteration. Returns the order of its columns.
    fn refresh(&mut self) -> Vec<usize> {
        let size = self.factor.nrows();
        let turned = &self.factor * &self.basis;
        let value = |k: usize| -> f64 { (0..size).map(|i| self.basis[(i, k)] * turned[(i, k)]).sum() };
        let values: Vec<f64> = (0..size).map(value).collect();
        let mut order: Vec<usize> = (0..size).collect();
        order.sort_by(|a, b| values[*b].total_cmp(&values[*a]));
        let sorted = Mat::from_fn(size, size, |i, k| turned[(i, order[k])]);
        if self.keep(sorted.qr().compute_thin_Q()) { order } else { (0..size).collect() }
    }

    /// Takes `basis` if all its numbers are finite, and returns whether they are.
    fn keep(&mut self, basis: Mat<f64>) -> bool {
        let finite = basis.is_all_finite();
        if finite {
            self.basis = basis;
        }
        finite
    }
}

/// `mean = β mean + (1 - β) new`.
fn decay(mean: &mut [f64], beta: f64, new: impl Iterator<Item = f64>) {
    mean.iter_mut().zip(new).for_each(|(mean, new)| *mean = beta * *mean + (1.0 - beta) * new);
}

/// The change of Adam from its mean gradient and mean squared gradient.
fn adam(mean: &[f64], square: &[f64], pace: Pace) -> Vec<f64> {
    let (of_mean, of_square) = pace.unbias;
    let change =
        |(m, v): (&f64, &f64)| pace.rate * m * of_mean / ((v * of_square).sqrt() + pace.config.epsilon);
    mean.iter().zip(square).map(change).collect()
}

/// `A M B`, row by row, like the numbers of M.
fn product(a: MatRef<'_, f64>, (m, rows, columns): (&[f64], usize, usize), b: MatRef<'_, f64>) -> Vec<f64> {
    let m = MatRef::from_row_major_slice(m, rows, columns);
    let mut half = Mat::zeros(a.nrows(), columns);
    matmul(half.as_mut(), Accum::Replace, a, m, 1.0, Par::Seq);
    let mut whole = vec![0.0; a.nrows() * b.ncols()];
    let out = MatMut::from_row_major_slice_mut(&mut whole, a.nrows(), b.ncols());
    matmul(out, Accum::Replace, half.as_ref(), b, 1.0, Par::Seq);
    whole
}

impl<N: Number> Optimizer<N> for Soap<N> {
    fn step(&mut self, theta: &mut [N], loss: &mut dyn Loss<N>, rate: f64) -> Result<Step, LossError> {
        self.rewound = false;
        let mut gradient = vec![N::zero(); theta.len()];
        let evaluated = loss.evaluate(theta, &mut gradient).and_then(|loss| {
            let gradient: Vec<f64> = gradient.iter().map(|g| (*g).into()).collect();
            // An infinite mean square would freeze its parameter for the rest of the fit.
            match gradient.iter().find(|g| !(**g * **g).is_finite()) {
                Some(&value) => Err(LossError::GradientTooLarge { value }),
                None => Ok((loss, gradient)),
            }
        });
        match evaluated {
            Ok((found, gradient)) => {
                loss.install(|| self.update(theta, &gradient, rate));
                Ok(Step::first_order(found, 1, false))
            }
            Err(error) => {
                self.rewind(theta);
                Err(error)
            }
        }
    }

    fn rewound(&self) -> bool {
        self.rewound
    }

    fn state(&self) -> Vec<StateArray> {
        let mut state = vec![StateArray::new::<f64>("gradients", &[self.now.gradients as f64])];
        for (at, Part { mean, square, axes }) in self.now.parts.iter().enumerate() {
            let mut keep =
                |name: &str, values: &[f64]| state.push(StateArray::new(&format!("{name}.{at}"), values));
            keep("mean", mean);
            keep("square", square);
            if let Some([left, right]) = axes {
                keep("left.factor", &numbers(&left.factor));
                keep("left.basis", &numbers(&left.basis));
                keep("right.factor", &numbers(&right.factor));
                keep("right.basis", &numbers(&right.basis));
            }
        }
        state
    }

    fn restore(&mut self, state: &[StateArray]) -> Result<(), StateError> {
        let gradients = state_of::<f64>(state, "gradients", 1)?[0] as u64;
        let mut parts = self.now.parts.clone();
        for (at, Part { mean, square, axes }) in parts.iter_mut().enumerate() {
            let kept = |name: &str, length: usize| state_of::<f64>(state, &format!("{name}.{at}"), length);
            *mean = kept("mean", mean.len())?.to_vec();
            *square = kept("square", square.len())?.to_vec();
            for (side, axis) in ["left", "right"].into_iter().zip(axes.iter_mut().flatten()) {
                let size = axis.factor.nrows();
                let matrix = |name: &str| {
                    let kept = kept(&format!("{side}.{name}"), size * size)?;
                    Ok(MatRef::from_column_major_slice(kept, size, size).to_owned())
                };
                *axis = Axis { factor: matrix("factor")?, basis: matrix("basis")? };
            }
        }
        (self.now, self.before) = (Moments { gradients, parts }, None);
        Ok(())
    }
}

/// The numbers of a matrix, column by column.
fn numbers(matrix: &Mat<f64>) -> Vec<f64> {
    (0..matrix.ncols()).flat_map(|k| (0..matrix.nrows()).map(move |i| matrix[(i, k)])).collect()
}
