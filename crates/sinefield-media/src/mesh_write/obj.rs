//! Writes Wavefront OBJ.

use std::io::{self, Write};

use crate::MeshView;

/// Writes a mesh. Indices count from 1.
pub(super) fn write(out: &mut impl Write, mesh: &MeshView<'_>) -> io::Result<()> {
    // The debugging form has as few digits as give the number back, and an exponent where that is shorter.
    for [x, y, z] in mesh.points {
        writeln!(out, "v {x:?} {y:?} {z:?}")?;
    }
    for [x, y, z] in mesh.normals.unwrap_or_default() {
        writeln!(out, "vn {x:?} {y:?} {z:?}")?;
    }
    for face in mesh.faces {
        let [a, b, c] = face.map(|index| u64::from(index) + 1);
        if mesh.normals.is_some() {
            writeln!(out, "f {a}//{a} {b}//{b} {c}//{c}")?;
        } else {
            writeln!(out, "f {a} {b} {c}")?;
        }
    }
    Ok(())
}
