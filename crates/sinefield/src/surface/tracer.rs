//! Where rays meet a surface, by sphere tracing.
//!
//! A ray goes from where it enters the region to where it leaves it. A step is the value divided by the largest slope
//! around, so that it cannot pass the surface (Hart, "Sphere tracing", 1996), and far from the surface it is known from a
//! coarse grid without an evaluation. The steps have a smallest length. Where the sign changes, the surface is closed in by
//! regula falsi; two places outside between which a thin part may hide are looked at once more.

use rayon::prelude::*;

use super::SurfaceError;
use super::camera::Ray;
use super::implicit::{Implicit, Order};
use super::march::{March, Next};
use super::mesh::bounds;
use super::survey::Survey;

/// Rays that are traced at once.
const BATCH: usize = 1 << 16;
/// The smallest step, as a part of the region's diagonal.
const LEAST: f64 = 1.0 / 8192.0;
/// The distance to which a place of the surface is found, as a part of the region's diagonal.
const CLOSE: f64 = 1e-7;
/// The largest number of evaluations of a ray.
const MOST: usize = 1 << 14;

/// Where a ray meets the surface.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hit {
    /// The distance from the origin of the ray.
    pub distance: f64,
    /// The place.
    pub place: [f64; 3],
    /// For a ray that is inside where it enters the region: the outward normal of the region's side there.
    pub cut: Option<[f64; 3]>,
}

/// A function and what is known about it before rays are traced.
pub struct Tracer {
    survey: Survey,
    level: f64,
    pub(super) region: [(f64, f64); 3],
    pub(super) least: f64,
    pub(super) close: f64,
}

impl Tracer {
    /// Measures `implicit` for its surface at `level`.
    ///
    /// # Errors
    /// If the level or a value is not finite, or the engine refuses the function.
    pub fn new(implicit: &mut Implicit, level: f64) -> Result<Self, SurfaceError> {
        if !level.is_finite() {
            return Err(SurfaceError::Level { level });
        }
        let survey = Survey::of(implicit, level)?;
        let region = survey.region();
        let diagonal = region.iter().map(|(low, high)| (high - low).powi(2)).sum::<f64>().sqrt();
        Ok(Self { survey, level, region, least: LEAST * diagonal, close: CLOSE * diagonal })
    }

    /// The middle of the surface, and places on it, as far as the coarse grid knows them. Without any, those of the
    /// region.
    pub fn extent(&self) -> ([f64; 3], Vec<[f64; 3]>) {
        let mut places = self.survey.places();
        places.extend(&self.survey.near);
        if places.is_empty() {
            let end = |corner: usize, axis: usize| {
                let (low, high) = self.region[axis];
                if corner >> axis & 1 == 0 { low } else { high }
            };
            places = (0..8).map(|corner| [0, 1, 2].map(|axis| end(corner, axis))).collect();
        }
        let middle = bounds(&places).unwrap_or(self.region).map(|(low, high)| 0.5 * (low + high));
        (middle, places)
    }

    /// The error for a picture without a surface.
    pub fn unseen(&self) -> SurfaceError {
        let (low, high) = self.survey.range;
        if self.survey.places().is_empty() {
            return SurfaceError::NoSurface { level: self.level, low, high };
        }
        SurfaceError::OutOfView
    }

    /// Where every ray first meets the surface.
    ///
    /// # Errors
    /// If a value is not finite, or the engine refuses the function.
    pub fn trace(&self, implicit: &mut Implicit, rays: &[Ray]) -> Result<Vec<Option<Hit>>, SurfaceError> {
        let mut hits = Vec::with_capacity(rays.len());
        for rays in rays.chunks(BATCH) {
            hits.extend(self.batch(implicit, rays)?);
        }
        Ok(hits)
    }

    fn batch(&self, implicit: &mut Implicit, rays: &[Ray]) -> Result<Vec<Option<Hit>>, SurfaceError> {
        let mut hits = vec![None; rays.len()];
        let begin = |(at, ray): (usize, &Ray)| March::begin(self, at, *ray);
        let mut active: Vec<March> =
            implicit.engine().install(|| rays.par_iter().enumerate().filter_map(begin).collect());
        let (mut points, mut values) = (Vec::new(), Vec::new());
        for _ in 0..MOST {
            if active.is_empty() {
                break;
            }
            points.clear();
            points.extend(active.iter().map(March::query));
            values.clear();
            values.resize(points.len(), f32::NAN);
            implicit.evaluate(Order::Value, &points, &mut values)?;
            if let Some(at) = values.iter().position(|value| !value.is_finite()) {
                return Err(SurfaceError::NotFinite { place: points[at], value: values[at] });
            }
            let next: Vec<Next> = implicit.engine().install(|| {
                let pairs = active.par_iter_mut().zip(&values);
                pairs.map(|(march, value)| march.next(self, f64::from(*value) - self.level)).collect()
            });
            let mut next = next.into_iter();
            active.retain(|march| match next.next() {
                Some(Next::Hit(hit)) => {
                    hits[march.at] = Some(hit);
                    false
                }
                Some(Next::Go) => true,
                _ => false,
            });
        }
        Ok(hits)
    }

    /// The survey.
    pub(super) fn survey(&self) -> &Survey {
        &self.survey
    }
}
