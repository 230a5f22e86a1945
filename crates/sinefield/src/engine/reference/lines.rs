//! Third and fourth derivatives along lines, by the formulas of [`crate::jet::Line`].

use super::{Rows, channel, pair};
use crate::jet::{JetSpec, Line};

/// The first four derivatives along a line at one unit.
struct Along {
    a: f64,
    b: f64,
    c: f64,
    /// 0 if the line has no fourth derivative.
    e: f64,
}

impl Along {
    fn new(spec: &JetSpec, line: &Line, third: usize, z: &Rows, n: usize) -> Self {
        Self {
            a: line.parts().map(|(i, v)| v * z[channel(spec.first_channel(i))][n]).sum(),
            b: line.pairs().map(|((i, j), v)| v * z[pair(spec, i, j).0][n]).sum(),
            c: z[third][n],
            e: if line.has_fourth() { z[third + 1][n] } else { 0.0 },
        }
    }
}

/// Writes the third and fourth derivatives of `h` at unit `n`. `slopes` are s1 to s5.
pub(super) fn carry(spec: &JetSpec, slopes: [f64; 5], z: &Rows, n: usize, h: &mut Rows) {
    let [s1, s2, s3, s4, _] = slopes;
    for (line, third) in spec.lines_with_channels() {
        let Along { a, b, c, e } = Along::new(spec, line, third, z, n);
        h[third][n] = s1 * c + 3.0 * s2 * a * b + s3 * a.powi(3);
        if line.has_fourth() {
            let middle = 4.0 * s2 * a * c + 3.0 * s2 * b * b + 6.0 * s3 * a * a * b;
            h[third + 1][n] = s1 * e + middle + s4 * a.powi(4);
        }
    }
}

/// Adds to the cotangents of `z` at unit `n` what those of the third and fourth derivatives of `h` give.
pub(super) fn carry_back(
    spec: &JetSpec,
    slopes: [f64; 5],
    z: &Rows,
    h_bar: &Rows,
    n: usize,
    z_bar: &mut Rows,
) {
    let [s1, s2, s3, s4, s5] = slopes;
    for (line, third) in spec.lines_with_channels() {
        let Along { a, b, c, e } = Along::new(spec, line, third, z, n);
        let t = h_bar[third][n];
        let f = if line.has_fourth() { h_bar[third + 1][n] } else { 0.0 };
        let of_third = s2 * c + 3.0 * s3 * a * b + s4 * a.powi(3);
        let middle = 4.0 * s3 * a * c + 3.0 * s3 * b * b + 6.0 * s4 * a * a * b;
        z_bar[0][n] += of_third * t + (s2 * e + middle + s5 * a.powi(4)) * f;
        z_bar[third][n] += s1 * t + 4.0 * s2 * a * f;
        if line.has_fourth() {
            z_bar[third + 1][n] += s1 * f;
        }
        let bend = s2 * b + s3 * a * a;
        let a_bar = 3.0 * bend * t + 4.0 * of_third * f;
        let b_bar = 3.0 * s2 * a * t + 6.0 * bend * f;
        for (i, v) in line.parts() {
            z_bar[channel(spec.first_channel(i))][n] += v * a_bar;
        }
        for ((i, j), v) in line.pairs() {
            z_bar[pair(spec, i, j).0][n] += v * b_bar;
        }
    }
}
