//! Writes triangle meshes and clouds in the format of the file name's extension.
//!
//! Every format streams: no copy of the mesh is made. What a format cannot hold is refused before the file is begun.

mod glb;
mod obj;
mod ply;
mod stl;

use std::io::{self, Write};
use std::path::Path;

use crate::MediaError;
use crate::npy_write::check_length;
use crate::surface::check_finite;

/// The supported formats of meshes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MeshFormat {
    /// `.ply`: binary, little-endian. Coordinates are 32-bit floats, or 64-bit floats where those would lose digits: where
    /// a coordinate is more than 1000 times as large as the diagonal of the bounding box.
    Ply,
    /// `.obj`: text with all digits.
    Obj,
    /// `.stl`: binary. Coordinates are 32-bit floats. Only triangles are written, with the normals of their planes.
    Stl,
    /// `.glb`: glTF 2.0 in one file. Coordinates are 32-bit floats relative to the middle of the bounding box, which is
    /// the translation of the node.
    Glb,
}

impl MeshFormat {
    fn name(self) -> &'static str {
        match self {
            Self::Ply => "PLY",
            Self::Obj => "OBJ",
            Self::Stl => "STL",
            Self::Glb => "glTF",
        }
    }
}

/// A mesh or a cloud to write.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MeshView<'a> {
    /// The vertices, or the points of a cloud.
    pub points: &'a [[f64; 3]],
    /// A normal for each point. glTF expects those of length 1.
    pub normals: Option<&'a [[f32; 3]]>,
    /// The triangles: the indices of three points each, counted from 0. Empty for a cloud.
    pub faces: &'a [[u32; 3]],
}

/// The format of a file name. The file need not exist.
///
/// # Errors
/// [`MediaError::Extension`] if the extension names no supported format.
pub fn mesh_format(path: impl AsRef<Path>) -> Result<MeshFormat, MediaError> {
    let path = path.as_ref();
    let extension = path.extension().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    match extension.as_str() {
        "ply" => Ok(MeshFormat::Ply),
        "obj" => Ok(MeshFormat::Obj),
        "stl" => Ok(MeshFormat::Stl),
        "glb" => Ok(MeshFormat::Glb),
        _ => Err(MediaError::Extension { path: path.into(), extensions: crate::MESH_EXTENSIONS }),
    }
}

/// Writes a mesh atomically in the format of its name.
///
/// # Errors
/// [`MediaError::Extension`], [`MediaError::Length`] if there are not as many normals as points,
/// [`MediaError::FaceIndex`], [`MediaError::NotFinitePoint`], [`MediaError::Format`] if the format cannot hold the mesh,
/// as glTF beyond 4 GiB, and [`MediaError::Write`].
///
/// # Examples
///
/// ```
/// use sinefield_media::{MeshView, Surface, write_mesh};
///
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("triangle.ply");
/// let points = [[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]];
/// write_mesh(&path, MeshView { points: &points, normals: None, faces: &[[0, 1, 2]] })?;
/// assert_eq!(Surface::read(&path)?.faces, [[0, 1, 2]]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn write_mesh(path: impl AsRef<Path>, mesh: MeshView<'_>) -> Result<(), MediaError> {
    let path = path.as_ref();
    let format = mesh_format(path)?;
    check(path, &mesh)?;
    let bounds = Bounds::of(mesh.points);
    let refused = |detail: String| MediaError::Format { path: path.into(), format: format.name(), detail };
    if format == MeshFormat::Stl && !bounds.fits_f32() {
        return Err(refused("coordinates beyond 32-bit floats".into()));
    }
    match format {
        MeshFormat::Ply => sinefield_files::write(path, |file| ply::write(file, &mesh, &bounds))?,
        MeshFormat::Obj => sinefield_files::write(path, |file| obj::write(file, &mesh))?,
        MeshFormat::Stl => {
            let triangles = stl::count(mesh.faces.len()).map_err(refused)?;
            sinefield_files::write(path, |file| stl::write(file, &mesh, triangles))?;
        }
        MeshFormat::Glb => {
            let layout = glb::Layout::new(&mesh, &bounds).map_err(refused)?;
            sinefield_files::write(path, |file| layout.write(file, &mesh))?;
        }
    }
    Ok(())
}

fn check(path: &Path, mesh: &MeshView<'_>) -> Result<(), MediaError> {
    let points = mesh.points.len();
    check_finite(path, "point", mesh.points)?;
    if let Some(normals) = mesh.normals {
        if normals.len() != points {
            check_length(path, &[points, 3], 3 * normals.len())?;
        }
        check_finite(path, "normal", normals)?;
    }
    for (face, corners) in mesh.faces.iter().enumerate() {
        if let Some(&index) = corners.iter().find(|&&index| index as usize >= points) {
            return Err(MediaError::FaceIndex { path: path.into(), face, index: index.into(), points });
        }
    }
    Ok(())
}

/// The bounding box of points. It is at the origin if there are none.
struct Bounds {
    least: [f64; 3],
    most: [f64; 3],
}

impl Bounds {
    fn of(points: &[[f64; 3]]) -> Self {
        let mut bounds = Self { least: [f64::INFINITY; 3], most: [f64::NEG_INFINITY; 3] };
        for point in points {
            for (axis, value) in point.iter().enumerate() {
                bounds.least[axis] = bounds.least[axis].min(*value);
                bounds.most[axis] = bounds.most[axis].max(*value);
            }
        }
        if points.is_empty() { Self { least: [0.0; 3], most: [0.0; 3] } } else { bounds }
    }

    /// The largest absolute coordinate.
    fn reach(&self) -> f64 {
        self.least.iter().chain(&self.most).fold(0.0, |reach: f64, value| reach.max(value.abs()))
    }

    fn diagonal(&self) -> f64 {
        let [x, y, z] = [0, 1, 2].map(|axis| self.most[axis] - self.least[axis]);
        x.hypot(y).hypot(z)
    }

    fn middle(&self) -> [f64; 3] {
        // The halves do not overflow.
        [0, 1, 2].map(|axis| self.least[axis] / 2.0 + self.most[axis] / 2.0)
    }

    /// Whether every coordinate has a 32-bit float near it.
    fn fits_f32(&self) -> bool {
        (self.reach() as f32).is_finite()
    }
}

/// Writes three 32-bit floats, little-endian.
fn write_floats(out: &mut impl Write, values: [f32; 3]) -> io::Result<()> {
    let mut bytes = [0; 12];
    for (place, value) in bytes.as_chunks_mut::<4>().0.iter_mut().zip(values) {
        *place = value.to_le_bytes();
    }
    out.write_all(&bytes)
}

/// A point as 32-bit floats.
fn narrow(point: [f64; 3]) -> [f32; 3] {
    point.map(|value| value as f32)
}
