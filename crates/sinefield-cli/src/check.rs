//! `sinefield check`: describes a problem file.

use std::path::PathBuf;

use clap::Args;
use sinefield_jobs::{Source, check, output};

use crate::console::print;
use crate::failure::Failure;

/// Arguments of `sinefield check`.
#[derive(Args, Debug)]
pub struct Options {
    /// The problem file.
    pub problem: PathBuf,
    /// A setting that replaces one in the problem file, such as constants.k=10. It may be given several times.
    #[arg(long = "set", value_name = "NAME=VALUE")]
    pub settings: Vec<String>,
    /// Print one JSON object.
    #[arg(long)]
    pub json: bool,
}

/// Describes the problem.
pub fn run(options: &Options) -> Result<(), Failure> {
    let report = check(&Source::read(&options.problem, &options.settings)?)?;
    if options.json {
        return print(&output::json(&report.numbers)?);
    }
    print(&report.words)
}
