//! `sinefield bench`: times the standard workloads, and compares their speed with the arithmetic peak of the machine.

use clap::Args;
use sinefield::field::Precision;
use sinefield_jobs::bench::{self, Timing, WORKLOADS, Workload};
use sinefield_jobs::output;
use sinefield_jobs::settings::values;

use crate::console::print;
use crate::failure::Failure;
use crate::jobs::engine;

/// Arguments of `sinefield bench`.
#[derive(Args, Debug)]
pub struct Options {
    /// The workloads to time, separated by commas [default: all]
    #[arg(long, value_name = "NAME,...", value_delimiter = ',', value_parser = bench::named,
        help = format!("The workloads to time, separated by commas: {} [default: all]", bench::names()))]
    pub workload: Vec<Workload>,
    /// The number of timed steps. One untimed step runs first. The median time is reported.
    #[arg(long, value_name = "N", default_value_t = bench::STEPS, value_parser = values::count, allow_negative_numbers = true)]
    pub steps: usize,
    /// The precision of the computation.
    #[arg(long, value_name = "NAME", default_value_t,
        help = format!("The precision of the computation: {}", Precision::ALL.map(Precision::name).join(" or ")))]
    pub precision: Precision,
    /// The number of threads [default: one per core]
    #[arg(long, value_name = "T", value_parser = values::threads, allow_negative_numbers = true)]
    pub threads: Option<usize>,
    /// Print one JSON object, or an array of objects for several workloads.
    #[arg(long)]
    pub json: bool,
}

/// Times the workloads that the options name.
pub fn run(options: &Options) -> Result<(), Failure> {
    let engine = engine(options.threads)?;
    let chosen = if options.workload.is_empty() { WORKLOADS.to_vec() } else { options.workload.clone() };
    if !options.json {
        print(&format!("{engine:?}\n{HEADING}"))?;
    }
    let mut reports = Vec::new();
    for workload in chosen {
        let report = bench::measure(&engine, workload, options.steps, options.precision)?;
        if !options.json {
            print(&row(&report))?;
        }
        reports.push(report);
    }
    match reports.as_slice() {
        _ if !options.json => Ok(()),
        [report] => print(&output::json(report)?),
        reports => print(&output::json(&reports)?),
    }
}

const HEADING: &str = "workload    ms/step   GFLOP/s   of peak   peak GFLOP/s    points/s";

/// The figures of a workload under [`HEADING`].
fn row(timing: &Timing) -> String {
    format!(
        "{:<10}{:>9.2}{:>10.1}{:>9.1}%{:>15.1}{:>12.0}",
        timing.workload,
        timing.milliseconds_per_step,
        timing.gflops,
        100.0 * timing.fraction_of_peak,
        timing.peak_gflops,
        timing.points_per_second,
    )
}
