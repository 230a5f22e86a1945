//! The comparison as one self-contained HTML page with embedded pictures.

use std::fmt::Write;
use std::path::Path;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use super::report::{Figures, Metrics};
use crate::JobError;
use crate::page::{escaped, head};
use crate::words::grouped;

/// The page, with the pictures in the files `panel` and `curves`.
pub fn html(metrics: &Metrics, panel: &Path, curves: &Path) -> Result<String, JobError> {
    let Metrics { rows, columns, steps, seed, peak, .. } = metrics;
    let image = escaped(&metrics.image);
    let told = metrics.supervised_by.name();
    let rates = match metrics.recipe {
        "paper" => "the SIREN paper's constant rate of 1e-4 for all",
        _ => "each activation at the rate that suits it, with 20 steps of warm-up and a cosine fall to 2 %",
    };
    let alignment = match metrics.alignment {
        "mean" => {
            " Before values are compared each field is given the image's mean, which its derivatives leave open."
        }
        _ => "",
    };
    let mut table = String::new();
    for figures in &metrics.activations {
        // Writing to a string cannot fail.
        let _ = writeln!(table, "{}", table_row(figures));
    }
    Ok(format!(
        "{}<p>{columns} x {rows} pixels in grey, {steps} steps of Adam on the {told} of every pixel, {rates}; seed \
         {seed}. Every network has about the same number of parameters and the initialisation of its own \
         literature.</p>\n\
         <p>The PSNR of the value has a peak of {:.4}, of the gradient of {:.4} a pixel, of the Laplacian of {:.4} \
         a pixel squared: the ranges of the image's values, of both components of its gradient by Sobel's operator \
         and of its Laplacian by the five-point stencil. A field's own derivatives are exact, \
         and steeper at edges than Sobel's operator, which smooths.{alignment}</p>\n\
         <table><thead><tr><th>activation</th><th>value, dB</th><th>gradient, dB</th><th>Laplacian, dB</th>\
         <th>Laplacian, rms</th><th>parameters</th><th>rate</th><th class=\"words\">network</th></tr></thead><tbody>\n\
         {table}</tbody></table>\n\
         <p><img alt=\"The image and every activation: value, gradient magnitude and Laplacian\" src=\"{}\"></p>\n\
         <p>All rows are drawn at the image's scales: the magnitude from black at 0, the Laplacian around mid-grey \
         at 0.</p>\n\
         <p><img alt=\"PSNR of the {told} over steps\" src=\"{}\"></p>\n</body></html>",
        head(&format!("Activations on {image}")),
        peak.value,
        peak.gradient,
        peak.laplacian,
        embedded(panel)?,
        embedded(curves)?,
    ))
}

fn table_row(figures: &Figures) -> String {
    let psnr = &figures.psnr_db;
    let early = figures.diverged.as_ref().map_or(String::new(), |why| format!(" ({})", escaped(why)));
    format!(
        "<tr><td>{}</td><td>{:.2}</td><td>{:.2}</td><td>{:.2}</td><td>{:.3e}</td><td>{}</td><td>{:e}</td>\
         <td class=\"words\">{}{early}</td></tr>",
        figures.name,
        psnr.value,
        psnr.gradient,
        psnr.laplacian,
        figures.laplacian_rms,
        grouped(figures.parameters),
        figures.rate,
        escaped(&figures.network),
    )
}

/// A PNG file as a data URL.
pub fn embedded(path: &Path) -> Result<String, JobError> {
    let bytes = std::fs::read(path).map_err(|error| {
        JobError::fault(path.display(), format!("cannot be read again ({error}); try once more"))
    })?;
    Ok(format!("data:image/png;base64,{}", BASE64_STANDARD.encode(bytes)))
}
