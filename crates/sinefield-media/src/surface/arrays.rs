//! Reads surfaces from `.npz` files: `points` or `vertices`, `normals` and `faces`.

use std::path::Path;

use crate::input::Input;
use crate::npz::{NamedValues, names, read_named};
use crate::surface::{room, triangle};
use crate::{MediaError, Surface};

/// Whether an archive has an array of points.
pub(super) fn has_points(input: Input<'_>) -> Result<bool, MediaError> {
    Ok(names(input)?.iter().any(|name| matches!(name.as_str(), "points" | "vertices")))
}

/// Reads a mesh or a cloud.
pub(super) fn read(input: Input<'_>) -> Result<Surface, MediaError> {
    let path = input.path;
    let mut arrays = read_named(input, &["points", "vertices", "normals", "faces"])?;
    let mut take = |name: &str| {
        let place = arrays.iter().position(|array| array.name == name)?;
        Some(arrays.swap_remove(place))
    };
    let faces = take("faces");
    let (first, second) = if faces.is_some() { ("vertices", "points") } else { ("points", "vertices") };
    let points = match take(first) {
        Some(points) => points,
        None => take(second).ok_or_else(|| MediaError::NotASurface { path: path.into() })?,
    };
    let points = triples(path, points, None, "(points, 3)")?;
    let normals = match take("normals") {
        Some(normals) => Some(triples(path, normals, Some(points.len()), "(points, 3), as many as points,")?),
        None => None,
    };
    let indices = match faces {
        Some(faces) => triples(path, faces, None, "(faces, 3)")?,
        None => Vec::new(),
    };
    let mut faces = room(path, indices.len())?;
    for (face, corners) in indices.into_iter().enumerate() {
        faces.push(triangle(path, face, corners, points.len())?);
    }
    Surface { points, normals, faces }.checked(path)
}

/// The rows of an array of shape (N, 3).
fn triples(
    path: &Path,
    array: NamedValues,
    rows: Option<usize>,
    expected: &'static str,
) -> Result<Vec<[f64; 3]>, MediaError> {
    let NamedValues { name, shape, data } = array;
    match shape[..] {
        [found, 3] if rows.is_none_or(|rows| rows == found) => {
            let (triples, _) = data.as_chunks::<3>();
            Ok(triples.to_vec())
        }
        _ => {
            Err(MediaError::Dimensions { path: format!("{}:{name}", path.display()).into(), shape, expected })
        }
    }
}
