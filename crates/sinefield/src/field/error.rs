//! Errors in making a field.

use thiserror::Error;

/// The reason that a field cannot be made.
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum FieldError {
    /// No activation has this name.
    #[error("unknown activation \"{0}\"; one of {names}", names = activation_names())]
    UnknownActivation(String),
    /// A width or count is zero or too large.
    #[error("{what} is {value}; it must be between 1 and {most}")]
    OutOfRange {
        /// The name of the quantity, such as `width`.
        what: &'static str,
        /// Its value.
        value: f64,
        /// The largest allowed value.
        most: usize,
    },
    /// More hidden layers than a field may have.
    #[error("layers is {found}; it must be between 0 and {most}")]
    TooDeep {
        /// Hidden layers after the first.
        found: usize,
        /// The largest allowed number.
        most: usize,
    },
    /// An ω is zero, negative or not finite.
    #[error("omega is {0}; it must be a positive number")]
    Omega(f32),
    /// The last layer is not linear, or another layer is.
    #[error("layer {0} breaks the rule that the last layer, and only the last, is linear with omega 1")]
    LinearLayer(usize),
    /// The periodic coordinates are none, or one of them is no coordinate of the field.
    #[error("periodic coordinates must be at least one of the {inputs} coordinates, counted from 0")]
    PeriodicAxes {
        /// Coordinates of the field.
        inputs: usize,
    },
    /// The features of a Fourier encoding are not pairs.
    #[error("features is {0}; it must be even, with a cosine and a sine for each frequency")]
    OddFeatures(usize),
    /// The scale of a Fourier encoding is out of range.
    #[error("scale is {found}; it must be above 0 and at most {most:e}")]
    Scale {
        /// Its value.
        found: f64,
        /// The largest allowed value.
        most: f64,
    },
    /// The flat vector has the wrong length.
    #[error("the layers hold {expected} parameters, but {found} were given")]
    ParameterCount {
        /// The number that the architecture requires.
        expected: usize,
        /// The length of the vector.
        found: usize,
    },
    /// A parameter is NaN or infinite.
    #[error("{name} is not a finite number")]
    NotFinite {
        /// The parameter, such as `layers.2.weight[17]`.
        name: String,
    },
}

fn activation_names() -> String {
    super::Activation::ALL.map(super::Activation::name).join(", ")
}
