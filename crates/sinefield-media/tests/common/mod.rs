//! Helpers for several test files.
#![allow(dead_code, reason = "no test file uses all of it")]

use std::path::{Path, PathBuf};

/// The folder of the reference files and numbers.
pub fn reference() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference")
}

/// A file that `make.py` made.
pub fn file(name: &str) -> PathBuf {
    reference().join("files").join(name)
}

/// The lines of a reference file, split into words.
pub fn lines(name: &str) -> Vec<Vec<String>> {
    let text = std::fs::read_to_string(reference().join(name)).unwrap();
    text.lines().map(|line| line.split(' ').map(String::from).collect()).collect()
}

/// Parses words as numbers.
pub fn numbers<T: std::str::FromStr<Err: std::fmt::Debug>>(words: &[String]) -> Vec<T> {
    words.iter().map(|word| word.parse().unwrap()).collect()
}

/// The pattern of `make.py`.
pub fn pattern(rows: usize, columns: usize, channels: usize, seed: usize) -> Vec<u8> {
    let mut values = Vec::new();
    for r in 0..rows {
        for c in 0..columns {
            for k in 0..channels {
                let value = r * 7 + c * 13 + k * 29 + seed * 101 + (r * c + seed) % 11 * 50;
                values.push((value % 256) as u8);
            }
        }
    }
    values
}

/// The pattern as floats of both signs: `value / 7 - 17`.
pub fn float_pattern(rows: usize, columns: usize, channels: usize) -> Vec<f32> {
    pattern(rows, columns, channels, 0).into_iter().map(|value| f32::from(value) / 7.0 - 17.0).collect()
}

/// The names in a folder.
pub fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}
