//! y4m files made by ffmpeg and by hand.

use std::fs;

use sinefield_media::{MediaError, SignalKind, VideoError, VideoOptions, read_video, read_video_with};

use crate::tools::{distance, levels, random, read, reader, values, video};

/// The colours of the patches, as HTML defines their names.
const PATCHES: [[u8; 3]; 8] = [
    [0, 0, 0],
    [255, 255, 255],
    [255, 0, 0],
    [0, 255, 0],
    [0, 0, 255],
    [255, 255, 0],
    [128, 128, 128],
    [0, 128, 128],
];

/// A mono file in full range, whose bytes are its levels.
fn mono(columns: usize, rows: usize, frames: &[&[u8]]) -> Vec<u8> {
    let mut bytes = format!("YUV4MPEG2 W{columns} H{rows} F25:1 Cmono XCOLORRANGE=FULL\n").into_bytes();
    for frame in frames {
        bytes.extend(b"FRAME\n");
        bytes.extend(*frame);
    }
    bytes
}

#[test]
fn known_colours_are_read_in_every_kind() {
    for kind in ["420jpeg", "420mpeg2", "420paldv", "422", "444"] {
        for range in ["limited", "full"] {
            let name = format!("patches-{kind}-{range}.y4m");
            let signal = read(video(&name)).unwrap();
            assert_eq!((signal.shape(), signal.channels), (vec![1, 8, 64], 3), "{name}");
            let levels = levels(&signal);
            for (patch, colour) in PATCHES.iter().enumerate() {
                // In the middle of a patch, its chroma is not mixed with that of other patches.
                let start = (4 * 64 + 8 * patch + 4) * 3;
                let far = distance(&levels[start..start + 3], colour);
                // Rounding to 8 bits changes luma and chroma by half a level each, which is 1.16 * 0.5 and 2.02 * 0.5
                // levels of blue.
                assert!(far <= 2, "{name}: {colour:?} became {:?}", &levels[start..start + 3]);
            }
        }
    }
    let signal = read(video("patches-mono.y4m")).unwrap();
    assert_eq!((signal.shape(), signal.channels), (vec![1, 8, 64], 1));
    let levels = levels(&signal);
    for (patch, [r, g, b]) in PATCHES.into_iter().enumerate() {
        let luma = 0.299 * f32::from(r) + 0.587 * f32::from(g) + 0.114 * f32::from(b);
        assert!((f32::from(levels[4 * 64 + 8 * patch + 4]) - luma).abs() <= 1.0);
    }
}

#[test]
fn pictures_are_those_that_ffmpeg_makes() {
    for kind in ["420jpeg", "420mpeg2", "420paldv", "422", "444"] {
        for size in if kind == "444" { ["17x5", "3x17", "1x1"] } else { ["18x6", "4x16", "2x2"] } {
            let name = format!("picture-{kind}-{size}");
            let signal = read(video(&format!("{name}.y4m"))).unwrap();
            let expected = fs::read(video(&format!("{name}.rgb"))).unwrap();
            // Both programs round once, at the end. A value half-way between two levels may be rounded up or down.
            let far = distance(&levels(&signal), &expected);
            assert!(far <= 1, "{name}: {far}");
            assert!((signal.axes[0].step - 1001.0 / 24000.0).abs() < 1e-15);
        }
    }
}

/// A pixel by BT.601 in limited range, from its luma and its interpolated chroma, in 64 bits.
fn exact(y: u8, cb: f64, cr: f64) -> [f64; 3] {
    let (y, cb, cr) = ((f64::from(y) - 16.0) / 219.0, (cb - 128.0) / 224.0, (cr - 128.0) / 224.0);
    let (r, b) = (y + 2.0 * (1.0 - 0.299) * cr, y + 2.0 * (1.0 - 0.114) * cb);
    [r, (y - 0.299 * r - 0.114 * b) / 0.587, b].map(|value| 255.0 * value.clamp(0.0, 1.0))
}

/// The linearly interpolated value at `place` on a line of samples. Beyond the ends, the last samples continue.
fn between(line: &[f64], place: f64) -> f64 {
    let at = |index: f64| line[index.clamp(0.0, (line.len() - 1) as f64) as usize];
    let part = place - place.floor();
    at(place.floor()) * (1.0 - part) + at(place.floor() + 1.0) * part
}

