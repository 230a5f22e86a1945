//! Runs a tape on a tile.

use std::cell::RefCell;

use super::graph::Op;
use super::kernel::{self, Values};
use super::program::{Norm, TileInputs};
use super::tape::{Instruction, Rows, Source, Tape};
use crate::field::Number;

/// The memory of one thread for running tapes, in any precision.
#[derive(Default)]
struct Scratch {
    uniforms: Vec<f64>,
    /// The numbers of every slot, as bytes of whole float64s.
    slots: Vec<Vec<u64>>,
}

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

/// Fills new memory. It is NaN in both precisions.
const POISON: u64 = u64::MAX;

/// The source of the derivatives with respect to the residual.
#[derive(Clone, Copy)]
pub(super) enum Seeds<'a, N> {
    /// The norm of the residual.
    Norm(Norm),
    /// Cotangents of the residual, `(points, width)`.
    Bars(&'a [N]),
}

/// The inputs of the backward part, and the arrays to which it adds.
pub(super) struct Backward<'a, 'b, N> {
    pub seeds: Seeds<'a, N>,
    /// The factor of the seeds.
    pub scale: f64,
    pub cotangents: &'a mut [&'b mut [N]],
    pub scalar_gradients: &'a mut [f64],
}

impl Tape {
    /// Returns the loss and adds the cotangents. With [`Seeds::Bars`] there is no loss, and the result is 0.
    pub fn run<N: Number>(&self, at: &TileInputs<'_, N>, mut backward: Backward<'_, '_, N>) -> f64 {
        self.with_residual(at, |run| {
            let sum = match backward.seeds {
                Seeds::Norm(norm) => {
                    let norm = |r: &Source| kernel::norm(norm, run.points, run.values(*r));
                    self.residual.iter().map(norm).sum()
                }
                Seeds::Bars(_) => 0.0,
            };
            self.backward.iter().for_each(|i| run.step(i, Some(&mut backward)));
            backward.scale * sum
        })
    }

    /// Writes the residual to `out`, `(points, width)`.
    pub fn values<N: Number>(&self, at: &TileInputs<'_, N>, out: &mut [N]) {
        self.with_residual(at, |run| {
            let (points, width) = (run.points, self.residual.len());
            out[..points * width].fill(N::zero());
            for (component, r) in self.residual.iter().enumerate() {
                kernel::add_to(out, width, component, points, run.values(*r));
            }
        });
    }

    /// Runs the forward part, then calls `then`.
    fn with_residual<N: Number, R>(
        &self,
        at: &TileInputs<'_, N>,
        then: impl FnOnce(&mut Run<'_, N>) -> R,
    ) -> R {
        SCRATCH.with_borrow_mut(|scratch| {
            let points = at.points * self.fold;
            scratch.prepare(self, at, points);
            let mut run = Run { scratch, at, points, width: self.residual.len() };
            self.forward.iter().for_each(|i| run.step(i, None));
            then(&mut run)
        })
    }
}

impl Scratch {
    fn prepare<N: Number>(&mut self, tape: &Tape, at: &TileInputs<'_, N>, points: usize) {
        self.uniforms.clear();
        for op in &tape.uniforms {
            let known = &self.uniforms;
            let value = match *op {
                Op::Constant(bits) => f64::from_bits(bits),
                Op::Progress => at.progress.into(),
                Op::Trainable(i) => at.trainable[i].into(),
                Op::Unary(f, a) => f.of(known[a]),
                Op::Power(a, n) => known[a].powi(n),
                Op::Binary(f, a, b) => f.of(known[a], known[b]),
                Op::Select(c, a, b) => known[if known[c] != 0.0 { a } else { b }],
                // Unreachable: these differ from point to point, so they are not uniforms.
                Op::Coordinate(_) | Op::Column(..) | Op::Jet(_) | Op::Seed(_) => f64::NAN,
            };
            self.uniforms.push(value);
        }
        if self.slots.len() < tape.slots {
            self.slots.resize_with(tape.slots, Vec::new);
        }
        for slot in &mut self.slots[..tape.slots] {
            if slot.len() < points {
                slot.resize(points, POISON);
            }
        }
    }
}

struct Run<'a, N> {
    scratch: &'a mut Scratch,
    at: &'a TileInputs<'a, N>,
    /// The number of points, times the number of components that are treated as points.
    points: usize,
    /// The number of components of the residual that the tape computes.
    width: usize,
}

impl<N: Number> Run<'_, N> {
    fn values(&self, source: Source) -> Values<'_, N> {
        match source {
            Source::Slot(slot) => {
                Values::Slice(&bytemuck::cast_slice(&self.scratch.slots[slot])[..self.points])
            }
            Source::Uniform(uniform) => Values::Same(N::of(self.scratch.uniforms[uniform])),
            Source::Coordinate => Values::Slice(self.at.coordinates),
            Source::Column(column) => Values::Slice(self.at.columns[column]),
            Source::Jet(field, channel) => Values::Slice(self.at.jets[field].channel(channel)),
        }
    }

    /// Computes a slot. The slot is moved out meanwhile, since no instruction reads the slot that it writes.
    fn fill_slot(&mut self, slot: usize, compute: impl FnOnce(&Self, &mut [N])) {
        let mut out = std::mem::take(&mut self.scratch.slots[slot]);
        compute(self, &mut bytemuck::cast_slice_mut(&mut out)[..self.points]);
        self.scratch.slots[slot] = out;
    }

    fn step(&mut self, instruction: &Instruction, backward: Option<&mut Backward<'_, '_, N>>) {
        match *instruction {
            Instruction::Load { out, rows, width, first } => self.fill_slot(out, |run, out| {
                let from = match rows {
                    Rows::Coordinates => run.at.coordinates,
                    Rows::Column(column) => run.at.columns[column],
                    Rows::Jet(field, channel) => run.at.jets[field].channel(channel),
                };
                kernel::load(out, from, width, first);
            }),
            Instruction::Unary { out, f, a } => {
                self.fill_slot(out, |run, out| kernel::unary(f, out, run.values(a)));
            }
            Instruction::Power { out, a, n } => {
                self.fill_slot(out, |run, out| kernel::power(out, run.values(a), n));
            }
            Instruction::Binary { out, f, a, b } => {
                self.fill_slot(out, |run, out| kernel::binary(f, out, run.values(a), run.values(b)));
            }
            Instruction::Select { out, c, a, b } => self.fill_slot(out, |run, out| {
                kernel::select(out, run.values(c), run.values(a), run.values(b));
            }),
            Instruction::Seed { out, component, r } => {
                let Some(backward) = backward else { return };
                self.fill_slot(out, |run, out| match backward.seeds {
                    Seeds::Norm(norm) => kernel::seed(norm, backward.scale, out, run.values(r)),
                    Seeds::Bars(bars) => {
                        kernel::load(out, bars, run.width, component);
                        kernel::scale(out, backward.scale);
                    }
                });
            }
            Instruction::Cotangent { field, channel, width, output, bar } => {
                let Some(backward) = backward else { return };
                let points = self.points;
                let size = points * width;
                let to = &mut backward.cotangents[field][channel * size..(channel + 1) * size];
                kernel::add_to(to, width, output, points, self.values(bar));
            }
            Instruction::Scalar { trainable, bar } => {
                let Some(backward) = backward else { return };
                let sum = kernel::sum(self.points, self.values(bar), |v| v);
                backward.scalar_gradients[trainable] += sum;
            }
        }
    }
}
