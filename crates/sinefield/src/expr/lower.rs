//! Lowers a syntax tree and a scope to the graph of scalars. Vectors are split into their components, and
//! complex components into their parts.

use std::ops::Range;

use super::arithmetic::{Binary, Unary};
use super::derive::{Derivatives, Input};
use super::error::{ExprError, ExprErrorKind, Origin};
use super::function;
use super::graph::{Derivative, Graph, JetNumber, MOST_NODES, Op};
use super::scope::{FieldNames, Meaning, Names, Scope};
use super::syntax::{Expr, MOST_LEVELS, Node, Operator};
use super::value::{Component, Meets, Scalar, Value};

/// The largest width of a vector.
const WIDEST: usize = 4096;

pub(super) type Lowered<T> = Result<T, ExprError>;

/// The state of a definition.
enum Definition {
    Waiting,
    UnderWay,
    Done(Value),
}

/// The state of a lowering.
pub(super) struct Lowering<'a> {
    pub scope: &'a Scope,
    pub names: Names<'a>,
    pub graph: Graph,
    pub derivatives: Derivatives,
    /// The inputs of each field.
    pub inputs: Vec<Vec<Input>>,
    definitions: Vec<Definition>,
    /// The values of the fields with a form that are already lowered.
    pub forms: Vec<Option<Value>>,
    /// The field whose form is being lowered.
    pub within: Option<usize>,
    /// The definitions being lowered, outermost first.
    pub path: Vec<usize>,
    levels: usize,
}

impl<'a> Lowering<'a> {
    pub fn new(scope: &'a Scope) -> Lowered<Self> {
        Ok(Self {
            scope,
            names: Names::new(scope)?,
            graph: Graph::default(),
            derivatives: Derivatives::default(),
            inputs: scope.fields.iter().map(inputs).collect(),
            definitions: scope.definitions.iter().map(|_| Definition::Waiting).collect(),
            forms: vec![None; scope.fields.len()],
            within: None,
            path: Vec::new(),
            levels: 0,
        })
    }

    /// An error at a node of the text being lowered.
    pub fn error(&self, kind: ExprErrorKind, span: Option<Range<usize>>) -> ExprError {
        let origin = match (self.path.last(), self.within) {
            (Some(&i), _) => Origin::Definition(self.scope.definitions[i].0.clone()),
            (None, Some(field)) => Origin::Form(self.scope.fields[field].name.clone()),
            (None, None) => Origin::Residual,
        };
        ExprError::new(kind, origin, span)
    }

    pub fn value(&mut self, expr: &Expr) -> Lowered<Value> {
        self.levels += 1;
        if self.levels > MOST_LEVELS || expr.is_too_deep() {
            return Err(self.error(ExprErrorKind::TooDeep { most: MOST_LEVELS }, expr.span()));
        }
        let value = self.node(expr)?;
        self.levels -= 1;
        if value.len() > WIDEST {
            let kind = ExprErrorKind::TooLarge { what: "components of a vector", most: WIDEST };
            return Err(self.error(kind, expr.span()));
        }
        if self.graph.is_full() {
            let kind = ExprErrorKind::TooLarge { what: "operations", most: MOST_NODES };
            return Err(self.error(kind, expr.span()));
        }
        Ok(value)
    }

    fn node(&mut self, expr: &Expr) -> Lowered<Value> {
        match &*expr.node {
            Node::Number(value) if value.is_finite() => Ok(self.constants(&[*value])),
            Node::Number(value) => {
                Err(self.error(ExprErrorKind::Number { text: value.to_string() }, expr.span()))
            }
            Node::Name(name) => self.name(name, expr),
            Node::Vector(parts) => {
                let parts: Lowered<Vec<Value>> = parts.iter().map(|part| self.value(part)).collect();
                Ok(self.of_one_type(parts?.concat()))
            }
            Node::Index(of, index) => {
                let value = self.value(of)?;
                let kind = ExprErrorKind::IndexOutOfRange { index: *index, width: value.len() };
                let component = value.get(*index).ok_or_else(|| self.error(kind, expr.span()))?;
                Ok(vec![component.clone()])
            }
            Node::Negative(of) => {
                let of = self.value(of)?;
                Ok(self.each(Unary::Negative, of))
            }
            Node::Not(of) => {
                let value = self.value(of)?;
                self.need_real(&value, "\"not\"", of)?;
                Ok(self.each(Unary::Not, value))
            }
            Node::Binary(operator, a, b) => self.operator(*operator, a, b, expr),
            Node::Call(name, arguments) => match function::find(name) {
                Some(signature) => self.call(signature, arguments, expr),
                None => {
                    let nearest = function::nearest(name);
                    let name_span = expr.span().map(|s| s.start..s.start + name.len());
                    let kind = ExprErrorKind::UnknownFunction { name: name.clone(), nearest };
                    Err(self.error(kind, name_span))
                }
            },
            // Unreachable: `value` refuses it first.
            Node::TooDeep => Err(self.error(ExprErrorKind::TooDeep { most: MOST_LEVELS }, expr.span())),
        }
    }

