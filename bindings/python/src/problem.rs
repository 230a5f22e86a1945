//! Problems: their text, their data, and fits of them.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use numpy::{
    PyArray1, PyArray2, PyArrayMethods, PyReadonlyArray1, PyReadonlyArrayDyn, PyUntypedArrayMethods,
};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use serde_json::json;
use sinefield::field::Precision;
use sinefield::fit::{Fit, FitError, Task, TermRows};
use sinefield::optimizer::Linear;
use sinefield::problem::file::DataArray;
use sinefield_jobs::{JobError, Source};

use crate::engine::engine;
use crate::error::exception;
use crate::field::Field;
use crate::job::{described, solve, told};
use crate::listener::Hearing;

/// The name of a constraint and its rows, if it has such.
type Named<'py> = Option<(String, Bound<'py, PyAny>)>;

/// Rows and their derivatives, if there are such.
type Derivatives<'py> = Option<(Bound<'py, PyArray1<f64>>, Bound<'py, PyArray2<f64>>)>;

/// The name of a problem in errors.
const NAME: &str = "problem";

/// The names of the functions of the residual language.
#[pyfunction]
pub fn functions() -> Vec<&'static str> {
    sinefield::expr::function_names().collect()
}

/// A problem as the text of a problem file, with its data in memory.
#[pyclass(module = "sinefield._native", frozen)]
pub struct Problem {
    origin: Origin,
    /// For gradients and rows: made when it is needed, in the process with this number and for this precision. A forked
    /// process makes its own.
    fit: Mutex<Option<((u32, Precision), Fit)>>,
}

/// Where a problem comes from.
enum Origin {
    /// A text, and arrays by the name of the file that the text takes them from.
    Memory(String, HashMap<String, Vec<DataArray>>),
    /// A problem file.
    File(PathBuf),
}

impl Problem {
    /// The problem with `settings` in place of the text's own.
    fn source(&self, settings: &[String]) -> Result<Source, JobError> {
        match &self.origin {
            Origin::File(path) => Source::read(path, settings),
            Origin::Memory(text, arrays) => {
                let mut read = |name: &str| {
                    arrays.get(name).cloned().ok_or_else(|| format!("there is no data \"{name}\""))
                };
                Source::of_text(Path::new(NAME), text, settings, &mut read)
            }
        }
    }

    fn checked(py: Python<'_>, origin: Origin) -> PyResult<Self> {
        let problem = Self { origin, fit: Mutex::new(None) };
        problem.source(&[]).map_err(|error| exception(py, error))?;
        Ok(problem)
    }

