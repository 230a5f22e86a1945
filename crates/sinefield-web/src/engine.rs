//! The one engine of a worker.

use std::sync::{Arc, Mutex, PoisonError};

use serde_json::json;
use sinefield::engine::EngineError;
use sinefield::engine::cpu::CpuEngine;
use sinefield::field::Precision;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::PageError;

/// The engine that all fits and views of this worker share.
pub(crate) fn shared() -> Result<Arc<CpuEngine>, EngineError> {
    static ENGINE: Mutex<Option<Arc<CpuEngine>>> = Mutex::new(None);
    let mut engine = ENGINE.lock().unwrap_or_else(PoisonError::into_inner);
    match &*engine {
        Some(engine) => Ok(engine.clone()),
        None => Ok(engine.insert(Arc::new(CpuEngine::new(None)?)).clone()),
    }
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

/// The arithmetic peak of this worker now, in floating-point operations per second.
///
/// # Errors
/// If the engine cannot start.
#[wasm_bindgen]
pub fn peak() -> Result<f64, PageError> {
    Ok(shared()?.peak(Precision::F32))
}
