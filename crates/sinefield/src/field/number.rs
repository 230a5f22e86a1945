//! The precisions of a computation: float32 and float64.

use std::fmt::{Debug, Display};
use std::ops::{AddAssign, MulAssign, SubAssign};

use bytemuck::Pod;
use num_traits::Float;
use serde::{Deserialize, Serialize};
use thiserror::Error;

mod sealed {
    pub trait Sealed {}
    impl Sealed for f32 {}
    impl Sealed for f64 {}
}

/// A number that an engine computes with: `f32` or `f64`.
pub trait Number:
    sealed::Sealed
    + Float
    + Pod
    + AddAssign
    + SubAssign
    + MulAssign
    + Into<f64>
    + Debug
    + Default
    + Display
    + Send
    + Sync
    + 'static
{
    /// The precision of this type.
    const PRECISION: Precision;

    /// `value`, rounded to this precision.
    fn of(value: f64) -> Self;

    /// `2/sqrt(π)` times the integral of `exp(-s²)` from 0 to this number.
    fn error_function(self) -> Self;
}

impl Number for f32 {
    const PRECISION: Precision = Precision::F32;

    #[inline(always)]
    fn of(value: f64) -> f32 {
        value as f32
    }

    fn error_function(self) -> f32 {
        libm::erff(self)
    }
}

impl Number for f64 {
    const PRECISION: Precision = Precision::F64;

    #[inline(always)]
    fn of(value: f64) -> f64 {
        value
    }

    fn error_function(self) -> f64 {
        libm::erf(self)
    }
}

/// The precision of a computation, by name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Precision {
    /// Float32: about 7 digits.
    #[default]
    F32,
    /// Float64: about 16 digits, at about half the speed.
    F64,
}

impl Precision {
    /// Every precision.
    pub const ALL: [Precision; 2] = [Precision::F32, Precision::F64];

    /// The name used in files, options and messages: `f32` or `f64`.
    pub fn name(self) -> &'static str {
        match self {
            Precision::F32 => "f32",
            Precision::F64 => "f64",
        }
    }

    /// The bytes of a number.
    pub fn bytes(self) -> usize {
        match self {
            Precision::F32 => size_of::<f32>(),
            Precision::F64 => size_of::<f64>(),
        }
    }
}

impl Display for Precision {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

impl std::str::FromStr for Precision {
    type Err = UnknownPrecision;

    fn from_str(text: &str) -> Result<Self, UnknownPrecision> {
        let named = Precision::ALL.into_iter().find(|precision| precision.name() == text);
        named.ok_or_else(|| UnknownPrecision(text.into()))
    }
}

/// No precision has this name.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("unknown precision \"{0}\"; one of f32, f64")]
pub struct UnknownPrecision(pub String);

/// `vector` in float64.
pub(crate) fn wide<N: Number>(vector: &[N]) -> Vec<f64> {
    vector.iter().map(|x| (*x).into()).collect()
}
