//! `sinefield render`: a field, or a derivative of it, as a picture or an array.

mod picture;
mod raw;

use std::path::{Path, PathBuf};

use clap::Args;
use sinefield::engine::cpu::CpuEngine;
use sinefield::field::Field;
use sinefield::render::{Frame, Quantity, Region, Render, RenderError, Size};
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
    /// The file to write: .png, .jpg, .tiff, .exr or .npy.
    #[arg(short, long, value_name = "OUT")]
    pub output: PathBuf,
    /// Size of the render: WxH, or N for its longer side [default: native]
    #[arg(long, value_name = "WxH", value_parser = values::size, allow_negative_numbers = true, conflicts_with = "scale")]
    pub size: Option<Resize>,
    /// Pixels per native pixel along each side: 2 doubles both.
    #[arg(long, value_name = "S", value_parser = values::positive, allow_negative_numbers = true)]
    pub scale: Option<f64>,
    /// The part of the picture to render, in native pixels, fractions allowed; its end is excluded.
    #[arg(long, value_name = "ROW0,COL0,ROW1,COL1", value_parser = values::region, allow_hyphen_values = true)]
    pub region: Option<Region>,
    /// What to render: value, gradient, gradient-magnitude, laplacian or hessian.
    #[arg(long, value_name = "NAME", default_value_t = Quantity::Value)]
    pub quantity: Quantity,
}

/// Renders as the options say.
pub fn run(options: &Options) -> Result<(), Failure> {
    output_format(&options.output)?;
    output::check(&[&options.field], &[&options.output])?;
    let field = Field::load(&options.field)?;
    let failed = |error: RenderError| match error {
        RenderError::Region { .. } => Failure::usage("--region", error),
        RenderError::Scale(_) => Failure::usage("--scale", error),
        RenderError::Sides { .. } => Failure::usage("size", error),
        error => Failure::fault(options.field.display(), error),
    };
    let frame = frame(options, &field).map_err(failed)?;
    let render = Render::new(&field, frame, options.quantity).map_err(failed)?;
    let engine = fit::engine(None)?;
    console::print(&write(&engine, &field, &render, options.quantity, &options.output)?)
}

/// Writes the value of `field` at its native size to `path`; says what was written.
pub fn value(engine: &CpuEngine, field: &Field, path: &Path) -> Result<String, Failure> {
    let failed = |error: RenderError| Failure::fault("render", error);
    let frame = Frame::new(field, None, Size::Native).map_err(failed)?;
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

/// The pixels that the options ask for.
fn frame(options: &Options, field: &Field) -> Result<Frame, RenderError> {
    let size = match (options.size, options.scale) {
        (Some(Resize::Exact { rows, columns }), _) => Size::Exact { rows, columns },
        (Some(longer), _) => {
            let native = Frame::new(field, options.region, Size::Native)?;
            let (rows, columns) = longer.apply(native.sides());
            Size::Exact { rows, columns }
        }
        (None, Some(scale)) => Size::Scaled(scale),
        (None, None) => Size::Native,
    };
    Frame::new(field, options.region, size)
}
