//! Gauss-Newton in sample space, with momentum (SPRING), a line search and adaptive damping (Levenberg-Marquardt).
//!
//! The loss is `Σ r²` over N residual rows r of P parameters, and `J = ∂r/∂θ`. With the last update φ, a step is
//!
//! ```text
//! ζ = r - μ J φ
//! δ = μ φ + Jᵀ (J Jᵀ + λ I)⁻¹ ζ                 N <= P, or
//! δ = μ φ + (Jᵀ J + λ I)⁻¹ Jᵀ ζ                 N > P: the same δ from a smaller system
//! θ ← θ - η δ                                   φ ← δ
//! ```
//!
//! η is 1, 1/2, 1/4, .., the first of them after which the loss over the same points does not fall further. λ is a multiple
//! of the mean of the kernel's diagonal. It falls if the step removes most of what the linear model says can be removed,
//! and rises if it removes little of that, or if no η lowers the loss. In the latter case the step is tried again with
//! μ = 0. With μ = 0 throughout, this is the plain Gauss-Newton method with Levenberg-Marquardt damping.
//!
//! With projection, a step first solves for the unknowns w of the last layers alone, over the same points:
//!
//! ```text
//! w ← w - (Aᵀ A + ε I)⁻¹ Aᵀ r                   A: the columns of J for w
//! ```
//!
//! For residuals that are linear in the fields this is the least loss that any w has, and the step that follows is that of
//! variable projection in Kaufman's form. For other residuals it is a Gauss-Newton step in w, which is taken if it lowers
//! the loss.
//!
//! With a `start` below 1, the first steps have a part of the points, since far from the solution few are enough, and a
//! step costs about the square of its rows. More points are taken when they are the limit: the loss over new points no
//! longer halves from step to step, while a step does halve it over its own.
//!
//! Sources: Müller & Zeinhofer 2023 (energy natural gradients, line search); Goldshlager, Abrahamsen & Lin 2024 (SPRING);
//! Guzmán-Cordero et al. 2025 (sample space for equations); Nocedal & Wright 2006, chapter 10 (Levenberg-Marquardt);
//! Golub & Pereyra 1973, Kaufman 1975 (variable projection).

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::tiled::{TILE, Tiled};
use super::{Linear, Loss, LossError, Optimizer, SecondOrder, StateArray, StateError, Step, state_of};

use crate::field::Number;

/// The smallest and the largest λ, as a fraction of the mean diagonal of the kernel.
const DAMPING: (f64, f64) = (1e-14, 1e6);
/// The part of the predicted decrease above which λ falls, and the part below which it rises.
const GOOD: (f64, f64) = (0.75, 0.3);
/// The fall of the loss in a step, over its own points or over new ones, above which more points are needed.
const HALF: f64 = 0.5;
/// ε, as a fraction of the mean of the diagonal of `Aᵀ A`, and the factor to the next one if the matrix is not definite.
const RIDGE: (f64, f64) = (1e-13, 100.0);
/// The most values of ε.
const RIDGES: usize = 4;
/// Steps in succession without a lower loss, after which the method has converged.
const STALLED: usize = 3;

/// The settings of Gauss-Newton.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GaussNewtonConfig {
    /// μ, the part of the last update that is kept, in `[0, 1)`.
    pub momentum: f64,
    /// λ of the first step, as a fraction of the mean diagonal of the kernel: positive.
    pub damping: f64,
    /// The factor by which λ rises after a poor step, above 1.
    pub raise: f64,
    /// The factor by which λ falls after a good step, above 1.
    pub lower: f64,
    /// The largest number of halvings of η.
    pub halvings: usize,
    /// The largest number of trials of another λ in a step, at least 1.
    pub trials: usize,
    /// The part of the points that the first step has, in `(0, 1]`. Only points that are drawn anew at every step.
    pub start: f64,
    /// The factor by which the points grow, above 1.
    pub grow: f64,
    /// Whether a step first solves for the last layers of the fields in closed form.
    pub project: bool,
}

impl Default for GaussNewtonConfig {
    fn default() -> Self {
        Self {
            momentum: 0.3,
            damping: 1e-10,
            raise: 2.0,
            lower: 3.0,
            halvings: 20,
            trials: 8,
            start: 1.0,
            grow: 1.5,
            project: false,
        }
    }
}

/// Gauss-Newton and its state.
#[derive(Clone, Debug)]
pub struct GaussNewton {
    config: GaussNewtonConfig,
    /// φ, the last update; zero after a step that failed.
    update: Vec<f64>,
    damping: f64,
    stalled: usize,
    /// The part of the points that the next step has.
    share: f64,
    /// The loss before and after the last update, over the points of that step.
    last: (f64, f64),
    linear: Linear,
    /// The unknowns of the last layers.
    last_layers: Vec<usize>,
}

