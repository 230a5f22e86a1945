//! The comparison in numbers: the content of `metrics.json` and of the page.

use serde::Serialize;

use super::entry::Entry;
use super::sought::Sought;
use super::{CompareJob, Supervision};
use crate::fit::Recipe;

/// Numbers of value, gradient and Laplacian.
#[derive(Debug, Serialize)]
pub struct Three {
    pub value: f64,
    pub gradient: f64,
    pub laplacian: f64,
}

impl Three {
    fn new([value, gradient, laplacian]: [f64; 3]) -> Self {
        Self { value, gradient, laplacian }
    }
}

/// The comparison. Numbers that are not finite are null in JSON.
#[derive(Debug, Serialize)]
pub struct Metrics {
    /// The image's file name.
    pub image: String,
    pub rows: usize,
    pub columns: usize,
    /// The quantity that the fits received.
    pub supervised_by: Supervision,
    /// `paper`, or `own` where each activation had its own rate.
    pub recipe: &'static str,
    /// The requested number of steps.
    pub steps: usize,
    pub seed: u64,
    /// How values were aligned before they were compared: `none`, or `mean`.
    pub alignment: &'static str,
    /// The peaks of the PSNRs: the ranges of the image's own values and derivatives, per pixel.
    pub peak: Three,
    pub activations: Vec<Figures>,
}

/// One activation's figures.
#[derive(Debug, Serialize)]
pub struct Figures {
    pub name: &'static str,
    pub network: String,
    pub parameters: usize,
    /// The peak learning rate.
    pub rate: f64,
    pub schedule: &'static str,
    /// The number of steps made.
    pub steps: usize,
    /// The reason for an early end, if any.
    pub diverged: Option<String>,
    pub psnr_db: Three,
    /// The root mean square of the Laplacian, in signal units per pixel squared.
    pub laplacian_rms: f64,
    /// The PSNR of the fitted quantity in dB, before each step's update.
    pub curve_psnr_db: Vec<f64>,
}

/// The metrics of all contestants.
pub fn metrics(options: &CompareJob, sought: &Sought, entries: &[Entry]) -> Metrics {
    let figures = |entry: &Entry| Figures {
        name: entry.contestant.kind.name(),
        network: entry.network.clone(),
        parameters: entry.parameters,
        rate: entry.contestant.course.rate,
        schedule: entry.contestant.course.schedule.name(),
        steps: entry.curve.len(),
        diverged: entry.diverged.clone(),
        psnr_db: Three::new(entry.psnr_db),
        laplacian_rms: entry.laplacian_rms(),
        curve_psnr_db: entry.curve.clone(),
    };
    Metrics {
        image: sought.name.clone(),
        rows: sought.sides.0,
        columns: sought.sides.1,
        supervised_by: options.supervise,
        recipe: if options.recipe == Some(Recipe::Paper) { "paper" } else { "own" },
        steps: options.steps,
        seed: options.seed,
        alignment: if options.supervise == Supervision::Value { "none" } else { "mean" },
        peak: Three::new(sought.peaks()),
        activations: entries.iter().map(figures).collect(),
    }
}
