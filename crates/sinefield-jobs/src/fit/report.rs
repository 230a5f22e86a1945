//! The result of a fit: for the field's file, as JSON, and in words.

use std::path::Path;

use serde_json::{Map, Value, json};
use sinefield::field::Precision;
use sinefield::fit::{FitConfig, Outcome};
use sinefield::recipe::sampled::Sampled;

use crate::fitting::rate_of;
use crate::words::{duration, grouped, rate};
use crate::{Quality, Subject};

/// The figures of a fit by name. `batch` is the number of samples per step.
pub fn course_numbers(
    outcome: &Outcome,
    batch: usize,
    parameters: usize,
    seed: u64,
) -> [(&'static str, Value); 7] {
    [
        ("steps", json!(outcome.steps)),
        ("seconds", json!(outcome.seconds)),
        ("points_per_second", json!(speed(outcome, batch))),
        ("final_loss", json!(outcome.final_loss)),
        ("parameters", json!(parameters)),
        ("seed", json!(seed)),
        ("stopped_by", json!(outcome.stopped_by.name())),
    ]
}

/// The result of a fit in one line. `quality` is the quality of its field in words.
pub fn words(output: Option<&Path>, quality: &str, outcome: &Outcome, batch: usize) -> String {
    format!(
        "{}{quality} after {} steps in {} ({})",
        output.map_or(String::new(), |path| format!("wrote {}: ", path.display())),
        outcome.steps,
        duration(outcome.seconds),
        rate(speed(outcome, batch)),
    )
}

/// Points per second.
fn speed(outcome: &Outcome, batch: usize) -> f64 {
    outcome.steps as f64 * batch as f64 / outcome.seconds
}

/// The optimizer, the learning rate and its schedule, in words.
pub fn method_words(config: &FitConfig) -> String {
    if !config.stages.is_empty() {
        let stage = |stage: &FitConfig| format!("{} steps of {}", grouped(stage.steps), method_words(stage));
        return config.stages.iter().map(stage).collect::<Vec<_>>().join(", then ");
    }
    let optimizer = match config.precision {
        Precision::F32 => config.optimizer.to_string(),
        Precision::F64 => format!("{} in float64", config.optimizer),
    };
    if !config.optimizer.has_rate() {
        return optimizer;
    }
    format!("{optimizer}, rate {:e}, {} schedule", config.rate, config.schedule)
}

/// The optimizer, and its learning rate and schedule if it has them, for a field's file.
pub fn method(config: &FitConfig) -> impl Iterator<Item = (String, Value)> {
    let rate = rate_of(config).into_iter();
    let rate = rate.flat_map(|rate| [("lr", json!(rate)), ("schedule", json!(config.schedule.name()))]);
    let entries = std::iter::once(("optimizer", json!(config.optimizer))).chain(rate);
    entries.map(|(name, value)| (name.to_string(), value))
}

/// The record of a fit to `subject` for the field's file. It contains nothing that differs between two runs of the same
/// fit.
pub fn fitted(
    subject: &Subject,
    task: &Sampled,
    (config, seed): (&FitConfig, u64),
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
        ("seed".into(), json!(seed)),
    ]);
    entries.extend(quality.numbers());
    entries.extend(method(config));
    entries
}
