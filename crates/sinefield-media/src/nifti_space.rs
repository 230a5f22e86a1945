//! The positions of the samples of a NIfTI file: its axes with their units, and its affine map.

use std::path::Path;

use crate::nifti_header::{NiftiHeader, corrupt};
use crate::{MediaError, SignalAxis};

/// The columns of a map of space span a volume. If that volume over the product of their lengths is below this, the map
/// counts as singular. The numbers are float32, whose products have errors of about 1e-7.
const SINGULAR: f64 = 1e-6;

/// Rounding may raise the length of a quaternion's `b, c, d` above 1 by this much.
const ROUNDING: f64 = 1e-5;

/// The axes of the first `count` sizes: `x`, `y`, `z`, `t`.
pub(crate) fn axes(path: &Path, header: &NiftiHeader, count: usize) -> Result<Vec<SignalAxis>, MediaError> {
    (0..count)
        .map(|axis| {
            let name = ["x", "y", "z", "t"][axis];
            let (unit, scale) = if axis < 3 { space_unit(header.units) } else { time_unit(header.units) };
            let start = if axis < 3 { 0.0 } else { header.time_start * scale };
            let step = step(header, axis) * scale;
            if !step.is_finite() || !start.is_finite() {
                return Err(corrupt(path, format!("its axis {name} begins at {start} with the step {step}")));
            }
            Ok(SignalAxis { name: name.into(), samples: header.sizes[axis], unit: unit.into(), start, step })
        })
        .collect()
}

/// The step of an axis. As in other programs, its sign has no meaning and 0 stands for 1.
fn step(header: &NiftiHeader, axis: usize) -> f64 {
    let step = header.steps[axis + 1].abs();
    if step == 0.0 { 1.0 } else { step }
}

/// The unit of space. The default is millimetres.
fn space_unit(units: u8) -> (&'static str, f64) {
    match units & 7 {
        1 => ("m", 1.0),
        3 => ("um", 1.0),
        _ => ("mm", 1.0),
    }
}

/// The unit of the fourth axis, and the factor that converts its numbers to this unit. The default is seconds.
fn time_unit(units: u8) -> (&'static str, f64) {
    match units & 0x38 {
        16 => ("s", 1e-3),
        24 => ("s", 1e-6),
        32 => ("Hz", 1.0),
        40 => ("ppm", 1.0),
        48 => ("rad/s", 1.0),
        _ => ("s", 1.0),
    }
}

/// Three rows that map the indices of `count` axes to space, from `sform` or else from `qform`. `None` for a file with
/// neither, where the steps are enough. Only the first three axes are axes of space.
pub(crate) fn affine(
    path: &Path,
    header: &NiftiHeader,
    count: usize,
) -> Result<Option<Vec<Vec<f64>>>, MediaError> {
    let (name, rows) = match (header.sform, header.qform) {
        (Some(rows), _) => ("sform", rows),
        (None, Some(turn)) => ("qform", turned(path, header, turn)?),
        (None, None) => return Ok(None),
    };
    if !rows.iter().flatten().all(|number| number.is_finite()) {
        return Err(corrupt(path, format!("its {name} has numbers that are not finite")));
    }
    if is_singular(&rows) {
        return Err(corrupt(path, format!("its {name} is singular: it takes different voxels to one place")));
    }
    let row = |row: [f64; 4]| {
        (0..count).map(|axis| if axis < 3 { row[axis] } else { 0.0 }).chain([row[3]]).collect()
    };
    Ok(Some(rows.into_iter().map(row).collect()))
}

/// Whether the first three columns are coplanar, or a number is NaN.
pub(crate) fn is_singular(rows: &[[f64; 4]; 3]) -> bool {
    let [a, b, c] = [0, 1, 2].map(|column| rows.map(|row| row[column]));
    let span: f64 = a.iter().zip(cross(b, c)).map(|(a, across)| a * across).sum();
    let length = |column: [f64; 3]| column.iter().map(|number| number * number).sum::<f64>().sqrt();
    let whole = SINGULAR * length(a) * length(b) * length(c);
    span.is_nan() || span.abs() <= whole
}

/// The cross product.
pub(crate) fn cross(a: [f64; 3], b: [f64; 3]) -> [f64; 3] {
    [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}

/// The rows of the rotation of the unit quaternion `a + b i + c j + d k`, scaled by the steps, with a translation.
fn turned(path: &Path, header: &NiftiHeader, turn: [[f64; 3]; 2]) -> Result<[[f64; 4]; 3], MediaError> {
    let [[b, c, d], place] = turn;
    let length = b * b + c * c + d * d;
    if length.is_nan() || length > 1.0 + ROUNDING {
        return Err(corrupt(path, format!("its qform is no rotation (quaternion {b}, {c}, {d})")));
    }
    let shrink = length.max(1.0).sqrt();
    let [b, c, d] = [b / shrink, c / shrink, d / shrink];
    let a = (1.0 - length).max(0.0).sqrt();
    let rotation = [
        [a * a + b * b - c * c - d * d, 2.0 * (b * c - a * d), 2.0 * (b * d + a * c)],
        [2.0 * (b * c + a * d), a * a + c * c - b * b - d * d, 2.0 * (c * d - a * b)],
        [2.0 * (b * d - a * c), 2.0 * (c * d + a * b), a * a + d * d - c * c - b * b],
    ];
    let mirror = if header.steps[0] < 0.0 { -1.0 } else { 1.0 };
    let steps = [step(header, 0), step(header, 1), step(header, 2) * mirror];
    Ok(std::array::from_fn(|row| {
        let [x, y, z] = rotation[row];
        [x * steps[0], y * steps[1], z * steps[2], place[row]]
    }))
}
