//! Settings that reconstructions, blends and clones share.

use std::path::{Path, PathBuf};

use clap::Args;
use serde::{Deserialize, Serialize};
use sinefield::fit::FitConfig;
use sinefield::recipe::gradient_domain::{
    GradientDomain, GradientDomainError, LARGEST_WEIGHTED, Recovery, Samples,
};
use sinefield::recipe::sampled::Batch;

use crate::settings::{Course, NetworkSettings, Reading, Running, entry, values};
use crate::{Defaults, JobError};

/// The settings of all fits to derivatives.
#[derive(Args, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Shared {
    /// The outputs and the run settings.
    #[command(flatten)]
    #[serde(flatten)]
    pub running: Running,
    /// Also render the field at its native size to this file: .png, .jpg, .tiff, .exr or .npy.
    #[arg(long, value_name = "OUT")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub render: Option<PathBuf>,
    /// How all images are read.
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
    /// The number of random pixels per step, or "full" for all [default: all pixels of a small image, a part of a
    /// large image; the plan shows the number]
    #[arg(long, value_name = "full|N", value_parser = values::batch, allow_negative_numbers = true)]
    #[serde(default, with = "entry::batch", skip_serializing_if = "Option::is_none")]
    pub batch: Option<Batch>,
}

impl Shared {
    /// Checks before any work that no output replaces an input and that all outputs can be written.
    pub(super) fn check(&self, inputs: &[&Path]) -> Result<(), JobError> {
        if let Some(path) = &self.render {
            sinefield_media::output_format(path)?;
        }
        self.course.check(self.course.optimizer.unwrap_or_default())?;
        let render: Vec<&Path> = self.render.iter().map(PathBuf::as_path).collect();
        self.running.check(inputs, &render)
    }

    /// All paths that the settings name.
    pub(super) fn paths(&mut self) -> Vec<&mut PathBuf> {
        self.render.iter_mut().chain(self.running.paths()).collect()
    }

    /// The task of fitting a gradient, with the additional `samples`. Errors are weighted by frequency if there are at
    /// most `LARGEST_WEIGHTED` pixels and no batch is requested. Otherwise each sample has its own error.
    pub(super) fn gradient(
        &self,
        shape: (usize, usize, usize),
        range: (f32, f32),
        gradient: &[Samples],
        mut samples: Vec<Samples>,
    ) -> Result<(GradientDomain, Recovery), GradientDomainError> {
        match gradient {
            [down, right] if shape.0 * shape.1 <= LARGEST_WEIGHTED && self.batch.is_none() => {
                let task = GradientDomain::with_gradient(shape, range, [down, right], samples)?;
                Ok((task, Recovery::Weighted))
            }
            _ => {
                samples.extend_from_slice(gradient);
                Ok((GradientDomain::new(shape, range, samples)?, Recovery::Gradient))
            }
        }
    }

    /// `task` with the requested batch, drawn with the seed.
    pub(super) fn batched(&self, task: GradientDomain) -> Result<GradientDomain, JobError> {
        let batch = self.batch.unwrap_or_default();
        task.with_batch(batch, self.running.seed()).map_err(|error| JobError::asked("`batch`", error))
    }

    /// The settings of a fit with `batch` of `pixels` pixels per step.
    pub(super) fn config(
        &self,
        recovery: Recovery,
        pixels: usize,
        batch: usize,
    ) -> Result<FitConfig, JobError> {
        let own = recovery.config();
        let steps = Defaults { steps: own.steps, ..Defaults::image() }.steps(pixels, batch);
        self.course.config(FitConfig { steps, ..own })
    }
}
