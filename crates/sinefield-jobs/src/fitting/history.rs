//! The history of a fit: the figures of every step, for reports.

use std::sync::{Arc, Mutex, PoisonError};

use sinefield::fit::{Fit, Progress};

/// The figures of a step.
#[derive(Clone, Debug, PartialEq)]
pub struct Figures {
    /// The number of updates so far.
    pub step: usize,
    /// The loss before the update.
    pub loss: f64,
    /// The weighted loss of each term.
    pub losses: Vec<f64>,
    /// The relative L2 error against a known solution, where it was measured.
    pub error: Option<f64>,
    /// The learning rate, of a method that has one.
    pub rate: Option<f64>,
    /// The damping, the length and the rows of a second-order step.
    pub second_order: Option<(f64, f64, usize)>,
}

/// The figures of the steps so far. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct History(Arc<Mutex<Vec<Figures>>>);

impl History {
    /// Adds the figures of a step.
    pub(super) fn step(&self, progress: &Progress, fit: &Fit) {
        let figures = Figures {
            step: progress.step,
            loss: progress.loss,
            losses: fit.losses().map(|(_, loss)| loss).collect(),
            error: progress.error,
            rate: progress.rate,
            second_order: progress.second_order.map(|of| (of.damping, of.length, of.rows)),
        };
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(figures);
    }

    /// The figures of all steps.
    pub fn steps(&self) -> Vec<Figures> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
