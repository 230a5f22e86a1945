//! `sinefield bench`: how fast the standard workloads run here, and how near that is to the machine's
//! arithmetic peak.

pub mod workloads;

use std::time::Instant;

use serde::Serialize;
use sinefield::engine::Objective;
use sinefield::engine::cpu::CpuEngine;
use sinefield::field::{Field, FieldConfig};
use sinefield::fit::adam::{Adam, AdamConfig};

use self::workloads::{Loss, Task, Workload};

/// One workload's figures.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// The workload's name.
    pub workload: &'static str,
    /// The median step.
    pub milliseconds_per_step: f64,
    /// Matrix products alone, counted once by formula, over the median step.
    pub gflops: f64,
    /// `gflops` over the peak.
    pub fraction_of_peak: f64,
    /// A loop of fused multiply-adds on the same threads, timed between the steps; the median.
    pub peak_gflops: f64,
    /// Points over the median step.
    pub points_per_second: f64,
    /// Steps timed, after one that was not.
    pub steps: usize,
    /// Threads.
    pub threads: usize,
    /// The kernels' instruction set.
    pub instruction_set: &'static str,
}

/// Times `steps` steps of a workload, the peak between them.
pub fn measure(engine: &CpuEngine, workload: Workload, steps: usize) -> Result<Report, anyhow::Error> {
    let Workload { inputs, outputs, hidden, sine_layers, .. } = workload;
    let config = FieldConfig { hidden, layers: sine_layers - 1, ..FieldConfig::new(inputs, outputs) };
    let field = Field::new(&config, 0)?;
    let task = Task::new(workload);
    let mut stepper = engine.stepper(field.architecture(), task.spec())?;
    let mut parameters = field.parameters().to_vec();
    let mut gradient = vec![0.0; parameters.len()];
    let mut adam = Adam::new(AdamConfig::default(), parameters.len());
    let mut out = vec![0.0f32; if workload.loss == Loss::Render { workload.points } else { 0 }];
    let mut step = || {
        let start = Instant::now();
        if workload.loss == Loss::Render {
            stepper.values(&parameters, |start, x| task.coordinates(start, x), &mut out);
        } else {
            stepper.gradient(&parameters, &task, &mut gradient);
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
    let operations = stepper.operations_per_point(workload.loss != Loss::Render) * workload.points as f64;
    Ok(Report {
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
