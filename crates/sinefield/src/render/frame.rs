//! Where the pixels of a render lie.
//!
//! Lengths are counted in *native pixels*, those of the picture the field was fitted to: native pixel
//! `r` covers `[r, r + 1)` and is sampled at its middle. A render of `n` pixels over `[a, b)` cuts
//! that stretch into `n` equal parts and samples the middle of each, so pixel `i` lies at native
//! index `a + (i + 1/2) (b - a) / n - 1/2`. The whole picture at its native size is thus sampled
//! exactly where it was fitted, and renders of any scale or region cover the same area.

use super::RenderError;
use crate::field::{Field, Sampling};

/// The longest side of a render.
const LONGEST: usize = 1 << 24;

/// A part of a picture, in native pixels: rows `[rows.0, rows.1)`, columns likewise.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Region {
    /// From where to where down the rows.
    pub rows: (f64, f64),
    /// From where to where along the columns.
    pub columns: (f64, f64),
}

impl std::fmt::Display for Region {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{},{},{},{}", self.rows.0, self.columns.0, self.rows.1, self.columns.1)
    }
}

/// How many pixels a render has.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Size {
    /// One a native pixel, rounded to whole pixels.
    #[default]
    Native,
    /// So many a native pixel along each side, rounded to whole pixels.
    Scaled(f64),
    /// Given.
    Exact {
        /// Rows.
        rows: usize,
        /// Columns.
        columns: usize,
    },
}

/// Where the pixels of a render lie.
#[derive(Clone, Debug, PartialEq)]
pub struct Frame {
    rows: Side,
    columns: Side,
}

/// The pixels along one side.
#[derive(Clone, Debug, PartialEq)]
struct Side {
    native: Sampling,
    from: f64,
    to: f64,
    /// Pixels that `[from, to)` is cut into, of which this frame has `count` beginning at `first`.
    parts: usize,
    first: usize,
    count: usize,
}

impl Side {
    fn coordinate(&self, pixel: usize) -> f64 {
        let step = (self.to - self.from) / self.parts as f64;
        let index = self.from + ((self.first + pixel) as f64 + 0.5) * step - 0.5;
        self.native.coordinate(index)
    }
}

impl Frame {
    /// `size` pixels over `region`, or over the whole picture.
    ///
    /// A field that does not say what size of picture it is of takes the size asked for as its own.
    ///
    /// # Errors
    /// If the field is not of a picture, or its size is not known and not given, or the region is not
    /// inside, or a side has no pixels or too many.
    pub fn new(field: &Field, region: Option<Region>, size: Size) -> Result<Self, RenderError> {
        let found = field.architecture().inputs;
        if found != 2 {
            return Err(RenderError::NotAPicture { found });
        }
        let native = match field.meta.axes.as_slice() {
            [row, column] => row.samples.zip(column.samples),
            _ => None,
        };
        let (rows, columns) = match (native, region, size) {
            (Some(native), _, _) => native,
            (None, None, Size::Exact { rows, columns }) => (rows, columns),
            _ => return Err(RenderError::SizeUnknown),
        };
        let whole = Region { rows: (0.0, rows as f64), columns: (0.0, columns as f64) };
        let region = region.unwrap_or(whole);
        let inside = |(from, to): (f64, f64), end: usize| 0.0 <= from && from < to && to <= end as f64;
        if !inside(region.rows, rows) || !inside(region.columns, columns) {
            return Err(RenderError::Region { region, rows, columns });
        }
        let sides = sides(&region, size)?;
        let side = |native, (from, to), count| Side {
            native: Sampling::inclusive(native),
            from,
            to,
            parts: count,
            first: 0,
            count,
        };
        Ok(Self { rows: side(rows, region.rows, sides.0), columns: side(columns, region.columns, sides.1) })
    }

    /// Rows and columns of the render.
    pub fn sides(&self) -> (usize, usize) {
        (self.rows.count, self.columns.count)
    }

    /// The same pixels, but only rows `rows` of them: a band of a render too large to hold.
    ///
    /// Rows beyond the last are left out.
    pub fn band(&self, rows: std::ops::Range<usize>) -> Self {
        let end = rows.end.min(self.rows.count);
        let start = rows.start.min(end);
        let side = Side { first: self.rows.first + start, count: end - start, ..self.rows.clone() };
        Self { rows: side, columns: self.columns.clone() }
    }

    /// Another number of pixels over the same area; at least one along each side.
    ///
    /// Of a [`Frame::band`], it is the area of the whole.
    pub(super) fn resized(&self, rows: usize, columns: usize) -> Self {
        let side = |side: &Side, count: usize| Side {
            parts: count.max(1),
            first: 0,
            count: count.max(1),
            ..side.clone()
        };
        Self { rows: side(&self.rows, rows), columns: side(&self.columns, columns) }
    }

    /// Normalised coordinate per native pixel, down the rows and along the columns.
    pub fn spacings(&self) -> [f64; 2] {
        [self.rows.native.spacing(), self.columns.native.spacing()]
    }

    /// Writes the coordinates of pixels `start..`, row-major, to fill `out`.
    pub(super) fn coordinates(&self, start: usize, out: &mut [f64]) {
        for (pixel, x) in (start..).zip(out.chunks_exact_mut(2)) {
            x[0] = self.rows.coordinate(pixel / self.columns.count);
            x[1] = self.columns.coordinate(pixel % self.columns.count);
        }
    }
}

/// Rows and columns of a render of `size` over `region`.
fn sides(region: &Region, size: Size) -> Result<(usize, usize), RenderError> {
    let extent = (region.rows.1 - region.rows.0, region.columns.1 - region.columns.0);
    let (rows, columns) = match size {
        Size::Exact { rows, columns } => (rows as f64, columns as f64),
        Size::Native => (extent.0.round().max(1.0), extent.1.round().max(1.0)),
        Size::Scaled(scale) if scale.is_finite() && scale > 0.0 => {
            ((extent.0 * scale).round().max(1.0), (extent.1 * scale).round().max(1.0))
        }
        Size::Scaled(scale) => return Err(RenderError::Scale(scale)),
    };
    let usable = |side: f64| (1.0..=LONGEST as f64).contains(&side);
    if !usable(rows) || !usable(columns) {
        return Err(RenderError::Sides { rows, columns, most: LONGEST });
    }
    Ok((rows as usize, columns as usize))
}
