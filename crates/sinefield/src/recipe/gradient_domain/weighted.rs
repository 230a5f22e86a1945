//! A loss on a field's gradient at all sites of a picture, with frequency-weighted errors.
//!
//! An error of the gradient at frequency k causes an error in the value that is `1/k` times as large. A
//! plain mean of squares therefore gives little weight to low frequencies, which make up most of a
//! picture. Here a power of the five-point Laplacian weights the errors of each direction:
//!
//! ```text
//! e_a = ∂_a Φ - g_a        L = Σ_a <e_a, (-Δ_h)^(1-2s) e_a> / Σ_a <g_a, (-Δ_h)^(1-2s) g_a>
//! ```
//!
//! With `s = 1/2` this is the squared error of the gradient. With `s = 1` it is nearly the squared error of
//! the value. The least-squares solution at each frequency does not depend on s.
//!
//! A picture that is mirrored at its edge is a sum of cosines. Its derivatives are sums of sines along their
//! own direction and of cosines along the other. In this basis Δ_h is diagonal, both half-way between
//! pixels and at pixels. `<e, A e>` has the derivative `2 A e`, so a step costs one evaluation of the
//! gradient and two transforms in addition to the usual work.

use super::divergence::EXPONENT;
use super::samples::Samples;
use super::sites::SampleKind;
use super::spectrum::{Boundary, Spectrum};
use crate::engine::{Jets, System};
use crate::field::ValueMap;
use crate::fit::{Moment, Task, TaskError, Term, TermField};

/// The target of a field's gradient.
#[derive(Debug)]
pub(super) struct WeightedGradient {
    directions: Vec<Direction>,
    terms: Vec<Term>,
    map: ValueMap,
    /// One over the unnormalised loss of a constant field.
    normaliser: f64,
}

/// The target derivatives of one direction and their transforms.
#[derive(Debug)]
struct Direction {
    samples: Samples,
    spectrum: Spectrum,
}

impl WeightedGradient {
    /// Both samples must be first derivatives at all sites of their kind. At least one of the two must have a site.
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
        let normaliser = if whole > 0.0 { 1.0 / whole } else { 1.0 };
        Self { terms: directions.iter().map(term).collect(), directions, map, normaliser }
    }
}

impl Direction {
    fn new(samples: Samples) -> Self {
        let (rows, columns, _) = samples.picture;
        let (down, across) = samples.kind().lattice((rows, columns));
        let boundaries = match samples.kind() {
            SampleKind::DownBetween => [Boundary::Zero, Boundary::Even],
            SampleKind::RightBetween => [Boundary::Even, Boundary::Zero],
            SampleKind::Right => [Boundary::Even, Boundary::Odd],
            SampleKind::Down | SampleKind::Value | SampleKind::Laplacian => [Boundary::Odd, Boundary::Even],
        };
        Self { samples, spectrum: Spectrum::new(boundaries, down, across) }
    }

    /// Replaces the errors e, `(sites, channels)`, by `A e` with `A = (-Δ_h)^(1-2s)`. Returns `<e, A e>`.
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

    /// The errors of the current field, in signal units per pixel.
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

impl Task for WeightedGradient {
    fn terms(&self) -> &[Term] {
        &self.terms
    }

    fn fingerprint(&self) -> u64 {
        let all = self.directions.iter().flat_map(|of| of.samples.data.iter());
        super::fingerprint(b"weighted gradient", all)
    }

    fn system(&self, term: usize, moment: &Moment<'_>) -> Result<Box<dyn System + '_>, TaskError> {
        let of = &self.directions[term];
        let errors = of.errors(moment, self.map)?;
        let mut smooth = errors.clone();
        of.smooth(&mut smooth);
        let scale = 2.0 * self.normaliser * self.map.scale * of.samples.sites.jet().2;
        let bars = smooth.iter().map(|smooth| (f64::from(*smooth) * scale) as f32).collect();
        Ok(Box::new(DirectionSystem {
            samples: &of.samples,
            errors,
            smooth,
            bars,
            normaliser: self.normaliser,
        }))
    }

    fn has_fixed_points(&self) -> bool {
        true
    }
}

/// The system of one direction in a step. All arrays are `(sites, channels)`.
struct DirectionSystem<'a> {
    samples: &'a Samples,
    /// The errors e.
    errors: Vec<f32>,
    /// The weighted errors A e.
    smooth: Vec<f32>,
    /// Cotangents of the derivative channel.
    bars: Vec<f32>,
    /// The factor of `<e, A e>`.
    normaliser: f64,
}

impl System for DirectionSystem<'_> {
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
        self.normaliser * products.map(|(e, smooth)| f64::from(*e) * f64::from(*smooth)).sum::<f64>()
    }
}
