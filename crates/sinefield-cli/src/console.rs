//! Standard output and standard error, either of which may be closed at any time.

use std::io::{ErrorKind, IsTerminal, Write};
use std::time::{Duration, Instant};

use sinefield_jobs::words::{duration, grouped};

use crate::failure::{Failure, escaped};

/// Control characters that lay a text out, and are printed as they are.
const LAYOUT: [char; 2] = ['\n', '\t'];

/// Writes `text` and a line's end to standard output.
///
/// That nobody reads it any more is no failure: the work is done.
pub fn print(text: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    match writeln!(out, "{}", escaped(text, &LAYOUT)).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Failure::fault("standard output", format!("cannot be written ({error}); send it elsewhere")))
        }
        _ => Ok(()),
    }
}

/// Writes a note to standard error, if anyone reads it.
pub fn note(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{}", escaped(text, &LAYOUT));
}

/// Whether notes go to a terminal.
pub fn is_terminal() -> bool {
    std::io::stderr().is_terminal()
}

/// A stage that may take long, told of on standard error: nothing within its first two seconds, then a line every ten.
pub struct Stage {
    name: &'static str,
    begun: Instant,
    told: Option<Instant>,
    quiet: bool,
}

/// How long a stage may go on without a word, and how long between two.
const PATIENCE: [Duration; 2] = [Duration::from_secs(2), Duration::from_secs(10)];

impl Stage {
    /// A stage that begins now.
    pub fn new(name: &'static str, quiet: bool) -> Self {
        Self { name, begun: Instant::now(), told: None, quiet }
    }

    /// So much of it is done, of so much if that is known.
    pub fn show(&mut self, done: usize, total: Option<usize>) {
        let due = match self.told {
            None => self.begun.elapsed() >= PATIENCE[0],
            Some(told) => told.elapsed() >= PATIENCE[1],
        };
        if self.quiet || !due {
            return;
        }
        self.told = Some(Instant::now());
        let of = total.map_or(String::new(), |total| format!(" of {}", grouped(total)));
        note(&format!("{}: {}{of}", self.name, grouped(done)));
    }

    /// It is over.
    pub fn end(self) {
        if self.told.is_some() {
            note(&format!("{}: done in {}", self.name, duration(self.begun.elapsed().as_secs_f64())));
        }
    }
}
