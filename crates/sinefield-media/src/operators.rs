//! Discrete derivatives of an image plane, for comparison with the exact derivatives of a network.
//!
//! Beyond its edge the plane continues as its mirror image with the edge pixel repeated, like scipy's `reflect`.
//! Derivatives are in signal units per pixel.

/// The Sobel derivatives down the rows and along the columns.
///
/// The kernels are divided by 8, so that a slope of one unit a pixel gives 1. Missing values at the end of `plane`
/// count as zero.
///
/// ```
/// let slope = [0.0, 1.0, 2.0, 0.0, 1.0, 2.0, 0.0, 1.0, 2.0];
/// let (down, right) = sinefield_media::sobel(&slope, 3, 3);
/// assert_eq!((down[4], right[4]), (0.0, 1.0));
/// ```
pub fn sobel(plane: &[f32], rows: usize, columns: usize) -> (Vec<f32>, Vec<f32>) {
    let plane = Plane { plane, rows, columns };
    let down = plane.map(|at| {
        let slope = |right| at(1, right) - at(-1, right);
        (slope(-1) + 2.0 * slope(0) + slope(1)) / 8.0
    });
    let right = plane.map(|at| {
        let slope = |down| at(down, 1) - at(down, -1);
        (slope(-1) + 2.0 * slope(0) + slope(1)) / 8.0
    });
    (down, right)
}

/// The Laplacian by the five-point stencil, the sum of `[1, -2, 1]` along both axes.
///
/// Missing values at the end of `plane` count as zero.
pub fn laplace5(plane: &[f32], rows: usize, columns: usize) -> Vec<f32> {
    let plane = Plane { plane, rows, columns };
    plane.map(|at| at(-1, 0) + at(1, 0) + at(0, -1) + at(0, 1) - 4.0 * at(0, 0))
}

struct Plane<'a> {
    plane: &'a [f32],
    rows: usize,
    columns: usize,
}

impl Plane<'_> {
    /// Applies a stencil at every pixel. The stencil requests neighbours by their offset down and right, each -1, 0 or
    /// 1.
    fn map(&self, stencil: impl Fn(&dyn Fn(i8, i8) -> f32) -> f32) -> Vec<f32> {
        let mut values = Vec::with_capacity(self.plane.len());
        for row in 0..self.rows {
            for column in 0..self.columns {
                values.push(stencil(&|down, right| {
                    let row = neighbour(row, down, self.rows);
                    let column = neighbour(column, right, self.columns);
                    self.plane.get(row * self.columns + column).copied().unwrap_or(0.0)
                }));
            }
        }
        values
    }
}

/// The index next to `index`, mirrored at the edges.
fn neighbour(index: usize, offset: i8, size: usize) -> usize {
    index.saturating_add_signed(offset.into()).min(size - 1)
}
