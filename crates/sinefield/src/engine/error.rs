//! The errors of engines.

use thiserror::Error;

use super::cpu::InstructionSet;

/// The reason that an engine cannot be made or cannot do its task.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum EngineError {
    /// Zero threads.
    #[error("the number of threads must be at least 1")]
    NoThreads,
    /// The machine refused to start threads.
    #[error("cannot start {threads} threads: {reason}")]
    Threads {
        /// The requested number of threads.
        threads: usize,
        /// The message of the system.
        #[source]
        reason: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The machine lacks the instruction set.
    #[error("this machine has no {0}")]
    InstructionSet(InstructionSet),
    /// The library was built without float64.
    #[error("this build has no float64; build sinefield with the feature \"float64\"")]
    NoFloat64,
    /// A step needs more memory than is available.
    #[error(
        "there is no memory for the {megabytes} MB that a step needs; take a narrower network or fewer threads"
    )]
    Memory {
        /// The approximate memory that a step needs.
        megabytes: usize,
    },
    /// The form of the field's outputs cannot be evaluated.
    #[error("the form of the field cannot be evaluated: {0}")]
    Form(String),
    /// The jet and the field disagree on the number of coordinates.
    #[error("the jet has {jet} coordinates, but the field has {field}")]
    Coordinates {
        /// Coordinates of the jet.
        jet: usize,
        /// Coordinates of the field.
        field: usize,
    },
    /// Too many coordinates for second derivatives.
    #[error("second derivatives are carried for up to {most} coordinates, not {found}")]
    TooManyCoordinates {
        /// Coordinates of the jet.
        found: usize,
        /// The largest allowed number.
        most: usize,
    },
}
