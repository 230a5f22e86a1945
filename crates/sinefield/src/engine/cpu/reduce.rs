//! Chunks' shares of a loss and its gradient, added up along a fixed binary tree.
//!
//! ```text
//! level 0    0   1   2   3   4        one node a chunk
//! level 1     01      23     4        nodes 2i and 2i + 1 are added; a last node without a sibling moves up
//! level 2        0123        4
//! level 3            01234
//! ```
//!
//! The shape of the tree depends on the number of chunks alone, so the sum has the same bits on any number of
//! threads. Of two siblings, the thread that finishes the later one adds them, outside the lock: the lock is
//! held only while a share moves in or out of the table. A share waits only while its sibling is unfinished.
//! Chunks start in order, so on each level there waits at most one share for each thread, and one more; with
//! chunks that take equally long, about one on every second level.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use super::isa::{Token, with_simd};
use super::rows::{Rows, add_rows};
use super::spare::{Spare, lock};
use crate::field::AlignedVec;

/// A chunk's share of the loss, of its gradient and of its derivative by the trainable scalars; or the sum of
/// the shares below a node.
pub(super) struct Share {
    pub loss: f64,
    pub gradient: AlignedVec,
    pub scalars: Vec<f64>,
}

impl Share {
    /// Adds `other`. Neither depends on the order of the two.
    fn add(&mut self, token: Token, other: &Share) {
        self.loss += other.loss;
        let length = self.gradient.len();
        let whole = Rows { count: 1, stride: length, width: length };
        with_simd!(token, simd => add_rows(simd, whole, &other.gradient, &mut self.gradient));
        self.scalars.iter_mut().zip(&other.scalars).for_each(|(total, part)| *total += part);
    }
}

/// A node of the tree: its level, and its place among the nodes of that level.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Node {
    level: u32,
    place: usize,
}

/// The sum of one step's shares, while threads bring them.
pub(super) struct Sum {
    chunks: usize,
    /// Finished nodes whose siblings are not finished; in the end, the root.
    waiting: Mutex<BTreeMap<Node, Share>>,
}

impl Sum {
    /// Of as many shares as there are chunks.
    pub fn new(chunks: usize) -> Self {
        Self { chunks, waiting: Mutex::default() }
    }

    /// Adds the share of `chunk`, and every sum above it that this completes. Accumulators that are free
    /// afterwards go to `spare`.
    pub fn submit(&self, token: Token, chunk: usize, mut share: Share, spare: &Spare<AlignedVec>) {
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

    /// Both siblings' shares, or none: then the one of `node` waits.
    fn meet(&self, node: Node, share: Share, sibling: Node) -> Option<(Share, Share)> {
        let mut waiting = lock(&self.waiting);
        if let Some(other) = waiting.remove(&sibling) {
            return Some((share, other));
        }
        waiting.insert(node, share);
        None
    }

    /// The sum of all shares, once all are submitted; none if there are no chunks.
    pub fn finish(self) -> Option<Share> {
        self.waiting.into_inner().unwrap_or_else(PoisonError::into_inner).pop_first().map(|(_, share)| share)
    }
}

#[cfg(test)]
mod tests;
