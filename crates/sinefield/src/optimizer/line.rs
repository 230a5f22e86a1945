//! A search along a direction from θ, by the strong Wolfe conditions, over losses that may not be usable.

use super::vectors::{add, dot};
use super::wolfe::{Conditions, Sample, search};
use super::{Loss, LossError};
use crate::field::Number;

/// An evaluated point of a line.
pub(super) struct Trial<N> {
    pub loss: f64,
    pub theta: Vec<N>,
    pub gradient: Vec<N>,
    /// The step length.
    pub step: f64,
}

/// Searches for a step from `theta`, where the loss and its gradient are given, along `direction`. The first step to try
/// is `first`. Returns `None` if no step lowers the loss enough. Adds to `evaluations`.
///
/// # Errors
/// If an evaluation ends with [`LossError::Failed`]. A loss that is not usable for another reason rejects its trial.
pub(super) fn along<N: Number, D: Number>(
    theta: &[N],
    (start, gradient): (f64, &[N]),
    (direction, first): (&[D], f64),
    conditions: Conditions,
    loss: &mut dyn Loss<N>,
    evaluations: &mut usize,
) -> Result<Option<Trial<N>>, LossError> {
    let start = Sample { step: 0.0, loss: start, slope: dot(gradient, direction) };
    if start.slope >= 0.0 || !start.slope.is_finite() {
        return Ok(None);
    }
    let found = search(start, first, conditions, |step| {
        *evaluations += 1;
        let mut trial = theta.to_vec();
        add(&mut trial, step, direction);
        let mut gradient = vec![N::zero(); theta.len()];
        let sample = match loss.evaluate(&trial, &mut gradient) {
            Ok(loss) => Sample { step, loss, slope: dot(&gradient, direction) },
            Err(LossError::Failed(error)) => return Err(LossError::Failed(error)),
            Err(_) => Sample { step, loss: f64::INFINITY, slope: f64::INFINITY },
        };
        Ok((sample, (trial, gradient)))
    })?;
    // Where rounding hides the slope, a trial that changes nothing satisfies the conditions.
    let lower = found.filter(|(at, _)| at.loss < start.loss);
    Ok(lower.map(|(Sample { loss, step, .. }, (theta, gradient))| Trial { loss, theta, gradient, step }))
}
