//! One step of a constraint: its points, the weights of these, and its data, as a system for an engine.

use std::borrow::Cow;
use std::cell::RefCell;

use super::adaptive::choose;
use super::column::{Column, ColumnValues};
use super::constraint::Constraint;
use super::sampler::Sampler;
use super::windows::Schedule;
use crate::engine::{Jets, Rows, System};
use crate::expr::{Norm, TileInputs};
use crate::field::{Number, Precision};
use crate::fit::{Focus, Moment, Precise, TaskError, Term, residuals_of};

thread_local! {
    /// The memory of one thread for drawing the points of a tile.
    static DRAWN: RefCell<Drawn> = RefCell::default();
}

#[derive(Default)]
struct Drawn {
    draw: Vec<f64>,
    points: Vec<f64>,
}

/// The points of a step.
struct Places<'a> {
    sampler: &'a Sampler,
    step: usize,
    /// The number of points.
    count: usize,
    /// The samples of the sampler that are taken, if not the first ones.
    chosen: Option<Vec<usize>>,
    /// The windows in which the points are, and the progress of the fit.
    windows: Option<(Schedule, f64)>,
}

impl Places<'_> {
    /// Calls `work` with the coordinates of `points` points from `start` on, `(points, dimension)`, and appends the outward
    /// normals there to `normals`, if the domain is a boundary.
    fn with<N: Number, R>(
        &self,
        (start, points): (usize, usize),
        normals: Option<&mut Vec<N>>,
        work: impl FnOnce(&[f64]) -> R,
    ) -> R {
        DRAWN.with_borrow_mut(|Drawn { draw, points: wide }| {
            wide.resize(points * self.sampler.domain().dimension(), 0.0);
            match (&self.chosen, normals) {
                (Some(chosen), normals) => {
                    let chosen = chosen[start..start + points].iter().copied();
                    self.sampler.points_among(self.step, chosen, draw, wide, normals);
                }
                (None, Some(normals)) => self.sampler.normals(self.step, start, draw, wide, normals),
                (None, None) => self.sampler.points(self.step, start, draw, wide),
            }
            if let Some((windows, progress)) = &self.windows {
                windows.narrow(*progress, wide, self.sampler.domain().dimension());
            }
            work(wide)
        })
    }
}

/// One step of a constraint.
pub(super) struct Step<'a, N> {
    constraint: &'a Constraint,
    places: Places<'a>,
    /// The factor of the norm at every point.
    scale: f64,
    /// The weight of every point, if they differ.
    weights: Option<Vec<f64>>,
    scalars: Vec<N>,
    progress: N,
    /// The step's values of the columns with a reader; empty for columns in memory.
    read: Vec<Vec<N>>,
}

impl<'a, N: Number> Step<'a, N> {
    /// Reads the step's values of the columns that are not in memory. `focus` has the points and weights that depend on the
    /// fields. What does not fit the constraint is left out of account.
    pub fn new(
        constraint: &'a Constraint,
        moment: &Moment<'_>,
        focus: Option<&Focus>,
    ) -> Result<Self, TaskError> {
        let (step, all) = (moment.step, constraint.sampler.samples());
        let count = constraint.sampler.share(moment.share);
        let chosen = constraint.adaptive.as_ref().zip(focus).and_then(|((_, candidates), focus)| {
            let fits = focus.candidates.len() == candidates.samples();
            let choose = || choose(&focus.candidates, count, constraint.sampler.seed(), step);
            fits.then(|| (candidates, (focus.drawn, focus.progress), Some(choose())))
        });
        let now = (step, moment.progress);
        let (sampler, (step, progress), chosen) = chosen.unwrap_or((&constraint.sampler, now, None));
        let windows = constraint.windows.map(|windows| (windows, progress));
        let places = Places { sampler, step, count, chosen, windows };
        let scale = constraint.scale * (all as f64 / count as f64);
        let mut made = Self::at(constraint, moment, (places, scale))?;
        if let (Some(chunks), Some(Focus { weights, .. })) = (&constraint.causal, focus)
            && weights.len() == chunks.count()
        {
            made.weights = Some(made.chunks().into_iter().map(|chunk| weights[chunk]).collect());
        }
        Ok(made)
    }

