//! A shape as a signed distance field, learned from points of its surface.
//!
//! The field Φ is negative inside and positive outside. It vanishes at the points `p_i`, its gradient there is the normal
//! `n_i`, and its gradient has length 1 everywhere. The loss is a sum of means over the points of a step:
//!
//! ```text
//! surface   3000 |Φ| + 100 (1 - ∇Φ·n / |∇Φ|) + 50 | |∇Φ| - 1 |    at points of the surface
//! near      100 | |∇Φ| - 1 |                                     within 5 % of the diagonal of them
//! space     50 | |∇Φ| - 1 | + 100 exp(-100 |Φ|)                  in the cube
//! guide     1000 max(m - s Φ, 0)                                 at places whose side s and least distance m are known
//! ```
//!
//! The terms are those of Sitzmann and others (2020), with two more: one near the surface, and the guide. `exp(-100 |Φ|)` keeps
//! Φ from 0 away from the surface but does not know the side, so that sheets and bubbles stay where Φ begins with the wrong
//! sign. The guide knows it: see `guide.rs`. Points without normals get estimated ones first: see `normals.rs`.
//!
//! The network works in the cube from -1 to 1, of which the points fill nine tenths. The field's axes and values are in
//! the units of the points.

mod cloud;
mod flood;
mod guide;
mod misfit;
mod noise;
mod normals;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use crate::engine::Engine;
use crate::expr::{Expr, ExprError, Norm};
use crate::field::{Axis, Field, FieldConfig, FieldError, Meta, ValueMap};
use crate::fit::Task;
use crate::problem::{
    Column, ConstraintEntry, Description, Domain, FieldEntry, Interval, Problem, ProblemError, Sampling,
};
pub use cloud::{Cloud, CloudError, Note};
use guide::Dipoles;
pub use misfit::Misfit;
use noise::Noise;

/// The names of the coordinates.
const AXES: [&str; 3] = ["x", "y", "z"];

/// The weights of the loss, and the points of a step.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ShapeConfig {
    /// Points of the surface in a step. The other terms have as many; space has half as many if there is a term near the
    /// surface.
    pub batch: usize,
    /// The weight of |Φ| on the surface, of points without noise.
    pub surface: f64,
    /// For noisy points that weight is at most this number over `σ h`. σ is the noise of the points and h their distance from
    /// each other, both in units of the cube.
    pub noise: f64,
    /// The weight of the angle to the normals.
    pub normals: f64,
    /// The weight of `| |∇Φ| - 1 |` on the surface and in the cube.
    pub eikonal: f64,
    /// The weight of `| |∇Φ| - 1 |` near the surface.
    pub near: f64,
    /// The distance of "near", as a part of the diagonal of the points.
    pub near_distance: f64,
    /// The weight of the guide.
    pub guide: f64,
    /// The weight of `exp(-100 |Φ|)` in the cube.
    pub away: f64,
}

impl Default for ShapeConfig {
    fn default() -> Self {
        Self {
            batch: 1000,
            surface: 3000.0,
            noise: 0.36,
            normals: 100.0,
            eikonal: 50.0,
            near: 100.0,
            near_distance: 0.05,
            guide: 1000.0,
            away: 100.0,
        }
    }
}

impl ShapeConfig {
    /// The loss of the official code. Its means are over the points of both terms together, so that they count half.
    pub fn paper() -> Self {
        Self {
            batch: 1400,
            surface: 1500.0,
            noise: f64::INFINITY,
            normals: 50.0,
            eikonal: 25.0,
            near: 0.0,
            guide: 0.0,
            away: 50.0,
            ..Self::default()
        }
    }
}

/// The task of fitting a signed distance field to a cloud.
#[derive(Clone, Debug)]
pub struct Shape {
    problem: Problem,
    cloud: Cloud,
    network: FieldConfig,
}

impl Shape {
    /// The task for `cloud`. Points without normals get estimated ones. It takes some seconds for a large cloud.
    ///
    /// # Errors
    /// If a setting is out of range.
    pub fn new(
        cloud: Cloud,
        network: &FieldConfig,
        config: &ShapeConfig,
        engine: &dyn Engine,
        seed: u64,
    ) -> Result<Self, ProblemError> {
        let mut cloud = engine.install(|| cloud.with_estimated_normals(seed));
        let noise = engine.install(|| Noise::of(&cloud.points, cloud.normals.as_deref().unwrap_or_default()));
        let surface = config.surface.min(config.noise / (noise.deviation * noise.spacing));
        if surface < config.surface {
            cloud.notes.push(Note::Noisy(noise.deviation * cloud.scale));
        }
        let config = &ShapeConfig { surface, ..*config };
        let network = FieldConfig { inputs: 3, outputs: 1, ..network.clone() };
        let description = engine.install(|| describe(&cloud, &network, config, seed));
        let description = description.map_err(|error| ProblemError::Residual {
            index: 0,
            constraint: "surface".into(),
            error,
        })?;
        Ok(Self { problem: Problem::new(description)?, cloud, network })
    }

