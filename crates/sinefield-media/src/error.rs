//! What can be wrong with a file that is read or written, said so that it can be put right.

use std::io;
use std::path::PathBuf;

use sinefield_files::WriteError;

/// Everything that reading and writing media can fail with.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MediaError {
    /// There is no file of that name.
    #[error("{}: no such file; check the name", .path.display())]
    NotFound {
        /// The file asked for.
        path: PathBuf,
    },
    /// The path names a folder.
    #[error("{}: is a folder; name a file in it", .path.display())]
    IsFolder {
        /// The path asked for.
        path: PathBuf,
    },
    /// The file may not be read.
    #[error("{}: may not be read; change its permissions", .path.display())]
    Denied {
        /// The file asked for.
        path: PathBuf,
    },
    /// The system failed to read the file.
    #[error("{}: cannot be read: {source}", .path.display())]
    Read {
        /// The file asked for.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file is in no format that is read.
    #[error(
        "{}: not an image in a format that is read ({}); convert it to one of these", .path.display(), crate::READ_FORMATS
    )]
    NotAnImage {
        /// The file asked for.
        path: PathBuf,
    },
    /// The file is in no format of sound that is read.
    #[error(
        "{}: not a sound in a format that is read ({}); convert it to one of these", .path.display(), crate::SOUND_FORMATS
    )]
    NotASound {
        /// The file asked for.
        path: PathBuf,
    },
    /// The file is in no format of volumes that is read.
    #[error(
        "{}: not a volume in a format that is read ({}); convert it to one of these", .path.display(), crate::VOLUME_FORMATS
    )]
    NotAVolume {
        /// The file asked for.
        path: PathBuf,
    },
    /// The file is in no format of signals that is read.
    #[error(
        "{}: not a signal in a format that is read (images: {}; sounds: {}; volumes: {}); convert it to one of these",
        .path.display(), crate::READ_FORMATS, crate::SOUND_FORMATS, crate::VOLUME_FORMATS
    )]
    NotASignal {
        /// The file asked for.
        path: PathBuf,
    },
    /// The file holds a signal of another kind than the one asked for.
    #[error("{}: holds {found}, not {asked}; name another file or ask for what it holds", .path.display())]
    Kind {
        /// The file asked for.
        path: PathBuf,
        /// What it holds, with its article.
        found: &'static str,
        /// What was asked for.
        asked: &'static str,
    },
    /// The file holds several arrays where one is needed.
    #[error(
        "{}: holds {} arrays ({}) where one is needed; save the one to be read in a file of its own", .path.display(), .names.len(), listed(.names)
    )]
    SeveralArrays {
        /// The file asked for.
        path: PathBuf,
        /// The names of the arrays.
        names: Vec<String>,
    },
    /// The file is none that arrays are read from.
    #[error("{}: no .npy or .npz array and no .csv table; convert it to one of these", .path.display())]
    NotArrays {
        /// The file asked for.
        path: PathBuf,
    },
    /// The file is none that points are read from.
    #[error("{}: no .npy array; save the points as one, of (points, coordinates)", .path.display())]
    NotPoints {
        /// The file asked for.
        path: PathBuf,
    },
    /// A cell of a table is not what it should be.
    #[error("{}: line {line}, column {column}: {detail}", .path.display())]
    Table {
        /// The file asked for.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
        /// The cell of the line, counted from 1.
        column: usize,
        /// What is wrong with it, and what to do.
        detail: String,
    },
    /// The file is cut off or contradicts itself.
    #[error("{}: damaged or cut-off {format} file ({detail}); fetch or export it again", .path.display())]
    Corrupt {
        /// The file asked for.
        path: PathBuf,
        /// The format it was taken for.
        format: &'static str,
        /// Where reading it stopped.
        detail: String,
    },
    /// The file is sound but uses a feature that is not read.
    #[error("{}: this kind of {format} file is not read ({detail}); export it as {}", .path.display(), plain(.format))]
    Unsupported {
        /// The file asked for.
        path: PathBuf,
        /// The format it is in.
        format: &'static str,
        /// The feature in question.
        detail: String,
    },
    /// The file holds nothing: one of its dimensions is zero.
    #[error("{}: holds nothing (its shape is {}); at least one sample is needed", .path.display(), tuple(.shape))]
    Empty {
        /// The file asked for.
        path: PathBuf,
        /// Its dimensions.
        shape: Vec<usize>,
    },
    /// The file holds NaN or an infinity.
    #[error(
        "{}: {count} values are NaN, infinite or beyond 32-bit floats, the first ({value}) at index {}; replace them first",
        .path.display(), tuple(.index)
    )]
    NotFinite {
        /// The file asked for.
        path: PathBuf,
        /// How many values there are of that kind.
        count: usize,
        /// The index of the first: row, column, channel for an image.
        index: Vec<usize>,
        /// The first of them.
        value: f64,
    },
    /// The file claims more than it can hold, or more than fits in memory.
    #[error("{}: claims the shape {}, {reason}; crop or shrink it first if it is sound", .path.display(), tuple(.shape))]
    TooLarge {
        /// The file asked for.
        path: PathBuf,
        /// The dimensions it claims.
        shape: Vec<usize>,
        /// Why that is too much.
        reason: &'static str,
    },
    /// An array has a number of dimensions that does not suit.
    #[error("{}: an array of shape {} where {expected} is needed; reshape it first", .path.display(), tuple(.shape))]
    Dimensions {
        /// The file asked for.
        path: PathBuf,
        /// The shape it has.
        shape: Vec<usize>,
        /// The shape that is needed, in words.
        expected: &'static str,
    },
    /// An array holds a type that is not read.
    #[error("{}: holds values of type {dtype}; save it as float32 first", .path.display())]
    Type {
        /// The file asked for.
        path: PathBuf,
        /// The type, as the file spells it.
        dtype: String,
    },
    /// A size is not one.
    #[error(
        "{text:?} is not a size: {reason}; give the longer side, like 256, or columns and rows, like 640x480"
    )]
    Size {
        /// The size as given.
        text: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The name of a file to be written ends in nothing that names a format.
    #[error("{}: its name does not say what to write; end it in one of {extensions}", .path.display())]
    Extension {
        /// The file to be written.
        path: PathBuf,
        /// The extensions that can be written.
        extensions: &'static str,
    },
    /// A format cannot hold what is to be written.
    #[error("{}: {format} cannot hold {detail}; write it as {} instead", .path.display(), roomy(.format))]
    Format {
        /// The file to be written.
        path: PathBuf,
        /// The format its name asks for.
        format: &'static str,
        /// What it cannot hold.
        detail: String,
    },
    /// The data handed over is not as long as its shape says.
    #[error("{}: {length} values were handed over for the shape {}", .path.display(), tuple(.shape))]
    Length {
        /// The file to be written.
        path: PathBuf,
        /// The shape the data should have.
        shape: Vec<usize>,
        /// The number of values handed over.
        length: usize,
    },
    /// The file could not be written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// Something that only videos have is wrong.
    #[error(transparent)]
    Video(#[from] crate::video::VideoError),
}

/// The formats that a file of an odd kind should be exported to.
fn plain(format: &str) -> &'static str {
    match format {
        "WAV" | "FLAC" | "MP3" | "Ogg" => "a WAV file of 16 bits",
        "NIfTI" => "NIfTI of float32, or .npy",
        _ => "PNG or .npy",
    }
}

/// The formats that hold what `format` does not.
fn roomy(format: &str) -> &'static str {
    match format {
        "WAV" | "NIfTI" => ".npy",
        _ => ".npy or .exr",
    }
}

/// The first few names of a list.
fn listed(names: &[String]) -> String {
    let shown = 8;
    let rest = if names.len() > shown { ", ..." } else { "" };
    names[..names.len().min(shown)].join(", ") + rest
}

/// A shape as numpy writes it.
fn tuple(sizes: &[usize]) -> String {
    match sizes {
        [one] => format!("({one},)"),
        _ => {
            let sizes: Vec<String> = sizes.iter().map(usize::to_string).collect();
            format!("({})", sizes.join(", "))
        }
    }
}
