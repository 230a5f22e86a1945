//! The working memory of one thread for one tile, and the steps that both methods share.

use fearless_simd::Simd;

use super::dots::dots;
use super::lines::Scratch;
use super::number::{CpuNumber, lanes_of};
use super::outer::{Copies, Factor, outer};
use super::phase::first_layer;
use super::plan::{LayerPlan, Plan, Up};
use super::product::{Into, Left, PANEL, Right, Size, Target, product};
use super::quad::quads;
use super::rows::{Rows, Slopes, add_rows};
use crate::field::AlignedVec;
use crate::jet::Method;

/// The biases of a narrow layer are repeated over this many floats.
const LEAST_BIAS: usize = 512;

/// The layers of a tile. The inputs and pre-activations of each layer stay until the backward pass has used them. A
/// tile for evaluation keeps two layers.
pub(super) struct Tile<N> {
    /// Whether a backward pass follows.
    pub keeps: bool,
    /// `inputs[l]`: the channels of the input of layer `l`, or in reverse mode its value and tangent.
    pub inputs: Vec<AlignedVec<N>>,
    /// `pre[l]`: first pre-activations, then the numbers that the activation keeps, then cotangents.
    pub pre: Vec<AlignedVec<N>>,
    /// Reverse mode: the gradient of the outputs with respect to the activations of layer `l`.
    pub down: Vec<AlignedVec<N>>,
    /// Cotangents or tangents between two layers.
    pub passing: AlignedVec<N>,
    pub bias: AlignedVec<N>,
    pub slopes: Slopes<N>,
    pub scratch: Scratch<N>,
    pub copies: Copies<N>,
    /// The jets of the tile and their cotangents, `(channels, points, outputs)`.
    pub jets: Vec<N>,
    pub cotangents: Vec<N>,
    /// The coordinates of the points, and the same in float32.
    pub places: Vec<f64>,
    pub coordinates: Vec<N>,
}

/// Memory that starts as NaN, so that a number that is read before it is written is not taken for a result.
pub(super) fn poisoned<N: CpuNumber>(len: usize) -> AlignedVec<N> {
    let mut memory = AlignedVec::zeros(len);
    memory.fill(N::nan());
    memory
}

/// The packed weights and flat parameters of a step.
#[derive(Clone, Copy)]
pub(super) struct Weights<'a, N> {
    pub packed: &'a [N],
    pub parameters: &'a [N],
}

impl<N: CpuNumber> Tile<N> {
    /// Allocates all layers for a backward pass (`keep`), or only the two that evaluation needs.
    ///
    pub fn new(plan: &Plan, keep: bool) -> Self {
        let points = plan.tile_points;
        let rows = points * plan.rows_per_point;
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
            scratch: Scratch::new(plan),
            copies: Copies::default(),
            jets: vec![N::nan(); numbers],
            cotangents: vec![N::nan(); numbers],
            places: vec![f64::NAN; points * plan.inputs],
            coordinates: vec![N::nan(); points * plan.inputs],
        }
    }

    /// The bytes of a tile for a backward pass.
    pub fn memory(plan: &Plan) -> usize {
        let rows = plan.tile_points * plan.rows_per_point;
        let reverse = plan.method == Method::Reverse;
        let layer = |layer: &LayerPlan| {
            let down = if reverse { plan.tile_points * plan.outputs * layer.output_row } else { 0 };
            rows * (layer.input_row + layer.output_row) + down
        };
        let layers: usize = plan.layers.iter().map(layer).sum();
        (layers + rows * plan.widest_row).saturating_mul(size_of::<N>())
    }

    /// Lets `write` write the coordinates of the points of the tile, `numbers` in total.
    pub fn place(&mut self, numbers: usize, write: impl FnOnce(&mut [f64])) {
        let places = &mut self.places[..numbers];
        write(places);
        self.coordinates.iter_mut().zip(places).for_each(|(x, place)| *x = N::of(*place));
    }
}

/// `z = h Wᵀ` for `rows` rows.
pub(super) fn up<S: Simd, N: CpuNumber>(
    simd: S,
    layer: &LayerPlan,
    w: Weights<N>,
    rows: usize,
    h: &[N],
    z: &mut [N],
) {
    let weights = &w.packed[layer.up_weights..];
    match layer.up {
        Up::Dots => return dots(simd, layer, weights, rows, h, z),
        Up::Quads => return quads(simd, layer, weights, rows, h, z),
        Up::Panels => {}
    }
    let width = lanes_of::<S, N>() * PANEL;
    let size = Size { m: rows, n: whole::<S, N>(simd, layer.outputs), k: layer.inputs };
    let a = Left::Rows { data: h, row: layer.input_row };
    let b = Right { data: weights, panel: layer.inputs * width, row: width };
    let c = Target { data: z, panel: width, row: layer.output_row };
    product(simd, size, a, b, c, Into::Set);
    clear_padding(size.n, layer.outputs_padded, layer.output_row, rows, z);
}

