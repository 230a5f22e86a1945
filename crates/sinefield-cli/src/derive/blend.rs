//! `sinefield blend`: a picture whose gradient is a mean of two images'.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;
use serde_json::json;
use sinefield::recipe::gradient_domain::{Alignment, GradientDomainError, Samples};
use sinefield_media::Image;

use super::options::SharedOptions;
use super::work::Work;
use super::{recover, signal};
use crate::failure::Failure;
use crate::fit::engine;
use crate::values;

/// Arguments of `sinefield blend`.
#[derive(Args, Debug)]
#[command(after_long_help = "\
The field's derivatives half-way between pixels should be alpha times the differences of the first \
image plus 1 - alpha times those of the second. It is measured against the same mean of the images, \
after alignment by the best constant.")]
pub struct Options {
    /// The first image.
    pub first: PathBuf,
    /// The second image, of the same size.
    pub second: PathBuf,
    /// How much the first image's gradient counts, 0 to 1.
    #[arg(long, value_name = "A", default_value_t = 0.5, value_parser = values::fraction, allow_negative_numbers = true)]
    pub alpha: f64,
    /// What every such fit takes.
    #[command(flatten)]
    pub shared: SharedOptions,
}

/// Blends as the options say.
pub fn run(options: &Options) -> Result<ExitCode, Failure> {
    let shared = &options.shared;
    shared.check(&[&options.first, &options.second])?;
    let engine = engine(shared.running.threads)?;
    let (first, second) = (shared.reading.read(&options.first)?, shared.reading.read(&options.second)?);
    if signal::shape(&first) != signal::shape(&second) {
        let advice = match shared.reading.resize {
            _ if first.channels != second.channels => "give --gray, or images of one kind",
            Some(_) => "give --resize as WxH",
            None => "give --resize WxH",
        };
        let (one, other) = (signal::size(&first), signal::size(&second));
        let what = format!("is {other}, but {} is {one}; {advice}", options.first.display());
        return Err(Failure::fault(options.second.display(), what));
    }
    let failed = |error: GradientDomainError| Failure::fault(options.first.display(), error);
    let samples = gradients(&first, &second, options.alpha).map_err(failed)?;
    let mean = mean(first, second, options.alpha);
    let (shape, range) = (signal::shape(&mean), signal::range(&mean));
    let (task, recovery) = shared.gradient(shape, range, &samples, Vec::new()).map_err(failed)?;
    let task = shared.batched(task)?;
    let names = [&options.first, &options.second].map(|path| signal::name(path));
    let work = Work {
        options: shared,
        engine,
        task: Arc::new(task),
        recovery,
        subject: format!("{} and {}, gradients blended", names[0], names[1]),
        told: vec![
            ("image", json!(names)),
            ("alpha", json!(options.alpha)),
            ("operator", json!("forward")),
            ("alignment", json!(Alignment::Offset.rule())),
        ],
    };
    work.run(|engine, field| recover::measure(engine, field, &mean, Alignment::Offset, &samples))
}

/// The mean of both images' differences.
fn gradients(first: &Image, second: &Image, alpha: f64) -> Result<Vec<Samples>, GradientDomainError> {
    let pairs = signal::differences(first)?.into_iter().zip(signal::differences(second)?);
    pairs.map(|(first, second)| first.mean(&second, alpha)).collect()
}

/// The mean of both images.
fn mean(first: Image, second: Image, alpha: f64) -> Image {
    let mix = |(a, b): (&f32, &f32)| (alpha * f64::from(*a) + (1.0 - alpha) * f64::from(*b)) as f32;
    let data = first.data.iter().zip(&second.data).map(mix).collect();
    let depth = if first.depth == second.depth { first.depth } else { sinefield_media::Depth::F32 };
    Image { data, depth, ..first }
}
