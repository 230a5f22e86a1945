//! Reads the `.npz` format of numpy: a zip file of `.npy` files, stored or deflated.
//!
//! Only the offsets in the archive's table of contents are trusted. Allocations follow from the header of each array,
//! which is checked against the number of packed bytes.

use std::collections::HashSet;
use std::io::{Read, Seek};
use std::path::{Path, PathBuf};

use zip::ZipArchive;
use zip::result::ZipError;

use crate::MediaError;
use crate::arrays::Array;
use crate::input::{Input, Source};
use crate::npy::Header;

/// The largest number of files in an archive.
const MOST_FILES: usize = 1 << 12;

/// All arrays together may unpack to this many bytes, for any length of the archive.
const BELIEVED_BYTES: u64 = 1 << 28;

/// Each byte of the archive allows this many more. Deflate reaches 1032, but only for arrays that are almost constant.
const BYTES_PER_BYTE: u64 = 100;

/// Reads every array of the archive.
pub(crate) fn read(input: Input<'_>) -> Result<Vec<Array>, MediaError> {
    let (path, mut believed) = (input.path, believed(input.length));
    let mut archive = open(input)?;
    let mut arrays = Vec::with_capacity(archive.len());
    let mut names = HashSet::new();
    for index in 0..archive.len() {
        let array = read_one(path, &mut archive, index, &mut believed)?;
        if !names.insert(array.name.clone()) {
            return Err(corrupt(path, format!("it holds two arrays {:?}", array.name)));
        }
        arrays.push(array);
    }
    Ok(arrays)
}

/// Reads the array of an archive with only one, of real values.
pub(crate) fn read_only(input: Input<'_>) -> Result<Array, MediaError> {
    let (path, mut believed) = (input.path, believed(input.length));
    let mut archive = open(input)?;
    if archive.len() > 1 {
        return Err(MediaError::SeveralArrays { path: path.into(), names: names_in(path, &archive)? });
    }
    let (place, header, data) = read_values(path, &mut archive, 0, &mut believed, |value| value as f32)?;
    let header = header.of_real(&place.path)?;
    array(place, &header, data)
}

/// An array of 64-bit floats, which may be empty and hold NaN.
pub(crate) struct NamedValues {
    pub name: String,
    pub shape: Vec<usize>,
    pub data: Vec<f64>,
}

/// The names of the arrays of an archive.
pub(crate) fn names(input: Input<'_>) -> Result<Vec<String>, MediaError> {
    let path = input.path;
    names_in(path, &open(input)?)
}

fn names_in<S: Read + Seek>(path: &Path, archive: &ZipArchive<S>) -> Result<Vec<String>, MediaError> {
    let names = archive.file_names().map(|name| name.map(|name| array_name(&name).to_owned()));
    names.collect::<Result<_, _>>().map_err(|error| fault(path, error))
}

/// Reads the arrays with one of the names `wanted`, without narrowing their numbers. All others are passed over.
pub(crate) fn read_named(input: Input<'_>, wanted: &[&str]) -> Result<Vec<NamedValues>, MediaError> {
    let (path, mut believed) = (input.path, believed(input.length));
    let mut archive = open(input)?;
    let mut arrays: Vec<NamedValues> = Vec::new();
    for index in 0..archive.len() {
        let full = archive.by_index_raw(index).and_then(|file| Ok(file.name()?.into_owned()));
        let name = array_name(&full.map_err(|error| fault(path, error))?).to_owned();
        if !wanted.contains(&name.as_str()) {
            continue;
        }
        if arrays.iter().any(|array| array.name == name) {
            return Err(corrupt(path, format!("it holds two arrays {name:?}")));
        }
        let (shape, data) = match read_values(path, &mut archive, index, &mut believed, |value| value) {
            Ok((place, header, data)) => (header.of_real(&place.path)?.shape().to_vec(), data),
            Err(MediaError::Empty { shape, .. }) => (shape, Vec::new()),
            Err(error) => return Err(error),
        };
        arrays.push(NamedValues { name, shape, data });
    }
    Ok(arrays)
}

/// Reads the table of contents of an archive with at least one file.
fn open(input: Input<'_>) -> Result<ZipArchive<Box<dyn Source>>, MediaError> {
    let Input { path, source, .. } = input;
    let archive = ZipArchive::new(source).map_err(|error| fault(path, error))?;
    if archive.is_empty() {
        return Err(MediaError::Empty { path: path.into(), shape: vec![0] });
    }
    if archive.len() > MOST_FILES {
        let detail = format!("it holds {} files; {MOST_FILES} are the most that are read", archive.len());
        return Err(corrupt(path, detail));
    }
    Ok(archive)
}

/// The bytes to which all arrays of an archive with `length` bytes may unpack.
fn believed(length: u64) -> u64 {
    BELIEVED_BYTES.saturating_add(length.saturating_mul(BYTES_PER_BYTE))
}

/// Reads file `index` as an array without NaN, and subtracts its bytes from the remaining limit.
fn read_one<S: Read + Seek>(
    path: &Path,
    archive: &mut ZipArchive<S>,
    index: usize,
    believed: &mut u64,
) -> Result<Array, MediaError> {
    let (place, header, data) = read_values(path, archive, index, believed, |value| value as f32)?;
    array(place, &header, data)
}

/// The array with these values, unless one of them is not finite.
fn array(place: Place, header: &Header, data: Vec<f32>) -> Result<Array, MediaError> {
    let Place { name, path } = place;
    let array = Array { name, shape: header.shape().to_vec(), data, complex: header.is_complex() };
    array.check_finite(&path)?;
    Ok(array)
}

/// The name of an array, and its path in errors.
struct Place {
    name: String,
    path: PathBuf,
}

/// Reads the header and the values of file `index`, and subtracts its bytes from the remaining limit.
fn read_values<S: Read + Seek, T: Clone + Default>(
    path: &Path,
    archive: &mut ZipArchive<S>,
    index: usize,
    believed: &mut u64,
    convert: impl Fn(f64) -> T,
) -> Result<(Place, Header, Vec<T>), MediaError> {
    let mut file = archive.by_index(index).map_err(|error| fault(path, error))?;
    let full = file.name().map_err(|error| fault(path, error))?.into_owned();
    let name = array_name(&full).to_owned();
    let place = PathBuf::from(format!("{}:{name}", path.display()));
    let unpacked = file.size();
    let header = Header::read_from(&place, &mut file, unpacked)?;
    *believed = believed.checked_sub(header.bytes()).ok_or_else(|| MediaError::TooLarge {
        path: place.clone(),
        shape: header.shape().to_vec(),
        reason: "more than an archive of its length should hold",
    })?;
    let data = header.values_from(&place, &mut file, convert)?;
    Ok((Place { name, path: place }, header, data))
}

/// The name of an array, from the name of its file.
fn array_name(file: &str) -> &str {
    file.strip_suffix(".npy").unwrap_or(file)
}

fn fault(path: &Path, error: ZipError) -> MediaError {
    match error {
        ZipError::Io(error) if error.kind() != std::io::ErrorKind::UnexpectedEof => {
            Input::refused(path, error)
        }
        ZipError::UnsupportedArchive(detail) => {
            MediaError::Unsupported { path: path.into(), format: ".npz", detail: detail.to_string() }
        }
        error => corrupt(path, error.to_string()),
    }
}

fn corrupt(path: &Path, detail: String) -> MediaError {
    MediaError::Corrupt { path: path.into(), format: ".npz", detail }
}
