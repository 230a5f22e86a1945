//! Carries derivative channels through an activation, for the rows of one point.
//!
//! The formulas are those of [`crate::jet`]. Channel `c` of point `r` is row `c * points + r`.

use fearless_simd::Simd;

use super::number::{CpuNumber, lanes_of};
use super::plan::Channels;
use super::rows::{Rows, Slopes, Stage, slopes_of};
use super::wide::Wide;

/// Runs `$body` for the usual shapes with constants, so that the compiler knows the number of first derivatives and
/// whether there is a Laplacian.
macro_rules! for_shape {
    ($channels:expr, |$d:ident, $laplacian:ident| $body:expr) => {
        match ($channels.first.len(), $channels.laplacian.is_some(), $channels.pairs.is_empty()) {
            (1, true, true) => for_shape!(@ 1, true, $d, $laplacian, $body),
            (2, true, true) => for_shape!(@ 2, true, $d, $laplacian, $body),
            (3, true, true) => for_shape!(@ 3, true, $d, $laplacian, $body),
            (1, false, true) => for_shape!(@ 1, false, $d, $laplacian, $body),
            (2, false, true) => for_shape!(@ 2, false, $d, $laplacian, $body),
            (3, false, true) => for_shape!(@ 3, false, $d, $laplacian, $body),
            (d, laplacian, _) => for_shape!(@ d, laplacian, $d, $laplacian, $body),
        }
    };
    (@ $value:expr, $has:expr, $d:ident, $laplacian:ident, $body:expr) => {{
        let ($d, $laplacian) = ($value, $has);
        $body
    }};
}

/// Runs `$body` for every point `$r` of a stage, with the shape of its channels and with `$slopes` computed from the values
/// `$h` and `$z`.
macro_rules! for_points {
    ($simd:expr, $stage:expr, $channels:expr, ($h:expr, $z:expr, $slopes:expr), |$shape:ident, $rows:ident, $r:ident| $body:expr) => {{
        let Stage { act, rows: $rows } = $stage;
        $simd.vectorize(
            #[inline(always)]
            || {
                for_shape!($channels, |d, laplacian| {
                    let $shape = Shape { channels: $channels, d, laplacian };
                    for $r in 0..$rows.count {
                        let at = $r * $rows.stride;
                        let row = at..at + $rows.width;
                        slopes_of($simd, act, &$h[row.clone()], &$z[row], $slopes);
                        $body;
                    }
                });
            },
        );
    }};
}

/// The channels, with constant counts where the compiler knows them.
#[derive(Clone, Copy)]
pub(super) struct Shape<'a> {
    channels: &'a Channels,
    /// First derivatives.
    d: usize,
    laplacian: bool,
}

impl<'a> Shape<'a> {
    /// The shape of any channels.
    pub fn of(channels: &'a Channels) -> Self {
        Self { channels, d: channels.first.len(), laplacian: channels.laplacian.is_some() }
    }

    /// The weight of first derivative `f` in the Laplacian.
    #[inline(always)]
    fn weight<N: CpuNumber>(&self, f: usize) -> N {
        self.channels.laplacian.as_deref().map_or(N::zero(), |weights| N::of(weights[f]))
    }
}

/// Writes the derivative channels of `h`, given those of `z` and the values in `h`.
pub(super) fn carry<S: Simd, N: CpuNumber>(
    simd: S,
    stage: Stage,
    channels: &Channels,
    z: &[N],
    h: &mut [N],
    slopes: &mut Slopes<N>,
) {
    for_points!(simd, stage, channels, (h, z, slopes), |shape, rows, r| {
        carry_point(simd, shape, rows, r, z, h, slopes);
    });
}

#[inline(always)]
pub(super) fn carry_point<S: Simd, N: CpuNumber>(
    simd: S,
    shape: Shape,
    rows: Rows,
    r: usize,
    z: &[N],
    h: &mut [N],
    slopes: &Slopes<N>,
) {
    let lanes = lanes_of::<S, N>();
    let step = rows.count * rows.stride;
    let Shape { channels, d, laplacian } = shape;
    for j in (0..rows.width).step_by(lanes) {
        let s1 = Wide::<S, N>::load(simd, &slopes.s1[j..j + lanes]);
        let s2 = Wide::<S, N>::load(simd, &slopes.s2[j..j + lanes]);
        let at = |c: usize| c * step + r * rows.stride + j;
        let read = |c: usize| Wide::<S, N>::load(simd, &z[at(c)..at(c) + lanes]);
        let mut squares = Wide::zero(simd);
        for f in 0..d {
            let zf = read(1 + f);
            (s1 * zf).store(&mut h[at(1 + f)..at(1 + f) + lanes]);
            if laplacian {
                squares = (zf * Wide::splat(simd, shape.weight(f))).times_plus(zf, squares);
            }
        }
        for (p, &(a, b)) in channels.pairs.iter().enumerate() {
            let c = 1 + d + p;
            let value = s1.times_plus(read(c), s2 * read(1 + a) * read(1 + b));
            value.store(&mut h[at(c)..at(c) + lanes]);
        }
        if laplacian {
            let c = channels.count - 1;
            let value = s1.times_plus(read(c), s2 * squares);
            value.store(&mut h[at(c)..at(c) + lanes]);
        }
    }
}

/// Overwrites every channel of `z` with its cotangent, given those of `h`.
pub(super) fn carry_back<S: Simd, N: CpuNumber>(
    simd: S,
    stage: Stage,
    channels: &Channels,
    h: &[N],
    h_bar: &[N],
    z: &mut [N],
    slopes: &mut Slopes<N>,
) {
    for_points!(simd, stage, channels, (h, z, slopes), |shape, rows, r| {
        carry_point_back(simd, shape, rows, r, h_bar, z, slopes);
    });
}

