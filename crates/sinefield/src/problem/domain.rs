//! The domain of a constraint: a grid, a box, its boundary, a ball, or given points.
//!
//! A domain is described in the problem's own coordinates. It is either a set of points that can be counted,
//! or a *body*. The unit cube is mapped onto a body such that equal volumes (on a boundary, equal areas) get
//! equally many points.

use std::f64::consts::TAU;
use std::sync::Arc;

/// The interval of a coordinate, as a side of a box: from `low` to `high`, or a fixed value where they are equal.
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
}

/// A message that describes a fault of a domain.
pub(super) type Fault = String;

impl Domain {
    /// The number of coordinates of a point.
    pub fn dimension(&self) -> usize {
        match self {
            Domain::Grid(sides) => sides.len(),
            Domain::Box(sides) | Domain::Boundary(sides) => sides.len(),
            Domain::Ball { center, .. } => center.len(),
            Domain::Points { dimension, .. } => *dimension,
        }
    }

    /// The number of points; `None` for a box, a boundary or a ball, or if a grid's number overflows.
    pub fn count(&self) -> Option<usize> {
        match self {
            Domain::Grid(sides) => sides.iter().try_fold(1usize, |n, (_, count)| n.checked_mul(*count)),
            Domain::Points { dimension, coordinates } => Some(coordinates.len() / (*dimension).max(1)),
            Domain::Box(_) | Domain::Boundary(_) | Domain::Ball { .. } => None,
        }
    }

    /// The smallest and the largest value of every coordinate.
    pub fn bounds(&self) -> Vec<Interval> {
        match self {
            Domain::Grid(sides) => sides.iter().map(|(side, _)| *side).collect(),
            Domain::Box(sides) | Domain::Boundary(sides) => sides.clone(),
            Domain::Ball { center, radius } => {
                center.iter().map(|c| Interval::new(c - radius, c + radius)).collect()
            }
            Domain::Points { dimension, coordinates } => {
                let mut bounds = vec![Interval::new(f64::INFINITY, f64::NEG_INFINITY); *dimension];
                for point in coordinates.chunks_exact((*dimension).max(1)) {
                    for (side, x) in bounds.iter_mut().zip(point) {
                        *side = Interval::new(side.low.min(f64::from(*x)), side.high.max(f64::from(*x)));
                    }
                }
                bounds
            }
        }
    }

    /// Checks that the domain is not empty, and that its numbers are finite and in range.
    pub(super) fn check(&self) -> Result<(), Fault> {
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
            Domain::Box(sides) => sides.iter().try_for_each(|side| check_side(*side)),
            Domain::Boundary(sides) => {
                sides.iter().try_for_each(|side| check_side(*side))?;
                let free = sides.iter().any(|side| side.length() > 0.0);
                if free { Ok(()) } else { Err("no side of the box has a length, so it has no faces".into()) }
            }
            Domain::Ball { center, radius } => {
                if !(radius.is_finite() && *radius > 0.0) {
                    return Err(format!("the radius is {radius}; it must be a positive number"));
                }
                if center.iter().all(|c| c.is_finite()) {
                    Ok(())
                } else {
                    Err("its centre is not finite".into())
                }
            }
            Domain::Points { dimension, coordinates } => {
                if coordinates.is_empty() {
                    return Err("it has no points".into());
                }
                match coordinates.iter().position(|x| !x.is_finite()) {
                    Some(at) => {
                        Err(format!("a coordinate of point {} is not a finite number", at / dimension))
                    }
                    None => Ok(()),
                }
            }
        }
    }

    /// The count of numbers in `[0, 1)` that [`Domain::map`] needs for one point.
    pub(super) fn draws(&self) -> usize {
        match self {
            Domain::Box(sides) => sides.len(),
            Domain::Boundary(sides) => sides.len() + 1,
            Domain::Ball { center, .. } => center.len().next_multiple_of(2) + 1,
            Domain::Grid(_) | Domain::Points { .. } => 0,
        }
    }

    /// Maps `draw`, a point of the unit cube, to a point of a body.
    pub(super) fn map(&self, draw: &[f64], out: &mut [f64]) {
        match self {
            Domain::Box(sides) => {
                out.iter_mut().zip(sides).zip(draw).for_each(|((x, side), u)| *x = side.at(*u));
            }
            Domain::Boundary(sides) => on_boundary(sides, draw, out),
            Domain::Ball { center, radius } => in_ball(center, *radius, draw, out),
            Domain::Grid(_) | Domain::Points { .. } => {}
        }
    }

    /// The sides of a grid and the number of points along each; empty for other domains.
    pub(super) fn grid(&self) -> &[(Interval, usize)] {
        if let Domain::Grid(sides) = self { sides } else { &[] }
    }
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

