//! The memory layout: padded widths, strides, and offsets of weights, gradients and tiles.

use crate::engine::cpu::isa::InstructionSet;
use crate::field::{Activation, Architecture, Encoding, Fourier, Precision};
use crate::jet::{JetSpec, Method};

use super::lines::LinePlan;
use super::product::PANEL;
use super::quad::QUAD;
use super::rbf::RbfPlan;

/// The approximate number of float32 rows of a tile in a matrix product; half as many in float64. More rows spread the cost of fetching weights and of
/// visiting the gradient. Fewer rows keep the layers of a tile in the L2 cache. A multiple of the rows of a register
/// tile fills all of them.
const TILE_ROWS: usize = 168;
/// Scalar products are the cheapest from this many inputs for each output.
const INPUTS_A_DOT: usize = 64;
/// The least and the largest number of rows of a chunk, about. Each chunk has its own gradient accumulator. With fewer
/// rows, adding the accumulators would cost more than a few per cent of filling them. In tiles.
const CHUNK_TILES: (usize, usize) = (2, 6);
/// Chunks that a step has if they have rows enough, so that many threads finish together.
const CHUNKS: usize = 128;

/// Bytes of a cache line.
const LINE: usize = 64;

/// How the product `h Wᵀ` of a layer is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Up {
    /// By [`super::product`]: panels of W.
    Panels,
    /// By [`super::dots`], for few outputs of many inputs: rows of W.
    Dots,
    /// By [`super::quad`], for few outputs: columns of W.
    Quads,
}

impl Up {
    /// The fastest one.
    fn of(inputs: usize, outputs: usize) -> Self {
        if outputs * INPUTS_A_DOT <= inputs {
            Up::Dots
        } else if outputs <= QUAD {
            Up::Quads
        } else {
            Up::Panels
        }
    }
}

/// One layer.
#[derive(Clone, Debug)]
pub(super) struct LayerPlan {
    pub inputs: usize,
    pub outputs: usize,
    /// Widths padded to whole registers of every instruction set.
    pub inputs_padded: usize,
    pub outputs_padded: usize,
    /// Floats between rows of the layer's inputs and outputs in a tile.
    pub input_row: usize,
    pub output_row: usize,
    pub activation: Activation,
    pub omega: f64,
    /// Offsets in the flat parameters.
    pub weight: usize,
    pub bias: usize,
    pub up: Up,
    /// Offsets in the packed weights: those of `h Wᵀ`, in the order for `up`, and panels for `z̄ W`.
    pub up_weights: usize,
    pub down_panels: usize,
    /// Offset in a gradient accumulator, in the panels of [`super::outer`]. The order is `(out, in)`, or `(in, out)` if
    /// `transposed`. The latter is better for few inputs, because no register is then mostly padding.
    pub gradient: usize,
    pub transposed: bool,
    pub bias_gradient: usize,
}

/// The channels of the jet, in the form that the kernels use.
#[derive(Clone, Debug)]
pub(super) struct Channels {
    /// Coordinates of the first derivatives; channel `1 + f`.
    pub first: Vec<usize>,
    /// Pairs of positions in `first`; channel `1 + first.len() + p`.
    pub pairs: Vec<(usize, usize)>,
    /// Coordinate pairs of `pairs`.
    pub second: Vec<(usize, usize)>,
    /// The lines of third and fourth derivatives, whose channels come after those of the pairs.
    pub lines: Vec<LinePlan>,
    /// A weight for each position in `first`; the last channel.
    pub laplacian: Option<Vec<f64>>,
    pub count: usize,
}

impl Channels {
    fn new(spec: &JetSpec) -> Self {
        let first = spec.first().to_vec();
        let position = |i: usize| first.iter().position(|&f| f == i).unwrap_or(0);
        let pairs = spec.second().iter().map(|&(i, j)| (position(i), position(j))).collect();
        let laplacian = spec.laplacian_weights().map(|c| first.iter().map(|&i| c[i]).collect());
        let lines = spec.lines_with_channels().map(|(line, third)| LinePlan::new(spec, line, third));
        let (second, count) = (spec.second().to_vec(), spec.channels());
        Self { pairs, second, lines: lines.collect(), laplacian, count, first }
    }
}

/// The constants that follow from the architecture, the jet and the instruction set.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub set: InstructionSet,
    pub precision: Precision,
    /// Lanes of a register.
    pub lanes: usize,
    pub inputs: usize,
    pub outputs: usize,
    pub encoding: Encoding,
    pub rbf: Option<RbfPlan>,
    pub fourier: Option<Fourier>,
    pub feature_row: usize,
    pub layers: Vec<LayerPlan>,
    pub channels: Channels,
    pub method: Method,
    /// Floats of the packed weights and of a gradient accumulator.
    pub packed_len: usize,
    pub gradient_len: usize,
    pub parameter_count: usize,
    /// Points of a full tile.
    pub tile_points: usize,
    /// The approximate number of rows of a tile.
    pub tile_rows: usize,
    /// Rows per point of a tile in the matrix products.
    pub rows_per_point: usize,
    pub widest_row: usize,
    /// Whether the phases of the first layer are computed in float64.
    pub precise: bool,
}