    fn at(
        constraint: &'a Constraint,
        moment: &Moment<'_>,
        (places, scale): (Places<'a>, f64),
    ) -> Result<Self, TaskError> {
        let mut points = Vec::new();
        let read = |column: &Column| -> Result<Vec<N>, TaskError> {
            let ColumnValues::Reader(reader) = &column.values else { return Ok(Vec::new()) };
            if points.is_empty() {
                points.extend((0..places.count).map(|at| constraint.sampler.index(places.step, at)));
            }
            let mut values = vec![f32::NAN; points.len() * column.width];
            reader.read(&points, &mut values).map_err(TaskError::Data)?;
            Ok(values.into_iter().map(|value| N::of(f64::from(value))).collect())
        };
        let read = constraint.columns.iter().map(read).collect::<Result<_, _>>()?;
        let scalars = moment.scalars.iter().map(|scalar| N::of(*scalar)).collect();
        let progress = N::of(moment.progress);
        Ok(Self { constraint, places, scale, weights: None, scalars, progress, read })
    }

    /// The chunk of every point. The constraint has chunks.
    fn chunks(&self) -> Vec<usize> {
        let (points, dimension) = (self.places.count, self.places.sampler.domain().dimension());
        let Some(chunks) = &self.constraint.causal else { return Vec::new() };
        self.places.with::<N, _>((0, points), None, |wide| {
            wide.chunks_exact(dimension).map(|point| chunks.of(point)).collect()
        })
    }

    /// The values of a column in memory at `points` points from `start` on. All points of a domain are read in place, except
    /// in another precision.
    fn gather<'v>(&self, (start, points): (usize, usize), width: usize, values: &'v [f32]) -> Cow<'v, [N]> {
        let sampler = &self.constraint.sampler;
        let whole = sampler.is_whole();
        if whole && N::PRECISION == Precision::F32 {
            return Cow::Borrowed(bytemuck::cast_slice(&values[start * width..(start + points) * width]));
        }
        let at = |sample: usize| width * if whole { sample } else { sampler.index(self.places.step, sample) };
        let rows = (start..start + points).map(|sample| &values[at(sample)..at(sample) + width]);
        rows.flatten().map(|value| N::of(f64::from(*value))).collect()
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
        let tile = (start, points);
        let coordinates: Vec<N> = match constraint.program.reads_coordinates() {
            true => self.places.with::<N, _>(tile, None, |wide| wide.iter().map(|x| N::of(*x)).collect()),
            false => Vec::new(),
        };
        let values = constraint.columns.iter().enumerate().map(|(at, column)| match &column.values {
            ColumnValues::Reader(_) => {
                Cow::Borrowed(&self.read[at][start * column.width..(start + points) * column.width])
            }
            // The outward normals are the only column that a boundary has.
            ColumnValues::Memory(_) if constraint.sampler.domain().has_normals() => {
                let mut normals = Vec::new();
                self.places.with(tile, Some(&mut normals), |_| ());
                Cow::Owned(normals)
            }
            ColumnValues::Memory(values) => self.gather(tile, column.width, values),
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

    /// The loss of a tile whose points have weights of their own, and its cotangents.
    fn weighted(
        &self,
        weights: &[f64],
        tile: &TileInputs<'_, N>,
        cotangents: &mut [&mut [N]],
        scalars: &mut [f64],
    ) -> f64 {
        let Constraint { program, norm, .. } = self.constraint;
        let mut bars = vec![N::nan(); tile.points * program.width()];
        program.values(tile, &mut bars);
        let mut loss = 0.0;
        for (row, weight) in bars.chunks_exact_mut(program.width()).zip(weights) {
            for r in row {
                let value = (*r).into();
                loss += weight * norm.of(value);
                *r = N::of(weight * norm.slope(value));
            }
        }
        program.pull_back(tile, &bars, self.scale, cotangents, scalars);
        self.scale * loss
    }

    /// Multiplies the rows of every point from `start` on by the square root of its weight.
    fn weigh(&self, start: usize, rows: &mut [N]) {
        let Some(weights) = &self.weights else { return };
        for (row, weight) in rows.chunks_exact_mut(self.constraint.program.width()).zip(&weights[start..]) {
            row.iter_mut().for_each(|r| *r = N::of(weight.sqrt() * (*r).into()));
        }
    }
}

impl<N: Number> System<N> for Step<'_, N> {
    fn points(&self) -> usize {
        self.places.count
    }

    fn coordinates(&self, field: usize, start: usize, out: &mut [f64]) {
        let inputs = &self.constraint.fields[field].inputs;
        let dimension = self.places.sampler.domain().dimension();
        self.places.with::<N, _>((start, out.len() / inputs.len()), None, |points| {
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
        self.with_tile(start, jets, |tile| match &self.weights {
            Some(weights) => self.weighted(&weights[start..], tile, cotangents, scalars),
            None => program.run(tile, *norm, self.scale, cotangents, scalars),
        })
    }

    fn rows(&self) -> Option<&dyn Rows<N>> {
        (self.constraint.norm == Norm::L2).then_some(self)
    }
}

/// `L = Σ scale w r_c²`, so the rows are `sqrt(scale w) r_c`.
impl<N: Number> Rows<N> for Step<'_, N> {
    fn width(&self) -> usize {
        self.constraint.program.width()
    }

    fn values(&self, start: usize, jets: &[Jets<'_, N>], out: &mut [N]) {
        self.with_tile(start, jets, |tile| self.constraint.program.values(tile, out));
        let root = self.scale.sqrt();
        out.iter_mut().for_each(|row| *row = N::of(root * (*row).into()));
        self.weigh(start, out);
    }

    fn pull_back(
        &self,
        start: usize,
        jets: &[Jets<'_, N>],
        bars: &[N],
        cotangents: &mut [&mut [N]],
        scalars: &mut [f64],
    ) {
        let mut bars = Cow::Borrowed(bars);
        if self.weights.is_some() {
            self.weigh(start, bars.to_mut());
        }
        self.with_tile(start, jets, |tile| {
            let root = self.scale.sqrt();
            self.constraint.program.pull_back(tile, &bars, root, cotangents, scalars);
        });
    }
}

impl Constraint {
    /// The points and weights that depend on the fields, for the step at this moment. `last` has those of the step before.
    /// The fields have the precision of `N`.
    ///
    /// With candidates, their residuals give the weights too, since they are spread over the domain.
    pub fn focus<N: Precise>(
        &self,
        term: &Term,
        moment: &Moment<'_>,
        last: Option<&Focus>,
        anew: bool,
    ) -> Result<Option<Focus>, TaskError> {
        let mut drawn = moment.step;
        let sampler = match &self.adaptive {
            None if self.causal.is_none() => return Ok(None),
            None => &self.sampler,
            Some((adaptive, candidates)) => {
                drawn -= if anew { 0 } else { drawn % adaptive.every };
                let of_last = last.filter(|last| last.candidates.len() == candidates.samples());
                // Candidates of other windows lie elsewhere.
                let open = |progress| self.windows.map(|windows| windows.open(progress));
                let stays =
                    |last: &&Focus| last.drawn == drawn && open(last.progress) == open(moment.progress);
                if let Some(last) = of_last.filter(stays) {
                    return Ok(Some(last.clone()));
                }
                candidates
            }
        };
        let windows = self.windows.map(|windows| (windows, moment.progress));
        let places = Places { sampler, step: drawn, count: sampler.samples(), chosen: None, windows };
        let step = Step::<N>::at(self, moment, (places, 1.0))?;
        let residuals = residuals_of::<N>((&step, &step), term, moment)?;
        let points = residuals.chunks_exact(self.program.width());
        let chunks = step.chunks();
        let weights = self.causal.map_or_else(Vec::new, |of| {
            let norms = points.clone().map(|point| point.iter().map(|r| self.norm.of(*r)).sum());
            of.weights(chunks.iter().copied().zip(norms))
        });
        let candidates = self.adaptive.as_ref().map_or_else(Vec::new, |(adaptive, _)| {
            let size = |(at, point): (usize, &[f64])| {
                let weight = chunks.get(at).map_or(1.0, |chunk| weights[*chunk]);
                (weight * point.iter().map(|r| r * r).sum::<f64>()).sqrt()
            };
            let mut sizes: Vec<f64> = points.enumerate().map(size).collect();
            adaptive.law(&mut sizes);
            sizes
        });
        Ok(Some(Focus { drawn, progress: moment.progress, candidates, weights }))
    }
}
