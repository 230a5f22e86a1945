//! Volumes, compared with nibabel and numpy.

mod common;

use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use common::{file, lines, names, numbers, reference};
use sinefield_media::{MediaError, Samples, Signal, SignalAxis, SignalKind, read_volume, write_volume};

fn volume_file(name: &str) -> PathBuf {
    reference().join("volumes").join(name)
}

fn split<T: std::str::FromStr<Err: std::fmt::Debug>>(word: &str) -> Vec<T> {
    numbers(&word.split(',').map(String::from).collect::<Vec<_>>())
}

/// Every volume that is read without an error.
fn readable() -> Vec<String> {
    lines("volumes.txt").into_iter().map(|words| words[0].clone()).collect()
}

fn close(got: &[f64], want: &[f64], what: &str) {
    assert_eq!(got.len(), want.len(), "{what}");
    for (got, want) in got.iter().zip(want) {
        // The other program computes in 64 bits, or in the 32 bits of the file.
        assert!((got - want).abs() <= 2e-6 * want.abs().max(1.0), "{what}: {got} for {want}");
    }
}

#[test]
fn volumes_are_read_as_other_programs_read_them() {
    let expected = lines("volumes.txt");
    assert!(expected.len() > 20);
    for words in expected {
        let name = &words[0];
        let volume = read_volume(volume_file(name)).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!((volume.kind, volume.range), (SignalKind::Volume, None), "{name}");
        assert_eq!(
            (volume.shape(), volume.channels),
            (split(&words[1]), words[2].parse().unwrap()),
            "{name}"
        );
        let letters = if name.contains(".np") {
            ["x0", "x1", "x2", "x3", "x4", "x5"]
        } else {
            ["x", "y", "z", "t", "", ""]
        };
        for (axis, (unit, name)) in volume.axes.iter().zip(words[3].split(',').zip(letters)) {
            assert_eq!((&*axis.name, &*axis.unit), (name, unit.trim_matches('-')));
        }
        let starts: Vec<f64> = volume.axes.iter().map(|axis| axis.start).collect();
        let steps: Vec<f64> = volume.axes.iter().map(|axis| axis.step).collect();
        close(&starts, &split::<f64>(&words[4]), name);
        close(&steps, &split::<f64>(&words[5]), name);
        match (volume.affine.as_ref(), words[6].as_str()) {
            (None, word) => assert_eq!(word, "none", "{name}"),
            (Some(rows), word) => close(&rows.concat(), &split::<f64>(word), name),
        }
        let values: Vec<f32> = numbers(&words[7..]);
        for (got, want) in volume.in_memory().unwrap().iter().zip(&values) {
            assert!((got - want).abs() <= 1e-6 * want.abs(), "{name}: {got} for {want}");
        }
        assert_eq!(volume.in_memory().unwrap().len(), values.len(), "{name}");
    }
}

#[test]
fn content_decides_and_what_is_no_volume_is_said_to_be_none() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["sheared.nii", "turned.nii.gz", "3d.npy", "one.npz"] {
        let alias = folder.path().join("alias.png");
        fs::copy(volume_file(name), &alias).unwrap();
        let (aliased, whole) = (read_volume(&alias).unwrap(), read_volume(volume_file(name)).unwrap());
        assert_eq!(aliased.in_memory(), whole.in_memory(), "{name}");
    }
    let empty = folder.path().join("empty.nii");
    fs::write(&empty, "").unwrap();
    for path in [empty, file("rgb.jpg"), packed(&folder, "text.nii.gz", b"hello, this is no volume")] {
        let error = read_volume(&path).unwrap_err();
        assert!(matches!(error, MediaError::NotAVolume { .. }), "{error}");
    }
    assert!(matches!(read_volume(folder.path()), Err(MediaError::IsFolder { .. })));
    assert!(matches!(read_volume(folder.path().join("none.nii")), Err(MediaError::NotFound { .. })));
}