    /// Runs `work` with a fit whose unknowns are those of `fields` and `scalars`. It computes in float64 if a field has
    /// that precision.
    fn probe<T: Send>(
        &self,
        py: Python<'_>,
        (fields, scalars): (Vec<Py<Field>>, Option<PyReadonlyArray1<'_, f64>>),
        work: impl FnOnce(&mut Fit) -> Result<T, FitError> + Send,
    ) -> PyResult<T> {
        let engine = engine(None)?;
        let mut theta = Vec::new();
        for field in &fields {
            field.get().append_to(py, &mut theta)?;
        }
        if let Some(scalars) = scalars {
            theta.extend_from_slice(scalars.as_slice()?);
        }
        let precision = precision_of(&fields);
        let done = py.detach(|| {
            // Held while this problem's own fit works. No Python code runs within.
            let mut held = self.fit.lock().unwrap_or_else(PoisonError::into_inner);
            let made = (std::process::id(), precision);
            if held.as_ref().is_none_or(|(as_made, _)| *as_made != made) {
                let Source { file, problem, .. } = self.source(&[])?;
                let started = problem.fields(file.seed).map_err(JobError::Network)?;
                let before = held.take();
                if before.as_ref().is_some_and(|((process, _), _)| *process != made.0) {
                    // Its threads are in the other process, so that it is not dropped, which would wait for them.
                    std::mem::forget(before);
                } else {
                    drop(before);
                }
                let config = file.fit.with_precision(precision);
                *held = Some((made, Fit::joint(engine, started, Arc::new(problem), config)?));
            }
            let Some((_, fit)) = held.as_mut() else { return Ok(None) };
            let unknowns = fit.unknowns().len();
            if theta.len() != unknowns {
                let what = format!(
                    "{} numbers are given for {unknowns} unknowns; give fields of the problem's networks",
                    theta.len()
                );
                return Err(JobError::asked(NAME, what));
            }
            fit.set_unknowns(&theta);
            Ok(Some(work(fit)?))
        });
        let done = done.map_err(|error| exception(py, error))?;
        done.ok_or_else(|| PyValueError::new_err("there is no fit of the problem"))
    }
}

/// The precision of a computation with `fields`: float64 if one of them has it.
fn precision_of(fields: &[Py<Field>]) -> Precision {
    let exact = |field: &Py<Field>| field.get().precision() == Precision::F64;
    if fields.iter().any(exact) { Precision::F64 } else { Precision::F32 }
}

#[pymethods]
impl Problem {
    /// Checks the text of a problem file. `arrays` has (name, float32 numbers, whether they are complex) by the name of the
    /// file. The last axis of complex ones is the real and the imaginary part.
    #[new]
    fn new(
        py: Python<'_>,
        text: &str,
        arrays: HashMap<String, Vec<(String, PyReadonlyArrayDyn<'_, f32>, bool)>>,
    ) -> PyResult<Self> {
        let mut held = HashMap::new();
        for (file, named) in arrays {
            let array = |(name, array, complex): (String, PyReadonlyArrayDyn<'_, f32>, bool)| {
                let mut shape = array.shape().to_vec();
                if complex {
                    shape.pop();
                }
                Ok(DataArray { name, shape, values: array.as_slice()?.to_vec(), complex })
            };
            held.insert(file, named.into_iter().map(array).collect::<PyResult<Vec<_>>>()?);
        }
        Self::checked(py, Origin::Memory(text.into(), held))
    }

    /// Reads a problem file and its data.
    #[staticmethod]
    fn read(py: Python<'_>, path: &str) -> PyResult<Self> {
        Self::checked(py, Origin::File(path.into()))
    }

    /// What it asks for, as JSON: the names of its fields, where trainable scalars start, and for every constraint the points of a
    /// step, the components of its residual, and the data that it reads.
    fn needs(&self, py: Python<'_>) -> PyResult<String> {
        let source = self.source(&[]).map_err(|error| exception(py, error))?;
        let constraints = source.problem.needs().map(|needs| {
            json!({ "name": needs.name, "samples": needs.samples, "components": needs.width, "columns": needs.columns })
        });
        Ok(json!({
            "fields": source.problem.field_names().collect::<Vec<_>>(),
            "trainable": source.problem.trainable_names().zip(source.problem.scalars()).collect::<Vec<_>>(),
            "constraints": constraints.collect::<Vec<_>>(),
        })
        .to_string())
    }

    /// New networks for its fields.
    fn fields(&self, py: Python<'_>, seed: Option<u64>) -> PyResult<Vec<(String, Field)>> {
        let source = self.source(&[]).map_err(|error| exception(py, error))?;
        let made = source.problem.fields(seed.unwrap_or(source.file.seed));
        let made = made.map_err(|error| PyValueError::new_err(format!("{NAME}: {error}")))?;
        let made = made.into_iter().map(|field| field.with_precision(source.file.fit.precision));
        let named = source.problem.field_names().map(str::to_string).zip(made);
        named.map(|(name, field)| Ok((name, Field::wrap(py, &field)?))).collect()
    }

    /// What a solve would do, in words and as a JSON object.
    fn plan(&self, py: Python<'_>, entries: &str) -> PyResult<(String, String)> {
        let job = solve(entries)?;
        let engine = engine(job.running.threads)?;
        let plan = py.detach(|| {
            let source = self.source(&job.all_settings())?;
            let plan = job.plan_of(source, engine)?;
            Ok((plan.estimate()?, json!(plan.numbers()?).to_string()))
        });
        plan.map_err(|error: JobError| exception(py, error))
    }

    /// Describes it, in words and as a JSON object.
    fn check(&self, py: Python<'_>, entries: &str) -> PyResult<(String, String)> {
        let job = solve(entries)?;
        described(py, || self.source(&job.all_settings()))
    }

    /// Solves it, as [`run`](crate::job::run) runs a job.
    fn solve<'py>(
        &self,
        py: Python<'py>,
        entries: &str,
        on_step: Option<Py<PyAny>>,
        on_event: Option<Py<PyAny>>,
    ) -> PyResult<Bound<'py, PyDict>> {
        let job = solve(entries)?;
        let engine = engine(job.running.threads)?;
        let mut hearing = Hearing::new(on_step, on_event);
        let report = py.detach(|| {
            let source = self.source(&job.all_settings())?;
            job.plan_of(source, engine)?.run(&mut hearing)
        });
        told(py, report, hearing)
    }

