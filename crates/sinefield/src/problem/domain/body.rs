//! A domain whose points cannot be counted, ready to give points: a map from the unit cube, which may reject
//! a draw.

use std::sync::Arc;

use super::combination::{Combination, MOST_TRIALS, Place};
use super::measure::{ball_draws, in_ball};
use super::primitive::Primitive;
use super::{Domain, Fault, Interval, Part};

/// A body times a box of further coordinates.
#[derive(Clone, Debug)]
pub(in crate::problem) struct Body {
    source: Source,
    sides: Vec<Interval>,
    /// The number of coordinates without the further ones.
    inner: usize,
    /// The number of draws without those for the further coordinates.
    own_draws: usize,
}

#[derive(Clone, Debug)]
enum Source {
    Inside(Primitive),
    Boundary(Primitive),
    Combination(Combination),
    /// Balls of one radius around points, `(points, dimension)`.
    Near(Arc<[f32]>, f64),
}

impl Source {
    fn of(primitive: Primitive, part: Part) -> Self {
        match part {
            Part::Inside => Source::Inside(primitive),
            Part::Boundary => Source::Boundary(primitive),
        }
    }

    fn draws(&self, dimension: usize) -> usize {
        match self {
            Source::Inside(primitive) => primitive.inside_draws(),
            Source::Boundary(primitive) => primitive.boundary_draws(),
            Source::Combination(combination) => combination.draws(),
            Source::Near(..) => 1 + ball_draws(dimension),
        }
    }
}

impl Body {
    /// The body of a domain; `None` for a grid or given points.
    pub fn new(domain: &Domain) -> Option<Self> {
        let (source, sides) = match domain {
            Domain::Grid(_) | Domain::Points { .. } => return None,
            Domain::Box(sides) => (Source::Inside(Primitive::Box(sides.clone())), [].as_slice()),
            Domain::Boundary(sides) => (Source::Boundary(Primitive::Box(sides.clone())), [].as_slice()),
            Domain::Ball { center, radius } => {
                let ball = Primitive::Ball { center: center.clone(), radius: *radius };
                (Source::Inside(ball), [].as_slice())
            }
            Domain::Shape { shape, part, sides } => {
                let source = match Primitive::new(shape) {
                    Some(primitive) => Source::of(primitive, *part),
                    None => Source::Combination(Combination::new(shape, *part)),
                };
                (source, sides.as_slice())
            }
            Domain::Near { coordinates, distance, .. } => {
                (Source::Near(coordinates.clone(), *distance), [].as_slice())
            }
        };
        let inner = domain.dimension() - sides.len();
        let own_draws = source.draws(inner);
        Some(Self { source, sides: sides.to_vec(), inner, own_draws })
    }

    /// The number of coordinates.
    pub fn dimension(&self) -> usize {
        self.inner + self.sides.len()
    }

    /// The count of numbers in `[0, 1)` that a trial needs.
    pub fn draws(&self) -> usize {
        self.own_draws + self.sides.len()
    }

    /// The largest number of trials for a point.
    pub fn trials(&self) -> usize {
        if matches!(self.source, Source::Combination(_)) { MOST_TRIALS } else { 1 }
    }

    /// Checks that the body is not empty.
    pub fn check(&self) -> Result<(), Fault> {
        match &self.source {
            Source::Combination(combination) => combination.check(),
            Source::Boundary(Primitive::Box(sides)) if sides.iter().all(|side| side.length() == 0.0) => {
                Err("no side of the box has a length, so it has no faces".into())
            }
            _ => Ok(()),
        }
    }

    /// One trial: maps `draw`, a point of the unit cube, to a point of the body, and on a boundary to its
    /// outward normal. Returns whether the point is to be kept.
    pub fn hit(&self, draw: &[f64], place: Place<'_>) -> bool {
        let (own, further) = draw.split_at(self.own_draws);
        let place = self.split(further, place);
        match &self.source {
            Source::Inside(primitive) => primitive.inside(own, place.point),
            Source::Boundary(primitive) => primitive.on_boundary(own, place.point, place.normal),
            Source::Combination(combination) => return combination.hit(own, place),
            Source::Near(centers, distance) => {
                let count = centers.len() / self.inner.max(1);
                let from = (own[0] * count as f64) as usize * self.inner;
                in_ball(*distance, &own[1..], place.point);
                let center = centers.iter().skip(from);
                place.point.iter_mut().zip(center).for_each(|(x, c)| *x += f64::from(*c));
            }
        }
        true
    }

    /// Writes a point of the body after all trials for it have failed. `further` are draws for the further
    /// coordinates.
    pub fn fall_back(&self, draw: &[f64], place: Place<'_>) {
        let place = self.split(&draw[self.own_draws..], place);
        if let Source::Combination(combination) = &self.source {
            combination.fall_back(place);
        }
    }

    /// Writes the further coordinates, and returns the place of the others.
    fn split<'a>(&self, further: &[f64], place: Place<'a>) -> Place<'a> {
        let (point, rest) = place.point.split_at_mut(self.inner);
        rest.iter_mut().zip(&self.sides).zip(further).for_each(|((x, side), u)| *x = side.at(*u));
        let (normal, flat) = place.normal.split_at_mut(self.inner);
        flat.fill(0.0);
        Place { point, normal, spare: &mut place.spare[..self.inner] }
    }
}
