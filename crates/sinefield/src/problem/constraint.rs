//! A constraint that is ready to run: its program, its points and its data.

use std::cell::RefCell;
use std::sync::Arc;

use super::column::{Column, ColumnValues};
use super::description::{ConstraintEntry, FieldEntry, Reduce};
use super::domain::Interval;
use super::error::ProblemError;
use super::sampler::{Sampler, Sampling, Sequence};
use crate::engine::{Jets, Rows, System};
use crate::expr::{Norm, Program, TileInputs};
use crate::fit::{Moment, TaskError};

/// A constraint of a problem.
#[derive(Clone, Debug)]
pub(super) struct Constraint {
    pub name: String,
    pub program: Program,
    pub sampler: Sampler,
    /// The fields that the residual reads, and the sources of their inputs.
    pub fields: Vec<FieldInputs>,
    /// The data columns that are read, in the program's order.
    columns: Vec<Column>,
    norm: Norm,
    /// The factor of the sum over a step's points: the weight, for a mean divided by the number of points.
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
    /// The memory of one thread for the coordinates and data of a tile.
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

#[derive(Default)]
struct Scratch {
    draw: Vec<f64>,
    points: Vec<f64>,
    coordinates: Vec<f32>,
    columns: Vec<Vec<f32>>,
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
            columns: program.columns().iter().map(|at| entry.columns[*at].clone()).collect(),
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
    fn domain_coordinates(&self, step: usize, start: usize, scratch: &mut Scratch, points: usize) {
        let Scratch { draw, points: wide, coordinates, .. } = scratch;
        wide.resize(points * self.sampler.domain().dimension(), 0.0);
        self.sampler.points(step, start, draw, wide);
        coordinates.clear();
        coordinates.extend(wide.iter().map(|x| *x as f32));
    }

    /// Copies the values of the columns in memory at the samples `start..start + points` of step `step`.
    fn gather(&self, step: usize, start: usize, scratch: &mut Scratch, points: usize) {
        scratch.columns.resize_with(self.columns.len().max(scratch.columns.len()), Vec::new);
        for (column, out) in self.columns.iter().zip(&mut scratch.columns) {
            out.clear();
            let ColumnValues::Memory(values) = &column.values else { continue };
            for at in start..start + points {
                let index = self.sampler.index(step, at) * column.width;
                out.extend_from_slice(&values[index..index + column.width]);
            }
        }
    }
}

/// One step of a constraint.
pub(super) struct Step<'a> {
    constraint: &'a Constraint,
    step: usize,
    scalars: Vec<f32>,
    progress: f32,
    /// The step's values of the columns with a reader; empty for columns in memory.
    read: Vec<Vec<f32>>,
}

impl<'a> Step<'a> {
    /// Reads the step's values of the columns that are not in memory.
    pub fn new(constraint: &'a Constraint, moment: &Moment<'_>) -> Result<Self, TaskError> {
        let step = moment.step;
        let mut points = Vec::new();
        let read = |column: &Column| -> Result<Vec<f32>, TaskError> {
            let ColumnValues::Reader(reader) = &column.values else { return Ok(Vec::new()) };
            if points.is_empty() {
                points.extend((0..constraint.sampler.samples()).map(|at| constraint.sampler.index(step, at)));
            }
            let mut values = vec![f32::NAN; points.len() * column.width];
            reader.read(&points, &mut values).map_err(TaskError::Data)?;
            Ok(values)
        };
        let read = constraint.columns.iter().map(read).collect::<Result<_, _>>()?;
        let (scalars, progress) = (moment.scalars.to_vec(), moment.progress as f32);
        Ok(Self { constraint, step, scalars, progress, read })
    }

    /// Calls `work` with the program's inputs at the points of `jets`, which are the samples from `start` on.
    fn with_tile<R>(&self, start: usize, jets: &[Jets<'_>], work: impl FnOnce(&TileInputs<'_>) -> R) -> R {
        let constraint = self.constraint;
        let points = jets.first().map_or(0, |jets| jets.points);
        SCRATCH.with_borrow_mut(|scratch| {
            if constraint.program.reads_coordinates() {
                constraint.domain_coordinates(self.step, start, scratch, points);
            }
            let whole = constraint.sampler.is_whole();
            if !whole {
                constraint.gather(self.step, start, scratch, points);
            }
            let column = |(at, column): (usize, &'a Column)| {
                let (from, count) = (start * column.width, points * column.width);
                match &column.values {
                    ColumnValues::Reader(_) => &self.read[at][from..from + count],
                    ColumnValues::Memory(values) if whole => &values[from..from + count],
                    ColumnValues::Memory(_) => &scratch.columns[at][..count],
                }
            };
            let columns: Vec<&[f32]> = constraint.columns.iter().enumerate().map(column).collect();
            work(&TileInputs {
                points,
                coordinates: &scratch.coordinates,
                jets,
                columns: &columns,
                trainable: &self.scalars,
                progress: self.progress,
            })
        })
    }
}

impl System for Step<'_> {
    fn points(&self) -> usize {
        self.constraint.sampler.samples()
    }

    fn coordinates(&self, field: usize, start: usize, out: &mut [f64]) {
        let constraint = self.constraint;
        let inputs = &constraint.fields[field].inputs;
        let dimension = constraint.sampler.domain().dimension();
        SCRATCH.with_borrow_mut(|Scratch { draw, points, .. }| {
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
        jets: &[Jets<'_>],
        cotangents: &mut [&mut [f32]],
        scalars: &mut [f64],
    ) -> f64 {
        let Constraint { program, norm, scale, .. } = self.constraint;
        self.with_tile(start, jets, |tile| program.run(tile, *norm, *scale, cotangents, scalars))
    }

    fn rows(&self) -> Option<&dyn Rows> {
        (self.constraint.norm == Norm::L2).then_some(self)
    }
}

/// `L = Σ scale r_c²`, so the rows are `sqrt(scale) r_c`.
impl Rows for Step<'_> {
    fn width(&self) -> usize {
        self.constraint.program.width()
    }

    fn values(&self, start: usize, jets: &[Jets<'_>], out: &mut [f32]) {
        self.with_tile(start, jets, |tile| self.constraint.program.values(tile, out));
        let root = self.constraint.scale.sqrt();
        out.iter_mut().for_each(|row| *row = (root * f64::from(*row)) as f32);
    }

    fn pull_back(
        &self,
        start: usize,
        jets: &[Jets<'_>],
        bars: &[f32],
        cotangents: &mut [&mut [f32]],
        scalars: &mut [f64],
    ) {
        let Constraint { program, scale, .. } = self.constraint;
        self.with_tile(start, jets, |tile| {
            program.pull_back(tile, bars, scale.sqrt(), cotangents, scalars);
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
            let what = "low-discrepancy is for a box, a boundary or a ball; leave it out";
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
