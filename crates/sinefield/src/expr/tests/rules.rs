//! Tests of the rules of differentiation against differences of the naive evaluation.

use proptest::prelude::*;

use super::super::collect::{Collected, collect};
use super::super::graph::{Derivative, Graph, Id, JetNumber, Op};
use super::super::lower::Lowering;
use super::super::value::nodes;
use super::naive::{Place, Wave, evaluate};
use super::scope;
use crate::expr::{Expr, Scope};
use crate::jet::JetSpec;

/// The values of `roots` in float64, computed node by node. `jet` gives the jet numbers.
pub fn graph_values(graph: &Graph, roots: &[Id], at: &Place, jet: impl Fn(JetNumber) -> f64) -> Vec<f64> {
    let needed = graph.reachable(roots);
    let mut known = vec![f64::NAN; needed.len()];
    for id in (0..needed.len()).filter(|&id| needed[id]) {
        known[id] = match graph.op(id) {
            Op::Constant(bits) => f64::from_bits(bits),
            Op::Coordinate(i) => at.x[i],
            Op::Progress => at.progress,
            Op::Trainable(i) => at.trainable[i],
            Op::Column(0, _) => at.a,
            Op::Column(_, i) => at.b[i],
            Op::Jet(number) => jet(number),
            Op::Seed(_) => panic!("a seed in the forward part"),
            Op::Unary(f, a) => f.of(known[a]),
            Op::Power(a, n) => known[a].powi(n),
            Op::Binary(f, a, b) => f.of(known[a], known[b]),
            Op::Select(c, a, b) => known[if known[c] != 0.0 { a } else { b }],
        };
    }
    roots.iter().map(|&root| known[root]).collect()
}

/// The value of a jet number for the closed forms.
pub fn wave_jet(number: JetNumber, spec: &JetSpec, x: &[f64; 3]) -> f64 {
    let wave = Wave::of(number.field, number.output);
    match number.derivative {
        Derivative::Value => wave.value(x),
        Derivative::First(i) => wave.first(x, i),
        Derivative::Second(i, j) => wave.second(x, i, j),
        Derivative::Third(axes) => wave.third(x, axes),
        Derivative::Fourth(axes) => wave.fourth(x, axes),
        Derivative::ThirdAlong(line) => wave.along(x, &line.vector(3))[0],
        Derivative::FourthAlong(line) => wave.along(x, &line.vector(3))[1],
        Derivative::Laplacian => {
            let weights = spec.laplacian_weights().unwrap().iter().enumerate();
            weights.map(|(i, w)| w * wave.second(x, i, i)).sum()
        }
    }
}

/// The values of an expression by the rules of differentiation, before and after collecting Laplacians.
pub fn calculus(e: &Expr, at: &Place) -> [Vec<f64>; 2] {
    calculus_in(&scope(), e, at)
}

/// As [`calculus`], with the names of `scope`.
pub fn calculus_in(scope: &Scope, e: &Expr, at: &Place) -> [Vec<f64>; 2] {
    let mut lowering = Lowering::new(scope).unwrap();
    let value = lowering.value(e).unwrap();
    let roots: Vec<Id> = nodes(&value);
    let none = JetSpec::value(3);
    let plain = graph_values(&lowering.graph, &roots, at, |n| wave_jet(n, &none, &at.x));
    let Collected { graph, roots, jets } = collect(&lowering.graph, &roots, &[2, 3]);
    let jet = |n: JetNumber| wave_jet(n, jets[n.field].as_ref().unwrap(), &at.x);
    [plain, graph_values(&graph, &roots, at, jet)]
}

pub fn place() -> Place {
    Place {
        x: [0.31, -0.47, 0.83],
        a: 0.4,
        b: [0.9, -0.2, 1.7],
        trainable: [0.6, -1.3],
        progress: 0.25,
        bump: None,
        spacing: 0.01,
    }
}

fn check(text: &str) {
    let e = Expr::parse(text).unwrap();
    for shift in [0.0, 0.23, -0.61] {
        let mut at = place();
        at.x.iter_mut().for_each(|x| *x += shift);
        let wanted = evaluate(&e, &at);
        for got in calculus(&e, &at) {
            assert_eq!(got.len(), wanted.len(), "{text}");
            for (g, w) in got.iter().zip(&wanted) {
                // Differences of sixth order at a step of 0.01 keep eight digits; collected weights are
                // rounded to float32.
                assert!((g - w).abs() <= 1e-6 * (1.0 + w.abs()), "{text} at {:?}: {g} for {w}", at.x);
            }
        }
    }
}

