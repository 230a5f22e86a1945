//! The fitting loop: runs steps of the optimiser and calls the listener after each.

use std::sync::Arc;

use web_time::Instant;

use super::checkpoint::Checkpoint;
use super::config::FitConfig;
use super::core::{Cores, with_core};
use super::error::FitError;
use super::focus::Focus;
use super::row_cost::RowCost;
use super::state_cost::StateCost;
use super::task::{Moment, Task};
use super::terms::StepLoss;
use super::unknowns::Unknowns;
use crate::engine::Engine;
use crate::field::{Field, Precision};
use crate::optimizer::{Loss, LossError, SecondOrder};

/// The PSNR is measured once the estimate from the loss is at most this many dB below the target.
const NEAR_TARGET: f64 = 0.5;
/// Steps between two measurements. One measurement costs about a third of a step.
const MEASURE_EVERY: usize = 5;
/// Cheap steps between two measurements of the error. One costs about a fifth of a step of Adam.
const ERROR_EVERY: usize = 25;

/// A running fit. It shares the engine and the task and owns the fields.
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
/// // The same fit, stopped after the eighth step and resumed, ends in the same bits.
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
    pub(super) engine: Arc<dyn Engine>,
    pub(super) task: Arc<dyn Task>,
    pub(super) cores: Cores,
    pub(super) config: FitConfig,
    pub(super) unknowns: Unknowns,
    /// What each term has taken from the fields; empty before the first step.
    pub(super) focus: Vec<Focus>,
    pub(super) step: usize,
    loss: f64,
    seconds: f64,
    diverged: bool,
}

/// The state of a fit after a step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Progress {
    /// The number of updates so far.
    pub step: usize,
    /// The total number of updates.
    pub steps: usize,
    /// The loss before this step's update.
    pub loss: f64,
    /// The PSNR that this loss implies, in dB.
    pub psnr_db: Option<f64>,
    /// The learning rate of this step, for a method that has one.
    pub rate: Option<f64>,
    /// Seconds spent in steps, including those before a resume.
    pub seconds: f64,
    /// Seconds of this step.
    pub step_seconds: f64,
    /// Points of this step.
    pub points: usize,
    /// Evaluations of the loss in this step.
    pub evaluations: usize,
    /// Whether the optimiser can make no further progress.
    pub converged: bool,
    /// The figures of a second-order step.
    pub second_order: Option<SecondOrder>,
    /// The relative L2 error after this step's update, where the task has a known solution. Every step of Gauss-Newton
    /// measures it, and every 25th step of other methods.
    pub error: Option<f64>,
}

/// The answer of a listener.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Control {
    /// Continue with the next step.
    Continue,
    /// Stop here. The fit can be resumed.
    Stop,
}

/// The reason for the end of a fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StoppedBy {
    /// All steps are done.
    Steps,
    /// The target PSNR was reached.
    Target,
    /// The optimiser can make no further progress.
    Converged,
    /// The listener stopped the fit.
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

/// The result of a fit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Outcome {
    /// The reason for the end of the fit.
    pub stopped_by: StoppedBy,
    /// The number of updates.
    pub steps: usize,
    /// The loss before the last update.
    pub final_loss: f64,
    /// Seconds spent in steps.
    pub seconds: f64,
}

impl Fit {
    /// A new fit of `field` to `task`.
    ///
    /// # Errors
    /// If a setting is out of range, the coordinates or outputs of the task differ from those of the field, the
    /// optimiser needs the same points at every step but the task draws new ones, or there is too little memory.
    pub fn new(
        engine: Arc<dyn Engine>,
        field: Field,
        task: Arc<dyn Task>,
        config: FitConfig,
    ) -> Result<Self, FitError> {
        Self::joint(engine, vec![field], task, config)
    }

    /// A new fit of several fields together, in the order of the task's field numbers.
    ///
    /// # Errors
    /// As [`Fit::new`], or if there are no fields, or fewer than the task needs.
    pub fn joint(
        engine: Arc<dyn Engine>,
        fields: Vec<Field>,
        task: Arc<dyn Task>,
        config: FitConfig,
    ) -> Result<Self, FitError> {
        Self::check(engine.as_ref(), &fields, task.as_ref(), &config)?;
        let unknowns = Unknowns::new(fields, task.scalars(), config.precision);
        Self::from_unknowns(engine, unknowns, task, config, 0)
    }

