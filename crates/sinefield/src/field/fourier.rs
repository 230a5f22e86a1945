//! The frequencies of the `fourier` encoding.
//!
//! With the frequency matrix B, whose numbers are normal with the standard deviation `scale`, the features at x are
//!
//! ```text
//! [cos φ_1, .., cos φ_m, sin φ_1, .., sin φ_m]        φ = 2π B p(x)
//! ```
//!
//! (random Fourier features: Tancik et al. 2020). `p(x)` are the coordinates, or the features of the `periodic` encoding
//! if some of them are periodic. A phase is a sum over functions of one coordinate each, so its mixed derivatives are 0.
//!
//! B follows from the seed alone, and no field's file holds it. Normal numbers are made with arithmetic and square roots
//! only, which give the same bits on every machine. The draws are those of the PCG-64 generator.

use rand_core::{Rng, SeedableRng};
use rand_pcg::Pcg64;

use super::encoding::Encoding;

/// Makes the draws others than those of a field's weights with the same seed.
const SALT: u64 = 0x666f_7572_6965_7200;

/// The drawn frequencies of an encoding.
#[derive(Clone, Debug)]
pub(crate) struct Fourier {
    inputs: usize,
    inner: Encoding,
    /// `2π B`, a row for each frequency and a column for each feature of `inner`.
    angular: Vec<f64>,
    columns: usize,
}

/// The phase of a frequency at a point, and its first four derivatives with respect to each coordinate.
#[derive(Clone, Debug, Default)]
pub(crate) struct Phase {
    pub value: f64,
    pub slopes: Vec<[f64; 4]>,
}

impl Fourier {
    /// The frequencies of `encoding` for `inputs` coordinates; `None` for another encoding.
    pub fn new(encoding: Encoding, inputs: usize) -> Option<Self> {
        let Encoding::Fourier { features, scale, seed, periodic } = encoding else { return None };
        let inner =
            if periodic.count() == 0 { Encoding::Identity } else { Encoding::Periodic { axes: periodic } };
        let columns = inner.features(inputs);
        let mut rng = Pcg64::seed_from_u64(seed ^ SALT);
        let mut draw = || std::f64::consts::TAU * scale * normal(&mut rng);
        let angular = (0..features / 2 * columns).map(|_| draw()).collect();
        Some(Self { inputs, inner, angular, columns })
    }

    /// The encoding whose features B multiplies: of single coordinates.
    pub fn inner(&self) -> Encoding {
        self.inner
    }

    /// The rows of `2π B`, one for each frequency.
    pub fn rows(&self) -> impl Iterator<Item = &[f64]> {
        self.angular.chunks_exact(self.columns)
    }

    /// The number of frequencies: half the number of features.
    pub fn count(&self) -> usize {
        self.angular.len() / self.columns.max(1)
    }

    /// Calls `visit(k, phase)` for every frequency k at the coordinates `x`.
    pub fn for_each_phase(&self, x: &[f64], mut visit: impl FnMut(usize, &Phase)) {
        let mut parts = vec![(0, [0.0; 5]); self.columns];
        self.inner.for_each_feature(x, |feature, axis, derivatives| parts[feature] = (axis, derivatives));
        let mut phase = Phase { value: 0.0, slopes: vec![[0.0; 4]; self.inputs] };
        for (k, row) in self.angular.chunks_exact(self.columns).enumerate() {
            phase.value = 0.0;
            phase.slopes.fill([0.0; 4]);
            for (w, (axis, [value, slopes @ ..])) in row.iter().zip(&parts) {
                phase.value += w * value;
                phase.slopes[*axis].iter_mut().zip(slopes).for_each(|(sum, slope)| *sum += w * slope);
            }
            visit(k, &phase);
        }
    }
}

/// Uniform in `[-1, 1)` with 53 bits.
fn symmetric(rng: &mut Pcg64) -> f64 {
    (rng.next_u64() >> 11) as f64 * (2.0 / (1u64 << 53) as f64) - 1.0
}

