//! A constraint that is ready to run: its program, its points and its data.

use std::borrow::Cow;
use std::cell::RefCell;
use std::sync::Arc;

use super::column::{Column, ColumnValues};
use super::description::{ConstraintEntry, FieldEntry, Reduce};
use super::domain::Interval;
use super::error::ProblemError;
use super::sampler::{Sampler, Sampling, Sequence};
use crate::engine::{Jets, Rows, System};
use crate::expr::{Norm, Program, TileInputs};
use crate::field::{Number, Precision};
use crate::fit::{Moment, TaskError};

/// The name of the outward normal on a boundary.
pub(super) const NORMAL: &str = "n";

/// A constraint of a problem.
#[derive(Clone, Debug)]
pub(super) struct Constraint {
    pub name: String,
    /// What the domain is, in words.
    pub domain: String,
    pub program: Program,
    pub sampler: Sampler,
    /// The fields that the residual reads, and the sources of their inputs.
    pub fields: Vec<FieldInputs>,
    /// The data columns that are read, in the program's order. That of the normals has no values.
    columns: Vec<Column>,
    norm: Norm,
    /// The factor of the sum over the points of a full step: the weight, for a mean divided by the number of points.
    scale: f64,
}

/// A field that a residual reads.
#[derive(Clone, Debug)]
pub(super) struct FieldInputs {
    pub field: usize,
    inputs: Vec<Input>,
}

/// The source of one input of a field.
#[derive(Clone, Copy, Debug)]
struct Input {
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
    fn normalised(&self, point: &[f64]) -> f64 {
        (point[self.from] - self.middle) * self.per_unit
    }
}

thread_local! {
    /// The memory of one thread for drawing the points of a tile.
    static DRAWN: RefCell<Drawn> = RefCell::default();
}

#[derive(Default)]
struct Drawn {
    draw: Vec<f64>,
    points: Vec<f64>,
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
            domain: entry.domain.summary(&entry.coordinates),
            columns: program.columns().iter().map(|at| column(entry, *at)).collect(),
            program,
            sampler,
            fields: field_inputs,
            norm: entry.norm,
            scale: entry.weight * share,
        })
    }

    /// The names of the data columns that are read.
    pub fn column_names(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(|column| column.name.as_str())
    }

    /// Writes the domain's coordinates of the samples `start..start + points` of step `step`.
    fn domain_coordinates<N: Number>(&self, step: usize, start: usize, points: usize) -> Vec<N> {
        DRAWN.with_borrow_mut(|Drawn { draw, points: wide }| {
            wide.resize(points * self.sampler.domain().dimension(), 0.0);
            self.sampler.points(step, start, draw, wide);
            wide.iter().map(|x| N::of(*x)).collect()
        })
    }

    /// The values of a column in memory at the samples `start..start + points` of step `step`. All points of a domain
    /// are read in place, except in another precision.
    fn gather<'v, N: Number>(
        &self,
        (step, start, points): (usize, usize, usize),
        width: usize,
        values: &'v [f32],
    ) -> Cow<'v, [N]> {
        let whole = self.sampler.is_whole();
        if whole && N::PRECISION == Precision::F32 {
            return Cow::Borrowed(bytemuck::cast_slice(&values[start * width..(start + points) * width]));
        }
        let at = |sample: usize| width * if whole { sample } else { self.sampler.index(step, sample) };
        let rows = (start..start + points).map(|sample| &values[at(sample)..at(sample) + width]);
        rows.flatten().map(|value| N::of(f64::from(*value))).collect()
    }

    /// The outward normals, the only column that a boundary has.
    fn normals<N: Number>(&self, step: usize, start: usize, points: usize) -> Vec<N> {
        let mut normals = Vec::new();
        DRAWN.with_borrow_mut(|Drawn { draw, points: wide }| {
            wide.resize(points * self.sampler.domain().dimension(), 0.0);
            self.sampler.normals(step, start, draw, wide, &mut normals);
        });
        normals
    }
}

/// Column `at` of the scope. After the given columns come the normals.
fn column(entry: &ConstraintEntry, at: usize) -> Column {
    let normals =
        || Column { name: NORMAL.into(), width: entry.domain.dimension(), values: Vec::new().into() };
    entry.columns.get(at).cloned().unwrap_or_else(normals)
}

/// One step of a constraint.
pub(super) struct Step<'a, N> {
    constraint: &'a Constraint,
    step: usize,
    /// The number of points of this step.
    points: usize,
    /// The factor of the sum over them.
    scale: f64,
    scalars: Vec<N>,
    progress: N,
    /// The step's values of the columns with a reader; empty for columns in memory.
    read: Vec<Vec<N>>,
}

