//! A surface before a camera, and what is seen of it along rays.

use std::sync::Arc;

use sinefield::engine::Engine;
use sinefield::field::Field;
use sinefield::surface::{Camera, Hit, Implicit, Order, Ray, SurfaceError, Tracer, View, mean_curvature};

use super::Look;
use crate::Told;

/// Rays that are followed at once.
const BATCH: usize = 1 << 15;
/// The heights at which openness is measured, as parts of the surface's radius, and their weights.
const HEIGHTS: [(f64, f64); 4] = [(0.03, 0.3), (0.07, 0.3), (0.15, 0.25), (0.3, 0.15)];
/// Evaluations on the way to the light.
const STEPS: usize = 28;
/// The hardness of shadows: the inverse of the half-width of the light, seen from the surface.
const HARDNESS: f64 = 5.0;
/// Where the way to the light begins and how far it goes, as parts of the surface's radius.
const WAY: (f64, f64) = (0.02, 1.6);

/// The shortest and the longest step on this way.
const STEP: (f64, f64) = (0.03, 0.2);
/// The part of the free way that a step goes. Longer ones would show as bands.
const CAREFUL: f64 = 0.7;

/// A place of the surface whose light is looked for.
struct Lit {
    /// The number of the sample.
    at: usize,
    place: [f64; 3],
    /// The length of the gradient.
    slope: f64,
}

/// The place at a distance from another.
fn along(from: [f64; 3], direction: [f64; 3], by: f64) -> [f64; 3] {
    [0, 1, 2].map(|axis| from[axis] + by * direction[axis])
}

/// What is seen along a ray. All is NaN where there is no surface.
#[derive(Clone, Copy, Debug)]
pub struct Sample {
    /// The distance from the camera.
    pub depth: f32,
    /// The unit normal, on the side of the camera.
    pub normal: [f32; 3],
    /// The number that a colour stands for.
    pub number: f32,
    /// The part of the key light that arrives.
    pub sun: f32,
    /// The part of the sky that is open.
    pub open: f32,
}

impl Sample {
    /// Nothing.
    const NONE: Self =
        Self { depth: f32::NAN, normal: [f32::NAN; 3], number: f32::NAN, sun: f32::NAN, open: f32::NAN };

    /// Whether there is a surface.
    pub fn is_hit(&self) -> bool {
        !self.depth.is_nan()
    }
}

/// A surface and the camera that looks at it.
pub struct Scene {
    implicit: Implicit,
    tracer: Tracer,
    view: View,
    look: Look,
    /// The distance from the middle of the surface to its farthest place.
    radius: f64,
}

impl Scene {
    /// The surface of `field` in a picture of `sides`, rows and columns.
    pub fn new(
        engine: Arc<dyn Engine>,
        field: Field,
        look: Look,
        (camera, sides): (&Camera, (usize, usize)),
    ) -> Result<Self, SurfaceError> {
        let mut implicit = Implicit::new(engine, field)?;
        let tracer = Tracer::new(&mut implicit, 0.0)?;
        let view = camera.view(&tracer, sides)?;
        let (middle, places) = tracer.extent();
        let from =
            |place: &[f64; 3]| (0..3).map(|axis| (place[axis] - middle[axis]).powi(2)).sum::<f64>().sqrt();
        let radius = places.iter().map(from).fold(0.0, f64::max);
        Ok(Self { implicit, tracer, view, look, radius })
    }

    /// The camera and its picture.
    pub fn view(&self) -> &View {
        &self.view
    }

    /// What is shown.
    pub fn look(&self) -> Look {
        self.look
    }

    /// The error for a picture without a surface.
    pub fn unseen(&self) -> SurfaceError {
        self.tracer.unseen()
    }

    /// The directions to the key light, which stands above the left shoulder of the camera, and to a weak one on its right.
    pub fn lights(&self) -> [[f64; 3]; 2] {
        let View { right, up, back, .. } = self.view;
        [[-0.45, 0.62, 0.64], [0.82, 0.05, 0.57]]
            .map(|[x, y, z]| [0, 1, 2].map(|axis| x * right[axis] + y * up[axis] + z * back[axis]))
    }

    /// Adds a sample at the middle of every pixel, row by row.
    pub fn pixels(&mut self, samples: &mut Vec<Sample>, told: Told<'_>) -> Result<(), SurfaceError> {
        let View { rows, columns, .. } = self.view;
        let band = (BATCH / columns).max(1);
        for top in (0..rows).step_by(band) {
            let end = (top + band).min(rows);
            let pixel = |row: usize| (0..columns).map(move |column| (row as f64 + 0.5, column as f64 + 0.5));
            let rays: Vec<Ray> =
                (top..end).flat_map(pixel).map(|(row, column)| self.view.ray(row, column)).collect();
            samples.extend(self.samples(&rays)?);
            told(end, Some(rows));
        }
        Ok(())
    }

