//! The part of a render job that draws figures, still or over time.

use std::sync::Arc;

use serde_json::{Map, Value, json};
use sinefield::engine::Engine;
use sinefield::field::Field;
use sinefield_media::VideoWriter;

use super::figure::{Slice, scale};
use super::parts::MOST_FRAMES;
use super::view::{View, asked_views};
use super::write::Output;
use super::{RenderJob, parts, runs};
use crate::figure::colour_map::ColourMap;
use crate::figure::plot::Panel;
use crate::figure::ticks::short;
use crate::figure::{Drawing, plot};
use crate::listener::stage;
use crate::{JobError, Listener, Plan, Report};

/// The frames of an animation, and those of a second.
const FRAMES: usize = 100;
const PER_SECOND: f64 = 25.0;
/// Panels in a row of a figure.
const ACROSS: usize = 2;

/// What is drawn: a slice of the field, and what is shown of it.
struct Figure {
    slice: Slice,
    views: Vec<View>,
    /// The coordinate that is animated, and its places.
    moving: Option<(usize, Vec<f64>)>,
    limits: Option<(f64, f64)>,
}

/// Plans the figure of `job`.
pub fn plan(job: RenderJob, field: Field, engine: Arc<dyn Engine>) -> Result<Plan, JobError> {
    let figure = Figure::new(&job, &field)?;
    let shape = figure.slice.frame(&field).map_err(|error| failed(&job, error))?.shape();
    let sizes = shape.iter().map(usize::to_string).collect::<Vec<_>>().join(" x ");
    let frames = figure.moving.as_ref().map(|(_, places)| places.len());
    let times = frames.map_or(String::new(), |frames| format!(", {frames} frames"));
    let (path, quantity) = (job.output.display(), job.quantity());
    let words = format!("{path}: {quantity} of {}, a figure of {sizes} samples{times}", job.field.display());
    let titles: Vec<String> = figure.views.iter().map(View::title).collect();
    let numbers = [
        ("output", json!(job.output)),
        ("quantity", json!(quantity)),
        ("shape", json!(shape)),
        ("frames", json!(frames)),
        ("panels", json!(titles)),
    ];
    let known: Map<String, Value> =
        numbers.iter().map(|(name, value)| ((*name).to_string(), value.clone())).collect();
    Ok(Plan::work(words, numbers, move |listener| {
        let ends = figure.write(&job, &field, engine.as_ref(), listener)?;
        let said = titles.iter().zip(&ends);
        let said: Vec<String> = said
            .map(|(title, (low, high))| format!("{title} from {} to {}", short(*low), short(*high)))
            .collect();
        let path = job.output.display();
        let words = format!("wrote {path}: {quantity}, {sizes} samples{times}; {}", said.join(", "));
        Ok(Report::new(words, known.into_iter().chain([("scales".to_string(), json!(ends))]).collect()))
    }))
}

/// The ends of the colour bar that `job` gives.
pub fn limits(job: &RenderJob) -> Result<Option<(f64, f64)>, JobError> {
    match job.limits.as_deref() {
        None => Ok(None),
        Some(&[low, high]) if low < high && low.is_finite() && high.is_finite() => Ok(Some((low, high))),
        Some(_) => {
            let what = "is no pair of finite numbers, the smaller first; give two, like -1,1";
            Err(JobError::asked("`limits`", what))
        }
    }
}

/// The error of a slice, with the name of the setting.
fn failed(job: &RenderJob, error: JobError) -> JobError {
    match error {
        JobError::Render(error) => job.failure(2, *error),
        error => error,
    }
}

impl Figure {
    fn new(job: &RenderJob, field: &Field) -> Result<Self, JobError> {
        let limits = limits(job)?;
        let views = asked_views(job, field)?;
        if limits.is_some() && views.iter().all(|view| view.map() == ColourMap::Cyclic) {
            return Err(JobError::asked("`limits`", "a phase is from -pi to pi; leave it out"));
        }
        let moving = moving(job, field)?;
        let parts = parts::parts(job, field)?;
        if !(1..=2).contains(&runs(&parts)) {
            let (left, path) = (runs(&parts), job.output.display());
            let what = format!(
                "a figure has 1 or 2 axes, and {left} are left; cut some with `at`, or end the name in .npy or .vti"
            );
            return Err(JobError::asked(path, what));
        }
        let slice = Slice::new(field, parts).map_err(|error| failed(job, error))?;
        Ok(Self { slice, views, moving, limits })
    }

