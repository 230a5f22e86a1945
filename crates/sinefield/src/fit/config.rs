//! The settings of a fit, their defaults, and the schedule of the learning rate.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::balance::BalanceConfig;
use crate::field::{Number, Precision};
use crate::optimizer::{
    Adam, AdamConfig, Blocks, GaussNewton, GaussNewtonConfig, Lbfgs, LbfgsConfig, Method, Optimizer,
    QuasiNewton, QuasiNewtonConfig, SelfScaling, Soap, SoapConfig,
};

/// The settings of a fit. The defaults are those of this project. [`FitConfig::paper`] has those of the official code.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FitConfig {
    /// The number of updates, at least 1.
    pub steps: usize,
    /// The peak learning rate.
    pub rate: f64,
    /// The learning rate schedule after the warm-up.
    pub schedule: Schedule,
    /// Steps over which the rate rises linearly to its peak. A fit uses at most a fifth of its steps.
    pub warmup: usize,
    /// The final rate of the cosine schedule, as a fraction of the peak, in `[0, 1)`.
    pub final_fraction: f64,
    /// The optimiser. A fit with stages has those of its stages, and this one is not used.
    pub optimizer: Method,
    /// The constants of Adam.
    pub adam: AdamConfig,
    /// The settings of L-BFGS.
    pub lbfgs: LbfgsConfig,
    /// The settings of Gauss-Newton.
    pub gauss_newton: GaussNewtonConfig,
    /// The settings of the self-scaled quasi-Newton methods.
    pub quasi_newton: QuasiNewtonConfig,
    /// The settings of SOAP.
    pub soap: SoapConfig,
    /// The precision of the parameters and of the arithmetic.
    pub precision: Precision,
    /// Factors of the terms of the loss that keep their gradients alike in size. `None` for factors of 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub balance: Option<BalanceConfig>,
    /// Stop when the measured PSNR reaches this many dB. Only for tasks with a PSNR, such as pictures.
    pub target_psnr: Option<f64>,
    /// The stages of the fit, each with its own optimiser, steps and rate. `steps` is then the sum of theirs. Empty for a
    /// fit of one stage.
    #[serde(rename = "stage", skip_serializing_if = "Vec::is_empty")]
    pub stages: Vec<FitConfig>,
}

/// The learning rate schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Schedule {
    /// Half a cosine, from the peak down to `final_fraction` of the peak at the last step.
    Cosine,
    /// The peak rate at every step.
    Constant,
}

impl Schedule {
    /// Every schedule.
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
            gauss_newton: GaussNewtonConfig::default(),
            quasi_newton: QuasiNewtonConfig::default(),
            soap: SoapConfig::default(),
            precision: Precision::default(),
            balance: None,
            target_psnr: None,
            stages: Vec::new(),
        }
    }
}

impl FitConfig {
    /// The settings of the official code: a constant rate of 1e-4 from the first step.
    pub fn paper() -> Self {
        Self { rate: 1e-4, schedule: Schedule::Constant, warmup: 0, steps: 500, ..Self::default() }
    }

    /// Settings for losses of derivatives. Such losses diverge at the default rate, which is for pictures.
    pub fn problem() -> Self {
        Self { rate: 5e-4, steps: 1000, ..Self::default() }
    }

    /// The optimiser for unknowns in these parts.
    pub(super) fn make_optimizer<N: Number>(&self, blocks: Blocks) -> Box<dyn Optimizer<N>> {
        let count = blocks.count();
        let quasi_newton = |scaling| Box::new(QuasiNewton::new(self.quasi_newton, scaling, count));
        match self.optimizer {
            Method::Adam => Box::new(Adam::new(self.adam, count)),
            Method::Lbfgs => Box::new(Lbfgs::new(self.lbfgs, count)),
            // Without float64 there are no other methods, and `check` refuses them.
            _ if !cfg!(feature = "float64") => Box::new(Adam::new(self.adam, count)),
            Method::GaussNewton => {
                Box::new(GaussNewton::new(self.gauss_newton, count).with_last_layers(blocks.last_layers()))
            }
            Method::SsBroyden => quasi_newton(SelfScaling::Broyden),
            Method::SsBfgs => quasi_newton(SelfScaling::Bfgs),
            Method::Soap => Box::new(Soap::new(self.soap, blocks)),
        }
    }

    /// The approximate count of numbers that a fit stores for each parameter: those of the optimiser and those of the
    /// fit.
    pub fn copies(&self) -> usize {
        self.parts().iter().map(|part| part.optimizer.copies(&part.lbfgs)).max().unwrap_or(0) + 3
    }

    /// The number of warm-up steps: at most a fifth of all steps.
    pub(super) fn warmup_steps(&self) -> usize {
        self.warmup.min(self.steps / 5)
    }

