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
    let refusal = error.refusal();
    match (error, refusal) {
        (JobError::Diverged { what, step, fields }, _) => {
            let fields: PyResult<Vec<Field>> =
                fields.into_iter().map(|field| Field::wrap(py, &field)).collect();
            fields.map_or_else(
                |error| error,
                |fields| Diverged::new_err((format!("fit: {what}"), step, fields)),
            )
        }
        (JobError::Text { ref path, ref fault }, _) => {
            let error = JobError::Text { path: path.clone(), fault: fault.clone() };
            let excerpt =
                fault.place.as_ref().map_or(String::new(), |place| format!("\n{}", place.excerpt()));
            PyValueError::new_err(format!("{error}{excerpt}"))
        }
        (error, Some(kind)) => refused(kind, error.to_string()),
        (error, None) => PyValueError::new_err(error.to_string()),
    }
}

/// The exception for a file that the system refuses.
pub fn refused(kind: ErrorKind, message: String) -> PyErr {
    match kind {
        ErrorKind::NotFound => PyFileNotFoundError::new_err(message),
        ErrorKind::IsADirectory => PyIsADirectoryError::new_err(message),
        ErrorKind::PermissionDenied => PyPermissionError::new_err(message),
        _ => PyOSError::new_err(message),
    }
}