    /// Draws and writes the figure. Returns the ends of every panel's scale.
    fn write(
        &self,
        job: &RenderJob,
        field: &Field,
        engine: &dyn Engine,
        listener: &mut dyn Listener,
    ) -> Result<Vec<(f64, f64)>, JobError> {
        let Some((axis, places)) = &self.moving else {
            let values =
                stage(listener, "rendering", |told| self.slice.values(engine, field, &self.views, told))?;
            let ends: Vec<_> = self.views.iter().zip(&values).map(|of| self.ends(of)).collect();
            self.draw(field, (&self.slice, values), &ends, &vec![0.0; ends.len()])?.write(&job.output)?;
            return Ok(ends);
        };
        let frame = |place: &f64| {
            let slice = self.slice.at(*axis, *place);
            let values = slice.values(engine, field, &self.views, &mut |_, _| ())?;
            Ok::<_, JobError>((slice, values))
        };
        // The scales are those of all frames, so every frame is evaluated twice.
        let ends = stage(listener, "measuring", |told| {
            // The ends of all frames have the scale of all values.
            let mut all: Vec<Vec<f32>> = vec![Vec::new(); self.views.len()];
            for (done, place) in places.iter().enumerate() {
                let (_, values) = frame(place)?;
                for (all, (view, values)) in all.iter_mut().zip(self.views.iter().zip(&values)) {
                    all.extend(extremes(view, values));
                }
                told(done + 1, Some(places.len()));
            }
            Ok::<_, JobError>(self.views.iter().zip(&all).map(|of| self.ends(of)).collect::<Vec<_>>())
        })?;
        let rooms: Vec<f64> =
            self.views.iter().map(|view| self.title_room(field, view, (*axis, places))).collect();
        stage(listener, "rendering", |told| {
            let mut video: Option<(VideoWriter, (usize, usize))> = None;
            for (done, place) in places.iter().enumerate() {
                let (slice, values) = frame(place)?;
                let mut drawing = self.draw(field, (&slice, values), &ends, &rooms)?;
                let (writer, size) = match &mut video {
                    Some(video) => video,
                    none => {
                        let size = (drawing.height, drawing.width);
                        let fps = job.fps.unwrap_or(PER_SECOND);
                        none.insert((VideoWriter::create(&job.output, size, fps, 3)?, size))
                    }
                };
                // A longer title must not change the size.
                (drawing.height, drawing.width) = *size;
                let pixels = drawing.sheet()?.finish();
                writer.frame(&pixels.iter().map(|byte| f32::from(*byte) / 255.0).collect::<Vec<_>>())?;
                told(done + 1, Some(places.len()));
            }
            if let Some((writer, _)) = video {
                writer.finish()?;
            }
            Ok::<_, JobError>(())
        })?;
        Ok(ends)
    }

    /// The scale of the values of a view.
    fn ends(&self, (view, values): (&View, &Vec<f32>)) -> (f64, f64) {
        match self.limits {
            Some(limits) if view.map() != ColourMap::Cyclic => limits,
            _ => scale(view, values),
        }
    }

    /// The width of the longest title that a view has in an animation over `axis`.
    fn title_room(&self, field: &Field, view: &View, (axis, places): (usize, &[f64])) -> f64 {
        let width = |place: &f64| plot::title_width(&self.slice.at(axis, *place).title(field, &view.title()));
        places.iter().map(width).fold(0.0, f64::max)
    }

    fn draw(
        &self,
        field: &Field,
        (slice, values): (&Slice, Vec<Vec<f32>>),
        ends: &[(f64, f64)],
        rooms: &[f64],
    ) -> Result<Drawing, JobError> {
        let mut panels = Vec::new();
        for (((view, values), ends), room) in self.views.iter().zip(values).zip(ends).zip(rooms) {
            let panel = slice.panel(field, (&view.title(), view.map()), values, *ends)?;
            panels.push(Panel { room: *room, ..panel });
        }
        Ok(plot::draw(&panels, ACROSS))
    }
}

/// The numbers of a frame that decide about the scale of all.
fn extremes(view: &View, values: &[f32]) -> Vec<f32> {
    if view.map() == ColourMap::Diverging {
        return vec![scale(view, values).1 as f32];
    }
    let finite = || values.iter().copied().filter(|value| value.is_finite());
    finite().reduce(f32::min).into_iter().chain(finite().reduce(f32::max)).collect()
}

/// The coordinate that `job` animates, and the places of its frames. Only a video has one.
fn moving(job: &RenderJob, field: &Field) -> Result<Option<(usize, Vec<f64>)>, JobError> {
    let video = Output::of(&job.output) == Some(Output::Video);
    let Some((at, sweep)) = parts::animated(job, field)?.zip(job.animate.as_ref()) else {
        if !video {
            return Ok(None);
        }
        let what = "a video of a figure needs `animate`, the coordinate that becomes time; give one, like t";
        return Err(JobError::asked(job.output.display(), what));
    };
    if !video {
        let what = "is for a video; end the name in .mp4 or .y4m, or name a folder of frames";
        return Err(JobError::asked("`animate`", what));
    }
    let axis = field.meta.axis(at);
    let (low, high) = axis.interval();
    let frames = sweep.frames.or(axis.samples).unwrap_or(FRAMES).clamp(2, MOST_FRAMES);
    let place = |frame: usize| low + (high - low) * frame as f64 / (frames - 1) as f64;
    Ok(Some((at, (0..frames).map(place).collect())))
}
