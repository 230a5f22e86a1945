//! The job of fitting a field to a signal: an image, a sound, a video, a volume.

mod plan;
mod report;
pub(crate) mod shape;

use std::path::PathBuf;
use std::sync::Arc;

use clap::{Args, ValueEnum};
use serde::{Deserialize, Serialize};
use serde_json::{Map, json};
use sinefield::engine::Engine;
use sinefield::field::Field;
use sinefield::fit::{FitConfig, Outcome};
use sinefield::recipe::sampled::{Batch, Sampled};
use sinefield_media::{Image, SignalKind, Surface, is_surface};

use crate::fitting::{self, Fitting, describe};
use crate::listener::stage;
use crate::long_sound;
use crate::settings::{Course, NetworkSettings, Reading, Running, entry, values};
use crate::{Defaults, JobError, Listener, Plan, Quality, Rates, Report, Subject};
pub(crate) use report::{course_numbers, method, method_words, words};

/// Fits a field to a signal.
#[derive(Args, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[command(mut_arg("steps", |arg| arg.help(steps_help())), mut_arg("lr", |arg| arg.help(rate_help())))]
pub struct FitJob {
    /// The signal: an image (PNG, JPEG, TIFF, WebP, OpenEXR, PNM, Radiance HDR), a sound (WAV, FLAC, MP3, Ogg
    /// Vorbis), a video (y4m, a folder of frames, or a container that ffmpeg reads), a volume (NIfTI, .npz), or a .npy
    /// array. An array of (rows, columns) or (rows, columns, 1 to 4 channels) is an image. Any other array of 1 to 6
    /// axes is a volume. A mesh (OBJ, PLY, STL) or a cloud of points (PLY, .xyz, LAS, an .npz file with "points") is a
    /// shape, which becomes a signed distance.
    pub signal: PathBuf,
    /// The kind of the signal, if its file does not determine it.
    #[arg(long, value_name = "KIND", value_parser = values::kind,
        help = format!("The kind of the signal, if its file does not determine it: {} [default: the kind of the file]",
            SignalKind::ALL.map(SignalKind::name).join(", ")))]
    #[serde(default, with = "entry::kind", skip_serializing_if = "Option::is_none")]
    pub kind: Option<SignalKind>,
    /// The outputs and the run settings.
    #[command(flatten)]
    #[serde(flatten)]
    pub running: Running,
    /// How an image is read.
    #[command(flatten)]
    #[serde(flatten)]
    pub reading: Reading,
    /// The network.
    #[command(flatten)]
    #[serde(flatten)]
    pub network: NetworkSettings,
    /// The settings of the optimisation.
    #[command(flatten)]
    #[serde(flatten)]
    pub course: Course,
    /// The number of random samples per step, or "full" for all [default: all samples of a small signal, a part of a
    /// large signal; the plan shows the number]
    #[arg(long, value_name = "full|N", value_parser = values::batch, allow_negative_numbers = true)]
    #[serde(default, with = "entry::batch", skip_serializing_if = "Option::is_none")]
    pub batch: Option<Batch>,
    /// A named set of settings. Options that are given override it.
    #[arg(long, value_enum)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recipe: Option<Recipe>,
    /// Stop when the PSNR over the whole signal reaches this value, in dB. Near it, the PSNR is measured at every fifth
    /// step.
    #[arg(long, value_name = "DB", value_parser = values::positive, allow_negative_numbers = true)]
    #[serde(default, deserialize_with = "entry::positive", skip_serializing_if = "Option::is_none")]
    pub target_psnr: Option<f64>,
    /// For a shape: take the points without normals, and estimate these.
    #[arg(long, help_heading = "Shape")]
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unoriented: bool,
    /// For a shape: the number of points that are drawn on a mesh or taken of a cloud [default: 200000 on a mesh, all of a
    /// cloud]
    #[arg(long, value_name = "N", value_parser = values::count, allow_negative_numbers = true, help_heading = "Shape")]
    #[serde(default, deserialize_with = "entry::count", skip_serializing_if = "Option::is_none")]
    pub points: Option<usize>,
    /// Start from the network and the parameters of this field file.
    #[arg(long, value_name = "FIELD", help_heading = "Network")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub init: Option<PathBuf>,
}

/// A named set of settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Recipe {
    /// The settings of the SIREN paper: a low and constant learning rate, no warm-up, all samples in every step.
    Paper,
}

