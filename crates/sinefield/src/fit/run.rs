//! The loop: a loss and its gradient, an update, a word to the listener, again.

use std::time::Instant;

use thiserror::Error;

use super::adam::Adam;
use super::checkpoint::Checkpoint;
use super::config::{ConfigError, FitConfig};
use super::task::Task;
use crate::engine::cpu::{CpuEngine, EngineError, Stepper};
use crate::field::Field;

/// How far under its target, in dB, a PSNR read off the loss makes it worth measuring.
const NEAR_TARGET: f64 = 0.5;
/// Steps between two measurements then: one costs about a third of a step.
const MEASURE_EVERY: usize = 5;

/// A fit under way.
///
/// ```
/// use sinefield::engine::cpu::CpuEngine;
/// use sinefield::field::FieldConfig;
/// use sinefield::fit::{Control, Fit, FitConfig, StoppedBy};
/// use sinefield::recipe::image::Picture;
///
/// let picture = Picture::new((4, 5, 1), (0..20).map(|v| (v % 7) as f32).collect(), None)?;
/// let network = FieldConfig { hidden: 16, layers: 1, ..FieldConfig::default() };
/// let config = FitConfig { steps: 20, ..FitConfig::default() };
/// let engine = CpuEngine::new(Some(1))?;
///
/// let mut whole = Fit::new(&engine, picture.field(&network, 0)?, &picture, config.clone())?;
/// whole.run(|_, _| Control::Continue)?;
///
/// // The same fit, stopped by its listener after the eighth step and resumed, ends in the same bits.
/// let mut first = Fit::new(&engine, picture.field(&network, 0)?, &picture, config.clone())?;
/// let outcome =
///     first.run(|progress, _| if progress.step == 8 { Control::Stop } else { Control::Continue })?;
/// assert_eq!(outcome.stopped_by, StoppedBy::Interrupt);
/// let mut second = Fit::resume(&engine, first.checkpoint(), &picture, config)?;
/// second.run(|_, _| Control::Continue)?;
/// assert_eq!(second.field(), whole.field());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Fit<'t> {
    engine: CpuEngine,
    stepper: Stepper,
    task: &'t dyn Task,
    config: FitConfig,
    field: Field,
    adam: Adam,
    gradient: Vec<f32>,
    /// The parameters of the last finite loss, in case the next is not.
    last_good: Vec<f32>,
    step: usize,
    loss: f64,
    seconds: f64,
}

/// How a fit stands after a step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Progress {
    /// Updates made.
    pub step: usize,
    /// Updates to make.
    pub steps: usize,
    /// The loss before this step's update.
    pub loss: f64,
    /// The PSNR this loss stands for, in dB.
    pub psnr_db: Option<f64>,
    /// This step's learning rate.
    pub rate: f64,
    /// Seconds spent in steps, those before a resume included.
    pub seconds: f64,
    /// Seconds of this step.
    pub step_seconds: f64,
    /// Points of this step.
    pub points: usize,
}

/// What a listener asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Control {
    /// The next step.
    Continue,
    /// To stop here, to be resumed or not.
    Stop,
}

/// Why a fit ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoppedBy {
    /// Every step was made.
    Steps,
    /// The target PSNR was reached.
    Target,
    /// The listener asked for it.
    Interrupt,
}

impl StoppedBy {
    /// `steps`, `target` or `interrupt`.
    pub fn name(self) -> &'static str {
        match self {
            StoppedBy::Steps => "steps",
            StoppedBy::Target => "target",
            StoppedBy::Interrupt => "interrupt",
        }
    }
}

/// How a fit ended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Outcome {
    /// Why.
    pub stopped_by: StoppedBy,
    /// Updates made.
    pub steps: usize,
    /// The loss before the last update.
    pub final_loss: f64,
    /// Seconds spent in steps.
    pub seconds: f64,
}

/// Why a fit cannot start or go on.
#[derive(Debug, Error)]
pub enum FitError {
    /// A setting is out of range.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The engine refused.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The loss is NaN or infinite.
    #[error(
        "the loss of \"{constraint}\" is {loss:.3e} at step {step}: the fit has diverged; try a learning rate \
         below {rate:e}"
    )]
    NotFinite {
        /// The task's name.
        constraint: String,
        /// The step, counted from 1.
        step: usize,
        /// The loss.
        loss: f64,
        /// The rate at its peak.
        rate: f64,
    },
    /// The checkpoint is of other data, settings or layers.
    #[error("the checkpoint is of another problem: its {0} differ")]
    OtherProblem(&'static str),
}

