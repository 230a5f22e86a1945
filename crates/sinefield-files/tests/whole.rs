//! Tests that files and folders are written atomically, and that each obstacle is reported.

use std::fs;
use std::io::{self, Seek, SeekFrom, Write};
use std::path::Path;

use sinefield_files::{WriteError, check_folder_writable, check_writable, write, write_folder};

/// The names in a folder.
fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn text(path: &Path, content: &str) -> Result<(), WriteError> {
    write(path, |file| file.write_all(content.as_bytes()))
}

#[test]
fn a_file_is_made_and_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("note.txt");
    check_writable(&path).unwrap();
    assert!(names(folder.path()).is_empty());
    text(&path, "longer than the next").unwrap();
    check_writable(&path).unwrap();
    let length = write(&path, |file| {
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
    let failed = write(&path, |file| {
        file.write_all(&[b'n'; 100_000])?;
        Err::<(), _>(io::Error::other("encoder at fault"))
    });
    let error = failed.unwrap_err();
    assert!(matches!(error, WriteError::Other { .. }) && error.to_string().contains("encoder at fault"));
    let panicked = std::panic::catch_unwind(|| {
        let _ = write::<()>(&path, |_| std::panic::resume_unwind(Box::new(())));
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
    assert_eq!(names(folder.path()), ["file"]);
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_called_full() {
    let full = Path::new("/dev/full");
    check_writable(full).unwrap();
    assert!(matches!(text(full, "x"), Err(WriteError::DiskFull { .. })));
    let error = text(full, "x").unwrap_err();
    assert!(error.to_string().contains("/dev/full") && error.to_string().contains("space"), "{error}");
    let folder = tempfile::tempdir().unwrap();
    // A link to a device is followed and not replaced.
    let link = folder.path().join("link");
    std::os::unix::fs::symlink(full, &link).unwrap();
    assert!(matches!(text(&link, "x"), Err(WriteError::DiskFull { .. })));
    assert!(link.is_symlink());
}

/// An error of the system is returned, even if the body ignores it or replaces it by another error.
#[cfg(target_os = "linux")]
#[test]
fn a_failure_passed_over_is_a_failure() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    let too_long = |file: &mut sinefield_files::Writer| file.seek(SeekFrom::Start(u64::MAX));
    let refused = [
        write(&path, |file| Ok(too_long(file).unwrap_or(0))),
        write(&path, |file| too_long(file).map_err(|error| io::Error::other(error.to_string()))),
    ];
    for refused in refused {
        let Err(WriteError::Other { source, .. }) = refused else { panic!("{refused:?}") };
        assert_eq!(source.kind(), io::ErrorKind::InvalidInput);
    }
    assert!(names(folder.path()).is_empty());
}

#[cfg(target_os = "linux")]
#[test]
fn pipes_are_written_directly() {
    use std::process::{Command, Stdio};

    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    check_writable(&pipe).unwrap();
    let reader = Command::new("cat").arg(&pipe).stdout(Stdio::piped()).spawn().unwrap();
    text(&pipe, "through the pipe").unwrap();
    assert_eq!(reader.wait_with_output().unwrap().stdout, b"through the pipe");
    assert_eq!(names(folder.path()), ["pipe"]);
}

#[test]
fn a_folder_is_there_whole_or_not_at_all() {
    let place = tempfile::tempdir().unwrap();
    let frames = place.path().join("frames");
    let fill = |count: usize, end: Result<usize, WriteError>| {
        write_folder(&frames, |folder| {
            (0..count).try_for_each(|i| text(&folder.join(i.to_string()), "frame"))?;
            assert!(!frames.join("0").exists());
            end
        })
    };
    check_folder_writable(&frames).unwrap();
    let failed = fill(2, Err(WriteError::IsFolder { path: "x".into() }));
    assert!(matches!(failed, Err(WriteError::IsFolder { .. })));
    assert!(names(place.path()).is_empty());
    assert_eq!(fill(3, Ok(7)).unwrap(), 7);
    assert_eq!(
        (names(place.path()), names(&frames)),
        (vec!["frames".into()], vec!["0".into(), "1".into(), "2".into()])
    );
    let ordinary = place.path().join("ordinary");
    fs::create_dir(&ordinary).unwrap();
    assert_eq!(fs::metadata(&frames).unwrap().permissions(), fs::metadata(&ordinary).unwrap().permissions());
    // An existing folder must be empty.
    for error in [fill(1, Ok(0)).unwrap_err(), check_folder_writable(&frames).unwrap_err()] {
        assert!(matches!(&error, WriteError::NotEmpty { path } if *path == frames), "{error}");
    }
    assert_eq!(names(&frames).len(), 3);
    write_folder(&ordinary, |folder| text(&folder.join("file"), "x")).unwrap();
    assert_eq!(
        (names(&ordinary), names(place.path())),
        (vec!["file".into()], vec!["frames".into(), "ordinary".into()])
    );
}

#[test]
fn what_stands_in_a_folders_way_is_named() {
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("file");
    text(&file, "").unwrap();
    let both = |path: &Path| {
        let written = write_folder(path, |_| Ok::<_, WriteError>(())).unwrap_err();
        assert_eq!(check_folder_writable(path).unwrap_err().to_string(), written.to_string());
        written
    };
    let missing = both(&place.path().join("a/b"));
    assert!(
        matches!(&missing, WriteError::FolderMissing { folder, .. } if folder.ends_with("a")),
        "{missing}"
    );
    assert!(matches!(both(&file), WriteError::NotAFolder { folder, .. } if folder == file));
    assert!(matches!(both(&file.join("b")), WriteError::NotAFolder { .. }));
    assert!(matches!(both(place.path()), WriteError::NotEmpty { .. }));
    assert_eq!(names(place.path()), ["file"]);
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
