//! The loop: a step of the optimiser, a word to the listener, again.

use std::sync::Arc;
use std::time::Instant;

use thiserror::Error;

use super::checkpoint::Checkpoint;
use super::config::{ConfigError, FitConfig};
use super::task::{Moment, Task, TaskError};
use super::terms::{StepLoss, Terms};
use super::unknowns::Unknowns;
use crate::engine::{Engine, EngineError};
use crate::field::Field;
use crate::optimizer::{LossError, Optimizer};

/// How far under its target, in dB, a PSNR read off the loss makes it worth measuring.
const NEAR_TARGET: f64 = 0.5;
/// Steps between two measurements then: one costs about a third of a step.
const MEASURE_EVERY: usize = 5;

/// A fit under way. It owns what it needs: the engine and the task are shared, the fields are its own.
///
/// ```
/// use std::sync::Arc;
///
/// use sinefield::engine::cpu::CpuEngine;
/// use sinefield::field::FieldConfig;
/// use sinefield::fit::{Control, Fit, FitConfig, StoppedBy};
/// use sinefield::recipe::sampled::Sampled;
///
/// let picture = Arc::new(Sampled::picture((4, 5, 1), (0..20).map(|v| (v % 7) as f32).collect(), None)?);
/// let network = FieldConfig { hidden: 16, layers: 1, ..FieldConfig::default() };
/// let config = FitConfig { steps: 20, ..FitConfig::default() };
/// let engine = Arc::new(CpuEngine::new(Some(1))?);
///
/// let mut whole = Fit::new(engine.clone(), picture.field(&network, 0)?, picture.clone(), config.clone())?;
/// whole.run(|_, _| Control::Continue)?;
///
/// // The same fit, step by step, stopped after the eighth and resumed, ends in the same bits.
/// let mut first = Fit::new(engine.clone(), picture.field(&network, 0)?, picture.clone(), config.clone())?;
/// for step in 1..=8 {
///     assert_eq!(first.step()?.step, step);
/// }
/// let mut second = Fit::resume(engine, first.checkpoint(), picture, config)?;
/// assert_eq!(second.run(|_, _| Control::Continue)?.stopped_by, StoppedBy::Steps);
/// assert_eq!(second.field(), whole.field());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Fit {
    engine: Arc<dyn Engine>,
    task: Arc<dyn Task>,
    terms: Terms,
    config: FitConfig,
    unknowns: Unknowns,
    /// The unknowns as one vector.
    theta: Vec<f32>,
    optimizer: Box<dyn Optimizer>,
    step: usize,
    loss: f64,
    seconds: f64,
    diverged: bool,
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
    /// Evaluations of the loss in this step.
    pub evaluations: usize,
    /// Whether the optimiser can make no further progress.
    pub converged: bool,
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
    /// The optimiser can make no further progress.
    Converged,
    /// The listener asked for it.
    Interrupt,
}

