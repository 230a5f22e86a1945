//! Tests of the derivatives of each field that a residual needs.

use super::{compile, with_definitions};
use crate::expr::{Expr, Program};
use crate::jet::JetSpec;

fn u(text: &str) -> JetSpec {
    compile(text).jets()[0].clone().unwrap()
}

fn v(text: &str) -> JetSpec {
    compile(text).jets()[1].clone().unwrap()
}

#[test]
fn the_value_and_the_gradient() {
    assert_eq!(u("u - a"), JetSpec::value(2));
    assert_eq!(u("grad(u)"), JetSpec::gradient(2));
    assert_eq!(u("d(u, y)*u"), JetSpec::value(2).with_first(1));
    assert_eq!(u("d(u*u, x)"), JetSpec::value(2).with_first(0));
    assert_eq!(compile("u - a").jets()[1], None);
    // A field does not depend on a coordinate that is not one of its inputs.
    assert_eq!(u("u + d(u, t)"), JetSpec::value(2));
    assert_eq!(v("dot(v, w)"), JetSpec::value(3));
}

#[test]
fn a_laplacian_is_one_channel() {
    let laplacian = JetSpec::laplacian(2);
    for text in [
        "laplace(u)",
        "d(u, x, x) + d(u, y, y)",
        "div(grad(u, x, y), x, y)",
        "c*laplace(u) - a",
        "-laplace(u)/3 + u",
        "k*laplace(u)",
        "x*laplace(u) + laplace(u)^2",
        "x*d(u, x, x) + d(u, y, y)*x",
        "laplace(u*u)",
        "[laplace(u), 2*laplace(u) - sin(laplace(u))]",
        "2*d(u, y, y) - -d(u, x, x)*2",
        "laplace(exp(u)*x)",
        "laplace(sin(u)^2/(2 + x))",
        "max(laplace(u), 0)",
        "laplace(max(u, 0))",
        "a*d(u, x, x) + a*d(u, y, y)",
    ] {
        assert_eq!(u(text), laplacian, "{text}");
    }
}

#[test]
fn weights_come_from_constants() {
    let wave = v("d(p, t, t) - 4*laplace(p, x, y)");
    assert_eq!(wave, JetSpec::value(3).with_laplacian(&[1.0, 1.0, -0.25]));
    assert_eq!(wave.channels(), 5);
    // Small coefficients are not taken for rounding errors.
    let small = u("d(u, x, x) - 1e-9*d(u, y, y)");
    let Some([1.0, weight]) = small.laplacian_weights() else { panic!("{small:?}") };
    assert!((weight + 1e-9).abs() < 1e-24, "{weight:e}");
}

#[test]
fn all_outputs_share_the_weights() {
    assert_eq!(v("laplace(v)"), JetSpec::laplacian(3));
    let mixed = v("laplace(p) + d(q, t, t)");
    assert_eq!((mixed.second().len(), mixed.laplacian_weights().is_some()), (1, true));
}

#[test]
fn single_second_derivatives_where_they_are_no_more() {
    assert_eq!(u("d(u, x, x)"), JetSpec::value(2).with_second(0, 0));
    assert_eq!(u("d(u, x, x) - 2*d(u, x, x) + u"), JetSpec::value(2).with_second(0, 0));
    assert_eq!(u("d(u, x, y)"), JetSpec::value(2).with_second(0, 1));
    assert_eq!(u("d(u, x, x)*d(u, y, y)"), JetSpec::diagonal_hessian(2));
    assert_eq!(u("d(u, x, x)*d(u, y, y) - d(u, x, y)^2"), JetSpec::hessian(2));
    assert_eq!(u("x*d(u, x, x) + y*d(u, y, y)"), JetSpec::diagonal_hessian(2));
    // With two directions over two coordinates, a Laplacian would save no channel.
    assert_eq!(u("laplace(u) * d(u, x, x)"), JetSpec::diagonal_hessian(2));
    // Over three coordinates, Λ and one single derivative are two channels instead of three.
    let two = v("[laplace(p), d(p, t, t)]");
    assert_eq!((two.second(), two.laplacian_weights()), (&[(2, 2)][..], Some(&[1.0, 1.0, 1.0][..])));
}

#[test]
fn third_and_fourth_derivatives_are_along_lines() {
    assert_eq!(u("d(u, x, x, x)"), JetSpec::value(2).with_third(0));
    assert_eq!(u("d(u, y, y, y, y) + d(u, y, y, y)"), JetSpec::value(2).with_fourth(1));
    assert_eq!(v("d(p, t) + p*d(p, x) + d(p, x, x, x)"), JetSpec::value(3).with_first(2).with_third(0));
    let plate = JetSpec::value(2).with_fourth(0).with_fourth(1);
    let plate = plate.with_fourth_along(&[1.0, 1.0]).with_fourth_along(&[1.0, -1.0]);
    assert_eq!((u("laplace(laplace(u))"), plate.channels()), (plate.clone(), 14));
    // The lines need all second derivatives, so a Laplacian would be one more channel.
    assert_eq!(u("laplace(laplace(u)) + laplace(u)"), plate);
    let gradient = JetSpec::value(2).with_third(0).with_third(1);
    let gradient = gradient.with_third_along(&[1.0, 1.0]).with_third_along(&[1.0, -1.0]);
    assert_eq!(u("grad(laplace(u))"), gradient);
    // A field does not change along a coordinate that is not one of its inputs.
    assert_eq!(u("u + d(u, x, x, x, t)"), JetSpec::value(2));
}

#[test]
fn what_is_read() {
    let program = compile("m*u - b[1] + 0*a");
    assert_eq!((program.columns(), program.trainable(), program.width()), (&[1][..], &[1][..], 1));
    assert_eq!(compile("[u, v, w]").width(), 7);
}

#[test]
fn definitions_may_use_each_other() {
    let scope = with_definitions(&[("flux", "nu*grad(u, x, y)"), ("nu", "1 + x^2")]);
    let e = Expr::parse("div(flux, x, y)").unwrap();
    let program = Program::compile(&e, &scope).unwrap();
    assert_eq!(program.jets()[0], Some(JetSpec::laplacian(2)));
}
