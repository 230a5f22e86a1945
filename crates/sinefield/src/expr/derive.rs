//! The rules of differentiation on the graph.
//!
//! [`Graph::partial`] is the only table of slopes (partial derivatives). Derivatives along coordinates use it
//! in forward mode. The derivative of the loss (`adjoint`) uses it in reverse mode.
//!
//! A *change* is a tangent or a cotangent. A change that is 0 because its branch is not taken must stay 0,
//! even if a slope there is infinite or NaN. So every such change is stored with the condition outermost, as
//! `select(condition, change, 0)`. Below, its 0 is called a *chosen 0*.

use std::collections::HashMap;

use super::arithmetic::{Binary, Unary};
use super::graph::{Derivative, Graph, Id, JetNumber, Op};

/// The largest number of parts of a product that are searched for a choice.
const MOST_FACTORS: usize = 16;

/// An input of a field.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Input {
    /// The index of its coordinate in the scope.
    pub coordinate: usize,
    /// The change of the input per unit of the coordinate.
    pub per_unit: f64,
}

/// The derivatives along coordinates that are already in the graph.
#[derive(Default)]
pub(super) struct Derivatives {
    made: HashMap<(Id, usize), Id>,
}

impl Derivatives {
    /// The derivative of `id` along a coordinate. `inputs` has the inputs of each field.
    ///
    /// The caller has already refused fifth derivatives of fields and derivatives of data.
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

