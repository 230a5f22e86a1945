//! Writes videos, and reads them here and with ffmpeg.

use std::fs;
use std::path::Path;
use std::process::Command;

use sinefield_media::{MediaError, VideoError, VideoWriter, ffmpeg_program};

use crate::common::{names, pattern};
use crate::tools::{distance, has_ffmpeg, levels, random, read};

fn floats(levels: &[u8]) -> Vec<f32> {
    levels.iter().map(|&level| f32::from(level) / 255.0).collect()
}

/// Writes frames of levels from 0 to 255.
fn write(path: &Path, (rows, columns, channels): (usize, usize, usize), fps: f64, frames: &[Vec<u8>]) {
    let mut writer = VideoWriter::create(path, (rows, columns), fps, channels).unwrap();
    for frame in frames {
        writer.frame(&floats(frame)).unwrap();
    }
    writer.finish().unwrap();
}

#[test]
fn y4m_brings_colours_back_within_two_levels() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.y4m");
    let mut random = random(3);
    // Every corner of the colour cube, and random colours.
    let mut frame: Vec<u8> = (0..8).flat_map(|i| [i & 1, i >> 1 & 1, i >> 2].map(|bit| bit * 255)).collect();
    frame.extend((0..3 * (255 * 17 - 8)).map(|_| random(256) as u8));
    write(&path, (255, 17, 3), 30000.0 / 1001.0, std::slice::from_ref(&frame));
    let signal = read(&path).unwrap();
    assert_eq!((signal.shape(), signal.channels), (vec![1, 255, 17], 3));
    assert!((signal.axes[0].step - 1001.0 / 30000.0).abs() < 1e-15);
    assert!(distance(&levels(&signal), &frame) <= 2);
    if has_ffmpeg() {
        let flags = "scale=flags=accurate_rnd+full_chroma_int+full_chroma_inp,format=rgb24";
        let run = Command::new(ffmpeg_program())
            .args(["-v", "error", "-i"])
            .arg(&path)
            .args(["-vf", flags, "-f", "rawvideo", "pipe:1"])
            .output()
            .unwrap();
        assert!(run.status.success());
        assert!(distance(&run.stdout, &frame) <= 3);
    }
}

#[test]
fn grey_y4m_and_png_folders_lose_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let frames: Vec<Vec<u8>> = (0..11).map(|seed| pattern(17, 3, 1, seed)).collect();
    for name in ["a.y4m", "a.Y4M", "folder", "other.d/"] {
        let path = folder.path().join(name);
        write(&path, (17, 3, 1), 25.0, &frames);
        let signal = read(&path).unwrap();
        assert_eq!((signal.shape(), signal.channels), (vec![11, 17, 3], 1), "{name}");
        assert_eq!(levels(&signal), frames.concat(), "{name}");
    }
    for channels in 1..=4 {
        let frame = pattern(3, 5, channels, 2);
        let path = folder.path().join(format!("of{channels}"));
        write(&path, (3, 5, channels), 25.0, std::slice::from_ref(&frame));
        let signal = read(&path).unwrap();
        assert_eq!((levels(&signal), signal.channels), (frame, channels));
    }
    assert_eq!(names(&folder.path().join("of1")), ["frame-00001.png"]);
    assert_eq!(names(folder.path()), ["a.Y4M", "a.y4m", "folder", "of1", "of2", "of3", "of4", "other.d"]);
}

#[test]
fn values_beyond_are_clipped() {
    let folder = tempfile::tempdir().unwrap();
    for (name, channels) in [("a.y4m", 3), ("b.y4m", 1), ("c", 3)] {
        let path = folder.path().join(name);
        let mut writer = VideoWriter::create(&path, (1, 4), 25.0, channels).unwrap();
        let pixels = [f32::NAN, -1e30, f32::INFINITY, 1.5];
        let frame: Vec<f32> = pixels.into_iter().flat_map(|value| vec![value; channels]).collect();
        writer.frame(&frame).unwrap();
        writer.finish().unwrap();
        let expected: Vec<u8> =
            [0, 0, 255, 255].into_iter().flat_map(|level| vec![level; channels]).collect();
        assert_eq!(levels(&read(&path).unwrap()), expected, "{name}");
    }
}

