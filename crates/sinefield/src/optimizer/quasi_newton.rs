//! Self-scaled quasi-Newton methods: a dense inverse Hessian H in float64, and a strong Wolfe line search.
//!
//! ```text
//! s = θ⁺ - θ = -α H g      y = g⁺ - g      ρ = 1 / sᵀy
//! h = ρ yᵀH y              b = ρ sᵀH⁻¹s = -α ρ sᵀg              a = b h - 1 >= 0
//! H ← (H - H y yᵀH / yᵀHy + φ yᵀHy v vᵀ) / τ + ρ s sᵀ           v = ρ s - H y / yᵀHy      φ = (1 - θ) / (1 + a θ)
//! ```
//!
//! θ selects a member of Broyden's family, and τ scales the Hessian before its update. BFGS has θ = 0 and τ = 1.
//!
//! | [`SelfScaling`] | θ | τ |
//! |---|---|---|
//! | `Bfgs` | 0 | `min(1, 1/b)` |
//! | `Broyden` | `max(θ⁻, min(θ⁺, (1 - b)/b))` | θ <= 0: `min(ρ' σ^(1/(1-n)), σ)`; else `ρ' min(σ^(1/(1-n)), 1/θ)` |
//!
//! with `ρ⁻ = min(1, h (1 - sqrt(a/(1 + a))))`, `θ⁻ = (ρ⁻ - 1)/a`, `θ⁺ = 1/ρ⁻`, `σ = 1 + a θ` and `ρ' = min(1, 1/b)` for n
//! unknowns. H stays positive definite, since the search ends with `sᵀy > 0`.
//!
//! Sources: Al-Baali 1998 (BFGS scaling); Al-Baali & Khalfan 2005 (Broyden's family); Urbán, Stefanou & Pons 2025, for
//! equations.

use serde::{Deserialize, Serialize};

use super::inverse::Inverse;
use super::line::{Trial, along};
use super::vectors::{add, apart, dot};
use super::wolfe::Conditions;
use super::{Loss, LossError, Optimizer, StateArray, StateError, Step, state_of};
use crate::field::{Number, wide};

/// The settings of the self-scaled quasi-Newton methods.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct QuasiNewtonConfig {
    /// The number of steps for which a fit keeps its points before it draws new ones, at least 1.
    pub hold: usize,
    /// Whether the inverse Hessian becomes the identity again when the points change.
    pub reset: bool,
    /// The largest number of loss evaluations in one line search, at least 1. A step runs at most two searches.
    pub evaluations: usize,
    /// The decrease that a step must reach, as a fraction of the decrease that the slope predicts: above 0 and below
    /// `curvature`.
    pub decrease: f64,
    /// The largest slope allowed after a step, as a fraction of the slope before it: above `decrease` and below 1.
    pub curvature: f64,
}

impl Default for QuasiNewtonConfig {
    fn default() -> Self {
        Self { hold: 500, reset: false, evaluations: 25, decrease: 1e-4, curvature: 0.9 }
    }
}

/// How the Hessian is scaled and updated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SelfScaling {
    /// BFGS with the scaling of Al-Baali.
    Bfgs,
    /// A member of Broyden's family that is chosen at every step.
    Broyden,
}

impl SelfScaling {
    /// φ and τ of an update of `count` unknowns.
    fn coefficients(self, b: f64, h: f64, count: usize) -> (f64, f64) {
        let least = (1.0 / b).min(1.0);
        let a = b * h - 1.0;
        // With a = 0, s is parallel to H y, v is 0, and all members of the family are one.
        if self == SelfScaling::Bfgs || a <= f64::EPSILON {
            return (1.0, least);
        }
        let rho = (h * (1.0 - (a / (1.0 + a)).sqrt())).min(1.0);
        let theta = ((1.0 - b) / b).min(1.0 / rho).max((rho - 1.0) / a);
        let sigma = 1.0 + a * theta;
        let root = sigma.powf(-1.0 / (count.max(2) - 1) as f64);
        let tau = if theta <= 0.0 { (least * root).min(sigma) } else { least * root.min(1.0 / theta) };
        ((1.0 - theta) / sigma, tau)
    }
}

/// A self-scaled quasi-Newton method and its state.
#[derive(Clone, Debug)]
pub struct QuasiNewton<N = f32> {
    config: QuasiNewtonConfig,
    scaling: SelfScaling,
    inverse: Inverse,
    here: Option<Here<N>>,
    count: usize,
}

/// What is known at θ.
#[derive(Clone, Debug)]
struct Here<N> {
    /// The points of the loss: see [`Loss::draw`].
    draw: u64,
    loss: f64,
    gradient: Vec<N>,
    /// `H g`.
    product: Vec<f64>,
}

impl<N: Number> QuasiNewton<N> {
    /// The state before the first step, for `parameters` parameters.
    pub fn new(config: QuasiNewtonConfig, scaling: SelfScaling, parameters: usize) -> Self {
        Self { config, scaling, inverse: Inverse::identity(parameters), here: None, count: parameters }
    }

    /// The bytes of the inverse Hessian of `unknowns` unknowns.
    pub(crate) fn bytes(unknowns: usize) -> usize {
        Inverse::bytes(unknowns)
    }

