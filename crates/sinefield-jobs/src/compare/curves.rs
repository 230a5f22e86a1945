//! The PSNR of what was told, over the steps, a line an activation.

use plotters::style::RGBColor;

use super::CompareJob;
use super::entry::Entry;
use crate::JobError;
use crate::figure::{Anchor, Chart, Place, Series, Sheet, Stroke, colours};
use crate::fit::Recipe;

const WIDTH: usize = 1000;
const HEIGHT: usize = 640;
const LETTERS: f64 = 22.0;
/// For the names, beside the chart.
const NAMES: usize = 170;
/// From one name to the next.
const LINE: usize = 34;

/// Draws the curves.
pub fn draw(options: &CompareJob, entries: &[Entry]) -> Result<Sheet, JobError> {
    let mut sheet = Sheet::new(WIDTH, HEIGHT)?;
    let all = || entries.iter().flat_map(|entry| entry.curve.iter().copied()).filter(|psnr| psnr.is_finite());
    let (low, high) = all().fold((f64::MAX, f64::MIN), |(low, high), v| (low.min(v), high.max(v)));
    // Nothing finite to show still makes a chart; whole tens make even axes.
    let (low, high) = if low <= high { (low, high) } else { (0.0, 1.0) };
    let tens = |v: f64| v / 5.0;
    let y = (5.0 * tens(low).floor(), 5.0 * tens(high).ceil().max(tens(low).floor() + 1.0));
    let line = |(index, entry): (usize, &Entry)| Series {
        colour: colour(index),
        stroke: Stroke::Line,
        points: entry.curve.iter().enumerate().map(|(step, psnr)| ((step + 1) as f64, *psnr)).collect(),
    };
    let rates = match options.recipe {
        Some(Recipe::Paper) => "the paper's rate of 1e-4 for all",
        None => "each at its own rate",
    };
    let chart = Chart {
        title: format!("Fitted to the {}, {rates}", options.supervise.name()),
        x_label: "step".to_string(),
        y_label: format!("PSNR of the {} in dB", options.supervise.name()),
        x: (0.0, options.steps.max(2) as f64),
        y,
        x_ticks: 6,
        y_ticks: 6,
        letters: LETTERS,
        series: entries.iter().enumerate().map(line).collect(),
    };
    sheet.chart(&chart, Place { left: 0, top: 0, width: WIDTH - NAMES, height: HEIGHT })?;
    names(&mut sheet, entries)?;
    Ok(sheet)
}

fn colour(index: usize) -> RGBColor {
    colours::LINES[index % colours::LINES.len()]
}

/// Writes which line is whose, the highest at the end first.
fn names(sheet: &mut Sheet, entries: &[Entry]) -> Result<(), JobError> {
    let last = |entry: &Entry| entry.curve.last().copied().unwrap_or(f64::NAN);
    let mut order: Vec<usize> = (0..entries.len()).collect();
    order.sort_by(|a, b| last(&entries[*b]).total_cmp(&last(&entries[*a])));
    for (place, index) in order.into_iter().enumerate() {
        let (left, middle) = (WIDTH - NAMES, 3 * LINE / 2 + place * LINE);
        sheet.line((left, middle), (left + 28, middle), colour(index), 3)?;
        sheet.text(entries[index].contestant.kind.name(), (left + 38, middle), LETTERS, Anchor::Middle)?;
    }
    Ok(())
}
