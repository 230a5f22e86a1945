//! Tests of text that is parsed to trees and printed again.

use proptest::prelude::*;

use crate::expr::Expr;

fn n(name: &str) -> Expr {
    Expr::name(name)
}

#[test]
fn precedence() {
    let (a, b, c) = (n("a"), n("b"), n("c"));
    let cases = [
        ("a + b*c", &a + &b * &c),
        ("a - b - c", (&a - &b) - &c),
        ("a/b/c", (&a / &b) / &c),
        ("a*-b*c", (&a * -&b) * &c),
        ("-a^2", -a.pow(2.0)),
        ("2^-a", Expr::constant(2.0).pow(-&a)),
        ("a^b^c", a.pow(b.pow(&c))),
        ("-a*b", -&a * &b),
        ("--a", -(-&a)),
        ("a[0]^2", a.index(0).pow(2.0)),
        ("(a + b)[1][0]", (&a + &b).index(1).index(0)),
        ("[a, b + c][1]", Expr::vector(vec![a.clone(), &b + &c]).index(1)),
        ("a + b < c", (&a + &b).lt(&c)),
        ("not a < b", a.lt(&b).not()),
        ("not a and b or c", a.not().and(&b).or(&c)),
        ("a or b and c", a.or(b.and(&c))),
        ("a == b and b != c", a.eq(&b).and(b.ne(&c))),
        ("a >= 1", a.ge(1.0)),
        ("a <= -1", a.le(-1.0)),
        ("where(a > 0, b, c)", Expr::where_(&a.gt(0.0), &b, &c)),
        ("max(a, b)", a.max(&b)),
        ("d(a, x, y)", a.d_of(&["x", "y"])),
        ("f( a,\n  b, # the second\n)", Expr::call("f", vec![a.clone(), b.clone()])),
        ("größe_1 * .5e-3", n("größe_1") * 0.5e-3),
        ("1 - 2.0", 1.0 - Expr::constant(2.0)),
        ("1e3", 1000.0.into()),
    ];
    for (text, wanted) in cases {
        assert_eq!(Expr::parse(text).unwrap(), wanted, "{text}");
    }
}

#[test]
fn prints_the_fewest_parentheses() {
    for text in
        ["a - (b - c)", "(a + b) * c", "(-a)^2", "a / (b * c)", "(a^b)^c", "(a < b) < c", "(not a) * b"]
    {
        assert_eq!(Expr::parse(text).unwrap().to_string(), text);
    }
    assert_eq!(Expr::parse("((a)*(b))+(c)").unwrap().to_string(), "a * b + c");
    assert_eq!(Expr::constant(-2.0).to_string(), "-2");
}

#[test]
fn serde_keeps_the_text() {
    let e = Expr::parse("laplace(u) - 0.1").unwrap();
    let json = serde_json::to_string(&e).unwrap();
    assert_eq!(json, "\"laplace(u) - 0.1\"");
    assert_eq!(serde_json::from_str::<Expr>(&json).unwrap(), e);
    let error = serde_json::from_str::<Expr>("\"1 +\"").unwrap_err().to_string();
    assert!(error.contains("expected a value, found the end"), "{error}");
}

fn tree() -> impl Strategy<Value = Expr> {
    let leaf = prop_oneof![
        "[a-z_äß][a-z0-9_é]{0,4}"
            .prop_filter("a keyword", |s| !["and", "or", "not"].contains(&s.as_str()))
            .prop_map(|s| Expr::name(&s)),
        any::<f64>().prop_filter("finite", |v| v.is_finite()).prop_map(Expr::constant),
        (-5i32..1_000_000).prop_map(|v| Expr::constant(f64::from(v))),
    ];
    leaf.prop_recursive(6, 60, 4, |inner| {
        let two = (inner.clone(), inner.clone());
        prop_oneof![
            (0usize..12, two).prop_map(|(which, (a, b))| match which {
                0 => a + b,
                1 => a - b,
                2 => a * b,
                3 => a / b,
                4 | 5 => a.pow(b),
                6 => a.lt(b),
                7 => a.ge(b),
                8 => a.ne(b),
                9 => a.and(b),
                _ => a.or(b),
            }),
            inner.clone().prop_map(|a| -a),
            inner.clone().prop_map(|a| a.not()),
            (inner.clone(), 0usize..100).prop_map(|(a, i)| a.index(i)),
            prop::collection::vec(inner.clone(), 1..4).prop_map(Expr::vector),
            ("[a-z]{2,5}_", prop::collection::vec(inner, 0..4)).prop_map(|(f, args)| Expr::call(&f, args)),
        ]
    })
}

proptest! {
    #[test]
    fn reads_back_what_it_prints(e in tree()) {
        let text = e.to_string();
        prop_assert_eq!(Expr::parse(&text).unwrap(), e, "{}", text);
    }
}
