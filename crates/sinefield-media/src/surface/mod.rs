//! Reads surfaces: triangle meshes and clouds of points.
//!
//! Every format has a file of its own here. What holds for all of them is checked in [`Surface::checked`]. Nothing is
//! repaired: triangles without an area, points that occur twice and normals of any length reach the caller.

mod arrays;
mod las;
mod obj;
mod ply;
mod ply_body;
mod ply_header;
mod stl;
mod stl_text;
mod text;
mod xyz;

use std::path::Path;

use crate::MediaError;
use crate::input::{Input, count};

/// The number of bytes that identify the content.
const START: u64 = 512;

/// A triangle mesh, or a cloud of points.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Surface {
    /// The vertices of the mesh, or the points of the cloud: at least one. All coordinates are finite.
    pub points: Vec<[f64; 3]>,
    /// A normal for each point, as the file has it. Its length need not be 1, and may be 0. All components are finite.
    pub normals: Option<Vec<[f64; 3]>>,
    /// The triangles: the indices of three points each, counted from 0 and in range. Empty for a cloud.
    pub faces: Vec<[u32; 3]>,
}

impl Surface {
    /// Reads a mesh or a cloud: PLY, OBJ, STL, text with a point in each line (`.xyz`, `.pts`, `.txt`), `.npz`, or LAS
    /// without compression.
    ///
    /// The content of the file determines its format where the format can be recognised. Otherwise the extension does.
    /// Polygons become triangles around their first corner. Faces with fewer than three corners are skipped.
    ///
    /// - **PLY**, in text and binary: the coordinates `x`, `y`, `z` and the normals `nx`, `ny`, `nz` of the element
    ///   `vertex`, and the list `vertex_indices` or `vertex_index` of the element `face`. Numbers written as text keep all
    ///   their digits, whatever the type in the header.
    /// - **OBJ**: `v` and `f`. The lines `vn` are the normals of a file without faces that has as many of them as `v`.
    ///   Those of a mesh belong to corners and not to points, and are skipped.
    /// - **STL**, in text and binary. Corners with equal coordinates become one point. Normals of triangles are skipped.
    /// - **Text**: 3 columns (a point) or 6 (a point and a normal), separated by blanks, commas or semicolons. `#` and
    ///   `//` begin comments. The first line may be the number of points or the names of the columns.
    /// - **`.npz`**: the arrays `points` or `vertices` (N, 3), `normals` (N, 3) and `faces` (M, 3), the last two if
    ///   present. With faces, `vertices` are the points if both are there; else `points` are.
    /// - **LAS** 1.0 to 1.4: the coordinates of every point.
    ///
    /// # Errors
    /// A [`MediaError`] that names the file and the fault, including NaN, infinity, an index without a point, and a file
    /// without points.
    ///
    /// # Examples
    ///
    /// ```
    /// use sinefield_media::Surface;
    ///
    /// let folder = tempfile::tempdir()?;
    /// let path = folder.path().join("square.obj");
    /// std::fs::write(&path, "v 0 0 0\nv 1 0 0\nv 1 1 0\nv 0 1 0\nf 1 2 3 4\n")?;
    /// let square = Surface::read(&path)?;
    /// assert_eq!((square.points.len(), square.faces), (4, vec![[0, 1, 2], [0, 2, 3]]));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn read(path: impl AsRef<Path>) -> Result<Self, MediaError> {
        Self::read_from(Input::open(path.as_ref())?)
    }

    /// Like [`Surface::read`], for the content of a file that is in memory. `name` is its name in errors, and its
    /// extension counts.
    ///
    /// # Errors
    /// As for [`Surface::read`].
    pub fn from_bytes(name: &str, bytes: Vec<u8>) -> Result<Self, MediaError> {
        Self::read_from(Input::memory(Path::new(name), bytes))
    }

    fn read_from(mut input: Input<'_>) -> Result<Self, MediaError> {
        let path = input.path;
        match Format::of(path, &input.beginning(START)?) {
            Some(Format::Ply) => ply::read(input),
            Some(Format::Obj) => obj::read(input),
            Some(Format::Stl) => stl::read(input),
            Some(Format::Xyz) => xyz::read(input),
            Some(Format::Npz) => arrays::read(input),
            Some(Format::Las) => las::read(input),
            None => Err(MediaError::NotASurface { path: path.into() }),
        }
    }

    /// Checks what holds for every format. The indices are those of the readers, which know where they stand in the file.
    fn checked(self, path: &Path) -> Result<Self, MediaError> {
        if self.points.is_empty() {
            return Err(MediaError::NoPoints { path: path.into() });
        }
        count(path, &[self.points.len(), 3])?;
        check_finite(path, "point", &self.points)?;
        if let Some(normals) = &self.normals {
            check_finite(path, "normal", normals)?;
        }
        Ok(self)
    }
}

