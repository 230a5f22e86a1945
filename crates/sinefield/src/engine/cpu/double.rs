//! Float64 in registers: `sin`, `cos`, `exp` and `ln(1 + x)`.
//!
//! The reductions are those of [`super::single`], with more digits. The polynomials are Chebyshev fits on intervals wider
//! by 2 %, computed with 50 digits: `sin r` and `cos r` to degree 17 and 18 with an error below 2e-18, `exp r` to
//! degree 11 with an error below 2e-17.

use fearless_simd::{Bytes, ExtractToken, Simd, SimdBase, f64x4};

use super::number::CpuNumber;
use super::wide::Wide;
use crate::field::Lane;

/// Without a fused multiply-add, `k` times the first part of π is exact up to about this |a|. Beyond it, lanes are
/// computed one by one.
const LARGEST_UNFUSED: f64 = 1e6;
/// Beyond this |a|, neighbouring float64s are an eighth of a radian apart. Larger arguments are replaced by this number.
const LARGEST: f64 = 1e15;
/// Adding it to a number below 2⁵¹ leaves the nearest integer in the low bits.
const ROUNDER: f64 = 6_755_399_441_055_744.0;

const SIN: [f64; 8] = [
    -0.16666666666666666,
    0.00833333333333331,
    -0.00019841269841251003,
    2.7557319218112503e-06,
    -2.5052107485885176e-08,
    1.6058968982311192e-10,
    -7.643709637264542e-13,
    2.728258980834901e-15,
];
const COS: [f64; 8] = [
    0.041666666666666664,
    -0.0013888888888888876,
    2.4801587301577862e-05,
    -2.755731922104286e-07,
    2.0876756537152133e-09,
    -1.1470708096950798e-11,
    4.7777472584048747e-14,
    -1.520266807823512e-16,
];
const EXP: [f64; 10] = [
    0.5000000000000001,
    0.16666666666666669,
    0.041666666666616864,
    0.008333333333329503,
    0.0013888888920770123,
    0.00019841269865788537,
    2.4801515879478315e-05,
    2.7557264294679126e-06,
    2.762261407861969e-07,
    2.5102327723609146e-08,
];

impl CpuNumber for f64 {
    type Register<S: Simd> = S::f64s;
    type Four<S: Simd> = f64x4<S>;

    #[inline(always)]
    fn sin_cos<S: Simd>(given: Wide<S, f64>) -> (Wide<S, f64>, Wide<S, f64>) {
        let unfused = Wide::<S, f64>::is_unfused();
        if unfused && given.any_beyond(LARGEST_UNFUSED) {
            return given.sin_cos_one_by_one();
        }
        let a = given.within(LARGEST);
        let shifted = a.times_plus_constant(core::f64::consts::FRAC_1_PI, ROUNDER);
        let k = shifted - given.constant(ROUNDER);
        let r = if unfused {
            // The first two parts have 33 bits each.
            let r = k.times_plus(given.constant(-3.1415926534682512), a);
            let r = k.times_plus(given.constant(-1.2154201012607932e-10), r);
            k.times_plus(given.constant(-4.044532497591901e-21), r)
        } else {
            let r = k.times_plus(given.constant(-core::f64::consts::PI), a);
            k.times_plus(given.constant(-1.2246467991473532e-16), r)
        };
        // Adds zero, except if the argument is not finite: clamping must not hide that.
        let r = given.times_plus(given.constant(0.0), r);
        let x = r * r;
        let sin = (x * r).times_plus(x.polynomial(SIN), r);
        let cos = (x * x).times_plus(x.polynomial(COS), x.times_plus_constant(-0.5, 1.0));
        let bits: S::u64s = shifted.0.bitcast();
        let sign = bits << 63u32;
        let signed = |magnitude: Wide<S, f64>| -> Wide<S, f64> {
            let bits: S::u64s = magnitude.0.bitcast();
            Wide((bits ^ sign).bitcast())
        };
        (signed(sin), signed(cos))
    }

    /// For arguments up to 709. Below -708 the result stays `exp(-708)`.
    #[inline(always)]
    fn exp<S: Simd>(given: Wide<S, f64>) -> Wide<S, f64> {
        let simd = given.0.token();
        let a = given.max(given.constant(-708.0)).min(given.constant(709.0));
        let shifted = a.times_plus_constant(core::f64::consts::LOG2_E, ROUNDER);
        let k = shifted - a.constant(ROUNDER);
        // The first part of ln 2 has 32 bits, so that its product with k is exact.
        let r = k.times_plus(a.constant(-0.6931471803691238), a);
        let r = k.times_plus(a.constant(-1.9082149292705877e-10), r);
        let power = (r * r).times_plus(r.polynomial(EXP), r + a.constant(1.0));
        let whole: S::u64s = shifted.0.bitcast();
        let biased = (whole + S::u64s::splat(simd, 1023)) << 52u32;
        power * Wide(biased.bitcast())
    }

    /// `ln(1 + u) = 2 artanh(u / (2 + u))`. The argument of artanh is at most 1/3 here.
    #[inline(always)]
    fn ln_1p_unit<S: Simd>(u: Wide<S, f64>) -> Wide<S, f64> {
        let t = u / (u + u.constant(2.0));
        let series: [f64; 18] = core::array::from_fn(|k| 1.0 / (2 * k + 1) as f64);
        t * (t * t).polynomial(series) * u.constant(2.0)
    }
}