    /// A new field, with axes and values in the units of the points.
    ///
    /// # Errors
    /// If the network cannot be made.
    pub fn field(&self, seed: u64) -> Result<Field, FieldError> {
        let mut field = Field::new(&self.network, seed)?;
        let Cloud { centre, scale, .. } = self.cloud;
        let axis = |i: usize| Axis::ranged(AXES[i], centre[i] - scale, centre[i] + scale);
        let value = ValueMap { scale, offset: 0.0 };
        field.meta = Meta { axes: (0..3).map(axis).collect(), value, ..Meta::default() };
        Ok(field)
    }

    /// The points, with their normals and what was found in them.
    pub fn cloud(&self) -> &Cloud {
        &self.cloud
    }
}

impl Task for Shape {
    super::terms_of_problem!();
}

/// The fields and constraints.
fn describe(
    cloud: &Cloud,
    network: &FieldConfig,
    config: &ShapeConfig,
    seed: u64,
) -> Result<Description, ExprError> {
    let points: std::sync::Arc<[f32]> = cloud.points.iter().flatten().map(|x| *x as f32).collect();
    let normals = cloud.normals.as_deref().unwrap_or_default();
    let cube = [Interval::new(-1.0, 1.0); 3].to_vec();
    // A cloud of fewer points than a batch is drawn from with replacement.
    let sampling = |samples: usize, domain: &Domain| {
        let replacement = domain.count().is_some_and(|count| samples > count);
        Sampling { samples: Some(samples.max(1)), replacement, seed, ..Sampling::default() }
    };
    let constraint = |name: &str, residual: &str, domain: Domain, samples: usize, columns: Vec<Column>| {
        let residual = Expr::parse(residual)?;
        let sampling = sampling(samples, &domain);
        let entry = ConstraintEntry::new(name, residual, &AXES, domain);
        Ok(ConstraintEntry { sampling, columns, norm: Norm::L1, ..entry })
    };
    let ShapeConfig { batch, surface, eikonal, near, guide, away, .. } = *config;
    let on_surface = format!(
        "[{surface}*u, {}*(1 - dot(normalize(grad(u)), direction)), {eikonal}*(norm(grad(u)) - 1)]",
        config.normals
    );
    let directions: Vec<f32> = normals.iter().flatten().map(|n| *n as f32).collect();
    let direction = Column { name: "direction".into(), width: 3, complex: false, values: directions.into() };
    let given = Domain::Points { dimension: 3, coordinates: points.clone() };
    let mut constraints = vec![constraint("surface", &on_surface, given, batch, vec![direction])?];
    if near > 0.0 {
        let distance = config.near_distance * diagonal(cloud);
        let domain = Domain::Near { dimension: 3, coordinates: points, distance };
        constraints.push(constraint("near", &format!("{near}*(norm(grad(u)) - 1)"), domain, batch, vec![])?);
    }
    let in_space = format!("[{eikonal}*(norm(grad(u)) - 1), {away}*exp(-100*abs(u))]");
    // Without the term near the surface, space has all free points, as in the official code.
    let samples = if near > 0.0 { batch / 2 } else { batch };
    constraints.push(constraint("space", &in_space, Domain::Box(cube), samples, vec![])?);
    if guide > 0.0 {
        let known = Dipoles::new(&cloud.points, normals, seed).guide(seed);
        let places = known.places.iter().flatten().copied().collect();
        let domain = Domain::Points { dimension: 3, coordinates: places };
        let side = Column { name: "side".into(), width: 1, complex: false, values: known.sides.into() };
        let least = Column { name: "least".into(), width: 1, complex: false, values: known.least.into() };
        let residual = format!("{guide}*max(least - side*u, 0)");
        constraints.push(constraint("guide", &residual, domain, batch, vec![side, least])?);
    }
    let ranges = vec![Some(Interval::new(-1.0, 1.0)); 3];
    let field = FieldEntry { network: network.clone(), ranges, ..FieldEntry::new("u", &AXES) };
    Ok(Description { fields: vec![field], constraints, ..Description::default() })
}

/// The diagonal of the box around the points.
fn diagonal(cloud: &Cloud) -> f64 {
    let sides = crate::surface::bounds(&cloud.points).unwrap_or_default();
    sides.iter().map(|(low, high)| (high - low).powi(2)).sum::<f64>().sqrt()
}