/// The formats of surfaces.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Format {
    Ply,
    Obj,
    Stl,
    Xyz,
    Npz,
    Las,
}

impl Format {
    /// The format of a file that begins with `start`, or of its extension. OBJ, binary STL and text have no mark.
    fn of(path: &Path, start: &[u8]) -> Option<Self> {
        if let Some(format) = Self::marked(start) {
            return Some(format);
        }
        let extension = path.extension().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
        match extension.as_str() {
            "ply" => Some(Self::Ply),
            "obj" => Some(Self::Obj),
            "stl" => Some(Self::Stl),
            "xyz" | "pts" | "txt" => Some(Self::Xyz),
            "npz" => Some(Self::Npz),
            "las" | "laz" => Some(Self::Las),
            _ => None,
        }
    }

    fn marked(start: &[u8]) -> Option<Self> {
        match start {
            [b'p', b'l', b'y', b'\n' | b'\r', ..] => Some(Self::Ply),
            [b'L', b'A', b'S', b'F', ..] => Some(Self::Las),
            [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => Some(Self::Npz),
            start if stl::is_text(start) => Some(Self::Stl),
            _ => None,
        }
    }
}

/// Whether a file is a surface: by its content if that says so, else by its extension. An `.npz` file is one if it has an
/// array `points` or `vertices`. A folder is none. A pipe is judged by its extension, because its content can be read
/// only once.
///
/// # Errors
/// A [`MediaError`] if the file cannot be read, or is a damaged `.npz` file.
pub fn is_surface(path: impl AsRef<Path>) -> Result<bool, MediaError> {
    let path = path.as_ref();
    let readable = path.metadata().map_err(|error| Input::refused(path, error))?;
    if !readable.is_file() {
        return Ok(!readable.is_dir() && Format::of(path, &[]).is_some());
    }
    let mut input = Input::open(path)?;
    match Format::of(path, &input.beginning(START)?) {
        Some(Format::Npz) => arrays::has_points(input),
        format => Ok(format.is_some()),
    }
}

/// Refuses NaN and infinity, also in what is about to be written.
pub(crate) fn check_finite<T: Copy + Into<f64>>(
    path: &Path,
    what: &'static str,
    vectors: &[[T; 3]],
) -> Result<(), MediaError> {
    let bad = |value: &T| !(*value).into().is_finite();
    let Some(index) = vectors.iter().position(|vector| vector.iter().any(bad)) else {
        return Ok(());
    };
    let axis = vectors[index].iter().position(bad).unwrap_or_default();
    Err(MediaError::NotFinitePoint {
        path: path.into(),
        what,
        index,
        axis: ['x', 'y', 'z'][axis],
        value: vectors[index][axis].into(),
        count: vectors.iter().flatten().filter(|value| bad(value)).count(),
    })
}

/// A list with room for `length` points or triangles, or an error if there is not enough memory. The caller has compared
/// the length with that of the file.
fn room<T>(path: &Path, length: usize) -> Result<Vec<[T; 3]>, MediaError> {
    let mut list = Vec::new();
    if length > 0 {
        let shape = [length, 3];
        count(path, &shape)?;
        list.try_reserve_exact(length).map_err(|_| MediaError::TooLarge {
            path: path.into(),
            shape: shape.into(),
            reason: "more than the memory that is free",
        })?;
    }
    Ok(list)
}

/// The three indices of a triangle, or the error for the first that names no point. `face` is the number of the face in
/// the file. Indices that are no whole numbers name no point.
fn triangle(path: &Path, face: usize, indices: [f64; 3], points: usize) -> Result<[u32; 3], MediaError> {
    match indices.iter().find(|&&index| !(index >= 0.0 && index < points as f64 && index.fract() == 0.0)) {
        Some(&index) => Err(MediaError::FaceIndex { path: path.into(), face, index, points }),
        None => Ok(indices.map(|index| index as u32)),
    }
}
