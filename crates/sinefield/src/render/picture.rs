//! The region and the size of a render of a picture, in pixels of the picture that was fitted.

use super::RenderError;

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

impl Size {
    /// Rows and columns of a render over `region`; they may be beyond all use.
    pub(super) fn sides(self, region: &Region) -> Result<(f64, f64), RenderError> {
        let extent = (region.rows.1 - region.rows.0, region.columns.1 - region.columns.0);
        match self {
            Size::Exact { rows, columns } => Ok((rows as f64, columns as f64)),
            Size::Native => Ok((extent.0.round().max(1.0), extent.1.round().max(1.0))),
            Size::Scaled(scale) if scale.is_finite() && scale > 0.0 => {
                Ok(((extent.0 * scale).round().max(1.0), (extent.1 * scale).round().max(1.0)))
            }
            Size::Scaled(scale) => Err(RenderError::Scale(scale)),
        }
    }
}
