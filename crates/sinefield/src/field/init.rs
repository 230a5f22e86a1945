//! The initial parameters of a new field.
//!
//! A sine network (Sitzmann et al. 2020, section 3.2, as in the authors' code) has weights `U(±1/fan_in)` in
//! the first layer and `U(±sqrt(6/fan_in)/ω)` in every later layer, including the last. Pre-activations then
//! have the same distribution at every depth. A first layer on Fourier features is initialised like a later one. Biases are `U(±1/sqrt(fan_in))` for every activation.
//!
//! Draws come from PCG-64 with one seed, layer after layer, weights before biases. A seed therefore gives
//! the same sine network on every machine. Normal draws, for other activations, also use the `ln` and
//! `cos` of the platform, which may differ in the last bit.

use rand_core::{Rng, SeedableRng};
use rand_pcg::Pcg64;

use super::encoding::SIGMA;
use super::{Architecture, Encoding, LayerShape};

/// The rule for a layer's weights.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Initializer {
    /// The rule of sine networks.
    Siren,
    /// The same distribution for every layer.
    Plain(Spread),
}

/// A distribution of weights that depends on the fan-in and fan-out of the layer.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Spread {
    /// Normal with variance `gain / fan_in`.
    NormalOverFanIn(f64),
    /// Normal with variance `2 / (fan_in + fan_out)`.
    Xavier,
    /// Uniform in `±1/sqrt(fan_in)`.
    UniformOverSqrtFanIn,
}

/// The weights of the first layer of a sine network: as in the authors' code or as in their paper.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FirstLayer {
    /// `U(±1/fan_in)`, which the authors call correct.
    #[default]
    Code,
    /// `U(±sqrt(6/fan_in))`, as printed in the paper, which the authors call an error.
    Printed,
}

/// Draws every parameter of `architecture` into `parameters` (flat, in layer order).
pub(super) fn draw(architecture: &Architecture, first: FirstLayer, seed: u64, parameters: &mut [f32]) {
    let mut rng = Pcg64::seed_from_u64(seed);
    if let Some(shape) = architecture.encoding_shape() {
        parameters[shape.centres].iter_mut().for_each(|centre| *centre = symmetric(&mut rng, 1.0) as f32);
        parameters[shape.sigma].fill(SIGMA as f32);
    }
    for (index, shape) in architecture.shapes().iter().enumerate() {
        let fan_in = shape.inputs as f64;
        for weight in &mut parameters[shape.weight.clone()] {
            *weight = weight_draw(architecture, index, shape, first, &mut rng) as f32;
        }
        for bias in &mut parameters[shape.bias.clone()] {
            *bias = symmetric(&mut rng, 1.0 / fan_in.sqrt()) as f32;
        }
    }
}

fn weight_draw(
    architecture: &Architecture,
    index: usize,
    shape: &LayerShape,
    first: FirstLayer,
    rng: &mut Pcg64,
) -> f64 {
    // The last layer is linear. It uses the rule and the ω of the layer before it.
    let rule_layer = &architecture.layers[index.min(architecture.layers.len().saturating_sub(2))];
    let (fan_in, fan_out) = (shape.inputs as f64, shape.outputs as f64);
    match rule_layer.activation.initializer() {
        // Fourier features are sines and cosines, like the inputs of a later layer.
        Initializer::Siren if index == 0 && !matches!(architecture.encoding, Encoding::Fourier { .. }) => {
            match first {
                FirstLayer::Code => symmetric(rng, 1.0 / fan_in),
                FirstLayer::Printed => symmetric(rng, (6.0 / fan_in).sqrt()),
            }
        }
        Initializer::Siren => symmetric(rng, (6.0 / fan_in).sqrt() / f64::from(rule_layer.omega)),
        Initializer::Plain(Spread::NormalOverFanIn(gain)) => normal(rng) * (gain / fan_in).sqrt(),
        Initializer::Plain(Spread::Xavier) => normal(rng) * (2.0 / (fan_in + fan_out)).sqrt(),
        Initializer::Plain(Spread::UniformOverSqrtFanIn) => symmetric(rng, 1.0 / fan_in.sqrt()),
    }
}

/// Uniform in `[0, 1)` with 53 bits.
fn unit(rng: &mut Pcg64) -> f64 {
    (rng.next_u64() >> 11) as f64 * (1.0 / (1u64 << 53) as f64)
}

/// Uniform in `[-bound, bound)`.
fn symmetric(rng: &mut Pcg64, bound: f64) -> f64 {
    (2.0 * unit(rng) - 1.0) * bound
}

/// Standard normal, by the Box-Muller transform.
fn normal(rng: &mut Pcg64) -> f64 {
    let radius = (-2.0 * (1.0 - unit(rng)).ln()).sqrt();
    radius * (std::f64::consts::TAU * unit(rng)).cos()
}
