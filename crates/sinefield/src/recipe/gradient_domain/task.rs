//! The task of fitting a field to sets of samples, of values or derivatives. Each set is a term of the loss.

use std::sync::Arc;

use super::GradientDomainError;
use super::SampleKind;
use super::divergence::{Divergence, check_size};
use super::samples::Samples;
use super::weighted::WeightedGradient;
use crate::engine::{Jets, System};
use crate::field::{Field, FieldConfig, FieldError, Meta, ValueMap};
use crate::fit::{Moment, Task, TaskError, Term};
use crate::problem::{Description, FieldEntry, Problem, Sampling};
use crate::recipe::sampled::Batch;

/// The task of fitting a field to the derivatives of a picture, and to its values where they are known.
///
/// The loss is a sum over sets of [`Samples`]. Each set adds its mean squared error, divided by the mean square
/// of its numbers and multiplied by its weight. Each set is a constraint of a [`Problem`] in rows and columns, such as
/// `scale*d(u, row) - data`.
///
/// ```
/// use std::sync::Arc;
///
/// use sinefield::engine::cpu::CpuEngine;
/// use sinefield::field::FieldConfig;
/// use sinefield::fit::{Control, Fit, FitConfig};
/// use sinefield::recipe::gradient_domain::{GradientDomain, SampleKind, Samples, samples_psnr};
///
/// // An inclined plane of 9 x 7 pixels, given only by its differences.
/// let shape = (9, 7, 1);
/// let down = Samples::new(SampleKind::DownBetween, shape, vec![0.02; 8 * 7])?;
/// let right = Samples::new(SampleKind::RightBetween, shape, vec![-0.01; 9 * 6])?;
/// let task = Arc::new(GradientDomain::new(shape, (0.0, 1.0), vec![down, right])?);
///
/// let network = FieldConfig { hidden: 16, omega: Some(5.0), first_omega: Some(5.0), ..FieldConfig::default() };
/// let engine = Arc::new(CpuEngine::new(Some(1))?);
/// let config = FitConfig { steps: 200, rate: 2e-3, ..FitConfig::default() };
/// let mut fit = Fit::new(engine.clone(), task.field(&network, 0)?, task.clone(), config)?;
/// fit.run(|_, _| Control::Continue)?;
/// // The derivatives of a plane are constant and have no range, so the peak is set to 1.
/// assert!(samples_psnr(&engine, fit.field(), task.samples(), Some(1.0))? > 40.0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct GradientDomain {
    picture: (usize, usize, usize),
    map: ValueMap,
    samples: Vec<Samples>,
    /// The frequency-weighted part of the loss, if any.
    weighted: Option<Weighted>,
    /// The problem of the other samples; `None` if there are none.
    problem: Option<Problem>,
    terms: Vec<Term>,
    /// The batch size in pixels. A step uses the same fraction of the sites of every term.
    batch: usize,
}

/// The frequency-weighted part of a loss.
#[derive(Clone, Debug)]
enum Weighted {
    Gradient(Arc<WeightedGradient>),
    Divergence(Arc<Divergence>),
}

impl Weighted {
    fn task(&self) -> &dyn Task {
        match self {
            Weighted::Gradient(gradient) => gradient.as_ref(),
            Weighted::Divergence(divergence) => divergence.as_ref(),
        }
    }
}