#[test]
fn every_function_by_the_rules_of_calculus() {
    let smooth = [
        "sin(u)",
        "cos(u)",
        "tan(u)",
        "exp(u)",
        "sinh(u)",
        "cosh(u)",
        "tanh(u)",
        "atan(u)",
        "erf(u)",
        "sigmoid(u)",
        "softplus(u)",
        "asin(u/2)",
        "acos(u/2)",
        "sqrt(2 + u)",
        "log(2 + u)",
        "(2 + u)^2.5",
        "(2 + u)^p",
        "(2 + u)^-3",
        "u^7",
        "2^u",
        "u/(2 + p)",
        "-u*p",
        "atan2(u, 2 + p)",
        "norm([u, p, 1])",
        "abs(3 + u)",
        "normalize([u, 2, p])[0]",
        "dot(v, w)",
        "cross(v, w)[1]",
        "sum(v*v)",
        "mean(v)",
        "x*u",
        "x^3*y",
        "k*u",
        "min(u, 3, 4)",
        "max(u, p - 9)",
        "where(x > 9, 1, u*x)",
        "clamp(u, -5, 5)",
        "clamp(u, 4, 5)",
        "sign(u)*u",
        "floor(u/9)*u",
        "step(x + 9)*u",
        "d(u, x)",
        "d(p, t)*u",
        "progress*u",
        "min(u - 9, p)",
        "pow(2 + u, 3)",
        "u - u",
        "0*u",
        "abs(-u - 3)",
        "(u > 9) + u",
        "not (x > 9 and u < 1) + u",
    ];
    for function in smooth {
        check(&format!("d({function}, x)"));
        check(&format!("d({function}, y)"));
        if !function.starts_with("d(") {
            check(&format!("d({function}, x, y)"));
            check(&format!("laplace({function})"));
        }
    }
}

#[test]
fn vectors_and_operators() {
    let texts = [
        "grad(v)",
        "grad(v, t)",
        "grad(u*v)",
        "laplace(v)",
        "laplace(v, t, x)",
        "div(v)",
        "div([u, p], x, y)",
        "d(u, t)",
        "d(u, x, t)",
        "norm(grad(u, x, y)) - 1",
        "dot(grad(u), grad(p))",
        "v[1]*v[2] - w[0]*b",
        "[u, v, 1]",
        "d(v, x)[2]",
        "1 - (u > 0)*a + (x <= y) + (u == u) + (u != 2)",
        "(2 + u)^2^-1 - -x^2",
        "div(grad(u))",
        "laplace(u*p) + 3*laplace(u)",
        "laplace(u, x, y)*laplace(u, x, y) + d(u, x, x)",
        "d(p, t, t) - 0.3^2*laplace(p, x, y)",
        "x*d(u, x, x) + x*d(u, y, y) - d(u, x, x)",
        "d((1 + x^2)*d(u, x), x) + d((1 + x^2)*d(u, y), y)",
        "d(u, x, x)/3 - 1e-9*d(u, y, y)",
        "u*d(u, x, x) + d(u, y, y)*u",
        "d(u, x, x)*d(u, y, y) - d(u, x, y)^2",
        "e^u + pi*c",
    ];
    texts.iter().for_each(|text| check(text));
}

#[test]
fn third_and_fourth_derivatives() {
    let texts = [
        "d(u, x, x, x)",
        "d(v, t, t, t, t)",
        "d(u, x, x, y)",
        "d(u, y, x, y)",
        "d(p, x, y, t)",
        "d(p, t, x, x, x)",
        "d(q, x, y, y, y)",
        "d(p, x, x, y, y)",
        "d(p, y, t, y, t)",
        "d(r, x, x, y, t)",
        "d(q, t, y, t, x)",
        "laplace(laplace(u))",
        "laplace(laplace(v, x, t), y)",
        "grad(laplace(p))",
        "grad(laplace(u), x, y)",
        "laplace(div(v))",
        "d(p, t) + p*d(p, x) + 0.01*d(p, x, x, x)",
        "d(p, t) + d(p, x, x) + d(p, x, x, x, x) + d(p, x)^2/2",
        "laplace(laplace(u)) + laplace(u) - d(u, x, x)",
        "d((1 + x^2)*d(u, x, x), x, x)",
        "d(u*u, x, x, x)",
        "d(sin(u)*p, x, x, y, y)",
        "laplace(laplace(u*x))",
        "d(max(u, p - 9), x, x, y)",
        "d(u, t, x, x)",
        "d(d(u, x, x)^2, x, x)",
    ];
    texts.iter().for_each(|text| check(text));
}

