//! The `sinefield` command: fits fields to images, renders, evaluates and describes them.
//!
//! Thin: options become the library's settings, its errors become one line, and what a command has
//! to say goes to standard output, what it says while working to standard error.

mod bench;
mod check;
mod compare;
mod console;
mod demo;
mod derive;
mod eval;
mod failure;
mod figure;
mod fit;
mod image;
mod info;
mod interrupt;
mod kind;
mod output;
mod render;
mod shade;
mod solve;
mod statistics;
mod usage;
mod values;

use std::process::ExitCode;

use failure::Failure;
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
        Command::Fit(options) => fit::run(options),
        Command::Solve(options) => solve::run(options),
        Command::Check(options) => check::run(options).map(|()| ExitCode::SUCCESS),
        Command::Reconstruct(options) => derive::reconstruct(options),
        Command::Blend(options) => derive::blend(options),
        Command::Clone(options) => derive::clone(options),
        Command::Render(options) => render::run(options).map(|()| ExitCode::SUCCESS),
        Command::Eval(options) => eval::run(options).map(|()| ExitCode::SUCCESS),
        Command::Info(options) => info::run(options).map(|()| ExitCode::SUCCESS),
        Command::Bench(options) => bench::run(options).map(|()| ExitCode::SUCCESS),
        Command::Compare(options) => compare::run(options).map(|()| ExitCode::SUCCESS),
        Command::Statistics(options) => statistics::run(options).map(|()| ExitCode::SUCCESS),
        Command::Demo(options) => demo::run(options).map(|()| ExitCode::SUCCESS),
    }
}

/// Says what went wrong; the exit code that tells of it.
fn report(failure: &Failure) -> ExitCode {
    console::note(&failure.to_string());
    ExitCode::from(failure.code())
}
