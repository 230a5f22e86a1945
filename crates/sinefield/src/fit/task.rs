//! The interface between a loss and the fitting loop.

use thiserror::Error;

use super::focus::Focus;
use crate::engine::{Engine, EngineError, System};
use crate::field::Field;
use crate::jet::JetSpec;

/// Data and a loss. The loss is a sum of terms, and each term is a sum over its points.
///
/// The points of a step depend only on the task, the index of the step, and the [`Focus`] of the term, which a checkpoint
/// stores. A resumed fit therefore uses the same points as an uninterrupted one.
pub trait Task: Send + Sync {
    /// The terms of the loss.
    fn terms(&self) -> &[Term];

    /// A number that identifies the data and settings of the task. A checkpoint stores it, so that the fit is not
    /// resumed with another problem.
    fn fingerprint(&self) -> u64;

    /// The points and the loss of term `term` at this moment of the fit. The fields of the system are those of
    /// [`Term::fields`], in that order.
    ///
    /// # Errors
    /// If an engine returns an error, or data can no longer be read.
    fn system(&self, term: usize, moment: &Moment<'_>) -> Result<Box<dyn System + '_>, TaskError>;

    /// As [`Task::system`], in float64.
    ///
    /// # Errors
    /// As [`Task::system`], or if the task has no form in float64.
    fn system_f64(&self, _term: usize, _moment: &Moment<'_>) -> Result<Box<dyn System<f64> + '_>, TaskError> {
        Err(TaskError::NoFloat64)
    }

    /// Whether the task has [`Task::system_f64`].
    fn has_float64(&self) -> bool {
        false
    }

    /// What term `term` takes from the fields for the step at this moment, if its points or their weights depend on them.
    /// [`Moment::focus`] has that of the step before. `anew` is whether the points of every step are to be drawn by the
    /// fields as they are, and not by those of an earlier step: for methods with few and costly steps.
    ///
    /// # Errors
    /// As [`Task::system`].
    fn focus(&self, _term: usize, _moment: &Moment<'_>, _anew: bool) -> Result<Option<Focus>, TaskError> {
        Ok(None)
    }

    /// The factor that the task gives to the loss of term `term`. It is part of the loss of its system.
    fn weight(&self, _term: usize) -> f64 {
        1.0
    }

    /// The initial values of the trainable scalars.
    fn scalars(&self) -> Vec<f64> {
        Vec::new()
    }

    /// Whether a step depends on [`Moment::progress`], and therefore on the total number of steps.
    fn reads_progress(&self) -> bool {
        false
    }

    /// Whether all steps have the same points, so that losses of different steps are comparable.
    fn has_fixed_points(&self) -> bool {
        false
    }

    /// The relative L2 error against a known solution, if the task has one: of all its fields together.
    ///
    /// # Errors
    /// As [`Task::system`].
    fn error(&self, _moment: &Moment<'_>) -> Result<Option<f64>, TaskError> {
        Ok(None)
    }

    /// The peak signal-to-noise ratio that a loss implies, in dB, if the loss has one.
    fn psnr_of_loss(&self, _loss: f64) -> Option<f64> {
        None
    }

    /// The peak signal-to-noise ratio over all the data, in dB. Outputs are clipped as in a render. `None` if the task
    /// has none.
    ///
    /// # Errors
    /// As [`Task::system`].
    fn psnr(&self, _moment: &Moment<'_>) -> Result<Option<f64>, TaskError> {
        Ok(None)
    }
}

/// The reason that a task cannot provide the points of a step.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TaskError {
    /// The engine returned an error.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The task can be fitted in float32 only.
    #[error("this kind of fit has no float64")]
    NoFloat64,
    /// The data could not be read.
    #[error("the data cannot be read: {0}")]
    Data(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// One term of a loss.
#[derive(Clone, Debug, PartialEq)]
pub struct Term {
    /// The name of the constraint, for messages.
    pub name: String,
    /// The fields of the term, in ascending order of their numbers.
    pub fields: Vec<TermField>,
}

/// A field of a term.
#[derive(Clone, Debug, PartialEq)]
pub struct TermField {
    /// The number of the field among the fields of the fit, counted from 0.
    pub field: usize,
    /// The number of outputs that the field must have.
    pub outputs: usize,
    /// The derivatives that the term needs.
    pub jet: JetSpec,
}

/// The state of a fit before the update of a step.
#[derive(Clone, Copy, Debug)]
pub struct Moment<'a> {
    /// The engine.
    pub engine: &'a dyn Engine,
    /// The current fields.
    pub fields: &'a [Field],
    /// The current trainable scalars.
    pub scalars: &'a [f64],
    /// The number of updates so far.
    pub step: usize,
    /// The progress of the fit, 0 to 1.
    pub progress: f64,
    /// The share of the points of a full step that this step has, in `(0, 1]`. A term whose points are drawn anew takes that
    /// many of them, at least one. Its loss is still the estimate of that over all points.
    pub share: f64,
    /// What each term has taken from the fields; empty before the first step, and outside of a fit.
    pub focus: &'a [Focus],
}
