//! A loss on the divergence of a field's gradient, with frequency-weighted errors.
//!
//! An error of the Laplacian at frequency k causes an error in the value that is `1/k²` times as large. A
//! plain mean of squares therefore gives little weight to low frequencies, which make up most of a
//! picture. This loss takes the gradient `g = ∇Φ` half-way between pixels, where differences are exact to
//! second order. It compares the divergence of g, computed by differences, with the five-point Laplacian
//! l of the picture. A power of the five-point Laplacian operator Δ_h weights the errors:
//!
//! ```text
//! r = div g - l        L = <r, (-Δ_h)^-2s r> / <l, (-Δ_h)^-2s l>
//! ```
//!
//! Δ_h assumes zeros beyond the interior pixels, since the values at the edge are known. With `s = 1/2` this is
//! the squared error of the gradient, except for its divergence-free part. With `s = 1` it is the squared
//! error of the value.
//!
//! `<r, A r>` has the derivative `2 A r` with respect to r, and the divergence is minus the adjoint of
//! differences. The cotangent of g is therefore minus the differences of `p = 2 A r`. A step costs one
//! evaluation of the gradient and two transforms.

use std::sync::{Arc, Mutex, PoisonError};

use super::GradientDomainError;
use super::sites::{SampleKind, Sites};
use super::spectrum::{Boundary, Spectrum};
use crate::engine::{Jets, System};
use crate::field::ValueMap;
use crate::fit::{Moment, Task, TaskError, Term, TermField};

/// The most pixels of a picture with frequency-weighted errors. Every step uses all of them.
pub const LARGEST_WEIGHTED: usize = 1 << 20;

/// The exponent s of the module's formula, chosen by measurement (see `docs/gradient-domain.md`).
pub(super) const EXPONENT: f64 = 0.75;

/// The target of the divergence of a field's gradient.
#[derive(Debug)]
pub(super) struct Divergence {
    picture: (usize, usize, usize),
    map: ValueMap,
    /// The sites between rows, and those between columns.
    sites: [Sites; 2],
    terms: [Term; 2],
    /// The five-point Laplacian, `(rows - 2, columns - 2, channels)`.
    wanted: Vec<f32>,
    spectrum: Spectrum,
    /// One over the unnormalised loss of a constant field.
    normaliser: f64,
    /// The last potential, and the field's parameters for which it was computed.
    cache: Mutex<Option<(Vec<f32>, Arc<Potential>)>>,
}

/// The weighted errors of a step.
#[derive(Debug)]
struct Potential {
    /// `r A r` of every pixel, `(rows, columns)`; zero at the edge.
    losses: Vec<f64>,
    /// `p = 2 A r`, `(rows, columns, channels)`; zero at the edge.
    values: Vec<f32>,
}

impl Divergence {
    /// `wanted` is the Laplacian at the interior pixels, `(rows - 2, columns - 2, channels)`.
    pub fn new(
        picture: (usize, usize, usize),
        map: ValueMap,
        wanted: Vec<f32>,
    ) -> Result<Self, GradientDomainError> {
        let (rows, columns, channels) = picture;
        let inside = |n: usize| n.checked_sub(2).filter(|n| *n > 0);
        let (Some(down), Some(across)) = (inside(rows), inside(columns)) else {
            return Err(GradientDomainError::NoInside { rows, columns });
        };
        check_size(picture)?;
        let (name, expected) = (SampleKind::Laplacian.name(), down * across * channels);
        if wanted.len() != expected || channels == 0 {
            return Err(GradientDomainError::Length { name, expected, found: wanted.len() });
        }
        if let Some(at) = wanted.iter().position(|value| !value.is_finite()) {
            let (row, column) = (at / channels / across + 1, at / channels % across + 1);
            return Err(GradientDomainError::NotFinite { name, row, column });
        }
        let sites = [SampleKind::DownBetween, SampleKind::RightBetween]
            .map(|kind| Sites::new(kind, (rows, columns), None));
        // The first term holds the whole loss.
        let terms = [0, 1].map(|axis| Term {
            name: ["divergence", "divergence, columns"][axis].into(),
            fields: vec![TermField { field: 0, outputs: channels, jet: sites[axis].jet().0 }],
        });
        let spectrum = Spectrum::new([Boundary::Zero; 2], down, across);
        let cache = Mutex::default();
        let mut divergence = Self { picture, map, sites, terms, wanted, spectrum, normaliser: 1.0, cache };
        let flat = [vec![0.0; (rows - 1) * columns * channels], vec![0.0; rows * (columns - 1) * channels]];
        let whole = divergence.potential(&flat, 1.0).losses.iter().sum::<f64>();
        divergence.normaliser = if whole > 0.0 { 1.0 / whole } else { 1.0 };
        Ok(divergence)
    }

