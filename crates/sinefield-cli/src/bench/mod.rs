//! `sinefield bench`: times the standard workloads, and compares their speed with the arithmetic peak of the machine.
//! The workloads are problems, so the times are those of a user's problem.

pub mod workloads;

use std::time::Instant;

use clap::Args;
use serde::Serialize;
use sinefield::engine::Differentiator;
use sinefield::engine::cpu::CpuEngine;
use sinefield::fit::{Moment, Task};
use sinefield::optimizer::{Adam, AdamConfig};

use sinefield_jobs::output;
use sinefield_jobs::settings::values;

use self::workloads::{Loss, WORKLOADS, Workload};
use crate::console::print;
use crate::failure::Failure;
use crate::jobs::engine;

/// Arguments of `sinefield bench`.
#[derive(Args, Debug)]
pub struct Options {
    /// The workloads to time, separated by commas [default: all]
    #[arg(long, value_name = "NAME,...", value_delimiter = ',', value_parser = workloads::named,
        help = format!("The workloads to time, of {}, separated by commas [default: all]", workloads::names()))]
    pub workload: Vec<Workload>,
    /// Steps to time, after one that is not; the median counts.
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = values::count, allow_negative_numbers = true)]
    pub steps: usize,
    /// Threads; one a core if not given.
    #[arg(long, value_name = "T", value_parser = values::threads, allow_negative_numbers = true)]
    pub threads: Option<usize>,
    /// Print one JSON object, or an array of them for several workloads.
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
        let report = measure(&engine, workload, options.steps)?;
        if !options.json {
            print(&report.row())?;
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

/// One workload's figures.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// The workload's name.
    pub workload: &'static str,
    /// The median duration of a step.
    pub milliseconds_per_step: f64,
    /// Operations of the matrix products, counted by formula, over the median duration of a step.
    pub gflops: f64,
    /// `gflops` over the peak.
    pub fraction_of_peak: f64,
    /// The median speed of a loop of fused multiply-adds on the same threads, timed between the steps.
    pub peak_gflops: f64,
    /// Points per second, from the median duration of a step.
    pub points_per_second: f64,
    /// The number of timed steps, after one that is not timed.
    pub steps: usize,
    /// The number of threads.
    pub threads: usize,
    /// The kernels' instruction set.
    pub instruction_set: &'static str,
}

impl Report {
    /// The figures under [`HEADING`].
    fn row(&self) -> String {
        format!(
            "{:<10}{:>9.2}{:>10.1}{:>9.1}%{:>15.1}{:>12.0}",
            self.workload,
            self.milliseconds_per_step,
            self.gflops,
            100.0 * self.fraction_of_peak,
            self.peak_gflops,
            self.points_per_second,
        )
    }
}

/// Times `steps` steps of a workload, and the arithmetic peak between them.
pub fn measure(engine: &CpuEngine, workload: Workload, steps: usize) -> Result<Report, Failure> {
    let failed = |error: &dyn std::fmt::Display| Failure::fault(workload.name, error);
    let problem = workload.problem().map_err(|error| failed(&error))?;
    let field = problem.fields(0).map_err(|error| failed(&error))?.swap_remove(0);
    let (architecture, render) = (field.architecture(), workload.loss == Loss::Render);
    let needs = problem.terms()[0].fields[0].jet.clone();
    let mut stepper = engine.stepper(architecture, &needs).map_err(|error| failed(&error))?;
    let mut joint = engine.joint_stepper(&[(architecture, &needs)]).map_err(|error| failed(&error))?;
    let mut parameters = field.parameters().to_vec();
    let mut gradient = vec![0.0; parameters.len()];
    let mut adam = Adam::new(AdamConfig::default(), parameters.len());
    let mut out = vec![0.0f32; if render { workload.points } else { 0 }];
    let now = Moment { engine, fields: &[], scalars: &[], step: 0, progress: 0.0 };
    let system = problem.system(0, &now).map_err(|error| failed(&error))?;
    let mut step = || {
        let start = Instant::now();
        if render {
            stepper.values(&parameters, |start, x| system.coordinates(0, start, x), &mut out);
        } else {
            joint.gradient(&[&parameters], system.as_ref(), &mut [&mut gradient], &mut []);
            engine.install(|| adam.update(&mut parameters, &gradient, 1e-4));
        }
        start.elapsed().as_secs_f64()
    };
    step();
    let (mut times, mut peaks) = (Vec::new(), vec![engine.peak()]);
    for _ in 0..steps {
        times.push(step());
        peaks.push(engine.peak());
    }
    let seconds = median(&mut times);
    let peak = median(&mut peaks);
    let operations = joint.operations_per_point(!render) * workload.points as f64;
    Ok(Report {
        workload: workload.name,
        milliseconds_per_step: seconds * 1e3,
        gflops: operations / seconds * 1e-9,
        fraction_of_peak: operations / seconds / peak,
        peak_gflops: peak * 1e-9,
        points_per_second: workload.points as f64 / seconds,
        steps,
        threads: engine.threads(),
        instruction_set: engine.instruction_set().name(),
    })
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
