//! Fitting: a task, a schedule, and the loop that runs an optimiser on them.
//!
//! A [`Task`] says which points a step sees and what their loss is, term by term; a [`Fit`] runs the steps and tells
//! a listener how it goes; a [`Checkpoint`] holds all that a later [`Fit::resume`] needs to continue
//! bit for bit.

mod checkpoint;
mod config;
mod container;
mod run;
mod task;
mod terms;
mod unknowns;

pub use checkpoint::{Checkpoint, CheckpointError};
pub use config::{ConfigError, FitConfig, Schedule};
pub use run::{Control, Fit, FitError, Outcome, Progress, StoppedBy};
pub use task::{Moment, Task, TaskError, Term, TermField};

#[cfg(test)]
mod tests;
