//! Tests of the errors of complex numbers: their spans and their messages.

use super::Scope;
use super::complex::complex_scope;
use crate::expr::{Expr, FieldNames, Program};

#[track_caller]
fn refused(marked: &str, operation: &str) {
    let (start, end) = (marked.find('«').unwrap(), marked.find('»').unwrap() - '«'.len_utf8());
    let text = marked.replace(['«', '»'], "");
    let error = Program::compile(&Expr::parse(&text).unwrap(), &complex_scope()).expect_err(&text);
    let wanted = format!("{operation} needs a real number, and this is complex; use re(), im() or abs()");
    assert_eq!((error.to_string(), error.span()), (wanted, Some(start..end)), "{text}");
}

#[test]
fn where_a_real_number_is_needed() {
    refused("u*(«z» < 1)", "\"<\"");
    refused("1 >= «i*u»", "\">=\"");
    refused("u + (u == «z + 1»)", "\"==\"");
    refused("«v» != 0", "\"!=\"");
    refused("u and «z»", "\"and\"");
    refused("«0*i» or u", "\"or\"");
    refused("(not «z»)*u", "\"not\"");
    refused("where(«z», u, 1)", "the condition of where()");
    refused("min(u, «z»)", "min()");
    refused("max(«v», 0)", "max()");
    refused("clamp(u, 0, «s»)", "clamp()");
    refused("floor(«z»)*u", "floor()");
    refused("sign(«z»)*u", "sign()");
    refused("step(«z»)*u", "step()");
    refused("atan2(u, «i*i»)", "atan2()");
    refused("asin(«z»)", "asin()");
    refused("acos(«z»)", "acos()");
    refused("atan(«z»)", "atan()");
    refused("erf(«z»)", "erf()");
    refused("sigmoid(«z»)", "sigmoid()");
    refused("softplus(«z»)", "softplus()");
    refused("complex(u, «z»)", "complex()");
    refused("complex(«[u, z]», 1)", "complex()");
}

#[test]
fn other_errors() {
    let error = |text: &str, scope: &Scope| {
        Program::compile(&Expr::parse(text).unwrap(), scope).unwrap_err().to_string()
    };
    let scope = complex_scope();
    assert_eq!(error("complex(u)", &scope), "complex was given 1 arguments; write complex(re, im)");
    assert!(error("complex(re(v), [1, 2, 3])", &scope).starts_with("complex() of widths 3 and 2"));
    assert!(error("v[2]", &scope).starts_with("index 2 is out of range: the width is 2"));
    assert!(error("u - d(complex(u, a), x)", &scope).starts_with("derivative of data"));
    assert!(error("u - d(a*z, x)", &scope).starts_with("derivative of data"));
    assert!(error("d(laplace(laplace(z)), x)", &scope).starts_with("fifth derivative of \"v\""));
    assert!(error("s*exp(i*x)", &scope).starts_with("no field enters the residual"));
    // A derivative of one part does not meet the data of the other.
    Program::compile(&Expr::parse("d(re(complex(u, a)), x)").unwrap(), &scope).unwrap();
    let field = |complex: &[bool], outputs: &[&str], width| {
        let (outputs, complex) = (outputs.iter().map(|o| (*o).to_string()).collect(), complex.to_vec());
        let field = FieldNames { name: "u".into(), outputs, complex, width, ..FieldNames::default() };
        let scope = Scope { fields: vec![field], ..Scope::default() };
        Program::compile(&Expr::name("u"), &scope).map(|program| program.width())
    };
    assert_eq!(field(&[true], &["u"], 2), Ok(2));
    assert_eq!(field(&[false, true], &[], 4), Ok(8 - 2));
    for (complex, outputs, width) in [
        (&[true][..], &[][..], 1),
        (&[false, false], &[], 1),
        (&[true, true], &["p", "q"], 3),
        (&[true], &["p", "q"], 2),
    ] {
        assert!(field(complex, outputs, width).is_err(), "{complex:?} {outputs:?} {width}");
    }
    for values in [vec![], vec![[f64::INFINITY, 0.0]], vec![[0.0, f64::NAN]]] {
        let scope = Scope { complex_constants: vec![("s".into(), values)], ..super::scope() };
        assert!(error("u", &scope).starts_with("\"s\": a constant"), "{scope:?}");
    }
    let twice = Scope { complex_constants: vec![("c".into(), vec![[0.0, 1.0]])], ..super::scope() };
    assert!(error("u", &twice).starts_with("ambiguous name: \"c\" is a constant and a constant"));
}
