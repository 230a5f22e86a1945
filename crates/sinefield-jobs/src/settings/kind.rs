//! The values of `--activation`: an activation, or ReLU after an encoding of the coordinates.

use std::str::FromStr;

use sinefield::field::{Activation, Architecture, Encoding};

use super::entry::as_text;

/// Centres of the radial encoding, as in the SIREN paper's comparison.
const CENTRES: usize = 1024;

/// The kind of a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NetworkKind {
    /// Layers of this activation on the coordinates themselves.
    Plain(Activation),
    /// ReLU on the positional encoding.
    Positional,
    /// ReLU on the radial encoding.
    Rbf,
}

impl NetworkKind {
    /// Every kind.
    pub fn all() -> impl Iterator<Item = NetworkKind> {
        Activation::ALL.into_iter().map(NetworkKind::Plain).chain([NetworkKind::Positional, NetworkKind::Rbf])
    }

    /// The names of all kinds, separated by commas.
    pub fn names() -> String {
        Self::all().map(Self::name).collect::<Vec<_>>().join(", ")
    }

    /// The name used in options, files and messages.
    pub fn name(self) -> &'static str {
        match self {
            NetworkKind::Plain(activation) => activation.name(),
            NetworkKind::Positional => "positional",
            NetworkKind::Rbf => "rbf",
        }
    }

    /// The kind of a field.
    pub fn of(architecture: &Architecture) -> NetworkKind {
        let activation = architecture.layers.first().map_or(Activation::Linear, |layer| layer.activation);
        match architecture.encoding {
            Encoding::Positional { .. } => NetworkKind::Positional,
            Encoding::Rbf { .. } => NetworkKind::Rbf,
            // A network without an encoding, or with one that no setting selects, is named after its layers.
            _ => NetworkKind::Plain(activation),
        }
    }

    /// The activation of its layers.
    pub fn activation(self) -> Activation {
        match self {
            NetworkKind::Plain(activation) => activation,
            NetworkKind::Positional | NetworkKind::Rbf => Activation::Relu,
        }
    }

    /// The encoding of the coordinates, for a picture of `(rows, columns)` pixels.
    pub fn encoding(self, (rows, columns): (usize, usize)) -> Encoding {
        match self {
            NetworkKind::Plain(_) => Encoding::Identity,
            NetworkKind::Positional => Encoding::positional(rows.min(columns)),
            NetworkKind::Rbf => Encoding::Rbf { centres: CENTRES },
        }
    }
}

impl std::fmt::Display for NetworkKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for NetworkKind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let named = NetworkKind::all().find(|kind| kind.name() == text);
        named.ok_or_else(|| format!("unknown activation \"{text}\"; one of {}", NetworkKind::names()))
    }
}

as_text!(NetworkKind);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn octaves_are_the_official_ones_and_names_round_trip() {
        let octaves = |side| match NetworkKind::Positional.encoding((side, 2 * side)) {
            Encoding::Positional { frequencies } => frequencies,
            other => panic!("{other:?}"),
        };
        assert_eq!([512, 256, 255, 16, 1].map(octaves), [7, 6, 5, 2, 1]);
        for kind in NetworkKind::all() {
            assert_eq!(kind.name().parse(), Ok(kind));
        }
        assert!("sinus".parse::<NetworkKind>().is_err_and(|words| words.contains("positional, rbf")));
    }
}
