//! Compares forms with finite differences in float64 of the form by hand, of the raw network by the reference.

use super::*;
use crate::engine::Jets;
use crate::engine::cpu::CpuEngine;
use crate::engine::reference::{self, ReferenceEngine};
use crate::field::{Axis, FieldConfig, Form, ValueMap};
use crate::render::{Coordinates, Quantity, at_points, at_points_exactly};

const RANGES: [(f64, f64); 2] = [(0.5, 3.5), (-1.0, 0.25)];

/// A form in text and by hand: the outputs at `(x, t)`, from those of the network.
struct Case {
    text: &'static str,
    complex: Vec<bool>,
    outputs: usize,
    by_hand: fn([f64; 2], &[f64]) -> Vec<f64>,
}

fn cases() -> [Case; 4] {
    [
        Case {
            text: "(x - 0.5)*(3.5 - x)*net + cos(x)*t^2",
            complex: vec![],
            outputs: 1,
            by_hand: |[x, t], n| vec![(x - 0.5) * (3.5 - x) * n[0] + x.cos() * t * t],
        },
        Case {
            text: "[t*net[0]*net[1] + x, net[1]/(1 + net[0]^2) + exp(t)]",
            complex: vec![],
            outputs: 2,
            by_hand: |[x, t], n| vec![t * n[0] * n[1] + x, n[1] / (1.0 + n[0] * n[0]) + t.exp()],
        },
        Case {
            text: "exp(2*i*x)*net + t",
            complex: vec![true],
            outputs: 2,
            by_hand: |[x, t], n| {
                let (sin, cos) = (2.0 * x).sin_cos();
                vec![cos * n[0] - sin * n[1] + t, sin * n[0] + cos * n[1]]
            },
        },
        // The second value is real, though the vector is complex.
        Case {
            text: "[i*net[0], x*net[1]]",
            complex: vec![true, false],
            outputs: 3,
            by_hand: |[x, _], n| vec![-n[1], n[0], x * n[2]],
        },
    ]
}

fn field(case: &Case) -> Field {
    let config = FieldConfig {
        hidden: 9,
        layers: 1,
        omega: Some(1.5),
        first_omega: Some(2.0),
        ..FieldConfig::new(2, case.outputs)
    };
    let mut field = Field::new(&config, 3).unwrap();
    field.meta.axes =
        ["x", "t"].iter().zip(RANGES).map(|(name, (low, high))| Axis::ranged(name, low, high)).collect();
    let coordinates = vec!["x".to_string(), "t".to_string()];
    field.meta.form = Some(Form { text: case.text.into(), coordinates, complex: case.complex.clone() });
    field.meta.value = ValueMap { scale: 0.5, offset: 0.25 };
    field
}

/// The signal at the normalised coordinates `x`.
fn by_hand(case: &Case, field: &Field, x: [f64; 2]) -> Vec<f64> {
    let place = [0, 1].map(|i| 0.5 * (RANGES[i].0 + RANGES[i].1) + 0.5 * (RANGES[i].1 - RANGES[i].0) * x[i]);
    let net = reference::jet(field.architecture(), &field.wide_parameters(), &JetSpec::value(2), &x);
    (case.by_hand)(place, &net).into_iter().map(|output| 0.25 + 0.5 * output).collect()
}

