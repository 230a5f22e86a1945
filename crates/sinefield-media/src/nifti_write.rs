//! Writes NIfTI files of version 1 with 32-bit floats.

use std::io::{self, Write};
use std::path::Path;

use crate::nifti_header::BYTES_1;
use crate::nifti_space::{cross, is_singular};
use crate::order::Place;
use crate::volume_write::samples;
use crate::{MediaError, Signal, SignalAxis};

/// The header and the four bytes that mark it as not extended.
const BEFORE: usize = BYTES_1 + 4;

/// The code of 32-bit floats.
const FLOAT32: i16 = 16;

/// The code of `sform`: the space is aligned with another, which the file does not name.
const ALIGNED: i16 = 2;

/// The code for a vector in each sample.
const VECTOR: i16 = 1007;

/// Writes a signal after the header from [`header`]. An error of the samples' reader is stored in `fault`.
pub(crate) fn write(
    out: &mut impl Write,
    header: &[u8],
    signal: &Signal,
    fault: &mut Option<MediaError>,
) -> io::Result<()> {
    out.write_all(header)?;
    let shape = signal.shape();
    for channel in 0..signal.channels {
        let mut place = Place::new(&shape);
        let numbers = (0..signal.count()).map(|_| place.next());
        samples(out, signal, numbers, channel..channel + 1, fault)?;
    }
    Ok(())
}

/// The header for a signal.
pub(crate) fn header(path: &Path, signal: &Signal) -> Result<[u8; BEFORE], MediaError> {
    let refuse = |detail: String| MediaError::Format { path: path.into(), format: "NIfTI", detail };
    let axes = &signal.axes;
    if !(1..=4).contains(&axes.len()) {
        return Err(refuse(format!("a signal of {} axes", axes.len())));
    }
    let mut sizes = signal.shape();
    if signal.channels != 1 {
        sizes.resize(4, 1);
        sizes.push(signal.channels);
    }
    let mut bytes = [0; BEFORE];
    put(&mut bytes, 0, (BYTES_1 as i32).to_le_bytes());
    put(&mut bytes, 40, (sizes.len() as i16).to_le_bytes());
    for axis in 0..7 {
        // Missing axes have one sample.
        let size = sizes.get(axis).copied().unwrap_or(1);
        let narrow = i16::try_from(size).ok().filter(|&size| size > 0);
        let narrow = narrow.ok_or_else(|| refuse(format!("{size} samples along an axis")))?;
        put(&mut bytes, 42 + 2 * axis, narrow.to_le_bytes());
        let step = axes.get(axis).map_or(1.0, |axis| axis.step.abs() as f32);
        put(&mut bytes, 80 + 4 * axis, step.to_le_bytes());
    }
    put(&mut bytes, 68, if signal.channels == 1 { 0 } else { VECTOR }.to_le_bytes());
    put(&mut bytes, 70, FLOAT32.to_le_bytes());
    put(&mut bytes, 72, (8 * size_of::<f32>() as i16).to_le_bytes());
    put(&mut bytes, 76, 1_f32.to_le_bytes());
    put(&mut bytes, 108, (BEFORE as f32).to_le_bytes());
    put(&mut bytes, 112, 1_f32.to_le_bytes());
    bytes[123] = units(axes).ok_or_else(|| refuse("axes of space in different units".into()))?;
    put(&mut bytes, 136, (axes.get(3).map_or(0.0, |time| time.start) as f32).to_le_bytes());
    if let Some(rows) = space(signal).map_err(refuse)? {
        put(&mut bytes, 254, ALIGNED.to_le_bytes());
        for (index, number) in rows.into_iter().flatten().enumerate() {
            put(&mut bytes, 280 + 4 * index, (number as f32).to_le_bytes());
        }
    }
    put(&mut bytes, 344, *b"n+1\0");
    Ok(bytes)
}

/// Writes a field of the header.
fn put<const N: usize>(bytes: &mut [u8; BEFORE], at: usize, field: [u8; N]) {
    bytes[at..at + N].copy_from_slice(&field);
}

/// The code of the units; `None` if the axes of space have different units.
fn units(axes: &[SignalAxis]) -> Option<u8> {
    let space: Vec<&str> = axes.iter().take(3).map(|axis| axis.unit.as_str()).collect();
    if space.iter().any(|unit| *unit != space[0]) {
        return None;
    }
    let length = match space[0] {
        "m" => 1,
        "mm" => 2,
        "um" => 3,
        _ => 0,
    };
    let time = match axes.get(3).map_or("", |axis| axis.unit.as_str()) {
        "s" => 8,
        "Hz" => 32,
        "ppm" => 40,
        "rad/s" => 48,
        _ => 0,
    };
    Some(length | time)
}

/// The rows of the map from indices to space; `None` if the steps are enough.
fn space(signal: &Signal) -> Result<Option<[[f64; 4]; 3]>, String> {
    let axes = signal.axes.len();
    let count = axes.min(3);
    let mut rows = [[0.0; 4]; 3];
    match &signal.affine {
        Some(given) => {
            let fits = given.len() == 3 && given.iter().all(|row| row.len() == axes + 1);
            if !fits || given.iter().any(|row| row[count..axes].iter().any(|&number| number != 0.0)) {
                return Err("an affine map that is not one from three axes to three".into());
            }
            for (row, given) in rows.iter_mut().zip(given) {
                row[..count].copy_from_slice(&given[..count]);
                row[3] = given[axes];
            }
        }
        None if signal.axes[..count].iter().all(|axis| axis.start == 0.0 && axis.step > 0.0) => {
            return Ok(None);
        }
        None => {
            for (index, axis) in signal.axes[..count].iter().enumerate() {
                rows[index][index] = axis.step;
                rows[index][3] = axis.start;
            }
        }
    }
    complete(&mut rows, count);
    if is_singular(&rows) {
        return Err("a singular affine map".into());
    }
    Ok(Some(rows))
}

/// Fills the columns from `count` on, which belong to missing axes, with unit vectors perpendicular to the others.
fn complete(rows: &mut [[f64; 4]; 3], count: usize) {
    for missing in count..3 {
        let first = rows.map(|row| row[0]);
        let second = if missing == 2 {
            rows.map(|row| row[1])
        } else {
            // The axis of space that is least parallel to the first column.
            let least = (0..3).min_by(|&i, &j| first[i].abs().total_cmp(&first[j].abs())).unwrap_or(0);
            std::array::from_fn(|index| if index == least { 1.0 } else { 0.0 })
        };
        let across = cross(first, second);
        let length = across.iter().map(|number| number * number).sum::<f64>().sqrt();
        for (row, number) in rows.iter_mut().zip(across) {
            row[missing] = number / length;
        }
    }
}
