//! Sine-activated networks as continuous functions: fitted, rendered, differentiated exactly.

pub mod atomic;
pub mod engine;
pub mod field;
pub mod fit;
pub mod jet;
pub mod recipe;
