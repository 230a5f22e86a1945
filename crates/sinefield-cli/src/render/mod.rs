//! `sinefield render`: a field, or a derivative of it, as a picture or an array.

mod parts;
mod picture;
mod raw;

use std::path::{Path, PathBuf};

use clap::Args;
use sinefield::engine::cpu::CpuEngine;
use sinefield::field::Field;
use sinefield::render::{Frame, Part, Quantity, Render, RenderError};
use sinefield_jobs::{Extent, JobError, Output, Written};
use sinefield_media::{OutputFormat, Resize, output_format};

pub use picture::draw;

use crate::failure::Failure;
use crate::{console, fit, output, values};

/// Arguments of `sinefield render`.
#[derive(Args, Debug)]
#[command(after_long_help = "\
Pixels: native pixel r, of those the field was fitted to, covers [r, r + 1) and is sampled at its \
middle; N pixels over [a, b) are the middles of N equal parts. A native-size render thus samples \
exactly the fitted pixels, and every size covers the same area.

Units: derivatives are in signal units per native pixel (first) or per native pixel squared \
(second), whatever the size of the render; rows come before columns.

Files: .npy holds the raw numbers as float32, (rows, columns, channels), with (2,) more for a \
gradient and (2, 2) for a hessian. OpenEXR holds the same numbers as channels; TIFF too, of 1, 3 \
or 4 of them, else each as a page of its own. PNG and JPEG show them: the value clipped to the \
field's range, a gradient as hue (direction) and brightness (length), its magnitude in grey, a \
laplacian in grey about mid-grey, a hessian as red, green, blue (row-row, row-column, \
column-column) about mid-tone; derivatives are averaged over the channels and their scale, the \
99.5th percentile, is printed.")]
pub struct Options {
    /// The field file.
    pub field: PathBuf,
    /// The file to write: .png, .jpg, .tiff or .exr of two axes; .wav of one; .y4m, .mp4, .webm or another container of
    /// ffmpeg's, or a folder of frames, of a video; .nii or .nii.gz of up to four axes; .npy of any.
    #[arg(short, long, value_name = "OUT")]
    pub output: PathBuf,
    /// Size of the render: WxH, or N for its longer side [default: native]
    #[arg(long, value_name = "WxH", value_parser = values::size, allow_negative_numbers = true, conflicts_with = "scale")]
    pub size: Option<Resize>,
    /// Pixels per native pixel along each side: 2 doubles both.
    #[arg(long, value_name = "S", value_parser = values::positive, allow_negative_numbers = true)]
    pub scale: Option<f64>,
    /// The part to render, its end excluded: FROM,TO along the first axis, as the seconds of a sound; ROW0,COL0,ROW1,COL1
    /// where there are rows and columns or two axes. Pixels, or the axis's unit if it has one; fractions allowed.
    #[arg(long, value_name = "FROM,TO|ROW0,COL0,ROW1,COL1", value_delimiter = ',', num_args = 1,
        value_parser = values::number, allow_hyphen_values = true)]
    pub region: Option<Vec<f64>>,
    /// Cut an axis at one place, in its unit, as z=12.5 or time=0.4; may be given again.
    #[arg(long, value_name = "AXIS=VALUE", value_parser = parts::cut, allow_hyphen_values = true)]
    pub at: Vec<parts::Cut>,
    /// Samples along each axis that is not cut [default: as many as were fitted]
    #[arg(long, value_name = "N,N,...", value_delimiter = ',', value_parser = values::count,
        allow_negative_numbers = true, conflicts_with_all = ["size", "scale"])]
    pub samples: Option<Vec<usize>>,
    /// Samples a second of a sound [default: the sound's own]
    #[arg(long, value_name = "HZ", value_parser = values::positive, allow_negative_numbers = true)]
    pub rate: Option<f64>,
    /// The frames of a video to render, the last excluded, counted as the video that was fitted counts them.
    #[arg(long, value_name = "A:B", value_parser = parts::frames)]
    pub frames: Option<(usize, usize)>,
    /// Frames a second of a video, between its own frames too [default: the video's own]
    #[arg(long, value_name = "N", value_parser = values::positive, allow_negative_numbers = true)]
    pub fps: Option<f64>,
    /// What to render: value, gradient, gradient-magnitude, laplacian or hessian.
    #[arg(long, value_name = "NAME", default_value_t = Quantity::Value)]
    pub quantity: Quantity,
}

