//! What a field's gradient should be at all sites of a picture, with errors weighed by their frequency.
//!
//! A gradient's error at frequency k is one `1/k` larger in the value, so that a plain mean of squares sees
//! little of the low frequencies of which a picture mostly consists. Here the errors of either direction
//! are weighed by a power of the five-point Laplacian,
//!
//! ```text
//! e_a = ∂_a Φ - g_a        L = Σ_a <e_a, (-Δ_h)^(1-2s) e_a> / Σ_a <g_a, (-Δ_h)^(1-2s) g_a>
//! ```
//!
//! With `s = 1/2` this is the squared error of the gradient; with `s = 1` about that of the value. What
//! Φ has the least squared error at a frequency does not depend on s.
//!
//! A picture that goes on beyond its edge as its mirror image is a sum of cosines about its pixels, and its
//! derivatives are sums of sines along their own direction and of cosines along the other: in these Δ_h is
//! a number a term, half-way between pixels as well as at them. Since `<e, A e>` has the derivative `2 A e`,
//! a step costs one evaluation of the gradient and two transforms beside the step itself.

use super::divergence::EXPONENT;
use super::samples::Samples;
use super::sites::Kind;
use super::spectrum::{Edge, Spectrum};
use crate::engine::{Jets, System};
use crate::field::ValueMap;
use crate::fit::{Moment, Task, TaskError, Term, TermField};

/// The gradient that a picture's field should have.
#[derive(Debug)]
pub(super) struct Weighed {
    directions: Vec<Direction>,
    terms: Vec<Term>,
    map: ValueMap,
    /// One over the loss of a field that is constant.
    share: f64,
}

/// One direction's derivatives.
#[derive(Debug)]
struct Direction {
    samples: Samples,
    spectrum: Spectrum,
}

impl Weighed {
    /// Of samples at all sites of first derivatives, of which at least one has a site.
    pub fn new(gradient: [&Samples; 2], map: ValueMap) -> Self {
        let directions = gradient.into_iter().filter(|samples| samples.count() > 0);
        let directions: Vec<_> = directions.cloned().map(Direction::new).collect();
        let term = |of: &Direction| Term {
            name: of.samples.kind().name().into(),
            fields: vec![TermField {
                field: 0,
                outputs: of.samples.picture.2,
                jet: of.samples.sites.jet().0,
            }],
        };
        let whole: f64 = directions.iter().map(|of| of.smooth(&mut of.samples.data.to_vec())).sum();
        let share = if whole > 0.0 { 1.0 / whole } else { 1.0 };
        Self { terms: directions.iter().map(term).collect(), directions, map, share }
    }
}

impl Direction {
    fn new(samples: Samples) -> Self {
        let (rows, columns, _) = samples.picture;
        let (down, across) = samples.kind().lattice((rows, columns));
        let edges = match samples.kind() {
            Kind::DownBetween => [Edge::Held, Edge::Free],
            Kind::RightBetween => [Edge::Free, Edge::Held],
            Kind::Right => [Edge::Free, Edge::Turned],
            Kind::Down | Kind::Value | Kind::Laplacian => [Edge::Turned, Edge::Free],
        };
        Self { samples, spectrum: Spectrum::new(edges, down, across) }
    }

    /// Replaces errors e, `(sites, channels)`, by `A e` above; returns `<e, A e>`.
    fn smooth(&self, errors: &mut [f32]) -> f64 {
        let channels = self.samples.picture.2;
        let mut plane = vec![0.0f64; errors.len() / channels];
        let mut sum = 0.0;
        for channel in 0..channels {
            let each = errors.iter().skip(channel).step_by(channels);
            plane.iter_mut().zip(each).for_each(|(plane, error)| *plane = f64::from(*error));
            sum += self.spectrum.smooth(&mut plane, 2.0 * EXPONENT - 1.0);
            let each = errors.iter_mut().skip(channel).step_by(channels);
            each.zip(&plane).for_each(|(error, smooth)| *error = *smooth as f32);
        }
        sum
    }

    /// The errors of the field as it stands, in signal units per pixel.
    fn errors(&self, moment: &Moment<'_>, map: ValueMap) -> Result<Vec<f32>, TaskError> {
        let mut errors = vec![0.0f32; self.samples.data.len()];
        if let Some(field) = moment.fields.first() {
            self.samples.sites.evaluate(moment.engine, field, 0, &mut errors)?;
        }
        let wanted = self.samples.data.iter();
        errors.iter_mut().zip(wanted).for_each(|(got, wanted)| *got = *got * map.scale as f32 - wanted);
        Ok(errors)
    }
}

impl Task for Weighed {
    fn terms(&self) -> &[Term] {
        &self.terms
    }

    fn fingerprint(&self) -> u64 {
        let all = self.directions.iter().flat_map(|of| of.samples.data.iter());
        super::fingerprint(b"weighed gradient", all)
    }

    fn system(&self, term: usize, moment: &Moment<'_>) -> Result<Box<dyn System + '_>, TaskError> {
        let of = &self.directions[term];
        let errors = of.errors(moment, self.map)?;
        let mut smooth = errors.clone();
        of.smooth(&mut smooth);
        let scale = 2.0 * self.share * self.map.scale * of.samples.sites.jet().2;
        let bars = smooth.iter().map(|smooth| (f64::from(*smooth) * scale) as f32).collect();
        Ok(Box::new(Errors { samples: &of.samples, errors, smooth, bars, share: self.share }))
    }

    fn has_fixed_points(&self) -> bool {
        true
    }
}

/// One direction's share of a step. Everything is `(sites, channels)`.
struct Errors<'a> {
    samples: &'a Samples,
    /// e above.
    errors: Vec<f32>,
    /// A e above.
    smooth: Vec<f32>,
    /// Cotangents of the derivative channel.
    bars: Vec<f32>,
    /// What `<e, A e>` is multiplied by.
    share: f64,
}

impl System for Errors<'_> {
    fn points(&self) -> usize {
        self.samples.count()
    }

    fn coordinates(&self, _: usize, start: usize, out: &mut [f64]) {
        self.samples.sites.coordinates(start.., out);
    }

    fn residual(&self, start: usize, jets: &[Jets<'_>], bars: &mut [&mut [f32]], _: &mut [f64]) -> f64 {
        let channels = self.samples.picture.2;
        let channel = self.samples.sites.jet().1;
        let size = jets[0].points * channels;
        let tile = start * channels..start * channels + size;
        bars[0][channel * size..(channel + 1) * size].copy_from_slice(&self.bars[tile.clone()]);
        let products = self.errors[tile.clone()].iter().zip(&self.smooth[tile]);
        self.share * products.map(|(e, smooth)| f64::from(*e) * f64::from(*smooth)).sum::<f64>()
    }
}
