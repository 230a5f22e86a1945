//! Hostile input is refused without a panic, and without exhausting the memory or the stack.

use proptest::prelude::*;

use super::{scope, with_definitions};
use crate::expr::{Expr, ExprErrorKind, Program, Scope};

fn kind(text: &str) -> ExprErrorKind {
    Expr::parse(text).unwrap_err().kind().clone()
}

#[test]
fn nesting_is_bounded() {
    let n = 100_000;
    for text in ["(", "[", "-", "not ", "sin(", "2^", "u - (", "-("] {
        assert_eq!(kind(&text.repeat(n)), ExprErrorKind::TooDeep { most: 400 }, "{text}");
    }
    assert_eq!(kind(&format!("u{}", "[0]".repeat(n))), ExprErrorKind::TooDeep { most: 400 });
    assert_eq!(kind(&format!("u{}", " + u".repeat(n))), ExprErrorKind::TooDeep { most: 400 });
    // An expression just below the limit is compiled, printed and dropped.
    let most = format!("{}u{}", "sin(".repeat(390), ")".repeat(390));
    let e = Expr::parse(&most).unwrap();
    assert_eq!(e.to_string(), most);
    Program::compile(&e, &scope()).unwrap();
}

#[test]
fn trees_from_rust_are_bounded_too() {
    let mut e = Expr::name("u");
    for _ in 0..100_000 {
        e = e.sin() + 1.0;
    }
    let error = Program::compile(&e, &scope()).unwrap_err();
    assert_eq!(*error.kind(), ExprErrorKind::TooDeep { most: 400 });
    assert!(e.clone() == e && !e.to_string().is_empty());
}

#[test]
fn definitions_are_bounded() {
    let link = |i: usize| (format!("f{i}"), Expr::parse(&format!("f{} + 1", i + 1)).unwrap());
    let mut definitions: Vec<_> = (0..10_000).map(link).collect();
    definitions.push(("f10000".into(), Expr::name("u")));
    let scope = Scope { definitions, ..scope() };
    let error = Program::compile(&Expr::name("f0"), &scope).unwrap_err();
    assert_eq!(*error.kind(), ExprErrorKind::TooDeep { most: 400 });
}

#[test]
fn size_is_bounded() {
    // Squares of squares share all nodes.
    let square = "f*f".replace('f', "(u*u + x)");
    Program::compile(&Expr::parse(&square).unwrap(), &scope()).unwrap();
    let mut definitions = vec![("f0".to_string(), "sin(u) + x".to_string())];
    for i in 0..100 {
        definitions.push((format!("f{}", i + 1), format!("f{i}*f{i} + x")));
    }
    let pairs: Vec<(&str, &str)> = definitions.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    Program::compile(&Expr::parse("laplace(f100)").unwrap(), &with_definitions(&pairs)).unwrap();
    // Vectors whose width triples with every level.
    let wide = format!("{}x*y*t*u{}", "grad(".repeat(20), ")".repeat(20));
    assert!(Program::compile(&Expr::parse(&wide).unwrap(), &scope()).is_err());
    let triple = |inner: String| format!("[{inner}, {inner}, {inner}]");
    let vector = (0..8).fold("u".to_string(), |v, _| triple(v));
    let error = Program::compile(&Expr::parse(&vector).unwrap(), &scope()).unwrap_err();
    assert!(matches!(error.kind(), ExprErrorKind::TooLarge { most: 4096, .. }), "{error}");
    let block = triple(triple(triple(triple(triple(triple("u".into()))))));
    let many = (0..390).fold(block, |e, i| if i % 2 == 0 { format!("sin({e})") } else { format!("{e}*x") });
    let error = Program::compile(&Expr::parse(&format!("({many})*[1]")).unwrap(), &scope());
    // The 729 equal components are one node.
    assert!(error.is_ok() || matches!(error.unwrap_err().kind(), ExprErrorKind::TooDeep { .. }));
}

#[test]
fn a_graph_that_is_too_large_is_refused() {
    // There are 4,000 different components, each with a hundred operations.
    let parts: Vec<String> = (0..4000).map(|i| format!("u*{i}.5")).collect();
    let deep = (0..100).fold(format!("[{}]", parts.join(", ")), |e, _| format!("sin({e})"));
    let error = Program::compile(&Expr::parse(&deep).unwrap(), &scope()).unwrap_err();
    assert!(matches!(error.kind(), ExprErrorKind::TooLarge { what: "operations", .. }), "{error}");
}

#[test]
fn many_arguments_nest_nothing() {
    let arguments: Vec<String> = (0..5_000).map(|i| format!("u*{i}")).collect();
    let e = Expr::parse(&format!("d(min({}), x)", arguments.join(","))).unwrap();
    Program::compile(&e, &scope()).unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn random_text_never_panics(text in "\\PC{0,40}") {
        if let Err(error) = Expr::parse(&text) {
            let _ = error.excerpt(&text);
            prop_assert!(error.span().is_some_and(|s| text.get(s).is_some()), "{}", text);
        }
    }

    #[test]
    fn random_tokens_never_panic(
        words in prop::collection::vec(prop::sample::select(&[
            "u", "v", "x", "t", "a", "k", "d(", "grad(", "laplace(", "where(", "norm(", "min(", "(", ")", "[",
            "]", ",", "+", "-", "*", "/", "^", "<", "==", "and", "or", "not", "0", "1", "2.5", "[0]", "[2]", "u,x)",
            "u)", "v)", "x)",
        ][..]), 0..24),
    ) {
        let text = words.join(" ");
        if let Ok(e) = Expr::parse(&text) {
            prop_assert_eq!(&Expr::parse(&e.to_string()).unwrap(), &e);
            let _ = Program::compile(&e, &scope());
        }
    }
}
