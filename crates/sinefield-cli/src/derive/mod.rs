//! `sinefield reconstruct`, `blend` and `clone`: pictures from derivatives.

mod blend;
mod clone;
mod given;
mod options;
mod reconstruct;
mod recover;
mod signal;
mod work;

pub use blend::{Options as BlendOptions, run as blend};
pub use clone::{Options as CloneOptions, run as clone};
pub use reconstruct::{Options as ReconstructOptions, run as reconstruct};
