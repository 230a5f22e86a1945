//! A field as a file: safetensors, so that any tool can open it.
//!
//! | in the file | what it is |
//! |---|---|
//! | tensor `layers.{i}.weight` | layer `i`'s weights, `(out, in)`, F32 |
//! | tensor `layers.{i}.bias` | layer `i`'s biases, `(out,)`, F32 |
//! | tensor `encoding.centres` | with an `rbf` encoding alone, its centres, `(centres, inputs)`, F32 |
//! | tensor `encoding.sigma` | with an `rbf` encoding alone, its widths, `(centres,)`, F32 |
//! | metadata `sinefield` | JSON, `{"version": 1, "architecture": {..}, "meta": {..}}` |
//!
//! `architecture` is [`Architecture`](super::Architecture) and `meta` is [`Meta`](super::Meta), as
//! serde writes them; `meta` may be left out. A reader accepts F64, F16 and BF16 as well, rounded to
//! F32, and refuses whatever does not fit together: a file comes from outside and may be cut short,
//! made by another program, or made to do harm. Nothing is allocated on the word of the file alone:
//! the header is bounded, the layers are checked against the tensors it lists, and memory for those
//! grows only as their bytes arrive.
//!
//! Without the `sinefield` entry, tensors named as the authors' PyTorch code names them are read as
//! the networks it makes: see [`Field::load`].

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

/// The newest version of the metadata that this build reads, and the one it writes.
const VERSION: u64 = 1;
/// The longest header, in bytes. The tensors of the deepest network take 300 kB of it.
const LONGEST_HEADER: u64 = 8 << 20;
/// The metadata entry that is ours.
const ENTRY: &str = "sinefield";

impl Field {
    /// Writes the field as the file `path`, replacing what is there only once all is on disk.
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
    /// As [`Field::to_bytes`], or if the file cannot be written.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), FileError> {
        let path = path.as_ref();
        let bytes = write::encode(self).map_err(|fault| FileError::File { path: path.into(), fault })?;
        sinefield_files::write(path, |file| file.write_all(&bytes)).map_err(FileError::Write)
    }

    /// The bytes of the field's file.
    ///
    /// # Errors
    /// If what they hold could not be read back: a parameter that is not finite, an ω or width out of
    /// range, a coordinate too many in [`Field::meta`], or a number in it that JSON cannot say.
    pub fn to_bytes(&self) -> Result<Vec<u8>, FileError> {
        write::encode(self).map_err(FileError::Bytes)
    }

    /// Reads the field in the file `path`.
    ///
    /// The file is one that [`Field::save`] wrote, or the weights of the official SIREN code kept as
    /// safetensors: `net.net.{i}.0.weight` and `.bias` (with two, one or no leading `net.`), or
    /// `net.{i}.linear.weight` with a last `net.{i}.weight`. Such a file says nothing but shapes, so
    /// the code's defaults are taken: sines of ω 30 and a linear last layer.
    ///
    /// # Errors
    /// If the file cannot be read or is not a field's; the message names the file, what is wrong in
    /// it, and what to do.
    pub fn load(path: impl AsRef<Path>) -> Result<Field, FileError> {
        let path = path.as_ref();
        let file = std::fs::File::open(path).map_err(FileFault::Read);
        file.and_then(read::decode).map_err(|fault| FileError::File { path: path.into(), fault })
    }

    /// Reads a field from the bytes of its file.
    ///
    /// # Errors
    /// As [`Field::load`], without the name of a file.
    pub fn from_bytes(bytes: &[u8]) -> Result<Field, FileError> {
        read::decode(bytes).map_err(FileError::Bytes)
    }
}

/// FNV-1a over 64 bits: against damage, not against malice.
pub(crate) fn fnv(bytes: impl Iterator<Item = u8>) -> u64 {
    bytes.fold(0xcbf2_9ce4_8422_2325, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests;
