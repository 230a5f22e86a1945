//! The TOML structure of a domain, before it is converted.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use toml::Spanned;

use super::document::Ordered;
use crate::problem::domain::Interval;

/// The domain of a constraint, as written in the file.
#[derive(Debug)]
pub(super) struct DomainTable {
    pub kind: Kind,
    /// Further coordinates of a shape or a boundary.
    pub sides: Option<Ordered<SideEntry>>,
}

/// The entry of a domain that names its kind.
#[derive(Debug)]
pub(super) enum Kind {
    Grid(Ordered<GridSide>),
    Points(PointsTable),
    Near(NearTable),
    Inside(ShapeTable),
    Boundary(ShapeTable),
}

/// A shape, as written in the file.
#[derive(Debug, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum ShapeTable {
    Box(Ordered<SideEntry>),
    Ball(BallTable),
    Polygon(PolygonTable),
    Union(Vec<ShapeTable>),
    Difference(Vec<ShapeTable>),
}

/// The names of shapes.
const SHAPES: [&str; 5] = ["box", "ball", "polygon", "union", "difference"];

/// The names of all kinds of domains.
const KINDS: [&str; 9] =
    ["box", "ball", "polygon", "union", "difference", "boundary", "grid", "points", "near"];

impl<'de> Deserialize<'de> for DomainTable {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;
        impl<'de> Visitor<'de> for Entries {
            type Value = DomainTable;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a table like { box = { x = [0, 1] } }")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let (mut kind, mut sides, mut first) = (None, None, String::new());
                while let Some(name) = map.next_key::<String>()? {
                    if name == "sides" {
                        sides = Some(map.next_value()?);
                        continue;
                    }
                    let found = kind_named(&name, &mut map)?;
                    if kind.replace(found).is_some() {
                        return Err(A::Error::custom(format!(
                            "a domain cannot be \"{first}\" and \"{name}\"; give one, or combine shapes by union or \
                             difference"
                        )));
                    }
                    first = name;
                }
                let kind = kind.ok_or_else(|| {
                    A::Error::custom(format!("the domain names none of {}; give one", KINDS.join(", ")))
                })?;
                Ok(DomainTable { kind, sides })
            }
        }
        deserializer.deserialize_map(Entries)
    }
}

fn kind_named<'de, A: MapAccess<'de>>(name: &str, map: &mut A) -> Result<Kind, A::Error> {
    Ok(match name {
        "grid" => Kind::Grid(map.next_value()?),
        "points" => Kind::Points(map.next_value()?),
        "near" => Kind::Near(map.next_value()?),
        "boundary" => Kind::Boundary(map.next_value::<BoundaryTable>()?.0),
        "box" => Kind::Inside(ShapeTable::Box(map.next_value()?)),
        "ball" => Kind::Inside(ShapeTable::Ball(map.next_value()?)),
        "polygon" => Kind::Inside(ShapeTable::Polygon(map.next_value()?)),
        "union" => Kind::Inside(ShapeTable::Union(map.next_value()?)),
        "difference" => Kind::Inside(ShapeTable::Difference(map.next_value()?)),
        other => return Err(A::Error::unknown_variant(other, &KINDS)),
    })
}

/// A side of a box by its coordinate. A domain that is no shape has no boundary.
fn side_named<'de, A: MapAccess<'de>>(name: &str, map: &mut A) -> Result<SideEntry, A::Error> {
    if !KINDS.contains(&name) {
        return map.next_value();
    }
    // A coordinate may be called as a domain is.
    let value: toml::Value = map.next_value()?;
    if value.is_table() {
        let what = format!("\"{name}\" has no boundary; give a shape, or a box by its sides");
        return Err(A::Error::custom(what));
    }
    SideEntry::deserialize(value).map_err(|error| A::Error::custom(error.message()))
}

/// The sides of a box, or a shape: `{ x = [0, 1] }` and `{ ball = {..} }`.
struct BoundaryTable(ShapeTable);

