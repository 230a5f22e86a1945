//! Compares the survey with plain float64 and finite differences, and the theory with draws and known values.

use super::*;
use sinefield::engine::cpu::CpuEngine;
use sinefield::engine::reference;
use sinefield::jet::JetSpec;

fn engine() -> CpuEngine {
    CpuEngine::new(Some(1)).unwrap()
}

fn near(got: f64, wanted: f64, part: f64, what: &str) {
    assert!((got / wanted - 1.0).abs() <= part, "{what}: {got}, not {wanted}");
}

/// The closed form `V = 1 - exp(-2V) + ω²/(3n)`, solved by bisection.
fn closed_form(hidden: usize, omega: f64) -> f64 {
    let biases = omega * omega / (3.0 * hidden as f64);
    let (mut low, mut high) = (0.1, 10.0 + biases);
    for _ in 0..100 {
        let v: f64 = 0.5 * (low + high);
        if 1.0 - (-2.0 * v).exp() + biases > v { low = v } else { high = v }
    }
    low.sqrt()
}

#[test]
fn the_fixed_point_is_the_closed_form() {
    for (hidden, omega) in [(255, 30.0), (256, 30.0), (2048, 30.0), (1024, 10.0), (17, 1.0)] {
        let network = Network { hidden, omega: omega as f32, ..Network::default() };
        near(Theory::new(&network).fixed_point, closed_form(hidden, omega), 1e-9, "fixed point");
    }
    // Values from an independent simulation: 1.47 at width 256, 1.007 at 2,048.
    near(closed_form(256, 30.0), 1.47, 0.003, "256");
    near(closed_form(2048, 30.0), 1.007, 0.001, "2048");
}

/// The biases of one narrow layer are few draws, so their variance is uncertain: 6 % at a width of 255. Variances are
/// therefore averaged over several networks.
#[test]
fn pre_activations_spread_as_the_theory_says() {
    for (hidden, omega, inputs, seeds) in
        [(255, 30.0, 1, 8), (257, 30.0, 2, 4), (1024, 30.0, 1, 1), (1000, 60.0, 3, 1), (1024, 12.0, 2, 1)]
    {
        let network = |seed| Network { inputs, hidden, layers: 2, omega, seed };
        let theory = Theory::new(&network(0));
        let surveys: Vec<_> = (0..seeds).map(|seed| survey(&engine(), &network(seed)).unwrap()).collect();
        for (layer, expected) in theory.pre_activation.iter().enumerate() {
            let squares = surveys.iter().map(|layers| layers[layer].pre_activation.std.powi(2));
            let std = (squares.sum::<f64>() / seeds as f64).sqrt();
            let what = format!("{:?}, layer {layer}", network(0));
            near(std, *expected, 0.05, &what);
            if layer >= 2 {
                near(std, closed_form(hidden, omega.into()), 0.05, &what);
            }
        }
    }
}

/// The variance of a layer with 300 units is uncertain by sqrt(2/300), 8 %. That of fifty layers together is not.
#[test]
fn fifty_layers_deep_it_still_holds() {
    let network = Network { hidden: 300, layers: 50, seed: 7, ..Network::default() };
    let layers = survey(&engine(), &network).unwrap();
    assert_eq!(layers.len(), 51);
    let wanted = closed_form(300, 30.0);
    for part in [&layers[2..26], &layers[26..]] {
        let squares = part.iter().map(|layer| layer.pre_activation.std.powi(2));
        near((squares.sum::<f64>() / part.len() as f64).sqrt(), wanted, 0.05, "half of the layers");
    }
    let mean = |distance: &dyn Fn(&LayerStatistics) -> f64| layers.iter().map(distance).sum::<f64>() / 51.0;
    assert!(mean(&|layer| layer.pre_activation.laws[0].distance) < 0.05);
    assert!(mean(&|layer| layer.activation.laws.last().unwrap().distance) < 0.05);
    for layer in &layers[2..] {
        near(layer.pre_activation.std, wanted, 0.15, &format!("layer {}", layer.layer));
    }
}

