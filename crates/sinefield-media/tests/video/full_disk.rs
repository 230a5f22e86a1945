//! Full disks, as small disks in memory. The tests are skipped with a message if the user may not mount one.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use sinefield_files::WriteError;
use sinefield_media::{MediaError, VideoError, VideoOptions, VideoWriter, read_video_with};

use crate::common::names;
use crate::tools::{has_ffmpeg, random};

/// A disk of 256 KiB.
struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    fn new() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=256k", "tmpfs"])
            .arg(folder.path())
            .stderr(Stdio::null())
            .status();
        if mounted.is_ok_and(|status| status.success()) {
            return Some(Self(folder));
        }
        eprintln!("SKIPPED: this user may not mount a small disk, and the test needs one");
        None
    }

    fn join(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.path()).status();
    }
}

/// A frame of 255x257 pixels that no codec compresses well.
fn noise(seed: u64) -> Vec<f32> {
    let mut random = random(seed);
    (0..255 * 257 * 3).map(|_| random(256) as f32 / 255.0).collect()
}

#[test]
fn a_decoded_video_without_room_is_refused_before_it_is_decoded() {
    let Some(disk) = SmallDisk::new() else { return };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.y4m");
    let frame = [b"FRAME\n".as_slice(), &[7; 255 * 257]].concat();
    fs::write(&path, [b"YUV4MPEG2 W257 H255 Cmono\n".as_slice(), &frame.repeat(5)].concat()).unwrap();
    let options = VideoOptions { spool_folder: disk.path().into(), ..VideoOptions::default() };
    let mut told = 0;
    let error = read_video_with(&path, &options, &mut |done, _| told = done).unwrap_err();
    let needed = 5 * 255 * 257;
    assert!(
        matches!(&error, MediaError::Video(VideoError::SpoolFull { folder, needed: n, at_least: false, .. })
            if folder == disk.path() && *n == needed),
        "{error}"
    );
    let text = error.to_string();
    assert!(text.contains(&format!("needs {needed} bytes in {}", disk.path().display())), "{text}");
    assert!(text.contains("TMPDIR") && told == 0, "{text}");
    assert!(names(disk.path()).is_empty());
}

#[test]
fn a_disk_that_becomes_full_meanwhile_is_named() {
    let Some(disk) = SmallDisk::new() else { return };
    // The video comes from a pipe, so its length is unknown. Four frames fit on the disk.
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let frame = [b"FRAME\n".as_slice(), &[7; 255 * 257]].concat();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let bytes = [b"YUV4MPEG2 W257 H255 Cmono\n".as_slice(), &frame.repeat(9)].concat();
            // The reader stops before the end.
            let _ = fs::write(&pipe, bytes);
        });
        let options = VideoOptions { spool_folder: disk.path().into(), ..VideoOptions::default() };
        let error = read_video_with(&pipe, &options, &mut |_, _| {}).unwrap_err();
        let text = error.to_string();
        assert!(
            matches!(error, MediaError::Video(VideoError::SpoolFull { needed, at_least: true, .. })
                if needed == 5 * 255 * 257),
            "{text}"
        );
        assert!(text.contains("needs at least 327675 bytes in"), "{text}");
    });
    let options = VideoOptions { spool_folder: "/no/such/folder".into(), ..VideoOptions::default() };
    let path = folder.path().join("a.y4m");
    fs::write(&path, "YUV4MPEG2 W1 H1 Cmono\nFRAME\nx").unwrap();
    let error = read_video_with(&path, &options, &mut |_, _| {}).unwrap_err();
    assert!(error.to_string().contains("/no/such/folder"), "{error}");
}

#[test]
fn a_video_for_which_there_is_no_room_leaves_nothing() {
    for name in ["a.y4m", "frames", "a.mp4", "a.mkv", "a.webm"] {
        if name.contains('.') && name != "a.y4m" && !has_ffmpeg() {
            continue;
        }
        let Some(disk) = SmallDisk::new() else { return };
        fs::write(disk.join("other"), "x").unwrap();
        let path = disk.join(name);
        let mut writer = VideoWriter::create(&path, (255, 257), 25.0, 3).unwrap();
        let error = (0..40).find_map(|seed| writer.frame(&noise(seed)).err());
        let error = error.or_else(|| writer.finish().err());
        let error = error.unwrap_or_else(|| panic!("{name} is on a disk that has no room for it"));
        match &error {
            MediaError::Write(WriteError::DiskFull { path: named, .. }) => assert_eq!(*named, path),
            MediaError::Video(VideoError::Encode { path: named, detail }) => {
                assert_eq!(*named, path);
                assert!(detail.contains("No space left on device"), "{detail}");
            }
            _ => panic!("{name}: {error}"),
        }
        assert_eq!(names(disk.path()), ["other"], "{name}");
    }
}
