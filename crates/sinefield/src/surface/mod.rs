//! Surfaces: the level sets of fields in space, as meshes and as pictures.
//!
//! A field of three coordinates with one output has a surface wherever it takes a level, usually 0. [`Implicit`] evaluates
//! such a field, or an expression over several. [`extract`] makes a triangle [`Mesh`] of a level set: closed within the
//! region, consistently oriented and manifold, with exact normals. The function is negative inside and positive outside,
//! as a signed distance is, and normals point outwards, along the gradient. A [`Tracer`] finds where the rays of a
//! [`Camera`] meet a level set, for pictures.
//!
//! ```
//! use std::sync::Arc;
//!
//! use sinefield::engine::cpu::CpuEngine;
//! use sinefield::field::{Axis, Field, FieldConfig, Form};
//! use sinefield::surface::{ExtractConfig, Implicit, extract};
//!
//! // A sphere of radius 1, with a network that adds nothing.
//! let mut field = Field::new(&FieldConfig { hidden: 8, ..FieldConfig::new(3, 1) }, 0)?;
//! let names = ["x", "y", "z"].map(String::from);
//! field.meta.axes = names.iter().map(|name| Axis::ranged(name, -1.5, 1.5)).collect();
//! let text = "norm([x, y, z]) - 1 + 1e-30*net".to_string();
//! field.meta.form = Some(Form { text, coordinates: names.to_vec(), ..Form::default() });
//!
//! let mut implicit = Implicit::new(Arc::new(CpuEngine::new(Some(1))?), field)?;
//! let mesh = extract(&mut implicit, &ExtractConfig { resolution: 32, ..ExtractConfig::default() }, &mut |_| ())?;
//! assert!(mesh.topology().is_closed());
//! assert!((mesh.volume() / (4.0 / 3.0 * std::f64::consts::PI) - 1.0).abs() < 1e-2);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod blocks;
mod camera;
mod cells;
mod curvature;
mod edges;
mod error;
mod extract;
mod grid;
mod implicit;
mod march;
mod mesh;
mod patches;
mod quadric;
mod simplify;
mod space;
mod survey;
mod topology;
mod tracer;
mod vertices;

pub use camera::{Camera, FIELD_OF_VIEW, Ray, View};
pub use curvature::mean_curvature;
pub use error::SurfaceError;
pub use extract::{ExtractConfig, extract, set_normals};
pub use grid::Grid;
pub use implicit::{Implicit, Order};
pub use mesh::{Mesh, Samples};
pub(crate) use mesh::{bounds, cross, dot, length, minus};
pub use simplify::simplify;
pub use space::into_space;
pub use topology::Topology;
pub use tracer::{Hit, Tracer};

#[cfg(test)]
mod tests;
#[cfg(test)]
mod view_tests;
