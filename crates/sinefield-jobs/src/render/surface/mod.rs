//! The part of a render job that draws the surface of a field in space: where a signed distance is 0.
//!
//! A surface that is shaded, or whose normals are colours, is a picture on a transparent ground, or a white one in a JPEG.
//! Curvature and distance are a figure with a colour bar.

mod edges;
mod legend;
mod paint;
mod scene;

use std::path::Path;
use std::sync::Arc;

use serde_json::{Map, Value, json};
use sinefield::engine::Engine;
use sinefield::field::Field;
use sinefield::surface::{Camera, SurfaceError};
use sinefield_media::{OutputFormat, output_format, write_npy};

use super::shown::{Look, Shown};
use super::write::Output;
use super::{RenderJob, Style};
use crate::figure::ticks::short;
use crate::listener::stage;
use crate::{JobError, Listener, Plan, Report, Told, output, shade};
use paint::Painter;
use scene::{Sample, Scene};

/// Rows and columns of a picture without a size.
const SIDES: (usize, usize) = (480, 640);

/// Whether `job` draws the surface of `field`.
pub fn is_asked(job: &RenderJob, field: &Field) -> bool {
    let shape = || field.meta.fitted.get("kind").is_some_and(|kind| kind == "shape");
    let picture = || {
        let format = output_format(&job.output);
        let picture = matches!(format, Ok(OutputFormat::Png | OutputFormat::Jpeg | OutputFormat::Tiff));
        Output::of(&job.output).is_none() && picture
    };
    match job.quantity {
        Some(Shown::Surface(_)) => true,
        Some(Shown::Field(_)) => job.camera.is_some(),
        None => job.camera.is_some() || (job.at.is_empty() && shape() && picture()),
    }
}

/// What is drawn of a surface.
struct Request {
    look: Look,
    camera: Camera,
    sides: (usize, usize),
    limits: Option<(f64, f64)>,
}

impl Request {
    /// The checked settings of `job`.
    fn of(job: &RenderJob, field: &Field) -> Result<Self, JobError> {
        let look = match job.quantity {
            Some(Shown::Field(quantity)) => {
                let looks = Look::ALL.map(Look::name).join(", ");
                let what =
                    format!("a camera shows no {quantity}; give one of {looks}, or leave `camera` out");
                return Err(JobError::asked("`quantity`", what));
            }
            Some(Shown::Surface(look)) => look,
            None => Look::default(),
        };
        let (inputs, outputs) = (field.architecture().inputs, field.architecture().outputs());
        if (inputs, outputs) != (3, 1) {
            let setting = if job.quantity.is_some() { "`quantity`" } else { "`camera`" };
            let what = format!(
                "the field has {inputs} coordinates and {outputs} outputs, and a surface needs 3 and 1; leave it out"
            );
            return Err(JobError::asked(setting, what));
        }
        refuse_others(job, look)?;
        let camera = camera(job)?;
        let limits = super::drawn::limits(job)?;
        let sides = job.size.map_or(SIDES, |size| size.apply(SIDES));
        Ok(Self { look, camera, sides, limits })
    }

    /// The scene before the camera.
    fn scene(&self, field: &Field, engine: Arc<dyn Engine>, place: &str) -> Result<Scene, JobError> {
        let scene = Scene::new(engine, field.clone(), self.look, (&self.camera, self.sides));
        scene.map_err(|error| failed(place, error))
    }
}

/// Refuses settings that a surface does not have.
fn refuse_others(job: &RenderJob, look: Look) -> Result<(), JobError> {
    let others = [
        ("`scale`", job.scale.is_some()),
        ("`region`", job.region.is_some()),
        ("`at`", !job.at.is_empty()),
        ("`samples`", job.samples.is_some()),
        ("`rate`", job.rate.is_some()),
        ("`frames`", job.frames.is_some()),
        ("`fps`", job.fps.is_some()),
        ("`style`", job.style.is_some_and(|style| (style == Style::Figure) != look.is_number())),
        ("`component`", job.component.is_some()),
        ("`part`", job.part.is_some()),
        ("`animate`", job.animate.is_some()),
    ];
    if let Some((setting, _)) = others.into_iter().find(|(_, given)| *given) {
        let what =
            format!("does not suit a {look} view of a surface; leave it out, or give another `quantity`");
        return Err(JobError::asked(setting, what));
    }
    if job.limits.is_some() && !look.is_number() {
        let what = format!("a {look} view has no colour bar; leave it out, or give `quantity` curvature");
        return Err(JobError::asked("`limits`", what));
    }
    Ok(())
}

/// The camera of `job`.
fn camera(job: &RenderJob) -> Result<Camera, JobError> {
    let camera = match job.camera.as_deref() {
        None => Camera::default(),
        Some(&[azimuth, elevation]) => Camera { azimuth, elevation, distance: None },
        Some(&[azimuth, elevation, distance]) => Camera { azimuth, elevation, distance: Some(distance) },
        Some(numbers) => {
            let what = format!(
                "{} numbers are no camera; give an azimuth and an elevation in degrees, and perhaps a distance, like 30,20",
                numbers.len()
            );
            return Err(JobError::asked("`camera`", what));
        }
    };
    camera.check().map_err(|error| JobError::asked("`camera`", error))?;
    Ok(camera)
}

/// The error of a surface; `place` is the file of the field.
fn failed(place: &str, error: SurfaceError) -> JobError {
    match error {
        SurfaceError::Camera { .. } | SurfaceError::OutOfView => JobError::asked("`camera`", error),
        SurfaceError::NoPixels { .. } => JobError::asked("`size`", error),
        SurfaceError::NoSurface { level, low, high } => {
            let what = format!(
                "the field does not take the level {level} in its region, so that there is no surface; its values there are \
                 from {low} to {high}"
            );
            JobError::fault(place, what)
        }
        error => JobError::fault(place, error),
    }
}

