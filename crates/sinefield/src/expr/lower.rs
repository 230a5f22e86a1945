//! Lowers a syntax tree and a scope to the graph of scalars. Vectors are split into their components.

use std::ops::Range;

use super::arithmetic::{Binary, Unary};
use super::derive::{Derivatives, Input};
use super::error::{ExprError, ExprErrorKind, Origin};
use super::function;
use super::graph::{Derivative, Graph, Id, JetNumber, MOST_NODES, Op};
use super::scope::{FieldNames, Meaning, Names, Scope};
use super::syntax::{Expr, MOST_LEVELS, Node, Operator};

/// The largest width of a vector.
const WIDEST: usize = 4096;

/// One component of a value.
#[derive(Clone, Debug)]
pub(super) struct Component {
    pub id: Id,
    /// The data and fields that a derivative of this component would differentiate. They are recorded beside
    /// the graph, since a simplification such as `0*a` must not hide an error.
    pub meets: Meets,
}

/// The data and fields that a derivative would differentiate.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Meets {
    /// A data column.
    pub column: Option<usize>,
    /// For each field, 0 if a derivative would not reach it, else one more than the highest order of its
    /// derivatives. Empty if no field would be reached.
    pub orders: Vec<u8>,
}

impl Meets {
    pub fn with(mut self, other: &Meets) -> Meets {
        self.column = self.column.or(other.column);
        if self.orders.len() < other.orders.len() {
            self.orders.resize(other.orders.len(), 0);
        }
        self.orders.iter_mut().zip(&other.orders).for_each(|(a, &b)| *a = (*a).max(b));
        self
    }
}

/// A scalar or a vector.
pub(super) type Value = Vec<Component>;

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
    /// The definitions being lowered, outermost first.
    path: Vec<usize>,
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
            path: Vec::new(),
            levels: 0,
        })
    }

    /// An error at a node of the text being lowered.
    pub fn error(&self, kind: ExprErrorKind, span: Option<Range<usize>>) -> ExprError {
        let origin = match self.path.last() {
            Some(&i) => Origin::Definition(self.scope.definitions[i].0.clone()),
            None => Origin::Residual,
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
                Ok(parts?.concat())
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
                let of = self.value(of)?;
                Ok(self.each(Unary::Not, of))
            }
            Node::Binary(operator, a, b) => {
                let (a, b) = (self.value(a)?, self.value(b)?);
                self.operator(*operator, a, b, expr)
            }
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
        let Some(meaning) = self.names.get(name) else {
            return Err(self.error(self.names.unknown(name), expr.span()));
        };
        Ok(match meaning {
            Meaning::Coordinate(i) => vec![self.leaf(Op::Coordinate(i), Meets::default())],
            Meaning::Field(f) => (0..self.scope.fields[f].width).map(|o| self.output(f, o)).collect(),
            Meaning::Output(f, o) => vec![self.output(f, o)],
            Meaning::Column(i) => {
                let meets = Meets { column: Some(i), ..Meets::default() };
                let width = self.scope.columns[i].1;
                (0..width).map(|c| self.leaf(Op::Column(i, c), meets.clone())).collect()
            }
            Meaning::Constant(i) => self.constants(&self.scope.constants[i].1),
            Meaning::Definition(i) => self.definition(i, expr)?,
            Meaning::Trainable(i) => vec![self.leaf(Op::Trainable(i), Meets::default())],
            Meaning::Progress => vec![self.leaf(Op::Progress, Meets::default())],
            Meaning::Pi => self.constants(&[std::f64::consts::PI]),
            Meaning::Euler => self.constants(&[std::f64::consts::E]),
        })
    }

    fn leaf(&mut self, op: Op, meets: Meets) -> Component {
        Component { id: self.graph.insert(op), meets }
    }

    pub fn constants(&mut self, values: &[f64]) -> Value {
        let constant = |v: &f64| Component { id: self.graph.constant(*v), meets: Meets::default() };
        values.iter().map(constant).collect()
    }

    fn output(&mut self, field: usize, output: usize) -> Component {
        let mut orders = vec![0; self.scope.fields.len()];
        orders[field] = 1;
        let number = JetNumber { field, output, derivative: Derivative::Value };
        self.leaf(Op::Jet(number), Meets { column: None, orders })
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

    fn operator(&mut self, operator: Operator, a: Value, b: Value, expr: &Expr) -> Lowered<Value> {
        let named = || format!("\"{}\"", operator.symbol());
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
        self.same_width(&named(), a.len(), b.len(), expr)?;
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
        let apply = |c: Component| {
            let meets = if f.is_flat() { Meets::default() } else { c.meets };
            Component { id: self.graph.unary(f, c.id), meets }
        };
        of.into_iter().map(apply).collect()
    }

    /// Applies an operation to pairs of components. A scalar is paired with every component. The widths must
    /// agree.
    pub fn pairs(&mut self, f: Binary, a: Value, b: Value) -> Value {
        let width = a.len().max(b.len());
        (0..width).map(|i| self.pair(f, &a[i % a.len()], &b[i % b.len()])).collect()
    }

    pub fn pair(&mut self, f: Binary, a: &Component, b: &Component) -> Component {
        let meets = if f.is_flat() { Meets::default() } else { a.meets.clone().with(&b.meets) };
        Component { id: self.graph.binary(f, a.id, b.id), meets }
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
