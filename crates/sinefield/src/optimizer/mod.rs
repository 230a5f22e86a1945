//! Optimisers: methods that change the parameters of a fit.
//!
//! An [`Optimizer`] receives one flat vector θ and a [`Loss`] that it may evaluate at any point. It does not know
//! fields, engines or tasks. Its state is a list of named arrays, so that a checkpoint can store the state of any
//! optimiser.
//!
//! | name | method |
//! |---|---|
//! | `adam` | [`Adam`]: first-order, for losses whose points change from step to step |
//! | `lbfgs` | [`Lbfgs`]: limited-memory BFGS with a strong Wolfe line search, for losses over fixed points |
//! | `gauss-newton` | [`GaussNewton`]: second-order, in sample space, for sums of squared residuals |
//! | `ssbroyden`, `ssbfgs` | [`QuasiNewton`]: a dense inverse Hessian, for small fields and points that change seldom |
//! | `soap` | [`Soap`]: Adam in the eigenbases of the weight matrices |

mod adam;
mod blocks;
mod dense;
mod gauss_newton;
mod inverse;
mod lbfgs;
mod line;
mod linear;
mod quasi_newton;
mod soap;
mod tiled;
mod vectors;
mod wolfe;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::field::{Number, Precision};

pub use adam::{Adam, AdamConfig};
pub use blocks::{Block, Blocks};
pub use gauss_newton::{GaussNewton, GaussNewtonConfig};
pub use lbfgs::{Lbfgs, LbfgsConfig};
pub use linear::{Factored, FactoredLayer, GroupFactors, Linear};
pub use quasi_newton::{QuasiNewton, QuasiNewtonConfig, SelfScaling};
pub use soap::{Soap, SoapConfig};

/// The function that an optimiser minimises.
pub trait Loss<N = f32> {
    /// The loss at `theta`. Its gradient overwrites `gradient`, which has the same length.
    ///
    /// # Errors
    /// If the loss or its gradient is not finite there, or cannot be computed.
    fn evaluate(&mut self, theta: &[N], gradient: &mut [N]) -> Result<f64, LossError>;

    /// The loss at `theta`, whose residual rows and their derivatives overwrite `linear`.
    ///
    /// # Errors
    /// If a part of the loss has no rows, the loss or a derivative is not finite, or they cannot be computed.
    fn linearise(&mut self, _theta: &[N], _linear: &mut Linear) -> Result<f64, LossError> {
        Err(LossError::NoRows { constraint: "loss".into() })
    }

    /// A number that identifies the points of the loss. Losses of different numbers are not comparable.
    fn draw(&self) -> u64 {
        0
    }

    /// Runs `work` once, with threads for parallel iterators if there are any.
    fn run_with_threads(&self, work: &mut (dyn FnMut() + Send)) {
        work();
    }
}

impl<N> dyn Loss<N> + '_ {
    /// Runs `work` with threads for parallel iterators and returns its result.
    ///
    /// # Panics
    /// If [`Loss::run_with_threads`] does not run its work, which breaks its contract.
    fn install<R: Send>(&self, work: impl FnOnce() -> R + Send) -> R {
        let (mut work, mut result) = (Some(work), None);
        self.run_with_threads(&mut || result = work.take().map(|work| work()));
        result.expect("a loss runs the work it is given")
    }
}

/// The reason why a loss has no usable value.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum LossError {
    /// The loss is NaN or infinite, or its gradient is.
    #[error(
        "the {} of \"{constraint}\" is {}",
        if loss.is_finite() { "gradient" } else { "loss" },
        if loss.is_finite() { "not finite".into() } else { format!("{loss:.3e}") }
    )]
    NotFinite {
        /// The name of the constraint, or of the whole loss.
        constraint: String,
        /// The loss.
        loss: f64,
    },
    /// A gradient component is so large that its square overflows.
    #[error("a component of the gradient is {value:.3e}, whose square is beyond the range of numbers")]
    GradientTooLarge {
        /// The component.
        value: f64,
    },
    /// The loss is not a sum of squared rows.
    #[error("\"{constraint}\" has no residual rows; only constraints with the norm l2 have them")]
    NoRows {
        /// The name of the constraint, or of the whole loss.
        constraint: String,
    },
    /// The loss could not be computed.
    #[error("{0}")]
    Failed(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// The result of a step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step {
    /// The loss at θ before the step changes it.
    pub loss: f64,
    /// The number of evaluations of the loss.
    pub evaluations: usize,
    /// Whether no further progress is possible.
    pub converged: bool,
    /// The figures of a second-order step.
    pub second_order: Option<SecondOrder>,
}

impl Step {
    /// The result of a step of a first-order method.
    fn first_order(loss: f64, evaluations: usize, converged: bool) -> Self {
        Self { loss, evaluations, converged, second_order: None }
    }
}

/// The figures of a step of [`GaussNewton`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SecondOrder {
    /// The residual rows.
    pub rows: usize,
    /// λ of the update, as a fraction of the mean diagonal of the kernel.
    pub damping: f64,
    /// η, the length of the step; 0 if no step lowered the loss.
    pub length: f64,
}

/// A method that changes θ to lower a loss.
pub trait Optimizer<N = f32>: std::fmt::Debug + Send {
    /// Makes one step: evaluates `loss` and changes `theta`. `rate` is the learning rate of this step, for methods that
    /// have one.
    ///
    /// # Errors
    /// If the loss at `theta` is not usable, or an evaluation ends with [`LossError::Failed`]. `theta` and the state
    /// are then those of the last usable loss. [`Optimizer::rewound`] reports whether the last update was undone.
    fn step(&mut self, theta: &mut [N], loss: &mut dyn Loss<N>, rate: f64) -> Result<Step, LossError>;

