//! Reads the header of PLY: lines of text that list the elements of the file, and the properties of each.
//!
//! ```text
//! ply
//! format binary_little_endian 1.0
//! element vertex 8
//! property float x
//! element face 12
//! property list uchar int vertex_indices
//! end_header
//! ```

use std::io::{BufRead, Read};
use std::path::Path;

use crate::MediaError;
use crate::input::Input;
use crate::number::Number;
use crate::surface::text::{quoted, words};

/// The longest header in bytes, its end included.
const LONGEST: u64 = 1 << 16;

/// How the values after the header are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    Text,
    Little,
    Big,
}

/// The header of a file.
#[derive(Debug)]
pub(super) struct Header {
    pub encoding: Encoding,
    pub elements: Vec<Element>,
    /// Its number of bytes.
    pub bytes: u64,
    /// Its number of lines.
    pub lines: usize,
}

/// A kind of records, as vertices or faces.
#[derive(Debug)]
pub(super) struct Element {
    pub name: String,
    pub count: u64,
    pub properties: Vec<Property>,
}

/// A value of a record, or a list of values.
#[derive(Debug)]
pub(super) struct Property {
    pub name: String,
    pub number: Number,
    /// The type of the length of a list.
    pub length: Option<Number>,
}

impl Element {
    /// The fewest bytes of a record, with empty lists. A value of text takes a digit and a separator.
    pub fn shortest(&self, encoding: Encoding) -> u64 {
        let size = |property: &Property| match encoding {
            Encoding::Text => 2,
            _ => property.length.unwrap_or(property.number).size() as u64,
        };
        self.properties.iter().map(size).sum()
    }

    /// The place of a property among those of a record.
    pub fn find(&self, name: &str) -> Option<usize> {
        self.properties.iter().position(|property| property.name == name)
    }
}

impl Header {
    /// Reads up to the end of the header.
    pub fn read(input: &mut Input<'_>) -> Result<Self, MediaError> {
        let path = input.path;
        let mut source = (&mut input.source).take(LONGEST);
        let mut header = Self { encoding: Encoding::Text, elements: Vec::new(), bytes: 0, lines: 0 };
        let (mut line, mut encoding) = (Vec::new(), None);
        loop {
            line.clear();
            let read = source.read_until(b'\n', &mut line).map_err(|error| Input::refused(path, error))?;
            header.bytes += read as u64;
            header.lines += 1;
            if line.last() != Some(&b'\n') {
                let long = header.bytes == LONGEST;
                let reason =
                    if long { "does not end within 64 KiB" } else { "ends without the line end_header" };
                return Err(corrupt(path, format!("its header {reason}")));
            }
            let words: Vec<&[u8]> = words(&line).collect();
            match words[..] {
                [b"end_header"] => break,
                [b"format", format, _] => encoding = Some(format_named(path, format)?),
                _ => header.add(path, &words)?,
            }
        }
        header.encoding = encoding.ok_or_else(|| corrupt(path, "its header names no format".into()))?;
        Ok(header)
    }

    /// Adds what a line says.
    fn add(&mut self, path: &Path, line: &[&[u8]]) -> Result<(), MediaError> {
        match *line {
            [] | [b"comment" | b"obj_info", ..] => return Ok(()),
            [b"ply"] if self.lines == 1 => return Ok(()),
            [b"element", name, _] if self.elements.iter().any(|element| element.name.as_bytes() == name) => {
                return Err(corrupt(path, format!("its header has two elements {}", quoted(name))));
            }
            _ => {}
        }
        self.add_declared(line).ok_or_else(|| {
            let line = quoted(&line.join(&b' '));
            corrupt(path, format!("line {} of its header is {line}", self.lines))
        })
    }

    /// Adds the element or the property that a line declares. `None` if it declares none.
    fn add_declared(&mut self, line: &[&[u8]]) -> Option<()> {
        let (number, length, name) = match *line {
            [b"element", name, count] => {
                let (name, count) = (text(name)?.to_owned(), text(count)?.parse().ok()?);
                self.elements.push(Element { name, count, properties: Vec::new() });
                return Some(());
            }
            [b"property", b"list", length, number, name] => (number, Some(type_named(length)?), name),
            [b"property", number, name] => (number, None, name),
            _ => return None,
        };
        let property = Property { name: text(name)?.to_owned(), number: type_named(number)?, length };
        self.elements.last_mut()?.properties.push(property);
        Some(())
    }
}

fn format_named(path: &Path, name: &[u8]) -> Result<Encoding, MediaError> {
    match name {
        b"ascii" => Ok(Encoding::Text),
        b"binary_little_endian" => Ok(Encoding::Little),
        b"binary_big_endian" => Ok(Encoding::Big),
        _ => {
            let detail = format!("the format {}", quoted(name));
            Err(MediaError::Unsupported { path: path.into(), format: "PLY", detail })
        }
    }
}

fn type_named(name: &[u8]) -> Option<Number> {
    match name {
        b"char" | b"int8" => Some(Number::I1),
        b"uchar" | b"uint8" => Some(Number::U1),
        b"short" | b"int16" => Some(Number::I2),
        b"ushort" | b"uint16" => Some(Number::U2),
        b"int" | b"int32" => Some(Number::I4),
        b"uint" | b"uint32" => Some(Number::U4),
        b"long" | b"int64" => Some(Number::I8),
        b"ulong" | b"uint64" => Some(Number::U8),
        b"float" | b"float32" => Some(Number::F4),
        b"double" | b"float64" => Some(Number::F8),
        _ => None,
    }
}

fn text(word: &[u8]) -> Option<&str> {
    std::str::from_utf8(word).ok()
}

pub(super) fn corrupt(path: &Path, detail: String) -> MediaError {
    MediaError::Corrupt { path: path.into(), format: "PLY", detail }
}
