//! The job that makes a mesh of a level set.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sinefield::engine::Engine;
use sinefield::field::Field;
use sinefield::surface::{ExtractConfig, Mesh};
use sinefield_media::{MeshView, mesh_format, write_mesh};

use super::target::Target;
use super::{NamedField, numbers, words};
use crate::listener::stage;
use crate::settings::{entry, values};
use crate::{JobError, Listener, Plan, Report, output};

/// Makes a triangle mesh of a level set of a field.
#[derive(Args, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[command(after_long_help = "\
The mesh is closed within the region, manifold and consistently oriented. Its vertices lie on the level set, and its \
normals are exact: the direction of the gradient. A field of a shape is negative inside, and its normals point outwards. \
The mesh is in the units of the field.

Expressions: --form joins fields by the functions of the residual language. For signed distances, min(a, b) is the union, \
max(a, b) the intersection, max(a, -b) the difference, a - 0.1 the shape grown by 0.1, and abs(a) - 0.1 a shell. The field \
without a name is called field. Coordinates have the names of the first field's axes.")]
pub struct MeshJob {
    /// The field file. It has three coordinates and one output.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<PathBuf>,
    /// The mesh to write: .ply, .obj, .stl or .glb.
    #[arg(short, long, value_name = "OUT")]
    pub output: PathBuf,
    /// The number of cells along the longest side of the region, 2 to 8192 [default: 256]
    #[arg(long, value_name = "N", value_parser = values::count, allow_negative_numbers = true)]
    #[serde(default, deserialize_with = "entry::count", skip_serializing_if = "Option::is_none")]
    pub resolution: Option<usize>,
    /// The level [default: 0]
    #[arg(long, value_name = "VALUE", value_parser = values::number, allow_hyphen_values = true)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<f64>,
    /// The part of space that is meshed, in the units of the axes [default: the region of the field]
    #[arg(long, value_name = "X0,Y0,Z0,X1,Y1,Z1", value_delimiter = ',', num_args = 1,
        value_parser = values::number, allow_hyphen_values = true)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<Vec<f64>>,
    /// Keep only about this part of the triangles, above 0 and up to 1: those that tell most of the shape [default: 1]
    #[arg(long, value_name = "RATIO", value_parser = values::share, allow_negative_numbers = true)]
    #[serde(default, deserialize_with = "entry::share", skip_serializing_if = "Option::is_none")]
    pub simplify: Option<f64>,
    /// An expression over the fields, whose level set is meshed: "max(a, -b)"
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub form: Option<String>,
    /// A field of the expression, with its name. It may be given several times.
    #[arg(id = "fields", long = "field", value_name = "NAME=FILE")]
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<NamedField>,
}

impl MeshJob {
    /// Plans the job: reads and checks the inputs, and writes nothing.
    ///
    /// # Errors
    /// If a field cannot be read or has no surface, a setting is out of range, or the output cannot be written.
    pub fn plan(self, engine: Arc<dyn Engine>) -> Result<Plan, JobError> {
        self.check_output()?;
        let target = Target::read(engine, (self.field.as_deref(), &self.fields), self.form.as_deref())?;
        self.planned(target)
    }

    /// The mesh of fields in memory, in place of files. Nothing is written.
    ///
    /// # Errors
    /// As [`MeshJob::plan`].
    pub fn mesh_of(
        &self,
        fields: Vec<(String, Field)>,
        engine: Arc<dyn Engine>,
        listener: &mut dyn Listener,
    ) -> Result<Mesh, JobError> {
        let config = self.config()?;
        let mut target = Target::of(engine, fields, self.form.as_deref(), Path::new("field"))?;
        target.mesh(&config, self.simplify, listener)
    }

    /// Plans the job after the output has been checked.
    fn planned(self, mut target: Target) -> Result<Plan, JobError> {
        let config = self.config()?;
        let path = self.output.display();
        let told = format!(
            "{path}: level {} of {}, {} cells",
            config.level,
            target.path.display(),
            config.resolution
        );
        let known = [
            ("output", json!(self.output)),
            ("resolution", json!(config.resolution)),
            ("level", json!(config.level)),
        ];
        let report = known.clone();
        Ok(Plan::work(told, known, move |listener| {
            let mesh = target.mesh(&config, self.simplify, listener)?;
            let view = MeshView { points: &mesh.points, normals: Some(&mesh.normals), faces: &mesh.faces };
            stage(listener, "writing", |_| write_mesh(&self.output, view))?;
            let mut all = numbers(&mesh);
            all.extend(report.into_iter().map(|(name, value)| (name.to_string(), value)));
            Ok(Report::new(format!("wrote {}: {}", self.output.display(), words(&mesh)), all))
        }))
    }

    /// All paths that the job names.
    pub(crate) fn paths(&mut self) -> Vec<&mut PathBuf> {
        let named = self.fields.iter_mut().map(|field| &mut field.path);
        self.field.iter_mut().chain(named).chain([&mut self.output]).collect()
    }

    fn check_output(&self) -> Result<(), JobError> {
        mesh_format(&self.output)?;
        self.config()?;
        let inputs: Vec<&Path> = self
            .field
            .iter()
            .chain(self.fields.iter().map(|field| &field.path))
            .map(PathBuf::as_path)
            .collect();
        output::check(&inputs, &[&self.output])
    }

    fn config(&self) -> Result<ExtractConfig, JobError> {
        let own = ExtractConfig::default();
        let region = self.region.as_deref().map(region).transpose()?;
        Ok(ExtractConfig {
            resolution: self.resolution.unwrap_or(own.resolution),
            level: self.level.unwrap_or(own.level),
            region,
        })
    }
}

/// The lower and the upper end along every axis.
pub(super) fn region(numbers: &[f64]) -> Result<[(f64, f64); 3], JobError> {
    let &[x0, y0, z0, x1, y1, z1] = numbers else {
        let what = format!("has {} numbers; give the lower and the upper corner, six numbers", numbers.len());
        return Err(JobError::asked("`region`", what));
    };
    let region = [(x0, x1), (y0, y1), (z0, z1)];
    match region.iter().find(|(low, high)| !(low.is_finite() && high.is_finite() && low < high)) {
        Some((low, high)) => {
            let what =
                format!("{low} to {high} is no extent; give the lower corner first, then the upper one");
            Err(JobError::asked("`region`", what))
        }
        None => Ok(region),
    }
}
