//! How the parameters of a new field are drawn.
//!
//! For a sine network (Sitzmann et al. 2020, section 3.2, as the authors' code has it): the first
//! layer's weights are `U(±1/d)`, every later layer's, the last included, `U(±sqrt(6/fan_in)/ω)`, so
//! that pre-activations keep the same distribution at every depth. Biases are `U(±1/sqrt(fan_in))`
//! whatever the activation.
//!
//! Draws come from PCG-64 seeded by one number, layer after layer, weights before biases, so a seed
//! names the same field of sines on every machine. Normal draws, of other activations, also go through the
//! platform's `ln` and `cos`, which may differ in the last bit.

use rand_core::{Rng, SeedableRng};
use rand_pcg::Pcg64;

use super::encoding::SIGMA;
use super::{Architecture, LayerShape};

/// The rule for a layer's weights.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Initializer {
    /// The sine network's.
    Siren,
    /// One spread for every layer.
    Plain(Spread),
}

/// A distribution of weights by the layer's fan-in and fan-out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Spread {
    /// Normal of variance `gain / fan_in`.
    NormalOverFanIn(f64),
    /// Normal of variance `2 / (fan_in + fan_out)`.
    Xavier,
    /// Uniform in `±1/sqrt(fan_in)`.
    UniformOverSqrtFanIn,
}

/// The first layer of a sine network: as the authors' code draws it, or as their paper prints it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FirstLayer {
    /// `U(±1/d)`, which the authors say is right.
    #[default]
    Code,
    /// `U(±sqrt(6/d))`, the paper's printed form, which its authors call an error.
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
    // The last layer is linear: it is drawn by the rule, and with the ω, of the layer below.
    let rule_layer = &architecture.layers[index.min(architecture.layers.len().saturating_sub(2))];
    let (fan_in, fan_out) = (shape.inputs as f64, shape.outputs as f64);
    match rule_layer.activation.initializer() {
        Initializer::Siren if index == 0 => match first {
            FirstLayer::Code => symmetric(rng, 1.0 / fan_in),
            FirstLayer::Printed => symmetric(rng, (6.0 / fan_in).sqrt()),
        },
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

/// Standard normal, by Box and Muller's transform.
fn normal(rng: &mut Pcg64) -> f64 {
    let radius = (-2.0 * (1.0 - unit(rng)).ln()).sqrt();
    radius * (std::f64::consts::TAU * unit(rng)).cos()
}
