//! The TOML structure of the problem file, before it is converted to a description.

use std::fmt;
use std::marker::PhantomData;
use std::ops::Range;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use toml::Spanned;

use super::domain::DomainTable;
use crate::problem::adaptive::Adaptive;
use crate::problem::causal::Causal;
use crate::problem::description::Reduce;
use crate::problem::sampler::{Draw, Sequence};
use crate::problem::windows::Windows;

/// A table whose entries keep their order.
#[derive(Debug)]
pub(super) struct Ordered<T>(pub Vec<(String, T)>);

impl<T> Default for Ordered<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Ordered<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Table<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Table<T> {
            type Value = Ordered<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a table with a name for each entry")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Ordered(entries))
            }
        }
        deserializer.deserialize_map(Table(PhantomData))
    }
}

/// A table with the entries of `T`. A list of their values, which serde would take as well, is none.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entries<T>(pub T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Entries<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Table<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Table<T> {
            type Value = Entries<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a table")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map)).map(Entries)
            }
        }
        deserializer.deserialize_map(Table(PhantomData))
    }
}

/// The whole file.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Document {
    #[serde(default)]
    pub seed: u64,
    /// The order of coordinates; by default that of the domains.
    pub coordinates: Option<Vec<String>>,
    #[serde(default)]
    pub field: Ordered<Spanned<FieldTable>>,
    #[serde(default)]
    pub constants: Ordered<Number>,
    #[serde(default)]
    pub definitions: Ordered<Spanned<String>>,
    #[serde(default)]
    pub trainable: Ordered<Initial>,
    #[serde(default)]
    pub exact: Ordered<Spanned<String>>,
    #[serde(default)]
    pub constraint: Vec<ConstraintTable>,
    pub fit: Option<Spanned<toml::Table>>,
}

/// `[field.u]`: the entries below, and the settings of the field's network.
#[derive(Debug, serde::Deserialize)]
pub(super) struct FieldTable {
    pub coordinates: Option<Vec<String>>,
    pub outputs: Option<Outputs>,
    #[serde(default)]
    pub range: Ordered<[f64; 2]>,
    pub form: Option<Spanned<String>>,
    #[serde(default)]
    pub periodic: Vec<String>,
    #[serde(flatten)]
    pub network: toml::Table,
}

/// The number of outputs, their names, or their names and types.
#[derive(Debug, serde::Deserialize)]
#[serde(
    untagged,
    expecting = "outputs must be a whole number, a list of names, or a table of names with the types \"real\" \
                 and \"complex\", as 2, [\"a\", \"b\"] or { u = \"complex\" }"
)]
pub(super) enum Outputs {
    Count(usize),
    Names(Vec<String>),
    Types(Ordered<OutputType>),
}

/// The type of an output.
#[derive(Clone, Copy, Debug, PartialEq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum OutputType {
    Real,
    Complex,
}

/// The initial value of a trainable number.
#[derive(Clone, Copy, Debug, serde::Deserialize)]
#[serde(
    untagged,
    expecting = "a trainable number must be a real number, as 1.5; take one for each part or component"
)]
pub(super) enum Initial {
    Real(f64),
}

/// A number or a vector.
#[derive(Debug, serde::Deserialize)]
#[serde(
    untagged,
    expecting = "a constant must be a number, as 1.5 or { re = 1.0, im = 0.5 }, or a list of numbers"
)]
pub(super) enum Number {
    Real(f64),
    Complex(Entries<ComplexTable>),
    Many(Vec<Part>),
}

/// A component of a constant.
#[derive(Clone, Copy, Debug, serde::Deserialize)]
#[serde(untagged)]
pub(super) enum Part {
    Real(f64),
    Complex(Entries<ComplexTable>),
}

/// A complex number.
#[derive(Clone, Copy, Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ComplexTable {
    #[serde(default)]
    pub re: f64,
    pub im: f64,
}

impl Number {
    fn parts(&self) -> Vec<Part> {
        match self {
            Number::Real(value) => vec![Part::Real(*value)],
            Number::Complex(value) => vec![Part::Complex(*value)],
            Number::Many(parts) => parts.clone(),
        }
    }

    /// The numbers, if all are real.
    pub fn real(&self) -> Option<Vec<f64>> {
        let real = |part: Part| match part {
            Part::Real(value) => Some(value),
            Part::Complex(_) => None,
        };
        self.parts().into_iter().map(real).collect()
    }

    /// The numbers as complex ones, `[re, im]`.
    pub fn complex(&self) -> Vec<[f64; 2]> {
        let complex = |part: Part| match part {
            Part::Real(value) => [value, 0.0],
            Part::Complex(Entries(ComplexTable { re, im })) => [re, im],
        };
        self.parts().into_iter().map(complex).collect()
    }
}

/// `[[constraint]]`.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ConstraintTable {
    pub name: Option<String>,
    pub residual: Spanned<String>,
    pub domain: Spanned<DomainTable>,
    #[serde(default)]
    pub data: Ordered<Spanned<String>>,
    pub samples: Option<Spanned<usize>>,
    #[serde(default)]
    pub draw: Draw,
    pub sequence: Option<Spanned<Sequence>>,
    pub replacement: Option<Spanned<bool>>,
    pub adaptive: Option<Spanned<AdaptiveEntry>>,
    pub causal: Option<Spanned<Entries<Causal>>>,
    pub windows: Option<Spanned<Entries<Windows>>>,
    #[serde(default)]
    pub norm: NormName,
    pub delta: Option<Spanned<f64>>,
    #[serde(default)]
    pub reduce: Reduce,
    pub weight: Option<Spanned<f64>>,
}

impl ConstraintTable {
    /// The byte range of an entry's value, if the entry exists.
    pub fn span(&self, entry: &str) -> Option<Range<usize>> {
        match entry {
            "domain" => Some(self.domain.span()),
            "samples" => self.samples.as_ref().map(Spanned::span),
            "sequence" => self.sequence.as_ref().map(Spanned::span),
            "replacement" => self.replacement.as_ref().map(Spanned::span),
            "adaptive" => self.adaptive.as_ref().map(Spanned::span),
            "causal" => self.causal.as_ref().map(Spanned::span),
            "windows" => self.windows.as_ref().map(Spanned::span),
            "delta" => self.delta.as_ref().map(Spanned::span),
            "weight" => self.weight.as_ref().map(Spanned::span),
            data => self.data.0.iter().find(|(name, _)| name == data).map(|(_, file)| file.span()),
        }
    }
}

/// Whether points are drawn by their residuals, or how.
#[derive(Clone, Copy, Debug, serde::Deserialize)]
#[serde(
    untagged,
    expecting = "adaptive must be true, or a table of power, floor, candidates and every, as { candidates = 4 }"
)]
pub(super) enum AdaptiveEntry {
    Whether(bool),
    How(Entries<Adaptive>),
}

impl AdaptiveEntry {
    pub fn settings(self) -> Option<Adaptive> {
        match self {
            AdaptiveEntry::Whether(true) => Some(Adaptive::default()),
            AdaptiveEntry::Whether(false) => None,
            AdaptiveEntry::How(Entries(settings)) => Some(settings),
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum NormName {
    L1,
    #[default]
    L2,
    Huber,
}
