//! The settings of the network.

use clap::Args;
use serde::{Deserialize, Serialize};
use sinefield::field::{Activation, FieldConfig};

use super::{NetworkKind, entry, values};

/// The settings of the network. A missing setting has the default of the job.
#[derive(Args, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[command(next_help_heading = "Network")]
#[serde(default)]
pub struct NetworkSettings {
    /// The width of every hidden layer.
    #[arg(long, value_name = "N", value_parser = values::count, allow_negative_numbers = true,
        help = format!("The width of every hidden layer [default: {}]", FieldConfig::default().hidden))]
    #[serde(deserialize_with = "entry::count", skip_serializing_if = "Option::is_none")]
    pub hidden: Option<usize>,
    /// The number of hidden layers after the first.
    #[arg(long, value_name = "N", value_parser = values::whole::<usize>, allow_negative_numbers = true,
        help = format!("The number of hidden layers after the first [default: {}]", FieldConfig::default().layers))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub layers: Option<usize>,
    /// The activation of the hidden layers. "positional" and "rbf" are ReLU networks with an encoding of the
    /// coordinates.
    #[arg(long, value_name = "NAME",
        help = format!("The activation of the hidden layers: {}. The last two are ReLU networks with an encoding of \
            the coordinates [default: {}]", NetworkKind::names(), FieldConfig::default().activation))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub activation: Option<NetworkKind>,
    /// The omega of the hidden layers after the first.
    #[arg(long, value_name = "W", value_parser = values::positive_f32, allow_negative_numbers = true,
        help = format!("The omega of the hidden layers after the first [default: {}]", omega_default()))]
    #[serde(deserialize_with = "entry::positive_f32", skip_serializing_if = "Option::is_none")]
    pub omega: Option<f32>,
    /// The omega of the first layer.
    #[arg(long, value_name = "W", value_parser = values::positive_f32, allow_negative_numbers = true,
        help = format!("The omega of the first layer [default: {}; depends on the length for a sound]", omega_default()))]
    #[serde(deserialize_with = "entry::positive_f32", skip_serializing_if = "Option::is_none")]
    pub first_omega: Option<f32>,
}

fn omega_default() -> String {
    let sine = Activation::Sine.default_omega();
    let gaussian = Activation::Gaussian.default_omega();
    format!("{sine} for sine, {gaussian} for gaussian, 1 for the others")
}

impl NetworkSettings {
    /// The network for a signal with at least `shortest` samples along every axis. Missing settings, and the numbers of
    /// inputs and outputs, are those of `own`.
    pub fn config(&self, shortest: usize, own: FieldConfig) -> FieldConfig {
        let kind = self.activation.unwrap_or(NetworkKind::Plain(own.activation));
        // The omegas of `own` are for its activation only.
        let other = kind != NetworkKind::Plain(own.activation);
        FieldConfig {
            hidden: self.hidden.unwrap_or(own.hidden),
            layers: self.layers.unwrap_or(own.layers),
            activation: kind.activation(),
            encoding: kind.encoding((shortest, shortest)),
            omega: self.omega.or(own.omega.filter(|_| !other)),
            first_omega: self.first_omega.or(own.first_omega.filter(|_| !other)),
            ..own
        }
    }
}
