//! Sounds, compared with libsndfile and ffmpeg.

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use common::{file, lines, names, numbers, reference};
use sinefield_media::{MediaError, Signal, SignalKind, read_sound, write_sound};

fn sound_file(name: &str) -> PathBuf {
    reference().join("sounds").join(name)
}

fn data(sound: &Signal) -> &[f32] {
    sound.in_memory().unwrap()
}

/// Every sound that is read without an error.
fn readable() -> Vec<String> {
    lines("sounds.txt").into_iter().map(|words| words[0].clone()).collect()
}

#[test]
fn sounds_are_read_as_other_programs_read_them() {
    let expected = lines("sounds.txt");
    assert!(expected.len() > 20);
    for words in expected {
        let name = &words[0];
        let shape: Vec<usize> = numbers(&words[1..4]);
        let tolerance: f32 = words[4].parse().unwrap();
        let sound = read_sound(sound_file(name)).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!((sound.kind, sound.axes.len(), sound.range), (SignalKind::Sound, 1, None), "{name}");
        let time = &sound.axes[0];
        assert_eq!((&*time.name, &*time.unit, time.start), ("time", "s", 0.0), "{name}");
        assert_eq!(time.step, 1.0 / shape[0] as f64, "{name}");
        assert_eq!([time.samples, sound.channels], shape[1..], "{name}");
        let values = data(&sound);
        assert_eq!(values.len(), shape[1] * shape[2], "{name}");
        let stride = values.len().div_ceil(words.len() - 5);
        for (got, want) in values.iter().step_by(stride).zip(numbers::<f32>(&words[5..])) {
            assert!((got - want).abs() <= tolerance, "{name}: {got} for {want}");
        }
    }
}

#[test]
fn integers_stay_within_one_and_floats_as_they_are() {
    let largest = |name: &str| {
        let sound = read_sound(sound_file(name)).unwrap();
        data(&sound).iter().fold(0_f32, |most, value| most.max(value.abs()))
    };
    assert!(largest("loud.wav") > 1.2);
    for name in ["pcm_u8.wav", "pcm_16.wav", "pcm_24.wav", "pcm_32.wav"] {
        assert!((0.5..=1.0).contains(&largest(name)), "{name}");
    }
}

#[test]
fn content_decides_and_what_is_no_sound_is_said_to_be_none() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["pcm_16.wav", "mono.flac", "mono.ogg", "bare.mp3"] {
        let alias = folder.path().join("alias.png");
        fs::copy(sound_file(name), &alias).unwrap();
        let (aliased, whole) = (read_sound(&alias).unwrap(), read_sound(sound_file(name)).unwrap());
        assert_eq!(data(&aliased), data(&whole), "{name}");
    }
    let text = folder.path().join("text.wav");
    fs::write(&text, "hello, this is no sound").unwrap();
    for path in [text, file("rgb.jpg"), file("f4.npy"), sound_file("empty.flac")] {
        let error = read_sound(&path).unwrap_err();
        assert!(matches!(error, MediaError::NotASound { .. }), "{error}");
        assert!(error.to_string().contains("FLAC"), "{error}");
    }
    assert!(matches!(read_sound(folder.path()), Err(MediaError::IsFolder { .. })));
    assert!(matches!(read_sound(folder.path().join("none.wav")), Err(MediaError::NotFound { .. })));
}

#[test]
fn short_odd_and_infinite_sounds_are_told_apart() {
    assert!(
        matches!(read_sound(sound_file("empty.wav")), Err(MediaError::Empty { shape, .. }) if shape == [0, 2])
    );
    let one = read_sound(sound_file("one.wav")).unwrap();
    assert_eq!((one.count(), one.channels), (1, 1));
    match read_sound(sound_file("nan.wav")) {
        Err(MediaError::NotFinite { count: 2, index, value, .. }) => {
            assert_eq!(index, [1, 0]);
            assert!(value.is_nan());
        }
        other => panic!("{other:?}"),
    }
    for name in ["opus.ogg", "adpcm.wav"] {
        let error = read_sound(sound_file(name)).unwrap_err();
        assert!(matches!(error, MediaError::Unsupported { .. }), "{error}");
        assert!(error.to_string().contains("WAV file of 16 bits"), "{error}");
    }
}

/// The bytes of a WAV file of 16 bits with some of them replaced.
fn altered(changes: &[(usize, &[u8])]) -> Vec<u8> {
    let mut bytes = fs::read(sound_file("pcm_16.wav")).unwrap();
    for (place, change) in changes {
        bytes[*place..place + change.len()].copy_from_slice(change);
    }
    bytes
}