    /// Checks that `fields` can be fitted to `task` under these settings, before anything is computed.
    ///
    /// # Errors
    /// If a setting is out of range, there is no field, the optimiser needs the same points at every step but the task
    /// draws new ones, it needs residual rows that the task does not have, or its rows or its inverse Hessian do not fit
    /// into memory.
    pub fn check(
        engine: &dyn Engine,
        fields: &[Field],
        task: &dyn Task,
        config: &FitConfig,
    ) -> Result<(), FitError> {
        config.check()?;
        if fields.is_empty() {
            return Err(FitError::NoFields);
        }
        let fixed = config.methods().find(|method| method.needs_fixed_points());
        if let Some(method) = fixed.filter(|_| !task.has_fixed_points()) {
            return Err(FitError::FreshPoints { optimizer: method.name() });
        }
        if config.precision == Precision::F64 && !task.has_float64() {
            return Err(FitError::NoFloat64);
        }
        StateCost::new(fields, task, config).map_or(Ok(()), |cost| cost.check())?;
        RowCost::new(engine, fields, task, config)?.map_or(Ok(()), |cost| cost.check())
    }

    fn from_unknowns(
        engine: Arc<dyn Engine>,
        unknowns: Unknowns,
        task: Arc<dyn Task>,
        config: FitConfig,
        step: usize,
    ) -> Result<Self, FitError> {
        Ok(Self {
            cores: Cores::new(engine.as_ref(), task.as_ref(), &config, &unknowns, step)?,
            engine,
            task,
            config,
            unknowns,
            focus: Vec::new(),
            step,
            loss: f64::NAN,
            seconds: 0.0,
            diverged: false,
        })
    }

    /// Continues a fit from `checkpoint`. The result has the same bits as that of an uninterrupted fit.
    ///
    /// # Errors
    /// As [`Fit::joint`], or if the checkpoint belongs to another task or other settings. `target_psnr` may differ.
    /// With a constant rate, `steps` may differ if the warm-up has the same length and the task does not read the
    /// progress of the fit. After a divergence, the rate may differ.
    pub fn resume(
        engine: Arc<dyn Engine>,
        checkpoint: Checkpoint,
        task: Arc<dyn Task>,
        config: FitConfig,
    ) -> Result<Self, FitError> {
        Self::check(engine.as_ref(), &checkpoint.fields, task.as_ref(), &config)?;
        checkpoint.check(task.as_ref(), &config)?;
        let Checkpoint { fields, scalars, optimizer, balance, mut focus, step, loss, seconds, .. } =
            checkpoint;
        if scalars.len() != task.scalars().len() {
            return Err(FitError::OtherProblem("trainable scalars"));
        }
        let unknowns = Unknowns::new(fields, scalars, config.precision);
        let mut fit = Self::from_unknowns(engine, unknowns, task, config, step)?;
        let restored = with_core!(&mut fit.cores, core => core.optimizer.restore(&optimizer));
        restored.map_err(|_| FitError::OtherProblem("fields or optimiser"))?;
        let terms = fit.task.terms().len();
        if !balance.is_empty() {
            if balance.len() != terms || !balance.iter().all(|factor| factor.is_finite() && *factor > 0.0) {
                return Err(FitError::OtherProblem("constraints"));
            }
            with_core!(&mut fit.cores, core => core.terms.factors = balance);
        }
        if !focus.is_empty() {
            fit.focus = (0..terms).map(|term| focus.remove(&term).unwrap_or_default()).collect();
        }
        Ok(Self { loss, seconds, ..fit })
    }

    /// The current field, or the first of several.
    pub fn field(&self) -> &Field {
        &self.unknowns.fields[0]
    }

    /// The current fields.
    pub fn fields(&self) -> &[Field] {
        &self.unknowns.fields
    }

