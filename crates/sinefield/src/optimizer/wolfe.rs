//! A line search for the strong Wolfe conditions (Nocedal & Wright 2006, algorithms 3.5 and 3.6).
//!
//! Along a descent direction, let `f(t)` be the loss at step length `t`. The search finds a `t` with
//!
//! ```text
//! f(t) <= f(0) + c1 t f'(0)        |f'(t)| <= c2 |f'(0)|
//! ```
//!
//! It first increases the step until an interval must contain a solution, and then narrows that interval. A step whose
//! loss is not usable counts as an infinite loss.

/// A point on the line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Sample {
    /// The step length.
    pub step: f64,
    /// The loss, or infinity where it is not usable.
    pub loss: f64,
    /// The derivative of the loss along the line.
    pub slope: f64,
}

/// The constants of a search.
#[derive(Clone, Copy, Debug)]
pub(super) struct Conditions {
    /// The constant c1 of the first condition.
    pub decrease: f64,
    /// The constant c2 of the second condition.
    pub curvature: f64,
    /// The largest number of evaluations.
    pub evaluations: usize,
}

/// The largest factor by which one increase lengthens the step.
const WIDEN: f64 = 10.0;

/// Searches along a line from `start`, at step 0. `first` is the first step to try. `evaluate(step)` returns the loss
/// and the slope at a step, and data that is returned with them.
///
/// The result satisfies both conditions. If the search finds no such sample, the result is the sample with the least
/// loss that satisfies the first condition, or `None` if there is none.
pub(super) fn search<T, E>(
    start: Sample,
    first: f64,
    conditions: Conditions,
    mut evaluate: impl FnMut(f64) -> Result<(Sample, T), E>,
) -> Result<Option<(Sample, T)>, E> {
    let Conditions { decrease, curvature, evaluations } = conditions;
    let descends = |at: &Sample| at.loss <= start.loss + decrease * at.step * start.slope;
    let flat = |at: &Sample| at.slope.abs() <= -curvature * start.slope;
    let mut best: Option<(Sample, T)> = None;
    let (mut low, mut high) = (start, None);
    let mut step = first;
    for _ in 0..evaluations {
        let (at, kept) = evaluate(step)?;
        if descends(&at) && best.as_ref().is_none_or(|(best, _)| at.loss < best.loss) {
            best = Some((at, kept));
        }
        if !descends(&at) || at.loss >= low.loss {
            high = Some(at);
        } else if flat(&at) {
            // This loss is below that at the interval's lower end, and so below that of every earlier sample that
            // satisfies the first condition.
            return Ok(best);
        } else if let Some(end) = high {
            // Keep the slope at the lower end pointing into the interval.
            if at.slope * (end.step - low.step) >= 0.0 {
                high = Some(low);
            }
            low = at;
        } else if at.slope >= 0.0 {
            (low, high) = (at, Some(low));
        } else {
            step = widened(low, at);
            low = at;
            continue;
        }
        let Some(end) = high else { continue };
        step = between(low, end);
        let width = (end.step - low.step).abs();
        if width <= f64::EPSILON * end.step.abs().max(low.step.abs()) {
            break;
        }
    }
    Ok(best)
}

/// A longer step: the minimum of the cubic through both samples. It is at least `at.step + (at.step - low.step)` and at
/// most ten times the step.
fn widened(low: Sample, at: Sample) -> f64 {
    let (least, most) = (at.step + (at.step - low.step), WIDEN * at.step);
    cubic_minimum(low, at).map_or(most.min(2.0 * least), |step| step.clamp(least, most))
}

/// A step inside the interval, away from its ends.
fn between(low: Sample, high: Sample) -> f64 {
    let (from, to) = (low.step.min(high.step), low.step.max(high.step));
    let margin = 0.1 * (to - from);
    let guess = cubic_minimum(low, high).unwrap_or(0.5 * (from + to));
    guess.clamp(from + margin, to - margin)
}

/// The minimum of the cubic with the losses and slopes of two samples, if it has one.
fn cubic_minimum(a: Sample, b: Sample) -> Option<f64> {
    let d1 = a.slope + b.slope - 3.0 * (a.loss - b.loss) / (a.step - b.step);
    let square = d1 * d1 - a.slope * b.slope;
    if !(square.is_finite() && square >= 0.0) {
        return None;
    }
    let d2 = (b.step - a.step).signum() * square.sqrt();
    let step = b.step - (b.step - a.step) * (b.slope + d2 - d1) / (b.slope - a.slope + 2.0 * d2);
    step.is_finite().then_some(step)
}
