//! A colour bar: the colours of a map from its foot to its top, with numbers beside them.

use super::colour_map::ColourMap;
use super::ticks::Tick;
use super::{Anchor, Drawing, Mark, Place, colours};

/// The width of a colour bar.
pub const WIDTH: f64 = 18.0;
/// The length of the strokes at the numbers of an axis.
pub const STROKE: f64 = 6.0;
/// The shades of a colour bar.
const SHADES: usize = 256;

/// Draws the bar of `map` with its top left corner at `corner`. The two `ends` are the numbers at its foot and its top,
/// and `ticks` those beside it, in letters `letters` pixels high.
pub fn draw(
    out: &mut Drawing,
    (left, top): (f64, f64),
    height: usize,
    (map, ends): (ColourMap, (f64, f64)),
    (ticks, letters): (&[Tick], f64),
) {
    let shade = |row: usize| 1.0 - (row as f64 + 0.5) / SHADES as f64;
    let rgb = (0..SHADES).flat_map(|row| map.colour(shade(row))).collect();
    let place = Place { left: left as usize, top: top as usize, width: WIDTH as usize, height };
    out.marks.push(Mark::Picture { rgb, sides: (SHADES, 1), place });
    let height = height as f64;
    outline(out, (left, top), (WIDTH, height));
    for tick in ticks {
        let y = top + height * (1.0 - (tick.at - ends.0) / (ends.1 - ends.0));
        out.path(vec![(left + WIDTH, y), (left + WIDTH + STROKE, y)], colours::INK, 1);
        out.text(&tick.label, (left + WIDTH + STROKE + 5.0, y), letters, Anchor::Middle);
    }
}

/// Draws the outline of a box.
pub fn outline(out: &mut Drawing, (left, top): (f64, f64), (width, height): (f64, f64)) {
    let (right, bottom) = (left + width, top + height);
    let corners = vec![(left, top), (right, top), (right, bottom), (left, bottom), (left, top)];
    out.path(corners, colours::INK, 1);
}