impl<'t> Fit<'t> {
    /// A fit of `field` to `task`, not yet begun.
    ///
    /// # Errors
    /// If a setting is out of range, or the task's coordinates are not the field's.
    pub fn new(
        engine: &CpuEngine,
        field: Field,
        task: &'t dyn Task,
        config: FitConfig,
    ) -> Result<Self, FitError> {
        config.check()?;
        let count = field.parameters().len();
        Ok(Self {
            stepper: engine.stepper(field.architecture(), task.spec())?,
            engine: engine.clone(),
            task,
            adam: Adam::new(config.adam, count),
            gradient: vec![0.0; count],
            last_good: field.parameters().to_vec(),
            config,
            field,
            step: 0,
            loss: f64::NAN,
            seconds: 0.0,
        })
    }

    /// A fit that goes on from `checkpoint`, to end in the same bits as one never interrupted.
    ///
    /// # Errors
    /// As [`Fit::new`], or if the checkpoint is of another task or other settings; `steps` and
    /// `target_psnr` may differ only under a constant rate and at will, respectively.
    pub fn resume(
        engine: &CpuEngine,
        checkpoint: Checkpoint,
        task: &'t dyn Task,
        config: FitConfig,
    ) -> Result<Self, FitError> {
        checkpoint.check(task, &config)?;
        let mut fit = Self::new(engine, checkpoint.field, task, config)?;
        fit.adam.steps = checkpoint.step as u64;
        fit.adam.mean = checkpoint.mean;
        fit.adam.square = checkpoint.square;
        fit.step = checkpoint.step;
        fit.loss = checkpoint.loss;
        fit.seconds = checkpoint.seconds;
        Ok(fit)
    }

    /// The field as it stands.
    pub fn field(&self) -> &Field {
        &self.field
    }

    /// The field as it stands, to keep.
    pub fn into_field(self) -> Field {
        self.field
    }

    /// All that a resumed fit needs.
    pub fn checkpoint(&self) -> Checkpoint {
        Checkpoint {
            field: self.field.clone(),
            mean: self.adam.mean.clone(),
            square: self.adam.square.clone(),
            step: self.step,
            loss: self.loss,
            seconds: self.seconds,
            config: self.config.clone(),
            fingerprint: self.task.fingerprint(),
        }
    }

    /// Runs until the steps are made, the target is reached, or `listener`, called after every
    /// step with how it went and the fit itself, asks to stop.
    ///
    /// # Errors
    /// If the loss is not finite. The field then holds the parameters of the last finite loss.
    pub fn run(
        &mut self,
        mut listener: impl FnMut(&Progress, &Fit<'t>) -> Control,
    ) -> Result<Outcome, FitError> {
        while self.step < self.config.steps {
            let progress = self.advance()?;
            if listener(&progress, self) == Control::Stop {
                return Ok(self.outcome(StoppedBy::Interrupt));
            }
            if self.target_reached(&progress) {
                return Ok(self.outcome(StoppedBy::Target));
            }
        }
        Ok(self.outcome(StoppedBy::Steps))
    }

    /// One step.
    fn advance(&mut self) -> Result<Progress, FitError> {
        let start = Instant::now();
        let task = self.task;
        let objective = task.objective(self.step);
        let loss = self.stepper.gradient(self.field.parameters(), objective.as_ref(), &mut self.gradient);
        if !loss.is_finite() || !self.gradient.iter().all(|g| g.is_finite()) {
            self.field.parameters_mut().copy_from_slice(&self.last_good);
            return Err(FitError::NotFinite {
                constraint: task.name().to_string(),
                step: self.step + 1,
                loss,
                rate: self.config.rate,
            });
        }
        self.last_good.copy_from_slice(self.field.parameters());
        let rate = self.config.rate_at(self.step);
        let (adam, parameters, gradient) = (&mut self.adam, self.field.parameters_mut(), &self.gradient);
        self.engine.install(|| adam.update(parameters, gradient, rate));
        self.step += 1;
        self.loss = loss;
        let step_seconds = start.elapsed().as_secs_f64();
        self.seconds += step_seconds;
        Ok(Progress {
            step: self.step,
            steps: self.config.steps,
            loss,
            psnr_db: task.psnr_of_loss(loss),
            rate,
            seconds: self.seconds,
            step_seconds,
            points: objective.points(),
        })
    }

    /// Whether the target is reached, measured over all the data and only when it may well be.
    fn target_reached(&mut self, progress: &Progress) -> bool {
        let (Some(target), Some(guess)) = (self.config.target_psnr, progress.psnr_db) else { return false };
        if guess < target - NEAR_TARGET || !progress.step.is_multiple_of(MEASURE_EVERY) {
            return false;
        }
        self.psnr().is_some_and(|psnr| psnr >= target)
    }

    /// The PSNR over all the data, measured, in dB.
    pub fn psnr(&mut self) -> Option<f64> {
        self.task.psnr(&mut self.stepper, self.field.parameters())
    }

    fn outcome(&self, stopped_by: StoppedBy) -> Outcome {
        Outcome { stopped_by, steps: self.step, final_loss: self.loss, seconds: self.seconds }
    }
}
