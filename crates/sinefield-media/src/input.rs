//! Opens files for reading, and checks the sizes that their headers state.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read, Seek, SeekFrom};
use std::path::Path;

use crate::MediaError;
use crate::watch::Counted;

/// The largest number of values of an image or array: 8 GiB of 32-bit floats.
const MOST_VALUES: usize = 1 << 31;

/// Up to this many values are accepted for any file, however short.
const BELIEVED_VALUES: usize = 1 << 26;

/// The largest number of values for one byte of a compressed file. Deflate reaches 1032 bytes from one, and one byte of
/// a palette image can be eight pixels with four channels.
const VALUES_PER_BYTE: u64 = 1 << 15;

/// The largest number of bytes from a pipe, whose length is unknown.
const MOST_PIPED: u64 = 1 << 30;

/// A source of bytes: a file or memory.
pub(crate) trait Source: BufRead + Seek + Send + Sync {}

impl<T: BufRead + Seek + Send + Sync> Source for T {}

/// An open file.
pub(crate) struct Input<'a> {
    pub path: &'a Path,
    /// Counts its bytes for [`watch`](crate::watch::watch).
    pub source: Box<dyn Source>,
    /// Its length in bytes.
    pub length: u64,
}

impl<'a> Input<'a> {
    /// Opens a file. A pipe is read into memory, because decoders need to seek.
    pub fn open(path: &'a Path) -> Result<Self, MediaError> {
        let file = File::open(path).map_err(|source| Self::refused(path, source))?;
        let metadata = file.metadata().map_err(|source| Self::refused(path, source))?;
        if metadata.is_dir() {
            return Err(MediaError::IsFolder { path: path.into() });
        }
        if metadata.is_file() {
            let length = metadata.len();
            return Ok(Self { path, source: Box::new(BufReader::new(Counted::new(file, length))), length });
        }
        let mut bytes = Vec::new();
        file.take(MOST_PIPED).read_to_end(&mut bytes).map_err(|source| Self::refused(path, source))?;
        Ok(Self::memory(path, bytes))
    }

    /// The content of a file that is in memory. `name` is its name in errors.
    pub fn memory(name: &'a Path, bytes: Vec<u8>) -> Self {
        let length = bytes.len() as u64;
        Self { path: name, source: Box::new(Cursor::new(bytes)), length }
    }

    /// The first bytes of the file, fewer if it is shorter. The position is then at the start again.
    pub fn beginning(&mut self, most: u64) -> Result<Vec<u8>, MediaError> {
        let mut bytes = Vec::new();
        (&mut self.source)
            .take(most)
            .read_to_end(&mut bytes)
            .and_then(|_| self.source.seek(SeekFrom::Start(0)))
            .map_err(|source| Self::refused(self.path, source))?;
        Ok(bytes)
    }

    /// The error for a file that could not be opened or read.
    pub fn refused(path: &Path, source: io::Error) -> MediaError {
        let path = path.to_path_buf();
        match source.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => MediaError::NotFound { path },
            io::ErrorKind::IsADirectory => MediaError::IsFolder { path },
            io::ErrorKind::PermissionDenied => MediaError::Denied { path },
            _ => MediaError::Read { path, source },
        }
    }
}

/// Checks the dimensions in the header of a compressed file with `length` bytes, before any allocation.
pub(crate) fn believe(path: &Path, length: u64, shape: &[usize]) -> Result<(), MediaError> {
    let values = count(path, shape)?;
    if values > BELIEVED_VALUES && values as u64 / VALUES_PER_BYTE > length {
        return Err(too_large(path, shape, "more than a file of its length can hold"));
    }
    Ok(())
}

/// The number of values of a shape. No size may be zero.
pub(crate) fn count(path: &Path, shape: &[usize]) -> Result<usize, MediaError> {
    if shape.contains(&0) {
        return Err(MediaError::Empty { path: path.into(), shape: shape.into() });
    }
    shape
        .iter()
        .try_fold(1, |product: usize, &size| product.checked_mul(size))
        .filter(|&values| values <= MOST_VALUES)
        .ok_or_else(|| too_large(path, shape, "more than are ever read"))
}

/// Zeros for the values of a shape, or an error if there is not enough memory.
pub(crate) fn zeros<T: Clone + Default>(path: &Path, shape: &[usize]) -> Result<Vec<T>, MediaError> {
    let values = count(path, shape)?;
    let mut zeros = Vec::new();
    zeros
        .try_reserve_exact(values)
        .map_err(|_| too_large(path, shape, "more than the memory that is free"))?;
    zeros.resize(values, T::default());
    Ok(zeros)
}

fn too_large(path: &Path, shape: &[usize], reason: &'static str) -> MediaError {
    MediaError::TooLarge { path: path.into(), shape: shape.into(), reason }
}
