//! A step whose memory is full of what another step has left there.

use super::*;

/// The gradient, first by a new stepper, then by one whose step before had NaN in every gradient.
fn check(config: &FieldConfig, spec: &JetSpec, points: usize) {
    let field = Field::new(config, 3).unwrap();
    let linear = Linear { spec: spec.clone(), points, outputs: config.outputs };
    let poison = vec![f32::NAN; field.parameters().len()];
    for set in InstructionSet::available() {
        let engine = CpuEngine::with_instruction_set(Some(2), set).unwrap();
        let new = || engine.stepper(field.architecture(), spec).unwrap();
        let (mut wanted, mut found) = (poison.clone(), poison.clone());
        new().gradient(field.parameters(), &linear, &mut wanted);
        let mut used = new();
        used.gradient(&poison, &linear, &mut found);
        // The biases of the last layer have the sums of the cotangents, which know nothing of the parameters.
        let weights = &found[..found.len() - config.outputs];
        assert!(weights.iter().all(|g| g.is_nan()), "{config:?} {spec:?}, {set:?}");
        used.gradient(field.parameters(), &linear, &mut found);
        assert!(wanted.iter().all(|g| g.is_finite()));
        assert_eq!(found, wanted, "{config:?} {spec:?}, {points} points, {set:?}");
    }
}

#[test]
fn a_step_leaves_nothing_for_the_next() {
    let config = |inputs, outputs| FieldConfig { hidden: 17, layers: 2, ..FieldConfig::new(inputs, outputs) };
    let learned = FieldConfig { encoding: Encoding::Rbf { centres: 17 }, ..config(2, 1) };
    for points in [1, 17, 257, 1025] {
        check(&config(2, 3), &JetSpec::value(2), points);
        check(&config(1, 5), &JetSpec::value(1), points);
        check(&config(2, 1), &JetSpec::laplacian(2), points);
        check(&config(3, 1), &JetSpec::gradient(3), points);
        check(&learned, &JetSpec::value(2), points);
        check(&learned, &JetSpec::laplacian(2), points);
    }
}