#[test]
fn wav_headers_that_lie_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lie.wav");
    let one_channel_of_a_byte: &[(usize, &[u8])] = &[(22, &[1, 0]), (32, &[3, 0])];
    for (bytes, words) in [
        (altered(&[(40, &300_u32.to_le_bytes())]), "promises 300 bytes of samples and 228 follow"),
        (altered(&[(40, &4_000_000_000_u32.to_le_bytes())]), "promises 4000000000 bytes"),
        (altered(&[(40, &227_u32.to_le_bytes())]), "227 bytes are no whole number of samples of 4"),
        (altered(&[(24, &[0; 4])]), "0 Hz and 2 channels"),
        (altered(&[(22, &[0; 2]), (32, &[0; 2])]), "0 channels"),
        (altered(&[(22, &[0xff; 2])]), "65535 channels of 16 bits in 4 bytes"),
        (altered(one_channel_of_a_byte), "1 channels of 16 bits in 3 bytes"),
        (altered(&[(12, b"junk")]), "not described before its samples"),
        (altered(&[(36, b"fmt ")]), "describes its format twice"),
        (altered(&[(36, b"junk")]), "ends too early"),
        (altered(&[(36, b"junk"), (40, &[0xff; 4])]), "ends too early"),
    ] {
        fs::write(&path, &bytes).unwrap();
        let error = read_sound(&path).unwrap_err();
        assert!(matches!(error, MediaError::Corrupt { format: "WAV", .. }), "{error}");
        assert!(error.to_string().contains(words), "{error} should say {words:?}");
    }
    for (bytes, words) in [
        (altered(&[(0, b"RF64")]), "64 bits"),
        (altered(&[(20, &[0x55, 0])]), "0x55"),
        (altered(&[(34, &[12, 0])]), "12 bits"),
    ] {
        fs::write(&path, &bytes).unwrap();
        let error = read_sound(&path).unwrap_err();
        assert!(matches!(error, MediaError::Unsupported { format: "WAV", .. }), "{error}");
        assert!(error.to_string().contains(words), "{error} should say {words:?}");
    }
}

#[test]
fn chunks_around_the_samples_are_passed_over() {
    let bytes = fs::read(sound_file("pcm_16.wav")).unwrap();
    let odd = [&bytes[..12], b"junk\x03\0\0\0abc\0", &bytes[12..], b"LIST\xff\xff\xff\xffINFO"].concat();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("chunks.wav");
    fs::write(&path, odd).unwrap();
    assert_eq!(data(&read_sound(&path).unwrap()), data(&read_sound(sound_file("pcm_16.wav")).unwrap()));
}

#[test]
fn sounds_cut_off_anywhere_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    for name in readable() {
        let bytes = fs::read(sound_file(&name)).unwrap();
        let whole = read_sound(sound_file(&name)).unwrap();
        let path = folder.path().join(&name);
        for length in 0..bytes.len() {
            fs::write(&path, &bytes[..length]).unwrap();
            match read_sound(&path) {
                Ok(sound) => {
                    assert!(data(&whole).starts_with(data(&sound)), "{name} cut to {length} bytes");
                    let all = data(&sound).len() == data(&whole).len();
                    // These files do not state their length.
                    let uncounted = name == "uncounted.mp3" || name == "piped.wav";
                    assert!(all || uncounted, "{name} cut to {length} bytes");
                }
                Err(error) => assert!(error.to_string().contains(&name), "{error}"),
            }
        }
    }
}

#[test]
fn sounds_with_bytes_changed_are_refused_or_read() {
    let folder = tempfile::tempdir().unwrap();
    let mut state = 1_u32;
    let mut random = move || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as usize
    };
    for name in readable() {
        let bytes = fs::read(sound_file(&name)).unwrap();
        let path = folder.path().join(&name);
        for _ in 0..300 {
            let mut damaged = bytes.clone();
            for _ in 0..=random() % 3 {
                let place = random() % damaged.len();
                damaged[place] = [0, 0xff, 0x7f, 0x80, random() as u8][random() % 5];
            }
            fs::write(&path, &damaged).unwrap();
            match read_sound(&path) {
                Ok(sound) => {
                    assert_eq!(data(&sound).len(), sound.count() * sound.channels, "{name}");
                    assert!(data(&sound).iter().all(|value| value.is_finite()), "{name}");
                }
                Err(error) => assert!(error.to_string().contains(&name), "{error}"),
            }
        }
    }
}

#[test]
fn a_changed_sample_of_flac_is_found_out() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("changed.flac");
    let mut bytes = fs::read(sound_file("stereo.flac")).unwrap();
    let place = bytes.len() - 1000;
    bytes[place] ^= 0x10;
    fs::write(&path, &bytes).unwrap();
    let error = read_sound(&path).unwrap_err();
    assert!(matches!(error, MediaError::Corrupt { format: "FLAC", .. }), "{error}");
}

