//! The encoding of coordinates before the first layer.

use serde::{Deserialize, Serialize};

use super::{AxisSet, FieldError};

/// The most octaves. Beyond this number `2^i π x` has no correct digit in float32.
const MOST_FREQUENCIES: usize = 20;

/// The most centres of a radial encoding.
const MOST_CENTRES: usize = 65_536;
/// The most features of a Fourier encoding, and the most numbers of its frequency matrix.
const MOST_FEATURES: usize = 65_536;
const MOST_IN_MATRIX: usize = 1 << 20;
/// The largest scale of a Fourier encoding. Fourth derivatives then still fit float32.
const LARGEST_SCALE: f64 = 1e6;
/// The width σ of a new radial encoding.
pub(super) const SIGMA: f64 = 10.0;

/// The map from coordinates to the first layer's inputs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
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
    /// `[cos φ, sin φ]` with `φ = π (x_j + 1)` in place of x_j for each coordinate j of `axes`, and x_j itself for the
    /// others, in the order of the coordinates. The field and its derivatives are then periodic along `axes`. The period
    /// is the length of `[-1, 1]`.
    Periodic {
        /// The periodic coordinates, at least one, of the first 64.
        axes: AxisSet,
    },
    /// `[cos 2πBx, sin 2πBx]` with a matrix B of fixed normal numbers (random Fourier features: Tancik et al. 2020). If
    /// some coordinates are periodic, B acts on the features of [`Encoding::Periodic`] in place of x, and the field is
    /// periodic along them. The first layer is initialised like a later one, since its inputs are like those.
    Fourier {
        /// The features: even, 2 to 65,536. Half of them are cosines.
        features: usize,
        /// The standard deviation of the numbers of B, in waves per unit of a coordinate in `[-1, 1]`: above 0, at most
        /// 1e6.
        scale: f64,
        /// The seed of B.
        #[serde(default)]
        seed: u64,
        /// The periodic coordinates, of the first 64.
        #[serde(default, skip_serializing_if = "AxisSet::is_empty")]
        periodic: AxisSet,
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
    /// The positional encoding for a signal with at least `shortest` samples along every axis: `floor(log2(n / 4))` octaves for n
    /// samples, as in the official SIREN code. The period of the highest octave is 8 to 16 samples.
    pub fn positional(shortest: usize) -> Self {
        Self::Positional { frequencies: (shortest / 4).max(2).ilog2() as usize }
    }

    /// The number of features for `inputs` coordinates.
    pub fn features(self, inputs: usize) -> usize {
        match self {
            Encoding::Identity => inputs,
            Encoding::Positional { frequencies } => inputs * (1 + 2 * frequencies),
            Encoding::Periodic { axes } => inputs.saturating_add(axes.count()),
            Encoding::Fourier { features, .. } => features,
            Encoding::Rbf { centres } => centres,
        }
    }

    /// The coordinates along which it is periodic.
    pub fn periodic(self) -> AxisSet {
        match self {
            Encoding::Periodic { axes } | Encoding::Fourier { periodic: axes, .. } => axes,
            _ => AxisSet::default(),
        }
    }

    /// The number of its parameters, which come before those of the first layer.
    pub fn parameter_count(self, inputs: usize) -> usize {
        match self {
            Encoding::Rbf { centres } => centres.saturating_mul(inputs + 1),
            _ => 0,
        }
    }

    pub(super) fn check(self, inputs: usize) -> Result<(), FieldError> {
        match self {
            Encoding::Positional { frequencies } if !(1..=MOST_FREQUENCIES).contains(&frequencies) => {
                let value = frequencies as f64;
                Err(FieldError::OutOfRange { what: "frequencies", value, most: MOST_FREQUENCIES })
            }
            Encoding::Periodic { axes } if axes.count() == 0 || axes.iter().any(|axis| axis >= inputs) => {
                Err(FieldError::PeriodicAxes { inputs })
            }
            Encoding::Fourier { features, scale, periodic, .. } => {
                check_fourier(inputs, features, scale, periodic)
            }
            Encoding::Rbf { centres } if !(1..=MOST_CENTRES).contains(&centres) => {
                Err(FieldError::OutOfRange { what: "centres", value: centres as f64, most: MOST_CENTRES })
            }
            _ => Ok(()),
        }
    }

    /// Calls `put(feature, axis, derivatives)` for every feature of an encoding by single coordinates, at the coordinates
    /// `x`. `axis` is the coordinate that the feature depends on.
    ///
    /// Every such feature depends on one coordinate, so its value and these four derivatives are
    /// all up to fourth order. Those of [`Encoding::Fourier`] depend on all coordinates and those of [`Encoding::Rbf`] on
    /// parameters too, so that these have no such features.
    pub fn for_each_feature(self, x: &[f64], mut put: impl FnMut(usize, usize, [f64; 5])) {
        match self {
            Encoding::Rbf { .. } | Encoding::Fourier { .. } => return,
            Encoding::Periodic { axes } => return for_each_periodic(axes, x, put),
            _ => {}
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

fn check_fourier(inputs: usize, features: usize, scale: f64, periodic: AxisSet) -> Result<(), FieldError> {
    if !(2..=MOST_FEATURES).contains(&features) {
        return Err(FieldError::OutOfRange { what: "features", value: features as f64, most: MOST_FEATURES });
    }
    if !features.is_multiple_of(2) {
        return Err(FieldError::OddFeatures(features));
    }
    if !(scale > 0.0 && scale <= LARGEST_SCALE) {
        return Err(FieldError::Scale { found: scale, most: LARGEST_SCALE });
    }
    if periodic.iter().any(|axis| axis >= inputs) {
        return Err(FieldError::PeriodicAxes { inputs });
    }
    let numbers = (features / 2).saturating_mul(inputs.saturating_add(periodic.count()));
    if numbers > MOST_IN_MATRIX {
        let what = "the frequency matrix of the features";
        return Err(FieldError::OutOfRange { what, value: numbers as f64, most: MOST_IN_MATRIX });
    }
    Ok(())
}

/// The features of [`Encoding::Periodic`].
fn for_each_periodic(axes: AxisSet, x: &[f64], mut put: impl FnMut(usize, usize, [f64; 5])) {
    use std::f64::consts::PI;
    let mut feature = 0;
    for (axis, &value) in x.iter().enumerate() {
        if !axes.contains(axis) {
            put(feature, axis, [value, 1.0, 0.0, 0.0, 0.0]);
            feature += 1;
            continue;
        }
        let (sin, cos) = of_half_turns(value);
        // The angle π (x + 1) is half a turn further.
        let (sin, cos) = (0.0 - sin, 0.0 - cos);
        let (of_cos, of_sin) = ([-PI * sin, -PI * PI * cos], [PI * cos, -PI * PI * sin]);
        for (at, value, [slope, bend]) in [(feature, cos, of_cos), (feature + 1, sin, of_sin)] {
            put(at, axis, [value, slope, bend, -PI * PI * slope, -PI * PI * bend]);
        }
        feature += 2;
    }
}

/// `sin(π x)` and `cos(π x)`. They have the same bits at x and at x + 2, if x + 2 is exact.
fn of_half_turns(x: f64) -> (f64, f64) {
    // The rest is exact, from -1 to 1. The sine comes from the angle to the nearer of 0 and half a turn, so that it is
    // exactly 0 at both.
    let rest = x - 2.0 * (0.5 * x).round_ties_even();
    let size = rest.abs();
    if size > 0.5 {
        let (sin, cos) = (std::f64::consts::PI * (1.0 - size)).sin_cos();
        return (if size == 1.0 { 0.0 } else { sin.copysign(rest) }, -cos);
    }
    (std::f64::consts::PI * rest).sin_cos()
}
