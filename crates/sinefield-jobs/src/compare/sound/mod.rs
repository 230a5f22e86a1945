//! The comparison on a sound: the waveform and the signal-to-noise ratio of every activation.

mod page;
mod panel;

use std::path::PathBuf;
use std::sync::Arc;

use serde::Serialize;
use sinefield::engine::Engine;
use sinefield::field::{Field, FieldConfig};
use sinefield::fit::{Fit, Progress};
use sinefield::recipe::sampled::{Batch, Sampled};
use sinefield::render::{Frame, Quantity, Render};

use super::contestant::{Basis, Contestant};
use super::course::Course;
use super::{CompareJob, Supervision, curves};
use crate::fit::Recipe;
use crate::fitting::describe;
use crate::words::{duration, grouped};
use crate::{Event, JobError, Listener, Plan, Quality, Report, Subject, output};

/// The comparison in numbers. Numbers that are not finite are null in JSON.
#[derive(Debug, Serialize)]
pub struct Metrics {
    /// The sound's file name.
    pub sound: String,
    pub samples: usize,
    pub channels: usize,
    /// Samples per second.
    pub rate: f64,
    /// `paper`, or `own` where each activation had its own rate.
    pub recipe: &'static str,
    pub steps: usize,
    /// Samples per step.
    pub batch: usize,
    pub seed: u64,
    /// The mean of the squared values: the mean squared error of silence.
    pub power: f64,
    pub activations: Vec<Figures>,
}

/// One activation's figures.
#[derive(Debug, Serialize)]
pub struct Figures {
    pub name: &'static str,
    pub network: String,
    pub parameters: usize,
    /// The peak learning rate.
    pub learning_rate: f64,
    pub schedule: &'static str,
    /// The number of steps made.
    pub steps: usize,
    /// The reason for an early end, if any.
    pub diverged: Option<String>,
    pub mse: f64,
    pub snr_db: f64,
    /// The signal-to-noise ratio of each step's samples in dB, before the step's update.
    pub curve_snr_db: Vec<f64>,
}

impl Figures {
    /// The figures in one line.
    fn words(&self, seconds: f64) -> String {
        let early = self.diverged.as_ref().map_or(String::new(), |why| format!("; {why}"));
        format!(
            "{:<10} SNR {:6.2} dB, mean squared error {:.2e}, {} parameters, {}{early}",
            self.name,
            self.snr_db,
            self.mse,
            grouped(self.parameters),
            duration(seconds),
        )
    }
}

/// A sound, the task of fitting it, and the mean square of its normalised values.
struct Sought {
    subject: Subject,
    task: Arc<Sampled>,
    power: f64,
}

/// The plan to compare `subject`, a sound.
pub fn plan(
    job: CompareJob,
    subject: Subject,
    engine: Arc<dyn Engine>,
    written: [PathBuf; 4],
) -> Result<Plan, JobError> {
    if job.size.is_some() {
        return Err(JobError::asked("`size`", "is for images; leave it out"));
    }
    if job.supervise != Supervision::Value {
        return Err(JobError::asked("`supervise`", "a sound is fitted by its values; leave it out"));
    }
    let batch = if job.recipe == Some(Recipe::Paper) { Batch::Full } else { Batch::Auto };
    let task = subject.task()?.with_batch(batch, job.seed);
    let task = Arc::new(task.map_err(|error| JobError::fault(job.signal.display(), error))?);
    let (defaults, samples) = (subject.defaults(), task.count());
    let network = FieldConfig { inputs: 1, outputs: task.channels(), ..defaults.network() };
    let basis = Basis { sides: (samples, samples), network, rate: defaults.rate };
    let contestants = Contestant::all(&job, &basis)?;
    let what = format!("{}: {}", subject.name(), subject.words());
    let words = job.words(&what, &contestants, engine.as_ref());
    let power = subject.power().unwrap_or_default();
    let sought = Sought { subject, task, power };
    let numbers = job.numbers(&contestants);
    Ok(Plan::work(words, numbers, move |listener| {
        run(&job, &sought, contestants, (&engine, &written), listener)
    }))
}

