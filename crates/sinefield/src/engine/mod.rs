//! Engines evaluate the jets of a field and accumulate the gradient of an objective.
//!
//! [`cpu`] is the fast one. [`mod@reference`] is plain float64, written to be read: the oracle of every
//! kernel, and the engine of exact evaluation.

pub mod cpu;
mod objective;
pub mod reference;

pub(crate) use objective::Alone;
pub use objective::{Jets, Objective, System};
