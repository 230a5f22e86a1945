//! Writes pictures in the format of the file name's extension.

use std::borrow::Cow;
use std::io;
use std::path::Path;

use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngEncoder;
use image::{ExtendedColorType, ImageEncoder, ImageError};

use crate::npy_write::{check_length, write_npy};
use crate::{MediaError, openexr, tiff_write};

/// The quality of JPEG files: small files with little visible compression.
const JPEG_QUALITY: u8 = 92;

/// The longest side of a JPEG file.
const JPEG_SIDE: u32 = 65_535;

/// The supported output formats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OutputFormat {
    /// `.png`: 8 bits, 1 to 4 channels.
    Png,
    /// `.jpg`, `.jpeg`: 8 bits, 1 or 3 channels, with losses.
    Jpeg,
    /// `.tif`, `.tiff`: 8 bits or floats, any number of channels.
    Tiff,
    /// `.exr`: floats, any number of channels.
    Exr,
    /// `.npy`: floats, any number of channels.
    Npy,
}

impl OutputFormat {
    /// Whether floats are written unchanged. Otherwise they are clipped to `[0, 1]` and rounded to 8 bits.
    pub fn keeps_floats(self) -> bool {
        matches!(self, Self::Tiff | Self::Exr | Self::Npy)
    }

    /// Whether the format can hold pixels with this number of channels.
    pub fn holds_channels(self, channels: usize) -> bool {
        match self {
            Self::Png => (1..=4).contains(&channels),
            Self::Jpeg => channels == 1 || channels == 3,
            Self::Tiff | Self::Exr | Self::Npy => channels > 0,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Png => "PNG",
            Self::Jpeg => "JPEG",
            Self::Tiff => "TIFF",
            Self::Exr => "OpenEXR",
            Self::Npy => ".npy",
        }
    }
}

/// The format of a file name. The file need not exist.
///
/// # Errors
/// [`MediaError::Extension`] if the extension names no supported format.
pub fn output_format(path: impl AsRef<Path>) -> Result<OutputFormat, MediaError> {
    let path = path.as_ref();
    let extension = path.extension().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    match extension.as_str() {
        "png" => Ok(OutputFormat::Png),
        "jpg" | "jpeg" => Ok(OutputFormat::Jpeg),
        "tif" | "tiff" => Ok(OutputFormat::Tiff),
        "exr" => Ok(OutputFormat::Exr),
        "npy" => Ok(OutputFormat::Npy),
        _ => Err(MediaError::Extension { path: path.into(), extensions: crate::WRITE_EXTENSIONS }),
    }
}

/// Samples to write, row by row and channel last.
#[derive(Clone, Copy, Debug)]
pub enum Pixels<'a> {
    /// 8-bit samples.
    U8(&'a [u8]),
    /// Floats. 0 is black and 1 is white.
    F32(&'a [f32]),
}

impl<'a> Pixels<'a> {
    fn len(self) -> usize {
        match self {
            Self::U8(data) => data.len(),
            Self::F32(data) => data.len(),
        }
    }

    fn bytes(self) -> Cow<'a, [u8]> {
        match self {
            Self::U8(data) => data.into(),
            // The cast maps NaN to 0.
            Self::F32(data) => data.iter().map(|v| (v * 255.0).round() as u8).collect(),
        }
    }

    fn floats(self) -> Cow<'a, [f32]> {
        match self {
            Self::U8(data) => data.iter().map(|&v| f32::from(v) / 255.0).collect(),
            Self::F32(data) => data.into(),
        }
    }
}

/// A picture with checked sizes.
pub(crate) struct Picture<'a> {
    pub width: u32,
    pub height: u32,
    pub channels: usize,
    pub pixels: Pixels<'a>,
}

