//! The job that blends two images: the gradient of the picture is a weighted mean of theirs.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sinefield::engine::Engine;
use sinefield::recipe::gradient_domain::{Alignment, GradientDomainError, Samples};
use sinefield_media::Image;

use super::shared::Shared;
use super::work::Work;
use super::{recover, signal};
use crate::settings::{entry, values};
use crate::{JobError, Plan};

/// Blends the gradients of two images.
#[derive(Args, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[command(after_long_help = "\
The derivatives of the field half-way between pixels are fitted to alpha times the differences of the first image \
plus 1 - alpha times those of the second. The field is aligned with the same mean of both images by the best \
constant, and then measured against it.")]
pub struct BlendJob {
    /// The first image.
    pub first: PathBuf,
    /// The second image, of the same size.
    pub second: PathBuf,
    /// The weight of the gradient of the first image, from 0 to 1. The second image has the weight 1 - alpha.
    #[arg(long, value_name = "A", default_value_t = half(), value_parser = values::fraction, allow_negative_numbers = true)]
    #[serde(default = "half", deserialize_with = "entry::fraction")]
    pub alpha: f64,
    /// The settings of all fits to derivatives.
    #[command(flatten)]
    #[serde(flatten)]
    pub shared: Shared,
}

/// Both images have the same weight.
fn half() -> f64 {
    0.5
}

impl BlendJob {
    /// Plans the job: reads and checks all inputs, and writes nothing.
    ///
    /// # Errors
    /// If an image cannot be read, the two do not match, or an output cannot be written.
    pub fn plan(self, engine: Arc<dyn Engine>) -> Result<Plan, JobError> {
        plan(self, engine)
    }

    /// All paths that the job names.
    pub(crate) fn paths(&mut self) -> Vec<&mut PathBuf> {
        [&mut self.first, &mut self.second].into_iter().chain(self.shared.paths()).collect()
    }
}

fn plan(job: BlendJob, engine: Arc<dyn Engine>) -> Result<Plan, JobError> {
    let shared = &job.shared;
    shared.check(&[&job.first, &job.second])?;
    let (first, second) = (shared.reading.read(&job.first)?, shared.reading.read(&job.second)?);
    if signal::shape(&first) != signal::shape(&second) {
        let advice = match shared.reading.resize {
            _ if first.channels != second.channels => "give `gray`, or images of one kind",
            Some(_) => "give `resize` as WxH",
            None => "give `resize` WxH",
        };
        let (one, other) = (signal::size(&first), signal::size(&second));
        let what = format!("is {other}, but {} is {one}; {advice}", job.first.display());
        return Err(JobError::fault(job.second.display(), what));
    }
    let failed = |error: GradientDomainError| JobError::fault(job.first.display(), error);
    let samples = gradients(&first, &second, job.alpha).map_err(failed)?;
    let mean = mean(first, second, job.alpha);
    let (shape, range) = (signal::shape(&mean), signal::range(&mean));
    let (task, recovery) = shared.gradient(shape, range, &samples, Vec::new()).map_err(failed)?;
    let task = shared.batched(task)?;
    let names = [&job.first, &job.second].map(|path| signal::name(path));
    let work = Work {
        shared: job.shared,
        engine,
        task: Arc::new(task),
        recovery,
        subject: format!("{} and {}, gradients blended", names[0], names[1]),
        told: vec![
            ("image", json!(names)),
            ("alpha", json!(job.alpha)),
            ("operator", json!("forward")),
            ("alignment", json!(Alignment::Offset.rule())),
        ],
    };
    work.plan(move |engine, field| recover::measure(engine, field, &mean, Alignment::Offset, &samples))
}

/// The weighted mean of the differences of both images.
fn gradients(first: &Image, second: &Image, alpha: f64) -> Result<Vec<Samples>, GradientDomainError> {
    let pairs = signal::differences(first)?.into_iter().zip(signal::differences(second)?);
    pairs.map(|(first, second)| first.mean(&second, alpha)).collect()
}

/// The weighted mean of both images.
fn mean(first: Image, second: Image, alpha: f64) -> Image {
    let mix = |(a, b): (&f32, &f32)| (alpha * f64::from(*a) + (1.0 - alpha) * f64::from(*b)) as f32;
    let data = first.data.iter().zip(&second.data).map(mix).collect();
    let depth = if first.depth == second.depth { first.depth } else { sinefield_media::Depth::F32 };
    Image { data, depth, ..first }
}
