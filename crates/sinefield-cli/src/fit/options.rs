//! The options of `sinefield fit`, and the library's settings made of them.
//!
//! Defaults are the library's own, read from its settings both for the help and for the fit.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use sinefield::field::{Activation, Field, FieldConfig};
use sinefield::fit::{FitConfig, Schedule};
use sinefield::optimizer::Method;
use sinefield::recipe::sampled::{Batch, Sampled};

use super::running::RunningOptions;
use crate::failure::Failure;
use sinefield_jobs::Defaults;
use sinefield_media::SignalKind;

use crate::image::ImageOptions;
use crate::kind::Kind;
use crate::values;

/// Arguments of `sinefield fit`.
#[derive(Args, Debug)]
pub struct Options {
    /// The signal: an image (PNG, JPEG, TIFF, WebP, OpenEXR, PNM, Radiance HDR), a sound (WAV, FLAC, MP3, Ogg
    /// Vorbis), a video (y4m, a folder of frames, or a container that ffmpeg reads), a volume (NIfTI, .npz), or a .npy
    /// array: of (rows, columns[, channels]) for an image, of 1 to 6 axes for a volume.
    pub signal: PathBuf,
    /// What the signal is, where its file leaves it open [default: what the file holds]
    #[arg(long, value_enum)]
    pub kind: Option<SignalName>,
    /// Say what would be done, and write nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// What is written, and how the fit is run.
    #[command(flatten)]
    pub running: RunningOptions,
    /// What is done to an image first.
    #[command(flatten)]
    pub reading: ImageOptions,
    /// The network.
    #[command(flatten)]
    pub network: NetworkOptions,
    /// The course of the fit.
    #[command(flatten)]
    pub course: CourseOptions,
    /// Start from the parameters of this field, whose network is then the one fitted.
    #[arg(long, value_name = "FIELD")]
    pub init: Option<PathBuf>,
}

/// The kinds of signals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SignalName {
    /// Rows and columns.
    Image,
    /// Time.
    Sound,
    /// Time, rows and columns.
    Video,
    /// Any axes.
    Volume,
}

impl SignalName {
    /// The kind of that name.
    pub fn kind(self) -> SignalKind {
        match self {
            SignalName::Image => SignalKind::Image,
            SignalName::Sound => SignalKind::Sound,
            SignalName::Video => SignalKind::Video,
            SignalName::Volume => SignalKind::Volume,
        }
    }
}

/// What network is fitted.
#[derive(Args, Debug)]
#[command(next_help_heading = "Network")]
pub struct NetworkOptions {
    /// Width of every hidden layer.
    #[arg(long, value_name = "N", value_parser = values::count, allow_negative_numbers = true,
        help = format!("Width of every hidden layer [default: {}]", FieldConfig::default().hidden))]
    pub hidden: Option<usize>,
    /// Hidden layers after the first.
    #[arg(long, value_name = "N", value_parser = values::whole::<usize>, allow_negative_numbers = true,
        help = format!("Hidden layers after the first [default: {}]", FieldConfig::default().layers))]
    pub layers: Option<usize>,
    /// Activation of the hidden layers, or "positional" or "rbf" for ReLU behind that encoding.
    #[arg(long, value_name = "NAME",
        help = format!("Activation of the hidden layers: {} (the last two are ReLU behind an encoding of the \
            coordinates) [default: {}]", Kind::names(), FieldConfig::default().activation))]
    pub activation: Option<Kind>,
    /// Omega of the hidden layers after the first.
    #[arg(long, value_name = "W", value_parser = values::positive_f32, allow_negative_numbers = true,
        help = format!("Omega of the hidden layers after the first [default: {}]", omega_default()))]
    pub omega: Option<f32>,
    /// Omega of the first layer.
    #[arg(long, value_name = "W", value_parser = values::positive_f32, allow_negative_numbers = true,
        help = format!("Omega of the first layer [default: {}; for a sound by its length]", omega_default()))]
    pub first_omega: Option<f32>,
}

fn omega_default() -> String {
    let sine = Activation::Sine.default_omega();
    let gaussian = Activation::Gaussian.default_omega();
    format!("{sine} for sine, {gaussian} for gaussian, 1 for the others")
}

impl NetworkOptions {
    /// The network asked for, for a signal with at least `shortest` samples along every axis; what is not asked
    /// for is as in `own`. Its coordinates and channels are the signal's.
    pub fn config(&self, shortest: usize, own: FieldConfig) -> FieldConfig {
        let kind = self.activation.unwrap_or(Kind::Plain(own.activation));
        // An omega is for the activation that it was chosen for.
        let other = kind != Kind::Plain(own.activation);
        FieldConfig {
            hidden: self.hidden.unwrap_or(own.hidden),
            layers: self.layers.unwrap_or(own.layers),
            activation: kind.activation(),
            encoding: kind.encoding((shortest, shortest)),
            omega: self.omega.or(own.omega.filter(|_| !other)),
            first_omega: self.first_omega.or(own.first_omega.filter(|_| !other)),
            ..own
        }
    }
}

