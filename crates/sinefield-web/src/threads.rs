//! Threads of the engine, where memory can be shared: each is a worker of the browser.
//!
//! A browser starts workers only from JavaScript. The worker with the engine therefore says how many threads there will be, and each
//! of the other workers lends itself as one of them.

use std::sync::{Arc, Mutex, PoisonError};

use rayon::{ThreadBuilder, ThreadPoolBuildError, ThreadPoolBuilder};
use sinefield::engine::EngineError;
use sinefield::engine::cpu::CpuEngine;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::PageError;
use crate::engine::share;

/// Threads without a worker.
static WAITING: Mutex<Vec<ThreadBuilder>> = Mutex::new(Vec::new());

/// Makes the engine of this worker one of `count` threads. It works once so many other workers have called [`run_thread`].
///
/// # Errors
/// If `count` is zero.
#[wasm_bindgen]
pub fn start_threads(count: usize) -> Result<(), PageError> {
    if count == 0 {
        return Err(EngineError::NoThreads.into());
    }
    let wait = |thread| {
        WAITING.lock().unwrap_or_else(PoisonError::into_inner).push(thread);
        Ok(())
    };
    let failed =
        |reason: ThreadPoolBuildError| EngineError::Threads { threads: count, reason: reason.into() };
    let pool = ThreadPoolBuilder::new().num_threads(count).spawn_handler(wait).build().map_err(failed)?;
    share(CpuEngine::with_pool(Arc::new(pool)));
    Ok(())
}

/// Makes this worker a thread of the engine. It returns when the engine is gone, or at once if there are threads enough.
#[wasm_bindgen]
pub fn run_thread() {
    let thread = WAITING.lock().unwrap_or_else(PoisonError::into_inner).pop();
    if let Some(thread) = thread {
        thread.run();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_engine_works_on_lent_threads() {
        assert!(start_threads(0).is_err());
        start_threads(3).unwrap();
        for _ in 0..4 {
            std::thread::spawn(run_thread);
        }
        let engine = crate::engine::shared().unwrap();
        assert_eq!(engine.threads(), 3);
        let seen = Mutex::new(std::collections::HashSet::new());
        // Each thread waits for the others, so that none does the work of two.
        let all = std::sync::Barrier::new(3);
        engine.install(|| {
            rayon::broadcast(|_| {
                all.wait();
                seen.lock().unwrap().insert(std::thread::current().id());
            })
        });
        assert_eq!(seen.into_inner().unwrap().len(), 3);
        assert!(WAITING.lock().unwrap().is_empty());
    }
}
