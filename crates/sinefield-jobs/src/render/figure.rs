//! Renders of a field as figures: maps with colour bars over two coordinates, or lines over one.
//!
//! The first coordinate that is not fixed runs to the right and the second upwards; the rows of a picture run down. A
//! map has its samples at the middles of equal cells, which fill the region, so that every pixel of the box has the
//! colour of its own place.

use std::f64::consts::PI;
use std::path::Path;

use sinefield::engine::Engine;
use sinefield::field::Field;
use sinefield::render::{Count, Frame, Part, Quantity, Render};

use super::view::View;
use super::write::numbers;
use crate::figure::colour_map::ColourMap;
use crate::figure::colours;
use crate::figure::plot::{Axis, Content, Line, Panel, spread};
use crate::figure::ticks::{Tick, short};
use crate::{JobError, Told, shade};

/// The longest side of the box of a map, in pixels.
const LONGEST: f64 = 520.0;
/// The box of lines, in pixels.
const LINES: (usize, usize) = (620, 400);
/// The samples of a line along a coordinate that was not sampled.
const ALONG: usize = 801;
/// Boxes are to scale up to this ratio of their sides.
const RATIO: f64 = 3.0;

/// The part of a field that a figure shows.
#[derive(Clone, Debug)]
pub struct Slice {
    /// One part for each coordinate of the field, with its samples.
    parts: Vec<Part>,
    /// The coordinates that are not fixed: the horizontal one, and the vertical one of a map.
    axes: Vec<usize>,
    /// Whether the first of them is the rows of a picture, which run down.
    down: bool,
    size: (usize, usize),
}

impl Slice {
    /// The slice of `field` with these parts. One or two of them are not fixed.
    ///
    /// # Errors
    /// If more are not fixed, or none is, or a part is outside of the field.
    pub fn new(field: &Field, mut parts: Vec<Part>) -> Result<Self, JobError> {
        let runs: Vec<usize> = (0..parts.len()).filter(|at| matches!(parts[*at], Part::Run { .. })).collect();
        let name = |at: usize| field.meta.axis(at).name;
        let down = matches!(runs[..], [rows, columns] if (name(rows).as_str(), name(columns).as_str()) == ("row", "column"));
        let (axes, size) = match runs[..] {
            [only] => (vec![only], LINES),
            [first, second] => {
                let [across, up] = if down { [second, first] } else { [first, second] };
                let sides = [across, up].map(|at| length(field, at, parts[at]));
                (vec![across, up], box_size(sides))
            }
            _ => {
                let what = format!(
                    "a figure has 1 or 2 coordinates, and {} are left; fix some with `at`, or end the name in .npy",
                    runs.len()
                );
                return Err(JobError::asked("figure", what));
            }
        };
        for (side, at) in axes.iter().enumerate() {
            let default = if axes.len() == 1 { ALONG } else { [size.0, size.1][side] };
            parts[*at] = sampled(field, *at, parts[*at], (default, axes.len() == 2));
        }
        Ok(Self { parts, axes, down, size })
    }

    /// The slice at another place of coordinate `axis`, which is fixed.
    pub fn at(&self, axis: usize, place: f64) -> Self {
        let mut parts = self.parts.clone();
        parts[axis] = Part::At(place);
        Self { parts, ..self.clone() }
    }

    /// The places of the samples: along the horizontal axis, and along the vertical one.
    pub fn frame(&self, field: &Field) -> Result<Frame, JobError> {
        Ok(Frame::of_parts(field, &self.parts)?)
    }

    /// The fixed coordinates in words, such as `t = 0.5, y = 1`; empty if there are none.
    fn fixed(&self, field: &Field) -> String {
        let fixed = self.parts.iter().enumerate().filter_map(|(at, part)| match part {
            Part::At(place) => {
                let axis = field.meta.axis(at);
                let unit = if axis.unit.is_empty() { String::new() } else { format!(" {}", axis.unit) };
                Some(format!("{} = {}{unit}", axis.name, short(*place)))
            }
            _ => None,
        });
        fixed.collect::<Vec<_>>().join(", ")
    }

    /// Evaluates `views`, which are of one quantity, row by row from the top of the figure.
    pub fn values(
        &self,
        engine: &dyn Engine,
        field: &Field,
        views: &[View],
        told: Told<'_>,
    ) -> Result<Vec<Vec<f32>>, JobError> {
        let quantity = views.first().map_or(Quantity::Value, |view| view.quantity);
        let render = Render::new(field, self.frame(field)?, quantity)?;
        let width: usize = render.pixel_shape().iter().product();
        let all = numbers(engine, &render, Path::new("figure"), told)?;
        let of = |view: &View| {
            let numbers = all.chunks_exact(width.max(1)).map(|numbers| view.number(numbers));
            self.arranged(numbers.collect(), render.frame())
        };
        Ok(views.iter().map(of).collect())
    }

    /// Items in the order of the frame, row by row from the top of the figure.
    pub fn arranged<T: Copy>(&self, values: Vec<T>, frame: &Frame) -> Vec<T> {
        let (first, second) = frame.sides();
        if self.axes.len() == 1 || self.down {
            return values;
        }
        let cell = |row: usize, column: usize| values[column * second + second - 1 - row];
        (0..second).flat_map(|row| (0..first).map(move |column| cell(row, column))).collect()
    }

