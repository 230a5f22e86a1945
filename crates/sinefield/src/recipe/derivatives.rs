//! Fits a field to the derivatives of a picture, either its gradient or its Laplacian, without its values.
//!
//! The field represents the picture itself, as in [`super::sampled`]. The derivatives leave a constant or a harmonic
//! function undetermined. Let `s` be the spacing of pixels in normalised coordinates. A derivative per pixel is then
//! `s ∂u` or `Σ s² ∂∂u`. The loss is the mean square of the error over the mean square of the target:
//!
//! ```text
//! mean |s ∇u - g|² / mean |g|²        mean (s² Δu - l)² / mean l²
//! ```
//!
//! The loss is of order 1 for every picture and size, and 1 for a constant field. The official code instead multiplies
//! unnormalised gradients by 10 and Laplacians by 10,000. At 256 pixels, the field then has 0.63 and 0.62 times the
//! scale of the picture. Here the field has the scale and units of the picture. Adam does not depend on the scale of a
//! loss.

use thiserror::Error;

use super::sampled::Sampled;
use crate::expr::Expr;
use crate::field::FieldConfig;
use crate::fit::{Moment, Task, TaskError};
use crate::problem::{
    Column, ConstraintEntry, Description, Domain, FieldEntry, Interval, Problem, ProblemError,
};

/// The known derivatives of a picture, in its units per pixel (squared). Each array is `(rows, columns, channels)`.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Target {
    /// The derivatives down the rows and along the columns.
    Gradient {
        /// Down the rows.
        down: Vec<f32>,
        /// Along the columns.
        right: Vec<f32>,
    },
    /// The sum of the second derivatives.
    Laplacian(Vec<f32>),
}

