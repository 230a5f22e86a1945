//! Adam (Kingma & Ba 2015).
//!
//! ```text
//! m = β1 m + (1 - β1) g        v = β2 v + (1 - β2) g²
//! θ = θ - rate · (m / (1 - β1^t)) / (sqrt(v / (1 - β2^t)) + ε)
//! ```

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::{Loss, LossError, Optimizer, StateArray, StateError, Step, state_of};
use crate::field::{AlignedVec, Number};

/// The number of parameters per parallel task, large enough to outweigh the cost of a task.
const SHARE: usize = 1 << 16;

/// The constants of Adam.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AdamConfig {
    /// The decay rate of the mean gradient, in `[0, 1)`.
    pub beta1: f64,
    /// The decay rate of the mean squared gradient, in `[0, 1)`.
    pub beta2: f64,
    /// The number added to the denominator, positive.
    pub epsilon: f64,
}

impl Default for AdamConfig {
    fn default() -> Self {
        Self { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 }
    }
}

/// Adam and its state.
#[derive(Clone, Debug)]
pub struct Adam<N: Number = f32> {
    config: AdamConfig,
    steps: u64,
    now: Moments<N>,
    /// The moments before the last update. They and `theta_before` are restored if the next loss is not usable. Each
    /// update writes the new moments here, and then swaps `before` and `now`.
    before: Moments<N>,
    theta_before: AlignedVec<N>,
    gradient: AlignedVec<N>,
    can_rewind: bool,
    rewound: bool,
}

/// Two running means, with one number per parameter each.
#[derive(Clone, Debug)]
struct Moments<N: Number> {
    /// The mean of the gradient.
    mean: AlignedVec<N>,
    /// The mean of the squared gradient.
    square: AlignedVec<N>,
}

impl<N: Number> Adam<N> {
    /// The state before the first update, for `parameters` parameters.
    pub fn new(config: AdamConfig, parameters: usize) -> Self {
        let zeros = || AlignedVec::zeros(parameters);
        let moments = || Moments { mean: zeros(), square: zeros() };
        Self {
            config,
            steps: 0,
            now: moments(),
            before: moments(),
            theta_before: zeros(),
            gradient: zeros(),
            can_rewind: false,
            rewound: false,
        }
    }

    /// Makes one update of `parameters` from `gradient` with the learning rate `rate`.
    ///
    /// # Panics
    /// If the length of a slice differs from the number of parameters of this state.
    pub fn update(&mut self, parameters: &mut [N], gradient: &[N], rate: f64) {
        assert_eq!(parameters.len(), self.now.mean.len(), "parameters of another field");
        assert_eq!(gradient.len(), self.now.mean.len(), "gradient of another field");
        self.steps += 1;
        let t = self.steps as f64;
        let AdamConfig { beta1, beta2, epsilon } = self.config;
        let stride = rate / (1.0 - beta1.powf(t));
        let unbias = 1.0 / (1.0 - beta2.powf(t)).sqrt();
        let [b1, b2, stride, unbias, epsilon] = [beta1, beta2, stride, unbias, epsilon].map(N::of);
        let one = N::one();
        let Moments { mean, square } = &self.now;
        let old = mean.par_chunks(SHARE).zip(square.par_chunks(SHARE)).zip(gradient.par_chunks(SHARE));
        let Moments { mean, square } = &mut self.before;
        let new = mean.par_chunks_mut(SHARE).zip(square.par_chunks_mut(SHARE));
        let theta = parameters.par_chunks_mut(SHARE).zip(self.theta_before.par_chunks_mut(SHARE));
        old.zip(new).zip(theta).for_each(|((((m, v), g), (m_new, v_new)), (theta, theta_before))| {
            theta_before.copy_from_slice(theta);
            let old = m.iter().zip(v).zip(g);
            let new = m_new.iter_mut().zip(v_new);
            for ((((m, v), g), (m_new, v_new)), theta) in old.zip(new).zip(theta) {
                *m_new = b1 * *m + (one - b1) * *g;
                *v_new = b2 * *v + (one - b2) * *g * *g;
                *theta -= stride * *m_new / (v_new.sqrt() * unbias + epsilon);
            }
        });
        std::mem::swap(&mut self.now, &mut self.before);
        self.can_rewind = true;
    }

    /// Undoes the last update, if there was one since the state was created or restored.
    fn rewind(&mut self, theta: &mut [N]) {
        self.rewound = self.can_rewind;
        if self.can_rewind {
            std::mem::swap(&mut self.now, &mut self.before);
            theta.copy_from_slice(&self.theta_before);
            self.steps -= 1;
            self.can_rewind = false;
        }
    }
}

impl<N: Number> Optimizer<N> for Adam<N> {
    fn step(&mut self, theta: &mut [N], loss: &mut dyn Loss<N>, rate: f64) -> Result<Step, LossError> {
        self.rewound = false;
        let mut gradient = std::mem::replace(&mut self.gradient, AlignedVec::zeros(0));
        let evaluated = loss.evaluate(theta, &mut gradient).and_then(|loss| {
            // An infinite mean square would freeze its parameter for the rest of the fit.
            match gradient.iter().find(|g| !(**g * **g).is_finite()) {
                Some(&value) => Err(LossError::GradientTooLarge { value: value.into() }),
                None => Ok(loss),
            }
        });
        if evaluated.is_ok() {
            self.update(theta, &gradient, rate);
        }
        self.gradient = gradient;
        match evaluated {
            Ok(loss) => Ok(Step::first_order(loss, 1, false)),
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
        vec![
            StateArray::new("steps", &[self.steps as f64]),
            StateArray::new::<N>("mean", &self.now.mean),
            StateArray::new::<N>("square", &self.now.square),
        ]
    }

    fn restore(&mut self, state: &[StateArray]) -> Result<(), StateError> {
        let count = self.now.mean.len();
        self.steps = state_of::<f64>(state, "steps", 1)?[0] as u64;
        self.now.mean.copy_from_slice(state_of(state, "mean", count)?);
        self.now.square.copy_from_slice(state_of(state, "square", count)?);
        self.can_rewind = false;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The recurrence of the paper, in float64, for two parameters.
    #[test]
    fn follows_the_printed_recurrence() {
        let gradient = |t: usize| [(t as f64).sin() * 3.0, 1e-3 * (t as f64 * 0.7).cos()];
        let mut adam = Adam::<f32>::new(AdamConfig::default(), 2);
        let mut got = [0.5f32, -2.0];
        let mut want = [0.5f64, -2.0];
        let (mut m, mut v) = ([0.0; 2], [0.0; 2]);
        for t in 1..=50 {
            let g = gradient(t);
            adam.update(&mut got, &g.map(|g| g as f32), 1e-2);
            for i in 0..2 {
                m[i] = 0.9 * m[i] + 0.1 * g[i];
                v[i] = 0.999 * v[i] + 0.001 * g[i] * g[i];
                let (m, v) = (m[i] / (1.0 - 0.9f64.powi(t as i32)), v[i] / (1.0 - 0.999f64.powi(t as i32)));
                want[i] -= 1e-2 * m / (v.sqrt() + 1e-8);
            }
        }
        for i in 0..2 {
            assert!((f64::from(got[i]) - want[i]).abs() < 1e-5, "{got:?} against {want:?}");
        }
    }
}
