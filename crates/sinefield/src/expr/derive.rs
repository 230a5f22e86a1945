//! The rules of calculus, on the graph.
//!
//! [`Graph::partial`] has the one table of slopes. Derivatives along coordinates read it forwards, the
//! derivative of the loss (`adjoint`) backwards.

use std::collections::HashMap;

use super::arithmetic::{Binary, Unary};
use super::graph::{Derivative, Graph, Id, JetNumber, Op};

/// An input of a field.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Input {
    /// The scope's coordinate that it is.
    pub coordinate: usize,
    /// Its units in one unit of the coordinate.
    pub rate: f64,
}

/// Derivatives along coordinates that have been made.
#[derive(Default)]
pub(super) struct Derivatives {
    made: HashMap<(Id, usize), Id>,
}

impl Derivatives {
    /// The derivative of `id` along a coordinate; `inputs` are each field's.
    ///
    /// Nothing differentiated here reaches a third derivative of a field or a derivative of data: the
    /// caller has refused those.
    pub fn along(&mut self, graph: &mut Graph, id: Id, coordinate: usize, inputs: &[Vec<Input>]) -> Id {
        for node in self.missing(graph, id, coordinate) {
            let derivative = self.rule(graph, node, coordinate, inputs);
            self.made.insert((node, coordinate), derivative);
            if graph.is_full() {
                return 0;
            }
        }
        self.made[&(id, coordinate)]
    }

    /// What `id` needs and has no derivative yet, each after what it reads.
    fn missing(&self, graph: &Graph, id: Id, coordinate: usize) -> Vec<Id> {
        let mut waiting = vec![id];
        let mut seen = std::collections::BTreeSet::new();
        while let Some(node) = waiting.pop() {
            if !self.made.contains_key(&(node, coordinate)) && seen.insert(node) {
                waiting.extend(graph.op(node).operands());
            }
        }
        seen.into_iter().collect()
    }

    fn rule(&self, graph: &mut Graph, id: Id, coordinate: usize, inputs: &[Vec<Input>]) -> Id {
        let d = |a: Id| self.made[&(a, coordinate)];
        match graph.op(id) {
            Op::Coordinate(own) => graph.constant(if own == coordinate { 1.0 } else { 0.0 }),
            Op::Jet(number) => {
                match inputs[number.field].iter().position(|input| input.coordinate == coordinate) {
                    Some(axis) => {
                        let rate = graph.constant(inputs[number.field][axis].rate);
                        let derivative = next(graph, number, axis);
                        graph.binary(Binary::Mul, rate, derivative)
                    }
                    None => graph.constant(0.0),
                }
            }
            Op::Select(condition, a, b) => graph.select(condition, d(a), d(b)),
            op => {
                let mut sum = graph.constant(0.0);
                for (which, operand) in op.operands().enumerate() {
                    if !graph.is(d(operand), 0.0) {
                        let term = graph.through(id, which, d(operand));
                        sum = graph.binary(Binary::Add, sum, term);
                    }
                }
                sum
            }
        }
    }
}

/// The jet number that is the derivative of `number` along an axis of its field.
fn next(graph: &mut Graph, number: JetNumber, axis: usize) -> Id {
    let derivative = match number.derivative {
        Derivative::Value => Derivative::First(axis),
        Derivative::First(first) => Derivative::Second(first.min(axis), first.max(axis)),
        Derivative::Second(..) | Derivative::Laplacian => return graph.constant(0.0),
    };
    graph.insert(Op::Jet(JetNumber { derivative, ..number }))
}

impl Graph {
    /// `change` of operand `which` carried through `id`: the change times the slope, or chosen by it.
    ///
    /// Where an operand has no influence the change is left out, not multiplied by 0, so that an infinite
    /// slope on the branch not taken does no harm.
    pub fn through(&mut self, id: Id, which: usize, change: Id) -> Id {
        let zero = self.constant(0.0);
        match (self.op(id), which) {
            (Op::Select(condition, ..), 1) => self.select(condition, change, zero),
            (Op::Select(condition, ..), 2) => self.select(condition, zero, change),
            (Op::Select(..), _) => zero,
            (Op::Binary(f @ (Binary::Min | Binary::Max), a, b), _) => {
                let (low, high) = if f == Binary::Min { (a, b) } else { (b, a) };
                let first = self.binary(Binary::LessEqual, low, high);
                if which == 0 { self.select(first, change, zero) } else { self.select(first, zero, change) }
            }
            (op, _) => match self.partial(id, op, which) {
                Some(slope) => self.scaled(change, slope),
                None => zero,
            },
        }
    }

