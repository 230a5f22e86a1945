//! A mesh of a level set, by dual marching cubes.
//!
//! Every patch of the surface in a cell has a vertex, and every crossed edge of the grid a quadrilateral between the
//! vertices of the four patches around it (Nielson, "Dual marching cubes", 2004). An edge of the mesh then belongs to a
//! face of the grid, where two segments of patches meet at most, so that it has two triangles or, at the end of the region,
//! one.

use serde::{Deserialize, Serialize};

use super::blocks::Blocks;
use super::cells::corners_of_edge;
use super::implicit::Implicit;
use super::mesh::{dot, length, minus};
use super::patches::{Cell, Cells};
use super::topology::split_pinched;
use super::vertices::{corner, place};
use super::{Grid, Mesh, Order, SurfaceError};

/// What is extracted, and how finely.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ExtractConfig {
    /// The number of cells along the longest side of the region, 2 to 8,192.
    pub resolution: usize,
    /// The level.
    pub level: f64,
    /// The lower and the upper end of the region along every axis. `None` for that of the function.
    pub region: Option<[(f64, f64); 3]>,
}

impl Default for ExtractConfig {
    fn default() -> Self {
        Self { resolution: 256, level: 0.0, region: None }
    }
}

/// The part of the work after which the vertices are placed, for progress.
const FOUND: f64 = 0.5;

/// The mesh of a level set of `implicit`. `told` hears the part of the work that is done, from 0 to 1.
///
/// The mesh ends where the level set leaves the region, and is closed elsewhere. Vertices lie on the level set. Memory
/// grows with the area of the level set, not with the volume of the region.
///
/// # Errors
/// If a setting is out of range, the function does not take the level or is not finite, or the engine refuses it.
pub fn extract(
    implicit: &mut Implicit,
    config: &ExtractConfig,
    told: &mut dyn FnMut(f64),
) -> Result<Mesh, SurfaceError> {
    if !config.level.is_finite() {
        return Err(SurfaceError::Level { level: config.level });
    }
    let grid = Grid::new(config.region.unwrap_or(implicit.region()), config.resolution)?;
    let blocks = Blocks::near(implicit, &grid, config.level, &mut |done| told(FOUND * done))?;
    let cells = Cells::new(&blocks);
    if cells.vertices.is_none() {
        return Err(SurfaceError::TooManyVertices);
    }
    if cells.cells.is_empty() {
        return Err(none(implicit, &grid, config.level)?);
    }
    let (points, normals) = place(implicit, (&blocks, &cells), config.level, &mut |done| {
        told(FOUND + (1.0 - FOUND) * done);
    })?;
    let mut mesh = Mesh { points, normals, faces: Vec::new() };
    for cell in &cells.cells {
        for axis in 0..3 {
            if let Some(corners) = quadrilateral(&blocks, &cells, cell, axis) {
                let faces = halves(&mesh, corners);
                mesh.faces.extend(faces);
            }
        }
    }
    let at_end = cells.cells.iter().filter(|cell| is_at_end(&blocks, cell));
    let vertices = at_end.flat_map(|cell| cell.vertex..cell.vertex + u32::from(cell.patches().count));
    split_pinched(&mut mesh, vertices);
    Ok(mesh)
}

/// Gives every vertex of a mesh of `implicit` its exact normal, the direction of the gradient there.
///
/// # Errors
/// If the engine refuses the function.
pub fn set_normals(implicit: &mut Implicit, mesh: &mut Mesh) -> Result<(), SurfaceError> {
    let mut jets = vec![0.0; mesh.points.len() * Order::Gradient.width()];
    implicit.evaluate(Order::Gradient, &mesh.points, &mut jets)?;
    let unit = |jet: &[f32]| {
        let by = length([1, 2, 3].map(|i| f64::from(jet[i]))).max(f64::MIN_POSITIVE);
        [1, 2, 3].map(|i| (f64::from(jet[i]) / by) as f32)
    };
    mesh.normals = jets.chunks_exact(Order::Gradient.width()).map(unit).collect();
    Ok(())
}

