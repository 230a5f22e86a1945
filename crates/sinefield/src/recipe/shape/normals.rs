//! Normals of points that have none.
//!
//! The normal of a point is the direction in which its nearest neighbours vary least (Hoppe and others, "Surface
//! reconstruction from unorganized points", 1992). [`Flood`] tells which of its two ends points outwards. Where winding
//! numbers are larger in front of a point than behind it, its normal is then turned.

use faer::{Mat, Side};
use rayon::prelude::*;
use rstar::RTree;
use rstar::primitives::GeomWithData;

use super::cloud::{Cloud, Note};
use super::flood::Flood;
use super::guide::Dipoles;
use crate::surface::dot;

/// Points that determine a normal, with the point itself.
const NEIGHBOURS: usize = 16;
/// The most points, of which normals are estimated. More are left out.
const MOST: usize = 200_000;
/// Rounds in which normals are turned by winding numbers.
const ROUNDS: usize = 4;
/// Points of the sample whose normals are turned, that vote on the side of another point's normal.
const VOTES: usize = 3;

type Tree = RTree<GeomWithData<[f64; 3], usize>>;

impl Cloud {
    /// The cloud with estimated normals, if it has none. A large cloud is thinned.
    pub(super) fn with_estimated_normals(self, seed: u64) -> Self {
        if self.normals.is_some() {
            return self;
        }
        let mut cloud = self.thinned(MOST, seed);
        let mut normals = planes(&cloud.points);
        cloud.notes.push(Note::Estimated(cloud.points.len()));
        match Flood::new(&cloud.points) {
            Some(flood) => {
                for (normal, point) in normals.iter_mut().zip(&cloud.points) {
                    turn_if(normal, dot(*normal, flood.way_out(*point)) < 0.0);
                }
                turn_by_winding(&cloud.points, &mut normals, seed);
            }
            None => {
                // A sheet: its thin direction is up.
                let thin = thinnest(&cloud.points);
                normals.iter_mut().for_each(|normal| turn_if(normal, normal[thin] < 0.0));
                cloud.notes.push(Note::Open(["x", "y", "z"][thin]));
            }
        }
        cloud.normals = Some(normals);
        cloud
    }
}

fn turn_if(normal: &mut [f64; 3], turned: bool) {
    if turned {
        *normal = normal.map(|n| -n);
    }
}

fn tree(points: impl Iterator<Item = [f64; 3]>) -> Tree {
    RTree::bulk_load(points.enumerate().map(|(at, point)| GeomWithData::new(point, at)).collect())
}

/// The axis along which the points extend least.
fn thinnest(points: &[[f64; 3]]) -> usize {
    let sides = crate::surface::bounds(points).unwrap_or_default().map(|(low, high)| high - low);
    (0..3).min_by(|a, b| sides[*a].total_cmp(&sides[*b])).unwrap_or(2)
}

/// The normals of the planes through the neighbours of every point.
fn planes(points: &[[f64; 3]]) -> Vec<[f64; 3]> {
    let tree = tree(points.iter().copied());
    points
        .par_iter()
        .map(|point| {
            let near: Vec<[f64; 3]> =
                tree.nearest_neighbor_iter(*point).take(NEIGHBOURS).map(|found| *found.geom()).collect();
            let n = near.len() as f64;
            let mean = [0, 1, 2].map(|i| near.iter().map(|p| p[i]).sum::<f64>() / n);
            let spread =
                |i: usize, j: usize| near.iter().map(|p| (p[i] - mean[i]) * (p[j] - mean[j])).sum::<f64>();
            least_direction(Mat::from_fn(3, 3, spread))
        })
        .collect()
}

/// The unit eigenvector of the smallest eigenvalue.
fn least_direction(matrix: Mat<f64>) -> [f64; 3] {
    match matrix.self_adjoint_eigen(Side::Lower) {
        // Eigenvalues ascend.
        Ok(found) => [0, 1, 2].map(|i| found.U()[(i, 0)]),
        Err(_) => [0.0, 0.0, 1.0],
    }
}

/// Turns normals in front of which the winding number is larger than behind.
fn turn_by_winding(points: &[[f64; 3]], normals: &mut [[f64; 3]], seed: u64) {
    let mut dipoles = Dipoles::new(points, normals, seed);
    let step = f64::from(dipoles.typical_reach());
    for _ in 0..ROUNDS {
        let is_wrong = |at: &usize| {
            let beside = |by: f64| [0, 1, 2].map(|i| (points[*at][i] + by * normals[*at][i]) as f32);
            dipoles.winding(beside(step)).0 > dipoles.winding(beside(-step)).0
        };
        let wrong: Vec<bool> = dipoles.chosen.par_iter().map(is_wrong).collect();
        for (at, wrong) in dipoles.chosen.iter().zip(&wrong) {
            turn_if(&mut normals[*at], *wrong);
        }
        if !wrong.contains(&true) {
            break;
        }
        dipoles.turn(normals);
    }
    // The others follow the nearest of these.
    let tree = tree(dipoles.chosen.iter().map(|at| points[*at]));
    let sample: Vec<[f64; 3]> = dipoles.chosen.iter().map(|at| normals[*at]).collect();
    let mut is_chosen = vec![false; points.len()];
    dipoles.chosen.iter().for_each(|at| is_chosen[*at] = true);
    normals.par_iter_mut().zip(points).zip(&is_chosen).filter(|(_, chosen)| !**chosen).for_each(
        |((normal, point), _)| {
            let near = tree.nearest_neighbor_iter(*point).take(VOTES);
            let vote: f64 = near.map(|found| dot(sample[found.data], *normal)).sum();
            turn_if(normal, vote < 0.0);
        },
    );
}

/// The part of `normals` that points against `wanted`, for tests.
#[cfg(test)]
pub(super) fn against(normals: &[[f64; 3]], wanted: &[[f64; 3]]) -> f64 {
    let count = normals.iter().zip(wanted).filter(|(n, w)| dot(**n, **w) < 0.0).count();
    count as f64 / normals.len() as f64
}
