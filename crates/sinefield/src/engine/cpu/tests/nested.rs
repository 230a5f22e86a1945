//! Functions of the caller that use the threads of the engine.

use std::sync::Mutex;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use rayon::prelude::*;

use super::coupled::{Coupled, Part, two_fields};
use super::*;
use crate::engine::System;

/// Far more than a test here takes on a busy machine. A thread that waits for itself never ends.
const PATIENCE: Duration = Duration::from_secs(120);

/// Runs `work` on a separate thread and fails if it does not end.
fn ends(work: impl FnOnce() + Send + 'static) {
    let (sender, receiver) = mpsc::channel::<()>();
    let worker = std::thread::spawn(move || {
        let _sender = sender;
        work();
    });
    // The sender is dropped at the end of the work, also after a panic.
    let stuck = receiver.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout);
    assert!(!stuck, "threads wait for one another");
    if let Err(panic) = worker.join() {
        std::panic::resume_unwind(panic);
    }
}

/// Extra work in a function of the caller.
type Errand<'a> = &'a (dyn Fn() + Sync);

/// A system whose functions run an errand first.
struct Busy<'a> {
    inner: Coupled<'a>,
    in_coordinates: Errand<'a>,
    in_residual: Errand<'a>,
}

impl System for Busy<'_> {
    fn points(&self) -> usize {
        self.inner.points()
    }

    fn coordinates(&self, field: usize, start: usize, out: &mut [f64]) {
        (self.in_coordinates)();
        self.inner.coordinates(field, start, out);
    }

    fn residual(
        &self,
        start: usize,
        jets: &[Jets<'_>],
        cotangents: &mut [&mut [f32]],
        scalars: &mut [f64],
    ) -> f64 {
        (self.in_residual)();
        self.inner.residual(start, jets, cotangents, scalars)
    }
}

/// The loss with extra work equals the loss without it.
fn check(threads: usize, parts: &[Part], engine: &CpuEngine, errand: Errand<'_>) {
    let points = 3_000;
    let rest: Errand<'_> = &|| ();
    let want = {
        let inner = Coupled::new(parts, points);
        inner.gradient(&mut *inner.differentiator(engine)).0
    };
    for (in_coordinates, in_residual) in [(errand, rest), (rest, errand)] {
        let system = Busy { inner: Coupled::new(parts, points), in_coordinates, in_residual };
        let mut stepper = system.inner.differentiator(engine);
        let parameters: Vec<&[f32]> = parts.iter().map(|part| part.field.parameters()).collect();
        let mut gradients: Vec<Vec<f32>> = parameters.iter().map(|of| vec![f32::NAN; of.len()]).collect();
        for from_within in [false, true] {
            let mut slices: Vec<&mut [f32]> = gradients.iter_mut().map(Vec::as_mut_slice).collect();
            let mut step = || stepper.gradient(&parameters, &system, &mut slices, &mut [f64::NAN; 2]);
            let got = if from_within { engine.install(step) } else { step() };
            assert_eq!(got, want, "{threads} threads, called from one of them: {from_within}");
        }
    }
}

#[test]
#[cfg_attr(target_family = "wasm", ignore = "there are no threads that could wait for each other")]
fn parallel_iterators_within_a_step() {
    for threads in [1, 2, 5] {
        ends(move || {
            let (parts, engine) = (two_fields(5), CpuEngine::new(Some(threads)).unwrap());
            check(threads, &parts, &engine, &|| {
                let sum: usize = (0..100usize).into_par_iter().with_max_len(1).map(|i| i * i).sum();
                assert_eq!(sum, 328_350);
            });
        });
    }
}

/// A new evaluator for each call, and one that all calls share.
#[test]
#[cfg_attr(target_family = "wasm", ignore = "there are no threads that could wait for each other")]
fn evaluations_on_the_same_threads_within_a_step() {
    for threads in [1, 2, 5] {
        ends(move || {
            let (parts, engine) = (two_fields(5), CpuEngine::new(Some(threads)).unwrap());
            let of = &parts[0];
            let value = JetSpec::value(2);
            let shared = Mutex::new(engine.stepper(of.field.architecture(), &value).unwrap());
            let run = |stepper: &mut Stepper| {
                let mut out = [f32::NAN; 600];
                stepper.values(of.field.parameters(), |_, x| x.fill(0.25), &mut out);
                assert!(out.iter().all(|v| v.is_finite()));
            };
            check(threads, &parts, &engine, &|| {
                run(&mut engine.stepper(of.field.architecture(), &value).unwrap());
            });
            check(threads, &parts, &engine, &|| run(&mut shared.lock().unwrap()));
        });
    }
}

/// The calls share a stepper that computes gradients. While one call computes, other threads wait for it.
#[test]
#[cfg_attr(target_family = "wasm", ignore = "there are no threads that could wait for each other")]
fn steps_on_the_same_threads_within_a_step() {
    for threads in [1, 2, 5] {
        ends(move || {
            let (parts, engine) = (two_fields(5), CpuEngine::new(Some(threads)).unwrap());
            let of = &parts[0];
            let spec = JetSpec::value(2);
            let objective = Linear { spec: spec.clone(), points: 1_500, outputs: 2 };
            let shared = Mutex::new(engine.stepper(of.field.architecture(), &spec).unwrap());
            check(threads, &parts, &engine, &|| {
                let mut gradient = vec![f32::NAN; of.field.parameters().len()];
                let loss = shared.lock().unwrap().gradient(of.field.parameters(), &objective, &mut gradient);
                assert!(loss.is_finite() && gradient.iter().all(|g| g.is_finite()));
            });
        });
    }
}
