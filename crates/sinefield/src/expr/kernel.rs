//! Loops over the points of a tile.
//!
//! Every loop is over slices of one length, with a function selected outside the loop, so that the compiler
//! can use vector instructions.

use super::arithmetic::{Binary, Unary, with_binary, with_unary};
use super::program::Norm;
use crate::field::Number;

/// One number for every point.
#[derive(Clone, Copy)]
pub(super) enum Values<'a, N> {
    /// A separate number for each point.
    Slice(&'a [N]),
    /// The same number for all points.
    Same(N),
}

/// The variant of [`Values`], known at compile time.
trait At<N>: Copy {
    fn at(self, i: usize) -> N;
}

impl<N: Number> At<N> for &[N] {
    #[inline(always)]
    fn at(self, i: usize) -> N {
        self[i]
    }
}

impl<N: Number> At<N> for N {
    #[inline(always)]
    fn at(self, _: usize) -> N {
        self
    }
}

/// Runs `$body` with `$x` bound to the content of `$values`: the slice, cut to `$n` numbers, or the single
/// number.
macro_rules! known {
    ($values:expr, $n:expr, $x:ident => $body:expr) => {
        match $values {
            Values::Slice(slice) => {
                let $x = &slice[..$n];
                $body
            }
            Values::Same($x) => $body,
        }
    };
}

pub(super) fn unary<N: Number>(f: Unary, out: &mut [N], a: Values<'_, N>) {
    let n = out.len();
    known!(a, n, a => with_unary!(f, N, f => (0..n).for_each(|i| out[i] = f(a.at(i)))));
}

pub(super) fn binary<N: Number>(f: Binary, out: &mut [N], a: Values<'_, N>, b: Values<'_, N>) {
    let n = out.len();
    known!(a, n, a => known!(b, n, b => with_binary!(f, N, f => two(out, a, b, f))));
}

#[inline(always)]
fn two<N: Number>(out: &mut [N], a: impl At<N>, b: impl At<N>, f: impl Fn(N, N) -> N) {
    for (i, out) in out.iter_mut().enumerate() {
        *out = f(a.at(i), b.at(i));
    }
}

pub(super) fn power<N: Number>(out: &mut [N], a: Values<'_, N>, n: i32) {
    let points = out.len();
    known!(a, points, a => (0..points).for_each(|i| out[i] = a.at(i).powi(n)));
}

pub(super) fn select<N: Number>(out: &mut [N], c: Values<'_, N>, a: Values<'_, N>, b: Values<'_, N>) {
    let n = out.len();
    known!(c, n, c => known!(a, n, a => known!(b, n, b => {
        (0..n).for_each(|i| out[i] = if c.at(i) != N::zero() { a.at(i) } else { b.at(i) });
    })));
}

/// Copies every `width`th number of `from`, starting at `first`, to `out`.
pub(super) fn load<N: Number>(out: &mut [N], from: &[N], width: usize, first: usize) {
    match width {
        1 => out.copy_from_slice(&from[first..first + out.len()]),
        2 => load_of::<N, 2>(out, from, first),
        3 => load_of::<N, 3>(out, from, first),
        4 => load_of::<N, 4>(out, from, first),
        _ => {
            for (out, row) in out.iter_mut().zip(from.chunks_exact(width)) {
                *out = row[first];
            }
        }
    }
}

fn load_of<N: Number, const WIDTH: usize>(out: &mut [N], from: &[N], first: usize) {
    let first = first.min(WIDTH - 1);
    for (out, row) in out.iter_mut().zip(from.as_chunks::<WIDTH>().0) {
        *out = row[first];
    }
}

/// Multiplies by `scale`.
pub(super) fn scale<N: Number>(out: &mut [N], scale: f64) {
    out.iter_mut().for_each(|v| *v = N::of(scale * (*v).into()));
}

/// Adds `values` to every `width`th number of `to`, starting at `first`.
pub(super) fn add_to<N: Number>(
    to: &mut [N],
    width: usize,
    first: usize,
    points: usize,
    values: Values<'_, N>,
) {
    let rows = to.chunks_exact_mut(width).take(points).enumerate();
    if width == 1 {
        known!(values, points, v => (0..points).for_each(|i| to[i] += v.at(i)));
    } else {
        known!(values, points, v => rows.for_each(|(i, row)| row[first] += v.at(i)));
    }
}

/// The sum of `f` over the values at all points, in float64. The order of summation depends only on the
/// number of points.
pub(super) fn sum<N: Number>(points: usize, values: Values<'_, N>, f: impl Fn(f64) -> f64) -> f64 {
    match values {
        Values::Same(value) => points as f64 * f(value.into()),
        Values::Slice(slice) => {
            // Use several sums: with one, each addition would wait for the one before.
            let mut sums = [0.0f64; 8];
            let (whole, rest) = slice[..points].as_chunks::<8>();
            for values in whole {
                sums.iter_mut().zip(values).for_each(|(sum, v)| *sum += f((*v).into()));
            }
            sums.iter_mut().zip(rest).for_each(|(sum, v)| *sum += f((*v).into()));
            sums.iter().sum()
        }
    }
}

/// The norm of one component of the residual, summed over points.
pub(super) fn norm<N: Number>(norm: Norm, points: usize, r: Values<'_, N>) -> f64 {
    match norm {
        Norm::L1 => sum(points, r, f64::abs),
        Norm::L2 => sum(points, r, |r| r * r),
        norm @ Norm::Huber { .. } => sum(points, r, |r| norm.of(r)),
    }
}

/// The derivative of `scale` times the norm with respect to the residual.
pub(super) fn seed<N: Number>(norm: Norm, scale: f64, out: &mut [N], r: Values<'_, N>) {
    let n = out.len();
    match norm {
        Norm::L1 => {
            let scale = N::of(scale);
            known!(r, n, r => two(out, r, N::zero(), |r, _| if r == N::zero() { N::zero() } else { scale * r.signum() }));
        }
        Norm::L2 => {
            let twice = N::of(2.0 * scale);
            known!(r, n, r => two(out, r, N::zero(), |r, _| twice * r));
        }
        Norm::Huber { delta } => {
            let (scale, delta) = (N::of(scale), N::of(delta));
            known!(r, n, r => two(out, r, N::zero(), |r, _| {
                scale * if r > delta { delta } else if r < -delta { -delta } else { r }
            }));
        }
    }
}
