//! The failure of a command: one line and an exit code.
//!
//! The line reads `error: WHERE: what is wrong; what to do`. An error in the request, such as an invalid option, has
//! the exit code 2. Any other failure has 1.

use std::fmt::Display;
use std::path::Path;

use sinefield::field::FileError;
use sinefield::problem::file::Place;
use sinefield_files::WriteError;
use sinefield_jobs::JobError;
use sinefield_jobs::words::printable;
use sinefield_media::MediaError;

const FAULT: u8 = 1;
const USAGE: u8 = 2;

/// The failure of a command.
#[derive(Debug)]
pub struct Failure {
    code: u8,
    line: String,
    /// The faulty line of a text file, with carets under the place.
    excerpt: Option<String>,
}

impl Failure {
    /// A fault in the option or argument `place`.
    pub fn usage(place: impl Display, what: impl Display) -> Self {
        Self { code: USAGE, line: format!("{place}: {what}"), excerpt: None }
    }

    /// A fault in the file or the step `place`.
    pub fn fault(place: impl Display, what: impl Display) -> Self {
        Self { code: FAULT, line: format!("{place}: {what}"), excerpt: None }
    }

    /// An error whose message names the place.
    fn told(error: impl Display) -> Self {
        Self { code: FAULT, line: error.to_string(), excerpt: None }
    }

    /// The failure of the job in the file `path`. Settings keep the names that they have in the file.
    pub fn in_file(error: &JobError, path: &Path) -> Self {
        let failure = Self::of_job(error);
        // An error of the file itself already names the file.
        if failure.line.starts_with(&format!("{}:", path.display())) {
            return failure;
        }
        Self { line: format!("{}: {}", path.display(), failure.line), ..failure }
    }

    fn of_job(error: &JobError) -> Self {
        let code = if error.is_request() { USAGE } else { FAULT };
        let excerpt = match error {
            JobError::Text { fault, .. } => fault.place.as_ref().map(Place::excerpt),
            _ => None,
        };
        Self { code, line: error.to_string(), excerpt }
    }

    /// The excerpt to show above the line, if any.
    pub fn excerpt(&self) -> Option<&str> {
        self.excerpt.as_deref()
    }

    /// The exit code.
    pub fn code(&self) -> u8 {
        self.code
    }
}

impl Display for Failure {
    /// The message on one line. Control characters in the names of files and the messages of the system are escaped.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("error: ")?;
        f.write_str(&printable(&self.line))
    }
}

/// `text`, in which names of settings in backticks are replaced by options of the command.
pub fn with_options(text: &str) -> String {
    let mut words = String::new();
    let mut rest = text;
    while let Some((before, name, after)) = quoted(rest) {
        words += &format!("{before}--{}", name.replace('_', "-"));
        rest = after;
    }
    words + rest
}

/// The text before the first name in backticks, the name, and the text after it.
fn quoted(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once('`')?;
    let (name, after) = rest.split_once('`')?;
    let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    is_name.then_some((before, name, after))
}

/// Replaces names of settings by options of the command.
impl From<JobError> for Failure {
    fn from(error: JobError) -> Self {
        let failure = Self::of_job(&error);
        // Messages about problem files and job files keep the names in the file.
        if matches!(error, JobError::Text { .. }) {
            return failure;
        }
        Self { line: with_options(&failure.line), ..failure }
    }
}

impl From<MediaError> for Failure {
    fn from(error: MediaError) -> Self {
        JobError::from(error).into()
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
