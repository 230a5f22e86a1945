//! Differences between neighbouring pixels, and the divergence of such differences.
//!
//! A forward difference is the derivative half-way between two pixels, exact to second order there. The divergence maps
//! differences back to the pixels. The divergence of the differences of an image is its five-point Laplacian. For
//! images that are zero at their edge, it is minus the adjoint of the differences.

/// Differences between neighbours, in signal units per pixel, channel last.
#[derive(Clone, Debug, PartialEq)]
pub struct Differences {
    /// From row `r` to row `r + 1`, at `(r + 1/2, c)`: `(rows - 1, columns, channels)`.
    pub down: Vec<f32>,
    /// From column `c` to column `c + 1`, at `(r, c + 1/2)`: `(rows, columns - 1, channels)`.
    pub right: Vec<f32>,
}

/// The differences between neighbouring pixels of an image `(rows, columns, channels)`.
///
/// Missing values at the end of `data` count as zero.
///
/// ```
/// let slope = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0];
/// let differences = sinefield_media::forward_differences(&slope, (2, 3, 1));
/// assert_eq!(differences.down, [3.0; 3]);
/// assert_eq!(differences.right, [1.0; 4]);
/// ```
pub fn forward_differences(data: &[f32], (rows, columns, channels): (usize, usize, usize)) -> Differences {
    let at = |row: usize, rest: usize| data.get(row * columns * channels + rest).copied().unwrap_or(0.0);
    let across = columns.saturating_sub(1) * channels;
    let down = (1..rows).flat_map(|row| (0..columns * channels).map(move |i| at(row, i) - at(row - 1, i)));
    let right = (0..rows).flat_map(|row| (0..across).map(move |i| at(row, i + channels) - at(row, i)));
    Differences { down: down.collect(), right: right.collect() }
}

/// The divergence of differences at the pixels that have all four neighbours, `(rows - 2, columns - 2, channels)`.
/// `None` if the image has no such pixel or the sizes of the differences do not match.
///
/// ```
/// use sinefield_media::{divergence, forward_differences};
///
/// let bowl = [2.0, 1.0, 2.0, 1.0, 0.0, 1.0, 2.0, 1.0, 2.0];
/// let differences = forward_differences(&bowl, (3, 3, 1));
/// assert_eq!(divergence(&differences, (3, 3, 1)), Some(vec![4.0]));
/// ```
pub fn divergence(
    differences: &Differences,
    (rows, columns, channels): (usize, usize, usize),
) -> Option<Vec<f32>> {
    let Differences { down, right } = differences;
    let lengths = (down.len(), right.len());
    let expected = (rows.checked_sub(2)? + 1, columns.checked_sub(2)? + 1);
    if rows < 3 || columns < 3 || lengths != (expected.0 * columns * channels, rows * expected.1 * channels) {
        return None;
    }
    let mut inside = Vec::with_capacity((rows - 2) * (columns - 2) * channels);
    for row in 1..rows - 1 {
        for i in channels..(columns - 1) * channels {
            let below = row * columns * channels + i;
            let after = row * (columns - 1) * channels + i;
            inside.push(
                down[below] - down[below - columns * channels] + right[after] - right[after - channels],
            );
        }
    }
    Some(inside)
}

/// Applies `operator` to each of `channels` channels of an image. The result has the channel last.
///
/// ```
/// use sinefield_media::{by_channel, laplace5};
///
/// let image = [0.0, 5.0, 1.0, 5.0, 0.0, 5.0];
/// assert_eq!(by_channel(&image, 2, |plane| laplace5(plane, 1, 3)), [1.0, 0.0, -2.0, 0.0, 1.0, 0.0]);
/// ```
pub fn by_channel(data: &[f32], channels: usize, operator: impl Fn(&[f32]) -> Vec<f32>) -> Vec<f32> {
    let mut all = vec![0.0; data.len()];
    for channel in 0..channels {
        let plane: Vec<f32> = data.iter().skip(channel).step_by(channels).copied().collect();
        let out = all.iter_mut().skip(channel).step_by(channels);
        out.zip(operator(&plane)).for_each(|(out, value)| *out = value);
    }
    all
}
