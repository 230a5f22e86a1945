//! The unknowns of a fit: the parameters of the fields and the trainable scalars. An optimiser sees them as one vector.

use crate::field::Field;

/// Fields and scalars. The vector has the parameters of every field, one after the other, and then the scalars.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Unknowns {
    pub fields: Vec<Field>,
    pub scalars: Vec<f32>,
}

impl Unknowns {
    /// The length of the vector.
    pub fn count(&self) -> usize {
        self.fields.iter().map(|field| field.parameters().len()).sum::<usize>() + self.scalars.len()
    }

    /// The vector.
    pub fn vector(&self) -> Vec<f32> {
        let fields = self.fields.iter().flat_map(|field| field.parameters());
        fields.chain(&self.scalars).copied().collect()
    }

    /// Sets all unknowns from the vector `theta`.
    pub fn set(&mut self, theta: &[f32]) {
        let mut rest = theta;
        let fields = self.fields.iter_mut().map(Field::parameters_mut);
        for part in fields.chain([self.scalars.as_mut_slice()]) {
            let (own, others) = rest.split_at(part.len());
            part.copy_from_slice(own);
            rest = others;
        }
    }

    /// The part of `vector` for each field, and the part of the scalars at the end.
    pub fn split<'v>(&self, vector: &'v mut [f32]) -> (Vec<&'v mut [f32]>, &'v mut [f32]) {
        let mut rest = vector;
        let mut parts = Vec::with_capacity(self.fields.len());
        for field in &self.fields {
            let (own, others) = rest.split_at_mut(field.parameters().len());
            parts.push(own);
            rest = others;
        }
        (parts, rest)
    }
}
