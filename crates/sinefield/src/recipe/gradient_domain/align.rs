//! The parts of a picture that derivatives do not determine: a constant and, on request, a scale.

use super::SampleKind;
use super::samples::Samples;
use crate::engine::{Engine, EngineError};
use crate::field::Field;

/// Pixels evaluated together.
const BLOCK: usize = 1 << 18;

/// The alignment of a field with values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Alignment {
    /// No alignment.
    None,
    /// Adds one constant for each channel: the one with the least squared error.
    Offset,
    /// Applies one factor and one constant for each channel: those with the least squared error.
    Affine,
}

impl Alignment {
    /// A short description of the rule.
    pub fn rule(self) -> &'static str {
        match self {
            Alignment::None => "none",
            Alignment::Offset => "best constant offset",
            Alignment::Affine => "best affine map",
        }
    }
}

/// Changes the last layer of `field` so that the field agrees best with `values`,
/// `(rows, columns, channels)`, at the pixels.
///
/// # Errors
/// If the field does not have two coordinates, or `values` are not of [`SampleKind::Value`].
pub fn align(
    engine: &dyn Engine,
    field: &mut Field,
    values: &Samples,
    how: Alignment,
) -> Result<(), AlignError> {
    if values.kind() != SampleKind::Value {
        return Err(AlignError::NoValues(values.kind().name()));
    }
    if how == Alignment::None {
        return Ok(());
    }
    let channels = values.picture.2;
    let map = field.meta.value;
    let mut sums = vec![Sums::default(); channels];
    let mut got = vec![0.0f32; BLOCK.min(values.count()) * channels];
    for (block, wanted) in values.data.chunks(BLOCK * channels).enumerate() {
        let got = &mut got[..wanted.len()];
        values.sites.evaluate(engine, field, block * BLOCK, got)?;
        for (got, wanted) in got.chunks_exact(channels).zip(wanted.chunks_exact(channels)) {
            for ((sums, got), wanted) in sums.iter_mut().zip(got).zip(wanted) {
                sums.add(f64::from(*got), map.output(f64::from(*wanted)));
            }
        }
    }
    let shapes = field.architecture().shapes();
    let Some(last) = shapes.into_iter().last() else { return Ok(()) };
    let parameters = field.parameters_mut();
    for (channel, sums) in sums.iter().enumerate() {
        let (factor, constant) = sums.best(how);
        let from = last.weight.start + channel * last.inputs;
        parameters[from..from + last.inputs].iter_mut().for_each(|w| *w = (f64::from(*w) * factor) as f32);
        let bias = &mut parameters[last.bias.start + channel];
        *bias = (f64::from(*bias) * factor + constant) as f32;
    }
    Ok(())
}

/// The reason that a field cannot be aligned.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AlignError {
    /// The engine cannot evaluate the field.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The samples are not values.
    #[error("a field is aligned with values, but the samples are of the {0}")]
    NoValues(&'static str),
}

/// Sums over the pixels of one channel.
#[derive(Clone, Copy, Debug, Default)]
struct Sums {
    count: f64,
    got: f64,
    wanted: f64,
    square: f64,
    product: f64,
}

impl Sums {
    fn add(&mut self, got: f64, wanted: f64) {
        self.count += 1.0;
        self.got += got;
        self.wanted += wanted;
        self.square += got * got;
        self.product += got * wanted;
    }

    /// The best factor and constant.
    fn best(&self, how: Alignment) -> (f64, f64) {
        let (got, wanted) = (self.got / self.count, self.wanted / self.count);
        let variance = self.square / self.count - got * got;
        let factor = match how {
            Alignment::Affine if variance > 0.0 => (self.product / self.count - got * wanted) / variance,
            _ => 1.0,
        };
        (factor, wanted - factor * got)
    }
}
