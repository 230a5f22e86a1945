//! Fitting: a task, a schedule, and the loop that runs an optimiser on them.
//!
//! A [`Task`] defines the points of a step and their loss, term by term. A [`Fit`] runs the steps and reports to a
//! listener. A [`Checkpoint`] holds the state from which [`Fit::resume`] continues bit for bit.

mod checkpoint;
mod config;
mod container;
mod probe;
mod run;
mod task;
mod terms;
mod unknowns;

pub use checkpoint::{Checkpoint, CheckpointError};
pub use config::{ConfigError, FitConfig, Schedule};
pub use probe::TermRows;
pub use run::{Control, Fit, FitError, Outcome, Progress, StoppedBy};
pub use task::{Moment, Task, TaskError, Term, TermField};

#[cfg(test)]
mod tests;
