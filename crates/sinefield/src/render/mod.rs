//! Evaluates a field over a frame of samples or at any points: its value or a derivative, in the units of the field.
//!
//! A [`Frame`] defines the positions of the samples of a picture, a sound, a video or a slice. A [`Quantity`] is
//! evaluated there. [`Render`] works tile by tile. It passes the numbers of every sample to a function of the caller
//! and stores nothing else. [`at_points`] and [`at_points_exactly`] do the same at single points.
//!
//! ```
//! use sinefield::engine::cpu::CpuEngine;
//! use sinefield::field::{Axis, Field, FieldConfig, Meta};
//! use sinefield::render::{Count, Frame, Part, Quantity, Render};
//!
//! let mut field = Field::new(&FieldConfig { hidden: 16, ..FieldConfig::new(2, 1) }, 0)?;
//! field.meta = Meta::picture(20, 30);
//! // Twice the pixels along both sides; the derivatives down the rows and along the columns there.
//! let twice = Part::Run { region: None, count: Count::Scaled(2.0) };
//! let frame = Frame::of_parts(&field, &[twice; 2])?;
//! let render = Render::new(&field, frame, Quantity::Gradient)?;
//! let mut slopes = vec![[0.0f32; 2]; 40 * 60];
//! let engine = CpuEngine::new(Some(1))?;
//! render.draw(&engine, &mut slopes, 1, |numbers, pixel| pixel[0] = [numbers[0], numbers[1]])?;
//!
//! // A video of 25 frames a second. Half of its first second is rendered at 100 frames a second, cut at row 3.
//! let mut video = Field::new(&FieldConfig { hidden: 16, ..FieldConfig::new(3, 1) }, 0)?;
//! let time = Axis::stepped("time", 50, (0.0, 0.04), "s");
//! video.meta.axes = vec![time, Axis::counted("row", 8), Axis::counted("column", 9)];
//! let half = Part::Run { region: Some((0.0, 0.5)), count: Count::PerUnit(100.0) };
//! let frame = Frame::of_parts(&video, &[half, Part::At(3.0), Part::default()])?;
//! assert_eq!(frame.shape(), [50, 9]);
//! assert_eq!(frame.places(0)[..3], [0.0, 0.01, 0.02]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod frame;
mod points;
mod quantity;
mod units;

use thiserror::Error;

pub use frame::{Count, Frame, Part};
pub use points::{at_points, at_points_exactly};
pub use quantity::Quantity;
pub use units::Coordinates;

use crate::engine::{Engine, EngineError, Jets};
use crate::field::Field;
use crate::form;
use crate::jet::JetSpec;
use units::Units;

/// The reason that a field cannot be rendered or evaluated.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RenderError {
    /// The scale is not a positive number.
    #[error("the scale is {0}; it must be a positive number")]
    Scale(f64),
    /// The number of parts differs from the number of coordinates.
    #[error("{found} parts are given for a field of {inputs} coordinates; give one for each")]
    Parts {
        /// The number of parts.
        found: usize,
        /// Coordinates of the field.
        inputs: usize,
    },
    /// A region or a place lies outside of the signal.
    #[error(
        "{} is not a part of the axis \"{axis}\", which reaches from {} to {}; {advice}",
        if from == to { from.to_string() } else { format!("{from} to {to}") },
        whole.0,
        whole.1,
        advice = if from == to { "stay inside" } else { "begin before the end, and stay inside" }
    )]
    Outside {
        /// The axis.
        axis: String,
        /// The start of the region.
        from: f64,
        /// The end of the region.
        to: f64,
        /// The extent of the axis.
        whole: (f64, f64),
    },
    /// The axis was not sampled.
    #[error("the axis \"{axis}\" was not sampled, so it has no size of its own; give the number of samples")]
    NotSampled {
        /// The axis.
        axis: String,
    },
    /// The number of samples is zero or too large.
    #[error("{count} samples along {axis} cannot be made; ask for 1 to {most}")]
    Samples {
        /// The axis, or all of them.
        axis: String,
        /// The requested number.
        count: f64,
        /// The largest allowed number.
        most: usize,
    },
    /// The points do not have the field's number of coordinates.
    #[error("{numbers} numbers cannot be divided into points of {inputs} coordinates")]
    Points {
        /// The length of the array of points.
        numbers: usize,
        /// Coordinates of the field.
        inputs: usize,
    },
    /// No quantity has this name.
    #[error("unknown quantity \"{0}\"; one of {names}", names = Quantity::ALL.map(Quantity::name).join(", "))]
    UnknownQuantity(String),
    /// The engine returned an error.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

