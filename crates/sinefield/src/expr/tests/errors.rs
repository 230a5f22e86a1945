//! Tests of every error: its span and its message.

use super::{scope, with_definitions};
use crate::expr::{Expr, ExprError, FieldNames, Origin, Program, Scope};

fn fault(text: &str, scope: &Scope) -> ExprError {
    let compiled = Expr::parse(text).and_then(|e| Program::compile(&e, scope));
    compiled.expect_err(text)
}

/// `marked` is the text, with the expected span between `«` and `»`.
#[track_caller]
fn check(marked: &str, message: &str) {
    let (start, end) = (marked.find('«').unwrap(), marked.find('»').unwrap() - '«'.len_utf8());
    let text = marked.replace(['«', '»'], "");
    let error = fault(&text, &scope());
    assert_eq!(error.to_string(), message, "{text}");
    assert_eq!(error.span(), Some(start..end), "{text}: {message}");
    assert_eq!(*error.origin(), Origin::Residual);
}

#[test]
fn of_the_text() {
    check("u + «*» 2", "expected a value, found \"*\"");
    check("u +«»", "expected a value, found the end");
    check("(u«»", "expected \")\", found the end");
    check("u «2»", "expected an operator or the end, found the number 2.0");
    check("sin(u «x»)", "expected \",\" or \")\", found \"x\"");
    check("u < 1 «<» 2", "expected \"and\", since comparisons do not chain, found \"<\"");
    check("u «=» 1", "expected \"==\" for a comparison, found \"=\"");
    check("u«**»2", "expected \"^\" for a power, found \"**\"");
    check("u «&» 1", "expected a number, a name or an operator, found \"&\"");
    check("v[«x»]", "expected a whole number from 0, such as [0], found \"x\"");
    check("v[«-»1]", "expected a whole number from 0, such as [0], found \"-\"");
    check("u + «not» u", "expected a value; put not in parentheses, found \"not\"");
    check("u - [«]»", "expected a value, since a vector has at least 1 component, found \"]\"");
    let number = "is not a finite number; write one as 2, 0.5 or 1e-3, and a product as 2*x";
    for text in ["1.2.3", "1e", "2x", "0x1f", "1e999", "1_000"] {
        check(&format!("u + «{text}»"), &format!("\"{text}\" {number}"));
    }
}

#[test]
fn of_names() {
    check("«uu» - a", "unknown name \"uu\"; the nearest known name is \"u\"");
    check("u*«progres»", "unknown name \"progres\"; the nearest known name is \"progress\"");
    check(
        "u + «velocity»",
        "unknown name \"velocity\"; known are u, v, p, q, r, x, y, t, a, b, c, w and 6 more",
    );
    check("«laplce»(u)", "unknown function \"laplce\"; the nearest known function is \"laplace\"");
    check("u + «quux»(u)", "unknown function \"quux\"; no known function is near it");
    check("«sin(u, x)»", "sin was given 2 arguments; write sin(e)");
    check("1 + «d(u)»", "d was given 1 arguments; write d(e, x) or d(e, x, y, ...)");
    check("d(u, «u»)", "\"u\" is not a coordinate; the coordinates are x, y, t");
    check("grad(u, «x + y»)", "an expression is not a coordinate; the coordinates are x, y, t");
}

#[test]
fn of_a_letter_no_other_letter_is_near() {
    check("u - «z»", "unknown name \"z\"; known are u, v, p, q, r, x, y, t, a, b, c, w and 6 more");
}

#[test]
fn of_derivatives() {
    let data = "derivative of data: \"a\" is known at the samples alone; give its derivative as a column of \
                its own";
    check("u - «d(a*u, x)»", data);
    // Neither a factor of 0 nor a difference hides the error.
    check("u - «d(0*a, x)»", data);
    check("u - «d(a - a, t)»", data);
    check("«grad(max(u, a))»", data);
    let fifth = "fifth derivative of \"u\": derivatives up to the fourth are carried; name a derivative as a \
                 field of its own to go further";
    check("«d(u, x, y, x, y, x)»", fifth);
    check("«grad(laplace(laplace(u)))»", fifth);
    check("u + «d(0*laplace(laplace(u)), x)»", fifth);
    // There is no error if the derivative reaches neither the data nor a fifth derivative.
    for text in [
        "d(where(a > 0, u, x), x)",
        "u + d(sign(a), x)",
        "u + d(floor(laplace(laplace(u))), x)",
        "d(laplace(laplace(u)), t) + u",
        "d(u, x, y, x, y)",
    ] {
        Program::compile(&Expr::parse(text).unwrap(), &scope()).expect(text);
    }
}

