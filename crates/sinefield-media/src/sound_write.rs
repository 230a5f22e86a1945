//! Writes sounds as 16-bit WAV files.

use std::io;
use std::path::Path;

use hound::{SampleFormat, WavSpec, WavWriter};

use crate::MediaError;
use crate::npy_write::check_length;

/// The largest integer sample plus 1. Readers divide by it.
const FULL_SCALE: f32 = 32_768.0;

/// Bytes of a sample of one channel.
const SAMPLE_BYTES: usize = 2;

/// The largest number of channels: the file stores the size of a sample in 16 bits.
const MOST_CHANNELS: u16 = u16::MAX / SAMPLE_BYTES as u16;

/// The largest number of bytes of samples, beside the header: the file stores sizes in 32 bits.
const MOST_BYTES: usize = u32::MAX as usize - 1024;

/// The result of [`write_sound`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct SoundWritten {
    /// The number of values outside `[-1, 1]`, including NaN, which the file could not hold.
    pub clipped: usize,
}

/// Writes a sound as a WAV file with 16-bit integers, atomically.
///
/// `data` is sample by sample with the channel last, so its length is a multiple of `channels`.
///
/// A value `v` becomes the integer nearest to `32768 v`. Values below -1 become -32768. Values above 1, and 1 itself,
/// become 32767. NaN becomes 0. Values outside `[-1, 1]` are counted. 16-bit samples from
/// [`read_sound`](crate::read_sound) are written unchanged.
///
/// # Errors
/// [`MediaError::Extension`] for a name that does not end in `.wav`, [`MediaError::Length`] if the length of `data` is
/// not a multiple of `channels`, [`MediaError::Format`] for a rate, a number of channels or a length that the format
/// cannot hold, and [`MediaError::Write`].
pub fn write_sound(
    path: impl AsRef<Path>,
    rate_hz: u32,
    channels: usize,
    data: &[f32],
) -> Result<SoundWritten, MediaError> {
    let path = path.as_ref();
    if !path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("wav")) {
        return Err(MediaError::Extension { path: path.into(), extensions: ".wav" });
    }
    let spec = spec(path, rate_hz, channels, data.len())?;
    let clipped = data.iter().filter(|value| !(-1.0..=1.0).contains(*value)).count();
    sinefield_files::write(path, |file| {
        let mut wav = WavWriter::new(file, spec).map_err(fault)?;
        for value in data {
            // The cast maps NaN to 0 and saturates large values.
            wav.write_sample((value * FULL_SCALE).round() as i16).map_err(fault)?;
        }
        wav.finalize().map_err(fault)
    })?;
    Ok(SoundWritten { clipped })
}

/// The header for `length` values.
fn spec(path: &Path, rate_hz: u32, channels: usize, length: usize) -> Result<WavSpec, MediaError> {
    let refuse = |detail| MediaError::Format { path: path.into(), format: "WAV", detail };
    let Some(width) = u16::try_from(channels).ok().filter(|width| (1..=MOST_CHANNELS).contains(width)) else {
        return Err(refuse(format!("{channels} channels")));
    };
    if rate_hz == 0 || (rate_hz as usize).saturating_mul(channels * SAMPLE_BYTES) > u32::MAX as usize {
        return Err(refuse(format!("{rate_hz} samples of {channels} channels a second")));
    }
    check_length(path, &[length / channels, channels], length)?;
    if length == 0 || length > MOST_BYTES / SAMPLE_BYTES {
        return Err(refuse(format!("{} samples of {channels} channels", length / channels)));
    }
    Ok(WavSpec {
        channels: width,
        sample_rate: rate_hz,
        bits_per_sample: 8 * SAMPLE_BYTES as u16,
        sample_format: SampleFormat::Int,
    })
}

fn fault(error: hound::Error) -> io::Error {
    match error {
        hound::Error::IoError(error) => error,
        error => io::Error::other(error),
    }
}
