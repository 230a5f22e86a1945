//! What a render shows: a quantity of the field at its samples, or of the surface where the field is 0.

use std::str::FromStr;

use sinefield::render::Quantity;

use crate::settings::entry::as_text;

/// How the surface of a field in space is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Look {
    /// As a matt body in soft light.
    #[default]
    Shaded,
    /// The unit normal: x, y and z from -1 to 1 as red, green and blue.
    Normal,
    /// The mean curvature.
    Curvature,
    /// The distance from the camera.
    Distance,
}

impl Look {
    /// Every look.
    pub const ALL: [Self; 4] = [Self::Shaded, Self::Normal, Self::Curvature, Self::Distance];

    /// `shaded`, `normal`, `curvature` or `distance`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Shaded => "shaded",
            Self::Normal => "normal",
            Self::Curvature => "curvature",
            Self::Distance => "distance",
        }
    }

    /// Whether it is a number that colours stand for.
    pub fn is_number(self) -> bool {
        matches!(self, Self::Curvature | Self::Distance)
    }
}

impl std::fmt::Display for Look {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// What a render shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// A quantity of the field.
    Field(Quantity),
    /// Its surface.
    Surface(Look),
}

impl std::fmt::Display for Shown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Field(quantity) => quantity.fmt(f),
            Self::Surface(look) => look.fmt(f),
        }
    }
}

impl FromStr for Shown {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let look = Look::ALL.into_iter().find(|look| look.name() == text).map(Self::Surface);
        look.or_else(|| text.parse().ok().map(Self::Field)).ok_or_else(|| {
            let (fields, looks) = (Quantity::ALL.map(Quantity::name), Look::ALL.map(Look::name));
            format!("unknown quantity \"{text}\"; one of {}, {}", fields.join(", "), looks.join(", "))
        })
    }
}

as_text!(Shown);
