//! The loss of a fit, its gradient, its residual rows and their derivatives at the points of a step, for external optimisers.

use super::config::FitConfig;
use super::core::{Cores, with_core};
use super::error::FitError;
use super::form::Form;
use super::residuals::{TermRows, rows_of};
use super::row_cost::RowCost;
use super::run::{Fit, progress};
use super::task::Moment;
use super::terms::StepLoss;
use crate::field::{Number, Precision, wide};
use crate::optimizer::{Linear, Loss, LossError, Method};

impl Fit {
    /// The unknowns: the parameters of every field, one after the other, and then the trainable scalars.
    pub fn unknowns(&self) -> Vec<f64> {
        with_core!(&self.cores, core => wide(&core.theta))
    }

    /// Sets the unknowns from a vector in the order of [`Fit::unknowns`], rounded to the precision of the fit.
    ///
    /// # Panics
    /// If the length of `theta` differs from the number of unknowns.
    pub fn set_unknowns(&mut self, theta: &[f64]) {
        assert_eq!(theta.len(), self.unknowns.count(), "one number for each unknown");
        with_core!(&mut self.cores, core => {
            core.theta.iter_mut().zip(theta).for_each(|(to, from)| *to = Number::of(*from));
            self.unknowns.set(&core.theta);
        });
    }

    /// The loss at the points of step `step`, counted from 0. Overwrites `gradient`, which has the order of
    /// [`Fit::unknowns`]. The unknowns, the optimiser and [`Fit::losses`] do not change.
    ///
    /// If the loss or its gradient is not finite, the loss and the whole gradient are NaN.
    ///
    /// # Errors
    /// If the task cannot provide the points of the step.
    ///
    /// # Panics
    /// If the length of `gradient` differs from that of the unknowns.
    pub fn gradient(&mut self, step: usize, gradient: &mut [f64]) -> Result<f64, FitError> {
        let found = with_core!(&mut self.cores, core => {
            let mut loss = StepLoss {
                terms: &mut core.terms,
                task: self.task.as_ref(),
                engine: self.engine.as_ref(),
                unknowns: &mut self.unknowns,
                step,
                progress: progress(&self.config, step),
                share: 1.0, focus: &[],
            };
            let mut own = core.theta.clone();
            let found = loss.evaluate(&core.theta, &mut own);
            gradient.copy_from_slice(&wide(&own));
            core.terms.forget();
            found
        });
        match found {
            Ok(loss) => Ok(loss),
            Err(LossError::Failed(source)) => Err(FitError::Step { step: step + 1, source }),
            Err(_) => {
                gradient.fill(f64::NAN);
                Ok(f64::NAN)
            }
        }
    }

    /// The residual rows of all terms at the points of step `step`, counted from 0, one term after the other, and their
    /// derivatives with respect to the unknowns in the order of [`Fit::unknowns`]. They are NaN or infinite where they are
    /// not finite.
    ///
    /// # Errors
    /// If a term has no rows, the task cannot provide the points of the step, or there is not enough memory.
    pub fn linear(&mut self, step: usize) -> Result<Linear, FitError> {
        let fields = &self.unknowns.fields;
        let config = FitConfig { optimizer: Method::GaussNewton, stages: Vec::new(), ..self.config.clone() };
        let cost = RowCost::new(self.engine.as_ref(), fields, self.task.as_ref(), &config)?;
        // The whole matrix is made, also where a fit would hold factors.
        let whole = |cost: RowCost| RowCost {
            bytes: cost.rows.saturating_mul(cost.unknowns).saturating_mul(8),
            ..cost
        };
        cost.map_or(Ok(()), |cost| whole(cost).check())?;
        let moment = Moment {
            engine: self.engine.as_ref(),
            fields,
            scalars: &self.unknowns.scalars,
            step,
            progress: progress(&self.config, step),
            share: 1.0,
            focus: &[],
        };
        let mut linear = Linear::default();
        let made = with_core!(&mut self.cores, core => {
            let form = Form::default();
            let made = core.terms.linearise(self.task.as_ref(), &moment, &self.unknowns, (&mut linear, &form));
            core.terms.forget();
            made
        });
        match made {
            Ok(_) => Ok(linear),
            Err(error) => Err(FitError::Step { step: step + 1, source: Box::new(error) }),
        }
    }