/// Value, gradient and Hessian of every output at `x`, by sixth-order differences. `per_unit` is the change of the
/// normalised coordinates per unit.
fn differences(case: &Case, field: &Field, x: [f64; 2], per_unit: [f64; 2]) -> [Vec<f64>; 3] {
    const E: f64 = 4e-3;
    const WEIGHTS: [(f64, f64); 6] =
        [(-3.0, -1.0), (-2.0, 9.0), (-1.0, -45.0), (1.0, 45.0), (2.0, -9.0), (3.0, 1.0)];
    let at = |steps: [f64; 2]| by_hand(case, field, [x[0] + E * steps[0], x[1] + E * steps[1]]);
    let slope = |along: usize, of: &dyn Fn([f64; 2]) -> Vec<f64>, base: [f64; 2]| {
        let mut sum = vec![0.0; case.outputs];
        for (step, weight) in WEIGHTS {
            let mut moved = base;
            moved[along] += step;
            let values = of(moved);
            sum.iter_mut().zip(values).for_each(|(s, v)| *s += weight * v * per_unit[along] / (60.0 * E));
        }
        sum
    };
    let first = |i: usize, base: [f64; 2]| slope(i, &at, base);
    let slopes = [first(0, [0.0; 2]), first(1, [0.0; 2])];
    let second = |i: usize, j: usize| slope(j, &|base| first(i, base), [0.0; 2]);
    let curvatures = [second(0, 0), second(0, 1), second(1, 0), second(1, 1)];
    let gradient = (0..case.outputs).flat_map(|o| slopes.iter().map(move |s| s[o])).collect();
    let hessian = (0..case.outputs).flat_map(|o| curvatures.iter().map(move |c| c[o])).collect();
    [at([0.0; 2]), gradient, hessian]
}

fn close(got: &[f64], want: &[f64], tolerance: f64, what: &str) {
    assert_eq!(got.len(), want.len(), "{what}");
    let size = want.iter().fold(1.0f64, |most, w| most.max(w.abs()));
    for (g, w) in got.iter().zip(want) {
        assert!((g - w).abs() < tolerance * size, "{what}: {got:?}, not {want:?}");
    }
}

/// Every quantity, in units and normalised, by both engines and in both precisions.
#[test]
fn jets_are_the_derivatives_of_the_form() {
    let cpu = CpuEngine::new(Some(1)).unwrap();
    let engines: [&dyn Engine; 2] = [&cpu, &ReferenceEngine];
    for case in cases() {
        let field = field(&case);
        for (units, x) in [(true, [0.3, -0.6]), (false, [0.3, -0.6]), (true, [-0.9, 0.8])] {
            let axes = &field.meta.axes;
            let per_unit = if units { [axes[0].per_unit(), axes[1].per_unit()] } else { [1.0; 2] };
            let place = [0, 1].map(|i| RANGES[i].0 + (x[i] + 1.0) / axes[i].per_unit());
            let (coordinates, point) =
                if units { (Coordinates::Units, place) } else { (Coordinates::Normalised, x) };
            let [value, gradient, hessian] = differences(&case, &field, x, per_unit);
            let magnitude: Vec<f64> = gradient.chunks(2).map(|g| g[0].hypot(g[1])).collect();
            let laplacian: Vec<f64> = hessian.chunks(4).map(|h| h[0] + h[3]).collect();
            let wanted = [value, gradient, magnitude, laplacian, hessian];
            for engine in engines {
                let exact = at_points_exactly(engine, &field, &Quantity::ALL, coordinates, &point).unwrap();
                let single = at_points(engine, &field, &Quantity::ALL, coordinates, &point).unwrap();
                for (at, quantity) in Quantity::ALL.into_iter().enumerate() {
                    let told = format!("{quantity} of {} at {point:?}", case.text);
                    close(&exact[at], &wanted[at], 1e-8, &told);
                    let single: Vec<f64> = single[at].iter().copied().map(f64::from).collect();
                    close(&single, &wanted[at], 1e-4, &told);
                }
                // A quantity alone has other channels.
                let alone =
                    at_points_exactly(engine, &field, &[Quantity::Laplacian], coordinates, &point).unwrap();
                close(&alone[0], &wanted[3], 1e-8, case.text);
            }
        }
    }
}

