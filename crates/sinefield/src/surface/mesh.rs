//! A triangle mesh, and what is measured on it.

use rand_core::{Rng, SeedableRng};
use rand_pcg::Pcg64;

use super::Topology;

/// Triangles between vertices. Seen from outside, the corners of a triangle are in counterclockwise order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Mesh {
    /// The vertices.
    pub points: Vec<[f64; 3]>,
    /// A unit normal for each vertex; empty if there are none.
    pub normals: Vec<[f32; 3]>,
    /// The three corners of every triangle, as indices of vertices.
    pub faces: Vec<[u32; 3]>,
}

/// Points on a mesh.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Samples {
    /// The points.
    pub points: Vec<[f64; 3]>,
    /// The unit normal of the triangle of each.
    pub normals: Vec<[f64; 3]>,
}

impl Mesh {
    /// The corners of a triangle.
    fn corners(&self, face: [u32; 3]) -> [[f64; 3]; 3] {
        face.map(|at| self.points[at as usize])
    }

    /// Twice the vector area of a triangle, along its outward normal.
    pub(super) fn twice_area(&self, face: [u32; 3]) -> [f64; 3] {
        let [a, b, c] = self.corners(face);
        cross(minus(b, a), minus(c, a))
    }

    /// The outward unit normal of a triangle; not a number for one without area.
    ///
    /// # Panics
    /// If there is no such triangle.
    pub fn face_normal(&self, face: usize) -> [f64; 3] {
        let normal = self.twice_area(self.faces[face]);
        let by = length(normal);
        normal.map(|n| n / by)
    }

    /// The sum of the areas of all triangles.
    pub fn area(&self) -> f64 {
        self.faces.iter().map(|face| 0.5 * length(self.twice_area(*face))).sum()
    }

    /// The volume that a closed mesh encloses, by the divergence theorem: `Σ a · (b x c) / 6`, relative to the first
    /// vertex. Negative if the triangles face inwards.
    pub fn volume(&self) -> f64 {
        let Some(origin) = self.points.first() else { return 0.0 };
        let part = |face: &[u32; 3]| {
            let [a, b, c] = self.corners(*face).map(|corner| minus(corner, *origin));
            dot(a, cross(b, c)) / 6.0
        };
        self.faces.iter().map(part).sum()
    }

    /// The lower and the upper end along every axis; `None` without vertices.
    pub fn bounds(&self) -> Option<[(f64, f64); 3]> {
        bounds(&self.points)
    }

    /// How the triangles hang together.
    pub fn topology(&self) -> Topology {
        Topology::of(self)
    }

    /// `count` points, evenly by area, with the normals of their triangles. They depend on the mesh and on `seed` alone.
    /// None if the mesh has no area.
    pub fn sample(&self, count: usize, seed: u64) -> Samples {
        let mut sums = Vec::with_capacity(self.faces.len());
        let mut sum = 0.0;
        for face in &self.faces {
            sum += length(self.twice_area(*face));
            sums.push(sum);
        }
        let mut samples = Samples::default();
        if !(sum > 0.0 && sum.is_finite()) {
            return samples;
        }
        let mut random = Pcg64::seed_from_u64(seed);
        let mut draw = || (random.next_u64() >> 11) as f64 / (1u64 << 53) as f64;
        for _ in 0..count {
            let (place, r, s) = (draw() * sum, draw().sqrt(), draw());
            let face = self.faces[sums.partition_point(|until| *until <= place).min(sums.len() - 1)];
            let ([a, b, c], normal) = (self.corners(face), self.twice_area(face));
            let by = length(normal);
            samples.points.push([0, 1, 2].map(|i| (1.0 - r) * a[i] + r * ((1.0 - s) * b[i] + s * c[i])));
            samples.normals.push(normal.map(|n| n / by));
        }
        samples
    }
}

/// The lower and the upper end of points along every axis; `None` without points.
pub(crate) fn bounds(points: &[[f64; 3]]) -> Option<[(f64, f64); 3]> {
    let first = points.first()?;
    let start = first.map(|x| (x, x));
    let join = |b: [(f64, f64); 3], p: &[f64; 3]| [0, 1, 2].map(|i| (b[i].0.min(p[i]), b[i].1.max(p[i])));
    Some(points.iter().fold(start, join))
}

pub(crate) fn minus(a: [f64; 3], b: [f64; 3]) -> [f64; 3] {
    [a[0] - b[0], a[1] - b[1], a[2] - b[2]]
}

pub(crate) fn dot(a: [f64; 3], b: [f64; 3]) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

pub(crate) fn cross(a: [f64; 3], b: [f64; 3]) -> [f64; 3] {
    [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}

pub(crate) fn length(a: [f64; 3]) -> f64 {
    dot(a, a).sqrt()
}
