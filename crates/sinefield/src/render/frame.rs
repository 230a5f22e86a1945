//! Where the samples of a render lie: along every axis of a field a run of samples, or one fixed place.
//!
//! There are two kinds of axes.
//!
//! **Pixels.** An axis that is counted in samples, as a picture's rows, is covered by them: sample `r` covers
//! `[r, r + 1)` and lies at its middle. A render of `n` samples over `[a, b)` cuts that stretch into `n` equal parts
//! and takes the middle of each, so sample `i` lies at index `a + (i + 1/2) (b - a) / n - 1/2`. Renders of any size
//! and region thus cover the same area.
//!
//! **Places.** An axis with places of its own, as a sound's seconds, has its samples at them. A render of `n` samples
//! over `[a, b)` has the first at `a` and the others `(b - a) / n` apart. The whole of a sound of `n` samples is
//! `[start, start + n step)`, its duration: at twice the rate it has twice the samples. An axis that was not sampled,
//! as a coordinate of a problem, has them from `a` to `b`, both included.
//!
//! At native size the samples are those of the fit: to the bit along pixels, to float64 rounding along places.

use super::RenderError;
use crate::field::{Axis, Field};

/// The most samples along one axis of a render.
pub(super) const LONGEST: usize = 1 << 31;
/// The most samples of a render.
const MOST: usize = 1 << 40;
/// A region or a place that passes an end by less than this part of a sample is taken to reach that end: ends such as
/// `start + n step` are rounded.
const SLACK: f64 = 1e-6;

/// How many samples a run has along an axis.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Count {
    /// As many as the signal had there.
    #[default]
    Native,
    /// So many for each of the signal's, rounded to whole samples.
    Scaled(f64),
    /// So many in a unit of the axis, rounded to whole samples: hertz for a sound, frames a second for a video.
    PerUnit(f64),
    /// This many.
    Exact(usize),
}

/// What a render takes of one axis, in the axis's unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Part {
    /// A run of samples over `[from, to)`, or over the whole axis.
    Run {
        /// Where it begins and ends. Along pixels it counts edges: `(0, n)` is the whole of n pixels.
        region: Option<(f64, f64)>,
        /// How many samples it has.
        count: Count,
    },
    /// One place: the axis is cut there, and the render has one axis less. Along pixels it counts middles: 0 is the
    /// first pixel.
    At(f64),
}

impl Default for Part {
    fn default() -> Self {
        Part::Run { region: None, count: Count::Native }
    }
}

/// Where the samples of a render lie.
#[derive(Clone, Debug, PartialEq)]
pub struct Frame {
    sides: Vec<Side>,
}

/// The samples along one axis.
#[derive(Clone, Debug, PartialEq)]
struct Side {
    axis: Axis,
    /// The region `[from, to)` in the unit of the axis; it counts the edges of pixels where the samples are middles.
    from: f64,
    to: f64,
    rule: Rule,
    /// Samples that the region is cut into, of which this frame has `count` beginning at `first`.
    parts: usize,
    first: usize,
    count: usize,
    /// Whether the render has no axis for it.
    cut: bool,
}

/// Where sample i of n lies in a region of length l.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Rule {
    /// At the middle of a part, `(i + 1/2) l / n`; the first pixel's middle is place 0.
    Middles,
    /// At the start of a part, `i l / n`.
    Starts,
    /// From end to end, `i l / (n - 1)`.
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

    /// Another number of samples over the same region.
    fn resized(&self, count: usize) -> Self {
        Self { parts: count.max(1), first: 0, count: count.max(1), ..self.clone() }
    }
}

impl Frame {
    /// The samples that the field was fitted to.
    ///
    /// # Errors
    /// If an axis has no samples of its own, or there are too many in all.
    pub fn native(field: &Field) -> Result<Self, RenderError> {
        Self::of_parts(field, &vec![Part::default(); field.architecture().inputs])
    }

    /// One [`Part`] for each coordinate of the field, in order.
    ///
    /// # Errors
    /// If there are not as many parts as coordinates, a region or a place lies outside of the signal, or an axis
    /// has no samples, too many, or none of its own where these are asked for.
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

