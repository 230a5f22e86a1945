//! Draws the quality of the fits over the steps, with one line per activation.

use plotters::style::RGBColor;

use super::CompareJob;
use crate::JobError;
use crate::figure::{Anchor, Chart, Place, Series, Sheet, Stroke, colours};
use crate::fit::Recipe;

const WIDTH: usize = 1000;
const HEIGHT: usize = 640;
const LETTERS: f64 = 22.0;
/// The width of the names beside the chart, in pixels.
const NAMES: usize = 170;
/// The distance between two names, in pixels.
const LINE: usize = 34;

/// Draws the curves of `lines`: the names of the activations with their `measure` in dB at every step. `told` is the
/// name of the fitted quantity.
pub fn draw(
    options: &CompareJob,
    told: &str,
    measure: &str,
    lines: &[(&str, &[f64])],
) -> Result<Sheet, JobError> {
    let mut sheet = Sheet::new(WIDTH, HEIGHT)?;
    let all = || lines.iter().flat_map(|(_, curve)| curve.iter().copied()).filter(|db| db.is_finite());
    let (low, high) = all().fold((f64::MAX, f64::MIN), |(low, high), v| (low.min(v), high.max(v)));
    // A chart is drawn even without finite values. Its ends are multiples of 5 dB, so that the ticks are round numbers.
    let (low, high) = if low <= high { (low, high) } else { (0.0, 1.0) };
    let fives = |v: f64| v / 5.0;
    let y = (5.0 * fives(low).floor(), 5.0 * fives(high).ceil().max(fives(low).floor() + 1.0));
    let line = |(index, (_, curve)): (usize, &(&str, &[f64]))| Series {
        colour: colour(index),
        stroke: Stroke::Line,
        points: curve.iter().enumerate().map(|(step, db)| ((step + 1) as f64, *db)).collect(),
    };
    let rates = match options.recipe {
        Some(Recipe::Paper) => "the paper's rate of 1e-4 for all",
        None => "each at its own rate",
    };
    let chart = Chart {
        title: format!("Fitted to the {told}, {rates}"),
        x_label: "step".to_string(),
        y_label: format!("{measure} of the {told} in dB"),
        x: (0.0, options.steps.max(2) as f64),
        y,
        x_ticks: 6,
        y_ticks: 6,
        letters: LETTERS,
        series: lines.iter().enumerate().map(line).collect(),
    };
    sheet.chart(&chart, Place { left: 0, top: 0, width: WIDTH - NAMES, height: HEIGHT })?;
    names(&mut sheet, lines)?;
    Ok(sheet)
}

fn colour(index: usize) -> RGBColor {
    colours::LINES[index % colours::LINES.len()]
}

/// Writes the legend, in the order of the last values, the highest first.
fn names(sheet: &mut Sheet, lines: &[(&str, &[f64])]) -> Result<(), JobError> {
    let last = |(_, curve): &(&str, &[f64])| curve.last().copied().unwrap_or(f64::NAN);
    let mut order: Vec<usize> = (0..lines.len()).collect();
    order.sort_by(|a, b| last(&lines[*b]).total_cmp(&last(&lines[*a])));
    for (place, index) in order.into_iter().enumerate() {
        let (left, middle) = (WIDTH - NAMES, 3 * LINE / 2 + place * LINE);
        sheet.line((left, middle), (left + 28, middle), colour(index), 3)?;
        sheet.text(lines[index].0, (left + 38, middle), LETTERS, Anchor::Middle)?;
    }
    Ok(())
}
