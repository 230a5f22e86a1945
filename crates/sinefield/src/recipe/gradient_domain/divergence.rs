//! What the divergence of a field's gradient should be, with errors weighed by their frequency.
//!
//! A Laplacian's error at frequency k is one `1/k²` larger in the value, so that a plain mean of squares
//! sees little of the low frequencies of which a picture mostly consists. Here the gradient `g = ∇Φ` is
//! taken half-way between pixels, where differences are exact to second order, and its divergence by
//! differences is compared with what it should be, the five-point Laplacian of the picture. The errors are
//! weighed by a power of that,
//!
//! ```text
//! r = div g - l        L = <r, (-Δ_h)^-2s r> / <l, (-Δ_h)^-2s l>
//! ```
//!
//! where Δ_h has zeros beyond the pixels inside, since the values at the edge are known. With `s = 1/2` this
//! is the squared error of the gradient but for what has no divergence; with `s = 1` it is that of the value.
//!
//! Since `<r, A r>` has the derivative `2 A r` with respect to r, and the divergence is minus the adjoint
//! of differences, the cotangent of g is minus the differences of `p = 2 A r`: one evaluation of the
//! gradient and two transforms a step.

use std::sync::{Arc, Mutex, PoisonError};

use super::GradientDomainError;
use super::sites::{Kind, Sites};
use super::spectrum::{Edge, Spectrum};
use crate::engine::{Jets, System};
use crate::field::ValueMap;
use crate::fit::{Moment, Task, TaskError, Term, TermField};

/// The most pixels of a picture whose errors are weighed by frequency: every step sees all of them.
pub const LARGEST_WEIGHED: usize = 1 << 20;

/// The exponent s, see above: by measurement, see `docs/gradient-domain.md`.
pub(super) const EXPONENT: f64 = 0.75;

/// The divergence that a picture's field should have.
#[derive(Debug)]
pub(super) struct Divergence {
    picture: (usize, usize, usize),
    map: ValueMap,
    /// Of rows and of columns, between pixels.
    sites: [Sites; 2],
    terms: [Term; 2],
    /// `(rows - 2, columns - 2, channels)`.
    wanted: Vec<f32>,
    spectrum: Spectrum,
    /// One over the loss of a field that is constant.
    share: f64,
    /// The potential last computed, and the parameters it belongs to.
    last: Mutex<Option<(Vec<f32>, Arc<Potential>)>>,
}

/// What a step's errors come to.
#[derive(Debug)]
struct Potential {
    /// `r A r` of every pixel, `(rows, columns)`, zero at the edge.
    losses: Vec<f64>,
    /// p above, `(rows, columns, channels)`, zero at the edge.
    values: Vec<f32>,
}

impl Divergence {
    /// `wanted` is of the pixels inside, `(rows - 2, columns - 2, channels)`.
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
        few_enough(picture)?;
        let (name, expected) = (Kind::Laplacian.name(), down * across * channels);
        if wanted.len() != expected || channels == 0 {
            return Err(GradientDomainError::Length { name, expected, found: wanted.len() });
        }
        if let Some(at) = wanted.iter().position(|value| !value.is_finite()) {
            let (row, column) = (at / channels / across + 1, at / channels % across + 1);
            return Err(GradientDomainError::NotFinite { name, row, column });
        }
        let sites =
            [Kind::DownBetween, Kind::RightBetween].map(|kind| Sites::new(kind, (rows, columns), None));
        // The loss is the first one's.
        let terms = [0, 1].map(|axis| Term {
            name: ["divergence", "divergence, columns"][axis].into(),
            fields: vec![TermField { field: 0, outputs: channels, jet: sites[axis].jet().0 }],
        });
        let spectrum = Spectrum::new([Edge::Held; 2], down, across);
        let last = Mutex::default();
        let mut divergence = Self { picture, map, sites, terms, wanted, spectrum, share: 1.0, last };
        let flat = [vec![0.0; (rows - 1) * columns * channels], vec![0.0; rows * (columns - 1) * channels]];
        let whole = divergence.potential(&flat, 1.0).losses.iter().sum::<f64>();
        divergence.share = if whole > 0.0 { 1.0 / whole } else { 1.0 };
        Ok(divergence)
    }

    /// The potential of gradients in outputs per pixel, `scale` signal units each.
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
                losses[row * columns + column] += self.share * error * p;
                values[(row * columns + column) * channels + channel] = (2.0 * self.share * p * scale) as f32;
            }
        }
        Potential { losses, values }
    }

    /// The potential of the field as it stands. The two terms of a step ask for the same one: the last is kept
    /// with the parameters that it belongs to.
    fn at(&self, moment: &Moment<'_>) -> Result<Arc<Potential>, TaskError> {
        let field = moment.fields.first();
        let parameters = field.map_or(&[][..], |field| field.parameters());
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((of, potential)) = last.as_ref()
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
        *last = Some((parameters.to_vec(), potential.clone()));
        Ok(potential)
    }
}

/// Refuses pictures of which a step cannot weigh frequencies.
pub(super) fn few_enough((rows, columns, _): (usize, usize, usize)) -> Result<(), GradientDomainError> {
    if rows.saturating_mul(columns) > LARGEST_WEIGHED {
        return Err(GradientDomainError::TooLarge { rows, columns, most: LARGEST_WEIGHED });
    }
    Ok(())
}

/// The divergence at a pixel inside of gradients between pixels.
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
        Ok(Box::new(Flux { divergence: self, axis, potential: self.at(moment)? }))
    }

    fn has_fixed_points(&self) -> bool {
        true
    }
}

/// One direction's share of a step.
struct Flux<'a> {
    divergence: &'a Divergence,
    axis: usize,
    potential: Arc<Potential>,
}

impl System for Flux<'_> {
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
        // Each pixel inside counts at the site below it, which the first direction has.
        let own = &self.potential.losses[start..start + jets[0].points];
        if self.axis == 0 { own.iter().sum() } else { 0.0 }
    }
}
