//! Panels with axes: maps of numbers as colours with a bar beside them, and lines over a coordinate.
//!
//! ```text
//!          title
//!   y  +-----------+  +-+ 1
//!   l  |           |  | |
//!   a  | the box   |  | | 0       a bar for maps, names for lines
//!   b  |           |  | |
//!   el +-----------+  +-+ -1
//!      0     1     2
//!          x label
//! ```

use plotters::style::RGBColor;

use super::bar::{self, STROKE, outline};
use super::colour_map::ColourMap;
use super::ticks::{self, Tick};
use super::{Anchor, Drawing, Mark, Place, colours, text_width};

/// Height of letters, in pixels.
pub const LETTERS: f64 = 19.0;
/// The height of a line of letters.
pub const LINE: f64 = 1.45 * LETTERS;
/// The room around a panel.
pub const MARGIN: f64 = 14.0;
/// The distance of a colour bar from the box.
pub const BAR_GAP: f64 = 18.0;
/// The longest name beside the lines, in characters.
const LONGEST: usize = 28;

/// An axis of a box. For the horizontal one the first end is on the left, for the vertical one at the bottom.
#[derive(Clone, Debug)]
pub struct Axis {
    pub label: String,
    pub ends: (f64, f64),
    /// Whether places are logarithms to the base 10.
    pub powers: bool,
    /// The least distance of two numbers: 1 for an axis that counts.
    pub least: f64,
}

impl Axis {
    /// A linear axis.
    pub fn new(label: impl Into<String>, ends: (f64, f64)) -> Self {
        Self { label: label.into(), ends, powers: false, least: 0.0 }
    }

    /// The place of a number, from 0 at the first end to 1 at the other.
    fn part(&self, at: f64) -> f64 {
        (at - self.ends.0) / (self.ends.1 - self.ends.0)
    }

    /// The numbers of the axis in a box side of `length` pixels, as many as have room.
    pub fn ticks(&self, length: f64, sideways: bool) -> Vec<Tick> {
        let ends = (self.ends.0.min(self.ends.1), self.ends.0.max(self.ends.1));
        let of = |most| match self.powers {
            true => ticks::powers(ends, most),
            false => ticks::linear(ends, self.least, most),
        };
        let room = |ticks: &[Tick]| -> f64 {
            let size = |tick: &Tick| {
                if sideways { text_width(&tick.label, LETTERS) + LETTERS } else { 2.2 * LETTERS }
            };
            ticks.iter().map(size).sum()
        };
        let most = [6, 5, 4, 3, 2].into_iter().map(of).find(|ticks| room(ticks) <= length);
        most.unwrap_or_else(|| of(1))
    }
}

/// A line of a panel.
#[derive(Clone, Debug)]
pub struct Line {
    /// Its name in the legend; empty without an entry.
    pub name: String,
    pub colour: RGBColor,
    pub dashed: bool,
    /// Its points; it is broken at numbers that are not finite.
    pub points: Vec<(f64, f64)>,
}

/// What a box contains.
#[derive(Clone, Debug)]
pub enum Content {
    /// Numbers as colours, row by row from the top.
    Map {
        values: Vec<f32>,
        sides: (usize, usize),
        map: ColourMap,
        ends: (f64, f64),
        ticks: Option<Vec<Tick>>,
    },
    /// Lines, the lowest first.
    Lines(Vec<Line>),
}

/// A box with its axes.
#[derive(Clone, Debug)]
pub struct Panel {
    pub title: String,
    /// The least width that is kept for the title, in pixels. The panels of an animation stay where they are with that of the
    /// longest title.
    pub room: f64,
    pub x: Axis,
    pub y: Axis,
    /// The width and the height of the box, in pixels.
    pub size: (usize, usize),
    pub content: Content,
}

/// The width of a title in pixels.
pub fn title_width(title: &str) -> f64 {
    text_width(title, LETTERS + 1.0)
}

