//! Reads volumes: numpy arrays with one to six axes, and NIfTI files.

use std::path::Path;

use crate::arrays::check_finite;
use crate::input::Input;
use crate::nifti::GZIP;
use crate::npy::Header;
use crate::{MediaError, Samples, Signal, SignalAxis, SignalKind, nifti, nifti_header, npz};

/// The largest number of axes of an array that is read as a volume.
const MOST_AXES: usize = 6;

/// The number of bytes that identify a format.
const START: u64 = 6;

/// Reads a volume: an `.npy` file, an `.npz` file with one array, or NIfTI (`.nii`, `.nii.gz`).
///
/// The content of the file determines its format, not its name. Numbers of any type are read without scaling, and the
/// `range` of the signal is `None`.
///
/// A numpy array has 1 to 6 axes, `x0` to `x5`, counted in samples, and one channel. An `.npz` file must have exactly
/// one array.
///
/// NIfTI of version 1 or 2 has the axes `x`, `y`, `z` and, with more than one time sample, `t`. The step is the size of
/// a voxel in the unit of the file (m, mm or um; mm by default). Times are converted to seconds. The affine map is the
/// `sform` if the file has one, and otherwise the `qform`. `scl_slope` and `scl_inter` are applied. The fifth size of a
/// file is the number of channels, for fields of vectors.
///
/// # Errors
/// A [`MediaError`] that names the file and the fault, including NaN and infinity.
pub fn read_volume(path: impl AsRef<Path>) -> Result<Signal, MediaError> {
    read(Input::open(path.as_ref())?)
}

/// Like [`read_volume`], from an open file.
pub(crate) fn read(mut input: Input<'_>) -> Result<Signal, MediaError> {
    let path = input.path;
    let start = input.beginning(START)?;
    match &start[..] {
        b"\x93NUMPY" => {
            let header = Header::read(&mut input)?;
            npy(input, &header)
        }
        [b'P', b'K', 3 | 5, 4 | 6, ..] => {
            let array = npz::read_only(input)?;
            Ok(counted(check_axes(path, array.shape)?, array.data))
        }
        start if nifti_header::begins(start) || start.starts_with(&GZIP) => nifti::read(input),
        _ => Err(MediaError::NotAVolume { path: path.into() }),
    }
}

/// Reads the values of an array whose header has been read.
pub(crate) fn npy(mut input: Input<'_>, header: &Header) -> Result<Signal, MediaError> {
    let path = input.path;
    let shape = check_axes(path, header.shape().to_vec())?;
    let data = header.values(&mut input, |value| value as f32)?;
    check_finite(path, &shape, &data)?;
    Ok(counted(shape, data))
}

fn check_axes(path: &Path, shape: Vec<usize>) -> Result<Vec<usize>, MediaError> {
    if (1..=MOST_AXES).contains(&shape.len()) {
        return Ok(shape);
    }
    Err(MediaError::Dimensions { path: path.into(), shape, expected: "1 to 6 axes" })
}

/// A volume with axes counted in samples.
fn counted(shape: Vec<usize>, data: Vec<f32>) -> Signal {
    let axis = |(axis, samples): (usize, &usize)| SignalAxis::counted(&format!("x{axis}"), *samples);
    Signal {
        kind: SignalKind::Volume,
        axes: shape.iter().enumerate().map(axis).collect(),
        channels: 1,
        samples: Samples::Memory(data.into()),
        range: None,
        affine: None,
    }
}
