//! The parts of a field's axes that a render asks for.

use std::str::FromStr;

use sinefield::field::{Axis, Field};
use sinefield::render::{Count, Frame, Part, RenderError};
use sinefield_media::Resize;

use super::RenderJob;
use crate::JobError;
use crate::settings::entry::as_text;

/// The most frames of an animation.
pub const MOST_FRAMES: usize = 100_000;

/// A cut of an axis at one place: `AXIS=VALUE`.
#[derive(Clone, Debug, PartialEq)]
pub struct Cut {
    /// The axis's name.
    pub axis: String,
    /// The place, in the axis's unit.
    pub place: f64,
}

impl std::fmt::Display for Cut {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}={}", self.axis, self.place)
    }
}

impl FromStr for Cut {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let refused = || format!("\"{text}\" is no place of an axis; give one, like z=12.5");
        let (axis, place) = text.split_once('=').ok_or_else(refused)?;
        let place = place.trim().parse().ok().filter(|place: &f64| place.is_finite()).ok_or_else(refused)?;
        Ok(Cut { axis: axis.trim().to_string(), place })
    }
}

/// A run of frames: `A:B`, the first and the one after the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frames {
    /// The first.
    pub from: usize,
    /// The one after the last.
    pub to: usize,
}

impl std::fmt::Display for Frames {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.from, self.to)
    }
}

impl FromStr for Frames {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let ends =
            text.split_once(':').and_then(|(a, b)| Some((a.trim().parse().ok()?, b.trim().parse().ok()?)));
        ends.filter(|(from, to)| from < to).map(|(from, to)| Self { from, to }).ok_or_else(|| {
            format!("\"{text}\" is no run of frames; give the first and the one after the last, like 10:35")
        })
    }
}

/// A coordinate whose places become the frames of a video: `AXIS` or `AXIS=FRAMES`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sweep {
    /// The coordinate's name.
    pub axis: String,
    /// The number of frames, at least 2.
    pub frames: Option<usize>,
}

impl std::fmt::Display for Sweep {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.frames {
            Some(frames) => write!(f, "{}={frames}", self.axis),
            None => f.write_str(&self.axis),
        }
    }
}

impl FromStr for Sweep {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let Some((axis, frames)) = text.split_once('=') else {
            return Ok(Self { axis: text.trim().into(), frames: None });
        };
        let frames = frames.trim().parse().ok().filter(|frames| (2..=MOST_FRAMES).contains(frames));
        let frames = frames.ok_or_else(|| {
            format!("\"{text}\" is no number of frames; give a coordinate and 2 to {MOST_FRAMES} frames, like t=60")
        })?;
        Ok(Self { axis: axis.trim().into(), frames: Some(frames) })
    }
}

/// How a picture is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// A pixel for each sample, and nothing else.
    Picture,
    /// A map or a line with axes and a colour bar.
    Figure,
}

impl std::fmt::Display for Style {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if *self == Self::Picture { "picture" } else { "figure" })
    }
}

impl FromStr for Style {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "picture" => Ok(Self::Picture),
            "figure" => Ok(Self::Figure),
            _ => Err(format!("\"{text}\" is no style; give picture or figure")),
        }
    }
}

as_text!(Cut, Frames, Style, Sweep);

/// The coordinate of `field` that `job` animates, if it does.
pub fn animated(job: &RenderJob, field: &Field) -> Result<Option<usize>, JobError> {
    let Some(sweep) = &job.animate else { return Ok(None) };
    let names: Vec<String> = (0..field.architecture().inputs).map(|at| field.meta.axis(at).name).collect();
    let found = names.iter().position(|name| *name == sweep.axis);
    found.map(Some).ok_or_else(|| {
        let what = format!("there is no axis {}; one of {}", sweep.axis, names.join(", "));
        JobError::asked("`animate`", what)
    })
}

