//! Standard output and standard error, either of which may be closed at any time.

use std::io::{ErrorKind, IsTerminal, Write};
use std::time::{Duration, Instant};

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

/// A whole number with its digits in groups of three, as `198,401`.
pub fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let first = digits.len() % 3;
    let (head, tail) = digits.split_at(first);
    let groups = tail.as_bytes().chunks(3).map(|group| String::from_utf8_lossy(group).into_owned());
    let head = (!head.is_empty()).then(|| head.to_string());
    head.into_iter().chain(groups).collect::<Vec<_>>().join(",")
}

/// A rate in points per second, as `1.25 M points/s`.
pub fn rate(points_per_second: f64) -> String {
    match points_per_second {
        rate if rate >= 1e6 => format!("{:.2} M points/s", rate * 1e-6),
        rate if rate >= 1e3 => format!("{:.0} k points/s", rate * 1e-3),
        rate => format!("{rate:.0} points/s"),
    }
}

/// Seconds as people say them: `12.3 s`, `2 min 05 s`, `1 h 02 min`.
pub fn duration(seconds: f64) -> String {
    if seconds < 60.0 {
        return format!("{seconds:.1} s");
    }
    let whole = seconds.round() as u64;
    match whole / 3600 {
        0 => format!("{} min {:02} s", whole / 60, whole % 60),
        hours => format!("{hours} h {:02} min", whole / 60 % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_and_times_rounded() {
        assert_eq!([0, 999, 1000, 198_401].map(grouped), ["0", "999", "1,000", "198,401"]);
        assert_eq!(duration(59.94), "59.9 s");
        assert_eq!(duration(125.2), "2 min 05 s");
        assert_eq!(duration(3725.0), "1 h 02 min");
    }
}
