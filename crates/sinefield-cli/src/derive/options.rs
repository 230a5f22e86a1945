//! Options that `reconstruct`, `blend` and `clone` share, and the library's settings made of them.

use std::path::{Path, PathBuf};

use clap::Args;
use sinefield::fit::FitConfig;
use sinefield::optimizer::Method;
use sinefield::recipe::gradient_domain::{
    GradientDomain, GradientDomainError, LARGEST_WEIGHTED, Recovery, Samples,
};
use sinefield::recipe::sampled::Batch;
use sinefield_jobs::Defaults;

use crate::failure::Failure;
use crate::fit::{NetworkOptions, RunningOptions, ScheduleName, check_method, optimizer_help};
use crate::image::ImageOptions;
use crate::values;

/// What every fit to derivatives takes.
#[derive(Args, Debug)]
pub struct SharedOptions {
    /// What is written, and how the fit is run.
    #[command(flatten)]
    pub running: RunningOptions,
    /// Render the field at its native size to this file too: .png, .jpg, .tiff, .exr or .npy.
    #[arg(long, value_name = "OUT")]
    pub render: Option<PathBuf>,
    /// What is done to every image first.
    #[command(flatten)]
    pub reading: ImageOptions,
    /// The network.
    #[command(flatten)]
    pub network: NetworkOptions,
    /// The course of the fit.
    #[command(flatten)]
    pub course: Course,
}

impl SharedOptions {
    /// Checks, before any work, that nothing is written over an input and everything can be written.
    pub fn check(&self, inputs: &[&Path]) -> Result<(), Failure> {
        if let Some(path) = &self.render {
            sinefield_media::output_format(path)?;
        }
        let course = &self.course;
        check_method(course.optimizer, course.lr.is_some(), course.schedule.is_some())?;
        let render: Vec<&Path> = self.render.iter().map(PathBuf::as_path).collect();
        self.running.check(inputs, &render)
    }

    /// The task of a gradient: with errors weighted by frequency where there are not too many pixels and no
    /// batch is asked for; else each site for itself.
    pub fn gradient(
        &self,
        shape: (usize, usize, usize),
        range: (f32, f32),
        gradient: &[Samples],
        mut samples: Vec<Samples>,
    ) -> Result<(GradientDomain, Recovery), GradientDomainError> {
        match gradient {
            [down, right] if shape.0 * shape.1 <= LARGEST_WEIGHTED && self.course.batch.is_none() => {
                let task = GradientDomain::with_gradient(shape, range, [down, right], samples)?;
                Ok((task, Recovery::Weighted))
            }
            _ => {
                samples.extend_from_slice(gradient);
                Ok((GradientDomain::new(shape, range, samples)?, Recovery::Gradient))
            }
        }
    }

    /// `task` with the batch asked for, drawn by the seed.
    pub fn batched(&self, task: GradientDomain) -> Result<GradientDomain, Failure> {
        let batch = self.course.batch.unwrap_or_default();
        task.with_batch(batch, self.running.seed()).map_err(|error| Failure::usage("--batch", error))
    }
}

/// How the fit runs.
#[derive(Args, Debug)]
#[command(next_help_heading = "Course of the fit")]
pub struct Course {
    /// Updates to make [default: by the problem and its size; the fit says how many]
    #[arg(long, value_name = "N", value_parser = values::count, allow_negative_numbers = true)]
    pub steps: Option<usize>,
    /// Pixels of a step: "full", or a number, drawn anew each step [default: every pixel of a small
    /// image, part of a large one; the fit says which]
    #[arg(long, value_name = "full|N", value_parser = values::batch, allow_negative_numbers = true)]
    pub batch: Option<Batch>,
    /// The optimiser.
    #[arg(long, value_name = "NAME", default_value_t = Method::default(), help = optimizer_help())]
    pub optimizer: Method,
    /// Learning rate at its peak [default: by the problem; the fit says which]
    #[arg(long, value_name = "R", value_parser = values::positive, allow_negative_numbers = true)]
    pub lr: Option<f64>,
    /// The learning rate's course after the warm-up [default: cosine]
    #[arg(long, value_enum)]
    pub schedule: Option<ScheduleName>,
}

impl Course {
    /// The settings of a fit whose steps see `batch` of `pixels` pixels.
    pub fn config(&self, recovery: Recovery, pixels: usize, batch: usize) -> FitConfig {
        let own = recovery.config();
        let steps = Defaults { steps: own.steps, ..Defaults::image() }.steps(pixels, batch);
        let schedule = self.schedule.map_or(own.schedule, ScheduleName::course);
        FitConfig {
            steps: self.steps.unwrap_or(steps),
            rate: self.lr.unwrap_or(own.rate),
            schedule,
            optimizer: self.optimizer,
            ..own
        }
    }
}
