//! The registers of each precision. Kernels are written once over [`CpuNumber`].

use fearless_simd::{Simd, SimdBase, SimdFloat, SimdFloatElement};

use super::wide::Wide;
use crate::field::Number;

/// A number that the kernels compute with.
pub trait CpuNumber: Number + SimdFloatElement {
    /// The widest register of the instruction set `S`.
    type Register<S: Simd>: SimdFloat<S, Element = Self>;
    /// A register of four numbers.
    type Four<S: Simd>: SimdFloat<S, Element = Self>;

    /// `sin` and `cos` of each lane, together.
    fn sin_cos<S: Simd>(x: Wide<S, Self>) -> (Wide<S, Self>, Wide<S, Self>);
    /// `e` to the power of each lane.
    fn exp<S: Simd>(x: Wide<S, Self>) -> Wide<S, Self>;
    /// `ln(1 + x)` for lanes in `[0, 1]`.
    fn ln_1p_unit<S: Simd>(x: Wide<S, Self>) -> Wide<S, Self>;
}

/// The lanes of a register.
#[inline(always)]
pub(super) const fn lanes_of<S: Simd, N: CpuNumber>() -> usize {
    <N::Register<S> as SimdBase<S>>::LEN
}

/// The numbers of a cache line.
pub(super) const fn line_of<N: CpuNumber>() -> usize {
    64 / size_of::<N>()
}
