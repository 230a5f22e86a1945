//! Writes a field. A field that could not be read back is refused before the old file is replaced.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;

use safetensors::tensor::{Dtype, View, serialize};

use super::error::FileFault;
use super::layout::{ENCODING_NAMES, native_names, write_entry};
use super::{ENTRY, LONGEST_HEADER};
use crate::field::Field;

/// A tensor to write.
pub(crate) enum Slice<'a> {
    F32(Vec<usize>, &'a [f32]),
    F64(Vec<usize>, &'a [f64]),
}

impl View for Slice<'_> {
    fn dtype(&self) -> Dtype {
        match self {
            Slice::F32(..) => Dtype::F32,
            Slice::F64(..) => Dtype::F64,
        }
    }

    fn shape(&self) -> &[usize] {
        match self {
            Slice::F32(shape, _) | Slice::F64(shape, _) => shape,
        }
    }

    fn data(&self) -> Cow<'_, [u8]> {
        Cow::Owned(match self {
            Slice::F32(_, values) => values.iter().flat_map(|value| value.to_le_bytes()).collect(),
            Slice::F64(_, values) => values.iter().flat_map(|value| value.to_le_bytes()).collect(),
        })
    }

    fn data_len(&self) -> usize {
        match self {
            Slice::F32(_, values) => size_of_val(*values),
            Slice::F64(_, values) => size_of_val(*values),
        }
    }
}

/// The bytes of a field's file.
pub(super) fn encode(field: &Field) -> Result<Vec<u8>, FileFault> {
    let (entry, tensors) = parts(field, "")?;
    let metadata = HashMap::from([(ENTRY.to_string(), entry)]);
    let bytes = serialize(tensors, Some(metadata)).map_err(|error| FileFault::Header(error.to_string()))?;
    let data = field.parameters().len() * field.precision().bytes();
    let header = bytes.len() as u64 - 8 - data as u64;
    if header > LONGEST_HEADER {
        return Err(FileFault::HeaderTooLong { found: header, most: LONGEST_HEADER });
    }
    Ok(bytes)
}

/// The metadata entry of a field and its tensors, with `prefix` before their names.
pub(crate) fn parts<'f>(
    field: &'f Field,
    prefix: &str,
) -> Result<(String, Vec<(String, Slice<'f>)>), FileFault> {
    let architecture = field.architecture();
    let entry = write_entry(architecture, &field.meta)?;
    // Float32 too, since a reader may round: a float64 beyond its range would become infinite.
    if let Some(index) = field.parameters().iter().position(|value| !value.is_finite()) {
        return Err(FileFault::NotFinite { name: architecture.name_of(index) });
    }
    let mut tensors = Vec::new();
    let mut add = |name: &str, shape: Vec<usize>, range: Range<usize>| {
        let slice = match field.exact_parameters() {
            Some(exact) => Slice::F64(shape, &exact[range]),
            None => Slice::F32(shape, &field.parameters()[range]),
        };
        tensors.push((format!("{prefix}{name}"), slice));
    };
    if let Some(shape) = architecture.encoding_shape() {
        let [centres, sigma] = ENCODING_NAMES;
        let count = shape.sigma.len();
        add(centres, vec![count, architecture.inputs], shape.centres);
        add(sigma, vec![count], shape.sigma);
    }
    for (layer, shape) in architecture.shapes().into_iter().enumerate() {
        let [weight, bias] = native_names(layer);
        add(&weight, vec![shape.outputs, shape.inputs], shape.weight);
        add(&bias, vec![shape.outputs], shape.bias);
    }
    Ok((entry, tensors))
}
