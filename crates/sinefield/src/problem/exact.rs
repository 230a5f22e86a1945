//! Known solutions: the error of the fields of a problem against them.
//!
//! With e the exact values and u those of the fields, the error is `sqrt(Σ |u - e|² / Σ |e|²)`, over points of the domain
//! of the constraint that covers a field best. If e is 0 everywhere, it is the root mean square of u. Values are computed
//! in float64. Where a value is not finite, there is no error.

use super::description::{ConstraintEntry, Description, FieldEntry, Reduce};
use super::domain::{Domain, Interval};
use super::error::ProblemError;
use super::sampler::{Draw, Sampling, Sequence};
use super::{Problem, Task};
use crate::expr::{Expr, Norm};
use crate::field::Precision;
use crate::fit::{Moment, TaskError, rows_of};

/// The seed of the points. They are not those of a constraint.
const SEED: u64 = 0x6578_6163_7400_0000;

/// The comparison of a problem with known solutions.
#[derive(Clone, Debug)]
pub(super) struct Comparison {
    /// The problem whose rows are `u - e` and `u` for every known solution.
    problem: Problem,
    /// Its description.
    description: Description,
}

/// The problem whose rows are `u - e` and `u` for every known solution, or `None` without one.
pub(super) fn problem(
    description: &Description,
    ranges: &[Vec<Interval>],
) -> Result<Option<Box<Comparison>>, ProblemError> {
    if description.exact.is_empty() {
        return Ok(None);
    }
    let comparisons: Vec<(ConstraintEntry, usize)> = description
        .exact
        .iter()
        .map(|(name, exact)| comparison(description, name, exact))
        .collect::<Result<_, _>>()?;
    let ranged = |(entry, ranges): (&FieldEntry, &Vec<Interval>)| FieldEntry {
        ranges: ranges.iter().map(|side| Some(*side).filter(|side| side.low < side.high)).collect(),
        ..entry.clone()
    };
    let compared = Description {
        fields: description.fields.iter().zip(ranges).map(ranged).collect(),
        constants: description.constants.clone(),
        complex_constants: description.complex_constants.clone(),
        definitions: description.definitions.clone(),
        trainable: description.trainable.clone(),
        constraints: comparisons.iter().map(|(entry, _)| differences(entry)).collect(),
        exact: Vec::new(),
    };
    let named = |error: ProblemError| match error {
        ProblemError::Residual { index, error, .. } => {
            ProblemError::Exact { name: description.exact[index].0.clone(), error }
        }
        other => other,
    };
    // By the modulus, so that a complex value is one component.
    let checked = Problem::new(compared.clone()).map_err(named)?;
    for (constraint, (entry, expected)) in checked.constraints.iter().zip(&comparisons) {
        let (expected, found) = (*expected, constraint.program.width());
        if found != expected {
            return Err(ProblemError::ExactWidth { name: entry.name.clone(), expected, found });
        }
    }
    let compared =
        Description { constraints: comparisons.iter().map(|(entry, _)| entry.clone()).collect(), ..compared };
    let problem = Problem::new(compared.clone()).map_err(named)?;
    for (constraint, (entry, values)) in problem.constraints.iter().zip(&comparisons) {
        // The rows are those of the difference and of the value, and twice as many if either is complex.
        if constraint.program.width() > 2 * values && !is_complex(description, &entry.name) {
            return Err(ProblemError::ExactComplex { name: entry.name.clone() });
        }
    }
    Ok(Some(Box::new(Comparison { problem, description: compared })))
}

/// Whether the field or output `name` is complex.
fn is_complex(description: &Description, name: &str) -> bool {
    let of = |field: &FieldEntry| match field.outputs.iter().position(|output| output == name) {
        Some(at) => field.complex.get(at) == Some(&true),
        None => field.name == name && field.complex.contains(&true),
    };
    description.fields.iter().any(of)
}

/// The differences of a comparison alone, with the norm of the modulus.
fn differences(entry: &ConstraintEntry) -> ConstraintEntry {
    let residual = entry.residual.part(0).unwrap_or_else(|| entry.residual.clone());
    ConstraintEntry { residual, norm: Norm::L1, ..entry.clone() }
}

