//! Figures: a white sheet with charts, pictures and text.
//!
//! Everything is drawn at twice the size and then averaged over 2 x 2 pixels, so that lines and letters are smooth. The
//! font is embedded in the program, so no installed font is needed.

pub mod bar;
mod chart;
pub mod colour_map;
pub mod colours;
mod drawing;
pub mod plot;
pub mod ticks;

use std::path::Path;
use std::sync::OnceLock;

use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{FontTransform, TextStyle, register_font};

pub use chart::{Chart, Series, Stroke};
pub use drawing::{Drawing, Mark, is_svg};

use crate::JobError;
use crate::output;

/// DejaVu Sans; see the licence beside it.
const FONT: &[u8] = include_bytes!("../../../../assets/fonts/DejaVuSans.ttf");
/// The name under which the font is registered.
const FAMILY: &str = "sans-serif";
/// Pixels drawn for each pixel of the figure, along each side.
const FINER: usize = 2;

/// A rectangle of the sheet, in pixels: left, top, width, height.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    pub left: usize,
    pub top: usize,
    pub width: usize,
    pub height: usize,
}

/// The position of a text relative to its point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    /// The point is the left end of the top edge.
    Left,
    /// The point is the middle of the top edge.
    Centre,
    /// The point is the middle of the left edge.
    Middle,
    /// The point is the middle of the right edge.
    End,
    /// The text runs upwards, and the point is its middle.
    Turned,
}

/// A sheet to draw on.
pub struct Sheet {
    width: usize,
    height: usize,
    /// Red, green and blue of each pixel, at the finer size.
    pixels: Vec<u8>,
}

impl Sheet {
    /// A white sheet of `width` by `height` pixels.
    pub fn new(width: usize, height: usize) -> Result<Self, JobError> {
        if !registered() {
            return Err(JobError::fault("figure", "the program's own font cannot be read; build it again"));
        }
        Ok(Self { width, height, pixels: vec![255; width * height * 3 * FINER * FINER] })
    }

