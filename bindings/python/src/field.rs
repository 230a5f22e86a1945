//! A field as a Python object.

use std::sync::Arc;

use numpy::{PyArray1, PyArrayDyn, PyArrayMethods, PyReadonlyArray2, PyUntypedArrayMethods};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use sinefield::engine::Engine;
use sinefield::field::{Architecture, FieldConfig, FileError, Meta, Precision, UnknownPrecision};
use sinefield::render::{Coordinates, Quantity, RenderError, at_points, at_points_exactly};
use sinefield_jobs::{Job, JobError};

use crate::engine::engine;
use crate::error::exception;
use crate::listener::Hearing;

/// A network, its parameters, and the meaning of its coordinates and outputs.
///
/// The parameters are a NumPy array, which Python may change at any time. Whatever is computed takes a copy of them
/// first, while it holds the interpreter.
#[pyclass(module = "sinefield._native", frozen)]
pub struct Field {
    architecture: Architecture,
    meta: Meta,
    parameters: Parameters,
}

/// The array of the parameters, in their precision.
enum Parameters {
    F32(Py<PyArray1<f32>>),
    F64(Py<PyArray1<f64>>),
}

impl Field {
    /// The Python object of a field.
    pub fn wrap(py: Python<'_>, field: &sinefield::field::Field) -> PyResult<Self> {
        Ok(Self {
            architecture: field.architecture().clone(),
            meta: field.meta.clone(),
            parameters: match field.exact_parameters() {
                None => Parameters::F32(PyArray1::from_slice(py, field.parameters()).unbind()),
                Some(exact) => Parameters::F64(PyArray1::from_slice(py, exact).unbind()),
            },
        })
    }

    /// Adds its parameters to `all`.
    pub fn append_to(&self, py: Python<'_>, all: &mut Vec<f64>) -> PyResult<()> {
        match &self.parameters {
            Parameters::F32(array) => {
                all.extend(array.bind(py).readonly().as_slice()?.iter().map(|p| f64::from(*p)));
            }
            Parameters::F64(array) => all.extend_from_slice(array.bind(py).readonly().as_slice()?),
        }
        Ok(())
    }

    /// The precision of its parameters.
    pub fn precision(&self) -> Precision {
        match &self.parameters {
            Parameters::F32(_) => Precision::F32,
            Parameters::F64(_) => Precision::F64,
        }
    }

    /// The field as it is now.
    pub fn snapshot(&self, py: Python<'_>) -> PyResult<sinefield::field::Field> {
        let mut exact = Vec::with_capacity(self.architecture.parameter_count());
        self.append_to(py, &mut exact)?;
        let parameters: Vec<f32> = exact.iter().map(|p| *p as f32).collect();
        let (architecture, meta) = (self.architecture.clone(), self.meta.clone());
        let mut field = sinefield::field::Field::from_parts(architecture, &parameters, meta)
            .map_err(|error| PyValueError::new_err(format!("field: {error}")))?;
        if self.precision() == Precision::F64 {
            field.set_exact_parameters(&exact);
        }
        Ok(field)
    }
}

#[pymethods]
impl Field {
    /// A new field of the network that `config`, a JSON object, describes.
    #[new]
    fn new(py: Python<'_>, config: &str, seed: u64) -> PyResult<Self> {
        let wrong = |error: &dyn std::fmt::Display| PyValueError::new_err(format!("field: {error}"));
        let config: FieldConfig = serde_json::from_str(config).map_err(|error| wrong(&error))?;
        let field = sinefield::field::Field::new(&config, seed).map_err(|error| wrong(&error))?;
        Self::wrap(py, &field)
    }

    /// Reads a field file.
    #[staticmethod]
    fn load(py: Python<'_>, path: &str) -> PyResult<Self> {
        let field = py.detach(|| sinefield::form::load(path)).map_err(|error| of_file(py, error))?;
        Self::wrap(py, &field)
    }

    /// The field in the bytes of a field file.
    #[staticmethod]
    fn from_bytes(py: Python<'_>, bytes: &[u8]) -> PyResult<Self> {
        let field = sinefield::form::from_bytes(bytes).map_err(|error| of_file(py, error))?;
        Self::wrap(py, &field)
    }

