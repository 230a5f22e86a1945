//! The reference evaluation: one point at a time, in float64, directly from the syntax tree.

use super::super::syntax::{Expr, Node, Operator};

/// A point, and all numbers at it except those of the fields.
#[derive(Clone, Debug)]
pub struct Place {
    pub x: [f64; 3],
    pub a: f64,
    pub b: [f64; 3],
    pub trainable: [f64; 2],
    pub progress: f64,
    /// A polynomial that is added to a field.
    pub bump: Option<Bump>,
    /// The spacing of a difference's stencil, which extends three spacings to each side.
    pub spacing: f64,
}

/// `amount Π (x_i - middle_i)` over some axes, added to one output of one field.
#[derive(Clone, Debug)]
pub struct Bump {
    pub field: usize,
    pub output: usize,
    pub middle: [f64; 3],
    /// The axes, ascending. An axis that occurs twice gives a square.
    pub axes: Vec<usize>,
    pub amount: f64,
}

impl Bump {
    fn value(&self, field: usize, output: usize, x: &[f64; 3]) -> f64 {
        if (field, output) != (self.field, self.output) {
            return 0.0;
        }
        self.axes.iter().fold(self.amount, |product, &i| product * (x[i] - self.middle[i]))
    }
}

/// The closed form `sin(κ·x + φ)` of an output, and its derivatives. Each output has a different κ. Field 0
/// is u, and field 1 is v.
pub struct Wave {
    wave: [f64; 3],
    phase: f64,
}

impl Wave {
    pub fn of(field: usize, output: usize) -> Self {
        let t = if field == 0 { 0.0 } else { 0.6 };
        let o = output as f64;
        Self { wave: [1.1 - 0.3 * o, 0.7 + 0.4 * o, t], phase: 0.3 + o + field as f64 }
    }

    fn angle(&self, x: &[f64; 3]) -> f64 {
        self.phase + self.wave.iter().zip(x).map(|(k, x)| k * x).sum::<f64>()
    }

    pub fn value(&self, x: &[f64; 3]) -> f64 {
        self.angle(x).sin()
    }

    pub fn first(&self, x: &[f64; 3], i: usize) -> f64 {
        self.wave[i] * self.angle(x).cos()
    }

    pub fn second(&self, x: &[f64; 3], i: usize, j: usize) -> f64 {
        -self.wave[i] * self.wave[j] * self.angle(x).sin()
    }

    pub fn third(&self, x: &[f64; 3], axes: [usize; 3]) -> f64 {
        -axes.map(|i| self.wave[i]).iter().product::<f64>() * self.angle(x).cos()
    }

    pub fn fourth(&self, x: &[f64; 3], axes: [usize; 4]) -> f64 {
        axes.map(|i| self.wave[i]).iter().product::<f64>() * self.angle(x).sin()
    }

    /// The third and fourth derivative along a direction.
    pub fn along(&self, x: &[f64; 3], direction: &[f64]) -> [f64; 2] {
        let speed: f64 = self.wave.iter().zip(direction).map(|(k, v)| k * v).sum();
        [-speed.powi(3) * self.angle(x).cos(), speed.powi(4) * self.angle(x).sin()]
    }
}

fn coordinate(e: &Expr) -> usize {
    let Node::Name(name) = &*e.node else { panic!("not a coordinate") };
    ["x", "y", "t"].iter().position(|c| c == name).unwrap()
}

fn field(f: usize, at: &Place) -> Vec<f64> {
    let bump = |o| at.bump.as_ref().map_or(0.0, |bump| bump.value(f, o, &at.x));
    (0..[1, 3][f]).map(|o| Wave::of(f, o).value(&at.x) + bump(o)).collect()
}

fn zip(a: Vec<f64>, b: Vec<f64>, f: impl Fn(f64, f64) -> f64) -> Vec<f64> {
    (0..a.len().max(b.len())).map(|i| f(a[i % a.len()], b[i % b.len()])).collect()
}

pub fn evaluate(e: &Expr, at: &Place) -> Vec<f64> {
    match &*e.node {
        Node::Number(value) => vec![*value],
        Node::Name(name) => match name.as_str() {
            "x" | "y" | "t" => vec![at.x[coordinate(e)]],
            "u" => field(0, at),
            "v" => field(1, at),
            "p" | "q" | "r" => vec![field(1, at)["pqr".find(name.as_str()).unwrap()]],
            "a" => vec![at.a],
            "b" => at.b.to_vec(),
            "c" => vec![0.75],
            "w" => vec![1.0, -2.0, 0.5],
            "k" => vec![at.trainable[0]],
            "m" => vec![at.trainable[1]],
            "progress" => vec![at.progress],
            "pi" => vec![std::f64::consts::PI],
            "e" => vec![std::f64::consts::E],
            _ => panic!("{name}"),
        },
        Node::Vector(parts) => parts.iter().flat_map(|p| evaluate(p, at)).collect(),
        Node::Index(of, i) => vec![evaluate(of, at)[*i]],
        Node::Negative(of) => evaluate(of, at).into_iter().map(|x| -x).collect(),
        Node::Not(of) => evaluate(of, at).into_iter().map(|x| f64::from(x == 0.0)).collect(),
        Node::Binary(operator, a, b) => {
            let f: fn(f64, f64) -> f64 = match operator {
                Operator::Or => |a, b| f64::from(a != 0.0 || b != 0.0),
                Operator::And => |a, b| f64::from(a != 0.0 && b != 0.0),
                Operator::Less => |a, b| f64::from(a < b),
                Operator::LessEqual => |a, b| f64::from(a <= b),
                Operator::Greater => |a, b| f64::from(a > b),
                Operator::GreaterEqual => |a, b| f64::from(a >= b),
                Operator::Equal => |a, b| f64::from(a == b),
                Operator::NotEqual => |a, b| f64::from(a != b),
                Operator::Add => |a, b| a + b,
                Operator::Subtract => |a, b| a - b,
                Operator::Multiply => |a, b| a * b,
                Operator::Divide => |a, b| a / b,
                Operator::Power => f64::powf,
            };
            zip(evaluate(a, at), evaluate(b, at), f)
        }
        Node::Call(name, arguments) => call(name, arguments, at),
        Node::TooDeep => panic!("too deep"),
    }
}

