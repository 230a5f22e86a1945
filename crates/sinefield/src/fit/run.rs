//! The loop: a loss and its gradient, an update, a word to the listener, again.

use std::time::Instant;

use thiserror::Error;

use super::checkpoint::Checkpoint;
use super::config::{ConfigError, FitConfig};
use super::task::{Now, Task};
use super::terms::Terms;
use super::unknowns::{Alike, Unknowns};
use crate::engine::EngineError;
use crate::engine::cpu::CpuEngine;
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
    task: &'t dyn Task,
    terms: Terms,
    config: FitConfig,
    unknowns: Unknowns,
    gradient: Alike,
    /// The parameters of the last finite loss, in case the next is not.
    last_good: Alike,
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
    /// The loss is NaN or infinite, or its gradient is.
    #[error(
        "the {} of \"{constraint}\" is {} at step {step}: the fit has diverged; try a learning rate below {rate:e}",
        if loss.is_finite() { "gradient" } else { "loss" },
        if loss.is_finite() { "not finite".into() } else { format!("{loss:.3e}") }
    )]
    NotFinite {
        /// The term's name.
        constraint: String,
        /// The step, counted from 1.
        step: usize,
        /// The loss.
        loss: f64,
        /// The rate at its peak.
        rate: f64,
    },
    /// The checkpoint is of other data, settings or fields.
    #[error("the checkpoint is of another problem: its {0} differ")]
    OtherProblem(&'static str),
    /// There is nothing to fit.
    #[error("there are no fields to fit; give at least one")]
    NoFields,
    /// The task counts more fields than there are.
    #[error("the constraint \"{constraint}\" needs field number {field}, but there are {fields} fields")]
    NoField {
        /// The term's name.
        constraint: String,
        /// The field that is missing, counted from 0.
        field: usize,
        /// The fields there are.
        fields: usize,
    },
    /// A field has another number of outputs than the task is about.
    #[error(
        "the constraint \"{constraint}\" needs a field of {expected} outputs, but field number {field} has \
         {found}; make the field by the task"
    )]
    Outputs {
        /// The term's name.
        constraint: String,
        /// The field, counted from 0.
        field: usize,
        /// What the term needs.
        expected: usize,
        /// What the field has.
        found: usize,
    },
}

impl<'t> Fit<'t> {
    /// A fit of `field` to `task`, not yet begun.
    ///
    /// # Errors
    /// If a setting is out of range, or the task's coordinates or outputs are not the field's.
    pub fn new(
        engine: &CpuEngine,
        field: Field,
        task: &'t dyn Task,
        config: FitConfig,
    ) -> Result<Self, FitError> {
        Self::joint(engine, vec![field], task, config)
    }

    /// A fit of several fields together, in the order in which the task counts them.
    ///
    /// # Errors
    /// As [`Fit::new`], or if the task has more fields than there are, or there are none.
    pub fn joint(
        engine: &CpuEngine,
        fields: Vec<Field>,
        task: &'t dyn Task,
        config: FitConfig,
    ) -> Result<Self, FitError> {
        config.check()?;
        if fields.is_empty() {
            return Err(FitError::NoFields);
        }
        let unknowns = Unknowns::new(fields, task.scalars(), config.adam);
        Self::from_unknowns(engine, unknowns, task, config)
    }

    fn from_unknowns(
        engine: &CpuEngine,
        unknowns: Unknowns,
        task: &'t dyn Task,
        config: FitConfig,
    ) -> Result<Self, FitError> {
        Ok(Self {
            engine: engine.clone(),
            terms: Terms::new(engine, task, &unknowns)?,
            task,
            gradient: unknowns.copy(),
            last_good: unknowns.copy(),
            config,
            unknowns,
            step: 0,
            loss: f64::NAN,
            seconds: 0.0,
        })
    }

