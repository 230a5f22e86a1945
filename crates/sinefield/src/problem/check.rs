//! The checks of a description before its residuals are compiled, its ranges and its fingerprint.

use super::column::ColumnValues;
use super::description::{Description, FieldEntry};
use super::domain::{Domain, Interval};
use super::error::ProblemError;
use crate::expr::{is_name, value_count};
use crate::field::file::fnv;
use crate::field::{Architecture, FieldConfig};

/// Checks the fields and the trainable scalars, and that there are constraints.
pub(super) fn check_fields(description: &Description) -> Result<(), ProblemError> {
    if description.fields.is_empty() {
        return Err(ProblemError::NoField);
    }
    if description.constraints.is_empty() {
        return Err(ProblemError::NoConstraint);
    }
    description.fields.iter().try_for_each(check_field)?;
    match description.trainable.iter().find(|(_, start)| !(*start as f32).is_finite()) {
        Some((name, _)) => Err(ProblemError::Trainable(name.clone())),
        None => Ok(()),
    }
}

fn check_field(entry: &FieldEntry) -> Result<(), ProblemError> {
    let fault = |what: String| Err(ProblemError::FieldEntry { field: entry.name.clone(), what });
    let (coordinates, network) = (&entry.coordinates, &entry.network);
    let named = std::iter::once(&entry.name).chain(coordinates).chain(&entry.outputs);
    if let Some(name) = named.into_iter().find(|name| !is_name(name)) {
        return fault(format!(
            "{name:?} is no name; names have letters, digits and underscores, and no digit first"
        ));
    }
    if coordinates.is_empty() {
        return fault("it depends on no coordinate; name some, as coordinates = [\"x\"]".into());
    }
    let twice = (1..coordinates.len()).find(|at| coordinates[..*at].contains(&coordinates[*at]));
    if let Some(at) = twice {
        return fault(format!("it has the coordinate \"{}\" twice", coordinates[at]));
    }
    if coordinates.len() != network.inputs || coordinates.len() != entry.ranges.len() {
        let (inputs, ranges) = (network.inputs, entry.ranges.len());
        let count = coordinates.len();
        return fault(format!(
            "it has {count} coordinates, a network of {inputs} inputs and {ranges} ranges"
        ));
    }
    let (named, outputs) = (entry.outputs.len(), network.outputs);
    let Some(values) = value_count(outputs, &entry.complex) else {
        let needed = entry.complex.iter().map(|is_complex| if *is_complex { 2 } else { 1 }).sum::<usize>();
        return fault(format!("its values take {needed} outputs, but the network has {outputs}"));
    };
    if named > 0 && named != values {
        return fault(match values == outputs {
            true => format!("{named} outputs are named, but the network has {outputs}"),
            false => {
                format!("{named} outputs are named, but the network has {outputs}, two for each complex one")
            }
        });
    }
    Architecture::new(network).map_err(|error| ProblemError::Field { field: entry.name.clone(), error })?;
    for (name, range) in coordinates.iter().zip(&entry.ranges) {
        let Some(Interval { low, high }) = *range else { continue };
        if !(low.is_finite() && high.is_finite() && low < high) {
            return fault(format!(
                "the range of \"{name}\" is [{low}, {high}]; give two ends, the lower first"
            ));
        }
    }
    Ok(())
}

/// The range of every coordinate of every field that is mapped to `[-1, 1]`: the given range, or the bounds
/// of all domains with this coordinate.
pub(super) fn ranges(description: &Description) -> Result<Vec<Vec<Interval>>, ProblemError> {
    let of = |entry: &FieldEntry| {
        let sides = entry.coordinates.iter().zip(&entry.ranges);
        let side = |(name, given): (&String, &Option<Interval>)| match given {
            Some(side) => Ok(*side),
            None => bounds(description, name).ok_or_else(|| ProblemError::FieldEntry {
                field: entry.name.clone(),
                what: format!("no domain has its coordinate \"{name}\""),
            }),
        };
        sides.map(side).collect()
    };
    description.fields.iter().map(of).collect()
}

