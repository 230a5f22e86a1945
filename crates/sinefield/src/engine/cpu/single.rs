//! Float32 in registers: `sin`, `cos`, `exp` and `ln(1 + x)`.
//!
//! `sin` and `cos` share one reduction. With `k` the nearest integer to `a / π`, `r = a - k π` lies in `[-π/2, π/2]`. π
//! is split into three parts, so short that `k` times each of the first two is exact (Cody & Waite 1980). Polynomials
//! of degree 9 and 10 in `r` give both functions. They were fitted by Lawson's minimax iteration on an interval wider
//! by 8 %, because `k` may be rounded. An odd `k` flips both signs. A caller that uses only the sine does not compute
//! the cosine. `exp` is reduced by multiples of ln 2 in the same way.

use fearless_simd::{Bytes, ExtractToken, Simd, SimdBase, f32x4};

use super::number::CpuNumber;
use super::wide::Wide;
use crate::field::Lane;

/// Without a fused multiply-add, the split of π loses digits beyond this |a|. Lanes are then computed one by one in
/// float64.
const LARGEST_UNFUSED: f32 = 8192.0;
/// Beyond this |a|, neighbouring float32s are half a radian apart, so their sines are meaningless. Larger arguments are
/// replaced by this number.
const LARGEST: f32 = 4_000_000.0;
/// Adding it to a number below 2²² leaves the nearest integer in the low bits.
const ROUNDER: f32 = 12_582_912.0;

impl CpuNumber for f32 {
    type Register<S: Simd> = S::f32s;
    type Four<S: Simd> = f32x4<S>;

    #[inline(always)]
    fn sin_cos<S: Simd>(given: Wide<S, f32>) -> (Wide<S, f32>, Wide<S, f32>) {
        let unfused = Wide::<S, f32>::is_unfused();
        if unfused && given.any_beyond(LARGEST_UNFUSED) {
            return given.sin_cos_one_by_one();
        }
        let a = given.within(LARGEST);
        let shifted = a.times_plus_constant(core::f32::consts::FRAC_1_PI, ROUNDER);
        let k = shifted - given.constant(ROUNDER);
        // A fused product is exact before the sum, so that two parts of pi suffice; else the first must have few bits.
        let r = if unfused {
            let r = k.times_plus(given.constant(-3.140_625), a);
            let r = k.times_plus(given.constant(-9.675_026e-4), r);
            k.times_plus(given.constant(-1.509_958e-7), r)
        } else {
            let r = k.times_plus(given.constant(-core::f32::consts::PI), a);
            k.times_plus(given.constant(8.742_278e-8), r)
        };
        // Adds zero, except if the argument is not finite: clamping must not hide that.
        let r = given.times_plus(given.constant(0.0), r);
        let x = r * r;
        let tail = x.polynomial([-0.166_666_5, 0.008_332_835_5, -0.000_197_944_07, 2.574_963_2e-6]);
        let sin = (x * r).times_plus(tail, r);
        let tail = x.polynomial([0.041_666_646, -0.001_388_838_5, 0.000_024_757_903, -2.597_325_6e-7]);
        let cos = (x * x).times_plus(tail, x.times_plus_constant(-0.5, 1.0));
        let bits: S::u32s = shifted.0.bitcast();
        let sign = bits << 31u32;
        let signed = |magnitude: Wide<S, f32>| -> Wide<S, f32> {
            let bits: S::u32s = magnitude.0.bitcast();
            Wide((bits ^ sign).bitcast())
        };
        (signed(sin), signed(cos))
    }

    /// For arguments up to 88. Below -87 the result stays `exp(-87)`.
    #[inline(always)]
    fn exp<S: Simd>(given: Wide<S, f32>) -> Wide<S, f32> {
        let simd = given.0.token();
        let a = given.max(given.constant(-87.0)).min(given.constant(88.0));
        let shifted = a.times_plus_constant(core::f32::consts::LOG2_E, ROUNDER);
        let k = shifted - a.constant(ROUNDER);
        let r = k.times_plus(a.constant(-0.693_359_4), a);
        let r = k.times_plus(a.constant(2.121_944_4e-4), r);
        let tail = r.polynomial([0.499_999_93, 0.166_665_2, 0.041_668_39, 0.008_368_745, 0.001_381_454]);
        let power = (r * r).times_plus(tail, r + a.constant(1.0));
        let whole: S::u32s = shifted.0.bitcast();
        let biased = (whole + S::u32s::splat(simd, 127)) << 23u32;
        power * Wide(biased.bitcast())
    }

    /// `ln(1 + u) = 2 artanh(u / (2 + u))`. The argument of artanh is at most 1/3 here.
    #[inline(always)]
    fn ln_1p_unit<S: Simd>(u: Wide<S, f32>) -> Wide<S, f32> {
        let t = u / (u + u.constant(2.0));
        let x = t * t;
        let series = x.polynomial([1.0, 1.0 / 3.0, 0.2, 1.0 / 7.0, 1.0 / 9.0, 1.0 / 11.0, 1.0 / 13.0]);
        t * series * u.constant(2.0)
    }
}
