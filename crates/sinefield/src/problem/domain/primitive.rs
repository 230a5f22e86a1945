//! A box, a ball or a polygon, ready to give points inside and on its boundary.

use super::measure::{ball_draws, ball_volume, box_area, box_volume, in_ball, on_box, on_sphere};
use super::polygon::Polygon;
use super::{Interval, Shape};

#[derive(Clone, Debug)]
pub(super) enum Primitive {
    Box(Vec<Interval>),
    Ball { center: Vec<f64>, radius: f64 },
    Polygon(Polygon),
}

impl Primitive {
    /// `None` for a union or a difference.
    pub fn new(shape: &Shape) -> Option<Self> {
        match shape {
            Shape::Box(sides) => Some(Primitive::Box(sides.clone())),
            Shape::Ball { center, radius } => {
                Some(Primitive::Ball { center: center.clone(), radius: *radius })
            }
            Shape::Polygon(vertices) => Some(Primitive::Polygon(Polygon::new(vertices))),
            Shape::Union(_) | Shape::Difference(_) => None,
        }
    }

    pub fn volume(&self) -> f64 {
        match self {
            Primitive::Box(sides) => box_volume(sides),
            Primitive::Ball { center, radius } => ball_volume(center.len(), *radius),
            Primitive::Polygon(polygon) => polygon.area(),
        }
    }

    /// The area of the boundary: a length in two dimensions, a number of points in one.
    pub fn area(&self) -> f64 {
        match self {
            Primitive::Box(sides) => box_area(sides),
            Primitive::Ball { center, radius } => {
                center.len() as f64 * ball_volume(center.len(), *radius) / radius
            }
            Primitive::Polygon(polygon) => polygon.perimeter(),
        }
    }

    pub fn contains(&self, point: &[f64]) -> bool {
        match self {
            Primitive::Box(sides) => {
                sides.iter().zip(point).all(|(side, x)| (side.low..=side.high).contains(x))
            }
            Primitive::Ball { center, radius } => {
                let square: f64 = center.iter().zip(point).map(|(c, x)| (x - c).powi(2)).sum();
                square <= radius * radius
            }
            Primitive::Polygon(polygon) => polygon.contains(point),
        }
    }

    /// The number of draws that [`Primitive::inside`] needs.
    pub fn inside_draws(&self) -> usize {
        match self {
            Primitive::Box(sides) => sides.len(),
            Primitive::Ball { center, .. } => ball_draws(center.len()),
            Primitive::Polygon(_) => 2,
        }
    }

    /// The number of draws that [`Primitive::on_boundary`] needs.
    pub fn boundary_draws(&self) -> usize {
        match self {
            Primitive::Box(sides) => sides.len() + 1,
            Primitive::Ball { center, .. } => center.len().next_multiple_of(2),
            Primitive::Polygon(_) => 1,
        }
    }

    /// Maps draws to a point inside. Equal volumes of the unit cube go to equal volumes.
    pub fn inside(&self, draw: &[f64], out: &mut [f64]) {
        match self {
            Primitive::Box(sides) => {
                out.iter_mut().zip(sides).zip(draw).for_each(|((x, side), u)| *x = side.at(*u));
            }
            Primitive::Ball { center, radius } => {
                in_ball(*radius, draw, out);
                out.iter_mut().zip(center).for_each(|(x, c)| *x += c);
            }
            Primitive::Polygon(polygon) => polygon.inside(draw, out),
        }
    }

    /// Maps draws to a point on the boundary, with its outward normal. Equal volumes of the unit cube go to
    /// equal areas.
    pub fn on_boundary(&self, draw: &[f64], out: &mut [f64], normal: &mut [f64]) {
        match self {
            Primitive::Box(sides) => on_box(sides, draw, out, normal),
            Primitive::Ball { center, radius } => {
                on_sphere(draw, normal);
                for ((x, c), n) in out.iter_mut().zip(center).zip(normal) {
                    *x = c + radius * *n;
                }
            }
            Primitive::Polygon(polygon) => polygon.on_edge(draw, out, normal),
        }
    }
}
