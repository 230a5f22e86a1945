//! Fits samples on a grid: an image, a sound, a video, a volume.
//!
//! A signal with axes of `n_1, .., n_d` samples and c channels becomes a field with d coordinates and c outputs. Sample
//! `i` of `n` is at `-1 + 2 i / (n - 1)` along its axis. Channel values are mapped to `[-1, 1]`. The loss is the mean
//! squared error over samples and channels.

use std::sync::Arc;

use thiserror::Error;

use crate::engine::{Engine, Jets};
use crate::expr::Expr;
use crate::field::{Activation, Axis, Field, FieldConfig, FieldError, Meta, UniformGrid, ValueMap};
use crate::fit::{FitConfig, Moment, Task, TaskError};
use crate::form;
use crate::jet::JetSpec;
use crate::problem::{
    Column, ColumnReader, ColumnValues, ConstraintEntry, Description, Domain, FieldEntry, Interval, Problem,
    ProblemError, Sampling,
};

/// For a signal with up to this many samples, the default batch is all of them.
const LARGEST_FULL_BATCH: usize = 1 << 17;
/// The default batch for a larger signal.
const BATCH: usize = 1 << 16;
/// Samples in one block of a measurement.
const BLOCK: usize = 1 << 18;
/// A sine network with more parameters for each sample than this has a lower default rate. The default network has 3.03
/// on 256 x 256 pixels.
const PARAMETERS_A_SAMPLE: f64 = 3.1;
/// The largest number of axes of a signal.
pub const MOST_AXES: usize = 6;

/// Samples to fit, and the batch of a step.
///
/// ```
/// use sinefield::field::{Axis, FieldConfig};
/// use sinefield::recipe::sampled::{Batch, Sampled};
///
/// // Two rows, three columns, one channel. Without a range, 0 maps to -1 and 10 to 1.
/// let values = vec![0.0, 2.0, 4.0, 6.0, 8.0, 10.0];
/// let picture = Sampled::picture((2, 3, 1), values, None)?.with_batch(Batch::Samples(4), 0)?;
/// assert_eq!((picture.count(), picture.batch()), (6, 4));
/// assert_eq!(picture.value_map().output(10.0), 1.0);
///
/// // A field for it stores the map and the axes, and so do the files of the field.
/// let field = picture.field(&FieldConfig { hidden: 8, ..FieldConfig::default() }, 0)?;
/// assert_eq!(field.meta.value.signal(-1.0), 0.0);
/// assert_eq!(field.meta.axes[1].samples, Some(3));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Sampled {
    axes: Vec<Axis>,
    shape: Vec<usize>,
    channels: usize,
    /// Normalised to `[-1, 1]`, `(samples, channels)`.
    values: ColumnValues,
    map: ValueMap,
    batch: usize,
    /// `u - data` at the samples.
    problem: Problem,
}

/// The reason that samples cannot be fitted.
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum SampledError {
    /// The number of axes is zero or too large.
    #[error("the signal has {found} axes; a field takes 1 to {MOST_AXES}")]
    Axes {
        /// The number of axes.
        found: usize,
    },
    /// The number of samples of an axis is unknown.
    #[error("the axis \"{name}\" does not say how many samples it has")]
    NotSampled {
        /// The axis.
        name: String,
    },
    /// The signal has no samples or no channels.
    #[error("the signal has {shape:?} samples and {channels} channels: there is nothing to fit")]
    Empty {
        /// Samples along each axis.
        shape: Vec<usize>,
        /// Channels.
        channels: usize,
    },
    /// A single sample has no neighbour, and so no derivative.
    #[error("the signal is a single sample; a field needs at least two to be fitted to")]
    SingleSample,
    /// The length of the array differs from the product of its sides.
    #[error("the signal has {found} numbers where its axes and channels make {expected}")]
    Length {
        /// The product.
        expected: usize,
        /// The length of the array.
        found: usize,
    },
    /// A value is NaN or infinite.
    #[error("the value at {} is not a finite number", place(.axes, .index))]
    NotFinite {
        /// The names of the axes.
        axes: Vec<String>,
        /// The index of the sample along each axis.
        index: Vec<usize>,
    },
    /// The range of values that are read when needed is unknown.
    #[error("the values are read as they are needed; give the range that they can have")]
    RangeUnknown,
    /// The batch is empty.
    #[error("a batch must have at least 1 sample")]
    NoBatch,
    /// The problem cannot be defined.
    #[error(transparent)]
    Problem(#[from] ProblemError),
}

/// `row 1, column 2`.
fn place(axes: &[String], index: &[usize]) -> String {
    let places: Vec<String> = axes.iter().zip(index).map(|(axis, at)| format!("{axis} {at}")).collect();
    places.join(", ")
}

/// The batch of a step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Batch {
    /// All samples of a signal with up to 131,072 samples; 65,536 of a larger signal.
    #[default]
    Auto,
    /// All samples.
    Full,
    /// This number of samples, drawn without replacement until all have been used.
    Samples(usize),
}

