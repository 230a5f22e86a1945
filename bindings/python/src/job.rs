//! Jobs: read, planned and run.

use std::path::Path;

use numpy::PyArray1;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use serde_json::json;
use sinefield::field::{Precision, UnknownPrecision};
use sinefield_jobs::bench::{STEPS, WORKLOADS, measure, named};
use sinefield_jobs::{Job, JobError, Plan, Rates, Report, SolveJob, Source as ProblemSource};

use crate::engine::engine;
use crate::error::exception;
use crate::field::Field;
use crate::listener::Hearing;

/// What an array is a signal of, and what it does not say of itself.
#[derive(FromPyObject)]
pub struct Source {
    /// The content of a file.
    bytes: Vec<u8>,
    /// Samples a second.
    rate_hz: Option<f64>,
    /// Frames a second.
    fps: Option<f64>,
    /// The smallest and the largest possible value.
    range: Option<(f32, f32)>,
    /// Whether it is a surface: a mesh or points.
    surface: bool,
}

/// The job with these entries, a JSON object.
pub fn parse(entries: &str) -> PyResult<Job> {
    let entries = serde_json::from_str(entries)
        .map_err(|error| PyValueError::new_err(format!("the settings are no JSON ({error})")))?;
    Job::from_value(entries).map_err(|fault| PyValueError::new_err(fault.what))
}

/// The entries of a job file as a JSON object. Relative paths are taken from its folder.
#[pyfunction]
pub fn read_job(py: Python<'_>, path: &str) -> PyResult<String> {
    let job = Job::read(Path::new(path)).map_err(|error| exception(py, error))?;
    Ok(json!(job).to_string())
}

/// The settings of a job: name, help, and whether it must be given.
#[pyfunction]
pub fn settings(job: &str) -> PyResult<Vec<(String, String, bool)>> {
    Job::settings(job).ok_or_else(|| PyValueError::new_err(format!("there is no job {job:?}")))
}

/// The job of solving a problem, with these entries.
pub fn solve(entries: &str) -> PyResult<SolveJob> {
    match parse(entries)? {
        Job::Solve(job) => Ok(*job),
        _ => Err(PyValueError::new_err("a problem is solved; give the settings of that")),
    }
}

/// Describes a problem file, in words and as a JSON object.
#[pyfunction]
pub fn check(py: Python<'_>, entries: &str) -> PyResult<(String, String)> {
    let job = solve(entries)?;
    described(py, || ProblemSource::read(&job.problem, &job.all_settings()))
}

/// The description of the problem that `read` returns.
pub fn described(
    py: Python<'_>,
    read: impl FnOnce() -> Result<ProblemSource, JobError> + Send,
) -> PyResult<(String, String)> {
    let report = py.detach(|| sinefield_jobs::check(&read()?));
    let Report { words, numbers, .. } = report.map_err(|error| exception(py, error))?;
    Ok((words, json!(numbers).to_string()))
}

/// Times standard workloads, and returns one JSON object for each.
#[pyfunction]
#[pyo3(signature = (workload = None, steps = None, threads = None, precision = None))]
pub fn bench(
    py: Python<'_>,
    workload: Option<Vec<String>>,
    steps: Option<usize>,
    threads: Option<usize>,
    precision: Option<&str>,
) -> PyResult<Vec<String>> {
    let precision = precision.map_or(Ok(Precision::default()), str::parse);
    let precision = precision
        .map_err(|error: UnknownPrecision| PyValueError::new_err(format!("`precision`: {error}")))?;
    let found = workload.map(|names| names.iter().map(|name| named(name)).collect::<Result<Vec<_>, _>>());
    let chosen = found.transpose().map_err(|what| PyValueError::new_err(format!("`workload`: {what}")))?;
    let steps = steps.unwrap_or(STEPS);
    if steps == 0 {
        return Err(PyValueError::new_err("`steps`: 0 is not a whole number of at least 1; give one"));
    }
    let engine = engine(threads)?;
    let mut told = Vec::new();
    for workload in chosen.unwrap_or_else(|| WORKLOADS.to_vec()) {
        let timing = py.detach(|| measure(&engine, workload, steps, precision));
        told.push(json!(timing.map_err(|error| exception(py, error))?).to_string());
        py.check_signals()?;
    }
    Ok(told)
}

