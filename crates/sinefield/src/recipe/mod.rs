//! Ready problems: from a signal and a few options to something that can be fitted.

pub mod derivatives;
pub mod gradient_domain;
pub mod sampled;
