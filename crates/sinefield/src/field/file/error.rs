//! What can be wrong with a field file.
//!
//! Names and texts that come out of a file are quoted, escaped and cut, so that no file can write
//! over a terminal or fill it.

use std::path::PathBuf;

use thiserror::Error;

use crate::field::FieldError;
use sinefield_files::WriteError;

/// The most characters of a file's own text that a message repeats.
const QUOTED: usize = 80;
const EXPLAINED: usize = 300;

/// Why a field could not be loaded or saved.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum FileError {
    /// The file could not be read, is not a field's, or the field may not go into it.
    #[error("{}: {fault}", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        fault: FileFault,
    },
    /// The same of bytes that have no file.
    #[error("field: {0}")]
    Bytes(FileFault),
    /// The file could not be written.
    #[error(transparent)]
    Write(WriteError),
}

/// What is wrong with a field file, and what to do about it.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum FileFault {
    /// The system refused to open or read the file.
    #[error("{}", unread(.0))]
    Read(std::io::Error),
    /// An axis has no usable range.
    #[error("says that axis {axis} has a range whose ends or whose length are not finite; correct it")]
    Range {
        /// The axis, counted from 0.
        axis: usize,
    },
    /// The affine map is singular, not finite or of another size.
    #[error("has an affine map that cannot be inverted or is not from {inputs} axes to {inputs}; correct it")]
    Affine {
        /// Coordinates of the field.
        inputs: usize,
    },
    /// The bytes do not have the hash that the file says.
    #[error("is damaged: its checksum does not match; copy it again")]
    Checksum,
    /// There are fewer bytes than the file says of itself.
    #[error("ends after {found} of at least {expected} bytes; copy or save it again")]
    Truncated {
        /// The least that should be there.
        expected: u64,
        /// What is there.
        found: u64,
    },
    /// There are more bytes than the file says of itself.
    #[error("goes on after the {expected} bytes its header describes; copy or save it again")]
    Oversized {
        /// What should be there.
        expected: u64,
    },
    /// The header would be longer than any field's.
    #[error(
        "has a header of {found} bytes, above the {most} a field's may have; if it is no safetensors file \
         (a PyTorch .pth, say), save its weights with safetensors first, else keep less in the metadata"
    )]
    HeaderTooLong {
        /// What the first eight bytes say.
        found: u64,
        /// The longest that is read or written.
        most: u64,
    },
    /// The header is not what safetensors prescribes.
    #[error("has no readable safetensors header ({0}); save it again")]
    Header(String),
    /// Neither the metadata nor the tensors' names tell what network this is.
    #[error(
        "has no \"sinefield\" metadata and no network named as in the official SIREN code (found {tensor}); \
         give a file saved by sinefield or weights of that code"
    )]
    Foreign {
        /// The first tensor that does not fit, quoted, or `no tensor`.
        tensor: String,
    },
    /// Weights of the official code whose last layer is a sine layer.
    #[error(
        "ends in a sine layer ({tensor}), but a field ends in a linear one; train it with outermost_linear=True"
    )]
    SineOutput {
        /// The last layer's weight or bias, quoted.
        tensor: String,
    },
    /// A later sinefield wrote the file.
    #[error("is of version {found}, but this build reads up to version {newest}; update sinefield")]
    FutureVersion {
        /// The file's.
        found: u64,
        /// This build's.
        newest: u64,
    },
    /// The metadata is not the JSON of a field.
    #[error("has \"sinefield\" metadata that cannot be used ({0}); correct it or save the field again")]
    Metadata(String),
    /// The layers in the metadata, or those the tensors' shapes tell, cannot be.
    #[error("describes an impossible network ({0}); correct it or save the field again")]
    Architecture(FieldError),
    /// The metadata names too few or too many coordinates.
    #[error("names {found} coordinates for a network of {expected}; name each one, or none")]
    Axes {
        /// Coordinates of the network.
        expected: usize,
        /// Names in the metadata.
        found: usize,
    },
    /// An axis has no samples, or more than any signal.
    #[error(
        "says that axis number {axis} has {samples} samples; between 1 and {most} can be, so save it again"
    )]
    Samples {
        /// The axis, counted from 0.
        axis: usize,
        /// What the metadata says.
        samples: usize,
        /// The most there can be.
        most: usize,
    },
    /// A tensor that the layers call for is not there.
    #[error("has no tensor \"{name}\", which its layers call for; save the field again")]
    MissingTensor {
        /// The tensor.
        name: String,
    },
    /// A tensor is there that no layer calls for.
    #[error("has a tensor {name} that none of its layers has; remove it or save the field again")]
    UnknownTensor {
        /// The tensor, quoted.
        name: String,
    },
    /// A tensor's numbers are of a type that is not read.
    #[error("has tensor \"{name}\" of type {found}; convert it to F32 (F64, F16 and BF16 are read too)")]
    Type {
        /// The tensor.
        name: String,
        /// Its type, quoted.
        found: String,
    },
    /// A tensor has another shape than its layer.
    #[error(
        "has tensor \"{name}\" of shape {found} where its layer has {expected}; correct the layers or save the \
         field again"
    )]
    Shape {
        /// The tensor.
        name: String,
        /// The layer's shape, as `(3, 2)`.
        expected: String,
        /// The tensor's.
        found: String,
    },
    /// Tensors overlap, leave a gap, or take more or fewer bytes than their shape.
    #[error(
        "has tensor \"{name}\" at bytes {start} to {end}, which should be {due} to {due_end}; save it again"
    )]
    Extent {
        /// The tensor.
        name: String,
        /// Its first byte, counted from the header's end.
        start: u64,
        /// The byte after its last.
        end: u64,
        /// Where the tensor before it ends.
        due: u64,
        /// Where its type and shape end from there.
        due_end: u64,
    },
    /// A parameter is NaN or infinite.
    #[error("holds {name}, which is not a finite float32; go back to an earlier checkpoint or fit again")]
    NotFinite {
        /// The parameter, as `layers.2.weight[17]`.
        name: String,
    },
}

/// A file's own name for something, in quotes.
pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", cut(name, QUOTED))
}

/// A parser's message, which may repeat parts of the file.
pub(super) fn explained(error: &serde_json::Error) -> String {
    cut(&error.to_string(), EXPLAINED)
}

/// A shape as Python writes it.
pub(super) fn shape(sizes: &[u64]) -> String {
    match sizes {
        [one] => format!("({one},)"),
        _ => {
            let listed: Vec<String> = sizes.iter().take(8).map(u64::to_string).collect();
            let rest = if sizes.len() > 8 { ", ..." } else { "" };
            format!("({}{rest})", listed.join(", "))
        }
    }
}

/// At most `most` characters of `text`, the unprintable ones escaped.
fn cut(text: &str, most: usize) -> String {
    let escape = |c: char| if c == '"' || c == '\'' { c.into() } else { c.escape_debug().to_string() };
    let mut shown: String = text.chars().take(most).map(escape).collect();
    if text.chars().nth(most).is_some() {
        shown.push_str("...");
    }
    shown
}

/// What to say of a file that the system does not give.
fn unread(reason: &std::io::Error) -> String {
    match reason.kind() {
        std::io::ErrorKind::NotFound => "there is no such file; check the name".into(),
        _ => format!("cannot be read ({reason}); name a field file that can"),
    }
}