#[test]
fn sounds_that_change_their_format_on_the_way_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    for (first, second, words) in [
        ("uncounted.mp3", "bare.mp3", "change after 4608 samples"),
        // Frames that contradict the header are not recognised as frames.
        ("stereo.flac", "mono.flac", "ends too early"),
        ("stereo.ogg", "mono.ogg", "several streams"),
        ("mono.ogg", "mono.ogg", "several streams"),
    ] {
        let both = [first, second].map(|name| fs::read(sound_file(name)).unwrap()).concat();
        let path = folder.path().join(first);
        fs::write(&path, both).unwrap();
        let error = read_sound(&path).unwrap_err();
        assert!(error.to_string().contains(words), "{first} {second}: {error}");
    }
}

/// Files from fuzzing at which symphonia panics: in an assertion, and in an overflow check.
#[test]
fn sounds_at_which_the_decoder_gives_up_are_refused() {
    for (name, format) in [("assertion.ogg", "Ogg"), ("overflow.flac", "FLAC")] {
        match read_sound(reference().join("found").join(name)) {
            Err(MediaError::Corrupt { format: named, .. }) => assert_eq!(named, format),
            // Builds without overflow checks read the file.
            other => assert!(name == "overflow.flac" && other.is_ok(), "{name}: {other:?}"),
        }
    }
}

/// FLAC stores 65,535 samples of zeros in 8 channels in 30 bytes. Memory must not be allocated for missing samples.
#[test]
fn a_flac_file_that_promises_too_much_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lie.flac");
    let mut bytes = fs::read(sound_file("mono.flac")).unwrap();
    // The 36 bits of the number of samples, and no checksum of the samples.
    bytes[21] |= 0x0f;
    bytes[22..26].fill(0xff);
    bytes[26..42].fill(0);
    fs::write(&path, &bytes).unwrap();
    let error = read_sound(&path).unwrap_err();
    assert!(matches!(error, MediaError::Corrupt { format: "FLAC", .. }), "{error}");
}

fn written(path: &Path, rate_hz: u32, channels: usize, values: &[f32]) -> usize {
    write_sound(path, rate_hz, channels, values).unwrap_or_else(|error| panic!("{error}")).clipped
}

#[test]
fn a_sound_of_16_bits_is_written_as_libsndfile_wrote_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("copy.wav");
    let sound = read_sound(sound_file("pcm_16.wav")).unwrap();
    assert_eq!(written(&path, 8000, 2, data(&sound)), 0);
    assert!(fs::read(&path).unwrap() == fs::read(sound_file("pcm_16.wav")).unwrap());
    for (name, rate_hz) in [("32channels.wav", 22_050), ("one.wav", 11_025)] {
        let sound = read_sound(sound_file(name)).unwrap();
        assert_eq!(written(&path, rate_hz, sound.channels, data(&sound)), 0);
        let again = read_sound(&path).unwrap();
        assert_eq!((again.axes, again.channels), (sound.axes.clone(), sound.channels), "{name}");
        assert_eq!(read_sound(&path).unwrap().in_memory(), sound.in_memory(), "{name}");
    }
}

#[test]
fn what_lies_outside_is_clipped_and_counted() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("clipped.WAV");
    let values = [1.0, -1.0, 1.001, -7.0, f32::NAN, f32::INFINITY, 0.0, 1.4 / 32_768.0, -0.6 / 32_768.0];
    assert_eq!(written(&path, 8000, 1, &values), 4);
    let bytes = fs::read(&path).unwrap();
    let samples: Vec<i16> =
        bytes[44..].as_chunks::<2>().0.iter().map(|pair| i16::from_le_bytes(*pair)).collect();
    assert_eq!(samples, [32_767, -32_768, 32_767, -32_768, 0, 32_767, 0, 1, -1]);
}

#[test]
fn sounds_that_no_wav_file_holds_are_refused_and_nothing_is_left() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |name: &str, rate_hz, channels, length| {
        write_sound(folder.path().join(name), rate_hz, channels, &vec![0.0; length]).unwrap_err()
    };
    assert!(matches!(refused("a.mp3", 8000, 1, 1), MediaError::Extension { .. }));
    for (rate_hz, channels, length) in [
        (0, 1, 1),
        (8000, 0, 0),
        (8000, 1, 0),
        (8000, 40_000, 40_000),
        (8000, usize::MAX, 1),
        (u32::MAX, 2, 2),
    ] {
        let error = refused("a.wav", rate_hz, channels, length);
        assert!(matches!(error, MediaError::Format { format: "WAV", .. }), "{error}");
    }
    let error = refused("a.wav", 8000, 2, 3);
    assert!(matches!(error, MediaError::Length { length: 3, .. }), "{error}");
    assert!(names(folder.path()).is_empty());
}
