//! The surface that a job is about: the level set of a field file, or of an expression over several.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use sinefield::engine::Engine;
use sinefield::field::Field;
use sinefield::form;
use sinefield::surface::{ExtractConfig, Implicit, Mesh, extract, into_space, set_normals, simplify};

use super::{NamedField, refused};
use crate::listener::stage;
use crate::{JobError, Listener};

/// The name of the only field in an expression.
const ALONE: &str = "field";
/// The parts into which progress is counted.
const PARTS: usize = 100;

/// The function whose surface is sought, with its place in errors.
pub struct Target {
    pub implicit: Implicit,
    /// The file that errors name.
    pub path: PathBuf,
    /// The fields.
    fields: Vec<(String, Field)>,
}

impl Target {
    /// The function of a field file, or of `form` over the field files `named` and `alone`, which is called `field`.
    pub fn read(
        engine: Arc<dyn Engine>,
        (alone, named): (Option<&Path>, &[NamedField]),
        form: Option<&str>,
    ) -> Result<Self, JobError> {
        let mut fields = Vec::new();
        if let Some(path) = alone {
            fields.push((ALONE.to_string(), form::load(path)?));
        }
        for NamedField { name, path } in named {
            fields.push((name.clone(), form::load(path)?));
        }
        let path = alone.map(Path::to_path_buf).or_else(|| named.first().map(|field| field.path.clone()));
        Self::of(engine, fields, form, &path.unwrap_or_default())
    }

    /// The function of fields in memory. `path` is their place in errors.
    pub fn of(
        engine: Arc<dyn Engine>,
        fields: Vec<(String, Field)>,
        form: Option<&str>,
        path: &Path,
    ) -> Result<Self, JobError> {
        let form = match (form, &fields[..]) {
            (_, []) => {
                return Err(JobError::asked("`field`", "there is no field; give a field file"));
            }
            (Some(form), _) => form,
            (None, [(name, _)]) => name,
            (None, [(first, _), (second, _), ..]) => {
                let what = format!("says how the fields are joined, such as min({first}, {second}); give it");
                return Err(JobError::asked("`form`", what));
            }
        };
        let implicit = Implicit::of(engine, fields.clone(), form).map_err(|error| refused(path, error))?;
        Ok(Self { implicit, path: path.into(), fields })
    }

    /// The mesh of the level set, in the space of the field, with about the part `ratio` of its triangles.
    pub fn mesh(
        &mut self,
        config: &ExtractConfig,
        ratio: Option<f64>,
        listener: &mut dyn Listener,
    ) -> Result<Mesh, JobError> {
        let mut mesh = self.in_axes(config, listener)?;
        if let Some(ratio) = ratio.filter(|ratio| *ratio < 1.0) {
            mesh = stage(listener, "simplifying", |_| simplify(&mesh, ratio));
            set_normals(&mut self.implicit, &mut mesh).map_err(|error| refused(&self.path, error))?;
        }
        if let [(_, field)] = &self.fields[..] {
            into_space(&mut mesh, field);
        }
        Ok(mesh)
    }

    /// The mesh of the level set, in the units of the axes.
    pub fn in_axes(&mut self, config: &ExtractConfig, listener: &mut dyn Listener) -> Result<Mesh, JobError> {
        let mesh = stage(listener, "meshing", |told| {
            let mut told = |done: f64| told((done * PARTS as f64) as usize, Some(PARTS));
            extract(&mut self.implicit, config, &mut told)
        });
        mesh.map_err(|error| refused(&self.path, error))
    }
}
