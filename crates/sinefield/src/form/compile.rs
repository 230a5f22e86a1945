//! Compiles a form to a program that gives every channel of a jet.

use crate::expr::{Expr, ExprError, FieldNames, Program, Scope, close_form, value_count};
use crate::field::{Axis, Field, Form, Number};
use crate::jet::JetSpec;

/// The name of the field in the program. It is no name of the language, so that it is no coordinate's.
const FIELD: &str = "the field";
/// The distance from an end, as a part of the range, within which a place is the end. It is a few roundings of float64.
const AT_END: f64 = 1e-15;

/// A program that gives the jets of a form.
pub(super) struct Compiled {
    /// Its components are the outputs of every channel, channel after channel.
    pub program: Program,
    /// The jet of the network that it needs.
    pub jet: JetSpec,
    /// The places of -1 and 1.
    ends: Vec<(f64, f64)>,
}

impl Compiled {
    /// The program for the channels of `spec`.
    pub fn new(form: &Form, field: &Field, spec: &JetSpec) -> Result<Self, ExprError> {
        let outputs = field.architecture().outputs();
        let axes: Vec<Axis> = (0..spec.inputs()).map(|at| field.meta.axis(at)).collect();
        let mut scope = scope(form, outputs);
        let names = &mut scope.fields[0];
        names.per_unit = axes.iter().map(Axis::per_unit).collect();
        names.form = Some(closed(form, outputs)?);
        let units: Vec<f64> = axes.iter().map(|axis| 1.0 / axis.per_unit()).collect();
        let channels = channels(&parts(form, outputs), spec, &form.coordinates, &units);
        let program = Program::compile(&channels, &scope)?;
        // The value is a channel, and `closed` has found the network in it.
        let jet = program.jets().first().cloned().flatten().unwrap_or_else(|| JetSpec::value(spec.inputs()));
        Ok(Self { program, jet, ends: axes.iter().map(Axis::interval).collect() })
    }

    pub fn inputs(&self) -> usize {
        self.ends.len()
    }

    /// The places of normalised coordinates in the units of the axes. The ends of a range are exactly its ends.
    pub fn places<N: Number>(&self, normalised: &[f64], places: &mut [N]) {
        let place = |x: f64, (low, high): (f64, f64)| match x {
            _ if low == high => low + x,
            x if (x + 1.0).abs() <= AT_END => low,
            x if (x - 1.0).abs() <= AT_END => high,
            x => 0.5 * ((1.0 - x) * low + (1.0 + x) * high),
        };
        for (x, place_of) in
            normalised.chunks_exact(self.inputs()).zip(places.chunks_exact_mut(self.inputs()))
        {
            for ((x, ends), to) in x.iter().zip(&self.ends).zip(place_of) {
                *to = N::of(place(*x, *ends));
            }
        }
    }
}

/// The parsed and checked form of a field of `outputs` outputs.
pub(super) fn closed(form: &Form, outputs: usize) -> Result<Expr, ExprError> {
    close_form(&Expr::parse(&form.text)?, &scope(form, outputs), 0)
}

/// The field alone, over its coordinates.
fn scope(form: &Form, outputs: usize) -> Scope {
    let field = FieldNames {
        name: FIELD.into(),
        complex: form.complex.clone(),
        width: outputs,
        coordinates: (0..form.coordinates.len()).collect(),
        ..FieldNames::default()
    };
    Scope { coordinates: form.coordinates.clone(), fields: vec![field], ..Scope::default() }
}

/// The outputs of the field as real numbers, in their order.
fn parts(form: &Form, outputs: usize) -> Expr {
    let field = Expr::name(FIELD);
    if !form.complex.contains(&true) {
        return field;
    }
    let values = value_count(outputs, &form.complex).unwrap_or(0);
    let parts = (0..values).flat_map(|at| match form.complex.get(at) {
        Some(true) => vec![field.index(at).re(), field.index(at).im()],
        _ => vec![field.index(at).re()],
    });
    Expr::vector(parts.collect())
}

/// The channels of `spec` of the vector `of`. `units` is the change of each coordinate per normalised one.
fn channels(of: &Expr, spec: &JetSpec, coordinates: &[String], units: &[f64]) -> Expr {
    let scaled = |by: f64, e: Expr| Expr::constant(by) * e;
    let second = |i: usize, j: usize| of.d_of(&[&coordinates[i], &coordinates[j]]);
    let mut all = vec![of.clone()];
    all.extend(spec.first().iter().map(|&i| scaled(units[i], of.d(&coordinates[i]))));
    all.extend(spec.second().iter().map(|&(i, j)| scaled(units[i] * units[j], second(i, j))));
    for line in spec.lines() {
        let along = |e: &Expr| {
            let parts = line.parts().map(|(i, v)| scaled(v * units[i], e.d(&coordinates[i])));
            parts.reduce(|sum, part| sum + part).unwrap_or_else(|| scaled(0.0, e.clone()))
        };
        let third = along(&along(&along(of)));
        let fourth = (line.channels() > 1).then(|| along(&third));
        all.push(third);
        all.extend(fourth);
    }
    if let Some(weights) = spec.laplacian_weights() {
        let terms = weights.iter().enumerate().filter(|(_, weight)| **weight != 0.0);
        let terms = terms.map(|(i, weight)| scaled(weight * units[i] * units[i], second(i, i)));
        all.push(terms.reduce(|sum, term| sum + term).unwrap_or_else(|| scaled(0.0, of.clone())));
    }
    Expr::vector(all)
}