    /// A sample for every ray.
    pub fn samples(&mut self, rays: &[Ray]) -> Result<Vec<Sample>, SurfaceError> {
        let mut samples = vec![Sample::NONE; rays.len()];
        let hits = self.tracer.trace(&mut self.implicit, rays)?;
        let hits: Vec<(usize, Hit)> =
            hits.into_iter().enumerate().filter_map(|(at, hit)| Some((at, hit?))).collect();
        let places: Vec<[f64; 3]> = hits.iter().map(|(_, hit)| hit.place).collect();
        let order = if self.look == Look::Curvature { Order::Hessian } else { Order::Gradient };
        let mut jets = vec![f32::NAN; places.len() * order.width()];
        self.implicit.evaluate(order, &places, &mut jets)?;
        let mut slopes = Vec::with_capacity(hits.len());
        for ((at, hit), jet) in hits.iter().zip(jets.chunks_exact(order.width())) {
            let gradient = [1, 2, 3].map(|axis| f64::from(jet[axis]));
            let slope = gradient.iter().map(|g| g * g).sum::<f64>().sqrt();
            let direction = rays[*at].direction;
            // A place without a gradient has no normal; it looks at the camera.
            let outward = if slope > 0.0 { gradient.map(|g| g / slope) } else { direction.map(|d| -d) };
            let normal = hit.cut.unwrap_or(outward);
            let away = (0..3).map(|axis| normal[axis] * direction[axis]).sum::<f64>() > 0.0;
            slopes.push(if slope > 0.0 { slope } else { 1.0 });
            samples[*at] = Sample {
                depth: hit.distance as f32,
                normal: normal.map(|n| if away { -n } else { n } as f32),
                number: match <&[f32; 10]>::try_from(jet) {
                    Ok(jet) if hit.cut.is_none() => mean_curvature(jet) as f32,
                    // A cut has no curvature of its own.
                    Ok(_) => f32::NAN,
                    Err(_) => hit.distance as f32,
                },
                sun: 1.0,
                open: 1.0,
            };
        }
        if self.look == Look::Shaded {
            // A cut is in full light: the function behind it is no distance from it.
            let lit = (0..hits.len()).filter(|hit| hits[*hit].1.cut.is_none());
            let lit: Vec<Lit> =
                lit.map(|hit| Lit { at: hits[hit].0, place: places[hit], slope: slopes[hit] }).collect();
            self.light(&mut samples, &lit)?;
        }
        Ok(samples)
    }

    /// Finds how much light arrives at the samples `at`, which lie at `places` and where the function has these slopes.
    ///
    /// Openness is by how much the function grows slower along the normal than over a plane (Evans, "Fast approximations for
    /// global illumination on dynamic scenes", 2006). A shadow is as deep as the way to the light comes near the surface for
    /// its length (Quilez, "Soft shadows in raymarched SDFs", 2010).
    fn light(&mut self, samples: &mut [Sample], lit: &[Lit]) -> Result<(), SurfaceError> {
        let normals: Vec<[f64; 3]> = lit.iter().map(|lit| samples[lit.at].normal.map(f64::from)).collect();
        let lifted = |of: usize, by: f64| along(lit[of].place, normals[of], by);
        let mut closed = vec![0.0; lit.len()];
        for (part, weight) in HEIGHTS {
            let height = part * self.radius;
            let points: Vec<[f64; 3]> = (0..lit.len()).map(|of| lifted(of, height)).collect();
            for ((closed, value), lit) in closed.iter_mut().zip(self.values(&points)?).zip(lit) {
                *closed += weight * (1.0 - value / lit.slope / height).clamp(0.0, 1.0);
            }
        }
        let [key, _] = self.lights();
        let facing = |normal: &[f64; 3]| (0..3).map(|axis| normal[axis] * key[axis]).sum::<f64>() > 0.0;
        let (begin, end) = (WAY.0 * self.radius, WAY.1 * self.radius);
        let mut sun: Vec<f64> = normals.iter().map(|normal| f64::from(u8::from(facing(normal)))).collect();
        // The samples whose way to the light is not at its end, and how far they are.
        let mut ways: Vec<(usize, f64)> =
            (0..lit.len()).filter(|of| sun[*of] > 0.0).map(|of| (of, begin)).collect();
        for _ in 0..STEPS {
            let points = ways.iter().map(|(of, far)| along(lifted(*of, 0.5 * begin), key, *far));
            let values = self.values(&points.collect::<Vec<_>>())?;
            for ((of, far), value) in ways.iter_mut().zip(values) {
                let free = value / lit[*of].slope;
                sun[*of] = sun[*of].min(0.5 + 0.5 * HARDNESS * free / *far).max(0.0);
                *far += (CAREFUL * free).clamp(STEP.0 * self.radius, STEP.1 * self.radius);
            }
            ways.retain(|(of, far)| *far < end && sun[*of] > 0.0);
        }
        for (of, lit) in lit.iter().enumerate() {
            // Smooth at both ends.
            let part = sun[of].clamp(0.0, 1.0);
            samples[lit.at].sun = (part * part * (3.0 - 2.0 * part)) as f32;
            samples[lit.at].open = (1.0 - closed[of]) as f32;
        }
        Ok(())
    }

    /// The values at `points`, which are 0 on the surface.
    fn values(&mut self, points: &[[f64; 3]]) -> Result<Vec<f64>, SurfaceError> {
        let mut values = vec![0.0; points.len()];
        self.implicit.evaluate(Order::Value, points, &mut values)?;
        Ok(values.into_iter().map(f64::from).collect())
    }
}
