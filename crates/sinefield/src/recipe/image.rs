//! Fitting a picture: a field of (row, column) whose outputs are the picture's channels.
//!
//! Pixel `(r, c)` of a `rows x columns` picture lies at `(-1 + 2 r / (rows - 1), -1 + 2 c / (columns -
//! 1))`. Channel values are mapped to `[-1, 1]`, and the loss is the mean over pixels and channels of
//! the squared error there.

use thiserror::Error;

use super::shuffle::Shuffle;
use crate::engine::{Jets, System};
use crate::field::{Field, FieldConfig, FieldError, Meta, Sampling, ValueMap};
use crate::fit::{Now, Task, Term};
use crate::jet::JetSpec;

/// A picture up to this many pixels is seen whole at every step.
const LARGEST_FULL_BATCH: usize = 1 << 17;
/// Pixels of a step of a larger picture.
const BATCH: usize = 1 << 16;

/// A picture to fit, and how many of its pixels a step sees.
///
/// ```
/// use sinefield::field::FieldConfig;
/// use sinefield::recipe::image::{Batch, Picture};
///
/// // Two rows, three columns, one channel. Without a range, 0 maps to -1 and 10 to 1.
/// let values = vec![0.0, 2.0, 4.0, 6.0, 8.0, 10.0];
/// let picture = Picture::new((2, 3, 1), values, None)?.with_batch(Batch::Pixels(4), 0)?;
/// assert_eq!((picture.pixels(), picture.batch()), (6, 4));
/// assert_eq!(picture.value_map().output(10.0), 1.0);
///
/// // A field for it keeps the map and the picture's size, and so do the files it is saved in.
/// let field = picture.field(&FieldConfig { hidden: 8, ..FieldConfig::default() }, 0)?;
/// assert_eq!(field.meta.value.signal(-1.0), 0.0);
/// assert_eq!(field.meta.axes[1].samples, Some(3));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Picture {
    rows: usize,
    columns: usize,
    channels: usize,
    /// Normalised to `[-1, 1]`, `(rows, columns, channels)`.
    values: Vec<f32>,
    map: ValueMap,
    batch: usize,
    shuffle: Shuffle,
    terms: Vec<Term>,
    fingerprint: u64,
}

/// Why a picture cannot be fitted.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum PictureError {
    /// A side or the number of channels is zero.
    #[error("the picture is {rows} x {columns} with {channels} channels: there is nothing to fit")]
    Empty {
        /// Rows.
        rows: usize,
        /// Columns.
        columns: usize,
        /// Channels.
        channels: usize,
    },
    /// One pixel has no neighbour, and so no derivative.
    #[error("the picture is a single pixel; a field needs at least two to be fitted to")]
    SinglePixel,
    /// The array's length is not the product of its sides.
    #[error("the picture has {found} numbers where its sides make {expected}")]
    Length {
        /// By the sides.
        expected: usize,
        /// In the array.
        found: usize,
    },
    /// A value is NaN or infinite.
    #[error("the picture's value at row {row}, column {column} is not a finite number")]
    NotFinite {
        /// Its row.
        row: usize,
        /// Its column.
        column: usize,
    },
    /// An empty batch.
    #[error("a batch must have at least 1 pixel")]
    NoBatch,
}

/// The pixels a step sees.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Batch {
    /// All of a picture up to 131,072 pixels, 65,536 of a larger one.
    #[default]
    Auto,
    /// All.
    Full,
    /// This many, drawn without replacement until all have been seen.
    Pixels(usize),
}

impl Picture {
    /// A picture of `values` `(rows, columns, channels)`, of which `range` maps to `[-1, 1]`: the range
    /// that integers of the file could have, or `None` for the smallest to the largest value.
    ///
    /// # Errors
    /// If it is empty, a single pixel, of another length, or has a value that is not finite.
    pub fn new(
        (rows, columns, channels): (usize, usize, usize),
        mut values: Vec<f32>,
        range: Option<(f32, f32)>,
    ) -> Result<Self, PictureError> {
        let expected = rows.saturating_mul(columns).saturating_mul(channels);
        if expected == 0 {
            return Err(PictureError::Empty { rows, columns, channels });
        }
        if rows * columns == 1 {
            return Err(PictureError::SinglePixel);
        }
        if values.len() != expected {
            return Err(PictureError::Length { expected, found: values.len() });
        }
        if let Some(at) = values.iter().position(|v| !v.is_finite()) {
            let pixel = at / channels;
            return Err(PictureError::NotFinite { row: pixel / columns, column: pixel % columns });
        }
        let map = value_map(range.unwrap_or_else(|| extremes(&values)));
        values.iter_mut().for_each(|v| *v = map.output(f64::from(*v)) as f32);
        let picture = Self {
            rows,
            columns,
            channels,
            fingerprint: fingerprint((rows, columns, channels), &values),
            values,
            map,
            batch: rows * columns,
            shuffle: Shuffle::new(rows * columns, 0),
            terms: vec![Term { name: "picture".into(), fields: vec![(0, JetSpec::value(2))] }],
        };
        picture.with_batch(Batch::Auto, 0)
    }

    /// The same picture with another batch, drawn by `seed`.
    ///
    /// # Errors
    /// If the batch is empty.
    pub fn with_batch(mut self, batch: Batch, seed: u64) -> Result<Self, PictureError> {
        let all = self.pixels();
        self.batch = match batch {
            Batch::Pixels(0) => return Err(PictureError::NoBatch),
            Batch::Pixels(count) => count.min(all),
            Batch::Full => all,
            Batch::Auto if all <= LARGEST_FULL_BATCH => all,
            Batch::Auto => BATCH,
        };
        self.shuffle = Shuffle::new(all, seed);
        Ok(self)
    }

