//! Shapes: boxes, balls and polygons, and their unions and differences.
//!
//! A shape is a description. [`super::body`] draws points from it.

use super::polygon;
use super::{Fault, Interval, check_ball, check_side};

/// The largest number of levels of a shape: a box has 1, a union of boxes 2.
const MOST_LEVELS: usize = 16;

/// The largest number of boxes, balls and polygons of a shape.
const MOST_PARTS: usize = 1024;

/// A body of space, for [`Domain::Shape`](super::Domain::Shape).
///
/// An L, the square `[-1, 1]^2` without a quarter:
///
/// ```
/// use sinefield::problem::{Interval, Shape};
///
/// let square = Shape::Box(vec![Interval::new(-1.0, 1.0); 2]);
/// let quarter = Shape::Box(vec![Interval::new(0.0, 1.0), Interval::new(-1.0, 0.0)]);
/// let l = Shape::Difference(vec![square, quarter]);
/// assert_eq!(l.dimension(), 2);
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Shape {
    /// A box. As a part of a union or a difference, each of its sides has a length.
    Box(Vec<Interval>),
    /// A ball.
    Ball {
        /// Its centre.
        center: Vec<f64>,
        /// Its radius.
        radius: f64,
    },
    /// A polygon in two dimensions: 3 to 2,048 vertices in order, in either direction. The last is joined to
    /// the first.
    Polygon(Vec<[f64; 2]>),
    /// The points that lie in at least one of the shapes.
    Union(Vec<Shape>),
    /// The points of the first shape that lie in none of the others.
    Difference(Vec<Shape>),
}

impl Shape {
    /// The number of coordinates of a point.
    pub fn dimension(&self) -> usize {
        match self {
            Shape::Box(sides) => sides.len(),
            Shape::Ball { center, .. } => center.len(),
            Shape::Polygon(_) => 2,
            Shape::Union(parts) | Shape::Difference(parts) => parts.first().map_or(0, Shape::dimension),
        }
    }

    /// The smallest and the largest value of every coordinate. For a difference, those of its first shape.
    pub fn bounds(&self) -> Vec<Interval> {
        match self {
            Shape::Box(sides) => sides.clone(),
            Shape::Ball { center, radius } => {
                center.iter().map(|c| Interval::new(c - radius, c + radius)).collect()
            }
            Shape::Polygon(vertices) => polygon::bounds(vertices),
            Shape::Union(parts) => parts.iter().map(Shape::bounds).reduce(hull).unwrap_or_default(),
            Shape::Difference(parts) => parts.first().map(Shape::bounds).unwrap_or_default(),
        }
    }

    /// Checks that the numbers are finite and in range, and that the shapes fit together.
    pub(super) fn check(&self) -> Result<(), Fault> {
        self.check_level(1)?;
        let parts = self.parts().len();
        if parts > MOST_PARTS {
            return Err(format!("the shape has {parts} parts; at most {MOST_PARTS} are allowed"));
        }
        Ok(())
    }

    fn check_level(&self, level: usize) -> Result<(), Fault> {
        if level > MOST_LEVELS {
            return Err(format!("unions and differences are nested more than {MOST_LEVELS} levels deep"));
        }
        let (what, parts) = match self {
            Shape::Box(sides) => return check_box(sides, level > 1),
            Shape::Ball { center, radius } => return check_ball(center, *radius),
            Shape::Polygon(vertices) => return polygon::check(vertices),
            Shape::Union(parts) => ("union", parts),
            Shape::Difference(parts) => ("difference", parts),
        };
        if parts.is_empty() {
            return Err(format!("the {what} has no shapes; give at least one"));
        }
        for (at, part) in parts.iter().enumerate() {
            part.check_level(level + 1).map_err(|fault| format!("shape {at} of the {what}: {fault}"))?;
            let (first, found) = (self.dimension(), part.dimension());
            if found != first {
                return Err(format!(
                    "shape 0 of the {what} has {first} coordinates, but shape {at} has {found}; give all the same"
                ));
            }
        }
        Ok(())
    }

    /// The boxes, balls and polygons of which the shape is made, in order.
    pub(super) fn parts(&self) -> Vec<&Shape> {
        match self {
            Shape::Union(parts) | Shape::Difference(parts) => parts.iter().flat_map(Shape::parts).collect(),
            part => vec![part],
        }
    }

    /// What the shape is, in a few words.
    pub(super) fn summary(&self) -> String {
        let several = |what: &str, count: usize| match count {
            1 => format!("a {what} of 1 shape"),
            count => format!("a {what} of {count} shapes"),
        };
        match self {
            Shape::Box(_) => "a box".into(),
            Shape::Ball { .. } => "a ball".into(),
            Shape::Polygon(vertices) => format!("a polygon of {} vertices", vertices.len()),
            Shape::Union(parts) => several("union", parts.len()),
            Shape::Difference(parts) => several("difference", parts.len()),
        }
    }
}

/// The sides of a box. As a part of a combination, it needs a volume.
fn check_box(sides: &[Interval], solid: bool) -> Result<(), Fault> {
    sides.iter().try_for_each(|side| check_side(*side))?;
    if sides.is_empty() {
        return Err("the box has no coordinates".into());
    }
    match sides.iter().find(|side| solid && side.length() == 0.0) {
        Some(side) => Err(format!(
            "a side of the box is fixed at {}; give it two ends, or fix the coordinate beside the shape, in sides",
            side.low
        )),
        None => Ok(()),
    }
}

/// The smallest box around two boxes.
pub(super) fn hull(mut a: Vec<Interval>, b: Vec<Interval>) -> Vec<Interval> {
    for (side, other) in a.iter_mut().zip(b) {
        *side = Interval::new(side.low.min(other.low), side.high.max(other.high));
    }
    a
}