/// Writes a picture atomically in the format of its name.
///
/// PNG and JPEG clip floats to `[0, 1]` and round them to 8 bits. TIFF keeps floats. It has one page for 1, 3 or 4
/// channels, and a grey page per channel for any other number. OpenEXR and `.npy` keep floats and store 8-bit samples
/// as floats in `[0, 1]`.
///
/// # Errors
/// [`MediaError::Extension`] for a name with an unsupported extension, [`MediaError::Length`] if the number of samples
/// does not match the sizes, [`MediaError::Format`] for sizes that the format cannot hold, and [`MediaError::Write`].
pub fn write_image(
    path: impl AsRef<Path>,
    rows: usize,
    columns: usize,
    channels: usize,
    pixels: Pixels<'_>,
) -> Result<(), MediaError> {
    let path = path.as_ref();
    let format = output_format(path)?;
    check_length(path, &[rows, columns, channels], pixels.len())?;
    let picture = picture(path, format, (rows, columns, channels), pixels)?;
    match format {
        OutputFormat::Png | OutputFormat::Jpeg => write_bytes(path, format, &picture),
        OutputFormat::Tiff => Ok(sinefield_files::write(path, |file| tiff_write::write(file, &picture))?),
        OutputFormat::Exr => openexr::write(path, &picture, &pixels.floats()),
        OutputFormat::Npy if channels == 1 => write_npy(path, &[rows, columns], &pixels.floats()),
        OutputFormat::Npy => write_npy(path, &[rows, columns, channels], &pixels.floats()),
    }
}

fn picture<'a>(
    path: &Path,
    format: OutputFormat,
    (rows, columns, channels): (usize, usize, usize),
    pixels: Pixels<'a>,
) -> Result<Picture<'a>, MediaError> {
    let refuse = |detail| MediaError::Format { path: path.into(), format: format.name(), detail };
    let longest = if format == OutputFormat::Jpeg { JPEG_SIDE } else { i32::MAX as u32 };
    let side = |size| u32::try_from(size).ok().filter(|&side| side > 0 && side <= longest);
    let (Some(width), Some(height)) = (side(columns), side(rows)) else {
        return Err(refuse(format!("a picture of {columns}x{rows} pixels")));
    };
    if !format.holds_channels(channels) {
        return Err(refuse(format!("pixels of {channels} channels")));
    }
    Ok(Picture { width, height, channels, pixels })
}

/// A PNG file of 8-bit samples in memory.
///
/// # Errors
/// As [`write_image`].
pub fn png_bytes(
    rows: usize,
    columns: usize,
    channels: usize,
    samples: &[u8],
) -> Result<Vec<u8>, MediaError> {
    let path = Path::new("picture.png");
    check_length(path, &[rows, columns, channels], samples.len())?;
    let checked = picture(path, OutputFormat::Png, (rows, columns, channels), Pixels::U8(samples))?;
    let mut bytes = Vec::new();
    let encoded =
        PngEncoder::new(&mut bytes).write_image(samples, checked.width, checked.height, colour(channels));
    let corrupt = |error: ImageError| MediaError::Format {
        path: path.into(),
        format: OutputFormat::Png.name(),
        detail: error.to_string(),
    };
    encoded.map_err(corrupt)?;
    Ok(bytes)
}

/// The kind of pixels of this number of channels.
fn colour(channels: usize) -> ExtendedColorType {
    match channels {
        1 => ExtendedColorType::L8,
        2 => ExtendedColorType::La8,
        3 => ExtendedColorType::Rgb8,
        _ => ExtendedColorType::Rgba8,
    }
}

fn write_bytes(path: &Path, format: OutputFormat, picture: &Picture<'_>) -> Result<(), MediaError> {
    let Picture { width, height, channels, pixels } = *picture;
    let color = colour(channels);
    let bytes = pixels.bytes();
    sinefield_files::write(path, |file| {
        match format {
            OutputFormat::Jpeg => {
                JpegEncoder::new_with_quality(file, JPEG_QUALITY).write_image(&bytes, width, height, color)
            }
            _ => PngEncoder::new(file).write_image(&bytes, width, height, color),
        }
        .map_err(|error| match error {
            ImageError::IoError(error) => error,
            error => io::Error::other(error),
        })
    })?;
    Ok(())
}