#[test]
fn unsuitable_volumes_are_told_apart() {
    let error = |name| read_volume(volume_file(name)).unwrap_err();
    assert!(matches!(error("0d.npy"), MediaError::Dimensions { shape, .. } if shape.is_empty()));
    assert!(matches!(error("7d.npy"), MediaError::Dimensions { shape, .. } if shape.len() == 7));
    let two = error("two.npz");
    assert!(
        matches!(&two, MediaError::SeveralArrays { names, .. } if *names == ["density", "mask"]),
        "{two}"
    );
    assert!(two.to_string().contains("2 arrays (density, mask)"), "{two}");
    let nan = error("nan.nii");
    assert!(matches!(&nan, MediaError::NotFinite { count: 2, index, .. } if *index == [0, 0, 1]), "{nan}");
    for (name, words) in [("complex.nii", "complex"), ("colours.nii", "colours")] {
        let wrong = error(name);
        assert!(matches!(wrong, MediaError::Type { .. }) && wrong.to_string().contains(words), "{wrong}");
    }
    for (name, words) in [("pair.hdr", ".hdr and .img"), ("analyze.hdr", "Analyze")] {
        let wrong = error(name);
        assert!(matches!(wrong, MediaError::Unsupported { format: "NIfTI", .. }), "{wrong}");
        assert!(wrong.to_string().contains(words), "{wrong}");
    }
}

/// Writes bytes to a gzip file. Returns its path.
fn packed(folder: &tempfile::TempDir, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.path().join(name);
    let mut file =
        flate2::write::GzEncoder::new(fs::File::create(&path).unwrap(), flate2::Compression::best());
    file.write_all(bytes).unwrap();
    file.finish().unwrap();
    path
}

/// The bytes of a file of version 1 with some of them replaced.
fn altered(changes: &[(usize, &[u8])]) -> Vec<u8> {
    let mut bytes = fs::read(volume_file("sheared.nii")).unwrap();
    for (place, change) in changes {
        bytes[*place..place + change.len()].copy_from_slice(change);
    }
    bytes
}

#[test]
fn headers_that_lie_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let float = f32::to_le_bytes;
    let huge = [0xff, 0x7f].repeat(7);
    let row_of_zeros = [0; 16];
    let quaternion = [float(0.9), float(0.9), float(0.0)].concat();
    for (changes, words) in [
        (&[(40, &[0_u8, 0][..])][..], "0 axes"),
        (&[(40, &[8, 0])], "8 axes"),
        (&[(40, &[0xff, 0xff])], "-1 axes"),
        (&[(42, &[0xff, 0xff])], "sizes are [-1, 5, 7]"),
        (&[(42, &[4, 0])], "280 bytes of values, and at most 210 follow"),
        (&[(108, &float(1e9))], "at most 0 follow"),
        (&[(108, &float(f32::NAN))], "begin at byte NaN"),
        (&[(108, &float(352.5))], "begin at byte 352.5"),
        (&[(108, &float(300.0))], "begin at byte 300"),
        (&[(108, &float(-352.0))], "begin at byte -352"),
        (&[(280, &row_of_zeros)], "sform is singular"),
        (&[(280, &float(f32::NAN))], "sform has numbers that are not finite"),
        (&[(254, &[0, 0]), (256, &quaternion)], "no rotation"),
        (&[(254, &[0, 0]), (256, &float(f32::NAN))], "no rotation"),
        (&[(254, &[0, 0]), (268, &float(f32::INFINITY))], "qform has numbers that are not finite"),
        (&[(80, &float(f32::NAN))], "with the step NaN"),
        (&[(84, &float(f32::INFINITY))], "with the step inf"),
        (&[(112, &float(2.0)), (116, &float(f32::NAN))], "shifted by NaN"),
    ] {
        for path in [folder.path().join("lie.nii"), packed(&folder, "lie.nii.gz", &altered(changes))] {
            if !path.exists() {
                fs::write(&path, altered(changes)).unwrap();
            }
            let error = read_volume(&path).unwrap_err();
            assert!(matches!(error, MediaError::Corrupt { format: "NIfTI", .. }), "{error}");
            // The length of compressed values is unknown at first, so the error can differ.
            let found_out = error.to_string().contains(words) || error.to_string().contains("ends too early");
            assert!(found_out, "{error} should say {words:?}");
            fs::remove_file(&path).unwrap();
        }
    }
    let path = folder.path().join("lie.nii");
    let refused = |changes: &[(usize, &[u8])]| {
        fs::write(&path, altered(changes)).unwrap();
        read_volume(&path).unwrap_err()
    };
    assert!(matches!(refused(&[(46, &[0, 0])]), MediaError::Empty { shape, .. } if shape == [3, 5, 0]));
    assert!(matches!(refused(&[(70, &[99, 0])]), MediaError::Type { dtype, .. } if dtype == "code 99"));
    let sixth = refused(&[(40, &[6, 0]), (42, &[3, 0, 5, 0, 1, 0, 1, 0, 1, 0, 7, 0])]);
    assert!(matches!(&sixth, MediaError::Dimensions { shape, .. } if shape.len() == 6), "{sixth}");
    let absurd = refused(&[(40, &[7, 0]), (42, &huge)]);
    assert!(matches!(absurd, MediaError::TooLarge { .. }), "{absurd}");
}

