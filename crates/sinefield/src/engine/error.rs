//! Why an engine cannot be made, or cannot do what is asked.

use thiserror::Error;

use super::cpu::InstructionSet;

/// Why an engine cannot be made, or cannot do what is asked.
#[derive(Debug, Error)]
pub enum EngineError {
    /// Zero threads.
    #[error("the number of threads must be at least 1")]
    NoThreads,
    /// The machine refused to start threads.
    #[error("cannot start {threads} threads: {reason}")]
    Threads {
        /// How many were asked for.
        threads: usize,
        /// What the system said.
        reason: String,
    },
    /// The instruction set is not on this machine.
    #[error("this machine has no {0}")]
    InstructionSet(InstructionSet),
    /// A step needs more memory than can be had.
    #[error(
        "there is no memory for the {megabytes} MB that a step needs; take a narrower network or fewer threads"
    )]
    Memory {
        /// What is needed, about.
        megabytes: usize,
    },
    /// The jet and the field disagree on the number of coordinates.
    #[error("the jet has {jet} coordinates, but the field has {field}")]
    Coordinates {
        /// Of the jet.
        jet: usize,
        /// Of the field.
        field: usize,
    },
    /// More coordinates than second derivatives are carried for.
    #[error("second derivatives are carried for up to {most} coordinates, not {found}")]
    TooManyCoordinates {
        /// Of the jet.
        found: usize,
        /// The most there may be.
        most: usize,
    },
}
