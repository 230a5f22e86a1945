//! A pre-activation that is NaN gives NaN in the results, on every instruction set.

use super::*;

/// One of 37 points has a NaN coordinate. Its jets are NaN, and the others do not change.
#[test]
fn nan_shows_at_its_point_and_nowhere_else() {
    const POINTS: usize = 37;
    let place = |bad: Option<usize>| {
        move |start: usize, x: &mut [f64]| {
            for (point, x) in (start..).zip(x.chunks_exact_mut(2)) {
                x[0] = f64::from(scatter(point, 1));
                x[1] = if bad == Some(point) { f64::NAN } else { f64::from(scatter(point, 2)) };
            }
        }
    };
    let plain = Activation::ALL.map(|activation| (activation, Encoding::Identity));
    let axes = AxisSet::try_from(vec![1]).unwrap();
    let encoded =
        [Encoding::Positional { frequencies: 3 }, Encoding::Rbf { centres: 5 }, Encoding::Periodic { axes }];
    let encoded = encoded.map(|encoding| (Activation::Relu, encoding));
    for (activation, encoding) in plain.into_iter().chain(encoded) {
        for (width, spec) in [
            (1, JetSpec::value(2)),
            (3, JetSpec::laplacian(2)),
            (17, JetSpec::gradient(2)),
            (33, JetSpec::hessian(2)),
        ] {
            let config = FieldConfig { encoding, ..gentle(activation, width, 1, 2, 1) };
            let field = Field::new(&config, 3).unwrap();
            for set in InstructionSet::available() {
                let engine = CpuEngine::with_instruction_set(Some(1), set).unwrap();
                let mut stepper = engine.stepper(field.architecture(), &spec).unwrap();
                let mut jets = |bad| {
                    let mut out = vec![0.0f32; POINTS * spec.channels()];
                    let write = |_: usize, jets: &Jets<'_>, out: &mut [f32]| {
                        for (point, out) in out.chunks_exact_mut(spec.channels()).enumerate() {
                            out.iter_mut().enumerate().for_each(|(c, out)| *out = jets.channel(c)[point]);
                        }
                    };
                    stepper.evaluate(field.parameters(), place(bad), &mut out, spec.channels(), write);
                    out
                };
                let (sound, poisoned) = (jets(None), jets(Some(20)));
                let pairs = sound.chunks_exact(spec.channels()).zip(poisoned.chunks_exact(spec.channels()));
                for (point, (sound, poisoned)) in pairs.enumerate() {
                    let told = format!("{set}, {activation}, {encoding:?}, width {width}, point {point}");
                    if point == 20 {
                        assert!(poisoned[0].is_nan(), "{told}: {poisoned:?}");
                    } else {
                        assert_eq!(sound, poisoned, "{told}");
                    }
                }
            }
        }
    }
}
