//! The cost of the residual rows of a step, for methods that need them.

use super::config::FitConfig;
use super::error::FitError;
use super::task::{Moment, Task};
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
}

impl RowCost {
    /// The cost of a step of the first method of `config` that needs rows, or `None` if none does. Rows are counted at the
    /// first step.
    ///
    /// # Errors
    /// If a term has no rows, or the task cannot provide the points of the step.
    pub fn new(
        engine: &dyn Engine,
        fields: &[Field],
        task: &dyn Task,
        config: &FitConfig,
    ) -> Result<Option<Self>, FitError> {
        let Some(method) = config.methods().find(|method| method.needs_rows()) else { return Ok(None) };
        let scalars = task.scalars();
        let moment = Moment { engine, fields, scalars: &scalars, step: 0, progress: 0.0 };
        let of_fields: usize = fields.iter().map(|field| field.parameters().len()).sum();
        let unknowns = of_fields + scalars.len();
        let mut rows = 0usize;
        for (index, term) in task.terms().iter().enumerate() {
            let system = task.system(index, &moment)?;
            let no_rows = || FitError::NoRows { optimizer: method.name(), constraint: term.name.clone() };
            let width = system.rows().ok_or_else(no_rows)?.width();
            rows = rows.saturating_add(system.points().saturating_mul(width));
        }
        let (bytes, operations) =
            (GaussNewton::bytes(rows, unknowns), GaussNewton::operations(rows, unknowns));
        Ok(Some(Self { rows, unknowns, bytes, operations }))
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
