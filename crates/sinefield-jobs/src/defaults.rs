//! The default settings for each kind of signal.

use sinefield::field::FieldConfig;
use sinefield::fit::FitConfig;
use sinefield_media::{Signal, SignalKind};

/// The default network and the default fit settings for a signal.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Defaults {
    /// Width of every hidden layer.
    pub hidden: usize,
    /// Hidden layers after the first.
    pub layers: usize,
    /// Omega of the first layer.
    pub first_omega: Option<f32>,
    /// Omega of the hidden layers after the first.
    pub omega: Option<f32>,
    /// The peak learning rate. For an image, a fit reduces it if a sine network has more than 3.1 parameters per pixel.
    pub rate: f64,
    /// The number of steps if every step uses all samples.
    pub steps: usize,
    /// For partial batches: the passes over the samples, and the largest number of steps.
    pub passes: (usize, usize),
}

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
const SOUND_RATES: (f64, f64) = (1e-4, 4e-4);
/// The smallest omega of a sound's first layer. A sound of about 1,540 samples has this omega by the rule.
const LEAST_OMEGA: f64 = 30.0;
impl Defaults {
    /// The defaults for an image.
    pub fn image() -> Self {
        let (network, fit) = (FieldConfig::default(), FitConfig::default());
        Self {
            hidden: network.hidden,
            layers: network.layers,
            first_omega: network.first_omega,
            omega: network.omega,
            rate: fit.rate,
            steps: fit.steps,
            passes: (4, 1500),
        }
    }

    /// The defaults for a shape. `docs/shapes.md` compares other values.
    pub fn shape() -> Self {
        Self {
            hidden: 128,
            layers: 3,
            first_omega: Some(20.0),
            omega: Some(20.0),
            rate: 1e-3,
            steps: 5000,
            passes: (0, 5000),
        }
    }

    /// The defaults for `signal`.
    pub fn of(signal: &Signal) -> Self {
        let image = Self::image();
        match signal.kind {
            SignalKind::Sound => {
                let omega = sound_omega(signal.count());
                let (steps, passes) = (1500, (400, 1500));
                Self { first_omega: Some(omega), rate: sound_rate(omega), steps, passes, ..image }
            }
            SignalKind::Video => Self { rate: 1e-3, steps: 1000, passes: (2, 1000), ..image },
            _ => image,
        }
    }

    /// The settings of the network.
    pub fn network(&self) -> FieldConfig {
        FieldConfig {
            hidden: self.hidden,
            layers: self.layers,
            first_omega: self.first_omega,
            omega: self.omega,
            ..FieldConfig::default()
        }
    }

    /// The number of steps of a fit with `batch` of `count` samples per step.
    pub fn steps(&self, count: usize, batch: usize) -> usize {
        if batch >= count {
            return self.steps;
        }
        let (passes, most) = self.passes;
        passes.saturating_mul(count).div_ceil(batch.max(1)).min(most).max(self.steps.min(most))
    }
}

/// The omega of the first layer for a sound of `samples` samples, rounded to three digits. The phase changes by at most
/// `omega * 2 / (samples - 1)` between adjacent samples.
fn sound_omega(samples: usize) -> f32 {
    let omega = RADIANS_A_SAMPLE * samples.saturating_sub(1) as f64 / 2.0;
    let scale = 10f64.powf(omega.max(1.0).log10().floor() - 2.0);
    ((omega / scale).round() * scale).max(LEAST_OMEGA) as f32
}

/// The learning rate for a sound with this omega in its first layer, to two digits.
fn sound_rate(omega: f32) -> f64 {
    let rate = (RADIANS_A_STEP / f64::from(omega)).clamp(SOUND_RATES.0, SOUND_RATES.1);
    format!("{rate:.1e}").parse().unwrap_or(rate)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The music clip of the official code has twice its official omega. The omega of a ten-minute clip is in
    /// proportion.
    #[test]
    fn a_sounds_omega_follows_from_its_samples() {
        assert_eq!(sound_omega(308_207), 6010.0);
        assert_eq!(sound_omega(26_460_000), 516_000.0);
        assert_eq!([1, 2, 100].map(sound_omega), [30.0; 3]);
        assert_eq!([30.0, 6010.0, 10_500.0, 516_000.0].map(sound_rate), [4e-4, 4e-4, 2.3e-4, 1e-4]);
    }
}
