//! Named arrays of numbers from `.npy` files, `.npz` files or tables.

use std::path::Path;

use crate::input::Input;
use crate::npy::Header;
use crate::{MediaError, csv, npz};

/// An array from a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Array {
    /// Its key in an `.npz` file, the name of its column in a table, or the name of its file without folder and
    /// extension.
    pub name: String,
    /// Its sizes, the last index fastest. Empty for a single number.
    pub shape: Vec<usize>,
    /// Its values. Their number is the product of the sizes, and twice that of complex values: the real part of each is
    /// followed by its imaginary part.
    pub data: Vec<f32>,
    /// Whether the values are complex.
    pub complex: bool,
}

impl Array {
    /// Refuses NaN and infinity. Of a complex value, the index is that of the value.
    pub(crate) fn check_finite(&self, path: &Path) -> Result<(), MediaError> {
        let parts = self.complex.then_some(2);
        let sizes: Vec<usize> = self.shape.iter().copied().chain(parts).collect();
        check_finite(path, &sizes, &self.data).map_err(|error| match error {
            MediaError::NotFinite { path, count, mut index, value } => {
                index.truncate(self.shape.len());
                MediaError::NotFinite { path, count, index, value }
            }
            error => error,
        })
    }
}

/// Reads all arrays of a file: the one of an `.npy` file, those of an `.npz` file in its order, or the columns of a
/// table (`.csv`), from left to right.
///
/// The content of the file determines its format, not its name. Numbers of any type, complex ones too, are read without
/// scaling. A table has a line of names and below it lines of as many numbers, separated by commas. Its arrays have one value for each
/// of these lines. Empty lines at the end are skipped.
///
/// # Errors
/// A [`MediaError`] that names the file and the fault, including NaN and infinity. For an `.npz` file it also names the
/// array, for a table the line and the column.
///
/// ```
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("track.csv");
/// std::fs::write(&path, "t, height\n0, 1.5\n1, 2.5\n")?;
/// let arrays = sinefield_media::read_arrays(&path)?;
/// assert_eq!((arrays[1].name.as_str(), &arrays[1].data[..]), ("height", &[1.5, 2.5][..]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn read_arrays(path: impl AsRef<Path>) -> Result<Vec<Array>, MediaError> {
    let path = path.as_ref();
    let mut input = Input::open(path)?;
    let start = input.beginning(4)?;
    match &start[..] {
        b"\x93NUM" => {
            let header = Header::read_from(path, &mut input.source, input.length)?;
            let data = header.values(&mut input, |value| value as f32)?;
            let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            let array = Array { name, shape: header.shape().to_vec(), data, complex: header.is_complex() };
            array.check_finite(path)?;
            Ok(vec![array])
        }
        b"PK\x03\x04" | b"PK\x05\x06" => npz::read(input),
        _ => csv::read(input),
    }
}

/// Refuses NaN and infinity, including those from narrowing a number.
pub(crate) fn check_finite(path: &Path, shape: &[usize], data: &[f32]) -> Result<(), MediaError> {
    let Some(first) = data.iter().position(|value| !value.is_finite()) else {
        return Ok(());
    };
    let mut rest = first;
    let mut index: Vec<usize> = shape
        .iter()
        .rev()
        .map(|size| {
            let at = rest % size;
            rest /= size;
            at
        })
        .collect();
    index.reverse();
    Err(MediaError::NotFinite {
        path: path.into(),
        count: data.iter().filter(|value| !value.is_finite()).count(),
        index,
        value: f64::from(data[first]),
    })
}
