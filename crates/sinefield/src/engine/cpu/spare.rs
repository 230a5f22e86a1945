//! Memory that a stepper keeps between steps, for use by any thread.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Pieces of memory that no thread uses at the moment.
///
/// A thread owns the pieces that it takes. It holds no lock while it works, so it may call functions of the user, which
/// may run other work of the same stepper on the same thread. If a panic ends the work of a thread, its pieces are
/// dropped. A piece in the list is therefore always intact.
pub(super) struct Spare<T>(Mutex<Vec<T>>);

impl<T> Default for Spare<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T> Spare<T> {
    /// Takes a piece, or makes a new one if none is free.
    pub fn take(&self, new: impl FnOnce() -> T) -> T {
        let free = lock(&self.0).pop();
        free.unwrap_or_else(new)
    }

    /// Gives a piece back.
    pub fn give(&self, piece: T) {
        lock(&self.0).push(piece);
    }

    /// The number of pieces.
    #[cfg(test)]
    pub fn len(&self) -> usize {
        lock(&self.0).len()
    }
}

/// Locks a mutex whose contents are valid between any two operations, and therefore also after a panic.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
