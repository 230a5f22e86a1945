//! The reasons that a surface cannot be found.

use thiserror::Error;

use crate::engine::EngineError;
use crate::expr::ExprError;

/// The reason that a field has no surface, or that it cannot be found.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SurfaceError {
    /// There is no field.
    #[error("there is no field to take a surface from")]
    NoFields,
    /// A field is not a scalar in space.
    #[error(
        "the field \"{name}\" has {inputs} coordinates and {outputs} outputs; a surface needs a field of 3 coordinates \
         and 1 output"
    )]
    NotInSpace {
        /// The name of the field.
        name: String,
        /// Its coordinates.
        inputs: usize,
        /// Its outputs.
        outputs: usize,
    },
    /// The expression does not read a field.
    #[error("the expression does not use the field \"{name}\"; leave the field out, or use it")]
    UnusedField {
        /// The name of the field.
        name: String,
    },
    /// The expression is not a single real number.
    #[error("the expression gives {numbers} numbers at a point; a surface needs a single real one")]
    NotAScalar {
        /// Real numbers at a point.
        numbers: usize,
    },
    /// The region has no extent along an axis, or an infinite one.
    #[error("the region has no extent along {axis}; give one with a lower end below its upper end")]
    FlatRegion {
        /// The axis.
        axis: String,
    },
    /// The grid is too small or too large.
    #[error("{cells} cells along a side cannot be made; ask for {least} to {most}")]
    Resolution {
        /// The requested number of cells.
        cells: usize,
        /// The smallest allowed number.
        least: usize,
        /// The largest allowed number.
        most: usize,
    },
    /// The level is not finite.
    #[error("the level is {level}; it must be a finite number")]
    Level {
        /// The level.
        level: f64,
    },
    /// The function is not finite somewhere.
    #[error("the function is {value} at ({}, {}, {}); the field is damaged, or the expression has a pole", place[0], place[1], place[2])]
    NotFinite {
        /// The place.
        place: [f64; 3],
        /// The value.
        value: f32,
    },
    /// The function does not take the level in the region.
    #[error(
        "the function does not take the level {level} in the region; its values there are from {low} to {high}"
    )]
    NoSurface {
        /// The level.
        level: f64,
        /// The smallest value that was found.
        low: f32,
        /// The largest value that was found.
        high: f32,
    },
    /// A camera does not see the surface.
    #[error("the camera does not see the surface; leave its distance out, or turn it")]
    OutOfView,
    /// A number of a camera is out of range.
    #[error(
        "the {what} of the camera is {number}; give an azimuth in degrees, an elevation from -90 to 90, and a distance above 0"
    )]
    Camera {
        /// The name of the number.
        what: &'static str,
        /// The number.
        number: f64,
    },
    /// A picture has no pixels.
    #[error("a picture of {columns} x {rows} pixels cannot be drawn; give at least 1x1")]
    NoPixels {
        /// Its rows.
        rows: usize,
        /// Its columns.
        columns: usize,
    },
    /// The mesh has more vertices than an index can number.
    #[error("the surface has more than 4 billion vertices; ask for fewer cells")]
    TooManyVertices,
    /// The expression is not valid.
    #[error(transparent)]
    Expression(#[from] ExprError),
    /// The engine returned an error.
    #[error(transparent)]
    Engine(#[from] EngineError),
}
