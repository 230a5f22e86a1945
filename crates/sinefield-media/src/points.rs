//! Points for the evaluation of a field, one in each row of an array.

use std::path::Path;

use crate::MediaError;
use crate::input::Input;
use crate::npy::Header;

/// A list of points.
#[derive(Clone, Debug, PartialEq)]
pub struct Points {
    /// The number of points.
    pub count: usize,
    /// The number of coordinates of a point.
    pub dimensions: usize,
    /// The coordinates, point by point: `count * dimensions` numbers.
    pub data: Vec<f64>,
}

/// Reads points from an `.npy` file with the shape (points, coordinates), or (points,) for points with one coordinate
/// each. Numbers of any type are read without scaling. The number of points may be 0.
///
/// # Errors
/// A [`MediaError`] that names the file and the fault, including NaN and infinity.
pub fn read_points(path: impl AsRef<Path>) -> Result<Points, MediaError> {
    let path = path.as_ref();
    let mut input = Input::open(path)?;
    if !input.beginning(6)?.starts_with(b"\x93NUMPY") {
        return Err(MediaError::NotPoints { path: path.into() });
    }
    let header = match Header::read(&mut input) {
        // Evaluation at no points is allowed, in contrast to a fit without samples.
        Err(MediaError::Empty { shape, .. }) if matches!(shape[..], [0] | [0, 1..=usize::MAX]) => {
            let dimensions = shape.get(1).copied().unwrap_or(1);
            return Ok(Points { count: 0, dimensions, data: Vec::new() });
        }
        header => header?,
    };
    let (count, dimensions) = match *header.shape() {
        [count] => (count, 1),
        [count, dimensions] => (count, dimensions),
        _ => return Err(header.wrong_shape(path, "(points, coordinates)")),
    };
    let data = header.values(&mut input, |value| value)?;
    if let Some(first) = data.iter().position(|value| !value.is_finite()) {
        return Err(MediaError::NotFinite {
            path: path.into(),
            count: data.iter().filter(|value| !value.is_finite()).count(),
            index: vec![first / dimensions, first % dimensions],
            value: data[first],
        });
    }
    Ok(Points { count, dimensions, data })
}
