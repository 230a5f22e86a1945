//! The quantities of a field at a point, and their computation from a jet.

use serde::{Deserialize, Serialize};

use super::RenderError;
use super::units::Units;
use crate::jet::JetSpec;

/// A quantity of a field at a point, for each of its outputs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Quantity {
    /// The value of the signal.
    #[default]
    Value,
    /// `∂_i` for every coordinate.
    Gradient,
    /// The length of the gradient.
    GradientMagnitude,
    /// `Σ ∂_ii`.
    Laplacian,
    /// `∂_ij` for every pair of coordinates.
    Hessian,
}

impl Quantity {
    /// Every quantity.
    pub const ALL: [Quantity; 5] = [
        Quantity::Value,
        Quantity::Gradient,
        Quantity::GradientMagnitude,
        Quantity::Laplacian,
        Quantity::Hessian,
    ];

    /// The name used in options, files and messages.
    pub fn name(self) -> &'static str {
        match self {
            Quantity::Value => "value",
            Quantity::Gradient => "gradient",
            Quantity::GradientMagnitude => "gradient-magnitude",
            Quantity::Laplacian => "laplacian",
            Quantity::Hessian => "hessian",
        }
    }

    /// The order of its derivatives.
    pub fn order(self) -> u32 {
        match self {
            Quantity::Value => 0,
            Quantity::Gradient | Quantity::GradientMagnitude => 1,
            Quantity::Laplacian | Quantity::Hessian => 2,
        }
    }

    /// The shape of its numbers at a point, for a field with `outputs` outputs and `inputs` coordinates.
    pub fn shape(self, outputs: usize, inputs: usize) -> Vec<usize> {
        match self {
            Quantity::Value | Quantity::GradientMagnitude | Quantity::Laplacian => vec![outputs],
            Quantity::Gradient => vec![outputs, inputs],
            Quantity::Hessian => vec![outputs, inputs, inputs],
        }
    }

    /// `spec` with the channels that the quantity needs.
    pub(super) fn add_to(self, spec: JetSpec, units: &Units) -> JetSpec {
        match (self, units.laplacian_weights()) {
            (Quantity::Laplacian, Some(weights)) => spec.with_laplacian(&weights),
            _ => self.add_single_to(spec),
        }
    }

    /// `spec` with channels of single derivatives alone.
    pub(super) fn add_single_to(self, spec: JetSpec) -> JetSpec {
        let inputs = spec.inputs();
        match self {
            Quantity::Value => spec,
            Quantity::Gradient | Quantity::GradientMagnitude => (0..inputs).fold(spec, JetSpec::with_first),
            Quantity::Laplacian | Quantity::Hessian => {
                let pairs = (0..inputs).flat_map(|i| (i..inputs).map(move |j| (i, j)));
                pairs.fold(spec, |spec: JetSpec, (i, j)| spec.with_second(i, j))
            }
        }
    }

    /// Writes the numbers of the quantity, row-major, with `put(index, number)`. `jet(channel, output)` returns a
    /// number of the jet.
    ///
    /// With J the derivative of normalised coordinates with respect to the units, the gradient is `Jᵀ g` and the
    /// Hessian `Jᵀ H J`. The Laplacian is the trace of the latter.
    pub(super) fn write(
        self,
        units: &Units,
        spec: &JetSpec,
        outputs: usize,
        jet: impl Fn(usize, usize) -> f64,
        put: &mut impl FnMut(usize, f64),
    ) {
        let inputs = units.inputs();
        let scale = units.value.scale;
        let sum = |terms: &dyn Fn(usize) -> f64| (0..inputs).map(terms).sum::<f64>();
        let first = |o: usize, i: usize| spec.first_channel(i).map_or(0.0, |c| jet(c, o));
        let second = |o: usize, i: usize, j: usize| spec.second_channel(i, j).map_or(0.0, |c| jet(c, o));
        // A slope of zero contributes nothing, even if the derivative is infinite. Their product would be NaN.
        let chain = |i: usize, j: usize, derivative: &dyn Fn() -> f64| match units.slope(i, j) {
            0.0 => 0.0,
            slope => slope * derivative(),
        };
        let slope = |o: usize, j: usize| scale * sum(&|i| chain(i, j, &|| first(o, i)));
        let curvature = |o: usize, k: usize, l: usize| {
            let along = |i: usize| sum(&|j| chain(j, l, &|| second(o, i, j)));
            scale * sum(&|i| chain(i, k, &|| along(i)))
        };
        let laplacian = |o: usize| match spec.laplacian_channel() {
            Some(channel) => scale * jet(channel, o),
            None => sum(&|k| curvature(o, k, k)),
        };
        for o in 0..outputs {
            match self {
                Quantity::Value => put(o, units.value.signal(jet(0, o))),
                Quantity::Gradient => (0..inputs).for_each(|i| put(o * inputs + i, slope(o, i))),
                Quantity::GradientMagnitude => {
                    put(o, (0..inputs).map(|i| slope(o, i).powi(2)).sum::<f64>().sqrt());
                }
                Quantity::Laplacian => put(o, laplacian(o)),
                Quantity::Hessian => {
                    let pairs = (0..inputs).flat_map(|i| (0..inputs).map(move |j| (i, j)));
                    pairs.for_each(|(i, j)| put((o * inputs + i) * inputs + j, curvature(o, i, j)));
                }
            }
        }
    }
}

impl std::fmt::Display for Quantity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

impl std::str::FromStr for Quantity {
    type Err = RenderError;

    fn from_str(text: &str) -> Result<Self, RenderError> {
        let named = Quantity::ALL.into_iter().find(|quantity| quantity.name() == text);
        named.ok_or_else(|| RenderError::UnknownQuantity(text.to_string()))
    }
}
