//! The job of reconstructing an image from its gradient or its Laplacian.

use std::path::PathBuf;
use std::sync::Arc;

use clap::{Args, ValueEnum};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sinefield::engine::Engine;
use sinefield::recipe::gradient_domain::{
    Alignment, GradientDomain, GradientDomainError, LARGEST_WEIGHTED, Recovery, Samples,
};
use sinefield_media::Image;

use super::shared::Shared;
use super::work::Work;
use super::{given, recover, signal};
use crate::{JobError, Plan};

/// Reconstructs an image from its gradient or its Laplacian.
#[derive(Args, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[command(after_long_help = "\
Operators: 'forward' uses the differences between neighbours. For a gradient, the derivatives of the field half-way \
between pixels are fitted to these differences. For a Laplacian with --boundary, the differences of these \
derivatives are fitted to the five-point Laplacian. With 'sobel' and 'laplace5', the derivatives of the field at \
the pixels are fitted to Sobel's gradient and to the five-point Laplacian, as in the SIREN paper. The errors are \
weighted by frequency for images of up to 1,048,576 pixels without --batch, except with 'laplace5'.

Measures: the PSNR of the values is measured after the alignment. Its peak is the range of the values. The gradient \
is compared with the fitted gradient, or else with the differences of the image. The Laplacian is compared with the \
five-point Laplacian at pixels with four neighbours. The peak of derivatives is their maximum minus their minimum.

Files: --gradient has the shape (rows, columns[, channels], 2), with the derivative down the rows first, per pixel. \
With 'forward', entry (r, c) is the derivative half a pixel further along the axis, and the last entry along the \
axis is ignored. --laplacian has the shape (rows, columns[, channels]), per pixel squared.")]
pub struct ReconstructJob {
    /// The image. Its derivatives are fitted, and the field is measured against it.
    pub image: PathBuf,
    /// The quantity of the image that the field is fitted to.
    #[arg(long, value_enum)]
    pub from: From,
    /// Also fit the values of the pixels at the edge of the image.
    #[arg(long)]
    #[serde(default)]
    pub boundary: bool,
    /// Fit the gradient in this array instead of that of the image.
    #[arg(long, value_name = "FILE.npy")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gradient: Option<PathBuf>,
    /// Fit the Laplacian in this array instead of that of the image.
    #[arg(long, value_name = "FILE.npy")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub laplacian: Option<PathBuf>,
    /// The discrete derivative operator [default: forward; laplace5 for a Laplacian without --boundary or of a large
    /// image]
    #[arg(long, value_enum)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operator: Option<Operator>,
    /// The alignment of the field with the image before it is measured and written [default: offset; none with
    /// --boundary]
    #[arg(long, value_enum)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub align: Option<Align>,
    /// The settings of all fits to derivatives.
    #[command(flatten)]
    #[serde(flatten)]
    pub shared: Shared,
}

/// The derivatives that the field is fitted to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum From {
    /// The first derivatives.
    Gradient,
    /// The sum of the second derivatives.
    Laplacian,
}

/// The discrete derivative operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Operator {
    /// The differences between neighbours.
    Forward,
    /// Sobel's operator, for gradients.
    Sobel,
    /// The five-point Laplacian.
    Laplace5,
}

/// The alignments of the field with the image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Align {
    /// No alignment.
    None,
    /// The best constant for each channel.
    Offset,
    /// The best factor and constant for each channel.
    Affine,
}

impl ReconstructJob {
    /// Plans the job: reads and checks all inputs, and writes nothing.
    ///
    /// # Errors
    /// If the image or an array cannot be read, settings contradict each other, or an output cannot be written.
    pub fn plan(self, engine: Arc<dyn Engine>) -> Result<Plan, JobError> {
        plan(self, engine)
    }

    /// All paths that the job names.
    pub(crate) fn paths(&mut self) -> Vec<&mut PathBuf> {
        let own = [Some(&mut self.image), self.gradient.as_mut(), self.laplacian.as_mut()];
        own.into_iter().flatten().chain(self.shared.paths()).collect()
    }
}

