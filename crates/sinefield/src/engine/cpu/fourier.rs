//! Random Fourier features: the channels of the first layer's inputs, in float64.
//!
//! A feature is `g(φ)` with g the cosine or the sine and g1 to g4 its derivatives. With p1 to p4 the derivatives of φ along
//! a line,
//!
//! ```text
//! h_i = g1 φ_i      h_ij = g2 φ_i φ_j + [i = j] g1 φ_ii      h_Λ = Σ c_i h_ii
//! D³ = g3 p1³ + 3 g2 p1 p2 + g1 p3
//! D⁴ = g4 p1⁴ + 6 g3 p1² p2 + g2 (3 p2² + 4 p1 p3) + g1 p4
//! ```
//!
//! Derivatives of φ with respect to two coordinates are 0, so that `D^k φ = Σ v_i^k ∂_i^k φ` along a line v.

use super::number::CpuNumber;
use super::plan::{Channels, Plan};
use crate::field::Fourier;

/// Fills the first `carried` channels of `rows` at the coordinates `x`.
pub(super) fn encode<N: CpuNumber>(fourier: &Fourier, plan: &Plan, x: &[N], carried: usize, rows: &mut [N]) {
    let points = x.len() / plan.inputs;
    let mut point = vec![0.0f64; plan.inputs];
    for (r, x) in x.chunks_exact(plan.inputs).enumerate() {
        point.iter_mut().zip(x).for_each(|(p, x)| *p = (*x).into());
        fourier.for_each_phase(&point, |k, phase| {
            for (feature, g) in of_phase(fourier, k, phase.value) {
                let mut put =
                    |c: usize, v: f64| rows[(c * points + r) * plan.feature_row + feature] = N::of(v);
                put(0, g[0]);
                if carried > 1 {
                    derivatives(&plan.channels, g, &phase.slopes, put);
                }
            }
        });
    }
}

/// Calls `put(channel, value)` for every channel after the value.
fn derivatives(
    channels: &Channels,
    [_, g1, g2, g3, g4]: [f64; 5],
    phase: &[[f64; 4]],
    mut put: impl FnMut(usize, f64),
) {
    let d = channels.first.len();
    let square = |i: usize| g2 * phase[i][0] * phase[i][0] + g1 * phase[i][1];
    for (f, &i) in channels.first.iter().enumerate() {
        put(1 + f, g1 * phase[i][0]);
    }
    for (p, &(i, j)) in channels.second.iter().enumerate() {
        put(1 + d + p, if i == j { square(i) } else { g2 * phase[i][0] * phase[j][0] });
    }
    for line in &channels.lines {
        let mut along = [0.0; 4];
        for &(i, _, v) in &line.parts {
            let mut power = 1.0;
            for (sum, slope) in along.iter_mut().zip(phase[i]) {
                power *= v;
                *sum += power * slope;
            }
        }
        let [p1, p2, p3, p4] = along;
        put(line.third, g3 * p1 * p1 * p1 + 3.0 * g2 * p1 * p2 + g1 * p3);
        if let Some(channel) = line.fourth {
            let high = (g4 * p1 * p1 + 6.0 * g3 * p2) * p1 * p1;
            put(channel, high + g2 * (3.0 * p2 * p2 + 4.0 * p1 * p3) + g1 * p4);
        }
    }
    if let Some(weights) = &channels.laplacian {
        put(channels.count - 1, channels.first.iter().zip(weights).map(|(&i, c)| c * square(i)).sum());
    }
}

/// Calls `put(feature, first channel, derivative)` for every feature and first derivative at the coordinates `x`.
pub(super) fn for_each_slope(
    fourier: &Fourier,
    plan: &Plan,
    x: &[f64],
    mut put: impl FnMut(usize, usize, f64),
) {
    fourier.for_each_phase(x, |k, phase| {
        for (feature, [_, g1, ..]) in of_phase(fourier, k, phase.value) {
            for (f, &i) in plan.channels.first.iter().enumerate() {
                put(feature, f, g1 * phase.slopes[i][0]);
            }
        }
    });
}

/// The two features of frequency `k`: their places, and their values and derivatives with respect to the phase.
fn of_phase(fourier: &Fourier, k: usize, phase: f64) -> [(usize, [f64; 5]); 2] {
    let (sin, cos) = phase.sin_cos();
    [(k, [cos, -sin, -cos, sin, cos]), (k + fourier.count(), [sin, cos, -sin, -cos, sin])]
}
