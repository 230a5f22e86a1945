//! The CPU engine. A tile of points passes through the whole network in cache, forward and back.
//!
//! One thread does all the work of a tile (coordinates, forward pass, residuals, backward pass, weight gradients)
//! before it starts the next tile. Only the weights and one gradient accumulator per chunk use more memory, so memory
//! does not grow with the number of points. A chunk is a run of tiles that the problem determines. The gradients of
//! chunks are added along a fixed tree, so results do not depend on the number of threads.

mod channels;
mod coordinates;
mod dots;
mod double;
mod factors;
mod forward;
mod fourier;
mod isa;
mod jacobian;
mod joint;
mod lines;
mod number;
mod outer;
mod pack;
mod peak;
mod phase;
mod plan;
mod pool;
mod product;
mod quad;
mod rbf;
mod recorder;
mod reduce;
mod reverse;
mod rows;
mod single;
mod spare;
mod stepper;
mod tile;
mod wide;

use std::sync::Arc;

use super::{Differentiator, Engine, EngineError, Evaluator};
use crate::field::{AlignedVec, Architecture, Precision};
use crate::jet::JetSpec;

pub use isa::InstructionSet;
pub use joint::JointStepper;
pub use number::CpuNumber;
pub use recorder::{Recorder, Recording};
pub use stepper::Stepper;

/// An engine: a pool of threads and an instruction set.
///
/// ```
/// use sinefield::engine::cpu::{CpuEngine, InstructionSet};
/// use sinefield::field::{Field, FieldConfig};
/// use sinefield::jet::JetSpec;
///
/// let engine = CpuEngine::new(Some(1))?;
/// assert_eq!(engine.instruction_set(), InstructionSet::best());
///
/// // A stepper is made for an architecture and a jet, and serves any parameters.
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
    /// An engine with `threads` threads, or one for each core, on the fastest instruction set. Where there are no threads, as in
    /// WebAssembly without shared memory, it has one.
    ///
    /// # Errors
    /// If `threads` is zero, or the threads cannot be started.
    pub fn new(threads: Option<usize>) -> Result<Self, EngineError> {
        Self::with_instruction_set(threads, InstructionSet::best())
    }

    /// Like [`CpuEngine::new`], with a given instruction set.
    ///
    /// # Errors
    /// If `threads` is zero, the threads cannot be started, or the machine lacks the instruction set.
    pub fn with_instruction_set(threads: Option<usize>, set: InstructionSet) -> Result<Self, EngineError> {
        if set.token().is_none() {
            return Err(EngineError::InstructionSet(set));
        }
        Ok(Self::of(pool::of(threads)?, set))
    }

    /// An engine on the threads of `pool`, on the fastest instruction set: for a program that starts its threads itself.
    pub fn with_pool(pool: Arc<rayon::ThreadPool>) -> Self {
        Self::of(pool, InstructionSet::best())
    }

    fn of(pool: Arc<rayon::ThreadPool>, set: InstructionSet) -> Self {
        Self { threads: pool.current_num_threads(), pool, set }
    }

    /// The number of threads.
    pub fn threads(&self) -> usize {
        self.threads
    }

    /// The instruction set of the kernels.
    pub fn instruction_set(&self) -> InstructionSet {
        self.set
    }

    /// A stepper that evaluates and differentiates jets of `spec` for fields of `architecture`.
    ///
    /// # Errors
    /// If the two disagree on the number of coordinates, or there are too many.
    pub fn stepper(&self, architecture: &Architecture, spec: &JetSpec) -> Result<Stepper, EngineError> {
        Ok(Stepper::new(self.joint_stepper(&[(architecture, spec)])?, spec.clone()))
    }

    /// As [`CpuEngine::stepper`], in float64.
    ///
    /// # Errors
    /// As [`CpuEngine::stepper`].
    pub fn stepper_f64(
        &self,
        architecture: &Architecture,
        spec: &JetSpec,
    ) -> Result<Stepper<f64>, EngineError> {
        Ok(Stepper::new(self.joint(&[(architecture, spec)])?, spec.clone()))
    }

    /// A recorder of jets of `spec` for fields of `architecture`.
    ///
    /// # Errors
    /// As [`CpuEngine::stepper`].
    pub fn recorder(&self, architecture: &Architecture, spec: &JetSpec) -> Result<Recorder, EngineError> {
        Ok(Recorder::new(self.joint_stepper(&[(architecture, spec)])?))
    }

    /// A stepper that differentiates sums over the jets of several fields. Each field has its own jet.
    ///
    /// # Errors
    /// As [`CpuEngine::stepper`].
    pub fn joint_stepper(&self, fields: &[(&Architecture, &JetSpec)]) -> Result<JointStepper, EngineError> {
        self.joint(fields)
    }

    /// A joint stepper in the precision of `N`.
    fn joint<N: CpuNumber>(
        &self,
        fields: &[(&Architecture, &JetSpec)],
    ) -> Result<JointStepper<N>, EngineError> {
        let plans = fields.iter().map(|(architecture, spec)| self.plan::<N>(architecture, spec));
        Ok(JointStepper::new(self.clone(), plans.collect::<Result<_, _>>()?))
    }

    fn plan<N: CpuNumber>(
        &self,
        architecture: &Architecture,
        spec: &JetSpec,
    ) -> Result<plan::Plan, EngineError> {
        if spec.inputs() != architecture.inputs {
            return Err(EngineError::Coordinates { jet: spec.inputs(), field: architecture.inputs });
        }
        if !spec.second().is_empty() && spec.first().len() > channels::MOST_FIRST {
            return Err(EngineError::TooManyCoordinates {
                found: spec.first().len(),
                most: channels::MOST_FIRST,
            });
        }
        Ok(plan::Plan::new(architecture, spec, self.set, N::PRECISION))
    }

    /// The current arithmetic peak of the machine, in floating-point operations per second: the rate of a loop that has
    /// only fused multiply-adds in registers, on all threads. 0 in float64 if the library was built without it.
    pub fn peak(&self, precision: Precision) -> f64 {
        match precision {
            Precision::F32 => peak::measure::<f32>(self),
            Precision::F64 if cfg!(feature = "float64") => peak::measure::<f64>(self),
            Precision::F64 => 0.0,
        }
    }

    /// Runs `work` once on every thread, at the same time.
    ///
    /// If the caller is one of these threads (for example a function of the user within a step), `work` runs only on
    /// that thread. The caller may hold a lock that the other threads wait for, so waiting for them could deadlock. For
    /// the same reason this thread must not start other work in the meantime.
    fn on_every_thread(&self, work: impl Fn() + Sync) {
        if self.is_within() {
            work();
        } else {
            // Each thread has its own run, so no thread can start a second one while it waits within the first.
            self.pool.broadcast(|_| work());
        }
    }

    /// Packs weights on all threads, or only on the calling thread if it is one of them.
    fn pack<N: CpuNumber>(&self, plan: &plan::Plan, parameters: &[N], packed: &mut AlignedVec<N>) {
        let alone = self.is_within();
        self.pool.install(|| pack::pack(plan, parameters, packed, alone));
    }

    /// Whether the caller is one of the engine's threads.
    fn is_within(&self) -> bool {
        self.pool.current_thread_index().is_some()
    }

    /// Runs `work` with the engine's threads for parallel iterators.
    pub fn install<R: Send>(&self, work: impl FnOnce() -> R + Send) -> R {
        self.pool.install(work)
    }
}

