//! Chunks' shares of a loss and its gradient, added in the order of the chunks.

use std::collections::BTreeMap;

use super::isa::{Token, with_simd};
use super::rows::{Rows, add_rows};
use super::spare::Spare;
use crate::field::AlignedVec;

/// A chunk's share of the loss, of its gradient and of its derivative by the trainable scalars.
pub(super) struct Share {
    pub loss: f64,
    pub gradient: AlignedVec,
    pub scalars: Vec<f64>,
}

impl Share {
    fn add(&mut self, token: Token, other: &Share) {
        self.loss += other.loss;
        let length = self.gradient.len();
        let whole = Rows { count: 1, stride: length, width: length };
        with_simd!(token, simd => add_rows(simd, whole, &other.gradient, &mut self.gradient));
        self.scalars.iter_mut().zip(&other.scalars).for_each(|(total, part)| *total += part);
    }
}

/// Adds one step's shares in the order of their chunks, whatever the order they come in.
#[derive(Default)]
pub(super) struct Reducer {
    next: usize,
    /// The sum of the shares so far; in the end, of all.
    pub total: Option<Share>,
    waiting: BTreeMap<usize, Share>,
}

impl Reducer {
    /// Adds the share of `chunk`, and those that waited for it. Accumulators that are free afterwards go to
    /// `spare`.
    pub fn submit(&mut self, token: Token, chunk: usize, share: Share, spare: &Spare<AlignedVec>) {
        self.waiting.insert(chunk, share);
        while let Some(share) = self.waiting.remove(&self.next) {
            self.next += 1;
            match &mut self.total {
                None => self.total = Some(share),
                Some(total) => {
                    total.add(token, &share);
                    spare.give(share.gradient);
                }
            }
        }
    }
}
