//! What a fit came to: in the field's own file, as JSON, and in words.

use std::path::Path;

use serde_json::{Map, Value, json};
use sinefield::fit::{FitConfig, Outcome};
use sinefield::recipe::sampled::Sampled;
use sinefield_jobs::{Quality, Subject};

use super::options::schedule_name;
use crate::console::{duration, rate};

/// What a fit came to.
#[derive(Debug)]
pub struct Report {
    quality: Quality,
    steps: usize,
    seconds: f64,
    /// Samples seen over those seconds.
    points_per_second: f64,
    final_loss: f64,
    parameters: usize,
    seed: u64,
    stopped_by: &'static str,
}

impl Report {
    /// The report of a fit whose steps saw `batch` samples.
    pub fn new(outcome: &Outcome, quality: Quality, batch: usize, parameters: usize, seed: u64) -> Self {
        Self {
            quality,
            steps: outcome.steps,
            seconds: outcome.seconds,
            points_per_second: outcome.steps as f64 * batch as f64 / outcome.seconds,
            final_loss: outcome.final_loss,
            parameters,
            seed,
            stopped_by: outcome.stopped_by.name(),
        }
    }

    /// As JSON: the measures of the signal's kind, and how the fit went.
    pub fn json(&self) -> Value {
        let mut report = self.quality.numbers();
        let others = [
            ("steps", json!(self.steps)),
            ("seconds", json!(self.seconds)),
            ("points_per_second", json!(self.points_per_second)),
            ("final_loss", json!(self.final_loss)),
            ("parameters", json!(self.parameters)),
            ("seed", json!(self.seed)),
            ("stopped_by", json!(self.stopped_by)),
        ];
        report.extend(others.map(|(name, value)| (name.to_string(), value)));
        report.into()
    }

    /// The report in one line, for people.
    pub fn words(&self, output: &Path) -> String {
        format!(
            "wrote {}: {} after {} steps in {} ({})",
            output.display(),
            self.quality.words(),
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
    /// What network and batches are drawn from.
    pub seed: u64,
}

impl Settings {
    /// Optimiser, rate and its course, in words.
    pub fn words(&self) -> String {
        let optimizer = self.config.optimizer;
        if !optimizer.has_rate() {
            return optimizer.to_string();
        }
        format!("{optimizer}, rate {:e}, {} schedule", self.config.rate, schedule_name(self.config.schedule))
    }

    /// Optimiser, rate and its course, for a field's file.
    pub fn course(&self) -> [(String, Value); 3] {
        [
            ("optimizer", json!(self.config.optimizer)),
            ("lr", json!(self.config.rate)),
            ("schedule", json!(schedule_name(self.config.schedule))),
        ]
        .map(|(name, value)| (name.to_string(), value))
    }

    /// How a field was fitted to `subject`, for its file: nothing that differs between two runs of
    /// the same fit.
    pub fn fitted(
        &self,
        subject: &Subject,
        task: &Sampled,
        steps: usize,
        quality: Quality,
    ) -> Map<String, Value> {
        let kind = subject.signal.kind.name();
        let mut entries = Map::from_iter([(kind.to_string(), json!(subject.name()))]);
        if let &[rows, columns] = task.shape() {
            entries.extend([("rows".into(), json!(rows)), ("columns".into(), json!(columns))]);
        } else {
            entries.insert("shape".into(), json!(task.shape()));
        }
        entries.extend([
            ("channels".into(), json!(task.channels())),
            ("steps".into(), json!(steps)),
            ("batch".into(), json!(task.batch())),
            ("seed".into(), json!(self.seed)),
        ]);
        entries.extend(quality.numbers());
        entries.extend(self.course());
        entries
    }
}
