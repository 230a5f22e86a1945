//! Reads the formats of the `image` crate as floats, in upright orientation.

use std::io;
use std::path::Path;

use bytemuck::Pod;
use image::metadata::Orientation;
use image::{ColorType, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits};

use crate::input::{Input, believe, zeros};
use crate::orientation::Turn;
use crate::{Depth, Image, MediaError, jpeg};

/// The memory that a decoder may allocate: colour profiles, tables, rows.
const DECODER_BYTES: u64 = 1 << 29;

/// The first bytes of TIFF files over 4 GiB, and of some shorter ones.
const BIG_TIFF: [&[u8]; 2] = [b"II+\0", b"MM\0+"];

/// Reads an image whose first bytes are `start`. If these do not identify the format, the name of the file does.
pub(crate) fn read(mut input: Input<'_>, start: &[u8]) -> Result<Image, MediaError> {
    let not_an_image = || MediaError::NotAnImage { path: input.path.into() };
    let (format, name) = image::guess_format(start)
        .ok()
        .or_else(|| BIG_TIFF.iter().any(|begun| start.starts_with(begun)).then_some(ImageFormat::Tiff))
        .and_then(named)
        .or_else(|| ImageFormat::from_path(input.path).ok().filter(|f| may_begin(*f, start)).and_then(named))
        .ok_or_else(not_an_image)?;
    if format == ImageFormat::Jpeg {
        jpeg::check_whole(&mut input)?;
    }
    samples(input, format, name)
}

/// A format and its common name; `None` for formats that are not supported.
fn named(format: ImageFormat) -> Option<(ImageFormat, &'static str)> {
    let name = match format {
        ImageFormat::Png => "PNG",
        ImageFormat::Jpeg => "JPEG",
        ImageFormat::Tiff => "TIFF",
        ImageFormat::WebP => "WebP",
        ImageFormat::Pnm => "PNM",
        ImageFormat::Hdr => "Radiance HDR",
        ImageFormat::OpenExr => "OpenEXR",
        _ => return None,
    };
    Some((format, name))
}

/// Whether `start` may be the first bytes of a truncated file of this format.
fn may_begin(format: ImageFormat, start: &[u8]) -> bool {
    let beginnings: &[&[u8]] = match format {
        ImageFormat::Png => &[b"\x89PNG\r\n\x1a\n"],
        ImageFormat::Jpeg => &[b"\xff\xd8\xff"],
        ImageFormat::Tiff => &[b"II*\0", b"MM\0*"],
        ImageFormat::WebP => &[b"RIFF"],
        ImageFormat::OpenExr => &[b"\x76\x2f\x31\x01"],
        ImageFormat::Pnm => &[b"P"],
        // Programs write different first bytes.
        ImageFormat::Hdr => return true,
        _ => &[],
    };
    beginnings.iter().any(|beginning| beginning.starts_with(start))
}

fn samples(input: Input<'_>, format: ImageFormat, name: &'static str) -> Result<Image, MediaError> {
    let Input { path, source, length } = input;
    let fault = |error| explain(path, name, error);
    let mut reader = ImageReader::with_format(source, format);
    reader.limits(limits(0));
    let mut decoder = reader.into_decoder().map_err(fault)?;
    let (width, height) = decoder.dimensions();
    let (channels, depth) = match decoder.color_type() {
        ColorType::L8 => (1, Depth::U8),
        ColorType::La8 => (2, Depth::U8),
        ColorType::Rgb8 => (3, Depth::U8),
        ColorType::Rgba8 => (4, Depth::U8),
        ColorType::L16 => (1, Depth::U16),
        ColorType::La16 => (2, Depth::U16),
        ColorType::Rgb16 => (3, Depth::U16),
        ColorType::Rgba16 => (4, Depth::U16),
        ColorType::Rgb32F => (3, Depth::F32),
        ColorType::Rgba32F => (4, Depth::F32),
        other => {
            let detail = format!("colours of the kind {other:?}");
            return Err(MediaError::Unsupported { path: path.into(), format: name, detail });
        }
    };
    let stored = Stored { path, rows: height as usize, columns: width as usize, channels };
    believe(path, length, &stored.shape())?;
    decoder.set_limits(limits(decoder.total_bytes())).map_err(fault)?;
    // A photograph is still useful if its orientation tag is damaged.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let turn = Turn::new(stored.rows, stored.columns, orientation);
    let data = match depth {
        Depth::U8 => stored.upright(turn, &stored.decode(decoder, name)?, |v: u8| f32::from(v) / 255.0)?,
        Depth::U16 => {
            stored.upright(turn, &stored.decode(decoder, name)?, |v: u16| f32::from(v) / 65535.0)?
        }
        Depth::F32 => stored.upright(turn, &stored.decode(decoder, name)?, |v: f32| v)?,
    };
    Ok(Image { rows: turn.rows, columns: turn.columns, channels, data, depth })
}

/// Limits for a decoder that fills a buffer of the given size. Some decoders count that buffer too.
fn limits(buffer: u64) -> Limits {
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(DECODER_BYTES.saturating_add(buffer.saturating_mul(2)));
    limits
}

/// An image as stored in its file, before rotation.
#[derive(Clone, Copy)]
pub(crate) struct Stored<'a> {
    pub path: &'a Path,
    pub rows: usize,
    pub columns: usize,
    pub channels: usize,
}

impl Stored<'_> {
    pub fn shape(&self) -> [usize; 3] {
        [self.rows, self.columns, self.channels]
    }

    fn decode<T: Pod + Default>(
        &self,
        decoder: impl ImageDecoder,
        name: &'static str,
    ) -> Result<Vec<T>, MediaError> {
        let mut samples = zeros::<T>(self.path, &self.shape())?;
        decoder
            .read_image(bytemuck::cast_slice_mut(&mut samples))
            .map_err(|error| explain(self.path, name, error))?;
        Ok(samples)
    }

    /// Scales and rotates in one pass, so that no third copy of a large photograph is needed.
    pub fn upright<T: Copy>(
        &self,
        turn: Turn,
        samples: &[T],
        scale: impl Fn(T) -> f32,
    ) -> Result<Vec<f32>, MediaError> {
        let mut data = zeros::<f32>(self.path, &self.shape())?;
        for (pixel, stored) in data.chunks_exact_mut(self.channels).zip(turn.pixels()) {
            let from = stored * self.channels;
            for (value, &sample) in pixel.iter_mut().zip(&samples[from..from + self.channels]) {
                *value = scale(sample);
            }
        }
        Ok(data)
    }
}

/// Converts the error of a decoder.
fn explain(path: &Path, format: &'static str, error: ImageError) -> MediaError {
    let path = path.to_path_buf();
    match error {
        ImageError::IoError(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
            MediaError::Corrupt { path, format, detail: "it ends too early".into() }
        }
        ImageError::IoError(error) if error.raw_os_error().is_some() => Input::refused(&path, error),
        ImageError::Unsupported(error) => MediaError::Unsupported { path, format, detail: error.to_string() },
        error => MediaError::Corrupt { path, format, detail: error.to_string() },
    }
}
