//! Fitting: a task, a schedule, and the loop that runs an optimiser on them.
//!
//! A [`Task`] defines the points of a step and their loss, term by term. A [`Fit`] runs the steps and reports to a
//! listener. A [`Checkpoint`] holds the state from which [`Fit::resume`] continues bit for bit.

mod adapt;
mod balance;
mod checkpoint;
mod config;
mod container;
mod core;
mod error;
mod focus;
mod form;
mod precise;
mod probe;
mod residuals;
mod row_cost;
mod run;
mod stages;
mod state_cost;
mod task;
mod terms;
mod unknowns;

pub use balance::BalanceConfig;
pub use checkpoint::{Checkpoint, CheckpointError};
pub use config::{ConfigError, FitConfig, Schedule};
pub use error::FitError;
pub use focus::Focus;
pub(crate) use precise::Precise;
pub use residuals::TermRows;
pub(crate) use residuals::{residuals_of, rows_of};
pub use row_cost::RowCost;
pub use run::{Control, Fit, Outcome, Progress, StoppedBy};
pub use state_cost::StateCost;
pub use task::{Moment, Task, TaskError, Term, TermField};

#[cfg(test)]
mod tests;
