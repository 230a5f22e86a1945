//! What can be asked of a field at a point, and how a jet answers.

use serde::{Deserialize, Serialize};

use super::RenderError;
use crate::field::ValueMap;
use crate::jet::JetSpec;

/// What is asked of a field at a point, for each of its outputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Quantity {
    /// The signal's value.
    Value,
    /// `∂_i` for every coordinate.
    Gradient,
    /// The gradient's length.
    GradientMagnitude,
    /// `Σ ∂_ii`.
    Laplacian,
    /// `∂_ij` for every pair of coordinates.
    Hessian,
}

/// The units that answers come in.
#[derive(Clone, Debug)]
pub(super) struct Units {
    /// Normalised coordinate per unit of length, one an axis.
    pub per_axis: Vec<f64>,
    /// From outputs to the signal.
    pub value: ValueMap,
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

    /// How often it is differentiated.
    pub fn order(self) -> u32 {
        match self {
            Quantity::Value => 0,
            Quantity::Gradient | Quantity::GradientMagnitude => 1,
            Quantity::Laplacian | Quantity::Hessian => 2,
        }
    }

    /// The sizes of its numbers at a point of a field of `outputs` outputs and `inputs` coordinates.
    pub fn shape(self, outputs: usize, inputs: usize) -> Vec<usize> {
        match self {
            Quantity::Value | Quantity::GradientMagnitude | Quantity::Laplacian => vec![outputs],
            Quantity::Gradient => vec![outputs, inputs],
            Quantity::Hessian => vec![outputs, inputs, inputs],
        }
    }

    /// `spec` with the channels it needs.
    pub(super) fn add_to(self, spec: JetSpec, units: &Units) -> JetSpec {
        let inputs = spec.inputs();
        match self {
            Quantity::Value => spec,
            Quantity::Gradient | Quantity::GradientMagnitude => (0..inputs).fold(spec, JetSpec::with_first),
            Quantity::Laplacian => {
                let squares: Vec<f32> = units.per_axis.iter().map(|unit| (unit * unit) as f32).collect();
                spec.with_laplacian(&squares)
            }
            Quantity::Hessian => {
                let pairs = (0..inputs).flat_map(|i| (i..inputs).map(move |j| (i, j)));
                pairs.fold(spec, |spec, (i, j)| spec.with_second(i, j))
            }
        }
    }

    /// Writes its numbers, row-major, through `put(index, number)`, from `jet(channel, output)`.
    pub(super) fn write(
        self,
        units: &Units,
        spec: &JetSpec,
        outputs: usize,
        jet: impl Fn(usize, usize) -> f64,
        put: &mut impl FnMut(usize, f64),
    ) {
        let inputs = units.per_axis.len();
        let scale = units.value.scale;
        let slope =
            |o: usize, i: usize| spec.first_channel(i).map_or(0.0, |c| scale * units.per_axis[i] * jet(c, o));
        let curvature = |o: usize, i: usize, j: usize| {
            let unit = scale * units.per_axis[i] * units.per_axis[j];
            spec.second_channel(i, j).map_or(0.0, |c| unit * jet(c, o))
        };
        for o in 0..outputs {
            match self {
                Quantity::Value => put(o, units.value.signal(jet(0, o))),
                Quantity::Gradient => (0..inputs).for_each(|i| put(o * inputs + i, slope(o, i))),
                Quantity::GradientMagnitude => {
                    put(o, (0..inputs).map(|i| slope(o, i).powi(2)).sum::<f64>().sqrt());
                }
                Quantity::Laplacian => put(o, spec.laplacian_channel().map_or(0.0, |c| scale * jet(c, o))),
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
