//! Target values and derivatives at sites of a picture, and the error of a field against them.

use std::sync::Arc;

use super::GradientDomainError;
use super::sites::{SampleKind, Sites};
use crate::engine::{Engine, EngineError};
use crate::expr::Expr;
use crate::field::{Field, ValueMap};
use crate::problem::{Column, ConstraintEntry, ProblemError, Sampling};

/// Sites evaluated at a time.
const BLOCK: usize = 1 << 18;

/// Targets of a field at sites of a picture: values in signal units, or derivatives in signal units per
/// pixel.
///
/// ```
/// use sinefield::recipe::gradient_domain::{SampleKind, Samples};
///
/// // A picture of 2 x 3 grey pixels has three differences down the rows and four along the columns.
/// let down = Samples::new(SampleKind::DownBetween, (2, 3, 1), vec![3.0; 3])?;
/// let right = Samples::new(SampleKind::RightBetween, (2, 3, 1), vec![1.0; 4])?;
/// assert_eq!((down.count(), right.count()), (3, 4));
///
/// // Keep only the last row of the latter, with a smaller weight.
/// let some = right.chosen(vec![2, 3])?.weighing(0.5);
/// assert_eq!(some.count(), 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Samples {
    pub(super) sites: Sites,
    pub(super) picture: (usize, usize, usize),
    /// `(sites, channels)`.
    pub(super) data: Arc<[f32]>,
    pub(super) weight: f64,
}

impl Samples {
    /// Samples at all sites of `kind` in a picture of `(rows, columns, channels)`. `data` is row-major
    /// with the channel last.
    ///
    /// # Errors
    /// If the picture is empty, the length of `data` is not sites times channels, or a number is not
    /// finite.
    pub fn new(
        kind: SampleKind,
        picture: (usize, usize, usize),
        data: Vec<f32>,
    ) -> Result<Self, GradientDomainError> {
        let (rows, columns, channels) = picture;
        if rows == 0 || columns == 0 || channels == 0 {
            return Err(GradientDomainError::Empty { rows, columns, channels });
        }
        let (down, across) = kind.lattice((rows, columns));
        let expected = down.saturating_mul(across).saturating_mul(channels);
        if expected != data.len() {
            return Err(GradientDomainError::Length { name: kind.name(), expected, found: data.len() });
        }
        if let Some(at) = data.iter().position(|value| !value.is_finite()) {
            let site = at / channels;
            let (row, column) = (site / across, site % across);
            return Err(GradientDomainError::NotFinite { name: kind.name(), row, column });
        }
        Ok(Self { sites: Sites::new(kind, (rows, columns), None), picture, data: data.into(), weight: 1.0 })
    }

    /// Keeps only the sites with these indices, in the given order. An index counts the sites that there are: all sites
    /// of the kind, row by row, or those of an earlier choice.
    ///
    /// # Errors
    /// If an index is not below the number of sites.
    pub fn chosen(self, sites: Vec<u32>) -> Result<Self, GradientDomainError> {
        let (all, channels) = (self.count(), self.picture.2);
        if let Some(site) = sites.iter().find(|site| **site as usize >= all) {
            return Err(GradientDomainError::NoSite { name: self.kind().name(), site: *site, all });
        }
        let of = |site: &u32| &self.data[*site as usize * channels..(*site as usize + 1) * channels];
        let data = sites.iter().flat_map(of).copied().collect();
        let (rows, columns, _) = self.picture;
        let sites = sites.into_iter().map(|site| self.sites.in_lattice(site)).collect();
        Ok(Self { sites: Sites::new(self.kind(), (rows, columns), Some(sites)), data, ..self })
    }

    /// The same samples with this weight in the loss.
    #[must_use]
    pub fn weighing(self, weight: f64) -> Self {
        Self { weight, ..self }
    }

    /// The kind of the samples.
    pub fn kind(&self) -> SampleKind {
        self.sites.kind
    }

    /// The number of sites.
    pub fn count(&self) -> usize {
        self.sites.count()
    }

