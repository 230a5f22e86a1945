//! The gradient with respect to coordinates by reverse mode, and the gradient of a loss of that gradient.
//!
//! ```text
//! up        z_l = W_l h_{l-1} + b_l          h_l = σ(ω z_l)
//! down      p = W_lᵀ q_{l+1}                 q_l = s1 p           from q = e_k at output k
//!           ∂_i y_k = (W_0ᵀ q_0)_i
//! tangent   q̄_l = W_l p̄_{l-1}                p̄_l = s1 q̄_l         from p̄ = the gradient's cotangent
//!           t_l = Σ_k s2 p q̄_l
//! back      h̄_l = W_{l+1}ᵀ z̄_{l+1}           z̄_l = s1 h̄_l + t_l
//!           W̄_l = z̄_l h_{l-1}ᵀ + Σ_k q_l p̄_{l-1}ᵀ
//! ```
//!
//! The rows of `p̄` follow those of `h` in a layer's inputs. The rows of `q` follow those of `z̄` in its
//! pre-activations. Both terms of `W̄` are therefore one product over all rows.

use fearless_simd::Simd;

use super::coordinates::{encode, for_each_slope};
use super::forward::of_layer;
use super::number::{CpuNumber, lanes_of};
use super::plan::Plan;
use super::product::Into;
use super::rows::{Keep, Stage, activate, for_activation};
use super::tile::{Gradient, Tile, Weights, add_biases, add_weights, down, pre_activations, up};
use super::wide::Wide;
use crate::field::Activation;

/// Fills `tile.jets` with values and gradients at the coordinates of the tile.
pub(super) fn jets<S: Simd, N: CpuNumber>(
    simd: S,
    plan: &Plan,
    w: Weights<N>,
    tile: &mut Tile<N>,
    points: usize,
) {
    let last = plan.layers.len() - 1;
    encode(plan, &tile.coordinates[..points * plan.inputs], &mut tile.inputs[0]);
    for (l, layer) in plan.layers.iter().enumerate() {
        pre_activations(simd, plan, w, tile, l, (points, points));
        if l < last {
            let stage = of_layer(layer, points);
            activate(simd, stage, Keep::ForSlopes, &tile.bias, &mut tile.pre[l], &mut tile.inputs[l + 1]);
        }
    }
    values(plan, w, tile, points);
    one_hot(plan, points, &mut tile.pre[last]);
    for (l, layer) in plan.layers.iter().enumerate().rev() {
        let q = &tile.pre[l][points * layer.output_row..];
        let below = plan.outputs * points;
        if l == 0 {
            down(simd, layer, w, below, q, &mut tile.passing, Into::Set);
            break;
        }
        down(simd, layer, w, below, q, &mut tile.down[l - 1], Into::Set);
        let stage = of_layer(&plan.layers[l - 1], points);
        let (h, p) = (&tile.inputs[l], &tile.down[l - 1]);
        scale_down(simd, stage, plan.outputs, h, p, &mut tile.pre[l - 1]);
    }
    gradients(plan, tile, points);
}

/// Adds the gradient of `cotangents · jets` to `gradient`, after [`jets`].
pub(super) fn back<S: Simd, N: CpuNumber>(
    simd: S,
    plan: &Plan,
    w: Weights<N>,
    tile: &mut Tile<N>,
    points: usize,
    mut gradient: Gradient<N>,
) {
    let last = plan.layers.len() - 1;
    let tangents = plan.outputs * points;
    gradient.start(plan);
    start_tangents(plan, tile, points);
    for l in 0..last {
        let layer = &plan.layers[l];
        let p_bar = &tile.inputs[l][points * layer.input_row..];
        up(simd, layer, w, tangents, p_bar, &mut tile.passing);
        let stage = of_layer(layer, points);
        let h = &mut tile.inputs[l + 1];
        let (kept, p) = (&tile.pre[l], &mut tile.down[l][..tangents * layer.output_row]);
        scale_up(simd, stage, h, kept, (&tile.passing, p));
    }
    super::forward::write_in(plan, &tile.cotangents[..tangents], &mut tile.pre[last]);
    for (l, layer) in plan.layers.iter().enumerate().rev() {
        let all = points + tangents;
        add_weights(simd, layer, all, &tile.inputs[l], &tile.pre[l], &mut gradient, &mut tile.copies);
        add_biases(simd, layer, points, &tile.pre[l], &mut gradient);
        if l == 0 {
            break;
        }
        down(simd, layer, w, points, &tile.pre[l], &mut tile.passing, Into::Set);
        let stage = of_layer(&plan.layers[l - 1], points);
        let (h, t) = (&tile.inputs[l], &tile.down[l - 1]);
        finish(simd, stage, h, &tile.passing, t, &mut tile.pre[l - 1]);
    }
}

/// The value channel of the jets.
fn values<N: CpuNumber>(plan: &Plan, w: Weights<N>, tile: &mut Tile<N>, points: usize) {
    let last = &plan.layers[plan.layers.len() - 1];
    let bias = &w.parameters[last.bias..][..plan.outputs];
    let rows = tile.pre[plan.layers.len() - 1].chunks(last.output_row).take(points);
    for (row, out) in rows.zip(tile.jets.chunks_exact_mut(plan.outputs)) {
        out.iter_mut().zip(row).zip(bias).for_each(|((out, z), b)| *out = *z + *b);
    }
}

/// `q = e_k` for the block of rows of output `k`.
fn one_hot<N: CpuNumber>(plan: &Plan, points: usize, pre: &mut [N]) {
    let stride = plan.layers[plan.layers.len() - 1].output_row;
    let blocks = pre[points * stride..].chunks_mut(stride).take(points * plan.outputs);
    for (r, row) in blocks.enumerate() {
        row.fill(N::zero());
        row[r / points] = N::one();
    }
}

