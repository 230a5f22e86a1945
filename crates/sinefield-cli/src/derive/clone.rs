//! `sinefield clone`: part of one image cloned into another without a seam.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;
use serde_json::json;
use sinefield::engine::cpu::CpuEngine;
use sinefield::field::Field;
use sinefield::recipe::gradient_domain::{
    Cloning, GradientDomain, GradientDomainError, Kind, Recovery, samples_psnr,
};
use sinefield_media::Image;

use super::options::SharedOptions;
use super::signal;
use super::work::{Measured, Work};
use crate::failure::Failure;
use crate::fit::engine;
use crate::values;

/// Mask values above this are inside.
const INSIDE: f32 = 0.5;

/// Arguments of `sinefield clone`.
#[derive(Args, Debug)]
#[command(after_long_help = "\
The field has the target's values outside the mask; half-way between two pixels of which one at least \
is inside it has the source's difference (Perez et al. 2003, Poisson image editing). It is measured by \
its values outside and its derivatives inside.")]
pub struct Options {
    /// The image that is cloned from.
    pub source: PathBuf,
    /// The image that is cloned into.
    pub target: PathBuf,
    /// Which pixels of the source are cloned: an image of its size, light where they are.
    #[arg(long, value_name = "MASK")]
    pub mask: PathBuf,
    /// Where in the target the source's first pixel lies, negative numbers allowed; needed where the
    /// images differ in size.
    #[arg(long, value_name = "ROW,COL", value_parser = values::place, allow_hyphen_values = true)]
    pub at: Option<(i64, i64)>,
    /// Of the source's and the target's difference take the stronger.
    #[arg(long)]
    pub mixed: bool,
    /// What every such fit takes.
    #[command(flatten)]
    pub shared: SharedOptions,
}

/// Clones as the options say.
pub fn run(options: &Options) -> Result<ExitCode, Failure> {
    let shared = &options.shared;
    shared.check(&[&options.source, &options.target, &options.mask])?;
    let engine = engine(shared.running.threads)?;
    let read = |path| shared.reading.read(path);
    let (source, target) = (read(&options.source)?, read(&options.target)?);
    let mask = shared.reading.read(&options.mask)?.to_grey();
    sizes(options, &source, &target, &mask)?;
    let at = options.at.unwrap_or((0, 0));
    let inside: Vec<bool> = mask.data.iter().map(|value| *value > INSIDE).collect();
    let cloning = Cloning {
        target: (&target.data, signal::shape(&target)),
        source: (&source.data, (source.rows, source.columns)),
        mask: &inside,
        at,
        mixed: options.mixed,
    };
    let failed = |error: GradientDomainError| match error {
        GradientDomainError::NothingInside { .. } => {
            let what = format!("{error}; give another mask or --at");
            Failure::fault(options.mask.display(), what)
        }
        error => Failure::fault(options.source.display(), error),
    };
    let samples = cloning.samples().map_err(failed)?;
    let task =
        GradientDomain::new(signal::shape(&target), signal::range(&target), samples).map_err(failed)?;
    let task = Arc::new(shared.batched(task)?);
    let names = [&options.source, &options.target, &options.mask].map(|path| signal::name(path));
    let work = Work {
        options: shared,
        engine,
        task: task.clone(),
        recovery: Recovery::Clone,
        subject: format!("{} cloned into {}", names[0], names[1]),
        told: vec![
            ("image", json!(names)),
            ("at", json!([at.0, at.1])),
            ("mixed", json!(options.mixed)),
            ("operator", json!("forward")),
        ],
    };
    work.run(|engine, field| measure(engine, field, &task))
}

/// Checks that the images fit together.
fn sizes(options: &Options, source: &Image, target: &Image, mask: &Image) -> Result<(), Failure> {
    let (from, into) = (signal::size(source), signal::size(target));
    if (mask.rows, mask.columns) != (source.rows, source.columns) {
        let (own, source) = (signal::size(mask), options.source.display());
        let what = format!("is {own}, but {source} is {from}; give a mask of the source's size");
        return Err(Failure::fault(options.mask.display(), what));
    }
    let differ = |advice: &str| {
        let what = format!("is {from}, but {} is {into}; {advice}", options.target.display());
        Err(Failure::fault(options.source.display(), what))
    };
    if source.channels != target.channels {
        return differ("give --gray, or images of one kind");
    }
    if options.at.is_none() && (source.rows, source.columns) != (target.rows, target.columns) {
        return differ("say where it goes with --at ROW,COL, or give --resize WxH");
    }
    Ok(())
}

/// The values outside and the derivatives inside.
fn measure(engine: &CpuEngine, field: &Field, task: &GradientDomain) -> Result<Measured, Failure> {
    let failed = |error| Failure::fault("quality", error);
    let peak = 2.0 * task.value_map().scale;
    let values = task.samples().filter(|samples| samples.kind() == Kind::Value);
    let outside = samples_psnr(engine, field, values, Some(peak)).map_err(failed)?;
    let slopes = task.samples().filter(|samples| samples.kind().is_first());
    let inside = samples_psnr(engine, field, slopes, None).map_err(failed)?;
    Ok(Measured {
        numbers: vec![("outside_psnr_db", outside), ("gradient_psnr_db", inside)],
        words: format!("{outside:.2} dB outside the mask, gradient {inside:.2} dB inside"),
    })
}
