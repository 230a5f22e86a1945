//! The unknowns of a fit: the parameters of the fields and the trainable scalars. An optimiser sees them as one vector.

use super::precise::Precise;
use crate::field::{Field, Precision};
use crate::optimizer::{Block, Blocks};

/// Fields and scalars. The vector has the parameters of every field, one after the other, and then the scalars.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Unknowns {
    pub fields: Vec<Field>,
    /// In float64, but rounded to the precision of the fit.
    pub scalars: Vec<f64>,
}

/// The unknown of the first parameter of every field, and the number of all unknowns with `scalars` scalars.
pub(super) fn starts(fields: &[Field], scalars: usize) -> (Vec<usize>, usize) {
    let mut end = 0;
    let start = |field: &Field| {
        let start = end;
        end += field.parameters().len();
        start
    };
    let starts = fields.iter().map(start).collect();
    (starts, end + scalars)
}

impl Unknowns {
    /// The unknowns in the precision of a fit.
    pub fn new(fields: Vec<Field>, scalars: Vec<f64>, precision: Precision) -> Self {
        let fields = fields.into_iter().map(|field| field.with_precision(precision)).collect();
        let rounded = |value: f64| match precision {
            Precision::F32 => f64::from(value as f32),
            Precision::F64 => value,
        };
        Self { fields, scalars: scalars.into_iter().map(rounded).collect() }
    }

    /// The length of the vector.
    pub fn count(&self) -> usize {
        self.fields.iter().map(|field| field.parameters().len()).sum::<usize>() + self.scalars.len()
    }

    /// The parts of the vector: the weight matrices, and what lies between them.
    pub fn blocks(&self) -> Blocks {
        let (mut parts, mut last, mut start) = (Vec::new(), Vec::new(), 0);
        for field in &self.fields {
            let (mut end, shapes) = (0, field.architecture().shapes());
            last.extend(shapes.last().map(|layer| start + layer.weight.start..start + layer.bias.end));
            start += field.parameters().len();
            for layer in shapes {
                parts.push(Block::Plain(layer.weight.start - end));
                parts.push(Block::Matrix { rows: layer.outputs, columns: layer.inputs });
                end = layer.weight.end;
            }
            parts.push(Block::Plain(field.parameters().len() - end));
        }
        parts.push(Block::Plain(self.scalars.len()));
        parts.retain(|part| part.count() > 0);
        Blocks::new(parts).with_last_layers(last)
    }

    /// The vector.
    pub fn vector<N: Precise>(&self) -> Vec<N> {
        let fields = self.fields.iter().flat_map(|field| N::parameters(field));
        fields.copied().chain(self.scalars.iter().map(|scalar| N::of(*scalar))).collect()
    }

    /// Sets all unknowns from the vector `theta`.
    pub fn set<N: Precise>(&mut self, theta: &[N]) {
        let mut rest = theta;
        for field in &mut self.fields {
            let (own, others) = rest.split_at(field.parameters().len());
            N::set(field, own);
            rest = others;
        }
        self.scalars.iter_mut().zip(rest).for_each(|(to, from)| *to = (*from).into());
    }

    /// The part of `vector` for each field, and the part of the scalars at the end.
    pub fn split<'v, N>(&self, vector: &'v mut [N]) -> (Vec<&'v mut [N]>, &'v mut [N]) {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::field::{Encoding, FieldConfig};
    use crate::optimizer::Block::{Matrix, Plain};

    /// Against the shapes by hand.
    #[test]
    fn blocks_are_the_weight_matrices_and_what_lies_between() {
        let field = |config: FieldConfig| Field::new(&config, 0).unwrap();
        let sine = FieldConfig { inputs: 3, outputs: 2, hidden: 5, layers: 1, ..FieldConfig::default() };
        let radial = FieldConfig {
            activation: crate::field::Activation::Relu,
            layers: 0,
            encoding: Encoding::Rbf { centres: 7 },
            ..sine
        };
        let unknowns = Unknowns::new(vec![field(sine), field(radial)], vec![1.0], Precision::F32);
        let matrix = |rows, columns| Matrix { rows, columns };
        let sines = [matrix(5, 3), Plain(5), matrix(5, 5), Plain(5), matrix(2, 5), Plain(2)];
        let radials = [Plain(7 * 3 + 7), matrix(5, 7), Plain(5), matrix(2, 5), Plain(2), Plain(1)];
        let blocks = unknowns.blocks();
        assert_eq!(blocks.parts(), [sines, radials].concat());
        assert_eq!(blocks.count(), unknowns.count());
        // The second field begins at 62, and its last layer after 7 * 4, 5 * 7 and 5 numbers.
        assert_eq!(blocks.last_layers(), [50..62, 130..142]);
    }
}