/// The gradient channels, from the features' gradient in `tile.passing`.
fn gradients<N: CpuNumber>(plan: &Plan, tile: &mut Tile<N>, points: usize) {
    let size = points * plan.outputs;
    tile.jets[size..size * plan.channels.count].fill(N::zero());
    for r in 0..points {
        let x = &tile.coordinates[r * plan.inputs..][..plan.inputs];
        for_each_slope(plan, x, |feature, f, slope| {
            for k in 0..plan.outputs {
                let g = tile.passing[(k * points + r) * plan.feature_row + feature];
                tile.jets[(1 + f) * size + r * plan.outputs + k] += slope * g;
            }
        });
    }
}

/// `p̄` of the features, after the encoded rows: the adjoint of [`gradients`].
fn start_tangents<N: CpuNumber>(plan: &Plan, tile: &mut Tile<N>, points: usize) {
    let size = points * plan.outputs;
    let below = &mut tile.inputs[0][points * plan.feature_row..][..size * plan.feature_row];
    below.fill(N::zero());
    for r in 0..points {
        let x = &tile.coordinates[r * plan.inputs..][..plan.inputs];
        for_each_slope(plan, x, |feature, f, slope| {
            for k in 0..plan.outputs {
                let bar = tile.cotangents[(1 + f) * size + r * plan.outputs + k];
                below[(k * points + r) * plan.feature_row + feature] += slope * bar;
            }
        });
    }
}

/// The first two derivatives of an activation, with their powers of ω, from one register of `h` and of `kept`.
#[inline(always)]
fn two_slopes<S: Simd, N: CpuNumber>(
    simd: S,
    activation: Activation,
    omega: Wide<S, N>,
    h: &[N],
    kept: &[N],
) -> (Wide<S, N>, Wide<S, N>) {
    let [s1, s2, _] = activation.slopes(Wide::<S, N>::load(simd, h), Wide::load(simd, kept));
    (s1 * omega, s2 * (omega * omega))
}

/// Runs `$body` for every register of the rows of `$stage`, which begins at number `$at` of them, with what [`two_slopes`]
/// needs of the stage.
macro_rules! for_registers {
    ($simd:expr, $stage:expr, |$activation:ident, $omega:ident, $at:ident| $body:expr) => {{
        let Stage { act, rows } = $stage;
        let lanes = lanes_of::<S, N>();
        $simd.vectorize(
            #[inline(always)]
            || {
                let $omega = Wide::<S, N>::splat($simd, N::of(act.omega));
                for_activation!(act.activation, $activation => {
                    for r in 0..rows.count {
                        let start = r * rows.stride;
                        for $at in (start..start + rows.width).step_by(lanes) {
                            $body;
                        }
                    }
                });
            },
        );
    }};
}

/// `q = s1 p` for every output, after the value rows of `pre`.
fn scale_down<S: Simd, N: CpuNumber>(simd: S, stage: Stage, outputs: usize, h: &[N], p: &[N], pre: &mut [N]) {
    let lanes = lanes_of::<S, N>();
    let block = stage.rows.count * stage.rows.stride;
    let (kept, q) = pre.split_at_mut(block);
    for_registers!(simd, stage, |ACTIVATION, omega, at| {
        let (s1, _) = two_slopes(simd, ACTIVATION, omega, &h[at..at + lanes], &kept[at..at + lanes]);
        for k in 0..outputs {
            let of = k * block + at..k * block + at + lanes;
            (s1 * Wide::load(simd, &p[of.clone()])).store(&mut q[of]);
        }
    });
}

/// `p̄ = s1 q̄` after the value rows of `h`, and `t = Σ_k s2 p q̄` in place of the first output's rows of `p`.
fn scale_up<S: Simd, N: CpuNumber>(
    simd: S,
    stage: Stage,
    h: &mut [N],
    kept: &[N],
    (q_bar, p): (&[N], &mut [N]),
) {
    let lanes = lanes_of::<S, N>();
    let block = stage.rows.count * stage.rows.stride;
    let outputs = p.len() / block;
    let (h, p_bar) = h.split_at_mut(block);
    for_registers!(simd, stage, |ACTIVATION, omega, at| {
        let (s1, s2) = two_slopes(simd, ACTIVATION, omega, &h[at..at + lanes], &kept[at..at + lanes]);
        let mut t = Wide::zero(simd);
        for k in 0..outputs {
            let of = k * block + at..k * block + at + lanes;
            let q_bar = Wide::<S, N>::load(simd, &q_bar[of.clone()]);
            (s1 * q_bar).store(&mut p_bar[of.clone()]);
            t = (s2 * q_bar).times_plus(Wide::load(simd, &p[of]), t);
        }
        t.store(&mut p[at..at + lanes]);
    });
}

/// `z̄ = s1 h̄ + t`, in place of what the activation kept.
fn finish<S: Simd, N: CpuNumber>(simd: S, stage: Stage, h: &[N], h_bar: &[N], t: &[N], z: &mut [N]) {
    let lanes = lanes_of::<S, N>();
    for_registers!(simd, stage, |ACTIVATION, omega, at| {
        let of = at..at + lanes;
        let (s1, _) = two_slopes(simd, ACTIVATION, omega, &h[of.clone()], &z[of.clone()]);
        let t = Wide::load(simd, &t[of.clone()]);
        s1.times_plus(Wide::load(simd, &h_bar[of.clone()]), t).store(&mut z[of]);
    });
}