impl Batch {
    /// The batch size for `all` samples; `None` for an empty batch.
    pub fn of(self, all: usize) -> Option<usize> {
        match self {
            Batch::Samples(0) => None,
            Batch::Samples(count) => Some(count.min(all)),
            Batch::Full => Some(all),
            Batch::Auto if all <= LARGEST_FULL_BATCH => Some(all),
            Batch::Auto => Some(BATCH),
        }
    }
}

impl Sampled {
    /// A signal of `values` `(samples of axis 1, .., samples of axis d, channels)`, row-major, in memory or read when
    /// needed. `range` is mapped to `[-1, 1]`. It is, for example, the possible range of the file's integers. `None`
    /// takes the smallest and the largest value, which requires values in memory.
    ///
    /// # Errors
    /// If there are no axes or more than [`MOST_AXES`], the number of samples of an axis is unknown, there are no
    /// samples or only one, the array has another length, a value is not finite, or values that are read when needed
    /// have no range.
    pub fn new(
        axes: Vec<Axis>,
        channels: usize,
        values: impl Into<ColumnValues>,
        range: Option<(f32, f32)>,
    ) -> Result<Self, SampledError> {
        if !(1..=MOST_AXES).contains(&axes.len()) {
            return Err(SampledError::Axes { found: axes.len() });
        }
        let samples =
            |axis: &Axis| axis.samples.ok_or_else(|| SampledError::NotSampled { name: axis.name.clone() });
        let shape: Vec<usize> = axes.iter().map(samples).collect::<Result<_, _>>()?;
        let expected = shape.iter().fold(channels, |all, samples| all.saturating_mul(*samples));
        if expected == 0 {
            return Err(SampledError::Empty { shape, channels });
        }
        if expected == channels {
            return Err(SampledError::SingleSample);
        }
        let (map, values) = match values.into() {
            ColumnValues::Memory(values) => {
                check(&axes, &shape, channels, expected, &values)?;
                let map = value_map(range.unwrap_or_else(|| extremes(&values)));
                let mapped = values.iter().map(|value| map.output(f64::from(*value)) as f32);
                (map, ColumnValues::Memory(mapped.collect()))
            }
            ColumnValues::Reader(reader) => {
                let map = value_map(range.ok_or(SampledError::RangeUnknown)?);
                (map, ColumnValues::Reader(Arc::new(Mapped { reader, map })))
            }
        };
        let (batch, problem) = problem((&axes, &shape, channels), &values, Batch::Auto, 0)?;
        Ok(Self { axes, shape, channels, values, map, batch, problem })
    }

    /// A picture of `(rows, columns, channels)`.
    ///
    /// # Errors
    /// As [`Sampled::new`].
    pub fn picture(
        (rows, columns, channels): (usize, usize, usize),
        values: Vec<f32>,
        range: Option<(f32, f32)>,
    ) -> Result<Self, SampledError> {
        Self::new(Meta::picture(rows, columns).axes, channels, values, range)
    }

    /// The same signal with another batch, drawn with `seed`.
    ///
    /// # Errors
    /// If the batch is empty.
    pub fn with_batch(mut self, batch: Batch, seed: u64) -> Result<Self, SampledError> {
        let signal = (&self.axes[..], &self.shape[..], self.channels);
        (self.batch, self.problem) = problem(signal, &self.values, batch, seed)?;
        Ok(self)
    }

    /// The total number of samples.
    pub fn count(&self) -> usize {
        self.shape.iter().product()
    }

    /// Samples in a batch.
    pub fn batch(&self) -> usize {
        self.batch
    }

    /// The axes.
    pub fn axes(&self) -> &[Axis] {
        &self.axes
    }

    /// Samples along each axis.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// Channels.
    pub fn channels(&self) -> usize {
        self.channels
    }

    /// The map from outputs to the values of the signal.
    pub fn value_map(&self) -> ValueMap {
        self.map
    }

