//! The settings that suit each kind of signal: one row a kind.

use sinefield::field::FieldConfig;
use sinefield::fit::FitConfig;
use sinefield_media::{Signal, SignalKind};

/// The network and the course of a fit that suit a signal, unless something else is asked for.
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
    /// The learning rate at its peak; of an image, where parameters do not outnumber pixels.
    pub rate: f64,
    /// Steps of a fit whose steps see every sample.
    pub steps: usize,
    /// Passes over the samples of a fit by batches, and the most steps taken for them.
    pub passes: (usize, usize),
}

/// Radians of phase that the first layer of a sound turns by from one sample to the next, at its largest weight.
///
/// Twice what the official code has: an omega of 3,000 over the 308,207 samples of its clip of music, whose coordinates
/// are `2 / 308,206` apart, is 0.0195 radians a sample. `docs/sound.md` has what others gave.
const RADIANS_A_SAMPLE: f64 = 0.039;
/// The phase in radians by which a step changes the first layer of a sound at most, at the ends of the clip: omega times
/// the learning rate, since a step of Adam moves a weight by about the rate. `docs/sound.md` has what others gave.
const RADIANS_A_STEP: f64 = 2.4;
/// The rates of a sound are within these.
const SOUND_RATES: (f64, f64) = (1e-4, 4e-4);
/// The least omega of a sound's first layer, which a clip of some 3,000 samples has by the rule.
const LEAST_OMEGA: f64 = 30.0;
impl Defaults {
    /// Those for an image.
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

    /// Those for `signal`.
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

    /// The network.
    pub fn network(&self) -> FieldConfig {
        FieldConfig {
            hidden: self.hidden,
            layers: self.layers,
            first_omega: self.first_omega,
            omega: self.omega,
            ..FieldConfig::default()
        }
    }

    /// The steps of a fit that sees `batch` of `count` samples at each.
    pub fn steps(&self, count: usize, batch: usize) -> usize {
        if batch >= count {
            return self.steps;
        }
        let (passes, most) = self.passes;
        passes.saturating_mul(count).div_ceil(batch.max(1)).min(most).max(self.steps.min(most))
    }
}

/// The first layer's omega for a sound of so many samples: the phase from one sample to the next is
/// `omega * 2 / (samples - 1)` at most. To three digits.
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

    /// The clip of the official code has twice its omega; a clip of ten minutes has one in proportion.
    #[test]
    fn a_sounds_omega_follows_from_its_samples() {
        assert_eq!(sound_omega(308_207), 6010.0);
        assert_eq!(sound_omega(26_460_000), 516_000.0);
        assert_eq!([1, 2, 100].map(sound_omega), [30.0; 3]);
        assert_eq!([30.0, 6010.0, 10_500.0, 516_000.0].map(sound_rate), [4e-4, 4e-4, 2.3e-4, 1e-4]);
    }
}
