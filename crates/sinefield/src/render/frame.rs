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
//! At native size the samples are exactly those of the fit.

use super::RenderError;
use super::picture::{Region, Size};
use crate::field::{Axis, Field, Sampling};

/// The most samples along one axis of a render.
pub(super) const LONGEST: usize = 1 << 31;
/// The longest side of a picture.
const LONGEST_SIDE: usize = 1 << 24;

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
        /// Where it begins and ends.
        region: Option<(f64, f64)>,
        /// How many samples it has.
        count: Count,
    },
    /// One place: the axis is cut there, and the render has one axis less.
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
    place: Placement,
    /// Samples that the region is cut into, of which this frame has `count` beginning at `first`.
    parts: usize,
    first: usize,
    count: usize,
    /// Whether the render has no axis for it.
    cut: bool,
}

/// Where sample i of n lies over a region.
#[derive(Clone, Debug, PartialEq)]
enum Placement {
    /// At the middle of a part of `[from, to)`, in pixels.
    Pixels { native: Sampling, from: f64, to: f64 },
    /// At `from + i (to - from) / n` in the unit of the axis, or with both ends where they are `inclusive`.
    Places { axis: Axis, from: f64, to: f64, inclusive: bool },
}

impl Side {
    /// The normalised coordinate of a sample.
    fn coordinate(&self, sample: usize) -> f64 {
        let at = (self.first + sample) as f64;
        match &self.place {
            Placement::Pixels { native, from, to } => {
                let step = (to - from) / self.parts as f64;
                native.coordinate(from + (at + 0.5) * step - 0.5)
            }
            Placement::Places { axis, .. } => axis.normalised(self.unit(sample)),
        }
    }

    /// The place of a sample in the unit of the axis.
    fn unit(&self, sample: usize) -> f64 {
        let at = (self.first + sample) as f64;
        match self.place {
            Placement::Pixels { from, to, .. } => from + (at + 0.5) * (to - from) / self.parts as f64 - 0.5,
            Placement::Places { from, to, inclusive, .. } => {
                let steps = if inclusive { self.parts.saturating_sub(1).max(1) } else { self.parts };
                from + at * (to - from) / steps as f64
            }
        }
    }

    /// Normalised coordinate per unit of the axis.
    fn per_unit(&self) -> f64 {
        match &self.place {
            Placement::Pixels { native, .. } => native.spacing(),
            Placement::Places { axis, .. } => axis.per_unit(),
        }
    }

    /// Another number of samples over the same region.
    fn resized(&self, count: usize) -> Self {
        Self { parts: count.max(1), first: 0, count: count.max(1), ..self.clone() }
    }
}

