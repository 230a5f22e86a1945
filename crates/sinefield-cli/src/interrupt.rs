//! Handles Ctrl-C and the system's request to end.
//!
//! From the start of a fit that can be stopped until the next fit starts, the first interrupt is a request to stop
//! after the current step. Any other interrupt ends the program at once and leaves no incomplete files.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::failure::Failure;

/// The exit code of an interrupted command.
pub const CODE: u8 = 130;

static WATCHED: AtomicBool = AtomicBool::new(false);
static ASKED: AtomicBool = AtomicBool::new(false);

/// Installs the handler of interrupts.
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

/// Sets the effect of the first interrupt. With `watched`, only [`asked`] reports it. Otherwise it ends the program.
pub fn watch(watched: bool) {
    WATCHED.store(watched, Ordering::Relaxed);
}

/// Whether an interrupt is ending the program.
pub fn ends() -> bool {
    ASKED.load(Ordering::Relaxed) && !WATCHED.load(Ordering::Relaxed)
}

/// Whether an interrupt has occurred.
pub fn asked() -> bool {
    ASKED.load(Ordering::Relaxed)
}