impl Engine for CpuEngine {
    fn differentiator(
        &self,
        fields: &[(&Architecture, &JetSpec)],
    ) -> Result<Box<dyn Differentiator>, EngineError> {
        Ok(Box::new(self.joint::<f32>(fields)?))
    }

    fn differentiator_f64(
        &self,
        fields: &[(&Architecture, &JetSpec)],
    ) -> Result<Box<dyn Differentiator<f64>>, EngineError> {
        if !cfg!(feature = "float64") {
            return Err(EngineError::NoFloat64);
        }
        Ok(Box::new(self.joint::<f64>(fields)?))
    }

    fn evaluator(
        &self,
        architecture: &Architecture,
        spec: &JetSpec,
    ) -> Result<Box<dyn Evaluator>, EngineError> {
        Ok(Box::new(self.stepper(architecture, spec)?))
    }

    fn evaluator_f64(
        &self,
        architecture: &Architecture,
        spec: &JetSpec,
    ) -> Result<Box<dyn Evaluator<f64>>, EngineError> {
        if !cfg!(feature = "float64") {
            return Err(EngineError::NoFloat64);
        }
        Ok(Box::new(self.stepper_f64(architecture, spec)?))
    }

    fn threads(&self) -> usize {
        self.threads
    }

    fn describe(&self) -> String {
        let plural = if self.threads == 1 { "thread" } else { "threads" };
        format!("{} {plural}, {}", self.threads, self.set)
    }

    fn peak(&self, precision: Precision) -> Option<f64> {
        Some(CpuEngine::peak(self, precision))
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
