//! `sinefield fit`: a field fitted to an image.

mod display;
mod keep;
mod options;
mod report;
mod start;
mod subject;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use sinefield::engine::cpu::CpuEngine;
use sinefield::field::Field;
use sinefield::fit::{Control, Fit, FitError, Outcome, StoppedBy};

pub use display::Display;
pub use options::{Optimizer, Options, Recipe, ScheduleName, schedule_name};
pub use report::Settings;
pub use start::describe;
pub use subject::Subject;

use crate::failure::Failure;
use crate::{console, interrupt, output, quality};
pub use keep::Keeper;
use report::Report;

/// Pixels above which measuring takes so long that it is told of.
const LARGE: usize = 1 << 20;

/// Fits as the options say.
pub fn run(options: &Options) -> Result<ExitCode, Failure> {
    check(options)?;
    let engine = engine(options.threads)?;
    let subject = Subject::read(options)?;
    let picture = &subject.picture;
    let config = options.course.config(picture.pixels(), picture.batch());
    let settings = Settings { config, optimizer: options.course.optimizer, seed: options.seed };
    let field = start::field(options, picture)?;
    if !options.quiet {
        console::note(&subject.plan(&field, &settings, &engine));
    }
    let config = settings.config.clone();
    let mut fit = match (&options.checkpoint, options.resume) {
        (Some(path), true) => start::resumed(path, &engine, &field, picture, config)?,
        _ => Fit::new(&engine, field, picture, config).map_err(failed)?,
    };
    let mut keeper = Keeper::new(options.checkpoint.as_deref(), options.log.as_deref(), options.resume)?;
    let outcome = steps(&mut fit, settings.config.steps, options.quiet, &mut keeper)?;
    checkpoint(&fit, &outcome, options.checkpoint.as_deref(), &options.output)?;
    finish(fit.into_field(), &outcome, &subject, &settings, (&engine, options))?;
    keeper.end()?;
    let interrupted = outcome.stopped_by == StoppedBy::Interrupt;
    Ok(if interrupted { ExitCode::from(interrupt::CODE) } else { ExitCode::SUCCESS })
}

/// Runs the steps, shows them, keeps what is to be kept, and listens for an interrupt.
pub fn steps(fit: &mut Fit<'_>, steps: usize, quiet: bool, keeper: &mut Keeper) -> Result<Outcome, Failure> {
    let mut display = Display::new(steps, quiet);
    interrupt::watch()?;
    let ran = fit.run(|progress, fit| {
        display.show(progress);
        keeper.step(progress, fit);
        if interrupt::asked() { Control::Stop } else { Control::Continue }
    });
    display.end();
    ran.map_err(failed)
}

/// Writes the last checkpoint: the one asked for, or one all the same if the fit was interrupted.
pub fn checkpoint(
    fit: &Fit<'_>,
    outcome: &Outcome,
    asked: Option<&Path>,
    output: &Path,
) -> Result<(), Failure> {
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
    (engine, options): (&CpuEngine, &Options),
) -> Result<(), Failure> {
    if !options.quiet && subject.picture.pixels() > LARGE {
        console::note("measuring the field against the image");
    }
    let measured = quality::measure(engine, &field, &subject.image);
    let quality = measured.map_err(|error| Failure::fault("quality", error))?;
    field.meta.fitted = settings.fitted(subject, outcome.steps, quality);
    field.save(&options.output)?;
    let parameters = field.parameters().len();
    let report = Report::new(outcome, quality, subject.picture.batch(), parameters, options.seed);
    if options.json {
        return console::print(&output::json(&report)?);
    }
    if options.quiet { Ok(()) } else { console::print(&report.words(&options.output)) }
}

/// Checks, before any work, what would otherwise fail after it.
fn check(options: &Options) -> Result<(), Failure> {
    if options.resume && options.checkpoint.is_none() {
        return Err(Failure::usage(
            "--resume",
            "there is no checkpoint to resume; give --checkpoint FILE too",
        ));
    }
    let written = [Some(&options.output), options.checkpoint.as_ref(), options.log.as_ref()];
    let written: Vec<&Path> = written.into_iter().flatten().map(PathBuf::as_path).collect();
    output::check(&[&options.image], &written)
}

/// The engine of a command, with so many threads.
pub fn engine(threads: Option<usize>) -> Result<CpuEngine, Failure> {
    CpuEngine::new(threads).map_err(|error| Failure::fault("--threads", format!("{error}; ask for fewer")))
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
