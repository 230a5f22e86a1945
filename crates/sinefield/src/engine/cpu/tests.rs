//! Compares every kernel with the float64 reference, on every instruction set of the machine.
//!
//! Tiles start as NaN, so a number that is read before it is written shows. The sizes are multiples of no register.

mod coupled;
mod fourier;
mod interrupted;
mod nan;
mod nested;
mod periodic;
mod recorded;
mod reused;
mod several;
mod threads;

use proptest::prelude::*;

use super::*;
use crate::engine::{Jets, Objective, System, reference};
use crate::field::{Activation, AxisSet, Encoding, Field, FieldConfig};
use crate::jet::Method;

/// `Σ weights · jet` with weights and coordinates that depend only on the index of the point.
struct Linear {
    spec: JetSpec,
    points: usize,
    outputs: usize,
}

/// A number in `[-1, 1]` for each index.
fn scatter(index: usize, salt: usize) -> f32 {
    let mixed = (index as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ (salt as u64) << 20;
    ((mixed.wrapping_mul(0xD6E8_FEB8_6659_FD93) >> 40) as f32) / 8_388_608.0 - 1.0
}

impl Linear {
    fn weight(&self, point: usize, channel: usize, output: usize) -> f32 {
        scatter((point * 31 + channel) * 31 + output, 7)
    }

    fn weigh<N: CpuNumber>(&self, start: usize, jets: &Jets<'_, N>, cotangents: &mut [N]) -> f64 {
        assert!(cotangents.iter().all(|&c| c == N::zero()), "cotangents are zero on entry");
        let mut loss = 0.0;
        for (i, (jet, bar)) in jets.data.iter().zip(cotangents).enumerate() {
            let (row, output) = (i / self.outputs, i % self.outputs);
            let weight = f64::from(self.weight(start + row % jets.points, row / jets.points, output));
            *bar = N::of(weight);
            loss += weight * (*jet).into();
        }
        loss
    }
}

impl Objective for Linear {
    fn spec(&self) -> &JetSpec {
        &self.spec
    }
    fn points(&self) -> usize {
        self.points
    }
    fn coordinates(&self, start: usize, out: &mut [f64]) {
        let first = start * self.spec.inputs();
        out.iter_mut().enumerate().for_each(|(i, x)| *x = f64::from(scatter(first + i, 1)));
    }
    fn residual(&self, start: usize, jets: &Jets<'_>, cotangents: &mut [f32]) -> f64 {
        self.weigh(start, jets, cotangents)
    }
}

/// The same in any precision.
struct Wide<'a>(&'a Linear);

impl<N: CpuNumber> System<N> for Wide<'_> {
    fn points(&self) -> usize {
        self.0.points
    }
    fn coordinates(&self, _: usize, start: usize, out: &mut [f64]) {
        self.0.coordinates(start, out);
    }
    fn residual(&self, start: usize, jets: &[Jets<'_, N>], bars: &mut [&mut [N]], _: &mut [f64]) -> f64 {
        self.0.weigh(start, &jets[0], bars[0])
    }
}

/// The loss and gradient of a [`Linear`] by the reference, and its jets `(points, channels, outputs)`.
fn oracle(field: &Field, objective: &Linear) -> (f64, Vec<f64>, Vec<Vec<f64>>) {
    let parameters: Vec<f64> = field.parameters().iter().map(|&p| f64::from(p)).collect();
    let (mut loss, mut gradient, mut jets) = (0.0, vec![0.0; parameters.len()], Vec::new());
    let (spec, architecture) = (&objective.spec, field.architecture());
    for point in 0..objective.points {
        let mut x = vec![0.0; spec.inputs()];
        objective.coordinates(point, &mut x);
        let weights: Vec<f64> = (0..spec.channels() * objective.outputs)
            .map(|i| objective.weight(point, i / objective.outputs, i % objective.outputs).into())
            .collect();
        let jet = reference::jet(architecture, &parameters, spec, &x);
        loss += jet.iter().zip(&weights).map(|(j, w)| j * w).sum::<f64>();
        reference::add_gradient(architecture, &parameters, spec, &x, &weights, &mut gradient);
        jets.push(jet);
    }
    (loss, gradient, jets)
}