#[test]
fn containers_come_back_nearly() {
    if !has_ffmpeg() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    // Waves of one period, which codecs keep well.
    let (rows, columns) = (33, 47);
    let frames: Vec<Vec<u8>> = (0..12)
        .map(|t| {
            let wave = |phase: f64| (127.5 + 100.0 * (phase * 0.13).sin()).round() as u8;
            (0..rows * columns * 3)
                .map(|i| {
                    wave(((i / 3 / columns) + (i / 3 % columns)) as f64 + (i % 3) as f64 * 10.0 + t as f64)
                })
                .collect()
        })
        .collect();
    for name in ["a.mp4", "a.MKV", "a.mov", "a.m4v", "a.webm", "-b.mp4"] {
        let path = folder.path().join(name);
        // The second video replaces the first.
        for _ in 0..2 {
            write(&path, (rows, columns, 3), 24000.0 / 1001.0, &frames);
        }
        let signal = read(&path).unwrap();
        let sides = if name == "a.webm" { (33, 47) } else { (34, 48) };
        assert_eq!(signal.shape(), [12, sides.0, sides.1], "{name}");
        assert!((signal.axes[0].step - 1001.0 / 24000.0).abs() < 1e-9, "{name}: {}", signal.axes[0].step);
        let found = levels(&signal);
        let level = |t: usize, r: usize, c: usize, k: usize| {
            (
                found[((t * sides.0 + r) * sides.1 + c) * 3 + k],
                frames[t][(r.min(32) * columns + c.min(46)) * 3 + k],
            )
        };
        let mut squares = 0.0;
        for t in 0..12 {
            for (r, c, k) in (0..sides.0 * sides.1 * 3).map(|i| (i / 3 / sides.1, i / 3 % sides.1, i % 3)) {
                let (found, given) = level(t, r, c, k);
                squares += f64::from(found.abs_diff(given)).powi(2);
            }
        }
        // A wrong matrix or range gives an error of at least 10 levels, and chroma in a wrong place one of 5.
        let error = (squares / found.len() as f64).sqrt();
        assert!(error < 4.0, "{name}: {error}");
    }
    assert_eq!(names(folder.path()), ["-b.mp4", "a.MKV", "a.m4v", "a.mov", "a.mp4", "a.webm"]);
}

#[test]
fn the_smallest_and_grey_videos_are_written() {
    if !has_ffmpeg() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    for (name, shape) in [("a.mp4", vec![1, 2, 2]), ("a.webm", vec![1, 1, 1])] {
        let path = folder.path().join(name);
        write(&path, (1, 1, 1), 25.0, &[vec![100]]);
        let signal = read(&path).unwrap();
        assert_eq!((signal.shape(), signal.channels), (shape, 3));
        assert!(distance(&levels(&signal)[..3], &[100; 3]) <= 2, "{:?}", levels(&signal));
    }
}

#[test]
fn failures_leave_what_was_there() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.y4m");
    fs::write(&path, "old").unwrap();
    let mut dropped = VideoWriter::create(&path, (2, 2), 25.0, 1).unwrap();
    dropped.frame(&[0.0; 4]).unwrap();
    drop(dropped);
    let empty = VideoWriter::create(&path, (2, 3), 25.0, 1).unwrap().finish().unwrap_err();
    assert!(matches!(&empty, MediaError::Empty { shape, .. } if *shape == [0, 2, 3]), "{empty}");
    assert_eq!(fs::read(&path).unwrap(), b"old");
    assert_eq!(names(folder.path()), ["a.y4m"]);
    let made = folder.path().join("made");
    let mut dropped = VideoWriter::create(&made, (2, 2), 25.0, 1).unwrap();
    dropped.frame(&[0.0; 4]).unwrap();
    assert!(!made.exists());
    drop(dropped);
    assert_eq!(names(folder.path()), ["a.y4m"]);
    // A frame of another size is refused, and the writer can continue.
    let mut writer = VideoWriter::create(&path, (2, 2), 25.0, 1).unwrap();
    let error = writer.frame(&[0.0; 5]).unwrap_err();
    assert!(matches!(&error, MediaError::Length { length: 5, .. }), "{error}");
    writer.frame(&[1.0; 4]).unwrap();
    writer.finish().unwrap();
    assert_eq!(levels(&read(&path).unwrap()), [255; 4]);
}

