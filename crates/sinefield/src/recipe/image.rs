//! Fitting a picture: a field of (row, column) whose outputs are the picture's channels.
//!
//! Pixel `(r, c)` of a `rows x columns` picture lies at `(-1 + 2 r / (rows - 1), -1 + 2 c / (columns -
//! 1))`. Channel values are mapped to `[-1, 1]`, and the loss is the mean over pixels and channels of
//! the squared error there.

use std::sync::Arc;

use thiserror::Error;

use crate::engine::{Jets, System};
use crate::expr::Expr;
use crate::field::{Activation, Field, FieldConfig, FieldError, Meta, Sampling, ValueMap};
use crate::fit::{FitConfig, Moment, Task, TaskError, Term};
use crate::jet::JetSpec;
use crate::problem::{Column, ConstraintEntry, Description, Domain, FieldEntry, Problem, Side};
use crate::problem::{ProblemError, Sampling as Draws};

/// A picture up to this many pixels is seen whole at every step.
const LARGEST_FULL_BATCH: usize = 1 << 17;
/// Pixels of a step of a larger picture.
const BATCH: usize = 1 << 16;
/// Parameters for each pixel that a sine network may have to be fitted at the usual rate. The default
/// network has 3.03 on 256 x 256 pixels.
const PARAMETERS_A_PIXEL: f64 = 3.1;

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
    values: Arc<[f32]>,
    map: ValueMap,
    batch: usize,
    /// `u - picture` at its pixels.
    problem: Problem,
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
    /// The problem of fitting it cannot be stated.
    #[error(transparent)]
    Problem(#[from] ProblemError),
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
        let values: Arc<[f32]> = values.into();
        let (batch, problem) = problem((rows, columns, channels), &values, Batch::Auto, 0)?;
        Ok(Self { rows, columns, channels, values, map, batch, problem })
    }

    /// The same picture with another batch, drawn by `seed`.
    ///
    /// # Errors
    /// If the batch is empty.
    pub fn with_batch(mut self, batch: Batch, seed: u64) -> Result<Self, PictureError> {
        (self.batch, self.problem) = problem(self.shape(), &self.values, batch, seed)?;
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

    /// The peak learning rate that suits a fit of `field` to this picture: [`FitConfig`]'s own, and for sine
    /// networks of more than 3.1 parameters a pixel that times `sqrt(3.1 pixels / parameters)`, to two digits.
    ///
    /// Such a network reaches the pixels at any rate; a higher one puts frequencies between them, where no
    /// pixel holds it down (`docs/choosing.md` has what was measured).
    pub fn rate(&self, field: &Field) -> f64 {
        let own = FitConfig::default().rate;
        if field.architecture().layers[0].activation != Activation::Sine {
            return own;
        }
        let held = PARAMETERS_A_PIXEL * self.pixels() as f64 / field.parameters().len() as f64;
        let rate = own * held.min(1.0).sqrt();
        // By way of its decimal digits, so that it is written as short as it was meant.
        format!("{rate:.1e}").parse().unwrap_or(rate)
    }

    fn coordinates(&self, pixels: impl Iterator<Item = usize>, out: &mut [f64]) {
        let (rows, columns) = (Sampling::inclusive(self.rows), Sampling::inclusive(self.columns));
        for (x, pixel) in out.chunks_exact_mut(2).zip(pixels) {
            x[0] = rows.coordinate((pixel / self.columns) as f64);
            x[1] = columns.coordinate((pixel % self.columns) as f64);
        }
    }
}

/// `u = picture` at the pixels, by the mean over pixels and channels of the squared error, and how many
/// pixels a step sees.
fn problem(
    (rows, columns, channels): (usize, usize, usize),
    values: &Arc<[f32]>,
    batch: Batch,
    seed: u64,
) -> Result<(usize, Problem), PictureError> {
    let all = rows * columns;
    let batch = match batch {
        Batch::Pixels(0) => return Err(PictureError::NoBatch),
        Batch::Pixels(count) => count.min(all),
        Batch::Full => all,
        Batch::Auto if all <= LARGEST_FULL_BATCH => all,
        Batch::Auto => BATCH,
    };
    let side = Side::new(-1.0, 1.0);
    let field = FieldEntry {
        ranges: vec![Some(side); 2],
        network: FieldConfig::new(2, channels),
        ..FieldEntry::new("u", &["row", "column"])
    };
    let grid = Domain::Grid(vec![(side, rows), (side, columns)]);
    let residual = Expr::name("u") - Expr::name("picture");
    let constraint = ConstraintEntry {
        sampling: Draws { samples: Some(batch), seed, ..Draws::default() },
        columns: vec![Column { name: "picture".into(), width: channels, values: values.clone().into() }],
        weight: 1.0 / channels as f64,
        ..ConstraintEntry::new("picture", residual, &["row", "column"], grid)
    };
    let description =
        Description { fields: vec![field], constraints: vec![constraint], ..Description::default() };
    Ok((batch, Problem::new(description)?))
}

impl Task for Picture {
    fn terms(&self) -> &[Term] {
        self.problem.terms()
    }

    fn fingerprint(&self) -> u64 {
        self.problem.fingerprint()
    }

    fn system(&self, term: usize, moment: &Moment<'_>) -> Result<Box<dyn System + '_>, TaskError> {
        self.problem.system(term, moment)
    }

    fn has_fixed_points(&self) -> bool {
        self.problem.has_fixed_points()
    }

    /// The values span 2, so the peak's square is 4.
    fn psnr_of_loss(&self, loss: f64) -> Option<f64> {
        Some(10.0 * (4.0 / loss).log10())
    }

    fn psnr(&self, moment: &Moment<'_>) -> Result<Option<f64>, TaskError> {
        let Some(field) = moment.fields.first() else { return Ok(None) };
        let mut evaluator = moment.engine.evaluator(field.architecture(), &JetSpec::value(2))?;
        // One error a pixel, added in order: the same bits on any number of threads.
        let mut errors = vec![0.0f64; self.pixels()];
        let coordinates = |start: usize, x: &mut [f64]| self.coordinates(start.., x);
        let squares = |start: usize, jets: &Jets<'_>, out: &mut [f64]| {
            let wanted = self.values[start * self.channels..].chunks_exact(self.channels);
            for ((got, wanted), out) in jets.data.chunks_exact(self.channels).zip(wanted).zip(out) {
                let square = |(g, w): (&f32, &f32)| f64::from(g.clamp(-1.0, 1.0) - w).powi(2);
                *out = got.iter().zip(wanted).map(square).sum();
            }
        };
        evaluator.evaluate(field.parameters(), coordinates, &mut errors, 1, squares);
        let mean = errors.iter().sum::<f64>() / self.values.len() as f64;
        Ok(self.psnr_of_loss(mean))
    }
}

fn extremes(values: &[f32]) -> (f32, f32) {
    values.iter().fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), &v| (low.min(v), high.max(v)))
}

/// The map that takes `[-1, 1]` to `[low, high]`; a constant signal keeps a scale of 1.
pub(crate) fn value_map((low, high): (f32, f32)) -> ValueMap {
    let (low, high) = (f64::from(low), f64::from(high));
    let scale = if high > low { (high - low) / 2.0 } else { 1.0 };
    ValueMap { scale, offset: (low + high) / 2.0 }
}
