//! Engines evaluate the jets of a field and accumulate the gradient of an objective.
//!
//! [`cpu`] is the fast one. [`mod@reference`] is plain float64, written to be read: the oracle of every
//! kernel, and the engine of exact evaluation.

pub mod cpu;
mod error;
mod interface;
mod objective;
pub mod reference;

pub use error::EngineError;
pub use interface::{Differentiator, Engine, Evaluator};
pub(crate) use objective::Alone;
pub use objective::{Jets, Objective, Rows, System};
