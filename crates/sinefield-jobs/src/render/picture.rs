//! A render as an 8-bit picture, drawn in bands into one buffer.

use std::path::Path;

use sinefield::engine::Engine;
use sinefield::field::Field;
use sinefield::render::{Quantity, Render, RenderError};
use sinefield_media::OutputFormat;

use super::bands;
use crate::shade::{self, Shade};
use crate::{JobError, Told, output};

/// The largest number of rows and of columns from which the scale of a picture is computed.
const SAMPLED: usize = 512;

/// Draws `render`, of `quantity` of `field`, into a picture file. Returns a description of the file.
pub fn write(
    engine: &dyn Engine,
    (field, render): (&Field, &Render<'_>),
    quantity: Quantity,
    (path, format): (&Path, OutputFormat),
    told: Told<'_>,
) -> Result<String, JobError> {
    let failed = |error: RenderError| JobError::fault("render", error);
    output::check_channels(path, format, Shade::new(quantity, field, 0.0).channels())?;
    let scale = measured_scale(engine, render, quantity).map_err(failed)?;
    let shade = Shade::new(quantity, field, scale);
    let (rows, columns) = render.frame().sides();
    let mut bytes = output::buffer(path, &[rows, columns, shade.channels()])?;
    let out = (bytes.as_mut_slice(), shade.channels());
    bands::draw(engine, render, out, |numbers, out| shade.paint(numbers, out), told).map_err(failed)?;
    output::picture(path, (rows, columns), shade.channels(), &bytes)?;
    let path = path.display();
    Ok(format!("wrote {path}: {columns} x {rows} pixels, {quantity}; {}", shade.legend(&shade::unit(field))))
}

/// Draws `render` into `bytes`, with `shade.channels()` bytes per pixel.
pub fn draw(
    engine: &dyn Engine,
    render: &Render<'_>,
    shade: Shade,
    bytes: &mut [u8],
) -> Result<(), RenderError> {
    render.draw(engine, bytes, shade.channels(), |numbers, out| shade.paint(numbers, out))
}

/// The scale of `render`, computed from a coarser render of the same area.
fn measured_scale(engine: &dyn Engine, render: &Render<'_>, quantity: Quantity) -> Result<f32, RenderError> {
    if quantity == Quantity::Value {
        return Ok(0.0);
    }
    let (rows, columns) = render.frame().sides();
    let coarse = render.resized(rows.min(SAMPLED), columns.min(SAMPLED));
    let (rows, columns) = coarse.frame().sides();
    let mut strengths = vec![0.0f32; rows * columns];
    coarse.draw(engine, &mut strengths, 1, |numbers, out| out[0] = shade::strength(quantity, numbers))?;
    Ok(shade::scale(strengths))
}
