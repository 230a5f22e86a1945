//! What can be wrong with a job.

use std::path::PathBuf;

use sinefield::field::FieldError;
use sinefield::fit::TaskError;
use sinefield::recipe::sampled::SampledError;
use sinefield::render::RenderError;
use sinefield_media::MediaError;
use thiserror::Error;

/// Why a job cannot be done.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum JobError {
    /// A file cannot be read or written.
    #[error(transparent)]
    Media(Box<MediaError>),
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
    #[error(transparent)]
    Render(Box<RenderError>),
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

impl From<MediaError> for JobError {
    fn from(error: MediaError) -> Self {
        Self::Media(Box::new(error))
    }
}

impl From<RenderError> for JobError {
    fn from(error: RenderError) -> Self {
        Self::Render(Box::new(error))
    }
}

impl From<TaskError> for JobError {
    fn from(error: TaskError) -> Self {
        Self::Measure(Box::new(error))
    }
}
