//! Tests of complex numbers against their definitions.

use proptest::prelude::*;

use super::super::lower::Lowering;
use super::super::value::{is_complex, nodes};
use super::complex_naive::{C, evaluate};
use super::naive::Place;
use super::rules::{calculus_in, finer, graph_values, is_resolved, place, wave_jet};
use super::tile::{Tile, check_cotangents_in};
use super::{Scope, scope};
use crate::expr::{Expr, FieldNames, Norm, Program};
use crate::jet::JetSpec;

/// The scope of the tests with complex numbers: the field v(x, y, t) has a complex value z and a real one r; s and
/// S are complex constants.
pub fn complex_scope() -> Scope {
    let mut scope = scope();
    scope.fields[1].outputs = ["z", "r"].map(String::from).to_vec();
    scope.fields[1].complex = vec![true];
    scope.complex_constants =
        vec![("s".into(), vec![[0.5, -1.25]]), ("S".into(), vec![[1.0, 2.0], [-0.5, 0.25]])];
    scope
}

fn compile(text: &str) -> Program {
    Program::compile(&Expr::parse(text).unwrap(), &complex_scope()).unwrap()
}

/// The type of a residual: its width, and whether it is complex.
fn type_of(text: &str) -> (usize, bool) {
    let scope = complex_scope();
    let mut lowering = Lowering::new(&scope).unwrap();
    let value = lowering.value(&Expr::parse(text).unwrap()).unwrap();
    assert!(value.iter().all(|component| component.im.is_some() == is_complex(&value)), "{text}");
    (value.len(), is_complex(&value))
}

/// The real and imaginary parts in the order of the rows.
fn flat(values: Vec<C>, complex: bool) -> Vec<f64> {
    values.into_iter().flat_map(|C(re, im)| if complex { vec![re, im] } else { vec![re] }).collect()
}

/// Compares the graph with the definitions.
fn check(text: &str) {
    let (e, (_, complex)) = (Expr::parse(text).unwrap(), type_of(text));
    for shift in [0.0, 0.23, -0.61] {
        let mut at = place();
        at.x.iter_mut().for_each(|x| *x += shift);
        let wanted = flat(evaluate(&e, &at), complex);
        for got in calculus_in(&complex_scope(), &e, &at) {
            assert_eq!(got.len(), wanted.len(), "{text}");
            for (g, w) in got.iter().zip(&wanted) {
                // As in `rules`.
                assert!((g - w).abs() <= 1e-6 * (1.0 + w.abs()), "{text} at {:?}: {g} for {w}", at.x);
            }
        }
    }
}

/// Functions without a pole or a branch cut near the points of the tests.
const SMOOTH: [&str; 40] = [
    "z",
    "exp(z)",
    "exp(i*x)",
    "log(z + 2.5)",
    "log(x + 3 - 4*i)",
    "sqrt(z + 2.5)",
    "sqrt(s*(2 + u))",
    "sin(z)",
    "cos(z)",
    "tan(z/2)",
    "sinh(z)",
    "cosh(z)",
    "tanh(z)",
    "z^2",
    "z^3",
    "z^7",
    "(z + 2 + i)^-3",
    "z^0 + z",
    "(z + 2.5)^0.5",
    "(z + 2.5)^2.5",
    "(z + 2.5)^s",
    "e^(i*u)",
    "(2 + u)^(i*x)",
    "pow(z, 2)",
    "z*s",
    "u*z",
    "z/(s + u)",
    "u/(z + 3*i)",
    "z/(2 + u)",
    "-z + u - s",
    "u - z",
    "conj(z)*exp(z)",
    "re(z)*u",
    "im(z)^2",
    "abs(z + 2)",
    "arg(z + 2.5)",
    "k*z + i*m",
    "where(x > 9, u, z)",
    "complex(u, x)*z",
    "norm([z, u, i])",
];

#[test]
fn functions_and_their_derivatives_by_their_definitions() {
    for function in SMOOTH {
        check(function);
        check(&format!("d({function}, x)"));
        check(&format!("d({function}, x, y)"));
        check(&format!("laplace({function})"));
    }
}

