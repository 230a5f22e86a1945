//! Reads NIfTI files, `.nii` and `.nii.gz`.
//!
//! The `nifti` crate does not read version 2, allocates the sizes in the header without a check, and writes only arrays
//! of another library. The header has fixed offsets and is easy to parse.

use std::io::{self, Read};
use std::path::Path;

use flate2::bufread::MultiGzDecoder;

use crate::arrays::check_finite;
use crate::input::{Input, count, zeros};
use crate::nifti_header::{BYTES_2, NiftiHeader, begins, corrupt, length};
use crate::order::Place;
use crate::{MediaError, Samples, Signal, SignalKind, nifti_space};

/// The first bytes of gzip files.
pub(crate) const GZIP: [u8; 2] = [0x1f, 0x8b];

/// The largest number of bytes that one compressed byte can represent.
const BYTES_PER_BYTE: u64 = 1032;

/// Reads a volume from a file that starts like NIfTI or like gzip.
pub(crate) fn read(mut input: Input<'_>) -> Result<Signal, MediaError> {
    let gzip = input.beginning(2)? == GZIP;
    let Input { path, source, length } = input;
    if gzip {
        // The checksum at the end of the file is compared after all bytes have been read.
        let mut source = MultiGzDecoder::new(source);
        let signal = read_from(path, &mut source, length.saturating_mul(BYTES_PER_BYTE))?;
        io::copy(&mut source, &mut io::sink()).map_err(|error| fault(path, error))?;
        return Ok(signal);
    }
    let mut source = source;
    read_from(path, &mut source, length)
}

/// Reads a volume from a source with at most `length` bytes.
fn read_from(path: &Path, source: &mut impl Read, length: u64) -> Result<Signal, MediaError> {
    let header = header(path, source)?;
    let needed = count(path, &header.sizes)? as u64 * header.number.size() as u64;
    let held = length.saturating_sub(header.offset);
    if needed > held {
        let detail = format!("its header claims {needed} bytes of values, and at most {held} follow");
        return Err(corrupt(path, detail));
    }
    let (axes, channels) = layout(path, &header)?;
    let mut signal = Signal {
        kind: SignalKind::Volume,
        axes: nifti_space::axes(path, &header, axes)?,
        channels,
        samples: Samples::Memory([].into()),
        range: None,
        affine: nifti_space::affine(path, &header, axes)?,
    };
    signal.samples = Samples::Memory(values(path, &header, source)?.into());
    Ok(signal)
}

/// Reads the header and the bytes between it and the values.
fn header(path: &Path, source: &mut impl Read) -> Result<NiftiHeader, MediaError> {
    let ended = |error| fault(path, error);
    let mut bytes = [0; BYTES_2];
    source.read_exact(&mut bytes[..4]).map_err(ended)?;
    if !begins(&bytes) {
        return Err(MediaError::NotAVolume { path: path.into() });
    }
    let length = length(&bytes);
    source.read_exact(&mut bytes[4..length]).map_err(ended)?;
    let header = NiftiHeader::parse(path, &bytes[..length])?;
    let between = header.offset - length as u64;
    let skipped = io::copy(&mut source.take(between), &mut io::sink()).map_err(ended)?;
    if skipped < between {
        return Err(ended(io::ErrorKind::UnexpectedEof.into()));
    }
    Ok(header)
}

/// The number of axes and of channels. The fifth size of the file is the length of the vector of each sample.
fn layout(path: &Path, header: &NiftiHeader) -> Result<(usize, usize), MediaError> {
    let sizes = &header.sizes;
    if sizes.iter().skip(5).any(|&size| size > 1) {
        let expected = "(x, y, z, t, components)";
        return Err(MediaError::Dimensions { path: path.into(), shape: sizes.clone(), expected });
    }
    let single = sizes.get(3).is_none_or(|&size| size == 1);
    let axes = if single { sizes.len().min(3) } else { 4 };
    Ok((axes, sizes.get(4).copied().unwrap_or(1)))
}

/// Reads the values, scaled, with the last axis fastest.
fn values(path: &Path, header: &NiftiHeader, source: &mut impl Read) -> Result<Vec<f32>, MediaError> {
    let (slope, intercept) = match header.scale {
        (slope, _) if slope == 0.0 || !slope.is_finite() => (1.0, 0.0),
        (_, intercept) if !intercept.is_finite() => {
            return Err(corrupt(path, format!("its values are to be shifted by {intercept}")));
        }
        scale => scale,
    };
    let mut values = zeros(path, &header.sizes)?;
    let mut place = Place::new(&header.sizes);
    header
        .number
        .each(source, header.big_endian, values.len(), |_, value| {
            values[place.next()] = (slope * value + intercept) as f32;
        })
        .map_err(|error| fault(path, error))?;
    check_finite(path, &header.sizes, &values)?;
    Ok(values)
}

fn fault(path: &Path, error: io::Error) -> MediaError {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => corrupt(path, "it ends too early"),
        _ if error.raw_os_error().is_some() => Input::refused(path, error),
        _ => corrupt(path, error.to_string()),
    }
}
