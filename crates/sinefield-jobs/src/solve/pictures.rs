//! The pictures of a report: slices of the fields, their errors, and the course of the fit.

use sinefield::engine::Engine;
use sinefield::field::Field;
use sinefield::fit::Moment;
use sinefield::problem::{FieldEntry, Problem};
use sinefield::render::{Part, Quantity};

use crate::JobError;
use crate::figure::colour_map::ColourMap;
use crate::figure::plot::{self, Axis, Content, Line, Panel, spread};
use crate::figure::{Drawing, colours};
use crate::fitting::history::Figures;
use crate::render::figure::{Slice, around_zero, scale};
use crate::render::view::{Component, components, views_of};

/// The box of a course, in pixels.
const COURSE: (usize, usize) = (520, 330);
/// The most points of a line. More cannot be told apart.
const MOST: usize = 1000;
/// The most lines in a chart.
const LINES: usize = colours::LINES.len();

/// The slice that shows most of a field: all of one or two coordinates; of more, the first two that are not time, with the
/// others in the middle of their range.
fn slice(field: &Field) -> Result<Slice, JobError> {
    let inputs = field.architecture().inputs;
    let axes: Vec<_> = (0..inputs).map(|at| field.meta.axis(at)).collect();
    let order = (0..inputs)
        .filter(|at| !is_time(&axes[*at].name))
        .chain((0..inputs).filter(|at| is_time(&axes[*at].name)));
    let shown: Vec<usize> = if inputs <= 2 { (0..inputs).collect() } else { order.take(2).collect() };
    let part = |at: usize| {
        let (low, high) = axes[at].interval();
        if shown.contains(&at) { Part::default() } else { Part::At(0.5 * (low + high)) }
    };
    Slice::new(field, (0..inputs).map(part).collect())
}

fn is_time(name: &str) -> bool {
    matches!(name, "t" | "time")
}

/// What the pictures are made of.
pub struct Solved<'a> {
    pub engine: &'a dyn Engine,
    pub problem: &'a Problem,
    pub fields: &'a [Field],
    pub scalars: &'a [f64],
}

impl Solved<'_> {
    /// The pictures of field `at`: its components, and their differences from the known solution.
    pub fn pictures(&self, at: usize) -> Result<Vec<Drawing>, JobError> {
        let (field, Some(entry)) = (&self.fields[at], self.problem.field_entries().nth(at)) else {
            return Ok(Vec::new());
        };
        let slice = slice(field)?;
        let components = components(field, &entry.name);
        let frame = slice.frame(field)?;
        let inside = self.problem.is_inside(at, &crate::render::points(field, &frame));
        let inside = slice.arranged(inside, &frame);
        let mut drawings = Vec::new();
        for component in &components {
            let views = views_of(component, Quantity::Value);
            let values = slice.values(self.engine, field, &views, &mut |_, _| ())?;
            for (view, mut values) in views.iter().zip(values) {
                masked(&mut values, &inside);
                let ends = scale(view, &values);
                let panel = slice.panel(field, (&view.title(), view.map()), values, ends)?;
                drawings.push(plot::draw(&[panel], 1));
            }
        }
        for name in self.problem.exact_names() {
            drawings.extend(self.errors((field, entry), (&slice, &inside), &components, name)?);
        }
        Ok(drawings)
    }

    /// The pictures of the differences from the known solution `name`, if it is one of this field.
    fn errors(
        &self,
        (field, entry): (&Field, &FieldEntry),
        (slice, inside): (&Slice, &[bool]),
        components: &[Component],
        name: &str,
    ) -> Result<Vec<Drawing>, JobError> {
        let of: Vec<&Component> =
            components.iter().filter(|of| entry.name == name || of.name == name).collect();
        if of.is_empty() {
            return Ok(Vec::new());
        }
        let frame = slice.frame(field)?;
        let moment = Moment {
            engine: self.engine,
            fields: self.fields,
            scalars: self.scalars,
            step: 0,
            progress: 1.0,
            share: 1.0,
            focus: &[],
        };
        let points = crate::render::points(field, &frame);
        let Some(differences) = self.problem.differences(&moment, name, &points)? else {
            return Ok(Vec::new());
        };
        let width: usize = of.iter().map(|of| 1 + usize::from(of.imaginary.is_some())).sum();
        let mut start = 0;
        let mut drawings = Vec::new();
        for component in of {
            let is_complex = component.imaginary.is_some();
            let number = |row: &[f64]| match is_complex {
                true => row[start].hypot(row[start + 1]) as f32,
                false => row[start] as f32,
            };
            let values: Vec<f32> = differences.chunks_exact(width).map(number).collect();
            let mut values = slice.arranged(values, &frame);
            masked(&mut values, inside);
            let most = spread(values.iter().map(|v| f64::from(v.abs()))).1;
            let (title, map, ends) = match is_complex {
                true => (format!("|{} − exact|", component.name), ColourMap::Sequential, (0.0, most)),
                false => (format!("{} − exact", component.name), ColourMap::Diverging, around_zero(most)),
            };
            let panel = slice.panel(field, (&title, map), values, ends)?;
            drawings.push(plot::draw(&[panel], 1));
            start += 1 + usize::from(is_complex);
        }
        Ok(drawings)
    }
}

