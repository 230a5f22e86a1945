//! The settings of a fit, with the names and the defaults of the command.

use serde::{Deserialize, Serialize};
use sinefield::field::{Activation, Architecture, Encoding, FieldConfig, FieldError};
use sinefield::fit::FitConfig;

use crate::PageError;

/// The widest and the deepest network. A page has little memory.
const MOST: (usize, usize) = (1024, 16);

/// What a fit is made from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Recipe {
    /// The values of the signal.
    #[default]
    Values,
    /// The gradient of the picture alone.
    Gradient,
}

/// An encoding that the page offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Encoded {
    /// Sines and cosines of octaves.
    Positional,
}

/// The settings of a fit. What is left out has the default of the command.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    pub recipe: Recipe,
    pub activation: Option<Activation>,
    pub encoding: Option<Encoded>,
    /// Octaves of the encoding.
    pub frequencies: Option<usize>,
    pub hidden: Option<usize>,
    /// Narrows a network with an encoding until it has no more parameters than one without, or its layers have one unit.
    pub equal_parameters: bool,
    pub layers: Option<usize>,
    pub omega: Option<f32>,
    pub first_omega: Option<f32>,
    pub lr: Option<f64>,
    pub steps: Option<usize>,
    pub seed: u64,
}

impl Settings {
    /// # Errors
    /// If the text is not JSON of settings, or a size is too large for a page.
    pub fn parse(text: &str) -> Result<Self, PageError> {
        let own: Self = serde_json::from_str(text)?;
        let sizes = [("hidden", own.hidden, MOST.0), ("layers", own.layers, MOST.1)];
        for (name, found, most) in sizes {
            if let Some(found) = found.filter(|found| *found > most) {
                return Err(PageError::TooLarge { name, found, most });
            }
        }
        Ok(own)
    }

    /// The network for `inputs` coordinates and `outputs` channels, with `side` samples along the shortest side. `first_omega` is used
    /// if none is given.
    ///
    /// # Errors
    /// If there is no such network.
    pub fn network(
        &self,
        [inputs, outputs]: [usize; 2],
        side: usize,
        first_omega: Option<f32>,
    ) -> Result<FieldConfig, FieldError> {
        let own = FieldConfig::new(inputs, outputs);
        let mut config = FieldConfig {
            hidden: self.hidden.unwrap_or(own.hidden),
            layers: self.layers.unwrap_or(own.layers),
            activation: self.activation.unwrap_or(own.activation),
            omega: self.omega,
            first_omega: self.first_omega.or(first_omega),
            encoding: match (self.encoding, self.frequencies) {
                (Some(Encoded::Positional), Some(frequencies)) => Encoding::Positional { frequencies },
                (Some(Encoded::Positional), None) => Encoding::positional(side),
                (None, _) => Encoding::Identity,
            },
            ..own
        };
        if self.equal_parameters {
            let plain = FieldConfig { encoding: Encoding::Identity, ..config.clone() };
            let most = Architecture::new(&plain)?.parameter_count();
            while config.hidden > 1 && Architecture::new(&config)?.parameter_count() > most {
                config.hidden -= 1;
            }
        }
        Ok(config)
    }

    /// The fit, from the defaults of a recipe.
    pub fn fit(&self, own: FitConfig) -> FitConfig {
        FitConfig { rate: self.lr.unwrap_or(own.rate), steps: self.steps.unwrap_or(own.steps), ..own }
    }
}