#[test]
fn chroma_of_awkward_sizes_is_interpolated() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.y4m");
    let mut random = random(5);
    // For each kind: the pixels per chroma sample down and across, and the position of the first sample in pixels.
    for (kind, (down, across), (top, left)) in [
        ("420jpeg", (2, 2), (0.5, 0.5)),
        ("420", (2, 2), (0.5, 0.5)),
        ("420mpeg2", (2, 2), (0.5, 0.0)),
        ("420paldv", (2, 2), (0.0, 0.0)),
        ("422", (1, 2), (0.0, 0.0)),
        ("444", (1, 1), (0.0, 0.0)),
    ] {
        for (rows, columns) in [(5, 17), (17, 3), (1, 1), (1, 2), (3, 1), (255, 3), (2, 257)] {
            let (high, wide) = (usize::div_ceil(rows, down), usize::div_ceil(columns, across));
            let bytes: Vec<u8> = (0..rows * columns + 2 * high * wide).map(|_| random(256) as u8).collect();
            let header = format!("YUV4MPEG2 W{columns} H{rows} C{kind}\nFRAME\n");
            fs::write(&path, [header.as_bytes(), &bytes].concat()).unwrap();
            let found = values(&read(&path).unwrap());
            let plane = |start: usize, row: usize, column: usize| {
                let lines: Vec<f64> = (0..high)
                    .map(|line| {
                        let line = &bytes[start + line * wide..][..wide];
                        let line: Vec<f64> = line.iter().map(|&value| f64::from(value)).collect();
                        between(&line, (column as f64 - left) / across as f64)
                    })
                    .collect();
                between(&lines, (row as f64 - top) / down as f64)
            };
            for (pixel, found) in found.chunks_exact(3).enumerate() {
                let (row, column) = (pixel / columns, pixel % columns);
                let start = rows * columns;
                let (cb, cr) = (plane(start, row, column), plane(start + high * wide, row, column));
                for (found, exact) in found.iter().zip(exact(bytes[pixel], cb, cr)) {
                    let far = (f64::from(*found) * 255.0 - exact).abs();
                    assert!(far < 0.501, "{kind} {rows}x{columns} pixel {pixel}: {far}");
                }
            }
        }
    }
}

#[test]
fn the_signal_says_what_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.y4m");
    fs::write(&path, mono(3, 2, &[&[0, 51, 102, 153, 204, 255], &[9; 6]])).unwrap();
    let mut told = Vec::new();
    let signal = read_video(&path, None, &mut |done, total| told.push((done, total))).unwrap();
    assert_eq!(told, [(1, Some(2)), (2, Some(2))]);
    assert_eq!((signal.kind, signal.channels, signal.range), (SignalKind::Video, 1, Some((0.0, 1.0))));
    let axes: Vec<_> = signal.axes.iter().map(|a| (a.name.as_str(), a.samples, a.unit.as_str())).collect();
    assert_eq!(axes, [("time", 2, "s"), ("row", 2, ""), ("column", 3, "")]);
    assert_eq!((signal.axes[0].start, signal.axes[0].step, signal.axes[1].step), (0.0, 0.04, 1.0));
    assert_eq!(values(&signal)[..6], [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]);
    // Mono without a range is in full range, as ffmpeg 4.2 writes it; in limited range black is 16 and white 235.
    for (range, expected) in [("", [16, 235, 255]), (" XCOLORRANGE=LIMITED", [0, 255, 255])] {
        let header = format!("YUV4MPEG2 W3 H1 Cmono{range}\nFRAME\n");
        fs::write(&path, [header.as_bytes(), &[16, 235, 255]].concat()).unwrap();
        assert_eq!(levels(&read(&path).unwrap()), expected);
    }
}

