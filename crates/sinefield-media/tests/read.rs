//! Files of every format, made by other programs, must be read as these programs read them.

mod common;

use common::{file, lines, numbers};
use sinefield_media::{Depth, Image, MediaError, read_points};

#[test]
fn files_of_other_programs_are_read_as_they_read_them() {
    let expected = lines("images.txt");
    assert!(expected.len() > 50);
    for words in expected {
        let (name, depth) = (&words[0], &words[1]);
        let shape: Vec<usize> = numbers(&words[2..5]);
        let values: Vec<f32> = numbers(&words[5..]);
        let image = Image::read(file(name)).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!([image.rows, image.columns, image.channels], shape[..], "{name}");
        assert_eq!(&format!("{:?}", image.depth), depth, "{name}");
        // JPEG decoders may differ in the rounding of the transform, and in the interpolation of colours that are
        // stored at half the resolution.
        let tolerance = match name.as_str() {
            "progressive.jpg" => 6.5 / 255.0,
            name if name.ends_with(".jpg") => 2.5 / 255.0,
            _ => 0.0,
        };
        for (index, (got, want)) in image.data.iter().zip(&values).enumerate() {
            assert!((got - want).abs() <= tolerance, "{name} at {index}: {got} for {want}");
        }
        assert_eq!(image.data.len(), values.len(), "{name}");
    }
}

#[test]
fn content_decides_before_the_name() {
    let folder = tempfile::tempdir().unwrap();
    for (name, alias) in
        [("rgb8.png", "a.jpg"), ("f4.npy", "a.png"), ("rgba32.exr", "a"), ("raw8.ppm", "a.tif")]
    {
        let alias = folder.path().join(alias);
        std::fs::copy(file(name), &alias).unwrap();
        assert_eq!(Image::read(&alias).unwrap(), Image::read(file(name)).unwrap(), "{name}");
    }
}

/// The sides of the scene that row 0 and column 0 of the stored image show, for the EXIF orientations 1 to 8.
const SIDES: [(&str, &str); 8] = [
    ("top", "left"),
    ("top", "right"),
    ("bottom", "right"),
    ("bottom", "left"),
    ("left", "top"),
    ("right", "top"),
    ("right", "bottom"),
    ("left", "bottom"),
];

#[test]
fn all_eight_orientations_are_obeyed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("photo.jpg");
    let (rows, columns) = (17, 33);
    // The values rise downwards, and more steeply to the right, so all corners differ.
    let scene = |row: usize, column: usize| (row * 4 + column * 5) as f32 / 255.0;
    for (value, (row0, column0)) in (1..).zip(SIDES) {
        let along = |side: &str, index: usize, size: usize| match side {
            "top" | "left" => index,
            _ => size - 1 - index,
        };
        let sideways = row0 == "left" || row0 == "right";
        let (stored_rows, stored_columns) = if sideways { (columns, rows) } else { (rows, columns) };
        let mut stored = Vec::new();
        for r in 0..stored_rows {
            for c in 0..stored_columns {
                let (r, c) = (along(row0, r, stored_rows), along(column0, c, stored_columns));
                stored.push(if sideways { scene(c, r) } else { scene(r, c) });
            }
        }
        let pixels = sinefield_media::Pixels::F32(&stored);
        sinefield_media::write_image(&path, stored_rows, stored_columns, 1, pixels).unwrap();
        insert_orientation(&path, value);
        let image = Image::read(&path).unwrap();
        assert_eq!((image.rows, image.columns), (rows, columns), "orientation {value}");
        for (index, got) in image.data.iter().enumerate() {
            let want = scene(index / columns, index % columns);
            assert!((got - want).abs() < 4.0 / 255.0, "orientation {value} at {index}: {got} for {want}");
        }
    }
}

/// Inserts an APP1 segment with only the orientation after the start of a JPEG file.
fn insert_orientation(path: &std::path::Path, value: u8) {
    let mut bytes = std::fs::read(path).unwrap();
    let mut segment = b"\xff\xe1\x00\x22Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
    segment.extend([value, 0, 0, 0, 0, 0, 0]);
    assert_eq!(segment.len(), 0x22 + 2);
    bytes.splice(2..2, segment);
    std::fs::write(path, bytes).unwrap();
}

#[test]
fn grey_is_the_luma_of_rec_601() {
    let image = |channels, data: &[f32]| Image {
        rows: 1,
        columns: 2,
        channels,
        data: data.to_vec(),
        depth: Depth::F32,
    };
    let grey = |channels, data| image(channels, data).to_grey();
    assert_eq!(grey(1, &[0.25, 0.5]), image(1, &[0.25, 0.5]));
    assert_eq!(grey(2, &[0.25, 1.0, 0.5, 0.0]), image(1, &[0.25, 0.5]));
    let close = |got: Image, want: [f32; 2]| {
        assert_eq!((got.channels, got.data.len()), (1, 2));
        assert!(got.data.iter().zip(want).all(|(got, want)| (got - want).abs() < 1e-6), "{got:?}");
    };
    close(grey(3, &[1.0, 0.0, 0.0, 0.0, 1.0, 0.0]), [0.299, 0.587]);
    close(grey(4, &[0.0, 0.0, 1.0, 0.5, 1.0, 1.0, 1.0, 0.0]), [0.114, 1.0]);
}

#[test]
fn points_come_as_doubles_one_a_row() {
    let line = read_points(file("line.npy")).unwrap();
    assert_eq!((line.count, line.dimensions), (17, 1));
    assert_eq!(line.data, (0..17).map(|i| f64::from(i) / 4.0).collect::<Vec<_>>());
    for name in ["f8.npy", "i8be.npy", "f2.npy"] {
        let grid = read_points(file(name)).unwrap();
        assert_eq!((grid.count, grid.dimensions), (3, 5), "{name}");
        let whole: Vec<u8> = grid.data.iter().map(|&value| value as u8).collect();
        assert_eq!(&whole[..3], [0, 13, 26], "{name}");
    }
    assert!(matches!(read_points(file("cube.npy")), Err(MediaError::Dimensions { .. })));
    match read_points(file("nan.npy")) {
        Err(MediaError::NotFinite { count, index, value, .. }) => {
            assert_eq!((count, index), (2, vec![1, 2]));
            assert!(value.is_nan());
        }
        other => panic!("{other:?}"),
    }
}