fn largest(values: impl Iterator<Item = f64>) -> f64 {
    values.fold(0.0, |m, v| m.max(v.abs()))
}

/// Compares jets, loss and gradient on one instruction set, in both precisions.
fn check(set: InstructionSet, field: &Field, spec: &JetSpec, points: usize) -> Result<(), TestCaseError> {
    check_in::<f32>(set, field, spec, points, 1e-3)?;
    check_in::<f64>(set, field, spec, points, 1e-11)
}

/// `tolerance` is the largest error of the gradient, relative to its largest component.
fn check_in<N: CpuNumber>(
    set: InstructionSet,
    field: &Field,
    spec: &JetSpec,
    points: usize,
    tolerance: f64,
) -> Result<(), TestCaseError> {
    let outputs = field.architecture().outputs();
    let objective = Linear { spec: spec.clone(), points, outputs };
    let (loss, gradient, jets) = oracle(field, &objective);
    let engine = CpuEngine::with_instruction_set(Some(2), set).unwrap();
    let parts = [(field.architecture(), spec)];
    let mut stepper = Stepper::<N>::new(engine.joint(&parts).unwrap(), spec.clone());
    let mut joint: JointStepper<N> = engine.joint(&parts).unwrap();
    let parameters: Vec<N> = field.parameters().iter().map(|p| N::of((*p).into())).collect();
    let numbers = spec.channels() * outputs;
    let mut got_jets = vec![f64::NAN; numbers * points];
    let collect = |_: usize, tile: &Jets<'_, N>, out: &mut [f64]| {
        for (i, value) in tile.data.iter().enumerate() {
            let (row, output) = (i / outputs, i % outputs);
            let at = (row % tile.points) * numbers + (row / tile.points) * outputs + output;
            out[at] = (*value).into();
        }
    };
    let coordinates = |start: usize, x: &mut [f64]| objective.coordinates(start, x);
    stepper.evaluate(&parameters, coordinates, &mut got_jets, numbers, collect);
    let got_jets: Vec<&[f64]> = got_jets.chunks(numbers).collect();
    for channel in 0..spec.channels() {
        for output in 0..outputs {
            let at = channel * outputs + output;
            let scale = largest(jets.iter().map(|jet| jet[at]));
            let error = largest(jets.iter().zip(&got_jets).map(|(want, got)| match want[at] - got[at] {
                e if e.is_finite() => e,
                _ => f64::INFINITY,
            }));
            prop_assert!(
                error <= 0.3 * tolerance * scale,
                "{set}, channel {channel}: {error:e} of {scale:e}"
            );
        }
    }
    let mut got = vec![N::nan(); gradient.len()];
    // Twice: the second step uses memory that the first has used.
    for _ in 0..2 {
        let got_loss = joint.gradient(&[&parameters], &Wide(&objective), &mut [&mut got], &mut []);
        let scale = largest(jets.iter().flatten().copied()) * (points as f64).sqrt();
        prop_assert!((got_loss - loss).abs() <= tolerance * scale, "{set}: loss {got_loss} for {loss}");
    }
    let layers = field.architecture().shapes().into_iter().map(|shape| [shape.weight, shape.bias]);
    let encoding = field.architecture().encoding_shape().map(|shape| [shape.centres, shape.sigma]);
    for ranges in encoding.into_iter().chain(layers) {
        for range in ranges {
            let scale = largest(gradient[range.clone()].iter().copied());
            for i in range {
                let found: f64 = got[i].into();
                let error = (found - gradient[i]).abs();
                let name = field.architecture().name_of(i);
                prop_assert!(error <= tolerance * scale, "{set}, {name}: {found} for {}", gradient[i]);
            }
        }
    }
    Ok(())
}

