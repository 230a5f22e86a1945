//! The networks that are compared: one for each activation, with about the same number of parameters, and its learning
//! rate.

use sinefield::field::{Activation, Architecture, Encoding, FieldConfig};
use sinefield::fit::FitConfig;

use super::{CompareJob, Supervision};
use crate::JobError;
use crate::fit::Recipe;
use crate::settings::NetworkKind;

/// The network of an activation and the settings of its fit.
#[derive(Clone, Debug)]
pub struct Contestant {
    pub kind: NetworkKind,
    pub network: FieldConfig,
    pub course: FitConfig,
}

/// The properties of the signal that determine the networks and the learning rates.
pub struct Basis {
    /// Samples along each axis, `(rows, columns)`. For a sound, both are the number of samples.
    pub sides: (usize, usize),
    /// The default sine network for the signal.
    pub network: FieldConfig,
    /// The learning rate of a sine network that fits the signal's values.
    pub rate: f64,
}

impl Basis {
    /// The basis for an image of `(rows, columns)` pixels.
    pub fn image(sides: (usize, usize)) -> Self {
        // Higher rates fit values better and derivatives worse.
        Self { sides, network: FieldConfig::default(), rate: 1e-3 }
    }
}

impl Contestant {
    /// All contestants that `options` name, without duplicates.
    pub fn all(options: &CompareJob, basis: &Basis) -> Result<Vec<Self>, JobError> {
        let sine = network(NetworkKind::Plain(Activation::Sine), options.hidden, options, basis);
        let budget = count(&sine)?;
        let mut contestants: Vec<Self> = Vec::new();
        for &kind in &options.activations {
            if contestants.iter().any(|other| other.kind == kind) {
                continue;
            }
            let course = match options.recipe {
                Some(Recipe::Paper) => FitConfig { steps: options.steps, ..FitConfig::paper() },
                None => FitConfig {
                    steps: options.steps,
                    rate: rate(kind, options.supervise, basis),
                    ..FitConfig::default()
                },
            };
            let network = network(kind, width(kind, budget, options, basis)?, options, basis);
            contestants.push(Self { kind, network, course });
        }
        Ok(contestants)
    }
}

/// The peak learning rate of an activation, measured on values (`docs/decisions.md` has the table).
fn rate(kind: NetworkKind, supervise: Supervision, basis: &Basis) -> f64 {
    match (kind, supervise) {
        (NetworkKind::Plain(Activation::Sine | Activation::Gaussian), Supervision::Value) => basis.rate,
        // Higher rates fit the derivatives with frequencies that the pixels do not resolve, and lose the value.
        (NetworkKind::Plain(Activation::Sine | Activation::Gaussian), _) => 1e-4,
        _ => 1e-2,
    }
}

/// The network of `kind` with `hidden` units per layer.
fn network(kind: NetworkKind, hidden: usize, options: &CompareJob, basis: &Basis) -> FieldConfig {
    let encoding = match kind.encoding(basis.sides) {
        // At most four centres for each unit of the sine network's layers: 1,024 for a width of 256.
        Encoding::Rbf { centres } => Encoding::Rbf { centres: centres.min(4 * options.hidden) },
        other => other,
    };
    let config = FieldConfig {
        hidden,
        layers: options.layers,
        activation: kind.activation(),
        encoding,
        ..basis.network.clone()
    };
    match kind {
        NetworkKind::Plain(Activation::Sine) => config,
        // The omegas are for the sine. Other activations have their own defaults.
        _ => FieldConfig { first_omega: None, omega: None, ..config },
    }
}

fn count(network: &FieldConfig) -> Result<usize, JobError> {
    let architecture = Architecture::new(network);
    let failed = |error| JobError::asked("network", format!("{error}; change `hidden` or `layers`"));
    Ok(architecture.map_err(failed)?.parameter_count())
}

/// The width that brings the parameters of `kind` nearest to `budget`.
fn width(kind: NetworkKind, budget: usize, options: &CompareJob, basis: &Basis) -> Result<usize, JobError> {
    let parameters = |hidden| count(&network(kind, hidden, options, basis));
    // The count increases with the width. The search finds the largest width within the budget, and the next width may
    // be nearer.
    let (mut low, mut high) = (1, 2 * options.hidden);
    while low < high {
        let middle = (low + high).div_ceil(2);
        if parameters(middle)? <= budget { low = middle } else { high = middle - 1 }
    }
    let apart = |hidden: usize| parameters(hidden).map(|count| count.abs_diff(budget));
    Ok(if apart(low + 1)? < apart(low)? { low + 1 } else { low })
}
