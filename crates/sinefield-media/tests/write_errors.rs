//! The errors of writing are the same for every format.

mod common;

use sinefield_files::WriteError;
use sinefield_media::{MediaError, Pixels, write_image, write_npy};

#[test]
fn a_missing_folder_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let image = write_image(folder.path().join("a/b.png"), 1, 1, 1, Pixels::U8(&[0]));
    assert!(matches!(image, Err(MediaError::Write(WriteError::FolderMissing { .. }))));
    assert!(common::names(folder.path()).is_empty());
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_called_full() {
    let full = std::path::Path::new("/dev/full");
    let error = write_npy(full, &[3], &[0.0; 3]).unwrap_err();
    assert!(matches!(&error, MediaError::Write(WriteError::DiskFull { .. })), "{error}");
    // A link gives the device a name with the extension of the format.
    let folder = tempfile::tempdir().unwrap();
    let signal = sinefield_media::read_volume(common::reference().join("volumes/3d.npy")).unwrap();
    for name in ["a.png", "a.jpg", "a.tif", "a.exr", "a.npy", "a.wav", "a.nii", "a.nii.gz"] {
        let link = folder.path().join(name);
        std::os::unix::fs::symlink(full, &link).unwrap();
        let error = match name.rsplit('.').next() {
            Some("wav") => sinefield_media::write_sound(&link, 8000, 1, &[0.0; 3]).unwrap_err(),
            Some("nii" | "gz") => sinefield_media::write_volume(&link, &signal).unwrap_err(),
            _ => write_image(&link, 1, 3, 1, Pixels::F32(&[0.0; 3])).unwrap_err(),
        };
        assert!(matches!(&error, MediaError::Write(WriteError::DiskFull { .. })), "{error}");
        assert!(link.is_symlink());
    }
}

/// Encoders may replace the error of the system. A limit of 4 KiB per file simulates a full disk.
#[cfg(target_os = "linux")]
#[test]
fn a_disk_that_fills_up_is_called_full() {
    if std::env::var_os("SINEFIELD_TEST_LIMITED").is_some() {
        return every_format_is_too_large();
    }
    let limited = std::process::Command::new("sh")
        .args(["-c", "trap '' XFSZ; ulimit -f 8; exec \"$0\" a_disk_that_fills_up_is_called_full --exact"])
        .arg(std::env::current_exe().unwrap())
        .env("SINEFIELD_TEST_LIMITED", "1")
        .output()
        .unwrap();
    assert!(limited.status.success(), "{}", String::from_utf8_lossy(&limited.stdout));
}

#[cfg(target_os = "linux")]
fn every_format_is_too_large() {
    let folder = tempfile::tempdir().unwrap();
    let noise: Vec<f32> = (0..64 * 64 * 3).map(|i| (i as f32 * 2.7).sin().abs()).collect();
    let mut signal = sinefield_media::read_volume(common::reference().join("volumes/2d.npy")).unwrap();
    (signal.axes[0].samples, signal.axes[1].samples) = (64, 64 * 3);
    signal.samples = sinefield_media::Samples::Memory(noise.clone().into());
    for name in ["a.png", "a.jpg", "a.tif", "a.exr", "a.npy", "a.wav", "a.nii", "a.nii.gz", "a.npz"] {
        let path = folder.path().join(name);
        let written = match name.rsplit('.').next() {
            Some("wav") => sinefield_media::write_sound(&path, 8000, 1, &noise).map(|_| ()),
            Some("nii" | "gz") => sinefield_media::write_volume(&path, &signal),
            Some("npz") => {
                let data = sinefield_media::ArrayData::F32(noise.clone());
                let array = sinefield_media::NamedArray { name: "a".into(), shape: vec![noise.len()], data };
                sinefield_media::write_npz(&path, &[array])
            }
            _ => write_image(&path, 64, 64, 3, Pixels::F32(&noise)),
        };
        assert!(
            matches!(&written, Err(MediaError::Write(WriteError::DiskFull { .. }))),
            "{name}: {written:?}"
        );
    }
    assert!(common::names(folder.path()).is_empty());
}