    /// The current trainable scalars, rounded to the precision of the fit.
    pub fn scalars(&self) -> &[f64] {
        &self.unknowns.scalars
    }

    /// The task.
    pub fn task(&self) -> &dyn Task {
        self.task.as_ref()
    }

    /// The settings.
    pub fn config(&self) -> &FitConfig {
        &self.config
    }

    /// The name of every term and its loss, at the loss that the last step reports, which is their sum; NaN before the first
    /// step.
    pub fn losses(&self) -> impl Iterator<Item = (&str, f64)> {
        let losses = with_core!(&self.cores, core => &core.terms.losses);
        self.task.terms().iter().zip(losses).map(|(term, loss)| (term.name.as_str(), *loss))
    }

    /// Returns the current field, or the first of several.
    pub fn into_field(self) -> Field {
        let mut fields = self.unknowns.fields;
        fields.swap_remove(0)
    }

    /// Returns the current fields.
    pub fn into_fields(self) -> Vec<Field> {
        self.unknowns.fields
    }

    /// The state that a resumed fit needs. After a divergence, it is the state of the last usable loss. That fit may be
    /// resumed at another rate.
    pub fn checkpoint(&self) -> Checkpoint {
        // Sorted by name, as in a checkpoint file.
        let mut optimizer = with_core!(&self.cores, core => core.optimizer.state());
        optimizer.sort_by(|a, b| a.name.cmp(&b.name));
        Checkpoint {
            fields: self.unknowns.fields.clone(),
            scalars: self.unknowns.scalars.clone(),
            optimizer,
            balance: with_core!(&self.cores, core => core.terms.factors.clone())
                .into_iter()
                .filter(|_| self.balance().is_some())
                .collect(),
            focus: self.focus.iter().cloned().enumerate().filter(|(_, of)| *of != Focus::default()).collect(),
            step: self.step,
            loss: self.loss,
            seconds: self.seconds,
            config: self.config.clone(),
            fingerprint: self.task.fingerprint(),
            diverged: self.diverged,
        }
    }

    /// Runs until all steps are done, the target is reached, the optimiser has converged, or `listener` stops it.
    /// `listener` is called after every step with the progress and the fit.
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
    /// If the task cannot provide the points of the step, or the loss or its gradient is not usable. After an unusable
    /// loss, the fields, the optimiser and the step count are those of the last usable loss.
    pub fn step(&mut self) -> Result<Progress, FitError> {
        let start = Instant::now();
        self.refocus()?;
        self.rebalance()?;
        let (rate, method) = (self.config.rate_at(self.step), self.stage().optimizer);
        let drawn = self.config.drawn_at(self.step, self.stays());
        let keeps = self.step > 0 && (method.needs_fixed_points() || drawn != self.step);
        let made = with_core!(&mut self.cores, core => {
            let mut loss = StepLoss {
                terms: &mut core.terms,
                task: self.task.as_ref(),
                engine: self.engine.as_ref(),
                unknowns: &mut self.unknowns,
                step: drawn,
                progress: progress(&self.config, drawn),
                share: core.optimizer.share(),
                focus: &self.focus,
            };
            // A resumed line search has kept the loss from which it begins, without those of the terms.
            let known = match keeps && !loss.terms.is_known() {
                true => loss.evaluate(&core.theta, &mut core.theta.clone()).map(|_| ()),
                false => Ok(()),
            };
            let made = known.and_then(|()| core.optimizer.step(&mut core.theta, &mut loss, rate));
            self.unknowns.set(&core.theta);
            if let Ok(made) = &made {
                core.terms.settle(made.loss);
            }
            made
        });
        let made = made.map_err(|error| self.failed(error))?;
        let converged = self.advance(made.converged);
        self.loss = made.loss;
        let error = self.error_if_due()?;
        let step_seconds = start.elapsed().as_secs_f64();
        self.seconds += step_seconds;
        Ok(Progress {
            step: self.step,
            steps: self.config.steps,
            loss: made.loss,
            psnr_db: self.task.psnr_of_loss(made.loss),
            rate: method.has_rate().then_some(rate),
            seconds: self.seconds,
            step_seconds,
            points: with_core!(&self.cores, core => core.terms.points),
            evaluations: made.evaluations,
            converged,
            second_order: made.second_order,
            error,
        })
    }

