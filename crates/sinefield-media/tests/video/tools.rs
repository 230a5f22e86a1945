//! Helpers for the tests of videos.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use sinefield_media::{MediaError, SampleReader, Samples, Signal, ffmpeg_program, read_video};

/// A file that `make_video.py` made.
pub fn video(name: &str) -> PathBuf {
    crate::common::reference().join("video").join(name)
}

/// Reads a video without reports of the progress.
pub fn read(path: impl AsRef<Path>) -> Result<Signal, MediaError> {
    read_video(path, None, &mut |_, _| {})
}

pub fn reader(signal: &Signal) -> &dyn SampleReader {
    match &signal.samples {
        Samples::Reader(reader) => reader.as_ref(),
        Samples::Memory(_) => panic!("a video is read as it is needed"),
    }
}

/// All values of a video.
pub fn values(signal: &Signal) -> Vec<f32> {
    let numbers: Vec<usize> = (0..signal.count()).collect();
    let mut out = vec![f32::NAN; signal.count() * signal.channels];
    reader(signal).read(&numbers, &mut out).unwrap();
    out
}

/// All values of a video, as levels from 0 to 255.
pub fn levels(signal: &Signal) -> Vec<u8> {
    values(signal).into_iter().map(|value| (value * 255.0).round() as u8).collect()
}

/// The largest difference between two pictures, in levels from 0 to 255.
pub fn distance(a: &[u8], b: &[u8]) -> u8 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| a.abs_diff(*b)).max().unwrap_or(0)
}

/// Whether ffmpeg is installed. If it is not, prints that a test is skipped.
pub fn has_ffmpeg() -> bool {
    let version = Command::new(ffmpeg_program()).arg("-version").stdout(Stdio::null()).status();
    let there = version.is_ok_and(|status| status.success());
    if !there {
        eprintln!("SKIPPED: this machine has no ffmpeg, and the test needs one");
    }
    there
}

/// Pseudo-random numbers below the argument of each call.
pub fn random(mut state: u64) -> impl FnMut(usize) -> usize {
    move |below| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    }
}
