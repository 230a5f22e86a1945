//! The forms of a description's fields, closed: with constants and definitions put in.

use super::description::{Description, FieldEntry};
use super::error::ProblemError;
use crate::expr::{FieldNames, Scope, close_form};
use crate::field::Form;

/// The fields of a description, with closed forms.
///
/// A form sees the names of the whole problem, so that its errors can say what a name is.
pub(super) fn closed_fields(description: &Description) -> Result<Vec<FieldEntry>, ProblemError> {
    let fields = &description.fields;
    if fields.iter().all(|field| field.form.is_none()) {
        return Ok(fields.clone());
    }
    let scope = scope(description);
    let close = |(at, entry): (usize, &FieldEntry)| {
        let fault = |error| ProblemError::Form { field: entry.name.clone(), error };
        let form = entry.form.as_ref().map(|form| close_form(form, &scope, at));
        Ok(FieldEntry { form: form.transpose().map_err(fault)?, ..entry.clone() })
    };
    fields.iter().enumerate().map(close).collect()
}

/// All names of a problem: the coordinates and the data columns of all constraints.
fn scope(description: &Description) -> Scope {
    let fields = &description.fields;
    let mut coordinates: Vec<String> = Vec::new();
    let of_fields = fields.iter().flat_map(|field| &field.coordinates);
    let of_domains = description.constraints.iter().flat_map(|constraint| &constraint.coordinates);
    for name in of_fields.chain(of_domains) {
        if !coordinates.contains(name) {
            coordinates.push(name.clone());
        }
    }
    let position = |name: &String| coordinates.iter().position(|c| c == name);
    let names = |field: &FieldEntry| FieldNames {
        name: field.name.clone(),
        outputs: field.outputs.clone(),
        complex: field.complex.clone(),
        width: field.network.outputs,
        coordinates: field.coordinates.iter().filter_map(position).collect(),
        ..FieldNames::default()
    };
    let (mut columns, mut complex_columns) = (Vec::<(String, usize)>::new(), Vec::new());
    for column in description.constraints.iter().flat_map(|constraint| &constraint.columns) {
        // A column of one constraint may have the name of a coordinate of another.
        let taken =
            columns.iter().any(|(name, _)| *name == column.name) || coordinates.contains(&column.name);
        if !taken {
            columns.push((column.name.clone(), column.width.max(1)));
            complex_columns.push(column.complex);
        }
    }
    Scope {
        fields: fields.iter().map(names).collect(),
        columns,
        complex_columns,
        constants: description.constants.clone(),
        complex_constants: description.complex_constants.clone(),
        definitions: description.definitions.clone(),
        trainable: description.trainable.iter().map(|(name, _)| name.clone()).collect(),
        coordinates,
    }
}

impl FieldEntry {
    /// The closed form for the field's file.
    pub(super) fn meta_form(&self) -> Option<Form> {
        let form = self.form.as_ref()?;
        let complex = if self.complex.contains(&true) { self.complex.clone() } else { Vec::new() };
        Some(Form { text: form.to_string(), coordinates: self.coordinates.clone(), complex })
    }
}
