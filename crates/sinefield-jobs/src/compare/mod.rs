//! The job that compares activations: each fits the same image or sound.

mod contestant;
mod course;
mod curves;
mod entry;
mod page;
mod panel;
mod report;
mod sought;
mod sound;

use std::path::PathBuf;
use std::sync::Arc;

use clap::{Args, ValueEnum};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sinefield::engine::Engine;
use sinefield::field::{Activation, FieldConfig};
use sinefield::fit::FitConfig;
use sinefield_media::{Resize, SignalKind, is_video};

use crate::fit::Recipe;
use crate::listener::stage;
use crate::settings::{NetworkKind, entry as settings_entry, values};
use crate::{Event, JobError, Listener, Plan, Report, Subject, output};
use contestant::{Basis, Contestant};
use entry::Entry;
use sought::Sought;

/// Fits an image or a sound with several activations and compares the results.
#[derive(Args, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[command(after_long_help = "\
All networks have the same number of layers. The width of each is chosen such that its number of parameters is as \
close as possible to that of the sine network. Each activation has its own initialisation from the literature. \
\"positional\" and \"rbf\" are ReLU networks with an encoding of the coordinates.

Images: an image is fitted in grey. Its gradient comes from Sobel's operator divided by 8, and its Laplacian from \
the five-point stencil, both per pixel. The derivatives of a field are exact. The peak of a PSNR is the range of \
the quantity: of the values that the file can store, of both components of the gradient together, or of the \
Laplacian. A field that was fitted to derivatives is shifted to the mean of the image before it is measured.

Sounds: the measures are the mean squared error and the signal-to-noise ratio. A step uses all samples of a sound \
of up to 131,072 samples, or with --recipe paper. Otherwise it uses 65,536 samples.

The results are panel.png, curves.png, metrics.json and report.html. report.html contains the other three.")]
pub struct CompareJob {
    /// The image or the sound, in a format that `sinefield fit` reads.
    pub signal: PathBuf,
    /// The folder of the results. It is created if it does not exist.
    #[arg(short, long, value_name = "DIR")]
    pub output: PathBuf,
    /// The activations, separated by commas.
    #[arg(long, value_name = "NAME,...", value_delimiter = ',',
        default_values_t = contestants(),
        help = format!("The activations, separated by commas: {}", NetworkKind::names()))]
    #[serde(default = "contestants")]
    pub activations: Vec<NetworkKind>,
    /// Resize an image first, to W x H pixels or to N pixels on the longer side.
    #[arg(long, value_name = "N|WxH", value_parser = values::size, allow_negative_numbers = true,
        help = format!("Resize an image first, to W x H pixels or to N pixels on the longer side [default: {SIDE}]"))]
    #[serde(default, with = "settings_entry::size", skip_serializing_if = "Option::is_none")]
    pub size: Option<Resize>,
    /// The number of updates.
    #[arg(long, value_name = "N", default_value_t = steps(), value_parser = values::count,
        allow_negative_numbers = true)]
    #[serde(default = "steps", deserialize_with = "settings_entry::some_count")]
    pub steps: usize,
    /// The quantity of the image that the networks are fitted to.
    #[arg(long, value_enum, default_value_t)]
    #[serde(default)]
    pub supervise: Supervision,
    /// "paper" gives all networks the low and constant learning rate of the SIREN paper [default: a suitable learning
    /// rate for each activation]
    #[arg(long, value_enum)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recipe: Option<Recipe>,
    /// The width of every hidden layer of the sine network. The other networks have about as many parameters.
    #[arg(long, value_name = "N", default_value_t = hidden(), value_parser = values::count, allow_negative_numbers = true)]
    #[serde(default = "hidden", deserialize_with = "settings_entry::some_count")]
    pub hidden: usize,
    /// The number of hidden layers after the first.
    #[arg(long, value_name = "N", default_value_t = layers(), value_parser = values::whole::<usize>,
        allow_negative_numbers = true)]
    #[serde(default = "layers")]
    pub layers: usize,
    /// The random seed of networks and points.
    #[arg(long, value_name = "S", default_value_t = 0, value_parser = values::whole::<u64>, allow_negative_numbers = true)]
    #[serde(default)]
    pub seed: u64,
    /// The number of threads [default: one per core]. The result does not depend on it.
    #[arg(long, value_name = "T", value_parser = values::threads, allow_negative_numbers = true)]
    #[serde(default, deserialize_with = "settings_entry::threads", skip_serializing_if = "Option::is_none")]
    pub threads: Option<usize>,
}

/// The quantity of an image that a fit receives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Supervision {
    /// The values.
    #[default]
    Value,
    /// The gradient by Sobel's operator.
    Gradient,
    /// The Laplacian by the five-point stencil.
    Laplacian,
}