fn on_every_set(field: &Field, spec: &JetSpec, points: usize) {
    for set in [InstructionSet::Avx512, InstructionSet::Avx2, InstructionSet::Neon, InstructionSet::Scalar] {
        if set.token().is_none() {
            eprintln!("SKIPPED: this machine has no {set}");
            continue;
        }
        if let Err(error) = check(set, field, spec, points) {
            panic!("{error}, {spec:?}, {:?}", field.architecture());
        }
    }
}

fn gentle(
    activation: Activation,
    hidden: usize,
    layers: usize,
    inputs: usize,
    outputs: usize,
) -> FieldConfig {
    FieldConfig {
        activation,
        hidden,
        layers,
        omega: (activation == Activation::Sine).then_some(10.0),
        first_omega: (activation == Activation::Sine).then_some(6.0),
        ..FieldConfig::new(inputs, outputs)
    }
}

/// Third derivatives along the last coordinate and a slanted line, fourth ones along the first and the diagonals.
fn lines(inputs: usize) -> JetSpec {
    let spec = JetSpec::value(inputs).with_fourth(0).with_third(inputs - 1).with_fourth_along(&[1.0, 1.0]);
    spec.with_fourth_along(&[1.0, -1.0]).with_third_along(&[0.5, 0.3, -0.7, 0.4])
}

#[test]
fn every_activation_and_channel_set() {
    let specs = [
        JetSpec::value(3),
        JetSpec::gradient(3),
        JetSpec::laplacian(3),
        JetSpec::value(3).with_laplacian(&[1.0, 0.0, -0.25]),
        JetSpec::diagonal_hessian(3),
        JetSpec::hessian(3),
        JetSpec::value(3).with_first(1),
        JetSpec::value(3).with_first(0).with_second(2, 2).with_laplacian(&[0.0, 1.0, 1.0]),
        JetSpec::value(3).with_third(1),
        JetSpec::value(3).with_first(2).with_fourth(0),
        lines(3).with_laplacian(&[1.0, 0.0, -0.25]),
    ];
    for activation in Activation::ALL {
        for (n, spec) in specs.iter().enumerate() {
            let outputs = 1 + n % 3;
            let field = Field::new(&gentle(activation, 19, 2, 3, outputs), n as u64).unwrap();
            on_every_set(&field, spec, 37);
        }
    }
}

#[test]
fn awkward_widths() {
    for hidden in [1, 2, 15, 16, 17, 31, 33, 64, 255, 257] {
        let field = Field::new(&gentle(Activation::Sine, hidden, 1, 2, 1), 1).unwrap();
        for spec in [JetSpec::value(2), JetSpec::gradient(2), JetSpec::laplacian(2), lines(2)] {
            on_every_set(&field, &spec, 101);
        }
    }
}

#[test]
fn wide_and_deep() {
    let field = Field::new(&gentle(Activation::Sine, 700, 1, 2, 1), 1).unwrap();
    on_every_set(&field, &JetSpec::laplacian(2), 5);
    let field = Field::new(&gentle(Activation::Sine, 9, 12, 1, 2), 1).unwrap();
    on_every_set(&field, &JetSpec::hessian(1), 33);
}

#[test]
fn few_outputs_of_many_inputs() {
    for (hidden, outputs) in [(63, 1), (65, 1), (130, 2), (131, 2), (207, 3)] {
        let field = Field::new(&gentle(Activation::Gaussian, hidden, 0, 2, outputs), 3).unwrap();
        for spec in [JetSpec::value(2), JetSpec::laplacian(2)] {
            on_every_set(&field, &spec, 19);
        }
    }
}

#[test]
fn few_outputs_of_few_inputs() {
    for (hidden, outputs) in [(1, 1), (3, 2), (17, 3), (31, 4), (33, 5), (129, 3)] {
        let field = Field::new(&gentle(Activation::Sine, hidden, 1, 2, outputs), 3).unwrap();
        for points in [1, 7, 8, 9, 45] {
            on_every_set(&field, &JetSpec::value(2), points);
            on_every_set(&field, &JetSpec::laplacian(2), points);
        }
    }
}