    fn name(&mut self, name: &str, expr: &Expr) -> Lowered<Value> {
        if let Some(field) = self.within {
            return self.name_in_form(field, name, expr);
        }
        let Some(meaning) = self.names.get(name) else {
            return Err(self.error(self.names.unknown(name), expr.span()));
        };
        let scope = self.scope;
        Ok(match meaning {
            Meaning::Coordinate(i) => vec![self.leaf(Op::Coordinate(i), Meets::default())],
            Meaning::Field(f) => match &scope.fields[f].form {
                Some(form) => {
                    let value = self.form(f, form)?;
                    self.of_one_type(value)
                }
                None => self.outputs(f),
            },
            Meaning::Output(f, o) => match &scope.fields[f].form {
                Some(form) => vec![self.form(f, form)?[o].clone()],
                None => vec![self.output(f, scope.fields[f].value(o))],
            },
            Meaning::Column(i) => {
                let meets = Meets { column: Some(i), ..Meets::default() };
                let width = scope.columns[i].1;
                let mut number = |c| self.scalar(Op::Column(i, c), meets.clone());
                if scope.complex_columns.get(i) == Some(&true) {
                    let pair = |c| Component::complex(number(c), number(c + 1));
                    (0..width).step_by(2).map(pair).collect()
                } else {
                    (0..width).map(|c| Component::real(number(c))).collect()
                }
            }
            Meaning::Constant(i) => self.constants(&self.scope.constants[i].1),
            Meaning::ComplexConstant(i) => {
                let constant = |[re, im]: &[f64; 2]| Component::complex(self.number(*re), self.number(*im));
                scope.complex_constants[i].1.iter().map(constant).collect()
            }
            Meaning::Definition(i) => self.definition(i, expr)?,
            Meaning::Trainable(i) => vec![self.leaf(Op::Trainable(i), Meets::default())],
            Meaning::Progress => vec![self.leaf(Op::Progress, Meets::default())],
            Meaning::Pi => self.constants(&[std::f64::consts::PI]),
            Meaning::Euler => self.constants(&[std::f64::consts::E]),
            Meaning::ImaginaryUnit => vec![Component::complex(self.number(0.0), self.number(1.0))],
        })
    }

    pub fn leaf(&mut self, op: Op, meets: Meets) -> Component {
        Component::real(self.scalar(op, meets))
    }

    fn scalar(&mut self, op: Op, meets: Meets) -> Scalar {
        Scalar { id: self.graph.insert(op), meets }
    }

    pub fn number(&mut self, value: f64) -> Scalar {
        Scalar { id: self.graph.constant(value), meets: Meets::default() }
    }

    pub fn constants(&mut self, values: &[f64]) -> Value {
        values.iter().map(|value| Component::real(self.number(*value))).collect()
    }

    /// The outputs of a field's network as values: the field itself, if it has no form.
    pub fn outputs(&mut self, field: usize) -> Value {
        let FieldNames { width, complex, .. } = &self.scope.fields[field];
        let (mut values, mut first) = (Vec::new(), 0);
        while first < *width {
            let is_complex = complex.get(values.len()).copied().unwrap_or(false);
            values.push(self.output(field, (first, is_complex)));
            first += if is_complex { 2 } else { 1 };
        }
        self.of_one_type(values)
    }

    /// A value of a field, of one output or of two if it is complex.
    fn output(&mut self, field: usize, (first, complex): (usize, bool)) -> Component {
        let mut orders = vec![0; self.scope.fields.len()];
        orders[field] = 1;
        let mut part = |output: usize| {
            let number = JetNumber { field, output, derivative: Derivative::Value };
            let meets = Meets { column: None, orders: orders.clone() };
            Scalar { id: self.graph.insert(Op::Jet(number)), meets }
        };
        Component { re: part(first), im: complex.then(|| part(first + 1)) }
    }