    /// The loss, the gradient and `H g` at θ, which are known unless the points are new. Adds to `evaluations`.
    fn start(
        &mut self,
        theta: &[N],
        loss: &mut dyn Loss<N>,
        evaluations: &mut usize,
    ) -> Result<Here<N>, LossError> {
        let draw = loss.draw();
        if let Some(here) = self.here.take_if(|here| here.draw == draw) {
            return Ok(here);
        }
        let mut gradient = vec![N::zero(); theta.len()];
        *evaluations += 1;
        let found = loss.evaluate(theta, &mut gradient)?;
        if self.here.take().is_some() && self.config.reset {
            self.inverse = Inverse::identity(self.count);
        }
        let product = loss.install(|| self.inverse.times(&wide(&gradient)));
        Ok(Here { draw, loss: found, gradient, product })
    }

    /// Searches for a step along `-H g`. Returns `None` if no step lowers the loss enough.
    fn line(
        &self,
        theta: &[N],
        here: &Here<N>,
        loss: &mut dyn Loss<N>,
        evaluations: &mut usize,
    ) -> Result<Option<Trial<N>>, LossError> {
        let direction: Vec<f64> = here.product.iter().map(|p| -p).collect();
        let length = dot(&direction, &direction).sqrt();
        let first = if self.inverse.is_identity() { (1.0f64).min(1.0 / length) } else { 1.0 };
        let QuasiNewtonConfig { decrease, curvature, evaluations: most, .. } = self.config;
        let conditions = Conditions { decrease, curvature, evaluations: most };
        along(theta, (here.loss, &here.gradient), (&direction, first), conditions, loss, evaluations)
    }

    /// Updates H by the step from `theta` to `trial`, and returns `H g` there. H stays as it is if the curvature along the
    /// step is not positive beyond rounding.
    fn update(&mut self, theta: &[N], here: &Here<N>, trial: &Trial<N>) -> Vec<f64> {
        let gradient = wide(&trial.gradient);
        let mut product = self.inverse.times(&gradient);
        let (s, y) = (apart(&trial.theta, theta), apart(&trial.gradient, &here.gradient));
        let hy = apart(&product, &here.product);
        let (sy, yhy) = (dot(&s, &y), dot(&y, &hy));
        let curved = sy > 1e-10 * (dot(&s, &s) * dot(&y, &y)).sqrt() && yhy > 0.0;
        let b = -trial.step * dot(&s, &here.gradient) / sy;
        if !curved || b <= 0.0 || !(sy.recip() * yhy * b).is_finite() {
            return product;
        }
        let (phi, tau) = self.scaling.coefficients(b, yhy / sy, self.count);
        // A Hessian so bad that the scaling is beyond rounding.
        if !(tau > 0.0 && tau.recip().is_finite() && phi.is_finite()) {
            return product;
        }
        let v: Vec<f64> = s.iter().zip(&hy).map(|(s, hy)| s / sy - hy / yhy).collect();
        let changes = [(-1.0 / (yhy * tau), hy), (phi * yhy / tau, v), (1.0 / sy, s)];
        // H g by the same formula as H itself.
        product.iter_mut().for_each(|p| *p /= tau);
        for (c, z) in &changes {
            add(&mut product, c * dot(z, &gradient), z);
        }
        self.inverse.change(1.0 / tau, changes);
        product
    }
}

impl<N: Number> Optimizer<N> for QuasiNewton<N> {
    fn step(&mut self, theta: &mut [N], loss: &mut dyn Loss<N>, _: f64) -> Result<Step, LossError> {
        let mut evaluations = 0;
        let mut here = self.start(theta, loss, &mut evaluations)?;
        let mut found = self.line(theta, &here, loss, &mut evaluations)?;
        if found.is_none() && !self.inverse.is_identity() {
            // H misleads. Retry once along the negative gradient.
            self.inverse = Inverse::identity(self.count);
            here.product = wide(&here.gradient);
            found = self.line(theta, &here, loss, &mut evaluations)?;
        }
        let start = here.loss;
        let Some(trial) = found else {
            self.here = Some(here);
            return Ok(Step::first_order(start, evaluations, true));
        };
        let product = loss.install(|| self.update(theta, &here, &trial));
        theta.copy_from_slice(&trial.theta);
        let Trial { loss, gradient, .. } = trial;
        self.here = Some(Here { draw: here.draw, loss, gradient, product });
        Ok(Step::first_order(start, evaluations, false))
    }

    fn rewound(&self) -> bool {
        false
    }

    fn state(&self) -> Vec<StateArray> {
        let mut state = self.inverse.state();
        let known = self.here.as_ref().map_or(Vec::new(), |here| vec![here.draw as f64, here.loss]);
        let (gradient, product) =
            self.here.as_ref().map_or((&[][..], &[][..]), |here| (&here.gradient, &here.product));
        state.extend([
            StateArray::new::<f64>("known", &[known.len() as f64]),
            StateArray::new::<f64>("loss", &known),
            StateArray::new::<f64>("product", product),
            StateArray::new::<N>("gradient", gradient),
        ]);
        state
    }

    fn restore(&mut self, state: &[StateArray]) -> Result<(), StateError> {
        let known = state_of::<f64>(state, "known", 1)?[0] == 2.0;
        let count = if known { self.count } else { 0 };
        let loss = state_of::<f64>(state, "loss", if known { 2 } else { 0 })?;
        let gradient = state_of::<N>(state, "gradient", count)?.to_vec();
        let product = state_of::<f64>(state, "product", count)?.to_vec();
        self.inverse = Inverse::restore(state, self.count)?;
        self.here = known.then(|| Here { draw: loss[0] as u64, loss: loss[1], gradient, product });
        Ok(())
    }
}
