//! The fit of a signed distance field to the points of a surface.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::{Map, Value, json};
use sinefield::engine::Engine;
use sinefield::field::{Field, FieldConfig};
use sinefield::fit::{FitConfig, Outcome};
use sinefield::recipe::sampled::Batch;
use sinefield::recipe::shape::{Cloud, CloudError, Shape, ShapeConfig};
use sinefield::surface::{Implicit, Mesh};
use sinefield_media::Surface;

use super::report::{course_numbers, method, method_words, words};
use super::{FitJob, Recipe};
use crate::fitting::{self, Fitting, describe};
use crate::listener::stage;
use crate::words::grouped;
use crate::{Defaults, JobError, Listener, Plan, Report};

/// The number of points on a mesh, if it is not given.
const POINTS: usize = 200_000;
/// The kind of the job in words, numbers and field files.
pub const KIND: &str = "shape";
/// The samples along an axis that an encoding of the coordinates resolves.
const RESOLVED: usize = 256;

impl FitJob {
    /// Plans the fit of a signed distance field to `found`, the surface in the file `self.signal`.
    pub(super) fn plan_shape(
        self,
        found: Surface,
        engine: Arc<dyn Engine>,
        listener: &mut dyn Listener,
    ) -> Result<Plan, JobError> {
        self.check_shape()?;
        let seed = self.running.seed();
        let source = source_words(&found, self.unoriented);
        let cloud = self.cloud(found)?;
        let (network, config) = (self.shape_network(), self.shape_config());
        let shape =
            stage(listener, "preparing", |_| Shape::new(cloud, &network, &config, engine.as_ref(), seed));
        let shape = Arc::new(shape.map_err(|error| JobError::fault(self.signal.display(), error))?);
        let fresh = shape.field(seed)?;
        let field = match &self.init {
            Some(path) => fitting::given(path, &self.network, &fresh, KIND)?,
            None => fresh,
        };
        let course = self.course.config(self.shape_course())?;
        let name = self.signal.file_name().unwrap_or(self.signal.as_os_str()).to_string_lossy().into_owned();
        let notes: Vec<String> = shape.cloud().notes().iter().map(ToString::to_string).collect();
        let told = plan_words((&name, &source), &shape, &field, (&course, config.batch), engine.as_ref());
        let numbers = Map::from_iter(
            [
                ("signal", json!(name)),
                ("kind", json!(KIND)),
                ("points", json!(shape.cloud().count())),
                ("oriented", json!(source.has_normals)),
                ("notes", json!(notes)),
                ("network", json!(describe(field.architecture()))),
                ("batch", json!(config.batch)),
            ]
            .map(|(name, value)| (name.to_string(), value)),
        );
        let fitting = Fitting {
            engine: engine.clone(),
            task: shape.clone(),
            fields: vec![field],
            config: course.clone(),
            held: shape.cloud().count() * 2 * size_of::<[f64; 3]>(),
            running: self.running,
            of: KIND,
            power: None,
            history: None,
        };
        let done = Done {
            engine,
            shape,
            name,
            notes,
            course,
            batch: config.batch,
            seed,
            output: fitting.running.output.clone(),
        };
        Plan::fit(told, numbers, fitting, move |fit, outcome, listener| {
            done.finish(fit.into_field(), outcome, listener)
        })
    }

    /// Refuses settings that a shape does not have.
    fn check_shape(&self) -> Result<(), JobError> {
        let of_images = "is for images; leave it out";
        let given = [
            ("`gray`", self.reading.gray, of_images),
            ("`resize`", self.reading.resize.is_some(), of_images),
            (
                "`target_psnr`",
                self.target_psnr.is_some(),
                "is for signals; a shape has no PSNR; leave it out",
            ),
            (
                "`batch`",
                self.batch == Some(Batch::Full),
                "a shape is fitted to random points of a step; give a number",
            ),
        ];
        match given.into_iter().find(|(_, given, _)| *given) {
            Some((setting, _, what)) => Err(JobError::asked(setting, what)),
            None => Ok(()),
        }
    }

    /// The points of the surface, checked.
    fn cloud(&self, found: Surface) -> Result<Cloud, JobError> {
        let Surface { points, normals, faces } = found;
        let seed = self.running.seed();
        let (points, normals) = if faces.is_empty() {
            (points, normals)
        } else {
            let samples =
                Mesh { points, normals: Vec::new(), faces }.sample(self.points.unwrap_or(POINTS), seed);
            if samples.points.is_empty() {
                let what = "its triangles have no area; give a mesh with an extent";
                return Err(JobError::fault(self.signal.display(), what));
            }
            (samples.points, Some(samples.normals))
        };
        let normals = normals.filter(|_| !self.unoriented);
        let cloud = Cloud::new(&points, normals.as_deref()).map_err(|error| {
            let advice = match error {
                CloudError::ZeroNormals { .. } | CloudError::Scrambled { .. } => " (`unoriented`)",
                _ => "",
            };
            JobError::fault(self.signal.display(), format!("{error}{advice}"))
        })?;
        Ok(match self.points {
            Some(count) => cloud.thinned(count, seed),
            None => cloud,
        })
    }

