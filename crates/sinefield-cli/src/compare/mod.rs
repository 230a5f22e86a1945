//! `sinefield compare`: one image, several activations, and what each makes of its derivatives.

mod contestant;
mod curves;
mod entry;
mod page;
mod panel;
mod report;
mod sought;

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use sinefield::fit::FitConfig;
use sinefield_media::Resize;

use crate::failure::Failure;
use crate::fit::{Recipe, engine};
use crate::kind::Kind;
use crate::{console, output, values};
use contestant::Contestant;
use entry::Entry;
use sought::Sought;

/// Arguments of `sinefield compare`.
#[derive(Args, Debug)]
#[command(after_long_help = "\
Every activation gets a network of the depth given and of the width that brings it nearest to the number \
of parameters of the sine network, drawn by its own initialisation from the literature. \"positional\" \
and \"rbf\" are ReLU behind an encoding of the coordinates.

The image is fitted in grey. Its derivatives are Sobel's (divided by 8) and the five-point Laplacian's, \
per pixel; a field's own are exact. A PSNR's peak is the range of what is sought: of the values that the \
file could hold, of both components of the gradient together, of the Laplacian. A field fitted to \
derivatives is first given the image's mean, and nothing else.

Written are panel.png, curves.png, metrics.json and report.html, which holds the other three.")]
pub struct Options {
    /// The image, as `sinefield fit` reads it.
    pub image: PathBuf,
    /// The folder to write to, made if it is not there.
    #[arg(short, long, value_name = "DIR")]
    pub output: PathBuf,
    /// The activations, separated by commas.
    #[arg(long, value_name = "NAME,...", value_delimiter = ',',
        default_value = "sine,relu,tanh,softplus,positional,rbf",
        help = format!("The activations, separated by commas: {}", Kind::names()))]
    pub activations: Vec<Kind>,
    /// Resize the image first: N for its longer side, or WxH.
    #[arg(long, value_name = "N|WxH", default_value = "256", value_parser = values::size)]
    pub size: Resize,
    /// Updates to make.
    #[arg(long, value_name = "N", default_value_t = FitConfig::paper().steps, value_parser = values::count,
        allow_negative_numbers = true)]
    pub steps: usize,
    /// What of the image is told to the fits.
    #[arg(long, value_enum, default_value_t = Supervision::Value)]
    pub supervise: Supervision,
    /// "paper" for the SIREN paper's low and constant rate for all; else each activation has the rate
    /// that suits it.
    #[arg(long, value_enum)]
    pub recipe: Option<Recipe>,
    /// Width of the sine network, whose number of parameters all share.
    #[arg(long, value_name = "N", default_value_t = 256, value_parser = values::count, allow_negative_numbers = true)]
    pub hidden: usize,
    /// Hidden layers after the first.
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = values::whole::<usize>,
        allow_negative_numbers = true)]
    pub layers: usize,
    /// The number from which the networks are drawn.
    #[arg(long, value_name = "S", default_value_t = 0, value_parser = values::whole::<u64>, allow_negative_numbers = true)]
    pub seed: u64,
    /// Threads; one a core if not given. The result does not depend on it.
    #[arg(long, value_name = "T", value_parser = values::threads, allow_negative_numbers = true)]
    pub threads: Option<usize>,
    /// Show no progress.
    #[arg(long)]
    pub quiet: bool,
}

/// What of an image is told to a fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Supervision {
    /// Its values.
    Value,
    /// Its gradient by Sobel's operator.
    Gradient,
    /// Its Laplacian by the five-point stencil.
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

/// Compares as the options say.
pub fn run(options: &Options) -> Result<(), Failure> {
    let folder = &options.output;
    output::folder(folder)?;
    let written = ["panel.png", "curves.png", "metrics.json", "report.html"].map(|name| folder.join(name));
    let [panel_png, curves_png, metrics_json, report_html] = &written;
    output::check(&[&options.image], &[panel_png, curves_png, metrics_json, report_html])?;
    let engine = engine(options.threads)?;
    let sought = Sought::read(&options.image, options.size)?;
    let task = sought.task(options.supervise)?;
    let mut entries = Vec::new();
    for contestant in Contestant::all(options, &sought)? {
        let entry = Entry::fit(contestant, &sought, task.clone(), options, &engine)?;
        console::print(&entry.words())?;
        entries.push(entry);
    }
    panel::draw(&sought, &entries)?.write(panel_png)?;
    curves::draw(options, &entries)?.write(curves_png)?;
    let metrics = report::metrics(options, &sought, &entries);
    output::text(metrics_json, &output::json(&metrics)?)?;
    output::text(report_html, &page::html(&metrics, panel_png, curves_png)?)?;
    console::print(&format!("wrote {}", report_html.display()))
}
