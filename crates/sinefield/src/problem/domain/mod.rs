//! The domain of a constraint: a grid, given points, or a body: a box, a ball, another shape, its boundary.
//!
//! A domain is described in the problem's own coordinates. It is either a set of points that can be counted,
//! or a *body*. The unit cube is mapped onto a body such that equal volumes (on a boundary, equal areas) get
//! equally many points. A union or a difference of shapes rejects some of these points.

mod body;
mod combination;
mod measure;
mod polygon;
mod primitive;
mod shape;
#[cfg(test)]
mod tests;

use std::sync::Arc;

pub(super) use body::Body;
pub(super) use combination::{Combination, Place};
pub use shape::Shape;

/// The interval of a coordinate, as a side of a box: from `low` to `high`, or a fixed value where they are
/// equal.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

impl Interval {
    /// From `low` to `high`.
    pub fn new(low: f64, high: f64) -> Self {
        Self { low, high }
    }

    /// A single value.
    pub fn fixed(value: f64) -> Self {
        Self { low: value, high: value }
    }

    /// The change of the normalised coordinate per unit of the problem's coordinate; 1 for an interval of
    /// length 0.
    pub(super) fn per_unit(self) -> f64 {
        if self.high > self.low { 2.0 / (self.high - self.low) } else { 1.0 }
    }

    fn length(self) -> f64 {
        self.high - self.low
    }

    fn at(self, fraction: f64) -> f64 {
        self.low + fraction * (self.high - self.low)
    }
}

/// The domain of a constraint.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Domain {
    /// A grid of `count` points along each side, with both ends. The last coordinate varies fastest. If
    /// `count` is 1, the point is in the middle of the side.
    Grid(Vec<(Interval, usize)>),
    /// The inside of a box.
    Box(Vec<Interval>),
    /// The faces of a box. A fixed side has no faces.
    Boundary(Vec<Interval>),
    /// The inside of a ball.
    Ball {
        /// Its centre.
        center: Vec<f64>,
        /// Its radius.
        radius: f64,
    },
    /// Given points.
    Points {
        /// The number of coordinates of a point.
        dimension: usize,
        /// `(points, dimension)`, row-major.
        coordinates: Arc<[f32]>,
    },
    /// The inside or the boundary of a shape, times a box of further coordinates.
    Shape {
        /// The shape. Its coordinates come first.
        shape: Shape,
        /// Its inside or its boundary.
        part: Part,
        /// The further coordinates, such as time. They may be none.
        sides: Vec<Interval>,
    },
    /// The balls of one radius around given points. A point of the list is chosen evenly, and then a point of
    /// its ball: where balls overlap, points are denser.
    Near {
        /// The number of coordinates of a point.
        dimension: usize,
        /// `(points, dimension)`, row-major.
        coordinates: Arc<[f32]>,
        /// The radius.
        distance: f64,
    },
}

/// The part of a shape that is a domain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The inside, uniform by volume.
    Inside,
    /// The boundary, uniform by area. Its points have outward normals.
    Boundary,
}

/// A message that describes a fault of a domain.
type Fault = String;

impl Domain {
    /// The number of coordinates of a point.
    pub fn dimension(&self) -> usize {
        match self {
            Domain::Grid(sides) => sides.len(),
            Domain::Box(sides) | Domain::Boundary(sides) => sides.len(),
            Domain::Ball { center, .. } => center.len(),
            Domain::Points { dimension, .. } | Domain::Near { dimension, .. } => *dimension,
            Domain::Shape { shape, sides, .. } => shape.dimension() + sides.len(),
        }
    }

    /// The number of points; `None` for a body, or if a grid's number overflows.
    pub fn count(&self) -> Option<usize> {
        match self {
            Domain::Grid(sides) => sides.iter().try_fold(1usize, |n, (_, count)| n.checked_mul(*count)),
            Domain::Points { dimension, coordinates } => Some(coordinates.len() / (*dimension).max(1)),
            Domain::Box(_)
            | Domain::Boundary(_)
            | Domain::Ball { .. }
            | Domain::Shape { .. }
            | Domain::Near { .. } => None,
        }
    }

    /// The smallest and the largest value of every coordinate. For a difference of shapes, those of its first
    /// shape.
    pub fn bounds(&self) -> Vec<Interval> {
        match self {
            Domain::Grid(sides) => sides.iter().map(|(side, _)| *side).collect(),
            Domain::Box(sides) | Domain::Boundary(sides) => sides.clone(),
            Domain::Ball { center, radius } => {
                center.iter().map(|c| Interval::new(c - radius, c + radius)).collect()
            }
            Domain::Shape { shape, sides, .. } => [shape.bounds(), sides.clone()].concat(),
            Domain::Points { dimension, coordinates } => around(*dimension, coordinates, 0.0),
            Domain::Near { dimension, coordinates, distance } => around(*dimension, coordinates, *distance),
        }
    }

    /// Whether every point has an outward normal.
    pub fn has_normals(&self) -> bool {
        matches!(self, Domain::Boundary(_) | Domain::Shape { part: Part::Boundary, .. })
    }

