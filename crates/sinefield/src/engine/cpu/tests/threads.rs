//! Results have the same bits on any number of threads, and memory does not grow with the number of chunks.

use super::coupled::{Coupled, Part, two_fields};
use super::*;

fn bits((loss, gradient): (f64, Vec<f64>)) -> (u64, Vec<u64>) {
    (loss.to_bits(), gradient.iter().map(|g| g.to_bits()).collect())
}

/// Runs steps with enough chunks to test the shape of a tree. The last chunk is not full.
fn check(parts: &[Part]) {
    let fields: Vec<_> = parts.iter().map(|part| (part.field.architecture(), &part.spec)).collect();
    for chunks in [1, 2, 3, 17, 64, 257] {
        let mut want = None;
        for threads in [1, 2, 3, 8] {
            let engine = CpuEngine::new(Some(threads)).unwrap();
            let mut stepper = engine.joint_stepper(&fields).unwrap();
            // Chunks grow with the points up to a largest size, so that there are either few or very many.
            let each = stepper.chunk_points(if chunks <= 64 { 0 } else { usize::MAX });
            let points = (chunks - 1) * each + 7;
            assert_eq!(points.div_ceil(stepper.chunk_points(points)), chunks);
            let system = Coupled::new(parts, points);
            for _ in 0..2 {
                let got = bits(system.gradient(&mut stepper));
                let want = want.get_or_insert_with(|| got.clone());
                assert!(got == *want, "{chunks} chunks, {threads} threads");
            }
            // A thread holds two while it adds. On each level, one share waits for each thread that works on a sibling,
            // and one more beside the chunks that have not started.
            let levels = chunks.next_power_of_two().ilog2() as usize;
            let most = 2 * threads + (threads + 1) * levels;
            let held = stepper.accumulators.len();
            assert!(held <= most, "{held} accumulators for {chunks} chunks, {threads} threads");
        }
    }
}

fn alone(spec: JetSpec) -> [Part; 1] {
    let config = gentle(Activation::Sine, 9, 1, spec.inputs(), 1);
    [Part { field: Field::new(&config, 4).unwrap(), spec }]
}

#[test]
fn by_the_forward_method() {
    check(&alone(JetSpec::value(2)));
    check(&alone(JetSpec::laplacian(2)));
}

#[test]
fn by_the_reverse_method() {
    check(&alone(JetSpec::gradient(2)));
}

#[test]
fn of_several_fields() {
    check(&two_fields(5));
}