impl StoppedBy {
    /// `steps`, `target`, `converged` or `interrupt`.
    pub fn name(self) -> &'static str {
        match self {
            StoppedBy::Steps => "steps",
            StoppedBy::Target => "target",
            StoppedBy::Converged => "converged",
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
#[non_exhaustive]
pub enum FitError {
    /// A setting is out of range.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The engine refused.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The task could not say what a step sees.
    #[error("step {step} cannot be computed: {source}")]
    Step {
        /// The step, counted from 1.
        step: usize,
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The task could not measure the fields.
    #[error(transparent)]
    Task(#[from] TaskError),
    /// The loss or its gradient is not usable any more. The fields are those of the last usable loss.
    #[error(
        "{reason} at step {step}: the fit has diverged{}",
        rate.map_or_else(String::new, |rate| format!("; try a learning rate below {rate:e}"))
    )]
    Diverged {
        /// The step, counted from 1.
        step: usize,
        /// The rate at its peak, of a method that has one.
        rate: Option<f64>,
        /// What is wrong with the loss.
        #[source]
        reason: LossError,
    },
    /// The method needs the same points at every step.
    #[error(
        "{optimizer} needs the same points at every step, but the task draws new ones; fix the points, or take \
         another optimizer"
    )]
    FreshPoints {
        /// The method's name.
        optimizer: &'static str,
    },
    /// A term names its fields out of order.
    #[error("the constraint \"{constraint}\" names the fields {fields:?}; their numbers must ascend")]
    FieldOrder {
        /// The term's name.
        constraint: String,
        /// The numbers as they are.
        fields: Vec<usize>,
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

impl Fit {
    /// A fit of `field` to `task`, not yet begun.
    ///
    /// # Errors
    /// If a setting is out of range, or the task's coordinates or outputs are not the field's.
    pub fn new(
        engine: Arc<dyn Engine>,
        field: Field,
        task: Arc<dyn Task>,
        config: FitConfig,
    ) -> Result<Self, FitError> {
        Self::joint(engine, vec![field], task, config)
    }

    /// A fit of several fields together, in the order in which the task counts them.
    ///
    /// # Errors
    /// As [`Fit::new`], or if the task has more fields than there are, or there are none.
    pub fn joint(
        engine: Arc<dyn Engine>,
        fields: Vec<Field>,
        task: Arc<dyn Task>,
        config: FitConfig,
    ) -> Result<Self, FitError> {
        config.check()?;
        if fields.is_empty() {
            return Err(FitError::NoFields);
        }
        let unknowns = Unknowns { fields, scalars: task.scalars() };
        Self::from_unknowns(engine, unknowns, task, config)
    }

    fn from_unknowns(
        engine: Arc<dyn Engine>,
        unknowns: Unknowns,
        task: Arc<dyn Task>,
        config: FitConfig,
    ) -> Result<Self, FitError> {
        if config.optimizer.needs_fixed_points() && !task.has_fixed_points() {
            return Err(FitError::FreshPoints { optimizer: config.optimizer.name() });
        }
        let terms = Terms::new(engine.as_ref(), task.as_ref(), &unknowns, config.copies())?;
        Ok(Self {
            terms,
            theta: unknowns.vector(),
            optimizer: config.make_optimizer(unknowns.count()),
            engine,
            task,
            config,
            unknowns,
            step: 0,
            loss: f64::NAN,
            seconds: 0.0,
            diverged: false,
        })
    }

    /// A fit that goes on from `checkpoint`, to end in the same bits as one never interrupted.
    ///
    /// # Errors
    /// As [`Fit::joint`], or if the checkpoint is of another task or other settings. `target_psnr` may
    /// differ; `steps` may under a constant rate, if the warm-up is as long and the task does not read
    /// how much of the fit is done; the rate may after a divergence.
    pub fn resume(
        engine: Arc<dyn Engine>,
        checkpoint: Checkpoint,
        task: Arc<dyn Task>,
        config: FitConfig,
    ) -> Result<Self, FitError> {
        config.check()?;
        checkpoint.check(task.as_ref(), &config)?;
        let Checkpoint { fields, scalars, optimizer, step, loss, seconds, .. } = checkpoint;
        if scalars.len() != task.scalars().len() {
            return Err(FitError::OtherProblem("trainable scalars"));
        }
        let mut fit = Self::from_unknowns(engine, Unknowns { fields, scalars }, task, config)?;
        fit.optimizer.restore(&optimizer).map_err(|_| FitError::OtherProblem("fields or optimiser"))?;
        Ok(Self { step, loss, seconds, ..fit })
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

    /// What is fitted.
    pub fn task(&self) -> &dyn Task {
        self.task.as_ref()
    }

    /// The settings.
    pub fn config(&self) -> &FitConfig {
        &self.config
    }

    /// Every term's name and its loss at the last evaluation; NaN before the first.
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

    /// All that a resumed fit needs. After a divergence it is of the last usable loss, and may be resumed at
    /// another rate.
    pub fn checkpoint(&self) -> Checkpoint {
        // In the order in which a file keeps them.
        let mut optimizer = self.optimizer.state();
        optimizer.sort_by(|a, b| a.name.cmp(&b.name));
        Checkpoint {
            fields: self.unknowns.fields.clone(),
            scalars: self.unknowns.scalars.clone(),
            optimizer,
            step: self.step,
            loss: self.loss,
            seconds: self.seconds,
            config: self.config.clone(),
            fingerprint: self.task.fingerprint(),
            diverged: self.diverged,
        }
    }

    /// Runs until the steps are made, the target is reached, the optimiser has converged, or `listener`, called
    /// after every step with how it went and the fit itself, asks to stop.
    ///
    /// # Errors
    /// As [`Fit::step`].
    pub fn run(&mut self, mut listener: impl FnMut(&Progress, &Fit) -> Control) -> Result<Outcome, FitError> {
        while self.step < self.config.steps {
            let progress = self.step()?;
            if listener(&progress, self) == Control::Stop {
                return Ok(self.outcome(StoppedBy::Interrupt));
            }
            if progress.converged {
                return Ok(self.outcome(StoppedBy::Converged));
            }
            if self.target_reached(&progress)? {
                return Ok(self.outcome(StoppedBy::Target));
            }
        }
        Ok(self.outcome(StoppedBy::Steps))
    }

    /// One step of the optimiser.
    ///
    /// # Errors
    /// If the loss or its gradient is not usable. The fit is then as it was before the update that led there:
    /// its fields, its optimiser and its count of steps are those of the last usable loss.
    pub fn step(&mut self) -> Result<Progress, FitError> {
        let start = Instant::now();
        let rate = self.config.rate_at(self.step);
        let (optimizer, theta, engine) = (&mut self.optimizer, &mut self.theta, self.engine.as_ref());
        let mut loss = StepLoss {
            terms: &mut self.terms,
            task: self.task.as_ref(),
            engine,
            unknowns: &mut self.unknowns,
            step: self.step,
            progress: progress(&self.config, self.step),
        };
        let made = optimizer.step(theta, &mut loss, rate);
        self.unknowns.set(&self.theta);
        let made = made.map_err(|error| self.failed(error))?;
        self.step += 1;
        self.loss = made.loss;
        let step_seconds = start.elapsed().as_secs_f64();
        self.seconds += step_seconds;
        Ok(Progress {
            step: self.step,
            steps: self.config.steps,
            loss: made.loss,
            psnr_db: self.task.psnr_of_loss(made.loss),
            rate,
            seconds: self.seconds,
            step_seconds,
            points: self.terms.points,
            evaluations: made.evaluations,
            converged: made.converged,
        })
    }

    /// What a failed step comes to.
    fn failed(&mut self, error: LossError) -> FitError {
        let step = self.step + 1;
        match error {
            LossError::Failed(source) => FitError::Step { step, source },
            reason => {
                self.step -= usize::from(self.optimizer.rewound());
                self.diverged = true;
                let rate = self.config.optimizer.has_rate().then_some(self.config.rate);
                FitError::Diverged { step, rate, reason }
            }
        }
    }

    /// Whether the target is reached, measured over all the data and only when it may well be.
    fn target_reached(&self, progress: &Progress) -> Result<bool, FitError> {
        let (Some(target), Some(guess)) = (self.config.target_psnr, progress.psnr_db) else {
            return Ok(false);
        };
        if guess < target - NEAR_TARGET || !progress.step.is_multiple_of(MEASURE_EVERY) {
            return Ok(false);
        }
        Ok(self.psnr()?.is_some_and(|psnr| psnr >= target))
    }

    /// The PSNR over all the data, measured, in dB.
    ///
    /// # Errors
    /// If the task cannot measure it.
    pub fn psnr(&self) -> Result<Option<f64>, FitError> {
        let moment = Moment {
            engine: self.engine.as_ref(),
            fields: &self.unknowns.fields,
            scalars: &self.unknowns.scalars,
            step: self.step,
            progress: progress(&self.config, self.step),
        };
        Ok(self.task.psnr(&moment)?)
    }

    fn outcome(&self, stopped_by: StoppedBy) -> Outcome {
        Outcome { stopped_by, steps: self.step, final_loss: self.loss, seconds: self.seconds }
    }
}

/// How much of the fit is done before step `step`, 0 to 1.
fn progress(config: &FitConfig, step: usize) -> f64 {
    (step as f64 / config.steps.saturating_sub(1).max(1) as f64).min(1.0)
}
