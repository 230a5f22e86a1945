//! A mesh with fewer triangles, by collapsing edges.
//!
//! An edge is collapsed to the place that is nearest to the planes of all triangles that its ends stood for (Garland and
//! Heckbert, 1997). The cheapest edge comes first. An edge is kept if its collapse would change how the mesh hangs together
//! (if its ends have more neighbours in common than the triangles at the edge) or turn a triangle over.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::Mesh;
use super::mesh::{cross, dot, length, minus};
use super::quadric::Quadric;

/// The cosine between the old and the new normal of a triangle, below which it counts as turned over.
const TURNED: f64 = 0.2;
/// The weight of the planes that keep the rims of a mesh in place.
const RIM: f64 = 100.0;

/// `mesh` with about `ratio` of its triangles, from 0 to 1. It has more if no edge is left that can be collapsed. The mesh hangs
/// together as before. The result has no normals.
pub fn simplify(mesh: &Mesh, ratio: f64) -> Mesh {
    let wanted = (ratio * mesh.faces.len() as f64).ceil() as usize;
    let mut work = Work::new(mesh);
    work.begin();
    while work.faces_left > wanted {
        let Some(Reverse(edge)) = work.queue.pop() else { break };
        work.collapse(&edge);
    }
    work.finish()
}

/// An edge in the queue, cheapest first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Edge {
    /// The bits of its cost, which is not negative.
    cost: u64,
    ends: [u32; 2],
    /// The versions of the ends for which the cost holds.
    versions: [u32; 2],
}

struct Work {
    centre: [f64; 3],
    /// The vertices, relative to the centre.
    points: Vec<[f64; 3]>,
    quadrics: Vec<Quadric>,
    /// How often each vertex was moved.
    versions: Vec<u32>,
    faces: Vec<[u32; 3]>,
    is_alive: Vec<bool>,
    /// The triangles at every vertex.
    around: Vec<Vec<u32>>,
    faces_left: usize,
    queue: BinaryHeap<Reverse<Edge>>,
}

impl Work {
    fn new(mesh: &Mesh) -> Self {
        let centre = mesh.bounds().map_or([0.0; 3], |bounds| bounds.map(|(low, high)| 0.5 * (low + high)));
        let mut around = vec![Vec::new(); mesh.points.len()];
        for (face, corners) in mesh.faces.iter().enumerate() {
            corners.iter().for_each(|corner| around[*corner as usize].push(face as u32));
        }
        Self {
            centre,
            points: mesh.points.iter().map(|point| minus(*point, centre)).collect(),
            quadrics: vec![Quadric::default(); mesh.points.len()],
            versions: vec![0; mesh.points.len()],
            faces: mesh.faces.clone(),
            is_alive: vec![true; mesh.faces.len()],
            around,
            faces_left: mesh.faces.len(),
            queue: BinaryHeap::new(),
        }
    }

    /// Sums up the planes, and puts all edges into the queue.
    fn begin(&mut self) {
        for face in 0..self.faces.len() {
            let (corners, normal) =
                (self.faces[face], self.normal(self.faces[face].map(|at| self.points[at as usize])));
            let twice_area = length(normal);
            if twice_area > 0.0 {
                let unit = normal.map(|n| n / twice_area);
                let plane = Quadric::plane(unit, self.points[corners[0] as usize], twice_area);
                corners.iter().for_each(|corner| self.quadrics[*corner as usize].add(&plane));
            }
        }
        let mut edges: Vec<[u32; 2]> = self
            .faces
            .iter()
            .flat_map(|f| [0, 1, 2].map(|i| [f[i].min(f[(i + 1) % 3]), f[i].max(f[(i + 1) % 3])]))
            .collect();
        edges.sort_unstable();
        for same in edges.chunk_by(|a, b| a == b) {
            if same.len() == 1 {
                self.hold_rim(same[0]);
            }
        }
        edges.dedup();
        edges.into_iter().for_each(|ends| self.push(ends));
    }

    /// Adds the plane through an edge of a rim that is upright on its triangle.
    fn hold_rim(&mut self, [a, b]: [u32; 2]) {
        let face = self.around[a as usize].iter().find(|face| self.faces[**face as usize].contains(&b));
        let Some(face) = face.map(|face| self.faces[*face as usize]) else { return };
        let along = minus(self.points[b as usize], self.points[a as usize]);
        let upright = cross(along, self.normal(face.map(|at| self.points[at as usize])));
        let by = length(upright);
        if by > 0.0 {
            let unit = upright.map(|n| n / by);
            let plane = Quadric::plane(unit, self.points[a as usize], RIM * dot(along, along));
            [a, b].iter().for_each(|end| self.quadrics[*end as usize].add(&plane));
        }
    }

    fn normal(&self, [a, b, c]: [[f64; 3]; 3]) -> [f64; 3] {
        cross(minus(b, a), minus(c, a))
    }