#[inline(always)]
pub(super) fn carry_point_back<S: Simd, N: CpuNumber>(
    simd: S,
    shape: Shape,
    rows: Rows,
    r: usize,
    h_bar: &[N],
    z: &mut [N],
    slopes: &Slopes<N>,
) {
    let lanes = lanes_of::<S, N>();
    let step = rows.count * rows.stride;
    let Shape { channels, d, laplacian } = shape;
    let last = channels.count - 1;
    for j in (0..rows.width).step_by(lanes) {
        let load = |row: &[N]| Wide::<S, N>::load(simd, &row[j..j + lanes]);
        let (s1, s2, s3) = (load(&slopes.s1), load(&slopes.s2), load(&slopes.s3));
        let at = |c: usize| c * step + r * rows.stride + j;
        let bar = |c: usize| Wide::<S, N>::load(simd, &h_bar[at(c)..at(c) + lanes]);
        let mut value = s1 * bar(0);
        let lap_bar = if laplacian { bar(last) } else { Wide::zero(simd) };
        let lap_curve = s2 * lap_bar;
        let mut squares = Wide::zero(simd);
        let mut curve = Wide::zero(simd);
        // The cotangent of a second derivative contributes to the value and to both first derivatives. All of these
        // need the first derivatives of z, so those are overwritten last.
        for (p, &(a, b)) in channels.pairs.iter().enumerate() {
            let c = 1 + d + p;
            let read = |c: usize| Wide::<S, N>::load(simd, &z[at(c)..at(c) + lanes]);
            let pair_bar = bar(c);
            let product = read(1 + a) * read(1 + b);
            let inner = s2.times_plus(read(c), s3 * product);
            value = inner.times_plus(pair_bar, value);
        }
        for f in 0..d {
            let zf = Wide::<S, N>::load(simd, &z[at(1 + f)..at(1 + f) + lanes]);
            let bar_f = bar(1 + f);
            curve = bar_f.times_plus(zf, curve);
            if laplacian {
                squares = (zf * Wide::splat(simd, shape.weight(f))).times_plus(zf, squares);
            }
        }
        value = s2.times_plus(curve, value);
        if laplacian {
            let z_lap = Wide::<S, N>::load(simd, &z[at(last)..at(last) + lanes]);
            let inner = s2.times_plus(z_lap, s3 * squares);
            value = inner.times_plus(lap_bar, value);
            (s1 * lap_bar).store(&mut z[at(last)..at(last) + lanes]);
        }
        first_back(simd, shape, (s1, s2, lap_curve), &at, &bar, z);
        for p in 0..channels.pairs.len() {
            let c = 1 + d + p;
            (s1 * bar(c)).store(&mut z[at(c)..at(c) + lanes]);
        }
        value.store(&mut z[at(0)..at(0) + lanes]);
    }
}

/// `z̄_i = s1 h̄_i + 2 c_i s2 z_i h̄_Λ + Σ_j s2 z_j (h̄_ij + h̄_ji)`, in place.
///
/// A pair `i = j` is one channel. It occurs once in the sum over ij of the value's cotangent, and its derivative with
/// respect to `z_i` is `2 s2 z_i`.
#[inline(always)]
fn first_back<S: Simd, N: CpuNumber>(
    simd: S,
    shape: Shape,
    (s1, s2, lap_curve): (Wide<S, N>, Wide<S, N>, Wide<S, N>),
    at: &impl Fn(usize) -> usize,
    bar: &impl Fn(usize) -> Wide<S, N>,
    z: &mut [N],
) {
    let Shape { channels, d, laplacian } = shape;
    let lanes = lanes_of::<S, N>();
    if channels.pairs.is_empty() {
        for f in 0..d {
            let zf = Wide::<S, N>::load(simd, &z[at(1 + f)..at(1 + f) + lanes]);
            let mut out = s1 * bar(1 + f);
            if laplacian {
                out = (zf * Wide::splat(simd, N::of(2.0) * shape.weight::<N>(f))).times_plus(lap_curve, out);
            }
            out.store(&mut z[at(1 + f)..at(1 + f) + lanes]);
        }
        return;
    }
    // With pairs, each z_i enters several cotangents, so all are computed before any is written.
    let mut gathered = [Wide::<S, N>::zero(simd); MOST_FIRST];
    for f in 0..d {
        let zf = Wide::<S, N>::load(simd, &z[at(1 + f)..at(1 + f) + lanes]);
        gathered[f] = s1 * bar(1 + f);
        if laplacian {
            gathered[f] = (zf * Wide::splat(simd, N::of(2.0) * shape.weight::<N>(f)))
                .times_plus(lap_curve, gathered[f]);
        }
    }
    for (p, &(a, b)) in channels.pairs.iter().enumerate() {
        let pair_bar = s2 * bar(1 + d + p);
        let read = |c: usize| Wide::<S, N>::load(simd, &z[at(c)..at(c) + lanes]);
        gathered[a] = pair_bar.times_plus(read(1 + b), gathered[a]);
        gathered[b] = pair_bar.times_plus(read(1 + a), gathered[b]);
    }
    for (f, out) in gathered.iter().enumerate().take(d) {
        out.store(&mut z[at(1 + f)..at(1 + f) + lanes]);
    }
}

/// The largest number of first derivatives with second ones. [`super::CpuEngine`] refuses more.
pub(super) const MOST_FIRST: usize = 16;
