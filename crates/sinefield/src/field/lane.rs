//! The number type of activations: a float64 or a register of float32s.
//!
//! Activations are defined once over this trait, so that the float64 reference and every kernel
//! evaluate the same formula.

use core::ops::{Add, Div, Mul, Sub};

/// A number, or a vector of numbers with lane-wise operations.
pub trait Lane:
    Copy + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self> + Div<Output = Self>
{
    /// The constant `value` in every lane, with the type of `self`.
    fn like(self, value: f64) -> Self;
    /// `sin` and `cos` of each lane, together.
    fn sin_cos(self) -> (Self, Self);
    /// `e` to the power of each lane.
    fn exp(self) -> Self;
    /// `ln(1 + x)` for lanes in `[0, 1]`.
    fn ln_1p_unit(self) -> Self;
    /// The larger of the two, lane by lane.
    fn max(self, other: Self) -> Self;
    /// The smaller of the two, lane by lane.
    fn min(self, other: Self) -> Self;
    /// `yes` where the lane of `self` is above `bound`, else `no`.
    fn where_above(self, bound: f64, yes: Self, no: Self) -> Self;
}

impl Lane for f64 {
    fn like(self, value: f64) -> f64 {
        value
    }
    fn sin_cos(self) -> (f64, f64) {
        f64::sin_cos(self)
    }
    fn exp(self) -> f64 {
        f64::exp(self)
    }
    fn ln_1p_unit(self) -> f64 {
        f64::ln_1p(self)
    }
    fn max(self, other: f64) -> f64 {
        f64::max(self, other)
    }
    fn min(self, other: f64) -> f64 {
        f64::min(self, other)
    }
    fn where_above(self, bound: f64, yes: f64, no: f64) -> f64 {
        if self > bound { yes } else { no }
    }
}