#[test]
fn vectors_of_complex_numbers() {
    for text in [
        "v",
        "v*S",
        "[z, u]*i",
        "grad(v)",
        "grad(z, x, y)",
        "div([z, i*u], x, y)",
        "div(grad(z))",
        "laplace(v)",
        "dot(S, grad(z, x, y))",
        "dot(grad(u, x, y), grad(u, x, y))",
        "cross([z, r, u], [s, i, x])",
        "sum(v*v)",
        "mean(S*z)",
        "norm(v)",
        "normalize([z, u, 2*i])",
        "v[0]/S[1]",
        "[u, z][0]",
        "complex(b, a)*z",
        "where([x > 0, y > 0], v, 1)",
        "d(v, x)[0] - i*c*v[1]",
        "laplace(z, x, y) + c^2*z - exp(i*(x + y))",
        "e^(i*pi) + z",
        "tanh(30*(1 + u) + z) + tan(i*30)",
    ] {
        check(text);
    }
}

#[test]
fn the_type_follows_from_the_operands_and_not_from_the_numbers() {
    for (text, wanted) in [
        ("i*i + u", (1, true)),
        ("0*i + u", (1, true)),
        ("z - z + u", (1, true)),
        ("z*conj(z)", (1, true)),
        ("z^0", (1, true)),
        ("[u, z]", (2, true)),
        ("[u, z][0]", (1, true)),
        ("v", (2, true)),
        ("r", (1, false)),
        ("complex(b, 0)", (3, true)),
        ("d(z, x)", (1, true)),
        ("where(u > 0, u, i)", (1, true)),
        ("re(z)", (1, false)),
        ("im(v)", (2, false)),
        ("im(u)", (1, false)),
        ("conj(u)", (1, false)),
        ("abs(v)", (2, false)),
        ("norm(S)", (1, false)),
        ("arg(z)", (1, false)),
        ("dot(v, v)", (1, true)),
        ("u^2", (1, false)),
    ] {
        assert_eq!(type_of(text), wanted, "{text}");
    }
    assert_eq!(compile("z - s").width(), 2);
    assert_eq!(compile("[z, u]").width(), 4);
    let moduli = Program::compile_moduli(&Expr::parse("[z, u]").unwrap(), &complex_scope()).unwrap();
    assert_eq!(moduli.width(), 2);
}

/// The parts of a residual in float64.
fn values(text: &str, at: &Place) -> Vec<f64> {
    let scope = complex_scope();
    let mut lowering = Lowering::new(&scope).unwrap();
    let roots = nodes(&lowering.value(&Expr::parse(text).unwrap()).unwrap());
    graph_values(&lowering.graph, &roots, at, |n| wave_jet(n, &JetSpec::value(3), &at.x))
}

#[test]
fn identities() {
    for text in [
        "abs(exp(i*u)) - 1",
        "d(exp(i*c*x), x) - i*c*exp(i*c*x)",
        "conj(z)*z - abs(z)^2",
        "z/z - 1",
        "exp(log(z)) - z",
        "sqrt(z)^2 - z",
        "z^-2*z^2 - 1",
        "abs(z)*exp(i*arg(z)) - z",
        "sin(z)^2 + cos(z)^2 - 1",
        "cosh(z)^2 - sinh(z)^2 - 1",
        "tan(z) - sin(z)/cos(z)",
        "complex(re(z), im(z)) - z",
        "im(conj(z)) + im(z)",
        "e^(i*pi) + 1",
        "i^2 + 1",
        "sqrt(-4 + 0*i) - 2*i",
        "log(-1 + 0*i) - i*pi",
        "arg(-2) - pi",
        "arg(2)",
        "laplace(exp(i*(3*x + 4*y)), x, y) + 25*exp(i*(3*x + 4*y))",
    ] {
        let values = values(text, &place());
        assert!(values.iter().all(|v| v.abs() < 1e-12), "{text}: {values:?}");
    }
}

#[test]
fn a_modulus_at_zero_has_a_slope_of_zero() {
    for text in ["d(abs(complex(x - 0.31, 0*y)), x)", "d(arg(complex(x - 0.31, y + 0.47)), x)", "sqrt(0*z)"] {
        assert!(values(text, &place()).iter().all(|v| *v == 0.0), "{text}");
    }
}

