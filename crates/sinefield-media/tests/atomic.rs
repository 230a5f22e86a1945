//! Files are replaced whole or not at all, whatever stands in the way.

mod common;

use std::fs;
use std::io::{self, Seek, SeekFrom, Write};
use std::path::Path;

use common::names;
use sinefield::atomic::{self, WriteError, check_writable};
use sinefield_media::{MediaError, Pixels, write_image, write_npy};

fn text(path: &Path, content: &str) -> Result<(), WriteError> {
    atomic::write(path, |file| file.write_all(content.as_bytes()))
}

#[test]
fn a_file_is_made_and_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("note.txt");
    check_writable(&path).unwrap();
    assert!(names(folder.path()).is_empty());
    text(&path, "longer than the next").unwrap();
    check_writable(&path).unwrap();
    let length = atomic::write(&path, |file| {
        file.write_all(b"....second")?;
        file.seek(SeekFrom::Start(0))?;
        file.write_all(b"the ")?;
        file.seek(SeekFrom::End(0))
    });
    assert_eq!(length.unwrap(), 10);
    assert_eq!(fs::read(&path).unwrap(), b"the second");
    assert_eq!(names(folder.path()), ["note.txt"]);
}

#[test]
fn a_failed_write_leaves_the_old_file_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("note.txt");
    text(&path, "old").unwrap();
    let failed = atomic::write(&path, |file| {
        file.write_all(&[b'n'; 100_000])?;
        Err::<(), _>(io::Error::other("encoder at fault"))
    });
    let error = failed.unwrap_err();
    assert!(matches!(error, WriteError::Other { .. }) && error.to_string().contains("encoder at fault"));
    let panicked = std::panic::catch_unwind(|| {
        let _ = atomic::write::<()>(&path, |_| std::panic::resume_unwind(Box::new(())));
    });
    assert!(panicked.is_err());
    assert_eq!(fs::read(&path).unwrap(), b"old");
    assert_eq!(names(folder.path()), ["note.txt"]);
}

#[test]
fn what_stands_in_the_way_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    text(&file, "").unwrap();
    let both = |path: &Path| {
        let (check, write) = (check_writable(path).unwrap_err(), text(path, "x").unwrap_err());
        assert_eq!(check.to_string(), write.to_string());
        write
    };
    let missing = both(&folder.path().join("a/b/c.png"));
    assert!(
        matches!(&missing, WriteError::FolderMissing { folder, .. } if folder.ends_with("a/b")),
        "{missing}"
    );
    let below = both(&file.join("c.png"));
    assert!(matches!(&below, WriteError::NotAFolder { folder, .. } if *folder == file), "{below}");
    assert!(matches!(both(folder.path()), WriteError::IsFolder { .. }));
    for name in ["", "..", "new/", "/"] {
        let is_folder = both(Path::new(name));
        assert!(matches!(is_folder, WriteError::IsFolder { .. }), "{is_folder}");
    }
    let image = write_image(folder.path().join("a/b.png"), 1, 1, 1, Pixels::U8(&[0]));
    assert!(matches!(image, Err(MediaError::Write(WriteError::FolderMissing { .. }))));
    assert_eq!(names(folder.path()), ["file"]);
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_called_full() {
    let full = Path::new("/dev/full");
    check_writable(full).unwrap();
    assert!(matches!(text(full, "x"), Err(WriteError::DiskFull { .. })));
    let error = write_npy(full, &[3], &[0.0; 3]).unwrap_err();
    assert!(matches!(&error, MediaError::Write(WriteError::DiskFull { .. })), "{error}");
    assert!(error.to_string().contains("/dev/full") && error.to_string().contains("space"), "{error}");
    // Links to what cannot be replaced are followed, for the sake of the extension here.
    let folder = tempfile::tempdir().unwrap();
    for name in ["a.png", "a.jpg", "a.tif", "a.exr"] {
        let link = folder.path().join(name);
        std::os::unix::fs::symlink(full, &link).unwrap();
        let error = write_image(&link, 1, 3, 1, Pixels::F32(&[0.0; 3])).unwrap_err();
        assert!(matches!(&error, MediaError::Write(WriteError::DiskFull { .. })), "{error}");
        assert!(link.is_symlink());
    }
}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().mode() & 0o7777
    }

    #[test]
    fn permissions_are_ordinary_and_kept() {
        let folder = tempfile::tempdir().unwrap();
        let (ordinary, ours) = (folder.path().join("ordinary"), folder.path().join("ours"));
        fs::File::create(&ordinary).unwrap();
        text(&ours, "x").unwrap();
        assert_eq!(mode(&ours), mode(&ordinary));
        fs::set_permissions(&ours, fs::Permissions::from_mode(0o640)).unwrap();
        text(&ours, "y").unwrap();
        assert_eq!(mode(&ours), 0o640);
    }

    #[test]
    fn links_are_written_through() {
        let folder = tempfile::tempdir().unwrap();
        let deep = folder.path().join("deep");
        fs::create_dir(&deep).unwrap();
        let (target, near, far) = (deep.join("target"), deep.join("near"), folder.path().join("far"));
        symlink("target", &near).unwrap();
        symlink("deep/near", &far).unwrap();
        text(&far, "made").unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"made");
        text(&far, "replaced").unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"replaced");
        assert!(far.is_symlink() && near.is_symlink());
        assert_eq!(names(&deep), ["near", "target"]);
        let (a, b) = (folder.path().join("a"), folder.path().join("b"));
        symlink(&a, &b).unwrap();
        symlink(&b, &a).unwrap();
        assert!(matches!(text(&a, "x"), Err(WriteError::Other { .. })));
    }

    #[test]
    fn what_may_not_be_written_is_denied() {
        let folder = tempfile::tempdir().unwrap();
        let closed = folder.path().join("closed");
        fs::create_dir(&closed).unwrap();
        fs::set_permissions(&closed, fs::Permissions::from_mode(0o555)).unwrap();
        let protected = folder.path().join("protected");
        text(&protected, "old").unwrap();
        fs::set_permissions(&protected, fs::Permissions::from_mode(0o444)).unwrap();
        if fs::OpenOptions::new().write(true).open(&protected).is_ok() {
            eprintln!("skipped: this user (root?) may write whatever the permissions say");
            return;
        }
        for (path, what) in [(closed.join("new"), &closed), (protected.clone(), &protected)] {
            for error in [check_writable(&path).unwrap_err(), text(&path, "x").unwrap_err()] {
                assert!(matches!(&error, WriteError::Denied { place, .. } if place == what), "{error}");
            }
        }
        assert_eq!(fs::read(&protected).unwrap(), b"old");
    }
}
