//! Forms: expressions over the output of a field's network, which is called `net`.
//!
//! A form is closed before it is used. A closed form has only the names of the field's coordinates, `net`, `pi`, `e`
//! and `i`: constants are replaced by their values, and definitions by their expressions. It can therefore be saved
//! with the field. Lowering replaces the field's name by its closed form.

use std::ops::Range;

use super::error::{ExprError, ExprErrorKind, Origin};
use super::function::{self, Function};
use super::graph::Op;
use super::lower::{Lowered, Lowering};
use super::scope::{FieldNames, Meaning, Names, Scope, value_count};
use super::syntax::{Expr, MOST_LEVELS, Node};
use super::value::{Component, Meets, Value, nodes};
use crate::field::LONGEST_FORM;

/// The name of the network's output in a form.
pub const NET: &str = "net";
/// The most levels of a closed form. A residual in which it stands has at most 400 levels in all.
const MOST_FORM_LEVELS: usize = 200;
/// The most operations and names of a closed form, definitions included.
const MOST_PARTS: usize = 4096;

/// Closes the form of field `field` of `scope`, and checks that it is one value for each value of the field.
///
/// # Errors
/// If the form uses a name that a form may not use, or a derivative; if it does not use `net`; if its width or type is
/// not that of the field; or if it is too large.
pub(crate) fn close_form(form: &Expr, scope: &Scope, field: usize) -> Result<Expr, ExprError> {
    let mut closing = Closing::new(scope, field)?;
    let (closed, parts) = closing.expr(form)?;
    let too_large = |what, most| Err(closing.error(ExprErrorKind::FormTooLarge { what, most }, form.span()));
    if parts > MOST_PARTS {
        return too_large("operations and names", MOST_PARTS);
    }
    if closed.levels() > MOST_FORM_LEVELS {
        return Err(closing.error(ExprErrorKind::TooDeep { most: MOST_FORM_LEVELS }, form.span()));
    }
    if closed.to_string().len() > LONGEST_FORM {
        return too_large("bytes of text", LONGEST_FORM);
    }
    let names = &scope.fields[field];
    let alone = Scope {
        coordinates: names.coordinates.iter().map(|at| scope.coordinates[*at].clone()).collect(),
        fields: vec![FieldNames {
            coordinates: (0..names.coordinates.len()).collect(),
            form: Some(closed.clone()),
            ..names.clone()
        }],
        ..Scope::default()
    };
    let mut lowering = Lowering::new(&alone)?;
    let value = lowering.value(&Expr::name(&names.name))?;
    let reads_net = |(id, needed): (usize, bool)| needed && matches!(lowering.graph.op(id), Op::Jet(_));
    let needed = lowering.graph.reachable(&nodes(&value));
    match needed.into_iter().enumerate().any(reads_net) {
        true => Ok(closed),
        false => Err(closing.error(ExprErrorKind::FormWithoutNet, form.span())),
    }
}

/// The state of a definition in a form.
#[derive(Clone)]
enum Definition {
    Waiting,
    UnderWay,
    /// The closed expression and its number of parts.
    Done(Expr, usize),
}

struct Closing<'a> {
    scope: &'a Scope,
    names: Names<'a>,
    field: usize,
    definitions: Vec<Definition>,
    /// The definitions being closed, outermost first.
    path: Vec<usize>,
    levels: usize,
}

impl<'a> Closing<'a> {
    fn new(scope: &'a Scope, field: usize) -> Lowered<Self> {
        let names = Names::new(scope)?;
        if let Some(meaning) = names.get(NET) {
            let (first, second) = (meaning.kind(), "the output of the network in a form");
            let kind = ExprErrorKind::AmbiguousName { name: NET.into(), first, second };
            return Err(ExprError::new(kind, Origin::Scope, None));
        }
        let definitions = vec![Definition::Waiting; scope.definitions.len()];
        Ok(Self { scope, names, field, definitions, path: Vec::new(), levels: 0 })
    }

