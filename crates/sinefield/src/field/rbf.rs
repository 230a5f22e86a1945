//! The radial function of the `rbf` encoding and its derivatives with respect to the coordinates and the width.
//!
//! A feature is `g(q) = exp(-(σ q)²)` with `q = |x - c|²`. The exponent is quartic in the distance, as in
//! the official SIREN code. With `δ = x - c` its derivatives are
//!
//! ```text
//! ∂_i = 2 δ_i g'      ∂_ij = 4 δ_i δ_j g'' + 2 [i = j] g'      Σ c_i ∂_ii = 4 g'' Σ c_i δ_i² + 2 g' Σ c_i
//! ```
//!
//! Along a direction v, with `a = v · δ` and `n = |v|²`, `q` is `q + 2 a t + n t²` at the distance t. So
//!
//! ```text
//! D³ = 8 a³ g''' + 12 a n g''      D⁴ = 16 a⁴ g'''' + 48 a² n g''' + 12 n² g''
//! ```
//!
//! With `y = σ q`, the k-th derivative of g with respect to q is `σᵏ φ_k`, `φ_k = (-1)ᵏ H_k(y) g`, with the Hermite
//! polynomials `H_k`. Its derivative with respect to σ is `σᵏ⁻¹ (k φ_k + y φ_(k+1))`.

use super::lane::Lane;

/// Beyond this exponent `g` is below 5e-18 and is set to 0. Added to 1, it is lost in rounding. Much
/// smaller values would make subnormal products, which are slow to compute.
const FARTHEST: f64 = 40.0;

/// `g` and its derivatives with respect to `q` and to σ, at one point.
#[derive(Clone, Copy)]
pub(crate) struct Radial<L> {
    /// `[g, g', g'', g''']` with respect to `q`.
    pub slopes: [L; 4],
    /// The derivatives of `[g, g', g'']` with respect to σ.
    pub by_sigma: [L; 3],
    sigma: L,
    q: L,
}

/// What third and fourth derivatives with respect to the coordinates need beside [`Radial`].
#[derive(Clone, Copy)]
pub(crate) struct HigherRadial<L> {
    /// The fourth and fifth derivative of `g` with respect to `q`.
    pub slopes: [L; 2],
    /// The derivatives of `g'''` and `g''''` with respect to σ.
    pub by_sigma: [L; 2],
}

impl<L: Lane> Radial<L> {
    /// Evaluates `g` with σ = `sigma` at the squared distance `q`.
    #[inline(always)]
    pub fn new(sigma: L, q: L) -> Self {
        let number = |value: f64| q.like(value);
        let square = sigma * sigma;
        let p = square * q;
        let u = p * q;
        let g = u.where_above(FARTHEST, number(0.0), (number(0.0) - u).exp());
        let first = number(-2.0) * p * g;
        let second = (number(4.0) * p * p - number(2.0) * square) * g;
        let third = (number(12.0) * square - number(8.0) * p * p) * p * g;
        let by = number(-2.0) * sigma * g;
        Self {
            slopes: [g, first, second, third],
            by_sigma: [
                by * q * q,
                number(2.0) * by * q * (number(1.0) - u),
                number(2.0) * by * (number(1.0) - number(5.0) * u + number(2.0) * u * u),
            ],
            sigma,
            q,
        }
    }

    /// The higher derivatives at the same place.
    #[inline(always)]
    pub fn higher(&self) -> HigherRadial<L> {
        let (sigma, g) = (self.sigma, self.slopes[0]);
        let number = |value: f64| sigma.like(value);
        let y = sigma * self.q;
        let square = y * y;
        let third = (number(12.0) - number(8.0) * square) * y * g;
        let fourth = ((number(16.0) * square - number(48.0)) * square + number(12.0)) * g;
        let fifth = ((number(160.0) - number(32.0) * square) * square - number(120.0)) * y * g;
        let (two, three) = (sigma * sigma, sigma * sigma * sigma);
        HigherRadial {
            slopes: [two * two * fourth, two * three * fifth],
            by_sigma: [two * (number(3.0) * third + y * fourth), three * (number(4.0) * fourth + y * fifth)],
        }
    }
}
