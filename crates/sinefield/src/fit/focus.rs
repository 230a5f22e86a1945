//! What a term takes from the fields at the beginning of a step, beside the number of the step.

use std::collections::BTreeMap;

use crate::optimizer::{StateArray, StateValues};

/// Points and weights of a term that depend on the fields: points that are drawn by the size of their residuals, and
/// weights of points. A [`Task`](super::Task) makes it at the beginning of a step and reads it in
/// [`Moment::focus`](super::Moment::focus). It stays as it is in all evaluations of the step.
///
/// The default is that of a term whose points and weights do not depend on the fields.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Focus {
    /// The step whose candidates were evaluated, counted from 0.
    pub drawn: usize,
    /// The progress of the fit at that step, 0 to 1.
    pub progress: f64,
    /// A number for each candidate, proportional to its probability. Empty if points are not drawn by their residuals.
    pub candidates: Vec<f64>,
    /// The factors of the loss of points, by the task's own grouping. Empty if all points have the same weight.
    pub weights: Vec<f64>,
}

/// The names of the arrays of a focus in a checkpoint, after the number of the term.
const NAMES: [&str; 3] = ["drawn", "candidates", "weights"];

impl Focus {
    /// The focus as arrays for a checkpoint.
    pub(super) fn arrays(&self, term: usize) -> impl Iterator<Item = StateArray> {
        let values = [vec![self.drawn as f64, self.progress], self.candidates.clone(), self.weights.clone()];
        NAMES.into_iter().zip(values).map(move |(name, values)| StateArray {
            name: format!("{term}.{name}"),
            values: StateValues::F64(values),
        })
    }

    /// Puts an array of a checkpoint in its place. Returns whether there is one for it.
    pub(super) fn take(all: &mut BTreeMap<usize, Focus>, name: &str, values: &StateValues) -> bool {
        let StateValues::F64(values) = values else { return false };
        let Some((term, name)) = name.split_once('.') else { return false };
        let Ok(term) = term.parse() else { return false };
        let focus: &mut Focus = all.entry(term).or_default();
        match (name, values.as_slice()) {
            ("drawn", [step, progress]) => (focus.drawn, focus.progress) = (*step as usize, *progress),
            ("candidates", values) => focus.candidates = values.to_vec(),
            ("weights", values) => focus.weights = values.to_vec(),
            _ => return false,
        }
        true
    }
}
