//! What a fit adapts to the fields before a step: points, their weights, and the factors of the terms.

use super::core::with_core;
use super::error::FitError;
use super::run::{Fit, progress};
use super::task::Moment;
use super::terms::StepLoss;
use crate::optimizer::{Loss, LossError};

impl Fit {
    /// The name of every term and the factor of its loss, if [`FitConfig::balance`](super::FitConfig::balance) is set.
    pub fn balance(&self) -> Option<impl Iterator<Item = (&str, f64)>> {
        let factors = with_core!(&self.cores, core => &core.terms.factors);
        let named = self.task.terms().iter().zip(factors).map(|(term, factor)| (term.name.as_str(), *factor));
        self.config.parts().iter().any(|part| part.balance.is_some()).then_some(named)
    }

    /// The name of every term whose points have weights of their own, and the smallest of these at the last step.
    pub fn least_weights(&self) -> impl Iterator<Item = (&str, f64)> {
        let weighted =
            self.task.terms().iter().zip(&self.focus).filter(|(_, focus)| !focus.weights.is_empty());
        weighted.map(|(term, focus)| {
            (term.name.as_str(), focus.weights.iter().fold(f64::INFINITY, |least, w| least.min(*w)))
        })
    }

    /// Lets every term take points and weights from the fields as they are before the step.
    pub(super) fn refocus(&mut self) -> Result<(), FitError> {
        if self.holds() && !self.focus.is_empty() {
            return Ok(());
        }
        let anew = !self.stage().optimizer.has_rate();
        let moment = Moment { focus: &self.focus, ..self.moment() };
        let terms = 0..self.task.terms().len();
        let taken: Result<Vec<_>, _> = terms.map(|term| self.task.focus(term, &moment, anew)).collect();
        let taken = taken.map_err(|error| FitError::Step { step: self.step + 1, source: Box::new(error) })?;
        self.focus = taken.into_iter().map(Option::unwrap_or_default).collect();
        Ok(())
    }

    /// Whether the method compares this step with the last one, so that its points and weights stay.
    fn holds(&self) -> bool {
        self.config.drawn_at(self.step, false) != self.step
    }

    /// Whether something that is due every `every` steps of a stage is due now. A method that holds its points does it with the
    /// first new points after that.
    fn is_due(&self, every: usize) -> bool {
        let (part, start) = self.config.part_at(self.step);
        let (since, hold) = (self.step - start, part.hold().unwrap_or(1));
        since.is_multiple_of(hold) && (since == 0 || since / every != (since - hold) / every)
    }

    /// Measures the gradients of the terms and moves their factors, if that is due.
    pub(super) fn rebalance(&mut self) -> Result<(), FitError> {
        let Some(balance) = self.stage().balance else { return Ok(()) };
        if !self.is_due(balance.every) {
            return Ok(());
        }
        let (terms, step) = (0..self.task.terms().len(), self.step);
        let weights: Vec<f64> = terms.map(|term| self.task.weight(term)).collect();
        let measured = with_core!(&mut self.cores, core => {
            let mut loss = StepLoss {
                terms: &mut core.terms,
                task: self.task.as_ref(),
                engine: self.engine.as_ref(),
                unknowns: &mut self.unknowns,
                step,
                progress: progress(&self.config, step),
                share: core.optimizer.share(),
                focus: &self.focus,
            };
            let mut gradient = core.theta.clone();
            loss.evaluate(&core.theta, &mut gradient).map(|_| {
                let terms = &mut core.terms;
                let norms = terms.norms.iter().zip(&weights);
                let norms: Vec<f64> = norms.map(|(norm, weight)| norm / weight).collect();
                balance.update(&mut terms.factors, &norms);
            })
        });
        match measured {
            Err(LossError::Failed(source)) => Err(FitError::Step { step: step + 1, source }),
            // The step itself tells of a loss that is not usable.
            _ => Ok(()),
        }
    }
}
