//! Stages: a fit in several parts, each with its own optimiser and settings.

use super::config::{ConfigError, FitConfig};
use crate::field::Precision;
use crate::optimizer::Method;

impl FitConfig {
    /// The stages, or the settings themselves if there are none.
    pub fn parts(&self) -> &[FitConfig] {
        if self.stages.is_empty() { std::slice::from_ref(self) } else { &self.stages }
    }

    /// The same settings in another precision, which is that of all stages.
    pub fn with_precision(mut self, precision: Precision) -> Self {
        self.stages.iter_mut().for_each(|stage| stage.precision = precision);
        Self { precision, ..self }
    }

    /// The methods of all stages.
    pub fn methods(&self) -> impl Iterator<Item = Method> {
        self.parts().iter().map(|part| part.optimizer)
    }

    /// The settings of the stage of step `step`, counted from 0, and the step with which it begins.
    pub fn part_at(&self, step: usize) -> (&FitConfig, usize) {
        let mut start = 0;
        for part in self.parts() {
            if step < start + part.steps {
                return (part, start);
            }
            start += part.steps;
        }
        let last = self.parts().last().unwrap_or(self);
        (last, start - last.steps)
    }

    /// The step whose points step `step` has, counted from 0. A method that holds its points takes those of an earlier step;
    /// if the task has the same at every step (`fixed`), those of its first one.
    pub(super) fn drawn_at(&self, step: usize, fixed: bool) -> usize {
        let (part, start) = self.part_at(step);
        match part.hold() {
            None => step,
            Some(_) if fixed => start,
            Some(hold) => start + (step - start) / hold * hold,
        }
    }

    /// The first step after `step` with other points, if that is in the stage of `step` and the method holds points.
    pub(super) fn next_draw(&self, step: usize) -> Option<usize> {
        let (part, start) = self.part_at(step);
        let next = self.drawn_at(step, false).checked_add(part.hold()?)?;
        (next < start + part.steps).then_some(next)
    }

    /// The steps for which the method of this stage holds its points, if it does.
    pub(super) fn hold(&self) -> Option<usize> {
        self.optimizer.holds_points().then_some(self.quasi_newton.hold)
    }

    /// Checks the stages beside each other.
    pub(super) fn check_stages(&self) -> Result<(), ConfigError> {
        for (at, stage) in self.stages.iter().enumerate() {
            let what = match stage {
                _ if !stage.stages.is_empty() => "has stages of its own",
                _ if stage.precision != self.precision => "has another precision than the fit",
                _ if stage.target_psnr.is_some() => "has a target PSNR, which is for the whole fit",
                _ => {
                    stage.check()?;
                    continue;
                }
            };
            return Err(ConfigError::Stage { stage: at + 1, what });
        }
        let steps = self.stages.iter().fold(0usize, |sum, stage| sum.saturating_add(stage.steps));
        if !self.stages.is_empty() && steps != self.steps {
            return Err(ConfigError::StageSteps { steps: self.steps, stages: steps });
        }
        Ok(())
    }
}
