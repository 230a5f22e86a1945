//! The errors of writing files.

use std::io;
use std::path::{Path, PathBuf};

/// Why a file or a folder could not be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// The folder of the file does not exist.
    #[error(
        "{}: the folder {} does not exist; create it or name another", .path.display(), .folder.display()
    )]
    FolderMissing {
        /// The file.
        path: PathBuf,
        /// The missing folder.
        folder: PathBuf,
    },
    /// A path that must be a folder is something else.
    #[error(
        "{}: {} is not a folder; name a file in a folder", .path.display(), .folder.display()
    )]
    NotAFolder {
        /// The file.
        path: PathBuf,
        /// The path that should be a folder.
        folder: PathBuf,
    },
    /// The folder or the existing file has no write permission, or the file system is read-only.
    #[error(
        "{}: {} may not be written; change its permissions or name another place", .path.display(), .place.display()
    )]
    Denied {
        /// The file.
        path: PathBuf,
        /// The folder or file without permission.
        place: PathBuf,
    },
    /// The path names a folder.
    #[error("{}: names a folder; add a file name", .path.display())]
    IsFolder {
        /// The path that names a folder.
        path: PathBuf,
    },
    /// The folder exists and is not empty.
    #[error("{}: the folder is not empty; empty it or name another", .path.display())]
    NotEmpty {
        /// The folder.
        path: PathBuf,
    },
    /// The disk or the quota is full, or the file would exceed the size limit.
    #[error(
        "{}: no space is left for it ({source}); free some or name another disk", .path.display()
    )]
    DiskFull {
        /// The file.
        path: PathBuf,
        /// The message of the system.
        source: io::Error,
    },
    /// Any other error of the system or the encoder.
    #[error("{}: cannot be written: {source}", .path.display())]
    Other {
        /// The file.
        path: PathBuf,
        /// The message of the system or the encoder.
        source: io::Error,
    },
}

impl WriteError {
    /// The error for a `place` that could not be created, opened or replaced.
    pub(crate) fn refused(path: &Path, place: &Path, source: io::Error) -> Self {
        let (path_buf, place_buf) = (path.to_path_buf(), place.to_path_buf());
        match source.kind() {
            io::ErrorKind::NotFound => Self::FolderMissing { path: path_buf, folder: place_buf },
            io::ErrorKind::NotADirectory => Self::NotAFolder { path: path_buf, folder: place_buf },
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                Self::Denied { path: path_buf, place: place_buf }
            }
            io::ErrorKind::DirectoryNotEmpty => Self::NotEmpty { path: path_buf },
            _ => Self::failed(path, source),
        }
    }

    /// The error for a write that failed after it had started.
    pub(crate) fn failed(path: &Path, source: io::Error) -> Self {
        let path = path.into();
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
                Self::DiskFull { path, source }
            }
            _ => Self::Other { path, source },
        }
    }
}
