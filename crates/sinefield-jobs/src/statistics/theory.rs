//! The expected standard deviations, in closed form.
//!
//! The pre-activation of a unit is `a = ω (Σ w h + b)`. With `w ~ U(±sqrt(6/n)/ω)` and `b ~ U(±1/sqrt(n))` for a fan-in
//! of `n`, its variance is
//!
//! ```text
//! V' = 2 E[h²] + ω²/(3n) = 1 - E[cos 2a] + ω²/(3n)
//! ```
//!
//! since `h = sin a`. By the central limit theorem, `a` is normal in every layer except the first. Then
//! `E[cos 2a] = exp(-2V)`. The fixed point is the variance of deep layers:
//!
//! ```text
//! V = 1 - exp(-2V) + ω²/(3n)
//! ```
//!
//! In the first layer, `w ~ U(±1/d)`, `b ~ U(±1/sqrt(d))` and `x` is uniform in `[-1, 1]^d`, so
//! `V = ω² (1/(9d) + 1/(3d)) = (2ω/3)²/d`. There, `E[cos 2a]` is a product of means of cosines over uniform numbers.
//!
//! Backwards, the derivative `p` of the output with respect to the activations of the top layer has the variance of the
//! last weights, `2/(n ω²)`. Each layer below multiplies it by `2 E[cos² a] = 1 + E[cos 2a]`.

use super::Network;

/// Intervals of a numerical mean over `[0, 1]`.
const INTERVALS: usize = 2000;

/// The standard deviations that the initialisation should give.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Theory {
    /// The standard deviations of `ω (W h + b)`, one for each hidden layer.
    pub pre_activation: Vec<f64>,
    /// The standard deviations of the derivative of the output with respect to the activations of each hidden layer.
    pub gradient: Vec<f64>,
    /// The standard deviation of pre-activations in the limit of many layers.
    pub fixed_point: f64,
}

impl Theory {
    /// The standard deviations for `network`.
    pub fn new(network: &Network) -> Self {
        let (omega, d, n) = (f64::from(network.omega), network.inputs as f64, network.hidden as f64);
        let biases = omega * omega / (3.0 * n);
        let mut variances = vec![(2.0 * omega / 3.0).powi(2) / d];
        let mut cosines = vec![first_cosine(omega, d)];
        for layer in 0..network.layers {
            let variance = 1.0 - cosines[layer] + biases;
            variances.push(variance);
            cosines.push((-2.0 * variance).exp());
        }
        let mut gradients = vec![2.0 / (n * omega * omega)];
        for cosine in cosines[1..].iter().rev() {
            gradients.push(gradients[gradients.len() - 1] * (1.0 + cosine));
        }
        gradients.reverse();
        let roots = |variances: Vec<f64>| variances.into_iter().map(f64::sqrt).collect();
        Self {
            pre_activation: roots(variances),
            gradient: roots(gradients),
            fixed_point: fixed_point(biases).sqrt(),
        }
    }
}

/// The positive root of `V = 1 - exp(-2V) + biases`.
fn fixed_point(biases: f64) -> f64 {
    // The right side rises with a slope below 1 near the root, so iteration from above converges.
    (0..500).fold(1.0 + biases, |v, _| 1.0 - (-2.0 * v).exp() + biases)
}

/// `E[cos 2a]` in the first layer: means of cosines over uniform `b`, and over uniform `w_j x_j`.
fn first_cosine(omega: f64, d: f64) -> f64 {
    let sinc = |t: f64| if t.abs() < 1e-9 { 1.0 } else { t.sin() / t };
    // The mean of cos(2ω w x) over x is a sinc; over w, by the midpoint rule.
    let middle = |i: usize| (i as f64 + 0.5) / INTERVALS as f64;
    let one = (0..INTERVALS).map(|i| sinc(2.0 * omega / d * middle(i))).sum::<f64>() / INTERVALS as f64;
    sinc(2.0 * omega / d.sqrt()) * one.powf(d)
}
