//! The task: samples of values and derivatives, each a term of the loss.

use std::sync::Arc;

use super::GradientDomainError;
use super::Kind;
use super::divergence::{Divergence, few_enough};
use super::samples::Samples;
use super::weighed::Weighed;
use crate::engine::{Jets, System};
use crate::field::{Field, FieldConfig, FieldError, Meta, ValueMap};
use crate::fit::{Moment, Task, TaskError, Term};
use crate::problem::{Description, FieldEntry, Problem, Sampling};
use crate::recipe::sampled::Batch;

/// A picture known by its derivatives, and by values where there are any: a task for a fit.
///
/// The loss is the sum over [`Samples`] of the mean squared error, each divided by the mean square of
/// its numbers and multiplied by its weight. Each is a constraint of a [`Problem`] in rows and columns,
/// like `scale*d(u, row) - data`.
///
/// ```
/// use std::sync::Arc;
///
/// use sinefield::engine::cpu::CpuEngine;
/// use sinefield::field::FieldConfig;
/// use sinefield::fit::{Control, Fit, FitConfig};
/// use sinefield::recipe::gradient_domain::{GradientDomain, Kind, Samples, samples_psnr};
///
/// // An inclined plane of 9 x 7 pixels, given by its differences alone.
/// let shape = (9, 7, 1);
/// let down = Samples::new(Kind::DownBetween, shape, vec![0.02; 8 * 7])?;
/// let right = Samples::new(Kind::RightBetween, shape, vec![-0.01; 9 * 6])?;
/// let task = Arc::new(GradientDomain::new(shape, (0.0, 1.0), vec![down, right])?);
///
/// let network = FieldConfig { hidden: 16, omega: Some(5.0), first_omega: Some(5.0), ..FieldConfig::default() };
/// let engine = Arc::new(CpuEngine::new(Some(1))?);
/// let config = FitConfig { steps: 200, rate: 2e-3, ..FitConfig::default() };
/// let mut fit = Fit::new(engine.clone(), task.field(&network, 0)?, task.clone(), config)?;
/// fit.run(|_, _| Control::Continue)?;
/// // Plane as it is, its derivatives have no range; the errors are held against one of 1.
/// assert!(samples_psnr(&engine, fit.field(), task.samples(), Some(1.0))? > 40.0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct GradientDomain {
    picture: (usize, usize, usize),
    map: ValueMap,
    samples: Vec<Samples>,
    /// The frequency-weighted part of the loss, if any.
    whole: Option<Whole>,
    /// None where nothing is asked beside that.
    problem: Option<Problem>,
    terms: Vec<Term>,
    /// Pixels whose share of every term's sites a step sees.
    batch: usize,
}

/// The derivatives whose errors are weighed by frequency.
#[derive(Clone, Debug)]
enum Whole {
    Gradient(Arc<Weighed>),
    Divergence(Arc<Divergence>),
}

impl Whole {
    fn task(&self) -> &dyn Task {
        match self {
            Whole::Gradient(gradient) => gradient.as_ref(),
            Whole::Divergence(divergence) => divergence.as_ref(),
        }
    }
}

impl GradientDomain {
    /// The task of making `samples` true of a picture of `(rows, columns, channels)`, the values of
    /// which lie about in `range`. Samples without a site are left out.
    ///
    /// # Errors
    /// If no samples are left, or some are of a picture of another size.
    pub fn new(
        picture: (usize, usize, usize),
        range: (f32, f32),
        samples: Vec<Samples>,
    ) -> Result<Self, GradientDomainError> {
        if let Some(other) = samples.iter().find(|samples| samples.picture != picture) {
            return Err(GradientDomainError::OtherPicture { picture, other: other.picture });
        }
        let samples: Vec<Samples> = samples.into_iter().filter(|samples| samples.count() > 0).collect();
        if samples.is_empty() {
            return Err(GradientDomainError::NoSamples);
        }
        Self::bare(picture, range, samples)
    }

    fn bare(
        picture: (usize, usize, usize),
        range: (f32, f32),
        samples: Vec<Samples>,
    ) -> Result<Self, GradientDomainError> {
        let map = crate::recipe::sampled::value_map(range);
        let batch = Batch::Auto.of(picture.0 * picture.1).ok_or(GradientDomainError::NoBatch)?;
        let problem = problem(picture, map, &samples, batch, 0)?;
        let terms = problem.as_ref().map_or(Vec::new(), |problem| problem.terms().to_vec());
        Ok(Self { picture, map, samples, whole: None, problem, terms, batch })
    }

    /// The task of a picture with the gradient `[down, right]`, both half-way between pixels or both at
    /// them, and `samples` beside it. Errors of the gradient are weighed by their frequency, which leaves
    /// the least-squares solution what it is and finds its low frequencies sooner. Every step sees all
    /// of them, and of a picture of up to [`super::LARGEST_WEIGHED`] pixels.
    ///
    /// # Errors
    /// If the samples are of other kinds or pictures or only of some sites, or there are too many pixels.
    pub fn with_gradient(
        picture: (usize, usize, usize),
        range: (f32, f32),
        gradient: [&Samples; 2],
        samples: Vec<Samples>,
    ) -> Result<Self, GradientDomainError> {
        if let Some(of) = gradient.into_iter().chain(&samples).find(|of| of.picture != picture) {
            return Err(GradientDomainError::OtherPicture { picture, other: of.picture });
        }
        let kinds = gradient.map(Samples::kind);
        let together = [[Kind::DownBetween, Kind::RightBetween], [Kind::Down, Kind::Right]].contains(&kinds);
        if !together || gradient.iter().any(|of| !of.sites.is_whole()) {
            return Err(GradientDomainError::NoGradient { kinds });
        }
        few_enough(picture)?;
        if gradient.iter().all(|of| of.count() == 0) {
            return Err(GradientDomainError::NoSamples);
        }
        let task = Self::bare(picture, range, samples)?;
        let weighed = Weighed::new(gradient, task.map);
        task.with(Whole::Gradient(Arc::new(weighed)))
    }

