//! Adam (Kingma & Ba 2015), on the flat parameters.
//!
//! ```text
//! m = β1 m + (1 - β1) g        v = β2 v + (1 - β2) g²
//! θ = θ - rate · (m / (1 - β1^t)) / (sqrt(v / (1 - β2^t)) + ε)
//! ```

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::field::AlignedVec;

/// Parameters that one task of a parallel update takes: large against the cost of a task.
const SHARE: usize = 1 << 16;

/// Adam's constants.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AdamConfig {
    /// Decay of the mean gradient.
    pub beta1: f64,
    /// Decay of the mean squared gradient.
    pub beta2: f64,
    /// Added to the denominator.
    pub epsilon: f64,
}

impl Default for AdamConfig {
    fn default() -> Self {
        Self { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 }
    }
}

/// Adam's state.
#[derive(Clone, Debug, PartialEq)]
pub struct Adam {
    config: AdamConfig,
    /// Updates made.
    pub steps: u64,
    /// The mean gradient, one number a parameter.
    pub mean: AlignedVec,
    /// The mean squared gradient, one number a parameter.
    pub square: AlignedVec,
}

impl Adam {
    /// The state before the first update of `parameters` parameters.
    pub fn new(config: AdamConfig, parameters: usize) -> Self {
        let zeros = || AlignedVec::zeros(parameters);
        Self { config, steps: 0, mean: zeros(), square: zeros() }
    }

    /// One update of `parameters` along `gradient`.
    ///
    /// # Panics
    /// If a slice is not as long as this state was made for.
    pub fn update(&mut self, parameters: &mut [f32], gradient: &[f32], rate: f64) {
        assert_eq!(parameters.len(), self.mean.len(), "parameters of another field");
        assert_eq!(gradient.len(), self.mean.len(), "gradient of another field");
        self.steps += 1;
        let t = self.steps as f64;
        let AdamConfig { beta1, beta2, epsilon } = self.config;
        let stride = rate / (1.0 - beta1.powf(t));
        let unbias = 1.0 / (1.0 - beta2.powf(t)).sqrt();
        let [b1, b2, stride, unbias, epsilon] = [beta1, beta2, stride, unbias, epsilon].map(|x| x as f32);
        let moments = self.mean.par_chunks_mut(SHARE).zip(self.square.par_chunks_mut(SHARE));
        let slices = parameters.par_chunks_mut(SHARE).zip(gradient.par_chunks(SHARE)).zip(moments);
        slices.for_each(|((parameters, gradient), (mean, square))| {
            let all = parameters.iter_mut().zip(gradient).zip(mean).zip(square);
            for (((parameter, g), m), v) in all {
                *m = b1 * *m + (1.0 - b1) * g;
                *v = b2 * *v + (1.0 - b2) * g * g;
                *parameter -= stride * *m / (v.sqrt() * unbias + epsilon);
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The recurrence as printed in the paper, in float64, for two parameters.
    #[test]
    fn follows_the_printed_recurrence() {
        let gradient = |t: usize| [(t as f64).sin() * 3.0, 1e-3 * (t as f64 * 0.7).cos()];
        let mut adam = Adam::new(AdamConfig::default(), 2);
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
