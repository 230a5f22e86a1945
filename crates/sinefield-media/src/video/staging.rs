//! A file or folder that is filled beside its target and moved there when it is complete.
//!
//! [`abandon_videos`] removes all unfinished outputs, for a program that a signal ends without running destructors. It
//! also ends the ffmpeg processes, because a running process would create its file again.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sinefield_files::{WriteError, check_writable};
use tempfile::{TempDir, TempPath};

use super::VideoError;
use super::ffmpeg::Ffmpeg;
use crate::MediaError;

/// The unfinished files and folders.
static PENDING: Mutex<Vec<Arc<Mutex<State>>>> = Mutex::new(Vec::new());

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Removes the unfinished output of every [`VideoWriter`](super::VideoWriter) and ends its ffmpeg process. Call it
/// before a signal ends the program, because destructors do not run then. The writers fail from then on.
///
/// Call it from an ordinary thread, not from a signal handler: it waits for a frame that is being written.
pub fn abandon_videos() {
    let pending = std::mem::take(&mut *lock(&PENDING));
    for state in pending {
        lock(&state).clear();
    }
}

/// A temporary file or folder, and the process that fills it. Dropping either removes it.
#[derive(Debug)]
struct State {
    part: Option<Part>,
    ffmpeg: Option<Ffmpeg>,
}

#[derive(Debug)]
enum Part {
    File(TempPath),
    Folder(TempDir),
}

impl State {
    fn clear(&mut self) {
        // The process comes first, because it could create the file again.
        self.ffmpeg = None;
        self.part = None;
    }
}

/// An unfinished file or folder. It is removed if this is dropped before [`Staging::settle`].
#[derive(Debug)]
pub(super) struct Staging {
    /// The path of the caller, for errors.
    path: PathBuf,
    /// The target, after following links.
    target: PathBuf,
    state: Arc<Mutex<State>>,
}

impl Staging {
    /// A temporary file that will replace `path`, opened for writing.
    pub fn file(path: &Path) -> Result<(Self, File), MediaError> {
        check_writable(path)?;
        let target = followed(path);
        let existing = fs::metadata(&target).ok();
        if existing.as_ref().is_some_and(|metadata| !metadata.is_file()) {
            return Err(failed(path, io::Error::other("it is not a regular file and cannot be replaced")));
        }
        #[cfg_attr(not(unix), expect(unused_mut, reason = "permissions are set on Unix only"))]
        let mut builder = builder();
        #[cfg(unix)]
        let ordinary = std::os::unix::fs::PermissionsExt::from_mode(0o666);
        #[cfg(unix)]
        builder.permissions(ordinary);
        let made = builder.tempfile_in(parent(&target)).map_err(|source| failed(path, source))?;
        if let Some(metadata) = existing {
            // A file system without permissions refuses this.
            let _ = made.as_file().set_permissions(metadata.permissions());
        }
        let (file, part) = made.into_parts();
        Ok((Self::new(path, target, Part::File(part)), file))
    }

    /// A temporary folder that will replace `path`, which must not exist or must be empty.
    pub fn folder(path: &Path) -> Result<Self, MediaError> {
        // The path without a separator at its end.
        let named: PathBuf = path.components().collect();
        if named.file_name().is_none() {
            return Err(failed(path, io::Error::other("name a folder that is to be made")));
        }
        let target = followed(&named);
        match fs::read_dir(&target) {
            Ok(mut entries) => {
                if entries.next().is_some() {
                    return Err(VideoError::FolderNotEmpty { path: path.into() }.into());
                }
            }
            Err(_) if target.exists() => {
                return Err(WriteError::NotAFolder { path: path.into(), folder: target }.into());
            }
            Err(_) => check_writable(&target)?,
        }
        let part = builder().tempdir_in(parent(&target)).map_err(|source| failed(path, source))?;
        Ok(Self::new(path, target, Part::Folder(part)))
    }

    fn new(path: &Path, target: PathBuf, part: Part) -> Self {
        let state = Arc::new(Mutex::new(State { part: Some(part), ffmpeg: None }));
        lock(&PENDING).push(Arc::clone(&state));
        Self { path: path.into(), target, state }
    }

    /// Calls a function with the temporary file or folder and the ffmpeg process that fills it. Nothing can remove them
    /// in the meantime.
    pub fn with<T>(
        &self,
        act: impl FnOnce(&Path, &mut Option<Ffmpeg>) -> Result<T, MediaError>,
    ) -> Result<T, MediaError> {
        let State { part, ffmpeg } = &mut *lock(&self.state);
        let part: &Path = match part {
            Some(Part::File(file)) => file,
            Some(Part::Folder(folder)) => folder.path(),
            None => return Err(VideoError::GivenUp { path: self.path.clone() }.into()),
        };
        act(part, ffmpeg)
    }

    /// Moves the finished file or folder to its target.
    pub fn settle(self) -> Result<(), MediaError> {
        let part = lock(&self.state).part.take();
        match part {
            Some(Part::File(file)) => self.settle_file(file)?,
            Some(Part::Folder(folder)) => self.settle_folder(folder)?,
            None => return Err(VideoError::GivenUp { path: self.path.clone() }.into()),
        }
        // Makes the rename durable. Some systems cannot open a folder, and the output is complete in any case.
        if let Ok(folder) = File::open(parent(&self.target)) {
            let _ = folder.sync_all();
        }
        Ok(())
    }

    fn settle_file(&self, file: TempPath) -> Result<(), MediaError> {
        // ffmpeg does not flush its file to the disk.
        let synced = File::options().write(true).open(&file).and_then(|file| file.sync_all());
        synced.map_err(|source| failed(&self.path, source))?;
        file.persist(&self.target).map_err(|error| failed(&self.path, error.error))
    }

    fn settle_folder(&self, folder: TempDir) -> Result<(), MediaError> {
        // A rename replaces an empty folder only on Unix.
        if cfg!(not(unix)) && self.target.is_dir() {
            fs::remove_dir(&self.target).map_err(|source| self.occupied(source))?;
        }
        fs::rename(folder.path(), &self.target).map_err(|source| self.occupied(source))?;
        let _moved_already = folder.keep();
        Ok(())
    }

    /// The error for a folder that could not be moved to its target.
    fn occupied(&self, source: io::Error) -> MediaError {
        match source.kind() {
            io::ErrorKind::DirectoryNotEmpty | io::ErrorKind::AlreadyExists => {
                VideoError::FolderNotEmpty { path: self.path.clone() }.into()
            }
            _ => failed(&self.path, source),
        }
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        lock(&PENDING).retain(|state| !Arc::ptr_eq(state, &self.state));
        lock(&self.state).clear();
    }
}

fn builder() -> tempfile::Builder<'static, 'static> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".sinefield-").suffix(".part");
    builder
}

/// The target at the end of links, or the path itself if it does not exist.
fn followed(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_| path.into())
}

/// The folder that contains a path; the current folder for a bare name.
fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// The error for a path that could not be written.
pub(super) fn failed(path: &Path, source: io::Error) -> MediaError {
    let path = path.to_path_buf();
    match source.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
            WriteError::DiskFull { path, source }
        }
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            let place = parent(&path).to_path_buf();
            WriteError::Denied { path, place }
        }
        _ => WriteError::Other { path, source },
    }
    .into()
}
