//! Writes binary STL.

use std::io::{self, Write};

use super::{narrow, write_floats};
use crate::MeshView;

/// The comment. It must not begin with `solid`, as text does.
const COMMENT: &[u8; 80] =
    b"binary STL                                                                      ";

/// The number of triangles as the format holds it.
pub(super) fn count(faces: usize) -> Result<u32, String> {
    faces.try_into().map_err(|_| format!("{faces} triangles; {} are the most", u32::MAX))
}

/// Writes the triangles of a mesh.
pub(super) fn write(out: &mut impl Write, mesh: &MeshView<'_>, triangles: u32) -> io::Result<()> {
    out.write_all(COMMENT)?;
    out.write_all(&triangles.to_le_bytes())?;
    for face in mesh.faces {
        let corners = face.map(|index| mesh.points[index as usize]);
        write_floats(out, normal(corners))?;
        corners.iter().try_for_each(|&corner| write_floats(out, narrow(corner)))?;
        out.write_all(&[0; 2])?;
    }
    Ok(())
}

/// The normal of a triangle, `(b - a) x (c - a)` at length 1: it points to where the corners run counter-clockwise. 0 for
/// one without an area.
fn normal([a, b, c]: [[f64; 3]; 3]) -> [f32; 3] {
    let edge = |end: [f64; 3]| [0, 1, 2].map(|axis| end[axis] - a[axis]);
    let (u, v) = (edge(b), edge(c));
    // At a length near 1, the products of the edges neither overflow nor vanish.
    let scale = u.iter().chain(&v).fold(0.0, |scale: f64, value| scale.max(value.abs()));
    if scale == 0.0 {
        return [0.0; 3];
    }
    let (u, v) = (u.map(|value| value / scale), v.map(|value| value / scale));
    let cross = [u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0]];
    let length = cross[0].hypot(cross[1]).hypot(cross[2]);
    if length > 0.0 { cross.map(|value| (value / length) as f32) } else { [0.0; 3] }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normals_do_not_depend_on_the_size_of_a_triangle() {
        for size in [1e-300, 1e-30, 1.0, 1e300] {
            assert_eq!(normal([[0.0; 3], [0.0, size, 0.0], [0.0, 0.0, size]]), [1.0, 0.0, 0.0]);
        }
        assert_eq!(normal([[1.0; 3]; 3]), [0.0; 3]);
        assert_eq!(normal([[0.0; 3], [1.0; 3], [2.0; 3]]), [0.0; 3]);
    }

    #[test]
    fn more_triangles_than_the_format_counts_are_refused() {
        assert_eq!(count(7), Ok(7));
        assert!(count(1 << 32).unwrap_err().contains("4294967296 triangles; 4294967295 are the most"));
    }
}
