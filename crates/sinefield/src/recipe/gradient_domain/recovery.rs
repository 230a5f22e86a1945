//! The settings of a fit that suit each problem, by measurement: see `docs/gradient-domain.md`.

use crate::fit::FitConfig;

/// The problems of this module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recovery {
    /// A picture from gradients, each site for itself.
    Gradient,
    /// A picture from its Laplacian alone.
    Laplacian,
    /// A picture from its gradient or its divergence, errors weighed by frequency.
    Weighed,
    /// A picture from another's values and a third's gradients.
    Clone,
}

impl Recovery {
    /// How a fit runs unless told otherwise.
    pub fn config(self) -> FitConfig {
        let (steps, rate) = match self {
            Recovery::Gradient => (500, 5e-4),
            Recovery::Laplacian => (500, 6e-4),
            Recovery::Weighed => (200, 5e-4),
            Recovery::Clone => (400, 1e-3),
        };
        FitConfig { steps, rate, ..FitConfig::default() }
    }
}
