//! The values after the header of PLY, one at a time, from text or from bytes.

use std::io::Read;
use std::path::Path;

use crate::MediaError;
use crate::input::{Input, Source};
use crate::number::Number;
use crate::surface::ply_header::{Encoding, Header, corrupt};
use crate::surface::text::Lines;

/// Bytes in one read.
const BUFFER: usize = 1 << 16;

/// The values of records, one after the other.
pub(super) trait Body {
    /// Begins a record.
    fn begin(&mut self) -> Result<(), MediaError>;

    /// The next value of the record.
    fn value(&mut self, number: Number) -> Result<f64, MediaError>;

    /// Ends the record.
    fn end(&mut self) -> Result<(), MediaError>;

    /// The number of bytes that have not been read. Those of the record that has begun may be among them.
    fn left(&self) -> u64;

    /// The most values of a type that can follow in the record.
    fn most(&self, number: Number) -> u64;
}

/// Values as bytes.
pub(super) struct Bytes<'a> {
    path: &'a Path,
    source: Box<dyn Source>,
    big: bool,
    buffer: Vec<u8>,
    /// The place of the next value in the buffer.
    at: usize,
    /// The number of bytes behind the buffer.
    behind: u64,
}

impl<'a> Bytes<'a> {
    pub fn new(input: Input<'a>, header: &Header) -> Self {
        let behind = input.length.saturating_sub(header.bytes);
        let big = header.encoding == Encoding::Big;
        Self { path: input.path, source: input.source, big, buffer: Vec::new(), at: 0, behind }
    }

    /// Reads on, so that the buffer has `size` bytes from its place on.
    #[cold]
    fn fill(&mut self, size: usize) -> Result<(), MediaError> {
        self.buffer.drain(..self.at);
        self.at = 0;
        let held = self.buffer.len();
        let read = (BUFFER as u64).min(self.behind) as usize;
        if held + read < size {
            return Err(corrupt(self.path, "it ends too early".into()));
        }
        self.buffer.resize(held + read, 0);
        let result = self.source.read_exact(&mut self.buffer[held..]);
        self.behind -= read as u64;
        result.map_err(|error| Input::refused(self.path, error))
    }

    #[inline]
    fn take<const N: usize>(&mut self) -> Result<[u8; N], MediaError> {
        if self.buffer.len() - self.at < N {
            self.fill(N)?;
        }
        let mut bytes = [0; N];
        bytes.copy_from_slice(&self.buffer[self.at..self.at + N]);
        self.at += N;
        if self.big {
            bytes.reverse();
        }
        Ok(bytes)
    }
}

impl Body for Bytes<'_> {
    fn begin(&mut self) -> Result<(), MediaError> {
        Ok(())
    }

    #[inline]
    fn value(&mut self, number: Number) -> Result<f64, MediaError> {
        Ok(match number {
            Number::F4 => f32::from_le_bytes(self.take()?).into(),
            Number::F8 => f64::from_le_bytes(self.take()?),
            Number::Bool | Number::U1 => u8::from_le_bytes(self.take()?).into(),
            Number::U2 => u16::from_le_bytes(self.take()?).into(),
            Number::U4 => u32::from_le_bytes(self.take()?).into(),
            Number::U8 => u64::from_le_bytes(self.take()?) as f64,
            Number::I1 => i8::from_le_bytes(self.take()?).into(),
            Number::I2 => i16::from_le_bytes(self.take()?).into(),
            Number::I4 => i32::from_le_bytes(self.take()?).into(),
            Number::I8 => i64::from_le_bytes(self.take()?) as f64,
            Number::F2 => half::f16::from_le_bytes(self.take()?).into(),
        })
    }

    fn end(&mut self) -> Result<(), MediaError> {
        Ok(())
    }

    fn left(&self) -> u64 {
        self.behind + (self.buffer.len() - self.at) as u64
    }

    fn most(&self, number: Number) -> u64 {
        self.left() / number.size() as u64
    }
}

/// Values as text: a line for each record.
pub(super) struct Text<'a> {
    lines: Lines<'a>,
    /// The bytes of the file after the header that have not been read.
    left: u64,
    /// Where the next value begins in the line, and its column, counted from 1.
    at: usize,
    column: usize,
}

impl<'a> Text<'a> {
    pub fn new(input: Input<'a>, header: &Header) -> Self {
        // The last value need not have a separator behind it.
        let left = (input.length + 1).saturating_sub(header.bytes);
        Self { lines: Lines::new(input, header.lines), left, at: 0, column: 0 }
    }

    /// The bounds of the next word of the line.
    fn word(&self) -> Option<(usize, usize)> {
        let line = self.lines.line();
        let begin = self.at + line[self.at..].iter().position(|byte| !byte.is_ascii_whitespace())?;
        let length = line[begin..].iter().position(u8::is_ascii_whitespace);
        Some((begin, length.map_or(line.len(), |length| begin + length)))
    }
}

impl Body for Text<'_> {
    fn begin(&mut self) -> Result<(), MediaError> {
        (self.at, self.column) = (0, 0);
        if !self.lines.advance_to_words()? {
            return Err(corrupt(
                self.lines.path,
                format!("it ends too early, at line {}", self.lines.number),
            ));
        }
        self.left = self.left.saturating_sub(self.lines.line().len() as u64 + 1);
        Ok(())
    }

    fn value(&mut self, _: Number) -> Result<f64, MediaError> {
        self.column += 1;
        let Some((begin, end)) = self.word() else {
            return Err(self
                .lines
                .wrong(self.column, "the line ends before its last value; export it again".into()));
        };
        self.at = end;
        self.lines.value(self.column, &self.lines.line()[begin..end])
    }

    fn end(&mut self) -> Result<(), MediaError> {
        if self.word().is_some() {
            let detail = format!("the line has more than {} values; export it again", self.column);
            return Err(self.lines.wrong(self.column + 1, detail));
        }
        Ok(())
    }

    fn left(&self) -> u64 {
        self.left
    }

    fn most(&self, _: Number) -> u64 {
        // A value takes a separator and a digit.
        (self.lines.line().len() - self.at) as u64 / 2
    }
}