impl Frame {
    /// `size` pixels over `region`, or over the whole picture.
    ///
    /// A field that does not say what size of picture it is of takes the size asked for as its own.
    ///
    /// # Errors
    /// If the field is not of a picture, or its size is not known and not given, or the region is not
    /// inside, or a side has no pixels or too many.
    pub fn new(field: &Field, region: Option<Region>, size: Size) -> Result<Self, RenderError> {
        let found = field.architecture().inputs;
        if found != 2 {
            return Err(RenderError::NotAPicture { found });
        }
        let native = match field.meta.axes.as_slice() {
            [row, column] => row.samples.zip(column.samples),
            _ => None,
        };
        let (rows, columns) = match (native, region, size) {
            (Some(native), _, _) => native,
            (None, None, Size::Exact { rows, columns }) => (rows, columns),
            _ => return Err(RenderError::SizeUnknown),
        };
        let whole = Region { rows: (0.0, rows as f64), columns: (0.0, columns as f64) };
        let region = region.unwrap_or(whole);
        let inside = |(from, to): (f64, f64), end: usize| 0.0 <= from && from < to && to <= end as f64;
        if !inside(region.rows, rows) || !inside(region.columns, columns) {
            return Err(RenderError::Region { region, rows, columns });
        }
        let sides = size.sides(&region);
        let usable = |side: f64| (1.0..=LONGEST_SIDE as f64).contains(&side);
        let (tall, wide) = sides?;
        if !usable(tall) || !usable(wide) {
            return Err(RenderError::Sides { rows: tall, columns: wide, most: LONGEST_SIDE });
        }
        let side = |native, (from, to), count| Side {
            place: Placement::Pixels { native: Sampling::inclusive(native), from, to },
            parts: count,
            first: 0,
            count,
            cut: false,
        };
        let sides =
            vec![side(rows, region.rows, tall as usize), side(columns, region.columns, wide as usize)];
        Ok(Self { sides })
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
        let nameless = |at| Axis { name: format!("x{at}"), ..Axis::default() };
        let axis = |at: usize| field.meta.axes.get(at).cloned().unwrap_or_else(|| nameless(at));
        let sides = parts.iter().enumerate().map(|(at, part)| side(&axis(at), *part));
        let frame = Self { sides: sides.collect::<Result<_, _>>()? };
        let all = frame.shape().iter().try_fold(1usize, |all, count| all.checked_mul(*count));
        match all.filter(|all| *all <= 1 << 40) {
            Some(_) => Ok(frame),
            None => Err(RenderError::Samples { axis: "all axes together".into(), count: f64::INFINITY }),
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
        self.sides.get(axis).map_or(Vec::new(), |side| (0..side.count).map(|at| side.unit(at)).collect())
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

    /// Normalised coordinate per unit of each of the field's axes.
    pub(super) fn per_unit(&self) -> Vec<f64> {
        self.sides.iter().map(Side::per_unit).collect()
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
fn side(axis: &Axis, part: Part) -> Result<Side, RenderError> {
    let outside = |from, to| RenderError::Outside { axis: axis.name.clone(), from, to, whole: whole(axis) };
    let inclusive = axis.samples.is_none();
    let pixels = axis.samples.filter(|_| axis.range.is_none());
    let (region, count) = match part {
        Part::At(place) => {
            // Between the first and the last pixel's middle; up to the end of an axis with places.
            let (low, high) = if pixels.is_some() { axis.interval() } else { whole(axis) };
            if !(place.is_finite() && low.min(high) <= place && place <= low.max(high)) {
                return Err(RenderError::Outside {
                    axis: axis.name.clone(),
                    from: place,
                    to: place,
                    whole: (low, high),
                });
            }
            let place = Placement::Places { axis: axis.clone(), from: place, to: place, inclusive: false };
            return Ok(Side { place, parts: 1, first: 0, count: 1, cut: true });
        }
        Part::Run { region, count } => (region.unwrap_or_else(|| whole(axis)), count),
    };
    let (low, high) = whole(axis);
    let (from, to) = region;
    let forward = (high - low).signum() * (to - from) > 0.0 || (low == high && from == to);
    let inside = |place: f64| low.min(high) <= place && place <= low.max(high);
    if !(forward && inside(from) && inside(to)) {
        return Err(outside(from, to));
    }
    let count = samples(axis, (to - from).abs(), count)?;
    let place = match pixels {
        Some(native) => Placement::Pixels { native: Sampling::inclusive(native), from, to },
        None => Placement::Places { axis: axis.clone(), from, to, inclusive },
    };
    Ok(Side { place, parts: count, first: 0, count, cut: false })
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
    let per_unit = axis.samples.map(|samples| samples as f64 / (high - low).abs());
    let unsampled = || RenderError::NotSampled { axis: axis.name.clone() };
    let scaled = |scale: f64| match axis.samples {
        // A single sample has no length.
        Some(1) if axis.range.is_some() => Ok(scale.round()),
        _ => per_unit.map(|per_unit| (length * per_unit * scale).round()).ok_or_else(unsampled),
    };
    let count = match count {
        Count::Native => scaled(1.0)?.max(1.0),
        Count::Scaled(scale) if scale.is_finite() && scale > 0.0 => scaled(scale)?.max(1.0),
        Count::PerUnit(rate) if rate.is_finite() && rate > 0.0 => (length * rate).round().max(1.0),
        Count::Scaled(scale) | Count::PerUnit(scale) => return Err(RenderError::Scale(scale)),
        Count::Exact(count) => count as f64,
    };
    if !(1.0..=LONGEST as f64).contains(&count) {
        return Err(RenderError::Samples { axis: axis.name.clone(), count });
    }
    Ok(count as usize)
}