#[test]
fn distributions_are_near_their_laws_and_whole() {
    let network = Network { hidden: 1024, layers: 4, ..Network::default() };
    for layer in survey(&engine(), &network).unwrap() {
        let all = [&layer.pre_activation, &layer.activation, &layer.gradient];
        for (quantity, distribution) in ["pre-activation", "activation", "gradient"].iter().zip(all) {
            let what = format!("{quantity}, layer {}", layer.layer);
            let histogram = &distribution.histogram;
            near(histogram.fractions.iter().sum(), 1.0, 1e-12, &what);
            for fitted in &distribution.laws {
                // The arcsine law assumes a uniform phase; a normal one with std 1 is narrower.
                let most = if fitted.law == Law::Arcsine && layer.layer > 0 { 0.05 } else { 0.03 };
                assert!(fitted.distance < most, "{what}: {fitted:?}");
                let expected = histogram.expected(fitted.law);
                assert!((0.99..1.0 + 1e-9).contains(&expected.iter().sum::<f64>()), "{what}: {fitted:?}");
            }
            near(distribution.std, distribution.laws[0].std, 0.08, &what);
            // Hann's window gives the middle more weight, so the powers only approximate the mean square.
            let square = distribution.std.powi(2) + distribution.mean.powi(2);
            near(distribution.spectrum.iter().sum(), square, 0.25, &what);
        }
    }
}

/// Compares the cumulative function of every law with draws from it.
#[test]
fn laws_are_those_of_draws() {
    let mut state = 1u64;
    let mut uniform = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1u64 << 52) as f64 - 1.0
    };
    let count = 200_000;
    let mut draws = |law: Law| -> Vec<f64> {
        let draw = |_| {
            // The sum of twelve uniform numbers with variance 1/3 is nearly normal with variance 4.
            let mut normal = || (0..12).map(|_| uniform()).sum::<f64>() / 2.0;
            match law {
                Law::Normal { std } => std * normal(),
                Law::SineOfNormal { std } => (std * normal()).sin(),
                Law::Uniform { std } => 3f64.sqrt() * std * uniform(),
                Law::Arcsine => (std::f64::consts::PI * uniform()).sin(),
                Law::FirstLayer { omega, inputs } => {
                    let d = inputs as f64;
                    let sum: f64 = (0..inputs).map(|_| uniform() * uniform() / d).sum();
                    omega * (sum + uniform() / d.sqrt())
                }
            }
        };
        (0..count).map(draw).collect()
    };
    for law in [
        Law::Normal { std: 0.7 },
        Law::Uniform { std: 0.7 },
        Law::Arcsine,
        Law::SineOfNormal { std: 0.4 },
        Law::SineOfNormal { std: 1.0 },
        Law::SineOfNormal { std: 5.0 },
        Law::FirstLayer { omega: 30.0, inputs: 1 },
        Law::FirstLayer { omega: 30.0, inputs: 2 },
        Law::FirstLayer { omega: 30.0, inputs: 7 },
    ] {
        let mut numbers = draws(law);
        numbers.sort_by(f64::total_cmp);
        let gaps =
            numbers.iter().enumerate().map(|(i, x)| (law.cumulative(*x) - i as f64 / count as f64).abs());
        let distance = gaps.fold(0.0, f64::max);
        // Kolmogorov's bound at 1 in 1,000 is 1.95 / sqrt(count) = 0.0044; sums of twelve are not quite normal.
        assert!(distance < 0.006, "{law:?}: {distance}");
        let square = numbers.iter().map(|x| x * x).sum::<f64>() / f64::from(count);
        near(square.sqrt(), law.std(), 0.01, &format!("{law:?}"));
    }
}

