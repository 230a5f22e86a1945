//! Reads the TIFF files that the `image` crate does not support: floats other than RGB, grey with alpha, and any number
//! of channels without a meaning.

use std::io::{Seek, SeekFrom};
use std::path::Path;

use image::metadata::Orientation;
use tiff::decoder::{Decoder, DecodingResult, Limits};
use tiff::tags::{SampleFormat, Tag};
use tiff::{ColorType, TiffError};

use crate::decode::Stored;
use crate::input::{Input, Source, believe};
use crate::orientation::Turn;
use crate::{Depth, Image, MediaError};

/// The memory for the tags of one file: at most a strip offset for every row.
const TAG_BYTES: usize = 1 << 26;

/// Whether the first page of a TIFF file is one of those. A file that is too damaged is left to the general decoder for
/// an error message.
pub(crate) fn is_special(input: &mut Input<'_>) -> Result<bool, MediaError> {
    let special = Decoder::new(&mut input.source).and_then(|mut decoder| {
        let color = decoder.colortype()?;
        let formats = decoder.find_tag_unsigned_vec::<u16>(Tag::SampleFormat)?.unwrap_or_default();
        let floats = formats.contains(&SampleFormat::IEEEFP.to_u16());
        Ok(floats || matches!(color, ColorType::Multiband { .. } | ColorType::GrayA(_)))
    });
    let path = input.path;
    input.source.seek(SeekFrom::Start(0)).map_err(|error| Input::refused(path, error))?;
    Ok(special.unwrap_or(false))
}

/// Reads the first page without scaling.
pub(crate) fn read(input: Input<'_>) -> Result<Image, MediaError> {
    let Input { path, source, length } = input;
    let fault = |error| explain(path, error);
    let mut decoder = Decoder::new(source).map_err(fault)?;
    let (width, height) = decoder.dimensions().map_err(fault)?;
    let channels = channels(decoder.colortype().map_err(fault)?);
    let stored = Stored { path, rows: height as usize, columns: width as usize, channels };
    believe(path, length, &stored.shape())?;
    let turn = Turn::new(stored.rows, stored.columns, orientation(&mut decoder));

    // Stored doubles are twice as wide as the resulting values.
    let buffer = stored.shape().iter().product::<usize>() * size_of::<f64>();
    let mut limits = Limits::default();
    limits.decoding_buffer_size = buffer;
    limits.intermediate_buffer_size = buffer + (1 << 20);
    limits.ifd_value_size = TAG_BYTES;
    let mut decoder = decoder.with_limits(limits);
    let mut result = DecodingResult::F32(Vec::new());
    let layout = decoder.read_image_to_buffer(&mut result).map_err(fault)?;
    let page = Page { stored, turn, planes: layout.planes };
    match result {
        DecodingResult::U8(samples) => page.image(samples, Depth::U8, |v| f32::from(v) / 255.0),
        DecodingResult::U16(samples) => page.image(samples, Depth::U16, |v| f32::from(v) / 65535.0),
        DecodingResult::F16(samples) => page.image(samples, Depth::F32, |v| v.to_f32()),
        DecodingResult::F32(samples) => page.image(samples, Depth::F32, |v| v),
        DecodingResult::F64(samples) => page.image(samples, Depth::F32, |v| v as f32),
        _ => Err(unsupported(path, "samples of a type that is no picture's".into())),
    }
}

/// The known properties of a page with decoded samples.
struct Page<'a> {
    stored: Stored<'a>,
    turn: Turn,
    planes: usize,
}

impl Page<'_> {
    fn image<T: Copy>(
        &self,
        samples: Vec<T>,
        depth: Depth,
        scale: impl Fn(T) -> f32,
    ) -> Result<Image, MediaError> {
        // Samples with odd widths stay packed, and the decoder keeps or drops samples beyond those of the colour.
        let [rows, columns, channels] = self.stored.shape();
        if samples.len() != rows * columns * channels {
            let detail = format!("{} samples for {rows}x{columns}x{channels}", samples.len());
            return Err(unsupported(self.stored.path, detail));
        }
        let data = self.stored.upright(self.turn, &interleaved(samples, self.planes), scale)?;
        Ok(Image { rows: self.turn.rows, columns: self.turn.columns, channels, data, depth })
    }
}

/// The number of channels of a pixel.
fn channels(color: ColorType) -> usize {
    match color {
        ColorType::GrayA(_) => 2,
        ColorType::RGB(_) | ColorType::YCbCr(_) | ColorType::Lab(_) => 3,
        ColorType::RGBA(_) | ColorType::CMYK(_) => 4,
        ColorType::CMYKA(_) => 5,
        ColorType::Multiband { num_samples, .. } => num_samples.into(),
        _ => 1,
    }
}

fn orientation(decoder: &mut Decoder<Box<dyn Source>>) -> Orientation {
    let noted = decoder.find_tag_unsigned::<u8>(Tag::Orientation).ok().flatten();
    noted.and_then(Orientation::from_exif).unwrap_or(Orientation::NoTransforms)
}

/// Interleaves the channels of each pixel if a file stores them in separate planes.
fn interleaved<T: Copy>(samples: Vec<T>, planes: usize) -> Vec<T> {
    if planes <= 1 {
        return samples;
    }
    let pixels = samples.len() / planes;
    (0..pixels * planes).map(|index| samples[index % planes * pixels + index / planes]).collect()
}

fn unsupported(path: &Path, detail: String) -> MediaError {
    MediaError::Unsupported { path: path.into(), format: "TIFF", detail }
}

fn explain(path: &Path, error: TiffError) -> MediaError {
    match error {
        TiffError::IoError(error) if error.raw_os_error().is_some() => Input::refused(path, error),
        TiffError::UnsupportedError(error) => unsupported(path, error.to_string()),
        error => MediaError::Corrupt { path: path.into(), format: "TIFF", detail: error.to_string() },
    }
}
