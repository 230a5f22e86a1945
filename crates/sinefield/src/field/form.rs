//! The form of a field's outputs.

use serde::{Deserialize, Serialize};

/// The most bytes of the text of a form.
pub(crate) const LONGEST_FORM: usize = 1 << 16;

/// A form of a field's outputs. The field is then a function of its coordinates and of the output of its network, such
/// as `x * (1 - x) * net`, which is 0 at both ends whatever the network gives.
///
/// The text is an expression of the residual language. Its only names are `net`, the coordinates, `pi`, `e` and `i`.
/// [`crate::form`] evaluates it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Form {
    /// The expression.
    pub text: String,
    /// The name of every coordinate in the expression, in the order of the inputs. They are in the units of the field's
    /// axes.
    pub coordinates: Vec<String>,
    /// For each value of the field, whether it is complex. Missing entries are false. A complex value is two outputs of the
    /// network: its real part, then its imaginary part.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub complex: Vec<bool>,
}
