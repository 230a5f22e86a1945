//! Writing a file whole or not at all.
//!
//! A fit can take an hour; the file it ends in must never be half of one, and a failed write must
//! not cost the file that was there before. [`write()`] therefore fills a temporary file next to
//! the target and renames it into place. [`check_writable`] asks the same questions beforehand,
//! so that a missing folder is reported before the hour and not after it.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Cursor, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf, is_separator};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tempfile::NamedTempFile;

/// Links followed before a chain of them is taken for a loop, as Linux counts them.
const MAX_LINKS: usize = 40;

/// Why a file could not be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// The folder the file would go into does not exist.
    #[error(
        "cannot write {}: the folder {} does not exist; create it or name another", .path.display(), .folder.display()
    )]
    FolderMissing {
        /// The file that was to be written.
        path: PathBuf,
        /// The folder that is missing.
        folder: PathBuf,
    },
    /// What stands in the folder's place is not a folder.
    #[error(
        "cannot write {}: {} is not a folder; name a file in a folder", .path.display(), .folder.display()
    )]
    NotAFolder {
        /// The file that was to be written.
        path: PathBuf,
        /// The path that should have been a folder.
        folder: PathBuf,
    },
    /// The folder, or the file already there, may not be written.
    #[error(
        "cannot write {}: {} may not be written; change its permissions or name another place", .path.display(), .place.display()
    )]
    Denied {
        /// The file that was to be written.
        path: PathBuf,
        /// The folder or file whose permissions stand in the way.
        place: PathBuf,
    },
    /// The path names a folder.
    #[error("cannot write {}: it names a folder; add a file name", .path.display())]
    IsFolder {
        /// The path that names a folder.
        path: PathBuf,
    },
    /// The disk, the quota or the largest permitted file is full.
    #[error(
        "cannot write {}: no space is left for it ({source}); free some or name another disk", .path.display()
    )]
    DiskFull {
        /// The file that was to be written.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Anything else that the system or the encoder reported.
    #[error("cannot write {}: {source}", .path.display())]
    Other {
        /// The file that was to be written.
        path: PathBuf,
        /// What the system or the encoder said.
        source: io::Error,
    },
}

/// The buffered, seekable file that the body of [`write()`] fills.
pub struct Writer<'a> {
    sink: &'a mut dyn Sink,
    /// The first failure of the system. Encoders wrap and sometimes lose it, and only the
    /// original tells a full disk from a fault in the encoder.
    failure: Option<io::Error>,
}

/// What a [`Writer`] writes into: a buffered file, or memory.
trait Sink: Write + Seek {}

impl<T: Write + Seek> Sink for T {}

impl Writer<'_> {
    /// Runs `body` on `sink`; a failure that `body` passed over is a failure all the same.
    fn run<T>(sink: &mut dyn Sink, body: impl FnOnce(&mut Writer<'_>) -> io::Result<T>) -> io::Result<T> {
        let failure = None;
        let mut writer = Writer { sink, failure };
        let outcome = body(&mut writer).and_then(|value| writer.flush().map(|()| value));
        match writer.failure {
            Some(failure) => Err(failure),
            None => outcome,
        }
    }

    fn noting<T>(&mut self, result: io::Result<T>) -> io::Result<T> {
        if let Err(error) = &result
            && error.kind() != io::ErrorKind::Interrupted
            && self.failure.is_none()
        {
            self.failure = Some(copy_of(error));
        }
        result
    }
}

impl Write for Writer<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let result = self.sink.write(bytes);
        self.noting(result)
    }

    fn flush(&mut self) -> io::Result<()> {
        let result = self.sink.flush();
        self.noting(result)
    }
}

impl Seek for Writer<'_> {
    fn seek(&mut self, position: SeekFrom) -> io::Result<u64> {
        let result = self.sink.seek(position);
        self.noting(result)
    }
}

