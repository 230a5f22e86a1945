//! Lines: directions along which a jet has third and fourth derivatives.
//!
//! With `D = Σ v_i ∂_i` for a direction `v`, the first two derivatives along it are sums of ordinary channels,
//! and the next two are channels of their own. With `a = D z`, `b = D² z`, `c = D³ z`, `e = D⁴ z`, the rules
//! of Faà di Bruno are
//!
//! ```text
//! a = Σ v_i z_i      b = Σ_ij v_i v_j z_ij
//! D³h = s1 c + 3 s2 a b + s3 a³
//! D⁴h = s1 e + 4 s2 a c + 3 s2 b² + 6 s3 a² b + s4 a⁴
//! ```
//!
//! With `t` and `f` the cotangents of D³h and D⁴h, their shares of the cotangents are
//!
//! ```text
//! c̄ = s1 t + 4 s2 a f      ē = s1 f
//! b̄ = 3 s2 a t + 6 (s2 b + s3 a²) f
//! ā = 3 (s2 b + s3 a²) t + 4 (s2 c + 3 s3 a b + s4 a³) f
//! z̄ = (s2 c + 3 s3 a b + s4 a³) t + (s2 e + 4 s3 a c + 3 s3 b² + 6 s4 a² b + s5 a⁴) f
//! z̄_i = v_i ā      z̄_ii = v_i² b̄      z̄_ij = 2 v_i v_j b̄  for i < j
//! ```

/// A direction of a jet with third derivatives, or third and fourth ones.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    pub(super) direction: Vec<f64>,
    pub(super) fourth: bool,
}

impl Line {
    /// A line with `direction` cut or filled with zeros to `inputs` numbers; `None` if one is not finite.
    pub(super) fn new(direction: &[f64], inputs: usize, fourth: bool) -> Option<Self> {
        // An addition of 0 turns -0 into 0.
        let mut direction: Vec<f64> = direction.iter().map(|v| v + 0.0).collect();
        direction.resize(inputs, 0.0);
        direction.iter().all(|v| v.is_finite()).then_some(Self { direction, fourth })
    }

    /// The direction, one number for each coordinate.
    pub fn direction(&self) -> &[f64] {
        &self.direction
    }

    /// Whether the jet has the fourth derivative along the line, beside the third.
    pub fn has_fourth(&self) -> bool {
        self.fourth
    }

    /// The channels of its own: 1 or 2.
    pub fn channels(&self) -> usize {
        1 + usize::from(self.fourth)
    }

    /// The coordinates that the direction has a part along, with that part.
    pub fn parts(&self) -> impl Iterator<Item = (usize, f64)> + '_ {
        self.direction.iter().copied().enumerate().filter(|(_, v)| *v != 0.0)
    }

    /// The second derivatives `(i, j)`, `i <= j`, whose sum with these factors is the second derivative along
    /// the line.
    pub fn pairs(&self) -> impl Iterator<Item = ((usize, usize), f64)> + '_ {
        self.parts().flat_map(move |(i, v)| {
            let upwards = self.parts().filter(move |(j, _)| *j >= i);
            upwards.map(move |(j, w)| ((i, j), if i == j { v * w } else { 2.0 * v * w }))
        })
    }

    /// The order of lines in a jet: those with fewer parts first, then by the direction, descending.
    pub(super) fn order(&self, other: &Self) -> std::cmp::Ordering {
        let numbers = || {
            let pairs = other.direction.iter().zip(&self.direction);
            pairs.map(|(b, a)| b.total_cmp(a)).find(|order| order.is_ne())
        };
        self.parts()
            .count()
            .cmp(&other.parts().count())
            .then_with(|| numbers().unwrap_or(std::cmp::Ordering::Equal))
    }
}
