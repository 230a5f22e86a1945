//! Derivatives given as arrays, in place of an image's own.

use std::path::Path;

use sinefield::recipe::gradient_domain::{GradientDomainError, SampleKind, Samples};
use sinefield_media::{Array, Image, read_arrays};

use super::signal;
use crate::JobError;

/// The Laplacian in a file: (rows, columns) or (rows, columns, channels), per pixel squared.
pub fn laplacian(path: &Path, image: &Image) -> Result<Vec<f32>, JobError> {
    let array = single(path)?;
    let (rows, columns, channels) = signal::shape(image);
    let fits = array.shape == [rows, columns, channels] || (channels == 1 && array.shape == [rows, columns]);
    if !fits {
        return Err(wrong(path, &array, &format!("({rows}, {columns}, {channels})"), image));
    }
    Ok(array.data)
}

/// The gradient in a file, (rows, columns, 2) or (rows, columns, channels, 2), per pixel. It is given at pixels, or
/// half-way to the next pixel if `between`; the last entry of a row or a column is then ignored.
pub fn gradient(path: &Path, image: &Image, between: bool) -> Result<Vec<Samples>, JobError> {
    let array = single(path)?;
    let shape = signal::shape(image);
    let (rows, columns, channels) = shape;
    let fits =
        array.shape == [rows, columns, channels, 2] || (channels == 1 && array.shape == [rows, columns, 2]);
    if !fits {
        return Err(wrong(path, &array, &format!("({rows}, {columns}, {channels}, 2)"), image));
    }
    let kinds = if between {
        [SampleKind::DownBetween, SampleKind::RightBetween]
    } else {
        [SampleKind::Down, SampleKind::Right]
    };
    let samples = kinds.iter().enumerate().map(|(axis, kind)| {
        let (down, across) = kind.lattice((rows, columns));
        let row = |row: usize| (0..across * channels).map(move |i| (row * columns * channels + i) * 2 + axis);
        let data = (0..down).flat_map(row).map(|at| array.data[at]).collect();
        Samples::new(*kind, shape, data)
    });
    let samples: Result<Vec<_>, GradientDomainError> = samples.collect();
    samples.map_err(|error| JobError::fault(path.display(), error))
}

fn single(path: &Path) -> Result<Array, JobError> {
    let mut arrays = read_arrays(path)?;
    match (arrays.pop(), arrays.len()) {
        (Some(array), 0) if array.complex => {
            Err(JobError::fault(path.display(), "its numbers are complex; save real ones"))
        }
        (Some(array), 0) => Ok(array),
        (_, more) => {
            let what = format!("it holds {} arrays; save the one that is meant as .npy", more + 1);
            Err(JobError::fault(path.display(), what))
        }
    }
}

fn wrong(path: &Path, array: &Array, wanted: &str, image: &Image) -> JobError {
    let sizes: Vec<String> = array.shape.iter().map(usize::to_string).collect();
    let what = format!(
        "it has the shape ({}), but an image of {} needs {wanted}; give an array of that shape",
        sizes.join(", "),
        signal::size(image)
    );
    JobError::fault(path.display(), what)
}