    fn error(&self, kind: ExprErrorKind, span: Option<Range<usize>>) -> ExprError {
        let origin = match self.path.last() {
            Some(&at) => Origin::Definition(self.scope.definitions[at].0.clone()),
            None => Origin::Form(self.scope.fields[self.field].name.clone()),
        };
        ExprError::new(kind, origin, span)
    }

    /// The closed expression and its number of parts.
    fn expr(&mut self, expr: &Expr) -> Lowered<(Expr, usize)> {
        self.levels += 1;
        if self.levels > MOST_LEVELS || expr.is_too_deep() {
            return Err(self.error(ExprErrorKind::TooDeep { most: MOST_LEVELS }, expr.span()));
        }
        let closed = match &*expr.node {
            Node::Name(name) => self.name(name, expr)?,
            node => self.operation(node, self.span(expr), expr)?,
        };
        self.levels -= 1;
        Ok(closed)
    }

    fn operation(&mut self, node: &Node, span: Option<Range<usize>>, expr: &Expr) -> Lowered<(Expr, usize)> {
        if let Node::Call(name, _) = node {
            use Function::{D, Divergence, Grad, Laplace};
            let derives = |f: &function::Signature| matches!(f.function, D | Grad | Laplace | Divergence);
            if function::find(name).is_some_and(derives) {
                return Err(self.foreign(name, "a derivative", expr));
            }
        }
        let mut parts = 1usize;
        let mut close = |of: &Expr| -> Lowered<Expr> {
            let (closed, more) = self.expr(of)?;
            parts = parts.saturating_add(more);
            Ok(closed)
        };
        let node = match node {
            Node::Vector(of) => Node::Vector(of.iter().map(close).collect::<Lowered<_>>()?),
            Node::Index(of, index) => Node::Index(close(of)?, *index),
            Node::Negative(of) => Node::Negative(close(of)?),
            Node::Not(of) => Node::Not(close(of)?),
            Node::Binary(operator, a, b) => Node::Binary(*operator, close(a)?, close(b)?),
            Node::Call(name, arguments) => {
                Node::Call(name.clone(), arguments.iter().map(close).collect::<Lowered<_>>()?)
            }
            Node::Number(_) | Node::Name(_) | Node::TooDeep => node.clone(),
        };
        Ok((Expr::new(node, span), parts))
    }

    /// The place in the form; of an expression in a definition there is none.
    fn span(&self, expr: &Expr) -> Option<Range<usize>> {
        if self.path.is_empty() { expr.span() } else { None }
    }

    fn foreign(&self, name: &str, what: &'static str, expr: &Expr) -> ExprError {
        self.error(ExprErrorKind::NotInForm { name: name.to_string(), what }, expr.span())
    }

    fn name(&mut self, name: &str, expr: &Expr) -> Lowered<(Expr, usize)> {
        let same = || Expr::new(Node::Name(name.to_string()), self.span(expr));
        if name == NET {
            return Ok((same(), 1));
        }
        let Some(meaning) = self.names.get(name) else {
            return Err(self.error(self.names.unknown(name), expr.span()));
        };
        let scope = self.scope;
        match meaning {
            Meaning::Pi | Meaning::Euler | Meaning::ImaginaryUnit => Ok((same(), 1)),
            Meaning::Coordinate(at) if scope.fields[self.field].coordinates.contains(&at) => Ok((same(), 1)),
            Meaning::Coordinate(_) => {
                Err(self.foreign(name, "a coordinate that the field does not depend on", expr))
            }
            Meaning::Constant(at) => Ok(listed(scope.constants[at].1.iter().map(|v| Expr::constant(*v)))),
            Meaning::ComplexConstant(at) => {
                let values = scope.complex_constants[at].1.iter();
                Ok(listed(values.map(|[re, im]| Expr::complex(Expr::constant(*re), Expr::constant(*im)))))
            }
            Meaning::Definition(at) => self.definition(at, expr),
            Meaning::Field(_)
            | Meaning::Output(..)
            | Meaning::Column(_)
            | Meaning::Trainable(_)
            | Meaning::Progress => Err(self.foreign(name, meaning.kind(), expr)),
        }
    }