/// Fits all contestants, and draws and writes the results.
fn run(
    job: &CompareJob,
    sought: &Sought,
    contestants: Vec<Contestant>,
    (engine, [panel_png, curves_png, metrics_json, report_html]): (&Arc<dyn Engine>, &[PathBuf; 4]),
    listener: &mut dyn Listener,
) -> Result<Report, JobError> {
    let (mut figures, mut waves) = (Vec::new(), Vec::new());
    for contestant in contestants {
        let (own, wave) = fit(contestant, sought, job, engine, listener)?;
        figures.push(own);
        waves.push(wave);
    }
    let signal = &sought.subject.signal;
    let metrics = Metrics {
        sound: sought.subject.name(),
        samples: sought.task.count(),
        channels: signal.channels,
        rate: 1.0 / signal.axes[0].step,
        recipe: if job.recipe == Some(Recipe::Paper) { "paper" } else { "own" },
        steps: job.steps,
        batch: sought.task.batch(),
        seed: job.seed,
        power: sought.power * sought.task.value_map().scale.powi(2),
        activations: figures,
    };
    let values = first_channel(signal.in_memory().unwrap_or_default(), signal.channels);
    let lines: Vec<_> =
        metrics.activations.iter().map(|own| (own.name, own.curve_snr_db.as_slice())).collect();
    output::in_folder(&job.output, || {
        panel::draw(&metrics, &values, &waves)?.write(panel_png)?;
        curves::draw(job, "sound", "SNR", &lines)?.write(curves_png)?;
        output::text(metrics_json, &output::json(&metrics)?)?;
        output::text(report_html, &page::html(&metrics, panel_png, curves_png)?)
    })?;
    Ok(Report::new(format!("wrote {}", report_html.display()), output::entries(&metrics)))
}

/// Fits a contestant. Returns its figures, and its first channel at every sample.
fn fit(
    contestant: Contestant,
    sought: &Sought,
    job: &CompareJob,
    engine: &Arc<dyn Engine>,
    listener: &mut dyn Listener,
) -> Result<(Figures, Vec<f32>), JobError> {
    let (subject, task) = (&sought.subject, &sought.task);
    let field = subject.field(task, &contestant.network, job.seed)?;
    let (network, parameters) = (describe(field.architecture()), field.parameters().len());
    let (name, rate) = (contestant.kind.name(), contestant.course.rate);
    let words = format!("{name}: {network}, {} parameters, rate {rate:e}", grouped(parameters));
    listener.hear(Event::Note(&words));
    let schedule = contestant.course.schedule.name();
    let mut fit = Fit::new(engine.clone(), field, task.clone(), contestant.course)?;
    let snr = |progress: &Progress| Some(10.0 * (sought.power / progress.loss).log10());
    let Course { curve, seconds, diverged } = Course::run(&mut fit, job.steps, (snr, true), listener)?;
    let field = fit.into_field();
    let measured = Quality::measure(engine.as_ref(), &field, subject, task, &mut |_, _| ())?;
    let Quality::Sound { mse, snr_db } = measured else {
        return Err(JobError::fault("quality", "the field is not of a sound"));
    };
    let steps = curve.len();
    let figures = Figures {
        name,
        network,
        parameters,
        learning_rate: rate,
        schedule,
        steps,
        diverged,
        mse,
        snr_db,
        curve_snr_db: curve,
    };
    listener.hear(Event::Part(&figures.words(seconds)));
    Ok((figures, wave(engine.as_ref(), &field)?))
}

/// The first channel of a field at every sample.
fn wave(engine: &dyn Engine, field: &Field) -> Result<Vec<f32>, JobError> {
    let frame = Frame::native(field)?;
    let mut out = vec![0.0; frame.count()];
    let render = Render::new(field, frame, Quantity::Value)?;
    render.draw(engine, &mut out, 1, |numbers, out| out.copy_from_slice(&numbers[..1]))?;
    Ok(out)
}

fn first_channel(values: &[f32], channels: usize) -> Vec<f32> {
    values.iter().step_by(channels).copied().collect()
}
