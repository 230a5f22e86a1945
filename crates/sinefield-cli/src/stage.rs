//! Shows a stage that may take long (reading, measuring, rendering) on standard error. It shows nothing in the first
//! two seconds, and then a bar on a terminal, or a line every ten seconds elsewhere.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use sinefield_jobs::words::{duration, grouped};

use crate::console;

/// The duration of a stage after which it is shown.
const PATIENCE: Duration = Duration::from_secs(2);
/// The longest time between two lines.
const SILENCE: Duration = Duration::from_secs(10);

/// A stage and how it is shown.
pub struct Stage {
    name: &'static str,
    begun: Instant,
    bar: Option<ProgressBar>,
    line: Option<Instant>,
    quiet: bool,
}

impl Stage {
    /// Starts a stage now. It is not shown if `quiet`.
    pub fn new(name: &'static str, quiet: bool) -> Self {
        Self { name, begun: Instant::now(), bar: None, line: None, quiet }
    }

    /// Shows that `done` of `total` units are done.
    pub fn show(&mut self, done: usize, total: Option<usize>) {
        if self.quiet || self.begun.elapsed() < PATIENCE {
            return;
        }
        if console::is_terminal() {
            let name = self.name;
            let bar = self.bar.get_or_insert_with(|| bar(name, total));
            bar.set_position(done as u64);
        } else if self.line.is_none_or(|line| line.elapsed() >= SILENCE) {
            self.line = Some(Instant::now());
            let of = total.map_or(String::new(), |total| format!(" of {}", grouped(total)));
            console::note(&format!("{}: {}{of}", self.name, grouped(done)));
        }
    }

    /// Ends the stage.
    pub fn end(self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
        if self.bar.is_some() || self.line.is_some() {
            console::note(&format!(
                "{}: done in {}",
                self.name,
                duration(self.begun.elapsed().as_secs_f64())
            ));
        }
    }
}

/// A bar, or a counter if the total is unknown.
fn bar(name: &'static str, total: Option<usize>) -> ProgressBar {
    let (bar, form) = match total {
        Some(total) => {
            (ProgressBar::new(total as u64), "{prefix} {wide_bar} {human_pos}/{human_len}  {eta} left")
        }
        None => (ProgressBar::no_length(), "{prefix} {spinner} {human_pos}"),
    };
    let style = ProgressStyle::with_template(form).unwrap_or_else(|_| ProgressStyle::default_bar());
    bar.with_style(style).with_prefix(name)
}