/// Pre-activations and gradients of single units, by the definition and by differences in float64.
#[test]
fn a_pass_is_the_network() {
    for inputs in [1, 2] {
        let config = FieldConfig { hidden: 17, layers: 2, ..FieldConfig::new(inputs, 1) };
        let field = Field::new(&config, 3).unwrap();
        let engine = engine();
        let mut pass = Pass::new(&engine, &field, 3, 5);
        let x: Vec<Vec<f64>> =
            pass.activations.chunks(inputs).map(|x| x.iter().map(|x| f64::from(*x)).collect()).collect();
        let mut seen = Vec::new();
        for layer in 0..3 {
            pass.up(layer).unwrap();
            seen.push(pass.activations.clone());
        }
        let parameters: Vec<f64> = field.parameters().iter().map(|p| f64::from(*p)).collect();
        let shapes = field.architecture().shapes();
        for layer in (0..3).rev() {
            pass.down(layer).unwrap();
            for (point, x) in x.iter().enumerate() {
                for unit in [0, 7, 16] {
                    // A bias of the layer above changes with the activation of a unit through one weight.
                    let e = 1e-6;
                    let moved = |by: f64| {
                        let mut parameters = parameters.clone();
                        let above = &shapes[layer + 1];
                        for o in 0..above.outputs {
                            let weight = parameters[above.weight.start + o * above.inputs + unit];
                            parameters[above.bias.start + o] += by * weight;
                        }
                        reference::jet(field.architecture(), &parameters, &JetSpec::value(inputs), x)[0]
                    };
                    let slope = (moved(e) - moved(-e)) / (2.0 * e);
                    let got = f64::from(pass.gradients[point * 17 + unit]);
                    assert!((got - slope).abs() < 1e-4 * slope.abs().max(0.01), "{layer}: {got}, {slope}");
                }
            }
        }
        // The first layer's units, by hand.
        for (point, x) in x.iter().enumerate() {
            let weight = field.weight(0).unwrap().chunks(inputs);
            for (unit, (weight, bias)) in weight.zip(field.bias(0).unwrap()).enumerate() {
                let dot: f64 = weight.iter().zip(x).map(|(w, x)| f64::from(*w) * x).sum();
                let wanted = (30.0 * (dot + f64::from(*bias))).sin();
                assert!((f64::from(seen[0][point * 17 + unit]) - wanted).abs() < 2e-5);
            }
        }
    }
}

/// A sine with amplitude A has the power A²/2, at its frequency and the neighbouring ones of the window.
#[test]
fn power_is_where_a_wave_is() {
    let (points, units) = (256, 3);
    let wave = |i: usize| {
        let (point, unit) = ((i / units) as f32, i % units);
        [2.0, 0.0, 1.0][unit] * (std::f32::consts::TAU * 10.0 * point / points as f32 + unit as f32).sin()
    };
    let rows: Vec<f32> = (0..points * units).map(wave).collect();
    let power = spectrum::mean_power(&rows, units);
    assert_eq!(power.len(), points / 2 + 1);
    near(power.iter().sum(), (2.0 + 0.5) / 3.0, 1e-6, "all");
    near(power[9..=11].iter().sum(), (2.0 + 0.5) / 3.0, 1e-6, "at the wave");
    assert!(power[10] > 2.0 * power[9] && power[9] > 1e3 * power[8]);
}

#[test]
fn the_survey_does_not_depend_on_threads_and_refuses_what_cannot_be() {
    let network = Network { hidden: 65, layers: 2, inputs: 2, ..Network::default() };
    let by = |threads| survey(&CpuEngine::new(Some(threads)).unwrap(), &network).unwrap();
    assert_eq!(by(1), by(3));
    for network in [
        Network { hidden: 0, ..network },
        Network { inputs: 0, ..network },
        Network { omega: f32::NAN, ..network },
        Network { layers: usize::MAX, ..network },
    ] {
        assert!(survey(&engine(), &network).is_err(), "{network:?}");
    }
}
