//! Tests of the residual language.
//!
//! The expected results do not use the rules of differentiation in the module. `naive` walks the syntax tree
//! in float64 and takes derivatives as differences of fields with closed forms.

mod complex;
mod complex_errors;
mod complex_naive;
mod errors;
mod hostile;
mod jets;
mod naive;
mod pull_back;
mod rules;
mod text;
mod tile;

use super::{Expr, FieldNames, Program, Scope};

/// The scope of the tests: coordinates x, y, t; a field u(x, y), and a field v(x, y, t) with the outputs p, q
/// and r; columns a and b of width 1 and 3; constants c and w of width 1 and 3; trainable scalars k and m.
pub fn scope() -> Scope {
    Scope {
        coordinates: ["x", "y", "t"].map(String::from).to_vec(),
        fields: vec![
            FieldNames {
                name: "u".into(),
                outputs: vec![],
                complex: vec![],
                width: 1,
                coordinates: vec![0, 1],
                per_unit: vec![],
                form: None,
            },
            FieldNames {
                name: "v".into(),
                outputs: ["p", "q", "r"].map(String::from).to_vec(),
                complex: vec![],
                width: 3,
                coordinates: vec![0, 1, 2],
                per_unit: vec![],
                form: None,
            },
        ],
        columns: vec![("a".into(), 1), ("b".into(), 3)],
        constants: vec![("c".into(), vec![0.75]), ("w".into(), vec![1.0, -2.0, 0.5])],
        complex_columns: vec![],
        complex_constants: vec![],
        definitions: vec![],
        trainable: vec!["k".into(), "m".into()],
    }
}

pub fn with_definitions(definitions: &[(&str, &str)]) -> Scope {
    let parsed = |(name, text): &(&str, &str)| (name.to_string(), Expr::parse(text).unwrap());
    Scope { definitions: definitions.iter().map(parsed).collect(), ..scope() }
}

pub fn compile(text: &str) -> Program {
    Program::compile(&Expr::parse(text).unwrap(), &scope()).unwrap()
}
