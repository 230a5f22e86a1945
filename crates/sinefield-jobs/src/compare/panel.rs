//! The panel: the image and every activation in rows; value, gradient and Laplacian in columns.
//!
//! All rows have the scales of the image, so that errors are visible.

use super::entry::Entry;
use super::sought::Sought;
use crate::JobError;
use crate::figure::{Anchor, Place, Sheet};
use crate::shade::{self, Shade};

/// Sizes in pixels.
const CELL: usize = 240;
const GAP: usize = 12;
const LABEL: usize = 170;
const HEAD: usize = 44;
const WORDS: usize = 34;
const LETTERS: f64 = 20.0;
/// The smallest height of a cell. The largest is twice the width.
const LEAST: usize = 40;

/// Draws the panel.
pub fn draw(sought: &Sought, entries: &[Entry]) -> Result<Sheet, JobError> {
    let (rows, columns) = sought.sides;
    let height = (CELL * rows / columns).clamp(LEAST, 2 * CELL);
    let step = height + WORDS + GAP;
    let mut sheet = Sheet::new(LABEL + 3 * (CELL + GAP) + GAP, HEAD + (entries.len() + 1) * step)?;
    for (column, name) in ["value", "gradient magnitude", "Laplacian"].into_iter().enumerate() {
        sheet.text(name, (centre(column), 12), LETTERS + 2.0, Anchor::Centre)?;
    }
    let shades = Shades::new(sought);
    let discrete = ["the pixels", "by Sobel's operator", "by five points"].map(str::to_string);
    let parts = [&sought.value, &sought.gradient, &sought.laplacian].map(Vec::as_slice);
    row(&mut sheet, &shades, sought, ("image", parts, discrete), HEAD, height)?;
    for (index, entry) in entries.iter().enumerate() {
        let parts = [&entry.value, &entry.gradient, &entry.laplacian].map(Vec::as_slice);
        let words = entry.psnr_db.map(|psnr| format!("{psnr:.1} dB").replace('-', "\u{2212}"));
        let top = HEAD + (index + 1) * step;
        row(&mut sheet, &shades, sought, (entry.contestant.kind.name(), parts, words), top, height)?;
    }
    Ok(sheet)
}

fn centre(column: usize) -> usize {
    LABEL + column * (CELL + GAP) + CELL / 2
}

/// Draws one row: its name, three pictures, and a text below each.
fn row(
    sheet: &mut Sheet,
    shades: &Shades,
    sought: &Sought,
    (name, parts, words): (&str, [&[f32]; 3], [String; 3]),
    top: usize,
    height: usize,
) -> Result<(), JobError> {
    sheet.text(name, (16, top + height / 2), LETTERS + 2.0, Anchor::Middle)?;
    for (column, (bytes, words)) in shades.paint(parts).iter().zip(&words).enumerate() {
        let place = Place { left: LABEL + column * (CELL + GAP), top, width: CELL, height };
        sheet.picture(bytes, sought.sides, 1, place);
        sheet.text(words, (centre(column), top + height + 10), LETTERS, Anchor::Centre)?;
    }
    Ok(())
}

/// The maps from the three quantities to shades, with the scales of the image.
struct Shades {
    value: Shade,
    magnitude: Shade,
    laplacian: Shade,
}

impl Shades {
    fn new(sought: &Sought) -> Self {
        let (low, high) = sought.range();
        let strengths = |numbers: &[f32]| shade::scale(numbers.iter().map(|v| v.abs()).collect());
        Self {
            value: Shade::Value { outputs: 1, low, high },
            magnitude: Shade::Magnitude(strengths(&magnitudes(&sought.gradient))),
            laplacian: Shade::Signed(strengths(&sought.laplacian)),
        }
    }

    fn paint(&self, [value, gradient, laplacian]: [&[f32]; 3]) -> [Vec<u8>; 3] {
        let paint = |shade: &Shade, numbers: &[f32]| {
            let mut out = vec![0; numbers.len()];
            for (number, out) in numbers.iter().zip(&mut out) {
                shade.paint(&[*number], std::slice::from_mut(out));
            }
            out
        };
        let slopes = magnitudes(gradient);
        [paint(&self.value, value), paint(&self.magnitude, &slopes), paint(&self.laplacian, laplacian)]
    }
}

/// The lengths of gradients `(pixels, 2)`.
fn magnitudes(gradient: &[f32]) -> Vec<f32> {
    gradient.chunks_exact(2).map(|slope| slope[0].hypot(slope[1])).collect()
}
