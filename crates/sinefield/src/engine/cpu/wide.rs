//! A register of float32s as a [`Lane`], with the functions that activations need.
//!
//! `sin` and `cos` share one reduction. With `k` the nearest integer to `a / π`, `r = a - k π` lies in `[-π/2, π/2]`. π
//! is split into three parts, so short that `k` times each of the first two is exact (Cody & Waite 1980). Polynomials
//! of degree 9 and 10 in `r` give both functions. They were fitted by Lawson's minimax iteration on an interval wider
//! by 8 %, because `k` may be rounded. An odd `k` flips both signs. A caller that uses only the sine does not compute
//! the cosine. `exp` is reduced by multiples of ln 2 in the same way.

use core::any::TypeId;
use core::ops::{Add, Div, Mul, Sub};

use fearless_simd::{Bytes, ExtractToken, Fallback, Select, Simd, SimdBase, SimdFloat, SimdMask};

use crate::field::Lane;

/// Without a fused multiply-add, the split of π loses digits beyond this |a|. Lanes are then computed one by one in
/// float64.
const LARGEST_UNFUSED: f32 = 8192.0;
/// Beyond this |a|, neighbouring float32s are half a radian apart, so their sines are meaningless. Larger arguments are
/// replaced by this number.
const LARGEST: f32 = 4_000_000.0;
/// Adding it to a number below 2²² leaves the nearest integer in the low bits.
const ROUNDER: f32 = 12_582_912.0;

/// One register of float32s.
#[derive(Clone, Copy)]
pub(super) struct Wide<S: Simd>(pub S::f32s);

impl<S: Simd> Wide<S> {
    #[inline(always)]
    pub fn load(simd: S, source: &[f32]) -> Self {
        Self(S::f32s::from_slice(simd, source))
    }

    #[inline(always)]
    pub fn splat(simd: S, value: f32) -> Self {
        Self(S::f32s::splat(simd, value))
    }

    #[inline(always)]
    pub fn store(self, target: &mut [f32]) {
        self.0.store_slice(target);
    }

    /// `self * b + c`.
    #[inline(always)]
    pub fn times_plus(self, b: Self, c: Self) -> Self {
        Self(self.0.mul_add(b.0, c.0))
    }

    #[inline(always)]
    fn times_plus_constant(self, b: f32, c: f32) -> Self {
        self.times_plus(self.constant(b), self.constant(c))
    }

    #[inline(always)]
    fn constant(self, value: f32) -> Self {
        Self::splat(self.0.token(), value)
    }

    /// `c[0] + x (c[1] + x (c[2] + ...))`.
    #[inline(always)]
    fn polynomial<const N: usize>(self, c: [f32; N]) -> Self {
        let mut sum = self.constant(c[N - 1]);
        for i in (0..N - 1).rev() {
            sum = sum.times_plus(self, self.constant(c[i]));
        }
        sum
    }

    /// Computes each lane in float64, for arguments that the fast path cannot reduce.
    #[cold]
    #[inline(never)]
    fn sin_cos_one_by_one(lanes: &[f32], sin: &mut [f32], cos: &mut [f32]) {
        for ((a, s), c) in lanes.iter().zip(sin).zip(cos) {
            let (sine, cosine) = f64::from(*a).sin_cos();
            (*s, *c) = (sine as f32, cosine as f32);
        }
    }
}

macro_rules! operator {
    ($($trait:ident $name:ident;)*) => {$(
        impl<S: Simd> $trait for Wide<S> {
            type Output = Self;
            #[inline(always)]
            fn $name(self, other: Self) -> Self {
                Self($trait::$name(self.0, other.0))
            }
        }
    )*};
}
operator!(Add add; Sub sub; Mul mul; Div div;);

impl<S: Simd> Lane for Wide<S> {
    #[inline(always)]
    fn like(self, value: f64) -> Self {
        self.constant(value as f32)
    }

    #[inline(always)]
    fn sin_cos(self) -> (Self, Self) {
        let simd = self.0.token();
        // `Fallback` is the only set without a fused multiply-add, on every machine.
        let unfused = TypeId::of::<S>() == TypeId::of::<Fallback>();
        if unfused && self.0.abs().simd_gt(S::f32s::splat(simd, LARGEST_UNFUSED)).any_true() {
            let (mut sin, mut cos) = (self.0, self.0);
            Self::sin_cos_one_by_one(self.0.as_slice(), sin.as_mut_slice(), cos.as_mut_slice());
            return (Self(sin), Self(cos));
        }
        let a = self.max(self.constant(-LARGEST)).min(self.constant(LARGEST));
        let shifted = a.times_plus_constant(core::f32::consts::FRAC_1_PI, ROUNDER);
        let k = shifted - self.constant(ROUNDER);
        // A fused product is exact before the sum, so that two parts of pi suffice; else the first must have few bits.
        let r = if unfused {
            let r = k.times_plus(self.constant(-3.140_625), a);
            let r = k.times_plus(self.constant(-9.675_026e-4), r);
            k.times_plus(self.constant(-1.509_958e-7), r)
        } else {
            let r = k.times_plus(self.constant(-core::f32::consts::PI), a);
            k.times_plus(self.constant(8.742_278e-8), r)
        };
        // Adds zero, except if the argument is not finite: clamping must not hide that.
        let r = self.times_plus(self.constant(0.0), r);
        let x = r * r;
        let tail = x.polynomial([-0.166_666_5, 0.008_332_835_5, -0.000_197_944_07, 2.574_963_2e-6]);
        let sin = (x * r).times_plus(tail, r);
        let tail = x.polynomial([0.041_666_646, -0.001_388_838_5, 0.000_024_757_903, -2.597_325_6e-7]);
        let cos = (x * x).times_plus(tail, x.times_plus_constant(-0.5, 1.0));
        let bits: S::u32s = shifted.0.bitcast();
        let sign = bits << 31u32;
        let signed = |magnitude: Self| -> Self {
            let bits: S::u32s = magnitude.0.bitcast();
            Self((bits ^ sign).bitcast())
        };
        (signed(sin), signed(cos))
    }