impl GaussNewton {
    /// The state before the first step, for `parameters` parameters.
    pub fn new(config: GaussNewtonConfig, parameters: usize) -> Self {
        let (update, linear) = (vec![0.0; parameters], Linear::default());
        // From far below the smallest λ, a singular kernel would not become definite in the trials of a few steps.
        let damping = config.damping.clamp(DAMPING.0, DAMPING.1);
        let share = config.start;
        Self {
            config,
            update,
            damping,
            stalled: 0,
            share,
            last: (f64::INFINITY, f64::INFINITY),
            linear,
            last_layers: Vec::new(),
        }
    }

    /// The method for fields with these last layers. Without any there is no projection.
    pub fn with_last_layers(self, last_layers: &[Range<usize>]) -> Self {
        Self { last_layers: last_layers.iter().cloned().flatten().collect(), ..self }
    }

    /// The bytes that a step needs for `rows` rows of `unknowns` unknowns with derivatives of `numbers` numbers: those, and
    /// the kernel and its factor, which are triangles. Before there is a kernel, a projection has the columns of the last
    /// layers, which have `last` unknowns.
    pub(crate) fn bytes(rows: usize, (unknowns, last): (usize, usize), numbers: usize) -> usize {
        let small = rows.min(unknowns);
        let kernels = small.saturating_mul(small.saturating_add(2 * TILE));
        numbers.saturating_add(kernels.max(rows.saturating_mul(last))).saturating_mul(size_of::<f64>())
    }

    /// Floating-point operations of the kernel for `rows` rows of `unknowns` unknowns, if their derivatives are stored.
    pub(crate) fn kernel_operations(rows: usize, unknowns: usize) -> f64 {
        let (small, large) = (rows.min(unknowns) as f64, rows.max(unknowns) as f64);
        small * small * large
    }

    /// Floating-point operations of one solution for `rows` rows of `unknowns` unknowns.
    pub(crate) fn solution_operations(rows: usize, unknowns: usize) -> f64 {
        (rows.min(unknowns) as f64).powi(3) / 3.0
    }

    /// δ for the damping `damping` and the momentum `momentum`, and the loss that the linear model predicts. `None` if the
    /// damped kernel is not positive definite.
    fn update(&self, gram: &Tiled, damping: f64, momentum: f64) -> Option<(Vec<f64>, f64)> {
        let (jacobian, rows) = (&self.linear, &self.linear.rows);
        let carried: Vec<f64> = self.update.iter().map(|phi| momentum * phi).collect();
        let mut zeta = rows.clone();
        if momentum > 0.0 {
            zeta.iter_mut().zip(jacobian.times(&carried)).for_each(|(zeta, part)| *zeta -= part);
        }
        let step = if jacobian.is_by_rows() {
            jacobian.transposed_times(&gram.solve(damping, &zeta)?)
        } else {
            gram.solve(damping, &jacobian.transposed_times(&zeta))?
        };
        let delta: Vec<f64> = carried.iter().zip(step).map(|(carried, step)| carried + step).collect();
        let change = jacobian.times(&delta);
        let predicted = rows.iter().zip(change).map(|(r, change)| (r - change).powi(2)).sum();
        Some((delta, predicted))
    }

    /// Solves for the unknowns of the last layers at θ, whose loss is `start`. Returns the loss and the number of evaluations.
    /// Afterwards [`Self::linear`] is that of the new θ.
    fn project<N: Number>(
        &mut self,
        theta: &mut [N],
        start: f64,
        loss: &mut dyn Loss<N>,
    ) -> Result<(f64, usize), LossError> {
        let columns = self.last_layers.len();
        if columns == 0 {
            return Ok((start, 0));
        }
        let derivatives = self.linear.columns_of(&self.last_layers);
        let part = Linear { rows: self.linear.rows.clone(), derivatives, columns, factored: None };
        let Some(update) = loss.install(|| least_squares(&part)) else { return Ok((start, 0)) };
        let mut delta = vec![0.0; theta.len()];
        self.last_layers.iter().zip(update).for_each(|(at, update)| delta[*at] = update);
        let trial: Vec<N> = moved(theta, 1.0, &delta).collect();
        match loss.linearise(&trial, &mut self.linear) {
            Ok(found) if found < start => {
                theta.copy_from_slice(&trial);
                Ok((found, 1))
            }
            Err(error @ LossError::Failed(_)) => Err(error),
            _ => Ok((loss.linearise(theta, &mut self.linear)?, 2)),
        }
    }