/// The derivatives of a field are those with respect to its inputs times the change of the inputs for each derivative.
#[test]
fn higher_derivatives_are_per_unit() {
    let mut scaled = scope();
    scaled.fields[1].per_unit = vec![2.0, 0.5, 3.0];
    let at = place();
    for (text, factor) in [
        ("d(p, x, x, x)", 8.0),
        ("d(p, x, x, y)", 2.0),
        ("d(p, t, t, t, t)", 81.0),
        ("d(p, x, x, y, t)", 6.0),
        ("d(p, x, x, y, y)", 1.0),
    ] {
        let e = Expr::parse(text).unwrap();
        let (wanted, got) = (evaluate(&e, &at)[0] * factor, calculus_in(&scaled, &e, &at));
        // As in `check`.
        assert!(got.iter().all(|g| (g[0] - wanted).abs() < 1e-6 * (1.0 + wanted.abs())), "{text}: {got:?}");
    }
}

#[test]
fn a_norm_at_zero_has_a_slope_of_zero() {
    let at = place();
    for text in ["d(norm([x - 0.31, 0*y, 0]), x)", "d(normalize([x - 0.31, 0]), x)", "d(abs(x - 0.31), x)"] {
        let [plain, _] = calculus(&Expr::parse(text).unwrap(), &at);
        assert!(plain.iter().all(|v| *v == 0.0), "{text}: {plain:?}");
    }
}

/// Expressions of fields, coordinates, scalars and constants, without kinks or poles.
pub fn smooth() -> impl Strategy<Value = Expr> {
    const NAMES: &[&str] = &["x", "y", "t", "u", "p", "q", "r", "k", "m", "c", "progress"];
    let leaf = prop_oneof![
        4 => prop::sample::select(NAMES).prop_map(Expr::name),
        1 => (-3.0..3.0f64).prop_map(|v| Expr::constant((v * 8.0).round() / 8.0)),
    ];
    leaf.prop_recursive(3, 12, 2, |inner| {
        let two = (inner.clone(), inner.clone());
        prop_oneof![
            two.clone().prop_map(|(a, b)| a + b),
            two.clone().prop_map(|(a, b)| a - b),
            two.clone().prop_map(|(a, b)| a * b),
            two.clone().prop_map(|(a, b)| a / (b.pow(2.0) + 1.5)),
            two.clone().prop_map(|(a, b)| (a.sin() + 1.5).pow(b.tanh())),
            two.clone().prop_map(|(a, b)| a.atan2(&(b.pow(2.0) + 1.0))),
            two.prop_map(|(a, b)| Expr::vector(vec![a, b, 0.5.into()]).norm()),
            inner.clone().prop_map(|a| -a),
            inner.clone().prop_map(|a| a.sin()),
            inner.clone().prop_map(|a| a.tanh()),
            inner.clone().prop_map(|a| a.sigmoid()),
            inner.clone().prop_map(|a| (a.pow(2.0) + 0.5).sqrt()),
            inner.clone().prop_map(|a| (a.pow(2.0) + 0.5).log()),
            inner.prop_map(|a| a.pow(3.0)),
        ]
    })
}

/// The same place with a finer stencil.
pub fn finer(at: &Place) -> Place {
    Place { spacing: at.spacing / 2.0, ..at.clone() }
}

/// Whether differences tell the derivatives: not where a function changes within the width of a stencil, which a
/// finer stencil shows.
pub fn is_resolved(wanted: &[f64], finer: &[f64]) -> bool {
    wanted.iter().zip(finer).all(|(w, f)| w.abs() < 1e3 && (w - f).abs() <= 1e-5 * (1.0 + w.abs()))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn random_expressions_by_the_rules_of_calculus(
        e in smooth(),
        x in [-1.0..1.0f64, -1.0..1.0f64, -1.0..1.0f64],
        which in 0usize..5,
    ) {
        let e = match which {
            0 => e.d("x"),
            1 => e.d_of(&["y", "t"]),
            2 => e.laplace(),
            3 => e.grad().norm(),
            _ => e.d("x").d("x") * e.d("t"),
        };
        let at = Place { x, ..place() };
        let wanted = evaluate(&e, &at);
        prop_assume!(is_resolved(&wanted, &evaluate(&e, &finer(&at))));
        for got in calculus(&e, &at) {
            for (g, w) in got.iter().zip(&wanted) {
                prop_assert!((g - w).abs() <= 1e-4 * (1.0 + w.abs()), "{e}: {g} for {w}");
            }
        }
    }
}