impl<'de> Deserialize<'de> for BoundaryTable {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;
        impl<'de> Visitor<'de> for Entries {
            type Value = BoundaryTable;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the sides of a box, as { x = [0, 1] }, or a shape, as { polygon = .. }")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let (mut sides, mut shapes) = (Vec::new(), Vec::new());
                while let Some(name) = map.next_key::<String>()? {
                    if !SHAPES.contains(&name.as_str()) {
                        sides.push((name.clone(), side_named(&name, &mut map)?));
                        continue;
                    }
                    // A coordinate may be called as a shape is.
                    let value: toml::Value = map.next_value()?;
                    match SideEntry::deserialize(value.clone()) {
                        Ok(side) => sides.push((name, side)),
                        Err(_) => {
                            let table = toml::Table::from_iter([(name, value)]);
                            let shape = toml::Value::Table(table).try_into();
                            shapes.push(shape.map_err(|error| A::Error::custom(error.message()))?);
                        }
                    }
                }
                match shapes.pop() {
                    None => Ok(BoundaryTable(ShapeTable::Box(Ordered(sides)))),
                    Some(shape) if shapes.is_empty() && sides.is_empty() => Ok(BoundaryTable(shape)),
                    Some(_) => Err(A::Error::custom(
                        "a boundary is that of one shape, or of a box by its sides; give one of both, and further \
                         coordinates beside it, in sides",
                    )),
                }
            }
        }
        deserializer.deserialize_map(Entries)
    }
}

/// A ball, as written in the file.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table like { center = { x = 0, y = 0 }, radius = 1 }")]
pub(super) struct BallTable {
    pub center: Ordered<f64>,
    pub radius: f64,
}

/// A polygon, as written in the file.
#[derive(Debug, serde::Deserialize)]
#[serde(
    deny_unknown_fields,
    expecting = "a table like { vertices = [[0, 0], [1, 0], [0, 1]], coordinates = [\"x\", \"y\"] }"
)]
pub(super) struct PolygonTable {
    pub vertices: Vec<Vec<f64>>,
    pub coordinates: Vec<String>,
}

/// A file of points, as written in the problem file.
#[derive(Debug, serde::Deserialize)]
#[serde(
    deny_unknown_fields,
    expecting = "a table like { file = \"points.csv\", coordinates = [\"x\", \"y\"] }"
)]
pub(super) struct PointsTable {
    pub file: Spanned<String>,
    pub coordinates: Vec<String>,
}

/// The balls around the points of a file, as written in the problem file.
#[derive(Debug, serde::Deserialize)]
#[serde(
    deny_unknown_fields,
    expecting = "a table like { file = \"points.csv\", coordinates = [\"x\", \"y\"], distance = 0.1 }"
)]
pub(super) struct NearTable {
    pub file: Spanned<String>,
    pub coordinates: Vec<String>,
    pub distance: f64,
}

/// `[low, high]`, or a fixed value.
#[derive(Clone, Copy, Debug, serde::Deserialize)]
#[serde(untagged, expecting = "a side must be [low, high] or a number")]
pub(super) enum SideEntry {
    Fixed(f64),
    Ends([f64; 2]),
}

/// `[low, high, count]`, or a fixed value.
#[derive(Clone, Copy, Debug, serde::Deserialize)]
#[serde(untagged, expecting = "a side of a grid must be [low, high, count] or a number")]
pub(super) enum GridSide {
    Fixed(f64),
    Samples(f64, f64, usize),
}

impl From<SideEntry> for Interval {
    fn from(entry: SideEntry) -> Self {
        match entry {
            SideEntry::Fixed(value) => Interval::fixed(value),
            SideEntry::Ends([low, high]) => Interval::new(low, high),
        }
    }
}

impl From<GridSide> for (Interval, usize) {
    fn from(entry: GridSide) -> Self {
        match entry {
            GridSide::Fixed(value) => (Interval::fixed(value), 1),
            GridSide::Samples(low, high, count) => (Interval::new(low, high), count),
        }
    }
}
