//! Reads a field, with a check at every step.
//!
//! ```text
//! 8 bytes    the header's length          bounded before use
//! header     the network, the tensors     checked against each other: names, types, shapes, places
//! the rest   the tensors' bytes           exactly as many as the header lists
//! ```

use std::io::Read;
use std::ops::Range;

use super::LONGEST_HEADER;
use super::error::{self, FileFault, quoted};
use super::header::{Header, Tensor};
use super::layout::{ENCODING_NAMES, Layout};
use super::number::{self, Number};
use crate::field::{AlignedVec, Field};

/// The size of the number that holds the header's length, in bytes.
pub(crate) const LENGTH: u64 = 8;

/// Reads a field from the bytes of its file.
pub(super) fn decode(mut source: impl Read) -> Result<Field, FileFault> {
    let length = length_of_header(&mut source)?;
    let before = LENGTH + length;
    let header = Header::parse(&exactly(&mut source, LENGTH, length)?)?;
    let layout = Layout::of(&header)?;
    let mut header = header;
    let mut places = places(&layout, &mut header, "")?;
    if let Some((name, _)) = header.tensors.first_key_value() {
        return Err(FileFault::UnknownTensor { name: quoted(name) });
    }
    let bytes = contiguous(&mut places)?;
    let data = exactly(&mut source, before, bytes)?;
    let mut more = Vec::new();
    source.take(1).read_to_end(&mut more).map_err(FileFault::Read)?;
    if !more.is_empty() {
        return Err(FileFault::Oversized { expected: before + bytes });
    }
    field(layout, &places, &data)
}

/// Takes the field with the metadata entry `entry`, whose tensors' names begin with `prefix`, out of a file's
/// `header` and `data`.
pub(crate) fn take_field(
    header: &mut Header,
    data: &[u8],
    prefix: &str,
    entry: &str,
) -> Result<Field, FileFault> {
    let layout = Layout::of_entry(entry)?;
    let places = places(&layout, header, prefix)?;
    field(layout, &places, data)
}

pub(crate) fn length_of_header(source: &mut impl Read) -> Result<u64, FileFault> {
    let bytes = exactly(source, 0, LENGTH)?;
    let found = bytes.iter().rev().fold(0, |length, &byte| length << 8 | u64::from(byte));
    if found > LONGEST_HEADER {
        return Err(FileFault::HeaderTooLong { found, most: LONGEST_HEADER });
    }
    Ok(found)
}

/// Reads the next `count` bytes, after `before` bytes. The allocation grows only as bytes arrive.
pub(crate) fn exactly(source: &mut impl Read, before: u64, count: u64) -> Result<Vec<u8>, FileFault> {
    let mut bytes = Vec::new();
    source.take(count).read_to_end(&mut bytes).map_err(FileFault::Read)?;
    let found = bytes.len() as u64;
    if found < count {
        return Err(FileFault::Truncated { expected: before + count, found: before + found });
    }
    Ok(bytes)
}

/// The source and the destination of a tensor's numbers.
#[derive(Debug)]
struct Place {
    name: String,
    number: Number,
    /// The bytes in the data, counted from the end of the header.
    data: (u64, u64),
    /// The range in the flat parameters.
    range: Range<usize>,
}

impl Place {
    /// The number of bytes of the parameters. It cannot overflow with any valid architecture.
    fn bytes(&self) -> usize {
        self.range.len() * self.number.size()
    }
}

/// The place of each tensor of a field. Names begin with `prefix`. Removes the tensors from the header.
fn places(layout: &Layout, header: &mut Header, prefix: &str) -> Result<Vec<Place>, FileFault> {
    let mut places = Vec::new();
    let mut add = |name: &str, sizes: &[u64], range| -> Result<(), FileFault> {
        places.push(take(header, &format!("{prefix}{name}"), sizes, range)?);
        Ok(())
    };
    let inputs = layout.architecture.inputs as u64;
    if let Some(shape) = layout.architecture.encoding_shape() {
        let [centres, sigma] = ENCODING_NAMES;
        let count = shape.sigma.len() as u64;
        add(centres, &[count, inputs], shape.centres)?;
        add(sigma, &[count], shape.sigma)?;
    }
    for ([weight, bias], shape) in layout.names.iter().zip(layout.architecture.shapes()) {
        let (outputs, inputs) = (shape.outputs as u64, shape.inputs as u64);
        add(weight, &[outputs, inputs], shape.weight)?;
        add(bias, &[outputs], shape.bias)?;
    }
    Ok(places)
}

/// Sorts places by their bytes, which must have no gap. Returns the number of bytes.
fn contiguous(places: &mut [Place]) -> Result<u64, FileFault> {
    places.sort_by_key(|place| place.data);
    let mut due = 0;
    for place in places {
        let due_end = due + place.bytes() as u64;
        let (start, end) = place.data;
        if (start, end) != (due, due_end) {
            let name = place.name.clone();
            return Err(FileFault::Extent { name, start, end, due, due_end });
        }
        due = due_end;
    }
    Ok(due)
}

/// Removes the tensor `name` from the header.
fn take(header: &mut Header, name: &str, sizes: &[u64], range: Range<usize>) -> Result<Place, FileFault> {
    let missing = || FileFault::MissingTensor { name: name.to_string() };
    let tensor = header.tensors.remove(name).ok_or_else(missing)?;
    place(name, &tensor, sizes, range)
}

fn place(name: &str, tensor: &Tensor, sizes: &[u64], range: Range<usize>) -> Result<Place, FileFault> {
    let name = name.to_string();
    if tensor.shape != sizes {
        let (expected, found) = (error::shape(sizes), error::shape(&tensor.shape));
        return Err(FileFault::Shape { name, expected, found });
    }
    let Some(number) = Number::named(&tensor.dtype) else {
        return Err(FileFault::Type { name, found: quoted(&tensor.dtype) });
    };
    Ok(Place { name, number, data: tensor.data_offsets, range })
}

/// The field, from the places' bytes in `data`. It has float64 if all its tensors do.
fn field(layout: Layout, places: &[Place], data: &[u8]) -> Result<Field, FileFault> {
    let mut parameters = AlignedVec::zeros(layout.architecture.parameter_count());
    let mut exact = places
        .iter()
        .all(|place| place.number == Number::F64)
        .then(|| AlignedVec::<f64>::zeros(parameters.len()));
    for place in places {
        let bytes = slice(data, place.data).filter(|bytes| bytes.len() == place.bytes());
        let Some(bytes) = bytes else {
            let ((start, end), name) = (place.data, place.name.clone());
            let due_end = start.saturating_add(place.bytes() as u64);
            return Err(FileFault::Extent { name, start, end, due: start, due_end });
        };
        let values = &mut parameters[place.range.clone()];
        place.number.read(bytes, values);
        if let Some(exact) = &mut exact {
            number::read_f64(bytes, &mut exact[place.range.clone()]);
        }
        if let Some(index) = values.iter().position(|value| !value.is_finite()) {
            return Err(FileFault::NotFinite { name: format!("{}[{index}]", place.name) });
        }
    }
    let Layout { architecture, meta, .. } = layout;
    Ok(Field { architecture, parameters, exact, meta })
}

/// The bytes of `data` between two offsets, if they exist.
pub(crate) fn slice(data: &[u8], (start, end): (u64, u64)) -> Option<&[u8]> {
    data.get(usize::try_from(start).ok()?..usize::try_from(end).ok()?)
}
