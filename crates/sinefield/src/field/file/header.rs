//! The header of a safetensors file: JSON with the place of each tensor.
//!
//! The safetensors crate writes our files, but it does not read them, for three reasons. Not all of its
//! errors name the tensor. It builds its table through untyped values many times the size of the header.
//! Offsets that add up to the largest integer overflow in it.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};

use super::error::{FileFault, explained, quoted};

/// The content of a header. Only its form is checked.
#[derive(Debug, Default)]
pub(crate) struct Header {
    /// Every tensor by name.
    pub(crate) tensors: BTreeMap<String, Tensor>,
    /// The metadata entries by name.
    pub(crate) metadata: BTreeMap<String, String>,
}

/// The place, type and shape of one tensor.
#[derive(Debug, serde::Deserialize)]
pub(crate) struct Tensor {
    pub(crate) dtype: String,
    pub(crate) shape: Vec<u64>,
    /// Its first byte and the byte after its last, counted from the end of the header.
    pub(crate) data_offsets: (u64, u64),
}

impl Header {
    /// Parses a header's bytes.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, FileFault> {
        serde_json::from_slice(bytes).map_err(|error| FileFault::Header(explained(&error)))
    }
}

impl<'de> Deserialize<'de> for Header {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(HeaderVisitor)
    }
}

struct HeaderVisitor;

impl<'de> Visitor<'de> for HeaderVisitor {
    type Value = Header;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map of tensors")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Header, A::Error> {
        let mut header = Header::default();
        let mut has_metadata = false;
        while let Some(name) = map.next_key::<String>()? {
            if name == "__metadata__" {
                if std::mem::replace(&mut has_metadata, true) {
                    return Err(A::Error::custom("two __metadata__"));
                }
                let metadata = map.next_value::<Option<BTreeMap<String, String>>>()?;
                header.metadata = metadata.unwrap_or_default();
                continue;
            }
            let tensor = map
                .next_value::<Tensor>()
                .map_err(|error| A::Error::custom(format!("tensor {}: {error}", quoted(&name))))?;
            let shown = quoted(&name);
            if header.tensors.insert(name, tensor).is_some() {
                return Err(A::Error::custom(format!("two tensors {shown}")));
            }
        }
        Ok(header)
    }
}
