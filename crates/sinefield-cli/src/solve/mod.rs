//! `sinefield solve`: fields that satisfy the constraints of a problem file.

pub mod file;
mod report;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use sinefield::engine::cpu::CpuEngine;
use sinefield::field::Field;
use sinefield::fit::FitConfig;
use sinefield::problem::Problem;

use crate::console::grouped;
use crate::failure::Failure;
use crate::{console, fit, output, values};
use file::Source;
use report::Report;

/// Arguments of `sinefield solve`.
#[derive(Args, Debug)]
pub struct Options {
    /// The problem file.
    pub problem: PathBuf,
    /// What is written, and how the fit is run.
    #[command(flatten)]
    pub running: fit::RunningOptions,
    /// A setting in place of the file's, as constants.k=10; may be given again.
    #[arg(long = "set", value_name = "NAME=VALUE")]
    pub settings: Vec<String>,
    /// Updates to make [default: the file's].
    #[arg(long, value_name = "N", value_parser = values::count, allow_negative_numbers = true)]
    pub steps: Option<usize>,
    /// Learning rate at its peak [default: the file's].
    #[arg(long, value_name = "R", value_parser = values::positive, allow_negative_numbers = true)]
    pub lr: Option<f64>,
    /// The learning rate's course after the warm-up [default: the file's].
    #[arg(long, value_enum)]
    pub schedule: Option<fit::ScheduleName>,
}

/// Solves as the options say.
pub fn run(options: &Options) -> Result<ExitCode, Failure> {
    options.running.check(&[&options.problem], &[])?;
    let source = Source::read(&options.problem, &settings(options))?;
    let problem = &source.problem;
    let outputs = outputs(&options.running.output, problem);
    let written: Vec<&Path> = outputs.iter().map(PathBuf::as_path).collect();
    let inputs: Vec<&Path> = source.inputs.iter().map(PathBuf::as_path).collect();
    output::check(&inputs, &written)?;
    let engine = fit::engine(options.running.threads)?;
    let config = source.file.fit.clone();
    let seed = source.file.seed;
    let fields = problem.fields(seed).map_err(|error| Failure::fault(options.problem.display(), error))?;
    if !options.running.quiet {
        console::note(&plan(options, problem, &fields, &config, &engine));
    }
    let fit = fit::begin(&options.running, &engine, fields, problem, config.clone(), "problem")?;
    options.running.run(fit, config.steps, |fit, outcome| {
        let report = Report::new(problem, &fit, outcome, seed);
        for (field, path) in fit.into_fields().iter_mut().zip(&outputs) {
            field.meta.fitted = report.fitted(&options.problem, &config);
            field.save(path)?;
        }
        if options.running.json {
            return console::print(&output::json(&report)?);
        }
        if options.running.quiet { Ok(()) } else { console::print(&report.words(&outputs)) }
    })
}

/// The settings given, those with options of their own as well.
fn settings(options: &Options) -> Vec<String> {
    let own = [
        options.steps.map(|steps| format!("fit.steps={steps}")),
        options.lr.map(|rate| format!("fit.rate={rate:?}")),
        options.schedule.map(|schedule| format!("fit.schedule={:?}", schedule.name())),
        options.running.seed.map(|seed| format!("seed={seed}")),
    ];
    options.settings.iter().cloned().chain(own.into_iter().flatten()).collect()
}

/// One file a field: the output itself, or with the field's name in it.
fn outputs(output: &Path, problem: &Problem) -> Vec<PathBuf> {
    let names: Vec<&str> = problem.field_names().collect();
    if names.len() == 1 {
        return vec![output.to_path_buf()];
    }
    let extension = output.extension().map(|e| e.to_string_lossy().into_owned());
    let named = |name: &&str| match &extension {
        Some(extension) => output.with_extension(format!("{name}.{extension}")),
        None => output.with_extension(name),
    };
    names.iter().map(named).collect()
}

/// What is about to be done.
fn plan(
    options: &Options,
    problem: &Problem,
    fields: &[Field],
    config: &FitConfig,
    engine: &CpuEngine,
) -> String {
    let mut lines = Vec::new();
    for (name, field) in problem.field_names().zip(fields) {
        let parameters = grouped(field.parameters().len());
        let network = fit::describe(field.architecture());
        lines
            .push(format!("{}: field {name}, {network}, {parameters} parameters", options.problem.display()));
    }
    let points: usize = problem.needs().map(|needs| needs.samples).sum();
    lines.push(format!(
        "{} steps of {} points for {} constraints; adam, rate {:e}; {} threads, {}",
        grouped(config.steps),
        grouped(points),
        problem.needs().count(),
        config.rate,
        engine.threads(),
        engine.instruction_set(),
    ));
    lines.join("\n")
}
