//! A file or folder that is filled beside its place and moved there when it is whole.
//!
//! What is being filled is known to [`abandon_videos`], for a program that ends by a signal: destructors do not
//! run then. An ffmpeg that writes into the place is part of what is removed, since it would make its file anew.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sinefield_files::{WriteError, check_writable};
use tempfile::{TempDir, TempPath};

use super::VideoError;
use super::ffmpeg::Ffmpeg;
use crate::MediaError;

/// What is being filled.
static PENDING: Mutex<Vec<Arc<Mutex<State>>>> = Mutex::new(Vec::new());

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Removes what every [`VideoWriter`](super::VideoWriter) under way has written, and ends its ffmpeg: for a
/// program that is about to end by a signal, which would leave them behind. The writers fail from then on.
///
/// Call it from an ordinary thread, not from within a signal handler: it waits for a frame that is being
/// written.
pub fn abandon_videos() {
    let pending = std::mem::take(&mut *lock(&PENDING));
    for state in pending {
        lock(&state).clear();
    }
}

/// What is filled, and who fills it. Dropping either removes it.
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
        // First the process, which could write the file anew.
        self.ffmpeg = None;
        self.part = None;
    }
}

/// A file or folder that is being filled; it is removed if this is dropped before [`Staging::settle`].
#[derive(Debug)]
pub(super) struct Staging {
    /// The place as the caller named it, for errors.
    path: PathBuf,
    /// The place, links followed.
    target: PathBuf,
    state: Arc<Mutex<State>>,
}

impl Staging {
    /// A file to take the place of `path`, with the file open for writing.
    pub fn file(path: &Path) -> Result<(Self, File), MediaError> {
        check_writable(path)?;
        let target = followed(path);
        let existing = fs::metadata(&target).ok();
        if existing.as_ref().is_some_and(|metadata| !metadata.is_file()) {
            return Err(failed(path, io::Error::other("it is not a regular file and cannot be replaced")));
        }
        let mut builder = builder();
        #[cfg(unix)]
        let ordinary = std::os::unix::fs::PermissionsExt::from_mode(0o666);
        #[cfg(unix)]
        builder.permissions(ordinary);
        let made = builder.tempfile_in(parent(&target)).map_err(|source| failed(path, source))?;
        if let Some(metadata) = existing {
            // A file system without permissions refuses this. It has no permissions to keep.
            let _ = made.as_file().set_permissions(metadata.permissions());
        }
        let (file, part) = made.into_parts();
        Ok((Self::new(path, target, Part::File(part)), file))
    }

    /// A folder to take the place of `path`, which must not exist or be empty.
    pub fn folder(path: &Path) -> Result<Self, MediaError> {
        // The path again, without a separator at its end.
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

    /// Does something with the temporary file or folder, and with the ffmpeg that fills it, while nobody can
    /// remove them.
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

    /// Moves what is now whole to its place.
    pub fn settle(self) -> Result<(), MediaError> {
        let part = lock(&self.state).part.take();
        match part {
            Some(Part::File(file)) => self.settle_file(file)?,
            Some(Part::Folder(folder)) => self.settle_folder(folder)?,
            None => return Err(VideoError::GivenUp { path: self.path.clone() }.into()),
        }
        // Makes the rename last. Not every system can open a folder, and what was written is whole either way.
        if let Ok(folder) = File::open(parent(&self.target)) {
            let _ = folder.sync_all();
        }
        Ok(())
    }

    fn settle_file(&self, file: TempPath) -> Result<(), MediaError> {
        // ffmpeg has no reason to wait for the disk.
        let synced = File::options().write(true).open(&file).and_then(|file| file.sync_all());
        synced.map_err(|source| failed(&self.path, source))?;
        file.persist(&self.target).map_err(|error| failed(&self.path, error.error))
    }

    fn settle_folder(&self, folder: TempDir) -> Result<(), MediaError> {
        // Only Unix replaces an empty folder by renaming another.
        if cfg!(not(unix)) && self.target.is_dir() {
            fs::remove_dir(&self.target).map_err(|source| self.occupied(source))?;
        }
        fs::rename(folder.path(), &self.target).map_err(|source| self.occupied(source))?;
        let _moved_already = folder.keep();
        Ok(())
    }

    /// Why a folder could not take its place.
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

/// What is there at the end of links, or the path itself where nothing is.
fn followed(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_| path.into())
}

/// The folder that holds a path; the current one for a bare name.
fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// Names the reason why something could not be written.
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
