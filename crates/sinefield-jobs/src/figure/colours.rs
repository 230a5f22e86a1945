//! The colours of figures, based on Okabe and Ito (2008), whose palette people with any colour vision can distinguish.

use plotters::style::RGBColor;

/// Text and axes.
pub const INK: RGBColor = RGBColor(40, 40, 40);
/// Bars, and secondary lines.
pub const PALE: RGBColor = RGBColor(170, 196, 222);
/// Blue.
pub const BLUE: RGBColor = RGBColor(0, 114, 178);
/// Vermilion.
pub const RED: RGBColor = RGBColor(213, 94, 0);
/// Green.
pub const GREEN: RGBColor = RGBColor(0, 158, 115);

/// The colours of the lines in a chart, in order.
pub const LINES: [RGBColor; 10] = [
    BLUE,
    RED,
    GREEN,
    RGBColor(204, 121, 167),
    RGBColor(230, 159, 0),
    RGBColor(86, 180, 233),
    RGBColor(90, 90, 90),
    RGBColor(140, 86, 75),
    RGBColor(110, 110, 200),
    RGBColor(150, 170, 30),
];