/// At the ends of awkward ranges, the form's factor is exactly 0.
#[test]
fn boundary_values_are_exactly_those_of_the_form() {
    let engine = CpuEngine::new(Some(1)).unwrap();
    for (low, high) in [(0.0, 1.0), (0.1, 0.3), (-1.0 / 3.0, 2.0 / 7.0), (1e-3, 1e5), (-7.7, 0.1)] {
        let mut field = Field::new(&FieldConfig { hidden: 8, ..FieldConfig::new(1, 1) }, 1).unwrap();
        field.meta.axes = vec![Axis::ranged("x", low, high)];
        let text =
            format!("(x - ({low:?}))*(({high:?}) - x)*net + where(x < {:?}, 2, 3)", 0.5 * (low + high));
        field.meta.form = Some(Form { text, coordinates: vec!["x".into()], ..Form::default() });
        let quantities = [Quantity::Value];
        for (coordinates, ends) in [(Coordinates::Units, [low, high]), (Coordinates::Normalised, [-1.0, 1.0])]
        {
            let exact = at_points_exactly(&engine, &field, &quantities, coordinates, &ends).unwrap();
            assert_eq!(exact[0], [2.0, 3.0], "{low} to {high}");
        }
    }
    // In float32 the numbers in the form are rounded as the places are.
    let mut field = Field::new(&FieldConfig { hidden: 8, ..FieldConfig::new(1, 1) }, 1).unwrap();
    field.meta.axes = vec![Axis::ranged("x", 0.1, 0.3)];
    let text = "(x - 0.1)*(0.3 - x)*net".to_string();
    field.meta.form = Some(Form { text, coordinates: vec!["x".into()], ..Form::default() });
    let ends = at_points(&engine, &field, &[Quantity::Value], Coordinates::Units, &[0.1, 0.3]).unwrap();
    assert_eq!(ends[0], [0.0, 0.0]);
}

/// More points than a tile has, and the layout of several outputs.
#[test]
fn many_points_are_as_one_by_one() {
    let engine = CpuEngine::new(Some(2)).unwrap();
    let case = &cases()[1];
    let field = field(case);
    let points: Vec<f64> = (0..2 * 777).map(|i| ((i * 37 % 200) as f64 / 100.0) - 1.0).collect();
    let all = at_points(&engine, &field, &Quantity::ALL, Coordinates::Normalised, &points).unwrap();
    for (at, point) in points.chunks(2).enumerate().step_by(53) {
        let one = at_points(&engine, &field, &Quantity::ALL, Coordinates::Normalised, point).unwrap();
        for (all, one) in all.iter().zip(&one) {
            assert_eq!(all[at * one.len()..(at + 1) * one.len()], one[..]);
        }
    }
}

/// A field without a form has the engine's own evaluator; the form `net` has the numbers of the network.
#[test]
fn the_plain_form_is_the_network() {
    let engine = CpuEngine::new(Some(1)).unwrap();
    let mut field = field(&Case { text: "net", complex: vec![], outputs: 2, by_hand: |_, n| n.to_vec() });
    let points = [0.7, -0.3, 2.2, 0.1];
    let of = |field: &Field| {
        at_points_exactly(&engine, field, &Quantity::ALL, Coordinates::Units, &points).unwrap()
    };
    let formed = of(&field);
    field.meta.form = None;
    for (formed, plain) in formed.iter().zip(of(&field)) {
        close(formed, &plain, 1e-14, "net");
    }
}

