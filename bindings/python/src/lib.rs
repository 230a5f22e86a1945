//! The compiled part of the Python package: fields, jobs and their errors as Python objects.
//!
//! What Python users see is in `python/sinefield`, which turns their values into those that are taken here: settings as
//! JSON, arrays as float64 or as the bytes of an `.npy` file. The interpreter is released while something is computed.

mod engine;
mod error;
mod field;
mod job;
mod listener;
mod network;
mod problem;
mod surface;

use pyo3::prelude::*;

/// The compiled part of sinefield.
#[pymodule]
mod _native {
    use pyo3::prelude::*;

    #[pymodule_export]
    use crate::engine::set_threads;
    #[pymodule_export]
    use crate::error::Diverged;
    #[pymodule_export]
    use crate::field::Field;
    #[pymodule_export]
    use crate::job::{bench, check, plan, read_job, run, settings};
    #[pymodule_export]
    use crate::network::{Kept, Network};
    #[pymodule_export]
    use crate::problem::{Problem, functions};
    #[pymodule_export]
    use crate::surface::{mesh, read_mesh, save_mesh, shape_report};

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}
