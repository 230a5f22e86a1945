//! The positions of the samples of a render. Along every axis of a field, a render has a run of samples or one fixed
//! position.
//!
//! There are two kinds of axes.
//!
//! **Pixels.** The samples of an axis that is counted in samples, such as a picture's rows, cover it: sample `r` covers
//! `[r, r + 1)` and lies at the middle of that interval. A render of `n` samples over `[a, b)` divides the interval
//! into `n` equal parts and takes the middle of each. Sample `i` therefore has the index
//! `a + (i + 1/2) (b - a) / n - 1/2`, and renders of any size and region cover the same area.
//!
//! **Places.** An axis with a range, such as a sound's seconds, has its samples at places in its unit. A render of `n`
//! samples over `[a, b)` has the first at `a` and a distance of `(b - a) / n` between them. A sound of `n` samples
//! covers `[start, start + n step)`, its duration: at twice the rate it has twice the samples. On an axis that was not
//! sampled, such as a coordinate of a problem, the samples run from `a` to `b`, both included.
//!
//! At native size the samples are those of the fit: with the same bits along pixels, up to float64 rounding along
//! places.

use super::RenderError;
use crate::field::{Axis, Field};

/// The largest number of samples along one axis of a render.
pub(super) const LONGEST: usize = 1 << 31;
/// The largest number of samples of a render: 2^40, or all that a 32-bit number counts.
const MOST: usize = match 1usize.checked_shl(40) {
    Some(most) => most,
    None => usize::MAX,
};
/// A region or place may pass an end of the axis by this fraction of a sample. It is then moved to that end. Ends such
/// as `start + n step` have rounding errors.
const SLACK: f64 = 1e-6;

/// The number of samples of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub enum Count {
    /// The number that the signal has.
    #[default]
    Native,
    /// This multiple of the signal's number, rounded to whole samples.
    Scaled(f64),
    /// This number for each unit of the axis, rounded to whole samples: hertz for a sound, frames per second for a
    /// video.
    PerUnit(f64),
    /// This number.
    Exact(usize),
}

/// The part of one axis in a render, in the unit of the axis.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Part {
    /// A run of samples over `[from, to)`, or over the whole axis.
    Run {
        /// The ends of the region. Along pixels, whole numbers are the edges of pixels: `(0, n)` is all of n pixels.
        region: Option<(f64, f64)>,
        /// The number of samples.
        count: Count,
    },
    /// One place. The axis is cut there, and the render has one axis less. Along pixels, whole numbers are the middles
    /// of pixels: 0 is the middle of the first pixel.
    At(f64),
}

impl Default for Part {
    fn default() -> Self {
        Part::Run { region: None, count: Count::Native }
    }
}

/// The positions of the samples of a render.
#[derive(Clone, Debug, PartialEq)]
pub struct Frame {
    sides: Vec<Side>,
}

/// The samples along one axis.
#[derive(Clone, Debug, PartialEq)]
struct Side {
    axis: Axis,
    /// The region `[from, to)` in the unit of the axis. With [`Rule::Middles`], whole numbers are the edges of pixels.
    from: f64,
    to: f64,
    rule: Rule,
    /// The region is divided into this many samples. This frame has `count` of them, from `first` on.
    parts: usize,
    first: usize,
    count: usize,
    /// Whether the axis is cut, so that the render has no axis for it.
    cut: bool,
}

/// The position of sample i of n in a region of length l.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Rule {
    /// The middle of a part, `(i + 1/2) l / n`. The middle of the first pixel is place 0.
    Middles,
    /// The start of a part, `i l / n`.
    Starts,
    /// Both ends included, `i l / (n - 1)`.
    Ends,
}

impl Rule {
    fn of(axis: &Axis) -> Self {
        match (axis.samples, axis.range) {
            (None, _) => Self::Ends,
            (Some(_), None) => Self::Middles,
            (Some(_), Some(_)) => Self::Starts,
        }
    }
}

impl Side {
    /// The normalised coordinate of a sample.
    fn coordinate(&self, sample: usize) -> f64 {
        self.axis.normalised(self.place(sample))
    }

    /// The place of a sample in the unit of the axis.
    fn place(&self, sample: usize) -> f64 {
        let at = (self.first + sample) as f64;
        let over = |parts: usize| (self.to - self.from) / parts as f64;
        match self.rule {
            Rule::Middles => self.from + (at + 0.5) * over(self.parts) - 0.5,
            Rule::Starts => self.from + at * over(self.parts),
            Rule::Ends => self.from + at * over(self.parts.saturating_sub(1).max(1)),
        }
    }

