//! `sinefield fit`: a field fitted to a signal: an image, a sound, a video, a volume.

mod display;
mod keep;
mod options;
mod plan;
mod report;
mod running;
mod start;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use sinefield::engine::cpu::CpuEngine;
use sinefield::field::Field;
use sinefield::fit::{Control, Fit, FitError, Outcome, StoppedBy};
use sinefield::recipe::sampled::Sampled;
use sinefield_jobs::{Quality, Subject};

pub use display::Display;
pub use options::{
    NetworkOptions, Options, Recipe, ScheduleName, check_method, optimizer_help, schedule_name,
};
pub use report::Settings;
pub use running::RunningOptions;
pub use start::{begin, describe, difference};

use crate::failure::Failure;
use crate::{console, interrupt, output};
pub use keep::Keeper;
pub use plan::Plan;
use report::Report;

/// Pixels above which measuring takes so long that it is told of.
pub const LARGE: usize = 1 << 20;

/// Fits as the options say.
pub fn run(options: &Options) -> Result<ExitCode, Failure> {
    let running = &options.running;
    options::check_method(
        options.course.optimizer,
        options.course.lr.is_some(),
        options.course.schedule.is_some(),
    )?;
    running.check(&[&options.signal], &[])?;
    let engine = engine(running.threads)?;
    let subject = plan::read(options)?;
    let kind = subject.signal.kind;
    let task = subject.task()?.with_batch(options.course.batch(), running.seed());
    let task = Arc::new(task.map_err(|error| Failure::usage("--batch", error))?);
    let field = start::field(options, &subject, &task)?;
    let config = options.course.config(&subject.defaults(), kind, &task, &field);
    let settings = Settings { config, seed: running.seed() };
    let plan = Plan { subject: &subject, task: &task, field: &field, settings: &settings, engine: &engine };
    if options.dry_run {
        let told = if running.json { output::json(&plan.json()?)? } else { plan.dry_words()? };
        return console::print(&told).map(|()| ExitCode::SUCCESS);
    }
    if !running.quiet {
        console::note(&plan.words());
    }
    let fit =
        begin(running, engine.clone(), vec![field], task.clone(), settings.config.clone(), kind.name())?;
    running.run(fit, (settings.config.steps, subject.power()), |fit, outcome| {
        finish(fit.into_field(), outcome, (&subject, &task), &settings, (&engine, running))
    })
}

/// Runs the steps, shows them, keeps what is to be kept, and listens for an interrupt.
pub fn steps(
    fit: &mut Fit,
    (steps, power, quiet): (usize, Option<f64>, bool),
    keeper: &mut Keeper,
) -> Result<Outcome, FitError> {
    let mut display = Display::new(steps, power, quiet);
    interrupt::watch();
    let ran = fit.run(|progress, fit| {
        display.show(progress);
        keeper.step(progress, fit);
        if interrupt::asked() { Control::Stop } else { Control::Continue }
    });
    display.end();
    ran
}

/// Keeps the last usable state of a fit that diverged, and says how to go on.
pub fn diverged(fit: &Fit, error: FitError, asked: Option<&Path>, output: &Path) -> Failure {
    let path = asked.map_or_else(|| beside(output), Path::to_path_buf);
    let checkpoint = fit.checkpoint();
    match checkpoint.save(&path) {
        Ok(()) => {
            let step = checkpoint.step;
            let what = format!(
                "{error}; its state after step {step} is kept: repeat the command with a lower --lr, --checkpoint {} \
                 and --resume",
                path.display()
            );
            Failure::fault("fit", what)
        }
        Err(unkept) => Failure::fault("fit", format!("{error} ({unkept})")),
    }
}

/// Writes the last checkpoint: the one asked for, or one all the same if the fit was interrupted.
pub fn checkpoint(fit: &Fit, outcome: &Outcome, asked: Option<&Path>, output: &Path) -> Result<(), Failure> {
    let interrupted = outcome.stopped_by == StoppedBy::Interrupt;
    let path = match asked {
        Some(path) => path.to_path_buf(),
        None if interrupted => beside(output),
        None => return Ok(()),
    };
    fit.checkpoint().save(&path)?;
    if interrupted {
        console::note(&format!(
            "interrupted after step {}; to go on, repeat the command with --checkpoint {} --resume",
            outcome.steps,
            path.display()
        ));
    }
    Ok(())
}

/// Measures the field, writes it, and says what it came to.
fn finish(
    mut field: Field,
    outcome: &Outcome,
    (subject, task): (&Subject, &Sampled),
    settings: &Settings,
    (engine, running): (&CpuEngine, &RunningOptions),
) -> Result<(), Failure> {
    let mut stage = console::Stage::new("measuring", running.quiet);
    let quality =
        Quality::measure(engine, &field, subject, task, &mut |done, total| stage.show(done, total))?;
    stage.end();
    field.meta.fitted = settings.fitted(subject, task, outcome.steps, quality);
    field.save(&running.output)?;
    let parameters = field.parameters().len();
    let report = Report::new(outcome, quality, task.batch(), parameters, running.seed());
    if running.json {
        return console::print(&output::json(&report.json())?);
    }
    if running.quiet { Ok(()) } else { console::print(&report.words(&running.output)) }
}

/// The engine of a command, with so many threads.
pub fn engine(threads: Option<usize>) -> Result<Arc<CpuEngine>, Failure> {
    CpuEngine::new(threads)
        .map(Arc::new)
        .map_err(|error| Failure::fault("--threads", format!("{error}; ask for fewer")))
}

/// What went wrong in a fit, in one line.
pub fn failed(error: FitError) -> Failure {
    match error {
        FitError::Config(error) => Failure::usage("settings", error),
        error => Failure::fault("fit", error),
    }
}

/// The checkpoint of an interrupted fit that was not asked to keep one.
fn beside(output: &Path) -> PathBuf {
    let mut path = OsString::from(output);
    path.push(".checkpoint");
    path.into()
}