    /// Draws into `place` with plotters, in finer pixels.
    fn draw<R>(
        &mut self,
        place: Place,
        work: impl FnOnce(&DrawingArea<BitMapBackend<'_>, plotters::coord::Shift>) -> Result<R, DrawingError>,
    ) -> Result<R, JobError> {
        let size = ((self.width * FINER) as u32, (self.height * FINER) as u32);
        let all = BitMapBackend::with_buffer(&mut self.pixels, size).into_drawing_area();
        let fine = |n: usize| (n * FINER) as u32;
        let area = all.shrink((fine(place.left), fine(place.top)), (fine(place.width), fine(place.height)));
        let drawn = work(&area).and_then(|result| area.present().map(|()| result));
        drawn.map_err(|error| JobError::fault("figure", format!("cannot be drawn ({error}); report this")))
    }

    fn whole(&self) -> Place {
        Place { left: 0, top: 0, width: self.width, height: self.height }
    }

    /// Writes `text` in letters `size` pixels high.
    pub fn text(
        &mut self,
        text: &str,
        (x, y): (usize, usize),
        size: f64,
        anchor: Anchor,
    ) -> Result<(), JobError> {
        let (h, v) = match anchor {
            Anchor::Left => (HPos::Left, VPos::Top),
            Anchor::Centre => (HPos::Center, VPos::Top),
            Anchor::Middle => (HPos::Left, VPos::Center),
            Anchor::End => (HPos::Right, VPos::Center),
            Anchor::Turned => (HPos::Center, VPos::Center),
        };
        let mut style = font(size).pos(Pos::new(h, v));
        if anchor == Anchor::Turned {
            style = style.transform(FontTransform::Rotate270);
        }
        let at = ((x * FINER) as i32, (y * FINER) as i32);
        self.draw(self.whole(), |area| area.draw_text(text, &style, at))
    }

    /// Draws a straight line `width` pixels wide.
    pub fn line(
        &mut self,
        from: (usize, usize),
        to: (usize, usize),
        colour: RGBColor,
        width: u32,
    ) -> Result<(), JobError> {
        let fine = |(x, y): (usize, usize)| ((x * FINER) as i32, (y * FINER) as i32);
        let stroke = colour.stroke_width(width * FINER as u32);
        self.draw(self.whole(), |area| area.draw(&PathElement::new([fine(from), fine(to)], stroke)))
    }

    /// Draws a line through `points`, in dashes if `dashed`.
    pub fn path(
        &mut self,
        points: &[(f64, f64)],
        colour: RGBColor,
        width: u32,
        dashed: bool,
    ) -> Result<(), JobError> {
        let fine = |v: f64| (v * FINER as f64).round() as i32;
        let points: Vec<(i32, i32)> = points.iter().map(|(x, y)| (fine(*x), fine(*y))).collect();
        let stroke = colour.stroke_width(width * FINER as u32);
        self.draw(self.whole(), |area| match dashed {
            false => area.draw(&PathElement::new(points, stroke)),
            true => area.draw(&plotters::element::DashedPathElement::new(
                points,
                5 * FINER as u32,
                4 * FINER as u32,
                stroke,
            )),
        })
    }

    /// Fills a rectangle.
    pub fn fill(&mut self, place: Place, colour: RGBColor) -> Result<(), JobError> {
        self.draw(place, |area| area.fill(&colour))
    }

    /// Draws a chart.
    pub fn chart(&mut self, chart: &Chart, place: Place) -> Result<(), JobError> {
        self.draw(place, |area| chart.draw(area))
    }

    /// Draws a picture of `(rows, columns)` pixels with 1 or 3 `channels` into `place`, scaled to it without
    /// interpolation.
    pub fn picture(&mut self, bytes: &[u8], (rows, columns): (usize, usize), channels: usize, place: Place) {
        let line = self.width * FINER * 3;
        for y in 0..place.height * FINER {
            let row = y * rows / (place.height * FINER);
            for x in 0..place.width * FINER {
                let column = x * columns / (place.width * FINER);
                let from = &bytes[(row * columns + column) * channels..][..channels];
                let at = (place.top * FINER + y) * line + (place.left * FINER + x) * 3;
                for (c, out) in self.pixels[at..at + 3].iter_mut().enumerate() {
                    *out = from[c.min(channels - 1)];
                }
            }
        }
    }

    /// The finished pixels of the sheet: red, green and blue, averaged over the finer pixels.
    pub(crate) fn finish(&self) -> Vec<u8> {
        let line = self.width * FINER * 3;
        let mut out = Vec::with_capacity(self.width * self.height * 3);
        for y in 0..self.height {
            for x in 0..self.width {
                for c in 0..3 {
                    let at = |dy: usize, dx: usize| {
                        u32::from(self.pixels[(y * FINER + dy) * line + (x * FINER + dx) * 3 + c])
                    };
                    out.push(((at(0, 0) + at(0, 1) + at(1, 0) + at(1, 1) + 2) / 4) as u8);
                }
            }
        }
        out
    }

    /// Writes the sheet as the picture `path`.
    pub fn write(&self, path: &Path) -> Result<(), JobError> {
        output::picture(path, (self.height, self.width), 3, &self.finish())
    }
}

/// Whether the font is registered with the drawing library. That happens once.
fn registered() -> bool {
    static REGISTERED: OnceLock<bool> = OnceLock::new();
    *REGISTERED.get_or_init(|| register_font(FAMILY, FontStyle::Normal, FONT).is_ok())
}

/// The width of `text` in letters `size` pixels high, in pixels.
pub fn text_width(text: &str, size: f64) -> f64 {
    let guess = 0.6 * size * text.chars().count() as f64;
    if !registered() {
        return guess;
    }
    font(size).font.box_size(text).map_or(guess, |(width, _)| f64::from(width) / FINER as f64)
}

type DrawingError = DrawingAreaErrorKind<<BitMapBackend<'static> as DrawingBackend>::ErrorType>;

/// Letters `size` pixels high.
fn font(size: f64) -> TextStyle<'static> {
    TextStyle::from((FAMILY, size * FINER as f64).into_font()).color(&colours::INK)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Dark pixels in a rectangle of the finished sheet.
    fn ink(sheet: &Sheet, place: Place) -> usize {
        let bytes = sheet.finish();
        let dark = |x: usize, y: usize| bytes[(y * sheet.width + x) * 3] < 128;
        let rows = place.top..place.top + place.height;
        rows.map(|y| (place.left..place.left + place.width).filter(|x| dark(*x, y)).count()).sum()
    }

    #[test]
    fn words_lie_where_they_are_put() {
        let mut sheet = Sheet::new(200, 60).unwrap();
        sheet.text("ω = 30, ∂²u", (20, 10), 20.0, Anchor::Left).unwrap();
        let all = ink(&sheet, sheet.whole());
        let written = ink(&sheet, Place { left: 18, top: 4, width: 160, height: 40 });
        assert!(all > 100 && written == all, "{written} of {all}");
    }

    #[test]
    fn pictures_fill_their_place_and_nothing_else() {
        let mut sheet = Sheet::new(20, 10).unwrap();
        let place = Place { left: 3, top: 2, width: 8, height: 4 };
        sheet.picture(&[0, 255, 0, 0], (2, 2), 1, place);
        assert_eq!(ink(&sheet, sheet.whole()), 24);
        assert_eq!(ink(&sheet, Place { left: 7, top: 2, width: 4, height: 2 }), 0);
        assert_eq!(ink(&sheet, place), 24);
    }
}