/// The help text of the setting `steps`.
fn steps_help() -> String {
    let Defaults { steps, passes: (passes, most), .. } = Defaults::image();
    format!(
        "The number of updates [default: depends on the signal; the plan shows it. For an image: {steps} if a step \
         uses all pixels, else about {passes} passes over the pixels, from {steps} to {most}]"
    )
}

/// The help text of the setting `lr`.
fn rate_help() -> String {
    format!(
        "The peak learning rate [default: depends on the signal; for an image {}, less for a sine network with more \
         than 3.1 parameters per pixel]",
        FitConfig::default().rate
    )
}

impl FitJob {
    /// Plans the job: reads and checks all inputs, and writes nothing.
    ///
    /// # Errors
    /// If the signal cannot be read or fitted, a setting does not suit it, or an output cannot be written.
    pub fn plan(self, engine: Arc<dyn Engine>, listener: &mut dyn Listener) -> Result<Plan, JobError> {
        self.check()?;
        if self.kind.is_none() && is_surface(&self.signal)? {
            let surface = stage(listener, "reading", |_| Surface::read(&self.signal))?;
            return self.plan_shape(surface, engine, listener);
        }
        let subject = self.read(listener)?;
        self.plan_of(subject, engine)
    }

    /// Plans the job for the signal in `bytes`, the content of a file called `self.signal`.
    ///
    /// # Errors
    /// As [`FitJob::plan`].
    pub fn plan_bytes(self, bytes: Vec<u8>, rates: Rates, engine: Arc<dyn Engine>) -> Result<Plan, JobError> {
        self.check()?;
        let name = self.signal.to_string_lossy().into_owned();
        let plain = !self.reading.gray && self.reading.resize.is_none();
        let image = (!plain).then(|| bytes.clone());
        let subject = Subject::from_bytes(&name, bytes, self.kind, rates)?;
        let Some(image) = image else { return self.plan_of(subject, engine) };
        self.check_reading(&subject)?;
        let image = self.reading.apply(Image::from_bytes(&name, image)?)?;
        let subject = Subject::image(&self.signal, image);
        self.plan_of(subject, engine)
    }

    /// Plans the job for `subject`, a signal in memory, in place of the file `self.signal`.
    ///
    /// # Errors
    /// As [`FitJob::plan`].
    pub fn plan_of(self, subject: Subject, engine: Arc<dyn Engine>) -> Result<Plan, JobError> {
        self.check_signal(&subject)?;
        let seed = self.running.seed();
        let task = subject.task()?.with_batch(self.batch(), seed);
        let task = Arc::new(task.map_err(|error| JobError::asked("`batch`", error))?);
        let field = self.field(&subject, &task)?;
        let config = self.config(&subject, &task, &field)?;
        let words = plan::words(&subject, &task, &field, &config, engine.as_ref());
        let numbers = Map::from_iter(
            [
                ("signal", json!(subject.name())),
                ("kind", json!(subject.signal.kind.name())),
                ("shape", json!(task.shape())),
                ("channels", json!(task.channels())),
                ("network", json!(describe(field.architecture()))),
                ("first_omega", json!(field.architecture().layers[0].omega)),
                ("batch", json!(task.batch())),
            ]
            .map(|(name, value)| (name.to_string(), value)),
        );
        let output = self.running.output.clone();
        let fitting = Fitting {
            engine: engine.clone(),
            task: task.clone(),
            fields: vec![field],
            config: config.clone(),
            running: self.running,
            of: subject.signal.kind.name(),
            power: subject.power(),
            held: subject.signal.in_memory().map_or(0, |values| 2 * size_of_val(values)),
            history: None,
        };
        Plan::fit(words, numbers, fitting, move |fit, outcome, listener| {
            let done = Done { engine, subject, task, config, seed, output };
            done.finish(fit.into_field(), outcome, listener)
        })
    }

    /// All paths that the job names.
    pub(crate) fn paths(&mut self) -> Vec<&mut PathBuf> {
        let own = [Some(&mut self.signal), self.init.as_mut()];
        own.into_iter().flatten().chain(self.running.paths()).collect()
    }

    /// Checks the settings that do not depend on the signal.
    fn check(&self) -> Result<(), JobError> {
        self.running.check(&[&self.signal], &[])?;
        self.course.check(self.course.optimizer.unwrap_or_default())
    }

    /// Plans the job for the surface in `bytes`, the content of a file called `self.signal`.
    ///
    /// # Errors
    /// As [`FitJob::plan`].
    pub fn plan_surface(
        self,
        bytes: Vec<u8>,
        engine: Arc<dyn Engine>,
        listener: &mut dyn Listener,
    ) -> Result<Plan, JobError> {
        self.check()?;
        let surface = Surface::from_bytes(&self.signal.to_string_lossy(), bytes)?;
        self.plan_shape(surface, engine, listener)
    }

