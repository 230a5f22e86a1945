//! What a fit is of.

use crate::engine::System;
use crate::engine::cpu::CpuEngine;
use crate::field::Field;
use crate::jet::JetSpec;

/// Data and a loss, from which each step draws its points: a sum of terms, each over points of its own.
///
/// Whatever a step draws depends on the task and the step's number alone, so that a resumed fit sees
/// the points that an uninterrupted one would have.
pub trait Task: Sync {
    /// The terms of the loss.
    fn terms(&self) -> &[Term];

    /// A number that differs between tasks of different data or settings: a checkpoint keeps it, so
    /// that it is not resumed on another problem.
    fn fingerprint(&self) -> u64;

    /// The points and the loss of term number `term` at this moment of the fit. The system's fields are
    /// those of [`Term::fields`], in that order.
    fn system(&self, term: usize, now: &Now<'_>) -> Box<dyn System + '_>;

    /// Where the trainable scalars start.
    fn scalars(&self) -> Vec<f32> {
        Vec::new()
    }

    /// Whether a step depends on [`Now::progress`], and so on how many steps are to be made.
    fn reads_progress(&self) -> bool {
        false
    }

    /// The peak signal-to-noise ratio that a loss stands for, in dB, if this loss stands for one.
    fn psnr_of_loss(&self, _loss: f64) -> Option<f64> {
        None
    }

    /// The peak signal-to-noise ratio over all the data, in dB, with outputs clipped as a render
    /// clips them.
    fn psnr(&self, _now: &Now<'_>) -> Option<f64> {
        None
    }
}

/// One term of a loss.
#[derive(Clone, Debug, PartialEq)]
pub struct Term {
    /// What it is called in messages: the constraint's name.
    pub name: String,
    /// The fields that enter it, ascending.
    pub fields: Vec<Entering>,
}

/// A field that enters a term.
#[derive(Clone, Debug, PartialEq)]
pub struct Entering {
    /// Its number among the fit's.
    pub field: usize,
    /// The outputs it must have.
    pub outputs: usize,
    /// What is needed of it.
    pub jet: JetSpec,
}

/// A moment of a fit, before a step's update.
#[derive(Clone, Copy, Debug)]
pub struct Now<'a> {
    /// What computes.
    pub engine: &'a CpuEngine,
    /// The fields as they stand.
    pub fields: &'a [Field],
    /// The trainable scalars as they stand.
    pub scalars: &'a [f32],
    /// Updates made.
    pub step: usize,
    /// How much of the fit is done, 0 to 1.
    pub progress: f64,
}
