//! One thread's working memory for one tile, and the steps that both methods share.

use fearless_simd::{Simd, SimdBase};

use super::dots::dots;
use super::outer::{Copies, Factor, add_outer};
use super::phase::first_layer;
use super::plan::{LayerPlan, Plan};
use super::product::{Into, Left, PANEL, Right, Size, Target, product};
use super::rows::{Rows, Slopes, add_rows};
use crate::field::AlignedVec;
use crate::jet::Method;

/// Floats to repeat a narrow layer's biases over.
const LEAST_BIAS: usize = 512;

/// The layers of a tile. Each layer's inputs and pre-activations stay until the backward pass has
/// used them; a tile that is only evaluated keeps two layers.
pub(super) struct Tile {
    /// Whether a backward pass follows.
    pub keeps: bool,
    /// `inputs[l]`: what layer `l` multiplies: its input's channels, or value and tangent.
    pub inputs: Vec<AlignedVec>,
    /// `pre[l]`: pre-activations, then what the activation keeps, then cotangents.
    pub pre: Vec<AlignedVec>,
    /// Reverse mode: the outputs' gradient with respect to layer `l`'s activations.
    pub down: Vec<AlignedVec>,
    /// Cotangents or tangents on their way between layers.
    pub passing: AlignedVec,
    pub bias: AlignedVec,
    pub slopes: Slopes,
    pub copies: Copies,
    /// The jets of the tile and their cotangents, `(channels, points, outputs)`.
    pub jets: Vec<f32>,
    pub cotangents: Vec<f32>,
    /// The points' coordinates, and the same in float32.
    pub places: Vec<f64>,
    pub coordinates: Vec<f32>,
}

/// The packed weights and flat parameters of a step.
#[derive(Clone, Copy)]
pub(super) struct Weights<'a> {
    pub packed: &'a [f32],
    pub parameters: &'a [f32],
}

impl Tile {
    /// `keep` all layers for a backward pass, or only what evaluation needs.
    ///
    /// Memory starts as NaN, so that a number read before it is written cannot pass for one.
    pub fn new(plan: &Plan, keep: bool) -> Self {
        let points = plan.tile_points;
        let rows = points * plan.rows_per_point;
        let poisoned = |len: usize| {
            let mut memory = AlignedVec::zeros(len);
            memory.fill(f32::NAN);
            memory
        };
        let reverse = plan.method == Method::Reverse;
        let layers = if keep || reverse { plan.layers.len() } else { plan.layers.len().min(2) };
        let widest = |l: usize, row: fn(&LayerPlan) -> usize| {
            if keep || reverse { row(&plan.layers[l]) } else { plan.widest_row }
        };
        let numbers = points * plan.outputs * plan.channels.count;
        Self {
            keeps: keep,
            inputs: (0..layers).map(|l| poisoned(rows * widest(l, |p| p.input_row))).collect(),
            pre: (0..layers).map(|l| poisoned(rows * widest(l, |p| p.output_row))).collect(),
            down: (0..if reverse { layers } else { 0 })
                .map(|l| poisoned(points * plan.outputs * plan.layers[l].output_row))
                .collect(),
            passing: poisoned(rows * plan.widest_row),
            bias: poisoned(plan.widest_row.max(LEAST_BIAS)),
            slopes: Slopes::new(plan.widest_row),
            copies: Copies::default(),
            jets: vec![f32::NAN; numbers],
            cotangents: vec![f32::NAN; numbers],
            places: vec![f64::NAN; points * plan.inputs],
            coordinates: vec![f32::NAN; points * plan.inputs],
        }
    }

    /// Has `write` write the coordinates of the tile's points, `numbers` in all.
    pub fn place(&mut self, numbers: usize, write: impl FnOnce(&mut [f64])) {
        let places = &mut self.places[..numbers];
        write(places);
        self.coordinates.iter_mut().zip(places).for_each(|(x, place)| *x = *place as f32);
    }
}

/// `z = h Wᵀ` for `rows` rows.
pub(super) fn up<S: Simd>(simd: S, layer: &LayerPlan, w: Weights, rows: usize, h: &[f32], z: &mut [f32]) {
    if layer.few {
        return dots(simd, layer, &w.packed[layer.up_panels..], rows, h, z);
    }
    let width = <S::f32s as SimdBase<S>>::LEN * PANEL;
    let size = Size { m: rows, n: whole(simd, layer.outputs), k: layer.inputs };
    let a = Left::Rows { data: h, row: layer.input_row };
    let b = Right { data: &w.packed[layer.up_panels..], panel: layer.inputs * width, row: width };
    let c = Target { data: z, panel: width, row: layer.output_row };
    product(simd, size, a, b, c, Into::Set);
    clear_padding(size.n, layer.outputs_padded, layer.output_row, rows, z);
}