    /// The same region with another number of samples.
    fn resized(&self, count: usize) -> Self {
        Self { parts: count.max(1), first: 0, count: count.max(1), ..self.clone() }
    }
}

impl Frame {
    /// The samples that the field was fitted to.
    ///
    /// # Errors
    /// If an axis was not sampled, or there are too many samples in total.
    pub fn native(field: &Field) -> Result<Self, RenderError> {
        Self::of_parts(field, &vec![Part::default(); field.architecture().inputs])
    }

    /// A frame with one [`Part`] for each coordinate of the field, in order.
    ///
    /// # Errors
    /// If the number of parts differs from the number of coordinates, a region or a place lies outside of the signal,
    /// or the number of samples of an axis is zero, too large, or unknown.
    pub fn of_parts(field: &Field, parts: &[Part]) -> Result<Self, RenderError> {
        let inputs = field.architecture().inputs;
        if parts.len() != inputs {
            return Err(RenderError::Parts { found: parts.len(), inputs });
        }
        let sides = parts.iter().enumerate().map(|(at, part)| side(field.meta.axis(at), *part));
        let frame = Self { sides: sides.collect::<Result<_, _>>()? };
        let all = frame.shape().iter().try_fold(1usize, |all, count| all.checked_mul(*count));
        match all.filter(|all| *all <= MOST) {
            Some(_) => Ok(frame),
            None => {
                let count = frame.shape().iter().map(|count| *count as f64).product();
                Err(RenderError::Samples { axis: "all axes together".into(), count, most: MOST })
            }
        }
    }

    /// The number of samples along every axis that is not cut.
    pub fn shape(&self) -> Vec<usize> {
        self.sides.iter().filter(|side| !side.cut).map(|side| side.count).collect()
    }

    /// The total number of samples.
    pub fn count(&self) -> usize {
        self.sides.iter().map(|side| side.count).product()
    }

    /// The rows and columns of a render with two axes. For any other number of axes, 1 and the total.
    pub fn sides(&self) -> (usize, usize) {
        match self.shape().as_slice() {
            [rows, columns] => (*rows, *columns),
            _ => (1, self.count()),
        }
    }

    /// The places of the samples along coordinate `axis` of the field, in its unit. Empty if there is no such axis.
    pub fn places(&self, axis: usize) -> Vec<f64> {
        self.sides.get(axis).map_or(Vec::new(), |side| (0..side.count).map(|at| side.place(at)).collect())
    }

    /// The distance between two samples along coordinate `axis` of the field, in its unit. For a single sample, it is
    /// the length of its part. It is 0 if there is no such axis.
    pub fn step(&self, axis: usize) -> f64 {
        self.sides.get(axis).map_or(0.0, |side| match side.rule {
            Rule::Ends => (side.to - side.from) / side.parts.saturating_sub(1).max(1) as f64,
            _ => (side.to - side.from) / side.parts as f64,
        })
    }

    /// The same samples, restricted to `rows` of the first axis that is not cut: some rows of a picture, or some frames
    /// of a video. A render that is too large for memory can be made band by band.
    ///
    /// Rows beyond the last are omitted.
    pub fn band(&self, rows: std::ops::Range<usize>) -> Self {
        let mut sides = self.sides.clone();
        if let Some(side) = sides.iter_mut().find(|side| !side.cut) {
            let end = rows.end.min(side.count);
            let start = rows.start.min(end);
            (side.first, side.count) = (side.first + start, end - start);
        }
        Self { sides }
    }

    /// The same area with another number of pixels, at least one along each side.
    ///
    /// For a [`Frame::band`], it is the area of the whole frame.
    pub(super) fn resized(&self, rows: usize, columns: usize) -> Self {
        let mut counts = [rows, columns].into_iter();
        let resized = |side: &Side| match side.cut {
            true => side.clone(),
            false => counts.next().map_or_else(|| side.clone(), |count| side.resized(count)),
        };
        Self { sides: self.sides.iter().map(resized).collect() }
    }

    /// The number of coordinates of the field.
    pub(super) fn inputs(&self) -> usize {
        self.sides.len()
    }

    /// Writes the coordinates of the samples from `start` on, row-major, to fill `out`.
    pub(super) fn coordinates(&self, start: usize, out: &mut [f64]) {
        for (sample, x) in (start..).zip(out.chunks_exact_mut(self.sides.len())) {
            let mut rest = sample;
            for (x, side) in x.iter_mut().zip(&self.sides).rev() {
                *x = side.coordinate(rest % side.count);
                rest /= side.count;
            }
        }
    }
}

