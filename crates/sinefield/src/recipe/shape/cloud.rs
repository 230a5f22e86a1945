//! Points of a surface, checked and brought into the cube.

use rand_core::{Rng, SeedableRng};
use rand_pcg::Pcg64;
use rayon::prelude::*;
use thiserror::Error;

use crate::surface::{bounds, dot, length, minus};

/// The half extent of the points along their longest side, in the cube from -1 to 1. The rest is room around the shape.
const FILLED: f64 = 0.9;
/// Points whose nearest neighbour is compared, and points among which it is sought.
const COMPARED: (usize, usize) = (512, 1 << 14);
/// The parts of neighbours with opposite normals from which a cloud is noted, and refused.
const OPPOSITE: (f64, f64) = (0.05, 0.3);
/// The thickness of a cloud as a part of its extent, below which it counts as flat.
const THICKNESS: f64 = 1e-5;

/// Why points are no surface that can be fitted.
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum CloudError {
    /// There are no points, or few.
    #[error("a surface needs at least {needed} different points; found {found}")]
    TooFew {
        /// Different points.
        found: usize,
        /// The smallest number.
        needed: usize,
    },
    /// A number is not finite.
    #[error("point {point} has a {what} that is not finite; leave such points out")]
    NotFinite {
        /// The index of the point.
        point: usize,
        /// A coordinate or a normal.
        what: &'static str,
    },
    /// The counts of points and normals differ.
    #[error("there are {points} points and {normals} normals; give a normal for each point, or none")]
    Count {
        /// Points.
        points: usize,
        /// Normals.
        normals: usize,
    },
    /// All points lie in a plane or on a line.
    #[error("all points lie in a plane or on a line; a shape needs points around it")]
    Flat,
    /// Normals have the length 0.
    #[error(
        "{count} of the normals have the length 0, the first at point {point}; leave these points out, or fit without \
         normals"
    )]
    ZeroNormals {
        /// The number of such normals.
        count: usize,
        /// The index of the first.
        point: usize,
    },
    /// Normals point to either side at random.
    #[error(
        "{percent:.0} % of the normals point against that of their nearest neighbour, so that they do not tell inside from \
         outside; orient them, or fit without normals"
    )]
    Scrambled {
        /// The part in percent.
        percent: f64,
    },
}

/// What was done with points or found in them.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Note {
    /// Points occur more than once and count once.
    Duplicates(usize),
    /// The normals pointed inwards and were turned.
    Turned,
    /// Some normals point against that of their nearest neighbour, in percent.
    Opposite(f64),
    /// Normals were estimated, for this many points.
    Estimated(usize),
    /// The points are noisy, by about this distance, and the surface follows them less closely.
    Noisy(f64),
    /// The points enclose no space, and normals were turned to the upper side of this axis.
    Open(&'static str),
}

impl std::fmt::Display for Note {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Note::Duplicates(count) => {
                write!(f, "{count} points occur again at the same place and count once")
            }
            Note::Turned => f.write_str("the normals point inwards; all are turned"),
            Note::Opposite(percent) => write!(
                f,
                "{percent:.0} % of the normals point against that of their nearest neighbour, as on thin parts or where \
                 normals are wrong"
            ),
            Note::Estimated(count) => {
                write!(f, "normals of {count} points are estimated from their neighbours")
            }
            Note::Noisy(by) => {
                write!(
                    f,
                    "the points are about {by:.2e} off a smooth surface, which follows them less closely"
                )
            }
            Note::Open(axis) => write!(
                f,
                "the points enclose no space, so that no side is the inside; the side of larger {axis} is taken as outside"
            ),
        }
    }
}

/// Points of a surface in the cube from -1 to 1, with unit normals if there are any.
#[derive(Clone, Debug, PartialEq)]
pub struct Cloud {
    /// The points in the cube.
    pub(super) points: Vec<[f64; 3]>,
    /// Outward unit normals.
    pub(super) normals: Option<Vec<[f64; 3]>>,
    /// The place of the middle of the cube.
    pub(super) centre: [f64; 3],
    /// The length of 1 in the cube.
    pub(super) scale: f64,
    /// What was found.
    pub(super) notes: Vec<Note>,
}

impl Cloud {
    /// Checks points of a surface, and their normals, of any length, if there are any. Normals point outwards; if most
    /// point inwards, all are turned.
    ///
    /// # Errors
    /// If there are too few points, all lie in a plane, a number is not finite, or normals are missing, of length 0 or
    /// scrambled.
    pub fn new(points: &[[f64; 3]], normals: Option<&[[f64; 3]]>) -> Result<Self, CloudError> {
        const NEEDED: usize = 4;
        if let Some(normals) = normals.filter(|normals| normals.len() != points.len()) {
            return Err(CloudError::Count { points: points.len(), normals: normals.len() });
        }
        let parts = [(Some(points), "coordinate"), (normals, "normal")];
        for (numbers, what) in parts.into_iter().filter_map(|(numbers, what)| Some((numbers?, what))) {
            if let Some(point) = numbers.iter().position(|p| p.iter().any(|x| !x.is_finite())) {
                return Err(CloudError::NotFinite { point, what });
            }
        }
        let kept = different(points);
        if kept.len() < NEEDED {
            return Err(CloudError::TooFew { found: kept.len(), needed: NEEDED });
        }
        let mut notes = Vec::new();
        if kept.len() < points.len() {
            notes.push(Note::Duplicates(points.len() - kept.len()));
        }
        let sides = bounds(points).unwrap_or_default();
        let centre = sides.map(|(low, high)| low + 0.5 * (high - low));
        let scale = sides.iter().map(|(low, high)| 0.5 * (high - low)).fold(0.0, f64::max) / FILLED;
        let own: Vec<[f64; 3]> =
            kept.iter().map(|at| minus(points[*at], centre).map(|x| x / scale)).collect();
        if !scale.is_finite() || is_flat(&own) {
            return Err(CloudError::Flat);
        }
        let normals = match normals {
            Some(normals) => Some(oriented(&own, units(normals, &kept)?, &mut notes)?),
            None => None,
        };
        Ok(Self { points: own, normals, centre, scale, notes })
    }