    fn definition(&mut self, at: usize, expr: &Expr) -> Lowered<(Expr, usize)> {
        match &self.definitions[at] {
            Definition::Done(closed, parts) => return Ok((closed.clone(), *parts)),
            Definition::UnderWay => {
                let from = self.path.iter().position(|&p| p == at).unwrap_or(0);
                let circle = self.path[from..].iter().chain([&at]);
                let names = circle.map(|&p| self.scope.definitions[p].0.clone()).collect();
                return Err(self.error(ExprErrorKind::CyclicDefinition { names }, expr.span()));
            }
            Definition::Waiting => {}
        }
        let scope = self.scope;
        self.definitions[at] = Definition::UnderWay;
        self.path.push(at);
        let (closed, parts) = self.expr(&scope.definitions[at].1)?;
        self.path.pop();
        self.definitions[at] = Definition::Done(closed.clone(), parts);
        Ok((closed, parts))
    }
}

/// One value as itself, several as a vector; and the number of parts.
fn listed(values: impl Iterator<Item = Expr>) -> (Expr, usize) {
    let mut values: Vec<Expr> = values.collect();
    let parts = values.len();
    match values.pop() {
        Some(one) if values.is_empty() => (one, parts),
        last => (Expr::vector(values.into_iter().chain(last).collect()), parts + 1),
    }
}

impl Lowering<'_> {
    /// The value of a field that has a form.
    pub fn form(&mut self, field: usize, form: &Expr) -> Lowered<Value> {
        if let Some(value) = &self.forms[field] {
            return Ok(value.clone());
        }
        let outside = (self.within.replace(field), std::mem::take(&mut self.path));
        let value = self.value(form)?;
        let value = self.typed(field, value, form)?;
        (self.within, self.path) = outside;
        self.forms[field] = Some(value.clone());
        Ok(value)
    }

    /// The value of a form, as values of the field's types.
    fn typed(&mut self, field: usize, value: Value, form: &Expr) -> Lowered<Value> {
        let names = &self.scope.fields[field];
        let expected = value_count(names.width, &names.complex).unwrap_or(0);
        if value.len() != expected {
            let kind = ExprErrorKind::FormWidth { expected, found: value.len() };
            return Err(self.error(kind, form.span()));
        }
        let mut typed = Vec::with_capacity(expected);
        for (at, Component { re, im }) in value.into_iter().enumerate() {
            let is_complex = names.complex.get(at) == Some(&true);
            typed.push(match im {
                None if is_complex => Component::complex(re, self.number(0.0)),
                Some(im) if !is_complex => {
                    // An imaginary part that is always 0 comes from the vector, which has one type.
                    if !self.graph.is(im.id, 0.0) {
                        let operation = format!("value {at} of the field");
                        return Err(self.error(ExprErrorKind::RealNeeded { operation }, form.span()));
                    }
                    Component::real(re)
                }
                im => Component { re, im },
            });
        }
        Ok(typed)
    }

    /// A name in the form of a field.
    pub fn name_in_form(&mut self, field: usize, name: &str, expr: &Expr) -> Lowered<Value> {
        let scope = self.scope;
        let own = &scope.fields[field].coordinates;
        if name == NET {
            return Ok(self.outputs(field));
        }
        match own.iter().find(|at| scope.coordinates[**at] == name) {
            Some(at) => Ok(vec![self.leaf(Op::Coordinate(*at), Meets::default())]),
            None => match name {
                "pi" => Ok(self.constants(&[std::f64::consts::PI])),
                "e" => Ok(self.constants(&[std::f64::consts::E])),
                "i" => Ok(vec![Component::complex(self.number(0.0), self.number(1.0))]),
                _ => {
                    let known = own.iter().map(|at| scope.coordinates[*at].clone());
                    let known = std::iter::once(NET.to_string()).chain(known).collect();
                    let kind = ExprErrorKind::UnknownName { name: name.into(), nearest: None, known };
                    Err(self.error(kind, expr.span()))
                }
            },
        }
    }
}