#[test]
fn steps_of_zero_and_scales_of_none_are_what_other_programs_take_them_for() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("odd.nii");
    let plain = read_volume(volume_file("sheared.nii")).unwrap();
    for (place, number) in [(112, 0.0), (112, f32::NAN), (112, f32::INFINITY), (80, 0.0), (80, -0.5)] {
        fs::write(&path, altered(&[(place, &number.to_le_bytes())])).unwrap();
        let volume = read_volume(&path).unwrap();
        assert_eq!(volume.in_memory(), plain.in_memory(), "{place} {number}");
        assert_eq!(volume.axes[0].step, if number == 0.0 && place == 80 { 1.0 } else { 0.5 });
    }
}

#[test]
fn volumes_cut_off_anywhere_are_refused_or_read() {
    let folder = tempfile::tempdir().unwrap();
    for name in readable() {
        let bytes = fs::read(volume_file(&name)).unwrap();
        let path = folder.path().join(&name);
        for length in 0..bytes.len() {
            fs::write(&path, &bytes[..length]).unwrap();
            let error = read_volume(&path).expect_err(&format!("{name} cut to {length} bytes"));
            assert!(error.to_string().contains(&name), "{error}");
        }
    }
}

#[test]
fn volumes_with_bytes_changed_are_refused_or_read() {
    let folder = tempfile::tempdir().unwrap();
    let mut state = 1_u32;
    let mut random = move || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as usize
    };
    for name in readable() {
        let mut bytes = Vec::new();
        match name.ends_with(".gz") {
            true => flate2::read::GzDecoder::new(fs::File::open(volume_file(&name)).unwrap())
                .read_to_end(&mut bytes)
                .map(drop)
                .unwrap(),
            false => bytes = fs::read(volume_file(&name)).unwrap(),
        }
        for _ in 0..500 {
            let mut damaged = bytes.clone();
            for _ in 0..=random() % 3 {
                // At least half of the changes are in the header.
                let place = random() % damaged.len().min(if random() % 2 == 0 { 360 } else { usize::MAX });
                damaged[place] = [0, 0xff, 0x7f, 0x80, random() as u8][random() % 5];
            }
            let path = match name.ends_with(".gz") {
                true => packed(&folder, &name, &damaged),
                false => folder.path().join(&name),
            };
            if !name.ends_with(".gz") {
                fs::write(&path, &damaged).unwrap();
            }
            match read_volume(&path) {
                Ok(volume) => {
                    assert_eq!(volume.in_memory().unwrap().len(), volume.count() * volume.channels, "{name}");
                    assert!(
                        volume.axes.iter().all(|axis| axis.step.is_finite() && axis.step > 0.0),
                        "{name}"
                    );
                }
                Err(error) => assert!(error.to_string().contains(&name), "{error}"),
            }
        }
    }
}

