//! Times the standard workloads, and compares their speed with the arithmetic peak of the machine. The workloads are
//! problems, so the times are those of a user's problem.

mod workloads;

use std::time::Instant;

use serde::Serialize;
use sinefield::engine::Differentiator;
use sinefield::engine::cpu::CpuEngine;
use sinefield::fit::{Moment, Task};
use sinefield::optimizer::{Adam, AdamConfig};

use crate::JobError;
use workloads::Loss;
pub use workloads::{WORKLOADS, Workload, named, names};

/// The default number of timed steps.
pub const STEPS: usize = 5;

/// The figures of one workload.
#[derive(Clone, Debug, Serialize)]
pub struct Timing {
    /// The workload's name.
    pub workload: &'static str,
    /// The median duration of a step.
    pub milliseconds_per_step: f64,
    /// Operations of the matrix products, counted by formula, over the median duration of a step.
    pub gflops: f64,
    /// `gflops` over the peak.
    pub fraction_of_peak: f64,
    /// The median speed of a loop of fused multiply-adds on the same threads, timed between the steps.
    pub peak_gflops: f64,
    /// Points per second, from the median duration of a step.
    pub points_per_second: f64,
    /// The number of timed steps, after one that is not timed.
    pub steps: usize,
    /// The number of threads.
    pub threads: usize,
    /// The kernels' instruction set.
    pub instruction_set: &'static str,
}

/// Times `steps` steps of a workload, and the arithmetic peak between them. One more step is made first and not timed.
///
/// # Errors
/// If the engine refuses the workload.
pub fn measure(engine: &CpuEngine, workload: Workload, steps: usize) -> Result<Timing, JobError> {
    let failed = |error: &dyn std::fmt::Display| JobError::fault(workload.name, error);
    let problem = workload.problem().map_err(|error| failed(&error))?;
    let field = problem.fields(0).map_err(|error| failed(&error))?.swap_remove(0);
    let (architecture, render) = (field.architecture(), workload.loss == Loss::Render);
    let needs = problem.terms()[0].fields[0].jet.clone();
    let mut stepper = engine.stepper(architecture, &needs).map_err(|error| failed(&error))?;
    let mut joint = engine.joint_stepper(&[(architecture, &needs)]).map_err(|error| failed(&error))?;
    let mut parameters = field.parameters().to_vec();
    let mut gradient = vec![0.0; parameters.len()];
    let mut adam = Adam::new(AdamConfig::default(), parameters.len());
    let mut out = vec![0.0f32; if render { workload.points } else { 0 }];
    let now = Moment { engine, fields: &[], scalars: &[], step: 0, progress: 0.0 };
    let system = problem.system(0, &now).map_err(|error| failed(&error))?;
    let mut step = || {
        let start = Instant::now();
        if render {
            stepper.values(&parameters, |start, x| system.coordinates(0, start, x), &mut out);
        } else {
            joint.gradient(&[&parameters], system.as_ref(), &mut [&mut gradient], &mut []);
            engine.install(|| adam.update(&mut parameters, &gradient, 1e-4));
        }
        start.elapsed().as_secs_f64()
    };
    step();
    let (mut times, mut peaks) = (Vec::new(), vec![engine.peak()]);
    for _ in 0..steps {
        times.push(step());
        peaks.push(engine.peak());
    }
    let seconds = median(&mut times);
    let peak = median(&mut peaks);
    let operations = joint.operations_per_point(!render) * workload.points as f64;
    Ok(Timing {
        workload: workload.name,
        milliseconds_per_step: seconds * 1e3,
        gflops: operations / seconds * 1e-9,
        fraction_of_peak: operations / seconds / peak,
        peak_gflops: peak * 1e-9,
        points_per_second: workload.points as f64 / seconds,
        steps,
        threads: engine.threads(),
        instruction_set: engine.instruction_set().name(),
    })
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
