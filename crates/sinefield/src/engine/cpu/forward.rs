//! The forward method: every channel is carried up with the value, and cotangents back down. It serves second
//! and higher derivatives, the value alone, and gradients of many outputs.

use fearless_simd::Simd;

use super::channels::{carry, carry_back};
use super::coordinates::encode;
use super::lines;
use super::number::CpuNumber;
use super::plan::{LayerPlan, Plan};
use super::product::Into;
use super::rows::{Act, Keep, Rows, Stage, activate, copy_few};
use super::tile::{Gradient, Tile, Weights, add_biases, add_weights, down, pre_activations};

/// Fills `tile.jets` at the coordinates of the tile. All layers stay if the tile keeps them.
pub(super) fn jets<S: Simd, N: CpuNumber>(
    simd: S,
    plan: &Plan,
    w: Weights<N>,
    tile: &mut Tile<N>,
    points: usize,
) {
    let rows = points * plan.channels.count;
    let keeps = tile.inputs.len();
    let x = &tile.coordinates[..points * plan.inputs];
    match &plan.rbf {
        Some(rbf) => rbf.encode(simd, plan, w.packed, x, &mut tile.inputs[0]),
        None => encode(plan, x, &mut tile.inputs[0]),
    }
    for (l, layer) in plan.layers.iter().enumerate() {
        pre_activations(simd, plan, w, tile, l, (rows, points));
        if l + 1 == plan.layers.len() {
            break;
        }
        let z = &mut tile.pre[l % keeps];
        let h = &mut tile.inputs[(l + 1) % keeps];
        let stage = of_layer(layer, points);
        let keep = match (plan.channels.count > 1, tile.keeps) {
            (true, _) => Keep::ForSlopes,
            (false, true) => Keep::Slope,
            (false, false) => Keep::Nothing,
        };
        activate(simd, stage, keep, &tile.bias, z, h);
        if !plan.channels.lines.is_empty() {
            lines::carry(simd, stage, &plan.channels, z, h, (&mut tile.slopes, &mut tile.scratch));
        } else if plan.channels.count > 1 {
            carry(simd, stage, &plan.channels, z, h, &mut tile.slopes);
        }
    }
    let last = plan.layers.len() - 1;
    let bias = &w.parameters[plan.layers[last].bias..][..plan.outputs];
    read_out(plan, points, &tile.pre[last % keeps], bias, &mut tile.jets);
}

/// Adds the gradient of `cotangents · jets` to `gradient`, after [`jets`] on a tile that keeps its layers.
pub(super) fn back<S: Simd, N: CpuNumber>(
    simd: S,
    plan: &Plan,
    w: Weights<N>,
    tile: &mut Tile<N>,
    points: usize,
    mut gradient: Gradient<N>,
) {
    let rows = points * plan.channels.count;
    let last = plan.layers.len() - 1;
    gradient.start(plan);
    write_in(plan, &tile.cotangents[..rows * plan.outputs], &mut tile.pre[last]);
    for (l, layer) in plan.layers.iter().enumerate().rev() {
        add_weights(simd, layer, rows, &tile.inputs[l], &tile.pre[l], &mut gradient, &mut tile.copies);
        if l == last || plan.channels.count > 1 {
            add_biases(simd, layer, points, &tile.pre[l], &mut gradient);
        }
        if l == 0 {
            if let Some(rbf) = &plan.rbf {
                down(simd, layer, w, rows, &tile.pre[0], &mut tile.passing, Into::Set);
                let x = &tile.coordinates[..points * plan.inputs];
                rbf.back(simd, plan, w.packed, x, &tile.passing, gradient.data);
            }
            break;
        }
        let (below, above) = tile.pre.split_at_mut(l);
        let z = &mut below[l - 1];
        if plan.channels.count == 1 {
            // The activation kept its first derivative, so the product scales by it when it stores, and adds the
            // cotangents of the biases.
            let biases = gradient.biases(&plan.layers[l - 1]);
            down(simd, layer, w, rows, &above[0], z, Into::Scale(biases));
            continue;
        }
        down(simd, layer, w, rows, &above[0], &mut tile.passing, Into::Set);
        let stage = of_layer(&plan.layers[l - 1], points);
        let h = &tile.inputs[l];
        if plan.channels.lines.is_empty() {
            carry_back(simd, stage, &plan.channels, h, &tile.passing, z, &mut tile.slopes);
        } else {
            let memory = (&mut tile.slopes, &mut tile.scratch);
            lines::carry_back(simd, stage, &plan.channels, h, &tile.passing, z, memory);
        }
    }
}

/// The activation of a layer, and its value rows in a tile of `points`.
pub(super) fn of_layer(layer: &LayerPlan, points: usize) -> Stage {
    let act = Act { activation: layer.activation, omega: layer.omega };
    let rows = Rows { count: points, stride: layer.output_row, width: layer.outputs_padded };
    Stage { act, rows }
}

/// The rows of the last layer, without padding and with the bias added to the value.
fn read_out<N: CpuNumber>(plan: &Plan, points: usize, z: &[N], bias: &[N], jets: &mut [N]) {
    let stride = plan.layers[plan.layers.len() - 1].output_row;
    let rows = z.chunks(stride).take(points * plan.channels.count);
    for (r, (row, out)) in rows.zip(jets.chunks_exact_mut(plan.outputs)).enumerate() {
        copy_few(&row[..plan.outputs], out);
        if r < points {
            out.iter_mut().zip(bias).for_each(|(out, b)| *out += *b);
        }
    }
}

/// The adjoint of [`read_out`]. The padding of the rows stays zero, as the product has left it.
pub(super) fn write_in<N: CpuNumber>(plan: &Plan, cotangents: &[N], z_bar: &mut [N]) {
    let stride = plan.layers[plan.layers.len() - 1].output_row;
    for (row, source) in z_bar.chunks_mut(stride).zip(cotangents.chunks_exact(plan.outputs)) {
        copy_few(source, &mut row[..plan.outputs]);
    }
}