const RESIDUALS: [&str; 12] = [
    "z - s",
    "v*S - r",
    "laplace(z, x, y) + c^2*z",
    "d(z, x) - i*c*z + exp(i*a*x)",
    "exp(i*k*x)*z - m",
    "[abs(z), arg(z + 2.5)] - 0.3",
    "sqrt(z + 2.5) + log(z + 2.5)*tanh(z)",
    "(z + 2.5)^s - z^3",
    "where(u > 0.1, z, conj(z)*u)",
    "sinh(z)*cos(z)/(z + 3*i) + sin(r*i)",
    "cosh(k*z) + tan(z/2)",
    "normalize([z, u, 2]) - complex(b[0], b)",
];

/// The loss of a tile is the sum of the norms of the moduli, and cotangents are its differences.
#[test]
fn losses_are_norms_of_moduli() {
    let scope = complex_scope();
    for (which, text) in RESIDUALS.into_iter().enumerate() {
        let (e, complex) = (Expr::parse(text).unwrap(), type_of(text).1);
        let count = [1, 5, 17][which % 3];
        for norm in [Norm::L1, Norm::L2, Norm::Huber { delta: 0.4 }] {
            check_cotangents_in(&scope, text, norm, count, 5e-4);
            let (program, size): (_, fn(f64) -> f64) = match norm {
                Norm::L1 => (Program::compile_moduli(&e, &scope), |r| r),
                Norm::L2 => (Program::compile(&e, &scope), |r| r * r),
                _ => (Program::compile_moduli(&e, &scope), |r| {
                    if r <= 0.4 { r * r / 2.0 } else { 0.4 * (r - 0.2) }
                }),
            };
            let program = program.unwrap();
            assert_eq!(program.width(), type_of(text).0 * if complex && norm == Norm::L2 { 2 } else { 1 });
            let tile = Tile::new(&program, count);
            let got = tile.run(&program, norm, 1.0).0;
            let moduli = tile.points.iter().flat_map(|at| evaluate(&e, at)).map(C::modulus);
            let wanted: f64 = moduli.map(size).sum();
            // Some tens of roundings in float32.
            assert!((got - wanted).abs() < 1e-4 * (1.0 + wanted), "{text} {norm:?}: {got} for {wanted}");
        }
    }
}

#[test]
fn a_residual_of_zero_has_a_gradient_of_zero() {
    let scope = complex_scope();
    let program = Program::compile_moduli(&Expr::parse("z*s").unwrap(), &scope).unwrap();
    let mut tile = Tile::new(&program, 3);
    tile.jets[0].fill(0.0);
    for norm in [Norm::L1, Norm::Huber { delta: 1.0 }] {
        let (loss, cotangents, _) = tile.run(&program, norm, 1.0);
        assert!(loss == 0.0 && cotangents[0].iter().all(|c| *c == 0.0), "{norm:?}");
    }
}

#[test]
fn jets_are_those_of_both_parts() {
    assert_eq!(compile("laplace(z, x, y) + c^2*z").jets()[1], compile("laplace(r, x, y) + c^2*r").jets()[1]);
    // The two parts of one complex field share their instructions.
    let mut scope = complex_scope();
    scope.fields[1] = FieldNames { outputs: vec![], width: 2, ..scope.fields[1].clone() };
    let program = Program::compile(&Expr::parse("laplace(v) - 2*v").unwrap(), &scope).unwrap();
    assert_eq!((program.width(), program.jets()[1].clone()), (2, Some(JetSpec::laplacian(3))));
}

/// The scope may redefine the imaginary unit, like pi and e.
#[test]
fn the_name_of_the_imaginary_unit() {
    let e = Expr::parse("u - i").unwrap();
    let index = Scope { constants: vec![("i".into(), vec![2.0])], ..scope() };
    assert_eq!(Program::compile(&e, &index).unwrap().width(), 1);
    assert_eq!(Program::compile(&e, &scope()).unwrap().width(), 2);
    let coordinate = Scope { coordinates: ["i", "y", "t"].map(String::from).to_vec(), ..scope() };
    assert_eq!(Program::compile(&Expr::parse("d(u, i)").unwrap(), &coordinate).unwrap().width(), 1);
}