    /// The share of the points of a full step that the next step is to have, in `(0, 1]`.
    fn share(&self) -> f64 {
        1.0
    }

    /// Whether the last call of [`Optimizer::step`] failed and undid the update of the step before it.
    fn rewound(&self) -> bool;

    /// The state. [`Optimizer::restore`] continues from it with the same bits.
    fn state(&self) -> Vec<StateArray>;

    /// Restores a state from [`Optimizer::state`].
    ///
    /// # Errors
    /// If an array is missing, or has another length or precision.
    fn restore(&mut self, state: &[StateArray]) -> Result<(), StateError>;
}

/// One array of an optimiser's state.
#[derive(Clone, Debug, PartialEq)]
pub struct StateArray {
    /// Its name, unique in the state.
    pub name: String,
    /// Its numbers.
    pub values: StateValues,
}

/// The numbers of a [`StateArray`].
#[derive(Clone, Debug, PartialEq)]
pub enum StateValues {
    /// Single precision.
    F32(Vec<f32>),
    /// Double precision.
    F64(Vec<f64>),
}

impl StateArray {
    /// An array in its own precision.
    fn new<N: Number>(name: &str, values: &[N]) -> Self {
        let values = match N::PRECISION {
            Precision::F32 => StateValues::F32(bytemuck::cast_slice(values).to_vec()),
            Precision::F64 => StateValues::F64(bytemuck::cast_slice(values).to_vec()),
        };
        Self { name: name.into(), values }
    }
}

/// The reason why a state cannot be restored.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("the optimiser's state \"{name}\" is missing or of another size")]
pub struct StateError {
    /// The name of the array.
    pub name: String,
}

/// The array `name` of `state`, of `length` numbers in the precision of `N`.
fn state_of<'a, N: Number>(
    state: &'a [StateArray],
    name: &str,
    length: usize,
) -> Result<&'a [N], StateError> {
    let found = state.iter().find(|array| array.name == name).map(|array| &array.values);
    match (found, N::PRECISION) {
        (Some(StateValues::F32(values)), Precision::F32) if values.len() == length => {
            Ok(bytemuck::cast_slice(values))
        }
        (Some(StateValues::F64(values)), Precision::F64) if values.len() == length => {
            Ok(bytemuck::cast_slice(values))
        }
        _ => Err(StateError { name: name.into() }),
    }
}

/// The methods by name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Method {
    /// [`Adam`].
    #[default]
    Adam,
    /// [`Lbfgs`].
    Lbfgs,
    /// [`GaussNewton`].
    GaussNewton,
    /// [`QuasiNewton`] with [`SelfScaling::Broyden`].
    #[serde(rename = "ssbroyden")]
    SsBroyden,
    /// [`QuasiNewton`] with [`SelfScaling::Bfgs`].
    #[serde(rename = "ssbfgs")]
    SsBfgs,
    /// [`Soap`].
    Soap,
}

impl Method {
    /// Every method.
    pub const ALL: [Method; 6] =
        [Method::Adam, Method::Lbfgs, Method::GaussNewton, Method::SsBroyden, Method::SsBfgs, Method::Soap];

    /// The name used in files, options and messages.
    pub fn name(self) -> &'static str {
        match self {
            Method::Adam => "adam",
            Method::Lbfgs => "lbfgs",
            Method::GaussNewton => "gauss-newton",
            Method::SsBroyden => "ssbroyden",
            Method::SsBfgs => "ssbfgs",
            Method::Soap => "soap",
        }
    }

    /// Whether a step compares losses at several θ, so that all steps need the same points.
    pub fn needs_fixed_points(self) -> bool {
        self == Method::Lbfgs
    }

    /// Whether steps need the same points for some time, so that the fit keeps them for [`QuasiNewtonConfig::hold`] steps.
    pub fn holds_points(self) -> bool {
        matches!(self, Method::SsBroyden | Method::SsBfgs)
    }

    /// Whether the loss must be a sum of squared residual rows.
    pub fn needs_rows(self) -> bool {
        self == Method::GaussNewton
    }

    /// Whether a learning rate scales its steps.
    pub fn has_rate(self) -> bool {
        matches!(self, Method::Adam | Method::Soap)
    }

    /// The number of steps that a problem has by default, for a method whose steps cost much more than those of others.
    pub fn steps(self) -> Option<usize> {
        (self == Method::GaussNewton).then_some(60)
    }

    /// The approximate number of floats that the method stores per parameter, besides the parameters.
    pub(crate) fn copies(self, lbfgs: &LbfgsConfig) -> usize {
        match self {
            Method::Adam => 6,
            Method::Lbfgs => 2 * lbfgs.history + 5,
            Method::GaussNewton => 9,
            Method::SsBroyden | Method::SsBfgs => 24,
            Method::Soap => 14,
        }
    }
}

impl std::fmt::Display for Method {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

impl std::str::FromStr for Method {
    type Err = UnknownMethod;

    fn from_str(text: &str) -> Result<Self, UnknownMethod> {
        let named = Method::ALL.into_iter().find(|method| method.name() == text);
        named.ok_or_else(|| UnknownMethod(text.into()))
    }
}

/// No method has this name.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("unknown optimizer \"{0}\"; one of {names}", names = Method::ALL.map(Method::name).join(", "))]
pub struct UnknownMethod(pub String);

#[cfg(test)]
mod tests;