/// A file whose checksum is wrong is refused, although all its values are there.
#[test]
fn a_wrong_checksum_of_gzip_is_found_out() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("checksum.nii.gz");
    let mut bytes = fs::read(volume_file("turned.nii.gz")).unwrap();
    let place = bytes.len() - 8;
    bytes[place] ^= 1;
    fs::write(&path, bytes).unwrap();
    assert!(matches!(read_volume(&path), Err(MediaError::Corrupt { format: "NIfTI", .. })));
}

fn same(a: &Signal, b: &Signal, what: &str) {
    assert_eq!(a.axes, b.axes, "{what}");
    assert_eq!((a.channels, &a.affine, a.in_memory()), (b.channels, &b.affine, b.in_memory()), "{what}");
}

#[test]
fn volumes_that_were_read_survive_being_written() {
    let folder = tempfile::tempdir().unwrap();
    for name in readable().into_iter().filter(|name| name.contains(".nii")) {
        let volume = read_volume(volume_file(&name)).unwrap();
        for ending in ["nii", "nii.gz"] {
            let path = folder.path().join(format!("copy.{ending}"));
            write_volume(&path, &volume).unwrap();
            let mut again = read_volume(&path).unwrap();
            if let (Some(rows), Some(exact)) = (&mut again.affine, &volume.affine) {
                close(&rows.concat(), &exact.concat(), &name);
                rows.clone_from(exact);
            }
            same(&again, &volume, &name);
        }
    }
    for axes in 1..=6 {
        let volume = read_volume(volume_file(&format!("{axes}d.npy"))).unwrap();
        let path = folder.path().join("copy.npy");
        write_volume(&path, &volume).unwrap();
        same(&read_volume(&path).unwrap(), &volume, &format!("{axes} axes"));
    }
}

/// The relevant fields and the values have the same bytes as in a file from nibabel.
#[test]
fn a_volume_is_written_as_nibabel_wrote_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("copy.nii");
    write_volume(&path, &read_volume(volume_file("written.nii")).unwrap()).unwrap();
    let (ours, theirs) = (fs::read(&path).unwrap(), fs::read(volume_file("written.nii")).unwrap());
    assert_eq!(ours.len(), theirs.len());
    // Sizes; type; steps; begin of the values; sform; mark; values.
    for range in [0..4, 40..56, 68..74, 80..92, 108..112, 254..256, 280..328, 344..352, 352..theirs.len()] {
        assert_eq!(ours[range.clone()], theirs[range.clone()], "{range:?}");
    }
}

/// A signal whose values are their own indices in the array of (samples, channels).
fn spelled(sizes: &[usize], channels: usize, reader: bool) -> Signal {
    let count: usize = sizes.iter().product();
    let data: Vec<f32> = (0..count * channels).map(|value| value as f32).collect();
    let axis = |(index, &samples): (usize, &usize)| SignalAxis::counted(&format!("x{index}"), samples);
    Signal {
        kind: SignalKind::Volume,
        axes: sizes.iter().enumerate().map(axis).collect(),
        channels,
        samples: match reader {
            true => Samples::Reader(std::sync::Arc::new(Counting(channels))),
            false => Samples::Memory(data.into()),
        },
        range: None,
        affine: None,
    }
}

/// A reader whose values are their own indices in the array of (samples, channels).
#[derive(Debug)]
struct Counting(usize);

impl sinefield_media::SampleReader for Counting {
    fn read(&self, numbers: &[usize], out: &mut [f32]) -> Result<(), MediaError> {
        for (number, sample) in numbers.iter().zip(out.chunks_mut(self.0)) {
            for (channel, value) in sample.iter_mut().enumerate() {
                *value = (number * self.0 + channel) as f32;
            }
        }
        Ok(())
    }

