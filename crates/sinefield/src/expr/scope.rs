//! What names mean in one constraint.

use std::collections::HashMap;

use super::error::{ExprError, ExprErrorKind, Origin, nearest_name};
use super::syntax::Expr;

/// What the names of a residual mean.
///
/// Every name means one thing. `progress` (0 at the first step of a fit, 1 at the last), `pi` and `e` are
/// always there; the scope may give `pi` and `e` another meaning.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    /// The coordinates of the constraint's domain, in order.
    pub coordinates: Vec<String>,
    /// The fields.
    pub fields: Vec<FieldNames>,
    /// Data columns, known at each sample: name and width.
    pub columns: Vec<(String, usize)>,
    /// Constants of width 1 or more.
    pub constants: Vec<(String, Vec<f64>)>,
    /// Names for expressions, which may use each other.
    pub definitions: Vec<(String, Expr)>,
    /// Scalars that are fitted with the fields.
    pub trainable: Vec<String>,
}

/// What a field is called.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FieldNames {
    /// The field: a scalar, or a vector of its outputs.
    pub name: String,
    /// The outputs' own names; empty if they have none.
    pub outputs: Vec<String>,
    /// Outputs.
    pub width: usize,
    /// Which of the scope's coordinates are its inputs, in its input order.
    pub coordinates: Vec<usize>,
    /// Units of each input in one unit of its coordinate; 1 where the list is shorter.
    pub per_unit: Vec<f64>,
}

/// What one name means: indices into the scope's lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Meaning {
    Field(usize),
    Output(usize, usize),
    Coordinate(usize),
    Column(usize),
    Constant(usize),
    Definition(usize),
    Trainable(usize),
    Progress,
    Pi,
    Euler,
}

impl Meaning {
    fn kind(self) -> &'static str {
        match self {
            Meaning::Coordinate(_) => "a coordinate",
            Meaning::Field(_) => "a field",
            Meaning::Output(..) => "an output of a field",
            Meaning::Column(_) => "a data column",
            Meaning::Constant(_) => "a constant",
            Meaning::Definition(_) => "a definition",
            Meaning::Trainable(_) => "a trainable scalar",
            Meaning::Progress => "the progress of the fit",
            Meaning::Pi | Meaning::Euler => "a constant of mathematics",
        }
    }
}

/// The names of a scope, looked up.
pub(super) struct Names<'a> {
    meanings: HashMap<&'a str, Meaning>,
}

impl<'a> Names<'a> {
    /// Checks the scope and lists its names.
    pub fn new(scope: &'a Scope) -> Result<Self, ExprError> {
        check(scope)?;
        let mut names = Self { meanings: HashMap::from([("progress", Meaning::Progress)]) };
        for (i, name) in scope.coordinates.iter().enumerate() {
            names.add(name, Meaning::Coordinate(i))?;
        }
        for (f, field) in scope.fields.iter().enumerate() {
            names.add(&field.name, Meaning::Field(f))?;
            for (o, output) in field.outputs.iter().enumerate() {
                // A scalar field and its one output may share a name: they are the same number.
                if !(field.width == 1 && *output == field.name) {
                    names.add(output, Meaning::Output(f, o))?;
                }
            }
        }
        for (i, (name, _)) in scope.columns.iter().enumerate() {
            names.add(name, Meaning::Column(i))?;
        }
        for (i, (name, _)) in scope.constants.iter().enumerate() {
            names.add(name, Meaning::Constant(i))?;
        }
        for (i, (name, _)) in scope.definitions.iter().enumerate() {
            names.add(name, Meaning::Definition(i))?;
        }
        for (i, name) in scope.trainable.iter().enumerate() {
            names.add(name, Meaning::Trainable(i))?;
        }
        names.meanings.entry("pi").or_insert(Meaning::Pi);
        names.meanings.entry("e").or_insert(Meaning::Euler);
        Ok(names)
    }

    fn add(&mut self, name: &'a str, meaning: Meaning) -> Result<(), ExprError> {
        match self.meanings.insert(name, meaning) {
            None => Ok(()),
            Some(first) => {
                let (first, second) = (first.kind(), meaning.kind());
                let kind = ExprErrorKind::AmbiguousName { name: name.to_string(), first, second };
                Err(ExprError::new(kind, Origin::Scope, None))
            }
        }
    }

    pub fn get(&self, name: &str) -> Option<Meaning> {
        self.meanings.get(name).copied()
    }

    /// What is to be said of an unknown name; of several as near, the first in the alphabet is the nearest.
    pub fn unknown(&self, name: &str) -> ExprErrorKind {
        let mut known: Vec<&str> = self.meanings.keys().copied().collect();
        known.sort_unstable();
        let nearest = nearest_name(name, known.iter().copied());
        known.sort_by_key(|known| self.meanings[known]);
        let known = known.into_iter().map(str::to_string).collect();
        ExprErrorKind::UnknownName { name: name.to_string(), nearest, known }
    }
}

/// Refuses a scope that contradicts itself.
fn check(scope: &Scope) -> Result<(), ExprError> {
    let fault = |name: &str, what| {
        let kind = ExprErrorKind::BadScope { name: name.to_string(), what };
        Err(ExprError::new(kind, Origin::Scope, None))
    };
    for field in &scope.fields {
        if field.width == 0 {
            return fault(&field.name, "a field needs at least 1 output");
        }
        if !field.outputs.is_empty() && field.outputs.len() != field.width {
            return fault(&field.name, "name all outputs of a field or none");
        }
        if field.coordinates.iter().any(|&c| c >= scope.coordinates.len()) {
            return fault(&field.name, "an input of the field is no coordinate of the scope");
        }
        let repeated = |(i, c): (usize, &usize)| field.coordinates[..i].contains(c);
        if field.coordinates.iter().enumerate().any(repeated) {
            return fault(&field.name, "two inputs of the field are the same coordinate");
        }
    }
    if let Some((name, _)) = scope.columns.iter().find(|(_, width)| *width == 0) {
        return fault(name, "a column needs a width of at least 1");
    }
    for (name, values) in &scope.constants {
        if values.is_empty() {
            return fault(name, "a constant needs at least 1 number");
        }
        if values.iter().any(|v| !v.is_finite()) {
            return fault(name, "a constant must be finite");
        }
    }
    Ok(())
}
