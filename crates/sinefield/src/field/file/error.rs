//! The errors of field files.
//!
//! Names and texts from a file are quoted, escaped and truncated, so that no file can overwrite or flood a
//! terminal.

use std::path::PathBuf;

use thiserror::Error;

use crate::field::FieldError;
use sinefield_files::WriteError;

/// The most characters of a file's text in a message.
const QUOTED: usize = 80;
const EXPLAINED: usize = 300;

/// The reason that a field could not be loaded or saved.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum FileError {
    /// The file could not be read, is not the file of a field, or cannot hold the field.
    #[error("{}: {fault}", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The fault.
        #[source]
        fault: FileFault,
    },
    /// The same faults in bytes in memory, without a file.
    #[error("field: {0}")]
    Bytes(#[source] FileFault),
    /// The file could not be written.
    #[error(transparent)]
    Write(WriteError),
}

/// A fault of a field file. The message also says what to do.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum FileFault {
    /// The system refused to open or read the file.
    #[error("{}", unread(.0))]
    Read(#[source] std::io::Error),
    /// An axis has a range that is not finite, a range without length and several samples, or a length below
    /// about 1e-154 or above 1e154.
    #[error(
        "says that axis {axis} has a range that is not finite, or too short or too long for its samples; correct it"
    )]
    Range {
        /// The axis, counted from 0.
        axis: usize,
    },
    /// The affine map is singular or not finite, its size does not match the coordinates, or there are no axes.
    #[error("has an affine map that cannot be inverted or is not from {inputs} axes to {inputs}; correct it")]
    Affine {
        /// Coordinates of the field.
        inputs: usize,
    },
    /// The bytes do not match the hash in the file.
    #[error("is damaged: its checksum does not match; copy it again")]
    Checksum,
    /// There are fewer bytes than the file states.
    #[error("ends after {found} of at least {expected} bytes; copy or save it again")]
    Truncated {
        /// The smallest possible number of bytes.
        expected: u64,
        /// The number of bytes found.
        found: u64,
    },
    /// There are more bytes than the file states.
    #[error("goes on after the {expected} bytes its header describes; copy or save it again")]
    Oversized {
        /// The number of bytes that the file states.
        expected: u64,
    },
    /// The header is longer than that of any field.
    #[error(
        "has a header of {found} bytes, above the {most} a field's may have; if it is no safetensors file \
         (a PyTorch .pth, say), save its weights with safetensors first, else keep less in the metadata"
    )]
    HeaderTooLong {
        /// The length in the first eight bytes.
        found: u64,
        /// The longest header that is read or written.
        most: u64,
    },
    /// The header does not follow the safetensors format.
    #[error("has no readable safetensors header ({0}); save it again")]
    Header(String),
    /// Neither the metadata nor the tensor names identify a network.
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
    /// A later version of sinefield wrote the file.
    #[error("is of version {found}, but this build reads up to version {newest}; update sinefield")]
    FutureVersion {
        /// The version of the file.
        found: u64,
        /// The version of this build.
        newest: u64,
    },
    /// The metadata is not the JSON of a field.
    #[error("has \"sinefield\" metadata that cannot be used ({0}); correct it or save the field again")]
    Metadata(String),
    /// The layers from the metadata or from the tensor shapes are not valid.
    #[error("describes an impossible network ({0}); correct it or save the field again")]
    Architecture(#[source] FieldError),
    /// The form of the outputs is too long, does not match the network, or cannot be compiled.
    #[error("has a form of its outputs that cannot be used ({0}); correct it or save the field again")]
    Form(String),
    /// The metadata has too few or too many coordinates.
    #[error("names {found} coordinates for a network of {expected}; name each one, or none")]
    Axes {
        /// Coordinates of the network.
        expected: usize,
        /// Names in the metadata.
        found: usize,
    },
    /// The number of samples of an axis is zero or too large.
    #[error(
        "says that axis number {axis} has {samples} samples; it must have 1 to {most}, so save the field again"
    )]
    Samples {
        /// The axis, counted from 0.
        axis: usize,
        /// The number in the metadata.
        samples: usize,
        /// The largest allowed number.
        most: usize,
    },
    /// A tensor of a layer is missing.
    #[error("has no tensor \"{name}\", which its layers need; save the field again")]
    MissingTensor {
        /// The tensor.
        name: String,
    },
    /// A tensor belongs to no layer.
    #[error("has a tensor {name} that none of its layers has; remove it or save the field again")]
    UnknownTensor {
        /// The tensor, quoted.
        name: String,
    },
    /// The number type of a tensor is not supported.
    #[error("has tensor \"{name}\" of type {found}; convert it to F32 (F64, F16 and BF16 are read too)")]
    Type {
        /// The tensor.
        name: String,
        /// Its type, quoted.
        found: String,
    },
    /// The shape of a tensor differs from that of its layer.
    #[error(
        "has tensor \"{name}\" of shape {found} where its layer has {expected}; correct the layers or save the \
         field again"
    )]
    Shape {
        /// The tensor.
        name: String,
        /// The layer's shape, such as `(3, 2)`.
        expected: String,
        /// The shape of the tensor.
        found: String,
    },
    /// Tensors overlap, leave a gap, or have a number of bytes that does not match their shape.
    #[error(
        "has tensor \"{name}\" at bytes {start} to {end}, which should be {due} to {due_end}; save it again"
    )]
    Extent {
        /// The tensor.
        name: String,
        /// Its first byte, counted from the end of the header.
        start: u64,
        /// The byte after its last byte.
        end: u64,
        /// The end of the tensor before it: its correct start.
        due: u64,
        /// The correct end by its type and shape.
        due_end: u64,
    },
    /// A parameter is NaN or infinite.
    #[error("holds {name}, which is not a finite float32; go back to an earlier checkpoint or fit again")]
    NotFinite {
        /// The parameter, such as `layers.2.weight[17]`.
        name: String,
    },
}

impl FileFault {
    /// The fault of a form, with the compiler's message, which may repeat parts of the file.
    pub(crate) fn form(message: &str) -> Self {
        Self::Form(cut(message, EXPLAINED))
    }
}

/// A name from a file, in quotes.
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

/// At most `most` characters of `text`, with unprintable ones escaped.
fn cut(text: &str, most: usize) -> String {
    let escape = |c: char| if c == '"' || c == '\'' { c.into() } else { c.escape_debug().to_string() };
    let mut shown: String = text.chars().take(most).map(escape).collect();
    if text.chars().nth(most).is_some() {
        shown.push_str("...");
    }
    shown
}

/// The message for a file that the system cannot open or read.
fn unread(reason: &std::io::Error) -> String {
    match reason.kind() {
        std::io::ErrorKind::NotFound => "there is no such file; check the name".into(),
        _ => format!("cannot be read ({reason}); name a field file that can"),
    }
}
