//! The errors of a fit.

use thiserror::Error;

use super::config::ConfigError;
use super::task::TaskError;
use crate::engine::EngineError;
use crate::optimizer::LossError;

/// The reason that a fit cannot start or continue.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum FitError {
    /// A setting is out of range.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The engine returned an error.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The task could not provide the points of a step.
    #[error("step {step} cannot be computed: {source}")]
    Step {
        /// The step, counted from 1.
        step: usize,
        /// The reason.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The task could not measure the fields.
    #[error(transparent)]
    Task(#[from] TaskError),
    /// The loss or its gradient is no longer usable. The fields are those of the last usable loss.
    #[error(
        "{reason} at step {step}: the fit has diverged{}",
        rate.map_or_else(String::new, |rate| format!("; try a learning rate below {rate:e}"))
    )]
    Diverged {
        /// The step, counted from 1.
        step: usize,
        /// The peak rate, for a method with a learning rate.
        rate: Option<f64>,
        /// The fault of the loss.
        #[source]
        reason: LossError,
    },
    /// The task has no form in float64.
    #[error("this kind of fit has no float64; leave the precision at f32")]
    NoFloat64,
    /// The method needs the same points at every step.
    #[error(
        "{optimizer} needs the same points at every step, but the task draws new ones; fix the points, or take \
         another optimizer"
    )]
    FreshPoints {
        /// The name of the method.
        optimizer: &'static str,
    },
    /// The method needs residual rows, but a term does not have them.
    #[error(
        "{optimizer} needs residual rows, but \"{constraint}\" does not have them; take another optimizer, or the norm \
         l2 in a problem"
    )]
    NoRows {
        /// The name of the method.
        optimizer: &'static str,
        /// The name of the term.
        constraint: String,
    },
    /// The Jacobian and the kernel of a step do not fit into memory.
    #[error(
        "there is no memory for {rows} residual rows of {unknowns} unknowns ({megabytes} MB); use fewer samples or a \
         smaller network, or take another optimizer"
    )]
    RowMemory {
        /// The rows of a step.
        rows: usize,
        /// The unknowns of the fit.
        unknowns: usize,
        /// The memory that a step needs.
        megabytes: usize,
    },
    /// The dense matrices of a method do not fit into memory.
    #[error(
        "there is no memory for the {what} of {unknowns} unknowns ({megabytes} MB); use a smaller network, or take \
         another optimizer"
    )]
    StateMemory {
        /// What they are, in words.
        what: &'static str,
        /// The unknowns of the fit.
        unknowns: usize,
        /// The memory of the matrices.
        megabytes: usize,
    },
    /// The field numbers of a term do not ascend.
    #[error("the constraint \"{constraint}\" names the fields {fields:?}; their numbers must ascend")]
    FieldOrder {
        /// The name of the term.
        constraint: String,
        /// The given numbers.
        fields: Vec<usize>,
    },
    /// The checkpoint belongs to other data, settings or fields.
    #[error("the checkpoint is of another problem: its {0} differ")]
    OtherProblem(&'static str),
    /// There is nothing to fit.
    #[error("there are no fields to fit; give at least one")]
    NoFields,
    /// The task needs more fields than there are.
    #[error("the constraint \"{constraint}\" needs field number {field}, but there are {fields} fields")]
    NoField {
        /// The name of the term.
        constraint: String,
        /// The missing field, counted from 0.
        field: usize,
        /// The number of fields.
        fields: usize,
    },
    /// The number of outputs of a field differs from the number that the task needs.
    #[error(
        "the constraint \"{constraint}\" needs a field of {expected} outputs, but field number {field} has \
         {found}; make the field by the task"
    )]
    Outputs {
        /// The name of the term.
        constraint: String,
        /// The field, counted from 0.
        field: usize,
        /// The outputs that the term needs.
        expected: usize,
        /// The outputs of the field.
        found: usize,
    },
}