/// Renders as the options say.
pub fn run(options: &Options) -> Result<(), Failure> {
    let kind = Output::of(&options.output);
    if kind.is_none_or(|kind| kind == Output::Array) {
        output_format(&options.output)?;
    }
    if kind == Some(Output::Video) {
        output::check(&[&options.field], &[])?;
    } else {
        output::check(&[&options.field], &[&options.output])?;
    }
    let field = Field::load(&options.field)?;
    let parts = parts::parts(options, &field)?;
    let runs = parts.iter().filter(|part| matches!(part, Part::Run { .. })).count();
    let failed = |error: RenderError| failure(options, runs, error);
    let engine = fit::engine(None)?;
    let frame = Frame::of_parts(&field, &parts).map_err(failed)?;
    // An array of a picture has an axis for its channels, even for one.
    let array_of_picture = kind == Some(Output::Array) && (parts.len(), runs) == (2, 2);
    let Some(kind) = kind.filter(|_| !array_of_picture) else {
        let render = Render::new(&field, frame, options.quantity).map_err(failed)?;
        return slice(&engine, &field, &render, options);
    };
    let extent = Extent { parts, quantity: options.quantity };
    let mut stage = console::Stage::new("rendering", false);
    let written =
        sinefield_jobs::write(&engine, &field, &extent, (&options.output, kind), &mut |done, total| {
            stage.show(done, total);
        });
    stage.end();
    let written = written.map_err(|error| match error {
        JobError::Render(error) => failed(*error),
        error => error.into(),
    })?;
    console::print(&words(&written, options))
}

/// What an option asks for and the field has not, in the option's name.
fn failure(options: &Options, axes: usize, error: RenderError) -> Failure {
    let option = match error {
        RenderError::Outside { .. } if options.region.is_some() => "--region",
        RenderError::Outside { .. } => "--at",
        RenderError::Scale(_) => "--scale",
        RenderError::Samples { .. } => "size",
        RenderError::NotSampled { .. } if axes == 2 => "--size",
        RenderError::NotSampled { .. } => "--samples",
        error => return Failure::fault(options.field.display(), error),
    };
    Failure::usage(option, error)
}

/// Writes a slice of two axes as a picture.
fn slice(engine: &CpuEngine, field: &Field, render: &Render<'_>, options: &Options) -> Result<(), Failure> {
    let shape = render.frame().shape();
    let path = options.output.display();
    if shape.len() != 2 {
        let what = format!(
            "a picture has 2 axes, and {} are left; cut some with --at, or end the name in .npy",
            shape.len()
        );
        return Err(Failure::usage(path, what));
    }
    let directions = matches!(options.quantity, Quantity::Gradient | Quantity::Hessian);
    if directions && field.architecture().inputs != 2 {
        let what = format!(
            "a picture cannot show a {} of {} axes; end the name in .npy",
            options.quantity,
            field.architecture().inputs
        );
        return Err(Failure::usage(path, what));
    }
    console::print(&write(engine, field, render, options.quantity, &options.output)?)
}

/// What was written.
fn words(written: &Written, options: &Options) -> String {
    let sizes: Vec<String> = written.shape.iter().map(usize::to_string).collect();
    let rate = written
        .rate
        .map_or(String::new(), |rate| format!(" at {rate:.10} a second").replace(".0000000000", ""));
    let clipped = match written.clipped {
        0 => String::new(),
        clipped => format!("; {clipped} values beyond the format's range were clipped"),
    };
    let (path, quantity) = (options.output.display(), options.quantity);
    format!(
        "wrote {path}: {quantity}, {} samples{rate}, {} numbers each{clipped}",
        sizes.join(" x "),
        written.width
    )
}

/// Writes the value of `field` at its native size to `path`; says what was written.
pub fn value(engine: &CpuEngine, field: &Field, path: &Path) -> Result<String, Failure> {
    let failed = |error: RenderError| Failure::fault("render", error);
    let frame = Frame::native(field).map_err(failed)?;
    let render = Render::new(field, frame, Quantity::Value).map_err(failed)?;
    write(engine, field, &render, Quantity::Value, path)
}

/// Writes `render`, of `quantity` of `field`, in the format that the name of `path` asks for.
fn write(
    engine: &CpuEngine,
    field: &Field,
    render: &Render<'_>,
    quantity: Quantity,
    path: &Path,
) -> Result<String, Failure> {
    match output_format(path)? {
        format @ (OutputFormat::Png | OutputFormat::Jpeg) => {
            picture::write(engine, field, render, quantity, (path, format))
        }
        format => raw::write(engine, field, render, quantity, (path, format)),
    }
}
