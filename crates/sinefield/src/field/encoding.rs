//! The encoding of coordinates before the first layer.

use serde::{Deserialize, Serialize};

use super::FieldError;

/// The most octaves. Beyond this number `2^i π x` has no correct digit in float32.
const MOST_FREQUENCIES: usize = 20;

/// The most centres of a radial encoding.
const MOST_CENTRES: usize = 65_536;
/// The width σ of a new radial encoding.
pub(super) const SIGMA: f64 = 10.0;

/// The map from coordinates to the first layer's inputs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
#[non_exhaustive]
pub enum Encoding {
    /// The coordinates themselves.
    #[default]
    Identity,
    /// `[x, sin(2^i π x_j), cos(2^i π x_j)]` for `i` below `frequencies` (Mildenhall et al. 2020). It has
    /// `d (1 + 2 frequencies)` features: first x, then the pair for each `i` and each `j`.
    Positional {
        /// Octaves, 1 to 20.
        frequencies: usize,
    },
    /// `exp(-(σ |x - c|²)²)` for each of `centres` centres `c` and widths σ. Both are parameters of the
    /// field, like its weights. The centres of a new field are drawn uniformly from `[-1, 1]^d`; its widths
    /// are 10. The RBF networks of the official SIREN code have this encoding.
    Rbf {
        /// Centres, 1 to 65,536.
        centres: usize,
    },
}

impl Encoding {
    /// The number of features for `inputs` coordinates.
    pub fn features(self, inputs: usize) -> usize {
        match self {
            Encoding::Identity => inputs,
            Encoding::Positional { frequencies } => inputs * (1 + 2 * frequencies),
            Encoding::Rbf { centres } => centres,
        }
    }

    /// The number of its parameters, which come before those of the first layer.
    pub fn parameter_count(self, inputs: usize) -> usize {
        match self {
            Encoding::Rbf { centres } => centres.saturating_mul(inputs + 1),
            _ => 0,
        }
    }

    pub(super) fn check(self) -> Result<(), FieldError> {
        match self {
            Encoding::Positional { frequencies } if !(1..=MOST_FREQUENCIES).contains(&frequencies) => {
                let value = frequencies as f64;
                Err(FieldError::OutOfRange { what: "frequencies", value, most: MOST_FREQUENCIES })
            }
            Encoding::Rbf { centres } if !(1..=MOST_CENTRES).contains(&centres) => {
                Err(FieldError::OutOfRange { what: "centres", value: centres as f64, most: MOST_CENTRES })
            }
            _ => Ok(()),
        }
    }

    /// Calls `put(feature, axis, derivatives)` for every feature of a fixed encoding at the coordinates `x`.
    /// `axis` is the coordinate that the feature depends on.
    ///
    /// Every feature of a fixed encoding depends on one coordinate, so its value and these four derivatives are
    /// all up to fourth order. [`Encoding::Rbf`] depends on parameters and has no such features.
    pub fn for_each_feature(self, x: &[f64], mut put: impl FnMut(usize, usize, [f64; 5])) {
        if matches!(self, Encoding::Rbf { .. }) {
            return;
        }
        for (axis, &value) in x.iter().enumerate() {
            put(axis, axis, [value, 1.0, 0.0, 0.0, 0.0]);
        }
        let Encoding::Positional { frequencies } = self else { return };
        for i in 0..frequencies {
            let frequency = f64::from(1u32 << i) * std::f64::consts::PI;
            for (axis, &value) in x.iter().enumerate() {
                let (sin, cos) = (frequency * value).sin_cos();
                let at = x.len() + 2 * (i * x.len() + axis);
                let square = frequency * frequency;
                let (slope, bend) = (frequency * cos, -square * sin);
                put(at, axis, [sin, slope, bend, -square * slope, -square * bend]);
                let (slope, bend) = (-frequency * sin, -square * cos);
                put(at + 1, axis, [cos, slope, bend, -square * slope, -square * bend]);
            }
        }
    }
}
