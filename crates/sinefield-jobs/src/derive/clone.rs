//! The job that clones part of an image into another without a seam.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sinefield::engine::Engine;
use sinefield::field::Field;
use sinefield::recipe::gradient_domain::{
    Cloning, GradientDomain, GradientDomainError, Recovery, SampleKind, samples_psnr,
};
use sinefield_media::Image;

use super::shared::Shared;
use super::signal;
use super::work::{Measured, Work};
use crate::settings::values;
use crate::{JobError, Plan};

/// Mask values above this are inside.
const INSIDE: f32 = 0.5;

/// Clones part of an image into another without a seam.
#[derive(Args, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[command(after_long_help = "\
Outside the mask, the field is fitted to the values of the target. If one of two neighbouring pixels is inside the \
mask, the derivative half-way between them is fitted to the difference of the source, or to that of --mixed \
(Perez et al. 2003, Poisson image editing). The field is measured by its values outside the mask and its \
derivatives inside.")]
pub struct CloneJob {
    /// The image to copy from.
    pub source: PathBuf,
    /// The image to copy into.
    pub target: PathBuf,
    /// The mask: an image of the size of the source. Pixels of the source are cloned where the mask is above mid-grey.
    #[arg(long, value_name = "MASK")]
    pub mask: PathBuf,
    /// The position of the first pixel of the source in the target. Negative numbers are allowed. It is required if the
    /// images differ in size [default: 0,0]
    #[arg(long, value_name = "ROW,COL", value_parser = values::place, allow_hyphen_values = true)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<(i64, i64)>,
    /// Use the larger of the differences of source and target, instead of that of the source.
    #[arg(long)]
    #[serde(default)]
    pub mixed: bool,
    /// The settings of all fits to derivatives.
    #[command(flatten)]
    #[serde(flatten)]
    pub shared: Shared,
}

impl CloneJob {
    /// Plans the job: reads and checks all inputs, and writes nothing.
    ///
    /// # Errors
    /// If an image cannot be read, the images do not match, or an output cannot be written.
    pub fn plan(self, engine: Arc<dyn Engine>) -> Result<Plan, JobError> {
        plan(self, engine)
    }

    /// All paths that the job names.
    pub(crate) fn paths(&mut self) -> Vec<&mut PathBuf> {
        let own = [&mut self.source, &mut self.target, &mut self.mask];
        own.into_iter().chain(self.shared.paths()).collect()
    }
}

fn plan(job: CloneJob, engine: Arc<dyn Engine>) -> Result<Plan, JobError> {
    let shared = &job.shared;
    shared.check(&[&job.source, &job.target, &job.mask])?;
    let read = |path| shared.reading.read(path);
    let (source, target) = (read(&job.source)?, read(&job.target)?);
    let mask = shared.reading.read(&job.mask)?.to_grey();
    sizes(&job, &source, &target, &mask)?;
    let at = job.at.unwrap_or((0, 0));
    let inside: Vec<bool> = mask.data.iter().map(|value| *value > INSIDE).collect();
    let cloning = Cloning {
        target: (&target.data, signal::shape(&target)),
        source: (&source.data, (source.rows, source.columns)),
        mask: &inside,
        at,
        mixed: job.mixed,
    };
    let failed = |error: GradientDomainError| match error {
        GradientDomainError::NothingInside { .. } => {
            let what = format!("{error}; give another mask or `at`");
            JobError::fault(job.mask.display(), what)
        }
        error => JobError::fault(job.source.display(), error),
    };
    let samples = cloning.samples().map_err(failed)?;
    let task =
        GradientDomain::new(signal::shape(&target), signal::range(&target), samples).map_err(failed)?;
    let task = Arc::new(shared.batched(task)?);
    let names = [&job.source, &job.target, &job.mask].map(|path| signal::name(path));
    let work = Work {
        shared: job.shared,
        engine,
        task: task.clone(),
        recovery: Recovery::Clone,
        subject: format!("{} cloned into {}", names[0], names[1]),
        told: vec![
            ("image", json!(names)),
            ("at", json!([at.0, at.1])),
            ("mixed", json!(job.mixed)),
            ("operator", json!("forward")),
        ],
    };
    work.plan(move |engine, field| measure(engine, field, &task))
}

/// Checks that the sizes and the channels of the images match.
fn sizes(job: &CloneJob, source: &Image, target: &Image, mask: &Image) -> Result<(), JobError> {
    let (from, into) = (signal::size(source), signal::size(target));
    if (mask.rows, mask.columns) != (source.rows, source.columns) {
        let (own, source) = (signal::size(mask), job.source.display());
        let what = format!("is {own}, but {source} is {from}; give a mask of the source's size");
        return Err(JobError::fault(job.mask.display(), what));
    }
    let differ = |advice: &str| {
        let what = format!("is {from}, but {} is {into}; {advice}", job.target.display());
        Err(JobError::fault(job.source.display(), what))
    };
    if source.channels != target.channels {
        return differ("give `gray`, or images of one kind");
    }
    if job.at.is_none() && (source.rows, source.columns) != (target.rows, target.columns) {
        return differ("say where it goes with `at` ROW,COL, or give `resize` WxH");
    }
    Ok(())
}

/// Measures the values outside the mask and the derivatives inside.
fn measure(engine: &dyn Engine, field: &Field, task: &GradientDomain) -> Result<Measured, JobError> {
    let failed = |error| JobError::fault("quality", error);
    let peak = 2.0 * task.value_map().scale;
    let values = task.samples().filter(|samples| samples.kind() == SampleKind::Value);
    let outside = samples_psnr(engine, field, values, Some(peak)).map_err(failed)?;
    let slopes = task.samples().filter(|samples| samples.kind().is_first());
    let inside = samples_psnr(engine, field, slopes, None).map_err(failed)?;
    Ok(Measured {
        numbers: vec![("outside_psnr_db", outside), ("gradient_psnr_db", inside)],
        words: format!("{outside:.2} dB outside the mask, gradient {inside:.2} dB inside"),
    })
}