    /// The nodes that `id` depends on, and `id`, that have no derivative yet. Each comes after its operands.
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
                        let per_unit = graph.constant(inputs[number.field][axis].per_unit);
                        let derivative = next(graph, number, axis);
                        graph.binary(Binary::Mul, per_unit, derivative)
                    }
                    None => graph.constant(0.0),
                }
            }
            Op::Select(condition, a, b) => graph.choice_of_changes(condition, d(a), d(b)),
            Op::Binary(f @ (Binary::Min | Binary::Max), a, b) => {
                let first = graph.is_first(f, a, b);
                graph.choice_of_changes(first, d(a), d(b))
            }
            op => {
                let mut sum = graph.constant(0.0);
                for (which, operand) in op.operands().enumerate() {
                    if !graph.is(d(operand), 0.0) {
                        let term = graph.through(id, which, d(operand));
                        sum = graph.sum_of_changes(sum, term);
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
        Derivative::Second(i, j) => Derivative::Third(sorted([i, j, axis])),
        Derivative::Third([i, j, k]) => Derivative::Fourth(sorted([i, j, k, axis])),
        _ => return graph.constant(0.0),
    };
    graph.insert(Op::Jet(JetNumber { derivative, ..number }))
}

fn sorted<const COUNT: usize>(mut axes: [usize; COUNT]) -> [usize; COUNT] {
    axes.sort_unstable();
    axes
}

impl Graph {
    /// Propagates `change` between operand `which` and node `id`: `change` times the slope, or a select.
    ///
    /// Where the operand has no influence, the result is a chosen 0 instead of a product with 0. An infinite
    /// slope on the branch not taken then has no effect.
    pub fn through(&mut self, id: Id, which: usize, change: Id) -> Id {
        let zero = self.constant(0.0);
        match (self.op(id), which) {
            (Op::Select(condition, ..), 1) => self.select(condition, change, zero),
            (Op::Select(condition, ..), 2) => self.select(condition, zero, change),
            (Op::Select(..), _) => zero,
            (Op::Binary(f @ (Binary::Min | Binary::Max), a, b), _) => {
                let first = self.is_first(f, a, b);
                if which == 0 { self.select(first, change, zero) } else { self.select(first, zero, change) }
            }
            (Op::Unary(Unary::Abs, a), _) => {
                let (sign, somewhere) = (self.unary(Unary::Sign, a), self.binary(Binary::NotEqual, a, zero));
                let product = self.scaled(change, sign);
                self.select(somewhere, product, zero)
            }
            (op, _) => match self.partial(id, op, which) {
                Some(slope) => self.scaled(change, slope),
                None => zero,
            },
        }
    }

    /// The condition that the minimum or maximum `f` of `a` and `b` is `a`.
    fn is_first(&mut self, f: Binary, a: Id, b: Id) -> Id {
        let (low, high) = if f == Binary::Min { (a, b) } else { (b, a) };
        self.binary(Binary::LessEqual, low, high)
    }

    /// The change that a condition selects. It is a chosen 0 where the selected change is one.
    fn choice_of_changes(&mut self, condition: Id, a: Id, b: Id) -> Id {
        let (zero, one) = (self.constant(0.0), self.constant(1.0));
        match (self.chosen(a), self.chosen(b)) {
            (None, None) => self.select(condition, a, b),
            _ if a == zero || b == zero => self.select(condition, a, b),
            (of_a, of_b) => {
                let ((when_a, a), (when_b, b)) = (of_a.unwrap_or((one, a)), of_b.unwrap_or((one, b)));
                let (when, value) = (self.select(condition, when_a, when_b), self.select(condition, a, b));
                self.select(when, value, zero)
            }
        }
    }

    /// The sum of two changes. It is a chosen 0 where both changes are.
    pub fn sum_of_changes(&mut self, a: Id, b: Id) -> Id {
        let sum = self.binary(Binary::Add, a, b);
        match (self.chosen(a), self.chosen(b)) {
            (Some((one, _)), Some((other, _))) if one != other => {
                let (either, zero) = (self.binary(Binary::Or, one, other), self.constant(0.0));
                self.select(either, sum, zero)
            }
            _ => sum,
        }
    }

    /// `change * slope`. It is a chosen 0 where the change or the slope is one.
    fn scaled(&mut self, change: Id, slope: Id) -> Id {
        if let Some((condition, value)) = self.chosen(change) {
            let (product, zero) = (self.scaled(value, slope), self.constant(0.0));
            return self.select(condition, product, zero);
        }
        if self.op(slope).is_condition() {
            let zero = self.constant(0.0);
            return self.select(slope, change, zero);
        }
        let product = self.binary(Binary::Mul, slope, change);
        let mut left = MOST_FACTORS;
        match self.choice_in(slope, &mut left) {
            Some(condition) => {
                let zero = self.constant(0.0);
                self.select(condition, product, zero)
            }
            None => product,
        }
    }

    /// The condition under which a factor of a number is not a chosen 0; `None` if no factor is a choice. It
    /// visits at most `left` nodes.
    fn choice_in(&mut self, id: Id, left: &mut usize) -> Option<Id> {
        *left = left.checked_sub(1)?;
        match self.op(id) {
            op if op.is_condition() => Some(id),
            Op::Select(condition, _, otherwise) if self.is(otherwise, 0.0) => Some(condition),
            Op::Binary(f @ (Binary::Min | Binary::Max), a, b) if self.is(a, 0.0) || self.is(b, 0.0) => {
                let first = self.is_first(f, a, b);
                Some(if self.is(b, 0.0) { first } else { self.unary(Unary::Not, first) })
            }
            Op::Binary(Binary::Mul, a, b) => self.choice_in(a, left).or_else(|| self.choice_in(b, left)),
            Op::Unary(Unary::Negative, a) | Op::Binary(Binary::Div, a, _) => self.choice_in(a, left),
            _ => None,
        }
    }

    /// The partial derivative with respect to operand `which`; `None` if it is 0 everywhere.
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
            Erf => {
                let (square, factor) = (self.power(a, 2), self.constant(std::f64::consts::FRAC_2_SQRT_PI));
                let exponent = self.unary(Negative, square);
                let bell = self.unary(Exp, exponent);
                self.binary(Binary::Mul, factor, bell)
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
                // For b > 0, a^b log a goes to 0 with a, although log a does not.
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
            // The derivative of comparisons and logic is 0. `through` handles minimum and maximum.
            _ => return None,
        })
    }
}
