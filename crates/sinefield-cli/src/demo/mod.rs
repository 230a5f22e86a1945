//! `sinefield demo`: fits the bundled photograph, and shows the exact derivatives of the field beside those of the
//! pixels.

mod panel;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use sinefield::engine::cpu::CpuEngine;
use sinefield::field::Field;
use sinefield::fit::FitConfig;
use sinefield::render::{Frame, Quantity, Render};
use sinefield_jobs::settings::{Course, Running, values};
use sinefield_jobs::shade::{self, Shade};
use sinefield_jobs::{Event, FitJob, Listener, Subject, draw, output};
use sinefield_media::{Image, laplace5, sobel};

use crate::console;
use crate::failure::Failure;
use crate::jobs::{Terminal, engine};

/// The photograph: 512 x 512 pixels of grey; see the README beside it.
const PHOTOGRAPH: &[u8] = include_bytes!("../../../../assets/camera.png");
/// The name of the photograph in the field's file.
const NAME: &str = "camera.png";
/// The side of the fitted image, in pixels.
const SIDE: usize = 256;

/// About half the default peak rate. A higher rate raises the PSNR with frequencies that the pixels do not resolve, and
/// these frequencies are visible in the derivatives.
const RATE: f64 = 1e-3;

/// Arguments of `sinefield demo`.
#[derive(Args, Debug)]
pub struct Options {
    /// Updates to make.
    #[arg(long, value_name = "N", default_value_t = FitConfig::default().steps, value_parser = values::count,
        allow_negative_numbers = true)]
    pub steps: usize,
    /// The folder to write to, made if it is not there.
    #[arg(short, long, value_name = "DIR", default_value = "sinefield-demo")]
    pub output: PathBuf,
}

/// Fits the photograph and writes it beside its derivatives.
pub fn run(options: &Options) -> Result<(), Failure> {
    let folder = &options.output;
    output::folder(folder)?;
    let field_path = folder.join("field.safetensors");
    sinefield_files::check_writable(&field_path)?;
    let engine = engine(None)?;
    let image = photograph(folder)?.resize(SIDE, SIDE)?;
    let subject = Subject::image(Path::new(NAME), image.clone());
    let field = fit(&engine, subject, options.steps, &field_path)?;
    pictures(&engine, &field, &image, folder)
}

/// Reads the photograph from a temporary file, as other images are read.
fn photograph(folder: &Path) -> Result<Image, Failure> {
    let made = tempfile::Builder::new().prefix(".sinefield-").suffix(".png").tempfile_in(folder);
    let written = made.and_then(|mut file| file.write_all(PHOTOGRAPH).map(|()| file));
    let file = written.map_err(|error| {
        Failure::fault(folder.display(), format!("cannot be written to ({error}); name another folder"))
    })?;
    Ok(Image::read(file.path())?)
}

/// Fits and writes the field, and prints its quality.
fn fit(engine: &Arc<CpuEngine>, subject: Subject, steps: usize, path: &Path) -> Result<Field, Failure> {
    let job = FitJob {
        running: Running { output: Some(path.into()), ..Running::default() },
        course: Course { steps: Some(steps), lr: Some(RATE), ..Course::default() },
        ..FitJob::default()
    };
    let mut terminal = Terminal::new(false);
    let plan = job.plan_of(subject, engine.clone())?;
    terminal.hear(Event::Note(plan.words()));
    let report = plan.run(&mut terminal)?;
    console::print(&report.words)?;
    Ok(Field::load(path)?)
}

/// Writes the photograph and the field, their gradients and their Laplacians, each pair at one scale.
fn pictures(engine: &CpuEngine, field: &Field, image: &Image, folder: &Path) -> Result<(), Failure> {
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
    for (discrete_name, discrete_words, numbers, exact_name, exact_words, quantity) in pairs {
        let scale = shade::scale(numbers.iter().map(|number| number.abs()).collect());
        let shade = Shade::new(quantity, field, scale);
        let mut discrete = vec![0; numbers.len()];
        discrete.iter_mut().zip(numbers).for_each(|(out, n)| shade.paint(&[*n], std::slice::from_mut(out)));
        let exact = exactly(engine, field, quantity, shade)?;
        write(
            folder,
            discrete_name,
            sides,
            &discrete,
            &format!("{discrete_words}; {}", shade.legend("pixel")),
        )?;
        write(folder, exact_name, sides, &exact, &format!("{exact_words}; the same scale"))?;
        panel.add(&discrete, &exact);
    }
    let (sides, bytes) = panel.finish();
    write(folder, "overview.png", sides, &bytes, "all six, the photograph's left, the field's right")
}

/// The shades of the field's `quantity` at every pixel.
fn exactly(engine: &CpuEngine, field: &Field, quantity: Quantity, shade: Shade) -> Result<Vec<u8>, Failure> {
    let failed = |error| Failure::fault("render", error);
    let frame = Frame::native(field).map_err(failed)?;
    let (rows, columns) = frame.sides();
    let mut bytes = vec![0; rows * columns];
    let render = Render::new(field, frame, quantity).map_err(failed)?;
    draw(engine, &render, shade, &mut bytes).map_err(failed)?;
    Ok(bytes)
}

/// Writes a grey picture and prints its description.
fn write(folder: &Path, name: &str, sides: (usize, usize), bytes: &[u8], words: &str) -> Result<(), Failure> {
    let path = folder.join(name);
    output::picture(&path, sides, 1, bytes)?;
    console::print(&format!("{}: {words}", path.display()))
}
