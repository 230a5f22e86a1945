//! Writes signals with any number of axes as `.npy` or NIfTI.

use std::io::{self, Write};
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::npy_write::{check_length, write_header, write_values};
use crate::{MediaError, Signal, nifti_write};

/// Samples in one read.
const CHUNK: usize = 1 << 14;

/// The supported extensions.
const EXTENSIONS: &str = ".npy, .nii, .nii.gz";

/// Writes a signal as 32-bit floats in the format of its name, atomically: `.npy`, `.nii` or `.nii.gz`. Samples that
/// are not in memory are read in blocks.
///
/// An `.npy` file has the shape of the axes, followed by the channels if there are several. It does not store units and
/// steps.
///
/// A NIfTI file, version 1, has up to three axes of space and a fourth of time. It stores their steps, their units (m,
/// mm, um and s, Hz, ppm, rad/s, but no others), and the affine map of the signal as `sform`, rounded to 32 bits. If
/// axes of space do not start at 0, it also has this map. Several channels are stored as a vector in each sample.
///
/// # Errors
/// [`MediaError::Extension`] for another name, [`MediaError::Length`] if the number of samples in memory does not match
/// the axes, [`MediaError::Format`] for signals that NIfTI cannot hold, [`MediaError::Write`], and the errors of
/// reading the samples.
pub fn write_volume(path: impl AsRef<Path>, signal: &Signal) -> Result<(), MediaError> {
    let path = path.as_ref();
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    let gzip = name.ends_with(".nii.gz");
    if !gzip && !name.ends_with(".nii") && !name.ends_with(".npy") {
        return Err(MediaError::Extension { path: path.into(), extensions: EXTENSIONS });
    }
    let mut shape = signal.shape();
    if signal.channels != 1 {
        shape.push(signal.channels);
    }
    match signal.in_memory() {
        Some(data) => check_length(path, &shape, data.len())?,
        None => check_length(path, &signal.shape(), signal.count())?,
    }
    let mut read = None;
    let written = if name.ends_with(".npy") {
        sinefield_files::write(path, |file| {
            write_header(file, "<f4", &shape)?;
            samples(file, signal, 0..signal.count(), 0..signal.channels, &mut read)
        })
    } else {
        let header = nifti_write::header(path, signal)?;
        sinefield_files::write(path, |file| {
            if !gzip {
                return nifti_write::write(file, &header, signal, &mut read);
            }
            let mut packed = GzEncoder::new(file, Compression::default());
            nifti_write::write(&mut packed, &header, signal, &mut read)?;
            packed.finish().map(drop)
        })
    };
    // The error of the samples' reader is more specific than that of writing.
    match (written, read) {
        (Err(_), Some(error)) => Err(error),
        (written, _) => Ok(written?),
    }
}

/// Writes the channels of all samples, one after the other, in the order of their numbers. An error of the samples'
/// reader is stored in `fault`.
pub(crate) fn samples(
    out: &mut impl Write,
    signal: &Signal,
    numbers: impl IntoIterator<Item = usize>,
    channels: std::ops::Range<usize>,
    fault: &mut Option<MediaError>,
) -> io::Result<()> {
    let mut numbers = numbers.into_iter();
    let mut chunk = Vec::with_capacity(CHUNK);
    let (mut values, mut picked) = (Vec::new(), Vec::new());
    loop {
        chunk.clear();
        chunk.extend(numbers.by_ref().take(CHUNK));
        if chunk.is_empty() {
            return Ok(());
        }
        values.resize(chunk.len() * signal.channels, 0.0);
        if let Err(error) = signal.gather(&chunk, &mut values) {
            *fault = Some(error);
            return Err(io::Error::other("the samples cannot be read"));
        }
        let wanted = values.chunks_exact(signal.channels).flat_map(|sample| &sample[channels.clone()]);
        picked.clear();
        picked.extend(wanted);
        write_values(out, &picked, |value: &f32| value.to_le_bytes())?;
    }
}
