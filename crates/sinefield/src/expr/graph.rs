//! The graph of scalars. Equal nodes are shared, and simple expressions are simplified.
//!
//! A node comes after its operands, so that passes over the graph are loops and need no stack.

use std::collections::HashMap;

use super::arithmetic::{Binary, Unary};
use super::lines::Direction;

/// The largest number of nodes of a graph.
pub(super) const MOST_NODES: usize = 1 << 18;
/// Exponents from 2 to this one are expanded to products.
const LARGEST_PRODUCT: i32 = 4;

pub(super) type Id = usize;

/// One scalar at every point of a tile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Op {
    /// The bits of a float64.
    Constant(u64),
    Coordinate(usize),
    Progress,
    Trainable(usize),
    /// A column and its component.
    Column(usize, usize),
    Jet(JetNumber),
    /// The derivative of the loss with respect to a component of the residual.
    Seed(usize),
    Unary(Unary, Id),
    /// An integer power that is not expanded to products.
    Power(Id, i32),
    Binary(Binary, Id, Id),
    /// The second operand where the first is not 0, else the third.
    Select(Id, Id, Id),
}

impl Op {
    /// The operands of the operation.
    pub fn operands(self) -> impl Iterator<Item = Id> {
        let all = match self {
            Op::Unary(_, a) | Op::Power(a, _) => [Some(a), None, None],
            Op::Binary(_, a, b) => [Some(a), Some(b), None],
            Op::Select(c, a, b) => [Some(c), Some(a), Some(b)],
            _ => [None; 3],
        };
        all.into_iter().flatten()
    }

    /// Whether the operation gives only 0 or 1.
    pub fn is_condition(self) -> bool {
        match self {
            Op::Unary(f, _) => f == Unary::Not,
            Op::Binary(f, ..) => f.is_flat(),
            _ => false,
        }
    }

    /// The same operation with each operand replaced by `to(operand)`.
    pub fn map(self, to: impl Fn(Id) -> Id) -> Op {
        match self {
            Op::Unary(f, a) => Op::Unary(f, to(a)),
            Op::Power(a, n) => Op::Power(to(a), n),
            Op::Binary(f, a, b) => Op::Binary(f, to(a), to(b)),
            Op::Select(c, a, b) => Op::Select(to(c), to(a), to(b)),
            leaf => leaf,
        }
    }
}

/// A number of a field's jet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct JetNumber {
    pub field: usize,
    pub output: usize,
    pub derivative: Derivative,
}

/// A derivative of a field. Axes are indices of the field's inputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Derivative {
    Value,
    First(usize),
    /// The two axes, ascending.
    Second(usize, usize),
    /// The three axes, ascending. `collect` replaces it and `Fourth` by derivatives along lines.
    Third([usize; 3]),
    /// The four axes, ascending.
    Fourth([usize; 4]),
    ThirdAlong(Direction),
    FourthAlong(Direction),
    /// The field's weighted Laplacian.
    Laplacian,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Graph {
    ops: Vec<Op>,
    known: HashMap<Op, Id>,
    /// Set when the graph would exceed [`MOST_NODES`]. From then on, the nodes have no meaning.
    full: bool,
}

impl Graph {
    pub fn op(&self, id: Id) -> Op {
        self.ops[id]
    }

    pub fn len(&self) -> usize {
        self.ops.len()
    }

    pub fn is_full(&self) -> bool {
        self.full
    }

    /// The node of `op`. It is added if it does not exist.
    pub fn insert(&mut self, op: Op) -> Id {
        if let Some(&id) = self.known.get(&op) {
            return id;
        }
        if self.ops.len() >= MOST_NODES {
            self.full = true;
            return 0;
        }
        self.ops.push(op);
        self.known.insert(op, self.ops.len() - 1);
        self.ops.len() - 1
    }

    pub fn constant(&mut self, value: f64) -> Id {
        // Use one zero: -0 and 0 would be two nodes.
        let value = if value == 0.0 { 0.0 } else { value };
        self.insert(Op::Constant(value.to_bits()))
    }

    pub fn value(&self, id: Id) -> Option<f64> {
        match self.ops[id] {
            Op::Constant(bits) => Some(f64::from_bits(bits)),
            _ => None,
        }
    }

    pub fn is(&self, id: Id, value: f64) -> bool {
        self.value(id) == Some(value)
    }

