//! The sum of squared distances from planes, as a quadratic function of a place.
//!
//! With planes `n·x + d = 0` of weight w, it is `Σ w (n·x + d)² = xᵀ A x + 2 b·x + c` (Garland and Heckbert, "Surface
//! simplification using quadric error metrics", 1997).

use super::mesh::{cross, dot};

/// The part of the trace of A below which its determinant counts as 0: the planes are nearly parallel or meet in a line.
const SINGULAR: f64 = 1e-6;

/// A sum of squared distances from planes.
#[derive(Clone, Copy, Debug, Default)]
pub struct Quadric {
    /// A, row by row.
    rows: [[f64; 3]; 3],
    b: [f64; 3],
    c: f64,
}

impl Quadric {
    /// The plane through `point` with the unit normal `normal`.
    pub fn plane(normal: [f64; 3], point: [f64; 3], weight: f64) -> Self {
        let d = -dot(normal, point);
        let rows = normal.map(|n| normal.map(|m| weight * n * m));
        Self { rows, b: normal.map(|n| weight * n * d), c: weight * d * d }
    }

    /// Adds another sum.
    pub fn add(&mut self, other: &Self) {
        for i in 0..3 {
            (0..3).for_each(|j| self.rows[i][j] += other.rows[i][j]);
            self.b[i] += other.b[i];
        }
        self.c += other.c;
    }

    /// The sum at a place; not below 0.
    pub fn at(&self, x: [f64; 3]) -> f64 {
        let square: f64 = (0..3).map(|i| x[i] * dot(self.rows[i], x)).sum();
        (square + 2.0 * dot(self.b, x) + self.c).max(0.0)
    }

    /// The place where the sum is smallest; `None` if that is not one place.
    pub fn least(&self) -> Option<[f64; 3]> {
        let [p, q, r] = self.rows;
        let columns = [cross(q, r), cross(r, p), cross(p, q)];
        let determinant = dot(p, columns[0]);
        let trace = p[0] + q[1] + r[2];
        if determinant <= SINGULAR * trace.powi(3) {
            return None;
        }
        Some([0, 1, 2].map(|i| -(0..3).map(|j| columns[j][i] * self.b[j]).sum::<f64>() / determinant))
    }
}
