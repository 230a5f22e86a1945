//! A camera that looks at a surface, and the rays of its pixels.
//!
//! The second coordinate, y, is up, as in OBJ and glTF files. The camera looks at the middle of the surface. With azimuth
//! `a` and elevation `e` it stands from there in the direction
//!
//! ```text
//! (sin a cos e, sin e, cos a cos e)
//! ```
//!
//! so that azimuth 0 looks from +z, 90 degrees from +x, and elevation 90 degrees from above. The picture is in perspective.

use serde::{Deserialize, Serialize};

use super::SurfaceError;
use super::mesh::{dot, minus};
use super::tracer::Tracer;

/// The angle that the shorter side of a picture spans, in degrees.
pub const FIELD_OF_VIEW: f64 = 30.0;
/// The part of the picture that a surface fills when the distance is not given.
const FILLED: f64 = 0.92;

/// Where a surface is looked at from.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Camera {
    /// Degrees from +z towards +x.
    pub azimuth: f64,
    /// Degrees above the plane of x and z, -90 to 90.
    pub elevation: f64,
    /// The distance from the middle of the surface, in the unit of the coordinates. `None` for that at which the surface
    /// fills the picture.
    pub distance: Option<f64>,
}

impl Default for Camera {
    fn default() -> Self {
        Self { azimuth: 30.0, elevation: 20.0, distance: None }
    }
}

/// A half-line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ray {
    /// Where it begins.
    pub origin: [f64; 3],
    /// Its direction, of length 1.
    pub direction: [f64; 3],
}

impl Ray {
    /// The place at `distance` from the origin.
    pub fn at(&self, distance: f64) -> [f64; 3] {
        [0, 1, 2].map(|axis| self.origin[axis] + distance * self.direction[axis])
    }
}

/// A camera before a surface, with its picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct View {
    /// The place of the camera.
    pub eye: [f64; 3],
    /// The direction to the right of the picture.
    pub right: [f64; 3],
    /// The direction to the top of the picture.
    pub up: [f64; 3],
    /// The direction from the middle of the surface to the camera.
    pub back: [f64; 3],
    /// The distance of the camera from the middle of the surface.
    pub distance: f64,
    /// The side of a pixel at distance 1.
    pub pixel: f64,
    /// Rows of the picture.
    pub rows: usize,
    /// Columns of the picture.
    pub columns: usize,
}

impl Camera {
    /// The view of the surface of `tracer` in a picture of `(rows, columns)` pixels.
    ///
    /// # Errors
    /// If a number is not finite, the elevation is beyond 90 degrees, the distance is not above 0, or the picture has no
    /// pixels.
    pub fn view(&self, tracer: &Tracer, (rows, columns): (usize, usize)) -> Result<View, SurfaceError> {
        self.check()?;
        if rows == 0 || columns == 0 {
            return Err(SurfaceError::NoPixels { rows, columns });
        }
        let ((sin_a, cos_a), (sin_e, cos_e)) =
            (self.azimuth.to_radians().sin_cos(), self.elevation.to_radians().sin_cos());
        let back = [sin_a * cos_e, sin_e, cos_a * cos_e];
        let right = [cos_a, 0.0, -sin_a];
        let up = [-sin_a * sin_e, cos_e, -cos_a * sin_e];
        let pixel = 2.0 * (0.5 * FIELD_OF_VIEW).to_radians().tan() / rows.min(columns) as f64;
        let (middle, points) = tracer.extent();
        // The distance at which a point is just within the part of the picture that is filled.
        let needed = |point: &[f64; 3]| {
            let from = minus(*point, middle);
            let half = |pixels: usize| 0.5 * FILLED * pixel * pixels as f64;
            let across = dot(from, right).abs() / half(columns);
            dot(from, back) + across.max(dot(from, up).abs() / half(rows))
        };
        let distance =
            self.distance.unwrap_or_else(|| points.iter().map(needed).fold(f64::MIN_POSITIVE, f64::max));
        let eye = [0, 1, 2].map(|axis| middle[axis] + distance * back[axis]);
        Ok(View { eye, right, up, back, distance, pixel, rows, columns })
    }

    /// Checks the numbers.
    ///
    /// # Errors
    /// As [`Camera::view`].
    pub fn check(&self) -> Result<(), SurfaceError> {
        let fault = |what: &'static str, number: f64| Err(SurfaceError::Camera { what, number });
        match *self {
            Self { azimuth, .. } if !azimuth.is_finite() => fault("azimuth", azimuth),
            Self { elevation, .. } if !(-90.0..=90.0).contains(&elevation) => fault("elevation", elevation),
            Self { distance: Some(distance), .. } if !(distance.is_finite() && distance > 0.0) => {
                fault("distance", distance)
            }
            _ => Ok(()),
        }
    }
}

impl View {
    /// The ray through a place of the picture, in pixels from its top left corner: the middle of the first pixel is
    /// (0.5, 0.5).
    pub fn ray(&self, row: f64, column: f64) -> Ray {
        let across = self.pixel * (column - 0.5 * self.columns as f64);
        let upwards = self.pixel * (0.5 * self.rows as f64 - row);
        let length = (1.0 + across * across + upwards * upwards).sqrt();
        let along = |axis: usize| across * self.right[axis] + upwards * self.up[axis] - self.back[axis];
        Ray { origin: self.eye, direction: [0, 1, 2].map(|axis| along(axis) / length) }
    }
}
