//! Points of domains against closed forms: moments, areas, signed distances and the divergence theorem.

mod faults;
mod normals;

use std::sync::Arc;

use super::*;
use crate::problem::sampler::{Sampler, Sampling, Sequence};

fn side(low: f64, high: f64) -> Interval {
    Interval::new(low, high)
}

fn ball(center: &[f64], radius: f64) -> Shape {
    Shape::Ball { center: center.to_vec(), radius }
}

fn rectangle(x: [f64; 2], y: [f64; 2]) -> Shape {
    Shape::Box(vec![side(x[0], x[1]), side(y[0], y[1])])
}

fn domain(shape: Shape, part: Part) -> Domain {
    Domain::Shape { shape, part, sides: Vec::new() }
}

/// The square `[-1, 1]^2` without the quarter of positive x and negative y.
fn l_shape() -> Shape {
    Shape::Difference(vec![rectangle([-1.0, 1.0], [-1.0, 1.0]), rectangle([0.0, 1.0], [-1.0, 0.0])])
}

const L: [[f64; 2]; 6] = [[-1.0, -1.0], [0.0, -1.0], [0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [-1.0, 1.0]];

/// Points of a domain, and their normals or zeros.
fn drawn(domain: &Domain, count: usize, sequence: Sequence) -> (Vec<Vec<f64>>, Vec<Vec<f64>>) {
    domain.check().unwrap();
    let sampling = Sampling { samples: Some(count), sequence, seed: 11, ..Sampling::default() };
    let sampler = Sampler::new(domain.clone(), sampling);
    let dimension = domain.dimension();
    let mut points = vec![f64::NAN; count * dimension];
    let mut normals: Vec<f32> = Vec::new();
    sampler.normals(3, 0, &mut Vec::new(), &mut points, &mut normals);
    let rows = |all: Vec<f64>| all.chunks_exact(dimension).map(<[f64]>::to_vec).collect();
    (rows(points), rows(normals.into_iter().map(f64::from).collect()))
}

fn points(domain: &Domain, count: usize) -> Vec<Vec<f64>> {
    drawn(domain, count, Sequence::Uniform).0
}

fn mean(points: &[Vec<f64>], of: impl Fn(&[f64]) -> f64) -> f64 {
    points.iter().map(|x| of(x)).sum::<f64>() / points.len() as f64
}

fn square(x: &[f64]) -> f64 {
    x.iter().map(|x| x * x).sum()
}

/// The mean lies within five standard errors of `want`, for values of the standard deviation `spread`.
fn near(got: f64, want: f64, spread: f64, count: usize) {
    let most = 5.0 * spread / (count as f64).sqrt();
    assert!((got - want).abs() < most, "{got}, not {want} within {most}");
}

const COUNT: usize = 40_000;

/// Compares moments of an even set of draws with their closed forms.
#[test]
fn bodies_are_filled_evenly() {
    let count = 60;
    let draws = |n: usize| (0..count).map(move |i| (i as f64 + 0.5) / n as f64);
    let map = |domain: &Domain, draw: &[f64], out: &mut [f64]| {
        let (mut normal, mut spare) = ([f64::NAN; 3], [0.0; 3]);
        let (normal, spare) = (&mut normal[..out.len()], &mut spare[..out.len()]);
        assert!(Body::new(domain).unwrap().hit(draw, Place { point: out, normal, spare }));
    };
    // A 2-ball of radius 2: mean r² = R² d / (d + 2) = 2, and half the points within R / sqrt 2.
    let ball = Domain::Ball { center: vec![1.0, -1.0], radius: 2.0 };
    let (mut squares, mut within, mut n) = (0.0, 0, 0);
    for a in draws(count) {
        for b in draws(count) {
            for c in draws(count) {
                let mut x = [f64::NAN; 2];
                map(&ball, &[a, b, c], &mut x);
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
    let boundary = Domain::Boundary(vec![side(0.0, 1.0), side(0.0, 3.0), Interval::fixed(7.0)]);
    let (mut long, mut all) = (0, 0);
    for a in (0..8000).map(|i| (f64::from(i) + 0.5) / 8000.0) {
        let mut x = [f64::NAN; 3];
        map(&boundary, &[a, 0.3, 0.6, 0.1], &mut x);
        assert_eq!(x[2], 7.0);
        let on = [x[0] == 0.0 || x[0] == 1.0, x[1] == 0.0 || x[1] == 3.0];
        assert!(on[0] != on[1], "{x:?}");
        long += i32::from(x[0] == 0.0);
        all += 1;
    }
    assert_eq!(8 * long, 3 * all);
}

/// In a ball of radius R without the ball of radius a, the mean of r² is
/// `d / (d + 2) (R^(d+2) - a^(d+2)) / (R^d - a^d)`.
#[test]
fn a_ball_without_a_ball_has_the_moments_of_a_shell() {
    for d in 1..=4 {
        let center = vec![0.5; d];
        let shell = Shape::Difference(vec![ball(&center, 2.0), ball(&center, 1.2)]);
        let power = |k: usize| 2f64.powi(k as i32) - 1.2f64.powi(k as i32);
        let want = d as f64 / (d + 2) as f64 * power(d + 2) / power(d);
        let got = points(&domain(shell, Part::Inside), COUNT);
        let from_center = |x: &[f64]| square(&x.iter().map(|x| x - 0.5).collect::<Vec<_>>());
        assert!(got.iter().all(|x| (1.44..=4.0).contains(&from_center(x))));
        near(mean(&got, from_center), want, 1.3, COUNT);
        near(mean(&got, |x| x[0]), 0.5, 1.7, COUNT);
    }
}

/// Three unit squares make the L. Its moments are the means of theirs.
#[test]
fn an_l_is_filled_evenly_as_a_difference_a_union_and_a_polygon() {
    let overlapping = Shape::Union(vec![
        rectangle([-1.0, 0.0], [-1.0, 1.0]),
        rectangle([-1.0, 1.0], [0.0, 1.0]),
        rectangle([-0.5, 0.5], [0.25, 0.75]),
    ]);
    let mut clockwise = L;
    clockwise.reverse();
    for shape in [l_shape(), overlapping, Shape::Polygon(L.to_vec()), Shape::Polygon(clockwise.to_vec())] {
        let got = points(&domain(shape, Part::Inside), COUNT);
        assert!(got.iter().all(|x| x[0].abs() <= 1.0 && x[1].abs() <= 1.0 && !(x[0] > 0.0 && x[1] < 0.0)));
        near(mean(&got, |x| x[0]), -1.0 / 6.0, 0.6, COUNT);
        near(mean(&got, |x| x[1]), 1.0 / 6.0, 0.6, COUNT);
        near(mean(&got, |x| x[0] * x[1]), 1.0 / 12.0, 0.35, COUNT);
        near(mean(&got, square), 2.0 / 3.0, 0.5, COUNT);
        near(mean(&got, |x| f64::from(x[0] > 0.0)), 1.0 / 3.0, 0.5, COUNT);
    }
    let bounds = domain(l_shape(), Part::Inside).bounds();
    assert_eq!(bounds, vec![side(-1.0, 1.0); 2]);
}

/// A star of 2 k vertices: its area is `k R r sin(π / k)`, and it fills that part of the box around it.
#[test]
fn polygons_with_many_corners_are_divided_into_triangles() {
    for k in [2usize, 3, 5, 24, 200] {
        let angle = |i: usize| std::f64::consts::PI * i as f64 / k as f64;
        let vertex = |i: usize| {
            let r = if i.is_multiple_of(2) { 3.0 } else { 0.7 };
            [r * angle(i).cos() + 5.0, r * angle(i).sin() - 2.0]
        };
        let star: Vec<[f64; 2]> = (0..2 * k).map(vertex).collect();
        polygon::check(&star).unwrap();
        let area = k as f64 * 2.1 * angle(1).sin();
        let polygon = polygon::Polygon::new(&star);
        assert!((polygon.area() - area).abs() < 1e-9 * area);
        let around = points(&Domain::Box(polygon::bounds(&star)), COUNT);
        let size: f64 = polygon::bounds(&star).iter().map(|side| side.high - side.low).product();
        near(mean(&around, |x| f64::from(polygon.contains(x))), area / size, 0.5, COUNT);
        let inside = points(&domain(Shape::Polygon(star), Part::Inside), 2000);
        assert!(inside.iter().all(|x| polygon.contains(x)));
    }
    // A comb, whose ears are few, and vertices in the middle of its edges.
    let mut comb = vec![[0.0, 0.0], [10.0, 0.0], [20.0, 0.0]];
    for tooth in (0..20).rev() {
        let x = f64::from(tooth);
        comb.extend([[x + 0.9, 5.0], [x + 0.1, 5.0]]);
        if tooth > 0 {
            comb.extend([[x + 0.1, 1.0], [x - 0.1, 1.0]]);
        }
    }
    polygon::check(&comb).unwrap();
    // Gaps of 0.2 x 4 between teeth, and half of a tooth's slope at both ends.
    let area = polygon::Polygon::new(&comb).area();
    let want = 20.0 * 5.0 - 19.0 * 0.2 * 4.0 - 2.0 * 0.5 * 0.1 * 5.0;
    assert!((area - want).abs() < 1e-9, "{area}, not {want}");
}

/// The inside of a nested shape: the square without a ring, `square \ (ball \ smaller ball)`.
#[test]
fn shapes_are_nested() {
    use std::f64::consts::PI;
    let ring = Shape::Difference(vec![ball(&[0.0, 0.0], 0.9), ball(&[0.0, 0.0], 0.5)]);
    let shape = Shape::Difference(vec![rectangle([-1.0, 1.0], [-1.0, 1.0]), ring]);
    let got = points(&domain(shape.clone(), Part::Inside), COUNT);
    let area = 4.0 - PI * (0.81 - 0.25);
    near(mean(&got, |x| f64::from(square(x) < 0.25)), PI * 0.25 / area, 0.5, COUNT);
    assert!(got.iter().all(|x| square(x) <= 0.25 || square(x) >= 0.81));
    let edge = points(&domain(shape, Part::Boundary), COUNT);
    let length = 8.0 + 2.0 * PI * 1.4;
    near(mean(&edge, |x| f64::from((square(x).sqrt() - 0.5).abs() < 1e-6)), PI / length, 0.5, COUNT);
}

/// Further coordinates are those of a box: a shape at a time, and over an interval.
#[test]
fn a_shape_has_further_coordinates() {
    for (shape, part) in [(l_shape(), Part::Inside), (Shape::Polygon(L.to_vec()), Part::Boundary)] {
        let sides = vec![side(2.0, 4.0), Interval::fixed(-3.0)];
        let domain = Domain::Shape { shape, part, sides };
        let (got, normals) = drawn(&domain, COUNT, Sequence::Uniform);
        near(mean(&got, |x| x[2]), 3.0, 0.6, COUNT);
        near(mean(&got, |x| x[2] * x[0]), 3.0 * mean(&got, |x| x[0]), 0.6, COUNT);
        assert!(got.iter().all(|x| x[3] == -3.0 && (2.0..=4.0).contains(&x[2])));
        assert!(normals.iter().all(|n| n[2] == 0.0 && n[3] == 0.0));
        assert_eq!(domain.bounds(), [side(-1.0, 1.0), side(-1.0, 1.0), side(2.0, 4.0), side(-3.0, -3.0)]);
    }
}

#[test]
fn low_discrepancy_points_of_a_polygon_are_nearer_to_its_means() {
    let polygon = domain(Shape::Polygon(L.to_vec()), Part::Inside);
    let error = |sequence| (mean(&drawn(&polygon, 4001, sequence).0, square) - 2.0 / 3.0).abs();
    assert!(error(Sequence::LowDiscrepancy) < 1e-3, "{}", error(Sequence::LowDiscrepancy));
    let edge = domain(Shape::Polygon(L.to_vec()), Part::Boundary);
    // The edge from (-1, 1) to (-1, -1) is a quarter of the perimeter.
    let left = mean(&drawn(&edge, 4001, Sequence::LowDiscrepancy).0, |x| f64::from(x[0] == -1.0));
    assert!((left - 0.25).abs() < 1e-3, "{left}");
}

/// Every point of the list is chosen as often, and offsets fill a ball: mean r² = R² d / (d + 2).
#[test]
fn points_near_given_points_lie_in_balls_around_them() {
    let given = [[0.0f32, 0.0, 1.0], [10.0, 0.0, 0.0], [0.0, -20.0, 5.0]];
    let coordinates: Arc<[f32]> = given.as_flattened().into();
    let domain = Domain::Near { dimension: 3, coordinates, distance: 0.5 };
    for sequence in [Sequence::Uniform, Sequence::LowDiscrepancy] {
        let got = drawn(&domain, COUNT, sequence).0;
        for center in given {
            let offset =
                |x: &[f64]| -> Vec<f64> { x.iter().zip(center).map(|(x, c)| x - f64::from(c)).collect() };
            let own: Vec<Vec<f64>> =
                got.iter().map(|x| offset(x)).filter(|x| square(x) <= 0.25 + 1e-12).collect();
            near(own.len() as f64 / COUNT as f64, 1.0 / 3.0, 0.5, COUNT);
            near(mean(&own, square), 0.15, 0.08, own.len());
            near(mean(&own, |x| x[1]), 0.0, 0.25, own.len());
        }
    }
    let bounds = [side(-0.5, 10.5), side(-20.5, 0.5), side(-0.5, 5.5)];
    assert_eq!(domain.bounds(), bounds);
}

#[test]
fn domains_are_told_in_words() {
    let names = ["x".to_string(), "y".to_string(), "t".to_string()];
    let shape = |part, sides| Domain::Shape { shape: l_shape(), part, sides };
    let near = Domain::Near { dimension: 1, coordinates: Arc::new([0.0, 1.0]), distance: 0.5 };
    let told = [
        (Domain::Box(vec![side(0.0, 1.0), Interval::fixed(2.0)]), "a box; x in [0, 1], y = 2"),
        (
            Domain::Grid(vec![(side(0.0, 1.0), 5), (side(0.0, 2.0), 3)]),
            "a grid of 5 x 3 points; x in [0, 1], y in [0, 2]",
        ),
        (shape(Part::Inside, vec![]), "a difference of 2 shapes; x in [-1, 1], y in [-1, 1]"),
        (
            shape(Part::Boundary, vec![side(0.0, 3.0)]),
            "the boundary of a difference of 2 shapes; x in [-1, 1], y in [-1, 1], t in [0, 3]",
        ),
        (
            domain(Shape::Polygon(L.to_vec()), Part::Inside),
            "a polygon of 6 vertices; x in [-1, 1], y in [-1, 1]",
        ),
        (near, "within 0.5 of 2 points; x in [-0.5, 1.5]"),
    ];
    for (domain, words) in told {
        assert_eq!(domain.summary(&names), words);
    }
}
