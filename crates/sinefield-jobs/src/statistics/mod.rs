//! Compares the distributions of a new sine network, layer by layer, with the theory of its initialisation.
//!
//! With the right initialisation, all layers have the same distribution of pre-activations, nearly normal, and of
//! activations, nearly arcsine, for any depth (Sitzmann et al. 2020, section 3.2). [`survey`] draws a network and
//! measures both over inputs in `[-1, 1]^d`, and also the gradient of the output with respect to the activations of
//! each layer. [`Theory`] gives the expected standard deviations.
//!
//! Spectra are taken along the line on which the first coordinate runs from -1 to 1 and the others are 0.

mod distribution;
mod figure;
mod job;
mod law;
mod pass;
mod spectrum;
mod theory;

use clap::Args;
use serde::{Deserialize, Serialize};
use thiserror::Error;

pub use distribution::{Distribution, Fitted, Histogram};
pub use job::StatisticsJob;
pub use law::Law;
pub use theory::Theory;

use crate::settings::{entry, values};
use pass::Pass;
use sinefield::engine::{Engine, EngineError};
use sinefield::field::{Activation, Field, FieldConfig, FieldError};

/// Inputs along the line, and in the volume if there is more than one coordinate.
const POINTS: usize = 1024;

/// The sine network that is surveyed: it has one output, and omega in every layer.
#[derive(Args, Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Network {
    /// The number of coordinates.
    #[arg(long, value_name = "D", default_value_t = Network::default().inputs, value_parser = values::count,
        allow_negative_numbers = true)]
    #[serde(deserialize_with = "entry::some_count")]
    pub inputs: usize,
    /// The width of every hidden layer.
    #[arg(long, value_name = "N", default_value_t = Network::default().hidden, value_parser = values::count,
        allow_negative_numbers = true)]
    #[serde(deserialize_with = "entry::some_count")]
    pub hidden: usize,
    /// The number of hidden layers after the first.
    #[arg(long, value_name = "N", default_value_t = Network::default().layers,
        value_parser = values::whole::<usize>, allow_negative_numbers = true)]
    pub layers: usize,
    /// The omega of every hidden layer.
    #[arg(long, value_name = "W", default_value_t = Network::default().omega,
        value_parser = values::positive_f32, allow_negative_numbers = true)]
    #[serde(deserialize_with = "entry::some_positive_f32")]
    pub omega: f32,
    /// The random seed of the network.
    #[arg(long, value_name = "S", default_value_t = 0, value_parser = values::whole::<u64>,
        allow_negative_numbers = true)]
    pub seed: u64,
}

impl Default for Network {
    /// The network of the paper: one coordinate, 2,048 units, ten sine layers with ω 30.
    fn default() -> Self {
        Self { inputs: 1, hidden: 2048, layers: 9, omega: 30.0, seed: 0 }
    }
}

/// The distributions of one hidden layer over units and inputs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LayerStatistics {
    /// The layer, counted from 0.
    pub layer: usize,
    /// `ω (W h + b)`.
    pub pre_activation: Distribution,
    /// Its sine, `h`.
    pub activation: Distribution,
    /// The derivative of the output with respect to `h`.
    pub gradient: Distribution,
}

/// Why a network cannot be surveyed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SurveyError {
    /// A width, count or ω is out of range.
    #[error(transparent)]
    Field(#[from] FieldError),
    /// The engine returned an error.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

/// Draws the network and measures each of its hidden layers.
///
/// ```
/// use sinefield::engine::cpu::CpuEngine;
/// use sinefield_jobs::statistics::{Network, Theory, survey};
///
/// let network = Network { hidden: 512, layers: 4, ..Network::default() };
/// let layers = survey(&CpuEngine::new(Some(1))?, &network)?;
/// let theory = Theory::new(&network);
/// for layer in &layers {
///     let expected = theory.pre_activation[layer.layer];
///     assert!((layer.pre_activation.std / expected - 1.0).abs() < 0.1);
/// }
/// // The deepest layers are near the fixed point of the recursion.
/// assert!((theory.pre_activation[4] / theory.fixed_point - 1.0).abs() < 0.01);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// If a number in `network` is out of range.
pub fn survey(engine: &dyn Engine, network: &Network) -> Result<Vec<LayerStatistics>, SurveyError> {
    let omega = Some(network.omega);
    let config = FieldConfig {
        hidden: network.hidden,
        layers: network.layers,
        activation: Activation::Sine,
        omega,
        first_omega: omega,
        ..FieldConfig::new(network.inputs, 1)
    };
    let field = Field::new(&config, network.seed)?;
    let theory = Theory::new(network);
    let mut pass = Pass::new(engine, &field, network.seed, POINTS);
    let mut layers = Vec::new();
    for layer in 0..=network.layers {
        pass.up(layer)?;
        let normal = match layer {
            0 => Law::FirstLayer { omega: network.omega.into(), inputs: network.inputs },
            _ => Law::Normal { std: theory.pre_activation[layer] },
        };
        let sines = [Law::Arcsine, Law::SineOfNormal { std: theory.pre_activation[layer] }];
        layers.push(LayerStatistics {
            layer,
            pre_activation: pass.measure(&pass.pre_activations, &[normal]),
            activation: pass.measure(&pass.activations, if layer == 0 { &sines[..1] } else { &sines }),
            gradient: Distribution::default(),
        });
    }
    for layer in (0..=network.layers).rev() {
        pass.down(layer)?;
        let std = theory.gradient[layer];
        let law = if layer == network.layers { Law::Uniform { std } } else { Law::Normal { std } };
        layers[layer].gradient = pass.measure(&pass.gradients, &[law]);
    }
    Ok(layers)
}

#[cfg(test)]
mod tests;
