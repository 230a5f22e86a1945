//! The list of unfinished temporary files and folders, for a program that ends early.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

static PENDING: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

fn pending() -> MutexGuard<'static, Vec<PathBuf>> {
    PENDING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A temporary file or folder in the list that [`abandon`] removes.
pub(crate) struct Pending(PathBuf);

impl Pending {
    pub fn new(place: &Path) -> Self {
        pending().push(place.to_path_buf());
        Self(place.to_path_buf())
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        pending().retain(|place| *place != self.0);
    }
}

/// Removes all unfinished temporary files and folders. Call it before a signal ends the program, because destructors do
/// not run then. Data that is written to these files later is lost.
pub fn abandon() {
    for place in pending().drain(..) {
        // Fails if the file or folder has already been renamed to its target.
        let _ = fs::remove_file(&place).or_else(|_| fs::remove_dir_all(&place));
    }
}
