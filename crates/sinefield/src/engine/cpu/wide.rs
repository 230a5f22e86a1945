//! A register of numbers as a [`Lane`]. The functions that activations need are those of the number type
//! ([`super::single`], [`super::double`]).

use core::any::TypeId;
use core::ops::{Add, Div, Mul, Sub};

use fearless_simd::{ExtractToken, Fallback, Select, Simd, SimdBase, SimdFloat, SimdMask};

use super::number::CpuNumber;
use crate::field::Lane;

/// One register of numbers.
#[derive(Clone, Copy)]
pub struct Wide<S: Simd, N: CpuNumber>(pub(super) N::Register<S>);

impl<S: Simd, N: CpuNumber> Wide<S, N> {
    #[inline(always)]
    pub(super) fn load(simd: S, source: &[N]) -> Self {
        Self(N::Register::<S>::from_slice(simd, source))
    }

    #[inline(always)]
    pub(super) fn splat(simd: S, value: N) -> Self {
        Self(N::Register::<S>::splat(simd, value))
    }

    #[inline(always)]
    pub(super) fn zero(simd: S) -> Self {
        Self::splat(simd, N::zero())
    }

    #[inline(always)]
    pub(super) fn store(self, target: &mut [N]) {
        self.0.store_slice(target);
    }

    /// `self * b + c`.
    #[inline(always)]
    pub(super) fn times_plus(self, b: Self, c: Self) -> Self {
        Self(self.0.mul_add(b.0, c.0))
    }

    #[inline(always)]
    pub(super) fn times_plus_constant(self, b: N, c: N) -> Self {
        self.times_plus(self.constant(b), self.constant(c))
    }

    #[inline(always)]
    pub(super) fn constant(self, value: N) -> Self {
        Self::splat(self.0.token(), value)
    }

    /// `c[0] + x (c[1] + x (c[2] + ...))`.
    #[inline(always)]
    pub(super) fn polynomial<const COUNT: usize>(self, c: [N; COUNT]) -> Self {
        let mut sum = self.constant(c[COUNT - 1]);
        for i in (0..COUNT - 1).rev() {
            sum = sum.times_plus(self, self.constant(c[i]));
        }
        sum
    }

    /// Each lane between `-most` and `most`.
    #[inline(always)]
    pub(super) fn within(self, most: N) -> Self {
        self.max(self.constant(-most)).min(self.constant(most))
    }

    /// Whether products may be rounded before they are added. `Fallback` does so on every machine. WebAssembly does so without
    /// relaxed SIMD, and with it where the machine has no fused multiply-add.
    #[inline(always)]
    pub(super) fn is_unfused() -> bool {
        cfg!(target_arch = "wasm32") || TypeId::of::<S>() == TypeId::of::<Fallback>()
    }

    /// Whether the size of a lane is above `bound`.
    #[inline(always)]
    pub(super) fn any_beyond(self, bound: N) -> bool {
        self.0.abs().simd_gt(self.constant(bound).0).any_true()
    }

    /// `sin` and `cos` of each lane in float64, for arguments that the fast path cannot reduce.
    #[cold]
    #[inline(never)]
    pub(super) fn sin_cos_one_by_one(self) -> (Self, Self) {
        let (mut sin, mut cos) = (self, self);
        let targets = sin.0.as_mut_slice().iter_mut().zip(cos.0.as_mut_slice());
        for (a, (sin, cos)) in self.0.as_slice().iter().zip(targets) {
            let (sine, cosine) = f64::sin_cos((*a).into());
            (*sin, *cos) = (N::of(sine), N::of(cosine));
        }
        (sin, cos)
    }
}

macro_rules! operator {
    ($($trait:ident $name:ident;)*) => {$(
        impl<S: Simd, N: CpuNumber> $trait for Wide<S, N> {
            type Output = Self;
            #[inline(always)]
            fn $name(self, other: Self) -> Self {
                Self($trait::$name(self.0, other.0))
            }
        }
    )*};
}
operator!(Add add; Sub sub; Mul mul; Div div;);

impl<S: Simd, N: CpuNumber> Lane for Wide<S, N> {
    #[inline(always)]
    fn like(self, value: f64) -> Self {
        self.constant(N::of(value))
    }

    #[inline(always)]
    fn sin_cos(self) -> (Self, Self) {
        <N as CpuNumber>::sin_cos(self)
    }

    #[inline(always)]
    fn exp(self) -> Self {
        let value = <N as CpuNumber>::exp(self);
        // The reduction must not hide NaN.
        Self(self.0.simd_eq(self.0).select(value.0, self.0))
    }

    #[inline(always)]
    fn ln_1p_unit(self) -> Self {
        <N as CpuNumber>::ln_1p_unit(self)
    }

    #[inline(always)]
    fn max(self, other: Self) -> Self {
        Self(self.0.max(other.0))
    }

    #[inline(always)]
    fn min(self, other: Self) -> Self {
        Self(self.0.min(other.0))
    }

