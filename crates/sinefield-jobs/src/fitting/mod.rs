//! Runs a fit of any kind: its start, its checkpoints and log, and its end.

pub mod history;
mod keep;
mod start;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sinefield::engine::Engine;
use sinefield::field::{Field, Precision};
use sinefield::fit::{
    Control, Fit, FitConfig, FitError, Moment, Outcome, RowCost, StateCost, StoppedBy, Task,
};
use sinefield::optimizer::Method;

use crate::settings::Running;
use crate::{Event, JobError, Listener, Report};
use history::History;
use keep::Keeper;
pub use start::describe;
pub(crate) use start::{begin, difference, given};

/// A fit that is ready to run.
pub struct Fitting {
    /// The engine of the fit.
    pub engine: Arc<dyn Engine>,
    /// The task to fit.
    pub task: Arc<dyn Task>,
    /// The initial fields.
    pub fields: Vec<Field>,
    /// The settings of the fit.
    pub config: FitConfig,
    /// The outputs and the run settings.
    pub running: Running,
    /// The kind of the fitted data in messages, such as `image`.
    pub of: &'static str,
    /// The mean square of a sound's outputs, for its signal-to-noise ratio.
    pub power: Option<f64>,
    /// Bytes of the signal that are held in memory.
    pub held: usize,
    /// Receives the figures of every step, if a report shows them.
    pub history: Option<History>,
}

/// The fraction of the arithmetic peak that estimates assume for steps.
const OF_PEAK: f64 = 0.7;

/// Bytes per second at which estimates assume that a large matrix is read.
const MEMORY_RATE: f64 = 1e10;

/// The estimated cost of a fit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Needs {
    /// Seconds on this machine, if the engine knows its peak.
    pub seconds: Option<f64>,
    /// Bytes of memory, without those of the program itself.
    pub bytes: usize,
}

/// The names of the optimizers of a fit, in the order of its stages.
pub(crate) fn methods(config: &FitConfig) -> String {
    config.methods().map(Method::name).collect::<Vec<_>>().join(", ")
}

/// The learning rate of a fit, if its optimizer has one. Stages have rates of their own.
pub(crate) fn rate_of(config: &FitConfig) -> Option<f64> {
    (config.stages.is_empty() && config.optimizer.has_rate()).then_some(config.rate)
}

/// The error of a fit of `of` that cannot begin. An optimizer is an option or an entry of a problem file, and so it is named
/// as neither.
pub(crate) fn refused(error: FitError, of: &str) -> JobError {
    match error {
        FitError::FreshPoints { optimizer } => {
            let advice = match of {
                "problem" => {
                    "set draw = \"fixed\" in every constraint, without adaptive, causal, windows and progress"
                }
                "shape" => "leave it out, as a shape draws points at every step",
                _ => "set `batch` to full",
            };
            let what = format!(
                "{optimizer} needs the same points at every step, and this fit draws new ones; {advice}, or take \
                 another optimizer"
            );
            JobError::asked("optimizer", what)
        }
        error @ FitError::NoFloat64 => JobError::asked("`precision`", error),
        error @ (FitError::NoRows { .. } | FitError::RowMemory { .. } | FitError::StateMemory { .. }) => {
            JobError::asked("optimizer", error)
        }
        error => error.into(),
    }
}

impl Fitting {
    /// Checks that the fit can begin.
    pub(crate) fn check(&self) -> Result<(), JobError> {
        let checked = Fit::check(self.engine.as_ref(), &self.fields, self.task.as_ref(), &self.config);
        checked.map_err(|error| refused(error, self.of))
    }

    /// The estimated cost of the fit. It measures the peak of the machine, which takes a fraction of a second.
    pub(crate) fn needs(&self) -> Result<Needs, JobError> {
        let (mut operations, mut bytes) = (0.0, self.held);
        let scalars = self.task.scalars();
        let (engine, precision) = (self.engine.as_ref(), self.config.precision);
        let moment = Moment {
            engine,
            fields: &self.fields,
            scalars: &scalars,
            step: 0,
            progress: 0.0,
            share: 1.0,
            focus: &[],
        };
        for (index, term) in self.task.terms().iter().enumerate() {
            let parts: Vec<_> =
                term.fields.iter().map(|of| (self.fields[of.field].architecture(), &of.jet)).collect();
            let (of_point, memory) = match precision {
                Precision::F32 => {
                    engine.differentiator(&parts).map(|of| (of.operations_per_point(true), of.memory()))
                }
                Precision::F64 => {
                    engine.differentiator_f64(&parts).map(|of| (of.operations_per_point(true), of.memory()))
                }
            }
            .map_err(|error| JobError::fault(&term.name, error))?;
            let points = self.task.system(index, &moment)?.points();
            operations += of_point * points as f64;
            bytes += memory;
        }
        if let Some(cost) = RowCost::new(engine, &self.fields, self.task.as_ref(), &self.config)? {
            // The kernel is always in float64. A register has half as many float64s as float32s.
            operations += cost.operations * if precision == Precision::F32 { 2.0 } else { 1.0 };
            bytes += cost.bytes;
        }
        let mut passes = 0.0;
        if let Some(cost) = StateCost::new(&self.fields, self.task.as_ref(), &self.config) {
            passes += cost.bytes as f64 / MEMORY_RATE;
            bytes += cost.bytes;
        }
        let parameters: usize =
            self.fields.iter().map(|field| field.parameters().len() * precision.bytes()).sum();
        let seconds = engine
            .peak(precision)
            .map(|peak| self.config.steps as f64 * (operations / (OF_PEAK * peak) + passes));
        Ok(Needs { seconds, bytes: bytes + self.config.copies() * parameters })
    }