    /// A new field for this signal, drawn from `seed`: `config` with the coordinates and channels of the signal.
    ///
    /// # Errors
    /// If a width, ω or count in `config` is out of range.
    pub fn field(&self, config: &FieldConfig, seed: u64) -> Result<Field, FieldError> {
        let config = FieldConfig { inputs: self.axes.len(), outputs: self.channels, ..config.clone() };
        let mut field = Field::new(&config, seed)?;
        field.meta = Meta { axes: self.axes.clone(), value: self.map, ..Meta::default() };
        Ok(field)
    }

    /// The default peak learning rate for a fit of `field` to this signal. It is that of [`FitConfig`]. For sine
    /// networks with more than 3.1 parameters a sample, it is multiplied by `sqrt(3.1 samples / parameters)` and
    /// rounded to two digits.
    ///
    /// Such networks fit the samples with any learning rate. A higher rate adds frequencies that the samples do not
    /// constrain (`docs/choosing.md` has measurements).
    pub fn rate(&self, field: &Field) -> f64 {
        let own = FitConfig::default().rate;
        if field.architecture().layers[0].activation != Activation::Sine {
            return own;
        }
        let held = PARAMETERS_A_SAMPLE * self.count() as f64 / field.parameters().len() as f64;
        let rate = own * held.min(1.0).sqrt();
        // Rounded as a decimal, so that the rate prints with two digits.
        format!("{rate:.1e}").parse().unwrap_or(rate)
    }

    /// Writes the coordinates of the samples from `start` on, `(count, axes)`, to fill `out`.
    fn coordinates(&self, start: usize, out: &mut [f64]) {
        let grids: Vec<UniformGrid> = self.shape.iter().map(|n| UniformGrid::inclusive(*n)).collect();
        for (sample, x) in (start..).zip(out.chunks_exact_mut(grids.len())) {
            let mut rest = sample;
            for ((x, grid), n) in x.iter_mut().zip(&grids).zip(&self.shape).rev() {
                *x = grid.coordinate((rest % n) as f64);
                rest /= n;
            }
        }
    }

    /// Passes the squared error of every sample, summed over its channels, to `visit(first, errors)`, block by block in
    /// order. With `clip`, outputs are clipped to `[-1, 1]`, as in a render.
    ///
    /// Errors are in output units. Multiply by the squared scale of the value map for signal units.
    ///
    /// # Errors
    /// If the engine refuses the field, or data can no longer be read.
    pub fn squared_errors(
        &self,
        engine: &dyn Engine,
        field: &Field,
        clip: bool,
        mut visit: impl FnMut(usize, &[f64]),
    ) -> Result<(), TaskError> {
        let mut evaluator = form::evaluator(engine, field, &JetSpec::value(self.axes.len()))?;
        let channels = self.channels;
        // Errors are stored for each sample and passed on in order. Sums have the same bits on any number of threads.
        let mut errors = vec![0.0f64; BLOCK.min(self.count())];
        let mut read = Vec::new();
        for first in (0..self.count()).step_by(BLOCK) {
            let errors = &mut errors[..BLOCK.min(self.count() - first)];
            let wanted = self.block(first, errors.len(), &mut read)?;
            let coordinates = |start: usize, x: &mut [f64]| self.coordinates(first + start, x);
            let squares = |start: usize, jets: &Jets<'_>, out: &mut [f64]| {
                let wanted = wanted[start * channels..].chunks_exact(channels);
                for ((got, wanted), out) in jets.data.chunks_exact(channels).zip(wanted).zip(out) {
                    let square = |(g, w): (&f32, &f32)| {
                        f64::from(if clip { g.clamp(-1.0, 1.0) } else { *g } - w).powi(2)
                    };
                    *out = got.iter().zip(wanted).map(square).sum();
                }
            };
            evaluator.evaluate(field.parameters(), coordinates, errors, 1, squares);
            visit(first, errors);
        }
        Ok(())
    }

    /// The mean of [`Sampled::squared_errors`] over all samples and channels.
    ///
    /// # Errors
    /// As [`Sampled::squared_errors`].
    pub fn mean_square(&self, engine: &dyn Engine, field: &Field, clip: bool) -> Result<f64, TaskError> {
        let mut sum = 0.0;
        self.squared_errors(engine, field, clip, |_, errors| sum += errors.iter().sum::<f64>())?;
        Ok(sum / (self.count() * self.channels) as f64)
    }

    /// The normalised values of the samples `first..first + count`. `read` is a buffer for them.
    fn block<'v>(
        &'v self,
        first: usize,
        count: usize,
        read: &'v mut Vec<f32>,
    ) -> Result<&'v [f32], TaskError> {
        match &self.values {
            ColumnValues::Memory(values) => {
                Ok(&values[first * self.channels..(first + count) * self.channels])
            }
            ColumnValues::Reader(reader) => {
                read.resize(count * self.channels, 0.0);
                let numbers: Vec<usize> = (first..first + count).collect();
                reader.read(&numbers, read).map_err(TaskError::Data)?;
                Ok(read)
            }
        }
    }
}

