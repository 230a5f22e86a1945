//! What coordinates go through before the first layer.

use serde::{Deserialize, Serialize};

use super::FieldError;

/// The most octaves: beyond this `2^i π x` has no correct digit in float32.
const MOST_FREQUENCIES: usize = 20;

/// A fixed map from coordinates to the first layer's inputs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub enum Encoding {
    /// The coordinates themselves.
    #[default]
    Identity,
    /// `[x, sin(2^i π x_j), cos(2^i π x_j)]` for `i` below `frequencies` (Mildenhall et al. 2020):
    /// `d (1 + 2 frequencies)` features, ordered x, then for each `i` and each `j` the pair.
    Positional {
        /// Octaves, 1 to 20.
        frequencies: usize,
    },
}

impl Encoding {
    /// Features made of `inputs` coordinates.
    pub fn features(self, inputs: usize) -> usize {
        match self {
            Encoding::Identity => inputs,
            Encoding::Positional { frequencies } => inputs * (1 + 2 * frequencies),
        }
    }

    pub(super) fn check(self) -> Result<(), FieldError> {
        match self {
            Encoding::Positional { frequencies } if !(1..=MOST_FREQUENCIES).contains(&frequencies) => {
                let value = frequencies as f64;
                Err(FieldError::OutOfRange { what: "frequencies", value, most: MOST_FREQUENCIES })
            }
            _ => Ok(()),
        }
    }

    /// Writes, for the coordinates `x`, every feature's `(value, slope, curvature)` along the one
    /// coordinate it depends on, and that coordinate's index, through `put(feature, axis, jet)`.
    ///
    /// Every feature depends on one coordinate, so these three numbers are all its derivatives.
    pub fn for_each_feature(self, x: &[f64], mut put: impl FnMut(usize, usize, [f64; 3])) {
        for (axis, &value) in x.iter().enumerate() {
            put(axis, axis, [value, 1.0, 0.0]);
        }
        let Encoding::Positional { frequencies } = self else { return };
        for i in 0..frequencies {
            let rate = f64::from(1u32 << i) * std::f64::consts::PI;
            for (axis, &value) in x.iter().enumerate() {
                let (sin, cos) = (rate * value).sin_cos();
                let at = x.len() + 2 * (i * x.len() + axis);
                put(at, axis, [sin, rate * cos, -rate * rate * sin]);
                put(at + 1, axis, [cos, -rate * sin, -rate * rate * cos]);
            }
        }
    }
}