#[test]
fn batches_of_any_size() {
    let field = Field::new(&gentle(Activation::Sine, 24, 1, 2, 1), 4).unwrap();
    for points in [1, 2, 167, 168, 169, 1025] {
        on_every_set(&field, &JetSpec::value(2), points);
        on_every_set(&field, &JetSpec::gradient(2), points);
    }
}

#[test]
fn encoded_coordinates() {
    let config = FieldConfig {
        encoding: Encoding::Positional { frequencies: 2 },
        ..gentle(Activation::Softplus, 21, 2, 2, 1)
    };
    let field = Field::new(&config, 4).unwrap();
    let specs =
        [JetSpec::value(2), JetSpec::gradient(2), JetSpec::laplacian(2), JetSpec::hessian(2), lines(2)];
    for spec in specs {
        on_every_set(&field, &spec, 45);
    }
}

#[test]
fn learned_encodings() {
    for (centres, inputs, activation) in
        [(1, 1, Activation::Sine), (17, 3, Activation::Tanh), (33, 2, Activation::Relu)]
    {
        let encoding = Encoding::Rbf { centres };
        let config = FieldConfig { encoding, ..gentle(activation, 19, 1, inputs, 1) };
        let mut field = Field::new(&config, 4).unwrap();
        let shape = field.architecture().encoding_shape().unwrap();
        let widths = field.parameters_mut()[shape.sigma].iter_mut().enumerate();
        widths.for_each(|(i, sigma)| *sigma = 0.4 + 0.3 * (i % 7) as f32);
        for spec in [
            JetSpec::value(inputs),
            JetSpec::gradient(inputs),
            JetSpec::laplacian(inputs),
            JetSpec::hessian(inputs),
            JetSpec::hessian(inputs).with_laplacian(&[0.5, 0.0, -2.0]),
            JetSpec::value(inputs).with_third(0),
            lines(inputs).with_laplacian(&[0.5, 0.0, -2.0]),
        ] {
            on_every_set(&field, &spec, 45);
        }
    }
}

#[test]
fn the_gradient_goes_by_reverse_where_that_is_cheaper() {
    assert_eq!(JetSpec::gradient(2).method(1), Method::Reverse);
    assert_eq!(JetSpec::gradient(3).method(3), Method::Forward);
    assert_eq!(JetSpec::gradient(1).method(1), Method::Forward);
    assert_eq!(JetSpec::laplacian(3).method(1), Method::Forward);
    assert_eq!(JetSpec::value(3).with_third(2).method(1), Method::Forward);
    assert_eq!(JetSpec::gradient(3).with_fourth_along(&[1.0, 1.0, 0.0]).method(1), Method::Forward);
    // One third derivative beside a gradient that reverse mode would give more cheaply.
    let field = Field::new(&gentle(Activation::Sine, 17, 1, 5, 1), 2).unwrap();
    assert_eq!(JetSpec::gradient(5).method(1), Method::Reverse);
    on_every_set(&field, &JetSpec::gradient(5).with_third(3), 33);
}