    fn definition(&mut self, i: usize, expr: &Expr) -> Lowered<Value> {
        match &self.definitions[i] {
            Definition::Done(value) => return Ok(value.clone()),
            Definition::UnderWay => {
                let from = self.path.iter().position(|&p| p == i).unwrap_or(0);
                let circle = self.path[from..].iter().chain([&i]);
                let names = circle.map(|&p| self.scope.definitions[p].0.clone()).collect();
                return Err(self.error(ExprErrorKind::CyclicDefinition { names }, expr.span()));
            }
            Definition::Waiting => {}
        }
        let scope = self.scope;
        self.definitions[i] = Definition::UnderWay;
        self.path.push(i);
        let value = self.value(&scope.definitions[i].1)?;
        self.path.pop();
        self.definitions[i] = Definition::Done(value.clone());
        Ok(value)
    }

    fn operator(&mut self, operator: Operator, left: &Expr, right: &Expr, expr: &Expr) -> Lowered<Value> {
        let (a, b) = (self.value(left)?, self.value(right)?);
        let named = format!("\"{}\"", operator.symbol());
        let (f, swap) = match operator {
            Operator::Or => (Binary::Or, false),
            Operator::And => (Binary::And, false),
            Operator::Less => (Binary::Less, false),
            Operator::LessEqual => (Binary::LessEqual, false),
            Operator::Greater => (Binary::Less, true),
            Operator::GreaterEqual => (Binary::LessEqual, true),
            Operator::Equal => (Binary::Equal, false),
            Operator::NotEqual => (Binary::NotEqual, false),
            Operator::Add => (Binary::Add, false),
            Operator::Subtract => (Binary::Sub, false),
            Operator::Multiply => (Binary::Mul, false),
            Operator::Divide => (Binary::Div, false),
            Operator::Power => (Binary::Pow, false),
        };
        self.same_width(&named, a.len(), b.len(), expr)?;
        if f.is_flat() {
            self.need_real(&a, &named, left)?;
            self.need_real(&b, &named, right)?;
        }
        Ok(if swap { self.pairs(f, b, a) } else { self.pairs(f, a, b) })
    }

    /// Refuses two vectors of different widths, unless one is a scalar.
    pub fn same_width(&self, operation: &str, left: usize, right: usize, expr: &Expr) -> Lowered<()> {
        if left == right || left == 1 || right == 1 {
            return Ok(());
        }
        let kind = ExprErrorKind::ShapesDiffer { operation: operation.to_string(), left, right };
        Err(self.error(kind, expr.span()))
    }

    /// Applies an operation to every component.
    pub fn each(&mut self, f: Unary, of: Value) -> Value {
        let apply = |c: Component| match c.im {
            None => Component::real(self.apply(f, &c.re)),
            Some(_) => self.complex_function(f, &c),
        };
        of.into_iter().map(apply).collect()
    }

    pub fn apply(&mut self, f: Unary, of: &Scalar) -> Scalar {
        let meets = if f.is_flat() { Meets::default() } else { of.meets.clone() };
        Scalar { id: self.graph.unary(f, of.id), meets }
    }

    /// Applies an operation to pairs of components. A scalar is paired with every component. The widths must
    /// agree.
    pub fn pairs(&mut self, f: Binary, a: Value, b: Value) -> Value {
        let width = a.len().max(b.len());
        (0..width).map(|i| self.pair(f, &a[i % a.len()], &b[i % b.len()])).collect()
    }

    pub fn pair(&mut self, f: Binary, a: &Component, b: &Component) -> Component {
        match (&a.im, &b.im) {
            (None, None) => Component::real(self.join(f, &a.re, &b.re)),
            _ => self.complex_pair(f, a, b),
        }
    }

    pub fn join(&mut self, f: Binary, a: &Scalar, b: &Scalar) -> Scalar {
        let meets = if f.is_flat() { Meets::default() } else { a.meets.clone().with(&b.meets) };
        Scalar { id: self.graph.binary(f, a.id, b.id), meets }
    }
}

fn inputs(field: &FieldNames) -> Vec<Input> {
    let per_unit = field.per_unit.iter().copied().chain(std::iter::repeat(1.0));
    field
        .coordinates
        .iter()
        .zip(per_unit)
        .map(|(coordinate, per_unit)| Input { coordinate: *coordinate, per_unit })
        .collect()
}
