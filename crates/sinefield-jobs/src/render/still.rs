//! Renders of two axes as pictures or arrays, and what is told of a written file.

use std::path::Path;

use sinefield::engine::Engine;
use sinefield::field::Field;
use sinefield::render::{Frame, Quantity, Render, RenderError};
use sinefield_media::{OutputFormat, output_format};

use super::write::Written;
use super::{RenderJob, picture, raw};
use crate::{JobError, Told};

/// Writes a slice of two axes as a picture.
pub fn slice(
    engine: &dyn Engine,
    field: &Field,
    render: &Render<'_>,
    job: &RenderJob,
    told: Told<'_>,
) -> Result<String, JobError> {
    let shape = render.frame().shape();
    let path = job.output.display();
    if shape.len() != 2 {
        let what = format!(
            "a picture has 2 axes, and {} are left; cut some with `at`, or end the name in .npy",
            shape.len()
        );
        return Err(JobError::asked(path, what));
    }
    let directions = matches!(job.quantity(), Quantity::Gradient | Quantity::Hessian);
    if directions && field.architecture().inputs != 2 {
        let what = format!(
            "a picture cannot show a {} of {} axes; end the name in .npy",
            job.quantity(),
            field.architecture().inputs
        );
        return Err(JobError::asked(path, what));
    }
    picture_or_array(engine, (field, render), job.quantity(), &job.output, told)
}

/// The written file in words.
pub fn words(written: &Written, job: &RenderJob) -> String {
    let sizes: Vec<String> = written.shape.iter().map(usize::to_string).collect();
    let rate = written.rate.map_or(String::new(), |rate| format!(" at {} a second", short(rate)));
    let clipped = match written.clipped {
        0 => String::new(),
        clipped => format!("; {clipped} values beyond the format's range were clipped"),
    };
    let (path, quantity) = (job.output.display(), job.quantity());
    let samples = match sizes.as_slice() {
        [] => "1 sample".into(),
        [one] if one == "1" => "1 sample".into(),
        _ => format!("{} samples", sizes.join(" x ")),
    };
    let numbers = if written.width == 1 { "1 number" } else { &format!("{} numbers", written.width) };
    format!("wrote {path}: {quantity}, {samples}{rate}, {numbers} each{clipped}")
}

/// A rate with up to three digits after the point.
fn short(rate: f64) -> String {
    format!("{rate:.3}").trim_end_matches('0').trim_end_matches('.').into()
}

/// Writes the value of `field` at its native size to `path`. Returns a description of the file.
pub fn value(engine: &dyn Engine, field: &Field, path: &Path) -> Result<String, JobError> {
    let failed = |error: RenderError| JobError::fault("render", error);
    let frame = Frame::native(field).map_err(failed)?;
    let render = Render::new(field, frame, Quantity::Value).map_err(failed)?;
    picture_or_array(engine, (field, &render), Quantity::Value, path, &mut |_, _| ())
}

/// Writes `render`, of `quantity` of `field`, in the format that the name of `path` asks for.
fn picture_or_array(
    engine: &dyn Engine,
    (field, render): (&Field, &Render<'_>),
    quantity: Quantity,
    path: &Path,
    told: Told<'_>,
) -> Result<String, JobError> {
    match output_format(path)? {
        format @ (OutputFormat::Png | OutputFormat::Jpeg) => {
            picture::write(engine, (field, render), quantity, (path, format), told)
        }
        format => raw::write(engine, (field, render), quantity, (path, format), told),
    }
}
