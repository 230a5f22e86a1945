//! A recording against a stepper: the same jets and the same gradient, to the bit.

use std::sync::Mutex;

use super::*;

fn same(config: &FieldConfig, spec: &JetSpec, points: usize, threads: usize) {
    let field = Field::new(config, 3).unwrap();
    let linear = Linear { spec: spec.clone(), points, outputs: config.outputs };
    for set in InstructionSet::available() {
        let engine = CpuEngine::with_instruction_set(Some(threads), set).unwrap();
        let mut wanted = vec![f32::NAN; field.parameters().len()];
        engine.stepper(field.architecture(), spec).unwrap().gradient(
            field.parameters(),
            &linear,
            &mut wanted,
        );

        let mut recorder = engine.recorder(field.architecture(), spec).unwrap();
        let coordinates = |start: usize, x: &mut [f64]| linear.coordinates(start, x);
        let seen = Mutex::new(0.0);
        // Twice: the memory of the first is used again.
        for _ in 0..2 {
            let visit = |start: usize, jets: &Jets<'_>| {
                let mut bars = vec![0.0; jets.data.len()];
                *seen.lock().unwrap() += linear.residual(start, jets, &mut bars);
            };
            let recording = recorder.record(field.parameters(), points, coordinates, visit);
            let mut found = vec![f32::NAN; wanted.len()];
            let cotangents = |start: usize, bars: &mut [f32]| {
                let size = spec.channels() * config.outputs;
                let (data, coordinates) = (&*vec![0.0; bars.len()], &[][..]);
                let points = bars.len() / size;
                linear.residual(start, &Jets { data, coordinates, points, outputs: config.outputs }, bars);
            };
            recorder.gradient(recording, cotangents, &mut found);
            assert_eq!(found, wanted, "{config:?} {spec:?} {points} points, {set:?}");
        }
        let loss: f64 = *seen.lock().unwrap();
        assert!(points == 0 || loss.is_finite());
    }
}

#[test]
fn a_recording_has_the_gradient_of_a_stepper() {
    let config = |inputs, outputs| FieldConfig { hidden: 17, layers: 2, ..FieldConfig::new(inputs, outputs) };
    for points in [0, 1, 3, 255, 257, 3001] {
        same(&config(2, 3), &JetSpec::value(2), points, 2);
        same(&config(2, 1), &JetSpec::laplacian(2), points, 2);
        same(&config(3, 2), &JetSpec::hessian(3), points, 1);
        same(&config(3, 1), &JetSpec::gradient(3), points, 3);
    }
}

#[test]
fn a_recording_that_is_dropped_harms_nothing() {
    let field = Field::new(&FieldConfig { hidden: 9, ..FieldConfig::new(2, 1) }, 0).unwrap();
    let spec = JetSpec::value(2);
    let linear = Linear { spec: spec.clone(), points: 700, outputs: 1 };
    let engine = CpuEngine::new(Some(2)).unwrap();
    let mut recorder = engine.recorder(field.architecture(), &spec).unwrap();
    let record = |recorder: &mut Recorder| {
        recorder.record(field.parameters(), 700, |start, x| linear.coordinates(start, x), |_, _| ())
    };
    drop(record(&mut recorder));
    // Two recordings may wait at once.
    let (first, second) = (record(&mut recorder), record(&mut recorder));
    let mut gradients = [vec![f32::NAN; field.parameters().len()], vec![f32::NAN; field.parameters().len()]];
    recorder.gradient(second, |_, bars| bars.fill(1.0), &mut gradients[1]);
    recorder.gradient(first, |_, bars| bars.fill(1.0), &mut gradients[0]);
    assert_eq!(gradients[0], gradients[1]);
    assert!(recorder.memory(700) > 700 * 9 * 2 * 4 && recorder.memory(0) == 0);
}