    /// The part of the residual rows at the points of step `step` that is due to rounding, in a fit of float32: the
    /// distance of the rows from those that float64 gives for the same unknowns, over the length of the latter. Near 1, the
    /// precision is the limit of the fit. `None` in a fit of float64, and for a task without float64 or without rows.
    ///
    /// # Errors
    /// If the task cannot provide the points of the step, or the engine refuses a field.
    pub fn rounding(&self, step: usize) -> Result<Option<f64>, FitError> {
        if self.config.precision == Precision::F64 || !self.task.has_float64() {
            return Ok(None);
        }
        let fields = self.unknowns.fields.iter().map(|field| field.clone().with_precision(Precision::F64));
        let fields: Vec<_> = fields.collect();
        let moment = Moment {
            engine: self.engine.as_ref(),
            fields: &fields,
            scalars: &self.unknowns.scalars,
            step,
            progress: progress(&self.config, step),
            share: 1.0,
            focus: &[],
        };
        let (mut apart, mut whole) = (0.0, 0.0);
        for at in self.task.terms().iter().enumerate() {
            let single = rows_of::<f32>(self.task.as_ref(), at, &moment)?;
            let (Some(single), Some(double)) = (single, rows_of::<f64>(self.task.as_ref(), at, &moment)?)
            else {
                return Ok(None);
            };
            for (single, double) in single.values.iter().zip(&double.values) {
                apart += (single - double).powi(2);
                whole += double.powi(2);
            }
        }
        Ok((whole > 0.0).then(|| (apart / whole).sqrt()))
    }

