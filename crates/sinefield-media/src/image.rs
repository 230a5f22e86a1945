//! Images as arrays of floats, from files of any supported format.

use std::path::Path;

use crate::input::Input;
use crate::{MediaError, decode, npy, openexr, tiff_read};

/// The stored number type of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// Integers of up to 8 bits, scaled to `[0, 1]`.
    U8,
    /// Integers of up to 16 bits, scaled to `[0, 1]`.
    U16,
    /// Floats, or integers of other widths, without scaling.
    F32,
}

/// An image in memory.
///
/// `data` has `rows * columns * channels` values.
#[derive(Clone, Debug, PartialEq)]
pub struct Image {
    /// The height in pixels.
    pub rows: usize,
    /// The width in pixels.
    pub columns: usize,
    /// 1 for grey, 2 for grey and alpha, 3 for RGB, 4 for RGBA; an array may have any number.
    pub channels: usize,
    /// The samples, row by row and channel last.
    pub data: Vec<f32>,
    /// Their stored type.
    pub depth: Depth,
}

impl Image {
    /// Reads an image file: PNG, JPEG, TIFF, WebP, OpenEXR, PNM, Radiance HDR or `.npy`.
    ///
    /// The content of the file determines its format, not its name. The camera's orientation tag is applied, colour
    /// profiles are not. Only the first of several pages, frames or layers is read. The channels of an OpenEXR file are
    /// R, G, B, A or Y, A if it has these, and otherwise sorted by name.
    ///
    /// An array must have the shape (rows, columns) or (rows, columns, channels). `uint8` and `uint16` are scaled to
    /// `[0, 1]` as in a picture; other types are not scaled.
    ///
    /// # Errors
    /// A [`MediaError`] that names the file and the fault, including NaN and infinity.
    pub fn read(path: impl AsRef<Path>) -> Result<Self, MediaError> {
        Self::read_from(Input::open(path.as_ref())?)
    }

    /// Like [`Image::read`], for the content of a file that is in memory. `name` is its name in errors.
    ///
    /// # Errors
    /// As for [`Image::read`].
    pub fn from_bytes(name: impl AsRef<Path>, bytes: Vec<u8>) -> Result<Self, MediaError> {
        Self::read_from(Input::memory(name.as_ref(), bytes))
    }

    /// Like [`Image::read`], from an open file.
    pub(crate) fn read_from(mut input: Input<'_>) -> Result<Self, MediaError> {
        let path = input.path;
        let start = input.beginning(16)?;
        let image = match start.get(..4) {
            Some(b"\x93NUM") => {
                let header = npy::Header::read(&mut input)?;
                return Self::from_array(input, &header);
            }
            Some(b"\x76\x2f\x31\x01") => openexr::read(input)?,
            Some(b"II*\0" | b"MM\0*" | b"II+\0" | b"MM\0+") if tiff_read::is_special(&mut input)? => {
                tiff_read::read(input)?
            }
            _ => decode::read(input, &start)?,
        };
        image.check_finite(path)?;
        Ok(image)
    }

    /// Reads the values of an array whose header has been read.
    pub(crate) fn from_array(mut input: Input<'_>, header: &npy::Header) -> Result<Self, MediaError> {
        let (rows, columns, channels) = match *header.shape() {
            [rows, columns] => (rows, columns, 1),
            [rows, columns, channels] => (rows, columns, channels),
            _ => {
                let expected = "(rows, columns) or (rows, columns, channels)";
                return Err(header.wrong_shape(input.path, expected));
            }
        };
        let (scale, depth) = header.picture_scale();
        let data = header.values(&mut input, |value| (value / scale) as f32)?;
        let image = Self { rows, columns, channels, data, depth };
        image.check_finite(input.path)?;
        Ok(image)
    }

    /// The image in grey: the luma of Rec. 601, `0.299 R + 0.587 G + 0.114 B`. An alpha channel is dropped. If an array
    /// has another number of channels, the first three count as colours.
    pub fn to_grey(&self) -> Self {
        let pixels = self.data.chunks_exact(self.channels.max(1));
        let data = match self.channels {
            0..=2 => pixels.map(|pixel| pixel[0]).collect(),
            _ => pixels.map(|p| 0.299 * p[0] + 0.587 * p[1] + 0.114 * p[2]).collect(),
        };
        Self { channels: 1, data, ..*self }
    }

    fn check_finite(&self, path: &Path) -> Result<(), MediaError> {
        let Some(first) = self.data.iter().position(|value| !value.is_finite()) else {
            return Ok(());
        };
        let (pixel, channel) = (first / self.channels, first % self.channels);
        Err(MediaError::NotFinite {
            path: path.into(),
            count: self.data.iter().filter(|value| !value.is_finite()).count(),
            index: vec![pixel / self.columns, pixel % self.columns, channel],
            value: f64::from(self.data[first]),
        })
    }
}
