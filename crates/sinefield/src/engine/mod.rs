//! Engines evaluate the jets of a field and accumulate the gradient of an objective.
//!
//! [`cpu`] is the fast engine. [`mod@reference`] is written in plain float64. All kernels are tested against it, and it
//! serves exact evaluation.

#[cfg(test)]
pub(crate) mod by_rows;
pub mod cpu;
mod error;
mod factors;
mod interface;
mod jacobian;
mod objective;
pub mod reference;

pub use error::EngineError;
pub use factors::{Factors, LayerFactors, LayerShape};
pub use interface::{Differentiator, Engine, Evaluator};
pub use jacobian::Jacobian;
pub(crate) use objective::Alone;
pub use objective::{Jets, Objective, Rows, System};
