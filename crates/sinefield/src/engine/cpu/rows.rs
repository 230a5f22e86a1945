//! The operations of a layer between its matrix products: the activation and its derivatives, row by row.
//!
//! A row holds the numbers of one point across a layer, padded. Rows of a tile are `stride` floats apart. The
//! activation overwrites the value row of the pre-activations with what its derivatives need.

use fearless_simd::Simd;

use super::number::{CpuNumber, lanes_of};
use super::wide::Wide;
use crate::field::Activation;

/// Runs `$body` with `$name` a constant, so that each activation has its own compiled loop.
macro_rules! for_activation {
    ($activation:expr, $name:ident => $body:expr) => {
        $crate::engine::cpu::rows::for_activation!(@arms $activation, $name, $body;
            Sine Relu Tanh Sigmoid Softplus Elu Selu Gaussian Linear)
    };
    (@arms $activation:expr, $name:ident, $body:expr; $($variant:ident)*) => {
        match $activation {
            $(Activation::$variant => {
                const $name: Activation = Activation::$variant;
                $body
            })*
        }
    };
}

pub(super) use for_activation;

/// Rows of one layer in a tile.
#[derive(Clone, Copy)]
pub(super) struct Rows {
    /// The number of rows.
    pub count: usize,
    /// Floats between rows.
    pub stride: usize,
    /// Floats of a row, a multiple of every register width.
    pub width: usize,
}

/// The activation of a layer.
#[derive(Clone, Copy)]
pub(super) struct Act {
    pub activation: Activation,
    pub omega: f64,
}

/// A layer's activation and its value rows in a tile.
#[derive(Clone, Copy)]
pub(super) struct Stage {
    pub act: Act,
    pub rows: Rows,
}

/// The derivatives `s1, s2, s3` of one row, with their powers of ω.
pub(super) struct Slopes<N> {
    pub s1: Vec<N>,
    pub s2: Vec<N>,
    pub s3: Vec<N>,
}

impl<N: CpuNumber> Slopes<N> {
    pub fn new(width: usize) -> Self {
        let poisoned = || vec![N::nan(); width];
        Self { s1: poisoned(), s2: poisoned(), s3: poisoned() }
    }
}

/// What [`activate`] stores in place of the pre-activations.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Keep {
    /// Nothing: only the value is needed.
    Nothing,
    /// What [`Activation::slopes`] needs beside `h`.
    ForSlopes,
    /// The first derivative with its ω. The cotangent of a value needs nothing else.
    Slope,
}

/// `h = σ(ω (z + bias))`. `z` is overwritten as `keep` says.
///
/// If rows have no gap between them, several are processed at once, as many as the repeats in `bias`. In a single row
/// of a narrow layer, the loop ends before it reaches full speed.
pub(super) fn activate<S: Simd, N: CpuNumber>(
    simd: S,
    stage: Stage,
    keep: Keep,
    bias: &[N],
    z: &mut [N],
    h: &mut [N],
) {
    let Stage { act, rows } = stage;
    let joined = if rows.stride == rows.width { bias.len() / rows.width } else { 1 };
    let (step, bias) = (joined * rows.stride, &bias[..joined * rows.width]);
    let all = rows.count * rows.stride;
    simd.vectorize(
        #[inline(always)]
        || {
            for_activation!(act.activation, ACTIVATION => {
                for (z, h) in z[..all].chunks_mut(step).zip(h[..all].chunks_mut(step)) {
                    match keep {
                        Keep::Nothing => activate_row(simd, ACTIVATION, act.omega, Keep::Nothing, bias, z, h),
                        Keep::ForSlopes => activate_row(simd, ACTIVATION, act.omega, Keep::ForSlopes, bias, z, h),
                        Keep::Slope => activate_row(simd, ACTIVATION, act.omega, Keep::Slope, bias, z, h),
                    }
                }
            });
        },
    );
}

