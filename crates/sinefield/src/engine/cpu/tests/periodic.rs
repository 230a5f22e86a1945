//! Periodic coordinates: every kernel against the reference, and the bits one period further.

use super::*;

#[test]
fn periodic_coordinates() {
    for (axes, inputs, outputs) in
        [(vec![0], 1, 1), (vec![1], 2, 1), (vec![0, 2], 3, 2), (vec![0, 1, 2], 3, 1)]
    {
        let encoding = Encoding::Periodic { axes: AxisSet::try_from(axes).unwrap() };
        let config = FieldConfig { encoding, ..gentle(Activation::Sine, 21, 1, inputs, outputs) };
        let field = Field::new(&config, 4).unwrap();
        for spec in [
            JetSpec::value(inputs),
            JetSpec::gradient(inputs),
            JetSpec::laplacian(inputs),
            JetSpec::hessian(inputs),
            JetSpec::hessian(inputs).with_laplacian(&[0.5, 0.0, -2.0]),
        ] {
            on_every_set(&field, &spec, 45);
        }
    }
}

/// All channels have the same bits one period further, on every instruction set and by the reference. The coordinates
/// are exact in float32, and so are those of the next period.
#[test]
fn periodic_coordinates_repeat_to_the_bit() {
    let encoding = Encoding::Periodic { axes: AxisSet::try_from(vec![0]).unwrap() };
    let config = FieldConfig { encoding, ..gentle(Activation::Sine, 21, 1, 2, 1) };
    let field = Field::new(&config, 4).unwrap();
    let spec = JetSpec::hessian(2).with_laplacian(&[1.0, 0.5]);
    let channels = spec.channels();
    for set in InstructionSet::available() {
        let engine = CpuEngine::with_instruction_set(Some(1), set).unwrap();
        let from = |low: f64| {
            let place = move |start: usize, x: &mut [f64]| {
                for (point, x) in (start..).zip(x.chunks_exact_mut(2)) {
                    x.copy_from_slice(&[low + point as f64 / 32.0, 0.25]);
                }
            };
            let single = jets_of(
                engine.evaluator(field.architecture(), &spec).unwrap(),
                field.parameters(),
                place,
                channels,
            );
            let double = cfg!(feature = "float64").then(|| {
                let evaluator = engine.evaluator_f64(field.architecture(), &spec).unwrap();
                jets_of(evaluator, &field.wide_parameters(), place, channels)
            });
            (single, double)
        };
        let (single, double) = from(-1.0);
        assert!(single.iter().any(|bits| *bits != single[0]));
        for low in [1.0, -3.0, 7.0] {
            assert_eq!(from(low), (single.clone(), double.clone()), "{set}, from {low}");
        }
    }
    let parameters = field.wide_parameters();
    let at = |x: f64| reference::jet(field.architecture(), &parameters, &spec, &[x, 0.25]);
    for i in 0..=64 {
        let x = -1.0 + f64::from(i) / 32.0;
        assert_eq!(at(x), at(x + 2.0), "{x}");
    }
}

/// The bits of the jets at 65 points.
fn jets_of<N: CpuNumber>(
    mut evaluator: Box<dyn crate::engine::Evaluator<N>>,
    parameters: &[N],
    place: impl Fn(usize, &mut [f64]) + Sync,
    channels: usize,
) -> Vec<u64> {
    let mut out = vec![0u64; 65 * channels];
    let write = |_: usize, jets: &Jets<'_, N>, out: &mut [u64]| {
        for (point, out) in out.chunks_exact_mut(channels).enumerate() {
            let number = |c: usize| -> f64 { jets.channel(c)[point].into() };
            out.iter_mut().enumerate().for_each(|(c, out)| *out = number(c).to_bits());
        }
    };
    evaluator.evaluate(parameters, place, &mut out, channels, write);
    out
}
