//! Reads settings from serde values, such as job files, by the rules of the command line.
//!
//! A number is converted to text and passed to the parser of the option. Ranges and error messages are therefore
//! defined once.

use serde::{Deserialize, Deserializer, Serializer, de::Error};
use serde_json::Value;
use sinefield_media::Resize;

use super::values;

/// A number as text.
fn number<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    match Value::deserialize(from)? {
        Value::Number(number) => Ok(number.to_string()),
        other => Err(D::Error::custom(format!("{other} is not a number; give one"))),
    }
}

/// A number or a text, as text.
fn text<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    match Value::deserialize(from)? {
        Value::Number(number) => Ok(number.to_string()),
        Value::String(text) => Ok(text),
        other => Err(D::Error::custom(format!("{other} is neither a text nor a number; give one"))),
    }
}

/// Declares readers of optional numbers. Each uses the parser of the same name.
macro_rules! optional {
    ($($name:ident: $type:ty),* $(,)?) => {
        $(
            /// A number, read by the parser of the command line.
            pub fn $name<'de, D: Deserializer<'de>>(from: D) -> Result<Option<$type>, D::Error> {
                values::$name(&number(from)?).map(Some).map_err(D::Error::custom)
            }
        )*
    };
}

optional!(count: usize, positive: f64, positive_f32: f32, share: f64, threads: usize);

/// A number from 0 to 1.
pub fn fraction<'de, D: Deserializer<'de>>(from: D) -> Result<f64, D::Error> {
    values::fraction(&number(from)?).map_err(D::Error::custom)
}

/// A number of at least 1.
pub fn some_count<'de, D: Deserializer<'de>>(from: D) -> Result<usize, D::Error> {
    values::count(&number(from)?).map_err(D::Error::custom)
}

/// A float32 above zero.
pub fn some_positive_f32<'de, D: Deserializer<'de>>(from: D) -> Result<f32, D::Error> {
    values::positive_f32(&number(from)?).map_err(D::Error::custom)
}

/// A list of numbers of at least 1.
pub fn counts<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Vec<usize>>, D::Error> {
    let numbers = Vec::<serde_json::Number>::deserialize(from)?;
    let all = numbers.iter().map(|number| values::count(&number.to_string()));
    all.collect::<Result<_, _>>().map(Some).map_err(D::Error::custom)
}

/// `N` for the longer side, or `WxH`.
pub mod size {
    use super::{Deserializer, Error, Resize, Serializer, text, values};

    /// Writes a size.
    pub fn serialize<S: Serializer>(size: &Option<Resize>, to: S) -> Result<S::Ok, S::Error> {
        match size {
            None => to.serialize_none(),
            Some(Resize::Fit(longer)) => to.serialize_u64(*longer as u64),
            Some(Resize::Exact { columns, rows }) => to.collect_str(&format_args!("{columns}x{rows}")),
        }
    }

    /// Reads a size.
    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Resize>, D::Error> {
        values::size(&text(from)?).map(Some).map_err(D::Error::custom)
    }
}

/// `full`, or a number of samples.
pub mod batch {
    use sinefield::recipe::sampled::Batch;

    use super::{Deserializer, Error, Serializer, text, values};

    /// Writes a batch. The automatic batch becomes none.
    pub fn serialize<S: Serializer>(batch: &Option<Batch>, to: S) -> Result<S::Ok, S::Error> {
        match batch {
            Some(Batch::Full) => to.serialize_str("full"),
            Some(Batch::Samples(count)) => to.serialize_u64(*count as u64),
            _ => to.serialize_none(),
        }
    }

    /// Reads a batch.
    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Batch>, D::Error> {
        values::batch(&text(from)?).map(Some).map_err(D::Error::custom)
    }
}

/// The kind of a signal, by name.
pub mod kind {
    use sinefield_media::SignalKind;

    use super::{Deserialize, Deserializer, Error, Serializer, values};

    /// Writes the name.
    pub fn serialize<S: Serializer>(kind: &Option<SignalKind>, to: S) -> Result<S::Ok, S::Error> {
        match kind {
            Some(kind) => to.serialize_str(kind.name()),
            None => to.serialize_none(),
        }
    }

    /// Reads the name.
    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<SignalKind>, D::Error> {
        values::kind(&String::deserialize(from)?).map(Some).map_err(D::Error::custom)
    }
}

/// Implements serde for types through their text.
macro_rules! as_text {
    ($($type:ty),* $(,)?) => {
        $(
            impl serde::Serialize for $type {
                fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                    to.collect_str(self)
                }
            }

            impl<'de> serde::Deserialize<'de> for $type {
                fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                    let text = <String as serde::Deserialize>::deserialize(from)?;
                    text.parse().map_err(serde::de::Error::custom)
                }
            }
        )*
    };
}
pub(crate) use as_text;
