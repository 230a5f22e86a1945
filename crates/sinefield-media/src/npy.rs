//! Reads the `.npy` format of numpy.
//!
//! The header is a Python expression. A general parser recurses, so that a hostile header could overflow the stack.
//! This parser only searches for the three entries of the format.

use std::io::{self, Read};
use std::path::Path;

use crate::Depth;
use crate::MediaError;
use crate::input::{Input, count, zeros};
use crate::number::Number;
use crate::order::Place;

/// Longer headers belong to structured types, which are not supported.
const LONGEST_HEADER: usize = 1 << 16;

/// The largest number of dimensions of a numpy array.
const MOST_DIMENSIONS: usize = 64;

/// The header of an array.
#[derive(Debug)]
pub(crate) struct Header {
    /// The type of each number: of a complex value, that of its two parts.
    number: Number,
    complex: bool,
    big_endian: bool,
    fortran_order: bool,
    shape: Vec<usize>,
}

impl Header {
    /// Reads the header of real values and checks it against the length of the file. The values follow.
    pub fn read(input: &mut Input<'_>) -> Result<Self, MediaError> {
        Self::read_from(input.path, &mut input.source, input.length)?.of_real(input.path)
    }

    /// The header, unless its values are complex.
    pub fn of_real(self, path: &Path) -> Result<Self, MediaError> {
        if !self.complex {
            return Ok(self);
        }
        let dtype = format!("{}c{}", if self.big_endian { '>' } else { '<' }, 2 * self.number.size());
        Err(MediaError::Type { path: path.into(), dtype })
    }

    /// Like [`Header::read`], from a source with `length` bytes, of real or complex values. `path` is its name in errors.
    pub fn read_from(path: &Path, source: &mut impl Read, length: u64) -> Result<Self, MediaError> {
        let (text, before) = header_text(source)
            .map_err(|error| fault(path, error))?
            .ok_or_else(|| corrupt(path, "its header is no array's"))?;
        let header = Self::parse(path, &text)?;
        count(path, &header.shape)?;
        let (needed, held) = (header.bytes(), length.saturating_sub(before));
        if needed > held {
            let detail = format!("its header claims {needed} bytes of values and {held} follow");
            return Err(corrupt(path, detail));
        }
        Ok(header)
    }

    fn parse(path: &Path, text: &str) -> Result<Self, MediaError> {
        let missing = |key| corrupt(path, format!("its header has no valid entry {key:?}"));
        let descr = entry(text, "descr").ok_or_else(|| missing("descr"))?;
        let spelling = quoted(descr).unwrap_or("a structure or an object");
        let complex = parts(spelling);
        let named = Number::named(complex.as_deref().unwrap_or(spelling));
        let (big_endian, number) = named.ok_or_else(|| MediaError::Type {
            path: path.into(),
            dtype: spelling.escape_debug().to_string(),
        })?;
        let fortran_order = match entry(text, "fortran_order") {
            Some(value) if value.starts_with("True") => true,
            Some(value) if value.starts_with("False") => false,
            _ => return Err(missing("fortran_order")),
        };
        let shape = entry(text, "shape").and_then(tuple).ok_or_else(|| missing("shape"))?;
        Ok(Self { number, complex: complex.is_some(), big_endian, fortran_order, shape })
    }

    /// The sizes of the array.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// Whether the values are complex.
    pub fn is_complex(&self) -> bool {
        self.complex
    }

    /// The numbers of a value: the real and the imaginary part of a complex one.
    fn parts(&self) -> usize {
        if self.complex { 2 } else { 1 }
    }

    /// The number of bytes of the values.
    pub fn bytes(&self) -> u64 {
        let one = (self.number.size() * self.parts()) as u64;
        self.shape.iter().fold(one, |bytes, size| bytes.saturating_mul(*size as u64))
    }

    /// The error for an array with the wrong number of dimensions.
    pub fn wrong_shape(&self, path: &Path, expected: &'static str) -> MediaError {
        MediaError::Dimensions { path: path.into(), shape: self.shape.clone(), expected }
    }