    /// The number of points.
    pub fn count(&self) -> usize {
        self.points.len()
    }

    /// What was found and done.
    pub fn notes(&self) -> &[Note] {
        &self.notes
    }

    /// `count` of the points at random, or all if there are fewer.
    pub fn thinned(mut self, count: usize, seed: u64) -> Self {
        if count < self.points.len() {
            let kept = choice(self.points.len(), count, seed);
            self.points = kept.iter().map(|at| self.points[*at]).collect();
            self.normals = self.normals.map(|normals| kept.iter().map(|at| normals[*at]).collect());
        }
        self
    }
}

/// The indices of the points without those that repeat an earlier one.
fn different(points: &[[f64; 3]]) -> Vec<usize> {
    let key = |at: &usize| points[*at].map(|x| (x + 0.0).to_bits());
    let mut order: Vec<usize> = (0..points.len()).collect();
    order.sort_by_key(|at| (key(at), *at));
    order.dedup_by_key(|at| key(at));
    order.sort_unstable();
    order
}

/// Whether the points lie in a plane or on a line: whether the smallest principal axis vanishes.
fn is_flat(points: &[[f64; 3]]) -> bool {
    let n = points.len() as f64;
    let mean = [0, 1, 2].map(|i| points.iter().map(|p| p[i]).sum::<f64>() / n);
    let mut c = [[0.0; 3]; 3];
    for p in points {
        let d = minus(*p, mean);
        (0..9).for_each(|at| c[at / 3][at % 3] += d[at / 3] * d[at % 3] / n);
    }
    let [a, b, d] = c;
    let determinant = dot(a, crate::surface::cross(b, d));
    let trace = a[0] + b[1] + d[2];
    // With variances (s, s, t), the determinant is s² t and the trace 2 s.
    determinant <= THICKNESS * THICKNESS * trace.powi(3) / 4.0
}

/// The normals of the points `kept`, with length 1.
fn units(normals: &[[f64; 3]], kept: &[usize]) -> Result<Vec<[f64; 3]>, CloudError> {
    let zero = |at: &&usize| length(normals[**at]) == 0.0;
    if let Some(point) = kept.iter().find(zero) {
        return Err(CloudError::ZeroNormals { count: kept.iter().filter(zero).count(), point: *point });
    }
    Ok(kept.iter().map(|at| unit(normals[*at])).collect())
}

/// A vector with length 1.
pub(super) fn unit(a: [f64; 3]) -> [f64; 3] {
    // The largest component first, so that no square overflows or vanishes.
    let largest = a.iter().fold(0.0f64, |most, x| most.max(x.abs()));
    let a = a.map(|x| x / largest);
    let by = length(a);
    a.map(|x| x / by)
}

/// Compares normals with those of neighbours, and turns them outwards.
fn oriented(
    points: &[[f64; 3]],
    mut normals: Vec<[f64; 3]>,
    notes: &mut Vec<Note>,
) -> Result<Vec<[f64; 3]>, CloudError> {
    let opposite = opposite(points, &normals);
    if opposite > OPPOSITE.1 {
        return Err(CloudError::Scrambled { percent: 100.0 * opposite });
    }
    if opposite > OPPOSITE.0 {
        notes.push(Note::Opposite(100.0 * opposite));
    }
    // The divergence theorem: the flux of x through a closed surface is three times its volume.
    let flux: f64 = points.iter().zip(&normals).map(|(p, n)| dot(*p, *n)).sum();
    if flux < 0.0 {
        notes.push(Note::Turned);
        normals.iter_mut().for_each(|n| *n = n.map(|x| -x));
    }
    Ok(normals)
}

/// The part of points whose normal points against that of the nearest other point.
fn opposite(points: &[[f64; 3]], normals: &[[f64; 3]]) -> f64 {
    let (asked, among) = (choice(points.len(), COMPARED.0, 1), choice(points.len(), COMPARED.1, 2));
    let is_opposite = |at: &usize| {
        let distance = |other: &usize| {
            let by = minus(points[*other], points[*at]);
            dot(by, by)
        };
        let others = among.iter().filter(|other| *other != at);
        let nearest = others.min_by(|a, b| distance(a).total_cmp(&distance(b)));
        nearest.is_some_and(|nearest| dot(normals[*nearest], normals[*at]) < 0.0)
    };
    let count = asked.par_iter().filter(|at| is_opposite(at)).count();
    count as f64 / asked.len().max(1) as f64
}

/// `count` of the numbers below `all` at random, ascending; all if there are fewer.
pub(super) fn choice(all: usize, count: usize, seed: u64) -> Vec<usize> {
    let mut numbers: Vec<usize> = (0..all).collect();
    if count < all {
        let mut random = Pcg64::seed_from_u64(seed);
        for at in 0..count {
            let other = at + (random.next_u64() % (all - at) as u64) as usize;
            numbers.swap(at, other);
        }
        numbers.truncate(count);
        numbers.sort_unstable();
    }
    numbers
}