/// The faults that only a compiler finds.
#[test]
fn damaged_forms_are_refused() {
    let two = |text: &'static str| Case { text, complex: vec![], outputs: 2, by_hand: |_, n| n.to_vec() };
    for (text, words) in [
        ("x*net +", "expected"),
        ("x*net*\u{1b}[2J", "expected"),
        ("x*nett", "unknown name"),
        ("d(net, x)", "a derivative"),
        ("progress*net", "the progress"),
        ("[x, x]", "does not use net"),
        ("0*net", "does not use net"),
        ("net[0]", "a width of 1"),
        ("[net, net]", "a width of 4"),
        ("i*net", "real number"),
        ("net[7]", "out of range"),
    ] {
        let field = field(&two(text));
        let message = from_bytes(&field.to_bytes().unwrap()).unwrap_err().to_string();
        assert!(message.contains("form") && message.contains(words), "{text}: {message}");
        assert!(!message.contains(char::is_control) && message.len() < 600, "{message:?}");
        let engine = CpuEngine::new(Some(1)).unwrap();
        let told = at_points(&engine, &field, &[Quantity::Value], Coordinates::Units, &[1.0, 0.0]);
        assert!(told.unwrap_err().to_string().contains("form"));
    }
    let deep = field(&two("net"));
    for text in
        ["(".repeat(30_000), format!("net{}", "+x".repeat(30_000)), format!("net*{}1", "-".repeat(300))]
    {
        let mut field = deep.clone();
        field.meta.form.as_mut().unwrap().text = text;
        assert!(check(&field).is_err());
    }
    let mut named = deep.clone();
    named.meta.form.as_mut().unwrap().coordinates = vec!["x".into(), "x".into()];
    assert!(check(&named).is_err());
    named.meta.form.as_mut().unwrap().coordinates = vec!["x".into(), "net".into()];
    assert!(check(&named).unwrap_err().to_string().contains("ambiguous"));
    named.meta.form = Some(Form { complex: vec![true, true], ..deep.meta.form.clone().unwrap() });
    assert!(check(&named).is_err());
}

/// Third and fourth derivatives along a line against differences of the second derivatives along it.
#[test]
fn derivatives_along_lines_are_those_of_the_form() {
    let v = [1.0, -0.5];
    let spec = JetSpec::hessian(2).with_fourth_along(&v);
    let first = spec.lines_with_channels().next().unwrap().1;
    for case in cases() {
        let (field, engine) = (field(&case), CpuEngine::new(Some(1)).unwrap());
        let mut evaluator = evaluator_f64(&engine, &field, &spec).unwrap();
        // Of every output: the second, third and fourth derivative along the line at the place s of it.
        let mut at = |s: f64| {
            let place = |_: usize, x: &mut [f64]| x.copy_from_slice(&[0.1 + s * v[0], -0.3 + s * v[1]]);
            let mut out = vec![[f64::NAN; 3]; case.outputs];
            let write = |_: usize, jets: &Jets<'_, f64>, out: &mut [[f64; 3]]| {
                for (o, out) in out.iter_mut().enumerate() {
                    let of = |channel: usize| jets.channel(channel)[o];
                    let pair = |i, j| of(spec.second_channel(i, j).unwrap());
                    let second =
                        v[0] * v[0] * pair(0, 0) + 2.0 * v[0] * v[1] * pair(0, 1) + v[1] * v[1] * pair(1, 1);
                    *out = [second, of(first), of(first + 1)];
                }
            };
            evaluator.evaluate(&field.wide_parameters(), place, &mut out, case.outputs, write);
            out
        };
        let h = 4e-3;
        let points: Vec<_> = (-3..=3).map(|k| at(f64::from(k) * h)).collect();
        for (o, middle) in points[3].iter().enumerate() {
            let second = |k: usize| points[k][o][0];
            let odd = |k: usize| second(3 + k) - second(3 - k);
            let even = |k: usize| second(3 + k) + second(3 - k) - 2.0 * second(3);
            let third = (45.0 * odd(1) - 9.0 * odd(2) + odd(3)) / (60.0 * h);
            let fourth = (270.0 * even(1) - 27.0 * even(2) + 2.0 * even(3)) / (180.0 * h * h);
            for (found, wanted) in middle[1..].iter().zip([third, fourth]) {
                assert!(
                    (found - wanted).abs() < 1e-6 * wanted.abs().max(10.0),
                    "{}: {found}, not {wanted}",
                    case.text
                );
            }
        }
    }
}
