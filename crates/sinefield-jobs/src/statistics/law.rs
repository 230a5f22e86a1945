//! The distributions of the theory, with their cumulative functions.

use std::f64::consts::{PI, SQRT_2, TAU};

use serde::Serialize;

/// A normal phase with this standard deviation is uniform: `exp(-WIDE²/2)` is below any rounding error.
const WIDE: f64 = 30.0;

/// A distribution with which a survey is compared.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "name")]
#[non_exhaustive]
pub enum Law {
    /// Normal with mean 0.
    Normal {
        /// The standard deviation.
        std: f64,
    },
    /// Uniform around 0.
    Uniform {
        /// The standard deviation.
        std: f64,
    },
    /// The arcsine distribution on `[-1, 1]`: the sine of a uniform phase.
    Arcsine,
    /// The sine of a normal number with mean 0. It tends to [`Law::Arcsine`] for large standard deviations.
    SineOfNormal {
        /// The standard deviation of the normal number.
        std: f64,
    },
    /// `ω (w·x + b)` with `w ~ U(±1/d)`, `x ~ U(±1)^d`, `b ~ U(±1/sqrt(d))`. For more than one coordinate, `w·x` is
    /// approximated as normal.
    FirstLayer {
        /// ω.
        omega: f64,
        /// Coordinates `d`.
        inputs: usize,
    },
}

impl Law {
    /// The probability of a number at most `x`.
    pub fn cumulative(self, x: f64) -> f64 {
        match self {
            Law::Normal { std } => normal(x / std),
            Law::Uniform { std } => (0.5 + x / (12f64.sqrt() * std)).clamp(0.0, 1.0),
            Law::Arcsine => 0.5 + x.clamp(-1.0, 1.0).asin() / PI,
            // A wide phase is uniform to the last digit.
            Law::SineOfNormal { std } if std > WIDE => Law::Arcsine.cumulative(x),
            Law::SineOfNormal { std } => sine_of_normal(x, std),
            Law::FirstLayer { omega, inputs: 1 } => {
                let s = x / omega;
                0.5 * (product_integral(s + 1.0) - product_integral(s - 1.0))
            }
            Law::FirstLayer { omega, inputs } => {
                let (s, bound) = (x / omega, 1.0 / (inputs as f64).sqrt());
                let std = bound / 3.0;
                (normal_integral(s + bound, std) - normal_integral(s - bound, std)) / (2.0 * bound)
            }
        }
    }

    /// The standard deviation.
    pub fn std(self) -> f64 {
        match self {
            Law::Normal { std } | Law::Uniform { std } => std,
            Law::Arcsine => SQRT_2 / 2.0,
            Law::SineOfNormal { std } => (0.5 * (1.0 - (-2.0 * std * std).exp())).sqrt(),
            Law::FirstLayer { omega, inputs } => 2.0 * omega / (3.0 * (inputs as f64).sqrt()),
        }
    }
}

/// The cumulative function of the standard normal distribution.
fn normal(x: f64) -> f64 {
    0.5 * libm::erfc(-x / SQRT_2)
}

/// The integral of the cumulative function of a normal number, up to `u`.
fn normal_integral(u: f64, std: f64) -> f64 {
    let x = u / std;
    u * normal(x) + std * (-0.5 * x * x).exp() / TAU.sqrt()
}

/// The integral up to `u` of the cumulative function of `w x`, `1/2 + (u - u ln|u|)/2`, with both uniform in `[-1, 1]`.
fn product_integral(u: f64) -> f64 {
    if u <= -1.0 {
        return 0.0;
    }
    if u >= 1.0 {
        return u;
    }
    let log = if u == 0.0 { 0.0 } else { u.abs().ln() };
    0.5 * (u + 1.0) + 0.5 * (0.75 * (u * u - 1.0) - 0.5 * u * u * log)
}

/// The probability of `sin z <= y`: `z` is between `π - asin y` and `2π + asin y`, plus any number of turns.
fn sine_of_normal(y: f64, std: f64) -> f64 {
    if y <= -1.0 {
        return 0.0;
    }
    if y >= 1.0 {
        return 1.0;
    }
    let angle = y.asin();
    // Beyond nine standard deviations, the probability is negligible.
    let turns = (9.0 * std / TAU).ceil() as i64 + 1;
    let arc = |turn: i64| {
        let start = TAU * turn as f64;
        normal((start + TAU + angle) / std) - normal((start + PI - angle) / std)
    };
    (-turns - 1..=turns).map(arc).sum()
}
