//! The jobs on surfaces in fields: meshes, and their comparison with other meshes.

mod measure;
mod mesh;
mod named;
mod report;
mod target;

use std::path::Path;

use serde_json::{Map, Value, json};
use sinefield::surface::{Mesh, SurfaceError};

use crate::JobError;
use crate::words::grouped;
pub use mesh::MeshJob;
pub use named::NamedField;
pub use report::ShapeReportJob;

/// The error of a surface that cannot be found in the field file `path`.
fn refused(path: &Path, error: SurfaceError) -> JobError {
    match error {
        SurfaceError::Resolution { .. } => JobError::asked("`resolution`", error),
        SurfaceError::FlatRegion { .. } => JobError::asked("`region`", error),
        SurfaceError::Level { .. } => JobError::asked("`level`", error),
        SurfaceError::NoSurface { .. } => JobError::fault(
            path.display(),
            format!("{error}; give a `level` between them, or another `region`"),
        ),
        SurfaceError::Expression(_) | SurfaceError::UnusedField { .. } | SurfaceError::NotAScalar { .. } => {
            JobError::asked("`form`", error)
        }
        error => JobError::fault(path.display(), error),
    }
}

/// A mesh in words: its size, and how it hangs together.
fn words(mesh: &Mesh) -> String {
    let topology = mesh.topology();
    let closed = match topology.open_edges {
        0 => "closed".to_string(),
        1 => "1 open edge".to_string(),
        edges => format!("{} open edges", grouped(edges)),
    };
    let parts = match topology.components {
        1 => "1 component".to_string(),
        parts => format!("{} components", grouped(parts)),
    };
    let [vertices, faces] = [topology.vertices, topology.faces].map(grouped);
    format!(
        "{vertices} vertices, {faces} triangles; {closed}, {parts}, Euler characteristic {}",
        topology.euler()
    )
}

/// The figures of a mesh by name.
fn numbers(mesh: &Mesh) -> Map<String, Value> {
    let topology = mesh.topology();
    let entries = [
        ("vertices", json!(topology.vertices)),
        ("faces", json!(topology.faces)),
        ("components", json!(topology.components)),
        ("euler", json!(topology.euler())),
        ("open_edges", json!(topology.open_edges)),
        ("manifold", json!(topology.is_manifold())),
        ("closed", json!(topology.is_closed())),
        ("area", json!(mesh.area())),
        ("volume", json!(topology.is_closed().then(|| mesh.volume()))),
        ("bounds", json!(mesh.bounds())),
    ];
    Map::from_iter(entries.map(|(name, value)| (name.to_string(), value)))
}
