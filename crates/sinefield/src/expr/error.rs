//! The errors of expressions, and their positions.

use std::fmt;
use std::ops::Range;

use thiserror::Error;

/// The reason why an expression cannot be parsed or compiled, and its position in a text.
///
/// Its `Display` is one line. [`ExprError::excerpt`] shows the position in the text.
#[derive(Clone, Debug, PartialEq)]
pub struct ExprError {
    kind: Box<ExprErrorKind>,
    origin: Origin,
    span: Option<Range<usize>>,
}

/// The text that contains an error.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Origin {
    /// The residual.
    #[default]
    Residual,
    /// The definition of this name.
    Definition(String),
    /// The form of the field of this name.
    Form(String),
    /// The scope, which defines the names.
    Scope,
}

/// The reason why an expression cannot be parsed or compiled.
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum ExprErrorKind {
    /// The text does not follow the grammar.
    #[error("expected {expected}, found {found}")]
    Syntax {
        /// The input that is allowed at this position.
        expected: String,
        /// The input at this position.
        found: String,
    },
    /// A number is malformed or not finite.
    #[error("\"{text}\" is not a finite number; write one as 2, 0.5 or 1e-3, and a product as 2*x")]
    Number {
        /// The text of the number.
        text: String,
    },
    /// The scope does not define this name.
    #[error("unknown name \"{name}\"; {}", hint(.nearest, .known))]
    UnknownName {
        /// The name.
        name: String,
        /// The nearest known name, if one is near.
        nearest: Option<String>,
        /// All known names, those of fields first.
        known: Vec<String>,
    },
    /// There is no such function.
    #[error("unknown function \"{name}\"; {}", match nearest {
        Some(nearest) => format!("the nearest known function is \"{nearest}\""),
        None => "no known function is near it".into(),
    })]
    UnknownFunction {
        /// The name.
        name: String,
        /// The nearest known function, if one is near.
        nearest: Option<String>,
    },
    /// A function was called with too few or too many arguments.
    #[error("{function} was given {found} arguments; write {form}")]
    ArgumentCount {
        /// The function.
        function: String,
        /// The number of arguments.
        found: usize,
        /// The call form of the function.
        form: &'static str,
    },
    /// A data column was differentiated.
    #[error(
        "derivative of data: \"{column}\" is known at the samples alone; give its derivative as a column of \
         its own"
    )]
    DerivativeOfData {
        /// The column.
        column: String,
    },
    /// The expression needs a fifth derivative of a field.
    #[error(
        "fifth derivative of \"{field}\": derivatives up to the fourth are carried; name a derivative as a \
         field of its own to go further"
    )]
    OrderTooHigh {
        /// The field.
        field: String,
    },
    /// Two vectors have different widths.
    #[error("{operation} of widths {left} and {right}; make them equal, or one of them a scalar")]
    ShapesDiffer {
        /// The operator or function.
        operation: String,
        /// The width on the left.
        left: usize,
        /// The width on the right.
        right: usize,
    },
    /// A function does not accept the width of an argument.
    #[error("{function} needs {expected}, not a width of {found}")]
    Width {
        /// The function.
        function: &'static str,
        /// The width that the function needs, in words.
        expected: String,
        /// The width of the argument.
        found: usize,
    },
    /// A value is complex where a real one is needed.
    #[error("{operation} needs a real number, and this is complex; use re(), im() or abs()")]
    RealNeeded {
        /// The operator or function.
        operation: String,
    },
    /// An argument must be a coordinate, but is not.
    #[error("{found} is not a coordinate; the coordinates are {}", listed(.coordinates))]
    NotACoordinate {
        /// The argument, in words.
        found: String,
        /// The coordinates of the scope.
        coordinates: Vec<String>,
    },
    /// An index is not below the width.
    #[error("index {index} is out of range: the width is {width}, and the first index is 0")]
    IndexOutOfRange {
        /// The index.
        index: usize,
        /// The width of the indexed vector.
        width: usize,
    },
    /// A definition depends on itself.
    #[error("cyclic definition: {}; break the circle", .names.join(" -> "))]
    CyclicDefinition {
        /// The names in the cycle. The first name is repeated at the end.
        names: Vec<String>,
    },
    /// A name has two meanings.
    #[error("ambiguous name: \"{name}\" is {first} and {second}; rename one of them")]
    AmbiguousName {
        /// The name.
        name: String,
        /// One meaning.
        first: &'static str,
        /// The other.
        second: &'static str,
    },
    /// The scope contradicts itself.
    #[error("\"{name}\": {what}")]
    BadScope {
        /// The name with the fault.
        name: String,
        /// The fault, in words.
        what: &'static str,
    },
    /// The expression has too many levels of nesting.
    #[error("nested too deeply: more than {most} levels; name a part of it as a definition of its own")]
    TooDeep {
        /// The largest number of levels.
        most: usize,
    },
    /// The expression is too large.
    #[error("too large: more than {most} {what} after differentiation; ask for less in one residual")]
    TooLarge {
        /// The objects that are too many, in words.
        what: &'static str,
        /// The largest number of them.
        most: usize,
    },
    /// A form uses something that a form may not use.
    #[error(
        "\"{name}\" is {what}, which a form cannot use; use net, the field's own coordinates, constants and \
         functions of them"
    )]
    NotInForm {
        /// The name.
        name: String,
        /// The meaning of the name, in words.
        what: &'static str,
    },
    /// A form does not depend on the output of the network.
    #[error(
        "it does not use net, the output of the network, so that nothing can be fitted; multiply a part of it by net"
    )]
    FormWithoutNet,
    /// A form is too large.
    #[error("too large: more than {most} {what}, with those of its definitions; write it more simply")]
    FormTooLarge {
        /// The objects that are too many, in words.
        what: &'static str,
        /// The largest number of them.
        most: usize,
    },
    /// A form has another width than its field.
    #[error("a width of {found}, but the field has {expected}; give one component for each output")]
    FormWidth {
        /// The number of values of the field.
        expected: usize,
        /// The number of components of the form.
        found: usize,
    },
    /// The residual reads no field, so nothing can be fitted.
    #[error("no field enters the residual, so that nothing can be fitted; use one of {}", listed(.fields))]
    NoField {
        /// The fields of the scope.
        fields: Vec<String>,
    },
}

