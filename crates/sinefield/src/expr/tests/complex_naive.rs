//! Complex numbers by their definitions, and a walk over the syntax tree with them.
//!
//! No closed form of the module is used: the exponential is its power series, the logarithm and the root are
//! solved for by Newton's method, and the other functions are made of the exponential.

use std::ops::{Add, Div, Mul, Neg, Sub};

use super::super::syntax::{Expr, Node, Operator};
use super::naive::{Place, Wave};

/// A complex number. A real one has no imaginary part; its type is not recorded here.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct C(pub f64, pub f64);

impl Add for C {
    type Output = C;
    fn add(self, w: C) -> C {
        C(self.0 + w.0, self.1 + w.1)
    }
}

impl Sub for C {
    type Output = C;
    fn sub(self, w: C) -> C {
        C(self.0 - w.0, self.1 - w.1)
    }
}

impl Neg for C {
    type Output = C;
    fn neg(self) -> C {
        C(-self.0, -self.1)
    }
}

impl Mul for C {
    type Output = C;
    fn mul(self, w: C) -> C {
        C(self.0 * w.0 - self.1 * w.1, self.0 * w.1 + self.1 * w.0)
    }
}

/// The solution q of `q w = z`, two linear equations, by Cramer's rule.
impl Div for C {
    type Output = C;
    fn div(self, C(c, d): C) -> C {
        let determinant = c * c + d * d;
        C((self.0 * c + self.1 * d) / determinant, (self.1 * c - self.0 * d) / determinant)
    }
}

pub const ONE: C = C(1.0, 0.0);
pub const I: C = C(0.0, 1.0);

impl C {
    pub fn real(x: f64) -> C {
        C(x, 0.0)
    }

    pub fn modulus(self) -> f64 {
        self.0.hypot(self.1)
    }

    /// `(Σ (z/1024)^n / n!)^1024`.
    pub fn exp(self) -> C {
        let z = self / C::real(1024.0);
        let (mut sum, mut term) = (ONE, ONE);
        for n in 1..12 {
            term = term * z / C::real(f64::from(n));
            sum = sum + term;
        }
        (0..10).fold(sum, |power, _| power * power)
    }

    /// The w with `exp w = z` and an imaginary part in (-π, π].
    pub fn log(self) -> C {
        let start = C(self.modulus().ln(), self.1.atan2(self.0));
        (0..4).fold(start, |w, _| w - (w.exp() - self) / w.exp())
    }

    /// The w with `w² = z` and a positive real part.
    pub fn sqrt(self) -> C {
        (0..60).fold(ONE, |w, _| (w + self / w) / C::real(2.0))
    }

    pub fn power(self, n: i32) -> C {
        let product = (0..n.abs()).fold(ONE, |product, _| product * self);
        if n < 0 { ONE / product } else { product }
    }

    fn pow(self, w: C) -> C {
        match w {
            C(n, 0.0) if n.fract() == 0.0 => self.power(n as i32),
            w => (w * self.log()).exp(),
        }
    }

    pub fn sinh(self) -> C {
        (self.exp() - (-self).exp()) / C::real(2.0)
    }

    pub fn cosh(self) -> C {
        (self.exp() + (-self).exp()) / C::real(2.0)
    }

    pub fn sin(self) -> C {
        (I * self).sinh() / I
    }

    pub fn cos(self) -> C {
        (I * self).cosh()
    }
}

fn zip(a: Vec<C>, b: Vec<C>, f: impl Fn(C, C) -> C) -> Vec<C> {
    (0..a.len().max(b.len())).map(|i| f(a[i % a.len()], b[i % b.len()])).collect()
}

fn wave(field: usize, output: usize, at: &Place) -> f64 {
    Wave::of(field, output).value(&at.x)
}

fn coordinate(e: &Expr) -> usize {
    let Node::Name(name) = &*e.node else { panic!("not a coordinate") };
    ["x", "y", "t"].iter().position(|c| c == name).unwrap()
}

fn name(name: &str, at: &Place) -> Vec<C> {
    let (z, r) = (C(wave(1, 0, at), wave(1, 1, at)), C::real(wave(1, 2, at)));
    match name {
        "x" => vec![C::real(at.x[0])],
        "y" => vec![C::real(at.x[1])],
        "t" => vec![C::real(at.x[2])],
        "u" => vec![C::real(wave(0, 0, at))],
        "v" => vec![z, r],
        "z" => vec![z],
        "r" => vec![r],
        "a" => vec![C::real(at.a)],
        "b" => at.b.map(C::real).to_vec(),
        "c" => vec![C::real(0.75)],
        "s" => vec![C(0.5, -1.25)],
        "S" => vec![C(1.0, 2.0), C(-0.5, 0.25)],
        "k" => vec![C::real(at.trainable[0])],
        "m" => vec![C::real(at.trainable[1])],
        "i" => vec![I],
        "pi" => vec![C::real(std::f64::consts::PI)],
        "e" => vec![C::real(std::f64::consts::E)],
        _ => panic!("{name}"),
    }
}