/// The pre-activations of layer `l` for `rows` rows, of which the first `points` are values, and its biases in the form
/// that [`activate`](super::rows::activate) reads.
pub(super) fn pre_activations<S: Simd, N: CpuNumber>(
    simd: S,
    plan: &Plan,
    w: Weights<N>,
    tile: &mut Tile<N>,
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
        return tile.bias.fill(N::zero());
    }
    load_bias(layer, w, &mut tile.bias);
}

/// `h̄ = z̄ W` for `rows` rows, or `h̄ ∘ z̄ W` with [`Into::Scale`].
pub(super) fn down<S: Simd, N: CpuNumber>(
    simd: S,
    layer: &LayerPlan,
    w: Weights<N>,
    rows: usize,
    z: &[N],
    h: &mut [N],
    into: Into<'_, N>,
) {
    let width = lanes_of::<S, N>() * PANEL;
    let size = Size { m: rows, n: whole::<S, N>(simd, layer.inputs), k: layer.outputs };
    let a = Left::Rows { data: z, row: layer.output_row };
    let b = Right { data: &w.packed[layer.down_panels..], panel: layer.outputs * width, row: width };
    let c = Target { data: h, panel: width, row: layer.input_row };
    product(simd, size, a, b, c, into);
    clear_padding(size.n, layer.inputs_padded, layer.input_row, rows, h);
}

/// The accumulator of a chunk.
pub(super) struct Gradient<'a, N> {
    pub data: &'a mut [N],
    /// Whether the first tile of the chunk is about to fill it. Its contents are then of another chunk.
    pub fresh: bool,
}

impl<N: CpuNumber> Gradient<'_, N> {
    /// Clears what tiles only add to, if the contents are of another chunk. Weight gradients are then stored.
    pub fn start(&mut self, plan: &Plan) {
        if self.fresh {
            for layer in &plan.layers {
                self.biases(layer).fill(N::zero());
            }
            if let Some(rbf) = &plan.rbf {
                rbf.clear(self.data);
            }
        }
    }

    /// The bias gradient of a layer, padded.
    pub fn biases(&mut self, layer: &LayerPlan) -> &mut [N] {
        &mut self.data[layer.bias_gradient..][..layer.outputs_padded]
    }
}

/// Adds the weight gradient `z̄ᵀ h` of a layer over `rows` rows.
pub(super) fn add_weights<S: Simd, N: CpuNumber>(
    simd: S,
    layer: &LayerPlan,
    rows: usize,
    h: &[N],
    z_bar: &[N],
    gradient: &mut Gradient<N>,
    copies: &mut Copies<N>,
) {
    let fresh = gradient.fresh;
    let c = &mut gradient.data[layer.gradient..layer.bias_gradient];
    let h = Factor { data: &h[..rows * layer.input_row], row: layer.input_row };
    let bars = Factor { data: &z_bar[..rows * layer.output_row], row: layer.output_row };
    if layer.transposed {
        let size = Size { m: layer.inputs, n: whole::<S, N>(simd, layer.outputs), k: rows };
        outer(simd, size, h, bars, c, fresh, copies);
    } else {
        let size = Size { m: layer.outputs, n: whole::<S, N>(simd, layer.inputs), k: rows };
        outer(simd, size, bars, h, c, fresh, copies);
    }
}

/// Adds the bias gradient of a layer: the sum of the first `count` rows of `z_bar`, which are those of the values.
pub(super) fn add_biases<S: Simd, N: CpuNumber>(
    simd: S,
    layer: &LayerPlan,
    count: usize,
    z_bar: &[N],
    gradient: &mut Gradient<N>,
) {
    let rows = Rows { count, stride: layer.output_row, width: whole::<S, N>(simd, layer.outputs) };
    add_rows(simd, rows, z_bar, gradient.biases(layer));
}

/// The width rounded up to whole registers of this instruction set.
pub(super) fn whole<S: Simd, N: CpuNumber>(_: S, width: usize) -> usize {
    width.next_multiple_of(lanes_of::<S, N>())
}

/// Writes zeros between the last register of a product and the padded width. Activations also visit these.
fn clear_padding<N: CpuNumber>(filled: usize, padded: usize, stride: usize, rows: usize, out: &mut [N]) {
    if filled < padded {
        out.chunks_mut(stride).take(rows).for_each(|row| row[filled..padded].fill(N::zero()));
    }
}

/// Repeats the biases of layer `l`, padded with zeros.
fn load_bias<N: CpuNumber>(layer: &LayerPlan, w: Weights<N>, bias: &mut [N]) {
    let (first, rest) = bias.split_at_mut(layer.outputs_padded);
    first[..layer.outputs].copy_from_slice(&w.parameters[layer.bias..layer.bias + layer.outputs]);
    first[layer.outputs..].fill(N::zero());
    rest.chunks_exact_mut(first.len()).for_each(|copy| copy.copy_from_slice(first));
}
