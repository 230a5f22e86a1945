//! The phases of the first layer in float64, for an ω so large that float32 is too coarse.
//!
//! A sound of ten minutes needs an ω of about 10^5. The phase `ω (w x + b)` then has many whole turns, and float32 has
//! too few digits for the remainder: at 10^5 its numbers are 1/128 apart. The phase is therefore computed in float64
//! and reduced by whole turns before it is rounded:
//!
//! ```text
//! a = ω (w · x + b)        z = (a - 2π round(a / 2π)) / ω
//! ```
//!
//! The next steps use `sin(ω z)` with a phase in `[-π, π]`. Derivatives do not change, since sine and cosine of both
//! phases are equal.

use fearless_simd::Simd;

use super::number::CpuNumber;
use super::plan::{LayerPlan, Plan};
use super::tile::Weights;
use crate::field::{Activation, Encoding, Precision};

/// From this ω of the first layer, phases are computed in float64. Below it, the error of float32 is about 1e-4 rad.
const LEAST_OMEGA: f64 = 1000.0;

/// Whether the first layer of `plan` needs float64 phases.
pub(super) fn is_needed(plan: &Plan) -> bool {
    let first = &plan.layers[0];
    let sine = first.activation == Activation::Sine && first.omega >= LEAST_OMEGA;
    plan.precision == Precision::F32 && sine && plan.encoding == Encoding::Identity && plan.rbf.is_none()
}

/// Writes the value rows `z` of the first layer, bias included, at the coordinates `x`, `(points, inputs)`.
pub(super) fn first_layer<S: Simd, N: CpuNumber>(
    simd: S,
    layer: &LayerPlan,
    w: Weights<N>,
    x: &[f64],
    z: &mut [N],
) {
    let weights = &w.parameters[layer.weight..layer.weight + layer.inputs * layer.outputs];
    let biases = &w.parameters[layer.bias..layer.bias + layer.outputs];
    let omega = layer.omega;
    simd.vectorize(
        #[inline(always)]
        || {
            let rows = z.chunks_mut(layer.output_row).zip(x.chunks_exact(layer.inputs));
            for (row, x) in rows {
                let units = row.iter_mut().zip(weights.chunks_exact(layer.inputs)).zip(biases);
                for ((z, w), b) in units {
                    let sum: f64 = w.iter().zip(x).fold((*b).into(), |sum, (w, x)| {
                        let w: f64 = (*w).into();
                        sum + w * x
                    });
                    *z = N::of(reduced(omega * sum) / omega);
                }
            }
        },
    );
}

/// `a` reduced by whole turns.
#[inline(always)]
fn reduced(a: f64) -> f64 {
    use std::f64::consts::TAU;
    a - (a * (1.0 / TAU)).round_ties_even() * TAU
}
