//! The learned `rbf` encoding: the channels of the first layer from coordinates, and the gradient of the centres and
//! widths from the cotangents of those channels.
//!
//! The formulas are those of [`crate::field`]'s `rbf`. The cotangents of the channels of a feature add up to
//! `b0 g + b1 g' + b2 g''`. With `δ = x - c`,
//!
//! ```text
//! b0 = h̄      b1 = Σ 2 δ_i h̄_i + Σ 2 h̄_ii + 2 C h̄_Λ      b2 = Σ 4 δ_i δ_j h̄_ij + 4 S h̄_Λ
//! q̄  = b0 g' + b1 g'' + b2 g'''
//! c̄_i = -(2 δ_i q̄ + 2 h̄_i g' + Σ_j 4 δ_j (h̄_ij + h̄_ji) g'' + 8 c_i δ_i h̄_Λ g'')
//! σ̄  = b0 ∂_σ g + b1 ∂_σ g' + b2 ∂_σ g''             C = Σ c_i, S = Σ c_i δ_i², c the Laplacian's weights
//! ```
//!
//! A line of third and fourth derivatives with the cotangents `t` and `f` has, with `a = v · δ` and `n = |v|²`, the shares
//!
//! ```text
//! b2 += 12 a n t + 12 n² f      b3 += 8 a³ t + 48 a² n f      b4 += 16 a⁴ f      q̄ += b3 g'''' + b4 g'''''
//! c̄_i -= v_i ((24 a² g''' + 12 n g'') t + (64 a³ g'''' + 96 a n g''') f)      σ̄ += b3 ∂_σ g''' + b4 ∂_σ g''''
//! ```
//!
//! Centres are stored one coordinate after the other, so that registers run along the features.

use fearless_simd::Simd;

use super::lines::LinePlan;
use super::number::{CpuNumber, lanes_of};
use super::plan::{Channels, Plan};
use super::wide::Wide;
use crate::field::{Architecture, Radial};

/// The layout of the parameters of the encoding.
#[derive(Clone, Debug)]
pub(super) struct RbfPlan {
    inputs: usize,
    features: usize,
    /// Floats of a row: the features, padded to whole registers of every instruction set.
    row: usize,
    /// In the flat parameters.
    centres: usize,
    sigma: usize,
    /// Offset in the packed weights and in a gradient accumulator. There is a row for each coordinate of the centres
    /// and one for the widths.
    packed: usize,
    gradient: usize,
}

impl RbfPlan {
    /// The plan of a learned encoding, for cache lines of `line` numbers. `packed` and `gradient` are the numbers of floats allocated so far.
    pub fn new(
        architecture: &Architecture,
        line: usize,
        packed: &mut usize,
        gradient: &mut usize,
    ) -> Option<Self> {
        let shape = architecture.encoding_shape()?;
        let (inputs, features) = (architecture.inputs, shape.sigma.len());
        let row = features.next_multiple_of(line);
        let plan = Self {
            inputs,
            features,
            row,
            centres: shape.centres.start,
            sigma: shape.sigma.start,
            packed: *packed,
            gradient: *gradient,
        };
        *packed += (inputs + 1) * row;
        *gradient += (inputs + 1) * row;
        Some(plan)
    }

    /// The flat parameter at `feature` of row `axis`. The last row has the widths.
    fn flat(&self, axis: usize, feature: usize) -> usize {
        if axis == self.inputs { self.sigma + feature } else { self.centres + feature * self.inputs + axis }
    }

    /// Packs centres and widths. Padding is centres at 0 with width 0.
    pub fn pack<N: CpuNumber>(&self, parameters: &[N], packed: &mut [N]) {
        let rows = packed[self.packed..].chunks_exact_mut(self.row).take(self.inputs + 1);
        for (axis, row) in rows.enumerate() {
            row[..self.features]
                .iter_mut()
                .enumerate()
                .for_each(|(f, v)| *v = parameters[self.flat(axis, f)]);
            row[self.features..].fill(N::zero());
        }
    }

    /// Clears the gradient in an accumulator.
    pub fn clear<N: CpuNumber>(&self, accumulator: &mut [N]) {
        accumulator[self.gradient..][..(self.inputs + 1) * self.row].fill(N::zero());
    }

    /// Copies an accumulator to the gradient of the flat parameters.
    pub fn unpack<N: CpuNumber>(&self, accumulated: &[N], gradient: &mut [N]) {
        let rows = accumulated[self.gradient..].chunks_exact(self.row).take(self.inputs + 1);
        for (axis, row) in rows.enumerate() {
            row[..self.features].iter().enumerate().for_each(|(f, v)| gradient[self.flat(axis, f)] = *v);
        }
    }

