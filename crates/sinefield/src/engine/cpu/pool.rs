//! The threads of an engine.

use std::sync::Arc;

use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::engine::EngineError;

/// A pool of `threads` threads, or of one for each core.
#[cfg(not(all(target_family = "wasm", not(target_feature = "atomics"))))]
pub(super) fn of(threads: Option<usize>) -> Result<Arc<ThreadPool>, EngineError> {
    let available = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = threads.unwrap_or(available);
    if threads == 0 {
        return Err(EngineError::NoThreads);
    }
    let failed =
        |reason: rayon::ThreadPoolBuildError| EngineError::Threads { threads, reason: reason.into() };
    ThreadPoolBuilder::new().num_threads(threads).build().map(Arc::new).map_err(failed)
}

/// The pool of the caller alone, whatever number is asked for: there are no threads. A thread can be in one pool only, so that all
/// engines share it.
#[cfg(all(target_family = "wasm", not(target_feature = "atomics")))]
pub(super) fn of(threads: Option<usize>) -> Result<Arc<ThreadPool>, EngineError> {
    use std::sync::{Mutex, PoisonError};
    static POOL: Mutex<Option<Arc<ThreadPool>>> = Mutex::new(None);
    if threads == Some(0) {
        return Err(EngineError::NoThreads);
    }
    let mut pool = POOL.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(pool) = &*pool {
        return Ok(pool.clone());
    }
    let failed =
        |reason: rayon::ThreadPoolBuildError| EngineError::Threads { threads: 1, reason: reason.into() };
    let made = ThreadPoolBuilder::new().num_threads(1).use_current_thread().build().map_err(failed)?;
    Ok(pool.insert(Arc::new(made)).clone())
}
