//! The structure of the unknowns: which parts of θ are matrices, and which are the last layers of fields.

use std::ops::Range;

/// The parts of θ, one after the other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Blocks {
    parts: Vec<Block>,
    last_layers: Vec<Range<usize>>,
}

/// A part of θ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Block {
    /// A matrix of weights, row by row.
    Matrix {
        /// Its rows: the outputs of a layer.
        rows: usize,
        /// Its columns: the inputs of a layer.
        columns: usize,
    },
    /// So many numbers without a structure, such as biases.
    Plain(usize),
}

impl Block {
    /// The number of unknowns.
    pub fn count(self) -> usize {
        match self {
            Block::Matrix { rows, columns } => rows * columns,
            Block::Plain(count) => count,
        }
    }
}

impl Blocks {
    /// Unknowns in these parts, in the order of θ.
    pub fn new(parts: Vec<Block>) -> Self {
        Self { parts, last_layers: Vec::new() }
    }

    /// The same, with the unknowns of the last layer of every field, in ascending order: a field is linear in these.
    pub fn with_last_layers(self, last_layers: Vec<Range<usize>>) -> Self {
        Self { last_layers, ..self }
    }

    /// So many unknowns without a structure.
    pub fn plain(count: usize) -> Self {
        Self::new(vec![Block::Plain(count)])
    }

    /// The parts.
    pub fn parts(&self) -> &[Block] {
        &self.parts
    }

    /// The unknowns of the last layer of every field.
    pub fn last_layers(&self) -> &[Range<usize>] {
        &self.last_layers
    }

    /// The number of unknowns.
    pub fn count(&self) -> usize {
        self.parts.iter().map(|part| part.count()).sum()
    }

    /// `vector` in its parts.
    pub(super) fn split<'v, T>(&self, vector: &'v [T]) -> Vec<&'v [T]> {
        let mut rest = vector;
        let part = |part: &Block| {
            let (own, others) = rest.split_at(part.count());
            rest = others;
            own
        };
        self.parts.iter().map(part).collect()
    }
}
