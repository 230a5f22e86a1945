//! A step after another that a panic in a function of the caller ended.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};

use super::coupled::{Coupled, two_fields};
use super::*;
use crate::engine::System;

/// A system that panics at one point, in one of its functions, until this is switched off.
struct Panicking<'a> {
    inner: Coupled<'a>,
    at: usize,
    in_coordinates: bool,
    armed: AtomicBool,
}

impl Panicking<'_> {
    fn panic_at(&self, start: usize, count: usize) {
        let here = (start..start + count).contains(&self.at);
        assert!(!(here && self.armed.load(Ordering::Relaxed)), "the caller's own fault");
    }
}

impl System for Panicking<'_> {
    fn points(&self) -> usize {
        self.inner.points()
    }

    fn coordinates(&self, field: usize, start: usize, out: &mut [f64]) {
        if self.in_coordinates && field == 1 {
            self.panic_at(start, out.len() / 3);
        }
        self.inner.coordinates(field, start, out);
    }

    fn residual(
        &self,
        start: usize,
        jets: &[Jets<'_>],
        cotangents: &mut [&mut [f32]],
        scalars: &mut [f64],
    ) -> f64 {
        if !self.in_coordinates {
            self.panic_at(start, jets[0].points);
        }
        self.inner.residual(start, jets, cotangents, scalars)
    }
}

#[test]
#[cfg_attr(target_family = "wasm", ignore = "a panic ends the program there")]
fn a_step_after_a_panic_is_as_any_other() {
    let parts = two_fields(5);
    let points = 4_000;
    for threads in [1, 2, 3] {
        let engine = CpuEngine::new(Some(threads)).unwrap();
        let inner = Coupled::new(&parts, points);
        let want = inner.gradient(&mut *inner.differentiator(&engine));
        for in_coordinates in [false, true] {
            // In the first chunk, in a middle one, and in the last.
            for at in [0, points / 2, points - 1] {
                let armed = AtomicBool::new(true);
                let system = Panicking { inner: Coupled::new(&parts, points), at, in_coordinates, armed };
                let mut stepper = system.inner.differentiator(&engine);
                let caught = catch_unwind(AssertUnwindSafe(|| gradient(&mut *stepper, &system)));
                assert!(caught.is_err(), "the panic at {at} is passed on");
                system.armed.store(false, Ordering::Relaxed);
                for _ in 0..2 {
                    let got = gradient(&mut *stepper, &system);
                    assert!(got == want, "{threads} threads, a panic at {at}, coordinates {in_coordinates}");
                }
            }
        }
    }
}

/// Like [`Coupled::gradient`], for the system around it.
fn gradient(by: &mut dyn Differentiator, system: &Panicking<'_>) -> (f64, Vec<f64>) {
    let parameters: Vec<&[f32]> = system.inner.parts.iter().map(|part| part.field.parameters()).collect();
    let mut gradients: Vec<Vec<f32>> = parameters.iter().map(|of| vec![f32::NAN; of.len()]).collect();
    let mut slices: Vec<&mut [f32]> = gradients.iter_mut().map(Vec::as_mut_slice).collect();
    let mut scalars = vec![f64::NAN; system.inner.scalars.len()];
    let loss = by.gradient(&parameters, system, &mut slices, &mut scalars);
    (loss, gradients.concat().into_iter().map(f64::from).chain(scalars).collect())
}

#[test]
#[cfg_attr(target_family = "wasm", ignore = "a panic ends the program there")]
fn an_evaluation_after_a_panic_is_as_any_other() {
    let field = Field::new(&gentle(Activation::Sine, 9, 1, 2, 1), 3).unwrap();
    let engine = CpuEngine::new(Some(2)).unwrap();
    let points = 1_000;
    let coordinates = |start: usize, x: &mut [f64]| {
        x.iter_mut().enumerate().for_each(|(i, x)| *x = f64::from(scatter(2 * start + i, 1)));
    };
    for spec in [JetSpec::value(2), JetSpec::gradient(2)] {
        let mut fresh = engine.stepper(field.architecture(), &spec).unwrap();
        let mut want = vec![f32::NAN; points];
        fresh.values(field.parameters(), coordinates, &mut want);
        let mut stepper = engine.stepper(field.architecture(), &spec).unwrap();
        for at in [0, points / 2, points - 1] {
            let fails = |here: bool| assert!(!here, "the caller's own fault");
            let in_visit = |start: usize, jets: &Jets<'_>| fails((start..start + jets.points).contains(&at));
            let in_coordinates = |start: usize, x: &mut [f64]| {
                fails((start..start + x.len() / 2).contains(&at));
                coordinates(start, x);
            };
            let visited = catch_unwind(AssertUnwindSafe(|| {
                stepper.visit(field.parameters(), points, &coordinates, &in_visit);
            }));
            let written = catch_unwind(AssertUnwindSafe(|| {
                stepper.visit(field.parameters(), points, &in_coordinates, &|_, _| ());
            }));
            assert!(visited.is_err() && written.is_err(), "the panics at {at} are passed on");
            let mut got = vec![f32::NAN; points];
            stepper.values(field.parameters(), coordinates, &mut got);
            assert!(got == want, "after panics at {at}");
        }
    }
}
