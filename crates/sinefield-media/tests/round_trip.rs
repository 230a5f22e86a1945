//! Written files must be read with the same values, at awkward sizes and in every format.

mod common;

use std::path::Path;

use common::{file, float_pattern, pattern};
use sinefield_media::{
    ArrayData, Depth, Image, MediaError, NamedArray, Pixels, output_format, read_points, write_exr,
    write_image, write_npy, write_npz,
};

const SIZES: [(usize, usize); 6] = [(1, 1), (1, 17), (17, 3), (3, 1), (255, 257), (257, 255)];

fn check(path: &Path, (rows, columns): (usize, usize), channels: usize, depth: Depth, want: &[f32]) {
    let image = Image::read(path).unwrap_or_else(|error| panic!("{error}"));
    let what = format!("{rows}x{columns}x{channels} in {path:?}");
    assert_eq!((image.rows, image.columns, image.channels), (rows, columns, channels), "{what}");
    assert_eq!(image.depth, depth, "{what}");
    assert!(image.data == want, "{what}");
}

#[test]
fn bytes_survive() {
    let folder = tempfile::tempdir().unwrap();
    for size in SIZES {
        for channels in 1..=4 {
            let data = pattern(size.0, size.1, channels, 0);
            let want: Vec<f32> = data.iter().map(|&value| f32::from(value) / 255.0).collect();
            for (suffix, depth) in
                [("png", Depth::U8), ("tif", Depth::U8), ("exr", Depth::F32), ("npy", Depth::F32)]
            {
                let path = folder.path().join(format!("image.{suffix}"));
                write_image(&path, size.0, size.1, channels, Pixels::U8(&data)).unwrap();
                if suffix == "tif" && channels == 2 {
                    let first: Vec<f32> = want.iter().step_by(2).copied().collect();
                    check(&path, size, 1, depth, &first);
                } else {
                    check(&path, size, channels, depth, &want);
                }
            }
        }
    }
}

#[test]
fn floats_survive() {
    let folder = tempfile::tempdir().unwrap();
    for size in SIZES {
        for channels in [1, 2, 3, 4, 7] {
            let data = float_pattern(size.0, size.1, channels);
            for suffix in ["tiff", "exr", "npy"] {
                let path = folder.path().join(format!("image.{suffix}"));
                write_image(&path, size.0, size.1, channels, Pixels::F32(&data)).unwrap();
                if suffix == "tiff" && [2, 7].contains(&channels) {
                    let first: Vec<f32> = data.iter().step_by(channels).copied().collect();
                    check(&path, size, 1, Depth::F32, &first);
                } else {
                    check(&path, size, channels, Depth::F32, &data);
                }
            }
        }
    }
}

#[test]
fn other_channel_counts_become_pages_of_a_tiff() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("jacobian.tif");
    let data = float_pattern(17, 3, 6);
    write_image(&path, 17, 3, 6, Pixels::F32(&data)).unwrap();
    let mut pages = tiff::decoder::Decoder::new(std::fs::File::open(&path).unwrap()).unwrap();
    for channel in 0..6 {
        let want: Vec<f32> = data.iter().skip(channel).step_by(6).copied().collect();
        match pages.read_image().unwrap() {
            tiff::decoder::DecodingResult::F32(got) => assert_eq!(got, want, "page {channel}"),
            other => panic!("{other:?}"),
        }
        assert_eq!(pages.more_images(), channel < 5);
        if channel < 5 {
            pages.next_image().unwrap();
        }
    }
}

#[test]
fn floats_are_clipped_and_rounded_to_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("image.png");
    let data = [-0.5, 0.0, 0.00195, 0.00197, 0.5, 1.0, 7.0, f32::NAN, f32::INFINITY];
    write_image(&path, 1, 9, 1, Pixels::F32(&data)).unwrap();
    let read = Image::read(&path).unwrap();
    let bytes: Vec<f32> = read.data.iter().map(|value| value * 255.0).collect();
    assert_eq!(bytes, [0.0, 0.0, 0.0, 1.0, 128.0, 255.0, 255.0, 0.0, 255.0]);
}

#[test]
fn jpeg_loses_little() {
    let folder = tempfile::tempdir().unwrap();
    for suffix in ["jpg", "JPEG"] {
        for (size, channels) in SIZES.into_iter().zip([1, 3].into_iter().cycle()) {
            let path = folder.path().join(format!("image.{suffix}"));
            let values = 0..size.0 * size.1 * channels;
            let ramp: Vec<f32> = values.map(|i| (i / (channels * size.1)) as f32 / 300.0).collect();
            write_image(&path, size.0, size.1, channels, Pixels::F32(&ramp)).unwrap();
            let image = Image::read(&path).unwrap();
            assert_eq!((image.rows, image.columns, image.channels), (size.0, size.1, channels));
            assert!(sinefield_media::psnr(&image.data, &ramp, 1.0) > 40.0, "{size:?}");
        }
    }
}

