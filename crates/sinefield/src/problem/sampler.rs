//! Selects the points of a constraint at each step.
//!
//! A point depends only on the seed, the step and its index. So a step depends neither on how earlier steps
//! were computed nor on the number of threads.

use serde::{Deserialize, Serialize};

use super::domain::{Body, Domain, Place, tick};
use super::shuffle::{Shuffle, mix, uniform, unit};
use crate::field::Number;

/// The selection of points. The defaults are those of the problem file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sampling {
    /// The number of points per step, at least 1. `None` means all points of a grid or of given points, and
    /// [`Sampling::DEFAULT_SAMPLES`] in other domains.
    pub samples: Option<usize>,
    /// Whether each step has new points.
    pub draw: Draw,
    /// The distribution of points in a body.
    pub sequence: Sequence,
    /// Whether points of a grid, or given points, may repeat before all of them have been used.
    pub replacement: bool,
    /// The seed of the draws.
    pub seed: u64,
}

impl Sampling {
    /// The default number of points per step in a body.
    pub const DEFAULT_SAMPLES: usize = 4096;
}

impl Default for Sampling {
    fn default() -> Self {
        Self { samples: None, draw: Draw::Fresh, sequence: Sequence::Uniform, replacement: false, seed: 0 }
    }
}

/// Whether each step has new points.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Draw {
    /// New points at every step.
    #[default]
    Fresh,
    /// The same points at every step.
    Fixed,
}

/// The distribution of points in a body: a box, a ball, another shape, or its boundary.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Sequence {
    /// Independent uniform draws.
    #[default]
    Uniform,
    /// The additive recurrence of the generalised golden ratio (Roberts 2018): `frac(s_i + n / φ_k^i)` for
    /// draw `i` of `k`, where `φ_k` is the root of `x^(k+1) = x + 1` above 1. Points keep a distance from
    /// each other, so that means converge faster. The shifts `s_i` come from the seed.
    LowDiscrepancy,
}

/// Draws a constraint's points.
#[derive(Clone, Debug)]
pub(super) struct Sampler {
    domain: Domain,
    /// The domain ready to give points, if these cannot be counted.
    body: Option<Body>,
    sampling: Sampling,
    samples: usize,
    /// The order of draws without replacement, if a step has only some of the points.
    shuffle: Option<Shuffle>,
    /// The increments of the recurrence, in units of 2^-64.
    strides: Vec<u64>,
}

impl Sampler {
    pub fn new(domain: Domain, sampling: Sampling) -> Self {
        let all = domain.count();
        let whole = all.unwrap_or(Sampling::DEFAULT_SAMPLES);
        let mut samples = sampling.samples.unwrap_or(whole);
        if let (Some(all), false) = (all, sampling.replacement) {
            samples = samples.min(all);
        }
        let shuffled = |all: &usize| !sampling.replacement && samples < *all;
        let shuffle = all.filter(shuffled).map(|all| Shuffle::new(all, sampling.seed));
        let body = Body::new(&domain);
        let strides = match sampling.sequence {
            Sequence::LowDiscrepancy => strides(body.as_ref().map_or(0, Body::draws)),
            Sequence::Uniform => Vec::new(),
        };
        Self { domain, body, sampling, samples, shuffle, strides }
    }

    /// The seed of the draws.
    pub fn seed(&self) -> u64 {
        self.sampling.seed
    }

    pub fn domain(&self) -> &Domain {
        &self.domain
    }

    /// The number of points per step.
    pub fn samples(&self) -> usize {
        self.samples
    }

    /// The number of points of a step that has the part `share` of the points of a full one. Points that are the same at
    /// every step do not become fewer.
    pub fn share(&self, share: f64) -> usize {
        if self.is_fixed() {
            return self.samples;
        }
        ((self.samples as f64 * share).ceil() as usize).clamp(1, self.samples)
    }

    /// Whether all steps have the same points.
    pub fn is_fixed(&self) -> bool {
        self.is_whole() || self.sampling.draw == Draw::Fixed
    }

    /// Whether every step has all points of the domain, in order.
    pub fn is_whole(&self) -> bool {
        self.domain.count() == Some(self.samples) && !self.sampling.replacement
    }

    /// The index of sample `at` of step `step` among the points of a grid or the given points.
    pub fn index(&self, step: usize, at: usize) -> usize {
        let number = self.number(step, at);
        match (&self.shuffle, self.domain.count()) {
            (Some(shuffle), _) => shuffle.at(number),
            (None, Some(all)) if self.sampling.replacement => (self.uniform(number, 0) * all as f64) as usize,
            _ => at,
        }
    }

