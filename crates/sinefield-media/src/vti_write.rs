//! Writes VTK ImageData, the `.vti` files of ParaView: numbers at the points of a regular grid.
//!
//! The header is XML. The numbers follow it as raw bytes in little-endian order, each array behind its length in bytes
//! as a 64-bit number. The format is that of VTK's XML file formats, version 1.0.

use std::io::{self, Write};
use std::path::Path;

use crate::markup::escaped;
use crate::npy_write::{check_length, write_values};
use crate::{ArrayData, MediaError};

/// Numbers at the points of a regular grid of one, two or three axes.
#[derive(Clone, Debug, PartialEq)]
pub struct ImageData {
    /// The number of points along x, y and z; 1 for a missing axis.
    pub sides: [usize; 3],
    /// The place of the first point.
    pub origin: [f64; 3],
    /// The distances between points, above 0.
    pub spacing: [f64; 3],
    /// The arrays, each with numbers at every point.
    pub arrays: Vec<PointArray>,
}

/// An array of [`ImageData`].
#[derive(Clone, Debug, PartialEq)]
pub struct PointArray {
    /// Its name.
    pub name: String,
    /// The names of its components, at least one. A single component needs no name.
    pub components: Vec<String>,
    /// The numbers: all components of a point together, points along x first, then along y, then along z.
    pub data: ArrayData,
}

/// Writes `image` as the file `path`, atomically.
///
/// # Errors
/// [`MediaError::Length`] if the numbers of an array do not match the sides, and [`MediaError::Write`].
pub fn write_vti(path: impl AsRef<Path>, image: &ImageData) -> Result<(), MediaError> {
    let path = path.as_ref();
    let [x, y, z] = image.sides;
    for array in &image.arrays {
        check_length(path, &[z, y, x, array.components.len()], array.data.len())?;
    }
    sinefield_files::write(path, |file| {
        file.write_all(header(image).as_bytes())?;
        image.arrays.iter().try_for_each(|array| write_array(file, &array.data))?;
        file.write_all(b"\n  </AppendedData>\n</VTKFile>\n")
    })?;
    Ok(())
}

/// The name of the type of numbers, and the bytes of one.
fn kind(data: &ArrayData) -> (&'static str, usize) {
    match data {
        ArrayData::F32(_) => ("Float32", 4),
        ArrayData::F64(_) => ("Float64", 8),
    }
}

fn write_array(out: &mut impl Write, data: &ArrayData) -> io::Result<()> {
    out.write_all(&((data.len() * kind(data).1) as u64).to_le_bytes())?;
    match data {
        ArrayData::F32(values) => write_values(out, values, |value| value.to_le_bytes()),
        ArrayData::F64(values) => write_values(out, values, |value| value.to_le_bytes()),
    }
}

/// All up to the first byte of the numbers.
fn header(image: &ImageData) -> String {
    let ends = image.sides.map(|side| format!("0 {}", side.saturating_sub(1))).join(" ");
    let listed = |numbers: [f64; 3]| numbers.map(|number| number.to_string()).join(" ");
    let (origin, spacing) = (listed(image.origin), listed(image.spacing));
    let mut offset = 0;
    let mut arrays = String::new();
    for array in &image.arrays {
        let (kind, bytes) = kind(&array.data);
        let name = escaped(&array.name);
        arrays += &format!("        <DataArray type=\"{kind}\" Name=\"{name}\"");
        if array.components.len() > 1 {
            arrays += &format!(" NumberOfComponents=\"{}\"", array.components.len());
            for (at, component) in array.components.iter().enumerate() {
                arrays += &format!(" ComponentName{at}=\"{}\"", escaped(component));
            }
        }
        arrays += &format!(" format=\"appended\" offset=\"{offset}\"/>\n");
        offset += 8 + array.data.len() * bytes;
    }
    format!(
        "<?xml version=\"1.0\"?>\n\
         <VTKFile type=\"ImageData\" version=\"1.0\" byte_order=\"LittleEndian\" header_type=\"UInt64\">\n  \
         <ImageData WholeExtent=\"{ends}\" Origin=\"{origin}\" Spacing=\"{spacing}\">\n    \
         <Piece Extent=\"{ends}\">\n      <PointData>\n{arrays}      </PointData>\n    </Piece>\n  </ImageData>\n  \
         <AppendedData encoding=\"raw\">\n_"
    )
}