    /// The residual rows of every term at the points of step `step`, counted from 0. Their squares add up to the loss.
    /// `None` for a term without rows, such as a constraint with the l1 norm.
    ///
    /// # Errors
    /// If the task cannot provide the points of the step, or the engine refuses a field.
    pub fn rows(&self, step: usize) -> Result<Vec<Option<TermRows>>, FitError> {
        let moment = Moment {
            engine: self.engine.as_ref(),
            fields: &self.unknowns.fields,
            scalars: &self.unknowns.scalars,
            step,
            progress: progress(&self.config, step),
            share: 1.0,
            focus: &[],
        };
        let terms = self.task.terms().iter().enumerate();
        match self.cores {
            Cores::Single(_) => {
                terms.map(|at| Ok(rows_of::<f32>(self.task.as_ref(), at, &moment)?)).collect()
            }
            #[cfg(feature = "float64")]
            Cores::Double(_) => {
                terms.map(|at| Ok(rows_of::<f64>(self.task.as_ref(), at, &moment)?)).collect()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::engine::cpu::CpuEngine;
    use crate::problem::Problem;
    use crate::problem::file::ProblemFile;

    const TEXT: &str = r#"
        [field.u]
        hidden = 9
        layers = 1
        [field.v]
        hidden = 17
        layers = 1
        coordinates = ["x"]
        [trainable]
        k = 1.5
        [[constraint]]
        residual = "[d(u, x, y) - k*v, u*v]"
        domain = { box = { x = [0, 1], y = [-1, 1] } }
        samples = 301
        weight = 3
        [[constraint]]
        residual = "d(v, x, x) + k"
        domain = { box = { x = [0, 1] } }
        samples = 17
        reduce = "sum"
    "#;

    fn fit(text: &str) -> Fit {
        let file = ProblemFile::parse(text, &[]).unwrap();
        let problem = Problem::new(file.description(&mut |_| Err("no data".into())).unwrap()).unwrap();
        let engine = Arc::new(CpuEngine::new(Some(2)).unwrap());
        let fields = problem.fields(0).unwrap();
        Fit::joint(engine, fields, Arc::new(problem), file.fit).unwrap()
    }

    #[test]
    fn rows_add_up_to_the_loss_and_the_gradient_is_its_slope() {
        let mut fit = fit(TEXT);
        let theta = fit.unknowns();
        let mut gradient = vec![f64::NAN; theta.len()];
        for step in [0, 3] {
            let loss = fit.gradient(step, &mut gradient).unwrap();
            let rows = fit.rows(step).unwrap();
            let squares = rows.iter().flatten().flat_map(|rows| &rows.values).map(|r| r.powi(2));
            assert!((squares.sum::<f64>() / loss - 1.0).abs() < 1e-5);
            let shapes: Vec<_> = rows.iter().flatten().map(|rows| (rows.width, rows.values.len())).collect();
            assert_eq!(shapes, [(2, 602), (1, 17)]);
            // The gradient of the loss is 2 Jᵀ r.
            let linear = fit.linear(step).unwrap();
            let apart = linear.rows.iter().zip(rows.iter().flatten().flat_map(|rows| &rows.values));
            assert!(apart.into_iter().all(|(a, b)| (a - b).abs() < 1e-6));
            let most = gradient.iter().fold(0.0f64, |most, g| most.max(g.abs()));
            for (column, gradient) in gradient.iter().enumerate() {
                let slopes = linear.derivatives.iter().skip(column).step_by(theta.len());
                let sum: f64 = slopes.zip(&linear.rows).map(|(slope, row)| 2.0 * slope * row).sum();
                assert!((sum - gradient).abs() < 1e-4 * most, "{column}: {sum}, not {gradient}");
            }
        }
        let loss = fit.gradient(3, &mut gradient).unwrap();
        assert_ne!(loss, fit.gradient(0, &mut gradient).unwrap(), "steps have points of their own");
        // The slope of the loss along its gradient is the squared length of the gradient.
        let square: f64 = gradient.iter().map(|g| g.powi(2)).sum();
        let scale = 1e-3 / square.sqrt();
        let mut at = |side: f64| {
            let moved = theta.iter().zip(&gradient).map(|(t, g)| t + side * scale * g);
            fit.set_unknowns(&moved.collect::<Vec<_>>());
            fit.gradient(0, &mut vec![0.0; theta.len()]).unwrap()
        };
        let slope = (at(1.0) - at(-1.0)) / (2.0 * scale);
        assert!((slope / square - 1.0).abs() < 1e-2, "{slope}, not {square}");
    }

    /// A line search ends at trials that the step does not report. A resumed one has kept the loss from which it begins.
    #[test]
    fn losses_of_terms_add_up_to_that_of_a_step() {
        let fixed = TEXT.replace("samples = ", "draw = \"fixed\"\nsamples = ");
        for optimizer in ["adam", "soap", "gauss-newton", "lbfgs", "ssbroyden", "ssbfgs"] {
            for (text, precision) in [(TEXT, "f32"), (fixed.as_str(), "f32"), (fixed.as_str(), "f64")] {
                if optimizer == "lbfgs" && text == TEXT {
                    continue;
                }
                let settings = format!("optimizer = \"{optimizer}\"\nprecision = \"{precision}\"\nsteps = 9");
                add_up(fit(&format!("{text}\n[fit]\n{settings}\nquasi_newton.hold = 3")), &settings);
            }
        }
    }

    /// Runs `fit` for eight steps, and resumes it after the fifth.
    fn add_up(mut fit: Fit, name: &str) {
        for step in 0..8 {
            let progress = fit.step().unwrap();
            let gradient = &mut vec![0.0; fit.unknowns().len()];
            assert!(fit.gradient(0, gradient).unwrap() > 0.0, "an evaluation outside of a step");
            let sum: f64 = fit.losses().map(|(_, loss)| loss).sum();
            assert_eq!(sum, progress.loss, "{name}, step {step}");
            if step == 4 {
                let (engine, task, config) = (fit.engine.clone(), fit.task.clone(), fit.config.clone());
                fit = Fit::resume(engine, fit.checkpoint(), task, config).unwrap();
            }
        }
    }

    #[cfg(target_pointer_width = "64")]
    #[test]
    fn gauss_newton_refuses_what_has_no_rows_or_does_not_fit_into_memory() {
        let refused = |text: &str| {
            let file = ProblemFile::parse(text, &["fit.optimizer=gauss-newton".into()]).unwrap();
            assert_eq!(file.fit.steps, 60, "the default of the method");
            let problem = Problem::new(file.description(&mut |_| Err("no data".into())).unwrap()).unwrap();
            let (engine, fields) = (CpuEngine::new(Some(1)).unwrap(), problem.fields(0).unwrap());
            Fit::check(&engine, &fields, &problem, &file.fit)
        };
        refused(TEXT).unwrap();
        let error = refused(&TEXT.replacen("weight = 3", "norm = \"l1\"", 1)).unwrap_err();
        assert!(matches!(error, FitError::NoRows { optimizer: "gauss-newton", .. }), "{error}");
        let error = refused(&TEXT.replace("samples = 17", "samples = 10_000_000_000_000_000")).unwrap_err();
        let FitError::RowMemory { rows, unknowns, .. } = error else { panic!("{error}") };
        let of_fields = (2 * 9 + 9) + (9 * 9 + 9) + 10 + (17 + 17) + (17 * 17 + 17) + 18;
        assert_eq!((rows, unknowns), (602 + 10_000_000_000_000_000, of_fields + 1));
    }

    /// The whole step leads to the logarithm of a negative number. It is shortened, and the fit goes on.
    #[test]
    fn a_trial_whose_loss_is_not_finite_is_rejected() {
        const TEXT: &str = r#"
            [field.u]
            hidden = 9
            layers = 1
            omega = 3
            first_omega = 3
            form = "1 + net"
            [[constraint]]
            residual = "log(u) + 4"
            domain = { box = { x = [0, 1] } }
            samples = 17
            draw = "fixed"
            [fit]
            precision = "f64"
        "#;
        for optimizer in ["gauss-newton", "lbfgs"] {
            let mut fit = fit(&format!("{TEXT}optimizer = \"{optimizer}\"\nsteps = 100"));
            let first = fit.step().unwrap();
            assert!(first.evaluations > 2, "{optimizer}: {first:?}");
            assert!(first.second_order.is_none_or(|step| step.length < 1.0), "{first:?}");
            let (mut last, mut converged) = (first.loss, false);
            while !converged && fit.checkpoint().step < 100 {
                let step = fit.step().unwrap();
                assert!(step.loss <= last, "{optimizer}: {} after {last}", step.loss);
                (last, converged) = (step.loss, step.converged);
            }
            assert!(last < 1e-4 * first.loss, "{optimizer}: {last} of {}", first.loss);
        }
    }

    #[test]
    fn a_term_without_rows_has_none_and_a_loss_that_is_not_finite_is_nan() {
        let mut fit = fit(&TEXT.replacen("weight = 3", "norm = \"l1\"", 1));
        let rows = fit.rows(0).unwrap();
        assert!(rows[0].is_none() && rows[1].is_some());
        assert!(matches!(fit.linear(0), Err(FitError::NoRows { .. })));
        let mut theta = fit.unknowns();
        theta[0] = f64::NAN;
        fit.set_unknowns(&theta);
        let mut gradient = vec![0.0; theta.len()];
        assert!(fit.gradient(0, &mut gradient).unwrap().is_nan() && gradient.iter().all(|g| g.is_nan()));
    }
}
