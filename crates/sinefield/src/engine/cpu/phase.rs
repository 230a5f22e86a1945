//! The first layer's phases in float64, where its ω is so large that float32 would lose them.
//!
//! A sound of ten minutes needs an ω of some 10^5. The phase `ω (w x + b)` then has so many whole turns that
//! float32 keeps too few digits of the rest: at 10^5 its numbers are 1/128 apart. So the phase is computed in
//! float64 and whole turns are taken off before it is rounded,
//!
//! ```text
//! a = ω (w · x + b)        z = (a - 2π round(a / 2π)) / ω
//! ```
//!
//! and what follows sees `sin(ω z)` of a phase within `[-π, π]`. Derivatives do not change: the sine and the
//! cosine of both phases are the same.

use fearless_simd::Simd;

use super::plan::{LayerPlan, Plan};
use super::tile::Weights;
use crate::field::{Activation, Encoding};

/// The least ω of the first layer for which phases are computed so: below, float32 is right to about 1e-4 rad.
const LEAST_OMEGA: f32 = 1000.0;

/// Whether the first layer of `plan` needs it.
pub(super) fn is_needed(plan: &Plan) -> bool {
    let first = &plan.layers[0];
    let sine = first.activation == Activation::Sine && first.omega >= LEAST_OMEGA;
    sine && plan.encoding == Encoding::Identity && plan.rbf.is_none()
}

/// Writes the first layer's value rows `z`, the bias included, at the coordinates `x`, `(points, inputs)`.
pub(super) fn first_layer<S: Simd>(simd: S, layer: &LayerPlan, w: Weights, x: &[f64], z: &mut [f32]) {
    let weights = &w.parameters[layer.weight..layer.weight + layer.inputs * layer.outputs];
    let biases = &w.parameters[layer.bias..layer.bias + layer.outputs];
    let omega = f64::from(layer.omega);
    simd.vectorize(
        #[inline(always)]
        || {
            let rows = z.chunks_mut(layer.output_row).zip(x.chunks_exact(layer.inputs));
            for (row, x) in rows {
                let units = row.iter_mut().zip(weights.chunks_exact(layer.inputs)).zip(biases);
                for ((z, w), b) in units {
                    let sum = w.iter().zip(x).fold(f64::from(*b), |sum, (w, x)| sum + f64::from(*w) * x);
                    *z = (reduced(omega * sum) / omega) as f32;
                }
            }
        },
    );
}

/// `a` without its whole turns.
#[inline(always)]
fn reduced(a: f64) -> f64 {
    use std::f64::consts::TAU;
    a - (a * (1.0 / TAU)).round_ties_even() * TAU
}