    /// Fills `out`, `(count, dimension)`, with the coordinates of the samples from `start` on of step `step`.
    /// `scratch` is memory that is used again.
    pub fn points(&self, step: usize, start: usize, scratch: &mut Vec<f64>, out: &mut [f64]) {
        if let Some(body) = &self.body {
            self.body_points(body, (step, start..), scratch, out, |_| {});
            return;
        }
        let points = (start..).zip(out.chunks_exact_mut(self.domain.dimension()));
        match &self.domain {
            Domain::Grid(_) if self.is_whole() => self.run_of_grid(start, out),
            Domain::Points { dimension, coordinates } => points.for_each(|(at, out)| {
                let from = self.index(step, at) * dimension;
                let given = &coordinates[from..from + dimension];
                out.iter_mut().zip(given).for_each(|(x, given)| *x = f64::from(*given));
            }),
            _ => points.for_each(|(at, out)| self.grid_point(self.index(step, at), out)),
        }
    }

    /// Appends to `normals` the outward normals at the samples from `start` on of step `step`. `points` has room
    /// for their coordinates. Only boundaries have normals.
    pub fn normals<N: Number>(
        &self,
        step: usize,
        start: usize,
        scratch: &mut Vec<f64>,
        points: &mut [f64],
        normals: &mut Vec<N>,
    ) {
        if let Some(body) = &self.body {
            self.body_points(body, (step, start..), scratch, points, |normal| {
                normals.extend(normal.iter().map(|n| N::of(*n)));
            });
        }
    }

    /// Fills `out` with the coordinates of the samples `chosen` of step `step`, and appends their outward normals to
    /// `normals`. Only for a body, and normals only on a boundary.
    pub fn points_among<N: Number>(
        &self,
        step: usize,
        chosen: impl Iterator<Item = usize>,
        scratch: &mut Vec<f64>,
        out: &mut [f64],
        mut normals: Option<&mut Vec<N>>,
    ) {
        if let Some(body) = &self.body {
            self.body_points(body, (step, chosen), scratch, out, |normal| {
                if let Some(normals) = &mut normals {
                    normals.extend(normal.iter().map(|n| N::of(*n)));
                }
            });
        }
    }

    /// Fills `out` with points of a body, those of the samples `chosen`, and calls `then` with the normal of each.
    fn body_points(
        &self,
        body: &Body,
        (step, chosen): (usize, impl Iterator<Item = usize>),
        scratch: &mut Vec<f64>,
        out: &mut [f64],
        mut then: impl FnMut(&[f64]),
    ) {
        let (draws, dimension) = (body.draws(), body.dimension());
        scratch.resize(draws + 2 * dimension, 0.0);
        let (draw, rest) = scratch.split_at_mut(draws);
        let (normal, spare) = rest.split_at_mut(dimension);
        for (at, point) in chosen.zip(out.chunks_exact_mut(dimension)) {
            let number = self.number(step, at);
            let mut hit = |trial| {
                self.draw(number, trial, draw);
                body.hit(draw, Place { point: &mut *point, normal: &mut *normal, spare: &mut *spare })
            };
            if !(0..body.trials()).any(&mut hit) {
                body.fall_back(draw, Place { point, normal: &mut *normal, spare: &mut *spare });
            }
            then(normal);
        }
    }

    /// Writes the grid point with index `index`.
    fn grid_point(&self, index: usize, out: &mut [f64]) {
        let mut rest = index;
        for (x, side) in out.iter_mut().zip(self.domain.grid()).rev() {
            *x = tick(side, rest % side.1);
            rest /= side.1;
        }
    }

    /// Writes the grid points from `start` on. It counts their indices up digit by digit, without a division
    /// per point.
    fn run_of_grid(&self, start: usize, out: &mut [f64]) {
        let sides = self.domain.grid();
        let mut digits = vec![0; sides.len()];
        let mut rest = start;
        for (digit, (_, count)) in digits.iter_mut().zip(sides).rev() {
            *digit = rest % count;
            rest /= count;
        }
        let mut point: Vec<f64> = sides.iter().zip(&digits).map(|(side, digit)| tick(side, *digit)).collect();
        for out in out.chunks_exact_mut(sides.len()) {
            // Most points differ from the one before only in the last coordinate.
            let mut carry = true;
            for (((out, x), digit), side) in out.iter_mut().zip(&mut point).zip(&mut digits).zip(sides).rev()
            {
                *out = *x;
                if carry {
                    *digit = if *digit + 1 < side.1 { *digit + 1 } else { 0 };
                    *x = tick(side, *digit);
                    carry = *digit == 0;
                }
            }
        }
    }

