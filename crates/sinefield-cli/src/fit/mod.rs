//! `sinefield fit`: a field fitted to an image.

mod display;
mod keep;
mod options;
mod report;
mod running;
mod start;
mod subject;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use sinefield::engine::cpu::CpuEngine;
use sinefield::field::Field;
use sinefield::fit::{Control, Fit, FitError, Outcome, StoppedBy};

pub use display::Display;
pub use options::{NetworkOptions, Optimizer, Options, Recipe, ScheduleName, many_passes, schedule_name};
pub use report::Settings;
pub use running::RunningOptions;
pub use start::{begin, describe, difference};
pub use subject::Subject;

use crate::failure::Failure;
use crate::{console, interrupt, output, quality};
pub use keep::Keeper;
use report::Report;

/// Pixels above which measuring takes so long that it is told of.
pub const LARGE: usize = 1 << 20;

/// Fits as the options say.
pub fn run(options: &Options) -> Result<ExitCode, Failure> {
    let running = &options.running;
    running.check(&[&options.image], &[])?;
    let engine = engine(running.threads)?;
    let subject = Subject::read(options)?;
    let picture = &subject.picture;
    let field = start::field(options, picture)?;
    let config = options.course.config(picture, &field);
    let settings = Settings { config, optimizer: options.course.optimizer, seed: running.seed() };
    if !running.quiet {
        console::note(&subject.plan(&field, &settings, &engine));
    }
    let config = settings.config.clone();
    let fit = begin(running, engine.clone(), vec![field], picture.clone(), config, "image")?;
    running.run(fit, settings.config.steps, |fit, outcome| {
        finish(fit.into_field(), outcome, &subject, &settings, (&engine, running))
    })
}

/// Runs the steps, shows them, keeps what is to be kept, and listens for an interrupt.
pub fn steps(fit: &mut Fit, steps: usize, quiet: bool, keeper: &mut Keeper) -> Result<Outcome, Failure> {
    let mut display = Display::new(steps, quiet);
    interrupt::watch();
    let ran = fit.run(|progress, fit| {
        display.show(progress);
        keeper.step(progress, fit);
        if interrupt::asked() { Control::Stop } else { Control::Continue }
    });
    display.end();
    ran.map_err(failed)
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
    subject: &Subject,
    settings: &Settings,
    (engine, running): (&CpuEngine, &RunningOptions),
) -> Result<(), Failure> {
    if !running.quiet && subject.picture.pixels() > LARGE {
        console::note("measuring the field against the image");
    }
    let measured = quality::measure(engine, &field, &subject.image);
    let quality = measured.map_err(|error| Failure::fault("quality", error))?;
    field.meta.fitted = settings.fitted(subject, outcome.steps, quality);
    field.save(&running.output)?;
    let parameters = field.parameters().len();
    let report = Report::new(outcome, quality, subject.picture.batch(), parameters, running.seed());
    if running.json {
        return console::print(&output::json(&report)?);
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
