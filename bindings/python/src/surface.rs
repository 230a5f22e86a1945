//! Surfaces of fields: meshes, and their comparison with others.

use std::path::Path;

use numpy::{PyArray1, PyArray2, PyArrayMethods, PyReadonlyArray2, PyUntypedArrayMethods};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use serde_json::json;
use sinefield::surface::Mesh;
use sinefield_jobs::{Job, JobError};
use sinefield_media::{MeshView, Surface, write_mesh};

use crate::engine::engine;
use crate::error::exception;
use crate::field::Field;
use crate::job::parse;
use crate::listener::Hearing;

/// Vertices `(n, 3)`, normals `(n, 3)` and triangles `(m, 3)`.
type Arrays<'py> = (Bound<'py, PyArray2<f64>>, Bound<'py, PyArray2<f32>>, Bound<'py, PyArray2<u32>>);

/// Vertices `(n, 3)` and triangles `(m, 3)`.
type Corners<'py> = (Bound<'py, PyArray2<f64>>, Bound<'py, PyArray2<u32>>);

/// The mesh of named fields by the settings of a mesh job, a JSON object.
#[pyfunction]
pub fn mesh<'py>(
    py: Python<'py>,
    entries: &str,
    fields: Vec<(String, PyRef<'py, Field>)>,
) -> PyResult<Arrays<'py>> {
    let Job::Mesh(job) = parse(entries)? else {
        return Err(PyValueError::new_err("a mesh is made; give the settings of that"));
    };
    let named = fields.iter().map(|(name, field)| Ok((name.clone(), field.snapshot(py)?)));
    let named = named.collect::<PyResult<Vec<_>>>()?;
    let engine = engine(None)?;
    let mut hearing = Hearing::new(None, None);
    let mesh = py.detach(|| job.mesh_of(named, engine, &mut hearing));
    hearing.raised()?;
    let Mesh { points, normals, faces } = mesh.map_err(|error| exception(py, error))?;
    Ok((array(py, &points)?, array(py, &normals)?, array(py, &faces)?))
}

/// Rows of three as an array.
fn array<'py, T: numpy::Element + Copy>(
    py: Python<'py>,
    rows: &[[T; 3]],
) -> PyResult<Bound<'py, PyArray2<T>>> {
    PyArray1::from_slice(py, rows.as_flattened()).reshape([rows.len(), 3])
}

/// The rows of an array `(n, 3)`.
fn rows<T: numpy::Element + Copy>(array: &PyReadonlyArray2<'_, T>) -> PyResult<Vec<[T; 3]>> {
    if array.shape()[1] != 3 {
        return Err(PyValueError::new_err(format!(
            "mesh: rows of {} numbers; give rows of three",
            array.shape()[1]
        )));
    }
    Ok(array.as_slice()?.chunks_exact(3).map(|row| [row[0], row[1], row[2]]).collect())
}

/// Compares a field with a mesh by the settings of a report, a JSON object. Returns words, and numbers as a JSON object.
#[pyfunction]
pub fn shape_report(
    py: Python<'_>,
    entries: &str,
    field: PyRef<'_, Field>,
    vertices: PyReadonlyArray2<'_, f64>,
    faces: PyReadonlyArray2<'_, u32>,
) -> PyResult<(String, String)> {
    let Job::ShapeReport(job) = parse(entries)? else {
        return Err(PyValueError::new_err("a shape is compared; give the settings of that"));
    };
    let (points, faces) = (rows(&vertices)?, rows(&faces)?);
    if let Some(index) = faces.iter().flatten().find(|index| **index as usize >= points.len()) {
        let what = format!("mesh: a face has the index {index}, but there are {} vertices", points.len());
        return Err(PyValueError::new_err(what));
    }
    if points.iter().flatten().any(|x| !x.is_finite()) {
        return Err(PyValueError::new_err("mesh: a vertex is not finite"));
    }
    let (field, engine) = (field.snapshot(py)?, engine(None)?);
    let mesh = Mesh { points, normals: Vec::new(), faces };
    let mut hearing = Hearing::new(None, None);
    let report = py.detach(|| job.plan_of(field, mesh, engine)?.run(&mut hearing));
    hearing.raised()?;
    let report = report.map_err(|error| exception(py, error))?;
    Ok((report.words, json!(report.numbers).to_string()))
}

/// The vertices and the triangles of a mesh file.
#[pyfunction]
pub fn read_mesh<'py>(py: Python<'py>, path: &str) -> PyResult<Corners<'py>> {
    let read = py.detach(|| Surface::read(path));
    let Surface { points, faces, .. } = read.map_err(|error| exception(py, JobError::from(error)))?;
    Ok((array(py, &points)?, array(py, &faces)?))
}

/// Writes a mesh. The extension says the format.
#[pyfunction]
pub fn save_mesh(
    py: Python<'_>,
    path: &str,
    vertices: PyReadonlyArray2<'_, f64>,
    normals: PyReadonlyArray2<'_, f32>,
    faces: PyReadonlyArray2<'_, u32>,
) -> PyResult<()> {
    let (points, normals, faces) = (rows(&vertices)?, rows(&normals)?, rows(&faces)?);
    let view = MeshView { points: &points, normals: Some(&normals), faces: &faces };
    py.detach(|| write_mesh(Path::new(path), view)).map_err(|error| exception(py, JobError::from(error)))
}
