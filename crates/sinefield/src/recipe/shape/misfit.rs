//! How well a field fits the points of its shape.

use super::Shape;
use super::cloud::choice;
use crate::surface::{Implicit, Order, SurfaceError, dot, length};

/// The most points that are measured.
const MEASURED: usize = 100_000;

/// How well a field fits the points of its shape, in their units.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Misfit {
    /// The mean distance of the points from the surface, to first order: the mean of `|Φ| / |∇Φ|`.
    pub distance: f64,
    /// The diagonal of the box around the points.
    pub diagonal: f64,
    /// The mean angle between the gradient and the normal of a point, in degrees.
    pub degrees: f64,
    /// The mean of `| |∇Φ| - 1 |` at the points.
    pub eikonal: f64,
}

impl Shape {
    /// How well the field of `implicit` fits up to 100,000 of the points.
    ///
    /// # Errors
    /// If the engine refuses the field.
    pub fn misfit(&self, implicit: &mut Implicit) -> Result<Misfit, SurfaceError> {
        let cloud = &self.cloud;
        let chosen = choice(cloud.points.len(), MEASURED, 0);
        let place = |at: &usize| [0, 1, 2].map(|i| cloud.centre[i] + cloud.scale * cloud.points[*at][i]);
        let points: Vec<[f64; 3]> = chosen.iter().map(place).collect();
        let mut jets = vec![0.0; points.len() * Order::Gradient.width()];
        implicit.evaluate(Order::Gradient, &points, &mut jets)?;
        let (mut distance, mut degrees, mut eikonal) = (0.0, 0.0, 0.0);
        for (jet, at) in jets.chunks_exact(Order::Gradient.width()).zip(&chosen) {
            let gradient = [1, 2, 3].map(|i| f64::from(jet[i]));
            let slope = length(gradient).max(f64::MIN_POSITIVE);
            distance += f64::from(jet[0]).abs() / slope;
            eikonal += (slope - 1.0).abs();
            if let Some(normals) = &cloud.normals {
                degrees += (dot(gradient, normals[*at]) / slope).clamp(-1.0, 1.0).acos().to_degrees();
            }
        }
        let count = chosen.len() as f64;
        Ok(Misfit {
            distance: distance / count,
            diagonal: super::diagonal(cloud) * cloud.scale,
            degrees: degrees / count,
            eikonal: eikonal / count,
        })
    }
}
