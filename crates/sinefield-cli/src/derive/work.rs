//! A picture to be made of derivatives, from its plan to its report.

use std::process::ExitCode;
use std::sync::Arc;

use serde_json::{Map, Value, json};
use sinefield::engine::cpu::CpuEngine;
use sinefield::field::{Field, FieldConfig};
use sinefield::fit::Outcome;
use sinefield::recipe::gradient_domain::{GradientDomain, Recovery};

use super::options::SharedOptions;
use crate::console::{self, duration, grouped, rate};
use crate::failure::Failure;
use crate::fit::{LARGE, Settings, begin, describe};
use crate::{output, render};

/// A task, and what is to be said of it.
pub struct Work<'a> {
    /// The options.
    pub options: &'a SharedOptions,
    /// What computes.
    pub engine: Arc<CpuEngine>,
    /// What is fitted.
    pub task: Arc<GradientDomain>,
    /// Which settings suit it.
    pub recovery: Recovery,
    /// What is done, in words.
    pub subject: String,
    /// Entries of the field's file and the report beside those of every fit.
    pub told: Vec<(&'static str, Value)>,
}

/// How good a finished field is.
pub struct Measured {
    /// Numbers for the report, by name.
    pub numbers: Vec<(&'static str, f64)>,
    /// The same for people.
    pub words: String,
}

impl Work<'_> {
    /// Fits, measures with `measure`, which may also change the field, and writes what was asked for.
    pub fn run(
        &self,
        measure: impl FnOnce(&CpuEngine, &mut Field) -> Result<Measured, Failure>,
    ) -> Result<ExitCode, Failure> {
        let SharedOptions { running, network, course, .. } = self.options;
        let (pixels, batch) = (self.task.pixels(), self.task.batch());
        let (rows, columns, _) = self.task.shape();
        let config = course.config(self.recovery, pixels, batch);
        let settings = Settings { config: config.clone(), seed: running.seed() };
        let field = self
            .task
            .field(&network.config(rows.min(columns), FieldConfig::default()), running.seed())
            .map_err(|error| Failure::usage("network", error))?;
        if !running.quiet {
            console::note(&self.plan(&field, &settings));
        }
        let fit = begin(running, self.engine.clone(), vec![field], self.task.clone(), config, "image")?;
        running.run(fit, (settings.config.steps, None), |fit, outcome| {
            if !running.quiet && pixels > LARGE {
                console::note("measuring the field");
            }
            let mut field = fit.into_field();
            let measured = measure(&self.engine, &mut field)?;
            self.finish(field, outcome, &settings, &measured)
        })
    }

    /// What is about to be done, in two lines.
    fn plan(&self, field: &Field, settings: &Settings) -> String {
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
             {} steps, {each}; {}; {} threads, {}",
            self.subject,
            describe(field.architecture()),
            grouped(field.parameters().len()),
            grouped(settings.config.steps),
            settings.words(),
            self.engine.threads(),
            self.engine.instruction_set(),
        )
    }

    /// Writes the field and its render, and says what it came to.
    fn finish(
        &self,
        mut field: Field,
        outcome: &Outcome,
        settings: &Settings,
        measured: &Measured,
    ) -> Result<(), Failure> {
        let running = &self.options.running;
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
            ("batch".to_string(), json!(self.task.batch())),
        ]);
        fitted.extend(settings.course());
        field.meta.fitted = fitted;
        field.save(&running.output)?;
        if let Some(path) = &self.options.render {
            let words = render::value(&self.engine, &field, path)?;
            if !running.quiet && !running.json {
                console::print(&words)?;
            }
        }
        let speed = (outcome.steps * self.task.batch()) as f64 / outcome.seconds;
        if running.json {
            entries.extend([
                ("seconds".to_string(), json!(outcome.seconds)),
                ("points_per_second".to_string(), json!(speed)),
                ("final_loss".to_string(), json!(outcome.final_loss)),
                ("parameters".to_string(), json!(field.parameters().len())),
                ("stopped_by".to_string(), json!(outcome.stopped_by.name())),
            ]);
            return console::print(&output::json(&entries)?);
        }
        if running.quiet {
            return Ok(());
        }
        console::print(&format!(
            "wrote {}: {} after {} steps in {} ({})",
            running.output.display(),
            measured.words,
            outcome.steps,
            duration(outcome.seconds),
            rate(speed),
        ))
    }
}