#[test]
fn rates_are_obeyed_and_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.y4m");
    for (word, fps, step) in [
        (" F30000:1001", None, 1001.0 / 30000.0),
        (" F0:0", None, 0.04),
        ("", None, 0.04),
        (" F50:1", Some(4.0), 0.25),
        ("", Some(0.5), 2.0),
    ] {
        fs::write(&path, format!("YUV4MPEG2 W1 H1{word} Cmono\nFRAME Ip\nx")).unwrap();
        let signal = read_video(&path, fps, &mut |_, _| {}).unwrap();
        assert_eq!(signal.axes[0].step, step, "{word}");
    }
    for fps in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let error = read_video(&path, Some(fps), &mut |_, _| {}).unwrap_err();
        assert!(matches!(error, MediaError::Video(VideoError::Rate { .. })), "{error}");
    }
}

#[test]
fn samples_are_gathered_in_any_order() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.y4m");
    let mut random = random(1);
    let frames: Vec<Vec<u8>> = (0..5).map(|_| (0..255 * 257).map(|_| random(256) as u8).collect()).collect();
    let slices: Vec<&[u8]> = frames.iter().map(Vec::as_slice).collect();
    fs::write(&path, mono(257, 255, &slices)).unwrap();
    let signal = read(&path).unwrap();
    let expected = frames.concat();
    let count = expected.len();
    let orders: Vec<Vec<usize>> = vec![
        (0..count).collect(),
        (0..count).rev().collect(),
        (0..count).step_by(4097).collect(),
        (0..count).step_by(4096).collect(),
        (0..10_000).map(|_| random(count)).collect(),
        (0..10).map(|_| random(count)).collect(),
        vec![7; 255],
        vec![count - 1, 0],
        vec![],
    ];
    std::thread::scope(|scope| {
        for numbers in &orders {
            let (signal, expected) = (&signal, &expected);
            scope.spawn(move || {
                let mut out = vec![f32::NAN; numbers.len()];
                reader(signal).read(numbers, &mut out).unwrap();
                for (&number, value) in numbers.iter().zip(out) {
                    assert_eq!(value, f32::from(expected[number]) / 255.0);
                }
            });
        }
    });
    let refused = |numbers: &[usize], values: usize| {
        let error = reader(&signal).read(numbers, &mut vec![0.0; values]).unwrap_err();
        assert!(matches!(error, MediaError::Video(VideoError::Samples { .. })), "{error}");
    };
    refused(&[count], 1);
    refused(&[0, usize::MAX], 2);
    refused(&[0, 1], 1);
    refused(&[0], 3);
}

#[test]
fn fingerprints_tell_samples_apart() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.y4m");
    let fingerprint = |columns, rows, frames: &[&[u8]]| {
        fs::write(&path, mono(columns, rows, frames)).unwrap();
        reader(&read(&path).unwrap()).fingerprint()
    };
    let one = fingerprint(3, 2, &[&[1, 2, 3, 4, 5, 6]]);
    assert_eq!(one, fingerprint(3, 2, &[&[1, 2, 3, 4, 5, 6]]));
    let others = [
        fingerprint(3, 2, &[&[1, 2, 3, 4, 5, 7]]),
        fingerprint(2, 3, &[&[1, 2, 3, 4, 5, 6]]),
        fingerprint(3, 1, &[&[1, 2, 3], &[4, 5, 6]]),
        fingerprint(3, 2, &[&[1, 2, 3, 4, 5, 6], &[0; 6]]),
    ];
    assert!(!others.contains(&one));
}

#[test]
fn the_content_tells_the_format() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("named.mp4");
    fs::write(&path, mono(1, 1, &[b"x"])).unwrap();
    let options = VideoOptions { ffmpeg: "/no/such/program".into(), ..VideoOptions::default() };
    assert_eq!(read_video_with(&path, &options, &mut |_, _| {}).unwrap().count(), 1);
}

#[cfg(unix)]
#[test]
fn pipes_are_read_as_y4m_only() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    std::thread::scope(|scope| {
        scope.spawn(|| fs::write(&pipe, mono(2, 1, &[b"ab", b"cd"])).unwrap());
        let mut told = Vec::new();
        let signal = read_video(&pipe, None, &mut |done, total| told.push((done, total))).unwrap();
        assert_eq!(levels(&signal), b"abcd");
        assert_eq!(told, [(1, None), (2, None)]);
    });
    let error = read("/dev/zero").unwrap_err();
    assert!(matches!(error, MediaError::Video(VideoError::NotAFile { .. })), "{error}");
}
