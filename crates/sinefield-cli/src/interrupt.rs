//! Ctrl-C, and the system's request to end.
//!
//! While a fit runs the first asks it to stop after its step. Otherwise, and the second time, the program
//! ends at once and leaves nothing half-written.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::failure::Failure;

/// The exit code of an interrupted command.
pub const CODE: u8 = 130;

static WATCHED: AtomicBool = AtomicBool::new(false);
static ASKED: AtomicBool = AtomicBool::new(false);

/// Answers interrupts from here on.
pub fn answer() -> Result<(), Failure> {
    ctrlc::set_handler(|| {
        if ASKED.swap(true, Ordering::Relaxed) || !WATCHED.load(Ordering::Relaxed) {
            sinefield_files::abandon();
            sinefield_media::abandon_videos();
            std::process::exit(i32::from(CODE));
        }
    })
    .map_err(|error| Failure::fault("interrupt", format!("cannot be watched for ({error}); try again")))
}

/// From here on the first interrupt is a request that [`asked`] tells of, or ends the program if it is not `watched` for.
pub fn watch(watched: bool) {
    WATCHED.store(watched, Ordering::Relaxed);
}

/// Whether an interrupt ends the program just now.
pub fn ends() -> bool {
    ASKED.load(Ordering::Relaxed) && !WATCHED.load(Ordering::Relaxed)
}

/// Whether an interrupt has come.
pub fn asked() -> bool {
    ASKED.load(Ordering::Relaxed)
}
