//! The settings of a fit, their defaults, and the schedule of the learning rate.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::optimizer::{Adam, AdamConfig, Lbfgs, LbfgsConfig, Method, Optimizer};

/// How a fit runs. The defaults are the project's own; [`FitConfig::paper`] is the official code's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FitConfig {
    /// Updates to make.
    pub steps: usize,
    /// The learning rate at its peak.
    pub rate: f64,
    /// The rate's course after the warm-up.
    pub schedule: Schedule,
    /// Steps over which the rate rises linearly to its peak.
    pub warmup: usize,
    /// The rate at the end of a cosine fall, as a fraction of the peak.
    pub final_fraction: f64,
    /// The optimiser.
    pub optimizer: Method,
    /// Adam's constants.
    pub adam: AdamConfig,
    /// The settings of L-BFGS.
    pub lbfgs: LbfgsConfig,
    /// Stop when the measured PSNR is this many dB, of a task that has one: a picture.
    pub target_psnr: Option<f64>,
}

/// The learning rate's course.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Schedule {
    /// Half a cosine, from the peak down to `final_fraction` of it at the last step.
    Cosine,
    /// The peak throughout.
    Constant,
}

impl Schedule {
    /// Every course.
    pub const ALL: [Schedule; 2] = [Schedule::Cosine, Schedule::Constant];

    /// The name used in files, options and messages.
    pub fn name(self) -> &'static str {
        match self {
            Schedule::Cosine => "cosine",
            Schedule::Constant => "constant",
        }
    }
}

impl std::fmt::Display for Schedule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

impl std::str::FromStr for Schedule {
    type Err = UnknownSchedule;

    fn from_str(text: &str) -> Result<Self, UnknownSchedule> {
        let named = Schedule::ALL.into_iter().find(|schedule| schedule.name() == text);
        named.ok_or_else(|| UnknownSchedule(text.into()))
    }
}

/// No schedule has this name.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("unknown schedule \"{0}\"; one of {names}", names = Schedule::ALL.map(Schedule::name).join(", "))]
pub struct UnknownSchedule(pub String);

impl Default for FitConfig {
    fn default() -> Self {
        Self {
            steps: 300,
            rate: 2.2e-3,
            schedule: Schedule::Cosine,
            warmup: 20,
            final_fraction: 0.02,
            optimizer: Method::default(),
            adam: AdamConfig::default(),
            lbfgs: LbfgsConfig::default(),
            target_psnr: None,
        }
    }
}

impl FitConfig {
    /// The official code's: a constant rate of 1e-4 from the first step.
    pub fn paper() -> Self {
        Self { rate: 1e-4, schedule: Schedule::Constant, warmup: 0, steps: 500, ..Self::default() }
    }

    /// For losses of derivatives, which a rate that suits pictures makes diverge.
    pub fn problem() -> Self {
        Self { rate: 5e-4, steps: 1000, ..Self::default() }
    }

    /// The optimiser, for so many parameters.
    pub(super) fn make_optimizer(&self, parameters: usize) -> Box<dyn Optimizer> {
        match self.optimizer {
            Method::Adam => Box::new(Adam::new(self.adam, parameters)),
            Method::Lbfgs => Box::new(Lbfgs::new(self.lbfgs, parameters)),
        }
    }

    /// Numbers that a fit keeps for each parameter, about: the optimiser's, and its own.
    pub fn copies(&self) -> usize {
        self.optimizer.copies(&self.lbfgs) + 3
    }

    /// Steps of the warm-up: short fits warm up over no more than a fifth of their steps.
    pub(super) fn warmup_steps(&self) -> usize {
        self.warmup.min(self.steps / 5)
    }

    /// The learning rate of step `step`, counted from 0.
    pub fn rate_at(&self, step: usize) -> f64 {
        let warmup = self.warmup_steps();
        if step < warmup {
            return self.rate * (step + 1) as f64 / warmup as f64;
        }
        match self.schedule {
            Schedule::Constant => self.rate,
            Schedule::Cosine => {
                let span = self.steps.saturating_sub(warmup + 1).max(1) as f64;
                let done = ((step - warmup) as f64 / span).min(1.0);
                let fall = 0.5 * (1.0 + (std::f64::consts::PI * done).cos());
                self.rate * (self.final_fraction + (1.0 - self.final_fraction) * fall)
            }
        }
    }

    /// Checks every setting's range.
    ///
    /// # Errors
    /// The first setting that is out of range.
    pub fn check(&self) -> Result<(), ConfigError> {
        let positive = |what, value: f64| {
            if value.is_finite() && value > 0.0 { Ok(()) } else { Err(ConfigError::Range { what, value }) }
        };
        let fraction = |what, value: f64| {
            if (0.0..1.0).contains(&value) { Ok(()) } else { Err(ConfigError::Fraction { what, value }) }
        };
        if self.steps == 0 {
            return Err(ConfigError::NoSteps);
        }
        positive("learning rate", self.rate)?;
        positive("epsilon", self.adam.epsilon)?;
        fraction("beta1", self.adam.beta1)?;
        fraction("beta2", self.adam.beta2)?;
        fraction("final fraction", self.final_fraction)?;
        let LbfgsConfig { history, evaluations, decrease, curvature } = self.lbfgs;
        positive("history of lbfgs", history as f64)?;
        positive("number of evaluations of lbfgs", evaluations as f64)?;
        fraction("decrease of lbfgs", decrease)?;
        fraction("curvature of lbfgs", curvature)?;
        if decrease <= 0.0 || curvature <= decrease {
            return Err(ConfigError::Wolfe { decrease, curvature });
        }
        match self.target_psnr {
            Some(target) if !target.is_finite() || target <= 0.0 => {
                Err(ConfigError::Range { what: "target PSNR", value: target })
            }
            _ => Ok(()),
        }
    }
}

/// A setting that cannot be.
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum ConfigError {
    /// The constants of the line search are out of order.
    #[error(
        "decrease is {decrease} and curvature is {curvature}; 0 < decrease < curvature < 1 must hold for lbfgs"
    )]
    Wolfe {
        /// How much of the slope's promise a step must keep.
        decrease: f64,
        /// How much smaller the slope must become.
        curvature: f64,
    },
    /// No steps.
    #[error("the number of steps must be at least 1")]
    NoSteps,
    /// A number is not positive and finite.
    #[error("the {what} is {value}; it must be a positive number")]
    Range {
        /// The setting.
        what: &'static str,
        /// What it is.
        value: f64,
    },
    /// A number is not a fraction.
    #[error("{what} is {value}; it must be at least 0 and below 1")]
    Fraction {
        /// The setting.
        what: &'static str,
        /// What it is.
        value: f64,
    },
}
