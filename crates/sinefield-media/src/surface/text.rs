//! What the text formats share: lines of a bounded length, and their numbers.

use std::io::{BufRead, Read};
use std::path::Path;

use crate::MediaError;
use crate::input::{Input, Source};

/// The longest line in bytes.
const LONGEST_LINE: u64 = 1 << 20;

/// The largest number of characters of a word in a message.
const QUOTED: usize = 40;

/// The lines of a file, one at a time.
pub(super) struct Lines<'a> {
    pub path: &'a Path,
    /// The number of the line, counted from 1; 0 before the first.
    pub number: usize,
    source: Box<dyn Source>,
    line: Vec<u8>,
}

impl<'a> Lines<'a> {
    /// The lines from the position of `input`. `passed` of them lie before it.
    pub fn new(input: Input<'a>, passed: usize) -> Self {
        Self { path: input.path, number: passed, source: input.source, line: Vec::new() }
    }

    /// Reads the next line. Returns whether there was one.
    pub fn advance(&mut self) -> Result<bool, MediaError> {
        self.line.clear();
        let read = (&mut self.source).take(LONGEST_LINE + 1).read_until(b'\n', &mut self.line);
        let read = read.map_err(|error| Input::refused(self.path, error))?;
        self.number += usize::from(read > 0);
        if read as u64 > LONGEST_LINE {
            return Err(self.wrong(1, format!("the line is longer than {LONGEST_LINE} bytes; break it")));
        }
        Ok(read > 0)
    }

    /// Reads up to the next line with a word. Returns whether there was one.
    pub fn advance_to_words(&mut self) -> Result<bool, MediaError> {
        while self.advance()? {
            if self.words().next().is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The line without blanks at its ends.
    pub fn line(&self) -> &[u8] {
        self.line.trim_ascii()
    }

    /// The words of the line, which blanks separate.
    pub fn words(&self) -> impl Iterator<Item = &[u8]> {
        words(self.line())
    }

    /// The error for a word of the line, counted from 1.
    pub fn wrong(&self, column: usize, detail: String) -> MediaError {
        MediaError::Table { path: self.path.into(), line: self.number, column, detail }
    }

    /// The number in a word.
    pub fn value(&self, column: usize, word: &[u8]) -> Result<f64, MediaError> {
        number(word).ok_or_else(|| {
            self.wrong(column, format!("{} is not a number; write one, like -1.5e3", quoted(word)))
        })
    }

    /// The three numbers after the first word of the line.
    pub fn vector(&self) -> Result<[f64; 3], MediaError> {
        let mut vector = [0.0; 3];
        let mut words = self.words().skip(1);
        for (axis, value) in vector.iter_mut().enumerate() {
            let word = words.next().ok_or_else(|| {
                self.wrong(axis + 1, "three numbers belong here; write the missing ones".into())
            })?;
            *value = self.value(axis + 2, word)?;
        }
        Ok(vector)
    }
}

/// The words of a text, which blanks separate.
pub(super) fn words(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty())
}

/// The number in a word. NaN and infinity are numbers here, so that the error about them names the point.
pub(super) fn number(word: &[u8]) -> Option<f64> {
    std::str::from_utf8(word).ok()?.parse().ok()
}

/// A word for a message.
pub(super) fn quoted(word: &[u8]) -> String {
    let text: String = String::from_utf8_lossy(word).chars().take(QUOTED).collect();
    format!("{text:?}")
}