    /// The learning rate of step `step`, counted from 0.
    pub fn rate_at(&self, step: usize) -> f64 {
        if !self.stages.is_empty() {
            let (part, start) = self.part_at(step);
            return part.rate_at(step - start);
        }
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

    /// Checks the range of every setting.
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
        let is_single = self.precision == Precision::F32
            && self.methods().all(|method| matches!(method, Method::Adam | Method::Lbfgs));
        if !is_single && !cfg!(feature = "float64") {
            return Err(ConfigError::NoFloat64);
        }
        positive("learning rate", self.rate)?;
        positive("epsilon", self.adam.epsilon)?;
        fraction("beta1", self.adam.beta1)?;
        fraction("beta2", self.adam.beta2)?;
        fraction("final fraction", self.final_fraction)?;
        let LbfgsConfig { history, evaluations, decrease, curvature } = self.lbfgs;
        positive("history of lbfgs", history as f64)?;
        positive("number of evaluations of lbfgs", evaluations as f64)?;
        wolfe("lbfgs", decrease, curvature)?;
        let QuasiNewtonConfig { hold, reset: _, evaluations, decrease, curvature } = self.quasi_newton;
        positive("hold of quasi_newton", hold as f64)?;
        positive("number of evaluations of quasi_newton", evaluations as f64)?;
        wolfe("quasi_newton", decrease, curvature)?;
        let SoapConfig { beta1, beta2, epsilon, refresh } = self.soap;
        fraction("beta1 of soap", beta1)?;
        fraction("beta2 of soap", beta2)?;
        positive("epsilon of soap", epsilon)?;
        positive("refresh of soap", refresh as f64)?;
        let GaussNewtonConfig {
            momentum,
            damping,
            raise,
            lower,
            trials,
            start,
            grow,
            halvings: _,
            project: _,
        } = self.gauss_newton;
        fraction("momentum of gauss_newton", momentum)?;
        positive("damping of gauss_newton", damping)?;
        positive("raise of gauss_newton less 1", raise - 1.0)?;
        positive("lower of gauss_newton less 1", lower - 1.0)?;
        positive("number of trials of gauss_newton", trials as f64)?;
        positive("grow of gauss_newton less 1", grow - 1.0)?;
        if !(start > 0.0 && start <= 1.0) {
            return Err(ConfigError::Share { what: "start of gauss_newton", value: start });
        }
        self.check_balance()?;
        self.check_stages()?;
        match self.target_psnr {
            Some(target) if !target.is_finite() || target <= 0.0 => {
                Err(ConfigError::Range { what: "target PSNR", value: target })
            }
            _ => Ok(()),
        }
    }

    fn check_balance(&self) -> Result<(), ConfigError> {
        let Some(BalanceConfig { every, momentum }) = self.balance else { return Ok(()) };
        if every == 0 {
            return Err(ConfigError::Range { what: "number of steps of balance.every", value: 0.0 });
        }
        if !(0.0..1.0).contains(&momentum) {
            return Err(ConfigError::Fraction { what: "momentum of balance", value: momentum });
        }
        // With stages, the methods are those of the stages, which are checked one by one.
        if self.stages.is_empty() && self.optimizer.needs_fixed_points() {
            return Err(ConfigError::Balance { optimizer: self.optimizer.name() });
        }
        Ok(())
    }
}

/// Checks the constants of the line search of `method`.
fn wolfe(method: &'static str, decrease: f64, curvature: f64) -> Result<(), ConfigError> {
    let ordered = decrease > 0.0 && decrease < curvature && curvature < 1.0;
    if ordered { Ok(()) } else { Err(ConfigError::Wolfe { method, decrease, curvature }) }
}

/// A setting that is not allowed.
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum ConfigError {
    /// The constants of the line search are out of order.
    #[error(
        "decrease is {decrease} and curvature is {curvature}; 0 < decrease < curvature < 1 must hold for {method}"
    )]
    Wolfe {
        /// The settings with the constants.
        method: &'static str,
        /// The fraction of the decrease predicted by the slope that a step must reach.
        decrease: f64,
        /// The fraction of its initial value to which a step must reduce the slope.
        curvature: f64,
    },
    /// A stage has a setting that a stage cannot have.
    #[error("stage {stage} {what}; leave that out")]
    Stage {
        /// The stage, counted from 1.
        stage: usize,
        /// The fault.
        what: &'static str,
    },
    /// The steps of the stages do not add up to those of the fit.
    #[error("the fit has {steps} steps, but its stages have {stages}")]
    StageSteps {
        /// The steps of the fit.
        steps: usize,
        /// The sum over the stages.
        stages: usize,
    },
    /// A method that compares losses of different steps cannot have a balance, which changes the loss.
    #[error("balance changes the loss from step to step, which {optimizer} cannot have; leave balance out")]
    Balance {
        /// The name of the method.
        optimizer: &'static str,
    },
    /// The library was built without float64, which the precision or the method needs.
    #[error("this build has no float64; take adam in f32, or build sinefield with the feature \"float64\"")]
    NoFloat64,
    /// The number of steps is zero.
    #[error("the number of steps must be at least 1")]
    NoSteps,
    /// A number is not positive and finite.
    #[error("the {what} is {value}; it must be a positive number")]
    Range {
        /// The setting.
        what: &'static str,
        /// Its value.
        value: f64,
    },
    /// A number is not in `(0, 1]`.
    #[error("{what} is {value}; it must be above 0 and at most 1")]
    Share {
        /// The setting.
        what: &'static str,
        /// Its value.
        value: f64,
    },
    /// A number is not in `[0, 1)`.
    #[error("{what} is {value}; it must be at least 0 and below 1")]
    Fraction {
        /// The setting.
        what: &'static str,
        /// Its value.
        value: f64,
    },
}