/// The reason that a target cannot be fitted.
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum TargetError {
    /// The size of an array differs from that of the picture.
    #[error("the {what} has {found} numbers where the picture has {expected}")]
    Length {
        /// The array.
        what: &'static str,
        /// Numbers in the picture.
        expected: usize,
        /// Numbers in the array.
        found: usize,
    },
    /// A number is NaN or infinite.
    #[error("the {what} has a number at index {index} that is not finite")]
    NotFinite {
        /// The array.
        what: &'static str,
        /// The index of the number.
        index: usize,
    },
    /// The signal does not have two axes.
    #[error("the signal is no picture of rows and columns")]
    NotAPicture,
    /// All numbers are zero.
    #[error("the {0} is zero everywhere: there is nothing to fit")]
    Zero(&'static str),
    /// The problem cannot be defined.
    #[error(transparent)]
    Problem(#[from] ProblemError),
}

/// The task of fitting a field to the derivatives of a picture at every pixel.
///
/// ```
/// use std::sync::Arc;
///
/// use sinefield::engine::cpu::CpuEngine;
/// use sinefield::field::FieldConfig;
/// use sinefield::fit::{Control, Fit, FitConfig};
/// use sinefield::recipe::derivatives::{Derivatives, Target};
/// use sinefield::recipe::sampled::Sampled;
///
/// // A ramp down the rows. The task has only its slope, 0.1 a pixel, and not its values.
/// let ramp = (0..16 * 16).map(|i| (i / 16) as f32 * 0.1).collect();
/// let picture = Sampled::picture((16, 16, 1), ramp, None)?;
/// let target = Target::Gradient { down: vec![0.1; 256], right: vec![0.0; 256] };
/// let task = Derivatives::new(&picture, target)?;
///
/// let engine = Arc::new(CpuEngine::new(Some(1))?);
/// let field = picture.field(&FieldConfig { hidden: 32, layers: 1, ..FieldConfig::default() }, 0)?;
/// let mut fit = Fit::new(engine, field, Arc::new(task), FitConfig { steps: 200, ..FitConfig::default() })?;
/// let outcome = fit.run(|_, _| Control::Continue)?;
/// assert!(outcome.final_loss < 0.1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Derivatives {
    problem: Problem,
    /// The mean square of the target over pixels, channels and parts.
    square: f64,
    /// The largest number of the target minus the smallest.
    range: f64,
}

impl Derivatives {
    /// The task of fitting `target`, which belongs to `picture`.
    ///
    /// # Errors
    /// If the signal is not a picture, an array differs in size from it or has a number that is not finite, or all
    /// numbers of the target are zero.
    pub fn new(picture: &Sampled, target: Target) -> Result<Self, TargetError> {
        let &[rows, columns] = picture.shape() else { return Err(TargetError::NotAPicture) };
        let channels = picture.channels();
        let (name, residual, parts) = match target {
            Target::Gradient { down, right } => {
                let parts = vec![("gradient down the rows", down), ("gradient along the columns", right)];
                ("gradient", Expr::name("u").grad() - Expr::name("sought"), parts)
            }
            Target::Laplacian(numbers) => {
                let residual = Expr::name("u").laplace() - Expr::name("sought");
                ("laplacian", residual, vec![("Laplacian", numbers)])
            }
        };
        let expected = rows * columns * channels;
        for (what, numbers) in &parts {
            if numbers.len() != expected {
                return Err(TargetError::Length { what, expected, found: numbers.len() });
            }
            if let Some(index) = numbers.iter().position(|v| !v.is_finite()) {
                return Err(TargetError::NotFinite { what, index });
            }
        }
        // The target in outputs. The parts of one pixel and channel are contiguous.
        let scale = picture.value_map().scale;
        let number = |at: usize| parts.iter().map(move |(_, part)| (f64::from(part[at]) / scale) as f32);
        let sought: Vec<f32> = (0..expected).flat_map(number).collect();
        let all = || sought.iter().map(|v| f64::from(*v));
        let square = all().map(|v| v * v).sum::<f64>() / sought.len() as f64;
        let range = all().fold(f64::MIN, f64::max) - all().fold(f64::MAX, f64::min);
        if square <= 0.0 {
            return Err(TargetError::Zero(if name == "gradient" { "gradient" } else { "Laplacian" }));
        }
        let weight = 1.0 / (square * (parts.len() * channels) as f64);
        let column = Column {
            name: "sought".into(),
            width: channels * parts.len(),
            complex: false,
            values: sought.into(),
        };
        // The domain is in pixels, so that derivatives are per pixel.
        let sides = [rows, columns].map(|n| (Interval::new(0.0, (n - 1) as f64), n));
        let field =
            FieldEntry { network: FieldConfig::new(2, channels), ..FieldEntry::new("u", &["row", "column"]) };
        let constraint = ConstraintEntry {
            columns: vec![column],
            weight,
            ..ConstraintEntry::new(name, residual, &["row", "column"], Domain::Grid(sides.to_vec()))
        };
        let (fields, constraints) = (vec![field], vec![constraint]);
        let problem = Problem::new(Description { fields, constraints, ..Description::default() })?;
        Ok(Self { problem, square, range })
    }
}

impl Task for Derivatives {
    super::terms_of_problem!();

    /// The PSNR of the derivative. Its peak is the range of the target.
    fn psnr_of_loss(&self, loss: f64) -> Option<f64> {
        Some(10.0 * (self.range * self.range / (loss * self.square)).log10())
    }

    /// Every step uses every pixel, so the loss of a step gives the PSNR.
    fn psnr(&self, moment: &Moment<'_>) -> Result<Option<f64>, TaskError> {
        let (Some(field), Some(term)) = (moment.fields.first(), self.terms().first()) else {
            return Ok(None);
        };
        let parts: Vec<_> = term.fields.iter().map(|of| (field.architecture(), &of.jet)).collect();
        let mut differentiator = moment.engine.differentiator(&parts)?;
        let mut unused = vec![0.0; field.parameters().len()];
        let system = self.system(0, moment)?;
        let parameters = [field.parameters()];
        let loss = differentiator.gradient(&parameters, system.as_ref(), &mut [&mut unused], &mut []);
        Ok(self.psnr_of_loss(loss))
    }
}

#[cfg(test)]
mod tests;