    /// A fit that goes on from `checkpoint`, to end in the same bits as one never interrupted.
    ///
    /// # Errors
    /// As [`Fit::joint`], or if the checkpoint is of another task or other settings. `target_psnr` may
    /// differ; `steps` may under a constant rate, if the warm-up is as long and the task does not read
    /// how much of the fit is done.
    pub fn resume(
        engine: &CpuEngine,
        checkpoint: Checkpoint,
        task: &'t dyn Task,
        config: FitConfig,
    ) -> Result<Self, FitError> {
        config.check()?;
        checkpoint.check(task, &config)?;
        let Checkpoint { fields, scalars, mean, square, step, loss, seconds, .. } = checkpoint;
        let moments = (mean.as_slice(), square.as_slice());
        let unknowns = Unknowns::restored(fields, scalars, config.adam, step, moments);
        let unknowns = unknowns.filter(|unknowns| unknowns.scalars.len() == task.scalars().len());
        let unknowns = unknowns.ok_or(FitError::OtherProblem("fields or trainable scalars"))?;
        Ok(Self { step, loss, seconds, ..Self::from_unknowns(engine, unknowns, task, config)? })
    }

    /// The field as it stands; the first, if there are several.
    pub fn field(&self) -> &Field {
        &self.unknowns.fields[0]
    }

    /// The fields as they stand.
    pub fn fields(&self) -> &[Field] {
        &self.unknowns.fields
    }

    /// The trainable scalars as they stand.
    pub fn scalars(&self) -> &[f32] {
        &self.unknowns.scalars
    }

    /// Every term's name and its loss at the last step; NaN before the first.
    pub fn losses(&self) -> impl Iterator<Item = (&str, f64)> {
        self.task.terms().iter().zip(&self.terms.losses).map(|(term, loss)| (term.name.as_str(), *loss))
    }

    /// The field as it stands, to keep; the first, if there are several.
    pub fn into_field(self) -> Field {
        let mut fields = self.unknowns.fields;
        fields.swap_remove(0)
    }

    /// The fields as they stand, to keep.
    pub fn into_fields(self) -> Vec<Field> {
        self.unknowns.fields
    }

    /// All that a resumed fit needs.
    pub fn checkpoint(&self) -> Checkpoint {
        let (mean, square) = self.unknowns.moments();
        Checkpoint {
            fields: self.unknowns.fields.clone(),
            scalars: self.unknowns.scalars.clone(),
            mean,
            square,
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
    /// If the loss or its gradient is not finite. The field then holds the parameters of the last step at
    /// which both were.
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
        let now = now(&self.engine, &self.unknowns, &self.config, self.step);
        let summed = self.terms.gradient(self.task, &now, &mut self.gradient);
        let (loss, points) = match summed {
            Ok(sums) => sums,
            Err((constraint, loss)) => {
                self.unknowns.take_from(&self.last_good);
                let (step, rate) = (self.step + 1, self.config.rate);
                return Err(FitError::NotFinite { constraint, step, loss, rate });
            }
        };
        self.unknowns.copy_to(&mut self.last_good);
        let rate = self.config.rate_at(self.step);
        let (unknowns, gradient) = (&mut self.unknowns, &self.gradient);
        self.engine.install(|| unknowns.update(gradient, rate));
        self.step += 1;
        self.loss = loss;
        let step_seconds = start.elapsed().as_secs_f64();
        self.seconds += step_seconds;
        Ok(Progress {
            step: self.step,
            steps: self.config.steps,
            loss,
            psnr_db: self.task.psnr_of_loss(loss),
            rate,
            seconds: self.seconds,
            step_seconds,
            points,
        })
    }

    /// Whether the target is reached, measured over all the data and only when it may well be.
    fn target_reached(&self, progress: &Progress) -> bool {
        let (Some(target), Some(guess)) = (self.config.target_psnr, progress.psnr_db) else { return false };
        if guess < target - NEAR_TARGET || !progress.step.is_multiple_of(MEASURE_EVERY) {
            return false;
        }
        self.psnr().is_some_and(|psnr| psnr >= target)
    }

    /// The PSNR over all the data, measured, in dB.
    pub fn psnr(&self) -> Option<f64> {
        self.task.psnr(&now(&self.engine, &self.unknowns, &self.config, self.step))
    }

    fn outcome(&self, stopped_by: StoppedBy) -> Outcome {
        Outcome { stopped_by, steps: self.step, final_loss: self.loss, seconds: self.seconds }
    }
}

fn now<'a>(engine: &'a CpuEngine, unknowns: &'a Unknowns, config: &FitConfig, step: usize) -> Now<'a> {
    let progress = step as f64 / config.steps.saturating_sub(1).max(1) as f64;
    Now { engine, fields: &unknowns.fields, scalars: &unknowns.scalars, step, progress: progress.min(1.0) }
}
