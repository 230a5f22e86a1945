//! A surface as a figure: the picture, a title above it and a colour bar beside it.

use super::Look;
use super::paint::on_white;
use crate::figure::bar::{self, STROKE};
use crate::figure::colour_map::ColourMap;
use crate::figure::plot::{Axis, BAR_GAP, LETTERS, LINE, MARGIN, title_width};
use crate::figure::{Anchor, Drawing, Mark, Place, text_width};

/// The title of a number of a surface. `unit` is that of the coordinates in words.
pub fn title(look: Look, unit: &str) -> String {
    match look {
        Look::Curvature => format!("mean curvature, 1/{unit}"),
        _ if unit == "unit" => "distance from the camera".into(),
        _ => format!("distance from the camera, {unit}"),
    }
}

/// The figure of `pixels`, which are red, green, blue and opacity.
pub fn figure(
    pixels: &[u8],
    (rows, columns): (usize, usize),
    title: &str,
    (map, ends): (ColourMap, (f64, f64)),
) -> Drawing {
    let ticks = Axis::new("", ends).ticks(rows as f64, false);
    let widest = ticks.iter().map(|tick| text_width(&tick.label, LETTERS)).fold(0.0, f64::max);
    let (top, height) = ((MARGIN + 1.2 * LINE).round(), rows as f64);
    let bar = MARGIN + columns as f64 + BAR_GAP;
    let beside = bar + bar::WIDTH + STROKE + 6.0 + widest + MARGIN;
    // The title stands over the picture, unless it has no room there.
    let middle = (MARGIN + columns as f64 / 2.0).max(MARGIN + title_width(title) / 2.0);
    let width = beside.max(middle + title_width(title) / 2.0 + MARGIN);
    // The lowest number of the bar reaches below it.
    let below = 0.5 * LETTERS + MARGIN;
    let mut out = Drawing {
        width: width.ceil() as usize,
        height: (top + height + below).ceil() as usize,
        marks: vec![],
    };
    let place = Place { left: MARGIN as usize, top: top as usize, width: columns, height: rows };
    out.marks.push(Mark::Picture { rgb: on_white(pixels), sides: (rows, columns), place });
    bar::draw(&mut out, (bar, top), rows, (map, ends), (&ticks, LETTERS));
    out.text(title, (middle, MARGIN), LETTERS + 1.0, Anchor::Centre);
    out
}