    /// Fills the rows of every channel of the first layer's inputs at the coordinates `x`.
    pub fn encode<S: Simd, N: CpuNumber>(&self, simd: S, plan: &Plan, packed: &[N], x: &[N], rows: &mut [N]) {
        let (channels, points) = (&plan.channels, x.len() / self.inputs);
        let lanes = lanes_of::<S, N>();
        let own = &packed[self.packed..];
        simd.vectorize(
            #[inline(always)]
            || {
                for (r, x) in x.chunks_exact(self.inputs).enumerate() {
                    for j in (0..self.row).step_by(lanes) {
                        let at = At { simd, x, own, row: self.row, j };
                        let radial = at.radial();
                        let [g, g1, g2, _] = radial.slopes;
                        let mut put = |channel: usize, value: Wide<S, N>| {
                            let start = (channel * points + r) * plan.feature_row + j;
                            value.store(&mut rows[start..start + lanes]);
                        };
                        put(0, g);
                        let (slope, bend) = (at.number(2.0) * g1, at.number(4.0) * g2);
                        for (f, &axis) in channels.first.iter().enumerate() {
                            put(1 + f, slope * at.delta(axis));
                        }
                        for (p, &(a, b)) in channels.second.iter().enumerate() {
                            let mixed = bend * at.delta(a) * at.delta(b);
                            put(1 + channels.first.len() + p, if a == b { mixed + slope } else { mixed });
                        }
                        for line in &channels.lines {
                            let (third, fourth) = at.along(line, &radial);
                            put(line.third, third);
                            if let Some(channel) = line.fourth {
                                put(channel, fourth);
                            }
                        }
                        if let Some((squares, sum)) = at.laplacian(channels) {
                            put(channels.count - 1, bend * squares + slope * sum);
                        }
                    }
                }
            },
        );
    }

    /// Adds to `gradient` the gradient that the cotangents `bars` of the first layer's inputs give at the coordinates
    /// `x`.
    pub fn back<S: Simd, N: CpuNumber>(
        &self,
        simd: S,
        plan: &Plan,
        packed: &[N],
        x: &[N],
        bars: &[N],
        gradient: &mut [N],
    ) {
        let (channels, points) = (&plan.channels, x.len() / self.inputs);
        let lanes = lanes_of::<S, N>();
        let own = &packed[self.packed..];
        let gradient = &mut gradient[self.gradient..];
        simd.vectorize(
            #[inline(always)]
            || {
                for (r, x) in x.chunks_exact(self.inputs).enumerate() {
                    for j in (0..self.row).step_by(lanes) {
                        let at = At { simd, x, own, row: self.row, j };
                        let bar = |channel: usize| {
                            let start = (channel * points + r) * plan.feature_row + j;
                            Wide::<S, N>::load(simd, &bars[start..start + lanes])
                        };
                        let mut add = |axis: usize, value: Wide<S, N>| {
                            let out = &mut gradient[axis * self.row + j..][..lanes];
                            (Wide::load(simd, out) + value).store(out);
                        };
                        at.cotangents(channels, bar, &mut add);
                    }
                }
            },
        );
    }
}

/// A register of features at one point.
#[derive(Clone, Copy)]
struct At<'a, S: Simd, N: CpuNumber> {
    simd: S,
    x: &'a [N],
    /// The packed parameters. This register has the features `j..`.
    own: &'a [N],
    row: usize,
    j: usize,
}