/// Writes the file `path` through `body`, replacing what is there only once all is on disk.
///
/// A new file gets the permissions [`File::create`] would give it, an existing one keeps its own
/// (but not its owner, if that is someone else). A link stays a link: what it points to is
/// replaced. What cannot be replaced (a pipe, a terminal, `/dev/stdout`) is written directly,
/// after `body` has succeeded.
///
/// # Errors
///
/// A [`WriteError`] that says what stood in the way; the file there before, if any, is untouched
/// and nothing is left behind. A failure of `body` is [`WriteError::Other`], unless the system
/// refused one of its writes.
///
/// # Examples
///
/// ```
/// use std::io::Write;
///
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("note.txt");
/// sinefield::atomic::write(&path, |file| file.write_all(b"whole"))?;
/// assert_eq!(std::fs::read(&path)?, b"whole");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn write<T>(path: &Path, body: impl FnOnce(&mut Writer<'_>) -> io::Result<T>) -> Result<T, WriteError> {
    match Target::find(path)? {
        Target::Direct => write_directly(path, body),
        Target::File { file, existing } => write_beside(path, &file, existing.as_ref(), body),
    }
}

/// Finds out, without touching it, whether `path` could be written.
///
/// Creates and removes a temporary file in its folder, since permissions alone do not tell
/// (a read-only disk, a network folder).
///
/// # Errors
///
/// The [`WriteError`] that [`write()`] would end in.
pub fn check_writable(path: &Path) -> Result<(), WriteError> {
    match Target::find(path)? {
        // Opening a pipe would wait for its reader, so nothing more can be asked of it.
        Target::Direct => Ok(()),
        Target::File { file, existing } => {
            temporary(path, &file, existing.as_ref()).map(|_removed_when_dropped| ())
        }
    }
}

/// What a path stands for.
enum Target {
    /// Not something a rename could replace.
    Direct,
    /// A file at `file`, links followed, with the metadata of the one already there.
    File { file: PathBuf, existing: Option<fs::Metadata> },
}

impl Target {
    fn find(path: &Path) -> Result<Self, WriteError> {
        let is_folder = || WriteError::IsFolder { path: path.into() };
        let existing = fs::metadata(path).ok();
        if let Some(metadata) = &existing {
            if metadata.is_dir() {
                return Err(is_folder());
            }
            if !metadata.is_file() {
                return Ok(Self::Direct);
            }
        }
        let text = path.to_string_lossy();
        if path.file_name().is_none() || text.ends_with(is_separator) {
            return Err(is_folder());
        }
        let Some(file) = follow_links(path).map_err(|source| other(path, source))? else {
            return Ok(Self::Direct);
        };
        // The rename would replace a file its owner has write-protected.
        if existing.is_some()
            && let Err(source) = OpenOptions::new().write(true).open(&file)
        {
            return Err(refused(path, &file, source));
        }
        Ok(Self::File { file, existing })
    }
}

