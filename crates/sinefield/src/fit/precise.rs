//! What a fit asks for in its precision.

use super::task::{Moment, Task, TaskError};
use crate::engine::{Differentiator, Engine, EngineError, Evaluator, System};
use crate::field::{Architecture, Field, Number};
use crate::jet::JetSpec;

/// A number in which a fit computes.
pub(crate) trait Precise: Number {
    fn differentiator(
        engine: &dyn Engine,
        fields: &[(&Architecture, &JetSpec)],
    ) -> Result<Box<dyn Differentiator<Self>>, EngineError>;

    fn evaluator(
        engine: &dyn Engine,
        architecture: &Architecture,
        spec: &JetSpec,
    ) -> Result<Box<dyn Evaluator<Self>>, EngineError>;

    fn system<'t>(
        task: &'t dyn Task,
        term: usize,
        moment: &Moment<'_>,
    ) -> Result<Box<dyn System<Self> + 't>, TaskError>;

    /// The parameters of a field of this precision.
    fn parameters(field: &Field) -> &[Self];

    fn set(field: &mut Field, parameters: &[Self]);
}

impl Precise for f32 {
    fn differentiator(
        engine: &dyn Engine,
        fields: &[(&Architecture, &JetSpec)],
    ) -> Result<Box<dyn Differentiator>, EngineError> {
        engine.differentiator(fields)
    }

    fn evaluator(
        engine: &dyn Engine,
        architecture: &Architecture,
        spec: &JetSpec,
    ) -> Result<Box<dyn Evaluator>, EngineError> {
        engine.evaluator(architecture, spec)
    }

    fn system<'t>(
        task: &'t dyn Task,
        term: usize,
        moment: &Moment<'_>,
    ) -> Result<Box<dyn System + 't>, TaskError> {
        task.system(term, moment)
    }

    fn parameters(field: &Field) -> &[f32] {
        field.parameters()
    }

    fn set(field: &mut Field, parameters: &[f32]) {
        field.parameters_mut().copy_from_slice(parameters);
    }
}

impl Precise for f64 {
    fn differentiator(
        engine: &dyn Engine,
        fields: &[(&Architecture, &JetSpec)],
    ) -> Result<Box<dyn Differentiator<f64>>, EngineError> {
        engine.differentiator_f64(fields)
    }

    fn evaluator(
        engine: &dyn Engine,
        architecture: &Architecture,
        spec: &JetSpec,
    ) -> Result<Box<dyn Evaluator<f64>>, EngineError> {
        engine.evaluator_f64(architecture, spec)
    }

    fn system<'t>(
        task: &'t dyn Task,
        term: usize,
        moment: &Moment<'_>,
    ) -> Result<Box<dyn System<f64> + 't>, TaskError> {
        task.system_f64(term, moment)
    }

    fn parameters(field: &Field) -> &[f64] {
        field.exact_parameters().unwrap_or_default()
    }

    fn set(field: &mut Field, parameters: &[f64]) {
        field.set_exact_parameters(parameters);
    }
}