#[test]
fn what_cannot_be_written_is_refused_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let full = folder.path().join("full");
    fs::create_dir(&full).unwrap();
    fs::write(full.join("x"), "x").unwrap();
    fs::write(folder.path().join("file"), "x").unwrap();
    let refused = |name: &str, size, fps, channels| {
        VideoWriter::create(folder.path().join(name), size, fps, channels).unwrap_err()
    };
    for name in ["a.png", "a.gif", "a.xyz"] {
        let error = refused(name, (2, 2), 25.0, 3);
        assert!(matches!(error, MediaError::Video(VideoError::Extension { .. })), "{error}");
    }
    for (name, size, channels) in [
        ("a.y4m", (2, 2), 2),
        ("a.y4m", (0, 2), 3),
        ("a.mp4", (2, 0), 3),
        ("a.mp4", (2, 2), 4),
        ("a.mp4", (20_000, 2), 3),
        ("new", (2, 2), 5),
        ("new", (2, usize::MAX), 3),
    ] {
        let error = refused(name, size, 25.0, channels);
        assert!(matches!(error, MediaError::Video(VideoError::Frames { .. })), "{error}");
    }
    for fps in [0.0, f64::NAN, -25.0, 1e9] {
        let error = refused("a.y4m", (2, 2), fps, 3);
        assert!(matches!(error, MediaError::Video(VideoError::Rate { .. })), "{error}");
    }
    for name in ["full", "full/"] {
        let error = refused(name, (2, 2), 25.0, 3);
        assert!(matches!(error, MediaError::Video(VideoError::FolderNotEmpty { .. })), "{error}");
    }
    for name in ["file", "file/", "missing/new", "missing/a.y4m", "missing/a.mp4", "full/..", "file/a.y4m"] {
        let error = refused(name, (2, 2), 25.0, 3);
        assert!(matches!(error, MediaError::Write(_)), "{error}");
    }
    assert_eq!(names(folder.path()), ["file", "full"]);
}

#[test]
fn an_empty_folder_is_filled_and_one_filled_meanwhile_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("frames");
    fs::create_dir(&path).unwrap();
    write(&path, (1, 1, 1), 25.0, &[vec![7]]);
    assert_eq!(names(&path), ["frame-00001.png"]);
    let late = folder.path().join("late");
    let mut writer = VideoWriter::create(&late, (1, 1), 25.0, 1).unwrap();
    writer.frame(&[0.0]).unwrap();
    fs::create_dir(&late).unwrap();
    fs::write(late.join("mine"), "x").unwrap();
    let error = writer.finish().unwrap_err();
    assert!(matches!(error, MediaError::Video(VideoError::FolderNotEmpty { .. })), "{error}");
    assert_eq!(names(&late), ["mine"]);
    assert_eq!(names(folder.path()), ["frames", "late"]);
}

#[cfg(unix)]
#[test]
fn links_and_permissions_are_kept() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let folder = tempfile::tempdir().unwrap();
    let (target, link) = (folder.path().join("target.y4m"), folder.path().join("link.y4m"));
    fs::write(&target, "old").unwrap();
    fs::set_permissions(&target, fs::Permissions::from_mode(0o640)).unwrap();
    symlink("target.y4m", &link).unwrap();
    write(&link, (1, 1, 1), 25.0, &[vec![7]]);
    assert!(link.is_symlink());
    assert_eq!(levels(&read(&target).unwrap()), [7]);
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&target), 0o640);
    // A new file and a new folder have the default permissions.
    let (file, made) = (folder.path().join("file"), folder.path().join("made"));
    fs::write(&file, "").unwrap();
    fs::create_dir(&made).unwrap();
    write(&folder.path().join("new.y4m"), (1, 1, 1), 25.0, &[vec![7]]);
    write(&folder.path().join("frames"), (1, 1, 1), 25.0, &[vec![7]]);
    assert_eq!(mode(&folder.path().join("new.y4m")), mode(&file));
    assert_eq!(mode(&folder.path().join("frames")), mode(&made));
    if has_ffmpeg() {
        write(&folder.path().join("new.mp4"), (2, 2, 1), 25.0, &[vec![7; 4]]);
        assert_eq!(mode(&folder.path().join("new.mp4")), mode(&file));
    }
    for device in ["/dev/null", "/dev/full"] {
        let link = folder.path().join("device.y4m");
        symlink(device, &link).unwrap();
        assert!(matches!(VideoWriter::create(&link, (1, 1), 25.0, 1), Err(MediaError::Write(_))));
        fs::remove_file(&link).unwrap();
    }
}