    /// Samples along every axis that is not cut.
    pub fn shape(&self) -> Vec<usize> {
        self.sides.iter().filter(|side| !side.cut).map(|side| side.count).collect()
    }

    /// Samples in all.
    pub fn count(&self) -> usize {
        self.sides.iter().map(|side| side.count).product()
    }

    /// Rows and columns of a render of two axes; 1 and all for any other number.
    pub fn sides(&self) -> (usize, usize) {
        match self.shape().as_slice() {
            [rows, columns] => (*rows, *columns),
            _ => (1, self.count()),
        }
    }

    /// The samples' places along coordinate `axis` of the field, in its unit.
    pub fn places(&self, axis: usize) -> Vec<f64> {
        self.sides.get(axis).map_or(Vec::new(), |side| (0..side.count).map(|at| side.place(at)).collect())
    }

    /// The same samples, but only `rows` of the first axis that is not cut: a part of a render that is too large to
    /// hold, as some rows of a picture or some frames of a video.
    ///
    /// Rows beyond the last are left out.
    pub fn band(&self, rows: std::ops::Range<usize>) -> Self {
        let mut sides = self.sides.clone();
        if let Some(side) = sides.iter_mut().find(|side| !side.cut) {
            let end = rows.end.min(side.count);
            let start = rows.start.min(end);
            (side.first, side.count) = (side.first + start, end - start);
        }
        Self { sides }
    }

    /// Another number of pixels over the same area; at least one along each side.
    ///
    /// Of a [`Frame::band`], it is the area of the whole.
    pub(super) fn resized(&self, rows: usize, columns: usize) -> Self {
        let mut counts = [rows, columns].into_iter();
        let resized = |side: &Side| match side.cut {
            true => side.clone(),
            false => counts.next().map_or_else(|| side.clone(), |count| side.resized(count)),
        };
        Self { sides: self.sides.iter().map(resized).collect() }
    }

    /// Coordinates of the field.
    pub(super) fn inputs(&self) -> usize {
        self.sides.len()
    }

    /// Writes the coordinates of samples `start..`, row-major, to fill `out`.
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

/// What `part` takes of `axis`.
fn side(axis: Axis, part: Part) -> Result<Side, RenderError> {
    let whole = whole(&axis);
    match part {
        Part::At(place) => {
            // Pixels from the first one's middle to the last one's; other axes up to their end.
            let reach = if Rule::of(&axis) == Rule::Middles { axis.interval() } else { whole };
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
            let count = samples(&axis, (to - from).abs(), count)?;
            Ok(Side { rule: Rule::of(&axis), axis, from, to, parts: count, first: 0, count, cut: false })
        }
    }
}

/// Whether a region has a length in the axis's direction, or the axis itself has none.
fn forward((low, high): (f64, f64), (from, to): (f64, f64)) -> bool {
    (high - low).signum() * (to - from) > 0.0 || (low == high && from == to)
}

fn outside(axis: &Axis, (from, to): (f64, f64), whole: (f64, f64)) -> RenderError {
    RenderError::Outside { axis: axis.name.clone(), from, to, whole }
}

/// `place`, or the end of `reach` that it passes by less than [`SLACK`]; `None` if it is not inside.
fn snapped(axis: &Axis, (low, high): (f64, f64), place: f64) -> Option<f64> {
    let (low, high) = (low.min(high), low.max(high));
    let sample = (high - low) / axis.samples.unwrap_or(1).max(1) as f64;
    // Far from 0 the numbers themselves are coarser than that.
    let slack = (SLACK * sample).max(4.0 * f64::EPSILON * low.abs().max(high.abs()));
    let inside = low - slack <= place && place <= high + slack;
    inside.then(|| place.clamp(low, high))
}

/// From where to where an axis reaches, in its unit.
fn whole(axis: &Axis) -> (f64, f64) {
    let (low, high) = axis.interval();
    match (axis.samples, axis.range) {
        (Some(samples), None) => (0.0, samples as f64),
        // As long as its samples last: one step beyond the last.
        (Some(samples), Some(_)) if samples > 1 => (low, high + (high - low) / (samples - 1) as f64),
        _ => (low, high),
    }
}

/// The samples of a run of so many units.
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
