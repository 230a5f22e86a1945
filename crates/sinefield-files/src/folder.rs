//! Writes folders atomically.

use std::fs;
use std::io;
use std::path::Path;

use tempfile::TempDir;

use crate::{Pending, WriteError, parent};

/// Writes the folder `path` atomically. `body` fills a temporary folder beside it, which is renamed to `path` after
/// `body` has succeeded.
///
/// An existing folder must be empty. Errors of `body` name files by their temporary paths.
///
/// # Errors
/// The error of `body`, or a [`WriteError`] with the reason. Nothing is left behind.
///
/// # Examples
///
/// ```
/// use sinefield_files::{WriteError, write, write_folder};
/// use std::io::Write;
///
/// let place = tempfile::tempdir()?;
/// let frames = place.path().join("frames");
/// write_folder::<_, WriteError>(&frames, |folder| {
///     (0..3).try_for_each(|i| write(&folder.join(format!("{i}.txt")), |file| writeln!(file, "frame {i}")))
/// })?;
/// assert_eq!(std::fs::read_to_string(frames.join("2.txt"))?, "frame 2\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn write_folder<T, E: From<WriteError>>(
    path: &Path,
    body: impl FnOnce(&Path) -> Result<T, E>,
) -> Result<T, E> {
    let folder = temporary(path)?;
    let _pending = Pending::new(folder.path());
    let value = body(folder.path())?;
    // A rename replaces an empty folder, except on systems where it must be removed first.
    let _ = fs::remove_dir(path);
    fs::rename(folder.path(), path).map_err(|source| WriteError::refused(path, path, source))?;
    Ok(value)
}

/// Checks whether the folder `path` could be written, without changing it.
///
/// # Errors
/// The [`WriteError`] that [`write_folder`] would return.
pub fn check_folder_writable(path: &Path) -> Result<(), WriteError> {
    temporary(path).map(drop)
}

/// An empty folder beside `path`, removed when dropped.
fn temporary(path: &Path) -> Result<TempDir, WriteError> {
    match fs::read_dir(path).map(|mut entries| entries.next().is_none()) {
        Ok(true) => {}
        Ok(false) => return Err(WriteError::NotEmpty { path: path.into() }),
        Err(source) if source.kind() == io::ErrorKind::NotFound && path.file_name().is_some() => {}
        Err(source) => return Err(WriteError::refused(path, path, source)),
    }
    let folder = parent(path);
    let mut builder = tempfile::Builder::new();
    builder.prefix(".sinefield-").suffix(".part");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o777));
    builder.tempdir_in(folder).map_err(|source| WriteError::refused(path, folder, source))
}