    /// The settings of the current stage.
    pub fn stage(&self) -> &FitConfig {
        self.config.part_at(self.step).0
    }

    /// Whether the loss of a method that holds its points is the same throughout a stage. Factors that change make another
    /// loss of the same points.
    fn stays(&self) -> bool {
        self.task.has_fixed_points() && self.stage().balance.is_none()
    }

    /// Counts a step. At the end of a stage, which may come early, the next one begins with an optimiser of its own. A
    /// method that holds its points goes on with new ones, if there are any. Returns whether the whole fit has converged.
    fn advance(&mut self, converged: bool) -> bool {
        if let Some(next) = self.config.next_draw(self.step).filter(|_| converged && !self.stays()) {
            self.step = next;
            return false;
        }
        let (part, start) = self.config.part_at(self.step);
        let end = start + part.steps;
        self.step = if converged && end < self.config.steps { end } else { self.step + 1 };
        if self.step == end && end < self.config.steps {
            let (next, blocks) = (self.config.part_at(end).0, self.unknowns.blocks());
            with_core!(&mut self.cores, core => core.optimizer = next.make_optimizer(blocks));
            return false;
        }
        converged
    }

    /// The error against a known solution, if there is one and it is due.
    fn error_if_due(&self) -> Result<Option<f64>, FitError> {
        let last = self.step == self.config.steps;
        if !self.stage().optimizer.needs_rows() && !last && !self.step.is_multiple_of(ERROR_EVERY) {
            return Ok(None);
        }
        self.error()
    }

    /// The relative L2 error against a known solution, if the task has one.
    ///
    /// # Errors
    /// If the task cannot measure it.
    pub fn error(&self) -> Result<Option<f64>, FitError> {
        Ok(self.task.error(&self.moment())?)
    }

    /// The state before the next update.
    pub(super) fn moment(&self) -> Moment<'_> {
        Moment {
            engine: self.engine.as_ref(),
            fields: &self.unknowns.fields,
            scalars: &self.unknowns.scalars,
            step: self.step,
            progress: progress(&self.config, self.step),
            share: 1.0,
            focus: &[],
        }
    }

    /// The error of a failed step. Decrements the step count if the optimiser has undone its last update.
    fn failed(&mut self, error: LossError) -> FitError {
        let step = self.step + 1;
        match error {
            LossError::Failed(source) => FitError::Step { step, source },
            reason => {
                self.step -= usize::from(with_core!(&self.cores, core => core.optimizer.rewound()));
                self.diverged = true;
                let rate = self.stage().optimizer.has_rate().then_some(self.stage().rate);
                FitError::Diverged { step, rate, reason }
            }
        }
    }

    /// Whether the target is reached. Measures over all the data, and only if the target is near.
    fn target_reached(&self, progress: &Progress) -> Result<bool, FitError> {
        let (Some(target), Some(guess)) = (self.config.target_psnr, progress.psnr_db) else {
            return Ok(false);
        };
        if guess < target - NEAR_TARGET || !progress.step.is_multiple_of(MEASURE_EVERY) {
            return Ok(false);
        }
        Ok(self.psnr()?.is_some_and(|psnr| psnr >= target))
    }

    /// The measured PSNR over all the data, in dB.
    ///
    /// # Errors
    /// If the task cannot measure it.
    pub fn psnr(&self) -> Result<Option<f64>, FitError> {
        Ok(self.task.psnr(&self.moment())?)
    }

    fn outcome(&self, stopped_by: StoppedBy) -> Outcome {
        Outcome { stopped_by, steps: self.step, final_loss: self.loss, seconds: self.seconds }
    }
}

/// The progress of the fit before step `step`, 0 to 1.
pub(super) fn progress(config: &FitConfig, step: usize) -> f64 {
    (step as f64 / config.steps.saturating_sub(1).max(1) as f64).min(1.0)
}
