//! Valid files with random damage are refused or read as a valid field, without a panic.

use proptest::prelude::*;

use super::{parts, raw, small};
use crate::field::Field;

/// A refusal must have a message of one line. A field that is read must be one that can be saved.
fn survives(bytes: &[u8]) {
    match Field::from_bytes(bytes) {
        Ok(field) => {
            field.to_bytes().unwrap();
        }
        Err(error) => assert!(!error.to_string().contains(char::is_control), "{error}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn flipped_bytes_and_cuts(
        flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..8),
        cut in prop::option::of(any::<prop::sample::Index>()),
        more in prop::collection::vec(any::<u8>(), 0..3),
    ) {
        let mut bytes = small().to_bytes().unwrap();
        for (index, value) in flips {
            let at = index.index(bytes.len());
            bytes[at] = value;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        bytes.extend(more);
        survives(&bytes);
    }

    /// Damage that keeps the length of the header correct, so that it reaches the later steps.
    #[test]
    fn replaced_numbers_and_words(
        changes in prop::collection::vec((any::<prop::sample::Index>(), 0..WORDS.len()), 1..4),
    ) {
        let (mut header, data) = parts(&small().to_bytes().unwrap());
        for (index, word) in changes {
            let words: Vec<(usize, &str)> = header
                .split(|c: char| !c.is_alphanumeric() && c != '.' && c != '_')
                .filter(|word| !word.is_empty())
                .map(|word| (word.as_ptr() as usize - header.as_ptr() as usize, word))
                .collect();
            let (at, old) = words[index.index(words.len())];
            let end = at + old.len();
            header.replace_range(at..end, WORDS[word]);
        }
        survives(&raw(&header, &data));
    }

    #[test]
    fn anything_at_all(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        survives(&bytes);
        survives(&raw(&String::from_utf8_lossy(&bytes), &bytes));
    }
}

/// Replacements for a number or word in a header.
const WORDS: [&str; 16] = [
    "0",
    "1",
    "2",
    "3",
    "-1",
    "65536",
    "4294967296",
    "18446744073709551615",
    "1e308",
    "1e-400",
    "null",
    "F64",
    "BF16",
    "sinefield",
    "layers.0.weight",
    "gaussian",
];
