//! Tests the reader with files of other programs, false files, and its own files.

mod attacks;
mod forms;
mod metadata;
mod mutated;
mod reference;
mod round_trip;

use crate::field::{Field, FieldConfig};

/// A small field with 17 parameters in two layers, so that every truncation of its file can be tested.
fn small() -> Field {
    Field::new(&FieldConfig { hidden: 3, layers: 0, ..FieldConfig::new(2, 2) }, 5).unwrap()
}

/// A file with this header and data.
fn raw(header: &str, data: &[u8]) -> Vec<u8> {
    let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.extend_from_slice(header.as_bytes());
    bytes.extend_from_slice(data);
    bytes
}

/// The header and data of a file, split as the format defines.
fn parts(bytes: &[u8]) -> (String, Vec<u8>) {
    let length = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    (String::from_utf8(bytes[8..8 + length].to_vec()).unwrap(), bytes[8 + length..].to_vec())
}

/// The file of the small field. In its header, `from` is replaced by `to`; `from` must occur.
fn edited(from: &str, to: &str) -> Vec<u8> {
    let (header, data) = parts(&small().to_bytes().unwrap());
    assert!(header.contains(from), "{from} is not in {header}");
    raw(&header.replacen(from, to, 1), &data)
}

/// The message of the refusal of these bytes: one short line.
fn refusal(bytes: &[u8]) -> String {
    let message = match Field::from_bytes(bytes) {
        Ok(field) => panic!("read as {field:?}"),
        Err(error) => error.to_string(),
    };
    assert!(message.chars().count() < 600 && !message.contains(char::is_control), "{message:?}");
    assert!(message.contains(';'), "says not what to do: {message}");
    message
}

/// Asserts that these bytes are refused with a message that contains all of `words`.
#[track_caller]
fn refused(bytes: &[u8], words: &[&str]) {
    let message = refusal(bytes);
    for word in words {
        assert!(message.contains(word), "no {word:?} in: {message}");
    }
}
