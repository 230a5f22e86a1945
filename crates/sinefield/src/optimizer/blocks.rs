//! The structure of the unknowns: which parts of θ are matrices.

/// The parts of θ, one after the other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Blocks {
    parts: Vec<Block>,
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
        Self { parts }
    }

    /// So many unknowns without a structure.
    pub fn plain(count: usize) -> Self {
        Self { parts: vec![Block::Plain(count)] }
    }

    /// The parts.
    pub fn parts(&self) -> &[Block] {
        &self.parts
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
