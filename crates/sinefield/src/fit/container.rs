//! Several fields and other arrays in one safetensors file: the format of a checkpoint.
//!
//! Field `i` has the tensors of a field file with the prefix `fields.{i}.`. The metadata entry `checksum` is a hash of
//! the rest. The hash detects damage, not manipulation.

use std::collections::{BTreeMap, HashMap};

use safetensors::tensor::serialize;

use crate::field::Field;
use crate::field::file::{self, FileFault, Header, LENGTH, Slice, Tensor};
use crate::optimizer::{StateArray, StateValues};

/// The metadata entry with the hash.
const CHECKSUM: &str = "checksum";

/// The content of a file. Only its form and its checksum have been checked.
#[derive(Debug)]
pub(super) struct Container {
    header: Header,
    data: Vec<u8>,
}

/// The bytes of a file with `fields` and `arrays`. `entry` makes the metadata entry `name` from the metadata entries
/// of the fields.
pub(super) fn encode(
    fields: &[Field],
    arrays: &[StateArray],
    name: &str,
    entry: impl FnOnce(Vec<String>) -> String,
) -> Result<Vec<u8>, FileFault> {
    let mut tensors = Vec::new();
    let mut entries = Vec::new();
    for (index, field) in fields.iter().enumerate() {
        let (entry, own) = file::parts(field, &format!("fields.{index}."))?;
        entries.push(entry);
        tensors.extend(own);
    }
    for array in arrays {
        let slice = match &array.values {
            StateValues::F32(values) => Slice::F32(vec![values.len()], values),
            StateValues::F64(values) => Slice::F64(vec![values.len()], values),
        };
        tensors.push((array.name.clone(), slice));
    }
    let mut metadata = HashMap::from([(name.to_string(), entry(entries))]);
    // A placeholder with the length of the hash, so that the length of the header is final.
    metadata.insert(CHECKSUM.to_string(), format!("{:016x}", 0));
    let unusable = |error: safetensors::SafeTensorError| FileFault::Header(error.to_string());
    let mut bytes = serialize(tensors, Some(metadata)).map_err(unusable)?;
    let length = file::length_of_header(&mut bytes.as_slice())? as usize + LENGTH as usize;
    let header = Header::parse(&bytes[LENGTH as usize..length])?;
    let sum = checksum(&header, &bytes[length..]);
    let blank = format!("\"{CHECKSUM}\":\"{:016x}\"", 0);
    let filled = format!("\"{CHECKSUM}\":\"{sum}\"");
    let at = bytes[..length].windows(blank.len()).position(|window| window == blank.as_bytes());
    let at = at.ok_or_else(|| FileFault::Header("no place for the checksum".into()))?;
    bytes[at..at + filled.len()].copy_from_slice(filled.as_bytes());
    Ok(bytes)
}

/// The 64-bit FNV-1a hash of all other entries, the table of tensors and the data.
fn checksum(header: &Header, data: &[u8]) -> String {
    let entries: BTreeMap<_, _> = header.metadata.iter().filter(|(name, _)| *name != CHECKSUM).collect();
    let text = format!("{entries:?} {:?}", header.tensors);
    format!("{:016x}", file::fnv(text.bytes().chain(data.iter().copied())))
}

impl Container {
    /// Reads the bytes of a file.
    ///
    /// # Errors
    /// If the bytes are not a safetensors file, or the checksum is missing or does not match.
    pub(super) fn decode(mut bytes: &[u8]) -> Result<Self, FileFault> {
        let length = file::length_of_header(&mut bytes)?;
        let header = Header::parse(&file::exactly(&mut bytes, LENGTH, length)?)?;
        let sum = checksum(&header, bytes);
        if header.metadata.get(CHECKSUM) != Some(&sum) {
            return Err(FileFault::Checksum);
        }
        Ok(Self { header, data: bytes.to_vec() })
    }

    /// The metadata entry `name`.
    pub(super) fn entry(&self, name: &str) -> Option<&str> {
        self.header.metadata.get(name).map(String::as_str)
    }

    /// Takes field `index`, given the metadata entry that [`encode`] produced for it.
    pub(super) fn take_field(&mut self, index: usize, entry: &str) -> Result<Field, FileFault> {
        file::take_field(&mut self.header, &self.data, &format!("fields.{index}."), entry)
    }

    /// Takes all remaining arrays.
    pub(super) fn take_arrays(self) -> Result<Vec<StateArray>, FileFault> {
        let Self { header, data } = self;
        header.tensors.into_iter().map(|(name, tensor)| array(name, &tensor, &data)).collect()
    }
}

fn array(name: String, tensor: &Tensor, data: &[u8]) -> Result<StateArray, FileFault> {
    let (start, end) = tensor.data_offsets;
    let size: u64 = if tensor.dtype == "F64" { 8 } else { 4 };
    let due = tensor.shape.first().copied().unwrap_or(0).saturating_mul(size).saturating_add(start);
    let extent = || FileFault::Extent { name: name.clone(), start, end, due: start, due_end: due };
    let bytes = file::slice(data, (start, end)).filter(|_| due == end && tensor.shape.len() == 1);
    let bytes = bytes.ok_or_else(extent)?;
    let values = match tensor.dtype.as_str() {
        "F32" => StateValues::F32(bytes.as_chunks().0.iter().map(|b| f32::from_le_bytes(*b)).collect()),
        "F64" => StateValues::F64(bytes.as_chunks().0.iter().map(|b| f64::from_le_bytes(*b)).collect()),
        other => return Err(FileFault::Type { name, found: file::quoted(other) }),
    };
    Ok(StateArray { name, values })
}
