//! What can be wrong with what the page hands over.

use sinefield::engine::EngineError;
use sinefield::field::{FieldError, FileError};
use sinefield::fit::FitError;
use sinefield::recipe::gradient_domain::{AlignError, GradientDomainError};
use sinefield::recipe::sampled::SampledError;
use sinefield::render::RenderError;
use thiserror::Error;
use wasm_bindgen::JsValue;

/// Why something cannot be fitted or shown.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum PageError {
    /// The settings are no JSON of settings.
    #[error("the settings cannot be read: {0}")]
    Settings(#[from] serde_json::Error),
    /// A setting is beyond what a page should try.
    #[error("{name} is {found}; give 1 to {most}")]
    TooLarge {
        /// The setting.
        name: &'static str,
        /// Its value.
        found: usize,
        /// The largest value.
        most: usize,
    },
    /// The number of samples is not that of the sides.
    #[error("{found} numbers do not make a {what}; {expected} are needed")]
    Length {
        /// What they should make.
        what: &'static str,
        /// The number that is needed.
        expected: usize,
        /// The number that came.
        found: usize,
    },
    /// The rate of a sound is beyond what a page should fit.
    #[error("a sound of {0} samples a second cannot be fitted; give 1 to 1,000,000")]
    Rate(f64),
    /// A part of a sound has no samples.
    #[error(
        "from {start} s to {stop} s there are no samples at {rate} samples a second; give a longer part or another rate"
    )]
    NoSamples {
        /// Where the part begins, in seconds.
        start: f64,
        /// Where it ends, in seconds.
        stop: f64,
        /// The samples in a second.
        rate: f64,
    },
    /// No picture of this quantity can be made.
    #[error("the page knows no picture of \"{0}\"")]
    Quantity(String),
    /// The field is neither a picture nor a sound.
    #[error("the field has {0} coordinates; the page shows sounds and pictures, which have 1 and 2")]
    Coordinates(usize),
    /// Parameters of the field are not numbers.
    #[error("the field has parameters that are not finite numbers; fit it again")]
    NotFinite,
    /// A sound was asked of a picture, or the reverse.
    #[error("the field is a {found}, not a {wanted}")]
    Kind {
        /// What it is.
        found: &'static str,
        /// What was asked for.
        wanted: &'static str,
    },
    /// The engine cannot do it.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The network is not possible.
    #[error(transparent)]
    Field(#[from] FieldError),
    /// The bytes are no field file, or a field cannot be written.
    #[error(transparent)]
    File(#[from] FileError),
    /// The samples cannot be fitted.
    #[error(transparent)]
    Sampled(#[from] SampledError),
    /// The derivatives cannot be fitted.
    #[error(transparent)]
    GradientDomain(#[from] GradientDomainError),
    /// The constant of a picture from its gradient cannot be found.
    #[error(transparent)]
    Align(#[from] AlignError),
    /// The fit failed.
    #[error(transparent)]
    Fit(#[from] FitError),
    /// The field cannot be drawn.
    #[error(transparent)]
    Render(#[from] RenderError),
}

impl From<PageError> for JsValue {
    fn from(error: PageError) -> Self {
        js_sys::Error::new(&error.to_string()).into()
    }
}