    #[inline(always)]
    fn where_above(self, bound: f64, yes: Self, no: Self) -> Self {
        Self(self.0.simd_gt(self.constant(N::of(bound)).0).select(yes.0, no.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::cpu::isa::{InstructionSet, with_simd};
    use crate::engine::cpu::number::lanes_of;

    /// Applies `f` to every value with one instruction set.
    fn on<N: CpuNumber>(set: InstructionSet, values: &[N], f: impl Apply) -> Vec<N> {
        let mut out = vec![N::nan(); values.len().next_multiple_of(16)];
        let mut padded = values.to_vec();
        padded.resize(out.len(), N::of(0.5));
        with_simd!(set.token().unwrap(), simd => apply(simd, &padded, &mut out, &f));
        out.truncate(values.len());
        out
    }

    trait Apply {
        fn go<L: Lane>(&self, x: L) -> L;
    }

    fn apply<S: Simd, N: CpuNumber>(simd: S, x: &[N], out: &mut [N], f: &impl Apply) {
        let lanes = lanes_of::<S, N>();
        simd.vectorize(
            #[inline(always)]
            || {
                for (x, out) in x.chunks_exact(lanes).zip(out.chunks_exact_mut(lanes)) {
                    f.go(Wide::<S, N>::load(simd, x)).store(out);
                }
            },
        );
    }

    struct Sin;
    struct Cos;
    struct Exp;
    struct Ln;
    impl Apply for Sin {
        fn go<L: Lane>(&self, x: L) -> L {
            x.sin_cos().0
        }
    }
    impl Apply for Cos {
        fn go<L: Lane>(&self, x: L) -> L {
            x.sin_cos().1
        }
    }
    impl Apply for Exp {
        fn go<L: Lane>(&self, x: L) -> L {
            x.exp()
        }
    }
    impl Apply for Ln {
        fn go<L: Lane>(&self, x: L) -> L {
            x.ln_1p_unit()
        }
    }

    fn worst<N: CpuNumber>(got: &[N], x: &[N], truth: impl Fn(f64) -> f64, relative: bool) -> f64 {
        let error = |(g, x): (&N, &N)| {
            let (g, t): (f64, f64) = ((*g).into(), truth((*x).into()));
            (g - t).abs() / if relative { t.abs() } else { 1.0 }
        };
        got.iter().zip(x).map(error).fold(0.0, f64::max)
    }

    fn sweep<N: CpuNumber>(low: f64, high: f64) -> Vec<N> {
        (0..100_003).map(|i| N::of(low + (high - low) * (f64::from(i) / 100_002.0))).collect()
    }

    #[test]
    fn functions_are_the_standard_librarys_float64() {
        for set in InstructionSet::available() {
            for (low, high, most) in [(-4.0, 4.0, 1e-7), (-8192.0, 8192.0, 1.3e-7), (-4e6, 4e6, 1.5e-7)] {
                let x = sweep::<f32>(low, high);
                let sin = worst(&on(set, &x, Sin), &x, f64::sin, false);
                let cos = worst(&on(set, &x, Cos), &x, f64::cos, false);
                assert!(sin < most && cos < most, "{set} to {high}: sin {sin:e}, cos {cos:e}");
            }
            let x = sweep::<f32>(-86.0, 80.0);
            let exp = worst(&on(set, &x, Exp), &x, f64::exp, true);
            assert!(exp < 2e-7, "{set}: exp {exp:e}");
            let x = sweep::<f32>(1e-6, 1.0);
            let ln = worst(&on(set, &x, Ln), &x, f64::ln_1p, true);
            assert!(ln < 3e-7, "{set}: ln_1p {ln:e}");
        }
    }

    /// The standard library's functions have errors of about one unit in the last place, and so has each result here.
    #[test]
    fn functions_of_float64_have_its_digits() {
        for set in InstructionSet::available() {
            for most in [4.0, 8192.0, 2e6, 1e15] {
                let x = sweep::<f64>(-most, most);
                let sin = worst(&on(set, &x, Sin), &x, f64::sin, false);
                let cos = worst(&on(set, &x, Cos), &x, f64::cos, false);
                assert!(sin < 4e-16 && cos < 4e-16, "{set} to {most}: sin {sin:e}, cos {cos:e}");
            }
            let x = sweep::<f64>(-700.0, 700.0);
            let exp = worst(&on(set, &x, Exp), &x, f64::exp, true);
            assert!(exp < 5e-16, "{set}: exp {exp:e}");
            let x = sweep::<f64>(1e-9, 1.0);
            let ln = worst(&on(set, &x, Ln), &x, f64::ln_1p, true);
            assert!(ln < 6e-16, "{set}: ln_1p {ln:e}");
        }
    }

    #[test]
    fn what_is_not_a_number_stays_so() {
        for set in InstructionSet::available() {
            for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
                assert!(on(set, &[bad], Sin)[0].is_nan(), "{set}: sin {bad}");
            }
            for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
                assert!(on(set, &[bad], Sin)[0].is_nan(), "{set}: sin {bad}");
            }
            assert!(on(set, &[f64::NAN], Exp)[0].is_nan() && on(set, &[f32::NAN], Exp)[0].is_nan());
            assert_eq!(on(set, &[0.0f32], Sin)[0], 0.0);
            for huge in [1e7, -1e9, f32::MAX] {
                let (sin, cos) = (on(set, &[huge], Sin)[0], on(set, &[huge], Cos)[0]);
                assert!((sin * sin + cos * cos - 1.0).abs() < 1e-6, "{set}: {sin}, {cos} at {huge}");
            }
        }
    }
}
