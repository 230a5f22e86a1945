//! Memory that a stepper keeps between steps, for whichever thread needs some next.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Pieces of memory that no thread uses at the moment.
///
/// A thread owns what it takes. No lock is held while it works, so it may run functions of the caller's in the
/// meantime, which may bring other work of the same stepper to the same thread. What a thread holds when a
/// panic ends its work is dropped: a piece here is always whole.
pub(super) struct Spare<T>(Mutex<Vec<T>>);

impl<T> Default for Spare<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T> Spare<T> {
    /// A piece, a new one if none is free.
    pub fn take(&self, new: impl FnOnce() -> T) -> T {
        let free = lock(&self.0).pop();
        free.unwrap_or_else(new)
    }

    /// Gives a piece back.
    pub fn give(&self, piece: T) {
        lock(&self.0).push(piece);
    }

    /// How many pieces there are.
    #[cfg(test)]
    pub fn len(&self) -> usize {
        lock(&self.0).len()
    }
}

/// Locks a mutex whose contents are whole between any two operations, and so also after a panic.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