#[test]
fn of_shapes() {
    check("«v + [u, u]»", "\"+\" of widths 3 and 2; make them equal, or one of them a scalar");
    check("u*«dot(v, [1, 2])»", "dot() of widths 3 and 2; make them equal, or one of them a scalar");
    check("«where(v, [1, 2], u)»", "where() of widths 3 and 2; make them equal, or one of them a scalar");
    check("«div(u)»", "div needs one component for each of 3 coordinates, not a width of 1");
    check("«cross([1, u], [x, y])»", "cross needs vectors of width 3, not a width of 2");
    check("u - «v[3]»", "index 3 is out of range: the width is 3, and the first index is 0");
    check("«x - a»", "no field enters the residual, so that nothing can be fitted; use one of u, v");
    check("«0*u»", "no field enters the residual, so that nothing can be fitted; use one of u, v");
}

#[test]
fn in_a_definition() {
    let scope = with_definitions(&[("flux", "d(u, x)*z9"), ("one", "u + two"), ("two", "3*one")]);
    let error = fault("flux", &scope);
    assert_eq!(*error.origin(), Origin::Definition("flux".into()));
    assert_eq!(error.span(), Some(8..10));
    assert_eq!(
        error.to_string(),
        "in the definition of \"flux\": unknown name \"z9\"; known are u, v, p, q, r, x, y, t, a, b, c, w and 9 more"
    );
    let error = fault("u - one", &scope);
    assert_eq!(*error.origin(), Origin::Definition("two".into()));
    assert_eq!(error.span(), Some(2..5));
    let message = error.to_string();
    assert!(message.ends_with("cyclic definition: one -> two -> one; break the circle"), "{message}");
}

#[test]
fn of_the_scope() {
    let refused = |scope: Scope| {
        let error = fault("u", &scope);
        assert_eq!((error.origin(), error.span()), (&Origin::Scope, None));
        error.to_string()
    };
    let twice = Scope { trainable: vec!["x".into()], ..scope() };
    assert_eq!(
        refused(twice),
        "ambiguous name: \"x\" is a coordinate and a trainable scalar; rename one of them"
    );
    let progress = Scope { trainable: vec!["progress".into()], ..scope() };
    assert!(refused(progress).starts_with("ambiguous name: \"progress\" is the progress of the fit"));
    let field = |field: FieldNames| refused(Scope { fields: vec![field], ..scope() });
    let u = FieldNames { name: "u".into(), width: 1, coordinates: vec![0], ..FieldNames::default() };
    assert!(field(FieldNames { width: 0, ..u.clone() }).contains("at least 1 output"));
    assert!(field(FieldNames { coordinates: vec![3], ..u.clone() }).contains("no coordinate of the scope"));
    assert!(field(FieldNames { coordinates: vec![1, 1], ..u.clone() }).contains("same coordinate"));
    assert!(field(FieldNames { outputs: vec!["f".into(), "g".into()], ..u.clone() }).contains("or none"));
    assert!(refused(Scope { columns: vec![("z".into(), 0)], ..scope() }).contains("at least 1"));
    assert!(refused(Scope { constants: vec![("z".into(), vec![])], ..scope() }).contains("at least 1"));
    assert!(refused(Scope { constants: vec![("z".into(), vec![f64::NAN])], ..scope() }).contains("finite"));
    // A scope may redefine pi and e. The output of a scalar field may have the field's name.
    let shadowing = Scope { constants: vec![("e".into(), vec![2.0]), ("pi".into(), vec![3.0])], ..scope() };
    Program::compile(&Expr::parse("u - e*pi").unwrap(), &shadowing).unwrap();
    let own = Scope { fields: vec![FieldNames { outputs: vec!["u".into()], ..u }], ..scope() };
    Program::compile(&Expr::name("u"), &own).unwrap();
}

#[test]
fn of_numbers_from_rust() {
    let error = Program::compile(&(Expr::name("u") * f64::NAN), &scope()).unwrap_err();
    assert!(error.to_string().contains("not a finite number"));
    assert_eq!(error.span(), None);
    assert_eq!(error.excerpt(""), format!("{error}\n"));
}

#[test]
fn excerpts() {
    let text = "# größe\n\té + qux(é, z) # ende\n+ 1";
    let error = fault(text, &scope());
    assert_eq!(
        error.excerpt(text),
        "line 2, column 2: unknown name \"é\"; known are u, v, p, q, r, x, y, t, a, b, c, w and 6 more\n  | \té + qux(é, z) # ende\n  | \t^\n"
    );
    let text = "u +\r\n  nörm(u)\r\n";
    assert_eq!(
        fault(text, &scope()).excerpt(text),
        "line 2, column 3: unknown function \"nörm\"; the nearest known function is \"norm\"\n  |   nörm(u)\n  |   \
         ^^^^\n"
    );
    // A span over several lines is marked to the end of its first line. A wrong text causes no panic.
    let text = "(u\n+ v)[7]";
    let error = fault(text, &scope());
    assert!(error.excerpt(text).contains("  | (u\n  | ^^\n"), "{}", error.excerpt(text));
    for other in ["", "é", "éé\néé"] {
        assert!(error.excerpt(other).starts_with("line 1, column 1"));
    }
}
