//! The file of a field. It is a safetensors file, so that other tools can open it.
//!
//! | in the file | content |
//! |---|---|
//! | tensor `layers.{i}.weight` | layer `i`'s weights, `(out, in)`, F32 |
//! | tensor `layers.{i}.bias` | layer `i`'s biases, `(out,)`, F32 |
//! | tensor `encoding.centres` | only with an `rbf` encoding: its centres, `(centres, inputs)`, F32 |
//! | tensor `encoding.sigma` | only with an `rbf` encoding: its widths, `(centres,)`, F32 |
//! | metadata `sinefield` | JSON, `{"version": 1, "architecture": {..}, "meta": {..}}` |
//!
//! `architecture` is [`Architecture`](super::Architecture) and `meta` is [`Meta`](super::Meta), as
//! written by serde; `meta` is optional. The version is 2 if the field has a [`Form`](super::Form) or a periodic
//! or Fourier encoding, so that an older reader refuses it instead of misreading it. A reader also accepts F64, F16 and BF16 and converts them to F32.
//! It refuses an inconsistent file: a file may be truncated, made by another program, or malicious. No
//! allocation relies on a size that the file only claims. The length of the header is bounded, the layers
//! are checked against the tensors it lists, and memory for tensors grows only as their bytes arrive.
//!
//! Without the `sinefield` entry, a reader accepts the tensor names of the authors' PyTorch code: see
//! [`Field::load`].

mod error;
mod header;
mod layout;
mod number;
mod official;
mod read;
mod write;

use std::io::Write;
use std::path::Path;

pub(crate) use error::quoted;
pub use error::{FileError, FileFault};
pub(crate) use header::{Header, Tensor};
pub(crate) use read::{LENGTH, exactly, length_of_header, slice, take_field};
pub(crate) use write::{Slice, parts};

use super::Field;

/// The newest version of the metadata that this build reads. It writes it for fields that version 1 cannot describe.
const VERSION: u64 = 2;
/// The version of all other fields.
const FIRST_VERSION: u64 = 1;
/// The longest header, in bytes. The tensors of the deepest network need 300 kB.
const LONGEST_HEADER: u64 = 8 << 20;
/// The name of the metadata entry of sinefield.
const ENTRY: &str = "sinefield";

impl Field {
    /// Writes the field to the file `path`. It replaces an existing file only after all bytes are on disk.
    ///
    /// ```
    /// use sinefield::field::{Field, FieldConfig};
    ///
    /// let folder = tempfile::tempdir()?;
    /// let path = folder.path().join("picture.safetensors");
    /// let field = Field::new(&FieldConfig { hidden: 8, ..FieldConfig::new(2, 3) }, 7)?;
    /// field.save(&path)?;
    /// assert_eq!(Field::load(&path)?, field);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// The errors of [`Field::to_bytes`], or if the file cannot be written.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), FileError> {
        let path = path.as_ref();
        let bytes = write::encode(self).map_err(|fault| FileError::File { path: path.into(), fault })?;
        sinefield_files::write(path, |file| file.write_all(&bytes)).map_err(FileError::Write)
    }

    /// The bytes of the field's file.
    ///
    /// # Errors
    /// If the bytes could not be read back: a parameter is not finite, an ω or width is out of range, the
    /// header is too long, or [`Field::meta`] has a wrong number of coordinates, an invalid axis or affine map,
    /// or a value that JSON cannot represent.
    pub fn to_bytes(&self) -> Result<Vec<u8>, FileError> {
        write::encode(self).map_err(FileError::Bytes)
    }

    /// Reads the field in the file `path`.
    ///
    /// The file is from [`Field::save`] or has weights of the official SIREN code as safetensors:
    /// `net.net.{i}.0.weight` and `.bias` (with two, one or no leading `net.`), or `net.{i}.linear.weight`
    /// with a last `net.{i}.weight`. The latter files contain only shapes, so the reader assumes the
    /// defaults of that code: sines of ω 30 and a linear last layer.
    ///
    /// # Errors
    /// If the file cannot be read or is not the file of a field. The message names the file, says what is
    /// wrong in it, and what to do.
    pub fn load(path: impl AsRef<Path>) -> Result<Field, FileError> {
        let path = path.as_ref();
        let file = std::fs::File::open(path).map_err(FileFault::Read);
        file.and_then(read::decode).map_err(|fault| FileError::File { path: path.into(), fault })
    }

    /// Reads a field from the bytes of its file.
    ///
    /// # Errors
    /// The errors of [`Field::load`], without the name of a file.
    pub fn from_bytes(bytes: &[u8]) -> Result<Field, FileError> {
        read::decode(bytes).map_err(FileError::Bytes)
    }
}

/// The 64-bit FNV-1a hash. It detects damage, not manipulation.
pub(crate) fn fnv(bytes: impl Iterator<Item = u8>) -> u64 {
    bytes.fold(0xcbf2_9ce4_8422_2325, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests;
