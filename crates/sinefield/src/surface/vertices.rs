//! The vertex of every patch, with its normal.
//!
//! With `p_i` the points on the crossed edges of a patch, and `n_i` and `Φ_i` the unit normal and the signed distance
//! there to first order, the vertex minimises
//!
//! ```text
//! Σ_i (n_i · (x - p_i) + Φ_i)² + λ Σ_i |x - p_i|²
//! ```
//!
//! which puts it on an edge or a corner of the surface, if the normals tell of one (Ju and others, "Dual contouring of
//! Hermite data", 2002), and else near the middle of the patch. It then goes to the level set by Newton's method along the
//! gradient, `x - Φ ∇Φ / |∇Φ|²`. It stays in its cell, so that triangles do not fold.

use std::collections::HashMap;

use super::blocks::{Blocks, SIDE};
use super::cells::{NONE, corners_of_edge};
use super::edges::{Edge, cross_level};
use super::implicit::{Implicit, Order};
use super::mesh::{cross, dot, length};
use super::patches::{Cell, Cells};
use super::{Grid, SurfaceError};

/// λ: small enough for sharp edges, and large enough for rounding errors of nearly equal normals.
const TOWARDS_MIDDLE: f64 = 0.01;
/// Evaluations of Newton's method.
const TRIALS: usize = 6;
/// The distance from the level set, in cells, at which a vertex stays.
const NEAR: f64 = 1e-4;
/// Cells whose vertices are placed at once.
const BATCH: usize = 1 << 15;

/// Vertices and their unit normals.
pub type Placed = (Vec<[f64; 3]>, Vec<[f32; 3]>);

/// The vertices of all patches, in their order.
pub fn place(
    implicit: &mut Implicit,
    (blocks, cells): (&Blocks, &Cells),
    level: f64,
    told: &mut dyn FnMut(f64),
) -> Result<Placed, SurfaceError> {
    let (mut points, mut normals) = (Vec::new(), Vec::new());
    for batch in cells.cells.chunks(BATCH) {
        let planes = Planes::of(implicit, blocks, batch, level)?;
        let mut vertices = Vec::new();
        for cell in batch {
            let boundary = boundary(blocks, cell);
            let middles = (0..cell.patches().count).map(|patch| planes.vertex(blocks, cell, patch, boundary));
            vertices.extend(middles.map(|at| Vertex {
                at,
                boundary,
                best: f64::INFINITY,
                ..Vertex::default()
            }));
        }
        project(implicit, &blocks.grid, &mut vertices, level)?;
        points.extend(vertices.iter().map(|vertex| vertex.best_at));
        normals.extend(vertices.iter().map(|vertex| vertex.normal));
        told(points.len() as f64 / f64::from(cells.vertices.unwrap_or(u32::MAX)));
    }
    Ok((points, normals))
}

/// The lower and the upper corner of a cell.
type Boundary = [[f64; 3]; 2];

fn boundary(blocks: &Blocks, cell: &Cell) -> Boundary {
    let low = corner(blocks, cell);
    [low, low.map(|at| at + 1)].map(|corner| blocks.grid.place(corner))
}

/// The lowest corner of a cell in the grid.
pub(super) fn corner(blocks: &Blocks, cell: &Cell) -> [usize; 3] {
    let (key, own) = (blocks.keys[cell.block as usize], cell.corner());
    [0, 1, 2].map(|axis| usize::from(key[axis]) * SIDE + own[axis])
}

/// A corner of the grid, and the axis of an edge from there.
pub(super) type EdgeKey = ([usize; 3], usize);

/// The plane through the surface at every crossed edge.
struct Planes {
    index: HashMap<EdgeKey, usize>,
    points: Vec<[f64; 3]>,
    /// The unit normal and the signed distance of the point from the plane.
    planes: Vec<([f64; 3], f64)>,
}

impl Planes {
    fn of(
        implicit: &mut Implicit,
        blocks: &Blocks,
        cells: &[Cell],
        level: f64,
    ) -> Result<Self, SurfaceError> {
        let (mut index, mut edges) = (HashMap::new(), Vec::new());
        for cell in cells {
            for edge in (0..12).filter(|edge| cell.patches().of_edge[*edge] != NONE) {
                index.entry(edge_key(blocks, cell, edge)).or_insert_with(|| {
                    edges.push(Edge::of(blocks, cell, edge));
                    edges.len() - 1
                });
            }
        }
        cross_level(implicit, &mut edges, level)?;
        let points: Vec<[f64; 3]> = edges.iter().map(Edge::crossing).collect();
        let mut jets = vec![0.0; points.len() * 4];
        implicit.evaluate(Order::Gradient, &points, &mut jets)?;
        let planes = jets.chunks_exact(4).map(|jet| {
            let gradient = [1, 2, 3].map(|at| f64::from(jet[at]));
            let slope = length(gradient);
            match slope.is_finite() && slope > 0.0 {
                true => (gradient.map(|g| g / slope), (f64::from(jet[0]) - level) / slope),
                false => ([0.0; 3], 0.0),
            }
        });
        Ok(Self { planes: planes.collect(), index, points })
    }