    /// The loss at the points of a step, and its gradient with respect to the parameters of the fields and the scalars, in the
    /// precision of the fields.
    fn gradient<'py>(
        &self,
        py: Python<'py>,
        fields: Vec<Py<Field>>,
        scalars: Option<PyReadonlyArray1<'py, f64>>,
        step: usize,
    ) -> PyResult<(f64, Bound<'py, PyAny>)> {
        let precision = precision_of(&fields);
        let (loss, gradient) = self.probe(py, (fields, scalars), |fit| {
            let mut gradient = vec![0.0; fit.unknowns().len()];
            Ok((fit.gradient(step, &mut gradient)?, gradient))
        })?;
        let gradient = match precision {
            Precision::F32 => PyArray1::from_iter(py, gradient.into_iter().map(|g: f64| g as f32)).into_any(),
            Precision::F64 => PyArray1::from_vec(py, gradient).into_any(),
        };
        Ok((loss, gradient))
    }

    /// The rows of all constraints at the points of a step, and their derivatives, an array (rows, unknowns). None if a
    /// constraint has no rows.
    fn jacobian<'py>(
        &self,
        py: Python<'py>,
        fields: Vec<Py<Field>>,
        scalars: Option<PyReadonlyArray1<'py, f64>>,
        step: usize,
    ) -> PyResult<Derivatives<'py>> {
        let linear = self.probe(py, (fields, scalars), |fit| match fit.linear(step) {
            Err(FitError::NoRows { .. }) => Ok(None),
            found => found.map(Some),
        })?;
        let arrays = |Linear { rows, derivatives, columns, .. }| {
            let shape = [rows.len(), columns];
            let derivatives = PyArray1::from_vec(py, derivatives).reshape(shape)?;
            Ok((PyArray1::from_vec(py, rows), derivatives))
        };
        linear.map(arrays).transpose()
    }

    /// The rows of every constraint at the points of a step: its name and an array (points, rows of a point).
    fn residuals<'py>(
        &self,
        py: Python<'py>,
        fields: Vec<Py<Field>>,
        scalars: Option<PyReadonlyArray1<'py, f64>>,
        step: usize,
    ) -> PyResult<Vec<Named<'py>>> {
        let rows = self.probe(py, (fields, scalars), |fit| fit.rows(step))?;
        let array = |rows: TermRows| {
            let shape = [rows.values.len() / rows.width.max(1), rows.width];
            let array = PyArray1::from_vec(py, rows.values).reshape(shape)?;
            Ok((rows.name, array.into_any()))
        };
        rows.into_iter().map(|rows| rows.map(array).transpose()).collect()
    }
}
