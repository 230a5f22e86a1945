//! The terms of a loss, each with its differentiator, and the sum of their gradients.

use super::error::FitError;
use super::focus::Focus;
use super::form::Form;
use super::precise::Precise;
use super::task::{Moment, Task, TaskError, Term, TermField};
use super::unknowns::{Unknowns, starts};
use crate::engine::{Differentiator, Engine, EngineError, Jacobian};
use crate::field::Field;
use crate::optimizer::{Linear, Loss, LossError};

/// The differentiators of all terms.
pub(super) struct Terms<N> {
    differentiators: Vec<Box<dyn Differentiator<N>>>,
    /// The loss of each term, at the loss that the last step reports.
    pub losses: Vec<f64>,
    /// The loss of the whole and of each term, at every evaluation of the last step and of the current one. A line search may
    /// begin at a loss that it has from the step before.
    seen: Vec<(f64, Vec<f64>)>,
    /// The number of those that belong to the last step.
    earlier: usize,
    /// The number of points of the last evaluation.
    pub points: usize,
    /// The form of the derivatives of the rows.
    form: Form,
    /// The factor of the loss of each term.
    pub factors: Vec<f64>,
    /// The length of the gradient of each term at the last gradient, without its factor.
    pub norms: Vec<f64>,
    /// The gradient of one term, before it is added to the sum.
    part: Vec<N>,
}

impl<N: Precise> Terms<N> {
    /// A fit stores `copies` numbers for each unknown, in addition to those of the engine. `form` is that of the
    /// derivatives of its rows.
    pub fn new(
        engine: &dyn Engine,
        task: &dyn Task,
        unknowns: &Unknowns,
        (copies, form): (usize, Form),
    ) -> Result<Self, FitError> {
        let make = |term: &Term| -> Result<_, FitError> {
            let architectures = check(term, &unknowns.fields)?;
            let jets = term.fields.iter().map(|field| &field.jet);
            let parts: Vec<_> = architectures.into_iter().map(Field::architecture).zip(jets).collect();
            Ok(N::differentiator(engine, &parts)?)
        };
        let differentiators: Vec<_> = task.terms().iter().map(make).collect::<Result<_, _>>()?;
        let kept = copies.saturating_mul(unknowns.count()).saturating_mul(size_of::<N>());
        for differentiator in &differentiators {
            check_memory(differentiator.memory().saturating_add(kept))?;
        }
        let terms = task.terms().len();
        Ok(Self {
            differentiators,
            losses: vec![f64::NAN; terms],
            seen: Vec::new(),
            earlier: 0,
            points: 0,
            factors: vec![1.0; terms],
            norms: vec![f64::NAN; terms],
            form,
            part: vec![N::zero(); unknowns.count()],
        })
    }

    /// The loss at this moment. Overwrites `gradient`.
    fn gradient(
        &mut self,
        task: &dyn Task,
        moment: &Moment<'_>,
        unknowns: &Unknowns,
        gradient: &mut [N],
    ) -> Result<f64, LossError> {
        gradient.fill(N::zero());
        let (mut total, total_scalars) = unknowns.split(gradient);
        let mut loss = 0.0;
        let mut losses = Vec::with_capacity(self.factors.len());
        self.points = 0;
        for (index, (term, differentiator)) in task.terms().iter().zip(&mut self.differentiators).enumerate()
        {
            let system = N::system(task, index, moment).map_err(failed)?;
            let numbers: Vec<usize> = term.fields.iter().map(|field| field.field).collect();
            let parameters: Vec<&[N]> =
                numbers.iter().map(|field| N::parameters(&moment.fields[*field])).collect();
            let (parts, _) = unknowns.split(&mut self.part);
            let all = parts.into_iter().enumerate();
            let mut parts: Vec<&mut [N]> =
                all.filter(|(field, _)| numbers.contains(field)).map(|(_, part)| part).collect();
            let mut scalars = vec![0.0; moment.scalars.len()];
            let share = differentiator.gradient(&parameters, system.as_ref(), &mut parts, &mut scalars);
            self.norms[index] = length(&parts, &scalars);
            let factor = self.factors[index];
            let share = factor * share;
            losses.push(share);
            let finite = parts.iter().all(|part| part.iter().all(|g| g.is_finite()));
            if !share.is_finite() || !finite || !scalars.iter().all(|g| g.is_finite()) {
                return Err(LossError::NotFinite { constraint: term.name.clone(), loss: share });
            }
            loss += share;
            self.points += system.points();
            for (field, part) in numbers.into_iter().zip(parts) {
                total[field].iter_mut().zip(part).for_each(|(total, part)| *total += N::of(factor) * *part);
            }
            let scaled = scalars.iter().map(|part| N::of(factor * part));
            total_scalars.iter_mut().zip(scaled).for_each(|(total, part)| *total += part);
        }
        self.seen.push((loss, losses));
        Ok(loss)
    }

