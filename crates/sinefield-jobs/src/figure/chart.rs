//! One chart: two axes with their numbers, and bars and lines between them.

use plotters::coord::Shift;
use plotters::prelude::*;

use super::{DrawingError, FINER, colours, font};

/// How a series is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stroke {
    /// Bars from the axis upwards, centred on the points. Their width is the distance between the first two points.
    Bars,
    /// A bar for each pair of points, between their two values. Its width is the distance between the first two pairs.
    Spans,
    /// A line.
    Line,
    /// A dashed line.
    Dashed,
}

/// Points in a chart.
#[derive(Clone, Debug)]
pub struct Series {
    pub colour: RGBColor,
    pub stroke: Stroke,
    pub points: Vec<(f64, f64)>,
}

/// A chart. An empty text takes no room.
#[derive(Clone, Debug)]
pub struct Chart {
    pub title: String,
    pub x_label: String,
    pub y_label: String,
    pub x: (f64, f64),
    pub y: (f64, f64),
    /// The approximate number of labels along each axis; 0 for none.
    pub x_ticks: usize,
    pub y_ticks: usize,
    /// Height of letters, in pixels.
    pub letters: f64,
    pub series: Vec<Series>,
}

impl Chart {
    pub(super) fn draw(&self, area: &DrawingArea<BitMapBackend<'_>, Shift>) -> Result<(), DrawingError> {
        let fine = FINER as f64;
        let line = (self.letters * fine * 1.5) as u32;
        let below = line * (u32::from(self.x_ticks > 0) + u32::from(!self.x_label.is_empty()));
        let beside = line * (2 * u32::from(self.y_ticks > 0) + u32::from(!self.y_label.is_empty()));
        let mut builder = ChartBuilder::on(area);
        builder.margin(line / 4).margin_right(line).x_label_area_size(below).y_label_area_size(beside);
        if !self.title.is_empty() {
            builder.caption(&self.title, font(self.letters));
        }
        let mut context = builder.build_cartesian_2d(self.x.0..self.x.1, self.y.0..self.y.1)?;
        let grid = colours::INK.mix(0.12).stroke_width(1);
        let number = |v: &f64| short(*v);
        context
            .configure_mesh()
            .light_line_style(TRANSPARENT)
            .bold_line_style(grid)
            .axis_style(colours::INK.stroke_width(FINER as u32))
            .x_labels(self.x_ticks)
            .y_labels(self.y_ticks)
            .x_label_formatter(&number)
            .y_label_formatter(&number)
            .label_style(font(self.letters))
            .axis_desc_style(font(self.letters))
            .x_desc(self.x_label.as_str())
            .y_desc(self.y_label.as_str())
            .draw()?;
        for series in &self.series {
            let colour = series.colour;
            let stroke = colour.stroke_width(2 * FINER as u32);
            let inside = series.points.iter().map(|&(x, y)| (x, y.clamp(self.y.0, self.y.1)));
            let inside = inside.filter(|&(x, y)| (self.x.0..=self.x.1).contains(&x) && y.is_finite());
            match series.stroke {
                Stroke::Spans => {
                    let points: Vec<(f64, f64)> = inside.collect();
                    let width = match points.as_slice() {
                        [(a, _), _, (b, _), ..] => b - a,
                        _ => 1.0,
                    };
                    // A span of zero height is still drawn as a thin line.
                    let hair = 0.004 * (self.y.1 - self.y.0);
                    let bar = |pair: &[(f64, f64)]| {
                        let (low, high) = (pair[0].1 - hair, pair[1].1 + hair);
                        Rectangle::new([(pair[0].0, low), (pair[0].0 + width, high)], colour.filled())
                    };
                    context.draw_series(points.chunks_exact(2).map(bar))?;
                }
                Stroke::Bars => {
                    let half = match series.points.as_slice() {
                        [(a, _), (b, _), ..] => 0.5 * (b - a),
                        _ => 0.5,
                    };
                    let bar = |(x, y)| Rectangle::new([(x - half, self.y.0), (x + half, y)], colour.filled());
                    context.draw_series(inside.map(bar))?;
                }
                Stroke::Line => {
                    context.draw_series(LineSeries::new(inside, stroke))?;
                }
                Stroke::Dashed => {
                    let dashes = DashedLineSeries::new(inside, 5 * FINER as u32, 4 * FINER as u32, stroke);
                    context.draw_series(dashes)?;
                }
            };
        }
        Ok(())
    }
}

/// A short label for a number on an axis.
fn short(value: f64) -> String {
    let magnitude = value.abs();
    if magnitude != 0.0 && !(1e-3..1e5).contains(&magnitude) {
        return format!("{value:.0e}");
    }
    let text = format!("{value:.3}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_string() } else { text.replace('-', "\u{2212}") }
}