/// Standard normal, by Marsaglia's polar method (1964).
fn normal(rng: &mut Pcg64) -> f64 {
    loop {
        let (a, b) = (symmetric(rng), symmetric(rng));
        let square = a * a + b * b;
        if square > 0.0 && square < 1.0 {
            return a * (-2.0 * ln(square) / square).sqrt();
        }
    }
}

/// The logarithm of a positive normal number, by `ln m = 2 artanh((m - 1)/(m + 1))` for a mantissa m from √½ to √2. Unlike
/// that of the platform, it has the same bits everywhere. Its relative error is below 1e-15.
fn ln(x: f64) -> f64 {
    let bits = x.to_bits();
    let mut exponent = (bits >> 52) as i64 - 1023;
    let mut mantissa = f64::from_bits(bits & 0x000f_ffff_ffff_ffff | 0x3ff0_0000_0000_0000);
    if mantissa > std::f64::consts::SQRT_2 {
        mantissa *= 0.5;
        exponent += 1;
    }
    let t = (mantissa - 1.0) / (mantissa + 1.0);
    let square = t * t;
    let series = (0..12).rev().fold(0.0, |sum, n| sum * square + 1.0 / f64::from(2 * n + 1));
    exponent as f64 * std::f64::consts::LN_2 + 2.0 * t * series
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::field::AxisSet;

    #[test]
    fn logarithms() {
        for x in [1e-300, 1e-9, 0.1, 0.499_999, 0.5, 0.707, 0.708, 0.999_999_9, 1.0, 1.5, 2.0, 1e9] {
            let want: f64 = f64::ln(x);
            assert!((ln(x) - want).abs() <= 2e-15 * want.abs(), "{x}: {}, not {want}", ln(x));
        }
    }

    /// A file has the seed and not B, so the draws must stay as they are in every version.
    #[test]
    fn draws_stay_as_they_are() {
        let encoding = Encoding::Fourier { features: 4, scale: 3.0, seed: 7, periodic: AxisSet::default() };
        let drawn = Fourier::new(encoding, 2).unwrap().angular;
        let pinned = [14.390679000614226, -49.80094394810562, 4.388946490653218, 16.52237266699025];
        for (drawn, pinned) in drawn.iter().zip(pinned) {
            assert!((drawn / pinned - 1.0).abs() < 1e-14, "{drawn}, not {pinned}");
        }
    }

    /// Mean, variance, fourth moment and the tail of a normal distribution, within five standard errors.
    #[test]
    fn draws_are_normal() {
        let encoding =
            Encoding::Fourier { features: 20_000, scale: 3.0, seed: 7, periodic: AxisSet::default() };
        let drawn = Fourier::new(encoding, 4).unwrap();
        assert_eq!((drawn.count(), drawn.angular.len()), (10_000, 40_000));
        let z: Vec<f64> = drawn.angular.iter().map(|w| w / (std::f64::consts::TAU * 3.0)).collect();
        let mean = |of: &dyn Fn(f64) -> f64| z.iter().map(|z| of(*z)).sum::<f64>() / z.len() as f64;
        let error = 5.0 / (z.len() as f64).sqrt();
        assert!(mean(&|z| z).abs() < error);
        assert!((mean(&|z| z * z) - 1.0).abs() < 2f64.sqrt() * error);
        assert!((mean(&|z| z.powi(4)) - 3.0).abs() < 96f64.sqrt() * error);
        let beyond = mean(&|z| if z.abs() > 2.0 { 1.0 } else { 0.0 });
        assert!((beyond - 0.0455).abs() < 0.21 * error, "{beyond}");
        // Neighbours are not correlated.
        let pairs = z.chunks_exact(2).map(|pair| pair[0] * pair[1]).sum::<f64>() / 20_000.0;
        assert!(pairs.abs() < 1.5 * error, "{pairs}");
        let other = Fourier::new(
            Encoding::Fourier { features: 4, scale: 3.0, seed: 8, periodic: AxisSet::default() },
            4,
        );
        assert_ne!(other.unwrap().angular, drawn.angular[..8]);
    }
}
