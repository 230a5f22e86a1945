//! The parts of a field's axes that the options ask for.

use sinefield::field::{Axis, Field};
use sinefield::render::{Count, Part};
use sinefield_media::Resize;

use super::Options;
use crate::failure::Failure;

/// Which axis is cut, and where.
#[derive(Clone, Debug)]
pub struct Cut {
    axis: String,
    place: f64,
}

/// `AXIS=VALUE`.
pub fn cut(text: &str) -> Result<Cut, String> {
    let refused = || format!("\"{text}\" is no place of an axis; give one, like z=12.5");
    let (axis, place) = text.split_once('=').ok_or_else(refused)?;
    let place = place.trim().parse().ok().filter(|place: &f64| place.is_finite()).ok_or_else(refused)?;
    Ok(Cut { axis: axis.trim().to_string(), place })
}

/// `A:B`, numbers of frames.
pub fn frames(text: &str) -> Result<(usize, usize), String> {
    let ends = text.split_once(':').and_then(|(a, b)| Some((a.trim().parse().ok()?, b.trim().parse().ok()?)));
    ends.filter(|(a, b)| a < b).ok_or_else(|| {
        format!("\"{text}\" is no run of frames; give the first and the one after the last, like 10:35")
    })
}

/// One part for each coordinate of `field`.
pub fn parts(options: &Options, field: &Field) -> Result<Vec<Part>, Failure> {
    let inputs = field.architecture().inputs;
    let nameless = |at: usize| Axis { name: format!("x{at}"), ..Axis::default() };
    let axes: Vec<Axis> =
        (0..inputs).map(|at| field.meta.axes.get(at).cloned().unwrap_or_else(|| nameless(at))).collect();
    let mut parts = vec![Part::default(); inputs];
    for Cut { axis, place } in &options.at {
        let Some(at) = axes.iter().position(|known| known.name == *axis) else {
            let names: Vec<&str> = axes.iter().map(|axis| axis.name.as_str()).collect();
            return Err(Failure::usage(
                "--at",
                format!("there is no axis {axis}; one of {}", names.join(", ")),
            ));
        };
        parts[at] = Part::At(*place);
    }
    let runs: Vec<usize> = (0..inputs).filter(|at| matches!(parts[*at], Part::Run { .. })).collect();
    let mut set = |at: usize, own: Option<(f64, f64)>, asked: Option<Count>| {
        if let Part::Run { region, count } = &mut parts[at] {
            *region = own.or(*region);
            *count = asked.unwrap_or(*count);
        }
    };
    let time = axes.iter().position(|axis| axis.name == "time").filter(|at| runs.contains(at));
    let sides: Vec<usize> =
        ["row", "column"].iter().filter_map(|name| axes.iter().position(|axis| axis.name == *name)).collect();
    if let Some(scale) = options.scale {
        let scaled = if sides.is_empty() { &runs } else { &sides };
        scaled.iter().for_each(|at| set(*at, None, Some(Count::Scaled(scale))));
    }
    match options.size {
        Some(Resize::Exact { rows, columns }) if sides.len() == 2 => {
            set(sides[0], None, Some(Count::Exact(rows)));
            set(sides[1], None, Some(Count::Exact(columns)));
        }
        Some(longer @ Resize::Fit(_)) if sides.len() == 2 => {
            let native = |at: usize| axes[at].samples.unwrap_or(1);
            let (rows, columns) = longer.apply((native(sides[0]), native(sides[1])));
            set(sides[0], None, Some(Count::Exact(rows)));
            set(sides[1], None, Some(Count::Exact(columns)));
        }
        Some(_) => {
            return Err(Failure::usage(
                "--size",
                "is for rows and columns, which the field has not; give --samples",
            ));
        }
        None => {}
    }
    match options.region.as_deref() {
        None => {}
        Some(&[from, to]) => {
            let first =
                *runs.first().ok_or_else(|| Failure::usage("--region", "no axis is left; drop a --at"))?;
            set(first, Some((from, to)), None);
        }
        Some(&[row0, column0, row1, column1]) if sides.len() == 2 => {
            set(sides[0], Some((row0, row1)), None);
            set(sides[1], Some((column0, column1)), None);
        }
        Some(_) => {
            let what = "give FROM,TO in units of the first axis, or ROW0,COL0,ROW1,COL1 where there are rows and columns";
            return Err(Failure::usage("--region", what));
        }
    }
    let needs_time =
        |option: &str| Failure::usage(option, "is for a field with an axis time that is not cut");
    if let Some(rate) = options.rate {
        set(time.ok_or_else(|| needs_time("--rate"))?, None, Some(Count::PerUnit(rate)));
    }
    if let Some(fps) = options.fps {
        set(time.ok_or_else(|| needs_time("--fps"))?, None, Some(Count::PerUnit(fps)));
    }
    if let Some((from, to)) = options.frames {
        let time = time.ok_or_else(|| needs_time("--frames"))?;
        let (low, high) = axes[time].interval();
        let step = (high - low) / (axes[time].samples.unwrap_or(2).max(2) - 1) as f64;
        set(time, Some((low + from as f64 * step, low + to as f64 * step)), None);
    }
    if let Some(samples) = &options.samples {
        if samples.len() != runs.len() {
            let what =
                format!("{} numbers are given for {} axes; give one for each", samples.len(), runs.len());
            return Err(Failure::usage("--samples", what));
        }
        runs.iter().zip(samples).for_each(|(at, count)| set(*at, None, Some(Count::Exact(*count))));
    }
    Ok(parts)
}