/// How the fit runs.
#[derive(Args, Debug)]
#[command(next_help_heading = "Course of the fit")]
pub struct CourseOptions {
    /// Updates to make.
    #[arg(long, value_name = "N", value_parser = values::count, allow_negative_numbers = true,
        help = steps_help())]
    pub steps: Option<usize>,
    /// Samples of a step: "full", or a number, drawn anew each step [default: every sample of a small
    /// signal, part of a large one; the fit says which]
    #[arg(long, value_name = "full|N", value_parser = values::batch, allow_negative_numbers = true)]
    pub batch: Option<Batch>,
    /// The optimiser.
    #[arg(long, value_name = "NAME", default_value_t = Method::default(), help = optimizer_help())]
    pub optimizer: Method,
    /// Learning rate at its peak.
    #[arg(long, value_name = "R", value_parser = values::positive, allow_negative_numbers = true,
        help = format!("Learning rate at its peak [default: by the signal; of an image {}, less for sine networks of \
            more than 3.1 parameters a pixel]", FitConfig::default().rate))]
    pub lr: Option<f64>,
    /// The learning rate's course after the warm-up.
    #[arg(long, value_enum, help = format!("The learning rate's course after the warm-up [default: {}]",
        schedule_name(FitConfig::default().schedule)))]
    pub schedule: Option<ScheduleName>,
    /// Settings taken together; options given beside it still count.
    #[arg(long, value_enum)]
    pub recipe: Option<Recipe>,
    /// Stop when the PSNR over the whole signal is this high, in dB: measured at every fifth step once it may be.
    #[arg(long, value_name = "DB", value_parser = values::positive, allow_negative_numbers = true)]
    pub target_psnr: Option<f64>,
}

/// The courses of the learning rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ScheduleName {
    /// A warm-up, then half a cosine down to a small part of the peak.
    Cosine,
    /// The peak throughout.
    Constant,
}

impl ScheduleName {
    /// The library's course of that name.
    pub fn course(self) -> Schedule {
        match self {
            ScheduleName::Cosine => Schedule::Cosine,
            ScheduleName::Constant => Schedule::Constant,
        }
    }

    /// The name used in files.
    pub fn name(self) -> &'static str {
        schedule_name(self.course())
    }
}

/// What `--steps` says of itself.
fn steps_help() -> String {
    let Defaults { steps, passes: (passes, most), .. } = Defaults::image();
    format!(
        "Updates to make [default: by the signal; the fit says how many. Of an image {steps} where a step sees every \
         pixel, else about {passes} passes, from {steps} to {most}]"
    )
}

/// What `--optimizer` says of itself.
pub fn optimizer_help() -> String {
    format!("The optimizer: {}", Method::ALL.map(Method::name).join(" or "))
}

/// Refuses a learning rate or a schedule if the method does not use one.
pub fn check_method(method: Method, rate: bool, schedule: bool) -> Result<(), Failure> {
    let option = match (method.has_rate(), rate, schedule) {
        (false, true, _) => "--lr",
        (false, _, true) => "--schedule",
        _ => return Ok(()),
    };
    Err(Failure::usage(option, format!("is not for {method}, which finds its steps by itself; leave it out")))
}

/// Settings taken together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Recipe {
    /// The SIREN paper's: a low and constant rate, no warm-up, every pixel at every step.
    Paper,
}

impl CourseOptions {
    /// The pixels of a step.
    pub fn batch(&self) -> Batch {
        let own = if self.recipe == Some(Recipe::Paper) { Batch::Full } else { Batch::Auto };
        self.batch.unwrap_or(own)
    }

    /// The settings of a fit of `field` to `task`, the task of a signal with these defaults.
    pub fn config(&self, defaults: &Defaults, kind: SignalKind, task: &Sampled, field: &Field) -> FitConfig {
        let own = match self.recipe {
            Some(Recipe::Paper) => FitConfig::paper(),
            None => {
                let steps = defaults.steps(task.count(), task.batch());
                // An image's rate falls where parameters outnumber its pixels.
                let rate = if kind == SignalKind::Image { task.rate(field) } else { defaults.rate };
                FitConfig { steps, rate, ..FitConfig::default() }
            }
        };
        let schedule = self.schedule.map_or(own.schedule, ScheduleName::course);
        FitConfig {
            steps: self.steps.unwrap_or(own.steps),
            rate: self.lr.unwrap_or(own.rate),
            schedule,
            optimizer: self.optimizer,
            target_psnr: self.target_psnr,
            ..own
        }
    }
}

/// The name of a course of the learning rate, used in options, files and messages.
pub fn schedule_name(schedule: Schedule) -> &'static str {
    match schedule {
        Schedule::Cosine => "cosine",
        Schedule::Constant => "constant",
    }
}
