//! Folders in which every file is a frame.

use std::fs;
use std::path::{Path, PathBuf};

use sinefield_media::{MediaError, Pixels, VideoError, write_image, write_npy};

use crate::common::{file, pattern};
use crate::tools::{levels, read, values};

fn png(folder: &Path, name: &str, (rows, columns, channels): (usize, usize, usize), seed: usize) -> PathBuf {
    let path = folder.join(name);
    let pixels = pattern(rows, columns, channels, seed);
    write_image(&path, rows, columns, channels, Pixels::U8(&pixels)).unwrap();
    path
}

#[test]
fn frames_come_in_the_order_of_their_numbers() {
    let folder = tempfile::tempdir().unwrap();
    // The frames are written neither in the order of the alphabet nor in that of the numbers.
    for number in [10, 1, 9, 100, 2, 11] {
        png(folder.path(), &format!("frame{number}.png"), (3, 17, 3), number);
    }
    fs::write(folder.path().join(".hidden"), "no image").unwrap();
    let signal = read(folder.path()).unwrap();
    assert_eq!((signal.shape(), signal.channels, signal.axes[0].step), (vec![6, 3, 17], 3, 0.04));
    let expected: Vec<u8> =
        [1, 2, 9, 10, 11, 100].into_iter().flat_map(|number| pattern(3, 17, 3, number)).collect();
    assert_eq!(levels(&signal), expected);
}

#[test]
fn frames_of_every_kind_keep_their_depth() {
    for (name, range) in [
        ("l8.png", Some((0.0, 1.0))),
        ("la8.png", Some((0.0, 1.0))),
        ("rgba8.png", Some((0.0, 1.0))),
        ("l16.png", Some((0.0, 1.0))),
        ("rgb8.webp", Some((0.0, 1.0))),
        ("f32.tif", None),
        ("f4.npy", None),
        ("grey.jpg", Some((0.0, 1.0))),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let image = sinefield_media::Image::read(file(name)).unwrap();
        for copy in ["a", "b", "c"] {
            fs::copy(file(name), folder.path().join(format!("{copy}{name}"))).unwrap();
        }
        let signal = read(folder.path()).unwrap();
        assert_eq!(signal.shape(), [3, image.rows, image.columns], "{name}");
        assert_eq!(signal.channels, image.channels, "{name}");
        assert_eq!(signal.range, range, "{name}");
        assert_eq!(values(&signal), image.data.repeat(3), "{name}");
    }
}

#[test]
fn the_first_frame_that_differs_is_named() {
    for (odd, size) in [("size", (3, 5, 3)), ("channels", (3, 17, 4)), ("grey", (3, 17, 1))] {
        let folder = tempfile::tempdir().unwrap();
        let first = png(folder.path(), "1.png", (3, 17, 3), 1);
        png(folder.path(), "2.png", (3, 17, 3), 2);
        let differs = png(folder.path(), "3.png", size, 3);
        png(folder.path(), "4.png", (5, 5, 3), 3);
        let error = read(folder.path()).unwrap_err();
        let text = error.to_string();
        assert!(
            matches!(&error, MediaError::Video(VideoError::FrameDiffers { path, first: one, .. })
                if *path == differs && *one == first),
            "{odd}: {text}"
        );
        assert!(text.contains("17x3 pixels in 3 channels"), "{text}");
    }
    let folder = tempfile::tempdir().unwrap();
    png(folder.path(), "1.png", (3, 5, 1), 1);
    write_npy(folder.path().join("2.npy"), &[3, 5], &[0.5; 15]).unwrap();
    let text = read(folder.path()).unwrap_err().to_string();
    assert!(text.contains("channels of floats, but") && text.contains("channels of 8 bits"), "{text}");
}

#[test]
fn other_things_in_a_folder_are_named_before_a_frame_is_read() {
    for (name, is_folder) in
        [("notes.txt", false), ("no-extension", false), ("b.mp4", false), ("x.png", true)]
    {
        let folder = tempfile::tempdir().unwrap();
        // An unreadable frame, which comes first.
        fs::write(folder.path().join("a.png"), "no image").unwrap();
        let other = folder.path().join(name);
        if is_folder {
            fs::create_dir(&other).unwrap()
        } else {
            fs::write(&other, "x").unwrap()
        }
        let error = read(folder.path()).unwrap_err();
        assert!(
            matches!(&error, MediaError::Video(VideoError::NotAFrame { path, .. }) if *path == other),
            "{error}"
        );
    }
    let folder = tempfile::tempdir().unwrap();
    png(folder.path(), "1.png", (3, 5, 1), 1);
    fs::write(folder.path().join("2.png"), "no image").unwrap();
    let error = read(folder.path()).unwrap_err();
    assert!(error.to_string().contains("2.png"), "{error}");
}

#[test]
fn an_empty_folder_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(".hidden"), "").unwrap();
    let error = read(folder.path()).unwrap_err();
    assert!(matches!(error, MediaError::Video(VideoError::NoFrames { .. })), "{error}");
}