fn plan(job: ReconstructJob, engine: Arc<dyn Engine>) -> Result<Plan, JobError> {
    check(&job)?;
    let inputs = [Some(&job.image), job.gradient.as_ref(), job.laplacian.as_ref()];
    let inputs: Vec<_> = inputs.into_iter().flatten().map(PathBuf::as_path).collect();
    job.shared.check(&inputs)?;
    let image = job.shared.reading.read(&job.image)?;
    let operator = operator(&job, &image)?;
    let (task, recovery, fitted) = task(&job, &image, operator)?;
    let alignment = match (job.align, job.boundary) {
        (Some(Align::None), _) | (None, true) => Alignment::None,
        (Some(Align::Offset), _) | (None, false) => Alignment::Offset,
        (Some(Align::Affine), _) => Alignment::Affine,
    };
    let from = word(&job.from);
    let edge = if job.boundary { " and its edge" } else { "" };
    let work = Work {
        shared: job.shared,
        engine,
        task: Arc::new(task),
        recovery,
        subject: format!("{} from its {from}{edge}, {}", signal::name(&job.image), word(&operator)),
        told: vec![
            ("image", json!(signal::name(&job.image))),
            ("from", json!(from)),
            ("boundary", json!(job.boundary)),
            ("operator", json!(word(&operator))),
            ("alignment", json!(alignment.rule())),
        ],
    };
    work.plan(move |engine, field| recover::measure(engine, field, &image, alignment, &fitted))
}

/// The name of a choice in options and files.
fn word(value: &impl ValueEnum) -> String {
    value.to_possible_value().map_or_else(String::new, |value| value.get_name().to_string())
}

/// Checks settings against one another.
fn check(job: &ReconstructJob) -> Result<(), JobError> {
    let wrong = |option: &str, what: &str| Err(JobError::asked(option, what));
    match (job.from, job.operator) {
        (From::Gradient, _) if job.laplacian.is_some() => {
            wrong("`laplacian`", "is for `from` laplacian; leave it out, or give that")
        }
        (From::Laplacian, _) if job.gradient.is_some() => {
            wrong("`gradient`", "is for `from` gradient; leave it out, or give that")
        }
        (From::Gradient, Some(Operator::Laplace5)) => {
            wrong("`operator`", "laplace5 makes no gradient; give forward or sobel")
        }
        (From::Laplacian, Some(Operator::Sobel)) => {
            wrong("`operator`", "sobel makes no Laplacian; give laplace5, or forward with `boundary`")
        }
        (From::Laplacian, Some(Operator::Forward)) if !job.boundary => {
            wrong("`operator`", "forward makes a Laplacian with `boundary` only; give that, or laplace5")
        }
        _ => Ok(()),
    }
}

/// The requested operator, or the default.
fn operator(job: &ReconstructJob, image: &Image) -> Result<Operator, JobError> {
    let pixels = image.rows * image.columns;
    match (job.operator, job.from) {
        (Some(Operator::Forward), From::Laplacian) if pixels > LARGEST_WEIGHTED => {
            let what = format!(
                "forward makes a Laplacian of up to {LARGEST_WEIGHTED} pixels, not of {pixels}; give \
                 laplace5, or `resize`"
            );
            Err(JobError::asked("`operator`", what))
        }
        (Some(operator), _) => Ok(operator),
        (None, From::Gradient) => Ok(Operator::Forward),
        (None, From::Laplacian) if job.boundary && pixels <= LARGEST_WEIGHTED => Ok(Operator::Forward),
        (None, From::Laplacian) => Ok(Operator::Laplace5),
    }
}

/// The task, the recovery that determines its default settings, and the fitted samples of the gradient, which are empty
/// for a Laplacian.
fn task(
    job: &ReconstructJob,
    image: &Image,
    operator: Operator,
) -> Result<(GradientDomain, Recovery, Vec<Samples>), JobError> {
    let failed = |error: GradientDomainError| JobError::fault(job.image.display(), error);
    let mut samples = if job.boundary { vec![signal::edge(image).map_err(failed)?] } else { Vec::new() };
    let second = |path: &Option<PathBuf>| match path {
        Some(path) => given::laplacian(path, image),
        None => Ok(signal::five_point(image)),
    };
    let (shape, range) = (signal::shape(image), signal::range(image));
    if job.from == From::Laplacian {
        let numbers = second(&job.laplacian)?;
        if operator == Operator::Forward {
            let task = GradientDomain::new(shape, range, samples).map_err(failed)?;
            let task = task.with_divergence(signal::inside(image, &numbers)).map_err(failed)?;
            return Ok((job.shared.batched(task)?, Recovery::Weighted, Vec::new()));
        }
        samples.push(signal::laplacian(image, numbers).map_err(failed)?);
        let task = GradientDomain::new(shape, range, samples).map_err(failed)?;
        return Ok((job.shared.batched(task)?, Recovery::Laplacian, Vec::new()));
    }
    let fitted = match (&job.gradient, operator) {
        (Some(path), _) => given::gradient(path, image, operator == Operator::Forward)?,
        (None, Operator::Forward) => signal::differences(image).map_err(failed)?,
        (None, _) => signal::sobels(image).map_err(failed)?,
    };
    let (task, recovery) = job.shared.gradient(shape, range, &fitted, samples).map_err(failed)?;
    Ok((job.shared.batched(task)?, recovery, fitted))
}
