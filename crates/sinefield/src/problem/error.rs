//! What can be wrong with a problem.

use std::ops::Range;

use thiserror::Error;

use crate::expr::ExprError;
use crate::field::FieldError;

/// Why a problem cannot be solved as it is written.
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum ProblemError {
    /// There are no fields.
    #[error("the problem has no field; name one, as [field.u]")]
    NoField,
    /// There are no constraints.
    #[error("the problem has no constraint; give one, as [[constraint]]")]
    NoConstraint,
    /// A residual or a definition cannot be understood.
    #[error("constraint \"{constraint}\": {error}")]
    Residual {
        /// The constraint's number.
        index: usize,
        /// Its name.
        constraint: String,
        /// What is wrong, and where.
        #[source]
        error: ExprError,
    },
    /// A field's network cannot be.
    #[error("field \"{field}\": {error}")]
    Field {
        /// The field.
        field: String,
        /// What is wrong.
        #[source]
        error: FieldError,
    },
    /// A field's coordinates, outputs or ranges do not go together.
    #[error("field \"{field}\": {what}")]
    FieldEntry {
        /// The field.
        field: String,
        /// What is wrong.
        what: String,
    },
    /// A field enters a constraint whose domain lacks a coordinate of it.
    #[error(
        "constraint \"{constraint}\": field \"{field}\" depends on \"{coordinate}\", which is not in the domain; \
         give it a value there, as {coordinate} = 0"
    )]
    MissingCoordinate {
        /// The constraint's number.
        index: usize,
        /// The constraint.
        constraint: String,
        /// The field.
        field: String,
        /// The coordinate.
        coordinate: String,
        /// The bytes of the residual that name the field.
        span: Option<Range<usize>>,
    },
    /// A domain has no points, or numbers that are none.
    #[error("constraint \"{constraint}\": the domain is empty or undefined: {what}")]
    Domain {
        /// The constraint's number.
        index: usize,
        /// Its name.
        constraint: String,
        /// What is wrong.
        what: String,
    },
    /// A column is not as long as its domain.
    #[error(
        "constraint \"{constraint}\": data \"{column}\" has {found} numbers where the domain's points and its \
         width of {width} make {expected}"
    )]
    ColumnLength {
        /// The constraint's number.
        index: usize,
        /// Its name.
        constraint: String,
        /// The column.
        column: String,
        /// Numbers a point.
        width: usize,
        /// What the domain asks for.
        expected: usize,
        /// What there is.
        found: usize,
    },
    /// A number of a column is NaN or infinite.
    #[error("constraint \"{constraint}\": data \"{column}\" is not a finite number at point {point}")]
    ColumnNotFinite {
        /// The constraint's number.
        index: usize,
        /// Its name.
        constraint: String,
        /// The column.
        column: String,
        /// The point's number.
        point: usize,
    },
    /// Data where points cannot be counted.
    #[error(
        "constraint \"{constraint}\": data \"{column}\" needs points that can be counted; use a grid or points"
    )]
    ColumnOnBody {
        /// The constraint's number.
        index: usize,
        /// Its name.
        constraint: String,
        /// The column.
        column: String,
    },
    /// A setting is out of range, or does nothing where it stands.
    #[error("constraint \"{constraint}\": {what}")]
    Setting {
        /// The constraint's number.
        index: usize,
        /// Its name.
        constraint: String,
        /// The entry of the problem file that sets it.
        entry: &'static str,
        /// What is wrong.
        what: String,
    },
    /// A trainable scalar starts at no number.
    #[error("trainable \"{0}\" does not start at a finite number")]
    Trainable(String),
}