    fn shape_network(&self) -> FieldConfig {
        let own = match self.recipe {
            Some(Recipe::Paper) => FieldConfig::default(),
            None => Defaults::shape().network(),
        };
        self.network.config(RESOLVED, own)
    }

    fn shape_config(&self) -> ShapeConfig {
        let own = match self.recipe {
            Some(Recipe::Paper) => ShapeConfig::paper(),
            None => ShapeConfig::default(),
        };
        match self.batch {
            Some(Batch::Samples(batch)) => ShapeConfig { batch, ..own },
            _ => own,
        }
    }

    fn shape_course(&self) -> FitConfig {
        let Defaults { steps, rate, .. } = Defaults::shape();
        match self.recipe {
            Some(Recipe::Paper) => FitConfig { steps: 10_000, ..FitConfig::paper() },
            None => FitConfig { steps, rate, ..FitConfig::problem() },
        }
    }
}

/// Where the points are from.
struct Source {
    words: String,
    has_normals: bool,
}

fn source_words(found: &Surface, unoriented: bool) -> Source {
    let has_normals = !unoriented && (found.normals.is_some() || !found.faces.is_empty());
    let words = match (found.faces.len(), has_normals) {
        (0, true) => "points with normals".into(),
        (0, false) => "points without normals".into(),
        (faces, _) => {
            let mesh = Mesh { points: found.points.clone(), normals: Vec::new(), faces: found.faces.clone() };
            let holes = match mesh.topology().open_edges {
                0 => String::new(),
                edges => format!(" with {} open edges, which the field closes", grouped(edges)),
            };
            format!("points on a mesh of {} triangles{holes}", grouped(faces))
        }
    };
    Source { words, has_normals }
}

/// The plan in words.
fn plan_words(
    (name, source): (&str, &Source),
    shape: &Shape,
    field: &Field,
    (course, batch): (&FitConfig, usize),
    engine: &dyn Engine,
) -> String {
    let mut words = format!(
        "{name}: shape, {} {}; network {}, {} parameters\n{} steps, {} points of the surface a step; {}; {}",
        grouped(shape.cloud().count()),
        source.words,
        describe(field.architecture()),
        grouped(field.parameters().len()),
        grouped(course.steps),
        grouped(batch),
        method_words(course),
        engine.describe(),
    );
    for note in shape.cloud().notes() {
        words += &format!("\nnote: {note}");
    }
    words
}

/// The values that are needed after the fit.
struct Done {
    engine: Arc<dyn Engine>,
    shape: Arc<Shape>,
    name: String,
    notes: Vec<String>,
    course: FitConfig,
    batch: usize,
    seed: u64,
    output: Option<PathBuf>,
}

impl Done {
    /// Measures the field at the points, writes it, and makes the report.
    fn finish(
        &self,
        mut field: Field,
        outcome: &Outcome,
        listener: &mut dyn Listener,
    ) -> Result<Report, JobError> {
        let place = self.output.as_deref().unwrap_or(Path::new("field"));
        let mut implicit = Implicit::new(self.engine.clone(), field.clone())
            .map_err(|error| JobError::fault(place.display(), error))?;
        let fit = stage(listener, "measuring", |_| self.shape.misfit(&mut implicit));
        let fit = fit.map_err(|error| JobError::fault(place.display(), error))?;
        let quality: Map<String, Value> = Map::from_iter(
            [
                ("mean_distance", json!(fit.distance)),
                ("mean_distance_percent", json!(100.0 * fit.distance / fit.diagonal)),
                ("normals_degrees", json!(fit.degrees)),
                ("eikonal_error", json!(fit.eikonal)),
            ]
            .map(|(name, value)| (name.to_string(), value)),
        );
        field.meta.fitted = Map::from_iter([
            ("kind".to_string(), json!(KIND)),
            (KIND.into(), json!(self.name)),
            ("points".into(), json!(self.shape.cloud().count())),
            ("steps".into(), json!(outcome.steps)),
            ("batch".into(), json!(self.batch)),
            ("seed".into(), json!(self.seed)),
        ]);
        field.meta.fitted.extend(quality.clone());
        field.meta.fitted.extend(method(&self.course));
        if let Some(output) = &self.output {
            field.save(output)?;
        }
        let told = format!(
            "points {:.2e} from the surface ({:.3} % of the diagonal), normals {:.1} degrees apart,",
            fit.distance,
            100.0 * fit.distance / fit.diagonal,
            fit.degrees,
        );
        let mut numbers = quality;
        let course = course_numbers(outcome, self.batch, field.parameters().len(), self.seed);
        numbers.extend(course.map(|(name, value)| (name.to_string(), value)));
        numbers.insert("notes".into(), json!(self.notes));
        Ok(Report::new(words(self.output.as_deref(), &told, outcome, self.batch), numbers).with_field(field))
    }
}
