//! The errors of reading and writing media files. Each message says how to fix the problem.

use std::io;
use std::path::PathBuf;

use sinefield_files::WriteError;

/// The errors of reading and writing media.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MediaError {
    /// The file does not exist.
    #[error("{}: no such file; check the name", .path.display())]
    NotFound {
        /// The file.
        path: PathBuf,
    },
    /// The path names a folder.
    #[error("{}: is a folder; name a file in it", .path.display())]
    IsFolder {
        /// The path.
        path: PathBuf,
    },
    /// The file has no read permission.
    #[error("{}: may not be read; change its permissions", .path.display())]
    Denied {
        /// The file.
        path: PathBuf,
    },
    /// The system failed to read the file.
    #[error("{}: cannot be read: {source}", .path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The message of the system.
        source: io::Error,
    },
    /// The format of the file is not supported.
    #[error(
        "{}: not an image in a format that is read ({}); convert it to one of these", .path.display(), crate::READ_FORMATS
    )]
    NotAnImage {
        /// The file.
        path: PathBuf,
    },
    /// The format is not a supported sound format.
    #[error(
        "{}: not a sound in a format that is read ({}); convert it to one of these", .path.display(), crate::SOUND_FORMATS
    )]
    NotASound {
        /// The file.
        path: PathBuf,
    },
    /// The format is not a supported volume format.
    #[error(
        "{}: not a volume in a format that is read ({}); convert it to one of these", .path.display(), crate::VOLUME_FORMATS
    )]
    NotAVolume {
        /// The file.
        path: PathBuf,
    },
    /// The format is not a supported format of surfaces.
    #[error(
        "{}: not a surface in a format that is read ({}); convert it to one of these", .path.display(), crate::SURFACE_FORMATS
    )]
    NotASurface {
        /// The file.
        path: PathBuf,
    },
    /// The surface has no points.
    #[error("{}: holds no points; name a file with at least one", .path.display())]
    NoPoints {
        /// The file.
        path: PathBuf,
    },
    /// A point or a normal of a surface is NaN or infinite.
    #[error(
        "{}: {what} {index} (counted from 0) has {axis} = {value}, and {count} values of its kind are not finite; repair or remove them first",
        .path.display()
    )]
    NotFinitePoint {
        /// The file.
        path: PathBuf,
        /// `point` or `normal`.
        what: &'static str,
        /// The index of the first one with NaN or infinity, counted from 0.
        index: usize,
        /// Its first coordinate that is not finite: `x`, `y` or `z`.
        axis: char,
        /// The value of this coordinate.
        value: f64,
        /// The number of values that are NaN or infinite among all points, or among all normals.
        count: usize,
    },
    /// A face of a surface names a point that does not exist.
    #[error(
        "{}: face {face} (counted from 0) names point {index}, and the {points} points have the numbers from 0 to {}; repair the face or export it again",
        .path.display(), .points.saturating_sub(1)
    )]
    FaceIndex {
        /// The file.
        path: PathBuf,
        /// The face, counted from 0.
        face: usize,
        /// The index that it names, as the file has it.
        index: f64,
        /// The number of points.
        points: usize,
    },
    /// The format is not a supported signal format.
    #[error(
        "{}: not a signal in a format that is read (images: {}; sounds: {}; volumes: {}; videos: {}); convert it to one of these",
        .path.display(), crate::READ_FORMATS, crate::SOUND_FORMATS, crate::VOLUME_FORMATS, crate::VIDEO_FORMATS
    )]
    NotASignal {
        /// The file.
        path: PathBuf,
    },
    /// The file holds a signal of another kind than requested.
    #[error("{}: holds {found}, not {asked}; name another file or ask for what it holds", .path.display())]
    Kind {
        /// The file.
        path: PathBuf,
        /// The kind of its signal, with an article.
        found: &'static str,
        /// The requested kind.
        asked: &'static str,
    },
    /// The file holds several arrays, but one is needed.
    #[error(
        "{}: holds {} arrays ({}) where one is needed; save that one in a separate file", .path.display(), .names.len(), listed(.names)
    )]
    SeveralArrays {
        /// The file.
        path: PathBuf,
        /// The names of the arrays.
        names: Vec<String>,
    },
    /// The file has no supported format for arrays.
    #[error("{}: no .npy or .npz array and no .csv table; convert it to one of these", .path.display())]
    NotArrays {
        /// The file.
        path: PathBuf,
    },
    /// The file has no supported format for points.
    #[error("{}: no .npy array; save the points as one, of (points, coordinates)", .path.display())]
    NotPoints {
        /// The file.
        path: PathBuf,
    },
    /// A cell of a table is not valid.
    #[error("{}: line {line}, column {column}: {detail}", .path.display())]
    Table {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
        /// The cell of the line, counted from 1.
        column: usize,
        /// The fault and how to fix it.
        detail: String,
    },
    /// The file is truncated or inconsistent.
    #[error("{}: damaged or cut-off {format} file ({detail}); fetch or export it again", .path.display())]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// The assumed format.
        format: &'static str,
        /// The fault at which reading stopped.
        detail: String,
    },
    /// The file is valid but uses a feature that is not supported.
    #[error("{}: this kind of {format} file is not read ({detail}); export it as {}", .path.display(), plain(.format))]
    Unsupported {
        /// The file.
        path: PathBuf,
        /// The format.
        format: &'static str,
        /// The feature.
        detail: String,
    },
    /// The file is empty: one of its dimensions is zero.
    #[error("{}: holds nothing (its shape is {}); at least one sample is needed", .path.display(), tuple(.shape))]
    Empty {
        /// The file.
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
        /// The file.
        path: PathBuf,
        /// The number of NaN or infinite values.
        count: usize,
        /// The index of the first one: row, column, channel for an image.
        index: Vec<usize>,
        /// The first one.
        value: f64,
    },
    /// The file states a size that is larger than its length allows, or than memory.
    #[error("{}: claims the shape {}, {reason}; crop or shrink it first if it is sound", .path.display(), tuple(.shape))]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The dimensions in the file.
        shape: Vec<usize>,
        /// Why they are too large.
        reason: &'static str,
    },
    /// An array has the wrong number of dimensions.
    #[error("{}: an array of shape {} where {expected} is needed; reshape it first", .path.display(), tuple(.shape))]
    Dimensions {
        /// The file.
        path: PathBuf,
        /// The shape of the array.
        shape: Vec<usize>,
        /// A description of the required shape.
        expected: &'static str,
    },
    /// The type of an array is not supported.
    #[error("{}: holds values of type {dtype}; {}", .path.display(), advice_for(.dtype))]
    Type {
        /// The file.
        path: PathBuf,
        /// The type, as written in the file.
        dtype: String,
    },
    /// A size is not valid.
    #[error(
        "{text:?} is not a size: {reason}; give the longer side, like 256, or columns and rows, like 640x480"
    )]
    Size {
        /// The given size.
        text: String,
        /// The reason.
        reason: &'static str,
    },
    /// The extension of an output file names no supported format.
    #[error("{}: its name does not say what to write; end it in one of {extensions}", .path.display())]
    Extension {
        /// The file.
        path: PathBuf,
        /// The supported extensions.
        extensions: &'static str,
    },
    /// A format cannot hold the data.
    #[error("{}: {format} cannot hold {detail}; write it as {} instead", .path.display(), roomy(.format))]
    Format {
        /// The file.
        path: PathBuf,
        /// The format of the file name.
        format: &'static str,
        /// The data that it cannot hold.
        detail: String,
    },
    /// The length of the data does not match its shape.
    #[error("{}: {length} values were handed over for the shape {}", .path.display(), tuple(.shape))]
    Length {
        /// The file.
        path: PathBuf,
        /// The required shape.
        shape: Vec<usize>,
        /// The number of values.
        length: usize,
    },
    /// The file could not be written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// An error of a video.
    #[error(transparent)]
    Video(#[from] crate::video::VideoError),
}

/// The formats to which an unsupported file should be exported.
fn plain(format: &str) -> &'static str {
    match format {
        "WAV" | "FLAC" | "MP3" | "Ogg" => "a WAV file of 16 bits",
        "NIfTI" => "NIfTI of float32, or .npy",
        "PLY" => "PLY with triangles",
        "LAS" => "LAS without compression, version 1.4",
        _ => "PNG or .npy",
    }
}

/// The formats that can hold the data when `format` cannot.
fn roomy(format: &str) -> &'static str {
    match format {
        "WAV" | "NIfTI" => ".npy",
        "glTF" | "STL" => ".ply",
        _ => ".npy or .exr",
    }
}

/// What to do with an array of the type `dtype`, as NumPy writes it or in the words of another format.
fn advice_for(dtype: &str) -> &'static str {
    match dtype.trim_start_matches(['<', '>', '|', '=']) {
        "c8" | "c16" | "c32" => "save its real and its imaginary part as two columns of float32 first",
        _ => "save it as float32 first",
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
