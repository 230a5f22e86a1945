//! Carries third and fourth derivatives along lines through an activation, for the rows of one point.
//!
//! The formulas are those of [`crate::jet::Line`]. The other channels of the jet go through
//! [`super::channels`]. Jets without lines do not come here.

use fearless_simd::Simd;

use super::channels::{Shape, carry_point, carry_point_back};
use super::number::{CpuNumber, lanes_of};
use super::plan::{Channels, Plan};
use super::rows::{Act, Rows, Slopes, Stage, for_activation, slopes_of};
use super::wide::Wide;
use crate::field::Activation;
use crate::jet::{JetSpec, Line};

/// A line, in the form that the kernels use.
#[derive(Clone, Debug)]
pub(super) struct LinePlan {
    /// A coordinate, the channel of its first derivative, and the direction's part along it.
    pub parts: Vec<(usize, usize, f64)>,
    /// The channel of a second derivative and its factor in the second derivative along the line.
    pub pairs: Vec<(usize, f64)>,
    /// The square of the direction's length.
    pub square: f64,
    /// The channels of the third and the fourth derivative.
    pub third: usize,
    pub fourth: Option<usize>,
}

impl LinePlan {
    pub fn new(spec: &JetSpec, line: &Line, third: usize) -> Self {
        // The jet has the channels that its lines need.
        let first = |i| spec.first_channel(i).unwrap_or(0);
        let second = |(i, j)| spec.second_channel(i, j).unwrap_or(0);
        Self {
            parts: line.parts().map(|(i, v)| (i, first(i), v)).collect(),
            pairs: line.pairs().map(|(pair, v)| (second(pair), v)).collect(),
            square: line.parts().map(|(_, v)| v * v).sum(),
            third,
            fourth: line.has_fourth().then_some(third + 1),
        }
    }
}

/// Memory for one point.
pub(super) struct Scratch<N> {
    /// The fourth and fifth derivative of the activation, with their powers of ω.
    s4: Vec<N>,
    s5: Vec<N>,
    /// What lines add to the cotangents of the channels before theirs, a row for each channel.
    shares: Vec<N>,
}

impl<N: CpuNumber> Scratch<N> {
    pub fn new(plan: &Plan) -> Self {
        let poisoned = |rows: usize| vec![N::nan(); rows * plan.widest_row];
        match plan.channels.lines.first() {
            Some(line) => Self { s4: poisoned(1), s5: poisoned(1), shares: poisoned(line.third) },
            None => Self { s4: Vec::new(), s5: Vec::new(), shares: Vec::new() },
        }
    }
}

/// Like [`super::channels::carry`], for a jet with lines.
pub(super) fn carry<S: Simd, N: CpuNumber>(
    simd: S,
    stage: Stage,
    channels: &Channels,
    z: &[N],
    h: &mut [N],
    (slopes, scratch): (&mut Slopes<N>, &mut Scratch<N>),
) {
    let Stage { act, rows } = stage;
    simd.vectorize(
        #[inline(always)]
        || {
            for r in 0..rows.count {
                let row = r * rows.stride..r * rows.stride + rows.width;
                slopes_of(simd, act, &h[row.clone()], &z[row.clone()], slopes);
                higher_slopes_of(simd, act, &h[row.clone()], &z[row], scratch);
                carry_point(simd, Shape::of(channels), rows, r, z, h, slopes);
                for line in &channels.lines {
                    carry_line(simd, line, rows, r, z, h, (slopes, scratch));
                }
            }
        },
    );
}

/// Like [`super::channels::carry_back`], for a jet with lines.
pub(super) fn carry_back<S: Simd, N: CpuNumber>(
    simd: S,
    stage: Stage,
    channels: &Channels,
    h: &[N],
    h_bar: &[N],
    z: &mut [N],
    (slopes, scratch): (&mut Slopes<N>, &mut Scratch<N>),
) {
    let Stage { act, rows } = stage;
    let before = channels.lines.first().map_or(0, |line| line.third);
    simd.vectorize(
        #[inline(always)]
        || {
            for r in 0..rows.count {
                let row = r * rows.stride..r * rows.stride + rows.width;
                slopes_of(simd, act, &h[row.clone()], &z[row.clone()], slopes);
                higher_slopes_of(simd, act, &h[row.clone()], &z[row], scratch);
                scratch.shares[..before * rows.width].fill(N::zero());
                for line in &channels.lines {
                    line_back(simd, line, rows, r, h_bar, z, (slopes, scratch));
                }
                carry_point_back(simd, Shape::of(channels), rows, r, h_bar, z, slopes);
                add_shares(simd, before, rows, r, &scratch.shares, z);
            }
        },
    );
}

/// The fourth and fifth derivative of one row, from its values and what was kept.
#[inline(always)]
fn higher_slopes_of<S: Simd, N: CpuNumber>(simd: S, act: Act, h: &[N], kept: &[N], out: &mut Scratch<N>) {
    let lanes = lanes_of::<S, N>();
    for_activation!(act.activation, ACTIVATION => {
        let omega = Wide::<S, N>::splat(simd, N::of(act.omega));
        let omega4 = omega * omega * (omega * omega);
        let omega5 = omega4 * omega;
        let width = h.len();
        let (kept, s4, s5) = (&kept[..width], &mut out.s4[..width], &mut out.s5[..width]);
        for j in (0..width).step_by(lanes) {
            let at = j..j + lanes;
            let (h, kept) = (Wide::<S, N>::load(simd, &h[at.clone()]), Wide::load(simd, &kept[at.clone()]));
            let [t4, t5] = ACTIVATION.higher_slopes(h, kept);
            (t4 * omega4).store(&mut s4[at.clone()]);
            (t5 * omega5).store(&mut s5[at]);
        }
    });
}

