//! The result of a solution: for the files of the fields, as JSON, and in words.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::{Map, Value, json};
use sinefield::field::Precision;
use sinefield::fit::{Fit, FitConfig, Outcome, StoppedBy};
use sinefield::problem::Problem;

use crate::fitting::{methods, rate_of};
use crate::words::{duration, rate};

/// The part of the residual that is due to rounding, above which the precision is the limit of a fit.
const LIMITED: f64 = 0.3;

/// The result of a solution.
#[derive(Debug, Serialize)]
pub struct Solution {
    /// The number of updates.
    pub steps: usize,
    /// The duration of the updates in seconds.
    pub seconds: f64,
    /// Points per second.
    pub points_per_second: f64,
    /// The loss before the last update.
    pub final_loss: f64,
    /// The weighted loss of each constraint.
    pub losses: BTreeMap<String, f64>,
    /// The factor of each constraint, if they are balanced.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub balance: BTreeMap<String, f64>,
    /// The least weight of the points of each constraint with causal weights, at the last step.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub causal: BTreeMap<String, f64>,
    /// The final values of the trainable scalars.
    pub trainable: BTreeMap<String, f64>,
    /// The relative L2 error, if the problem has an exact solution and all values are finite.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<f64>,
    /// Whether the problem has an exact solution.
    #[serde(skip)]
    pub is_compared: bool,
    /// The part of the residual that is due to rounding, for a fit of float32 whose residual has rows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rounding: Option<f64>,
    /// The number of parameters of all networks.
    pub parameters: usize,
    /// The random seed.
    pub seed: u64,
    /// `steps`, `converged` or `interrupt`.
    pub stopped_by: &'static str,
}

impl Solution {
    /// The result of a fit of `problem`.
    pub fn new(problem: &Problem, fit: &Fit, outcome: &Outcome, seed: u64) -> Self {
        let points: usize = problem.needs().map(|needs| needs.samples).sum();
        let names = problem.trainable_names().map(str::to_string);
        let named = |(name, number): (&str, f64)| (name.to_string(), number);
        Self {
            steps: outcome.steps,
            seconds: outcome.seconds,
            points_per_second: outcome.steps as f64 * points as f64 / outcome.seconds,
            final_loss: outcome.final_loss,
            losses: fit.losses().map(named).collect(),
            balance: fit.balance().into_iter().flatten().map(named).collect(),
            causal: fit.least_weights().map(named).collect(),
            trainable: names.zip(fit.scalars().iter().map(|scalar| shortest(*scalar, fit))).collect(),
            error: fit.error().ok().flatten(),
            is_compared: problem.exact_names().next().is_some(),
            rounding: fit.rounding(outcome.steps).ok().flatten(),
            parameters: fit.fields().iter().map(|field| field.parameters().len()).sum(),
            seed,
            stopped_by: outcome.stopped_by.name(),
        }
    }

    /// The record of the fit for the files of the fields. It contains nothing that differs between two runs.
    pub fn fitted(&self, problem: &Path, config: &FitConfig) -> Map<String, Value> {
        let name = problem.file_name().unwrap_or(problem.as_os_str()).to_string_lossy();
        let entries = [
            ("problem", json!(name)),
            ("steps", json!(self.steps)),
            ("seed", json!(self.seed)),
            ("optimizer", json!(methods(config))),
            ("loss", json!(self.final_loss)),
            ("trainable", json!(self.trainable)),
        ];
        let rate = rate_of(config).map(|rate| ("lr", json!(rate)));
        entries.into_iter().chain(rate).map(|(name, value)| (name.to_string(), value)).collect()
    }

    /// The report in words: one line, and one more for each constraint and each trainable scalar.
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
        if self.stopped_by == StoppedBy::Converged.name() {
            lines.push("  ended early: the optimizer can make no further progress".into());
        }
        lines.extend(self.losses.iter().map(|(name, loss)| {
            let balance = self.balance.get(name).map(|factor| format!(", balanced by {factor:.3}"));
            let causal = self.causal.get(name).map(|least| format!(", least causal weight {least:.2e}"));
            format!("  {name}: {loss:.3e}{}{}", balance.unwrap_or_default(), causal.unwrap_or_default())
        }));
        lines.extend(self.trainable.iter().map(|(name, value)| format!("  {name} = {value}")));
        match self.error {
            Some(error) => lines.push(format!("  relative L2 error {error:.2e}")),
            None if self.is_compared => {
                lines.push(
                    "  no error: an exact solution or a field is not finite at all of the points".into(),
                );
            }
            None => {}
        }
        if let Some(part) = self.rounding.filter(|part| *part > LIMITED && self.final_loss > 0.0) {
            lines.push(format!(
                "  float32 is the limit: rounding is {:.0} % of what is left of the residual; set precision to f64 to go on",
                100.0 * part.min(1.0)
            ));
        }
        lines.join("\n")
    }
}

/// A scalar with no more digits than the precision of its fit has.
fn shortest(scalar: f64, fit: &Fit) -> f64 {
    match fit.config().precision {
        Precision::F32 => (scalar as f32).to_string().parse().unwrap_or(scalar),
        Precision::F64 => scalar,
    }
}