/// Removes the values of places that are outside of the domain.
fn masked(values: &mut [f32], inside: &[bool]) {
    values.iter_mut().zip(inside).filter(|(_, inside)| !**inside).for_each(|(value, _)| *value = f32::NAN);
}

/// The name of a line, and its number at a step that has one.
type Curve<'a> = (String, Box<dyn Fn(&Figures) -> Option<f64> + 'a>);

/// The charts of the course of a fit. `names` are those of the constraints.
pub fn course(steps: &[Figures], names: &[String]) -> Vec<Drawing> {
    let mut losses: Vec<Curve<'_>> = Vec::new();
    if names.len() > 1 {
        losses.push(("sum".into(), Box::new(|of| Some(of.loss))));
    }
    for (at, name) in names.iter().enumerate().take(LINES - losses.len()) {
        losses.push((name.clone(), Box::new(move |of| of.losses.get(at).copied())));
    }
    type One = fn(&Figures) -> Option<f64>;
    let one = |of: One| -> Vec<Curve<'_>> { Vec::from([(String::new(), Box::new(of) as _)]) };
    let charts = [
        ("loss of each constraint", losses, true),
        ("relative L2 error", one(|of| of.error), true),
        ("damping", one(|of| of.second_order.map(|(damping, _, _)| damping)), true),
        ("length of the step", one(|of| of.second_order.map(|(_, length, _)| length)), false),
        ("residual rows", one(|of| of.second_order.map(|(_, _, rows)| rows as f64)), false),
        ("learning rate", one(|of| of.rate), true),
    ];
    charts.iter().filter_map(|(title, lines, powers)| chart(title, steps, lines, *powers)).collect()
}

/// A chart over the steps; `None` if no step has a number for it.
fn chart(title: &str, steps: &[Figures], lines: &[Curve<'_>], powers: bool) -> Option<Drawing> {
    let every = steps.len().div_ceil(MOST).max(1);
    // The last step is always shown.
    let shown = |at: usize| at.is_multiple_of(every) || at + 1 == steps.len();
    let points = |of: &dyn Fn(&Figures) -> Option<f64>| -> Vec<(f64, f64)> {
        let numbers =
            steps.iter().enumerate().filter_map(|(at, figures)| Some((at, figures.step, of(figures)?)));
        let numbers: Vec<_> = numbers.collect();
        let sparse = numbers.len() <= MOST;
        let kept = numbers.into_iter().filter(|(at, ..)| sparse || shown(*at));
        kept.map(|(_, step, value)| (step as f64, if powers { value.log10() } else { value })).collect()
    };
    let lines: Vec<Line> = lines
        .iter()
        .enumerate()
        .map(|(at, (name, of))| Line {
            name: name.clone(),
            colour: colours::LINES[at % LINES],
            dashed: false,
            points: points(of.as_ref()),
        })
        .collect();
    let values = || lines.iter().flat_map(|line| &line.points).map(|(_, y)| *y).filter(|y| y.is_finite());
    values().next()?;
    let (low, high) = spread(values());
    let ends = match powers {
        true => (low.floor(), high.ceil().max(low.floor() + 1.0)),
        false => (low.min(0.0), high + 0.05 * (high - low.min(0.0))),
    };
    let (x, y) = (
        spread(lines.iter().flat_map(|line| &line.points).map(|(x, _)| *x)),
        Axis { powers, ..Axis::new("", ends) },
    );
    let panel = Panel {
        title: title.into(),
        room: 0.0,
        x: Axis { least: 1.0, ..Axis::new("step", x) },
        y,
        size: COURSE,
        content: Content::Lines(lines),
    };
    Some(plot::draw(&[panel], 1))
}
