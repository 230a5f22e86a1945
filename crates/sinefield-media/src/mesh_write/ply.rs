//! Writes PLY, binary and little-endian.

use std::io::{self, Write};

use super::{Bounds, narrow, write_floats};
use crate::MeshView;

/// Beyond this ratio of the largest coordinate to the diagonal, 32-bit floats would lose digits: they keep 1 / 2^24 of the
/// coordinate, which would be more than 1 / 16000 of the diagonal.
const FARTHEST: f64 = 1000.0;

/// Writes a mesh.
pub(super) fn write(out: &mut impl Write, mesh: &MeshView<'_>, bounds: &Bounds) -> io::Result<()> {
    let wide = bounds.reach() > FARTHEST * bounds.diagonal() || !bounds.fits_f32();
    let kind = if wide { "double" } else { "float" };
    write!(out, "ply\nformat binary_little_endian 1.0\nelement vertex {}\n", mesh.points.len())?;
    for axis in ["x", "y", "z"] {
        writeln!(out, "property {kind} {axis}")?;
    }
    if mesh.normals.is_some() {
        out.write_all(b"property float nx\nproperty float ny\nproperty float nz\n")?;
    }
    if !mesh.faces.is_empty() {
        // Most readers expect `int`.
        let index = if mesh.points.len() > i32::MAX as usize { "uint" } else { "int" };
        write!(out, "element face {}\nproperty list uchar {index} vertex_indices\n", mesh.faces.len())?;
    }
    out.write_all(b"end_header\n")?;
    for (index, point) in mesh.points.iter().enumerate() {
        if wide {
            point.iter().try_for_each(|value| out.write_all(&value.to_le_bytes()))?;
        } else {
            write_floats(out, narrow(*point))?;
        }
        if let Some(normals) = mesh.normals {
            write_floats(out, normals[index])?;
        }
    }
    for face in mesh.faces {
        let mut bytes = [3; 13];
        for (place, index) in bytes[1..].as_chunks_mut::<4>().0.iter_mut().zip(face) {
            *place = index.to_le_bytes();
        }
        out.write_all(&bytes)?;
    }
    Ok(())
}
