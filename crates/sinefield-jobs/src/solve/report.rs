//! What a solution came to: in the fields' own files, as JSON, and in words.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::{Map, Value, json};
use sinefield::fit::{Fit, FitConfig, Outcome};
use sinefield::problem::Problem;

use crate::words::{duration, rate};

/// What a solution came to.
#[derive(Debug, Serialize)]
pub struct Solution {
    /// Updates made.
    pub steps: usize,
    /// Seconds spent in them.
    pub seconds: f64,
    /// Points seen over those seconds.
    pub points_per_second: f64,
    /// The loss before the last update.
    pub final_loss: f64,
    /// Every constraint's share of it, weighted.
    pub losses: BTreeMap<String, f64>,
    /// What the trainable scalars came to.
    pub trainable: BTreeMap<String, f32>,
    /// Parameters of all networks.
    pub parameters: usize,
    /// The number they were drawn from.
    pub seed: u64,
    /// `steps` or `interrupt`.
    pub stopped_by: &'static str,
}

impl Solution {
    /// What a fit of `problem` came to.
    pub fn new(problem: &Problem, fit: &Fit, outcome: &Outcome, seed: u64) -> Self {
        let points: usize = problem.needs().map(|needs| needs.samples).sum();
        let names = problem.trainable_names().map(str::to_string);
        Self {
            steps: outcome.steps,
            seconds: outcome.seconds,
            points_per_second: outcome.steps as f64 * points as f64 / outcome.seconds,
            final_loss: outcome.final_loss,
            losses: fit.losses().map(|(name, loss)| (name.to_string(), loss)).collect(),
            trainable: names.zip(fit.scalars().iter().copied()).collect(),
            parameters: fit.fields().iter().map(|field| field.parameters().len()).sum(),
            seed,
            stopped_by: outcome.stopped_by.name(),
        }
    }

    /// How the fields came to be, for their files: nothing that differs between two runs.
    pub fn fitted(&self, problem: &Path, config: &FitConfig) -> Map<String, Value> {
        let name = problem.file_name().unwrap_or(problem.as_os_str()).to_string_lossy();
        let entries = [
            ("problem", json!(name)),
            ("steps", json!(self.steps)),
            ("seed", json!(self.seed)),
            ("lr", json!(config.rate)),
            ("loss", json!(self.final_loss)),
            ("trainable", json!(self.trainable)),
        ];
        entries.into_iter().map(|(name, value)| (name.to_string(), value)).collect()
    }

    /// The report for people: a line, and one for every constraint and trainable scalar.
    pub fn words(&self, outputs: &[PathBuf]) -> String {
        let files: Vec<String> = outputs.iter().map(|path| path.display().to_string()).collect();
        let wrote = if files.is_empty() { String::new() } else { format!("wrote {}: ", files.join(", ")) };
        let mut lines = vec![format!(
            "{wrote}loss {:.3e} after {} steps in {} ({})",
            self.final_loss,
            self.steps,
            duration(self.seconds),
            rate(self.points_per_second),
        )];
        lines.extend(self.losses.iter().map(|(name, loss)| format!("  {name}: {loss:.3e}")));
        lines.extend(self.trainable.iter().map(|(name, value)| format!("  {name} = {value}")));
        lines.join("\n")
    }
}