impl ExprError {
    pub(super) fn new(kind: ExprErrorKind, origin: Origin, span: Option<Range<usize>>) -> Self {
        Self { kind: Box::new(kind), origin, span }
    }

    /// The kind of the error.
    pub fn kind(&self) -> &ExprErrorKind {
        &self.kind
    }

    /// The byte range of the error in its text. `None` for an expression built with operators, and for a
    /// fault of the scope.
    pub fn span(&self) -> Option<Range<usize>> {
        self.span.clone()
    }

    /// The text to which [`span`](Self::span) refers.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// The same error with another origin. [`Expr::parse`](super::Expr::parse) reports [`Origin::Residual`]
    /// for every text.
    pub fn within(mut self, origin: Origin) -> Self {
        self.origin = origin;
        self
    }

    /// The message and the line of `text` with the error, which is underlined. `text` is the text of
    /// [`origin`](Self::origin). Lines and columns are counted from 1; a column is a character. Without a
    /// span, the result is only the message.
    ///
    /// ```
    /// let error = sinefield::expr::Expr::parse("u + * 2").unwrap_err();
    /// assert_eq!(
    ///     error.excerpt("u + * 2"),
    ///     "line 1, column 5: expected a value, found \"*\"\n  | u + * 2\n  |     ^\n"
    /// );
    /// ```
    pub fn excerpt(&self, text: &str) -> String {
        let Some(span) = &self.span else { return format!("{self}\n") };
        let floor =
            |at: usize| (0..=at.min(text.len())).rev().find(|&i| text.is_char_boundary(i)).unwrap_or(0);
        let (start, end) = (floor(span.start), floor(span.end));
        let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
        let line_end = text[start..].find('\n').map_or(text.len(), |at| start + at);
        let number = text[..start].matches('\n').count() + 1;
        let before = text[line_start..start].chars().count();
        let marked = text[start..end.clamp(start, line_end)].chars().count().max(1);
        // A tab stays a tab, so that the carets line up with the marked characters.
        let keep = |c: char| if c == '\t' { '\t' } else { ' ' };
        let indent: String = text[line_start..start].chars().map(keep).collect();
        let line = text[line_start..line_end].trim_end_matches('\r');
        let carets = "^".repeat(marked);
        format!("line {number}, column {}: {self}\n  | {line}\n  | {indent}{carets}\n", before + 1)
    }
}

impl fmt::Display for ExprError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.origin {
            Origin::Definition(name) => write!(f, "in the definition of \"{name}\": ")?,
            Origin::Form(_) => f.write_str("in the form: ")?,
            Origin::Residual | Origin::Scope => {}
        }
        self.kind.fmt(f)
    }
}

impl std::error::Error for ExprError {}

fn hint(nearest: &Option<String>, known: &[String]) -> String {
    const MOST: usize = 12;
    match nearest {
        Some(name) => format!("the nearest known name is \"{name}\""),
        None if known.len() <= MOST => format!("known are {}", listed(known)),
        None => format!("known are {} and {} more", known[..MOST].join(", "), known.len() - MOST),
    }
}

fn listed(names: &[String]) -> String {
    if names.is_empty() { "none".into() } else { names.join(", ") }
}

/// The known name with the smallest Levenshtein distance from `name`. The distance must be at most a third of
/// the letters of `name` (or 1 for a short name), and less than all of its letters.
pub(super) fn nearest_name<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    // Compare only the first 64 letters, since the cost grows with the product of the lengths.
    let cut = |name: &str| name.chars().take(64).collect::<String>();
    let (name, letters) = (cut(name), name.chars().take(64).count());
    let scored = known.into_iter().map(|known| (strsim::levenshtein(&name, &cut(known)), known));
    let (changes, best) = scored.min_by_key(|&(changes, _)| changes)?;
    (changes <= (letters / 3).max(1) && changes < letters).then(|| best.to_string())
}