fn call(name: &str, arguments: &[Expr], at: &Place) -> Vec<f64> {
    let along = || match &arguments[1..] {
        [] => vec![0, 1, 2],
        names => names.iter().map(coordinate).collect(),
    };
    let first = &arguments[0];
    match name {
        "d" => return difference(first, &along(), at),
        "grad" => {
            let by_axis: Vec<Vec<f64>> = along().iter().map(|&i| difference(first, &[i], at)).collect();
            return (0..by_axis[0].len()).flat_map(|o| by_axis.iter().map(move |g| g[o])).collect();
        }
        "div" => {
            let along = along().into_iter().enumerate();
            return vec![along.map(|(o, i)| difference(first, &[i], at)[o]).sum()];
        }
        "laplace" => {
            let terms = along().into_iter().map(|i| difference(first, &[i, i], at));
            return terms.reduce(|a, b| zip(a, b, |a, b| a + b)).unwrap();
        }
        _ => {}
    }
    let mut values: Vec<Vec<f64>> = arguments.iter().map(|a| evaluate(a, at)).collect();
    let one = |f: fn(f64) -> f64| values[0].iter().map(|x| f(*x)).collect::<Vec<f64>>();
    match name {
        "dot" => vec![values[0].iter().zip(&values[1]).map(|(a, b)| a * b).sum()],
        "norm" => vec![values[0].iter().map(|x| x * x).sum::<f64>().sqrt()],
        "normalize" => {
            let length = values[0].iter().map(|x| x * x).sum::<f64>().sqrt();
            values[0].iter().map(|x| if length == 0.0 { 0.0 } else { x / length }).collect()
        }
        "cross" => {
            let (a, b) = (&values[0], &values[1]);
            vec![a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
        }
        "sum" => vec![values[0].iter().sum()],
        "mean" => vec![values[0].iter().sum::<f64>() / values[0].len() as f64],
        "where" => {
            let width = values.iter().map(Vec::len).max().unwrap();
            let at = |v: &Vec<f64>, i: usize| v[i % v.len()];
            let pick = |i| if at(&values[0], i) != 0.0 { at(&values[1], i) } else { at(&values[2], i) };
            (0..width).map(pick).collect()
        }
        "min" | "max" => {
            let f = if name == "min" { f64::min } else { f64::max };
            values.into_iter().reduce(|a, b| zip(a, b, f)).unwrap()
        }
        "clamp" => {
            let (high, low) = (values.pop().unwrap(), values.pop().unwrap());
            zip(zip(values.remove(0), low, f64::max), high, f64::min)
        }
        "pow" => zip(values[0].clone(), values[1].clone(), f64::powf),
        "atan2" => zip(values[0].clone(), values[1].clone(), f64::atan2),
        "step" => one(|x| f64::from(x >= 0.0)),
        "abs" => one(f64::abs),
        "sign" => one(|x| if x == 0.0 { 0.0 } else { x.signum() }),
        "floor" => one(f64::floor),
        "sqrt" => one(f64::sqrt),
        "exp" => one(f64::exp),
        "log" => one(f64::ln),
        "sin" => one(f64::sin),
        "cos" => one(f64::cos),
        "tan" => one(f64::tan),
        "asin" => one(f64::asin),
        "acos" => one(f64::acos),
        "atan" => one(f64::atan),
        "sinh" => one(f64::sinh),
        "cosh" => one(f64::cosh),
        "tanh" => one(f64::tanh),
        "erf" => one(error_function),
        "sigmoid" => one(|x| 1.0 / (1.0 + (-x).exp())),
        "softplus" => one(|x| (1.0 + x.exp()).ln()),
        _ => panic!("{name}"),
    }
}

/// The error function by its series in `exp(-x²)`, whose terms are all of the sign of x.
fn error_function(x: f64) -> f64 {
    let mut term = 2.0 / std::f64::consts::PI.sqrt() * x * (-x * x).exp();
    let mut sum = 0.0;
    for n in 0..200 {
        sum += term;
        term *= 2.0 * x * x / f64::from(2 * n + 3);
    }
    sum
}

/// The derivatives along `along` in turn, the last outermost, as differences of sixth order in the step.
fn difference(e: &Expr, along: &[usize], at: &Place) -> Vec<f64> {
    let Some((&last, before)) = along.split_last() else { return evaluate(e, at) };
    let mut sum: Vec<f64> = Vec::new();
    for (steps, weight) in [(1.0, 0.75), (2.0, -0.15), (3.0, 1.0 / 60.0)] {
        for sign in [1.0, -1.0] {
            let mut moved = at.clone();
            moved.x[last] += sign * steps * at.spacing;
            let value = difference(e, before, &moved);
            let term = value.into_iter().map(|v| sign * weight * v / at.spacing).collect::<Vec<f64>>();
            sum = if sum.is_empty() { term } else { zip(sum, term, |a, b| a + b) };
        }
    }
    sum
}
