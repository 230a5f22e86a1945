//! What can be wrong with a job.

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
/// In messages, the name of a setting stands between backticks, as `` `lr` ``.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum JobError {
    /// What is asked for cannot be: a setting, or the name of a file.
    #[error("{place}: {what}")]
    Asked {
        /// The setting between backticks, or the file.
        place: String,
        /// What is wrong with it, and what to do.
        what: String,
    },
    /// Something is wrong with a file, or with a step of the work.
    #[error("{place}: {what}")]
    Fault {
        /// The file or the step.
        place: String,
        /// What is wrong with it, and what to do.
        what: String,
    },
    /// Something is wrong in a file that a person wrote: a problem or a job.
    #[error("{}{}: {}", .path.display(), place(.fault), .fault.what)]
    Text {
        /// The file.
        path: PathBuf,
        /// What is wrong, and where in it.
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
    /// The fit cannot begin or go on.
    #[error("fit: {0}")]
    Fit(#[source] Box<FitError>),
    /// The loss of a fit left the numbers, or stayed far above its start.
    #[error("fit: {what}")]
    Diverged {
        /// What happened, and what to do.
        what: String,
        /// The steps that were made up to the last usable loss.
        step: usize,
        /// The fields of that loss.
        fields: Vec<Field>,
    },
    /// The signal of a file cannot be fitted.
    #[error("{}: {source}", .path.display())]
    Signal {
        /// The file.
        path: PathBuf,
        /// Why.
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
    /// A file of this kind cannot hold what is rendered.
    #[error("{}: cannot hold {what}; {advice}", .path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// What it cannot hold.
        what: String,
        /// What to do.
        advice: &'static str,
    },
    /// There is no memory for a render.
    #[error("{}: there is no memory for {numbers} numbers; ask for fewer samples", .path.display())]
    Memory {
        /// The file that was to be written.
        path: PathBuf,
        /// Numbers of the render.
        numbers: usize,
    },
}

impl JobError {
    /// What is asked for at `place` cannot be.
    pub fn asked(place: impl Display, what: impl Display) -> Self {
        Self::Asked { place: place.to_string(), what: what.to_string() }
    }

    /// Something is wrong with the file or the step `place`.
    pub fn fault(place: impl Display, what: impl Display) -> Self {
        Self::Fault { place: place.to_string(), what: what.to_string() }
    }

    /// Why the system refused to read or write a file, if that is what is wrong.
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

    /// Whether a file could not be written, for a reason of our own words.
    fn is_unwritten(&self) -> bool {
        match self {
            Self::Write(_) => true,
            Self::FieldFile(error) => matches!(**error, FileError::Write(_)),
            Self::Checkpoint(error) => matches!(**error, CheckpointError::Write(_)),
            Self::Media(error) => matches!(**error, MediaError::Write(_)),
            _ => false,
        }
    }

    /// Whether the request is to blame, rather than a file or the machine.
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

/// `:line:column`, if it is known.
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