#[test]
fn channels_of_an_exr_keep_their_names() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("fields.exr");
    let data = float_pattern(3, 17, 2);
    write_exr(&path, 3, 17, &["f", "df.dx"], &data).unwrap();
    let bytes = std::fs::read(&path).unwrap();
    assert!(bytes.windows(6).any(|part| part == b"df.dx\0"));
    let swapped: Vec<f32> = data.chunks(2).flat_map(|pixel| [pixel[1], pixel[0]]).collect();
    check(&path, (3, 17), 2, Depth::F32, &swapped);
    for names in [["", "a"], ["a", "a"], ["a", "ж"]] {
        let refused = write_exr(folder.path().join("no.exr"), 3, 17, &names, &data);
        assert!(matches!(refused, Err(MediaError::Format { .. })), "{refused:?}");
    }
    assert_eq!(common::names(folder.path()), ["fields.exr"]);
}

#[test]
fn arrays_are_written_as_numpy_writes_them() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("array.npy");
    for (name, shape) in [("f4.npy", &[3, 5][..]), ("cube.npy", &[3, 5, 7]), ("line.npy", &[17])] {
        let data: Vec<f32> = match name {
            "line.npy" => read_points(file(name)).unwrap().data.iter().map(|&value| value as f32).collect(),
            _ => Image::read(file(name)).unwrap().data,
        };
        write_npy(&path, shape, &data).unwrap();
        assert!(std::fs::read(&path).unwrap() == std::fs::read(file(name)).unwrap(), "{name}");
    }
}

#[test]
fn archives_hold_arrays_under_their_names() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("arrays.npz");
    let cube = Image::read(file("cube.npy")).unwrap().data;
    let double = read_points(file("f8.npy")).unwrap().data;
    let arrays = [
        NamedArray { name: "cube".into(), shape: vec![3, 5, 7], data: ArrayData::F32(cube) },
        NamedArray { name: "double".into(), shape: vec![3, 5], data: ArrayData::F64(double) },
    ];
    write_npz(&path, &arrays).unwrap();
    let bytes = std::fs::read(&path).unwrap();
    for (name, reference) in [(&b"cube.npy"[..], "cube.npy"), (b"double.npy", "f8.npy")] {
        let start = bytes.windows(name.len()).position(|part| part == name).unwrap() + name.len();
        // The uncompressed file follows its name, after at most a few bytes of extra fields.
        let content = std::fs::read(file(reference)).unwrap();
        assert!(bytes[start..start + content.len() + 32].windows(content.len()).any(|part| part == content));
    }
    let twice = [arrays[0].clone(), arrays[0].clone()];
    assert!(matches!(write_npz(&path, &twice), Err(MediaError::Write(_))));
    assert!(std::fs::read(&path).unwrap() == bytes, "a failed write must leave the old file");
}

#[test]
fn what_cannot_be_written_is_refused_and_nothing_is_left() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, rows, columns, channels, length| {
        let data = vec![0.0; length];
        write_image(folder.path().join(name), rows, columns, channels, Pixels::F32(&data)).unwrap_err()
    };
    let unknown = write("image.gif", 1, 1, 1, 1).to_string();
    assert!(unknown.contains(".png") && unknown.contains(".exr"), "{unknown}");
    assert!(matches!(output_format("image"), Err(MediaError::Extension { .. })));
    assert!(matches!(write("image.png", 1, 1, 5, 5), MediaError::Format { .. }));
    assert!(matches!(write("image.jpg", 1, 1, 4, 4), MediaError::Format { .. }));
    assert!(matches!(write("image.jpg", 1, 65_536, 1, 65_536), MediaError::Format { .. }));
    assert!(matches!(write("image.tif", 0, 1, 1, 0), MediaError::Format { .. }));
    assert!(matches!(write("image.png", 2, 2, 1, 3), MediaError::Length { length: 3, .. }));
    assert!(matches!(write("image.png", usize::MAX, 2, 1, 3), MediaError::Length { .. }));
    let short = write_npy(folder.path().join("a.npy"), &[2, 2], &[0.0; 5]);
    assert!(matches!(short, Err(MediaError::Length { .. })));
    assert!(common::names(folder.path()).is_empty());
}
