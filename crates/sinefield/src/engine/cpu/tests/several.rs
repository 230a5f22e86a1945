//! Compares steps of several fields and trainable scalars, in many tiles and chunks, with the float64 engine.

use super::coupled::{Coupled, Part, two_fields};
use super::*;
use crate::engine::reference::ReferenceEngine;

/// The largest error, relative to the largest number of its group. It allows for float32 in networks this small.
const TOLERANCE: f64 = 1e-3;

fn part(config: FieldConfig, spec: JetSpec, seed: u64) -> Part {
    let mut field = Field::new(&config, seed).unwrap();
    if let Some(shape) = field.architecture().encoding_shape() {
        // Wide enough that every centre contributes somewhere.
        field.parameters_mut()[shape.sigma]
            .iter_mut()
            .enumerate()
            .for_each(|(i, s)| *s = 0.4 + 0.1 * i as f32);
    }
    Part { field, spec }
}

/// Runs the steps of one system on every instruction set and several numbers of threads, twice each. The second step
/// uses memory that the first has used.
fn check(parts: &[Part], points: usize) {
    let system = Coupled::new(parts, points);
    let (loss, want) = system.gradient(&mut *system.differentiator(&ReferenceEngine));
    let mut groups: Vec<usize> = parts.iter().map(|part| part.field.parameters().len()).collect();
    groups.push(parts.len());
    for set in InstructionSet::available() {
        for threads in [1, 3] {
            let engine = CpuEngine::with_instruction_set(Some(threads), set).unwrap();
            let mut stepper = system.differentiator(&engine);
            for _ in 0..2 {
                let (got_loss, got) = system.gradient(&mut *stepper);
                let off = (got_loss - loss).abs();
                assert!(off <= TOLERANCE * loss, "{set}, {points} points: loss {got_loss} for {loss}");
                let mut start = 0;
                for (group, &length) in groups.iter().enumerate() {
                    let range = start..start + length;
                    start += length;
                    let scale = largest(want[range.clone()].iter().copied());
                    for i in range {
                        let off = (got[i] - want[i]).abs();
                        let what = format!("{set}, {points} points, field {group}, number {i}");
                        assert!(off <= TOLERANCE * scale, "{what}: {} for {}", got[i], want[i]);
                    }
                }
            }
        }
    }
}

/// A tile has 18 points here, a chunk 522: one point, part of a tile, whole tiles, several chunks.
#[test]
fn a_field_by_the_forward_method_beside_one_by_reverse() {
    let parts = two_fields(17);
    assert_eq!(parts[0].spec.method(2), Method::Forward);
    assert_eq!(parts[1].spec.method(1), Method::Reverse);
    for points in [1, 37, 360, 521, 523, 1_700] {
        check(&parts, points);
    }
}

#[test]
fn three_fields_of_different_encodings() {
    let positional = FieldConfig {
        encoding: Encoding::Positional { frequencies: 2 },
        ..gentle(Activation::Softplus, 9, 1, 2, 1)
    };
    let radial =
        FieldConfig { encoding: Encoding::Rbf { centres: 19 }, ..gentle(Activation::Tanh, 15, 0, 2, 1) };
    let parts = [
        part(gentle(Activation::Sine, 33, 2, 1, 3), JetSpec::hessian(1), 3),
        part(positional, JetSpec::gradient(2), 4),
        part(radial, JetSpec::value(2).with_laplacian(&[1.0, -0.5]), 5),
    ];
    for points in [13, 1_100] {
        check(&parts, points);
    }
}

/// A field with values only keeps derivatives in place of pre-activations; the other field does not.
#[test]
fn a_value_beside_a_gradient() {
    let parts = [
        part(gentle(Activation::Gaussian, 21, 1, 2, 1), JetSpec::value(2), 6),
        part(gentle(Activation::Sine, 16, 1, 2, 1), JetSpec::gradient(2), 7),
    ];
    for points in [100, 2_500] {
        check(&parts, points);
    }
}

#[test]
fn no_points_at_all() {
    let parts = two_fields(3);
    let system = Coupled::new(&parts, 0);
    let engine = CpuEngine::new(Some(2)).unwrap();
    let (loss, gradient) = system.gradient(&mut *system.differentiator(&engine));
    assert!(loss == 0.0 && gradient.iter().all(|&g| g == 0.0));
}