    /// The potential of gradients in outputs per pixel. One output is `scale` signal units.
    fn potential(&self, gradient: &[Vec<f32>; 2], scale: f64) -> Potential {
        let (rows, columns, channels) = self.picture;
        let across = columns - 2;
        let mut values = vec![0.0f32; rows * columns * channels];
        let mut errors = vec![0.0f64; self.wanted.len() / channels];
        let mut losses = vec![0.0f64; rows * columns];
        for channel in 0..channels {
            for (at, error) in errors.iter_mut().enumerate() {
                let (row, column) = (at / across + 1, at % across + 1);
                let divergence = divergence_at(gradient, self.picture, (row, column, channel));
                *error = divergence * scale - f64::from(self.wanted[at * channels + channel]);
            }
            let before = errors.clone();
            self.spectrum.smooth(&mut errors, 2.0 * EXPONENT);
            for (at, (p, error)) in errors.iter().zip(&before).enumerate() {
                let (row, column) = (at / across + 1, at % across + 1);
                losses[row * columns + column] += self.normaliser * error * p;
                values[(row * columns + column) * channels + channel] =
                    (2.0 * self.normaliser * p * scale) as f32;
            }
        }
        Potential { losses, values }
    }

    /// The potential of the current field. Both terms of a step need it, so the last potential is cached
    /// with the parameters of its field.
    fn at(&self, moment: &Moment<'_>) -> Result<Arc<Potential>, TaskError> {
        let field = moment.fields.first();
        let parameters = field.map_or(&[][..], |field| field.parameters());
        let mut cache = self.cache.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((of, potential)) = cache.as_ref()
            && of == parameters
        {
            return Ok(potential.clone());
        }
        let mut gradient = [Vec::new(), Vec::new()];
        for (sites, got) in self.sites.iter().zip(&mut gradient) {
            got.resize(sites.count() * self.picture.2, 0.0);
            if let Some(field) = field {
                sites.evaluate(moment.engine, field, 0, got)?;
            }
        }
        let potential = Arc::new(self.potential(&gradient, self.map.scale));
        *cache = Some((parameters.to_vec(), potential.clone()));
        Ok(potential)
    }
}

/// Refuses pictures that are too large for frequency weights.
pub(super) fn check_size((rows, columns, _): (usize, usize, usize)) -> Result<(), GradientDomainError> {
    if rows.saturating_mul(columns) > LARGEST_WEIGHTED {
        return Err(GradientDomainError::TooLarge { rows, columns, most: LARGEST_WEIGHTED });
    }
    Ok(())
}

/// The divergence at an interior pixel, from gradients between pixels.
fn divergence_at(
    [down, right]: &[Vec<f32>; 2],
    (_, columns, channels): (usize, usize, usize),
    (row, column, channel): (usize, usize, usize),
) -> f64 {
    let down = |row: usize| f64::from(down[(row * columns + column) * channels + channel]);
    let right = |column: usize| f64::from(right[(row * (columns - 1) + column) * channels + channel]);
    down(row) - down(row - 1) + right(column) - right(column - 1)
}

impl Task for Divergence {
    fn terms(&self) -> &[Term] {
        &self.terms
    }

    fn fingerprint(&self) -> u64 {
        super::fingerprint(b"divergence", &self.wanted)
    }

    fn system(&self, axis: usize, moment: &Moment<'_>) -> Result<Box<dyn System + '_>, TaskError> {
        Ok(Box::new(DirectionSystem { divergence: self, axis, potential: self.at(moment)? }))
    }

    fn has_fixed_points(&self) -> bool {
        true
    }
}

/// The system of one direction in a step.
struct DirectionSystem<'a> {
    divergence: &'a Divergence,
    axis: usize,
    potential: Arc<Potential>,
}

impl System for DirectionSystem<'_> {
    fn points(&self) -> usize {
        self.divergence.sites[self.axis].count()
    }

    fn coordinates(&self, _: usize, start: usize, out: &mut [f64]) {
        self.divergence.sites[self.axis].coordinates(start.., out);
    }

    fn residual(&self, start: usize, jets: &[Jets<'_>], bars: &mut [&mut [f32]], _: &mut [f64]) -> f64 {
        let (_, columns, channels) = self.divergence.picture;
        let (_, channel, scale) = self.divergence.sites[self.axis].jet();
        let size = jets[0].points * channels;
        let bars = &mut bars[0][channel * size..(channel + 1) * size];
        let p = &self.potential.values;
        for (bars, site) in bars.chunks_exact_mut(channels).zip(start..) {
            let (pixel, next) = match self.axis {
                0 => (site, site + columns),
                _ => (site + site / (columns - 1), site + site / (columns - 1) + 1),
            };
            for (channel, bar) in bars.iter_mut().enumerate() {
                *bar = (p[pixel * channels + channel] - p[next * channels + channel]) * scale as f32;
            }
        }
        // The loss of an interior pixel counts at the site below it. That site is in the first direction.
        let own = &self.potential.losses[start..start + jets[0].points];
        if self.axis == 0 { own.iter().sum() } else { 0.0 }
    }
}
