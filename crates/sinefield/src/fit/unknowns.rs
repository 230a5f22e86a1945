//! What a fit changes: fields' parameters and trainable scalars, and the optimiser's state of each.

use super::adam::{Adam, AdamConfig};
use crate::field::{AlignedVec, Field};

/// Fields and scalars, with as many states of the optimiser.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Unknowns {
    pub fields: Vec<Field>,
    pub scalars: Vec<f32>,
    adams: Vec<Adam>,
}

/// One number for every number of the unknowns: a gradient, or a copy.
#[derive(Clone, Debug)]
pub(super) struct Alike {
    pub fields: Vec<Vec<f32>>,
    pub scalars: Vec<f32>,
}

impl Alike {
    pub fn fill(&mut self, value: f32) {
        self.fields.iter_mut().for_each(|field| field.fill(value));
        self.scalars.fill(value);
    }
}

impl Unknowns {
    pub fn new(fields: Vec<Field>, scalars: Vec<f32>, config: AdamConfig) -> Self {
        let counts = fields.iter().map(|field| field.parameters().len()).chain([scalars.len()]);
        let adams = counts.map(|count| Adam::new(config, count)).collect();
        Self { fields, scalars, adams }
    }

    /// The unknowns after `steps` updates, with the moments that [`Unknowns::moments`] gave; `None`
    /// if they are not as many.
    pub fn restored(
        fields: Vec<Field>,
        scalars: Vec<f32>,
        config: AdamConfig,
        steps: usize,
        (mean, square): (&[f32], &[f32]),
    ) -> Option<Self> {
        let mut unknowns = Self::new(fields, scalars, config);
        let mut start = 0;
        for adam in &mut unknowns.adams {
            let range = start..start + adam.mean.len();
            adam.mean = AlignedVec::from_slice(mean.get(range.clone())?);
            adam.square = AlignedVec::from_slice(square.get(range.clone())?);
            adam.steps = steps as u64;
            start = range.end;
        }
        (mean.len() == start && square.len() == start).then_some(unknowns)
    }

    /// Adam's two moments, each one after another for every field and the scalars.
    pub fn moments(&self) -> (Vec<f32>, Vec<f32>) {
        let all =
            |of: fn(&Adam) -> &AlignedVec| self.adams.iter().flat_map(|adam| of(adam).to_vec()).collect();
        (all(|adam| &adam.mean), all(|adam| &adam.square))
    }

    /// A copy of every number.
    pub fn copy(&self) -> Alike {
        let fields = self.fields.iter().map(|field| field.parameters().to_vec()).collect();
        Alike { fields, scalars: self.scalars.clone() }
    }

    /// Copies every number to `copy`.
    pub fn copy_to(&self, copy: &mut Alike) {
        for (copy, field) in copy.fields.iter_mut().zip(&self.fields) {
            copy.copy_from_slice(field.parameters());
        }
        copy.scalars.copy_from_slice(&self.scalars);
    }

    /// Takes every number from `copy`.
    pub fn take_from(&mut self, copy: &Alike) {
        for (copy, field) in copy.fields.iter().zip(&mut self.fields) {
            field.parameters_mut().copy_from_slice(copy);
        }
        self.scalars.copy_from_slice(&copy.scalars);
    }

    /// One update of all.
    pub fn update(&mut self, gradient: &Alike, rate: f64) {
        let fields = self.fields.iter_mut().map(Field::parameters_mut);
        let slices = fields.chain([self.scalars.as_mut_slice()]);
        let gradients = gradient.fields.iter().chain([&gradient.scalars]);
        for ((adam, parameters), gradient) in self.adams.iter_mut().zip(slices).zip(gradients) {
            adam.update(parameters, gradient, rate);
        }
    }
}
