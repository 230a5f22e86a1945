//! The cost of the inverse Hessian, for methods that store it.

use super::config::FitConfig;
use super::error::FitError;
use super::task::Task;
use crate::field::Field;
use crate::optimizer::QuasiNewton;

/// The cost of a step of a method with a dense inverse Hessian, in addition to that of the loss.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InverseCost {
    /// The unknowns of the fit.
    pub unknowns: usize,
    /// The memory of the inverse Hessian, in bytes. A step reads it once.
    pub bytes: usize,
}

impl InverseCost {
    /// The cost of a step, if a method of `config` stores an inverse Hessian.
    pub fn new(fields: &[Field], task: &dyn Task, config: &FitConfig) -> Option<Self> {
        config.methods().find(|method| method.holds_points())?;
        let of_fields: usize = fields.iter().map(|field| field.parameters().len()).sum();
        let unknowns = of_fields + task.scalars().len();
        Some(Self { unknowns, bytes: QuasiNewton::<f64>::bytes(unknowns) })
    }

    /// Checks that this much memory can be reserved.
    ///
    /// # Errors
    /// If the system refuses it.
    pub(super) fn check(&self) -> Result<(), FitError> {
        let Self { unknowns, bytes } = *self;
        let memory = Vec::<u8>::new().try_reserve_exact(bytes);
        memory.map_err(|_| FitError::InverseMemory { unknowns, megabytes: bytes >> 20 })
    }
}
