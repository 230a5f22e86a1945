//! The outputs of jobs: checks before the work, and writing after it.

use std::io::Write;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};
use sinefield_media::{OutputFormat, Pixels};

use crate::JobError;

/// Checks that every file of `outputs` can be written and that none is an input or another output.
pub fn check(inputs: &[&Path], outputs: &[&Path]) -> Result<(), JobError> {
    for (index, output) in outputs.iter().enumerate() {
        let place = place(output);
        let taken = inputs.iter().chain(&outputs[..index]);
        if let Some(other) = taken.into_iter().find(|other| is_file(&place) && self::place(other) == place) {
            let other = other.display();
            return Err(JobError::asked(
                output.display(),
                format!("would replace {other}; name another file"),
            ));
        }
        sinefield_files::check_writable(output)?;
    }
    Ok(())
}

/// Whether `place` is a regular file or does not exist. Devices and pipes may serve several outputs, and may be read
/// and written.
fn is_file(place: &Path) -> bool {
    place.metadata().map_or(true, |found| found.is_file())
}

/// The path with links and dots resolved, as far as it exists.
pub(crate) fn place(path: &Path) -> PathBuf {
    if let Ok(found) = path.canonicalize() {
        return found;
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    match (folder.canonicalize(), path.file_name()) {
        (Ok(folder), Some(name)) => folder.join(name),
        _ => path.to_path_buf(),
    }
}

/// Checks that `format`, which the name of `path` selects, can hold pixels of `channels` channels.
pub fn check_channels(path: &Path, format: OutputFormat, channels: usize) -> Result<(), JobError> {
    if format.holds_channels(channels) {
        return Ok(());
    }
    let path = path.display();
    Err(JobError::asked(
        path,
        format!("cannot hold pixels of {channels} channels; end the name in .npy or .exr"),
    ))
}

/// A zeroed buffer of the shape `sizes`, or an error that names `path` if there is not enough memory.
pub fn buffer<T: Clone + Default>(path: &Path, sizes: &[usize]) -> Result<Vec<T>, JobError> {
    let length = sizes.iter().try_fold(1usize, |product, size| product.checked_mul(*size));
    let mut buffer = Vec::new();
    length
        .and_then(|length| {
            buffer.try_reserve_exact(length).ok().map(|()| buffer.resize(length, T::default()))
        })
        .ok_or_else(|| {
            let sizes: Vec<String> = sizes.iter().map(usize::to_string).collect();
            let what =
                format!("there is no memory for {} numbers; ask for a smaller size", sizes.join(" x "));
            JobError::fault(path.display(), what)
        })?;
    Ok(buffer)
}

/// Writes an 8-bit picture. `sides` are its rows and columns.
pub fn picture(path: &Path, sides: (usize, usize), channels: usize, bytes: &[u8]) -> Result<(), JobError> {
    Ok(sinefield_media::write_image(path, sides.0, sides.1, channels, Pixels::U8(bytes))?)
}

/// The entries of a report by name.
pub(crate) fn entries(report: &impl serde::Serialize) -> Map<String, Value> {
    match serde_json::to_value(report) {
        Ok(Value::Object(entries)) => entries,
        _ => Map::new(),
    }
}

/// A report as one line of JSON.
pub fn json(report: &impl serde::Serialize) -> Result<String, JobError> {
    serde_json::to_string(report).map_err(|error| JobError::fault("report", error))
}

/// Checks that `files` in the folder `path` can be written. The folder is created later if it does not exist.
pub(crate) fn check_folder(path: &Path, inputs: &[&Path], files: &[&Path]) -> Result<(), JobError> {
    match path.metadata() {
        Ok(found) if found.is_dir() => check(inputs, files),
        Ok(_) => Err(JobError::fault(path.display(), "is not a folder; name another")),
        Err(_) => {
            // The folder is created later in its nearest existing ancestor.
            let missing = |folder: &&Path| !folder.as_os_str().is_empty() && folder.metadata().is_err();
            let missing = path.ancestors().take_while(missing).last();
            Ok(sinefield_files::check_writable(missing.unwrap_or(path))?)
        }
    }
}

/// Runs `write`, which writes files into the folder `path`. The folder is created if it does not exist. It is removed
/// again if it was created and `write` fails and leaves it empty.
pub(crate) fn in_folder<T>(path: &Path, write: impl FnOnce() -> Result<T, JobError>) -> Result<T, JobError> {
    let found = path.exists();
    folder(path)?;
    let written = write();
    if written.is_err() && !found {
        // Fails if the folder is not empty.
        let _ = std::fs::remove_dir(path);
    }
    written
}

/// Creates the folder of the outputs if it does not exist.
pub fn folder(path: &Path) -> Result<(), JobError> {
    std::fs::create_dir_all(path).map_err(|error| {
        JobError::fault(path.display(), format!("the folder cannot be made ({error}); name another"))
    })
}

/// Writes `text` and a newline.
pub fn text(path: &Path, text: &str) -> Result<(), JobError> {
    Ok(sinefield_files::write(path, |file| writeln!(file, "{text}"))?)
}
