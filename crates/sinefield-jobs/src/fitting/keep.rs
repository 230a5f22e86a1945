//! Writes files while a fit runs: a checkpoint at intervals, and a log of the steps.
//!
//! A fit may have run for hours, so a full disk does not end it. The first failure is reported at once, and again after
//! the field has been written.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use sinefield::fit::{Fit, Progress};
use sinefield::optimizer::SecondOrder;

use super::history::History;
use crate::settings::Running;
use crate::{Event, JobError, Listener};

/// Writes the checkpoints and the log while a fit runs.
pub struct Keeper {
    checkpoint: Option<PathBuf>,
    log: Option<(PathBuf, File)>,
    history: Option<History>,
    every: Duration,
    saved: Instant,
    failure: Option<JobError>,
}

impl Keeper {
    /// Opens the log. A resumed fit appends to it. `history` receives the figures of every step.
    pub fn new(running: &Running, history: Option<History>) -> Result<Self, JobError> {
        let Running { checkpoint, log, resume: resumed, .. } = running;
        let open = |path: &Path| -> Result<_, JobError> {
            let file = OpenOptions::new()
                .create(true)
                .write(true)
                .append(*resumed)
                .truncate(!resumed)
                .open(path)
                .map_err(|error| unwritten(path, &error))?;
            Ok((path.to_path_buf(), file))
        };
        Ok(Self {
            checkpoint: checkpoint.clone(),
            log: log.as_deref().map(open).transpose()?,
            history,
            every: running.checkpoint_every(),
            saved: Instant::now(),
            failure: None,
        })
    }

    /// Writes the log line of a step, and a checkpoint if one is due.
    pub fn step(&mut self, progress: &Progress, fit: &Fit, listener: &mut dyn Listener) {
        if let Some(history) = &self.history {
            history.step(progress, fit);
        }
        if let Some((path, file)) = &mut self.log
            && let Err(error) = file.write_all(line(progress, fit).as_bytes())
        {
            let failure = unwritten(path, &error);
            self.log = None;
            self.note(failure, listener);
        }
        if let Some(path) = &self.checkpoint
            && self.saved.elapsed() >= self.every
        {
            if let Err(error) = fit.checkpoint().save(path) {
                self.note(error.into(), listener);
            }
            self.saved = Instant::now();
        }
    }

    /// Reports and keeps the first failure. Later failures are ignored.
    fn note(&mut self, failure: JobError, listener: &mut dyn Listener) {
        if self.failure.is_none() {
            listener.hear(Event::Urgent(&format!("error: {failure} (the fit goes on)")));
            self.failure = Some(failure);
        }
    }

    /// The first failure, if there was one.
    pub fn end(self) -> Result<(), JobError> {
        self.failure.map_or(Ok(()), Err)
    }
}

fn unwritten(path: &Path, error: &std::io::Error) -> JobError {
    JobError::fault(path.display(), format!("the log cannot be written ({error}); name another file"))
}

/// One step as a line of JSON, with the loss of every constraint if there are several, the factors of balanced constraints,
/// and the least weight of constraints with causal weights.
fn line(progress: &Progress, fit: &Fit) -> String {
    let mut line = serde_json::json!({
        "step": progress.step,
        "steps": progress.steps,
        "loss": progress.loss,
        "psnr_db": progress.psnr_db,
        "rate": progress.rate,
        "evaluations": progress.evaluations,
        "seconds": progress.seconds,
        "points_per_second": progress.points as f64 / progress.step_seconds,
    });
    if let Some(SecondOrder { rows, damping, length }) = progress.second_order {
        line["rows"] = rows.into();
        line["damping"] = damping.into();
        line["length"] = length.into();
    }
    if let Some(error) = progress.error {
        line["error"] = error.into();
    }
    let losses: serde_json::Map<_, _> = fit.losses().map(|(name, loss)| (name.into(), loss.into())).collect();
    if losses.len() > 1 {
        line["losses"] = losses.into();
    }
    let named = |numbers: &mut dyn Iterator<Item = (&str, f64)>| -> serde_json::Map<_, _> {
        numbers.map(|(name, number)| (name.into(), number.into())).collect()
    };
    if let Some(mut factors) = fit.balance() {
        line["balance"] = named(&mut factors).into();
    }
    let least = named(&mut fit.least_weights());
    if !least.is_empty() {
        line["causal"] = least.into();
    }
    format!("{line}\n")
}
