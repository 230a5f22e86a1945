//! Damaged, inconsistent and missing files must give an error that names them, never a panic.

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use common::{file, names, reference};
use sinefield_media::{Image, MediaError, read_points};

fn write(folder: &tempfile::TempDir, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.path().join(name);
    fs::write(&path, bytes).unwrap();
    path
}

/// Every file that is read without an error.
fn sound_files() -> Vec<String> {
    let sound = |name: &String| Image::read(file(name)).is_ok();
    let files: Vec<String> = names(&reference().join("files")).into_iter().filter(sound).collect();
    assert!(files.len() > 50);
    files
}

#[test]
fn files_cut_off_anywhere_are_refused_or_read() {
    let folder = tempfile::tempdir().unwrap();
    for name in sound_files() {
        let bytes = fs::read(file(&name)).unwrap();
        let whole = Image::read(file(&name)).unwrap();
        for length in 0..bytes.len() {
            let path = write(&folder, &name, &bytes[..length]);
            match Image::read(&path) {
                // The missing bytes can only be padding, trailers or metadata.
                Ok(image) => assert_eq!(image, whole, "{name} cut to {length} bytes"),
                Err(error) => assert!(error.to_string().contains(&name), "{error}"),
            }
            let _ = read_points(&path);
        }
    }
}

#[test]
fn files_with_bytes_changed_are_refused_or_read() {
    let folder = tempfile::tempdir().unwrap();
    let mut state = 1_u32;
    let mut random = move || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as usize
    };
    for name in sound_files() {
        let bytes = fs::read(file(&name)).unwrap();
        for _ in 0..300 {
            let mut damaged = bytes.clone();
            for _ in 0..=random() % 3 {
                let place = random() % damaged.len();
                damaged[place] = [0, 0xff, 0x7f, 0x80, random() as u8][random() % 5];
            }
            let path = write(&folder, &name, &damaged);
            if let Ok(image) = Image::read(&path) {
                assert_eq!(image.data.len(), image.rows * image.columns * image.channels, "{name}");
            }
            let _ = read_points(&path);
        }
    }
}

#[test]
fn a_jpeg_cut_off_is_told_from_a_whole_one() {
    let folder = tempfile::tempdir().unwrap();
    let bytes = fs::read(file("rgb.jpg")).unwrap();
    let path = write(&folder, "cut.jpg", &bytes[..bytes.len() - 10]);
    assert!(matches!(Image::read(&path), Err(MediaError::Corrupt { format: "JPEG", .. })));
    // A thumbnail before the image has its own end marker, and bytes after the image are ignored.
    let thumbnail = [b"\xff\xe2\x00\x08abcd\xff\xd9", &bytes[2..]].concat();
    let path = write(&folder, "thumbnail.jpg", &[&bytes[..2], &thumbnail, b"junk"].concat());
    assert!(Image::read(&path).is_ok());
    let cut = &thumbnail[..thumbnail.len() - 10];
    let path = write(&folder, "thumbnail.jpg", &[&bytes[..2], cut].concat());
    assert!(matches!(Image::read(&path), Err(MediaError::Corrupt { .. })));
}

fn npy(header: &str, values: &[u8]) -> Vec<u8> {
    let length = (header.len() as u16).to_le_bytes();
    [b"\x93NUMPY\x01\x00", &length[..], header.as_bytes(), values].concat()
}

#[test]
fn arrays_that_lie_are_refused_before_anything_is_allocated() {
    let folder = tempfile::tempdir().unwrap();
    let huge = "{'descr': '<f4', 'fortran_order': False, 'shape': (1000000, 1000000), }";
    let overflow = "{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296), }";
    let longer = "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 5), }";
    for (header, message) in [(huge, "1000000, 1000000"), (overflow, "4294967296"), (longer, "60 bytes")] {
        let path = write(&folder, "lie.npy", &npy(header, &[0; 59]));
        for error in [Image::read(&path).unwrap_err(), read_points(&path).unwrap_err()] {
            assert!(error.to_string().contains(message), "{error}");
        }
    }
    let many = format!("{{'descr': '<f4', 'fortran_order': True, 'shape': ({}64), }}", "1, ".repeat(64));
    let nested = format!("{{'descr': {}", "[(".repeat(30_000));
    for header in
        ["", "{}", "{'descr': '<f4'}", "{'descr': '<f4', 'fortran_order': 7, 'shape': (1,)}", &nested, &many]
    {
        assert!(Image::read(write(&folder, "odd.npy", &npy(header, &[0; 64]))).is_err(), "{header:.40}");
    }
    let long = [b"\x93NUMPY\x02\x00\xff\xff\xff\xff", &[b' '; 99][..]].concat();
    assert!(matches!(Image::read(write(&folder, "long.npy", &long)), Err(MediaError::Corrupt { .. })));
}