/// The rows `[u - e, u]` over the domain that covers the field `name` best, and the number of values of u.
fn comparison(
    description: &Description,
    name: &str,
    exact: &Expr,
) -> Result<(ConstraintEntry, usize), ProblemError> {
    let of_field = |field: &&FieldEntry| field.name == name || field.outputs.iter().any(|o| o == name);
    let unknown = || ProblemError::ExactName { name: name.into() };
    let field = description.fields.iter().find(of_field).ok_or_else(unknown)?;
    let covers = |entry: &&ConstraintEntry| field.coordinates.iter().all(|c| entry.coordinates.contains(c));
    // Most dimensions first, then a body before a boundary, then the most points.
    let rank = |entry: &&ConstraintEntry| {
        let free = entry.domain.bounds().iter().filter(|side| side.low < side.high).count();
        let samples = entry.sampling.samples.or(entry.domain.count());
        (free, !entry.domain.has_normals(), samples.unwrap_or(Sampling::DEFAULT_SAMPLES))
    };
    let best = description.constraints.iter().filter(covers).max_by_key(rank).ok_or_else(unknown)?;
    let (value, values) = (Expr::name(name), if field.name == name { field.values().len() } else { 1 });
    let entry = ConstraintEntry {
        name: name.into(),
        residual: Expr::vector(vec![&value - exact, value.clone()]),
        sampling: sampling(&best.domain),
        adaptive: None,
        causal: None,
        windows: None,
        columns: Vec::new(),
        norm: Norm::L2,
        reduce: Reduce::Sum,
        weight: 1.0,
        coordinates: best.coordinates.clone(),
        domain: best.domain.clone(),
    };
    Ok((entry, values))
}

fn sampling(domain: &Domain) -> Sampling {
    let spread = domain.count().is_none() && !domain.rejects();
    let sequence = if spread { Sequence::LowDiscrepancy } else { Sequence::Uniform };
    Sampling { samples: None, draw: Draw::Fixed, sequence, replacement: false, seed: SEED }
}

impl Problem {
    /// The error of the fields at this moment, if the problem has known solutions and all values are finite.
    pub(super) fn error_of(&self, moment: &Moment<'_>) -> Result<Option<f64>, TaskError> {
        let Some(Comparison { problem: exact, .. }) = self.exact.as_deref() else { return Ok(None) };
        let fields = moment.fields.iter().map(|field| field.clone().with_precision(Precision::F64));
        let fields: Vec<_> = fields.collect();
        let moment = Moment { fields: &fields, ..*moment };
        let (mut apart, mut whole, mut count) = (0.0, 0.0, 0);
        for at in exact.terms().iter().enumerate() {
            let Some(rows) = rows_of::<f64>(exact, at, &moment)? else { return Ok(None) };
            for row in rows.values.chunks_exact(rows.width.max(2)) {
                let (differences, values) = row.split_at(row.len() / 2);
                for (difference, value) in differences.iter().zip(values) {
                    apart += difference * difference;
                    whole += (value - difference).powi(2);
                    count += 1;
                }
            }
        }
        let scale = if whole > 0.0 { whole } else { f64::from(count).max(1.0) };
        Ok(Some((apart / scale).sqrt()).filter(|error| error.is_finite()))
    }

    /// The names of the fields and outputs with known solutions, in order.
    pub fn exact_names(&self) -> impl Iterator<Item = &str> {
        let entries = self.exact.iter().flat_map(|exact| &exact.description.constraints);
        entries.map(|entry| entry.name.as_str())
    }

    /// The differences `u - e` of the fields from the known solution of `name` at points of the coordinates of its field,
    /// `(points, coordinates)`: `(points, values)`, where a complex value is two numbers. They are computed in float64, at
    /// points that are rounded to float32. `None` if `name` has no known solution.
    ///
    /// # Errors
    /// If the engine refuses a field.
    pub fn differences(
        &self,
        moment: &Moment<'_>,
        name: &str,
        points: &[f64],
    ) -> Result<Option<Vec<f64>>, TaskError> {
        let Some(Comparison { description, .. }) = self.exact.as_deref() else { return Ok(None) };
        let of_field = |field: &&FieldEntry| field.name == name || field.outputs.iter().any(|o| o == name);
        let found = description.constraints.iter().find(|entry| entry.name == name);
        let Some((entry, field)) = found.zip(description.fields.iter().find(of_field)) else {
            return Ok(None);
        };
        let dimension = field.coordinates.len();
        let coordinates = points.iter().map(|x| *x as f32).collect();
        let domain = Domain::Points { dimension, coordinates };
        let sampling = sampling(&domain);
        let coordinates = field.coordinates.clone();
        let entry = ConstraintEntry { coordinates, domain, sampling, ..entry.clone() };
        let description = Description { constraints: vec![entry], ..description.clone() };
        // The same expressions are compiled as before, over other points.
        let Ok(problem) = Self::new(description) else { return Ok(None) };
        let fields: Vec<_> =
            moment.fields.iter().map(|field| field.clone().with_precision(Precision::F64)).collect();
        let moment = Moment { fields: &fields, ..*moment };
        let Some(at) = problem.terms().iter().enumerate().next() else { return Ok(None) };
        let Some(rows) = rows_of::<f64>(&problem, at, &moment)? else { return Ok(None) };
        let rows_of_points = rows.values.chunks_exact(rows.width.max(2));
        Ok(Some(rows_of_points.flat_map(|row| row[..row.len() / 2].to_vec()).collect()))
    }
}
