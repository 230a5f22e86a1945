//! A constraint that is ready to run: its program, its points and its data.

use std::sync::Arc;

use super::adaptive::Adaptive;
use super::causal::{Causal, Chunks};
use super::column::{Column, ColumnValues};
use super::description::{ConstraintEntry, FieldEntry, Reduce};
use super::domain::Interval;
use super::error::ProblemError;
use super::sampler::{Draw, Sampler, Sampling, Sequence};
use super::windows::{Schedule, Windows};
use crate::expr::{Norm, Program};

/// The name of the outward normal on a boundary.
pub(super) const NORMAL: &str = "n";

/// A constraint of a problem.
#[derive(Clone, Debug)]
pub(super) struct Constraint {
    pub name: String,
    /// What the domain is, in words.
    pub domain: String,
    /// The coordinates of the domain, in order.
    pub coordinates: Vec<String>,
    pub program: Program,
    pub sampler: Sampler,
    /// The candidates for the points, and how they are drawn by their residuals.
    pub adaptive: Option<(Adaptive, Sampler)>,
    /// The chunks of a coordinate that is solved in order.
    pub causal: Option<Chunks>,
    /// The windows of a coordinate that grow.
    pub windows: Option<Schedule>,
    /// The fields that the residual reads, and the sources of their inputs.
    pub fields: Vec<FieldInputs>,
    /// The data columns that are read, in the program's order. That of the normals has no values.
    pub columns: Vec<Column>,
    pub norm: Norm,
    pub weight: f64,
    /// The factor of the sum over the points of a full step: the weight, for a mean divided by the number of points.
    pub scale: f64,
}

/// A field that a residual reads.
#[derive(Clone, Debug)]
pub(super) struct FieldInputs {
    pub field: usize,
    pub inputs: Vec<Input>,
}

/// The source of one input of a field.
#[derive(Clone, Copy, Debug)]
pub(super) struct Input {
    /// The index of the domain's coordinate.
    from: usize,
    /// The coordinate that is mapped to 0.
    middle: f64,
    /// The change of the normalised coordinate per unit of the problem's coordinate.
    per_unit: f64,
}

impl Input {
    fn new(from: usize, side: Interval) -> Self {
        Self { from, middle: 0.5 * (side.low + side.high), per_unit: side.per_unit() }
    }

    /// The coordinate of a point, mapped to `[-1, 1]`.
    pub fn normalised(&self, point: &[f64]) -> f64 {
        (point[self.from] - self.middle) * self.per_unit
    }
}

impl Constraint {
    /// Makes the checks that [`Program::compile`] does not make, and collects the data for a step. `known`
    /// has the index of each field of the program.
    pub fn new(
        index: usize,
        entry: &ConstraintEntry,
        program: Program,
        fields: &[(FieldEntry, Vec<Interval>)],
        known: &[usize],
    ) -> Result<Self, ProblemError> {
        let constraint = entry.name.clone();
        check(index, entry)?;
        // Each constraint has its own stream. With one stream, the points of two constraints (on an edge and
        // inside, say) would be correlated and cover only some of their combinations.
        let seed = entry.sampling.seed.wrapping_add((index as u64) << 32);
        let sampler = Sampler::new(entry.domain.clone(), Sampling { seed, ..entry.sampling });
        let wrong = |setting| {
            move |what| ProblemError::Setting { index, constraint: entry.name.clone(), entry: setting, what }
        };
        let causal = Chunks::new(entry).map_err(wrong("causal"))?;
        let windows = Schedule::new(entry).map_err(wrong("windows"))?;
        let candidates = |adaptive: Adaptive| {
            let samples = Some(adaptive.candidates * sampler.samples());
            (adaptive, Sampler::new(entry.domain.clone(), Sampling { seed, samples, ..entry.sampling }))
        };
        let adaptive = entry.adaptive.map(candidates);
        let mut field_inputs = Vec::new();
        let entered = known.iter().zip(program.jets()).filter(|(_, jet)| jet.is_some());
        for (&field, _) in entered {
            let (description, ranges) = &fields[field];
            let position = |name| entry.coordinates.iter().position(|c| c == name);
            let inputs = description.coordinates.iter().zip(ranges);
            let inputs = inputs.filter_map(|(name, side)| Some(Input::new(position(name)?, *side))).collect();
            field_inputs.push(FieldInputs { field, inputs });
        }
        let share = match entry.reduce {
            Reduce::Mean => 1.0 / sampler.samples() as f64,
            Reduce::Sum => 1.0,
        };
        Ok(Self {
            name: constraint,
            domain: summary(entry, sampler.samples()),
            coordinates: entry.coordinates.clone(),
            columns: program.columns().iter().map(|at| column(entry, *at)).collect(),
            program,
            sampler,
            adaptive,
            causal,
            windows,
            fields: field_inputs,
            norm: entry.norm,
            weight: entry.weight,
            scale: entry.weight * share,
        })
    }

