//! Who is compared: a network for each activation, of the same number of parameters, and its rate.

use sinefield::field::{Activation, Architecture, Encoding, FieldConfig};
use sinefield::fit::FitConfig;

use super::{CompareJob, Supervision};
use crate::JobError;
use crate::fit::Recipe;
use crate::settings::NetworkKind;

/// An activation's network and how it is fitted.
#[derive(Clone, Debug)]
pub struct Contestant {
    pub kind: NetworkKind,
    pub network: FieldConfig,
    pub course: FitConfig,
}

/// What of the signal decides networks and rates.
pub struct Basis {
    /// Samples along each axis, `(rows, columns)`; a sound has its samples twice.
    pub sides: (usize, usize),
    /// The sine network that suits the signal.
    pub network: FieldConfig,
    /// The rate that suits a sine network on its values.
    pub rate: f64,
}

impl Basis {
    /// That of an image.
    pub fn image(sides: (usize, usize)) -> Self {
        // Higher rates fit values better and derivatives worse.
        Self { sides, network: FieldConfig::default(), rate: 1e-3 }
    }
}

impl Contestant {
    /// Every contestant that `options` ask for, once.
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

/// The peak rate that suits an activation, measured on values: docs/decisions.md has the table.
fn rate(kind: NetworkKind, supervise: Supervision, basis: &Basis) -> f64 {
    match (kind, supervise) {
        (NetworkKind::Plain(Activation::Sine | Activation::Gaussian), Supervision::Value) => basis.rate,
        // Higher ones fit the derivatives with frequencies between the pixels, and lose the value.
        (NetworkKind::Plain(Activation::Sine | Activation::Gaussian), _) => 1e-4,
        _ => 1e-2,
    }
}

/// The network of `kind` with `hidden` units a layer.
fn network(kind: NetworkKind, hidden: usize, options: &CompareJob, basis: &Basis) -> FieldConfig {
    let encoding = match kind.encoding(basis.sides) {
        // As many for a smaller budget as 1,024 are for a sine network of 256.
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
        // An omega is for the activation that it was chosen for.
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
    // The count rises with the width: the last width that is not above, or the one after it.
    let (mut low, mut high) = (1, 2 * options.hidden);
    while low < high {
        let middle = (low + high).div_ceil(2);
        if parameters(middle)? <= budget { low = middle } else { high = middle - 1 }
    }
    let apart = |hidden: usize| parameters(hidden).map(|count| count.abs_diff(budget));
    Ok(if apart(low + 1)? < apart(low)? { low + 1 } else { low })
}
