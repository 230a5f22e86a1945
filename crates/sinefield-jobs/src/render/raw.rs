//! A render as raw float32 numbers in an array, a TIFF or an OpenEXR file.

use std::path::Path;

use sinefield::engine::Engine;
use sinefield::field::Field;
use sinefield::render::{Quantity, Render};
use sinefield_media::{OutputFormat, Pixels, write_exr, write_image, write_npy};

use super::bands;
use crate::{JobError, Told, output};

/// Writes the numbers of `render`, of `quantity` of `field`. Returns a description of the file.
pub fn write(
    engine: &dyn Engine,
    (field, render): (&Field, &Render<'_>),
    quantity: Quantity,
    (path, format): (&Path, OutputFormat),
    told: Told<'_>,
) -> Result<String, JobError> {
    let (rows, columns) = render.frame().sides();
    let mut shape = vec![rows, columns];
    shape.extend(render.pixel_shape());
    let width: usize = shape[2..].iter().product();
    let mut numbers = output::buffer(path, &shape)?;
    bands::draw(engine, render, (&mut numbers, width), |from, out| out.copy_from_slice(from), told)
        .map_err(|error| JobError::fault("render", error))?;
    match format {
        OutputFormat::Npy => write_npy(path, &shape, &numbers)?,
        OutputFormat::Exr if quantity != Quantity::Value => {
            let names = channel_names(field.architecture().outputs(), quantity);
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            write_exr(path, rows, columns, &names, &numbers)?;
        }
        _ => write_image(path, rows, columns, width, Pixels::F32(&numbers))?,
    }
    let unit = units(field, quantity);
    let sizes: Vec<String> = shape.iter().map(usize::to_string).collect();
    let (path, sizes) = (path.display(), sizes.join(" x "));
    Ok(format!("wrote {path}: {quantity}, {sizes} numbers, in {unit}"))
}

/// The units of a quantity, for people.
fn units(field: &Field, quantity: Quantity) -> &'static str {
    let pixels = field.meta.affine.is_none() && field.meta.axes.iter().all(|axis| axis.range.is_none());
    match (quantity.order(), pixels) {
        (0, _) => "signal units",
        (1, true) => "signal units a pixel",
        (_, true) => "signal units a pixel squared",
        (1, false) => "signal units a unit of each axis",
        (_, false) => "signal units a unit of each axis squared",
    }
}

/// Names that no program interprets as colours: `row.R`, `column.R`, `row.G` and so on.
fn channel_names(outputs: usize, quantity: Quantity) -> Vec<String> {
    let parts: &[&str] = match quantity {
        Quantity::Gradient => &["row", "column"],
        Quantity::Hessian => &["row-row", "row-column", "column-row", "column-column"],
        other => &[other.name()],
    };
    let colours: &[&str] = match outputs {
        1 => &["Y"],
        2 => &["Y", "A"],
        3 => &["R", "G", "B"],
        4 => &["R", "G", "B", "A"],
        _ => &[],
    };
    let colour = |o: usize| colours.get(o).map_or_else(|| format!("c{o:04}"), ToString::to_string);
    (0..outputs).flat_map(|o| parts.iter().map(move |part| format!("{part}.{}", colour(o)))).collect()
}