/// A point on a face. The first draw selects the face by area, the others select the point.
fn on_boundary(sides: &[Interval], draw: &[f64], out: &mut [f64]) {
    let free = |i: usize| sides[i].length() > 0.0;
    let area = |face: usize| -> f64 {
        let others = (0..sides.len()).filter(|i| *i != face && free(*i));
        others.map(|i| sides[i].length()).product()
    };
    let faces: Vec<usize> = (0..sides.len()).filter(|i| free(*i)).collect();
    let total: f64 = faces.iter().map(|face| 2.0 * area(*face)).sum();
    let mut left = draw[0] * total;
    let mut chosen = (faces[faces.len() - 1], 1.0);
    'found: for &face in &faces {
        for end in [0.0, 1.0] {
            if left < area(face) {
                chosen = (face, end);
                break 'found;
            }
            left -= area(face);
        }
    }
    for (i, (x, side)) in out.iter_mut().zip(sides).enumerate() {
        *x = if i == chosen.0 { side.at(chosen.1) } else { side.at(draw[1 + i]) };
    }
}

/// A direction from normally distributed numbers (Box & Muller 1958), and a radius whose d-th power is
/// uniform.
fn in_ball(center: &[f64], radius: f64, draw: &[f64], out: &mut [f64]) {
    let (last, pairs) = (draw[draw.len() - 1], &draw[..draw.len() - 1]);
    let mut square = 0.0;
    for (pair, out) in pairs.chunks_exact(2).zip(out.chunks_mut(2)) {
        // 1 - u lies in (0, 1], where the logarithm is finite.
        let length = (-2.0 * (1.0 - pair[0]).ln()).sqrt();
        let normal = [length * (TAU * pair[1]).cos(), length * (TAU * pair[1]).sin()];
        out.iter_mut().zip(normal).for_each(|(x, n)| {
            *x = n;
            square += n * n;
        });
    }
    let length = radius * last.powf(1.0 / center.len() as f64);
    let scale = if square > 0.0 { length / square.sqrt() } else { 0.0 };
    out.iter_mut().zip(center).for_each(|(x, c)| *x = c + scale * *x);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Compares moments of uniform points with their closed forms.
    #[test]
    fn bodies_are_filled_evenly() {
        let count = 60;
        let draws = |n: usize| (0..count).map(move |i| (i as f64 + 0.5) / n as f64);
        // A 2-ball of radius 2: mean r² = R² d / (d + 2) = 2, and half the points within R / sqrt 2.
        let ball = Domain::Ball { center: vec![1.0, -1.0], radius: 2.0 };
        let (mut squares, mut within, mut n) = (0.0, 0, 0);
        for a in draws(count) {
            for b in draws(count) {
                for c in draws(count) {
                    let mut x = [f64::NAN; 2];
                    ball.map(&[a, b, c], &mut x);
                    let r2 = (x[0] - 1.0).powi(2) + (x[1] + 1.0).powi(2);
                    squares += r2;
                    within += i32::from(r2 < 2.0);
                    n += 1;
                }
            }
        }
        assert!((squares / f64::from(n) - 2.0).abs() < 1e-2);
        assert!((f64::from(within) / f64::from(n) - 0.5).abs() < 1e-2);
        // The boundary of a 1 x 3 rectangle: each long face has 3 of 8 parts.
        let boundary =
            Domain::Boundary(vec![Interval::new(0.0, 1.0), Interval::new(0.0, 3.0), Interval::fixed(7.0)]);
        let (mut long, mut all) = (0, 0);
        for a in (0..8000).map(|i| (f64::from(i) + 0.5) / 8000.0) {
            let mut x = [f64::NAN; 3];
            boundary.map(&[a, 0.3, 0.6, 0.1], &mut x);
            assert_eq!(x[2], 7.0);
            let on = [x[0] == 0.0 || x[0] == 1.0, x[1] == 0.0 || x[1] == 3.0];
            assert!(on[0] != on[1], "{x:?}");
            long += i32::from(x[0] == 0.0);
            all += 1;
        }
        assert_eq!(8 * long, 3 * all);
    }

    #[test]
    fn empty_domains_say_what_is_empty() {
        let side = Interval::new(0.0, 1.0);
        let bad = [
            (Domain::Grid(vec![(side, 3), (side, 0)]), "0 points"),
            (Domain::Box(vec![]), "no coordinates"),
            (Domain::Box(vec![Interval::new(1.0, 0.0)]), "ends before"),
            (Domain::Box(vec![Interval::new(f64::NAN, 0.0)]), "finite"),
            (Domain::Boundary(vec![Interval::fixed(1.0)]), "no faces"),
            (Domain::Ball { center: vec![0.0], radius: 0.0 }, "radius"),
            (Domain::Points { dimension: 2, coordinates: Arc::new([]) }, "no points"),
            (Domain::Points { dimension: 2, coordinates: Arc::new([0.0, 1.0, 2.0, f32::NAN]) }, "point 1"),
        ];
        for (domain, words) in bad {
            let told = domain.check().unwrap_err();
            assert!(told.contains(words), "{told}");
        }
    }
}