#[test]
fn impossible_engines_are_refused() {
    assert!(matches!(CpuEngine::new(Some(0)), Err(EngineError::NoThreads)));
    let field = Field::new(&FieldConfig { hidden: 3, ..FieldConfig::new(2, 1) }, 0).unwrap();
    let engine = CpuEngine::new(Some(1)).unwrap();
    assert!(engine.stepper(field.architecture(), &JetSpec::value(3)).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Any width, depth, batch and set of channels.
    #[test]
    fn any_field_any_jet(
        hidden in 1usize..70,
        layers in 0usize..3,
        inputs in 1usize..5,
        outputs in 1usize..5,
        points in 1usize..300,
        first in 0usize..32,
        second in prop::collection::vec((0usize..5, 0usize..5), 0..4),
        lines in prop::collection::vec((prop::collection::vec(-1.5..1.5, 4), any::<bool>()), 0..3),
        laplacian in prop::option::of(prop::collection::vec(-2.0..2.0, 4)),
        seed in 0u64..1000,
    ) {
        let mut spec = JetSpec::value(inputs);
        for i in (0..5).filter(|i| first >> i & 1 == 1) {
            spec = spec.with_first(i);
        }
        for (i, j) in second {
            if i < inputs && j < inputs {
                spec = spec.with_second(i, j);
            }
        }
        for (direction, fourth) in lines {
            spec = if fourth { spec.with_fourth_along(&direction) } else { spec.with_third_along(&direction) };
        }
        if let Some(weights) = laplacian {
            spec = spec.with_laplacian(&weights[..inputs.min(4)]);
        }
        let field = Field::new(&gentle(Activation::Sine, hidden, layers, inputs, outputs), seed).unwrap();
        for set in InstructionSet::available() {
            check(set, &field, &spec, points)?;
        }
    }
}

/// The last of the 26,460,000 samples of a sound of ten minutes, with an ω of 516,000. The phase of every unit has an
/// error below 1e-3 rad. The error from float32 coordinates alone is 1e-2, and that of float32 phases is larger.
#[test]
fn phases_of_long_signals_keep_their_digits() {
    const SAMPLES: usize = 26_460_000;
    struct End(JetSpec);
    impl Objective for End {
        fn spec(&self) -> &JetSpec {
            &self.0
        }
        fn points(&self) -> usize {
            255
        }
        fn coordinates(&self, start: usize, out: &mut [f64]) {
            for (i, x) in (SAMPLES - 255 + start..).zip(out) {
                *x = -1.0 + 2.0 * i as f64 / (SAMPLES - 1) as f64;
            }
        }
        fn residual(&self, _: usize, jets: &Jets<'_>, cotangents: &mut [f32]) -> f64 {
            cotangents.fill(1.0);
            jets.data.iter().map(|jet| f64::from(*jet)).sum()
        }
    }
    let config =
        FieldConfig { hidden: 17, layers: 0, first_omega: Some(516_000.0), ..FieldConfig::new(1, 17) };
    let mut field = Field::new(&config, 3).unwrap();
    // Each output has the value of one unit of the layer.
    let shape = field.architecture().shapes()[1].clone();
    let parameters = field.parameters_mut();
    for (at, weight) in parameters[shape.weight.clone()].iter_mut().enumerate() {
        *weight = if at / 17 == at % 17 { 1.0 } else { 0.0 };
    }
    parameters[shape.bias].fill(0.0);
    let wide: Vec<f64> = field.parameters().iter().map(|&p| f64::from(p)).collect();
    let architecture = field.architecture();
    let all = [InstructionSet::Avx512, InstructionSet::Avx2, InstructionSet::Neon, InstructionSet::Scalar];
    let sets = all.into_iter().filter(|set| set.token().is_some());
    for (set, spec) in sets.flat_map(|set| [(set, JetSpec::value(1)), (set, JetSpec::hessian(1))]) {
        let end = End(spec.clone());
        let mut stepper =
            CpuEngine::with_instruction_set(Some(2), set).unwrap().stepper(architecture, &spec).unwrap();
        let mut got = vec![f32::NAN; 255 * 17];
        stepper.values(field.parameters(), |start, x| end.coordinates(start, x), &mut got);
        let mut gradient = vec![f32::NAN; wide.len()];
        stepper.gradient(field.parameters(), &end, &mut gradient);
        let mut exact = vec![0.0; wide.len()];
        let bars = vec![1.0; spec.channels() * 17];
        for (point, got) in got.chunks_exact(17).enumerate() {
            let mut x = [0.0];
            end.coordinates(point, &mut x);
            let jet = reference::jet(architecture, &wide, &spec, &x);
            for (got, want) in got.iter().zip(&jet) {
                assert!((f64::from(*got) - want).abs() < 1e-5, "{set}, {point}: {got}, not {want}");
            }
            reference::add_gradient(architecture, &wide, &spec, &x, &bars, &mut exact);
        }
        let scale = largest(exact.iter().copied());
        for (got, want) in gradient.iter().zip(&exact) {
            assert!((f64::from(*got) - want).abs() < 1e-4 * scale, "{set}: {got}, not {want}");
        }
    }
}
