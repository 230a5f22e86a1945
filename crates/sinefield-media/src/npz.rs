//! Reads the `.npz` format of numpy: a zip file of `.npy` files, stored or deflated.
//!
//! Only the offsets in the archive's table of contents are trusted. Allocations follow from the header of each array,
//! which is checked against the number of packed bytes.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use zip::ZipArchive;
use zip::result::ZipError;

use crate::MediaError;
use crate::arrays::{Array, check_finite};
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

/// Reads the array of an archive with only one.
pub(crate) fn read_only(input: Input<'_>) -> Result<Array, MediaError> {
    let (path, mut believed) = (input.path, believed(input.length));
    let mut archive = open(input)?;
    if archive.len() > 1 {
        let names = archive.file_names().map(|name| name.map(|name| array_name(&name).to_owned()));
        let names = names.collect::<Result<_, _>>().map_err(|error| fault(path, error))?;
        return Err(MediaError::SeveralArrays { path: path.into(), names });
    }
    read_one(path, &mut archive, 0, &mut believed)
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

/// Reads file `index` and subtracts its bytes from the remaining limit.
fn read_one<S: std::io::Read + std::io::Seek>(
    path: &Path,
    archive: &mut ZipArchive<S>,
    index: usize,
    believed: &mut u64,
) -> Result<Array, MediaError> {
    let mut file = archive.by_index(index).map_err(|error| fault(path, error))?;
    let full = file.name().map_err(|error| fault(path, error))?.into_owned();
    let name = array_name(&full).to_owned();
    let place = PathBuf::from(format!("{}:{name}", path.display()));
    let unpacked = file.size();
    let header = Header::read_from(&place, &mut file, unpacked)?;
    let (bytes, shape) = (header.bytes(), header.shape().to_vec());
    *believed = believed.checked_sub(bytes).ok_or_else(|| MediaError::TooLarge {
        path: place.clone(),
        shape: shape.clone(),
        reason: "more than an archive of its length should hold",
    })?;
    let data = header.values_from(&place, &mut file, |value| value as f32)?;
    check_finite(&place, &shape, &data)?;
    Ok(Array { name, shape, data })
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