/// The file at the end of a chain of links, whether or not it exists; `None` when the chain runs
/// through an open descriptor (`/dev/stdout` sent to a file), which others may be writing too.
fn follow_links(path: &Path) -> io::Result<Option<PathBuf>> {
    let mut file = path.to_path_buf();
    for _ in 0..MAX_LINKS {
        let is_link = fs::symlink_metadata(&file).is_ok_and(|found| found.is_symlink());
        if !is_link {
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

/// The folder a file is in; the current one for a bare name.
fn parent(file: &Path) -> &Path {
    match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

fn write_directly<T>(
    path: &Path,
    body: impl FnOnce(&mut Writer<'_>) -> io::Result<T>,
) -> Result<T, WriteError> {
    let mut memory = Cursor::new(Vec::new());
    let value = Writer::run(&mut memory, body).map_err(|source| failed(path, source))?;
    // Appending matters only for a descriptor that is a file, where it spares what is there.
    let mut file =
        OpenOptions::new().append(true).open(path).map_err(|source| refused(path, path, source))?;
    file.write_all(memory.get_ref()).and_then(|()| file.flush()).map_err(|source| failed(path, source))?;
    Ok(value)
}

fn write_beside<T>(
    path: &Path,
    file: &Path,
    existing: Option<&fs::Metadata>,
    body: impl FnOnce(&mut Writer<'_>) -> io::Result<T>,
) -> Result<T, WriteError> {
    let (handle, name) = temporary(path, file, existing)?.into_parts();
    let _pending = Pending::new(&name);
    let mut buffered = BufWriter::new(handle);
    let value = Writer::run(&mut buffered, body)
        .and_then(|value| buffered.get_ref().sync_all().map(|()| value))
        .map_err(|source| failed(path, source))?;
    name.persist(file).map_err(|error| refused(path, file, error.error))?;
    // Makes the rename itself last. Not every system can open a folder, and the file is whole
    // either way, so a failure here is none.
    if let Ok(folder) = File::open(parent(file)) {
        let _ = folder.sync_all();
    }
    Ok(value)
}

/// An empty file in the folder of `file`, removed when dropped, with the permissions that `file`
/// is to have.
fn temporary(path: &Path, file: &Path, existing: Option<&fs::Metadata>) -> Result<NamedTempFile, WriteError> {
    let folder = parent(file);
    let mut builder = tempfile::Builder::new();
    builder.prefix(".sinefield-").suffix(".part");
    #[cfg(unix)]
    let ordinary = std::os::unix::fs::PermissionsExt::from_mode(0o666);
    #[cfg(unix)]
    builder.permissions(ordinary);
    let made = builder.tempfile_in(folder).map_err(|source| refused(path, folder, source))?;
    if let Some(metadata) = existing {
        // A file system without permissions refuses this, and has none to lose.
        let _ = made.as_file().set_permissions(metadata.permissions());
    }
    Ok(made)
}

/// Temporary files that are being filled.
static PENDING: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

fn pending() -> MutexGuard<'static, Vec<PathBuf>> {
    PENDING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Keeps a temporary file among those that [`abandon`] removes.
struct Pending(PathBuf);

impl Pending {
    fn new(file: &Path) -> Self {
        pending().push(file.to_path_buf());
        Self(file.to_path_buf())
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        pending().retain(|file| *file != self.0);
    }
}

/// Removes the temporary files of every [`write()`] under way: for a program about to end by a signal, which
/// would leave them behind. What is written after that is lost.
pub fn abandon() {
    for file in pending().drain(..) {
        // One that is renamed by now is no temporary file any more.
        let _ = fs::remove_file(file);
    }
}

/// Names the reason why `place` could not be created, opened or replaced.
fn refused(path: &Path, place: &Path, source: io::Error) -> WriteError {
    let (path_buf, place_buf) = (path.to_path_buf(), place.to_path_buf());
    match source.kind() {
        io::ErrorKind::NotFound => WriteError::FolderMissing { path: path_buf, folder: place_buf },
        io::ErrorKind::NotADirectory => WriteError::NotAFolder { path: path_buf, folder: place_buf },
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            WriteError::Denied { path: path_buf, place: place_buf }
        }
        _ => failed(path, source),
    }
}

/// Names the reason why writing failed after it had begun.
fn failed(path: &Path, source: io::Error) -> WriteError {
    let full = [io::ErrorKind::StorageFull, io::ErrorKind::QuotaExceeded, io::ErrorKind::FileTooLarge];
    if full.contains(&source.kind()) {
        let path = path.into();
        return WriteError::DiskFull { path, source };
    }
    other(path, source)
}

fn other(path: &Path, source: io::Error) -> WriteError {
    let path = path.into();
    WriteError::Other { path, source }
}

/// The same error again, as far as [`io::Error`], which is not `Clone`, allows.
fn copy_of(error: &io::Error) -> io::Error {
    match error.raw_os_error() {
        Some(code) => io::Error::from_raw_os_error(code),
        None => io::Error::new(error.kind(), error.to_string()),
    }
}
