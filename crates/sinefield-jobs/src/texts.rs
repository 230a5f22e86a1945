//! Texts that people write for a job: problem files and job files.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use sinefield_media::MediaError;

use crate::JobError;

/// The largest number of bytes. A longer file is not a text that a person wrote.
const LONGEST: u64 = 1 << 24;

/// Reads the text file `path`. `kind` is the kind of file in errors, such as `problem file`.
pub fn read(path: &Path, kind: &str) -> Result<String, JobError> {
    let fault = |what: String| JobError::fault(path.display(), what);
    let refused = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::NotFound => MediaError::NotFound { path: path.into() }.into(),
        _ => fault(format!("cannot be read ({error}); name a {kind} that can")),
    };
    let mut bytes = Vec::new();
    // The length of a device is unknown, so the limit applies while reading.
    let read = File::open(path).and_then(|file| file.take(LONGEST + 1).read_to_end(&mut bytes));
    if read.map_err(refused)? as u64 > LONGEST {
        return Err(fault(format!("is too long for a {kind}; give a TOML text")));
    }
    String::from_utf8(bytes).map_err(|_| fault(format!("is not text; give a {kind} in TOML")))
}