    fn fingerprint(&self) -> u64 {
        0
    }
}

#[test]
fn samples_from_a_reader_are_written_like_those_in_memory() {
    let folder = tempfile::tempdir().unwrap();
    for (sizes, channels) in [(&[3, 5, 7][..], 1), (&[257, 1, 65], 2), (&[2, 3, 4, 5], 3), (&[17], 1)] {
        for ending in ["npy", "nii", "nii.gz"] {
            let write = |name: &str, reader| {
                let path = folder.path().join(format!("{name}.{ending}"));
                write_volume(&path, &spelled(sizes, channels, reader)).unwrap();
                fs::read(path).unwrap()
            };
            assert!(write("memory", false) == write("reader", true), "{sizes:?} {channels} {ending}");
        }
        let again = read_volume(folder.path().join("reader.nii")).unwrap();
        assert_eq!(again.in_memory(), spelled(sizes, channels, false).in_memory());
        assert_eq!((again.shape(), again.channels), (sizes.to_vec(), channels));
    }
}

#[test]
fn axes_that_begin_elsewhere_get_a_map() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("shifted.nii");
    for (axes, rows) in [
        (3, vec![vec![0.5, 0.0, 0.0, -4.0], vec![0.0, -2.0, 0.0, 3.0], vec![0.0, 0.0, 1.0, 0.0]]),
        (2, vec![vec![0.5, 0.0, -4.0], vec![0.0, -2.0, 3.0], vec![0.0, 0.0, 0.0]]),
        (1, vec![vec![0.5, -4.0], vec![0.0, 0.0], vec![0.0, 0.0]]),
    ] {
        let mut signal = spelled(&[3, 5, 7][..axes], 1, false);
        let places = [(-4.0, 0.5), (3.0, -2.0), (0.0, 1.0)];
        for (axis, (start, step)) in signal.axes.iter_mut().zip(places) {
            (axis.start, axis.step, axis.unit) = (start, step, "um".into());
        }
        write_volume(&path, &signal).unwrap();
        let again = read_volume(&path).unwrap();
        assert_eq!(again.affine.as_ref(), Some(&rows), "{axes} axes");
        assert!(
            again
                .axes
                .iter()
                .zip(places)
                .all(|(axis, (_, step))| axis.unit == "um" && axis.step == f64::abs(step))
        );
        assert_eq!(again.in_memory(), signal.in_memory());
    }
}

#[test]
fn what_no_file_holds_is_refused_and_nothing_is_left() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |name: &str, signal: &Signal| write_volume(folder.path().join(name), signal).unwrap_err();
    let good = spelled(&[3, 5, 7], 1, false);
    for name in ["a", "a.png", "a.gz", "a.nii.zip"] {
        let error = refused(name, &good);
        assert!(
            matches!(error, MediaError::Extension { .. }) && error.to_string().contains(".nii.gz"),
            "{error}"
        );
    }
    let short = Signal { samples: Samples::Memory([0.0; 4].into()), ..good.clone() };
    for name in ["a.npy", "a.nii"] {
        assert!(matches!(refused(name, &short), MediaError::Length { length: 4, .. }));
    }
    let with = |affine: &[[f64; 4]]| Signal {
        affine: Some(affine.iter().map(|row| row.to_vec()).collect()),
        ..good.clone()
    };
    let mut units = good.clone();
    units.axes[1].unit = "mm".into();
    for signal in [
        spelled(&[2, 2, 2, 2, 2], 1, false),
        spelled(&[40_000, 1], 1, false),
        with(&[[1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0], [1.0, 1.0, 0.0, 0.0]]),
        with(&[[1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0]]),
        units,
    ] {
        let error = refused("a.nii", &signal);
        assert!(matches!(error, MediaError::Format { format: "NIfTI", .. }), "{error}");
    }
    assert!(names(Path::new(folder.path())).is_empty());
}
