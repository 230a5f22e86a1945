//! The panel: one row for the sound and one for each activation, with the whole on the left and the loudest moment on
//! the right.
//!
//! All rows have the scales of the sound, so that errors are visible. On the right, the sound is drawn pale behind each
//! fit.

use super::Metrics;
use crate::JobError;
use crate::figure::{Anchor, Chart, Place, Series, Sheet, Stroke, colours};

/// Sizes in pixels.
const LABEL: usize = 150;
const WHOLE: usize = 560;
const MOMENT: usize = 560;
const ROW: usize = 150;
const HEAD: usize = 44;
const FOOT: usize = 54;
const LETTERS: f64 = 20.0;
/// The largest number of intervals of the whole. Each is drawn from its smallest to its largest value.
const PARTS: usize = 500;
/// The duration of the moment in seconds.
const SECONDS: f64 = 0.02;

/// Draws the panel of a sound's `values` and of the `waves` of the activations.
pub fn draw(metrics: &Metrics, values: &[f32], waves: &[Vec<f32>]) -> Result<Sheet, JobError> {
    let rows = waves.len() + 1;
    let mut sheet = Sheet::new(LABEL + WHOLE + MOMENT + 20, HEAD + rows * ROW + FOOT)?;
    sheet.text("the whole", (LABEL + WHOLE / 2, 12), LETTERS + 2.0, Anchor::Centre)?;
    sheet.text("the loudest 20 ms", (LABEL + WHOLE + MOMENT / 2, 12), LETTERS + 2.0, Anchor::Centre)?;
    let peak = values.iter().fold(0.0f32, |peak, value| peak.max(value.abs()));
    let scale = Scale { rate: metrics.rate, peak: f64::from(if peak > 0.0 { peak } else { 1.0 }) };
    let moment = loudest(values, ((SECONDS * metrics.rate) as usize).clamp(2, values.len().max(2)));
    let all = std::iter::once(values).chain(waves.iter().map(Vec::as_slice));
    for (row, wave) in all.enumerate() {
        let (top, last) = (HEAD + row * ROW, row + 1 == rows);
        let height = if last { ROW + FOOT } else { ROW };
        let own = row.checked_sub(1).map(|at| &metrics.activations[at]);
        sheet.text(
            own.map_or("sound", |own| own.name),
            (12, top + ROW / 2 - 12),
            LETTERS + 2.0,
            Anchor::Middle,
        )?;
        if let Some(own) = own {
            let words = format!("{:.1} dB", own.snr_db).replace('-', "\u{2212}");
            sheet.text(&words, (12, top + ROW / 2 + 14), LETTERS, Anchor::Middle)?;
        }
        let whole = scale.chart(0..wave.len(), vec![scale.envelope(wave)], last);
        sheet.chart(&whole, Place { left: LABEL, top, width: WHOLE, height })?;
        let mut series = vec![scale.line(wave, moment.clone(), colours::BLUE)];
        if own.is_some() {
            series.insert(0, scale.line(values, moment.clone(), colours::PALE));
        }
        let near = scale.chart(moment.clone(), series, last);
        sheet.chart(&near, Place { left: LABEL + WHOLE, top, width: MOMENT, height })?;
    }
    Ok(sheet)
}

/// The interval of `length` samples with the most energy. The candidates start at multiples of `length`.
fn loudest(values: &[f32], length: usize) -> std::ops::Range<usize> {
    let energy = |part: &[f32]| part.iter().map(|value| f64::from(*value).powi(2)).sum::<f64>();
    let parts = values.chunks(length).map(energy).enumerate();
    let best = parts.max_by(|a, b| a.1.total_cmp(&b.1)).map_or(0, |(at, _)| at);
    let start = (best * length).min(values.len().saturating_sub(length));
    start..(start + length).min(values.len())
}

/// The scales of the axes.
struct Scale {
    /// Samples per second.
    rate: f64,
    peak: f64,
}

impl Scale {
    /// A bar for each interval of `wave`, from its smallest to its largest value.
    fn envelope(&self, wave: &[f32]) -> Series {
        let length = wave.len().div_ceil(PARTS).max(1);
        let ends = wave.chunks(length).enumerate().flat_map(|(part, values)| {
            let ends = (f32::INFINITY, f32::NEG_INFINITY);
            let (low, high) = values.iter().fold(ends, |(low, high), v| (low.min(*v), high.max(*v)));
            let time = (part * length) as f64 / self.rate;
            [(time, f64::from(low)), (time, f64::from(high))]
        });
        Series { colour: colours::BLUE, stroke: Stroke::Spans, points: ends.collect() }
    }

    fn line(
        &self,
        wave: &[f32],
        samples: std::ops::Range<usize>,
        colour: plotters::style::RGBColor,
    ) -> Series {
        let points = samples.map(|at| (at as f64 / self.rate, f64::from(wave[at])));
        Series { colour, stroke: Stroke::Line, points: points.collect() }
    }

    fn chart(&self, samples: std::ops::Range<usize>, series: Vec<Series>, last: bool) -> Chart {
        let time = |at: usize| at as f64 / self.rate;
        Chart {
            title: String::new(),
            x_label: if last { "seconds".into() } else { String::new() },
            y_label: String::new(),
            x: (time(samples.start), time(samples.end.max(samples.start + 1))),
            y: (-1.1 * self.peak, 1.1 * self.peak),
            x_ticks: if last { 5 } else { 0 },
            y_ticks: 0,
            letters: LETTERS,
            series,
        }
    }
}