impl<'a, N: Number> Step<'a, N> {
    /// Reads the step's values of the columns that are not in memory.
    pub fn new(constraint: &'a Constraint, moment: &Moment<'_>) -> Result<Self, TaskError> {
        let step = moment.step;
        let (count, all) = (constraint.sampler.share(moment.share), constraint.sampler.samples());
        let scale = constraint.scale * (all as f64 / count as f64);
        let mut points = Vec::new();
        let read = |column: &Column| -> Result<Vec<N>, TaskError> {
            let ColumnValues::Reader(reader) = &column.values else { return Ok(Vec::new()) };
            if points.is_empty() {
                points.extend((0..count).map(|at| constraint.sampler.index(step, at)));
            }
            let mut values = vec![f32::NAN; points.len() * column.width];
            reader.read(&points, &mut values).map_err(TaskError::Data)?;
            Ok(values.into_iter().map(|value| N::of(f64::from(value))).collect())
        };
        let read = constraint.columns.iter().map(read).collect::<Result<_, _>>()?;
        let scalars = moment.scalars.iter().map(|scalar| N::of(*scalar)).collect();
        let progress = N::of(moment.progress);
        Ok(Self { constraint, step, points: count, scale, scalars, progress, read })
    }

    /// Calls `work` with the program's inputs at the points of `jets`, which are the samples from `start` on.
    fn with_tile<R>(
        &self,
        start: usize,
        jets: &[Jets<'_, N>],
        work: impl FnOnce(&TileInputs<'_, N>) -> R,
    ) -> R {
        let constraint = self.constraint;
        let points = jets.first().map_or(0, |jets| jets.points);
        let reads = constraint.program.reads_coordinates();
        let coordinates =
            if reads { constraint.domain_coordinates(self.step, start, points) } else { Vec::new() };
        let values = constraint.columns.iter().enumerate().map(|(at, column)| match &column.values {
            ColumnValues::Reader(_) => {
                Cow::Borrowed(&self.read[at][start * column.width..(start + points) * column.width])
            }
            ColumnValues::Memory(_) if constraint.sampler.domain().has_normals() => {
                Cow::Owned(constraint.normals(self.step, start, points))
            }
            ColumnValues::Memory(values) => {
                constraint.gather((self.step, start, points), column.width, values)
            }
        });
        let values: Vec<Cow<'_, [N]>> = values.collect();
        let columns: Vec<&[N]> = values.iter().map(|values| &**values).collect();
        work(&TileInputs {
            points,
            coordinates: &coordinates,
            jets,
            columns: &columns,
            trainable: &self.scalars,
            progress: self.progress,
        })
    }
}

impl<N: Number> System<N> for Step<'_, N> {
    fn points(&self) -> usize {
        self.points
    }

    fn coordinates(&self, field: usize, start: usize, out: &mut [f64]) {
        let constraint = self.constraint;
        let inputs = &constraint.fields[field].inputs;
        let dimension = constraint.sampler.domain().dimension();
        DRAWN.with_borrow_mut(|Drawn { draw, points }| {
            points.resize(out.len() / inputs.len() * dimension, 0.0);
            constraint.sampler.points(self.step, start, draw, points);
            for (out, point) in out.chunks_exact_mut(inputs.len()).zip(points.chunks_exact(dimension)) {
                out.iter_mut().zip(inputs).for_each(|(out, input)| *out = input.normalised(point));
            }
        });
    }

    fn residual(
        &self,
        start: usize,
        jets: &[Jets<'_, N>],
        cotangents: &mut [&mut [N]],
        scalars: &mut [f64],
    ) -> f64 {
        let Constraint { program, norm, .. } = self.constraint;
        self.with_tile(start, jets, |tile| program.run(tile, *norm, self.scale, cotangents, scalars))
    }

    fn rows(&self) -> Option<&dyn Rows<N>> {
        (self.constraint.norm == Norm::L2).then_some(self)
    }
}

/// `L = Σ scale r_c²`, so the rows are `sqrt(scale) r_c`.
impl<N: Number> Rows<N> for Step<'_, N> {
    fn width(&self) -> usize {
        self.constraint.program.width()
    }

    fn values(&self, start: usize, jets: &[Jets<'_, N>], out: &mut [N]) {
        self.with_tile(start, jets, |tile| self.constraint.program.values(tile, out));
        let root = self.scale.sqrt();
        out.iter_mut().for_each(|row| *row = N::of(root * (*row).into()));
    }

    fn pull_back(
        &self,
        start: usize,
        jets: &[Jets<'_, N>],
        bars: &[N],
        cotangents: &mut [&mut [N]],
        scalars: &mut [f64],
    ) {
        self.with_tile(start, jets, |tile| {
            self.constraint.program.pull_back(tile, bars, self.scale.sqrt(), cotangents, scalars);
        });
    }
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