/// The first and second derivative along a line, from a reader of channels.
#[inline(always)]
fn first_two<S: Simd, N: CpuNumber>(
    simd: S,
    line: &LinePlan,
    read: impl Fn(usize) -> Wide<S, N>,
) -> (Wide<S, N>, Wide<S, N>) {
    let (mut a, mut b) = (Wide::zero(simd), Wide::zero(simd));
    for &(_, channel, v) in &line.parts {
        a = Wide::splat(simd, N::of(v)).times_plus(read(channel), a);
    }
    for &(channel, v) in &line.pairs {
        b = Wide::splat(simd, N::of(v)).times_plus(read(channel), b);
    }
    (a, b)
}

/// Writes the channels of a line of `h`, given those of `z`.
#[inline(always)]
fn carry_line<S: Simd, N: CpuNumber>(
    simd: S,
    line: &LinePlan,
    rows: Rows,
    r: usize,
    z: &[N],
    h: &mut [N],
    (slopes, scratch): (&Slopes<N>, &Scratch<N>),
) {
    let lanes = lanes_of::<S, N>();
    let number = |value: f64| Wide::<S, N>::splat(simd, N::of(value));
    let (three, four, six) = (number(3.0), number(4.0), number(6.0));
    for j in (0..rows.width).step_by(lanes) {
        let load = |row: &[N]| Wide::<S, N>::load(simd, &row[j..j + lanes]);
        let (s1, s2, s3) = (load(&slopes.s1), load(&slopes.s2), load(&slopes.s3));
        let at = |c: usize| (c * rows.count + r) * rows.stride + j;
        let read = |c: usize| Wide::<S, N>::load(simd, &z[at(c)..at(c) + lanes]);
        let (a, b) = first_two(simd, line, read);
        let (c, square) = (read(line.third), a * a);
        let third = s1 * c + a * (three * s2 * b + s3 * square);
        third.store(&mut h[at(line.third)..at(line.third) + lanes]);
        if let Some(fourth) = line.fourth {
            let middle = s2 * (four * a * c + three * b * b);
            let high = square * (six * s3 * b + load(&scratch.s4) * square);
            let value = s1 * read(fourth) + middle + high;
            value.store(&mut h[at(fourth)..at(fourth) + lanes]);
        }
    }
}

/// Overwrites the channels of a line of `z` with their cotangents, and adds its shares of the other cotangents.
#[inline(always)]
fn line_back<S: Simd, N: CpuNumber>(
    simd: S,
    line: &LinePlan,
    rows: Rows,
    r: usize,
    h_bar: &[N],
    z: &mut [N],
    (slopes, scratch): (&Slopes<N>, &mut Scratch<N>),
) {
    let lanes = lanes_of::<S, N>();
    let number = |value: f64| Wide::<S, N>::splat(simd, N::of(value));
    let (three, four, six) = (number(3.0), number(4.0), number(6.0));
    for j in (0..rows.width).step_by(lanes) {
        let load = |row: &[N]| Wide::<S, N>::load(simd, &row[j..j + lanes]);
        let (s1, s2, s3) = (load(&slopes.s1), load(&slopes.s2), load(&slopes.s3));
        let (s4, s5) = (load(&scratch.s4), load(&scratch.s5));
        let at = |c: usize| (c * rows.count + r) * rows.stride + j;
        let bar = |c: usize| Wide::<S, N>::load(simd, &h_bar[at(c)..at(c) + lanes]);
        let read = |c: usize| Wide::<S, N>::load(simd, &z[at(c)..at(c) + lanes]);
        let (a, b) = first_two(simd, line, read);
        let (c, square, t) = (read(line.third), a * a, bar(line.third));
        let bend = s2 * b + s3 * square;
        let of_third = s2 * c + a * (three * s3 * b + s4 * square);
        let mut value = of_third * t;
        let (mut a_bar, mut b_bar, mut c_bar) = (three * bend * t, three * s2 * a * t, s1 * t);
        if let Some(fourth) = line.fourth {
            let f = bar(fourth);
            let middle = s3 * (four * a * c + three * b * b);
            let of_fourth = s2 * read(fourth) + middle + square * (six * s4 * b + s5 * square);
            value = value + of_fourth * f;
            a_bar = a_bar + four * of_third * f;
            b_bar = b_bar + six * bend * f;
            c_bar = c_bar + four * s2 * a * f;
            (s1 * f).store(&mut z[at(fourth)..at(fourth) + lanes]);
        }
        c_bar.store(&mut z[at(line.third)..at(line.third) + lanes]);
        let mut add = |channel: usize, share: Wide<S, N>| {
            let out = &mut scratch.shares[channel * rows.width + j..][..lanes];
            (Wide::load(simd, out) + share).store(out);
        };
        add(0, value);
        line.parts.iter().for_each(|&(_, channel, v)| add(channel, number(v) * a_bar));
        line.pairs.iter().for_each(|&(channel, v)| add(channel, number(v) * b_bar));
    }
}

/// Adds the shares of the lines to the cotangents of the first `channels` channels.
#[inline(always)]
fn add_shares<S: Simd, N: CpuNumber>(
    simd: S,
    channels: usize,
    rows: Rows,
    r: usize,
    shares: &[N],
    z: &mut [N],
) {
    let lanes = lanes_of::<S, N>();
    for (channel, share) in shares.chunks_exact(rows.width).take(channels).enumerate() {
        let start = (channel * rows.count + r) * rows.stride;
        let row = z[start..start + rows.width].chunks_exact_mut(lanes);
        for (z, share) in row.zip(share.chunks_exact(lanes)) {
            (Wide::<S, N>::load(simd, z) + Wide::load(simd, share)).store(z);
        }
    }
}
