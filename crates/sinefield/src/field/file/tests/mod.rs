//! The field file against files it did not write, files that lie, and its own.

mod attacks;
mod metadata;
mod mutated;
mod reference;
mod round_trip;

use crate::field::{Field, FieldConfig};

/// A small field of 17 parameters in two layers, so that every cut of its file can be tried.
fn small() -> Field {
    Field::new(&FieldConfig { hidden: 3, layers: 0, ..FieldConfig::new(2, 2) }, 5).unwrap()
}

/// A file of this header and data.
fn raw(header: &str, data: &[u8]) -> Vec<u8> {
    let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.extend_from_slice(header.as_bytes());
    bytes.extend_from_slice(data);
    bytes
}

/// A file's header and data, cut apart by the format's definition.
fn parts(bytes: &[u8]) -> (String, Vec<u8>) {
    let length = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    (String::from_utf8(bytes[8..8 + length].to_vec()).unwrap(), bytes[8 + length..].to_vec())
}

/// The small field's file with `from` in its header replaced by `to`, which must be there.
fn edited(from: &str, to: &str) -> Vec<u8> {
    let (header, data) = parts(&small().to_bytes().unwrap());
    assert!(header.contains(from), "{from} is not in {header}");
    raw(&header.replacen(from, to, 1), &data)
}

/// The message that these bytes are refused with: one short line.
fn refusal(bytes: &[u8]) -> String {
    let message = match Field::from_bytes(bytes) {
        Ok(field) => panic!("read as {field:?}"),
        Err(error) => error.to_string(),
    };
    assert!(message.chars().count() < 600 && !message.contains(char::is_control), "{message:?}");
    assert!(message.contains(';'), "says not what to do: {message}");
    message
}

/// Asserts that these bytes are refused with a message that holds every one of `words`.
#[track_caller]
fn refused(bytes: &[u8], words: &[&str]) {
    let message = refusal(bytes);
    for word in words {
        assert!(message.contains(word), "no {word:?} in: {message}");
    }
}