    /// Refuses the settings of a shape for another signal.
    fn check_signal(&self, subject: &Subject) -> Result<(), JobError> {
        let given = [("`unoriented`", self.unoriented), ("`points`", self.points.is_some())];
        match given.into_iter().find(|(_, given)| *given) {
            Some((setting, _)) => {
                let what = format!(
                    "is for shapes, and {} is of another kind ({}); leave it out",
                    subject.name(),
                    subject.signal.kind.name()
                );
                Err(JobError::asked(setting, what))
            }
            None => Ok(()),
        }
    }

    /// Checks that only an image is resized or taken in grey.
    fn check_reading(&self, subject: &Subject) -> Result<(), JobError> {
        let setting = if self.reading.gray { "`gray`" } else { "`resize`" };
        match subject.signal.kind {
            SignalKind::Image => Ok(()),
            SignalKind::Volume => {
                let what = "is for images; leave it out, or set `kind` to image if the array is one";
                Err(JobError::asked(setting, what))
            }
            _ => Err(JobError::asked(setting, "is for images; leave it out")),
        }
    }

    /// Reads the signal.
    fn read(&self, listener: &mut dyn Listener) -> Result<Subject, JobError> {
        let subject = stage(listener, "reading", |told| Subject::read(&self.signal, self.kind, told))?;
        let reading = &self.reading;
        if !reading.gray && reading.resize.is_none() {
            return Ok(subject);
        }
        self.check_reading(&subject)?;
        Ok(Subject::image(&self.signal, reading.read(&self.signal)?))
    }

    /// The batch of each step.
    fn batch(&self) -> Batch {
        let own = if self.recipe == Some(Recipe::Paper) { Batch::Full } else { Batch::Auto };
        self.batch.unwrap_or(own)
    }

    /// The initial field of the fit.
    fn field(&self, subject: &Subject, task: &Sampled) -> Result<Field, JobError> {
        let shortest = task.shape().iter().copied().min().unwrap_or(1);
        let network = self.network.config(shortest, subject.defaults().network());
        let fresh = subject.field(task, &network, self.running.seed())?;
        match &self.init {
            Some(path) => fitting::given(path, &self.network, &fresh, subject.signal.kind.name()),
            None => Ok(fresh),
        }
    }

    /// The settings of the fit of `field` to `task`.
    fn config(&self, subject: &Subject, task: &Sampled, field: &Field) -> Result<FitConfig, JobError> {
        let own = match self.recipe {
            Some(Recipe::Paper) => FitConfig::paper(),
            None => {
                let defaults = subject.defaults();
                let steps = defaults.steps(task.count(), task.batch());
                // For an image, the rate depends on the number of parameters per pixel.
                let image = subject.signal.kind == SignalKind::Image;
                let rate = if image { task.rate(field) } else { defaults.rate };
                FitConfig { steps, rate, ..FitConfig::default() }
            }
        };
        Ok(FitConfig { target_psnr: self.target_psnr, ..self.course.config(own)? })
    }
}

/// The values that are needed after the fit.
struct Done {
    engine: Arc<dyn Engine>,
    subject: Subject,
    task: Arc<Sampled>,
    config: FitConfig,
    seed: u64,
    output: Option<PathBuf>,
}

impl Done {
    /// Measures the field, writes it, and makes the report.
    fn finish(
        &self,
        mut field: Field,
        outcome: &Outcome,
        listener: &mut dyn Listener,
    ) -> Result<Report, JobError> {
        let (engine, subject, task) = (self.engine.as_ref(), &self.subject, self.task.as_ref());
        let quality =
            stage(listener, "measuring", |told| Quality::measure(engine, &field, subject, task, told))?;
        let settings = (&self.config, self.seed);
        field.meta.fitted = report::fitted(subject, task, settings, outcome.steps, quality);
        if let Some(output) = &self.output {
            field.save(output)?;
        }
        let mut numbers = quality.numbers();
        let course = course_numbers(outcome, task.batch(), field.parameters().len(), self.seed);
        numbers.extend(course.map(|(name, value)| (name.to_string(), value)));
        let mut words = words(self.output.as_deref(), &quality.words(), outcome, task.batch());
        if let Some(warning) = long_sound::words(&subject.signal, field.parameters().len()) {
            words += &format!("\n{warning}");
            numbers.insert("warning".into(), json!(warning));
        }
        Ok(Report::new(words, numbers).with_field(field))
    }
}