/// A quantity of a field over a frame.
///
/// Derivatives are in signal units per unit of each axis: per pixel of the fitted picture for any size of the render,
/// per second, or per unit of a problem. For a field with an affine map, derivatives are with respect to its space.
#[derive(Clone, Debug)]
pub struct Render<'f> {
    field: &'f Field,
    frame: Frame,
    quantity: Quantity,
    units: Units,
    spec: JetSpec,
}

impl<'f> Render<'f> {
    /// A render of `quantity` over `frame`, which must be a frame of this field.
    ///
    /// # Errors
    /// If the number of coordinates of the frame differs from that of the field.
    pub fn new(field: &'f Field, frame: Frame, quantity: Quantity) -> Result<Self, RenderError> {
        let inputs = field.architecture().inputs;
        if frame.inputs() != inputs {
            return Err(RenderError::Parts { found: frame.inputs(), inputs });
        }
        let units = Units::of(field);
        let spec = quantity.add_to(JetSpec::value(inputs), &units);
        Ok(Self { field, frame, quantity, units, spec })
    }

    /// The positions of the pixels.
    pub fn frame(&self) -> &Frame {
        &self.frame
    }

    /// The same render, restricted to `rows` of the first axis that is not cut. See [`Frame::band`].
    pub fn band(&self, rows: std::ops::Range<usize>) -> Self {
        Self { frame: self.frame.band(rows), ..self.clone() }
    }

    /// A render of the same area with another number of pixels.
    pub fn resized(&self, rows: usize, columns: usize) -> Self {
        Self { frame: self.frame.resized(rows, columns), ..self.clone() }
    }

    /// The shape of the numbers of a pixel, row-major: `(outputs,)`, followed by `(inputs,)` for a gradient and
    /// `(inputs, inputs)` for a Hessian.
    pub fn pixel_shape(&self) -> Vec<usize> {
        self.quantity.shape(self.field.architecture().outputs(), self.units.inputs())
    }

    /// Evaluates every pixel, in any order and on every thread of `engine`. `keep(numbers, out)` converts the numbers
    /// of a pixel to its `per_pixel` items of `out`. `out` has as many pixels as the frame.
    ///
    /// # Errors
    /// If the engine refuses the field.
    ///
    /// # Panics
    /// If the length of `out` is wrong, or `per_pixel` is zero.
    pub fn draw<T: Send>(
        &self,
        engine: &dyn Engine,
        out: &mut [T],
        per_pixel: usize,
        keep: impl Fn(&[f32], &mut [T]) + Sync,
    ) -> Result<(), RenderError> {
        assert_eq!(out.len(), self.frame.count() * per_pixel, "output of another size");
        let mut evaluator = form::evaluator(engine, self.field, &self.spec)?;
        let count = self.pixel_shape().iter().product();
        let coordinates = |start: usize, x: &mut [f64]| self.frame.coordinates(start, x);
        let write = |_: usize, jets: &Jets<'_>, out: &mut [T]| {
            let mut numbers = vec![0.0f32; count];
            for (point, out) in out.chunks_exact_mut(per_pixel).enumerate() {
                let jet = |c: usize, o: usize| f64::from(jets.channel(c)[point * jets.outputs + o]);
                let mut put = |at: usize, number: f64| numbers[at] = number as f32;
                self.quantity.write(&self.units, &self.spec, jets.outputs, jet, &mut put);
                keep(&numbers, out);
            }
        };
        evaluator.evaluate(self.field.parameters(), coordinates, out, per_pixel, write);
        Ok(())
    }
}

#[cfg(test)]
mod space_tests;
#[cfg(test)]
mod tests;
