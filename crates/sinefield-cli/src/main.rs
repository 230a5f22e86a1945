//! The `sinefield` command: fits fields to images, renders, evaluates and describes them.
//!
//! This crate is thin. The options are the settings of jobs, and an error becomes one line. Results go to standard
//! output, and messages during the work to standard error.

mod bench;
mod check;
mod console;
mod display;
mod failure;
mod info;
mod interrupt;
mod jobs;
mod page;
mod stage;
mod usage;

use std::process::ExitCode;

use failure::Failure;
use sinefield_jobs::Job;
use usage::{Command, Usage};

fn main() -> ExitCode {
    let usage = match usage::parse() {
        Ok(usage) => usage,
        Err(code) => return code,
    };
    interrupt::answer().and_then(|()| run(&usage)).unwrap_or_else(|failure| report(&failure))
}

fn run(usage: &Usage) -> Result<ExitCode, Failure> {
    match &usage.command {
        Command::Fit(shown) => jobs::run(&Job::Fit(shown.job.clone().into()), shown.show),
        Command::Solve(shown) => jobs::run(&Job::Solve(shown.job.clone().into()), shown.show),
        Command::Reconstruct(shown) => jobs::run(&Job::Reconstruct(shown.job.clone().into()), shown.show),
        Command::Blend(shown) => jobs::run(&Job::Blend(shown.job.clone().into()), shown.show),
        Command::Clone(shown) => jobs::run(&Job::Clone(shown.job.clone().into()), shown.show),
        Command::Render(shown) => jobs::run(&Job::Render(shown.job.clone().into()), shown.show),
        Command::Mesh(shown) => jobs::run(&Job::Mesh(shown.job.clone().into()), shown.show),
        Command::ShapeReport(shown) => jobs::run(&Job::ShapeReport(shown.job.clone().into()), shown.show),
        Command::Eval(shown) => jobs::run(&Job::Eval(shown.job.clone().into()), shown.show),
        Command::Compare(shown) => jobs::run(&Job::Compare(shown.job.clone().into()), shown.show),
        Command::Run(options) => jobs::run_files(options),
        Command::Check(options) => check::run(options).map(|()| ExitCode::SUCCESS),
        Command::Info(options) => info::run(options).map(|()| ExitCode::SUCCESS),
        Command::Page(options) => page::run(options).map(|()| ExitCode::SUCCESS),
        Command::Bench(options) => bench::run(options).map(|()| ExitCode::SUCCESS),
        Command::Statistics(shown) => jobs::run(&Job::Statistics(shown.job.clone().into()), shown.show),
        Command::Demo(shown) => jobs::run(&Job::Demo(shown.job.clone().into()), shown.show),
    }
}

/// Prints the failure. Returns its exit code.
fn report(failure: &Failure) -> ExitCode {
    // An interrupt removes the temporary files, so the work may fail before the program ends.
    if interrupt::ends() {
        return ExitCode::from(interrupt::CODE);
    }
    failure.excerpt().into_iter().for_each(console::note);
    console::note(&failure.to_string());
    ExitCode::from(failure.code())
}
