//! The cost of the dense matrices that some methods keep from step to step.

use super::config::FitConfig;
use super::error::FitError;
use super::task::Task;
use crate::field::Field;
use crate::optimizer::{Method, QuasiNewton, Soap};

/// The cost of the matrices of a method, in addition to that of the loss.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StateCost {
    /// What the matrices are, in words: `inverse Hessian` or `bases of the weight matrices`.
    pub what: &'static str,
    /// The unknowns of the fit.
    pub unknowns: usize,
    /// Their memory in bytes. A step reads it once.
    pub bytes: usize,
}

impl StateCost {
    /// The cost of the method of `config` whose matrices are the largest, or `None` if no method keeps any.
    pub fn new(fields: &[Field], task: &dyn Task, config: &FitConfig) -> Option<Self> {
        let of_fields: usize = fields.iter().map(|field| field.parameters().len()).sum();
        let unknowns = of_fields + task.scalars().len();
        let of_method = |method: Method| match method {
            Method::SsBroyden | Method::SsBfgs => {
                Some(Self { what: "inverse Hessian", unknowns, bytes: QuasiNewton::<f64>::bytes(unknowns) })
            }
            Method::Soap => {
                let shapes = fields.iter().flat_map(|field| field.architecture().shapes());
                let bytes = shapes.map(|layer| Soap::<f64>::bytes(layer.outputs, layer.inputs));
                let bytes = bytes.fold(0, usize::saturating_add);
                Some(Self { what: "bases of the weight matrices", unknowns, bytes })
            }
            _ => None,
        };
        config.methods().filter_map(of_method).max_by_key(|cost| cost.bytes)
    }

    /// Checks that this much memory can be reserved.
    ///
    /// # Errors
    /// If the system refuses it.
    pub(super) fn check(&self) -> Result<(), FitError> {
        let Self { what, unknowns, bytes } = *self;
        let memory = Vec::<u8>::new().try_reserve_exact(bytes);
        memory.map_err(|_| FitError::StateMemory { what, unknowns, megabytes: bytes >> 20 })
    }
}
