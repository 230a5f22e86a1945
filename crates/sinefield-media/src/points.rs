//! Points at which a field is asked for, one a row of an array.

use std::path::Path;

use crate::MediaError;
use crate::input::Input;
use crate::npy::Header;

/// A list of points.
#[derive(Clone, Debug, PartialEq)]
pub struct Points {
    /// How many points there are.
    pub count: usize,
    /// How many coordinates each has.
    pub dimensions: usize,
    /// The coordinates, point after point: `count * dimensions` of them.
    pub data: Vec<f64>,
}

/// Reads points from an `.npy` file of shape (points, coordinates), or (points,) for points with
/// one coordinate each. The numbers are taken as they are, whatever their type; there may be
/// no points.
///
/// # Errors
///
/// A [`MediaError`] that names the file and what is wrong with it, NaN and infinity included.
pub fn read_points(path: impl AsRef<Path>) -> Result<Points, MediaError> {
    let path = path.as_ref();
    let mut input = Input::open(path)?;
    if !input.beginning(6)?.starts_with(b"\x93NUMPY") {
        return Err(MediaError::NotPoints { path: path.into() });
    }
    let header = match Header::read(&mut input) {
        // To ask at no points is no fault, unlike to fit to none.
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
