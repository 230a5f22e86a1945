//! What a command ends in when it cannot do what was asked: one line, and an exit code.
//!
//! The line reads `error: WHERE: what is wrong; what to do`. A usage error, something wrong with the
//! command line itself, exits with 2; anything else with 1.

use std::fmt::Display;

use sinefield::field::FileError;
use sinefield::fit::CheckpointError;
use sinefield_files::WriteError;
use sinefield_jobs::JobError;
use sinefield_media::MediaError;

const FAULT: u8 = 1;
const USAGE: u8 = 2;

/// Why a command failed.
#[derive(Debug)]
pub struct Failure {
    code: u8,
    line: String,
}

impl Failure {
    /// Something wrong with the option or argument `place`.
    pub fn usage(place: impl Display, what: impl Display) -> Self {
        Self { code: USAGE, line: format!("{place}: {what}") }
    }

    /// Something wrong with the file or the step `place`.
    pub fn fault(place: impl Display, what: impl Display) -> Self {
        Self { code: FAULT, line: format!("{place}: {what}") }
    }

    /// An error whose own words name the place.
    fn told(error: impl Display) -> Self {
        Self { code: FAULT, line: error.to_string() }
    }

    /// The exit code.
    pub fn code(&self) -> u8 {
        self.code
    }
}

impl Display for Failure {
    /// The line, on one line whatever a file's name or a system's message holds.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("error: ")?;
        f.write_str(&printable(&self.line))
    }
}

/// `text` with control characters escaped, so that no file can write over a terminal.
pub fn printable(text: &str) -> String {
    escaped(text, &[])
}

/// `text` with control characters escaped, except `kept`.
pub fn escaped(text: &str, kept: &[char]) -> String {
    let escape = |c: char| match c.is_control() && !kept.contains(&c) {
        true => c.escape_default().to_string(),
        false => c.to_string(),
    };
    text.chars().map(escape).collect()
}

impl From<MediaError> for Failure {
    fn from(error: MediaError) -> Self {
        let code = match error {
            MediaError::Extension { .. } | MediaError::Format { .. } | MediaError::Size { .. } => USAGE,
            _ => FAULT,
        };
        Self { code, line: error.to_string() }
    }
}

impl From<JobError> for Failure {
    fn from(error: JobError) -> Self {
        match error {
            JobError::Media(error) => (*error).into(),
            JobError::Network(error) => Self::usage("network", error),
            JobError::Format { .. } => Self { code: USAGE, line: error.to_string() },
            JobError::Render(error) => Self::fault("render", error),
            error => Self::told(error),
        }
    }
}

impl From<WriteError> for Failure {
    fn from(error: WriteError) -> Self {
        Self::told(error)
    }
}

impl From<FileError> for Failure {
    fn from(error: FileError) -> Self {
        Self::told(error)
    }
}

impl From<CheckpointError> for Failure {
    fn from(error: CheckpointError) -> Self {
        Self::told(error)
    }
}
