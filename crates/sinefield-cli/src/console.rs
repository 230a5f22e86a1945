//! Standard output and standard error, either of which may be closed at any time.

use std::io::{ErrorKind, IsTerminal, Write};

use sinefield_jobs::words::escaped;

use crate::failure::Failure;

/// The control characters of layout, which are printed unchanged.
const LAYOUT: [char; 2] = ['\n', '\t'];

/// Writes `text` and a newline to standard output.
///
/// A closed pipe is not an error, because the work is done.
pub fn print(text: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    match writeln!(out, "{}", escaped(text, &LAYOUT)).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Failure::fault("standard output", format!("cannot be written ({error}); send it elsewhere")))
        }
        _ => Ok(()),
    }
}

/// Writes a note to standard error. Errors are ignored.
pub fn note(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{}", escaped(text, &LAYOUT));
}

/// Whether notes go to a terminal.
pub fn is_terminal() -> bool {
    std::io::stderr().is_terminal()
}
