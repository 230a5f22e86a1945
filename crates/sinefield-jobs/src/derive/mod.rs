//! The jobs of making pictures from derivatives: reconstructing, blending, cloning.

mod blend;
mod clone;
mod given;
mod reconstruct;
mod recover;
mod shared;
mod signal;
mod work;

pub use blend::BlendJob;
pub use clone::CloneJob;
pub use reconstruct::{Align, From, Operator, ReconstructJob};
pub use shared::Shared;