/// The rooms around the box of a panel, and the numbers of its axes.
struct Layout {
    left: f64,
    top: f64,
    width: f64,
    height: f64,
    x: Vec<Tick>,
    y: Vec<Tick>,
    bar: Vec<Tick>,
}

impl Panel {
    fn layout(&self) -> Layout {
        let (box_width, box_height) = (self.size.0 as f64, self.size.1 as f64);
        let (x, y) = (self.x.ticks(box_width, true), self.y.ticks(box_height, false));
        let widest = |ticks: &[Tick]| ticks.iter().map(|t| text_width(&t.label, LETTERS)).fold(0.0, f64::max);
        let label = if self.y.label.is_empty() { 0.0 } else { LINE };
        let left = MARGIN + label + widest(&y) + STROKE + 6.0;
        let top = MARGIN + if self.title.is_empty() { 0.5 * LETTERS } else { 1.2 * LINE };
        let bottom = STROKE + LINE + if self.x.label.is_empty() { 0.0 } else { LINE } + MARGIN;
        let (bar, beside) = match &self.content {
            Content::Map { ends, ticks, .. } => {
                let bar = ticks.clone().unwrap_or_else(|| Axis::new("", *ends).ticks(box_height, false));
                let beside = BAR_GAP + bar::WIDTH + STROKE + 6.0 + widest(&bar);
                (bar, beside)
            }
            Content::Lines(lines) => {
                let names = lines.iter().filter(|line| !line.name.is_empty());
                let width =
                    names.map(|line| 40.0 + text_width(&shortened(&line.name), LETTERS)).fold(0.0, f64::max);
                (Vec::new(), if width > 0.0 { BAR_GAP + width } else { 0.0 })
            }
        };
        // The last number of the horizontal axis may reach beyond the box.
        let last = x.last().map_or(0.0, |tick| text_width(&tick.label, LETTERS) / 2.0);
        let needed = left + box_width + beside.max(last) + MARGIN;
        let title = self.title_at(left) + self.half_title() + MARGIN;
        Layout {
            left,
            top,
            width: needed.max(title).ceil(),
            height: (top + box_height + bottom).ceil(),
            x,
            y,
            bar,
        }
    }

    /// The middle of the title in a panel whose box begins at `left`: that of the box, unless a long title has no room.
    fn title_at(&self, left: f64) -> f64 {
        (left + self.size.0 as f64 / 2.0).max(MARGIN + self.half_title())
    }

    /// Half of the width that is kept for the title.
    fn half_title(&self) -> f64 {
        title_width(&self.title).max(self.room) / 2.0
    }

