//! Evaluates fields, with the form of their outputs.
//!
//! The value of a field is the output of its network, unless the field has a [`Form`](crate::field::Form). Then it is an
//! expression over that output and the coordinates. [`evaluator`] and [`evaluator_f64`] make the evaluator of either
//! kind of field. It gives the jets of the field, with respect to normalised coordinates: those of the form by the rules
//! of calculus, from the jets of the network. Whatever evaluates a field and not a bare network uses them.
//!
//! ```
//! use sinefield::engine::cpu::CpuEngine;
//! use sinefield::field::{Axis, Field, FieldConfig, Form};
//! use sinefield::render::{Coordinates, Quantity, at_points};
//!
//! let mut field = Field::new(&FieldConfig { hidden: 8, ..FieldConfig::new(1, 1) }, 0)?;
//! field.meta.axes = vec![Axis::ranged("x", 0.0, 2.0)];
//! let text = "1 + x*(2 - x)*net".to_string();
//! field.meta.form = Some(Form { text, coordinates: vec!["x".into()], ..Form::default() });
//! let engine = CpuEngine::new(Some(1))?;
//! let ends = at_points(&engine, &field, &[Quantity::Value], Coordinates::Units, &[0.0, 2.0])?;
//! assert_eq!(ends[0], [1.0, 1.0]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod compile;

use std::path::Path;

use crate::engine::{Engine, EngineError, Evaluator, Jets};
use crate::expr::TileInputs;
use crate::field::{Field, FileError, FileFault, Number};
use crate::jet::JetSpec;
use compile::Compiled;

/// An evaluator of jets of `spec` of `field`.
///
/// # Errors
/// If the form of the field cannot be evaluated, or the engine refuses the network.
pub fn evaluator(
    engine: &dyn Engine,
    field: &Field,
    spec: &JetSpec,
) -> Result<Box<dyn Evaluator>, EngineError> {
    let Some(compiled) = compiled(field, spec)? else {
        return engine.evaluator(field.architecture(), spec);
    };
    let network = engine.evaluator(field.architecture(), &compiled.jet)?;
    Ok(Box::new(Formed { network, compiled }))
}

/// As [`evaluator`], in float64.
///
/// # Errors
/// As [`evaluator`].
pub fn evaluator_f64(
    engine: &dyn Engine,
    field: &Field,
    spec: &JetSpec,
) -> Result<Box<dyn Evaluator<f64>>, EngineError> {
    let Some(compiled) = compiled(field, spec)? else {
        return engine.evaluator_f64(field.architecture(), spec);
    };
    let network = engine.evaluator_f64(field.architecture(), &compiled.jet)?;
    Ok(Box::new(Formed { network, compiled }))
}

/// Reads the field in the file `path`, as [`Field::load`], and checks that its form can be evaluated.
///
/// # Errors
/// As [`Field::load`], or if the form cannot be compiled.
pub fn load(path: impl AsRef<Path>) -> Result<Field, FileError> {
    let field = Field::load(&path)?;
    match check(&field) {
        Ok(()) => Ok(field),
        Err(fault) => Err(FileError::File { path: path.as_ref().into(), fault }),
    }
}

/// Reads a field from the bytes of its file, as [`Field::from_bytes`], and checks that its form can be evaluated.
///
/// # Errors
/// As [`Field::from_bytes`], or if the form cannot be compiled.
pub fn from_bytes(bytes: &[u8]) -> Result<Field, FileError> {
    let field = Field::from_bytes(bytes)?;
    check(&field).map_err(FileError::Bytes)?;
    Ok(field)
}

/// Checks that the form of a field, if it has one, can be evaluated.
///
/// # Errors
/// If it cannot be parsed or compiled, or is not a form of this field's outputs.
pub fn check(field: &Field) -> Result<(), FileFault> {
    let Some(form) = &field.meta.form else { return Ok(()) };
    let checked = compile::closed(form, field.architecture().outputs());
    checked.map(|_| ()).map_err(|error| FileFault::form(&error.to_string()))
}

fn compiled(field: &Field, spec: &JetSpec) -> Result<Option<Compiled>, EngineError> {
    let Some(form) = &field.meta.form else { return Ok(None) };
    let inputs = field.architecture().inputs;
    if spec.inputs() != inputs {
        return Err(EngineError::Coordinates { jet: spec.inputs(), field: inputs });
    }
    match Compiled::new(form, field, spec) {
        Ok(compiled) => Ok(Some(compiled)),
        Err(error) => Err(EngineError::Form(error.to_string())),
    }
}

/// The evaluator of a field with a form.
struct Formed<N> {
    network: Box<dyn Evaluator<N>>,
    compiled: Compiled,
}

impl<N: Number> Evaluator<N> for Formed<N> {
    fn outputs(&self) -> usize {
        self.network.outputs()
    }

    fn tile_points(&self) -> usize {
        self.network.tile_points()
    }

    fn visit(
        &mut self,
        parameters: &[N],
        points: usize,
        coordinates: &(dyn Fn(usize, &mut [f64]) + Sync),
        visit: &(dyn Fn(usize, &Jets<'_, N>) + Sync),
    ) {
        let Self { network, compiled } = self;
        network.visit(parameters, points, coordinates, &|start, jets| {
            // Places come from float64, so that they are as exact as float32 can be.
            let mut normalised = vec![0.0; jets.points * compiled.inputs()];
            coordinates(start, &mut normalised);
            let data = jets_of_form(compiled, &normalised, jets);
            visit(start, &Jets { data: &data, ..*jets });
        });
    }
}

/// The jets of the form, `(channels, points, outputs)`, from those of the network.
fn jets_of_form<N: Number>(compiled: &Compiled, normalised: &[f64], network: &Jets<'_, N>) -> Vec<N> {
    let (points, width) = (network.points, compiled.program.width());
    let mut places = vec![N::zero(); normalised.len()];
    compiled.places(normalised, &mut places);
    let mut rows = vec![N::zero(); points * width];
    let inputs = TileInputs {
        points,
        coordinates: &places,
        jets: &[*network],
        columns: &[],
        trainable: &[],
        progress: N::zero(),
    };
    compiled.program.values(&inputs, &mut rows);
    let outputs = network.outputs;
    let mut data = vec![N::zero(); rows.len()];
    for (point, row) in rows.chunks_exact(width).enumerate() {
        for (channel, numbers) in row.chunks_exact(outputs).enumerate() {
            let at = (channel * points + point) * outputs;
            data[at..at + outputs].copy_from_slice(numbers);
        }
    }
    data
}

#[cfg(test)]
mod tests;
