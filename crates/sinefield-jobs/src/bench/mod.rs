//! Times the standard workloads, and compares their speed with the arithmetic peak of the machine. The workloads are
//! problems, so the times are those of a user's problem.

mod workloads;

use std::time::Instant;

use serde::Serialize;
use sinefield::engine::cpu::CpuEngine;
use sinefield::engine::{Differentiator, Engine, Evaluator, System};
use sinefield::field::{Number, Precision};
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
    /// The precision of the computation.
    pub precision: Precision,
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

/// Times `steps` steps of a workload in this precision, and the arithmetic peak between them. One more step is made first
/// and not timed.
///
/// # Errors
/// If the engine refuses the workload.
pub fn measure(
    engine: &CpuEngine,
    workload: Workload,
    steps: usize,
    precision: Precision,
) -> Result<Timing, JobError> {
    let failed = |error: &dyn std::fmt::Display| JobError::fault(workload.name, error);
    let problem = workload.problem().map_err(|error| failed(&error))?;
    let field = problem.fields(0).map_err(|error| failed(&error))?.swap_remove(0);
    let (architecture, spec) = (field.architecture(), &problem.terms()[0].fields[0].jet);
    let parts = [(architecture, spec)];
    let now = Moment { engine, fields: &[], scalars: &[], step: 0, progress: 0.0, share: 1.0, focus: &[] };
    match precision {
        Precision::F32 => Parts {
            parameters: field.parameters().to_vec(),
            evaluator: engine.evaluator(architecture, spec).map_err(|error| failed(&error))?,
            differentiator: engine.differentiator(&parts).map_err(|error| failed(&error))?,
            system: problem.system(0, &now).map_err(|error| failed(&error))?,
        }
        .measure(engine, workload, steps),
        Precision::F64 => Parts {
            parameters: field.wide_parameters(),
            evaluator: engine.evaluator_f64(architecture, spec).map_err(|error| failed(&error))?,
            differentiator: engine.differentiator_f64(&parts).map_err(|error| failed(&error))?,
            system: problem.system_f64(0, &now).map_err(|error| failed(&error))?,
        }
        .measure(engine, workload, steps),
    }
}

/// What a workload runs, in one precision.
struct Parts<'a, N> {
    parameters: Vec<N>,
    evaluator: Box<dyn Evaluator<N>>,
    differentiator: Box<dyn Differentiator<N>>,
    system: Box<dyn System<N> + 'a>,
}

impl<N: Number> Parts<'_, N> {
    fn measure(mut self, engine: &CpuEngine, workload: Workload, steps: usize) -> Result<Timing, JobError> {
        let render = workload.loss == Loss::Render;
        let mut gradient = vec![N::zero(); self.parameters.len()];
        let mut adam = Adam::new(AdamConfig::default(), self.parameters.len());
        let mut out = vec![N::zero(); if render { workload.points } else { 0 }];
        let operations = self.differentiator.operations_per_point(!render) * workload.points as f64;
        let system = self.system.as_ref();
        let mut step = || {
            let start = Instant::now();
            if render {
                let coordinates = |start: usize, x: &mut [f64]| system.coordinates(0, start, x);
                self.evaluator.values(&self.parameters, coordinates, &mut out);
            } else {
                self.differentiator.gradient(&[&self.parameters], system, &mut [&mut gradient], &mut []);
                engine.install(|| adam.update(&mut self.parameters, &gradient, 1e-4));
            }
            start.elapsed().as_secs_f64()
        };
        step();
        let (mut times, mut peaks) = (Vec::new(), vec![engine.peak(N::PRECISION)]);
        for _ in 0..steps {
            times.push(step());
            peaks.push(engine.peak(N::PRECISION));
        }
        let (seconds, peak) = (median(&mut times), median(&mut peaks));
        Ok(Timing {
            workload: workload.name,
            precision: N::PRECISION,
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
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