    /// The loss of the last evaluation.
    fn last(&self) -> f64 {
        self.seen.last().map_or(f64::NAN, |(loss, _)| *loss)
    }

    /// Whether an evaluation is known, so that a step can begin from its loss.
    pub fn is_known(&self) -> bool {
        !self.seen.is_empty()
    }

    /// Drops the evaluations that belong to no step.
    pub fn forget(&mut self) {
        self.seen.truncate(self.earlier);
    }

    /// Ends a step that reports `loss`: the losses of the terms are those of the latest evaluation nearest to it. It is the same
    /// number, except for a step that resumes a fit of another machine.
    pub fn settle(&mut self, loss: f64) {
        let apart = |of: &(f64, Vec<f64>)| (of.0 - loss).abs();
        let found = self.seen.iter().rev().min_by(|a, b| apart(a).total_cmp(&apart(b))).cloned();
        self.seen.drain(..self.earlier);
        if let Some(found) = found {
            self.losses.clone_from(&found.1);
            // A search that finds no lower loss begins there again.
            self.seen.push(found);
        }
        self.earlier = self.seen.len();
    }
}

impl<N: Precise> Terms<N> {
    /// Writes the rows of all terms at this moment with their derivatives in this form, one term after the other. Returns the first
    /// term whose loss or derivatives are not finite, if any, with its loss.
    pub fn linearise(
        &mut self,
        task: &dyn Task,
        moment: &Moment<'_>,
        unknowns: &Unknowns,
        (linear, form): (&mut Linear, &Form),
    ) -> Result<Option<(usize, f64)>, LossError> {
        if !form.is_matrix() {
            return self.factorise(task, moment, unknowns, (linear, form));
        }
        let (starts, columns) = starts(&unknowns.fields, unknowns.scalars.len());
        let Linear { rows, derivatives, columns: linear_columns, factored } = linear;
        rows.clear();
        derivatives.clear();
        (*linear_columns, *factored) = (columns, None);
        let mut unusable = None;
        let mut losses = Vec::with_capacity(self.factors.len());
        self.points = 0;
        for (index, (term, differentiator)) in task.terms().iter().zip(&mut self.differentiators).enumerate()
        {
            let system = N::system(task, index, moment).map_err(failed)?;
            let no_rows = || LossError::NoRows { constraint: term.name.clone() };
            let of_system = system.rows().ok_or_else(no_rows)?;
            let (first, count) = (rows.len(), system.points() * of_system.width());
            rows.resize(first + count, f64::NAN);
            derivatives.resize((first + count) * columns, 0.0);
            let parameters: Vec<&[N]> =
                term.fields.iter().map(|of| N::parameters(&moment.fields[of.field])).collect();
            let fields: Vec<usize> = term.fields.iter().map(|of| starts[of.field]).collect();
            let mut out = Jacobian {
                rows: &mut rows[first..],
                derivatives: &mut derivatives[first * columns..],
                columns,
                fields: &fields,
                scalars: columns - moment.scalars.len(),
            };
            differentiator.jacobian(&parameters, (system.as_ref(), of_system), &mut out);
            let root = self.factors[index].sqrt();
            if root != 1.0 {
                out.rows.iter_mut().chain(out.derivatives.iter_mut()).for_each(|x| *x *= root);
            }
            let loss = out.rows.iter().map(|r| r * r).sum::<f64>();
            losses.push(loss);
            if !loss.is_finite() || !out.derivatives.iter().all(|x| x.is_finite()) {
                unusable = unusable.or(Some((index, loss)));
            }
            self.points += system.points();
        }
        self.seen.push((losses.iter().sum(), losses));
        Ok(unusable)
    }

