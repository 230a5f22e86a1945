//! The terms of a loss, each with a stepper of its own, and their gradients added up.

use super::run::FitError;
use super::task::{Entering, Now, Task};
use super::unknowns::{Alike, Unknowns};
use crate::engine::cpu::{CpuEngine, JointStepper};
use crate::engine::{Differentiator, EngineError};
use crate::field::Field;

/// What computes each term.
pub(super) struct Terms {
    steppers: Vec<JointStepper>,
    /// Each term's loss at the last step.
    pub losses: Vec<f64>,
    /// A term's gradient, before it is added to the others'.
    part: Alike,
}

impl Terms {
    pub fn new(engine: &CpuEngine, task: &dyn Task, unknowns: &Unknowns) -> Result<Self, FitError> {
        let fields = &unknowns.fields;
        let steppers = task.terms().iter().map(|term| {
            let part = |entering: &'_ Entering| {
                let (constraint, &Entering { field, outputs: expected, .. }) = (term.name.clone(), entering);
                let Some(of) = fields.get(field).map(Field::architecture) else {
                    return Err(FitError::NoField { constraint, field, fields: fields.len() });
                };
                let found = of.outputs();
                if found != expected {
                    return Err(FitError::Outputs { constraint, field, expected, found });
                }
                Ok(of)
            };
            let architectures = term.fields.iter().map(part).collect::<Result<Vec<_>, _>>()?;
            let jets = term.fields.iter().map(|entering| &entering.jet);
            let parts: Vec<_> = architectures.into_iter().zip(jets).collect();
            Ok(engine.joint_stepper(&parts)?)
        });
        let steppers: Vec<JointStepper> = steppers.collect::<Result<_, FitError>>()?;
        // This, the sum of all terms' and the last good parameters.
        let copies = 3 * fields.iter().map(|field| field.parameters().len()).sum::<usize>();
        steppers.iter().try_for_each(|stepper| check_memory(stepper.memory() + copies * size_of::<f32>()))?;
        Ok(Self { steppers, losses: vec![f64::NAN; task.terms().len()], part: unknowns.copy() })
    }

    /// The loss and its points; `gradient` is replaced. The name and the loss of the first term that is
    /// not finite, or whose gradient is not, if there is one.
    pub fn gradient(
        &mut self,
        task: &dyn Task,
        now: &Now<'_>,
        gradient: &mut Alike,
    ) -> Result<(f64, usize), (String, f64)> {
        gradient.fill(0.0);
        let (mut loss, mut points) = (0.0, 0);
        for (index, (term, stepper)) in task.terms().iter().zip(&mut self.steppers).enumerate() {
            let system = task.system(index, now);
            let entering = || term.fields.iter().map(|entering| entering.field);
            let enters = |field: usize| entering().any(|entering| entering == field);
            let parameters: Vec<&[f32]> = entering().map(|field| now.fields[field].parameters()).collect();
            let all = self.part.fields.iter_mut().enumerate();
            let mut parts: Vec<&mut [f32]> =
                all.filter(|(field, _)| enters(*field)).map(|(_, part)| part.as_mut_slice()).collect();
            let mut scalars = vec![0.0; now.scalars.len()];
            let share = stepper.gradient(&parameters, system.as_ref(), &mut parts, &mut scalars);
            let finite = parts.iter().all(|part| part.iter().all(|g| g.is_finite()));
            self.losses[index] = share;
            if !share.is_finite() || !finite || !scalars.iter().all(|g| g.is_finite()) {
                return Err((term.name.clone(), share));
            }
            loss += share;
            points += system.points();
            for (field, part) in entering().zip(parts) {
                gradient.fields[field].iter_mut().zip(part).for_each(|(total, part)| *total += *part);
            }
            gradient.scalars.iter_mut().zip(&scalars).for_each(|(total, part)| *total += *part as f32);
        }
        Ok((loss, points))
    }
}

/// Checks that there is memory for `bytes`: to be refused some in the midst of a step would end the program.
fn check_memory(bytes: usize) -> Result<(), EngineError> {
    let refused = |_| EngineError::Memory { megabytes: bytes >> 20 };
    Vec::<u8>::new().try_reserve_exact(bytes).map_err(refused)
}
