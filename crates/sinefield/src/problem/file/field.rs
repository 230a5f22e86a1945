//! The fields of a problem file: their networks, coordinates and forms.

use super::document::{FieldTable, OutputType, Outputs};
use super::shape::split;
use super::{FileFault, ProblemFile};
use crate::expr::{Expr, ExprError, Origin};
use crate::field::{AxisSet, Encoding, FieldConfig};
use crate::problem::description::FieldEntry;
use crate::problem::domain::Interval;
use crate::problem::error::ProblemError;

impl ProblemFile {
    /// The form of a field.
    pub(super) fn form(&self, name: &str, table: &FieldTable) -> Result<Option<Expr>, FileFault> {
        let Some(text) = &table.form else { return Ok(None) };
        let parsed = Expr::parse(text.get_ref()).map_err(|error| {
            let span = self.within(text, error.span());
            FileFault::at(&self.text, Some(span), format!("field \"{name}\": in the form: {error}"))
        });
        parsed.map(Some)
    }

    /// The fault in the form of a field, or in a definition that it uses.
    pub(super) fn at_form(&self, field: &str, inner: &ExprError, error: &ProblemError) -> FileFault {
        let definition = match inner.origin() {
            Origin::Definition(name) => self.document.definitions.0.iter().find(|(n, _)| n == name),
            _ => None,
        };
        let table = self.document.field.0.iter().find(|(name, _)| name == field);
        let form = table.and_then(|(_, table)| table.get_ref().form.as_ref());
        let text = definition.map(|(_, text)| text).or(form);
        FileFault::at(&self.text, text.map(|text| self.within(text, inner.span())), error)
    }
}

/// The field of a table. `order` has all coordinates.
pub(super) fn field(name: &str, table: &FieldTable, order: &[String]) -> Result<FieldEntry, String> {
    let coordinates = table.coordinates.clone().unwrap_or_else(|| order.to_vec());
    if table.network.contains_key("inputs") {
        return Err("\"inputs\" follows from its coordinates; leave it out".into());
    }
    let network = table.network.clone().try_into::<FieldConfig>();
    let network = network.map_err(|error| error.message().to_string())?;
    let (outputs, names, complex) = match &table.outputs {
        None => (1, Vec::new(), Vec::new()),
        Some(Outputs::Count(count)) => (*count, Vec::new(), Vec::new()),
        Some(Outputs::Names(names)) => (names.len(), names.clone(), Vec::new()),
        Some(Outputs::Types(types)) => {
            let (names, complex) = split(types, |of| *of == OutputType::Complex);
            let pairs = complex.iter().filter(|is_complex| **is_complex).count();
            (names.len() + pairs, names, complex)
        }
    };
    let mut ranges = vec![None; coordinates.len()];
    for (coordinate, [low, high]) in &table.range.0 {
        let at = coordinates.iter().position(|c| c == coordinate);
        let at =
            at.ok_or_else(|| format!("a range is given for \"{coordinate}\", which it does not depend on"))?;
        ranges[at] = Some(Interval::new(*low, *high));
    }
    let encoding = encoding(&table.periodic, &coordinates, network.encoding)?;
    let network = FieldConfig { inputs: coordinates.len(), outputs, encoding, ..network };
    Ok(FieldEntry { name: name.into(), outputs: names, complex, coordinates, ranges, form: None, network })
}

/// The encoding of a field: periodic in the coordinates that are named, or else its own. Fourier features may be both.
fn encoding(periodic: &[String], coordinates: &[String], own: Encoding) -> Result<Encoding, String> {
    if periodic.is_empty() {
        return Ok(own);
    }
    let place = |name: &String| {
        let at = coordinates.iter().position(|c| c == name);
        at.ok_or_else(|| format!("\"{name}\" is periodic, but the field does not depend on it"))
    };
    let places: Vec<usize> = periodic.iter().map(place).collect::<Result<_, _>>()?;
    let axes = AxisSet::try_from(places)?;
    match own {
        Encoding::Identity => Ok(Encoding::Periodic { axes }),
        Encoding::Fourier { features, scale, seed, periodic } if periodic.is_empty() => {
            Ok(Encoding::Fourier { features, scale, seed, periodic: axes })
        }
        _ => Err("it has periodic coordinates and an encoding; leave one of them out, or take the encoding fourier"
            .into()),
    }
}
