//! What can be wrong with an expression, and where.

use std::fmt;
use std::ops::Range;

use thiserror::Error;

/// Why an expression cannot be read or compiled, and at which place of which text.
///
/// Its `Display` is one line; [`ExprError::excerpt`] shows the place in the text.
#[derive(Clone, Debug, PartialEq)]
pub struct ExprError {
    kind: Box<ExprErrorKind>,
    origin: Origin,
    span: Option<Range<usize>>,
}

/// The text that an error is in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Origin {
    /// The residual.
    #[default]
    Residual,
    /// The definition of this name.
    Definition(String),
    /// The scope: what the names were said to mean.
    Scope,
}

/// Why an expression cannot be read or compiled.
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum ExprErrorKind {
    /// The text does not follow the grammar.
    #[error("expected {expected}, found {found}")]
    Syntax {
        /// What could stand here.
        expected: String,
        /// What does.
        found: String,
    },
    /// A number that cannot be read, or is not finite.
    #[error("\"{text}\" is not a finite number; write one as 2, 0.5 or 1e-3, and a product as 2*x")]
    Number {
        /// As written.
        text: String,
    },
    /// The scope has no such name.
    #[error("unknown name \"{name}\"; {}", hint(.nearest, .known))]
    UnknownName {
        /// The name.
        name: String,
        /// The known name that is nearest, if one is near.
        nearest: Option<String>,
        /// Every known name, those of fields first.
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
        /// The function whose name is nearest, if one is near.
        nearest: Option<String>,
    },
    /// A function was called with too few or too many arguments.
    #[error("{function} was given {found} arguments; write {form}")]
    ArgumentCount {
        /// The function.
        function: String,
        /// Arguments given.
        found: usize,
        /// How it is called.
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
    /// A third derivative of a field was asked for.
    #[error(
        "third derivative of \"{field}\": the value, first and second derivatives are carried; name a \
         derivative as a field of its own to go further"
    )]
    OrderTooHigh {
        /// The field.
        field: String,
    },
    /// Vectors of different widths.
    #[error("{operation} of widths {left} and {right}; make them equal, or one of them a scalar")]
    ShapesDiffer {
        /// The operator or function.
        operation: String,
        /// Width on the left.
        left: usize,
        /// Width on the right.
        right: usize,
    },
    /// A function needs another width.
    #[error("{function} needs {expected}, not a width of {found}")]
    Width {
        /// The function.
        function: &'static str,
        /// What it wants.
        expected: String,
        /// The width given.
        found: usize,
    },
    /// What stands where a coordinate must.
    #[error("{found} is not a coordinate; the coordinates are {}", listed(.coordinates))]
    NotACoordinate {
        /// What stands there.
        found: String,
        /// The coordinates of the scope.
        coordinates: Vec<String>,
    },
    /// An index at or beyond the width.
    #[error("index {index} is out of range: the width is {width}, and the first index is 0")]
    IndexOutOfRange {
        /// The index.
        index: usize,
        /// The width of what is indexed.
        width: usize,
    },
    /// A definition that needs itself.
    #[error("cyclic definition: {}; break the circle", .names.join(" -> "))]
    CyclicDefinition {
        /// The names in a circle, the first again at the end.
        names: Vec<String>,
    },
    /// Two things of one name.
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
        /// The name it is about.
        name: String,
        /// What is wrong.
        what: &'static str,
    },
    /// Too many levels of nesting.
    #[error("nested too deeply: more than {most} levels; name a part of it as a definition of its own")]
    TooDeep {
        /// The most there may be.
        most: usize,
    },
    /// Too much to compute.
    #[error("too large: more than {most} {what} after differentiation; ask for less in one residual")]
    TooLarge {
        /// What there is too much of.
        what: &'static str,
        /// The most there may be.
        most: usize,
    },
    /// Nothing to fit.
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

    /// What is wrong.
    pub fn kind(&self) -> &ExprErrorKind {
        &self.kind
    }

    /// The bytes of the text that it is about; `None` for an expression built with operators, and for a
    /// fault of the scope.
    pub fn span(&self) -> Option<Range<usize>> {
        self.span.clone()
    }

    /// The text that [`span`](Self::span) counts in.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// The same error in another text: [`Expr::parse`](super::Expr::parse) calls every text the residual.
    pub fn within(mut self, origin: Origin) -> Self {
        self.origin = origin;
        self
    }

    /// The message with the line of `text` it is about, its place underlined; `text` is that of
    /// [`origin`](Self::origin). Columns count characters from 1.
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
        // A tab stays a tab, so that the carets stand below what they mark.
        let keep = |c: char| if c == '\t' { '\t' } else { ' ' };
        let indent: String = text[line_start..start].chars().map(keep).collect();
        let line = text[line_start..line_end].trim_end_matches('\r');
        let carets = "^".repeat(marked);
        format!("line {number}, column {}: {self}\n  | {line}\n  | {indent}{carets}\n", before + 1)
    }
}

impl fmt::Display for ExprError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Origin::Definition(name) = &self.origin {
            write!(f, "in the definition of \"{name}\": ")?;
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

/// The name with the fewest single-letter changes from `name`, if they are at most a third of its
/// letters, or one and not all of it.
pub(super) fn nearest_name<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    // Beyond so many letters it is no name, and the distance costs the product of the lengths.
    let cut = |name: &str| name.chars().take(64).collect::<String>();
    let (name, letters) = (cut(name), name.chars().take(64).count());
    let scored = known.into_iter().map(|known| (strsim::levenshtein(&name, &cut(known)), known));
    let (changes, best) = scored.min_by_key(|&(changes, _)| changes)?;
    (changes <= (letters / 3).max(1) && changes < letters).then(|| best.to_string())
}
