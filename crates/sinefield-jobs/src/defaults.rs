//! The default settings for each kind of signal.

use sinefield::field::FieldConfig;
use sinefield::fit::FitConfig;
use sinefield::recipe::sound;
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
                let omega = sound::first_omega(signal.count());
                let (steps, passes) = (sound::STEPS, (400, sound::STEPS));
                Self { first_omega: Some(omega), rate: sound::rate(omega), steps, passes, ..image }
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
