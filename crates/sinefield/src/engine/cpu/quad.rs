//! `z = h Wᵀ` for a layer of at most four outputs, in registers of four numbers. In a wider register most of the numbers
//! would be padding, and processors run narrow registers at least as fast as wide ones.

use fearless_simd::{Simd, SimdBase, SimdFloat};

use super::number::CpuNumber;
use super::plan::LayerPlan;

/// Numbers of a register.
pub(super) const QUAD: usize = 4;
/// Rows at a time. That many sums keep two pipelines of latency four busy and fit into 16 registers.
const ROWS: usize = 8;

/// `z = h Wᵀ` for `rows` rows, padding included. `weights` are the columns of the layer, padded with zeros to [`QUAD`].
pub(super) fn quads<S: Simd, N: CpuNumber>(
    simd: S,
    layer: &LayerPlan,
    weights: &[N],
    rows: usize,
    h: &[N],
    z: &mut [N],
) {
    let weights = &weights.as_chunks::<QUAD>().0[..layer.inputs];
    let (h, z) = (&h[..rows * layer.input_row], &mut z[..rows * layer.output_row]);
    simd.vectorize(
        #[inline(always)]
        || {
            let groups = h.chunks(ROWS * layer.input_row).zip(z.chunks_mut(ROWS * layer.output_row));
            for (h, z) in groups {
                if h.len() == ROWS * layer.input_row {
                    some::<S, N, ROWS>(simd, layer, weights, h, z);
                } else {
                    for (h, z) in h.chunks(layer.input_row).zip(z.chunks_mut(layer.output_row)) {
                        some::<S, N, 1>(simd, layer, weights, h, z);
                    }
                }
            }
        },
    );
}

/// As [`quads`], for `M` rows.
#[inline(always)]
fn some<S: Simd, N: CpuNumber, const M: usize>(
    simd: S,
    layer: &LayerPlan,
    weights: &[[N; QUAD]],
    h: &[N],
    z: &mut [N],
) {
    let rows: [&[N]; M] = core::array::from_fn(|m| &h[m * layer.input_row..][..weights.len()]);
    let mut sums = [N::Four::<S>::splat(simd, N::zero()); M];
    for (k, weights) in weights.iter().enumerate() {
        let weights = N::Four::<S>::from_slice(simd, weights);
        for m in 0..M {
            sums[m] = N::Four::<S>::splat(simd, rows[m][k]).mul_add(weights, sums[m]);
        }
    }
    for (sum, z) in sums.iter().zip(z.chunks_exact_mut(layer.output_row)) {
        z[..layer.outputs_padded].fill(N::zero());
        sum.store_slice(&mut z[..QUAD]);
    }
}
