//! What a field should be at sites of a picture, and how far it is from that.

use std::sync::Arc;

use super::GradientDomainError;
use super::sites::{Kind, Sites};
use crate::engine::{Engine, EngineError};
use crate::expr::Expr;
use crate::field::{Field, ValueMap};
use crate::problem::{Column, ConstraintEntry, ProblemError, Sampling};

/// Sites measured at a time.
const BAND: usize = 1 << 18;

/// Numbers that a picture's field should have at sites: values, or derivatives per pixel, in units of
/// the signal.
///
/// ```
/// use sinefield::recipe::gradient_domain::{Kind, Samples};
///
/// // A picture of 2 x 3 grey pixels has three differences down and four to the right.
/// let down = Samples::new(Kind::DownBetween, (2, 3, 1), vec![3.0; 3])?;
/// let right = Samples::new(Kind::RightBetween, (2, 3, 1), vec![1.0; 4])?;
/// assert_eq!((down.count(), right.count()), (3, 4));
///
/// // Of the right ones only the last row's, and they should weigh less.
/// let some = right.chosen(vec![2, 3])?.weighing(0.5);
/// assert_eq!(some.count(), 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Samples {
    pub(super) sites: Sites,
    pub(super) picture: (usize, usize, usize),
    /// `(sites, channels)`.
    pub(super) data: Arc<[f32]>,
    pub(super) weight: f64,
}

impl Samples {
    /// `data` at all sites of `kind` in a picture of `(rows, columns, channels)`, row after row and
    /// channel last.
    ///
    /// # Errors
    /// If the picture is empty, `data` is not as long as its sites and channels make, or a number is
    /// not finite.
    pub fn new(
        kind: Kind,
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

    /// Only the sites of these numbers, counted row after row.
    ///
    /// # Errors
    /// If there is no site of such a number.
    pub fn chosen(self, sites: Vec<u32>) -> Result<Self, GradientDomainError> {
        let (all, channels) = (self.count(), self.picture.2);
        if let Some(site) = sites.iter().find(|site| **site as usize >= all) {
            return Err(GradientDomainError::NoSite { name: self.kind().name(), site: *site, all });
        }
        let of = |site: &u32| &self.data[*site as usize * channels..(*site as usize + 1) * channels];
        let data = sites.iter().flat_map(of).copied().collect();
        let (rows, columns, _) = self.picture;
        Ok(Self { sites: Sites::new(self.kind(), (rows, columns), Some(sites)), data, ..self })
    }

    /// The same, with this factor in a loss.
    #[must_use]
    pub fn weighing(self, weight: f64) -> Self {
        Self { weight, ..self }
    }

    /// What is asked at the sites.
    pub fn kind(&self) -> Kind {
        self.sites.kind
    }

    /// Sites.
    pub fn count(&self) -> usize {
        self.sites.count()
    }

    /// Both samples' numbers' mean, the first's counting `share` and the second's the rest.
    ///
    /// # Errors
    /// If they are of other sites.
    pub fn mean(&self, other: &Self, share: f64) -> Result<Self, GradientDomainError> {
        if self.picture != other.picture || self.sites != other.sites {
            return Err(GradientDomainError::OtherPicture { picture: self.picture, other: other.picture });
        }
        let mix = |(a, b): (&f32, &f32)| (share * f64::from(*a) + (1.0 - share) * f64::from(*b)) as f32;
        let data = self.data.iter().zip(&*other.data).map(mix).collect();
        Ok(Self { data, ..self.clone() })
    }

    /// The constraint that they hold of the field `u`, of which `scale` and `offset` make the signal.
    pub(super) fn constraint(
        &self,
        map: ValueMap,
        sampling: Sampling,
    ) -> Result<ConstraintEntry, GradientDomainError> {
        let residual = Expr::parse(match self.kind() {
            Kind::Value => "scale*u + offset - data",
            Kind::Down | Kind::DownBetween => "scale*d(u, row) - data",
            Kind::Right | Kind::RightBetween => "scale*d(u, column) - data",
            Kind::Laplacian => "scale*(d(u, row, row) + d(u, column, column)) - data",
        });
        let constraint = || self.kind().name().to_string();
        let unclear = |error| ProblemError::Residual { index: 0, constraint: constraint(), error };
        let residual = residual.map_err(unclear)?;
        let channels = self.picture.2;
        Ok(ConstraintEntry {
            sampling,
            columns: vec![Column { name: "data".into(), width: channels, values: self.data.clone().into() }],
            weight: self.weight / (self.mean_square(map) * channels as f64),
            ..ConstraintEntry::new(self.kind().name(), residual, &["row", "column"], self.sites.domain())
        })
    }

    /// The mean square of the numbers, of values about the middle of their range; 1 where all vanish.
    pub(super) fn mean_square(&self, map: ValueMap) -> f64 {
        let offset = if self.kind() == Kind::Value { map.offset } else { 0.0 };
        let sum: f64 = self.data.iter().map(|v| (f64::from(*v) - offset).powi(2)).sum();
        if sum > 0.0 { sum / self.data.len() as f64 } else { 1.0 }
    }

    /// The squares of a field's errors at all sites and channels, added up.
    fn squared_error(&self, engine: &dyn Engine, field: &Field) -> Result<f64, EngineError> {
        let channels = self.picture.2;
        let map = field.meta.value;
        let offset = if self.kind() == Kind::Value { map.offset } else { 0.0 };
        let mut got = vec![0.0f32; BAND.min(self.count()) * channels];
        let mut sum = 0.0;
        for (band, wanted) in self.data.chunks(BAND * channels).enumerate() {
            let got = &mut got[..wanted.len()];
            self.sites.evaluate(engine, field, band * BAND, got)?;
            let square = |(got, wanted): (&f32, &f32)| {
                (f64::from(*got) * map.scale + offset - f64::from(*wanted)).powi(2)
            };
            sum += got.iter().zip(wanted).map(square).sum::<f64>();
        }
        Ok(sum)
    }
}

/// The peak signal-to-noise ratio of a field at samples, in dB; the peak, unless given, is the
/// difference between the largest and the smallest of all the numbers.
///
/// Infinite without an error, NaN without a number.
///
/// # Errors
/// If the field is none of two coordinates.
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
