//! `z = h Wᵀ` for a layer with few outputs, as scalar products of rows. A panel of its weights would be mostly padding.

use fearless_simd::{Simd, SimdBase};

use super::number::{CpuNumber, lanes_of};
use super::plan::LayerPlan;
use super::wide::Wide;

/// A scalar product has this many partial sums, so that additions need not wait for one another.
const SUMS: usize = 4;

/// `z = h Wᵀ` for `rows` rows, padding included. `weights` are the rows of the layer, padded with zeros.
pub(super) fn dots<S: Simd, N: CpuNumber>(
    simd: S,
    layer: &LayerPlan,
    weights: &[N],
    rows: usize,
    h: &[N],
    z: &mut [N],
) {
    let width = layer.inputs_padded;
    simd.vectorize(
        #[inline(always)]
        || {
            for (h, z) in h.chunks(layer.input_row).zip(z.chunks_mut(layer.output_row)).take(rows) {
                z[..layer.outputs_padded].fill(N::zero());
                for (z, weights) in z.iter_mut().zip(weights.chunks_exact(width).take(layer.outputs)) {
                    *z = dot(simd, &h[..width], weights);
                }
            }
        },
    );
}

#[inline(always)]
fn dot<S: Simd, N: CpuNumber>(simd: S, a: &[N], b: &[N]) -> N {
    let lanes = lanes_of::<S, N>();
    let mut sums = [Wide::<S, N>::zero(simd); SUMS];
    for (a, b) in a.chunks(SUMS * lanes).zip(b.chunks(SUMS * lanes)) {
        let registers = a.chunks_exact(lanes).zip(b.chunks_exact(lanes));
        for (sum, (a, b)) in sums.iter_mut().zip(registers) {
            *sum = Wide::<S, N>::load(simd, a).times_plus(Wide::load(simd, b), *sum);
        }
    }
    let sum = (sums[0] + sums[1]) + (sums[2] + sums[3]);
    // A loop, because a closure here would be compiled separately, without the instruction set.
    let mut four = [N::zero(); 4];
    for part in sum.0.as_slice().chunks(four.len()) {
        for (total, value) in four.iter_mut().zip(part) {
            *total += *value;
        }
    }
    (four[0] + four[1]) + (four[2] + four[3])
}
