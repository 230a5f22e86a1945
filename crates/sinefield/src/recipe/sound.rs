//! The default omega, learning rate and steps of a sound's fit.

/// The steps of a fit.
pub const STEPS: usize = 1500;
/// The phase change between adjacent samples in the first layer of a sound's network, in radians, at the largest
/// weight.
///
/// It is twice the value of the official code. That code uses an omega of 3,000 for its music clip of 308,207 samples.
/// The coordinates of the clip are `2 / 308,206` apart, so the phase changes by 0.0195 radians per sample.
/// `docs/sound.md` compares other values.
const RADIANS_A_SAMPLE: f64 = 0.039;
/// The largest phase change of the first layer in one step, in radians, at the ends of a sound. It is omega times the
/// learning rate, because a step of Adam changes a weight by about the learning rate. `docs/sound.md` compares other
/// values.
const RADIANS_A_STEP: f64 = 2.4;
/// The smallest and the largest learning rate of a sound.
const RATES: (f64, f64) = (1e-4, 4e-4);
/// The smallest omega of a sound's first layer. A sound of about 1,540 samples has this omega by the rule.
const LEAST_OMEGA: f64 = 30.0;

/// The omega of the first layer for a sound of `samples` samples, rounded to three digits. The phase changes by at most
/// `omega * 2 / (samples - 1)` between adjacent samples.
pub fn first_omega(samples: usize) -> f32 {
    let omega = RADIANS_A_SAMPLE * samples.saturating_sub(1) as f64 / 2.0;
    let scale = 10f64.powf(omega.max(1.0).log10().floor() - 2.0);
    ((omega / scale).round() * scale).max(LEAST_OMEGA) as f32
}

/// The learning rate for a sound with this omega in its first layer, to two digits.
pub fn rate(omega: f32) -> f64 {
    let rate = (RADIANS_A_STEP / f64::from(omega)).clamp(RATES.0, RATES.1);
    format!("{rate:.1e}").parse().unwrap_or(rate)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The music clip of the official code has twice its official omega. The omega of a ten-minute clip is in
    /// proportion.
    #[test]
    fn a_sounds_omega_follows_from_its_samples() {
        assert_eq!(first_omega(308_207), 6010.0);
        assert_eq!(first_omega(26_460_000), 516_000.0);
        assert_eq!([1, 2, 100].map(first_omega), [30.0; 3]);
        assert_eq!([30.0, 6010.0, 10_500.0, 516_000.0].map(rate), [4e-4, 4e-4, 2.3e-4, 1e-4]);
    }
}