    /// The divisor of the values if the array is a picture, and its depth. Only the two usual depths of pictures are
    /// scaled. Wider integers are measurements, or small numbers that Python stores in 64 bits.
    pub fn picture_scale(&self) -> (f64, Depth) {
        match self.number {
            Number::U1 => (255.0, Depth::U8),
            Number::Bool => (1.0, Depth::U8),
            Number::U2 => (65535.0, Depth::U16),
            _ => (1.0, Depth::F32),
        }
    }

    /// Reads the values in C order (the last index fastest) and applies `convert` to each number. A complex value is two
    /// numbers, its real part first.
    pub fn values<T: Clone + Default>(
        &self,
        input: &mut Input<'_>,
        convert: impl Fn(f64) -> T,
    ) -> Result<Vec<T>, MediaError> {
        self.values_from(input.path, &mut input.source, convert)
    }

    /// Like [`Header::values`], from the source of the header.
    pub fn values_from<T: Clone + Default>(
        &self,
        path: &Path,
        source: &mut impl Read,
        convert: impl Fn(f64) -> T,
    ) -> Result<Vec<T>, MediaError> {
        let parts = self.parts();
        let sizes: Vec<usize> = self.shape.iter().copied().chain((parts > 1).then_some(parts)).collect();
        let mut values = zeros(path, &sizes)?;
        let mut places = self.fortran_order.then(|| Place::new(&self.shape));
        let mut first = 0;
        self.number
            .each(source, self.big_endian, values.len(), |index, value| {
                let part = index % parts;
                if part == 0 {
                    first = places.as_mut().map_or(index, |places| parts * places.next());
                }
                values[first + part] = convert(value);
            })
            .map_err(|error| fault(path, error))?;
        Ok(values)
    }
}

/// The text of the header and the number of bytes up to its end. `None` if the file does not start like an array.
fn header_text(source: &mut impl Read) -> io::Result<Option<(String, u64)>> {
    let mut magic = [0; 8];
    source.read_exact(&mut magic)?;
    let mut length = [0; 4];
    let narrow = match magic {
        [0x93, b'N', b'U', b'M', b'P', b'Y', 1, _] => 2,
        [0x93, b'N', b'U', b'M', b'P', b'Y', 2 | 3, _] => 4,
        _ => return Ok(None),
    };
    source.read_exact(&mut length[..narrow])?;
    let length = u32::from_le_bytes(length) as usize;
    if length > LONGEST_HEADER {
        return Ok(None);
    }
    let mut text = vec![0; length];
    source.read_exact(&mut text)?;
    let end = (magic.len() + narrow + length) as u64;
    Ok(String::from_utf8(text).ok().map(|text| (text, end)))
}

/// The type of the parts of a complex type, both as in a header.
fn parts(spelling: &str) -> Option<String> {
    let number = match spelling.get(1..)? {
        "c8" => "f4",
        "c16" => "f8",
        _ => return None,
    };
    Some(format!("{}{number}", &spelling[..1]))
}

/// The text after a key of the header's dictionary.
fn entry<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    let keys = [format!("'{key}'"), format!("\"{key}\"")];
    let (_, rest) = keys.iter().find_map(|key| text.split_once(key.as_str()))?;
    Some(rest.trim_start().strip_prefix(':')?.trim_start())
}

/// The contents of a Python string literal.
fn quoted(text: &str) -> Option<&str> {
    let quote = text.chars().next().filter(|first| "'\"".contains(*first))?;
    text[1..].split(quote).next()
}

/// The sizes in a tuple. Python 2 wrote them with an `L`.
fn tuple(text: &str) -> Option<Vec<usize>> {
    let (inside, _) = text.strip_prefix('(')?.split_once(')')?;
    let sizes = inside.trim().trim_end_matches(',');
    if sizes.is_empty() {
        return Some(Vec::new());
    }
    if sizes.split(',').count() > MOST_DIMENSIONS {
        return None;
    }
    sizes.split(',').map(|size| size.trim().trim_end_matches('L').parse().ok()).collect()
}

fn corrupt(path: &Path, detail: impl Into<String>) -> MediaError {
    MediaError::Corrupt { path: path.into(), format: ".npy", detail: detail.into() }
}

fn fault(path: &Path, error: io::Error) -> MediaError {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => corrupt(path, "it ends too early"),
        _ => Input::refused(path, error),
    }
}
