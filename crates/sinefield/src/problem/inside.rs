//! Which points lie in the domains of a problem, for pictures of its fields.

use super::Problem;
use super::domain::{Combination, Domain, Part, Shape};

/// The shape of one constraint: the places of its coordinates among those of a field, and the shape.
struct Solid {
    coordinates: Vec<usize>,
    shape: Combination,
}

/// Whether no coordinate of a domain is fixed.
fn is_full(domain: &Domain) -> bool {
    domain.bounds().iter().all(|side| side.low < side.high)
}

impl Problem {
    /// Whether each of `points`, `(points, coordinates)` of field `field` in the problem's units, lies in a domain. Only
    /// shapes and balls are looked at: with a box or a grid over all coordinates of the field, every point does, and so it
    /// does where no domain has a shape.
    pub fn is_inside(&self, field: usize, points: &[f64]) -> Vec<bool> {
        let Some((entry, _)) = self.fields.get(field) else { return Vec::new() };
        let dimension = entry.coordinates.len().max(1);
        let mut solids = Vec::new();
        for constraint in &self.constraints {
            let domain = constraint.sampler.domain();
            let place = |name: &String| entry.coordinates.iter().position(|c| c == name);
            let covers = entry.coordinates.iter().all(|name| constraint.coordinates.contains(name));
            let shape = match domain {
                Domain::Shape { shape, part: Part::Inside, .. } => shape.clone(),
                Domain::Ball { center, radius } => Shape::Ball { center: center.clone(), radius: *radius },
                Domain::Box(_) | Domain::Grid(_) if covers && is_full(domain) => {
                    return vec![true; points.len() / dimension];
                }
                _ => continue,
            };
            let names = constraint.coordinates.iter().take(shape.dimension());
            if let Some(coordinates) = names.map(place).collect() {
                solids.push(Solid { coordinates, shape: Combination::new(&shape, Part::Inside) });
            }
        }
        let within = |point: &[f64]| {
            let holds = |solid: &Solid| {
                let own: Vec<f64> = solid.coordinates.iter().map(|at| point[*at]).collect();
                solid.shape.holds(&own)
            };
            solids.is_empty() || solids.iter().any(holds)
        };
        points.chunks_exact(dimension).map(within).collect()
    }
}