    /// As [`Terms::linearise`], for a form with factors.
    fn factorise(
        &mut self,
        task: &dyn Task,
        moment: &Moment<'_>,
        unknowns: &Unknowns,
        (linear, form): (&mut Linear, &Form),
    ) -> Result<Option<(usize, f64)>, LossError> {
        let (starts, columns) = starts(&unknowns.fields, unknowns.scalars.len());
        form.start(linear, columns);
        let mut unusable = None;
        let mut losses = Vec::with_capacity(self.factors.len());
        self.points = 0;
        for (index, (term, differentiator)) in task.terms().iter().zip(&mut self.differentiators).enumerate()
        {
            let system = N::system(task, index, moment).map_err(failed)?;
            let no_rows = || LossError::NoRows { constraint: term.name.clone() };
            let rows = system.rows().ok_or_else(no_rows)?;
            let parameters: Vec<&[N]> =
                term.fields.iter().map(|of| N::parameters(&moment.fields[of.field])).collect();
            let numbers: Vec<usize> = term.fields.iter().map(|of| of.field).collect();
            let factors = differentiator.factors(&parameters, (system.as_ref(), rows), moment.scalars.len());
            let mut factors = factors.ok_or_else(no_rows)?;
            factors.scale(self.factors[index].sqrt());
            let loss = factors.rows.iter().map(|r| r * r).sum::<f64>();
            losses.push(loss);
            if !form.push(linear, factors, &numbers, &starts) || !loss.is_finite() {
                unusable = unusable.or(Some((index, loss)));
            }
            self.points += system.points();
        }
        self.seen.push((losses.iter().sum(), losses));
        Ok(unusable)
    }
}

/// The loss of a task at one step, for an optimiser.
pub(super) struct StepLoss<'a, N> {
    pub terms: &'a mut Terms<N>,
    pub task: &'a dyn Task,
    pub engine: &'a dyn Engine,
    pub unknowns: &'a mut Unknowns,
    /// The step whose points it has.
    pub step: usize,
    pub progress: f64,
    /// The share of the points of a full step.
    pub share: f64,
    /// What each term takes from the fields at the beginning of the step.
    pub focus: &'a [Focus],
}

impl<N: Precise> Loss<N> for StepLoss<'_, N> {
    fn evaluate(&mut self, theta: &[N], gradient: &mut [N]) -> Result<f64, LossError> {
        self.unknowns.set(theta);
        let unknowns = &*self.unknowns;
        let moment = moment(self.engine, unknowns, (self.step, self.progress, self.share), self.focus);
        self.terms.gradient(self.task, &moment, unknowns, gradient)
    }

    fn linearise(&mut self, theta: &[N], linear: &mut Linear) -> Result<f64, LossError> {
        self.unknowns.set(theta);
        let unknowns = &*self.unknowns;
        let moment = moment(self.engine, unknowns, (self.step, self.progress, self.share), self.focus);
        let form = self.terms.form.clone();
        if let Some((term, loss)) = self.terms.linearise(self.task, &moment, unknowns, (linear, &form))? {
            return Err(LossError::NotFinite { constraint: self.task.terms()[term].name.clone(), loss });
        }
        Ok(self.terms.last())
    }

    fn draw(&self) -> u64 {
        self.step as u64
    }

    fn run_with_threads(&self, work: &mut (dyn FnMut() + Send)) {
        self.engine.run_with_threads(work);
    }
}

/// The state of a fit at these unknowns.
fn moment<'a>(
    engine: &'a dyn Engine,
    unknowns: &'a Unknowns,
    (step, progress, share): (usize, f64, f64),
    focus: &'a [Focus],
) -> Moment<'a> {
    Moment { engine, fields: &unknowns.fields, scalars: &unknowns.scalars, step, progress, share, focus }
}

/// The length of a gradient.
fn length<N: Precise>(parts: &[&mut [N]], scalars: &[f64]) -> f64 {
    let square = |g: f64| g * g;
    let of_fields = parts.iter().flat_map(|part| part.iter()).map(|g| square((*g).into())).sum::<f64>();
    (of_fields + scalars.iter().map(|g| square(*g)).sum::<f64>()).sqrt()
}

fn failed(error: TaskError) -> LossError {
    LossError::Failed(Box::new(error))
}

/// The fields of `term`, after checking them against its needs.
fn check<'f>(term: &Term, fields: &'f [Field]) -> Result<Vec<&'f Field>, FitError> {
    let constraint = || term.name.clone();
    if !term.fields.is_sorted_by(|a, b| a.field < b.field) {
        let fields = term.fields.iter().map(|field| field.field).collect();
        return Err(FitError::FieldOrder { constraint: constraint(), fields });
    }
    let find = |&TermField { field, outputs: expected, .. }: &TermField| {
        let Some(of) = fields.get(field) else {
            return Err(FitError::NoField { constraint: constraint(), field, fields: fields.len() });
        };
        let found = of.architecture().outputs();
        if found != expected {
            return Err(FitError::Outputs { constraint: constraint(), field, expected, found });
        }
        Ok(of)
    };
    term.fields.iter().map(find).collect()
}

/// Checks that `bytes` of memory are available. A failed allocation during a step would end the program.
fn check_memory(bytes: usize) -> Result<(), EngineError> {
    let refused = |_| EngineError::Memory { megabytes: bytes >> 20 };
    Vec::<u8>::new().try_reserve_exact(bytes).map_err(refused)
}