    /// Checks that the domain is not empty, and that its numbers are finite and in range.
    pub(super) fn check(&self) -> Result<(), Fault> {
        if let Domain::Shape { shape, sides, .. } = self {
            shape.check()?;
            sides.iter().try_for_each(|side| check_side(*side))?;
        }
        if self.dimension() == 0 {
            return Err("it has no coordinates".into());
        }
        match self {
            Domain::Grid(sides) => {
                sides.iter().try_for_each(|(side, _)| check_side(*side))?;
                match self.count() {
                    Some(0) => Err("a side of the grid has 0 points".into()),
                    None => Err("the grid has more points than can be counted".into()),
                    _ => Ok(()),
                }
            }
            Domain::Box(sides) | Domain::Boundary(sides) => {
                sides.iter().try_for_each(|side| check_side(*side))
            }
            Domain::Ball { center, radius } => check_ball(center, *radius),
            Domain::Points { dimension, coordinates } => check_points(*dimension, coordinates),
            Domain::Near { dimension, coordinates, distance } => {
                if !(distance.is_finite() && *distance > 0.0) {
                    return Err(format!("the distance is {distance}; it must be a positive number"));
                }
                check_points(*dimension, coordinates)
            }
            Domain::Shape { .. } => Ok(()),
        }?;
        Body::new(self).map_or(Ok(()), |body| body.check())
    }

    /// Whether some draws are rejected, so that a low-discrepancy sequence would not stay one.
    pub(super) fn rejects(&self) -> bool {
        matches!(self, Domain::Shape { shape: Shape::Union(_) | Shape::Difference(_), .. })
    }

    /// What the domain is, in a few words, with the range of every coordinate.
    pub(super) fn summary(&self, names: &[String]) -> String {
        let what = match self {
            Domain::Grid(sides) => {
                let counts: Vec<String> = sides.iter().map(|(_, count)| count.to_string()).collect();
                format!("a grid of {} points", counts.join(" x "))
            }
            Domain::Box(_) => "a box".into(),
            Domain::Boundary(_) => "the boundary of a box".into(),
            Domain::Ball { .. } => "a ball".into(),
            Domain::Points { .. } => format!("{} points", self.count().unwrap_or(0)),
            Domain::Shape { shape, part: Part::Inside, .. } => shape.summary(),
            Domain::Shape { shape, part: Part::Boundary, .. } => {
                format!("the boundary of {}", shape.summary())
            }
            Domain::Near { dimension, coordinates, distance } => {
                format!("within {distance} of {} points", coordinates.len() / (*dimension).max(1))
            }
        };
        // The points of a list are float32, and have no more digits.
        let listed = matches!(self, Domain::Points { .. } | Domain::Near { .. });
        let end = |x: f64| if listed { (x as f32).to_string() } else { x.to_string() };
        let range = |(name, side): (&String, &Interval)| match side.length() {
            0.0 => format!("{name} = {}", end(side.low)),
            _ => format!("{name} in [{}, {}]", end(side.low), end(side.high)),
        };
        let ranges: Vec<String> = names.iter().zip(&self.bounds()).map(range).collect();
        format!("{what}; {}", ranges.join(", "))
    }

    /// The sides of a grid and the number of points along each; empty for other domains.
    pub(super) fn grid(&self) -> &[(Interval, usize)] {
        if let Domain::Grid(sides) = self { sides } else { &[] }
    }
}

/// The smallest and the largest value of every coordinate of points, moved apart by `distance`.
fn around(dimension: usize, coordinates: &[f32], distance: f64) -> Vec<Interval> {
    let mut bounds = vec![Interval::new(f64::INFINITY, f64::NEG_INFINITY); dimension];
    for point in coordinates.chunks_exact(dimension.max(1)) {
        for (side, x) in bounds.iter_mut().zip(point) {
            let x = f64::from(*x);
            *side = Interval::new(side.low.min(x - distance), side.high.max(x + distance));
        }
    }
    bounds
}

/// The coordinate of point `at` along a side of a grid.
pub(super) fn tick((side, count): &(Interval, usize), at: usize) -> f64 {
    side.at(if *count == 1 { 0.5 } else { at as f64 / (count - 1) as f64 })
}

fn check_side(Interval { low, high }: Interval) -> Result<(), Fault> {
    if !(low.is_finite() && high.is_finite()) {
        return Err("an end of a side is not a finite number".into());
    }
    if low > high { Err(format!("the side [{low}, {high}] ends before it begins")) } else { Ok(()) }
}

fn check_ball(center: &[f64], radius: f64) -> Result<(), Fault> {
    if !(radius.is_finite() && radius > 0.0) {
        return Err(format!("the radius is {radius}; it must be a positive number"));
    }
    if center.is_empty() {
        return Err("the ball has no coordinates".into());
    }
    if center.iter().all(|c| c.is_finite()) { Ok(()) } else { Err("its centre is not finite".into()) }
}

fn check_points(dimension: usize, coordinates: &[f32]) -> Result<(), Fault> {
    if coordinates.is_empty() {
        return Err("it has no points".into());
    }
    if !coordinates.len().is_multiple_of(dimension) {
        return Err(format!("its {} numbers are no points of {dimension} coordinates", coordinates.len()));
    }
    match coordinates.iter().position(|x| !x.is_finite()) {
        Some(at) => Err(format!("a coordinate of point {} is not a finite number", at / dimension)),
        None => Ok(()),
    }
}