    /// Writes the point of the unit cube for trial `trial` of the sample with the number `number`.
    fn draw(&self, number: u64, trial: usize, draw: &mut [f64]) {
        let first = trial * draw.len();
        for (i, u) in draw.iter_mut().enumerate() {
            *u = match self.strides.get(i) {
                Some(stride) => {
                    let shift = mix(self.sampling.seed ^ mix(i as u64 + 1));
                    unit(shift.wrapping_add(stride.wrapping_mul(number.wrapping_add(1))))
                }
                None => self.uniform(number, first + i),
            };
        }
    }

    /// A separate number for every sample of every step. Fixed draws use the same numbers at every step.
    fn number(&self, step: usize, at: usize) -> u64 {
        let step = if self.sampling.draw == Draw::Fixed { 0 } else { step };
        (step as u64).wrapping_mul(self.samples as u64).wrapping_add(at as u64)
    }

    fn uniform(&self, number: u64, i: usize) -> f64 {
        uniform(self.sampling.seed, number, i)
    }
}

/// `1 / φ^i` for `i` from 1 to `count`, in units of 2^-64.
fn strides(count: usize) -> Vec<u64> {
    // x = (1 + x)^(1 / (count + 1)) converges from any start above 0.
    let phi = (0..64).fold(2.0f64, |x, _| (1.0 + x).powf(1.0 / (count + 1) as f64));
    let whole = 2f64.powi(64);
    (1..=count).map(|i| (phi.powi(-(i as i32)) * whole) as u64).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::domain::Interval;

    fn points(sampler: &Sampler, step: usize) -> Vec<Vec<f64>> {
        let dimension = sampler.domain().dimension();
        let mut all = vec![f64::NAN; sampler.samples() * dimension];
        // In two parts, as two tiles would request them.
        let cut = sampler.samples() / 3;
        let (first, second) = all.split_at_mut(cut * dimension);
        sampler.points(step, 0, &mut Vec::new(), first);
        sampler.points(step, cut, &mut Vec::new(), second);
        all.chunks_exact(dimension).map(<[f64]>::to_vec).collect()
    }

    fn square() -> Domain {
        Domain::Box(vec![Interval::new(0.0, 1.0), Interval::new(0.0, 1.0)])
    }

    /// The integral of `x²y` over the unit square is 1/6. The mean of uniform draws is within a few standard
    /// errors, and that of the recurrence is ten times nearer.
    #[test]
    fn means_are_integrals() {
        let mean = |sequence, step| {
            let sampling = Sampling { samples: Some(4001), sequence, seed: 5, ..Sampling::default() };
            let points = points(&Sampler::new(square(), sampling), step);
            points.iter().map(|x| x[0] * x[0] * x[1]).sum::<f64>() / 4001.0
        };
        for step in [0, 1, 17] {
            assert!((mean(Sequence::Uniform, step) - 1.0 / 6.0).abs() < 0.015);
            assert!((mean(Sequence::LowDiscrepancy, step) - 1.0 / 6.0).abs() < 0.001);
        }
    }

    #[test]
    fn fresh_points_differ_and_fixed_ones_do_not() {
        for sequence in [Sequence::Uniform, Sequence::LowDiscrepancy] {
            for (draw, same) in [(Draw::Fresh, false), (Draw::Fixed, true)] {
                let sampling = Sampling { samples: Some(17), draw, sequence, ..Sampling::default() };
                let sampler = Sampler::new(square(), sampling);
                assert_eq!(points(&sampler, 0) == points(&sampler, 3), same);
                let other = Sampler::new(square(), Sampling { seed: 1, ..sampling });
                assert_ne!(points(&sampler, 0), points(&other, 0));
            }
        }
    }

    /// A grid takes no memory, however many points it has.
    #[cfg(target_pointer_width = "64")]
    #[test]
    fn a_few_points_of_a_vast_grid_are_drawn() {
        let grid =
            Domain::Grid(vec![(Interval::new(0.0, 1.0), 20_000_000_000), (Interval::new(2.0, 3.0), 7)]);
        let sampler = Sampler::new(grid, Sampling { samples: Some(255), ..Sampling::default() });
        let drawn = points(&sampler, 0);
        assert!(drawn.iter().all(|x| (0.0..=1.0).contains(&x[0]) && (2.0..=3.0).contains(&x[1])));
        let (low, high) =
            drawn.iter().fold((1.0f64, 0.0f64), |(low, high), x| (low.min(x[0]), high.max(x[0])));
        assert!(low < 0.05 && high > 0.95, "{low} {high}");
    }

    #[test]
    fn a_grid_counts_its_last_coordinate_fastest() {
        let side = Interval::new;
        let grid = Domain::Grid(vec![(side(0.0, 1.0), 3), (side(-2.0, 2.0), 5), (side(3.0, 5.0), 1)]);
        let all = points(&Sampler::new(grid.clone(), Sampling::default()), 0);
        assert_eq!(all.len(), 15);
        assert_eq!((&all[0], &all[1]), (&vec![0.0, -2.0, 4.0], &vec![0.0, -1.0, 4.0]));
        assert_eq!((&all[5], &all[14]), (&vec![0.5, -2.0, 4.0], &vec![1.0, 2.0, 4.0]));
        let some = Sampler::new(grid, Sampling { samples: Some(4), ..Sampling::default() });
        for (at, point) in points(&some, 6).into_iter().enumerate() {
            assert_eq!(point, all[some.index(6, at)]);
        }
    }

    #[test]
    fn grids_are_drawn_with_and_without_replacement() {
        let grid = Domain::Grid(vec![(Interval::new(0.0, 16.0), 17)]);
        let whole = Sampler::new(grid.clone(), Sampling::default());
        assert!(whole.is_whole());
        assert_eq!(points(&whole, 3), (0..17).map(|i| vec![f64::from(i)]).collect::<Vec<_>>());
        let sampling = Sampling { samples: Some(5), ..Sampling::default() };
        let without = Sampler::new(grid.clone(), sampling);
        let mut seen: Vec<usize> = (0..17).map(|i| without.index(i / 5, i % 5)).collect();
        seen.sort_unstable();
        assert_eq!(seen, (0..17).collect::<Vec<_>>());
        let with = Sampler::new(grid, Sampling { samples: Some(1700), replacement: true, ..sampling });
        let mut counts = [0; 17];
        (0..1700).for_each(|at| counts[with.index(2, at)] += 1);
        assert!(counts.iter().all(|n| (50..170).contains(n)), "{counts:?}");
    }

    /// Points that a version before shapes drew, written down then: a problem file keeps its points.
    #[test]
    fn points_are_those_of_earlier_versions() {
        let sides = || vec![Interval::new(-1.0, 2.0), Interval::fixed(0.5), Interval::new(3.0, 4.0)];
        let ball = || Domain::Ball { center: vec![1.0, -2.0, 0.5], radius: 1.5 };
        let (even, golden) = (Sequence::Uniform, Sequence::LowDiscrepancy);
        let cases = [
            (Domain::Box(sides()), even, [0.3315891446200214, 0.5, 3.185226182967355]),
            (Domain::Box(sides()), golden, [-0.26705896207886615, 0.5, 3.4173575160728173]),
            (Domain::Boundary(sides()), even, [-0.5121778511727172, 0.5, 3.0]),
            (Domain::Boundary(sides()), golden, [0.6610553666198404, 0.5, 3.0]),
            (ball(), even, [1.5522364047961719, -1.0974657835056394, 0.6129597021255835]),
            (ball(), golden, [1.9711989877181562, -2.395772584581782, 1.3199900377090454]),
        ];
        for (domain, sequence, want) in cases {
            // Logarithms and cosines may differ in the last bit from one system to another.
            let most = if matches!(domain, Domain::Ball { .. }) { 1e-14 } else { 0.0 };
            let sampling = Sampling { samples: Some(3), sequence, seed: 7, ..Sampling::default() };
            let got = &points(&Sampler::new(domain, sampling), 2)[2];
            assert!(got.iter().zip(want).all(|(x, want)| (x - want).abs() <= most), "{got:?}, not {want:?}");
        }
    }

    /// The points of a union come from rejected draws, and still depend on the step and the index alone.
    #[test]
    fn rejected_draws_leave_points_to_their_index() {
        use crate::problem::domain::{Part, Shape};
        let disc = |x: f64| Shape::Ball { center: vec![x, 0.0], radius: 1.0 };
        let shape = Shape::Difference(vec![Shape::Union(vec![disc(0.0), disc(0.5)]), disc(0.2)]);
        for part in [Part::Inside, Part::Boundary] {
            let domain = Domain::Shape { shape: shape.clone(), part, sides: Vec::new() };
            let sampling = Sampling { samples: Some(61), ..Sampling::default() };
            let sampler = Sampler::new(domain.clone(), sampling);
            let all = points(&sampler, 5);
            for at in (0..61).rev() {
                let mut alone = vec![f64::NAN; 2];
                sampler.points(5, at, &mut vec![0.3; 7], &mut alone);
                assert_eq!(alone, all[at]);
            }
            assert_ne!(all, points(&sampler, 6));
            assert_ne!(all, points(&Sampler::new(domain, Sampling { seed: 1, ..sampling }), 5));
        }
    }
}
