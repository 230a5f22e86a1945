//! The CPU engine: tiles of points go through the whole network in cache, forward and back.
//!
//! For a tile, everything, coordinates, forward, residuals, backward, weight gradients, happens on
//! one thread before the next tile starts; only weights and one gradient accumulator a chunk touch
//! more memory. Memory therefore does not grow with the number of points. A chunk is a run of
//! tiles fixed by the problem; chunks' gradients are added along a fixed tree, so results do not depend on
//! the number of threads.

mod channels;
mod coordinates;
mod dots;
mod forward;
mod isa;
mod joint;
mod outer;
mod pack;
mod peak;
mod phase;
mod plan;
mod product;
mod rbf;
mod reduce;
mod reverse;
mod rows;
mod spare;
mod stepper;
mod tile;
mod wide;

use std::sync::Arc;

use super::{Differentiator, Engine, EngineError, Evaluator};
use crate::field::Architecture;
use crate::jet::JetSpec;

pub use isa::InstructionSet;
pub use joint::JointStepper;
pub use stepper::Stepper;

/// Threads and an instruction set: what computes.
///
/// ```
/// use sinefield::engine::cpu::{CpuEngine, InstructionSet};
/// use sinefield::field::{Field, FieldConfig};
/// use sinefield::jet::JetSpec;
///
/// let engine = CpuEngine::new(Some(1))?;
/// assert_eq!(engine.instruction_set(), InstructionSet::best());
///
/// // A stepper is made for the layers of a field and a jet, and then serves any parameters.
/// let field = Field::new(&FieldConfig { hidden: 16, ..FieldConfig::new(2, 1) }, 0)?;
/// let mut stepper = engine.stepper(field.architecture(), &JetSpec::value(2))?;
/// let mut value = [0.0f32];
/// stepper.values(field.parameters(), |_, x| x.copy_from_slice(&[0.5, -0.5]), &mut value);
///
/// // Plain code gives the same number except for the last bits.
/// let plain = CpuEngine::with_instruction_set(Some(1), InstructionSet::Scalar)?;
/// let mut again = [0.0f32];
/// let mut stepper = plain.stepper(field.architecture(), &JetSpec::value(2))?;
/// stepper.values(field.parameters(), |_, x| x.copy_from_slice(&[0.5, -0.5]), &mut again);
/// assert!((value[0] - again[0]).abs() < 1e-4);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct CpuEngine {
    pool: Arc<rayon::ThreadPool>,
    threads: usize,
    set: InstructionSet,
}

impl CpuEngine {
    /// An engine of `threads` threads, or one a core, on the fastest instruction set.
    ///
    /// # Errors
    /// If `threads` is zero, or they cannot be started.
    pub fn new(threads: Option<usize>) -> Result<Self, EngineError> {
        Self::with_instruction_set(threads, InstructionSet::best())
    }

    /// As [`CpuEngine::new`], on a given instruction set.
    ///
    /// # Errors
    /// If `threads` is zero, they cannot be started, or the machine lacks the instruction set.
    pub fn with_instruction_set(threads: Option<usize>, set: InstructionSet) -> Result<Self, EngineError> {
        let available = std::thread::available_parallelism().map_or(1, usize::from);
        let threads = threads.unwrap_or(available);
        if threads == 0 {
            return Err(EngineError::NoThreads);
        }
        if set.token().is_none() {
            return Err(EngineError::InstructionSet(set));
        }
        let failed = |e: rayon::ThreadPoolBuildError| EngineError::Threads { threads, reason: e.to_string() };
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().map_err(failed)?;
        Ok(Self { pool: Arc::new(pool), threads, set })
    }

    /// Threads.
    pub fn threads(&self) -> usize {
        self.threads
    }

    /// The instruction set of its kernels.
    pub fn instruction_set(&self) -> InstructionSet {
        self.set
    }