/// Plans a job of a signal in memory, or of files.
fn planned(
    job: Job,
    source: Option<Source>,
    hearing: &mut Hearing,
    threads: &Threads,
) -> Result<Plan, JobError> {
    match (job, source) {
        (Job::Fit(fit), Some(Source { bytes, surface: true, .. })) => {
            fit.plan_surface(bytes, threads.clone(), hearing)
        }
        (Job::Fit(fit), Some(Source { bytes, rate_hz, fps, range, .. })) => {
            fit.plan_bytes(bytes, Rates { rate_hz, fps, range }, threads.clone())
        }
        (job, _) => job.plan(threads.clone(), hearing),
    }
}

type Threads = std::sync::Arc<sinefield::engine::cpu::CpuEngine>;

/// What a job would do, in words and as a JSON object.
#[pyfunction]
#[pyo3(signature = (entries, source = None, on_event = None))]
pub fn plan(
    py: Python<'_>,
    entries: &str,
    source: Option<Source>,
    on_event: Option<Py<PyAny>>,
) -> PyResult<(String, String)> {
    let job = parse(entries)?;
    let engine = engine(job.threads())?;
    let mut hearing = Hearing::new(None, on_event);
    let plan = py.detach(|| {
        let plan = planned(job, source, &mut hearing, &engine)?;
        Ok((plan.estimate()?, json!(plan.numbers()?).to_string()))
    });
    hearing.raised()?;
    plan.map_err(|error| exception(py, error))
}

/// Runs a job. Returns its report: words, numbers as a JSON object, fields by name, the history of its steps, whether it
/// was interrupted, and why a checkpoint or a log could not be kept.
#[pyfunction]
#[pyo3(signature = (entries, source = None, on_step = None, on_event = None))]
pub fn run<'py>(
    py: Python<'py>,
    entries: &str,
    source: Option<Source>,
    on_step: Option<Py<PyAny>>,
    on_event: Option<Py<PyAny>>,
) -> PyResult<Bound<'py, PyDict>> {
    let job = parse(entries)?;
    let engine = engine(job.threads())?;
    let mut hearing = Hearing::new(on_step, on_event);
    let report = py.detach(|| planned(job, source, &mut hearing, &engine)?.run(&mut hearing));
    told(py, report, hearing)
}

/// What came of a job.
pub fn told(
    py: Python<'_>,
    report: Result<Report, JobError>,
    mut hearing: Hearing,
) -> PyResult<Bound<'_, PyDict>> {
    hearing.raised()?;
    let report = report.map_err(|error| exception(py, error))?;
    let fields = PyDict::new(py);
    for (name, field) in &report.fields {
        fields.set_item(name, Bound::new(py, Field::wrap(py, field)?)?)?;
    }
    let history = PyDict::new(py);
    history.set_item("step", PyArray1::from_vec(py, hearing.history.step))?;
    for (name, numbers) in [
        ("loss", hearing.history.loss),
        ("psnr_db", hearing.history.psnr_db),
        ("snr_db", hearing.history.snr_db),
        ("rate", hearing.history.rate),
        ("seconds", hearing.history.seconds),
        ("rows", hearing.history.rows),
        ("damping", hearing.history.damping),
        ("length", hearing.history.length),
        ("error", hearing.history.error),
    ] {
        history.set_item(name, PyArray1::from_vec(py, numbers))?;
    }
    let told = PyDict::new(py);
    told.set_item("words", report.words)?;
    told.set_item("numbers", json!(report.numbers).to_string())?;
    told.set_item("fields", fields)?;
    told.set_item("history", history)?;
    told.set_item("interrupted", report.interrupted)?;
    told.set_item("unkept", report.unkept.map(|error| error.to_string()))?;
    Ok(told)
}
