//! What happens to a layer between its matrix products: the activation and its slopes, row by row.
//!
//! A row is one point's numbers across a layer, padded. Rows of a tile lie `stride` floats apart. The
//! value's row of pre-activations is overwritten by what the activation keeps for its slopes.

use fearless_simd::{Simd, SimdBase};

use super::wide::Wide;
use crate::field::Activation;

/// Runs `$body` with `$name` a constant, so that each activation has its own compiled loop.
macro_rules! for_activation {
    ($activation:expr, $name:ident => $body:expr) => {
        for_activation!(@arms $activation, $name, $body;
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

/// Rows of one layer in a tile.
#[derive(Clone, Copy)]
pub(super) struct Rows {
    /// How many.
    pub count: usize,
    /// Floats between them.
    pub stride: usize,
    /// Floats of each, a multiple of every register width.
    pub width: usize,
}

/// The activation of a layer.
#[derive(Clone, Copy)]
pub(super) struct Act {
    pub activation: Activation,
    pub omega: f32,
}

/// A layer's activation and its value rows in a tile.
#[derive(Clone, Copy)]
pub(super) struct Stage {
    pub act: Act,
    pub rows: Rows,
}

/// The slopes `s1, s2, s3` of one row, with ω's powers in them.
pub(super) struct Slopes {
    pub s1: Vec<f32>,
    pub s2: Vec<f32>,
    pub s3: Vec<f32>,
}

impl Slopes {
    pub fn new(width: usize) -> Self {
        let poisoned = || vec![f32::NAN; width];
        Self { s1: poisoned(), s2: poisoned(), s3: poisoned() }
    }
}

/// What [`activate`] leaves in place of the pre-activations.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Keep {
    /// What [`Activation::slopes`] wants beside `h`.
    ForSlopes,
    /// The first slope itself, ω included: all that a value's cotangent needs.
    Slope,
}

/// `h = σ(ω (z + bias))`; `z` becomes what is to be kept.
pub(super) fn activate<S: Simd>(
    simd: S,
    stage: Stage,
    keep: Keep,
    bias: &[f32],
    z: &mut [f32],
    h: &mut [f32],
) {
    let Stage { act, rows } = stage;
    simd.vectorize(
        #[inline(always)]
        || {
            for_activation!(act.activation, ACTIVATION => {
                let both = z.chunks_mut(rows.stride).zip(h.chunks_mut(rows.stride)).take(rows.count);
                for (z, h) in both {
                    let (z, h) = (&mut z[..rows.width], &mut h[..rows.width]);
                    match keep {
                        Keep::ForSlopes => activate_row(simd, ACTIVATION, act.omega, false, bias, z, h),
                        Keep::Slope => activate_row(simd, ACTIVATION, act.omega, true, bias, z, h),
                    }
                }
            });
        },
    );
}

#[inline(always)]
fn activate_row<S: Simd>(
    simd: S,
    activation: Activation,
    omega: f32,
    slope: bool,
    bias: &[f32],
    z: &mut [f32],
    h: &mut [f32],
) {
    let lanes = <S::f32s as SimdBase<S>>::LEN;
    let omega = Wide::<S>::splat(simd, omega);
    let vectors = z.chunks_exact_mut(lanes).zip(h.chunks_exact_mut(lanes)).zip(bias.chunks_exact(lanes));
    for ((z, h), bias) in vectors {
        let sum = Wide::<S>::load(simd, z) + Wide::load(simd, bias);
        let (value, kept) = activation.value(sum * omega);
        value.store(h);
        let kept = if slope { activation.slopes(value, kept)[0] * omega } else { kept };
        kept.store(z);
    }
}

/// The slopes of one row, from its values and what was kept of it.
#[inline(always)]
pub(super) fn slopes_of<S: Simd>(simd: S, act: Act, h: &[f32], kept: &[f32], out: &mut Slopes) {
    let lanes = <S::f32s as SimdBase<S>>::LEN;
    for_activation!(act.activation, ACTIVATION => {
        let omega = Wide::<S>::splat(simd, act.omega);
        let omega2 = omega * omega;
        let omega3 = omega2 * omega;
        let sources = h.chunks_exact(lanes).zip(kept.chunks_exact(lanes));
        let targets = out.s1.chunks_exact_mut(lanes)
            .zip(out.s2.chunks_exact_mut(lanes))
            .zip(out.s3.chunks_exact_mut(lanes));
        for ((h, kept), ((t1, t2), t3)) in sources.zip(targets) {
            let [s1, s2, s3] = ACTIVATION.slopes(Wide::<S>::load(simd, h), Wide::load(simd, kept));
            (s1 * omega).store(t1);
            (s2 * omega2).store(t2);
            (s3 * omega3).store(t3);
        }
    });
}

/// `sums += Σ rows`: the biases' gradient.
pub(super) fn add_rows<S: Simd>(simd: S, rows: Rows, source: &[f32], sums: &mut [f32]) {
    let lanes = <S::f32s as SimdBase<S>>::LEN;
    simd.vectorize(
        #[inline(always)]
        || {
            for row in source.chunks(rows.stride).take(rows.count) {
                let vectors = sums[..rows.width].chunks_exact_mut(lanes).zip(row.chunks_exact(lanes));
                for (sum, value) in vectors {
                    (Wide::<S>::load(simd, sum) + Wide::load(simd, value)).store(sum);
                }
            }
        },
    );
}