    /// Tries updates until one lowers the loss. Changes θ, the damping and the last update. Returns the number of
    /// evaluations, and the damping and the length of the step.
    fn search<N: Number>(
        &mut self,
        theta: &mut [N],
        start: f64,
        gram: &Tiled,
        loss: &mut dyn Loss<N>,
    ) -> Result<(usize, f64, f64), LossError> {
        let GaussNewtonConfig { raise, lower, trials, .. } = self.config;
        let (mut momentum, mean, mut evaluations) = (self.config.momentum, gram.mean_diagonal(), 0);
        for _ in 0..trials {
            let made = loss.install(|| self.update(gram, self.damping * mean, momentum));
            if let Some((delta, predicted)) = made
                && let Some((eta, found)) = self.line(theta, &delta, start, loss, &mut evaluations)?
            {
                let used = self.damping;
                let gain = (start - found) / (start - predicted).max(f64::MIN_POSITIVE);
                if gain > GOOD.0 {
                    self.damping = (self.damping / lower).max(DAMPING.0);
                } else if gain < GOOD.1 {
                    self.damping = (self.damping * raise).min(DAMPING.1);
                }
                let after: Vec<N> = moved(theta, eta, &delta).collect();
                theta.copy_from_slice(&after);
                (self.update, self.stalled, self.last) = (delta, 0, (start, found));
                return Ok((evaluations, used, eta));
            }
            self.damping = (self.damping * raise).min(DAMPING.1);
            momentum = 0.0;
        }
        self.update.fill(0.0);
        (self.stalled, self.last) = (self.stalled + 1, (start, start));
        Ok((evaluations, self.damping, 0.0))
    }

    /// The first η of 1, 1/2, 1/4, .. whose loss is below `start` and not above that of the next η, with its loss. `None`
    /// if no η lowers the loss.
    fn line<N: Number>(
        &self,
        theta: &[N],
        delta: &[f64],
        start: f64,
        loss: &mut dyn Loss<N>,
        evaluations: &mut usize,
    ) -> Result<Option<(f64, f64)>, LossError> {
        let mut gradient = vec![N::zero(); theta.len()];
        let (mut eta, mut best) = (1.0, None);
        for _ in 0..=self.config.halvings {
            let trial: Vec<N> = moved(theta, eta, delta).collect();
            *evaluations += 1;
            let found = match loss.evaluate(&trial, &mut gradient) {
                Ok(found) => found,
                Err(error @ LossError::Failed(_)) => return Err(error),
                Err(_) => f64::INFINITY,
            };
            match best {
                Some((_, least)) if found >= least => break,
                None if found >= start => {}
                _ => best = Some((eta, found)),
            }
            eta *= 0.5;
        }
        Ok(best)
    }
}

/// `(Aᵀ A + ε I)⁻¹ Aᵀ r`, or the same by rows if there are fewer of them. `None` if no ε makes the matrix definite.
fn least_squares(part: &Linear) -> Option<Vec<f64>> {
    let gram = part.gram();
    let solve = |ridge: f64| {
        let ridge = ridge * gram.mean_diagonal();
        if part.is_by_rows() {
            Some(part.transposed_times(&gram.solve(ridge, &part.rows)?))
        } else {
            gram.solve(ridge, &part.transposed_times(&part.rows))
        }
    };
    (0..RIDGES).find_map(|at| solve(RIDGE.0 * RIDGE.1.powi(at as i32)))
}

/// `θ - η δ`.
fn moved<N: Number>(theta: &[N], eta: f64, delta: &[f64]) -> impl Iterator<Item = N> {
    theta.iter().zip(delta).map(move |(theta, delta)| {
        let theta: f64 = (*theta).into();
        N::of(theta - eta * delta)
    })
}

impl<N: Number> Optimizer<N> for GaussNewton {
    fn step(&mut self, theta: &mut [N], loss: &mut dyn Loss<N>, _: f64) -> Result<Step, LossError> {
        let mut start = loss.linearise(theta, &mut self.linear)?;
        let mut projections = 0;
        if self.config.project {
            (start, projections) = self.project(theta, start, loss)?;
        }
        let (before, after) = self.last;
        if self.stalled > 0 || (start > HALF * before && after < HALF * start) {
            self.share = (self.share * self.config.grow).min(1.0);
        }
        let gram = loss.install(|| self.linear.gram());
        // Without a slope in any row there is no direction.
        let (evaluations, damping, length) = if gram.mean_diagonal() > 0.0 {
            self.search(theta, start, &gram, loss)?
        } else {
            self.stalled = STALLED;
            (0, self.damping, 0.0)
        };
        let figures = SecondOrder { rows: self.linear.rows.len(), damping, length };
        Ok(Step {
            loss: start,
            evaluations: 1 + projections + evaluations,
            // With a part of the points there are others to try.
            converged: self.stalled >= STALLED && self.share >= 1.0,
            second_order: Some(figures),
        })
    }

    fn share(&self) -> f64 {
        self.share
    }

    fn rewound(&self) -> bool {
        false
    }

    fn state(&self) -> Vec<StateArray> {
        vec![
            StateArray::new::<f64>("update", &self.update),
            StateArray::new::<f64>(
                "control",
                &[self.damping, self.stalled as f64, self.share, self.last.0, self.last.1],
            ),
        ]
    }

    fn restore(&mut self, state: &[StateArray]) -> Result<(), StateError> {
        let control = state_of::<f64>(state, "control", 5)?;
        self.update = state_of::<f64>(state, "update", self.update.len())?.to_vec();
        (self.damping, self.stalled, self.share) = (control[0], control[1] as usize, control[2]);
        self.last = (control[3], control[4]);
        Ok(())
    }
}
