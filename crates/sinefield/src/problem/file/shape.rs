//! The domain of a constraint in a problem file: names of coordinates, shapes and files of points.

use super::document::{ConstraintTable, Ordered};
use super::domain::{BallTable, Kind, NearTable, PointsTable, PolygonTable, ShapeTable};
use super::{FileFault, ProblemFile, ReadData};
use crate::problem::column::Column;
use crate::problem::domain::{Domain, Interval, Part, Shape};

/// The names of a domain's coordinates, in order, and the domain.
type Named<T> = (Vec<String>, T);

impl ProblemFile {
    /// The coordinates and the domain of a constraint, and the data columns in a file of given points.
    pub(super) fn domain(
        &self,
        table: &ConstraintTable,
        read: &mut ReadData<'_>,
    ) -> Result<(Vec<String>, Domain, Vec<Column>), FileFault> {
        let fault = |what: String| FileFault::at(&self.text, Some(table.domain.span()), what);
        let entry = table.domain.get_ref();
        let (shape, part) = match &entry.kind {
            Kind::Inside(shape) => (shape, Part::Inside),
            Kind::Boundary(shape) => (shape, Part::Boundary),
            _ if entry.sides.is_some() => {
                return Err(fault("sides are for a shape or its boundary; leave them out".into()));
            }
            Kind::Grid(sides) => {
                let (names, sides) = split(sides, |side| (*side).into());
                return Ok((names, Domain::Grid(sides), Vec::new()));
            }
            Kind::Points(PointsTable { file, coordinates }) => {
                let (domain, columns) = self.points(file, coordinates, read)?;
                return Ok((coordinates.clone(), domain, columns));
            }
            Kind::Near(NearTable { file, coordinates, distance }) => {
                let (domain, _) = self.points(file, coordinates, read)?;
                return Ok((coordinates.clone(), near(domain, *distance), Vec::new()));
            }
        };
        let sides = entry.sides.as_ref().map(|sides| split(sides, |side| Interval::from(*side)));
        let named = shape_of(shape).and_then(|shape| times(shape, sides.unwrap_or_default(), part));
        let (names, domain) = named.map_err(fault)?;
        Ok((names, domain, Vec::new()))
    }
}

/// The balls around given points.
fn near(points: Domain, distance: f64) -> Domain {
    match points {
        Domain::Points { dimension, coordinates } => Domain::Near { dimension, coordinates, distance },
        other => other,
    }
}

/// A shape times the further coordinates `sides`.
fn times(
    (mut names, shape): Named<Shape>,
    (further, sides): Named<Vec<Interval>>,
    part: Part,
) -> Result<Named<Domain>, String> {
    if let Some(twice) = further.iter().find(|name| names.contains(name)) {
        return Err(format!("sides names \"{twice}\", which the shape has; leave it out"));
    }
    names.extend(further);
    let domain = match (shape, part) {
        (Shape::Box(own), Part::Inside) => Domain::Box([own, sides].concat()),
        (Shape::Box(own), Part::Boundary) if sides.is_empty() => Domain::Boundary(own),
        (Shape::Ball { center, radius }, Part::Inside) if sides.is_empty() => Domain::Ball { center, radius },
        (shape, part) => Domain::Shape { shape, part, sides },
    };
    Ok((names, domain))
}

fn shape_of(table: &ShapeTable) -> Result<Named<Shape>, String> {
    Ok(match table {
        ShapeTable::Box(sides) => {
            let (names, sides) = split(sides, |side| Interval::from(*side));
            (names, Shape::Box(sides))
        }
        ShapeTable::Ball(BallTable { center, radius }) => {
            let (names, center) = split(center, |c| *c);
            (names, Shape::Ball { center, radius: *radius })
        }
        ShapeTable::Polygon(polygon) => polygon_of(polygon)?,
        ShapeTable::Union(parts) => {
            let (names, parts) = parts_of("union", parts)?;
            (names, Shape::Union(parts))
        }
        ShapeTable::Difference(parts) => {
            let (names, parts) = parts_of("difference", parts)?;
            (names, Shape::Difference(parts))
        }
    })
}

fn polygon_of(PolygonTable { vertices, coordinates }: &PolygonTable) -> Result<Named<Shape>, String> {
    if coordinates.len() != 2 {
        return Err(format!("the polygon names {} coordinates; name two", coordinates.len()));
    }
    let vertex = |(at, numbers): (usize, &Vec<f64>)| match numbers.as_slice() {
        &[x, y] => Ok([x, y]),
        other => Err(format!("vertex {at} of the polygon has {} numbers; give two", other.len())),
    };
    let vertices = vertices.iter().enumerate().map(vertex).collect::<Result<_, _>>()?;
    Ok((coordinates.clone(), Shape::Polygon(vertices)))
}

/// The shapes of a union or a difference, with their coordinates in the order of the first.
fn parts_of(what: &str, tables: &[ShapeTable]) -> Result<Named<Vec<Shape>>, String> {
    // Without a shape there are no coordinates, and a field's fault would be told instead.
    if tables.is_empty() {
        return Err(format!("the {what} has no shapes; give at least one"));
    }
    let mut names: Vec<String> = Vec::new();
    let mut shapes = Vec::new();
    for (at, table) in tables.iter().enumerate() {
        let (own, shape) = shape_of(table)?;
        if at == 0 {
            names = own.clone();
        }
        let order: Option<Vec<usize>> =
            names.iter().map(|name| own.iter().position(|other| other == name)).collect();
        let order = order.filter(|order| order.len() == own.len()).ok_or_else(|| {
            format!(
                "shape 0 of the {what} is over {}, but shape {at} over {}; give all the same coordinates",
                names.join(", "),
                own.join(", ")
            )
        })?;
        shapes.push(reordered(shape, &order));
    }
    Ok((names, shapes))
}

/// The shape with its coordinate `order[i]` as coordinate i.
fn reordered(shape: Shape, order: &[usize]) -> Shape {
    let all = |parts: Vec<Shape>| parts.into_iter().map(|part| reordered(part, order)).collect();
    match shape {
        Shape::Box(sides) => Shape::Box(order.iter().map(|i| sides[*i]).collect()),
        Shape::Ball { center, radius } => {
            Shape::Ball { center: order.iter().map(|i| center[*i]).collect(), radius }
        }
        Shape::Polygon(vertices) if order == [1, 0] => {
            Shape::Polygon(vertices.into_iter().map(|[a, b]| [b, a]).collect())
        }
        Shape::Polygon(vertices) => Shape::Polygon(vertices),
        Shape::Union(parts) => Shape::Union(all(parts)),
        Shape::Difference(parts) => Shape::Difference(all(parts)),
    }
}

pub(super) fn split<T, U>(entries: &Ordered<T>, of: impl Fn(&T) -> U) -> (Vec<String>, Vec<U>) {
    entries.0.iter().map(|(name, entry)| (name.clone(), of(entry))).unzip()
}
