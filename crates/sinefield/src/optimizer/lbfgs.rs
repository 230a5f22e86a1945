//! Limited-memory BFGS (Nocedal & Wright 2006, algorithm 7.5), with a strong Wolfe line search.
//!
//! ```text
//! s_k = θ_(k+1) - θ_k        y_k = g_(k+1) - g_k        ρ_k = 1 / (s_k · y_k)
//! direction = -H g, where H is the BFGS update of (s · y / y · y) I by the last pairs (s, y)
//! ```
//!
//! The method compares losses at several θ, so all steps need the same points. Vectors have the precision of the
//! parameters. Their scalar products are summed in float64.

use serde::{Deserialize, Serialize};

use super::line::{Trial, along};
use super::vectors::{add, dot};
use super::wolfe::Conditions;
use super::{Loss, LossError, Optimizer, StateArray, StateError, Step, state_of};

use crate::field::Number;

/// The settings of L-BFGS.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LbfgsConfig {
    /// The number of stored pairs of a step and its gradient change, at least 1.
    pub history: usize,
    /// The largest number of loss evaluations in one line search, at least 1. A step runs at most two searches.
    pub evaluations: usize,
    /// The decrease that a step must reach, as a fraction of the decrease that the slope predicts: above 0 and below
    /// `curvature`.
    pub decrease: f64,
    /// The largest slope allowed after a step, as a fraction of the slope before it: above `decrease` and below 1.
    pub curvature: f64,
}

impl Default for LbfgsConfig {
    fn default() -> Self {
        Self { history: 50, evaluations: 25, decrease: 1e-4, curvature: 0.9 }
    }
}

/// L-BFGS and its state.
#[derive(Clone, Debug)]
pub struct Lbfgs<N = f32> {
    config: LbfgsConfig,
    /// The last steps and gradient changes, oldest first.
    pairs: Vec<(Vec<N>, Vec<N>)>,
    /// The loss and the gradient at θ, if known.
    here: Option<(f64, Vec<N>)>,
    count: usize,
}

impl<N: Number> Lbfgs<N> {
    /// The state before the first step, for `parameters` parameters.
    pub fn new(config: LbfgsConfig, parameters: usize) -> Self {
        Self { config, pairs: Vec::new(), here: None, count: parameters }
    }

    /// `-H gradient`.
    fn direction(&self, gradient: &[N]) -> Vec<N> {
        let mut q: Vec<N> = gradient.iter().map(|g| -*g).collect();
        let mut alphas = Vec::with_capacity(self.pairs.len());
        for (s, y) in self.pairs.iter().rev() {
            let alpha = dot(s, &q) / dot(s, y);
            add(&mut q, -alpha, y);
            alphas.push(alpha);
        }
        if let Some((s, y)) = self.pairs.last() {
            let scale = N::of(dot(s, y) / dot(y, y));
            q.iter_mut().for_each(|q| *q *= scale);
        }
        for ((s, y), alpha) in self.pairs.iter().zip(alphas.into_iter().rev()) {
            let beta = dot(y, &q) / dot(s, y);
            add(&mut q, alpha - beta, s);
        }
        q
    }

    /// Stores a pair if its curvature is positive beyond rounding.
    fn keep(&mut self, s: Vec<N>, y: Vec<N>) {
        if dot(&s, &y) > 1e-10 * (dot(&s, &s) * dot(&y, &y)).sqrt() {
            if self.pairs.len() == self.config.history {
                self.pairs.remove(0);
            }
            self.pairs.push((s, y));
        }
    }

    /// Searches for a step along `direction`. Returns `None` if no step lowers the loss enough. Adds to `evaluations`.
    fn line(
        &self,
        theta: &[N],
        (start, gradient): (f64, &[N]),
        direction: &[N],
        loss: &mut dyn Loss<N>,
        evaluations: &mut usize,
    ) -> Result<Option<Trial<N>>, LossError> {
        let length = dot(direction, direction).sqrt();
        let first = if self.pairs.is_empty() { (1.0f64).min(1.0 / length) } else { 1.0 };
        let LbfgsConfig { decrease, curvature, evaluations: most, .. } = self.config;
        let conditions = Conditions { decrease, curvature, evaluations: most };
        along(theta, (start, gradient), (direction, first), conditions, loss, evaluations)
    }
}

impl<N: Number> Optimizer<N> for Lbfgs<N> {
    fn step(&mut self, theta: &mut [N], loss: &mut dyn Loss<N>, _: f64) -> Result<Step, LossError> {
        let mut evaluations = 0;
        let (start, gradient) = match self.here.take() {
            Some(here) => here,
            None => {
                let mut gradient = vec![N::zero(); theta.len()];
                evaluations += 1;
                (loss.evaluate(theta, &mut gradient)?, gradient)
            }
        };
        let mut found = None;
        while found.is_none() {
            let direction = self.direction(&gradient);
            found = self.line(theta, (start, &gradient), &direction, loss, &mut evaluations)?;
            if found.is_none() && self.pairs.is_empty() {
                break;
            }
            if found.is_none() {
                // The stored pairs mislead. Retry once along the negative gradient.
                self.pairs.clear();
            }
        }
        let Some(trial) = found else {
            self.here = Some((start, gradient));
            return Ok(Step::first_order(start, evaluations, true));
        };
        let difference = |a: &[N], b: &[N]| a.iter().zip(b).map(|(a, b)| *a - *b).collect::<Vec<N>>();
        let (s, y) = (difference(&trial.theta, theta), difference(&trial.gradient, &gradient));
        self.keep(s, y);
        theta.copy_from_slice(&trial.theta);
        self.here = Some((trial.loss, trial.gradient));
        Ok(Step::first_order(start, evaluations, false))
    }

    fn rewound(&self) -> bool {
        false
    }

    fn state(&self) -> Vec<StateArray> {
        let (loss, gradient) = match &self.here {
            Some((loss, gradient)) => (vec![*loss], gradient.clone()),
            None => (Vec::new(), Vec::new()),
        };
        let mut state = vec![
            StateArray::new::<f64>("shape", &[self.pairs.len() as f64, loss.len() as f64]),
            StateArray::new::<f64>("loss", &loss),
            StateArray::new::<N>("gradient", &gradient),
        ];
        for (at, (s, y)) in self.pairs.iter().enumerate() {
            state.push(StateArray::new::<N>(&format!("step.{at}"), s));
            state.push(StateArray::new::<N>(&format!("change.{at}"), y));
        }
        state
    }

    fn restore(&mut self, state: &[StateArray]) -> Result<(), StateError> {
        let shape = state_of::<f64>(state, "shape", 2)?;
        let (pairs, known) = (shape[0] as usize, shape[1] as usize);
        if pairs > self.config.history || known > 1 {
            return Err(StateError { name: "shape".into() });
        }
        let loss = state_of::<f64>(state, "loss", known)?.first().copied();
        let gradient = state_of::<N>(state, "gradient", known * self.count)?;
        self.here = loss.map(|loss| (loss, gradient.to_vec()));
        let vector = |name: String| state_of::<N>(state, &name, self.count).map(<[N]>::to_vec);
        let pair = |at: usize| Ok((vector(format!("step.{at}"))?, vector(format!("change.{at}"))?));
        self.pairs = (0..pairs).map(pair).collect::<Result<_, StateError>>()?;
        Ok(())
    }
}