    /// Draws the panel with its top left corner at `corner`.
    fn draw(&self, layout: &Layout, corner: (f64, f64), out: &mut Drawing) {
        let (left, top) = ((corner.0 + layout.left).round(), (corner.1 + layout.top).round());
        let (width, height) = (self.size.0 as f64, self.size.1 as f64);
        let place = |left: f64, width: f64| Place {
            left: left as usize,
            top: top as usize,
            width: width as usize,
            height: self.size.1,
        };
        let across = |at: f64| left + width * self.x.part(at);
        let up = |at: f64| top + height * (1.0 - self.y.part(at));
        match &self.content {
            Content::Map { values, sides, map, ends, .. } => {
                let rgb = painted(values, *map, *ends);
                out.marks.push(Mark::Picture { rgb, sides: *sides, place: place(left, width) });
                let corner = (left + width + BAR_GAP, top);
                bar::draw(out, corner, self.size.1, (*map, *ends), (&layout.bar, LETTERS));
            }
            Content::Lines(lines) => {
                let pale = RGBColor(225, 225, 225);
                for tick in &layout.x {
                    out.path(vec![(across(tick.at), top), (across(tick.at), top + height)], pale, 1);
                }
                for tick in &layout.y {
                    out.path(vec![(left, up(tick.at)), (left + width, up(tick.at))], pale, 1);
                }
                for line in lines {
                    let inside = |v: f64| v.clamp(top, top + height);
                    let place = |&(x, y): &(f64, f64)| (across(x), inside(up(y)));
                    for run in line.points.split(|(x, y)| !(x.is_finite() && y.is_finite())) {
                        if run.len() > 1 {
                            let (points, colour) = (run.iter().map(place).collect(), line.colour);
                            out.marks.push(Mark::Path { points, colour, width: 2, dashed: line.dashed });
                        }
                    }
                }
                legend(out, lines, (left + width + BAR_GAP, top));
            }
        }
        outline(out, (left, top), (width, height));
        let below = top + height;
        for tick in &layout.x {
            let x = across(tick.at);
            out.path(vec![(x, below), (x, below + STROKE)], colours::INK, 1);
            out.text(&tick.label, (x, below + STROKE + 3.0), LETTERS, Anchor::Centre);
        }
        for tick in &layout.y {
            let y = up(tick.at);
            out.path(vec![(left - STROKE, y), (left, y)], colours::INK, 1);
            out.text(&tick.label, (left - STROKE - 5.0, y), LETTERS, Anchor::End);
        }
        if !self.x.label.is_empty() {
            let at = (left + width / 2.0, below + STROKE + 2.0 + LINE);
            out.text(&self.x.label, at, LETTERS, Anchor::Centre);
        }
        if !self.y.label.is_empty() {
            let at = (corner.0 + MARGIN + LINE / 2.0 - 4.0, top + height / 2.0);
            out.text(&self.y.label, at, LETTERS, Anchor::Turned);
        }
        if !self.title.is_empty() {
            let at = (corner.0 + self.title_at(layout.left), corner.1 + MARGIN);
            out.text(&self.title, at, LETTERS + 1.0, Anchor::Centre);
        }
    }
}

/// The panels in rows of at most `across`.
pub fn draw(panels: &[Panel], across: usize) -> Drawing {
    let layouts: Vec<Layout> = panels.iter().map(Panel::layout).collect();
    let mut out = Drawing::default();
    let mut corner = (0.0, 0.0);
    for (panels, layouts) in panels.chunks(across.max(1)).zip(layouts.chunks(across.max(1))) {
        corner.0 = 0.0;
        for (panel, layout) in panels.iter().zip(layouts) {
            panel.draw(layout, corner, &mut out);
            corner.0 += layout.width;
        }
        corner.1 += layouts.iter().map(|layout| layout.height).fold(0.0, f64::max);
        out.width = out.width.max(corner.0 as usize);
    }
    out.height = corner.1 as usize;
    out
}

/// The colours of `values`. The two `ends` have the first and the last colour.
fn painted(values: &[f32], map: ColourMap, (low, high): (f64, f64)) -> Vec<u8> {
    let part = |value: &f32| (f64::from(*value) - low) / (high - low);
    values
        .iter()
        .flat_map(|value| map.colour(if value.is_finite() { part(value) } else { f64::NAN }))
        .collect()
}

/// The names of the lines, beside the box.
fn legend(out: &mut Drawing, lines: &[Line], (left, top): (f64, f64)) {
    for (row, line) in lines.iter().filter(|line| !line.name.is_empty()).enumerate() {
        let y = top + LINE * (row as f64 + 0.5);
        let points = vec![(left, y), (left + 26.0, y)];
        out.marks.push(Mark::Path { points, colour: line.colour, width: 3, dashed: line.dashed });
        out.text(shortened(&line.name), (left + 34.0, y), LETTERS, Anchor::Middle);
    }
}

/// A name with an ellipsis in place of what is too long.
fn shortened(name: &str) -> String {
    if name.chars().count() <= LONGEST {
        return name.to_string();
    }
    name.chars().take(LONGEST - 1).chain(['…']).collect()
}

