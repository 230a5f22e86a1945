//! What a fit came to: in the field's own file, as JSON, and in words.

use std::path::Path;

use serde::Serialize;
use serde_json::{Map, Value, json};
use sinefield::fit::{FitConfig, Outcome};

use super::options::{Optimizer, schedule_name};
use super::subject::Subject;
use crate::console::{duration, rate};
use crate::quality::Quality;

/// What a fit came to.
#[derive(Debug, Serialize)]
pub struct Report {
    /// The peak signal-to-noise ratio of the final field, in dB.
    pub psnr_db: f64,
    /// The structural similarity of the final field.
    pub ssim: f64,
    /// Updates made.
    pub steps: usize,
    /// Seconds spent in them.
    pub seconds: f64,
    /// Pixels seen over those seconds.
    pub points_per_second: f64,
    /// The loss before the last update.
    pub final_loss: f64,
    /// Parameters of the network.
    pub parameters: usize,
    /// The number it was drawn from.
    pub seed: u64,
    /// `steps`, `target` or `interrupt`.
    pub stopped_by: &'static str,
}

impl Report {
    /// The report of a fit whose steps saw `batch` pixels.
    pub fn new(outcome: &Outcome, quality: Quality, batch: usize, parameters: usize, seed: u64) -> Self {
        Self {
            psnr_db: quality.psnr_db,
            ssim: quality.ssim,
            steps: outcome.steps,
            seconds: outcome.seconds,
            points_per_second: outcome.steps as f64 * batch as f64 / outcome.seconds,
            final_loss: outcome.final_loss,
            parameters,
            seed,
            stopped_by: outcome.stopped_by.name(),
        }
    }

    /// The report in one line, for people.
    pub fn words(&self, output: &Path) -> String {
        format!(
            "wrote {}: {:.2} dB, SSIM {:.4} after {} steps in {} ({})",
            output.display(),
            self.psnr_db,
            self.ssim,
            self.steps,
            duration(self.seconds),
            rate(self.points_per_second),
        )
    }
}

/// The settings of a fit.
pub struct Settings {
    /// Steps, rate, schedule.
    pub config: FitConfig,
    /// What makes the updates.
    pub optimizer: Optimizer,
    /// What network and batches are drawn from.
    pub seed: u64,
}

impl Settings {
    /// Optimiser, rate and its course, in words.
    pub fn words(&self) -> String {
        format!(
            "{}, rate {:e}, {} schedule",
            self.optimizer.name(),
            self.config.rate,
            schedule_name(self.config.schedule)
        )
    }

    /// Optimiser, rate and its course, for a field's file.
    pub fn course(&self) -> [(String, Value); 3] {
        [
            ("optimizer", json!(self.optimizer.name())),
            ("lr", json!(self.config.rate)),
            ("schedule", json!(schedule_name(self.config.schedule))),
        ]
        .map(|(name, value)| (name.to_string(), value))
    }

    /// How a field was fitted to `subject`, for its file: nothing that differs between two runs of
    /// the same fit.
    pub fn fitted(&self, subject: &Subject, steps: usize, quality: Quality) -> Map<String, Value> {
        let entries = [
            ("image", json!(subject.name)),
            ("rows", json!(subject.image.rows)),
            ("columns", json!(subject.image.columns)),
            ("channels", json!(subject.image.channels)),
            ("steps", json!(steps)),
            ("batch", json!(subject.picture.batch())),
            ("seed", json!(self.seed)),
            ("psnr_db", json!(quality.psnr_db)),
            ("ssim", json!(quality.ssim)),
        ];
        entries.into_iter().map(|(name, value)| (name.to_string(), value)).chain(self.course()).collect()
    }
}