impl Plan {
    pub fn new(
        architecture: &Architecture,
        spec: &JetSpec,
        set: InstructionSet,
        precision: Precision,
    ) -> Self {
        let lanes = lanes(set) * size_of::<f32>() / precision.bytes();
        let (panel, line) = (PANEL * lanes, LINE / precision.bytes());
        let tile_rows = TILE_ROWS * size_of::<f32>() / precision.bytes();
        let (mut packed, mut gradient) = (0, 0);
        let take = |total: &mut usize, len: usize| {
            let start = *total;
            *total += len.next_multiple_of(line);
            start
        };
        let mut layers = Vec::new();
        for (layer, shape) in architecture.layers.iter().zip(architecture.shapes()) {
            let (inputs, outputs) = (shape.inputs, shape.outputs);
            let up = Up::of(inputs, outputs);
            let up_floats = match up {
                Up::Dots => outputs * inputs.next_multiple_of(line),
                Up::Quads => inputs * QUAD,
                Up::Panels => inputs * outputs.next_multiple_of(panel),
            };
            let mut plan = LayerPlan {
                inputs,
                outputs,
                inputs_padded: inputs.next_multiple_of(line),
                outputs_padded: outputs.next_multiple_of(line),
                input_row: row_stride(inputs, line),
                output_row: row_stride(outputs, line),
                activation: layer.activation,
                omega: f64::from(layer.omega),
                weight: shape.weight.start,
                bias: shape.bias.start,
                up,
                up_weights: take(&mut packed, up_floats),
                down_panels: take(&mut packed, outputs * inputs.next_multiple_of(panel)),
                gradient: 0,
                transposed: inputs < outputs && inputs <= 16,
                bias_gradient: 0,
            };
            let (rows, columns) = if plan.transposed { (inputs, outputs) } else { (outputs, inputs) };
            plan.gradient = take(&mut gradient, rows * columns.next_multiple_of(panel));
            plan.bias_gradient = take(&mut gradient, plan.outputs_padded);
            layers.push(plan);
        }
        let outputs = architecture.outputs();
        let rbf = RbfPlan::new(architecture, line, &mut packed, &mut gradient);
        // A learned encoding needs the cotangents of its features in every channel. Only the forward method has them.
        let method = if rbf.is_some() { Method::Forward } else { spec.method(outputs) };
        let rows_per_point = match method {
            Method::Forward => spec.channels(),
            Method::Reverse => 1 + outputs,
        };
        let features = architecture.encoding.features(architecture.inputs);
        let mut plan = Self {
            precise: false,
            set,
            precision,
            lanes,
            inputs: architecture.inputs,
            outputs,
            encoding: architecture.encoding,
            rbf,
            fourier: Fourier::new(architecture.encoding, architecture.inputs),
            feature_row: row_stride(features, line),
            widest_row: layers.iter().map(|l| l.output_row.max(l.input_row)).max().unwrap_or(line),
            layers,
            channels: Channels::new(spec),
            method,
            packed_len: packed,
            gradient_len: gradient,
            parameter_count: architecture.parameter_count(),
            tile_points: (tile_rows / rows_per_point).max(1),
            tile_rows,
            rows_per_point,
        };
        plan.precise = super::phase::is_needed(&plan);
        plan
    }

    /// Points of a chunk in a step of `points` points, a whole number of tiles.
    pub fn chunk_points(&self, points: usize) -> usize {
        let (least, most) = (CHUNK_TILES.0 * self.tile_rows, CHUNK_TILES.1 * self.tile_rows);
        let rows = (points.saturating_mul(self.rows_per_point) / CHUNKS).clamp(least, most);
        let tile_rows = self.rows_per_point * self.tile_points;
        let nearest = (2 * rows + tile_rows) / (2 * tile_rows);
        nearest.max(1) * self.tile_points
    }

    /// Floating-point operations of the matrix products at one point: the forward pass alone, or forward pass, backward
    /// pass and weight gradient. Counted by formula: a product of an `(out, in)` matrix with a row has `2 out in`. The
    /// first layer needs no cotangent of its inputs, except for a learned encoding.
    pub fn operations_per_point(&self, with_gradient: bool) -> f64 {
        let rows = self.rows_per_point as f64;
        let pass = |layers: &[LayerPlan]| -> f64 {
            layers.iter().map(|l| 2.0 * (l.inputs * l.outputs) as f64).sum()
        };
        let all = pass(&self.layers);
        let down = pass(&self.layers[usize::from(self.rbf.is_none())..]);
        if with_gradient { rows * (2.0 * all + down) } else { rows * all }
    }
}

/// Float32 lanes of a register.
fn lanes(set: InstructionSet) -> usize {
    match set {
        InstructionSet::Avx512 => 16,
        InstructionSet::Avx2 => 8,
        InstructionSet::Neon | InstructionSet::Wasm | InstructionSet::Scalar => 4,
    }
}

/// Numbers between rows of `width`: whole cache lines of `line` numbers. Long rows have an odd number of lines, because rows an even
/// number of lines apart compete for the same few sets of the L1 cache.
fn row_stride(width: usize, line: usize) -> usize {
    let lines = width.div_ceil(line);
    line * if lines >= 4 { lines | 1 } else { lines }
}
