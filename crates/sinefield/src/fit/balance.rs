//! Factors of the terms of a loss that keep their gradients alike in size.
//!
//! With the gradients `g_i` of the unweighted losses, the factor of term i moves towards
//!
//! ```text
//! λ_i = Σ_j ‖g_j‖ / ‖g_i‖
//! ```
//!
//! by a running average that starts at 1 (Wang, Sankaran, Wang & Perdikaris 2023). The weight that the task gives to a term
//! multiplies its factor.

use serde::{Deserialize, Serialize};

/// The settings of the balance.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BalanceConfig {
    /// Steps from one measurement of the gradients to the next, at least 1. The first is before the first step.
    pub every: usize,
    /// The part of the old factor in the new one, in `[0, 1)`.
    pub momentum: f64,
}

impl Default for BalanceConfig {
    fn default() -> Self {
        Self { every: 1000, momentum: 0.9 }
    }
}

impl BalanceConfig {
    /// Moves `factors` towards those of the gradients' `norms`. A term without a gradient keeps its factor.
    pub(super) fn update(&self, factors: &mut [f64], norms: &[f64]) {
        let sum: f64 = norms.iter().sum();
        for (factor, norm) in factors.iter_mut().zip(norms) {
            let moved = self.momentum * *factor + (1.0 - self.momentum) * sum / norm;
            if *norm > 0.0 && moved.is_finite() {
                *factor = moved;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn factors_make_gradients_alike() {
        let mut factors = [1.0, 1.0, 1.0];
        let norms = [2.0, 0.5, 0.0];
        BalanceConfig { momentum: 0.0, ..BalanceConfig::default() }.update(&mut factors, &norms);
        assert_eq!(factors, [1.25, 5.0, 1.0]);
        assert_eq!(factors[0] * norms[0], factors[1] * norms[1]);
        BalanceConfig { momentum: 0.75, ..BalanceConfig::default() }.update(&mut factors, &[1.0, 3.0, 4.0]);
        assert_eq!(factors, [0.75 * 1.25 + 0.25 * 8.0, 0.75 * 5.0 + 0.25 * 8.0 / 3.0, 0.75 + 0.25 * 2.0]);
    }

    #[test]
    fn a_gradient_that_is_no_number_changes_nothing() {
        for wrong in [f64::NAN, f64::INFINITY] {
            let mut factors = [1.0, 2.0];
            BalanceConfig::default().update(&mut factors, &[1.0, wrong]);
            assert_eq!(factors, [1.0, 2.0]);
        }
    }
}
