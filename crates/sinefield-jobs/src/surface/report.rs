//! The job that compares the surface of a field with a mesh.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use serde::{Deserialize, Serialize};
use serde_json::{Map, json};
use sinefield::engine::Engine;
use sinefield::field::Field;
use sinefield::surface::{ExtractConfig, Mesh};
use sinefield_media::Surface;

use super::measure::{Comparison, compare};
use super::target::Target;
use super::{numbers, refused, words};
use crate::settings::{entry, values};
use crate::{JobError, Listener, Plan, Report, output};

/// The default number of points on each surface.
const SAMPLES: usize = 100_000;

/// Measures how the surface of a field differs from a mesh.
#[derive(Args, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[command(after_long_help = "\
Distances are from points spread evenly over one surface to the nearest point of the other, in the units of the field. \
Chamfer is the mean of the mean distances of both directions, Hausdorff the largest distance. Percent is of the diagonal \
of the box around the mesh. Normals are the angles between the gradient of the field and the nearest triangle. The eikonal \
error is the mean of | |grad| - 1 | within 5 % of the diagonal of the mesh. The distance error is the mean difference there \
between the values of the field and the distances from the mesh; the box is larger than the mesh by a tenth on every side. The \
sign error is the part of places in the box with the wrong sign, if the mesh is closed.")]
pub struct ShapeReportJob {
    /// The field file. It has three coordinates and one output.
    pub field: PathBuf,
    /// The mesh: PLY, OBJ, STL or .npz with triangles.
    pub mesh: PathBuf,
    /// The number of cells along the longest side of the region at which the surface of the field is found [default: 256]
    #[arg(long, value_name = "N", value_parser = values::count, allow_negative_numbers = true)]
    #[serde(default, deserialize_with = "entry::count", skip_serializing_if = "Option::is_none")]
    pub resolution: Option<usize>,
    /// The level of the field's surface [default: 0]
    #[arg(long, value_name = "VALUE", value_parser = values::number, allow_hyphen_values = true)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<f64>,
    /// The number of points on each surface [default: 100000]
    #[arg(long, value_name = "N", value_parser = values::count, allow_negative_numbers = true)]
    #[serde(default, deserialize_with = "entry::count", skip_serializing_if = "Option::is_none")]
    pub samples: Option<usize>,
    /// The random seed of the points [default: 0]
    #[arg(long, value_name = "S", value_parser = values::whole::<u64>, allow_negative_numbers = true)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
}

impl ShapeReportJob {
    /// Plans the job: reads and checks the inputs, and writes nothing.
    ///
    /// # Errors
    /// If the field or the mesh cannot be read, the field has no surface, or the mesh has no triangles.
    pub fn plan(self, engine: Arc<dyn Engine>) -> Result<Plan, JobError> {
        let target = Target::read(engine, (Some(&self.field), &[]), None)?;
        let Surface { points, faces, .. } = Surface::read(&self.mesh)?;
        self.planned(target, Mesh { points, normals: Vec::new(), faces })
    }

    /// Plans the job for a field and a mesh in memory, in place of files.
    ///
    /// # Errors
    /// As [`ShapeReportJob::plan`].
    pub fn plan_of(self, field: Field, mesh: Mesh, engine: Arc<dyn Engine>) -> Result<Plan, JobError> {
        let target = Target::of(engine, vec![("field".into(), field)], None, &self.field)?;
        self.planned(target, mesh)
    }

    fn planned(self, mut target: Target, mesh: Mesh) -> Result<Plan, JobError> {
        if mesh.faces.is_empty() {
            let what = "has points but no triangles; give a mesh";
            return Err(JobError::fault(self.mesh.display(), what));
        }
        let own = ExtractConfig::default();
        let config = ExtractConfig {
            resolution: self.resolution.unwrap_or(own.resolution),
            level: self.level.unwrap_or(own.level),
            ..own
        };
        let drawn = (self.samples.unwrap_or(SAMPLES), self.seed.unwrap_or(0));
        let told =
            format!("{} against {}: {} points on each", self.field.display(), self.mesh.display(), drawn.0);
        let known = [("field", json!(self.field)), ("mesh", json!(self.mesh)), ("samples", json!(drawn.0))];
        Ok(Plan::work(told, known, move |listener| self.work(&mut target, &mesh, (config, drawn), listener)))
    }

    fn work(
        &self,
        target: &mut Target,
        mesh: &Mesh,
        (config, drawn): (ExtractConfig, (usize, u64)),
        listener: &mut dyn Listener,
    ) -> Result<Report, JobError> {
        let own = target.in_axes(&config, listener)?;
        let compared = compare((&mut target.implicit, config.level), (&own, mesh), drawn);
        let compared = compared.map_err(|error| refused(&self.field, error))?;
        let Some(found) = compared else {
            return Err(JobError::fault(
                self.mesh.display(),
                "its triangles have no area; give a mesh with an extent",
            ));
        };
        let mut all = numbers(&own);
        all.extend(output::entries(&found));
        all.extend(Map::from_iter([("samples".to_string(), json!(drawn.0))]));
        Ok(Report::new(format!("{}\n{}", words(&own), told(&found)), all))
    }

    /// All paths that the job names.
    pub(crate) fn paths(&mut self) -> Vec<&mut PathBuf> {
        vec![&mut self.field, &mut self.mesh]
    }
}

/// A comparison in words.
fn told(found: &Comparison) -> String {
    let signs = match found.sign_error {
        Some(part) => format!("wrong sign at {:.3} % of places", 100.0 * part),
        None => "signs not compared, for the mesh is not closed".into(),
    };
    format!(
        "Chamfer distance {:.3e} ({:.4} % of the diagonal), Hausdorff distance {:.3e} ({:.3} %)\nnormals {:.2} degrees \
         apart, eikonal error {:.4}\ndistance error {:.3e} ({:.4} %) near the mesh, {:.3e} ({:.3} %) in the box around it; {signs}",
        found.chamfer,
        found.chamfer_percent,
        found.hausdorff,
        found.hausdorff_percent,
        found.normals_degrees,
        found.eikonal_error,
        found.distance_error,
        found.distance_error_percent,
        found.box_distance_error,
        found.box_distance_error_percent,
    )
}
