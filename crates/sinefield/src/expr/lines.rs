//! Third and fourth derivatives of fields as sums of derivatives along lines, which jets carry.
//!
//! With `D_v = Σ v_i ∂_i`, a mixed derivative of order k is a sum over the signs of all but the first of its axes
//! (polarisation):
//!
//! ```text
//! ∂_a ∂_b .. ∂_z = 1 / (k! 2^(k-1)) Σ_(±) (± .. ±) D^k_(a ± b .. ± z)
//! ```
//!
//! Parallel directions are one line, since `D_(c v) = c D_v`. So `∂_xxx` is its own line, and
//! `12 ∂_xxyy = D⁴_(x+y) + D⁴_(x-y) - 2 ∂_xxxx - 2 ∂_yyyy`. For third derivatives along two axes there is a form with the
//! diagonals, which `∂_xxy`, `∂_xyy` and `∂_xxyy` share: `6 ∂_xxy = D³_(x+y) - D³_(x-y) - 2 ∂_yyy`.

use std::collections::BTreeMap;

use super::arithmetic::Binary;
use super::graph::{Derivative, Graph, Id, JetNumber, Op};

/// The highest order of a derivative that jets carry.
pub(super) const HIGHEST: usize = 4;

/// A direction with whole numbers without a common factor along up to four axes. The first is positive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Direction {
    /// Axes, ascending, and the parts along them. A part of 0 at the end is none.
    parts: [(usize, i32); HIGHEST],
}

impl Direction {
    /// The direction of a vector that is a multiple of it, and the multiple. `None` if the vector is 0. The vector has
    /// at most four parts.
    pub fn of(vector: &BTreeMap<usize, i32>) -> Option<(Self, i32)> {
        let all = || vector.iter().filter(|(_, v)| **v != 0);
        let (_, first) = all().next()?;
        let common = all().fold(0, |common, (_, v)| divisor(common, v.abs())) * first.signum();
        let mut parts = [(0, 0); HIGHEST];
        parts.iter_mut().zip(all()).for_each(|(part, (axis, v))| *part = (*axis, v / common));
        Some((Self { parts }, common))
    }

    /// One number for each of `inputs` axes.
    pub fn vector(self, inputs: usize) -> Vec<f64> {
        let mut vector = vec![0.0; inputs];
        self.parts().filter(|(axis, _)| *axis < inputs).for_each(|(axis, v)| vector[axis] = f64::from(v));
        vector
    }

    /// The axes that it has a part along, with that part.
    pub fn parts(self) -> impl Iterator<Item = (usize, i32)> {
        self.parts.into_iter().filter(|(_, v)| *v != 0)
    }
}

fn divisor(a: i32, b: i32) -> i32 {
    if b == 0 { a } else { divisor(b, a % b) }
}

/// The derivative along 3 or 4 `axes`, in ascending order, as a sum of derivatives of the same order along directions.
pub(super) fn along_lines(axes: &[usize]) -> Vec<(Direction, f64)> {
    let order = axes.len() as i32;
    let (terms, scale) = match *axes {
        [i, j, k] if (i == j) != (j == k) => (by_diagonals(j, if i == j { k } else { i }), 6.0),
        _ => by_signs(axes),
    };
    let mut sum: BTreeMap<Direction, f64> = BTreeMap::new();
    for (vector, weight) in terms {
        if let Some((direction, multiple)) = Direction::of(&vector) {
            *sum.entry(direction).or_insert(0.0) += weight * f64::from(multiple).powi(order);
        }
    }
    sum.into_iter().filter(|(_, weight)| *weight != 0.0).map(|(v, weight)| (v, weight / scale)).collect()
}

/// Vectors and their weights.
type Terms = Vec<(BTreeMap<usize, i32>, f64)>;

/// `6 ∂_iij` for the axes `i`, `twice`, and `j`, `once`.
fn by_diagonals(twice: usize, once: usize) -> Terms {
    let diagonal = |sign| BTreeMap::from([(twice, 1), (once, sign)]);
    vec![(diagonal(1), 1.0), (diagonal(-1), -1.0), (BTreeMap::from([(once, 1)]), -2.0)]
}

/// The terms of the sum over signs, and the number to divide it by.
fn by_signs(axes: &[usize]) -> (Terms, f64) {
    let patterns = 1usize << axes.len().saturating_sub(1);
    let term = |pattern: usize| {
        let mut vector = BTreeMap::new();
        let mut weight = 1.0;
        for (at, &axis) in axes.iter().enumerate() {
            let sign = if (pattern << 1) >> at & 1 == 1 { -1 } else { 1 };
            *vector.entry(axis).or_insert(0) += sign;
            weight *= f64::from(sign);
        }
        (vector, weight)
    };
    let factorial: usize = (1..=axes.len()).product();
    ((0..patterns).map(term).collect(), (factorial * patterns) as f64)
}

/// The directions of a third or fourth derivative, with their weights; empty for another number.
pub(super) fn lines_of(derivative: Derivative) -> Vec<(Direction, f64)> {
    match derivative {
        Derivative::Third(axes) => along_lines(&axes),
        Derivative::Fourth(axes) => along_lines(&axes),
        _ => Vec::new(),
    }
}

/// The node of a jet number, with a third or fourth derivative as a sum over lines.
pub(super) fn lowered(graph: &mut Graph, number: JetNumber) -> Id {
    let along = match number.derivative {
        Derivative::Third(_) => Derivative::ThirdAlong,
        Derivative::Fourth(_) => Derivative::FourthAlong,
        _ => return graph.insert(Op::Jet(number)),
    };
    let mut sum = graph.constant(0.0);
    for (direction, weight) in lines_of(number.derivative) {
        let jet = graph.insert(Op::Jet(JetNumber { derivative: along(direction), ..number }));
        let weight = graph.constant(weight);
        let term = graph.binary(Binary::Mul, weight, jet);
        sum = graph.binary(Binary::Add, sum, term);
    }
    sum
}