    /// The bytes of a field file.
    fn to_bytes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let bytes = self.snapshot(py)?.to_bytes().map_err(|error| of_file(py, error))?;
        Ok(PyBytes::new(py, &bytes))
    }

    /// Writes a field file.
    fn save(&self, py: Python<'_>, path: &str) -> PyResult<()> {
        let field = self.snapshot(py)?;
        py.detach(|| field.save(path)).map_err(|error| of_file(py, error))
    }

    /// Every parameter, flat, in layer order: the array itself.
    #[getter]
    fn parameters(&self, py: Python<'_>) -> Py<PyAny> {
        match &self.parameters {
            Parameters::F32(array) => array.clone_ref(py).into_any(),
            Parameters::F64(array) => array.clone_ref(py).into_any(),
        }
    }

    /// A copy with its parameters in this precision.
    fn with_precision(&self, py: Python<'_>, precision: &str) -> PyResult<Self> {
        let precision: Precision = precision
            .parse()
            .map_err(|error: UnknownPrecision| PyValueError::new_err(format!("`precision`: {error}")))?;
        Self::wrap(py, &self.snapshot(py)?.with_precision(precision))
    }

    /// The network, the axes and how the field was fitted, as JSON.
    fn describe(&self) -> String {
        let shapes: Vec<_> = self
            .architecture
            .shapes()
            .into_iter()
            .map(|shape| {
                serde_json::json!({
                    "inputs": shape.inputs, "outputs": shape.outputs,
                    "weight": [shape.weight.start, shape.weight.end],
                    "bias": [shape.bias.start, shape.bias.end],
                })
            })
            .collect();
        let axes: Vec<_> = (0..self.architecture.inputs).map(|at| self.meta.axis(at)).collect();
        serde_json::json!({
            "inputs": self.architecture.inputs,
            "outputs": self.architecture.outputs(),
            "output_names": self.meta.outputs,
            "encoding": self.architecture.encoding,
            "layers": self.architecture.layers,
            "network": sinefield_jobs::describe(&self.architecture),
            "shapes": shapes,
            "axes": axes,
            "affine": self.meta.affine,
            "value": self.meta.value,
            "form": self.meta.form.as_ref().map(|form| &form.text),
            "fitted": self.meta.fitted,
        })
        .to_string()
    }

    /// `quantities` at `points`, `(count, inputs)`: one array each, float32 or float64 by `exact`.
    fn evaluate<'py>(
        &self,
        py: Python<'py>,
        points: PyReadonlyArray2<'py, f64>,
        quantities: Vec<String>,
        coordinates: &str,
        exact: bool,
    ) -> PyResult<Vec<Bound<'py, PyAny>>> {
        let field = self.snapshot(py)?;
        let quantities = quantities.iter().map(|name| named(name)).collect::<PyResult<Vec<Quantity>>>()?;
        let coordinates: Coordinates = named(coordinates)?;
        let engine = engine(None)?;
        let count = points.shape()[0];
        let points = points.as_slice()?;
        let outputs = self.architecture.outputs();
        let shape =
            |quantity: &Quantity| [vec![count], quantity.shape(outputs, self.architecture.inputs)].concat();
        let failed = |error: RenderError| PyValueError::new_err(format!("field: {error}"));
        if exact {
            let numbers =
                py.detach(|| at_points_exactly(engine.as_ref(), &field, &quantities, coordinates, points));
            let numbers = numbers.map_err(failed)?.into_iter().zip(&quantities);
            return numbers.map(|(numbers, quantity)| shaped(py, numbers, shape(quantity))).collect();
        }
        let numbers = py.detach(|| at_points(engine.as_ref(), &field, &quantities, coordinates, points));
        let numbers = numbers.map_err(failed)?.into_iter().zip(&quantities);
        numbers.map(|(numbers, quantity)| shaped(py, numbers, shape(quantity))).collect()
    }

    /// Renders the field by the settings of a render job, a JSON object: an array, or a file if `output` is among them.
    fn render<'py>(&self, py: Python<'py>, entries: &str, write: bool) -> PyResult<Bound<'py, PyAny>> {
        let field = self.snapshot(py)?;
        let Job::Render(job) = crate::job::parse(entries)? else {
            return Err(PyValueError::new_err("a field renders itself; give the settings of a render"));
        };
        let engine: Arc<dyn Engine> = engine(None)?;
        let mut hearing = Hearing::new(None, None);
        if write {
            let report = py.detach(|| job.plan_of(field, engine)?.run(&mut hearing));
            hearing.raised()?;
            let report = report.map_err(|error: JobError| exception(py, error))?;
            return Ok(report.words.into_pyobject(py)?.into_any());
        }
        let array = py.detach(|| job.array(&engine, &field, &mut hearing));
        hearing.raised()?;
        let (shape, data) = array.map_err(|error| exception(py, error))?;
        shaped(py, data, shape)
    }
}

/// Numbers as an array of the given shape, which takes them over without a copy.
fn shaped<'py, T: numpy::Element>(
    py: Python<'py>,
    numbers: Vec<T>,
    shape: Vec<usize>,
) -> PyResult<Bound<'py, PyAny>> {
    let array: Bound<'py, PyArrayDyn<T>> = PyArray1::from_vec(py, numbers).reshape(shape)?;
    Ok(array.into_any())
}

/// A value of an enum by the name that it has in job files.
fn named<T: serde::de::DeserializeOwned>(name: &str) -> PyResult<T> {
    serde_json::from_value(name.into())
        .map_err(|error| PyValueError::new_err(format!("{error}; take one of them")))
}

fn of_file(py: Python<'_>, error: FileError) -> PyErr {
    exception(py, error.into())
}