    /// Adds what the divergence of the field's gradient should be at the pixels inside: see
    /// [`super::LARGEST_WEIGHED`]. Every step then sees all of them.
    ///
    /// `laplacian` is `(rows - 2, columns - 2, channels)`, by the five-point stencil and in signal units
    /// per pixel squared.
    ///
    /// # Errors
    /// If there is no pixel inside, there are too many, or `laplacian` is not of that size or not finite.
    pub fn with_divergence(self, laplacian: Vec<f32>) -> Result<Self, GradientDomainError> {
        let divergence = Divergence::new(self.picture, self.map, laplacian)?;
        self.with(Whole::Divergence(Arc::new(divergence)))
    }

    /// The same task with errors weighed by frequency beside its samples.
    fn with(mut self, whole: Whole) -> Result<Self, GradientDomainError> {
        if self.batch < self.pixels() {
            self.batch = self.pixels();
            self.problem = problem(self.picture, self.map, &self.samples, self.batch, 0)?;
        }
        let samples = self.problem.as_ref().map_or(&[][..], Problem::terms);
        self.terms = [whole.task().terms(), samples].concat();
        self.whole = Some(whole);
        Ok(self)
    }

    /// The same task with another batch, in pixels whose share of every term's sites a step sees, drawn
    /// by `seed`.
    ///
    /// # Errors
    /// If the batch is empty.
    pub fn with_batch(mut self, size: Batch, seed: u64) -> Result<Self, GradientDomainError> {
        self.batch = size.of(self.pixels()).ok_or(GradientDomainError::NoBatch)?;
        if self.whole.is_some() && size == Batch::Auto {
            self.batch = self.pixels();
        }
        self.problem = problem(self.picture, self.map, &self.samples, self.batch, seed)?;
        Ok(self)
    }

    /// Pixels of the picture.
    pub fn pixels(&self) -> usize {
        self.picture.0 * self.picture.1
    }

    /// Pixels whose share of every term's sites a step sees.
    pub fn batch(&self) -> usize {
        self.batch
    }

    /// `(rows, columns, channels)`.
    pub fn shape(&self) -> (usize, usize, usize) {
        self.picture
    }

    /// What should hold of the picture beside that of which errors are weighed by frequency.
    pub fn samples(&self) -> impl Iterator<Item = &Samples> {
        self.samples.iter()
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
        let (rows, columns, channels) = self.picture;
        let config = FieldConfig { inputs: 2, outputs: channels, ..config.clone() };
        let mut field = Field::new(&config, seed)?;
        field.meta = Meta { value: self.map, ..Meta::picture(rows, columns) };
        Ok(field)
    }
}

impl Task for GradientDomain {
    fn terms(&self) -> &[Term] {
        &self.terms
    }

    fn fingerprint(&self) -> u64 {
        let whole = self.whole.as_ref().map_or(0, |whole| whole.task().fingerprint());
        self.problem.as_ref().map_or(0, Problem::fingerprint) ^ whole.rotate_left(17)
    }

    fn system(&self, term: usize, moment: &Moment<'_>) -> Result<Box<dyn System + '_>, TaskError> {
        let whole = self.whole.as_ref().map(Whole::task);
        let before = whole.map_or(0, |whole| whole.terms().len());
        match (whole, &self.problem) {
            (Some(whole), _) if term < before => whole.system(term, moment),
            (_, Some(problem)) => problem.system(term - before, moment),
            _ => Ok(Box::new(Nothing)),
        }
    }

    fn has_fixed_points(&self) -> bool {
        self.problem.as_ref().is_none_or(Problem::has_fixed_points)
    }
}

/// A sum over no points.
struct Nothing;

impl System for Nothing {
    fn points(&self) -> usize {
        0
    }

    fn coordinates(&self, _: usize, _: usize, _: &mut [f64]) {}

    fn residual(&self, _: usize, _: &[Jets<'_>], _: &mut [&mut [f32]], _: &mut [f64]) -> f64 {
        0.0
    }
}

/// Every sample a constraint of the field `u`, of which a step sees its share of `batch` pixels.
fn problem(
    picture: (usize, usize, usize),
    map: ValueMap,
    samples: &[Samples],
    batch: usize,
    seed: u64,
) -> Result<Option<Problem>, GradientDomainError> {
    if samples.is_empty() {
        return Ok(None);
    }
    let (rows, columns, channels) = picture;
    let entry = |samples: &Samples| {
        let drawn = samples.count() as u128 * batch as u128;
        let drawn = drawn.div_ceil((rows * columns) as u128) as usize;
        let sampling = Sampling { samples: Some(drawn), seed, ..Sampling::default() };
        samples.constraint(map, sampling)
    };
    let [down, right] = super::sites::ranges((rows, columns));
    let field = FieldEntry {
        ranges: vec![Some(down), Some(right)],
        network: FieldConfig::new(2, channels),
        ..FieldEntry::new("u", &["row", "column"])
    };
    Ok(Some(Problem::new(Description {
        fields: vec![field],
        constants: vec![("scale".into(), vec![map.scale]), ("offset".into(), vec![map.offset])],
        constraints: samples.iter().map(entry).collect::<Result<_, _>>()?,
        ..Description::default()
    })?))
}
