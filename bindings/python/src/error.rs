//! Errors of jobs as Python exceptions, with the same words.

use std::io::ErrorKind;

use pyo3::create_exception;
use pyo3::exceptions::{
    PyArithmeticError, PyFileNotFoundError, PyIsADirectoryError, PyOSError, PyPermissionError, PyValueError,
};
use pyo3::prelude::*;
use sinefield_jobs::JobError;

use crate::field::Field;

create_exception!(
    _native,
    Diverged,
    PyArithmeticError,
    "The loss of a fit left the numbers. Its arguments are the message, the step and the last usable fields."
);

/// The exception for an error of a job.
pub fn exception(py: Python<'_>, error: JobError) -> PyErr {
    let (refusal, mut words) = (error.refusal(), error.to_string());
    match error {
        JobError::Diverged { step, fields, .. } => {
            let fields: PyResult<Vec<Field>> =
                fields.into_iter().map(|field| Field::wrap(py, &field)).collect();
            fields.map_or_else(|error| error, |fields| Diverged::new_err((words, step, fields)))
        }
        JobError::Text { fault, .. } => {
            words.extend(fault.place.map(|place| format!("\n{}", place.excerpt())));
            PyValueError::new_err(words)
        }
        _ => {
            refusal.map_or_else(|| PyValueError::new_err(words.clone()), |kind| refused(kind, words.clone()))
        }
    }
}

/// The exception for a file that the system refuses.
fn refused(kind: ErrorKind, message: String) -> PyErr {
    match kind {
        ErrorKind::NotFound => PyFileNotFoundError::new_err(message),
        ErrorKind::IsADirectory => PyIsADirectoryError::new_err(message),
        ErrorKind::PermissionDenied => PyPermissionError::new_err(message),
        _ => PyOSError::new_err(message),
    }
}