    /// The place to which an edge collapses, and the cost.
    fn place(&self, [a, b]: [u32; 2]) -> ([f64; 3], f64) {
        let mut sum = self.quadrics[a as usize];
        sum.add(&self.quadrics[b as usize]);
        let (p, q) = (self.points[a as usize], self.points[b as usize]);
        let middle = [0, 1, 2].map(|i| 0.5 * (p[i] + q[i]));
        // A place far from the edge comes of planes that are nearly parallel.
        let reach = length(minus(p, q));
        let best = sum.least().filter(|place| length(minus(*place, middle)) <= reach);
        let places = best.map_or([p, q, middle], |place| [place; 3]);
        let cost = |place: &[f64; 3]| sum.at(*place);
        let place = places.into_iter().min_by(|a, b| cost(a).total_cmp(&cost(b))).unwrap_or(middle);
        (place, cost(&place))
    }

    fn push(&mut self, ends: [u32; 2]) {
        let (_, cost) = self.place(ends);
        let versions = ends.map(|end| self.versions[end as usize]);
        self.queue.push(Reverse(Edge { cost: cost.to_bits(), ends, versions }));
    }

    /// The vertices that share a triangle with `vertex`, sorted.
    fn neighbours(&self, vertex: u32) -> Vec<u32> {
        let corners = self.around[vertex as usize].iter().flat_map(|face| self.faces[*face as usize]);
        let mut others: Vec<u32> = corners.filter(|other| *other != vertex).collect();
        others.sort_unstable();
        others.dedup();
        others
    }

    /// Whether a vertex is on a rim: whether it has more neighbours than triangles.
    fn is_on_rim(&self, vertex: u32) -> bool {
        self.neighbours(vertex).len() != self.around[vertex as usize].len()
    }

    /// Collapses an edge, if it still is as it was in the queue and may be collapsed.
    fn collapse(&mut self, edge: &Edge) {
        let [a, b] = edge.ends;
        let is_now = edge.versions == edge.ends.map(|end| self.versions[end as usize]);
        let shared =
            self.around[a as usize].iter().filter(|face| self.faces[**face as usize].contains(&b)).count();
        if !is_now || shared == 0 || self.faces_left <= 4 {
            return;
        }
        let (place, _) = self.place(edge.ends);
        if !self.keeps_topology(edge.ends, shared)
            || self.turns(edge.ends, place)
            || self.turns([b, a], place)
        {
            return;
        }
        let moved = std::mem::take(&mut self.around[b as usize]);
        for face in moved {
            let corners = &mut self.faces[face as usize];
            if corners.contains(&a) {
                self.is_alive[face as usize] = false;
                self.faces_left -= 1;
                for corner in *corners {
                    self.around[corner as usize].retain(|other| *other != face);
                }
            } else {
                corners.iter_mut().filter(|corner| **corner == b).for_each(|corner| *corner = a);
                self.around[a as usize].push(face);
            }
        }
        let quadric = self.quadrics[b as usize];
        self.quadrics[a as usize].add(&quadric);
        self.points[a as usize] = place;
        self.versions[a as usize] += 1;
        self.versions[b as usize] = u32::MAX;
        for other in self.neighbours(a) {
            self.push([a.min(other), a.max(other)]);
        }
    }

    /// Whether the ends have no neighbours in common except those of the `shared` triangles at the edge, and the edge does
    /// not join two rims through the inside.
    fn keeps_topology(&self, [a, b]: [u32; 2], shared: usize) -> bool {
        let others = self.neighbours(b);
        let common = self.neighbours(a).iter().filter(|other| others.binary_search(other).is_ok()).count();
        common == shared && (shared == 1 || !(self.is_on_rim(a) && self.is_on_rim(b)))
    }

    /// Whether moving `from` to `place` turns over one of its triangles without `other`.
    fn turns(&self, [from, other]: [u32; 2], place: [f64; 3]) -> bool {
        let kept = self.around[from as usize].iter().map(|face| self.faces[*face as usize]);
        kept.filter(|corners| !corners.contains(&other)).any(|corners| {
            let before = self.normal(corners.map(|at| self.points[at as usize]));
            let after =
                self.normal(corners.map(|at| if at == from { place } else { self.points[at as usize] }));
            let sizes = length(before) * length(after);
            sizes == 0.0 || dot(before, after) <= TURNED * sizes
        })
    }

    /// The mesh that is left.
    fn finish(self) -> Mesh {
        let mut number = vec![u32::MAX; self.points.len()];
        let mut mesh = Mesh::default();
        for (corners, _) in self.faces.iter().zip(&self.is_alive).filter(|(_, alive)| **alive) {
            mesh.faces.push(corners.map(|corner| {
                let number = &mut number[corner as usize];
                if *number == u32::MAX {
                    *number = mesh.points.len() as u32;
                    let point = self.points[corner as usize];
                    mesh.points.push([0, 1, 2].map(|i| self.centre[i] + point[i]));
                }
                *number
            }));
        }
        mesh
    }
}