    /// The weighted mean `share * self + (1 - share) * other`.
    ///
    /// # Errors
    /// If the two have different sites.
    pub fn mean(&self, other: &Self, share: f64) -> Result<Self, GradientDomainError> {
        if self.picture != other.picture || self.sites != other.sites {
            return Err(GradientDomainError::OtherPicture { picture: self.picture, other: other.picture });
        }
        let mix = |(a, b): (&f32, &f32)| (share * f64::from(*a) + (1.0 - share) * f64::from(*b)) as f32;
        let data = self.data.iter().zip(&*other.data).map(mix).collect();
        Ok(Self { data, ..self.clone() })
    }

    /// The samples as a constraint on the field `u`. The signal is `scale * u + offset`.
    pub(super) fn constraint(
        &self,
        map: ValueMap,
        sampling: Sampling,
    ) -> Result<ConstraintEntry, GradientDomainError> {
        let residual = Expr::parse(match self.kind() {
            SampleKind::Value => "scale*u + offset - data",
            SampleKind::Down | SampleKind::DownBetween => "scale*d(u, row) - data",
            SampleKind::Right | SampleKind::RightBetween => "scale*d(u, column) - data",
            SampleKind::Laplacian => "scale*(d(u, row, row) + d(u, column, column)) - data",
        });
        let constraint = || self.kind().name().to_string();
        let unclear = |error| ProblemError::Residual { index: 0, constraint: constraint(), error };
        let residual = residual.map_err(unclear)?;
        let channels = self.picture.2;
        Ok(ConstraintEntry {
            sampling,
            columns: vec![Column {
                name: "data".into(),
                width: channels,
                complex: false,
                values: self.data.clone().into(),
            }],
            weight: self.weight / (self.mean_square(map) * channels as f64),
            ..ConstraintEntry::new(self.kind().name(), residual, &["row", "column"], self.sites.domain())
        })
    }

    /// The mean square of the numbers. Values are taken relative to the offset of `map`. It is 1 if all are zero.
    pub(super) fn mean_square(&self, map: ValueMap) -> f64 {
        let offset = if self.kind() == SampleKind::Value { map.offset } else { 0.0 };
        let sum: f64 = self.data.iter().map(|v| (f64::from(*v) - offset).powi(2)).sum();
        if sum > 0.0 { sum / self.data.len() as f64 } else { 1.0 }
    }

    /// The sum of a field's squared errors over all sites and channels.
    fn squared_error(&self, engine: &dyn Engine, field: &Field) -> Result<f64, EngineError> {
        let channels = self.picture.2;
        let map = field.meta.value;
        let offset = if self.kind() == SampleKind::Value { map.offset } else { 0.0 };
        let mut got = vec![0.0f32; BLOCK.min(self.count()) * channels];
        let mut sum = 0.0;
        for (block, wanted) in self.data.chunks(BLOCK * channels).enumerate() {
            let got = &mut got[..wanted.len()];
            self.sites.evaluate(engine, field, block * BLOCK, got)?;
            let square = |(got, wanted): (&f32, &f32)| {
                (f64::from(*got) * map.scale + offset - f64::from(*wanted)).powi(2)
            };
            sum += got.iter().zip(wanted).map(square).sum::<f64>();
        }
        Ok(sum)
    }
}

/// The peak signal-to-noise ratio (PSNR) of a field at samples, in dB. Without a given `peak`, the peak is
/// the largest number of all samples minus the smallest.
///
/// The PSNR is infinite if there is no error and NaN if there are no samples.
///
/// # Errors
/// If the field does not have two coordinates.
pub fn samples_psnr<'a>(
    engine: &dyn Engine,
    field: &Field,
    of: impl IntoIterator<Item = &'a Samples>,
    peak: Option<f64>,
) -> Result<f64, EngineError> {
    let (mut low, mut high, mut count, mut sum) = (f32::INFINITY, f32::NEG_INFINITY, 0, 0.0);
    for samples in of {
        sum += samples.squared_error(engine, field)?;
        count += samples.data.len();
        for value in samples.data.iter() {
            (low, high) = (low.min(*value), high.max(*value));
        }
    }
    let peak = peak.unwrap_or(f64::from(high) - f64::from(low));
    Ok(10.0 * (peak * peak * count as f64 / sum).log10())
}
