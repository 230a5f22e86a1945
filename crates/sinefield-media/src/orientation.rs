//! Rotates an image as its orientation tag says.

use image::metadata::Orientation;

/// The map from the upright image to the stored one. The pixel in row `r` and column `c` is the stored one with the
/// index `origin + r * down + c * right`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Turn {
    /// Rows of the upright image.
    pub rows: usize,
    /// Columns of the upright image.
    pub columns: usize,
    origin: usize,
    down: isize,
    right: isize,
}

impl Turn {
    /// The map for a stored image of the given size. Neither side is zero.
    pub fn new(rows: usize, columns: usize, orientation: Orientation) -> Self {
        let width = columns as isize;
        let (top_right, bottom_left) = (columns - 1, (rows - 1) * columns);
        let bottom_right = rows * columns - 1;
        let (origin, down, right) = match orientation {
            Orientation::NoTransforms => (0, width, 1),
            Orientation::FlipHorizontal => (top_right, width, -1),
            Orientation::Rotate180 => (bottom_right, -width, -1),
            Orientation::FlipVertical => (bottom_left, -width, 1),
            Orientation::Rotate90FlipH => (0, 1, width),
            Orientation::Rotate90 => (bottom_left, 1, -width),
            Orientation::Rotate270FlipH => (bottom_right, -1, -width),
            Orientation::Rotate270 => (top_right, -1, width),
        };
        let (rows, columns) = match orientation {
            Orientation::Rotate90FlipH
            | Orientation::Rotate90
            | Orientation::Rotate270FlipH
            | Orientation::Rotate270 => (columns, rows),
            _ => (rows, columns),
        };
        Self { rows, columns, origin, down, right }
    }

    /// The stored index of every upright pixel, row by row.
    pub fn pixels(self) -> impl Iterator<Item = usize> {
        (0..self.rows as isize).flat_map(move |row| {
            (0..self.columns as isize)
                .map(move |column| self.origin.wrapping_add_signed(row * self.down + column * self.right))
        })
    }
}
