//! `sinefield solve`: fields that satisfy the constraints of a problem file.

pub mod file;
mod report;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;
use sinefield::engine::cpu::CpuEngine;
use sinefield::field::Field;
use sinefield::fit::FitConfig;
use sinefield::optimizer::Method;
use sinefield::problem::Problem;

use crate::console::grouped;
use crate::failure::Failure;
use crate::{console, fit, output, values};
use file::Source;
use report::Report;

/// Arguments of `sinefield solve`.
#[derive(Args, Debug)]
#[command(
    mut_arg("output", |arg| arg.help("The field file to write, as safetensors. Of several fields, each is \
        written to a file with its name before the extension: OUT.u.safetensors")),
    mut_arg("seed", |arg| arg.help("The number from which networks and points are drawn [default: the file's]"))
)]
pub struct Options {
    /// The problem file.
    pub problem: PathBuf,
    /// What is written, and how the fit is run.
    #[command(flatten)]
    pub running: fit::RunningOptions,
    /// A setting in place of the file's, as constants.k=10; may be given again.
    #[arg(long = "set", value_name = "NAME=VALUE")]
    pub settings: Vec<String>,
    /// Begin with the parameters of this field file. Of several fields, each is read from a file with its
    /// name before the extension, as they are written.
    #[arg(long, value_name = "FIELD")]
    pub init: Option<PathBuf>,
    /// Updates to make [default: the file's].
    #[arg(long, value_name = "N", value_parser = values::count, allow_negative_numbers = true)]
    pub steps: Option<usize>,
    /// The optimiser.
    #[arg(long, value_name = "NAME", help = format!("{} [default: the file's]", fit::optimizer_help()))]
    pub optimizer: Option<Method>,
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
    let problem = Arc::new(source.problem);
    let outputs = named(&options.running.output, &problem);
    let written: Vec<&Path> = outputs.iter().map(PathBuf::as_path).collect();
    let inputs: Vec<&Path> = source.inputs.iter().map(PathBuf::as_path).collect();
    output::check(&inputs, &written)?;
    let engine = fit::engine(options.running.threads)?;
    let config = source.file.fit.clone();
    let seed = source.file.seed;
    let fields = problem.fields(seed).map_err(|error| Failure::fault(options.problem.display(), error))?;
    let fields = match &options.init {
        None => fields,
        Some(init) => {
            let begun = fields.into_iter().zip(named(init, &problem));
            begun.map(|(fresh, path)| from_file(fresh, &path)).collect::<Result<_, _>>()?
        }
    };
    if !options.running.quiet {
        console::note(&plan(options, &problem, &fields, &config, &engine));
    }
    let fit = fit::begin(&options.running, engine, fields, problem.clone(), config.clone(), "problem")?;
    options.running.run(fit, (config.steps, None), |fit, outcome| {
        let report = Report::new(&problem, &fit, outcome, seed);
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
        options.optimizer.map(|method| format!("fit.optimizer={:?}", method.name())),
        options.lr.map(|rate| format!("fit.rate={rate:?}")),
        options.schedule.map(|schedule| format!("fit.schedule={:?}", schedule.name())),
        options.running.seed.map(|seed| format!("seed={seed}")),
    ];
    options.settings.iter().cloned().chain(own.into_iter().flatten()).collect()
}

/// The field with the parameters of the file `path`, which must be of such a network.
fn from_file(fresh: Field, path: &Path) -> Result<Field, Failure> {
    let found = Field::load(path)?;
    if let Some(what) = fit::difference(&fresh, &found) {
        let what = format!("its {what}; give a field of the problem's network, or leave out --init");
        return Err(Failure::fault(path.display(), what));
    }
    let made = Field::from_parts(fresh.architecture().clone(), found.parameters(), fresh.meta.clone());
    made.map_err(|error| Failure::fault(path.display(), error))
}

/// One file a field: the path itself, or with the field's name in it.
fn named(path: &Path, problem: &Problem) -> Vec<PathBuf> {
    let names: Vec<&str> = problem.field_names().collect();
    if names.len() == 1 {
        return vec![path.to_path_buf()];
    }
    let extension = path.extension().map(|e| e.to_string_lossy().into_owned());
    let named = |name: &&str| match &extension {
        Some(extension) => path.with_extension(format!("{name}.{extension}")),
        None => path.with_extension(name),
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
        "{} steps of {} points for {} constraints; {}, rate {:e}; {} threads, {}",
        grouped(config.steps),
        grouped(points),
        problem.needs().count(),
        config.optimizer,
        config.rate,
        engine.threads(),
        engine.instruction_set(),
    ));
    lines.join("\n")
}