impl<S: Simd, N: CpuNumber> At<'_, S, N> {
    #[inline(always)]
    fn number(&self, value: f64) -> Wide<S, N> {
        Wide::splat(self.simd, N::of(value))
    }

    #[inline(always)]
    fn packed(&self, axis: usize) -> Wide<S, N> {
        Wide::load(self.simd, &self.own[axis * self.row + self.j..][..lanes_of::<S, N>()])
    }

    /// `x - c` along `axis`.
    #[inline(always)]
    fn delta(&self, axis: usize) -> Wide<S, N> {
        Wide::splat(self.simd, self.x[axis]) - self.packed(axis)
    }

    #[inline(always)]
    fn radial(&self) -> Radial<Wide<S, N>> {
        let mut q = self.number(0.0);
        for axis in 0..self.x.len() {
            let delta = self.delta(axis);
            q = delta.times_plus(delta, q);
        }
        Radial::new(self.packed(self.x.len()), q)
    }

    /// `S` and `C` of the Laplacian, if the jet has one.
    #[inline(always)]
    fn laplacian(&self, channels: &Channels) -> Option<(Wide<S, N>, Wide<S, N>)> {
        let weights = channels.laplacian.as_deref()?;
        let (mut squares, mut sum) = (self.number(0.0), 0.0);
        for (&axis, &weight) in channels.first.iter().zip(weights) {
            let delta = self.delta(axis);
            squares = (delta * delta).times_plus(self.number(weight), squares);
            sum += weight;
        }
        Some((squares, self.number(sum)))
    }

    /// `v · δ` for the direction v of a line.
    #[inline(always)]
    fn delta_along(&self, line: &LinePlan) -> Wide<S, N> {
        let mut a = self.number(0.0);
        for &(axis, _, v) in &line.parts {
            a = self.delta(axis).times_plus(self.number(v), a);
        }
        a
    }

    /// The third and fourth derivative along a line.
    #[inline(always)]
    fn along(&self, line: &LinePlan, radial: &Radial<Wide<S, N>>) -> (Wide<S, N>, Wide<S, N>) {
        let ([_, _, g2, g3], [g4, _]) = (radial.slopes, radial.higher().slopes);
        let (a, n) = (self.delta_along(line), line.square);
        let square = a * a;
        let third = a * (self.number(8.0) * square * g3 + self.number(12.0 * n) * g2);
        let high = square * (self.number(16.0) * square * g4 + self.number(48.0 * n) * g3);
        (third, high + self.number(12.0 * n * n) * g2)
    }

    /// Passes a line's shares of the cotangents of the centres to `add`, and returns those of `[b2, b3, b4]`.
    #[inline(always)]
    fn line_back(
        &self,
        line: &LinePlan,
        radial: &Radial<Wide<S, N>>,
        bar: &impl Fn(usize) -> Wide<S, N>,
        add: &mut impl FnMut(usize, Wide<S, N>),
    ) -> [Wide<S, N>; 3] {
        let ([_, _, g2, g3], [g4, _]) = (radial.slopes, radial.higher().slopes);
        let (number, a, n) = (|value: f64| self.number(value), self.delta_along(line), line.square);
        let (t, f) = (bar(line.third), line.fourth.map_or(number(0.0), bar));
        let square = a * a;
        let of_third = number(24.0) * square * g3 + number(12.0 * n) * g2;
        let of_fourth = a * (number(64.0) * square * g4 + number(96.0 * n) * g3);
        let a_bar = of_third * t + of_fourth * f;
        for &(axis, _, v) in &line.parts {
            add(axis, number(-v) * a_bar);
        }
        let cube = number(8.0) * square * a * t;
        [
            number(12.0 * n) * (a * t + number(n) * f),
            cube + number(48.0 * n) * square * f,
            number(16.0) * square * square * f,
        ]
    }

    /// Passes the cotangents of the parameters to `add(row, cotangents)`.
    #[inline(always)]
    fn cotangents(
        &self,
        channels: &Channels,
        bar: impl Fn(usize) -> Wide<S, N>,
        add: &mut impl FnMut(usize, Wide<S, N>),
    ) {
        let radial = self.radial();
        let Radial { slopes: [_, g1, g2, g3], by_sigma, .. } = radial;
        let (two, four) = (self.number(2.0), self.number(4.0));
        let minus = |value: Wide<S, N>| self.number(0.0) - value;
        let (b0, mut b1, mut b2) = (bar(0), self.number(0.0), self.number(0.0));
        for (f, &axis) in channels.first.iter().enumerate() {
            let bar = two * bar(1 + f);
            b1 = b1 + bar * self.delta(axis);
            add(axis, minus(bar * g1));
        }
        for (p, &(i, j)) in channels.second.iter().enumerate() {
            let bar = bar(1 + channels.first.len() + p);
            let (left, right) = (four * bar * self.delta(i), four * bar * self.delta(j));
            b2 = b2 + left * self.delta(j);
            if i == j {
                b1 = b1 + two * bar;
            }
            add(i, minus(right * g2));
            add(j, minus(left * g2));
        }
        if let (Some((squares, sum)), Some(weights)) = (self.laplacian(channels), &channels.laplacian) {
            let bar = two * bar(channels.count - 1);
            b2 = b2 + two * bar * squares;
            b1 = b1 + bar * sum;
            for (&axis, &weight) in channels.first.iter().zip(weights) {
                add(axis, minus(self.number(4.0 * weight) * bar * self.delta(axis) * g2));
            }
        }
        let (mut q_bar, mut sigma_bar) = (self.number(0.0), self.number(0.0));
        if !channels.lines.is_empty() {
            let higher = radial.higher();
            for line in &channels.lines {
                let [to_b2, b3, b4] = self.line_back(line, &radial, &bar, add);
                b2 = b2 + to_b2;
                q_bar = q_bar + b3 * higher.slopes[0] + b4 * higher.slopes[1];
                sigma_bar = sigma_bar + b3 * higher.by_sigma[0] + b4 * higher.by_sigma[1];
            }
        }
        q_bar = two * (b0 * g1 + b1 * g2 + b2 * g3 + q_bar);
        for axis in 0..self.x.len() {
            add(axis, minus(q_bar * self.delta(axis)));
        }
        add(self.x.len(), b0 * by_sigma[0] + b1 * by_sigma[1] + b2 * by_sigma[2] + sigma_bar);
    }
}