/// A reader that maps values to `[-1, 1]`.
#[derive(Debug)]
struct Mapped {
    reader: Arc<dyn ColumnReader>,
    map: ValueMap,
}

impl ColumnReader for Mapped {
    fn read(
        &self,
        points: &[usize],
        out: &mut [f32],
    ) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        self.reader.read(points, out)?;
        out.iter_mut().for_each(|value| *value = self.map.output(f64::from(*value)) as f32);
        Ok(())
    }

    fn fingerprint(&self) -> u64 {
        let map = [self.map.scale, self.map.offset].map(f64::to_bits);
        map.into_iter().fold(self.reader.fingerprint(), |all, bits| (all ^ bits).rotate_left(17))
    }
}

/// Checks the length of `values` and that all are finite.
fn check(
    axes: &[Axis],
    shape: &[usize],
    channels: usize,
    expected: usize,
    values: &[f32],
) -> Result<(), SampledError> {
    if values.len() != expected {
        return Err(SampledError::Length { expected, found: values.len() });
    }
    match values.iter().position(|value| !value.is_finite()) {
        Some(at) => {
            let axes = axes.iter().map(|axis| axis.name.clone()).collect();
            Err(SampledError::NotFinite { axes, index: index(shape, at / channels) })
        }
        None => Ok(()),
    }
}

/// The index of sample `at` along each axis.
fn index(shape: &[usize], at: usize) -> Vec<usize> {
    let mut rest = at;
    let mut index: Vec<usize> = shape
        .iter()
        .rev()
        .map(|n| {
            let along = rest % n;
            rest /= n;
            along
        })
        .collect();
    index.reverse();
    index
}

/// The batch size, and the problem `u = data` at the samples. Its loss is the mean squared error over samples and
/// channels.
fn problem(
    (axes, shape, channels): (&[Axis], &[usize], usize),
    values: &ColumnValues,
    batch: Batch,
    seed: u64,
) -> Result<(usize, Problem), SampledError> {
    let batch = batch.of(shape.iter().product()).ok_or(SampledError::NoBatch)?;
    let side = Interval::new(-1.0, 1.0);
    // The names of the file are not used: names of the residual language are unique and have no spaces.
    let names: Vec<String> = (0..axes.len()).map(|axis| format!("x{axis}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let field = FieldEntry {
        ranges: vec![Some(side); axes.len()],
        network: FieldConfig::new(axes.len(), channels),
        ..FieldEntry::new("u", &names)
    };
    let grid = Domain::Grid(shape.iter().map(|n| (side, *n)).collect());
    let residual = Expr::name("u") - Expr::name("data");
    let constraint = ConstraintEntry {
        sampling: Sampling { samples: Some(batch), seed, ..Sampling::default() },
        columns: vec![Column {
            name: "data".into(),
            width: channels,
            complex: false,
            values: values.clone(),
        }],
        weight: 1.0 / channels as f64,
        ..ConstraintEntry::new("data", residual, &names, grid)
    };
    let description =
        Description { fields: vec![field], constraints: vec![constraint], ..Description::default() };
    Ok((batch, Problem::new(description)?))
}

impl Task for Sampled {
    super::terms_of_problem!();

    /// The values have the range 2, so the squared peak is 4.
    fn psnr_of_loss(&self, loss: f64) -> Option<f64> {
        Some(10.0 * (4.0 / loss).log10())
    }

    fn psnr(&self, moment: &Moment<'_>) -> Result<Option<f64>, TaskError> {
        let Some(field) = moment.fields.first() else { return Ok(None) };
        Ok(self.psnr_of_loss(self.mean_square(moment.engine, field, true)?))
    }
}

fn extremes(values: &[f32]) -> (f32, f32) {
    values.iter().fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), &v| (low.min(v), high.max(v)))
}

/// The map from `[-1, 1]` to `[low, high]`. A constant signal has the scale 1.
pub(crate) fn value_map((low, high): (f32, f32)) -> ValueMap {
    let (low, high) = (f64::from(low), f64::from(high));
    let scale = if high > low { (high - low) / 2.0 } else { 1.0 };
    ValueMap { scale, offset: (low + high) / 2.0 }
}

#[cfg(test)]
mod tests;