/// Layer `l`'s pre-activations of `rows` rows, which begin with the values of `points` points, and its biases as
/// [`activate`](super::rows::activate) wants them.
pub(super) fn pre_activations<S: Simd>(
    simd: S,
    plan: &Plan,
    w: Weights,
    tile: &mut Tile,
    l: usize,
    (rows, points): (usize, usize),
) {
    let layer = &plan.layers[l];
    let keeps = tile.inputs.len();
    let z = &mut tile.pre[l % keeps];
    up(simd, layer, w, rows, &tile.inputs[l % keeps], z);
    if l + 1 == plan.layers.len() {
        return;
    }
    if l == 0 && plan.precise {
        first_layer(simd, layer, w, &tile.places[..points * plan.inputs], z);
        return tile.bias.fill(0.0);
    }
    load_bias(layer, w, &mut tile.bias);
}

/// `h̄ = z̄ W` for `rows` rows, or `h̄ ∘ z̄ W` where `into` says so.
pub(super) fn down<S: Simd>(
    simd: S,
    layer: &LayerPlan,
    w: Weights,
    rows: usize,
    z: &[f32],
    h: &mut [f32],
    into: Into,
) {
    let width = <S::f32s as SimdBase<S>>::LEN * PANEL;
    let size = Size { m: rows, n: whole(simd, layer.inputs), k: layer.outputs };
    let a = Left::Rows { data: z, row: layer.output_row };
    let b = Right { data: &w.packed[layer.down_panels..], panel: layer.outputs * width, row: width };
    let c = Target { data: h, panel: width, row: layer.input_row };
    product(simd, size, a, b, c, into);
    clear_padding(size.n, layer.inputs_padded, layer.input_row, rows, h);
}

/// Adds layer `l`'s weight gradient `z̄ᵀ h` over `rows` rows, and its biases' over the first
/// `value_rows` of them.
pub(super) fn add_gradients<S: Simd>(
    simd: S,
    layer: &LayerPlan,
    (rows, value_rows): (usize, usize),
    h: &[f32],
    z_bar: &[f32],
    gradient: &mut [f32],
    copies: &mut Copies,
) {
    let (weights, biases) = gradient.split_at_mut(layer.bias_gradient);
    let c = &mut weights[layer.gradient..];
    let h = Factor { data: &h[..rows * layer.input_row], row: layer.input_row };
    let bars = Factor { data: &z_bar[..rows * layer.output_row], row: layer.output_row };
    if layer.transposed {
        let size = Size { m: layer.inputs, n: whole(simd, layer.outputs), k: rows };
        add_outer(simd, size, h, bars, c, copies);
    } else {
        let size = Size { m: layer.outputs, n: whole(simd, layer.inputs), k: rows };
        add_outer(simd, size, bars, h, c, copies);
    }
    let rows = Rows { count: value_rows, stride: layer.output_row, width: whole(simd, layer.outputs) };
    add_rows(simd, rows, z_bar, biases);
}

/// A width in whole registers of this instruction set.
pub(super) fn whole<S: Simd>(_: S, width: usize) -> usize {
    width.next_multiple_of(<S::f32s as SimdBase<S>>::LEN)
}

/// Zeros between a product's last register and the padded width, which activations also visit.
fn clear_padding(filled: usize, padded: usize, stride: usize, rows: usize, out: &mut [f32]) {
    if filled < padded {
        out.chunks_mut(stride).take(rows).for_each(|row| row[filled..padded].fill(0.0));
    }
}

/// Layer `l`'s biases, padded with zeros, again and again.
fn load_bias(layer: &LayerPlan, w: Weights, bias: &mut [f32]) {
    let (first, rest) = bias.split_at_mut(layer.outputs_padded);
    first[..layer.outputs].copy_from_slice(&w.parameters[layer.bias..layer.bias + layer.outputs]);
    first[layer.outputs..].fill(0.0);
    rest.chunks_exact_mut(first.len()).for_each(|copy| copy.copy_from_slice(first));
}
