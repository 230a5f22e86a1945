//! Ctrl-C, and the system's request to end: the first asks a fit to stop after its step, the second
//! ends it at once.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::failure::Failure;

/// The exit code of an interrupted command.
pub const CODE: u8 = 130;

static ASKED: AtomicBool = AtomicBool::new(false);

/// From here on an interrupt is a request that [`asked`] tells of.
pub fn watch() -> Result<(), Failure> {
    ctrlc::set_handler(|| {
        if ASKED.swap(true, Ordering::Relaxed) {
            std::process::exit(i32::from(CODE));
        }
    })
    .map_err(|error| Failure::fault("interrupt", format!("cannot be watched for ({error}); try again")))
}

/// Whether an interrupt has come.
pub fn asked() -> bool {
    ASKED.load(Ordering::Relaxed)
}