    /// The names of the data columns that are read.
    pub fn column_names(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(|column| column.name.as_str())
    }
}

/// The domain in words, and how its points are drawn and weighted.
fn summary(entry: &ConstraintEntry, samples: usize) -> String {
    let mut words = entry.domain.summary(&entry.coordinates);
    if let Some(Adaptive { candidates, .. }) = entry.adaptive {
        words += &format!("; drawn by their residuals from {} candidates", candidates * samples);
    }
    if let Some(Causal { coordinate, chunks, .. }) = &entry.causal {
        words += &format!("; in the order of {coordinate} by {chunks} chunks");
    }
    if let Some(Windows { coordinate, count, .. }) = &entry.windows {
        words += &format!("; in {count} windows of {coordinate} that grow");
    }
    words
}

/// Column `at` of the scope. After the given columns come the normals.
fn column(entry: &ConstraintEntry, at: usize) -> Column {
    let normals = || Column {
        name: NORMAL.into(),
        width: entry.domain.dimension(),
        complex: false,
        values: Vec::new().into(),
    };
    entry.columns.get(at).cloned().unwrap_or_else(normals)
}

/// Checks the domain, the settings and the columns of constraint `index`.
fn check(index: usize, entry: &ConstraintEntry) -> Result<(), ProblemError> {
    let constraint = || entry.name.clone();
    let setting = |entry, what| Err(ProblemError::Setting { index, constraint: constraint(), entry, what });
    let empty = |what| ProblemError::Domain { index, constraint: constraint(), what };
    entry.domain.check().map_err(empty)?;
    if entry.domain.dimension() != entry.coordinates.len() {
        let (found, named) = (entry.domain.dimension(), entry.coordinates.len());
        return setting("domain", format!("the domain has {found} coordinates, but {named} are named"));
    }
    if entry.sampling.samples == Some(0) {
        return setting("samples", "samples is 0; a step needs at least 1 point".into());
    }
    if let Some(adaptive) = entry.adaptive {
        let samples = entry.sampling.samples.unwrap_or(Sampling::DEFAULT_SAMPLES);
        if entry.domain.count().is_some() {
            let what =
                "adaptive is for a body, as a box, and its boundary, and the domain is a grid or points";
            return setting("adaptive", format!("{what}; leave it out"));
        }
        if entry.sampling.draw == Draw::Fixed {
            let what = "adaptive draws new points, but draw is \"fixed\"; leave one of them out";
            return setting("adaptive", what.into());
        }
        if let Some(what) = adaptive.fault(samples) {
            return setting("adaptive", what);
        }
    }
    if !(entry.weight.is_finite() && entry.weight > 0.0) {
        return setting("weight", format!("the weight is {}; it must be a positive number", entry.weight));
    }
    if let Norm::Huber { delta } = entry.norm
        && !(delta.is_finite() && delta > 0.0)
    {
        return setting("delta", format!("delta is {delta}; it must be a positive number"));
    }
    match entry.domain.count() {
        None if entry.sampling.replacement => {
            return setting("replacement", "replacement is for a grid or points; leave it out".into());
        }
        Some(_) if entry.sampling.sequence == Sequence::LowDiscrepancy => {
            let what = "low-discrepancy is for a body, as a box, and its boundary; leave it out";
            return setting("sequence", what.into());
        }
        None if entry.domain.rejects() && entry.sampling.sequence == Sequence::LowDiscrepancy => {
            let what = "low-discrepancy is not for a union or a difference, which rejects some points of a \
                        sequence; leave it out, or write the shape as a polygon";
            return setting("sequence", what.into());
        }
        Some(all) if !entry.sampling.replacement && entry.sampling.samples.is_some_and(|n| n > all) => {
            let n = entry.sampling.samples.unwrap_or(0);
            let what = format!(
                "samples is {n}, but the domain has {all} points; ask for fewer, or allow replacement"
            );
            return setting("samples", what);
        }
        _ => {}
    }
    entry.columns.iter().try_for_each(|column| check_column(index, entry, column))
}

fn check_column(index: usize, entry: &ConstraintEntry, column: &Column) -> Result<(), ProblemError> {
    let (constraint, name) = (entry.name.clone(), column.name.clone());
    let Some(points) = entry.domain.count() else {
        return Err(ProblemError::ColumnOnBody { index, constraint, column: name });
    };
    let width = column.width;
    let values = match &column.values {
        ColumnValues::Memory(values) => values,
        ColumnValues::Reader(_) if width > 0 => return Ok(()),
        ColumnValues::Reader(_) => &Arc::from([]),
    };
    let (expected, found) = (points.saturating_mul(width), values.len());
    if width == 0 || expected != found {
        return Err(ProblemError::ColumnLength { index, constraint, column: name, width, expected, found });
    }
    match values.iter().position(|value| !value.is_finite()) {
        Some(at) => Err(ProblemError::ColumnNotFinite { index, constraint, column: name, point: at / width }),
        None => Ok(()),
    }
}
