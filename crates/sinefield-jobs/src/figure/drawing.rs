//! A drawing: marks in order, written as a picture of pixels or as SVG.

use std::fmt::Write;
use std::path::Path;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use plotters::style::RGBColor;

use super::{Anchor, Place, Sheet, colours};
use crate::page::escaped;
use crate::{JobError, output};

/// One mark. Places and widths are in pixels.
#[derive(Clone, Debug, PartialEq)]
pub enum Mark {
    /// Letters `size` pixels high.
    Text { text: String, at: (f64, f64), size: f64, anchor: Anchor },
    /// A line through points, perhaps of dashes.
    Path { points: Vec<(f64, f64)>, colour: RGBColor, width: u32, dashed: bool },
    /// A picture of red, green and blue, scaled to its place without interpolation.
    Picture { rgb: Vec<u8>, sides: (usize, usize), place: Place },
}

/// Marks on a white sheet.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Drawing {
    /// Pixels along a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// The marks, the lowest first.
    pub marks: Vec<Mark>,
}

impl Drawing {
    /// Adds letters.
    pub fn text(&mut self, text: impl Into<String>, at: (f64, f64), size: f64, anchor: Anchor) {
        self.marks.push(Mark::Text { text: text.into(), at, size, anchor });
    }

    /// Adds a line.
    pub fn path(&mut self, points: Vec<(f64, f64)>, colour: RGBColor, width: u32) {
        self.marks.push(Mark::Path { points, colour, width, dashed: false });
    }

    /// The sheet with all marks.
    pub fn sheet(&self) -> Result<Sheet, JobError> {
        let mut sheet = Sheet::new(self.width, self.height)?;
        let whole = |(x, y): (f64, f64)| (x.max(0.0).round() as usize, y.max(0.0).round() as usize);
        for mark in &self.marks {
            match mark {
                Mark::Text { text, at: (x, y), size, anchor } => {
                    // Letters have more room below than above them, and are lowered to their middle.
                    let down = if matches!(anchor, Anchor::Middle | Anchor::End) { 0.12 * size } else { 0.0 };
                    sheet.text(text, whole((*x, y + down)), *size, *anchor)?;
                }
                Mark::Path { points, colour, width, dashed } => {
                    sheet.path(points, *colour, *width, *dashed)?
                }
                Mark::Picture { rgb, sides, place } => sheet.picture(rgb, *sides, 3, *place),
            }
        }
        Ok(sheet)
    }

    /// The drawing as an element of SVG, which may stand in a page or be a file.
    ///
    /// # Errors
    /// If there is no memory for a picture.
    pub fn svg(&self) -> Result<String, JobError> {
        let Self { width, height, .. } = self;
        let mut out = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
             viewBox=\"0 0 {width} {height}\" font-family=\"DejaVu Sans, Verdana, sans-serif\" fill=\"{}\">\n\
             <rect width=\"{width}\" height=\"{height}\" fill=\"#ffffff\"/>\n",
            hex(colours::INK)
        );
        for mark in &self.marks {
            out += &element(mark)?;
            out.push('\n');
        }
        out += "</svg>";
        Ok(out)
    }

    /// Writes the drawing as the file `path`: SVG if its name ends in .svg, otherwise a picture.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), JobError> {
        if is_svg(path) { output::text(path, &self.svg()?) } else { self.sheet()?.write(path) }
    }
}

/// Whether the name of a file ends in .svg.
pub fn is_svg(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("svg"))
}

fn hex(RGBColor(red, green, blue): RGBColor) -> String {
    format!("#{red:02x}{green:02x}{blue:02x}")
}

/// One mark as an element of SVG.
fn element(mark: &Mark) -> Result<String, JobError> {
    Ok(match mark {
        Mark::Text { text, at: (x, y), size, anchor } => {
            // A line of letters is about as high as their size, and its middle is a third of it above the baseline.
            let (side, down) = match anchor {
                Anchor::Left => ("start", 0.85),
                Anchor::Centre => ("middle", 0.85),
                Anchor::Middle => ("start", 0.35),
                Anchor::End => ("end", 0.35),
                Anchor::Turned => ("middle", 0.35),
            };
            let turn = match anchor {
                Anchor::Turned => format!(" transform=\"rotate(-90 {x:.1} {y:.1})\""),
                _ => String::new(),
            };
            let (text, base, letters) = (escaped(text), y + down * size, LETTER * size);
            format!(
                "<text x=\"{x:.1}\" y=\"{base:.1}\" font-size=\"{letters:.1}\" text-anchor=\"{side}\"{turn}>{text}</text>"
            )
        }
        Mark::Path { points, colour, width, dashed } => {
            let mut line = String::new();
            for (x, y) in points {
                // Writing to a string cannot fail.
                let _ = write!(line, "{x:.1},{y:.1} ");
            }
            let dashes = if *dashed { " stroke-dasharray=\"5 4\"" } else { "" };
            format!(
                "<polyline points=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"{width}\"{dashes}/>",
                line.trim_end(),
                hex(*colour)
            )
        }
        Mark::Picture { rgb, sides: (rows, columns), place: Place { left, top, width, height } } => {
            let bytes = sinefield_media::png_bytes(*rows, *columns, 3, rgb)?;
            format!(
                "<image x=\"{left}\" y=\"{top}\" width=\"{width}\" height=\"{height}\" preserveAspectRatio=\"none\" \
                 style=\"image-rendering:pixelated\" href=\"data:image/png;base64,{}\"/>",
                BASE64_STANDARD.encode(bytes)
            )
        }
    })
}

/// The size of letters in SVG for a size of letters on a sheet, which includes the space between lines.
const LETTER: f64 = 0.86;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_texts_are_escaped() {
        let mut drawing = Drawing { width: 10, height: 10, ..Drawing::default() };
        drawing.text("</text><script>a & 'b' \"c\"\u{0}\u{1b}", (1.0, 1.0), 9.0, Anchor::Left);
        let svg = drawing.svg().unwrap();
        assert!(
            svg.contains(
                "&lt;/text&gt;&lt;script&gt;a &amp; &#39;b&#39; &quot;c&quot;\u{fffd}\u{fffd}</text>"
            ),
            "{svg}"
        );
        assert!(!svg.contains("<script"), "{svg}");
    }

    #[test]
    fn a_picture_has_the_same_colours_on_the_sheet() {
        let place = Place { left: 2, top: 1, width: 4, height: 2 };
        let rgb = vec![10, 20, 30, 40, 50, 60];
        let marks = vec![Mark::Picture { rgb, sides: (1, 2), place }];
        let drawing = Drawing { width: 8, height: 4, marks };
        let bytes = drawing.sheet().unwrap().finish();
        let pixel = |x: usize, y: usize| bytes[(y * 8 + x) * 3..][..3].to_vec();
        assert_eq!(pixel(2, 1), [10, 20, 30]);
        assert_eq!(pixel(3, 2), [10, 20, 30]);
        assert_eq!(pixel(5, 2), [40, 50, 60]);
        assert_eq!(pixel(6, 2), [255, 255, 255]);
    }
}
