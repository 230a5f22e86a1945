//! Packs weights in the order in which the matrix product reads them: panels two registers wide, padded with zeros. It
//! runs once a step, for both directions.

use rayon::prelude::*;

use super::number::CpuNumber;
use super::plan::{LayerPlan, Plan, Up};
use super::product::PANEL;
use super::quad::QUAD;
use crate::field::AlignedVec;

/// Packs the encoding and every layer of the flat `parameters` into `packed`, on the threads of the current pool, or
/// only on this thread if `alone`.
pub(super) fn pack<N: CpuNumber>(plan: &Plan, parameters: &[N], packed: &mut AlignedVec<N>, alone: bool) {
    let least = if alone { usize::MAX } else { 1 };
    let width = PANEL * plan.lanes;
    if let Some(rbf) = &plan.rbf {
        rbf.pack(parameters, packed);
    }
    for layer in &plan.layers {
        let weight = &parameters[layer.weight..layer.weight + layer.inputs * layer.outputs];
        let (up, down) = packed[layer.up_weights..].split_at_mut(layer.down_panels - layer.up_weights);
        match layer.up {
            Up::Dots => rows(layer, weight, up),
            Up::Quads => up_panels(layer, weight, (QUAD, least), up),
            Up::Panels => up_panels(layer, weight, (width, least), up),
        }
        down_panels(layer, weight, (width, least), down);
    }
}

/// For [`super::dots`]: the rows of W, padded.
fn rows<N: CpuNumber>(layer: &LayerPlan, weight: &[N], packed: &mut [N]) {
    let targets = packed.chunks_exact_mut(layer.inputs_padded);
    for (row, target) in weight.chunks_exact(layer.inputs).zip(targets) {
        target[..layer.inputs].copy_from_slice(row);
        target[layer.inputs..].fill(N::zero());
    }
}

/// For `h Wᵀ`: row `k` of panel `p` is `W[p width .., k]`.
fn up_panels<N: CpuNumber>(
    layer: &LayerPlan,
    weight: &[N],
    (width, least): (usize, usize),
    packed: &mut [N],
) {
    let panels = packed.par_chunks_exact_mut(layer.inputs * width).with_min_len(least);
    panels.enumerate().take(layer.outputs.div_ceil(width)).for_each(|(panel, target)| {
        for lane in 0..width {
            let output = panel * width + lane;
            let row = weight.chunks_exact(layer.inputs).nth(output);
            for k in 0..layer.inputs {
                target[k * width + lane] = row.map_or(N::zero(), |row| row[k]);
            }
        }
    });
}

/// For `z̄ W`: row `k` of panel `p` is `W[k, p width ..]`.
fn down_panels<N: CpuNumber>(
    layer: &LayerPlan,
    weight: &[N],
    (width, least): (usize, usize),
    packed: &mut [N],
) {
    let panels = packed.par_chunks_exact_mut(layer.outputs * width).with_min_len(least);
    panels.enumerate().take(layer.inputs.div_ceil(width)).for_each(|(panel, target)| {
        let first = panel * width;
        let filled = width.min(layer.inputs - first);
        for (k, target) in target.chunks_exact_mut(width).enumerate() {
            let start = k * layer.inputs + first;
            target[..filled].copy_from_slice(&weight[start..start + filled]);
            target[filled..].fill(N::zero());
        }
    });
}
