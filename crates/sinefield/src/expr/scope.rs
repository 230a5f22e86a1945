//! The meanings of names in one constraint.

use std::collections::HashMap;

use super::error::{ExprError, ExprErrorKind, Origin, nearest_name};
use super::syntax::Expr;

/// The meanings of the names in a residual.
///
/// Every name has one meaning. `progress` (0 at the first step of a fit, 1 at the last), `pi`, `e` and the
/// imaginary unit `i` are always defined. The scope may redefine `pi`, `e` and `i`.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    /// The coordinates of the constraint's domain, in order.
    pub coordinates: Vec<String>,
    /// The fields.
    pub fields: Vec<FieldNames>,
    /// The name and the width (at least 1) of each data column. A column has values only at the samples.
    pub columns: Vec<(String, usize)>,
    /// For each column, whether its numbers are the parts of complex ones, the real part before the imaginary part. Missing
    /// entries are false.
    pub complex_columns: Vec<bool>,
    /// The name and the values of each constant: one or more finite numbers.
    pub constants: Vec<(String, Vec<f64>)>,
    /// The name and the values of each complex constant: one or more pairs `[re, im]` of finite numbers.
    pub complex_constants: Vec<(String, Vec<[f64; 2]>)>,
    /// The name and the expression of each definition. Definitions may use each other, without cycles.
    pub definitions: Vec<(String, Expr)>,
    /// The names of the scalars that are fitted together with the fields.
    pub trainable: Vec<String>,
}

/// The name, outputs and inputs of a field.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FieldNames {
    /// The name of the field: a scalar, or the vector of its values.
    pub name: String,
    /// The names of all values, or none.
    pub outputs: Vec<String>,
    /// For each value, whether it is complex. Missing entries are false. A real value is one output of the
    /// network. A complex value is two: its real part, then its imaginary part.
    pub complex: Vec<bool>,
    /// The number of outputs of the network, at least 1.
    pub width: usize,
    /// The inputs of the field in order, each as an index into [`Scope::coordinates`], without repetition.
    pub coordinates: Vec<usize>,
    /// The change of each input per unit of its coordinate. Missing entries are 1.
    pub per_unit: Vec<f64>,
    /// The form of the field's values: an expression over the network's output `net` and the field's coordinates, with
    /// no other names but `pi`, `e` and `i`. Without one, the values are the network's.
    pub form: Option<Expr>,
}

/// The number of values of a field of `width` outputs, of which each complex one takes two. `None` if `complex`
/// is for more outputs than there are.
pub(crate) fn value_count(width: usize, complex: &[bool]) -> Option<usize> {
    let pairs = complex.iter().filter(|is_complex| **is_complex).count();
    (complex.len() + pairs <= width).then_some(width - pairs)
}

impl FieldNames {
    /// The first output of a value, and whether the value is complex.
    pub(super) fn value(&self, value: usize) -> (usize, bool) {
        let before = self.complex.iter().take(value).filter(|is_complex| **is_complex).count();
        (value + before, self.complex.get(value).copied().unwrap_or(false))
    }
}

/// The meaning of a name, as indices into the scope's lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Meaning {
    Field(usize),
    Output(usize, usize),
    Coordinate(usize),
    Column(usize),
    Constant(usize),
    ComplexConstant(usize),
    Definition(usize),
    Trainable(usize),
    Progress,
    Pi,
    Euler,
    ImaginaryUnit,
}

impl Meaning {
    pub fn kind(self) -> &'static str {
        match self {
            Meaning::Coordinate(_) => "a coordinate",
            Meaning::Field(_) => "a field",
            Meaning::Output(..) => "an output of a field",
            Meaning::Column(_) => "a data column",
            Meaning::Constant(_) | Meaning::ComplexConstant(_) => "a constant",
            Meaning::Definition(_) => "a definition",
            Meaning::Trainable(_) => "a trainable scalar",
            Meaning::Progress => "the progress of the fit",
            Meaning::Pi | Meaning::Euler | Meaning::ImaginaryUnit => "a constant of mathematics",
        }
    }
}

/// A table of the names of a scope.
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
                // A scalar field and its one value may share a name: they are the same number.
                if !(field.outputs.len() == 1 && *output == field.name) {
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
        for (i, (name, _)) in scope.complex_constants.iter().enumerate() {
            names.add(name, Meaning::ComplexConstant(i))?;
        }
        for (i, (name, _)) in scope.definitions.iter().enumerate() {
            names.add(name, Meaning::Definition(i))?;
        }
        for (i, name) in scope.trainable.iter().enumerate() {
            names.add(name, Meaning::Trainable(i))?;
        }
        names.meanings.entry("pi").or_insert(Meaning::Pi);
        names.meanings.entry("e").or_insert(Meaning::Euler);
        names.meanings.entry("i").or_insert(Meaning::ImaginaryUnit);
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

    /// The error for an unknown name. Of several equally near names, it suggests the alphabetically first.
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
        let Some(values) = value_count(field.width, &field.complex) else {
            return fault(
                &field.name,
                "it has fewer outputs than its values take; a complex value takes two",
            );
        };
        if !field.outputs.is_empty() && field.outputs.len() != values {
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
    let odd = |((_, width), complex): (&(String, usize), &bool)| *complex && width % 2 == 1;
    if let Some(at) = scope.columns.iter().zip(&scope.complex_columns).position(odd) {
        return fault(&scope.columns[at].0, "a complex column needs an even width; a complex number is two");
    }
    let real = scope.constants.iter().map(|(name, values)| (name, values.as_slice()));
    let complex = scope.complex_constants.iter().map(|(name, values)| (name, values.as_flattened()));
    for (name, values) in real.chain(complex) {
        if values.is_empty() {
            return fault(name, "a constant needs at least 1 number");
        }
        if values.iter().any(|v| !v.is_finite()) {
            return fault(name, "a constant must be finite");
        }
    }
    Ok(())
}
