//! Writes files and folders atomically.
//!
//! A fit can take an hour. Its file must never be incomplete, and a failed write must not destroy the previous file.
//! [`write()`] therefore fills a temporary file beside the target and renames it at the end. [`write_folder`] does the
//! same with a folder. [`check_writable`] finds errors such as a missing folder before the fit.

mod error;
mod folder;
mod pending;
mod writer;

use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek, Write};
use std::path::{Path, PathBuf, is_separator};

use tempfile::NamedTempFile;

pub use crate::error::WriteError;
pub use crate::folder::{check_folder_writable, write_folder};
use crate::pending::Pending;
pub use crate::pending::abandon;
pub use crate::writer::Writer;

/// More links than this in a chain count as a loop, as in Linux.
const MAX_LINKS: usize = 40;

/// Writes the file `path` through `body`. An existing file is replaced only after all bytes are on disk.
///
/// A new file gets the permissions that [`File::create`] would give it. An existing file keeps its permissions, but not
/// a foreign owner. A link stays a link, and its target is replaced. Anything that cannot be replaced (a pipe, a
/// terminal, `/dev/stdout`) is written directly, after `body` has succeeded.
///
/// # Errors
/// A [`WriteError`] with the reason. An existing file is unchanged, and nothing is left behind. A failure of `body` is
/// [`WriteError::Other`], except if the system refused one of its writes.
///
/// # Examples
///
/// ```
/// use std::io::Write;
///
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("note.txt");
/// sinefield_files::write(&path, |file| file.write_all(b"whole"))?;
/// assert_eq!(std::fs::read(&path)?, b"whole");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn write<T>(path: &Path, body: impl FnOnce(&mut Writer) -> io::Result<T>) -> Result<T, WriteError> {
    let Some(target) = target(path)? else { return write_directly(path, body) };
    let (file, name) = temporary(path, &target)?.into_parts();
    let _pending = Pending::new(&name);
    let (value, _) = Writer::fill(file, body).map_err(|source| WriteError::failed(path, source))?;
    name.persist(&target).map_err(|error| WriteError::refused(path, &target, error.error))?;
    // Makes the rename durable. Some systems cannot open a folder, and the file is complete in any case, so errors are
    // ignored.
    let _ = File::open(parent(&target)).and_then(|folder| folder.sync_all());
    Ok(value)
}

/// Checks whether `path` could be written, without changing it.
///
/// It creates and removes a temporary file in the folder, because permissions alone are not enough (a read-only disk, a
/// network folder).
///
/// # Errors
/// The [`WriteError`] that [`write()`] would return.
pub fn check_writable(path: &Path) -> Result<(), WriteError> {
    match target(path)? {
        Some(target) => temporary(path, &target).map(drop),
        // Opening a pipe would wait for its reader, so there is no further check.
        None => Ok(()),
    }
}

/// The file at `path` after following links; `None` if a rename could not replace it.
fn target(path: &Path) -> Result<Option<PathBuf>, WriteError> {
    let existing = fs::metadata(path).ok();
    let names_folder = path.file_name().is_none() || path.to_string_lossy().ends_with(is_separator);
    if existing.as_ref().map_or(names_folder, fs::Metadata::is_dir) {
        return Err(WriteError::IsFolder { path: path.into() });
    }
    if existing.as_ref().is_some_and(|existing| !existing.is_file()) {
        return Ok(None);
    }
    let target = follow_links(path).map_err(|source| WriteError::failed(path, source))?;
    // The rename would replace a file that its owner has write-protected.
    if let Some(file) = target.as_ref().filter(|_| existing.is_some())
        && let Err(source) = OpenOptions::new().write(true).open(file)
    {
        return Err(WriteError::refused(path, file, source));
    }
    Ok(target)
}

/// The file at the end of a chain of links, whether or not it exists. `None` if the chain contains an open descriptor
/// (such as `/dev/stdout` redirected to a file), which others may also write.
fn follow_links(path: &Path) -> io::Result<Option<PathBuf>> {
    let mut file = path.to_path_buf();
    for _ in 0..MAX_LINKS {
        if !file.is_symlink() {
            return Ok(Some(file));
        }
        if fs::canonicalize(parent(&file)).is_ok_and(|folder| folder.starts_with("/proc")) {
            return Ok(None);
        }
        let next = fs::read_link(&file)?;
        file = parent(&file).join(next);
    }
    Err(io::Error::other("too many links follow one another"))
}

/// The folder of a file, or the current folder for a bare name.
fn parent(file: &Path) -> &Path {
    file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Fills an unnamed temporary file, and then copies it to `path`.
fn write_directly<T>(path: &Path, body: impl FnOnce(&mut Writer) -> io::Result<T>) -> Result<T, WriteError> {
    let spool = tempfile::tempfile().map_err(|source| WriteError::failed(path, source))?;
    let (value, mut spool) = Writer::fill(spool, body).map_err(|source| WriteError::failed(path, source))?;
    // Appending keeps the content of a file that is open as a descriptor, such as a redirected `/dev/stdout`.
    let file = OpenOptions::new().append(true).open(path);
    let mut file = file.map_err(|source| WriteError::refused(path, path, source))?;
    spool
        .rewind()
        .and_then(|()| io::copy(&mut spool, &mut file))
        .and_then(|_| file.flush())
        .map_err(|source| WriteError::failed(path, source))?;
    Ok(value)
}

/// An empty file beside `target`, removed when dropped, with the permissions that `target` will have.
fn temporary(path: &Path, target: &Path) -> Result<NamedTempFile, WriteError> {
    let folder = parent(target);
    let mut builder = tempfile::Builder::new();
    builder.prefix(".sinefield-").suffix(".part");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let made = builder.tempfile_in(folder).map_err(|source| WriteError::refused(path, folder, source))?;
    if let Ok(existing) = fs::metadata(target) {
        // A file system without permissions refuses this.
        let _ = made.as_file().set_permissions(existing.permissions());
    }
    Ok(made)
}
