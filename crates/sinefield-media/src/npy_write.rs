//! Writes arrays for numpy: one as `.npy`, several together as `.npz`.

use std::io::{self, Write};
use std::mem::ManuallyDrop;
use std::path::Path;

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::MediaError;

/// Values in one conversion.
const CHUNK: usize = 1 << 14;

/// The header is padded so that the values start at a multiple of this, as in numpy.
const ALIGNMENT: usize = 64;

/// The values of a [`NamedArray`] or a [`PointArray`](crate::PointArray).
#[derive(Clone, Debug, PartialEq)]
pub enum ArrayData {
    /// Stored as numpy's `float32`.
    F32(Vec<f32>),
    /// Stored as numpy's `float64`.
    F64(Vec<f64>),
}

impl ArrayData {
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::F32(values) => values.len(),
            Self::F64(values) => values.len(),
        }
    }
}

/// An array and its name in an `.npz` file.
#[derive(Clone, Debug, PartialEq)]
pub struct NamedArray {
    /// The key for `numpy.load`.
    pub name: String,
    /// Its sizes, the last index fastest.
    pub shape: Vec<usize>,
    /// Its values. Their number is the product of the sizes.
    pub data: ArrayData,
}

/// Writes an array of 32-bit floats as an `.npy` file, atomically.
///
/// # Errors
/// [`MediaError::Length`] if the number of values does not match the shape, and [`MediaError::Write`].
pub fn write_npy(path: impl AsRef<Path>, shape: &[usize], data: &[f32]) -> Result<(), MediaError> {
    let path = path.as_ref();
    check_length(path, shape, data.len())?;
    sinefield_files::write(path, |file| {
        write_header(file, "<f4", shape)?;
        write_values(file, data, |&value| value.to_le_bytes())
    })?;
    Ok(())
}

/// Writes several arrays as one uncompressed `.npz` file, atomically.
///
/// # Errors
/// [`MediaError::Length`] if the number of values of an array does not match its shape, and [`MediaError::Write`], also
/// for two arrays with the same name.
pub fn write_npz(path: impl AsRef<Path>, arrays: &[NamedArray]) -> Result<(), MediaError> {
    let path = path.as_ref();
    for array in arrays {
        check_length(path, &array.shape, array.data.len())?;
    }
    sinefield_files::write(path, |file| {
        // If it were dropped after a failure, it would retry and print to standard error.
        let mut zip = ManuallyDrop::new(ZipWriter::new(file));
        for array in arrays {
            // Files beyond 4 GiB need the wider entries of the format, which must be requested.
            let large = array.data.len() > (1 << 28);
            let options =
                SimpleFileOptions::default().compression_method(CompressionMethod::Stored).large_file(large);
            zip.start_file(format!("{}.npy", array.name), options)?;
            match &array.data {
                ArrayData::F32(values) => {
                    write_header(&mut *zip, "<f4", &array.shape)?;
                    write_values(&mut *zip, values, |&value| value.to_le_bytes())?;
                }
                ArrayData::F64(values) => {
                    write_header(&mut *zip, "<f8", &array.shape)?;
                    write_values(&mut *zip, values, |&value| value.to_le_bytes())?;
                }
            }
        }
        ManuallyDrop::into_inner(zip).finish()?;
        Ok(())
    })?;
    Ok(())
}

/// Checks that a shape has `length` values.
pub(crate) fn check_length(path: &Path, shape: &[usize], length: usize) -> Result<(), MediaError> {
    let needed = shape.iter().try_fold(1, |product: usize, &size| product.checked_mul(size));
    if needed == Some(length) {
        return Ok(());
    }
    Err(MediaError::Length { path: path.into(), shape: shape.into(), length })
}

pub(crate) fn write_header(out: &mut impl Write, descr: &str, shape: &[usize]) -> io::Result<()> {
    let sizes: Vec<String> = shape.iter().map(usize::to_string).collect();
    let comma = if shape.len() == 1 { "," } else { "" };
    let tuple = format!("({}{comma})", sizes.join(", "));
    let mut text = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {tuple}, }}");
    let before = 10;
    let padded = (before + text.len() + 1).next_multiple_of(ALIGNMENT) - before;
    while text.len() + 1 < padded {
        text.push(' ');
    }
    text.push('\n');
    let length = u16::try_from(text.len()).map_err(|_| io::Error::other("too many dimensions"))?;
    out.write_all(b"\x93NUMPY\x01\x00")?;
    out.write_all(&length.to_le_bytes())?;
    out.write_all(text.as_bytes())
}

pub(crate) fn write_values<T, const N: usize>(
    out: &mut impl Write,
    values: &[T],
    bytes: impl Fn(&T) -> [u8; N],
) -> io::Result<()> {
    let mut buffer = Vec::with_capacity(CHUNK * N);
    for chunk in values.chunks(CHUNK) {
        buffer.clear();
        for value in chunk {
            buffer.extend(bytes(value));
        }
        out.write_all(&buffer)?;
    }
    Ok(())
}
