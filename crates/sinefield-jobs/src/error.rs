//! The errors of jobs.

use std::error::Error as _;
use std::fmt::Display;
use std::io;
use std::path::PathBuf;

use sinefield::field::{Field, FieldError, FileError};
use sinefield::fit::{CheckpointError, FitError, TaskError};
use sinefield::problem::file::FileFault;
use sinefield::recipe::sampled::SampledError;
use sinefield::render::RenderError;
use sinefield_files::WriteError;
use sinefield_media::MediaError;
use thiserror::Error;

/// Why a job cannot be done.
///
/// In messages, the name of a setting is in backticks, such as `` `lr` ``.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum JobError {
    /// A setting or a file name in the request is invalid.
    #[error("{place}: {what}")]
    Asked {
        /// The setting in backticks, or the file.
        place: String,
        /// The fault and how to correct it.
        what: String,
    },
    /// A file is faulty, or a step of the work failed.
    #[error("{place}: {what}")]
    Fault {
        /// The file or the step.
        place: String,
        /// The fault and how to correct it.
        what: String,
    },
    /// A problem file or a job file is invalid.
    #[error("{}{}: {}", .path.display(), place(.fault), .fault.what)]
    Text {
        /// The file.
        path: PathBuf,
        /// The fault and its place in the file.
        fault: Box<FileFault>,
    },
    /// A file cannot be read or written.
    #[error(transparent)]
    Media(Box<MediaError>),
    /// A field file cannot be used.
    #[error(transparent)]
    FieldFile(Box<FileError>),
    /// A checkpoint cannot be used.
    #[error(transparent)]
    Checkpoint(Box<CheckpointError>),
    /// A file cannot be written.
    #[error(transparent)]
    Write(Box<WriteError>),
    /// The fit cannot start or continue.
    #[error("fit: {0}")]
    Fit(#[source] Box<FitError>),
    /// The loss of a fit became unusable: it is not finite, or it stayed far above its initial value.
    #[error("fit: {what}")]
    Diverged {
        /// A description of the divergence, and how to continue.
        what: String,
        /// The number of steps up to the last usable loss.
        step: usize,
        /// The fields at the last usable loss.
        fields: Vec<Field>,
    },
    /// The signal of a file cannot be fitted.
    #[error("{}: {source}", .path.display())]
    Signal {
        /// The file.
        path: PathBuf,
        /// The reason.
        source: Box<SampledError>,
    },
    /// The network cannot be made.
    #[error("network: {0}")]
    Network(#[from] FieldError),
    /// The field cannot be rendered as asked.
    #[error("render: {0}")]
    Render(#[source] Box<RenderError>),
    /// The field cannot be measured.
    #[error("the field cannot be measured: {0}")]
    Measure(#[source] Box<TaskError>),
    /// The file format cannot hold the render.
    #[error("{}: cannot hold {what}; {advice}", .path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// The content that the format cannot hold.
        what: String,
        /// How to correct the request.
        advice: &'static str,
    },
    /// There is not enough memory for a render.
    #[error("{}: there is no memory for {numbers} numbers; ask for fewer samples", .path.display())]
    Memory {
        /// The file that was to be written.
        path: PathBuf,
        /// The size of the render, in numbers.
        numbers: usize,
    },
}

impl JobError {
    /// A [`JobError::Asked`]: the setting or file name `place` is invalid.
    pub fn asked(place: impl Display, what: impl Display) -> Self {
        Self::Asked { place: place.to_string(), what: what.to_string() }
    }

    /// A [`JobError::Fault`] of the file or the step `place`.
    pub fn fault(place: impl Display, what: impl Display) -> Self {
        Self::Fault { place: place.to_string(), what: what.to_string() }
    }

    /// The kind of I/O error if the system refused to read or write a file, and `None` for any other error.
    pub fn refusal(&self) -> Option<io::ErrorKind> {
        if let Self::Media(error) = self {
            match **error {
                MediaError::NotFound { .. } => return Some(io::ErrorKind::NotFound),
                MediaError::IsFolder { .. } => return Some(io::ErrorKind::IsADirectory),
                MediaError::Denied { .. } => return Some(io::ErrorKind::PermissionDenied),
                _ => {}
            }
        }
        let mut cause = self.source();
        while let Some(error) = cause {
            if let Some(error) = error.downcast_ref::<io::Error>() {
                return Some(error.kind());
            }
            cause = error.source();
        }
        self.is_unwritten().then_some(io::ErrorKind::Other)
    }

    /// Whether a file could not be written. Such an error need not have an [`io::Error`] as its source.
    fn is_unwritten(&self) -> bool {
        match self {
            Self::Write(_) => true,
            Self::FieldFile(error) => matches!(**error, FileError::Write(_)),
            Self::Checkpoint(error) => matches!(**error, CheckpointError::Write(_)),
            Self::Media(error) => matches!(**error, MediaError::Write(_)),
            _ => false,
        }
    }

    /// Whether the request is at fault, and not a file or the machine.
    pub fn is_request(&self) -> bool {
        match self {
            Self::Asked { .. } | Self::Network(_) | Self::Format { .. } => true,
            Self::Fit(error) => matches!(**error, FitError::Config(_)),
            Self::Media(error) => matches!(
                **error,
                MediaError::Extension { .. } | MediaError::Format { .. } | MediaError::Size { .. }
            ),
            _ => false,
        }
    }
}

/// `:line:column`, or an empty text if the place is unknown.
fn place(fault: &FileFault) -> String {
    fault.place.as_ref().map_or(String::new(), |place| format!(":{}:{}", place.line, place.column))
}

/// Wraps errors of the parts that a job is made of.
macro_rules! wrap {
    ($($error:ty => $variant:ident),* $(,)?) => {
        $(
            impl From<$error> for JobError {
                fn from(error: $error) -> Self {
                    Self::$variant(Box::new(error))
                }
            }
        )*
    };
}

wrap! {
    MediaError => Media,
    FileError => FieldFile,
    CheckpointError => Checkpoint,
    WriteError => Write,
    FitError => Fit,
    RenderError => Render,
    TaskError => Measure,
}