/// `z` and `h` have the length of `bias`.
#[inline(always)]
fn activate_row<S: Simd, N: CpuNumber>(
    simd: S,
    activation: Activation,
    omega: f64,
    keep: Keep,
    bias: &[N],
    z: &mut [N],
    h: &mut [N],
) {
    let lanes = lanes_of::<S, N>();
    let omega = Wide::<S, N>::splat(simd, N::of(omega));
    let vectors = z.chunks_exact_mut(lanes).zip(h.chunks_exact_mut(lanes)).zip(bias.chunks_exact(lanes));
    for ((z, h), bias) in vectors {
        let sum = Wide::<S, N>::load(simd, z) + Wide::load(simd, bias);
        let (value, kept) = activation.value(sum * omega);
        value.store(h);
        match keep {
            Keep::Nothing => {}
            Keep::ForSlopes => kept.store(z),
            Keep::Slope => (activation.slopes(value, kept)[0] * omega).store(z),
        }
    }
}

/// The derivatives of one row, from its values and what was kept.
#[inline(always)]
pub(super) fn slopes_of<S: Simd, N: CpuNumber>(simd: S, act: Act, h: &[N], kept: &[N], out: &mut Slopes<N>) {
    let lanes = lanes_of::<S, N>();
    for_activation!(act.activation, ACTIVATION => {
        let omega = Wide::<S, N>::splat(simd, N::of(act.omega));
        let omega2 = omega * omega;
        let omega3 = omega2 * omega;
        // By index, because a zip of five slices is not inlined.
        let width = h.len();
        let (kept, s1) = (&kept[..width], &mut out.s1[..width]);
        let (s2, s3) = (&mut out.s2[..width], &mut out.s3[..width]);
        for j in (0..width).step_by(lanes) {
            let at = j..j + lanes;
            let (h, kept) = (Wide::<S, N>::load(simd, &h[at.clone()]), Wide::load(simd, &kept[at.clone()]));
            let [t1, t2, t3] = ACTIVATION.slopes(h, kept);
            (t1 * omega).store(&mut s1[at.clone()]);
            (t2 * omega2).store(&mut s2[at.clone()]);
            (t3 * omega3).store(&mut s3[at]);
        }
    });
}

/// Copies a row of coordinates or outputs. For one to four numbers it makes no call, which would cost more than the copy.
#[inline(always)]
pub(super) fn copy_few<N: CpuNumber>(from: &[N], to: &mut [N]) {
    fn all<N: CpuNumber, const COUNT: usize>(from: &[N], to: &mut [N]) -> bool {
        match (from.try_into(), to.try_into()) {
            (Ok(from), Ok(to)) => {
                let (from, to): (&[N; COUNT], &mut [N; COUNT]) = (from, to);
                *to = *from;
                true
            }
            _ => false,
        }
    }
    if !(all::<N, 1>(from, to) || all::<N, 2>(from, to) || all::<N, 3>(from, to) || all::<N, 4>(from, to)) {
        to.copy_from_slice(from);
    }
}

/// `sums += Σ rows`: for the bias gradient and to add accumulators. The sums of a few columns at a time stay in
/// registers.
pub(super) fn add_rows<S: Simd, N: CpuNumber>(simd: S, rows: Rows, source: &[N], sums: &mut [N]) {
    let lanes = lanes_of::<S, N>();
    simd.vectorize(
        #[inline(always)]
        || {
            let mut column = 0;
            while column < rows.width {
                let rest = &source[column..];
                let sums = &mut sums[column..rows.width];
                column += match sums.len() / lanes {
                    0..2 => add_columns::<S, N, 1>(simd, rows, rest, sums),
                    2..4 => add_columns::<S, N, 2>(simd, rows, rest, sums),
                    _ => add_columns::<S, N, 4>(simd, rows, rest, sums),
                };
            }
        },
    );
}

/// Like [`add_rows`], for the first `V` registers of columns. Returns the number of these columns.
#[inline(always)]
fn add_columns<S: Simd, N: CpuNumber, const V: usize>(
    simd: S,
    rows: Rows,
    source: &[N],
    sums: &mut [N],
) -> usize {
    let lanes = lanes_of::<S, N>();
    // Two sums for each column, so that an addition need not wait for the previous one.
    let mut totals = [[Wide::<S, N>::zero(simd); V]; 2];
    for (r, row) in source.chunks(rows.stride).take(rows.count).enumerate() {
        for (v, total) in totals[r % 2].iter_mut().enumerate() {
            *total = *total + Wide::load(simd, &row[v * lanes..(v + 1) * lanes]);
        }
    }
    for (v, sum) in sums.chunks_exact_mut(lanes).take(V).enumerate() {
        (Wide::<S, N>::load(simd, sum) + (totals[0][v] + totals[1][v])).store(sum);
    }
    V * lanes
}