impl Supervision {
    /// The name used in options, files and figures.
    pub fn name(self) -> &'static str {
        match self {
            Supervision::Value => "value",
            Supervision::Gradient => "gradient",
            Supervision::Laplacian => "Laplacian",
        }
    }
}

/// The default activations.
fn contestants() -> Vec<NetworkKind> {
    let plain = [Activation::Sine, Activation::Relu, Activation::Tanh, Activation::Softplus];
    plain.map(NetworkKind::Plain).into_iter().chain([NetworkKind::Positional, NetworkKind::Rbf]).collect()
}

/// The default length of the image's longer side, in pixels.
const SIDE: usize = 256;

fn steps() -> usize {
    FitConfig::paper().steps
}

fn hidden() -> usize {
    FieldConfig::default().hidden
}

fn layers() -> usize {
    FieldConfig::default().layers
}

impl CompareJob {
    /// Plans the job: reads and checks all inputs, and writes nothing.
    ///
    /// # Errors
    /// If the signal cannot be read, a network cannot be made, or an output cannot be written.
    pub fn plan(self, engine: Arc<dyn Engine>, listener: &mut dyn Listener) -> Result<Plan, JobError> {
        let written = FILES.map(|name| self.output.join(name));
        let paths = written.each_ref().map(PathBuf::as_path);
        output::check_folder(&self.output, &[&self.signal], &paths)?;
        if is_video(&self.signal)? {
            return Err(JobError::fault(
                self.signal.display(),
                "is a video; compare takes an image or a sound",
            ));
        }
        let subject = stage(listener, "reading", |told| Subject::read(&self.signal, None, told))?;
        match subject.signal.kind {
            SignalKind::Sound => sound::plan(self, subject, engine, written),
            SignalKind::Image => self.plan_image(engine, written),
            kind => {
                let what = format!("is a {kind}; compare takes an image or a sound");
                Err(JobError::fault(self.signal.display(), what))
            }
        }
    }

    fn plan_image(self, engine: Arc<dyn Engine>, written: [PathBuf; 4]) -> Result<Plan, JobError> {
        let sought = Sought::read(&self.signal, self.size.unwrap_or(Resize::Fit(SIDE)))?;
        let contestants = Contestant::all(&self, &Basis::image(sought.sides))?;
        let (rows, columns) = sought.sides;
        let what = format!("{}: {columns} x {rows} pixels in grey", sought.name);
        let words = self.words(&what, &contestants, engine.as_ref());
        let numbers = self.numbers(&contestants);
        Ok(Plan::work(words, numbers, move |listener| {
            self.run((&sought, contestants), &engine, &written, listener)
        }))
    }

    /// The plan in words. `what` describes the signal.
    fn words(&self, what: &str, contestants: &[Contestant], engine: &dyn Engine) -> String {
        let names: Vec<&str> = contestants.iter().map(|contestant| contestant.kind.name()).collect();
        format!("{what}; {} steps of {} each; {}", self.steps, names.join(", "), engine.describe())
    }

    /// The plan as values by name.
    fn numbers(&self, contestants: &[Contestant]) -> [(&'static str, Value); 3] {
        let names: Vec<&str> = contestants.iter().map(|contestant| contestant.kind.name()).collect();
        [("output", json!(self.output)), ("activations", json!(names)), ("steps", json!(self.steps))]
    }

    /// All paths that the job names.
    pub(crate) fn paths(&mut self) -> Vec<&mut PathBuf> {
        vec![&mut self.signal, &mut self.output]
    }

    /// Fits all contestants, and draws and writes the results.
    fn run(
        &self,
        (sought, contestants): (&Sought, Vec<Contestant>),
        engine: &Arc<dyn Engine>,
        [panel_png, curves_png, metrics_json, report_html]: &[PathBuf; 4],
        listener: &mut dyn Listener,
    ) -> Result<Report, JobError> {
        let task = sought.task(self.supervise)?;
        let mut entries = Vec::new();
        for contestant in contestants {
            let entry = Entry::fit(contestant, sought, task.clone(), self, (engine, listener))?;
            listener.hear(Event::Part(&entry.words()));
            entries.push(entry);
        }
        let lines: Vec<_> =
            entries.iter().map(|entry| (entry.contestant.kind.name(), entry.curve.as_slice())).collect();
        let metrics = report::metrics(self, sought, &entries);
        output::in_folder(&self.output, || {
            panel::draw(sought, &entries)?.write(panel_png)?;
            curves::draw(self, self.supervise.name(), "PSNR", &lines)?.write(curves_png)?;
            output::text(metrics_json, &output::json(&metrics)?)?;
            output::text(report_html, &page::html(&metrics, panel_png, curves_png)?)
        })?;
        Ok(Report::new(format!("wrote {}", report_html.display()), output::entries(&metrics)))
    }
}

/// The names of the files that are written.
const FILES: [&str; 4] = ["panel.png", "curves.png", "metrics.json", "report.html"];
