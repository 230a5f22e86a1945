//! How noisy points are, and how closely a surface should follow them.
//!
//! Let `p` and `q` be points of a smooth surface with the unit normals `m` and `n`. Then `(q - p)·(m + n)/2` is of third order in
//! the distance of the points, since curvature cancels in it. Gaussian noise of standard deviation σ in the points, if the normals
//! hold, gives it the standard deviation √2 σ. So σ is the median of its absolute value over neighbours, divided by √2 and by the
//! median of the absolute value of a normal number.
//!
//! A network has room to follow noisy points one by one. Each point is then a dent. A smaller weight of |Φ| lets the normals and
//! the eikonal term, which see many points, smooth these dents. The more points there are in a place, the less of that is needed.

use rayon::prelude::*;
use rstar::RTree;
use rstar::primitives::GeomWithData;

use crate::surface::{dot, minus};

/// Points whose neighbours are compared.
const COMPARED: usize = 4096;
/// Neighbours of each.
const NEIGHBOURS: usize = 8;
/// The least cosine between normals that are compared, so that edges and the other side of thin parts do not count.
const ALIKE: f64 = 0.5;
/// The median of the absolute value of a normal number.
const MEDIAN: f64 = 0.674_489_75;

/// The noise of points and the distance between them.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Noise {
    /// The standard deviation of the points along their normals.
    pub deviation: f64,
    /// The side of a square of the surface with one point.
    pub spacing: f64,
}

impl Noise {
    /// The noise of points with unit normals. Zeros if no neighbours can be compared.
    pub fn of(points: &[[f64; 3]], normals: &[[f64; 3]]) -> Self {
        let tree =
            points.iter().enumerate().map(|(at, point)| GeomWithData::new(*point, at)).collect::<Vec<_>>();
        let tree = RTree::bulk_load(tree);
        let step = points.len().div_ceil(COMPARED).max(1);
        let compared: Vec<(Vec<f64>, f64)> = (0..points.len().min(normals.len()))
            .into_par_iter()
            .step_by(step)
            .map(|at| {
                let near = tree.nearest_neighbor_iter(points[at]).filter(|other| other.data != at);
                let (mut gaps, mut reach) = (Vec::with_capacity(NEIGHBOURS), 0.0);
                for other in near.take(NEIGHBOURS) {
                    let (way, normal) = (minus(*other.geom(), points[at]), normals[other.data]);
                    reach = dot(way, way).sqrt();
                    if dot(normal, normals[at]) > ALIKE {
                        gaps.push((0.5 * (dot(way, normal) + dot(way, normals[at]))).abs());
                    }
                }
                (gaps, reach)
            })
            .collect();
        let gap = median(compared.iter().flat_map(|(gaps, _)| gaps).copied().collect());
        let reach = median(compared.iter().map(|(_, reach)| *reach).collect());
        let side = (std::f64::consts::PI / NEIGHBOURS as f64).sqrt();
        Self { deviation: gap / (MEDIAN * std::f64::consts::SQRT_2), spacing: side * reach }
    }
}

/// 0 for no numbers.
fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_unstable_by(f64::total_cmp);
    numbers.get(numbers.len() / 2).copied().unwrap_or(0.0)
}
