//! A fit to derivatives, from its plan to its report.

use std::sync::Arc;

use serde_json::{Map, Value, json};
use sinefield::engine::Engine;
use sinefield::field::{Field, FieldConfig};
use sinefield::fit::{FitConfig, Outcome};
use sinefield::recipe::gradient_domain::{GradientDomain, Recovery};

use super::shared::Shared;
use crate::fit::{course_numbers, method, method_words, words};
use crate::fitting::{Fitting, describe};
use crate::listener::stage;
use crate::words::grouped;
use crate::{JobError, Plan, Report, render};

/// A task and its description.
pub struct Work {
    /// The settings.
    pub shared: Shared,
    /// The engine of the fit.
    pub engine: Arc<dyn Engine>,
    /// The task to fit.
    pub task: Arc<GradientDomain>,
    /// The kind of the task, which determines the default settings.
    pub recovery: Recovery,
    /// The task in words.
    pub subject: String,
    /// Additional entries of the field's file and of the report.
    pub told: Vec<(&'static str, Value)>,
}

/// The quality of a fitted field.
pub struct Measured {
    /// Numbers for the report, by name.
    pub numbers: Vec<(&'static str, f64)>,
    /// The same in words.
    pub words: String,
}

impl Work {
    /// A plan that fits the field, measures it with `measure`, and writes the outputs. `measure` may change the field.
    pub fn plan(
        self,
        measure: impl FnOnce(&dyn Engine, &mut Field) -> Result<Measured, JobError> + Send + 'static,
    ) -> Result<Plan, JobError> {
        let shared = &self.shared;
        let (pixels, batch) = (self.task.pixels(), self.task.batch());
        let (rows, columns, channels) = self.task.shape();
        let config = shared.config(self.recovery, pixels, batch)?;
        let network = shared.network.config(rows.min(columns), FieldConfig::default());
        let field = self.task.field(&network, shared.running.seed())?;
        let words = self.words(&field, &config);
        let fitting = Fitting {
            engine: self.engine.clone(),
            task: self.task.clone(),
            fields: vec![field],
            config: config.clone(),
            running: shared.running.clone(),
            of: "image",
            power: None,
            held: 2 * pixels * channels * size_of::<f32>(),
            history: None,
        };
        let mut numbers: Map<String, Value> =
            self.told.iter().map(|(name, value)| ((*name).to_string(), value.clone())).collect();
        numbers.insert("batch".into(), json!(batch));
        Plan::fit(words, numbers, fitting, move |fit, outcome, listener| {
            let mut field = fit.into_field();
            // The measurement does not report its progress.
            let measured = stage(listener, "measuring", |_| measure(self.engine.as_ref(), &mut field))?;
            self.finish(field, outcome, &config, &measured)
        })
    }

    /// The plan in two lines.
    fn words(&self, field: &Field, config: &FitConfig) -> String {
        let (rows, columns, channels) = self.task.shape();
        let (pixels, batch) = (self.task.pixels(), self.task.batch());
        let plural = if channels == 1 { "channel" } else { "channels" };
        let each = if batch == pixels {
            "everything at every step".to_string()
        } else {
            format!("the share of {} pixels a step", grouped(batch))
        };
        format!(
            "{}: {columns} x {rows} pixels, {channels} {plural}; network {}, {} parameters\n\
             {} steps, {each}; {}; {}",
            self.subject,
            describe(field.architecture()),
            grouped(field.parameters().len()),
            grouped(config.steps),
            method_words(config),
            self.engine.describe(),
        )
    }

    /// Writes the field and its render, and makes the report.
    fn finish(
        &self,
        mut field: Field,
        outcome: &Outcome,
        config: &FitConfig,
        measured: &Measured,
    ) -> Result<Report, JobError> {
        let (running, batch) = (&self.shared.running, self.task.batch());
        let mut entries: Map<String, Value> = Map::new();
        let mut add = |name: &str, value: Value| entries.insert(name.to_string(), value);
        measured.numbers.iter().for_each(|(name, number)| drop(add(name, json!(number))));
        self.told.iter().for_each(|(name, value)| drop(add(name, value.clone())));
        add("steps", json!(outcome.steps));
        add("seed", json!(running.seed()));
        let mut fitted = entries.clone();
        let (rows, columns, channels) = self.task.shape();
        fitted.extend([
            ("rows".to_string(), json!(rows)),
            ("columns".to_string(), json!(columns)),
            ("channels".to_string(), json!(channels)),
            ("batch".to_string(), json!(batch)),
        ]);
        fitted.extend(method(config));
        field.meta.fitted = fitted;
        if let Some(output) = &running.output {
            field.save(output)?;
        }
        let mut lines = Vec::new();
        if let Some(path) = &self.shared.render {
            lines.push(render::value(self.engine.as_ref(), &field, path)?);
        }
        lines.push(words(running.output.as_deref(), &measured.words, outcome, batch));
        let course = course_numbers(outcome, batch, field.parameters().len(), running.seed());
        entries.extend(course.map(|(name, value)| (name.to_string(), value)));
        Ok(Report::new(lines.join("\n"), entries).with_field(field))
    }
}