/// One part for each coordinate of `field`. One that is animated is fixed where it begins.
pub fn parts(job: &RenderJob, field: &Field) -> Result<Vec<Part>, JobError> {
    let axes: Vec<Axis> = (0..field.architecture().inputs).map(|at| field.meta.axis(at)).collect();
    let mut choice = Choice { field, parts: vec![Part::default(); axes.len()], axes };
    job.at.iter().try_for_each(|cut| choice.cut(cut))?;
    if let Some(at) = animated(job, field)? {
        choice.cut(&Cut { axis: choice.axes[at].name.clone(), place: choice.axes[at].interval().0 })?;
    }
    if let Some(region) = &job.region {
        choice.region(region)?;
    }
    if let Some(scale) = job.scale {
        choice.scale(scale);
    }
    if let Some(size) = job.size {
        choice.size(size, job.is_figure(field))?;
    }
    // The frames of an animation are not counted by its coordinate.
    let fps = job.fps.filter(|_| job.animate.is_none());
    for (setting, rate) in [("`rate`", job.rate), ("`fps`", fps)] {
        if let Some(rate) = rate {
            choice.suits(setting)?;
            let time = choice.time(setting)?;
            choice.count(time, Count::PerUnit(rate));
        }
    }
    if let Some(frames) = job.frames {
        choice.frames(frames)?;
    }
    if let Some(samples) = &job.samples {
        choice.samples(samples)?;
    }
    Ok(choice.parts)
}

/// The parts of a field's axes while the settings are applied in turn.
struct Choice<'f> {
    field: &'f Field,
    axes: Vec<Axis>,
    parts: Vec<Part>,
}

