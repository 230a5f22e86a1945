//! Shows the progress of a fit on standard error: a bar on a terminal, and occasional lines elsewhere.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use sinefield::fit::Progress;
use sinefield::optimizer::SecondOrder;

use sinefield_jobs::words;

use crate::console;

/// The approximate number of lines for a whole fit. Slow fits print more.
const LINES: usize = 10;
/// The longest time between two lines.
const SILENCE: Duration = Duration::from_secs(10);

/// Where progress is shown.
pub struct Display {
    place: Place,
}

enum Place {
    /// On a terminal.
    Bar(ProgressBar),
    /// In a file or a pipe, with the time of the last line.
    Lines(Option<Instant>),
    /// Nowhere.
    Quiet,
}

impl Display {
    /// A display for a fit of `steps` steps. It shows nothing if `quiet`.
    pub fn new(steps: usize, quiet: bool) -> Self {
        let place = if quiet {
            Place::Quiet
        } else if !console::is_terminal() {
            Place::Lines(None)
        } else {
            let bar = ProgressBar::new(steps as u64);
            let style = ProgressStyle::with_template("{wide_bar} {pos}/{len}  {msg}");
            Place::Bar(bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar())))
        };
        Self { place }
    }

    /// Shows the state of the fit after a step.
    pub fn show(&mut self, progress: &Progress, snr_db: Option<f64>) {
        let words = || state(progress, snr_db);
        match &mut self.place {
            Place::Quiet => {}
            Place::Bar(bar) => {
                bar.set_position(progress.step as u64);
                bar.set_message(words());
            }
            Place::Lines(last) => {
                let every = progress.steps.div_ceil(LINES);
                let due = progress.step == progress.steps || progress.step.is_multiple_of(every);
                if due || last.is_none_or(|last| last.elapsed() >= SILENCE) {
                    let steps = progress.steps;
                    console::note(&format!("step {}/{steps}  {}", progress.step, words()));
                    *last = Some(Instant::now());
                }
            }
        }
    }

    /// Leaves the last state on the terminal and goes to a new line.
    pub fn end(&self) {
        if let Place::Bar(bar) = &self.place {
            bar.abandon();
        }
    }
}

/// Loss, error, PSNR or a sound's SNR, the figures of a second-order step or else the speed, and the time left.
fn state(progress: &Progress, snr_db: Option<f64>) -> String {
    let psnr = match (snr_db, progress.psnr_db) {
        (Some(snr), _) => format!("  SNR {snr:.2} dB"),
        (None, Some(psnr)) => format!("  {psnr:.2} dB"),
        (None, None) => String::new(),
    };
    let error = progress.error.map_or(String::new(), |error| format!("  error {error:.2e}"));
    let rate = match progress.second_order {
        Some(SecondOrder { rows, damping, length }) => {
            format!("{} rows, damping {damping:.0e}, length {length}", words::grouped(rows))
        }
        None => words::rate(progress.points as f64 / progress.step_seconds),
    };
    let mean = progress.seconds / progress.step.max(1) as f64;
    let left = mean * (progress.steps - progress.step.min(progress.steps)) as f64;
    format!("loss {:.3e}{error}{psnr}  {rate}  {} left", progress.loss, words::duration(left))
}
