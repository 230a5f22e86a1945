//! Temporary files and folders that are being filled, for a program that ends before they are whole.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

static PENDING: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

fn pending() -> MutexGuard<'static, Vec<PathBuf>> {
    PENDING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Keeps a temporary file or folder among those that [`abandon`] removes.
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

/// Removes the temporary files and folders of all that is being written: for a program that is about to be ended
/// by a signal, which would leave them behind. What is written after that is lost.
pub fn abandon() {
    for place in pending().drain(..) {
        // One that has been renamed is no temporary file any more.
        let _ = fs::remove_file(&place).or_else(|_| fs::remove_dir_all(&place));
    }
}