    /// Pixels.
    pub fn pixels(&self) -> usize {
        self.rows * self.columns
    }

    /// Pixels of a step.
    pub fn batch(&self) -> usize {
        self.batch
    }

    /// `(rows, columns, channels)`.
    pub fn shape(&self) -> (usize, usize, usize) {
        (self.rows, self.columns, self.channels)
    }

    /// How outputs map to the picture's values.
    pub fn value_map(&self) -> ValueMap {
        self.map
    }

    /// A new field for this picture: `config` with its coordinates and channels, drawn from `seed`.
    ///
    /// # Errors
    /// If a width, ω or count in `config` is out of range.
    pub fn field(&self, config: &FieldConfig, seed: u64) -> Result<Field, FieldError> {
        let config = FieldConfig { inputs: 2, outputs: self.channels, ..config.clone() };
        let mut field = Field::new(&config, seed)?;
        field.meta = Meta { value: self.map, ..Meta::picture(self.rows, self.columns) };
        Ok(field)
    }

    /// The pixel that point `point` of step `step` is.
    fn pixel(&self, step: usize, point: usize) -> usize {
        if self.batch == self.pixels() {
            return point;
        }
        self.shuffle.at(step as u64 * self.batch as u64 + point as u64)
    }

    fn coordinates(&self, pixels: impl Iterator<Item = usize>, out: &mut [f32]) {
        let (rows, columns) = (Sampling::inclusive(self.rows), Sampling::inclusive(self.columns));
        for (x, pixel) in out.chunks_exact_mut(2).zip(pixels) {
            x[0] = rows.coordinate((pixel / self.columns) as f64) as f32;
            x[1] = columns.coordinate((pixel % self.columns) as f64) as f32;
        }
    }
}

/// One step's pixels.
struct Step<'a> {
    picture: &'a Picture,
    step: usize,
}

impl System for Step<'_> {
    fn points(&self) -> usize {
        self.picture.batch
    }

    fn coordinates(&self, _: usize, start: usize, out: &mut [f32]) {
        self.picture.coordinates((start..).map(|point| self.picture.pixel(self.step, point)), out);
    }

    fn residual(&self, start: usize, jets: &[Jets<'_>], bars: &mut [&mut [f32]], _: &mut [f64]) -> f64 {
        let channels = self.picture.channels;
        let share = 1.0 / (self.picture.batch * channels) as f64;
        let mut sum = 0.0;
        let rows = jets[0].data.chunks_exact(channels).zip(bars[0].chunks_exact_mut(channels));
        for (point, (got, bars)) in rows.enumerate() {
            let pixel = self.picture.pixel(self.step, start + point);
            let wanted = &self.picture.values[pixel * channels..(pixel + 1) * channels];
            for ((got, wanted), bar) in got.iter().zip(wanted).zip(bars) {
                let error = got - wanted;
                *bar = (2.0 * share) as f32 * error;
                sum += f64::from(error) * f64::from(error);
            }
        }
        sum * share
    }
}

impl Task for Picture {
    fn terms(&self) -> &[Term] {
        &self.terms
    }

    fn fingerprint(&self) -> u64 {
        let batch = [self.batch as u64, self.shuffle.seed()].map(u64::to_le_bytes).concat();
        self.fingerprint ^ crate::fit::hash(&batch)
    }

    fn system(&self, _: usize, now: &Now<'_>) -> Box<dyn System + '_> {
        Box::new(Step { picture: self, step: now.step })
    }

    /// The values span 2, so the peak's square is 4.
    fn psnr_of_loss(&self, loss: f64) -> Option<f64> {
        Some(10.0 * (4.0 / loss).log10())
    }

    fn psnr(&self, now: &Now<'_>) -> Option<f64> {
        let field = now.fields.first()?;
        let mut stepper = now.engine.stepper(field.architecture(), &JetSpec::value(2)).ok()?;
        // One error a pixel, added in order: the same bits on any number of threads.
        let mut errors = vec![0.0f64; self.pixels()];
        let coordinates = |start: usize, x: &mut [f32]| self.coordinates(start.., x);
        let squares = |start: usize, jets: &Jets<'_>, out: &mut [f64]| {
            let wanted = self.values[start * self.channels..].chunks_exact(self.channels);
            for ((got, wanted), out) in jets.data.chunks_exact(self.channels).zip(wanted).zip(out) {
                let square = |(g, w): (&f32, &f32)| f64::from(g.clamp(-1.0, 1.0) - w).powi(2);
                *out = got.iter().zip(wanted).map(square).sum();
            }
        };
        stepper.evaluate(field.parameters(), coordinates, &mut errors, 1, squares);
        let mean = errors.iter().sum::<f64>() / self.values.len() as f64;
        self.psnr_of_loss(mean)
    }
}

fn extremes(values: &[f32]) -> (f32, f32) {
    values.iter().fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), &v| (low.min(v), high.max(v)))
}

/// The map that takes `[-1, 1]` to `[low, high]`; a constant signal keeps a scale of 1.
fn value_map((low, high): (f32, f32)) -> ValueMap {
    let (low, high) = (f64::from(low), f64::from(high));
    let scale = if high > low { (high - low) / 2.0 } else { 1.0 };
    ValueMap { scale, offset: (low + high) / 2.0 }
}

fn fingerprint((rows, columns, channels): (usize, usize, usize), values: &[f32]) -> u64 {
    let sides = [rows, columns, channels].map(|n| (n as u64).to_le_bytes()).concat();
    values.iter().fold(crate::fit::hash(&sides), |h, v| {
        (h ^ u64::from(v.to_bits())).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(23)
    })
}
