//! Resizes images, and parses the sizes that users write.

use std::str::FromStr;

use fast_image_resize::images::{TypedImage, TypedImageRef};
use fast_image_resize::pixels::F32;
use fast_image_resize::{FilterType, ResizeAlg, ResizeOptions, Resizer};

use crate::{Depth, Image, MediaError};

/// The longest allowed side.
const LONGEST_SIDE: usize = 1 << 20;

/// The largest allowed number of pixels.
const MOST_PIXELS: usize = 1 << 30;

/// A requested size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resize {
    /// The longer side in pixels. The other side keeps the aspect ratio.
    Fit(usize),
    /// Both sides in pixels, for any aspect ratio.
    Exact {
        /// The width.
        columns: usize,
        /// The height.
        rows: usize,
    },
}

impl Resize {
    /// The new (rows, columns) of an image with the given (rows, columns), at least 1.
    ///
    /// ```
    /// use sinefield_media::parse_size;
    ///
    /// assert_eq!(parse_size("256")?.apply((1000, 2000)), (128, 256));
    /// assert_eq!(parse_size("640x480")?.apply((1000, 2000)), (480, 640));
    /// # Ok::<(), sinefield_media::MediaError>(())
    /// ```
    pub fn apply(&self, (rows, columns): (usize, usize)) -> (usize, usize) {
        match *self {
            Self::Exact { columns, rows } => (rows.max(1), columns.max(1)),
            Self::Fit(side) => {
                let longer = rows.max(columns).max(1) as f64;
                let scaled = |size: usize| (size as f64 * (side as f64 / longer)).round().max(1.0) as usize;
                (scaled(rows), scaled(columns))
            }
        }
    }
}

impl FromStr for Resize {
    type Err = MediaError;

    fn from_str(text: &str) -> Result<Self, MediaError> {
        parse_size(text)
    }
}

/// Parses a size: `256` for the longer side, `640x480` for columns and rows.
///
/// # Errors
/// [`MediaError::Size`] for zero, for sizes above the limit and for any other text.
pub fn parse_size(text: &str) -> Result<Resize, MediaError> {
    let fail = |reason| size_error(text.to_owned(), reason);
    let side = |digits: &str| {
        let digits = digits.trim();
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(fail("it is not made of whole numbers"));
        }
        match digits.parse() {
            Ok(0) => Err(fail("a side cannot be 0")),
            Ok(side) if side <= LONGEST_SIDE => Ok(side),
            _ => Err(fail("a side cannot be longer than 1048576")),
        }
    };
    let Some((columns, rows)) = text.split_once(['x', 'X', '×']) else {
        return Ok(Resize::Fit(side(text)?));
    };
    let (columns, rows) = (side(columns)?, side(rows)?);
    if columns * rows > MOST_PIXELS {
        return Err(fail("it is more than 2^30 pixels"));
    }
    Ok(Resize::Exact { columns, rows })
}

impl Image {
    /// Resizes the image with a bicubic filter (Catmull & Rom 1974). The filter spans two pixels of the coarser image,
    /// so that shrinking causes little aliasing.
    ///
    /// The filter overshoots a little at edges. Integer depths are clipped to `[0, 1]` again, floats are not. All
    /// channels are treated alike, including alpha.
    ///
    /// # Errors
    /// [`MediaError::Size`] for a side of 0 and for too many pixels.
    pub fn resize(&self, rows: usize, columns: usize) -> Result<Self, MediaError> {
        let fail = |reason| size_error(format!("{columns}x{rows}"), reason);
        if rows == 0 || columns == 0 {
            return Err(fail("a side cannot be 0"));
        }
        if rows.max(columns) > LONGEST_SIDE || rows * columns > MOST_PIXELS {
            return Err(fail("it is more than 2^30 pixels"));
        }
        if (rows, columns) == (self.rows, self.columns) {
            return Ok(self.clone());
        }
        let values = (rows * columns).checked_mul(self.channels);
        let mut data: Vec<f32> = Vec::new();
        values
            .and_then(|values| data.try_reserve_exact(values).ok().map(|()| data.resize(values, 0.0)))
            .ok_or_else(|| fail("there is no memory for it"))?;
        for channel in 0..self.channels {
            let plane = self
                .resized_plane(channel, rows, columns)
                .ok_or_else(|| fail("the image to be resized is not as large as it says"))?;
            let places = data.iter_mut().skip(channel).step_by(self.channels);
            for (place, value) in places.zip(plane.pixels().iter().map(|pixel| pixel.0)) {
                *place = match self.depth {
                    Depth::F32 => value,
                    Depth::U8 | Depth::U16 => value.clamp(0.0, 1.0),
                };
            }
        }
        Ok(Self { rows, columns, data, ..*self })
    }

    /// Resizes one channel; `None` if the fields of the image are inconsistent.
    fn resized_plane(&self, channel: usize, rows: usize, columns: usize) -> Option<TypedImage<'_, F32>> {
        let side = |size: usize| u32::try_from(size).ok();
        let plane: Vec<F32> =
            self.data.iter().skip(channel).step_by(self.channels).map(|&value| F32::new(value)).collect();
        let from = TypedImageRef::new(side(self.columns)?, side(self.rows)?, &plane).ok()?;
        let mut to = TypedImage::new(side(columns)?, side(rows)?);
        let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::CatmullRom));
        Resizer::new().resize_typed(&from, &mut to, &options).ok()?;
        Some(to)
    }
}

fn size_error(text: String, reason: &'static str) -> MediaError {
    MediaError::Size { text, reason }
}
