//! Writing a field. What could not be read back is refused here, before the old file is replaced.

use std::borrow::Cow;
use std::collections::HashMap;

use safetensors::tensor::{Dtype, View, serialize};

use super::error::FileFault;
use super::layout::{ENCODING_NAMES, native_names, write_entry};
use super::{ENTRY, LONGEST_HEADER};
use crate::field::Field;

/// One tensor of a field.
struct Slice<'a> {
    shape: Vec<usize>,
    values: &'a [f32],
}

impl View for Slice<'_> {
    fn dtype(&self) -> Dtype {
        Dtype::F32
    }

    fn shape(&self) -> &[usize] {
        &self.shape
    }

    fn data(&self) -> Cow<'_, [u8]> {
        Cow::Owned(self.values.iter().flat_map(|value| value.to_le_bytes()).collect())
    }

    fn data_len(&self) -> usize {
        size_of_val(self.values)
    }
}

/// The bytes of a field's file.
pub(super) fn encode(field: &Field) -> Result<Vec<u8>, FileFault> {
    let architecture = field.architecture();
    let entry = write_entry(architecture, &field.meta)?;
    let parameters = field.parameters();
    if let Some(index) = parameters.iter().position(|value| !value.is_finite()) {
        return Err(FileFault::NotFinite { name: architecture.name_of(index) });
    }
    let mut tensors = Vec::new();
    if let Some(shape) = architecture.encoding_shape() {
        let [centres, sigma] = ENCODING_NAMES.map(str::to_string);
        let count = shape.sigma.len();
        let values = &parameters[shape.centres];
        tensors.push((centres, Slice { shape: vec![count, architecture.inputs], values }));
        tensors.push((sigma, Slice { shape: vec![count], values: &parameters[shape.sigma] }));
    }
    for (layer, shape) in architecture.shapes().into_iter().enumerate() {
        let [weight, bias] = native_names(layer);
        let values = &parameters[shape.weight];
        tensors.push((weight, Slice { shape: vec![shape.outputs, shape.inputs], values }));
        tensors.push((bias, Slice { shape: vec![shape.outputs], values: &parameters[shape.bias] }));
    }
    let metadata = HashMap::from([(ENTRY.to_string(), entry)]);
    let bytes = serialize(tensors, Some(metadata)).map_err(|error| FileFault::Header(error.to_string()))?;
    let header = bytes.len() as u64 - 8 - size_of_val(parameters) as u64;
    if header > LONGEST_HEADER {
        return Err(FileFault::HeaderTooLong { found: header, most: LONGEST_HEADER });
    }
    Ok(bytes)
}
