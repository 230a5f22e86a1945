//! The signal that is fitted, as the options want it, and the plan of its fit in words and as JSON.

use serde_json::{Value, json};
use sinefield::engine::cpu::CpuEngine;
use sinefield::engine::{Differentiator, Engine};
use sinefield::field::Field;
use sinefield::recipe::sampled::Sampled;
use sinefield_jobs::{Defaults, Subject};
use sinefield_media::SignalKind;

use super::options::Options;
use super::report::Settings;
use super::start::describe;
use crate::console::{self, duration, grouped};
use crate::failure::Failure;

/// The part of the arithmetic peak that steps reach, for estimates.
const OF_PEAK: f64 = 0.7;
/// Reads the signal that the options name.
pub fn read(options: &Options) -> Result<Subject, Failure> {
    let path = &options.signal;
    let kind = options.kind.map(super::options::SignalName::kind);
    let mut stage = console::Stage::new("reading", options.running.quiet);
    let subject = Subject::read(path, kind, &mut |done, total| stage.show(done, total))?;
    stage.end();
    let reading = &options.reading;
    if !reading.gray && reading.resize.is_none() {
        return Ok(subject);
    }
    if subject.signal.kind != SignalKind::Image {
        let option = if reading.gray { "--gray" } else { "--resize" };
        return Err(Failure::usage(option, "is for images; leave it out"));
    }
    Ok(Subject::image(path, reading.read(path)?))
}

/// What is about to be done.
pub struct Plan<'a> {
    /// The signal.
    pub subject: &'a Subject,
    /// Its task.
    pub task: &'a Sampled,
    /// The field that the fit begins with.
    pub field: &'a Field,
    /// How it runs.
    pub settings: &'a Settings,
    /// What computes.
    pub engine: &'a CpuEngine,
}

impl Plan<'_> {
    /// In two lines, and a third where one network is too small for the signal.
    pub fn words(&self) -> String {
        let (count, batch) = (self.task.count(), self.task.batch());
        let steps = self.settings.config.steps;
        let (sample, whole) = match self.subject.signal.kind {
            SignalKind::Image => ("pixel", "image"),
            SignalKind::Sound => ("sample", "sound"),
            SignalKind::Video => ("pixel", "video"),
            _ => ("sample", "volume"),
        };
        let each = if batch == count {
            format!("every {sample} at every step")
        } else {
            let passes = steps as f64 * batch as f64 / count as f64;
            format!("{} {sample}s a step, {passes:.1} passes over the {whole}", grouped(batch))
        };
        let mut words = format!(
            "{}: {}; network {}, {} parameters\n{} steps, {each}; {}; {}",
            self.subject.name(),
            self.subject.words(),
            describe(self.field.architecture()),
            grouped(self.field.parameters().len()),
            grouped(steps),
            self.settings.words(),
            self.engine.describe(),
        );
        if self.subject.signal.kind == SignalKind::Sound {
            let first = &self.field.architecture().layers[0];
            words += &format!(
                "\nomega {} in the first layer, by the clip's {} samples; {} in the others",
                first.omega,
                grouped(count),
                self.field.architecture().layers[1].omega
            );
        }
        if let Some(warning) = Defaults::too_long(&self.subject.signal, self.field.parameters().len()) {
            words += &format!("\n{warning}");
        }
        words
    }

    /// Words with what the fit would need, for a dry run.
    pub fn estimates(&self) -> Result<(f64, usize), Failure> {
        let jet = &sinefield::fit::Task::terms(self.task)[0].fields[0].jet;
        let architecture = self.field.architecture();
        let stepper = self.engine.joint_stepper(&[(architecture, jet)]);
        let stepper = stepper.map_err(|error| Failure::fault("network", error))?;
        let operations = stepper.operations_per_point(true) * self.task.batch() as f64;
        let seconds = self.settings.config.steps as f64 * operations / (OF_PEAK * self.engine.peak());
        let values = self.subject.signal.in_memory().map_or(0, |values| 2 * size_of_val(values));
        let parameters = self.settings.config.copies() * size_of_val(self.field.parameters());
        Ok((seconds, values + parameters + Differentiator::memory(&stepper)))
    }

    /// The plan of a dry run, in words.
    pub fn dry_words(&self) -> Result<String, Failure> {
        let (seconds, bytes) = self.estimates()?;
        Ok(format!(
            "{}\nabout {} MB of memory and {} on this machine, estimated; nothing is written",
            self.words(),
            bytes.div_ceil(1 << 20),
            duration(seconds)
        ))
    }

    /// The plan of a dry run, as JSON.
    pub fn json(&self) -> Result<Value, Failure> {
        let (seconds, bytes) = self.estimates()?;
        let config = &self.settings.config;
        Ok(json!({
            "signal": self.subject.name(),
            "kind": self.subject.signal.kind.name(),
            "shape": self.task.shape(),
            "channels": self.task.channels(),
            "network": describe(self.field.architecture()),
            "parameters": self.field.parameters().len(),
            "first_omega": self.field.architecture().layers[0].omega,
            "steps": config.steps,
            "batch": self.task.batch(),
            "optimizer": config.optimizer,
            "lr": config.rate,
            "threads": self.engine.threads(),
            "memory_bytes": bytes,
            "estimated_seconds": seconds,
        }))
    }
}