    /// `change * slope`, the product within the branches of a change that is 0 on one.
    fn scaled(&mut self, change: Id, slope: Id) -> Id {
        match self.op(change) {
            Op::Select(condition, a, b) if self.is(b, 0.0) => {
                let product = self.scaled(a, slope);
                self.select(condition, product, b)
            }
            _ => self.binary(Binary::Mul, slope, change),
        }
    }

    /// The partial derivative with respect to operand `which`; `None` where it is 0 everywhere.
    fn partial(&mut self, id: Id, op: Op, which: usize) -> Option<Id> {
        match op {
            Op::Unary(f, a) => self.slope(f, id, a),
            Op::Power(a, n) => {
                let (factor, power) = (self.constant(f64::from(n)), self.power(a, n - 1));
                Some(self.binary(Binary::Mul, factor, power))
            }
            Op::Binary(f, a, b) => self.slope_of_two(f, id, (a, b), which),
            _ => None,
        }
    }

    fn slope(&mut self, f: Unary, id: Id, a: Id) -> Option<Id> {
        use Unary::*;
        let one = self.constant(1.0);
        Some(match f {
            Not | Sign | Floor => return None,
            Negative => self.constant(-1.0),
            Abs => self.unary(Sign, a),
            Sqrt => {
                let half = self.constant(0.5);
                self.binary(Binary::Div, half, id)
            }
            Length => {
                let (half, inverse) = (self.constant(0.5), self.unary(Inverse, id));
                self.binary(Binary::Mul, half, inverse)
            }
            Inverse => {
                let square = self.power(id, 2);
                self.unary(Negative, square)
            }
            Exp => id,
            Log => self.binary(Binary::Div, one, a),
            Sin => self.unary(Cos, a),
            Cos => {
                let sin = self.unary(Sin, a);
                self.unary(Negative, sin)
            }
            Tan => {
                let square = self.power(id, 2);
                self.binary(Binary::Add, one, square)
            }
            Asin | Acos => {
                let square = self.power(a, 2);
                let rest = self.binary(Binary::Sub, one, square);
                let root = self.unary(Sqrt, rest);
                let sign = self.constant(if f == Asin { 1.0 } else { -1.0 });
                self.binary(Binary::Div, sign, root)
            }
            Atan => {
                let square = self.power(a, 2);
                let sum = self.binary(Binary::Add, one, square);
                self.binary(Binary::Div, one, sum)
            }
            Sinh => self.unary(Cosh, a),
            Cosh => self.unary(Sinh, a),
            Tanh => {
                let square = self.power(id, 2);
                self.binary(Binary::Sub, one, square)
            }
            Sigmoid => {
                let rest = self.binary(Binary::Sub, one, id);
                self.binary(Binary::Mul, id, rest)
            }
            Softplus => self.unary(Sigmoid, a),
        })
    }

    fn slope_of_two(&mut self, f: Binary, id: Id, (a, b): (Id, Id), which: usize) -> Option<Id> {
        let first = which == 0;
        Some(match f {
            Binary::Add => self.constant(1.0),
            Binary::Sub => self.constant(if first { 1.0 } else { -1.0 }),
            Binary::Mul => [b, a][which],
            Binary::Div if first => {
                let one = self.constant(1.0);
                self.binary(Binary::Div, one, b)
            }
            Binary::Div => {
                let quotient = self.binary(Binary::Div, id, b);
                self.unary(Unary::Negative, quotient)
            }
            Binary::Pow if first => {
                let one = self.constant(1.0);
                let less = self.binary(Binary::Sub, b, one);
                let power = self.binary(Binary::Pow, a, less);
                self.binary(Binary::Mul, b, power)
            }
            Binary::Pow => {
                // a^b log a goes to 0 with a, where log a alone does not.
                let (zero, log) = (self.constant(0.0), self.unary(Unary::Log, a));
                let (slope, at_zero) =
                    (self.binary(Binary::Mul, id, log), self.binary(Binary::Equal, a, zero));
                self.select(at_zero, zero, slope)
            }
            Binary::Atan2 => {
                let squares = [a, b].map(|x| self.power(x, 2));
                let sum = self.binary(Binary::Add, squares[0], squares[1]);
                let inverse = self.unary(Unary::Inverse, sum);
                let other = if first { b } else { self.unary(Unary::Negative, a) };
                self.binary(Binary::Mul, other, inverse)
            }
            // Comparisons are flat; the least and the greatest choose.
            _ => return None,
        })
    }
}