pub fn evaluate(e: &Expr, at: &Place) -> Vec<C> {
    match &*e.node {
        Node::Number(value) => vec![C::real(*value)],
        Node::Name(text) => name(text, at),
        Node::Vector(parts) => parts.iter().flat_map(|p| evaluate(p, at)).collect(),
        Node::Index(of, i) => vec![evaluate(of, at)[*i]],
        Node::Negative(of) => evaluate(of, at).into_iter().map(|z| -z).collect(),
        Node::Binary(operator, a, b) => {
            let f: fn(C, C) -> C = match operator {
                Operator::Add => |a, b| a + b,
                Operator::Subtract => |a, b| a - b,
                Operator::Multiply => |a, b| a * b,
                Operator::Divide => |a, b| a / b,
                Operator::Power => C::pow,
                Operator::Greater => |a, b| C::real(f64::from(a.0 > b.0)),
                Operator::Less => |a, b| C::real(f64::from(a.0 < b.0)),
                _ => panic!("{operator:?}"),
            };
            zip(evaluate(a, at), evaluate(b, at), f)
        }
        Node::Call(function, arguments) => call(function, arguments, at),
        node => panic!("{node:?}"),
    }
}

fn call(name: &str, arguments: &[Expr], at: &Place) -> Vec<C> {
    let first = &arguments[0];
    let along = || match &arguments[1..] {
        [] => vec![0, 1, 2],
        names => names.iter().map(coordinate).collect(),
    };
    let add = |sums: Vec<C>, terms: Vec<C>| zip(sums, terms, |a, b| a + b);
    match name {
        "d" => return difference(first, &along(), at),
        "grad" => {
            let by_axis: Vec<Vec<C>> = along().iter().map(|&i| difference(first, &[i], at)).collect();
            return (0..by_axis[0].len()).flat_map(|o| by_axis.iter().map(move |g| g[o])).collect();
        }
        "div" => {
            let terms = along().into_iter().enumerate();
            let terms = terms.map(|(o, i)| vec![difference(first, &[i], at)[o]]);
            return terms.reduce(add).unwrap();
        }
        "laplace" => {
            return along().into_iter().map(|i| difference(first, &[i, i], at)).reduce(add).unwrap();
        }
        _ => {}
    }
    let values: Vec<Vec<C>> = arguments.iter().map(|a| evaluate(a, at)).collect();
    let one = |f: fn(C) -> C| values[0].iter().map(|z| f(*z)).collect::<Vec<C>>();
    let total = |of: Vec<C>| of.into_iter().fold(C(0.0, 0.0), |sum, z| sum + z);
    let length = || values[0].iter().map(|z| z.modulus().powi(2)).sum::<f64>().sqrt();
    match name {
        "complex" => zip(values[0].clone(), values[1].clone(), |a, b| C(a.0, b.0)),
        "conj" => one(|z| C(z.0, -z.1)),
        "re" => one(|z| C::real(z.0)),
        "im" => one(|z| C::real(z.1)),
        "abs" => one(|z| C::real(z.modulus())),
        "arg" => one(|z| C::real(z.log().1)),
        "exp" => one(C::exp),
        "log" => one(C::log),
        "sqrt" => one(C::sqrt),
        "sin" => one(C::sin),
        "cos" => one(C::cos),
        "tan" => one(|z| z.sin() / z.cos()),
        "sinh" => one(C::sinh),
        "cosh" => one(C::cosh),
        "tanh" => one(|z| z.sinh() / z.cosh()),
        "pow" => zip(values[0].clone(), values[1].clone(), C::pow),
        "dot" => vec![total(zip(values[0].clone(), values[1].clone(), |a, b| a * b))],
        "sum" => vec![total(values[0].clone())],
        "mean" => vec![total(values[0].clone()) / C::real(values[0].len() as f64)],
        "norm" => vec![C::real(length())],
        "normalize" => values[0].iter().map(|z| *z / C::real(length())).collect(),
        "cross" => {
            let (a, b) = (&values[0], &values[1]);
            vec![a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
        }
        "where" => {
            let width = values.iter().map(Vec::len).max().unwrap();
            let at = |v: &Vec<C>, i: usize| v[i % v.len()];
            let pick = |i| if at(&values[0], i).0 != 0.0 { at(&values[1], i) } else { at(&values[2], i) };
            (0..width).map(pick).collect()
        }
        _ => panic!("{name}"),
    }
}

/// The derivatives along `along` in turn, the last outermost, as differences of sixth order in the step.
fn difference(e: &Expr, along: &[usize], at: &Place) -> Vec<C> {
    let Some((&last, before)) = along.split_last() else { return evaluate(e, at) };
    let mut sum: Vec<C> = Vec::new();
    for (steps, weight) in [(1.0, 0.75), (2.0, -0.15), (3.0, 1.0 / 60.0)] {
        for sign in [1.0, -1.0] {
            let mut moved = at.clone();
            moved.x[last] += sign * steps * at.spacing;
            let by = C::real(sign * weight / at.spacing);
            let term: Vec<C> = difference(e, before, &moved).into_iter().map(|v| v * by).collect();
            sum = if sum.is_empty() { term } else { zip(sum, term, |a, b| a + b) };
        }
    }
    sum
}