    fn negated(&self, id: Id) -> Option<Id> {
        match self.ops[id] {
            Op::Unary(Unary::Negative, a) => Some(a),
            _ => None,
        }
    }

    pub fn unary(&mut self, f: Unary, a: Id) -> Id {
        if let Some(value) = self.value(a) {
            return self.constant(f.of(value));
        }
        match (f, self.negated(a)) {
            (Unary::Negative, Some(inner)) => return inner,
            (Unary::Abs | Unary::Cos | Unary::Cosh, Some(inner)) => return self.unary(f, inner),
            _ => {}
        }
        if let (Unary::Negative, Op::Binary(Binary::Sub, x, y)) = (f, self.ops[a]) {
            return self.binary(Binary::Sub, y, x);
        }
        self.insert(Op::Unary(f, a))
    }

    pub fn binary(&mut self, f: Binary, a: Id, b: Id) -> Id {
        if let (Some(x), Some(y)) = (self.value(a), self.value(b)) {
            return self.constant(f.of(x, y));
        }
        match f {
            Binary::Add => self.add(a, b),
            Binary::Sub => self.sub(a, b),
            Binary::Mul => self.mul(a, b),
            Binary::Div => self.divide(a, b),
            Binary::Pow => self.pow(a, b),
            _ => self.ordered(f, a, b),
        }
    }

    /// Sorts the operands of a commutative operation, so that `a*b` and `b*a` are one node.
    fn ordered(&mut self, f: Binary, a: Id, b: Id) -> Id {
        let (a, b) = if f.commutes() && b < a { (b, a) } else { (a, b) };
        self.insert(Op::Binary(f, a, b))
    }

    fn add(&mut self, a: Id, b: Id) -> Id {
        if self.is(a, 0.0) {
            return b;
        }
        if self.is(b, 0.0) {
            return a;
        }
        if let Some(sum) = self.within_choice(Binary::Add, a, b) {
            return sum;
        }
        match (self.negated(a), self.negated(b)) {
            (_, Some(y)) => return self.binary(Binary::Sub, a, y),
            (Some(x), None) => return self.binary(Binary::Sub, b, x),
            _ => {}
        }
        if a == b {
            let two = self.constant(2.0);
            return self.binary(Binary::Mul, two, a);
        }
        self.ordered(Binary::Add, a, b)
    }

    fn sub(&mut self, a: Id, b: Id) -> Id {
        if self.is(b, 0.0) {
            return a;
        }
        if a == b {
            return self.constant(0.0);
        }
        if self.is(a, 0.0) {
            return self.unary(Unary::Negative, b);
        }
        if let Some(difference) = self.within_choice(Binary::Sub, a, b) {
            return difference;
        }
        if let Some(y) = self.negated(b) {
            return self.binary(Binary::Add, a, y);
        }
        self.insert(Op::Binary(Binary::Sub, a, b))
    }

    /// The sum or difference of `select(c, x, 0)` and `select(c, y, 0)`, as one select.
    fn within_choice(&mut self, f: Binary, a: Id, b: Id) -> Option<Id> {
        match (self.chosen(a), self.chosen(b)) {
            (Some((condition, a)), Some((other, b))) if condition == other => {
                let (both, zero) = (self.binary(f, a, b), self.constant(0.0));
                Some(self.select(condition, both, zero))
            }
            _ => None,
        }
    }

    fn mul(&mut self, a: Id, b: Id) -> Id {
        // Put a constant first.
        let (a, b) = if self.value(b).is_some() { (b, a) } else { (a, b) };
        if self.is(a, 0.0) || self.is(a, 1.0) {
            return if self.is(a, 0.0) { a } else { b };
        }
        if self.is(a, -1.0) {
            return self.unary(Unary::Negative, b);
        }
        match (self.negated(a), self.negated(b)) {
            (Some(x), Some(y)) => return self.binary(Binary::Mul, x, y),
            (None, Some(y)) if self.value(a).is_some() => {
                let minus = self.unary(Unary::Negative, a);
                return self.binary(Binary::Mul, minus, y);
            }
            (Some(x), None) => return self.negative_product(x, b),
            (None, Some(y)) => return self.negative_product(a, y),
            _ => {}
        }
        if let (Some(x), Some((y, rest))) = (self.value(a), self.constant_factor(b)) {
            let factor = self.constant(x * y);
            return self.binary(Binary::Mul, factor, rest);
        }
        if self.value(a).is_some() {
            return self.insert(Op::Binary(Binary::Mul, a, b));
        }
        // Move a constant factor outwards, where sums can collect it.
        for (with, other) in [(a, b), (b, a)] {
            if let Some((factor, rest)) = self.constant_factor(with) {
                let (factor, product) = (self.constant(factor), self.binary(Binary::Mul, rest, other));
                return self.binary(Binary::Mul, factor, product);
            }
        }
        self.ordered(Binary::Mul, a, b)
    }