    /// The title of a panel: what it shows, and the places of the coordinates that are fixed.
    pub fn title(&self, field: &Field, shown: &str) -> String {
        let fixed = self.fixed(field);
        if fixed.is_empty() { shown.to_string() } else { format!("{shown} at {fixed}") }
    }

    /// The panel of `values`, which are of `view`, over the scale `ends`.
    pub fn panel(
        &self,
        field: &Field,
        (title, map): (&str, ColourMap),
        values: Vec<f32>,
        ends: (f64, f64),
    ) -> Result<Panel, JobError> {
        let frame = self.frame(field)?;
        let title = self.title(field, title);
        let axis = |at: usize, cells: bool| {
            let (places, step) = (frame.places(at), frame.step(at));
            let around = if cells { step / 2.0 } else { 0.0 };
            let first = places.first().copied().unwrap_or(0.0) - around;
            let last = places.last().copied().unwrap_or(1.0) + around;
            Axis::new(label(field, at), if first < last { (first, last) } else { (first, first + 1.0) })
        };
        let ticks = (map == ColourMap::Cyclic).then(angles);
        Ok(match self.axes[..] {
            [only] => {
                let points = frame.places(only).into_iter().zip(values.into_iter().map(f64::from)).collect();
                let line = Line { name: String::new(), colour: colours::BLUE, dashed: false, points };
                let room = 0.05 * (ends.1 - ends.0);
                let y = Axis::new("", (ends.0 - room, ends.1 + room));
                Panel {
                    title,
                    room: 0.0,
                    x: axis(only, false),
                    y,
                    size: self.size,
                    content: Content::Lines(vec![line]),
                }
            }
            [across, up, ..] => {
                let y = axis(up, true);
                let y = if self.down { Axis { ends: (y.ends.1, y.ends.0), ..y } } else { y };
                let sides = (frame.places(up).len(), frame.places(across).len());
                let content = Content::Map { values, sides, map, ends, ticks };
                Panel { title, room: 0.0, x: axis(across, true), y, size: self.size, content }
            }
            [] => return Err(JobError::fault("figure", "no coordinate is left; drop a `at`")),
        })
    }
}

/// The scale of `values` of `view`: from the smallest to the largest, from 0 for lengths, around 0 for signed derivatives,
/// whole turns for angles.
pub fn scale(view: &View, values: &[f32]) -> (f64, f64) {
    let all = || values.iter().map(|v| f64::from(*v));
    match view.map() {
        ColourMap::Cyclic => (-PI, PI),
        ColourMap::Diverging => {
            let most = f64::from(shade::scale(values.iter().map(|v| v.abs()).collect()));
            around_zero(most)
        }
        ColourMap::Sequential if view.is_length() => (0.0, spread(all()).1),
        ColourMap::Sequential => spread(all()),
    }
}

/// A scale with 0 in its middle.
pub fn around_zero(most: f64) -> (f64, f64) {
    if most > 0.0 && most.is_finite() { (-most, most) } else { (-1.0, 1.0) }
}

/// The name of a coordinate, and its unit.
fn label(field: &Field, at: usize) -> String {
    let axis = field.meta.axis(at);
    if axis.unit.is_empty() { axis.name } else { format!("{} ({})", axis.name, axis.unit) }
}

/// The numbers beside a bar of angles.
fn angles() -> Vec<Tick> {
    let labels = ["−π", "−π/2", "0", "π/2", "π"];
    labels
        .into_iter()
        .enumerate()
        .map(|(at, label)| Tick { at: (at as f64 - 2.0) * PI / 2.0, label: label.into() })
        .collect()
}

/// The length of a part of axis `at`, in its unit.
fn length(field: &Field, at: usize, part: Part) -> f64 {
    let axis = field.meta.axis(at);
    let (low, high) = match part {
        Part::Run { region: Some(ends), .. } => ends,
        _ => axis.interval(),
    };
    high - low
}

/// The box of a map whose sides have these lengths. It is to scale unless one is much longer than the other.
fn box_size([width, height]: [f64; 2]) -> (usize, usize) {
    let ratio = width / height;
    let ratio = if (1.0 / RATIO..=RATIO).contains(&ratio) { ratio } else { 1.25 };
    let sides = if ratio >= 1.0 { (LONGEST, LONGEST / ratio) } else { (LONGEST * ratio, LONGEST) };
    (sides.0.round() as usize, sides.1.round() as usize)
}

/// The part with its number of samples. Along a coordinate that was not sampled, those of a map are at the middles of
/// cells.
fn sampled(field: &Field, at: usize, part: Part, (default, cells): (usize, bool)) -> Part {
    let axis = field.meta.axis(at);
    let Part::Run { region, count } = part else { return part };
    if axis.samples.is_some() {
        return part;
    }
    let count = if count == Count::Native { Count::Exact(default) } else { count };
    let Count::Exact(samples) = count else { return Part::Run { region, count } };
    let (low, high) = region.unwrap_or(axis.interval());
    if !cells || samples < 2 {
        return Part::Run { region: Some((low, high)), count };
    }
    let half = 0.5 * (high - low) / samples as f64;
    Part::Run { region: Some((low + half, high - half)), count }
}