#[test]
fn pictures_that_lie_are_refused_before_anything_is_allocated() {
    let folder = tempfile::tempdir().unwrap();
    let mut png = fs::read(file("l8.png")).unwrap();
    png[16..24].copy_from_slice(&[0, 0, 0xea, 0x60, 0, 0, 0xea, 0x60]);
    let crc = crc32(&png[12..29]);
    png[29..33].copy_from_slice(&crc.to_be_bytes());
    let mut tiff = fs::read(file("l8.tif")).unwrap();
    replace_tag(&mut tiff, 256, 60_000);
    replace_tag(&mut tiff, 257, 60_000);
    replace_tag(&mut tiff, 278, 60_000);
    let mut float = fs::read(file("f32.tif")).unwrap();
    replace_tag(&mut float, 256, 60_000);
    replace_tag(&mut float, 257, 30_000);
    replace_tag(&mut float, 278, 30_000);
    for (name, bytes) in [
        ("lie.png", png),
        ("lie.tif", tiff),
        ("float.tif", float),
        ("lie.ppm", b"P6 60000 60000 255 abc".to_vec()),
        ("small.ppm", b"P6 20000 10000 255 abc".to_vec()),
    ] {
        let error = Image::read(write(&folder, name, &bytes)).unwrap_err();
        assert!(matches!(error, MediaError::TooLarge { .. }), "{error}");
    }
}

/// The checksum of a PNG chunk, bit by bit.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0_u32, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg()))
    })
}

/// Overwrites the value of a tag in a little-endian TIFF file.
fn replace_tag(bytes: &mut [u8], tag: u16, value: u32) {
    let directory = u32::from_le_bytes(bytes[4..8].try_into().unwrap()) as usize;
    let entry = bytes[directory + 2..].chunks(12).position(|entry| entry[..2] == tag.to_le_bytes()).unwrap();
    let entry = directory + 2 + entry * 12;
    bytes[entry + 2..entry + 4].copy_from_slice(&4_u16.to_le_bytes());
    bytes[entry + 8..entry + 12].copy_from_slice(&value.to_le_bytes());
}

#[test]
fn what_is_no_image_is_said_to_be_none() {
    let folder = tempfile::tempdir().unwrap();
    let read = |name: &str, bytes: &[u8]| Image::read(write(&folder, name, bytes)).unwrap_err();
    for (name, bytes) in [("a.txt", &b"hello, this is no image"[..]), ("a", b""), ("a.gif", b"GIF89a......")]
    {
        let error = read(name, bytes);
        assert!(matches!(error, MediaError::NotAnImage { .. }), "{error}");
        assert!(error.to_string().contains("WebP"), "{error}");
    }
    assert!(matches!(read("a.png", b"hello"), MediaError::NotAnImage { .. }));
    assert!(matches!(read("a.png", b"\x89PNG\r"), MediaError::Corrupt { format: "PNG", .. }));
    assert!(matches!(read("empty.ppm", b"P6 0 5 255 "), MediaError::Empty { .. }));
    let missing = Image::read(folder.path().join("missing.png"));
    assert!(matches!(missing, Err(MediaError::NotFound { .. })));
    assert!(matches!(Image::read(folder.path()), Err(MediaError::IsFolder { .. })));
    assert!(matches!(Image::read(folder.path().join("a/b.png")), Err(MediaError::NotFound { .. })));
    if cfg!(target_os = "linux") {
        assert!(matches!(Image::read(Path::new("/dev/null")), Err(MediaError::NotAnImage { .. })));
    }
}

#[test]
fn unsuitable_arrays_are_named() {
    let error = |name| Image::read(file(name)).unwrap_err();
    assert!(matches!(error("line.npy"), MediaError::Dimensions { shape, .. } if shape == [17]));
    assert!(error("4d.npy").to_string().contains("(1, 2, 3, 4)"));
    assert!(matches!(error("complex.npy"), MediaError::Type { dtype, .. } if dtype == "<c8"));
    assert!(matches!(error("empty.npy"), MediaError::Empty { shape, .. } if shape == [0, 5]));
    for name in ["nan.npy", "nan.tif"] {
        match error(name) {
            MediaError::NotFinite { count, index, .. } => assert_eq!((count, index), (2, vec![1, 2, 0])),
            other => panic!("{other}"),
        }
    }
}
