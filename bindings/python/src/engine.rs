//! The engines of a process, one for each number of threads.

use std::collections::HashMap;
use std::process;
use std::sync::{Arc, Mutex, PoisonError};

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use sinefield::engine::cpu::CpuEngine;

/// By process and number of threads. A forked process has no threads of its parent, so it makes its own; an engine of
/// the parent is kept, because to drop it would wait for its threads.
static ENGINES: Mutex<Option<HashMap<Key, Arc<CpuEngine>>>> = Mutex::new(None);

type Key = (u32, Option<usize>);

/// The threads of whatever does not ask for a number.
static THREADS: Mutex<Option<usize>> = Mutex::new(None);

/// Sets the threads of whatever does not ask for a number; None is one a core.
#[pyfunction]
#[pyo3(signature = (threads))]
pub fn set_threads(threads: Option<usize>) -> PyResult<()> {
    // An engine that cannot be made is refused here and not later.
    engine(threads)?;
    *THREADS.lock().unwrap_or_else(PoisonError::into_inner) = threads;
    Ok(())
}

/// The engine with `threads` threads, or with as many as [`set_threads`] says.
///
/// The caller holds the interpreter, so that no other thread is here while the process forks.
pub fn engine(threads: Option<usize>) -> PyResult<Arc<CpuEngine>> {
    let threads = threads.or(*THREADS.lock().unwrap_or_else(PoisonError::into_inner));
    let mut engines = ENGINES.lock().unwrap_or_else(PoisonError::into_inner);
    let engines = engines.get_or_insert_default();
    let key = (process::id(), threads);
    if let Some(engine) = engines.get(&key) {
        return Ok(engine.clone());
    }
    let made = CpuEngine::new(threads);
    let engine =
        Arc::new(made.map_err(|error| PyValueError::new_err(format!("`threads`: {error}; ask for fewer")))?);
    engines.insert(key, engine.clone());
    Ok(engine)
}