    /// What evaluates and differentiates jets of `spec` for fields of `architecture`.
    ///
    /// # Errors
    /// If the two disagree on the number of coordinates, or there are too many.
    pub fn stepper(&self, architecture: &Architecture, spec: &JetSpec) -> Result<Stepper, EngineError> {
        Ok(Stepper::new(self.joint_stepper(&[(architecture, spec)])?, spec.clone()))
    }

    /// What differentiates sums over the jets of several fields, each with its own.
    ///
    /// # Errors
    /// As [`CpuEngine::stepper`].
    pub fn joint_stepper(&self, fields: &[(&Architecture, &JetSpec)]) -> Result<JointStepper, EngineError> {
        let plans = fields.iter().map(|(architecture, spec)| self.plan(architecture, spec));
        Ok(JointStepper::new(self.clone(), plans.collect::<Result<_, _>>()?))
    }

    fn plan(&self, architecture: &Architecture, spec: &JetSpec) -> Result<plan::Plan, EngineError> {
        if spec.inputs() != architecture.inputs {
            return Err(EngineError::Coordinates { jet: spec.inputs(), field: architecture.inputs });
        }
        if !spec.second().is_empty() && spec.first().len() > channels::MOST_FIRST {
            return Err(EngineError::TooManyCoordinates {
                found: spec.first().len(),
                most: channels::MOST_FIRST,
            });
        }
        Ok(plan::Plan::new(architecture, spec, self.set))
    }

    /// The rate of a loop of nothing but fused multiply-adds in registers, on every thread at once,
    /// in floating-point operations per second: the machine's arithmetic peak as it is right now.
    pub fn peak(&self) -> f64 {
        peak::measure(self)
    }

    /// Runs `work` as many times as there are threads, on all of them at once.
    ///
    /// Called from one of the threads, as by a caller's function within a step, it runs `work` there alone. The
    /// caller may hold a lock that the other threads wait for, and to wait for them could never end; nor may this
    /// thread take up other work in the meantime, which may want that lock.
    fn on_every_thread(&self, work: impl Fn() + Sync) {
        if self.is_within() {
            work();
        } else {
            // Each thread has its own run: no thread can take up a second one while it waits within the first.
            self.pool.broadcast(|_| work());
        }
    }

    /// Packs weights on all threads, or on the calling one if that is one of them.
    fn pack(&self, plan: &plan::Plan, parameters: &[f32], packed: &mut crate::field::AlignedVec) {
        let alone = self.is_within();
        self.pool.install(|| pack::pack(plan, parameters, packed, alone));
    }

    /// Whether it is called from one of its own threads.
    fn is_within(&self) -> bool {
        self.pool.current_thread_index().is_some()
    }

    /// Runs `work` with this engine's threads for parallel iterators.
    pub fn install<R: Send>(&self, work: impl FnOnce() -> R + Send) -> R {
        self.pool.install(work)
    }
}

impl Engine for CpuEngine {
    fn differentiator(
        &self,
        fields: &[(&Architecture, &JetSpec)],
    ) -> Result<Box<dyn Differentiator>, EngineError> {
        Ok(Box::new(self.joint_stepper(fields)?))
    }

    fn evaluator(
        &self,
        architecture: &Architecture,
        spec: &JetSpec,
    ) -> Result<Box<dyn Evaluator>, EngineError> {
        Ok(Box::new(self.stepper(architecture, spec)?))
    }

    fn threads(&self) -> usize {
        self.threads
    }

    fn describe(&self) -> String {
        let plural = if self.threads == 1 { "thread" } else { "threads" };
        format!("{} {plural}, {}", self.threads, self.set)
    }

    fn peak(&self) -> Option<f64> {
        Some(peak::measure(self))
    }

    fn run_with_threads(&self, work: &mut (dyn FnMut() + Send)) {
        self.pool.install(work);
    }
}

impl std::fmt::Debug for CpuEngine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "CpuEngine({} threads, {})", self.threads, self.set)
    }
}

#[cfg(test)]
mod tests;