/// The samples of `part` along `axis`.
fn side(axis: Axis, part: Part) -> Result<Side, RenderError> {
    let whole = whole(&axis);
    match part {
        Part::At(place) => {
            // From the first sample to the last.
            let reach = axis.interval();
            let place = snapped(&axis, reach, place).ok_or_else(|| outside(&axis, (place, place), reach))?;
            Ok(Side {
                axis,
                from: place,
                to: place,
                rule: Rule::Starts,
                parts: 1,
                first: 0,
                count: 1,
                cut: true,
            })
        }
        Part::Run { region, count } => {
            let (from, to) = match region {
                None => whole,
                Some((from, to)) => snapped(&axis, whole, from)
                    .zip(snapped(&axis, whole, to))
                    .filter(|&ends| forward(whole, ends))
                    .ok_or_else(|| outside(&axis, (from, to), whole))?,
            };
            let asked = count;
            let count = samples(&axis, (to - from).abs(), asked)?;
            // A known distance between samples is kept. The region then ends at the end of the last sample's part.
            let spacing = spacing(&axis, asked);
            let rule = if spacing.is_some() { Rule::Starts } else { Rule::of(&axis) };
            let direction = if to < from { -1.0 } else { 1.0 };
            let to = spacing.map_or(to, |spacing| from + direction * spacing * count as f64);
            Ok(Side { rule, axis, from, to, parts: count, first: 0, count, cut: false })
        }
    }
}

/// The distance between two samples of a run, if it does not depend on the region: the native distance, a fraction of
/// it, or one over a rate. `None` if the samples divide the region into equal parts.
fn spacing(axis: &Axis, count: Count) -> Option<f64> {
    if Rule::of(axis) == Rule::Middles {
        return None;
    }
    let (low, high) = axis.interval();
    let native = axis.samples.filter(|&samples| samples > 1).map(|n| (high - low).abs() / (n - 1) as f64);
    match count {
        Count::Native => native,
        Count::Scaled(scale) => native.map(|step| step / scale),
        Count::PerUnit(rate) => Some(1.0 / rate),
        Count::Exact(_) => None,
    }
}

/// Whether a region has a length in the direction of the axis, or the axis has no length.
fn forward((low, high): (f64, f64), (from, to): (f64, f64)) -> bool {
    (high - low).signum() * (to - from) > 0.0 || (low == high && from == to)
}

fn outside(axis: &Axis, (from, to): (f64, f64), whole: (f64, f64)) -> RenderError {
    RenderError::Outside { axis: axis.name.clone(), from, to, whole }
}

/// `place`, or the end of `reach` if `place` passes it by less than [`SLACK`]; `None` if it is outside.
fn snapped(axis: &Axis, (low, high): (f64, f64), place: f64) -> Option<f64> {
    let (low, high) = (low.min(high), low.max(high));
    let sample = (high - low) / axis.samples.unwrap_or(1).max(1) as f64;
    // Far from 0, the spacing of float64 numbers is larger than that.
    let slack = (SLACK * sample).max(4.0 * f64::EPSILON * low.abs().max(high.abs()));
    let inside = low - slack <= place && place <= high + slack;
    inside.then(|| place.clamp(low, high))
}

/// The extent of an axis, in its unit.
fn whole(axis: &Axis) -> (f64, f64) {
    let (low, high) = axis.interval();
    match (axis.samples, axis.range) {
        (Some(samples), None) => (0.0, samples as f64),
        // The duration of the samples: one step beyond the last.
        (Some(samples), Some(_)) if samples > 1 => (low, high + (high - low) / (samples - 1) as f64),
        _ => (low, high),
    }
}

/// The number of samples of a run with the length `length`.
fn samples(axis: &Axis, length: f64, count: Count) -> Result<usize, RenderError> {
    let (low, high) = whole(axis);
    let scaled = |scale: f64| match axis.samples {
        // A single place has no length.
        Some(1) if axis.range.is_some() => Ok(scale.round()),
        Some(samples) => Ok((length * samples as f64 / (high - low).abs() * scale).round()),
        None => Err(RenderError::NotSampled { axis: axis.name.clone() }),
    };
    let count = match count {
        Count::Native => scaled(1.0)?.max(1.0),
        Count::Scaled(scale) if scale.is_finite() && scale > 0.0 => scaled(scale)?.max(1.0),
        Count::PerUnit(rate) if rate.is_finite() && rate > 0.0 => (length * rate).round().max(1.0),
        Count::Scaled(scale) | Count::PerUnit(scale) => return Err(RenderError::Scale(scale)),
        Count::Exact(count) => count as f64,
    };
    if !(1.0..=LONGEST as f64).contains(&count) {
        return Err(RenderError::Samples {
            axis: format!("the axis \"{}\"", axis.name),
            count,
            most: LONGEST,
        });
    }
    Ok(count as usize)
}
