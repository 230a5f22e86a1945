//! The errors of problems.

use std::ops::Range;

use thiserror::Error;

use crate::expr::ExprError;
use crate::field::FieldError;

/// The reason why a problem cannot be solved as described.
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum ProblemError {
    /// There are no fields.
    #[error("the problem has no field; name one, as [field.u]")]
    NoField,
    /// There are no constraints.
    #[error("the problem has no constraint; give one, as [[constraint]]")]
    NoConstraint,
    /// A residual or a definition cannot be compiled.
    #[error("constraint \"{constraint}\": {error}")]
    Residual {
        /// The index of the constraint, counted from 0.
        index: usize,
        /// The name of the constraint.
        constraint: String,
        /// The fault and its position.
        #[source]
        error: ExprError,
    },
    /// A known solution cannot be compiled.
    #[error("exact solution of \"{name}\": {error}")]
    Exact {
        /// The field or output.
        name: String,
        /// The fault and its position.
        #[source]
        error: ExprError,
    },
    /// A known solution has another number of values than what it is of.
    #[error("exact solution of \"{name}\": it has {found} components, but \"{name}\" has {expected}")]
    ExactWidth {
        /// The field or output.
        name: String,
        /// The values of the field or output.
        expected: usize,
        /// The components of the solution.
        found: usize,
    },
    /// A known solution is complex, but what it is of is real.
    #[error(
        "exact solution of \"{name}\": it is complex, but \"{name}\" is real; take re(), im() or abs() of it, or make \
         the output complex"
    )]
    ExactComplex {
        /// The field or output.
        name: String,
    },
    /// A known solution is given for a name that is no field, or for a field that no domain covers.
    #[error(
        "exact solution of \"{name}\": there is no such field or output; give that of a field of the problem"
    )]
    ExactName {
        /// The name.
        name: String,
    },
    /// A field's network cannot be created.
    #[error("field \"{field}\": {error}")]
    Field {
        /// The field.
        field: String,
        /// The fault.
        #[source]
        error: FieldError,
    },
    /// A field's coordinates, outputs or ranges contradict each other.
    #[error("field \"{field}\": {what}")]
    FieldEntry {
        /// The field.
        field: String,
        /// The fault.
        what: String,
    },
    /// The form of a field's outputs, or a definition in it, cannot be used.
    #[error("field \"{field}\": {error}")]
    Form {
        /// The field.
        field: String,
        /// The fault and its position.
        #[source]
        error: ExprError,
    },
    /// A residual reads a field, but the domain lacks one of the field's coordinates.
    #[error(
        "constraint \"{constraint}\": field \"{field}\" depends on \"{coordinate}\", which is not in the domain; \
         give it a value there, as {coordinate} = 0"
    )]
    MissingCoordinate {
        /// The index of the constraint, counted from 0.
        index: usize,
        /// The name of the constraint.
        constraint: String,
        /// The field.
        field: String,
        /// The coordinate.
        coordinate: String,
        /// The byte range of the field's name in the residual.
        span: Option<Range<usize>>,
    },
    /// A residual reads `n`, but the domain is no boundary.
    #[error(
        "constraint \"{constraint}\": \"n\" is the outward normal of a boundary, and the domain is none; take \
         domain = {{ boundary = .. }}"
    )]
    NoNormal {
        /// The index of the constraint, counted from 0.
        index: usize,
        /// The name of the constraint.
        constraint: String,
        /// The error of the expression: an unknown name.
        #[source]
        error: ExprError,
    },
    /// A domain is empty, or one of its numbers is not valid.
    #[error("constraint \"{constraint}\": the domain is empty or undefined: {what}")]
    Domain {
        /// The index of the constraint, counted from 0.
        index: usize,
        /// The name of the constraint.
        constraint: String,
        /// The fault.
        what: String,
    },
    /// The length of a column does not match the domain.
    #[error(
        "constraint \"{constraint}\": data \"{column}\" has {found} numbers where the domain's points and its \
         width of {width} make {expected}"
    )]
    ColumnLength {
        /// The index of the constraint, counted from 0.
        index: usize,
        /// The name of the constraint.
        constraint: String,
        /// The column.
        column: String,
        /// The number of values per point.
        width: usize,
        /// The number of values that the domain needs.
        expected: usize,
        /// The number of values in the column.
        found: usize,
    },
    /// A value of a column is NaN or infinite.
    #[error("constraint \"{constraint}\": data \"{column}\" is not a finite number at point {point}")]
    ColumnNotFinite {
        /// The index of the constraint, counted from 0.
        index: usize,
        /// The name of the constraint.
        constraint: String,
        /// The column.
        column: String,
        /// The index of the point, counted from 0.
        point: usize,
    },
    /// A column belongs to a body, whose points cannot be counted.
    #[error(
        "constraint \"{constraint}\": data \"{column}\" needs points that can be counted; use a grid or points"
    )]
    ColumnOnBody {
        /// The index of the constraint, counted from 0.
        index: usize,
        /// The name of the constraint.
        constraint: String,
        /// The column.
        column: String,
    },
    /// A setting is out of range, or does not fit the domain.
    #[error("constraint \"{constraint}\": {what}")]
    Setting {
        /// The index of the constraint, counted from 0.
        index: usize,
        /// The name of the constraint.
        constraint: String,
        /// The entry of the problem file with the setting.
        entry: &'static str,
        /// The fault.
        what: String,
    },
    /// The start value of a trainable scalar is not a finite float32.
    #[error("trainable \"{0}\" does not start at a finite number")]
    Trainable(String),
}
