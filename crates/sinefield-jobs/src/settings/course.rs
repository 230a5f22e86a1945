//! The settings of the optimisation: steps, optimizer, learning rate and schedule.

use clap::Args;
use serde::{Deserialize, Serialize};
use sinefield::field::Precision;
use sinefield::fit::{FitConfig, Schedule};
use sinefield::optimizer::Method;

use super::{entry, values};
use crate::JobError;

/// The settings of the optimisation. A missing setting has the default of the job.
#[derive(Args, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[command(next_help_heading = "Course of the fit")]
#[serde(default)]
pub struct Course {
    /// The number of updates [default: depends on the job and its size; the plan shows it]
    #[arg(long, value_name = "N", value_parser = values::count, allow_negative_numbers = true)]
    #[serde(deserialize_with = "entry::count", skip_serializing_if = "Option::is_none")]
    pub steps: Option<usize>,
    /// The optimizer.
    #[arg(long, value_name = "NAME",
        help = format!("The optimizer: {} [default: depends on the job; the plan shows it]",
            Method::ALL.map(Method::name).join(", ")))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub optimizer: Option<Method>,
    /// The peak learning rate [default: depends on the job; the plan shows it]
    #[arg(long, value_name = "R", value_parser = values::positive, allow_negative_numbers = true)]
    #[serde(deserialize_with = "entry::positive", skip_serializing_if = "Option::is_none")]
    pub lr: Option<f64>,
    /// The schedule of the learning rate after the warm-up.
    #[arg(long, value_name = "NAME",
        help = format!("The schedule of the learning rate after the warm-up: {} [default: depends on the job; {} for a \
            signal]",
            Schedule::ALL.map(Schedule::name).join(" or "), FitConfig::default().schedule.name()))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schedule: Option<Schedule>,
    /// The precision of the parameters and of the arithmetic.
    #[arg(long, value_name = "NAME",
        help = format!("The precision of the parameters and of the arithmetic: {} [default: {}, or as a problem file says]",
            Precision::ALL.map(Precision::name).join(" or "), Precision::default()))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub precision: Option<Precision>,
}

impl Course {
    /// `own`, with the settings that are given.
    ///
    /// # Errors
    /// If a learning rate or a schedule is given for an optimizer that does not use one.
    pub fn config(&self, own: FitConfig) -> Result<FitConfig, JobError> {
        let own = self.without_stages(own)?;
        let optimizer = self.optimizer.unwrap_or(own.optimizer);
        self.check(optimizer)?;
        // The job's own number of steps is for its own optimizer, if one of the two needs far fewer than the other.
        let other = match (optimizer.steps(), own.optimizer.steps()) {
            _ if optimizer == own.optimizer => None,
            (None, Some(_)) => Some(FitConfig::problem().steps),
            (steps, _) => steps,
        };
        let precision = self.precision.unwrap_or(own.precision);
        Ok(FitConfig {
            steps: self.steps.or(other).unwrap_or(own.steps),
            rate: self.lr.unwrap_or(own.rate),
            schedule: self.schedule.unwrap_or(own.schedule),
            optimizer,
            ..own
        }
        .with_precision(precision))
    }

    /// `own`, without its stages if another optimizer replaces them.
    fn without_stages(&self, own: FitConfig) -> Result<FitConfig, JobError> {
        let given = [
            ("`steps`", self.steps.is_some()),
            ("`lr`", self.lr.is_some()),
            ("`schedule`", self.schedule.is_some()),
        ];
        match given.into_iter().find(|(_, given)| *given) {
            _ if own.stages.is_empty() => Ok(own),
            _ if self.optimizer.is_some() => {
                // The steps of all stages together are not for one method.
                let steps = FitConfig::problem().steps;
                Ok(FitConfig { stages: Vec::new(), optimizer: Method::default(), steps, ..own })
            }
            Some((setting, _)) => {
                let what = "the stages of the problem file have their own; change them there, or give an `optimizer`, \
                            which replaces all of them";
                Err(JobError::asked(setting, what))
            }
            None => Ok(own),
        }
    }

    /// Refuses a learning rate or a schedule for `method` if it does not use one.
    pub(crate) fn check(&self, method: Method) -> Result<(), JobError> {
        let setting = match (method.has_rate(), self.lr.is_some(), self.schedule.is_some()) {
            (false, true, _) => "`lr`",
            (false, _, true) => "`schedule`",
            _ => return Ok(()),
        };
        let what = format!("is not for {method}, which finds its steps by itself; leave it out");
        Err(JobError::asked(setting, what))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_optimizer_has_its_own_number_of_steps() {
        let steps = |own: Method, asked: Option<Method>, given: Option<usize>| {
            let course = Course { optimizer: asked, steps: given, ..Course::default() };
            course.config(FitConfig { steps: 400, optimizer: own, ..FitConfig::problem() }).unwrap().steps
        };
        use Method::{Adam, GaussNewton, Lbfgs, SsBroyden};
        assert_eq!(steps(Adam, None, None), 400);
        assert_eq!(steps(Adam, Some(Adam), None), 400);
        assert_eq!(steps(Adam, Some(Lbfgs), None), 400);
        assert_eq!(steps(Adam, Some(GaussNewton), None), 60);
        assert_eq!(steps(GaussNewton, Some(GaussNewton), None), 400);
        assert_eq!(steps(GaussNewton, Some(Adam), None), 1000);
        assert_eq!(steps(GaussNewton, Some(SsBroyden), None), 1000);
        assert_eq!(steps(GaussNewton, Some(Adam), Some(7)), 7);
    }
}