/// The ends of an axis for numbers from `low` to `high`, which may be equal, or none at all.
pub fn spread(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let finite = values.filter(|v| v.is_finite());
    let (low, high) = finite.fold((f64::MAX, f64::MIN), |(low, high), v| (low.min(v), high.max(v)));
    match low.partial_cmp(&high) {
        Some(std::cmp::Ordering::Less) => (low, high),
        // Equal numbers are in the middle of the axis.
        Some(std::cmp::Ordering::Equal) => {
            let around = if low == 0.0 { 1.0 } else { 0.1 * low.abs() };
            (low - around, high + around)
        }
        _ => (0.0, 1.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_those_of_the_map_and_axes_have_their_ends() {
        let values = vec![0.0, 1.0, f32::NAN, 0.25];
        let content = Content::Map {
            values: values.clone(),
            sides: (2, 2),
            map: ColourMap::Sequential,
            ends: (0.0, 1.0),
            ticks: None,
        };
        let (x, y) = (Axis::new("x", (0.0, 1.0)), Axis::new("y", (0.0, 2.0)));
        let panel = Panel { title: "u".into(), room: 0.0, x, y, size: (40, 40), content };
        let layout = panel.layout();
        let drawing = draw(&[panel], 1);
        let bytes = drawing.sheet().unwrap().finish();
        let (left, top) = (layout.left.round() as usize, layout.top.round() as usize);
        let pixel = |x: usize, y: usize| bytes[((top + y) * drawing.width + left + x) * 3..][..3].to_vec();
        for (at, (x, y)) in [(10, 10), (30, 10), (10, 30), (30, 30)].into_iter().enumerate() {
            let wanted = match at {
                2 => super::super::colour_map::MISSING,
                at => ColourMap::Sequential.colour(f64::from(values[at])),
            };
            assert_eq!(pixel(x, y), wanted, "{at}");
        }
        // The bar is yellow at its top and violet at its foot.
        let bar = 40 + (BAR_GAP + bar::WIDTH / 2.0) as usize;
        assert!(pixel(bar, 1)[0] > 200 && pixel(bar, 1)[2] < 60);
        assert!(pixel(bar, 38)[2] > pixel(bar, 38)[1]);
        let written: Vec<&str> = drawing
            .marks
            .iter()
            .filter_map(|mark| match mark {
                Mark::Text { text, .. } => Some(text.as_str()),
                _ => None,
            })
            .collect();
        assert!(["x", "y", "u", "0", "1", "2"].iter().all(|text| written.contains(text)), "{written:?}");
    }

    #[test]
    fn equal_numbers_and_none_have_an_axis() {
        assert_eq!(spread([3.0, f64::NAN, 1.0].into_iter()), (1.0, 3.0));
        assert_eq!(spread([0.0, 0.0].into_iter()), (-1.0, 1.0));
        assert_eq!(spread([f64::INFINITY].into_iter()), (0.0, 1.0));
    }

    #[test]
    fn everything_lies_on_the_sheet() {
        let line = Line {
            name: "a very long name of a constraint indeed".into(),
            colour: colours::BLUE,
            dashed: false,
            points: vec![(0.0, -7.0), (1.0, f64::NAN), (2.0, 1.0)],
        };
        let y = Axis { powers: true, ..Axis::new("loss", (-8.0, 0.0)) };
        let (x, content) = (Axis::new("step", (0.0, 100_000.0)), Content::Lines(vec![line]));
        let title = "a title that is a good deal wider than the small box below it".to_string();
        let panel = Panel { title, room: 0.0, x, y, size: (60, 50), content };
        let drawing = draw(&[panel.clone(), panel], 1);
        for mark in &drawing.marks {
            if let Mark::Text { text, at: (x, y), size, anchor } = mark {
                let width = text_width(text, *size);
                let (from, to) = match anchor {
                    Anchor::Left | Anchor::Middle => (*x, x + width),
                    Anchor::End => (x - width, *x),
                    Anchor::Centre => (x - width / 2.0, x + width / 2.0),
                    Anchor::Turned => (x - size / 2.0, x + size / 2.0),
                };
                assert!(to <= drawing.width as f64, "{text} ends at {to} of {}", drawing.width);
                assert!(from >= 0.0, "{text} begins at {from}");
                assert!(y + size <= drawing.height as f64 + 1.0, "{text}");
            }
        }
    }
}
