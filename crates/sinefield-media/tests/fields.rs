//! Operators compared with scipy, and resizing compared with Pillow.

mod common;

use common::{lines, numbers, pattern};
use sinefield_media::{Depth, Image, MediaError, Resize, laplace5, parse_size, sobel};

fn whole_numbers(rows: usize, columns: usize) -> Vec<f32> {
    pattern(rows, columns, 1, 0).into_iter().map(f32::from).collect()
}

#[test]
fn operators_are_those_of_scipy() {
    for words in lines("operators.txt") {
        let (rows, columns) = (words[0].parse().unwrap(), words[1].parse().unwrap());
        let plane = whole_numbers(rows, columns);
        let (down, right) = sobel(&plane, rows, columns);
        let got = [down, right, laplace5(&plane, rows, columns)].concat();
        assert_eq!(got, numbers::<f32>(&words[2..]), "{rows}x{columns}");
    }
    assert_eq!(sobel(&[], 0, 0), (vec![], vec![]));
    assert_eq!(laplace5(&[1.0], 1, 2), [-1.0, 1.0]);
}

#[test]
fn resizing_is_that_of_pillow() {
    for words in lines("resize.txt") {
        let size: Vec<usize> = numbers(&words[..4]);
        let plane = whole_numbers(size[0], size[1]);
        let image = Image { rows: size[0], columns: size[1], channels: 1, data: plane, depth: Depth::F32 };
        let got = image.resize(size[2], size[3]).unwrap();
        assert_eq!((got.rows, got.columns), (size[2], size[3]));
        for (got, want) in got.data.iter().zip(numbers::<f32>(&words[4..])) {
            assert!((got - want).abs() < 2e-3, "{size:?}: {got} for {want}");
        }
    }
}

#[test]
fn resizing_clips_integers_only_and_keeps_channels_apart() {
    let edge: Vec<f32> = (0..32).flat_map(|column| [f32::from(u8::from(column > 15)), 0.5]).collect();
    for (depth, clipped) in [(Depth::U8, true), (Depth::U16, true), (Depth::F32, false)] {
        let image = Image { rows: 1, columns: 32, channels: 2, data: edge.clone(), depth };
        let got = image.resize(1, 48).unwrap();
        assert_eq!((got.channels, got.depth), (2, depth));
        assert!(got.data.iter().skip(1).step_by(2).all(|value| (value - 0.5).abs() < 1e-6));
        assert_eq!(got.data.iter().all(|value| (0.0..=1.0).contains(value)), clipped, "{depth:?}");
    }
    let image = Image { rows: 1, columns: 32, channels: 2, data: edge.clone(), depth: Depth::U8 };
    assert_eq!(image.resize(1, 32).unwrap(), image);
    for (rows, columns) in [(0, 1), (1, 0), (usize::MAX, 1), (1 << 20, 1 << 20)] {
        assert!(matches!(image.resize(rows, columns), Err(MediaError::Size { .. })));
    }
    assert!(Image { rows: 9, ..image }.resize(3, 3).is_err(), "contradicting fields");
}

#[test]
fn sizes_are_read_as_people_write_them() {
    assert_eq!(parse_size("256").unwrap(), Resize::Fit(256));
    assert_eq!(parse_size(" 640 x 480 ").unwrap(), Resize::Exact { columns: 640, rows: 480 });
    assert_eq!("640X480".parse::<Resize>().unwrap(), Resize::Exact { columns: 640, rows: 480 });
    for text in [
        "",
        "0",
        "x",
        "3x",
        "x3",
        "0x3",
        "3x0",
        "-1",
        "+5",
        "1.5",
        "1e3",
        "3x3x3",
        "abc",
        "99999999999999999999",
    ] {
        let error = parse_size(text).unwrap_err().to_string();
        assert!(error.contains(&format!("{text:?}")) && error.contains("640x480"), "{error}");
    }
    assert!(parse_size("1000000x1000000").is_err());
    assert_eq!(Resize::Fit(256).apply((300, 400)), (192, 256));
    assert_eq!(Resize::Fit(256).apply((100, 50)), (256, 128));
    assert_eq!(Resize::Fit(3).apply((1000, 1)), (3, 1));
    assert_eq!(Resize::Fit(17).apply((257, 255)), (17, 17));
    assert_eq!(Resize::Exact { columns: 3, rows: 7 }.apply((300, 400)), (7, 3));
}
