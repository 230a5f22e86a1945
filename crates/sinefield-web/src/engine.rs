//! The one engine of a worker.

use std::sync::{Arc, Mutex, PoisonError};

use serde_json::json;
use sinefield::engine::EngineError;
use sinefield::engine::cpu::CpuEngine;
use sinefield::field::Precision;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::PageError;

static ENGINE: Mutex<Option<Arc<CpuEngine>>> = Mutex::new(None);

/// The engine that all fits and views of this worker share. Without `share`, it is `CpuEngine::new(None)`: one thread where there are
/// no others. A module with atomics needs `share` first.
pub(crate) fn shared() -> Result<Arc<CpuEngine>, EngineError> {
    let mut engine = ENGINE.lock().unwrap_or_else(PoisonError::into_inner);
    match &*engine {
        Some(engine) => Ok(engine.clone()),
        None => Ok(engine.insert(Arc::new(CpuEngine::new(None)?)).clone()),
    }
}

/// Makes `engine` the one of this worker.
#[cfg(any(test, target_feature = "atomics"))]
pub(crate) fn share(engine: CpuEngine) {
    *ENGINE.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(engine));
}

/// The engine as JSON: `instruction_set`, `threads` and `version`.
///
/// # Errors
/// If the engine cannot start.
#[wasm_bindgen]
pub fn engine() -> Result<String, PageError> {
    let engine = shared()?;
    let told = json!({
        "instruction_set": engine.instruction_set().name(),
        "threads": engine.threads(),
        "version": env!("CARGO_PKG_VERSION"),
    });
    Ok(told.to_string())
}

/// The arithmetic peak of this worker and its threads now, in floating-point operations per second.
///
/// # Errors
/// If the engine cannot start.
#[wasm_bindgen]
pub fn peak() -> Result<f64, PageError> {
    Ok(shared()?.peak(Precision::F32))
}