    /// For arguments up to 88. Below -87 the result stays `exp(-87)`.
    #[inline(always)]
    fn exp(self) -> Self {
        let simd = self.0.token();
        let a = self.max(self.constant(-87.0)).min(self.constant(88.0));
        let shifted = a.times_plus_constant(core::f32::consts::LOG2_E, ROUNDER);
        let k = shifted - a.constant(ROUNDER);
        let r = k.times_plus(a.constant(-0.693_359_4), a);
        let r = k.times_plus(a.constant(2.121_944_4e-4), r);
        let tail = r.polynomial([0.499_999_93, 0.166_665_2, 0.041_668_39, 0.008_368_745, 0.001_381_454]);
        let power = (r * r).times_plus(tail, r + a.constant(1.0));
        let whole: S::u32s = shifted.0.bitcast();
        let biased = (whole + S::u32s::splat(simd, 127)) << 23u32;
        let value = power.0 * biased.bitcast::<S::f32s>();
        // Clamping the argument must not hide NaN.
        Self(self.0.simd_eq(self.0).select(value, self.0))
    }

    /// `ln(1 + u) = 2 artanh(u / (2 + u))`. The argument of artanh is at most 1/3 here.
    #[inline(always)]
    fn ln_1p_unit(self) -> Self {
        let t = self / (self + self.constant(2.0));
        let x = t * t;
        let series = x.polynomial([1.0, 1.0 / 3.0, 0.2, 1.0 / 7.0, 1.0 / 9.0, 1.0 / 11.0, 1.0 / 13.0]);
        t * series * self.constant(2.0)
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
        Self(self.0.simd_gt(self.constant(bound as f32).0).select(yes.0, no.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::cpu::isa::{InstructionSet, with_simd};

    /// Applies `f` to every value with one instruction set.
    fn on<F>(set: InstructionSet, values: &[f32], f: F) -> Vec<f32>
    where
        F: Apply,
    {
        let mut out = vec![f32::NAN; values.len().next_multiple_of(16)];
        let mut padded = values.to_vec();
        padded.resize(out.len(), 0.5);
        with_simd!(set.token().unwrap(), simd => apply(simd, &padded, &mut out, &f));
        out.truncate(values.len());
        out
    }

    trait Apply {
        fn go<L: Lane>(&self, x: L) -> L;
    }

    fn apply<S: Simd>(simd: S, x: &[f32], out: &mut [f32], f: &impl Apply) {
        let lanes = <S::f32s as SimdBase<S>>::LEN;
        simd.vectorize(
            #[inline(always)]
            || {
                for (x, out) in x.chunks_exact(lanes).zip(out.chunks_exact_mut(lanes)) {
                    f.go(Wide::<S>::load(simd, x)).store(out);
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

    fn worst(got: &[f32], x: &[f32], truth: impl Fn(f64) -> f64, relative: bool) -> f64 {
        let error = |(g, x): (&f32, &f32)| {
            let t = truth(f64::from(*x));
            (f64::from(*g) - t).abs() / if relative { t.abs() } else { 1.0 }
        };
        got.iter().zip(x).map(error).fold(0.0, f64::max)
    }

    #[test]
    fn functions_are_the_standard_librarys_float64() {
        let sweep = |low: f32, high: f32| -> Vec<f32> {
            (0..100_003).map(|i| low + (high - low) * (i as f32 / 100_002.0)).collect()
        };
        for set in InstructionSet::available() {
            for (low, high, most) in [(-4.0, 4.0, 1e-7), (-8192.0, 8192.0, 1.3e-7), (-4e6, 4e6, 1.5e-7)] {
                let x = sweep(low, high);
                let sin = worst(&on(set, &x, Sin), &x, f64::sin, false);
                let cos = worst(&on(set, &x, Cos), &x, f64::cos, false);
                assert!(sin < most && cos < most, "{set} to {high}: sin {sin:e}, cos {cos:e}");
            }
            let x = sweep(-86.0, 80.0);
            let exp = worst(&on(set, &x, Exp), &x, f64::exp, true);
            assert!(exp < 2e-7, "{set}: exp {exp:e}");
            let x = sweep(1e-6, 1.0);
            let ln = worst(&on(set, &x, Ln), &x, f64::ln_1p, true);
            assert!(ln < 3e-7, "{set}: ln_1p {ln:e}");
        }
    }

    #[test]
    fn what_is_not_a_number_stays_so() {
        for set in InstructionSet::available() {
            for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
                assert!(on(set, &[bad], Sin)[0].is_nan(), "{set}: sin {bad}");
            }
            assert_eq!(on(set, &[0.0], Sin)[0], 0.0);
            for huge in [1e7, -1e9, f32::MAX] {
                let (sin, cos) = (on(set, &[huge], Sin)[0], on(set, &[huge], Cos)[0]);
                assert!((sin * sin + cos * cos - 1.0).abs() < 1e-6, "{set}: {sin}, {cos} at {huge}");
            }
        }
    }
}
