//! The commands that are jobs. Shows their plan, progress and report on the terminal.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;
use sinefield::engine::cpu::CpuEngine;
use sinefield_jobs::{Event, Job, JobError, Listener, Report, output};

use crate::console;
use crate::display::Display;
use crate::failure::{Failure, with_options};
use crate::interrupt;
use crate::stage::Stage;

/// How a job is shown.
#[derive(Args, Clone, Copy, Debug)]
#[command(next_help_heading = "Display")]
pub struct Show {
    /// Print the plan and write nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// Print the report as one JSON object at the end of standard output.
    #[arg(long)]
    pub json: bool,
    /// Print only errors, and how to resume an interrupted fit.
    #[arg(long)]
    pub quiet: bool,
}

/// A job and how it is shown.
#[derive(Args, Debug)]
pub struct Shown<J: Args> {
    /// The job.
    #[command(flatten)]
    pub job: J,
    /// How it is shown.
    #[command(flatten)]
    pub show: Show,
}

/// Arguments of `sinefield run`.
#[derive(Args, Debug)]
#[command(after_long_help = "\
A job file is a table in TOML or an object in JSON. The entry job names the command: \"fit\", \"reconstruct\", \
\"blend\", \"clone\", \"solve\", \"compare\", \"render\", \"eval\", \"statistics\" or \"demo\". The other entries \
are the options of that command, with _ in place of -, such as first_omega = 30. A positional argument has the name \
that the help of the command shows, such as signal. Relative paths start at the folder of the job file. Several \
files are run one after another.")]
pub struct RunOptions {
    /// The job files.
    #[arg(required = true, value_name = "JOB.toml")]
    pub files: Vec<PathBuf>,
    /// How they are shown.
    #[command(flatten)]
    pub show: Show,
}

/// The origin of a job, which determines the names of its settings in messages.
#[derive(Clone, Copy)]
enum Source<'a> {
    /// The command line.
    CommandLine,
    /// A job file.
    File(&'a Path),
}

impl Source<'_> {
    fn failure(self, error: JobError) -> Failure {
        match self {
            Source::CommandLine => error.into(),
            Source::File(path) => Failure::in_file(&error, path),
        }
    }

    fn words(self, words: &str) -> String {
        match self {
            Source::CommandLine => with_options(words),
            Source::File(_) => words.to_string(),
        }
    }
}

/// Runs the jobs of files, one after another.
pub fn run_files(options: &RunOptions) -> Result<ExitCode, Failure> {
    let read = |path: &PathBuf| Job::read(path).map_err(|error| Source::File(path).failure(error));
    // All files are read first, so that an error in a later one is reported before the work of an earlier one.
    let jobs: Vec<Job> = options.files.iter().map(read).collect::<Result<_, _>>()?;
    for (job, path) in jobs.iter().zip(&options.files) {
        if options.files.iter().any(|file| job.names_file(file)) {
            let what = "it names a job file as a file to read or write; name another";
            return Err(Failure::fault(path.display(), what));
        }
    }
    for (index, (job, path)) in jobs.iter().zip(&options.files).enumerate() {
        let earlier = || jobs[..index].iter().any(|earlier| job.reads_output_of(earlier));
        if options.show.dry_run && earlier() {
            console::note(&format!(
                "{}: reads what an earlier job writes, and is not planned here",
                path.display()
            ));
            continue;
        }
        if one(job, options.show, Source::File(path))? {
            return Ok(ExitCode::from(interrupt::CODE));
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Runs a job that the command line asks for.
pub fn run(job: &Job, show: Show) -> Result<ExitCode, Failure> {
    let interrupted = one(job, show, Source::CommandLine)?;
    Ok(if interrupted { ExitCode::from(interrupt::CODE) } else { ExitCode::SUCCESS })
}

/// Plans and runs a job. Returns whether it was interrupted.
fn one(job: &Job, show: Show, source: Source<'_>) -> Result<bool, Failure> {
    let fail = |error| source.failure(error);
    let engine = engine(job.threads())?;
    let mut terminal = Terminal { source, ..Terminal::new(show.quiet) };
    let plan = job.plan(engine, &mut terminal).map_err(fail)?;
    if show.dry_run {
        let words = match show.json {
            true => output::json(&plan.numbers().map_err(fail)?)?,
            false => plan.estimate().map_err(fail)?,
        };
        return console::print(&words).map(|()| false);
    }
    if plan.is_fit() {
        terminal.hear(Event::Note(plan.words()));
    }
    let Report { words, numbers, interrupted, unkept, .. } = plan.run(&mut terminal).map_err(fail)?;
    if show.json {
        console::print(&output::json(&numbers)?)?;
    } else if !show.quiet {
        console::print(&words)?;
    }
    unkept.map_or(Ok(interrupted), |unkept| Err(fail(unkept)))
}

/// The engine of a command, with `threads` threads.
pub fn engine(threads: Option<usize>) -> Result<Arc<CpuEngine>, Failure> {
    CpuEngine::new(threads)
        .map(Arc::new)
        .map_err(|error| Failure::fault("--threads", format!("{error}; ask for fewer")))
}

/// Shows the progress of a job on standard error, and passes interrupts to it.
struct Terminal<'a> {
    quiet: bool,
    source: Source<'a>,
    stage: Option<Stage>,
    display: Option<Display>,
}

impl Terminal<'_> {
    /// A terminal. If `quiet`, it shows urgent messages only.
    fn new(quiet: bool) -> Self {
        Self { quiet, source: Source::CommandLine, stage: None, display: None }
    }
}

impl Listener for Terminal<'_> {
    fn hear(&mut self, event: Event<'_>) {
        match event {
            Event::Stage { name, done, total } => {
                let quiet = self.quiet;
                self.stage.get_or_insert_with(|| Stage::new(name, quiet)).show(done, total);
            }
            Event::StageEnd => {
                if let Some(stage) = self.stage.take() {
                    stage.end();
                }
            }
            Event::FitBegin { steps, stoppable } => {
                interrupt::watch(stoppable);
                self.display = Some(Display::new(steps, self.quiet));
            }
            Event::Step { progress, snr_db } => {
                if let Some(display) = &mut self.display {
                    display.show(progress, snr_db);
                }
            }
            Event::FitEnd => {
                if let Some(display) = self.display.take() {
                    display.end();
                }
            }
            Event::Note(words) if !self.quiet => console::note(words),
            // A write error is ignored here. It occurs again when the report is printed.
            Event::Part(words) if !self.quiet => drop(console::print(words)),
            Event::Urgent(words) => console::note(&self.source.words(words)),
            _ => {}
        }
    }

    fn wants_stop(&mut self) -> bool {
        interrupt::asked()
    }
}