/// Whether a cell touches the end of the region. Triangles are missing there, and a vertex can be left with two fans.
fn is_at_end(blocks: &Blocks, cell: &Cell) -> bool {
    let corner = corner(blocks, cell);
    (0..3).any(|axis| corner[axis] == 0 || corner[axis] + 1 == blocks.grid.cells[axis])
}

/// The vertices around the edge along `axis` from the lowest corner of a cell, seen from outside in counterclockwise
/// order. `None` if the edge is not crossed, or the region ends at it.
fn quadrilateral(blocks: &Blocks, cells: &Cells, cell: &Cell, axis: usize) -> Option<[u32; 4]> {
    let (b, c) = ((axis + 1) % 3, (axis + 2) % 3);
    let is_inside = corners_of_edge(4 * axis).map(|corner| cell.is_inside(corner));
    if is_inside[0] == is_inside[1] {
        return None;
    }
    let mut corners = [0; 4];
    // Counterclockwise, seen from the upper end of the edge.
    for (corner, (back_b, back_c)) in corners.iter_mut().zip([(1, 1), (0, 1), (0, 0), (1, 0)]) {
        let mut offset = [0; 3];
        (offset[b], offset[c]) = (-back_b, -back_c);
        let other = &cells.cells[cells.neighbour(blocks, cell, offset)?];
        // For the cell behind, the edge is at the upper place.
        let edge = 4 * axis + (back_b + 2 * back_c) as usize;
        *corner = other.vertex + u32::from(other.patches().of_edge[edge]);
    }
    if is_inside[1] {
        corners.reverse();
    }
    Some(corners)
}

/// The two triangles of a quadrilateral, cut along the diagonal that agrees better with the normals of its vertices, or
/// along the shorter one.
fn halves(mesh: &Mesh, [a, b, c, d]: [u32; 4]) -> [[u32; 3]; 2] {
    let (one, other) = ([[a, b, c], [a, c, d]], [[a, b, d], [b, c, d]]);
    let agreement = |faces: [[u32; 3]; 2]| {
        let of = |face: [u32; 3]| {
            let normal = mesh.twice_area(face);
            let cosine = |at: u32| dot(normal, mesh.normals[at as usize].map(f64::from));
            face.map(cosine).iter().fold(f64::INFINITY, |least, x| least.min(*x))
                / length(normal).max(f64::MIN_POSITIVE)
        };
        of(faces[0]).min(of(faces[1]))
    };
    let (first, second) = (agreement(one), agreement(other));
    if (first - second).abs() > 1e-2 {
        return if first > second { one } else { other };
    }
    let diagonal = |a: u32, b: u32| length(minus(mesh.points[a as usize], mesh.points[b as usize]));
    if diagonal(a, c) <= diagonal(b, d) { one } else { other }
}

/// The error for a function that does not take the level, with the values that it takes at a coarse grid.
fn none(implicit: &mut Implicit, grid: &Grid, level: f64) -> Result<SurfaceError, SurfaceError> {
    const STEPS: usize = 32;
    let place = |i: usize, axis: usize| {
        let whole = grid.step[axis] * grid.cells[axis] as f64;
        grid.low[axis] + whole * i as f64 / STEPS as f64
    };
    let row = |z: usize, y: usize| (0..=STEPS).map(move |x| [place(x, 0), place(y, 1), place(z, 2)]);
    let points: Vec<[f64; 3]> = (0..=STEPS).flat_map(|z| (0..=STEPS).flat_map(move |y| row(z, y))).collect();
    let mut values = vec![0.0; points.len()];
    implicit.evaluate(Order::Value, &points, &mut values)?;
    let low = values.iter().fold(f32::INFINITY, |low, value| low.min(*value));
    let high = values.iter().fold(f32::NEG_INFINITY, |high, value| high.max(*value));
    Ok(SurfaceError::NoSurface { level, low, high })
}