impl Choice<'_> {
    fn cut(&mut self, Cut { axis, place }: &Cut) -> Result<(), JobError> {
        let Some(at) = self.named(axis) else {
            let names: Vec<&str> = self.axes.iter().map(|axis| axis.name.as_str()).collect();
            let what = format!("there is no axis {axis}; one of {}", names.join(", "));
            return Err(JobError::asked("`at`", what));
        };
        if matches!(self.parts[at], Part::At(_)) {
            return Err(JobError::asked("`at`", format!("the axis {axis} is cut twice; drop one")));
        }
        self.parts[at] = Part::At(*place);
        Ok(())
    }

    fn named(&self, name: &str) -> Option<usize> {
        self.axes.iter().position(|axis| axis.name == name)
    }

    /// The axes that are not cut.
    fn runs(&self) -> Vec<usize> {
        (0..self.parts.len()).filter(|at| matches!(self.parts[*at], Part::Run { .. })).collect()
    }

    /// The two axes for a size and for a region of four numbers: rows and columns, or the only two axes that are not
    /// cut.
    fn sides(&self) -> Option<[usize; 2]> {
        let runs = self.runs();
        let left = |name| self.named(name).filter(|at| runs.contains(at));
        match (left("row"), left("column"), runs.as_slice()) {
            (Some(row), Some(column), _) => Some([row, column]),
            (_, _, &[first, second]) => Some([first, second]),
            _ => None,
        }
    }

    fn set_region(&mut self, at: usize, ends: (f64, f64)) {
        if let Part::Run { region, .. } = &mut self.parts[at] {
            *region = Some(ends);
        }
    }

    fn count(&mut self, at: usize, asked: Count) {
        if let Part::Run { count, .. } = &mut self.parts[at] {
            *count = asked;
        }
    }

    fn region(&mut self, numbers: &[f64]) -> Result<(), JobError> {
        if numbers.iter().any(|number| !number.is_finite()) {
            return Err(JobError::asked("`region`", "is not finite; give numbers, like 0,0,64,64"));
        }
        match (numbers, self.runs().as_slice(), self.sides()) {
            (&[row0, column0, row1, column1], _, Some([rows, columns])) => {
                self.set_region(rows, (row0, row1));
                self.set_region(columns, (column0, column1));
            }
            // Two numbers for a picture are more likely a mistake than a request for all columns.
            (_, [_, _], Some(_)) => {
                let what = format!(
                    "{} numbers are no region of two axes; give four, ROW0,COL0,ROW1,COL1",
                    numbers.len()
                );
                return Err(JobError::asked("`region`", what));
            }
            (&[from, to], &[first, ..], _) => self.set_region(first, (from, to)),
            (_, [], _) => return Err(JobError::asked("`region`", "no axis is left; drop a `at`")),
            _ => {
                let what =
                    "give FROM,TO of the first axis, or ROW0,COL0,ROW1,COL1 where there are rows and columns";
                return Err(JobError::asked("`region`", what));
            }
        }
        Ok(())
    }

    fn scale(&mut self, scale: f64) {
        let scaled = self.sides().map_or_else(|| self.runs(), Vec::from);
        scaled.into_iter().for_each(|at| self.count(at, Count::Scaled(scale)));
    }

    /// The size of a picture, or of the map of a figure, whose first coordinate runs to the right.
    fn size(&mut self, size: Resize, figure: bool) -> Result<(), JobError> {
        let Some([rows, columns]) = self.sides() else {
            let what = format!("is for two axes, and {} are left; give `samples`", self.runs().len());
            return Err(JobError::asked("`size`", what));
        };
        let upright =
            figure && (self.axes[rows].name.as_str(), self.axes[columns].name.as_str()) != ("row", "column");
        let [rows, columns] = if upright { [columns, rows] } else { [rows, columns] };
        let (tall, wide) = match size {
            Resize::Exact { rows, columns } => (rows, columns),
            longer @ Resize::Fit(_) => longer.apply((self.native(rows)?, self.native(columns)?)),
        };
        self.count(rows, Count::Exact(tall));
        self.count(columns, Count::Exact(wide));
        Ok(())
    }

    /// The number of native samples in the region of axis `at`.
    fn native(&self, at: usize) -> Result<usize, JobError> {
        let one = |other| {
            if other == at { self.parts[at] } else { Part::Run { region: None, count: Count::Exact(1) } }
        };
        let parts: Vec<Part> = (0..self.parts.len()).map(one).collect();
        match Frame::of_parts(self.field, &parts) {
            Ok(frame) => Ok(frame.shape()[at]),
            Err(error @ RenderError::Outside { .. }) => Err(JobError::asked("`region`", error)),
            Err(RenderError::NotSampled { .. }) => {
                Err(JobError::asked("`size`", "the field has no size of its own; give both sides, WxH"))
            }
            Err(error) => Err(JobError::asked("`size`", error)),
        }
    }

    /// The time axis, for a setting that needs one.
    fn time(&self, setting: &str) -> Result<usize, JobError> {
        let time = self.named("time").filter(|at| self.runs().contains(at));
        time.ok_or_else(|| {
            JobError::asked(setting, "is for a field with an axis time that is not cut; drop it")
        })
    }

    /// Checks that a video is not rendered as a sound, nor a sound as a video.
    fn suits(&self, setting: &str) -> Result<(), JobError> {
        let video = self.named("row").is_some() && self.named("column").is_some();
        let sound = self.axes.len() == 1;
        match setting {
            "`rate`" if video => Err(JobError::asked(setting, "is for sounds; give `fps` for a video")),
            "`fps`" if sound => Err(JobError::asked(setting, "is for videos; give `rate` for a sound")),
            "`frames`" if sound => {
                Err(JobError::asked(setting, "is for videos; give `region` FROM,TO for a sound"))
            }
            _ => Ok(()),
        }
    }

    fn frames(&mut self, Frames { from, to }: Frames) -> Result<(), JobError> {
        self.suits("`frames`")?;
        let time = self.time("`frames`")?;
        let axis = &self.axes[time];
        let Some(samples) = axis.samples else {
            return Err(JobError::asked(
                "`frames`",
                "the field was not fitted to frames; give `region` FROM,TO",
            ));
        };
        if to > samples {
            let what =
                format!("{from}:{to} is beyond the {samples} frames of the field; end at {samples} at most");
            return Err(JobError::asked("`frames`", what));
        }
        let (low, high) = axis.interval();
        let step = (high - low) / samples.saturating_sub(1).max(1) as f64;
        self.set_region(time, (low + from as f64 * step, low + to as f64 * step));
        Ok(())
    }

    fn samples(&mut self, samples: &[usize]) -> Result<(), JobError> {
        let runs = self.runs();
        if samples.len() != runs.len() {
            let what =
                format!("{} numbers are given for {} axes; give one for each", samples.len(), runs.len());
            return Err(JobError::asked("`samples`", what));
        }
        runs.into_iter().zip(samples).for_each(|(at, count)| self.count(at, Count::Exact(*count)));
        Ok(())
    }
}