/// Plans the picture of the surface of `field`.
pub fn plan(job: RenderJob, field: Field, engine: Arc<dyn Engine>) -> Result<Plan, JobError> {
    let request = Request::of(&job, &field)?;
    let format = match output_format(&job.output) {
        Ok(OutputFormat::Exr) | Err(_) => {
            let what = "cannot show a surface; end the name in .png, .jpg, .tiff or .npy";
            return Err(JobError::asked(job.output.display(), what));
        }
        Ok(format) => format,
    };
    let (path, look, (rows, columns)) = (job.output.display(), request.look, request.sides);
    let words = format!("{path}: the surface of {}, {look}, {columns} x {rows} pixels", job.field.display());
    let numbers =
        [("output", json!(job.output)), ("quantity", json!(look.name())), ("shape", json!([rows, columns]))];
    let known = Map::from_iter(numbers.clone().map(|(name, value)| (name.to_string(), value)));
    Ok(Plan::work(words, numbers, move |listener| {
        let (words, more) = write(&job, &request, (&field, engine), format, listener)?;
        Ok(Report::new(words, known.into_iter().chain(more).collect()))
    }))
}

/// Draws and writes. Returns a description in words and as values by name.
fn write(
    job: &RenderJob,
    request: &Request,
    (field, engine): (&Field, Arc<dyn Engine>),
    format: OutputFormat,
    listener: &mut dyn Listener,
) -> Result<(String, Map<String, Value>), JobError> {
    let place = job.field.display().to_string();
    let mut scene = request.scene(field, engine, &place)?;
    let (rows, columns) = request.sides;
    let samples = stage(listener, "rendering", |told| traced(&mut scene, (&place, &job.output), told))?;
    let painter = Painter::new(&scene, &samples, request.limits);
    let ends = painter.ends();
    let path = job.output.display();
    if format == OutputFormat::Npy {
        let (shape, numbers) = numbers(&painter, request, &samples);
        write_npy(&job.output, &shape, &numbers)?;
    } else {
        let pixels = stage(listener, "smoothing", |told| {
            let pixels = edges::smoothed(&mut scene, &painter, &samples, told);
            pixels.map_err(|error| failed(&place, error))
        })?;
        match ends {
            Some(ends) => {
                let title = legend::title(request.look, &shade::unit(field));
                let drawing = legend::figure(&pixels, request.sides, &title, (painter.map(), ends));
                drawing.sheet()?.write(&job.output)?;
            }
            None if format == OutputFormat::Jpeg => {
                output::picture(&job.output, (rows, columns), 3, &paint::on_white(&pixels))?;
            }
            None => output::picture(&job.output, (rows, columns), 4, &pixels)?,
        }
    }
    let view = scene.view();
    let Camera { azimuth, elevation, .. } = request.camera;
    let from = [azimuth, elevation, view.distance];
    let camera = from.map(short).join(",");
    let scale = ends.map_or(String::new(), |(low, high)| format!(" from {} to {}", short(low), short(high)));
    let words = format!("wrote {path}: {}{scale}, {columns} x {rows} pixels, camera {camera}", request.look);
    let told = [("camera", json!(from)), ("limits", json!(ends))];
    Ok((words, told.map(|(name, value)| (name.to_string(), value)).into_iter().collect()))
}

/// One sample for every pixel.
fn traced(
    scene: &mut Scene,
    (place, output): (&str, &Path),
    told: Told<'_>,
) -> Result<Vec<Sample>, JobError> {
    let count = scene.view().rows.saturating_mul(scene.view().columns);
    let mut samples = Vec::new();
    let refused = |_| JobError::Memory { path: output.into(), numbers: count };
    samples.try_reserve_exact(count).map_err(refused)?;
    scene.pixels(&mut samples, told).map_err(|error| failed(place, error))?;
    if samples.iter().all(|sample| !sample.is_hit()) {
        return Err(failed(place, scene.unseen()));
    }
    Ok(samples)
}

/// The shape and the numbers of a surface, as in an `.npy` file: red, green, blue and opacity of one that is shaded, and
/// otherwise its numbers, which are NaN where there is no surface.
fn numbers(painter: &Painter, request: &Request, samples: &[Sample]) -> (Vec<usize>, Vec<f32>) {
    let (rows, columns) = request.sides;
    match request.look {
        Look::Shaded => {
            let numbers = samples.iter().flat_map(|sample| match sample.is_hit() {
                true => {
                    let [red, green, blue] = painter.colour(sample);
                    [red, green, blue, 1.0]
                }
                false => [0.0; 4],
            });
            (vec![rows, columns, 4], numbers.collect())
        }
        Look::Normal => (vec![rows, columns, 3], samples.iter().flat_map(|sample| sample.normal).collect()),
        Look::Curvature | Look::Distance => {
            (vec![rows, columns], samples.iter().map(|sample| sample.number).collect())
        }
    }
}

/// The shape and the numbers of what `job` draws of the surface of `field`.
pub fn array(
    job: &RenderJob,
    field: &Field,
    engine: Arc<dyn Engine>,
    listener: &mut dyn Listener,
) -> Result<(Vec<usize>, Vec<f32>), JobError> {
    let request = Request::of(job, field)?;
    let mut scene = request.scene(field, engine, "field")?;
    let samples = stage(listener, "rendering", |told| traced(&mut scene, ("field", &job.output), told))?;
    Ok(numbers(&Painter::new(&scene, &samples, request.limits), &request, &samples))
}
