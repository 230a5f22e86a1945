//! The cost of the residual rows of a step, for methods that need them.

use super::config::FitConfig;
use super::error::FitError;
use super::form::{Form, TermLayers};
use super::task::{Moment, Task};
use super::unknowns::starts;
use crate::engine::Engine;
use crate::field::Field;
use crate::optimizer::GaussNewton;

/// The cost of a step of a method that needs residual rows, in addition to that of the loss.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RowCost {
    /// The residual rows of a step.
    pub rows: usize,
    /// The unknowns of the fit.
    pub unknowns: usize,
    /// The memory of the derivatives and of the kernel, in bytes.
    pub bytes: usize,
    /// Floating-point operations in float64: the kernel and one solution.
    pub operations: f64,
    /// Whether the derivatives of some layers are held by factors, because that is cheaper.
    pub by_factors: bool,
}

impl RowCost {
    /// The cost of a step of the first method of `config` that needs rows, or `None` if none does. Rows are counted at the
    /// first step, of all points.
    ///
    /// # Errors
    /// If a term has no rows, the task cannot provide the points of the step, or the engine refuses a field.
    pub fn new(
        engine: &dyn Engine,
        fields: &[Field],
        task: &dyn Task,
        config: &FitConfig,
    ) -> Result<Option<Self>, FitError> {
        Ok(Self::with_form(engine, fields, task, config)?.map(|(cost, _)| cost))
    }

    /// As [`RowCost::new`], with the form of the derivatives that costs the least.
    pub(super) fn with_form(
        engine: &dyn Engine,
        fields: &[Field],
        task: &dyn Task,
        config: &FitConfig,
    ) -> Result<Option<(Self, Form)>, FitError> {
        let Some(method) = config.methods().find(|method| method.needs_rows()) else { return Ok(None) };
        let scalars = task.scalars();
        let moment =
            Moment { engine, fields, scalars: &scalars, step: 0, progress: 0.0, share: 1.0, focus: &[] };
        let (starts, unknowns) = starts(fields, scalars.len());
        let refused = |constraint| FitError::NoRows { optimizer: method.name(), constraint };
        let terms = TermLayers::of_task(engine, task, &moment, refused)?;
        let rows = terms.iter().fold(0usize, |sum, term| sum.saturating_add(term.rows));
        let (form, cost) = Form::cheapest(&terms, &starts, unknowns);
        let shapes = fields.iter().filter_map(|field| field.architecture().shapes().pop());
        let last = shapes.map(|layer| layer.weight.len() + layer.bias.len()).sum();
        let bytes = GaussNewton::bytes(rows, (unknowns, last), cost.numbers);
        let operations = cost.operations + GaussNewton::solution_operations(rows, unknowns);
        Ok(Some((Self { rows, unknowns, bytes, operations, by_factors: !form.is_matrix() }, form)))
    }

    /// Checks that this much memory can be reserved.
    ///
    /// # Errors
    /// If the system refuses it.
    pub(super) fn check(&self) -> Result<(), FitError> {
        let Self { rows, unknowns, bytes, .. } = *self;
        let memory = Vec::<u8>::new().try_reserve_exact(bytes);
        memory.map_err(|_| FitError::RowMemory { rows, unknowns, megabytes: bytes >> 20 })
    }
}