    fn negative_product(&mut self, a: Id, b: Id) -> Id {
        let product = self.binary(Binary::Mul, a, b);
        self.unary(Unary::Negative, product)
    }

    /// The constant and the other factor of a product with a constant.
    fn constant_factor(&self, id: Id) -> Option<(f64, Id)> {
        match self.ops[id] {
            Op::Binary(Binary::Mul, a, b) => self.value(a).map(|value| (value, b)),
            _ => None,
        }
    }

    fn divide(&mut self, a: Id, b: Id) -> Id {
        if self.is(b, 1.0) || self.is(a, 0.0) {
            return a;
        }
        match (self.negated(a), self.negated(b)) {
            (Some(x), Some(y)) => return self.binary(Binary::Div, x, y),
            (Some(x), None) => {
                let quotient = self.binary(Binary::Div, x, b);
                return self.unary(Unary::Negative, quotient);
            }
            _ => {}
        }
        self.insert(Op::Binary(Binary::Div, a, b))
    }

    fn pow(&mut self, a: Id, b: Id) -> Id {
        match self.value(b) {
            Some(n) if n.fract() == 0.0 && n.abs() <= 64.0 => self.power(a, n as i32),
            Some(0.5) => self.unary(Unary::Sqrt, a),
            _ => self.insert(Op::Binary(Binary::Pow, a, b)),
        }
    }

    /// `a` to the integer power `n`.
    pub fn power(&mut self, a: Id, n: i32) -> Id {
        if let Some(value) = self.value(a) {
            return self.constant(value.powi(n));
        }
        match n {
            0 => self.constant(1.0),
            1 => a,
            2..=LARGEST_PRODUCT => {
                let half = self.power(a, n / 2);
                let square = self.binary(Binary::Mul, half, half);
                if n % 2 == 0 { square } else { self.binary(Binary::Mul, square, a) }
            }
            -1 => {
                let one = self.constant(1.0);
                self.binary(Binary::Div, one, a)
            }
            _ => self.insert(Op::Power(a, n)),
        }
    }

    /// The conjunction of two conditions.
    fn and(&mut self, a: Id, b: Id) -> Id {
        match self.ops[a] {
            _ if a == b => a,
            Op::Binary(Binary::And, x, y) if b == x || b == y => a,
            _ => self.binary(Binary::And, a, b),
        }
    }

    /// The condition and the value of a select whose last operand is 0.
    pub fn chosen(&self, id: Id) -> Option<(Id, Id)> {
        match self.ops[id] {
            Op::Select(condition, value, otherwise) if self.is(otherwise, 0.0) => Some((condition, value)),
            _ => None,
        }
    }

    /// `a` where `condition` is not 0, else `b`. A select with a 0 is stored as one select with the 0 last:
    /// [`Graph::chosen`] relies on this.
    pub fn select(&mut self, condition: Id, a: Id, b: Id) -> Id {
        if let Some(value) = self.value(condition) {
            return if value != 0.0 { a } else { b };
        }
        if a == b {
            return a;
        }
        if self.is(a, 0.0) {
            let otherwise = self.unary(Unary::Not, condition);
            return self.select(otherwise, b, a);
        }
        match self.chosen(a) {
            Some((inner, then)) if self.is(b, 0.0) => {
                let both = self.and(inner, condition);
                self.insert(Op::Select(both, then, b))
            }
            _ => self.insert(Op::Select(condition, a, b)),
        }
    }

    /// For each node, whether `roots` depend on it.
    pub fn reachable(&self, roots: &[Id]) -> Vec<bool> {
        let mut needed = vec![false; self.ops.len()];
        roots.iter().for_each(|&root| needed[root] = true);
        for id in (0..self.ops.len()).rev() {
            if needed[id] {
                self.ops[id].operands().for_each(|operand| needed[operand] = true);
            }
        }
        needed
    }
}
