//! Fitting: a task, an optimiser, a schedule, and the loop that runs them.
//!
//! A [`Task`] says which points a step sees and what their loss is, term by term; a [`Fit`] runs the steps and tells
//! a listener how it goes; a [`Checkpoint`] holds all that a later [`Fit::resume`] needs to continue
//! bit for bit.

pub mod adam;
mod checkpoint;
mod config;
mod run;
mod task;
mod terms;
mod unknowns;

pub(crate) use checkpoint::hash;
pub use checkpoint::{Checkpoint, CheckpointError};
pub use config::{ConfigError, FitConfig, Schedule};
pub use run::{Control, Fit, FitError, Outcome, Progress, StoppedBy};
pub use task::{Entering, Now, Task, Term};

#[cfg(test)]
mod tests;
