//! Compares `Signal::read` with the readers for each kind of signal.

mod common;

use std::fs;
use std::path::PathBuf;

use common::{file, lines, numbers, reference};
use sinefield_media::{MediaError, Signal, SignalAxis, SignalKind, write_npy};

fn at(folder: &str, name: &str) -> PathBuf {
    reference().join(folder).join(name)
}

#[test]
fn images_become_signals_of_rows_and_columns() {
    for words in lines("images.txt") {
        let shape: Vec<usize> = numbers(&words[2..5]);
        for kind in [None, Some(SignalKind::Image)] {
            if kind.is_none() && shape[2] > 4 && words[0].ends_with(".npy") {
                assert_eq!(Signal::read(file(&words[0]), kind).unwrap().kind, SignalKind::Volume);
                continue;
            }
            let image = Signal::read(file(&words[0]), kind).unwrap_or_else(|error| panic!("{error}"));
            assert_eq!((image.kind, image.channels, image.affine), (SignalKind::Image, shape[2], None));
            let axes = [SignalAxis::counted("row", shape[0]), SignalAxis::counted("column", shape[1])];
            assert_eq!(image.axes, axes, "{}", words[0]);
            assert_eq!(image.range, (words[1] != "F32").then_some((0.0, 1.0)), "{}", words[0]);
        }
    }
    let picture = Signal::read(file("rgb8.png"), None).unwrap();
    let values: Vec<f32> = lines("images.txt")
        .iter()
        .find(|words| words[0] == "rgb8.png")
        .map(|words| numbers(&words[5..]))
        .unwrap();
    assert_eq!(picture.in_memory(), Some(&values[..]));
}

#[test]
fn every_file_is_read_by_what_it_holds() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("signal.png");
    for (place, name, kind) in [
        ("files", "rgb.jpg", SignalKind::Image),
        ("files", "raw8.ppm", SignalKind::Image),
        ("files", "ab.exr", SignalKind::Image),
        ("sounds", "pcm_16.wav", SignalKind::Sound),
        ("sounds", "mono.flac", SignalKind::Sound),
        ("sounds", "mono.ogg", SignalKind::Sound),
        ("sounds", "mono.mp3", SignalKind::Sound),
        ("sounds", "bare.mp3", SignalKind::Sound),
        ("volumes", "sheared.nii", SignalKind::Volume),
        ("volumes", "big-endian.nii", SignalKind::Volume),
        ("volumes", "second.nii", SignalKind::Volume),
        ("volumes", "turned.nii.gz", SignalKind::Volume),
        ("volumes", "one.npz", SignalKind::Volume),
    ] {
        fs::copy(at(place, name), &path).unwrap();
        for asked in [None, Some(SignalKind::Image), Some(SignalKind::Sound), Some(SignalKind::Volume)] {
            match (Signal::read(&path, asked), asked) {
                (Ok(signal), asked) => {
                    assert_eq!((signal.kind, asked.unwrap_or(kind)), (kind, kind), "{name}")
                }
                (Err(error), Some(asked)) => {
                    assert!(asked != kind && matches!(error, MediaError::Kind { .. }), "{name}: {error}");
                }
                (Err(error), None) => panic!("{error}"),
            }
        }
    }
    let error = Signal::read(at("sounds", "mono.mp3"), Some(SignalKind::Video)).unwrap_err();
    assert!(error.to_string().contains("holds a sound, not a video"), "{error}");
}

#[test]
fn arrays_are_images_or_volumes_as_asked() {
    for axes in 1..=6 {
        let path = at("volumes", &format!("{axes}d.npy"));
        let signal = Signal::read(&path, None).unwrap();
        let by_default = if axes == 2 || axes == 3 { SignalKind::Image } else { SignalKind::Volume };
        assert_eq!(signal.kind, by_default, "{axes} axes");
        let volume = Signal::read(&path, Some(SignalKind::Volume)).unwrap();
        assert_eq!((volume.kind, volume.axes.len(), volume.channels), (SignalKind::Volume, axes, 1));
        match (Signal::read(&path, Some(SignalKind::Image)), axes) {
            (Ok(image), 2 | 3) => {
                assert_eq!((image.axes.len(), image.channels), (2, if axes == 2 { 1 } else { 4 }))
            }
            (Err(MediaError::Dimensions { shape, .. }), _) => assert_eq!(shape.len(), axes),
            (other, _) => panic!("{other:?}"),
        }
        for kind in [SignalKind::Sound, SignalKind::Video] {
            assert!(matches!(Signal::read(&path, Some(kind)), Err(MediaError::Kind { .. })));
        }
    }
    // The last of three axes is the channels if it has at most four samples.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("array.npy");
    for (last, kind) in [(1, SignalKind::Image), (4, SignalKind::Image), (5, SignalKind::Volume)] {
        write_npy(&path, &[2, 3, last], &vec![0.5; 6 * last]).unwrap();
        assert_eq!(Signal::read(&path, None).unwrap().kind, kind, "{last}");
        let image = Signal::read(&path, Some(SignalKind::Image)).unwrap();
        assert_eq!((image.axes.len(), image.channels), (2, last));
    }
    // An image's bytes are scaled to [0, 1]; a volume's numbers are taken as they are.
    let (image, volume) = [SignalKind::Image, SignalKind::Volume]
        .map(|kind| Signal::read(file("u1.npy"), Some(kind)).unwrap())
        .into();
    assert_eq!((image.range, volume.range), (Some((0.0, 1.0)), None));
    for (scaled, whole) in image.in_memory().unwrap().iter().zip(volume.in_memory().unwrap()) {
        assert!(whole.fract() == 0.0 && (scaled * 255.0 - whole).abs() < 1e-4);
    }
}

#[test]
fn what_is_no_signal_is_said_to_be_none() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("text.txt");
    fs::write(&path, "hello, this is no signal").unwrap();
    let error = Signal::read(&path, None).unwrap_err();
    assert!(matches!(error, MediaError::NotASignal { .. }), "{error}");
    for format in ["PNG", "FLAC", "NIfTI"] {
        assert!(error.to_string().contains(format), "{error}");
    }
    let asked = |kind| Signal::read(&path, Some(kind)).unwrap_err();
    assert!(matches!(asked(SignalKind::Image), MediaError::NotAnImage { .. }));
    assert!(matches!(asked(SignalKind::Sound), MediaError::NotASound { .. }));
    assert!(matches!(asked(SignalKind::Volume), MediaError::NotAVolume { .. }));
    assert!(matches!(Signal::read(folder.path(), None), Err(MediaError::IsFolder { .. })));
    assert!(matches!(Signal::read(folder.path().join("none"), None), Err(MediaError::NotFound { .. })));
}