fn bounds(description: &Description, name: &str) -> Option<Interval> {
    let mut found: Option<Interval> = None;
    for entry in &description.constraints {
        let at = entry.coordinates.iter().position(|c| c == name);
        let bounds = entry.domain.bounds();
        let Some(side) = at.and_then(|at| bounds.get(at)) else { continue };
        found = Some(match found {
            Some(all) => Interval::new(all.low.min(side.low), all.high.max(side.high)),
            None => *side,
        });
    }
    found
}

/// A hash that distinguishes problems.
pub(super) fn fingerprint(description: &Description) -> u64 {
    let Description { fields, constants, complex_constants, definitions, trainable, constraints, exact: _ } =
        description;
    let constants = (constants, complex_constants);
    let plain: Vec<_> = fields.iter().map(without_form).collect();
    let mut all = hash(format!("{plain:?} {constants:?} {trainable:?}").as_bytes());
    let mut take = |part: u64| all = (all ^ part).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(23);
    for form in fields.iter().filter_map(|field| field.form.as_ref()) {
        take(hash(format!("form {form}").as_bytes()));
    }
    for (name, expression) in definitions {
        take(hash(format!("{name} = {expression}").as_bytes()));
    }
    let bits = |take: &mut dyn FnMut(u64), values: &[f32]| {
        values.iter().for_each(|value| take(u64::from(value.to_bits())));
    };
    for entry in constraints {
        let (norm, reduce, weight) = (entry.norm, entry.reduce, entry.weight);
        let (sampling, coordinates) = (entry.sampling, &entry.coordinates);
        let settings =
            format!("{} {coordinates:?} {sampling:?} {norm:?} {reduce:?} {weight}", entry.residual);
        take(hash(settings.as_bytes()));
        // A constraint without them has the fingerprint that it had before they were.
        if let Some(adaptive) = entry.adaptive {
            take(hash(format!("{adaptive:?}").as_bytes()));
        }
        if let Some(causal) = &entry.causal {
            take(hash(format!("{causal:?}").as_bytes()));
        }
        if let Some(windows) = &entry.windows {
            take(hash(format!("{windows:?}").as_bytes()));
        }
        match &entry.domain {
            Domain::Points { dimension, coordinates } => {
                take(*dimension as u64);
                bits(&mut take, coordinates);
            }
            Domain::Near { dimension, coordinates, distance } => {
                take(*dimension as u64);
                take(distance.to_bits());
                bits(&mut take, coordinates);
            }
            domain => take(hash(format!("{domain:?}").as_bytes())),
        }
        for column in &entry.columns {
            let complex = if column.complex { " complex" } else { "" };
            take(hash(format!("{} {}{complex}", column.name, column.width).as_bytes()));
            match &column.values {
                ColumnValues::Memory(values) => bits(&mut take, values),
                ColumnValues::Reader(reader) => take(reader.fingerprint()),
            }
        }
    }
    all
}

/// What the fingerprint hashes of a field, beside its form. A form is hashed by its text, since its places in a file are
/// not part of a problem. A field without one has the fingerprint that it had before there were forms.
fn without_form(entry: &FieldEntry) -> impl std::fmt::Debug {
    #[derive(Debug)]
    #[allow(dead_code, reason = "only its debug text is used")]
    struct FieldEntry<'a> {
        name: &'a str,
        outputs: &'a [String],
        complex: &'a [bool],
        coordinates: &'a [String],
        ranges: &'a [Option<Interval>],
        network: &'a FieldConfig,
    }
    let super::FieldEntry { name, outputs, complex, coordinates, ranges, network, form: _ } = entry;
    FieldEntry { name, outputs, complex, coordinates, ranges, network }
}

fn hash(bytes: &[u8]) -> u64 {
    fnv(bytes.iter().copied())
}
