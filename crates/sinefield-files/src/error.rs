//! Why a file could not be written.

use std::io;
use std::path::{Path, PathBuf};

/// Why a file or a folder could not be written.
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
    /// The folder to be written is there already and holds files.
    #[error("cannot write the folder {}: it is not empty; empty it or name another", .path.display())]
    NotEmpty {
        /// The folder that was to be written.
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

impl WriteError {
    /// Names the reason why `place` could not be created, opened or replaced.
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

    /// Names the reason why writing failed after it had begun.
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
