//! A mesh in the space of a field with an affine map, such as the millimetres of a scanner.

use super::Mesh;
use super::mesh::length;
use crate::field::Field;

/// Moves a mesh from the units of the field's axes to the space of its affine map. Without a map, the mesh stays.
///
/// With the map `p = A i + t` of sample indices, normals change by the inverse transpose of A. A map that turns a right
/// hand into a left one also turns the order of the corners of every triangle.
pub fn into_space(mesh: &mut Mesh, field: &Field) {
    let Some(affine) = &field.meta.affine else { return };
    let (Some(inverse), 3) = (affine.inverse(), affine.rows.len()) else { return };
    let axes = [0, 1, 2].map(|at| field.meta.axis(at));
    // The sample index of a place, axis by axis.
    let spans = axes.each_ref().map(|axis| (axis.samples.unwrap_or(1).max(1) - 1) as f64 / 2.0);
    for point in &mut mesh.points {
        let index = [0, 1, 2].map(|at| (axes[at].normalised(point[at]) + 1.0) * spans[at]);
        *point = [0, 1, 2].map(|row| {
            let row = &affine.rows[row];
            (0..3).map(|at| row[at] * index[at]).sum::<f64>() + row[3]
        });
    }
    let per_unit = [0, 1, 2].map(|at| axes[at].per_unit() * spans[at]);
    for normal in &mut mesh.normals {
        // Along indices first, then along the space.
        let along = [0, 1, 2].map(|at| f64::from(normal[at]) / per_unit[at]);
        let turned = [0, 1, 2].map(|column| (0..3).map(|at| inverse[at][column] * along[at]).sum::<f64>());
        let by = length(turned);
        *normal = turned.map(|n| (n / by) as f32);
    }
    let minor = |i: usize, j: usize, k: usize| {
        let rows = &affine.rows;
        rows[0][i] * (rows[1][j] * rows[2][k] - rows[1][k] * rows[2][j])
    };
    if minor(0, 1, 2) + minor(1, 2, 0) + minor(2, 0, 1) < 0.0 {
        mesh.faces.iter_mut().for_each(|face| face.swap(1, 2));
    }
}
