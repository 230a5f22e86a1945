//! Writing sounds as WAV files of 16 bits.

use std::io;
use std::path::Path;

use hound::{SampleFormat, WavSpec, WavWriter};

use crate::MediaError;
use crate::npy_write::check_length;

/// The largest value of an integer sample, plus 1: a reader divides by it.
const FULL_SCALE: f32 = 32_768.0;

/// Bytes of a sample of one channel.
const SAMPLE_BYTES: usize = 2;

/// The channels that the file's 16-bit size of a sample has room for.
const MOST_CHANNELS: u16 = u16::MAX / SAMPLE_BYTES as u16;

/// The bytes of samples that the file's 32-bit sizes have room for, beside its header.
const MOST_BYTES: usize = u32::MAX as usize - 1024;

/// What [`write_sound`] did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct SoundWritten {
    /// Values outside `[-1, 1]`, NaN among them, that the file could not hold.
    pub clipped: usize,
}

/// Writes a sound as a WAV file of 16-bit integers, whole or not at all.
///
/// `data` is sample after sample with the channel last, so that its length is a multiple of `channels`.
///
/// A value `v` becomes the integer nearest to `32768 v`. Values below -1 become -32768 and values above 1
/// become 32767, as does the value 1 itself; NaN becomes 0. The values outside `[-1, 1]` are counted. What
/// [`read_sound`](crate::read_sound) read from 16 bits is written without a change.
///
/// # Errors
///
/// [`MediaError::Extension`] for a name that does not end in `.wav`, [`MediaError::Length`] when `data` is not
/// a whole number of samples, [`MediaError::Format`] for a rate, a number of channels or a length that the
/// format cannot hold, and [`MediaError::Write`].
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
            // The cast takes NaN to 0, and what is too large to the largest.
            wav.write_sample((value * FULL_SCALE).round() as i16).map_err(fault)?;
        }
        wav.finalize().map_err(fault)
    })?;
    Ok(SoundWritten { clipped })
}

/// The header of a file for `length` values.
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