    /// Runs the fit, writes its last checkpoint, and calls `finish` with the outcome. `finish` writes the fields.
    pub(crate) fn run(
        self,
        listener: &mut dyn Listener,
        finish: impl FnOnce(Fit, &Outcome, &mut dyn Listener) -> Result<Report, JobError>,
    ) -> Result<Report, JobError> {
        let Self { engine, task, fields, config, running, of, power, history, .. } = self;
        let mut fit = begin(&running, engine, (fields, task), config.clone(), of)?;
        let mut keeper = Keeper::new(&running, history)?;
        let outcome = match steps(&mut fit, (config.steps, power), &mut keeper, listener) {
            Ok(outcome) => outcome,
            Err(error @ FitError::Diverged { .. }) => return Err(diverged(fit, &error, &running)),
            Err(error) => return Err(error.into()),
        };
        // The field is written even if its checkpoint cannot be.
        let kept = checkpoint(&fit, &outcome, &running, listener);
        let mut report = finish(fit, &outcome, listener)?;
        report.interrupted = outcome.stopped_by == StoppedBy::Interrupt;
        report.unkept = kept.err().or(keeper.end().err());
        Ok(report)
    }
}

/// Runs and reports the steps, and writes the checkpoints and the log.
fn steps(
    fit: &mut Fit,
    (steps, power): (usize, Option<f64>),
    keeper: &mut Keeper,
    listener: &mut dyn Listener,
) -> Result<Outcome, FitError> {
    listener.hear(Event::FitBegin { steps, stoppable: true });
    let ran = fit.run(|progress, fit| {
        let snr_db = power.map(|power| 10.0 * (power / progress.loss).log10());
        listener.hear(Event::Step { progress, snr_db });
        keeper.step(progress, fit, listener);
        if listener.wants_stop() { Control::Stop } else { Control::Continue }
    });
    listener.hear(Event::FitEnd);
    ran
}

/// Writes a checkpoint of the last usable state of a diverged fit. The error says how to continue.
fn diverged(fit: Fit, error: &FitError, running: &Running) -> JobError {
    let checkpoint = fit.checkpoint();
    let step = checkpoint.step;
    let lower = fit.stage().optimizer.has_rate();
    let what = match (error, kept_at(running)) {
        // No update is to blame, and there is no state worth keeping.
        (FitError::Diverged { step: 1, reason, .. }, _) => format!(
            "{reason} before the first step; write the residual so that it is finite for the fields of the start, or \
             take another `seed`"
        ),
        (_, None) if lower => format!("{error}; try a lower `lr`"),
        (_, None) => format!("{error}; write the residual so that it stays finite"),
        (_, Some(path)) => match (checkpoint.save(&path), path.display()) {
            (Ok(()), path) if lower => format!(
                "{error}; its state after step {step} is kept: repeat it with a lower `lr`, `checkpoint` {path} and \
                 `resume`"
            ),
            (Ok(()), path) => format!(
                "{error}; write the residual so that it stays finite; the state after step {step} is kept in {path}"
            ),
            (Err(unkept), _) => format!("{error} ({unkept})"),
        },
    };
    JobError::Diverged { what, step, fields: fit.into_fields() }
}

/// Writes the last checkpoint if one was requested or the fit was interrupted.
fn checkpoint(
    fit: &Fit,
    outcome: &Outcome,
    running: &Running,
    listener: &mut dyn Listener,
) -> Result<(), JobError> {
    let interrupted = outcome.stopped_by == StoppedBy::Interrupt;
    if running.checkpoint.is_none() && !interrupted {
        return Ok(());
    }
    let Some(path) = kept_at(running) else {
        return Ok(());
    };
    fit.checkpoint().save(&path)?;
    if interrupted {
        listener.hear(Event::Urgent(&format!(
            "interrupted after step {}; to go on, repeat it with `checkpoint` {} and `resume`",
            outcome.steps,
            path.display()
        )));
    }
    Ok(())
}

/// The path of the requested checkpoint, or else one beside the field's file. `None` without either.
fn kept_at(running: &Running) -> Option<PathBuf> {
    running.checkpoint.clone().or_else(|| running.output.as_deref().map(beside))
}

/// The path of a checkpoint that was not requested.
fn beside(output: &Path) -> PathBuf {
    let mut path = OsString::from(output);
    path.push(".checkpoint");
    path.into()
}
