//! The default settings of each problem, chosen by measurement: see `docs/gradient-domain.md`.

use crate::fit::FitConfig;

/// A kind of gradient-domain problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Recovery {
    /// A picture from gradients, with a plain mean of squares over sites.
    Gradient,
    /// A picture from its Laplacian alone.
    Laplacian,
    /// A picture from its gradient or its divergence, with frequency-weighted errors.
    Weighted,
    /// A picture from the values of one picture and the gradients of another.
    Clone,
}

impl Recovery {
    /// The default settings of a fit.
    pub fn config(self) -> FitConfig {
        let (steps, rate) = match self {
            Recovery::Gradient => (500, 5e-4),
            Recovery::Laplacian => (500, 6e-4),
            Recovery::Weighted => (200, 5e-4),
            Recovery::Clone => (400, 1e-3),
        };
        FitConfig { steps, rate, ..FitConfig::default() }
    }
}