#[test]
fn methods_print_what_parses_again() {
    let (z, u) = (Expr::name("z"), Expr::name("u"));
    let built = Expr::complex(0.0, -1.0) * z.conj() + z.re() * Expr::complex(&u, z.im()) - z.arg();
    assert_eq!(built.to_string(), "complex(0, -1) * conj(z) + re(z) * complex(u, im(z)) - arg(z)");
    assert_eq!(Expr::parse(&built.to_string()).unwrap(), built);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn random_tokens_never_panic(
        words in prop::collection::vec(prop::sample::select(&[
            "u", "z", "v", "r", "x", "i", "s", "S", "complex(", "conj(", "re(", "im(", "arg(", "abs(", "exp(", "log(",
            "sqrt(", "tanh(", "d(", "laplace(", "where(", "norm(", "min(", "(", ")", "[", "]", ",", "+", "-", "*", "/",
            "^", "<", "and", "0", "2", "0.5", "[0]", "z,x)", "z)", "v)",
        ][..]), 0..24),
    ) {
        if let Ok(e) = Expr::parse(&words.join(" ")) {
            prop_assert_eq!(&Expr::parse(&e.to_string()).unwrap(), &e);
            for scope in [complex_scope(), scope()] {
                let _ = Program::compile(&e, &scope);
                let _ = Program::compile_moduli(&e, &scope);
            }
        }
    }

    /// Random products, quotients and functions against the definitions.
    #[test]
    fn random_expressions_by_the_definitions(e in smooth(), which in 0usize..3) {
        let e = [e.clone(), e.d("x"), e.laplace()][which].clone();
        let at = place();
        let complex = type_of(&e.to_string()).1;
        let [wanted, fine] = [at.clone(), finer(&at)].map(|at| flat(evaluate(&e, &at), complex));
        prop_assume!(is_resolved(&wanted, &fine));
        for got in calculus_in(&complex_scope(), &e, &at) {
            for (g, w) in got.iter().zip(&wanted) {
                prop_assert!((g - w).abs() <= 1e-4 * (1.0 + w.abs()), "{e}: {g} for {w}");
            }
        }
    }
}

/// Expressions of real and complex numbers, without poles or branch cuts near.
fn smooth() -> impl Strategy<Value = Expr> {
    let leaf = prop::sample::select(&["x", "y", "u", "z", "r", "i", "s", "c", "k"][..]).prop_map(Expr::name);
    leaf.prop_recursive(3, 10, 2, |inner| {
        let two = (inner.clone(), inner.clone());
        prop_oneof![
            two.clone().prop_map(|(a, b)| a + b),
            two.clone().prop_map(|(a, b)| a - b),
            two.clone().prop_map(|(a, b)| a * b),
            two.clone().prop_map(|(a, b)| a / (b.abs().pow(2.0) + 1.5)),
            two.prop_map(|(a, b)| Expr::complex(a.re(), b.im())),
            inner.clone().prop_map(|a| (a.clone() / (a.abs().pow(2.0) + 1.0) + 2.0).log()),
            inner.clone().prop_map(|a| (a.clone() / (a.abs().pow(2.0) + 1.0) + 2.0).sqrt()),
            inner.clone().prop_map(|a| (a.clone() / (a.abs().pow(2.0) + 1.0)).exp()),
            inner.clone().prop_map(|a| -a),
            inner.clone().prop_map(|a| a.conj()),
            inner.prop_map(|a| a.pow(3.0)),
        ]
    })
}

/// Complex columns are the pairs of their numbers, which a residual can also join itself.
#[test]
fn complex_columns_are_pairs() {
    let scope = |complex: bool| Scope {
        columns: vec![("a".into(), 1), ("f".into(), 4)],
        complex_columns: vec![false, complex],
        ..complex_scope()
    };
    let tape = |text: &str, complex| {
        format!("{:?}", Program::compile(&Expr::parse(text).unwrap(), &scope(complex)).unwrap())
    };
    let pairs = "[complex(f[0], f[1]), complex(f[2], f[3])]";
    for residual in ["z*FF - a", "conj(FF)*z", "abs(FF[1])*u - a", "exp(FF[0])*z - FF[1]", "[z, r] - FF"] {
        assert_eq!(
            tape(&residual.replace("FF", "f"), true),
            tape(&residual.replace("FF", pairs), false),
            "{residual}"
        );
    }
    let error =
        |text: &str, scope| Program::compile(&Expr::parse(text).unwrap(), scope).unwrap_err().to_string();
    let known = scope(true);
    assert!(error("max(f, 0) - z", &known).contains("max()"));
    assert!(error("d(f, x) - z", &known).contains("\"f\""));
    let odd = Scope { complex_columns: vec![true], ..scope(true) };
    assert!(error("z", &odd).contains("even width"), "{}", error("z", &odd));
}
