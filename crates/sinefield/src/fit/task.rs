//! What a fit is of.

use crate::engine::Objective;
use crate::engine::cpu::Stepper;
use crate::jet::JetSpec;

/// A field's data and loss, from which each step draws its points.
///
/// Whatever a step draws depends on the task and the step's number alone, so that a resumed fit sees
/// the points that an uninterrupted one would have.
pub trait Task: Sync {
    /// What this task is called in messages: the constraint's name.
    fn name(&self) -> &str;

    /// The channels its loss needs.
    fn spec(&self) -> &JetSpec;

    /// A number that differs between tasks of different data or settings: a checkpoint keeps it, so
    /// that it is not resumed on another problem.
    fn fingerprint(&self) -> u64;

    /// The points and the loss of step number `step`.
    fn objective(&self, step: usize) -> Box<dyn Objective + '_>;

    /// The peak signal-to-noise ratio that a loss stands for, in dB, if this loss stands for one.
    fn psnr_of_loss(&self, loss: f64) -> Option<f64>;

    /// The peak signal-to-noise ratio over all the data, in dB, with outputs clipped as a render
    /// clips them.
    fn psnr(&self, stepper: &mut Stepper, parameters: &[f32]) -> Option<f64>;
}
