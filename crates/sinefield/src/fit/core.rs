//! The part of a fit that depends on its precision.

use super::config::FitConfig;
use super::error::FitError;
use super::precise::Precise;
use super::row_cost::RowCost;
use super::task::Task;
use super::terms::Terms;
use super::unknowns::Unknowns;
use crate::engine::Engine;
#[cfg(not(feature = "float64"))]
use crate::engine::EngineError;
use crate::field::Precision;
use crate::optimizer::Optimizer;

/// The terms, the unknowns as one vector, and the optimiser.
pub(super) struct Core<N> {
    pub terms: Terms<N>,
    pub theta: Vec<N>,
    pub optimizer: Box<dyn Optimizer<N>>,
}

/// [`Core`] in the precision of a fit.
pub(super) enum Cores {
    Single(Core<f32>),
    #[cfg(feature = "float64")]
    Double(Core<f64>),
}

/// Runs `$body` with `$core` bound to the [`Core`] of a [`Cores`].
macro_rules! with_core {
    ($cores:expr, $core:ident => $body:expr) => {
        match $cores {
            $crate::fit::core::Cores::Single($core) => $body,
            #[cfg(feature = "float64")]
            $crate::fit::core::Cores::Double($core) => $body,
        }
    };
}
pub(super) use with_core;

impl<N: Precise> Core<N> {
    fn new(
        engine: &dyn Engine,
        task: &dyn Task,
        config: &FitConfig,
        unknowns: &Unknowns,
        step: usize,
    ) -> Result<Self, FitError> {
        let form = RowCost::with_form(engine, &unknowns.fields, task, config)?.map(|(_, form)| form);
        let needs = (config.copies(), form.unwrap_or_default());
        Ok(Self {
            terms: Terms::new(engine, task, unknowns, needs)?,
            theta: unknowns.vector(),
            optimizer: config.part_at(step).0.make_optimizer(unknowns.blocks()),
        })
    }
}

impl Cores {
    /// The state of a fit before step `step`, except that of its optimiser.
    pub fn new(
        engine: &dyn Engine,
        task: &dyn Task,
        config: &FitConfig,
        unknowns: &Unknowns,
        step: usize,
    ) -> Result<Self, FitError> {
        Ok(match config.precision {
            Precision::F32 => Self::Single(Core::new(engine, task, config, unknowns, step)?),
            #[cfg(feature = "float64")]
            Precision::F64 => Self::Double(Core::new(engine, task, config, unknowns, step)?),
            #[cfg(not(feature = "float64"))]
            Precision::F64 => return Err(EngineError::NoFloat64.into()),
        })
    }
}
