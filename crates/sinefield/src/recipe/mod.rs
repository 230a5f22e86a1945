//! Problems for common tasks, made from a signal and a few options.

pub mod derivatives;
pub mod gradient_domain;
pub mod sampled;