impl GradientDomain {
    /// The task of fitting `samples` of a picture of `(rows, columns, channels)`. Its values lie roughly
    /// in `range`. Samples without a site are ignored.
    ///
    /// # Errors
    /// If no samples remain, or some belong to a picture of another size.
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
        Self::unweighted(picture, range, samples)
    }

    fn unweighted(
        picture: (usize, usize, usize),
        range: (f32, f32),
        samples: Vec<Samples>,
    ) -> Result<Self, GradientDomainError> {
        let map = crate::recipe::sampled::value_map(range);
        let batch = Batch::Auto.of(picture.0 * picture.1).ok_or(GradientDomainError::NoBatch)?;
        let problem = problem(picture, map, &samples, batch, 0)?;
        let terms = problem.as_ref().map_or(Vec::new(), |problem| problem.terms().to_vec());
        Ok(Self { picture, map, samples, weighted: None, problem, terms, batch })
    }

    /// The task of fitting the gradient `[down, right]` and, in addition, `samples`. Both directions lie
    /// half-way between pixels, or both at pixels. The errors of the gradient are weighted by frequency.
    /// The weights do not change the least-squares solution, and its low frequencies converge sooner. Every
    /// step uses all sites of the gradient. A picture may have up to [`super::LARGEST_WEIGHTED`] pixels.
    ///
    /// # Errors
    /// If the gradient has other kinds or lacks sites, samples belong to another picture, or there are
    /// too many pixels.
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
        let together =
            [[SampleKind::DownBetween, SampleKind::RightBetween], [SampleKind::Down, SampleKind::Right]]
                .contains(&kinds);
        if !together || gradient.iter().any(|of| !of.sites.is_whole()) {
            return Err(GradientDomainError::NoGradient { kinds });
        }
        check_size(picture)?;
        if gradient.iter().all(|of| of.count() == 0) {
            return Err(GradientDomainError::NoSamples);
        }
        let task = Self::unweighted(picture, range, samples)?;
        let weighted = WeightedGradient::new(gradient, task.map);
        task.with_weighted(Weighted::Gradient(Arc::new(weighted)))
    }

    /// Adds a target for the divergence of the field's gradient at the interior pixels. Every step then
    /// uses all pixels. A picture may have up to [`super::LARGEST_WEIGHTED`] pixels.
    ///
    /// `laplacian` is `(rows - 2, columns - 2, channels)`, from the five-point stencil, in signal units per
    /// pixel squared.
    ///
    /// # Errors
    /// If there is no interior pixel, there are too many pixels, or `laplacian` has another size or is not
    /// finite.
    pub fn with_divergence(self, laplacian: Vec<f32>) -> Result<Self, GradientDomainError> {
        let divergence = Divergence::new(self.picture, self.map, laplacian)?;
        self.with_weighted(Weighted::Divergence(Arc::new(divergence)))
    }

    /// The same task with a frequency-weighted part in addition to its samples.
    fn with_weighted(mut self, weighted: Weighted) -> Result<Self, GradientDomainError> {
        if self.batch < self.pixels() {
            self.batch = self.pixels();
            self.problem = problem(self.picture, self.map, &self.samples, self.batch, 0)?;
        }
        let samples = self.problem.as_ref().map_or(&[][..], Problem::terms);
        self.terms = [weighted.task().terms(), samples].concat();
        self.weighted = Some(weighted);
        Ok(self)
    }

    /// The same task with another batch size in pixels. A step uses the same fraction of the sites of
    /// every term of samples, drawn by `seed`.
    ///
    /// # Errors
    /// If the batch is empty.
    pub fn with_batch(mut self, size: Batch, seed: u64) -> Result<Self, GradientDomainError> {
        self.batch = size.of(self.pixels()).ok_or(GradientDomainError::NoBatch)?;
        if self.weighted.is_some() && size == Batch::Auto {
            self.batch = self.pixels();
        }
        self.problem = problem(self.picture, self.map, &self.samples, self.batch, seed)?;
        Ok(self)
    }

    /// The number of pixels of the picture.
    pub fn pixels(&self) -> usize {
        self.picture.0 * self.picture.1
    }

    /// The batch size in pixels.
    pub fn batch(&self) -> usize {
        self.batch
    }

    /// The picture's shape, `(rows, columns, channels)`.
    pub fn shape(&self) -> (usize, usize, usize) {
        self.picture
    }

    /// The samples of the loss, without its frequency-weighted part.
    pub fn samples(&self) -> impl Iterator<Item = &Samples> {
        self.samples.iter()
    }

    /// The map from outputs to the picture's values.
    pub fn value_map(&self) -> ValueMap {
        self.map
    }

    /// A new field for this picture, drawn from `seed`. It takes its inputs and outputs from the picture and
    /// everything else from `config`.
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
        let weighted = self.weighted.as_ref().map_or(0, |weighted| weighted.task().fingerprint());
        self.problem.as_ref().map_or(0, Problem::fingerprint) ^ weighted.rotate_left(17)
    }

    fn system(&self, term: usize, moment: &Moment<'_>) -> Result<Box<dyn System + '_>, TaskError> {
        let weighted = self.weighted.as_ref().map(Weighted::task);
        let count = weighted.map_or(0, |weighted| weighted.terms().len());
        match (weighted, &self.problem) {
            (Some(weighted), _) if term < count => weighted.system(term, moment),
            (_, Some(problem)) => problem.system(term - count, moment),
            _ => Ok(Box::new(EmptySystem)),
        }
    }

    fn has_fixed_points(&self) -> bool {
        self.problem.as_ref().is_none_or(Problem::has_fixed_points)
    }
}

/// A system without points.
struct EmptySystem;

impl System for EmptySystem {
    fn points(&self) -> usize {
        0
    }

    fn coordinates(&self, _: usize, _: usize, _: &mut [f64]) {}

    fn residual(&self, _: usize, _: &[Jets<'_>], _: &mut [&mut [f32]], _: &mut [f64]) -> f64 {
        0.0
    }
}

/// A problem with one constraint on the field `u` for each of `samples`. A step draws a fraction of the sites:
/// `batch` over the number of pixels.
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
