//! The job that fits the bundled photograph, and draws the exact derivatives of the field beside those of the pixels.

mod panel;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sinefield::engine::Engine;
use sinefield::field::Field;
use sinefield::fit::FitConfig;
use sinefield::render::{Frame, Quantity, Render};
use sinefield_media::{Image, laplace5, sobel};

use crate::settings::{Course, Running, entry, values};
use crate::shade::{self, Shade};
use crate::{FitJob, JobError, Plan, Subject, draw, output};

/// The photograph: 512 x 512 pixels of grey. The README beside it gives its source.
const PHOTOGRAPH: &[u8] = include_bytes!("../../../../assets/camera.png");
/// The name of the photograph in the field's file.
const NAME: &str = "camera.png";
/// The side of the fitted image, in pixels.
const SIDE: usize = 256;

/// The peak learning rate, about half the default. A higher rate raises the PSNR with frequencies that the pixels do not
/// resolve, and these frequencies are visible in the derivatives.
const RATE: f64 = 1e-3;

/// The name of the field's file.
const FIELD: &str = "field.safetensors";
/// The default folder.
const FOLDER: &str = "sinefield-demo";

/// Fits the bundled photograph and draws the derivatives of the field beside those of the pixels.
#[derive(Args, Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DemoJob {
    /// The number of updates.
    #[arg(long, value_name = "N", default_value_t = steps(), value_parser = values::count, allow_negative_numbers = true)]
    #[serde(default = "steps", deserialize_with = "entry::some_count")]
    pub steps: usize,
    /// The folder of the results. It is created if it does not exist.
    #[arg(short, long, value_name = "DIR", default_value = FOLDER)]
    #[serde(default = "folder")]
    pub output: PathBuf,
    /// The number of threads [default: one per core]. The result does not depend on it.
    #[arg(long, value_name = "T", value_parser = values::threads, allow_negative_numbers = true)]
    #[serde(default, deserialize_with = "entry::threads", skip_serializing_if = "Option::is_none")]
    pub threads: Option<usize>,
}

fn steps() -> usize {
    FitConfig::default().steps
}

fn folder() -> PathBuf {
    FOLDER.into()
}

impl DemoJob {
    /// Plans the job: reads the photograph, and checks that the results can be written.
    ///
    /// # Errors
    /// If a result cannot be written.
    pub fn plan(self, engine: Arc<dyn Engine>) -> Result<Plan, JobError> {
        let folder = self.output;
        output::check_folder(&folder, &[], &[&folder.join(FIELD)])?;
        let image = Image::from_bytes(NAME, PHOTOGRAPH.to_vec())?.resize(SIDE, SIDE)?;
        let subject = Subject::image(Path::new(NAME), image.clone());
        let fit = FitJob {
            running: Running { threads: self.threads, ..Running::default() },
            course: Course { steps: Some(self.steps), lr: Some(RATE), ..Course::default() },
            ..FitJob::default()
        };
        let plan = fit.plan_of(subject, engine.clone())?;
        Ok(plan.then(move |mut report, _| {
            let Some((_, field)) = report.fields.first() else { return Ok(report) };
            let written = output::in_folder(&folder, || {
                let path = folder.join(FIELD);
                field.save(&path)?;
                let first = Written { path, words: std::mem::take(&mut report.words) };
                let pictures = pictures(engine.as_ref(), field, &image, &folder)?;
                Ok(std::iter::once(first).chain(pictures).collect::<Vec<_>>())
            })?;
            let lines =
                written.iter().map(|Written { path, words }| format!("wrote {}: {words}", path.display()));
            report.words = lines.collect::<Vec<_>>().join("\n");
            let paths: Vec<&PathBuf> = written.iter().map(|file| &file.path).collect();
            report.numbers.insert("files".into(), json!(paths));
            Ok(report)
        }))
    }

    /// All paths that the job names.
    pub(crate) fn paths(&mut self) -> Vec<&mut PathBuf> {
        vec![&mut self.output]
    }
}

/// A file that the job has written.
struct Written {
    path: PathBuf,
    /// The content in words.
    words: String,
}

/// Writes the photograph and the field, their gradients and their Laplacians, each pair at one scale.
fn pictures(
    engine: &dyn Engine,
    field: &Field,
    image: &Image,
    folder: &Path,
) -> Result<Vec<Written>, JobError> {
    let sides = (image.rows, image.columns);
    let (down, right) = sobel(&image.data, sides.0, sides.1);
    let slope: Vec<f32> = down.iter().zip(&right).map(|(down, right)| down.hypot(*right)).collect();
    let laplacian = laplace5(&image.data, sides.0, sides.1);
    let pairs = [
        ("photograph.png", "the photograph", &image.data, "render.png", "the field", Quantity::Value),
        (
            "photograph-gradient.png",
            "the photograph's gradient by Sobel's operator, its magnitude",
            &slope,
            "field-gradient.png",
            "the field's own gradient, its magnitude",
            Quantity::GradientMagnitude,
        ),
        (
            "photograph-laplacian.png",
            "the photograph's Laplacian by the five-point stencil",
            &laplacian,
            "field-laplacian.png",
            "the field's own Laplacian",
            Quantity::Laplacian,
        ),
    ];
    let mut panel = panel::Panel::new(sides);
    let mut written = Vec::new();
    for (discrete_name, discrete_words, numbers, exact_name, exact_words, quantity) in pairs {
        let scale = shade::scale(numbers.iter().map(|number| number.abs()).collect());
        let shade = Shade::new(quantity, field, scale);
        let mut discrete = vec![0; numbers.len()];
        discrete.iter_mut().zip(numbers).for_each(|(out, n)| shade.paint(&[*n], std::slice::from_mut(out)));
        let exact = exactly(engine, field, quantity, shade)?;
        let discrete_words = format!("{discrete_words}; {}", shade.legend("pixel"));
        written.push(write(&folder.join(discrete_name), sides, &discrete, discrete_words)?);
        let exact_words = format!("{exact_words}; the same scale");
        written.push(write(&folder.join(exact_name), sides, &exact, exact_words)?);
        panel.add(&discrete, &exact);
    }
    let (sides, bytes) = panel.finish();
    let words = "all six, the photograph's on the left, the field's on the right";
    written.push(write(&folder.join("overview.png"), sides, &bytes, words.into())?);
    Ok(written)
}

/// The shades of the field's `quantity` at every pixel.
fn exactly(
    engine: &dyn Engine,
    field: &Field,
    quantity: Quantity,
    shade: Shade,
) -> Result<Vec<u8>, JobError> {
    let frame = Frame::native(field)?;
    let (rows, columns) = frame.sides();
    let mut bytes = vec![0; rows * columns];
    draw(engine, &Render::new(field, frame, quantity)?, shade, &mut bytes)?;
    Ok(bytes)
}

/// Writes a grey picture.
fn write(path: &Path, sides: (usize, usize), bytes: &[u8], words: String) -> Result<Written, JobError> {
    output::picture(path, sides, 1, bytes)?;
    Ok(Written { path: path.into(), words })
}
