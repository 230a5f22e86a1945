//! Adds the shares of the chunks, loss and gradient, along a fixed binary tree.
//!
//! ```text
//! level 0    0   1   2   3   4        one node a chunk
//! level 1     01      23     4        nodes 2i and 2i + 1 are added; a last node without a sibling moves up
//! level 2        0123        4
//! level 3            01234
//! ```
//!
//! The shape of the tree depends only on the number of chunks, so the sum has the same bits on any number of threads.
//! The thread that finishes the later of two siblings adds them, outside the lock. The lock is held only while a share
//! moves in or out of the table. A share waits only while its sibling is unfinished. Chunks start in order, so at most
//! one share for each thread and one more wait on each level. If all chunks take equally long, about one waits on every
//! second level.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use super::isa::{Token, with_simd};
use super::number::CpuNumber;
use super::rows::{Rows, add_rows};
use super::spare::{Spare, lock};
use crate::field::AlignedVec;

/// The share of a chunk: its loss, its gradient and its derivatives with respect to the trainable scalars; or the sum
/// of the shares below a node.
pub(super) struct Share<N> {
    pub loss: f64,
    pub gradient: AlignedVec<N>,
    pub scalars: Vec<f64>,
}

impl<N: CpuNumber> Share<N> {
    /// Adds `other`. The result does not depend on the order of the two.
    fn add(&mut self, token: Token, other: &Share<N>) {
        self.loss += other.loss;
        let length = self.gradient.len();
        let whole = Rows { count: 1, stride: length, width: length };
        with_simd!(token, simd => add_rows(simd, whole, &other.gradient, &mut self.gradient));
        self.scalars.iter_mut().zip(&other.scalars).for_each(|(total, part)| *total += part);
    }
}

/// A node of the tree: its level, and its index among the nodes of that level.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Node {
    level: u32,
    place: usize,
}

/// The sum of the shares of one step, while threads submit them.
pub(super) struct Sum<N> {
    chunks: usize,
    /// Finished nodes whose siblings are not finished. At the end, the root.
    waiting: Mutex<BTreeMap<Node, Share<N>>>,
}

impl<N: CpuNumber> Sum<N> {
    /// A sum of `chunks` shares.
    pub fn new(chunks: usize) -> Self {
        Self { chunks, waiting: Mutex::default() }
    }

    /// Adds the share of `chunk`, and every sum above it that is now complete. Accumulators that become free go to
    /// `spare`.
    pub fn submit(&self, token: Token, chunk: usize, mut share: Share<N>, spare: &Spare<AlignedVec<N>>) {
        let (mut node, mut nodes) = (Node { level: 0, place: chunk }, self.chunks);
        while nodes > 1 {
            let sibling = Node { place: node.place ^ 1, ..node };
            if sibling.place < nodes {
                let Some((own, other)) = self.meet(node, share, sibling) else { return };
                share = own;
                share.add(token, &other);
                spare.give(other.gradient);
            }
            node = Node { level: node.level + 1, place: node.place / 2 };
            nodes = nodes.div_ceil(2);
        }
        lock(&self.waiting).insert(node, share);
    }

    /// The shares of both siblings. If the other is not finished, `node` waits and the result is `None`.
    fn meet(&self, node: Node, share: Share<N>, sibling: Node) -> Option<(Share<N>, Share<N>)> {
        let mut waiting = lock(&self.waiting);
        if let Some(other) = waiting.remove(&sibling) {
            return Some((share, other));
        }
        waiting.insert(node, share);
        None
    }

    /// The sum of all shares, once all are submitted, or `None` if there are no chunks.
    pub fn finish(self) -> Option<Share<N>> {
        self.waiting.into_inner().unwrap_or_else(PoisonError::into_inner).pop_first().map(|(_, share)| share)
    }
}

#[cfg(test)]
mod tests;