    /// The place that minimises the sum of the patch, kept in the cell.
    fn vertex(&self, blocks: &Blocks, cell: &Cell, patch: u8, [low, high]: Boundary) -> [f64; 3] {
        let edges = (0..12).filter(|edge| cell.patches().of_edge[*edge] == patch);
        let own: Vec<usize> = edges.map(|edge| self.index[&edge_key(blocks, cell, edge)]).collect();
        let count = own.len().max(1) as f64;
        let middle = [0, 1, 2].map(|axis| own.iter().map(|at| self.points[*at][axis]).sum::<f64>() / count);
        let (mut matrix, mut right) = ([[0.0; 3]; 3], [0.0; 3]);
        for at in own {
            let ((normal, distance), point) = (self.planes[at], self.points[at]);
            let height = dot(normal, [0, 1, 2].map(|axis| point[axis] - middle[axis])) - distance;
            for i in 0..3 {
                right[i] += normal[i] * height;
                (0..3).for_each(|j| matrix[i][j] += normal[i] * normal[j]);
            }
        }
        (0..3).for_each(|i| matrix[i][i] += TOWARDS_MIDDLE * count);
        let by = solve(matrix, right);
        [0, 1, 2].map(|axis| (middle[axis] + by[axis]).clamp(low[axis], high[axis]))
    }
}

/// The solution of a symmetric positive definite system, by Cramer's rule.
fn solve(m: [[f64; 3]; 3], r: [f64; 3]) -> [f64; 3] {
    let [a, b, c] = m;
    let determinant = dot(a, cross(b, c));
    [cross(b, c), cross(c, a), cross(a, b)]
        .into_iter()
        .zip(r)
        .fold([0.0; 3], |sum, (row, r)| [0, 1, 2].map(|i| sum[i] + row[i] * r / determinant))
}

/// Names an edge of the grid.
pub(super) fn edge_key(blocks: &Blocks, cell: &Cell, edge: usize) -> EdgeKey {
    let low = corners_of_edge(edge)[0];
    let corner = corner(blocks, cell);
    ([corner[0] + (low & 1), corner[1] + (low >> 1 & 1), corner[2] + (low >> 2)], edge / 4)
}

/// A vertex on its way to the level set.
#[derive(Clone, Copy, Default)]
struct Vertex {
    at: [f64; 3],
    boundary: Boundary,
    /// The smallest size of a value so far, and where that is.
    best: f64,
    best_at: [f64; 3],
    normal: [f32; 3],
}

/// Newton's method for all vertices. A vertex that is near enough, or comes no nearer, stays.
fn project(
    implicit: &mut Implicit,
    grid: &Grid,
    vertices: &mut [Vertex],
    level: f64,
) -> Result<(), SurfaceError> {
    let near = NEAR * grid.step.iter().fold(f64::INFINITY, |least, step| least.min(*step));
    let mut active: Vec<usize> = (0..vertices.len()).collect();
    for _ in 0..TRIALS {
        let points: Vec<[f64; 3]> = active.iter().map(|at| vertices[*at].at).collect();
        let mut jets = vec![0.0; points.len() * 4];
        implicit.evaluate(Order::Gradient, &points, &mut jets)?;
        let mut jets = jets.chunks_exact(4);
        active.retain(|at| jets.next().is_some_and(|jet| vertices[*at].step(jet, level, near)));
        if active.is_empty() {
            break;
        }
    }
    Ok(())
}

impl Vertex {
    /// Takes in the jet at the present place, and steps on. False if the vertex stays.
    fn step(&mut self, jet: &[f32], level: f64, near: f64) -> bool {
        let (value, gradient) = (f64::from(jet[0]) - level, [1, 2, 3].map(|at| f64::from(jet[at])));
        let slope = length(gradient);
        if value.abs() < self.best || self.best.is_infinite() {
            (self.best, self.best_at) = (value.abs(), self.at);
            self.normal = gradient.map(|g| if slope > 0.0 { (g / slope) as f32 } else { 0.0 });
        } else {
            return false;
        }
        if slope == 0.0 || value.abs() <= near * slope {
            return false;
        }
        // A coordinate at the end of the cell that the step would leave by is held.
        let [low, high] = self.boundary;
        let held = |i: usize| {
            let down = value * gradient[i] > 0.0;
            (down && self.at[i] <= low[i]) || (!down && self.at[i] >= high[i])
        };
        let free = [0, 1, 2].map(|i| if held(i) { 0.0 } else { gradient[i] });
        let by = value / dot(free, free);
        if !by.is_finite() {
            return false;
        }
        self.at = [0, 1, 2].map(|i| (self.at[i] - by * free[i]).clamp(low[i], high[i]));
        self.at != self.best_at
    }
}
