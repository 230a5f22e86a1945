//! The residual language: the equations of fields, written as text or with Rust operators.
//!
//! ```text
//! text -> tokens -> Expr -> graph of scalars -> derivatives down to jets -> tape
//!         token     parse    lower              derive    collect, adjoint   tape
//! ```
//!
//! An [`Expr`] is a syntax tree. A [`Scope`] defines the meanings of its names in one constraint. Both
//! together compile to a [`Program`]. A program finds the derivatives that it needs of each field. On a tile
//! of points it computes the loss and its cotangents: the derivatives with respect to every number of the
//! jets and to every trainable scalar. `docs/language.md` describes every function and every error.
//!
//! ```
//! use sinefield::expr::{Expr, FieldNames, Program, Scope};
//! use sinefield::jet::JetSpec;
//!
//! let scope = Scope {
//!     coordinates: vec!["x".into(), "y".into()],
//!     fields: vec![FieldNames { name: "u".into(), width: 1, coordinates: vec![0, 1], ..FieldNames::default() }],
//!     columns: vec![("img_laplacian".into(), 1)],
//!     ..Scope::default()
//! };
//! let residual = Expr::parse("laplace(u) - img_laplacian")?;
//! let program = Program::compile(&residual, &scope)?;
//! assert_eq!(program.jets()[0], Some(JetSpec::laplacian(2)));
//!
//! // The same with operators.
//! let built = Expr::name("u").laplace() - Expr::name("img_laplacian");
//! assert_eq!(built, residual);
//!
//! // An error points at its place.
//! let error = Program::compile(&Expr::parse("u - img_laplacan")?, &scope).unwrap_err();
//! assert_eq!(error.to_string(), "unknown name \"img_laplacan\"; the nearest known name is \"img_laplacian\"");
//! assert_eq!(error.span(), Some(4..16));
//! # Ok::<(), sinefield::expr::ExprError>(())
//! ```

mod adjoint;
mod arithmetic;
mod build;
mod calls;
mod collect;
mod complex;
mod derive;
mod display;
mod error;
mod fold;
mod form;
mod function;
mod graph;
mod kernel;
mod lines;
mod lower;
mod mathml;
mod parse;
mod program;
mod run;
mod scope;
mod syntax;
mod tape;
mod token;
mod value;

pub use error::{ExprError, ExprErrorKind, Origin};
pub use form::NET;
pub(crate) use form::close_form;
pub use function::names as function_names;
pub use program::{Norm, Program, TileInputs};
pub(crate) use scope::value_count;
pub use scope::{FieldNames, Scope};
pub use syntax::Expr;
pub(crate) use token::is_name;

#[cfg(test)]
mod tests;

/// The page of the language. Its example is compiled and run as a doc test.
#[cfg(doctest)]
#[doc = include_str!("../../../../docs/language.md")]
mod language {}
