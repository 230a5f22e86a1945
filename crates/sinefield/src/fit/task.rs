//! The interface between a loss and the fitting loop.

use thiserror::Error;

use crate::engine::{Engine, EngineError, System};
use crate::field::Field;
use crate::jet::JetSpec;

/// Data and a loss, from which each step draws its points: a sum of terms, each over points of its own.
///
/// What a step draws depends on the task and the step's number alone, so that a resumed fit sees the points that
/// an uninterrupted one would have seen.
pub trait Task: Send + Sync {
    /// The terms of the loss.
    fn terms(&self) -> &[Term];

    /// A number that differs between tasks of different data or settings: a checkpoint keeps it, so
    /// that it is not resumed on another problem.
    fn fingerprint(&self) -> u64;

    /// The points and the loss of term number `term` at this moment of the fit. The system's fields are
    /// those of [`Term::fields`], in that order.
    ///
    /// # Errors
    /// If an engine refuses what the task asks of it, or data can no longer be read.
    fn system(&self, term: usize, moment: &Moment<'_>) -> Result<Box<dyn System + '_>, TaskError>;

    /// Where the trainable scalars start.
    fn scalars(&self) -> Vec<f32> {
        Vec::new()
    }

    /// Whether a step depends on [`Moment::progress`], and so on how many steps are to be made.
    fn reads_progress(&self) -> bool {
        false
    }

    /// Whether every step sees the same points, so that losses of different steps can be compared.
    fn has_fixed_points(&self) -> bool {
        false
    }

    /// The peak signal-to-noise ratio that a loss stands for, in dB, if this loss stands for one.
    fn psnr_of_loss(&self, _loss: f64) -> Option<f64> {
        None
    }

    /// The peak signal-to-noise ratio over all the data, in dB, with outputs clipped as a render
    /// clips them; `None` if the task has none.
    ///
    /// # Errors
    /// As [`Task::system`].
    fn psnr(&self, _moment: &Moment<'_>) -> Result<Option<f64>, TaskError> {
        Ok(None)
    }
}

/// Why a task cannot say what a step sees.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TaskError {
    /// The engine refused.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The data could not be read.
    #[error("the data cannot be read: {0}")]
    Data(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// One term of a loss.
#[derive(Clone, Debug, PartialEq)]
pub struct Term {
    /// What it is called in messages: the constraint's name.
    pub name: String,
    /// The fields that enter it; their numbers ascend.
    pub fields: Vec<TermField>,
}

/// A field that enters a term.
#[derive(Clone, Debug, PartialEq)]
pub struct TermField {
    /// Its number among the fit's.
    pub field: usize,
    /// The outputs it must have.
    pub outputs: usize,
    /// The derivatives needed of it.
    pub jet: JetSpec,
}

/// A moment of a fit, before a step's update.
#[derive(Clone, Copy, Debug)]
pub struct Moment<'a> {
    /// What computes.
    pub engine: &'a dyn Engine,
    /// The fields as they stand.
    pub fields: &'a [Field],
    /// The trainable scalars as they stand.
    pub scalars: &'a [f32],
    /// Updates made.
    pub step: usize,
    /// How much of the fit is done, 0 to 1.
    pub progress: f64,
}
