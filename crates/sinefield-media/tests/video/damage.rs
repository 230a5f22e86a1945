//! Truncated, inconsistent and damaged y4m files give an error that names them, without a large allocation.

use std::fs;
use std::path::Path;

use sinefield_media::{MediaError, VideoError};

use crate::tools::{random, read, values, video};

/// A small file of each kind.
const FILES: [&str; 6] = [
    "picture-420jpeg-4x16.y4m",
    "picture-420mpeg2-2x2.y4m",
    "picture-422-2x2.y4m",
    "picture-444-3x17.y4m",
    "picture-444-1x1.y4m",
    "patches-mono.y4m",
];

fn refused(path: &Path, bytes: &[u8]) -> MediaError {
    fs::write(path, bytes).unwrap();
    let error = read(path).unwrap_err();
    assert!(error.to_string().contains("lying.y4m"), "{error}");
    error
}

#[test]
fn a_cut_file_is_refused_or_ends_with_a_whole_frame() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cut.y4m");
    for name in FILES {
        let bytes = fs::read(video(name)).unwrap();
        let whole = read(video(name)).unwrap();
        let all = values(&whole);
        let mut shorter = 0;
        for length in 0..bytes.len() {
            fs::write(&path, &bytes[..length]).unwrap();
            match read(&path) {
                Ok(signal) => {
                    shorter += 1;
                    let some = values(&signal);
                    assert!(some.len() < all.len(), "{name} cut to {length} bytes");
                    assert_eq!(some, all[..some.len()]);
                }
                Err(error) => assert!(error.to_string().contains("cut.y4m"), "{error}"),
            }
        }
        // The file can be cut between two frames, but not before the first.
        assert_eq!(shorter, whole.shape()[0] - 1, "{name}");
    }
}

#[test]
fn damaged_files_are_refused_or_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("damaged.y4m");
    let mut random = random(2);
    for name in FILES {
        let bytes = fs::read(video(name)).unwrap();
        for _ in 0..200 {
            let mut damaged = bytes.clone();
            for _ in 0..1 + random(3) {
                // Half of the changes are in the first 80 bytes, where the header is.
                let within = if random(2) == 0 { 80.min(bytes.len()) } else { bytes.len() };
                let bytes = [b'9', b' ', b'\n', b'W', 0, 0xff, random(256) as u8];
                damaged[random(within)] = bytes[random(7)];
            }
            fs::write(&path, &damaged).unwrap();
            match read(&path) {
                Ok(signal) => assert_eq!(values(&signal).len(), signal.count() * signal.channels),
                Err(error) => assert!(error.to_string().contains("damaged.y4m"), "{error}"),
            }
        }
    }
}

#[test]
fn lying_sizes_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lying.y4m");
    for sizes in ["W0 H5", "W5 H0"] {
        let error = refused(&path, format!("YUV4MPEG2 {sizes} F25:1\nFRAME\n").as_bytes());
        assert!(matches!(error, MediaError::Empty { .. }), "{error}");
    }
    for sizes in ["W1000000 H1000000", "W9223372036854775807 H3", "W18446744073709551615 H1"] {
        let error = refused(&path, format!("YUV4MPEG2 {sizes} F25:1\nFRAME\nabc").as_bytes());
        assert!(matches!(error, MediaError::TooLarge { .. }), "{error}");
    }
    // The size is large but allowed. Memory must not be allocated for missing data.
    let error = refused(&path, b"YUV4MPEG2 W26000 H26000 F25:1 C444\nFRAME\nabc");
    assert!(error.to_string().contains("frame 1 has 3 of 2028000000 bytes"), "{error}");
    for header in [
        "YUV4MPEG2 W5\nFRAME\n",
        "YUV4MPEG2 H5\nFRAME\n",
        "YUV4MPEG2 W-5 H5\nFRAME\n",
        "YUV4MPEG2 Wx H5\nFRAME\n",
        "YUV4MPEG2 W99999999999999999999999 H5\nFRAME\n",
        "YUV4MPEG2 W5 H5 F25\nFRAME\n",
        "YUV4MPEG2 W5 H5 F-1:1\nFRAME\n",
        "YUV4MPEG2 W5 H5 XCOLORRANGE=HALF\nFRAME\n",
        "YUV4MPEG2 W5 H5 \u{e9}\nFRAME\n",
        "YUV4MPEG2\nFRAME\n",
        "YUV4MPEG2x W5 H5\nFRAME\n",
        "YUV4MPEG2 W1 H1 Cmono\nframe\nx",
        "YUV4MPEG2 W1 H1 Cmono\nFRAMES\nx",
        "YUV4MPEG2 W1 H1 Cmono\nFRAME\nxyFRAME\nx",
    ] {
        let error = refused(&path, header.as_bytes());
        assert!(matches!(error, MediaError::Corrupt { format: "y4m", .. }), "{header}: {error}");
    }
    let long = [b"YUV4MPEG2 W5 H5 X", vec![b'x'; 10_000].as_slice()].concat();
    assert!(refused(&path, &long).to_string().contains("does not end within 4096 bytes"));
    let error = refused(&path, b"YUV4MPEG2 W5 H3 F25:1\n");
    assert!(matches!(&error, MediaError::Empty { shape, .. } if *shape == [0, 3, 5]), "{error}");
}

#[test]
fn other_chroma_and_depths_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lying.y4m");
    for chroma in ["420p10", "422p12", "444p16", "mono10", "mono16", "411", "410", "444alpha", "x"] {
        let error = refused(&path, format!("YUV4MPEG2 W1 H1 F25:1 C{chroma}\nFRAME\nabcdef").as_bytes());
        assert!(matches!(error, MediaError::Video(VideoError::Unsupported { .. })), "{error}");
        let text = error.to_string();
        assert!(text.contains(&format!("{chroma:?}")) && text.contains("ffmpeg"), "{text}");
    }
}
