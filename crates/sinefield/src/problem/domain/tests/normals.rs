//! Boundaries and their normals: signed distances, lengths of edges, and the divergence theorem.

use super::*;

/// The signed distance to a shape near its boundary: below 0 inside. Exact for boxes and balls. For a union
/// it is the smallest of its parts, for a difference the largest of the first and the negatives of the
/// others.
fn distance(shape: &Shape, x: &[f64]) -> f64 {
    match shape {
        Shape::Box(sides) => {
            let out: Vec<f64> =
                sides.iter().zip(x).map(|(side, x)| (side.low - x).max(x - side.high)).collect();
            let deepest = out.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let outside: f64 = out.iter().map(|d| d.max(0.0).powi(2)).sum();
            outside.sqrt() + deepest.min(0.0)
        }
        Shape::Ball { center, radius } => {
            let square: f64 = x.iter().zip(center).map(|(x, c)| (x - c).powi(2)).sum();
            square.sqrt() - radius
        }
        Shape::Union(parts) => parts.iter().map(|part| distance(part, x)).fold(f64::INFINITY, f64::min),
        Shape::Difference(parts) => {
            let others = parts[1..].iter().map(|part| -distance(part, x));
            others.fold(distance(&parts[0], x), f64::max)
        }
        Shape::Polygon(_) => panic!("no distance to a polygon"),
    }
}

/// The gradient by central differences.
fn gradient(shape: &Shape, x: &[f64]) -> Vec<f64> {
    let h = 1e-6;
    let along = |i: usize| {
        let at = |step: f64| {
            let mut moved = x.to_vec();
            moved[i] += step;
            distance(shape, &moved)
        };
        (at(h) - at(-h)) / (2.0 * h)
    };
    (0..x.len()).map(along).collect()
}

/// A cuboid without two balls, one of which is filled again in part, joined with a ball.
fn body() -> Shape {
    let cuboid = Shape::Box(vec![side(-1.0, 1.0), side(0.0, 2.0), side(0.0, 1.0)]);
    let hole = Shape::Difference(vec![ball(&[0.0, 1.0, 0.5], 0.4), ball(&[0.0, 1.0, 0.5], 0.2)]);
    let pitted = Shape::Difference(vec![cuboid, hole, ball(&[1.0, 0.0, 0.0], 0.5)]);
    Shape::Union(vec![pitted, ball(&[-1.0, 2.0, 0.5], 0.3)])
}

#[test]
fn normals_are_gradients_of_signed_distances() {
    let shapes = [
        body(),
        l_shape(),
        ball(&[1.0, -2.0], 1.5),
        ball(&[1.0], 1.5),
        Shape::Difference(vec![Shape::Box(vec![side(0.0, 2.0)]), Shape::Box(vec![side(0.5, 0.7)])]),
        Shape::Box(vec![side(-1.0, 3.0), side(0.0, 0.5), side(2.0, 3.0), side(0.0, 1.0)]),
    ];
    for shape in shapes {
        let (points, normals) = drawn(&domain(shape.clone(), Part::Boundary), 3000, Sequence::Uniform);
        let mut compared = 0;
        for (x, n) in points.iter().zip(&normals) {
            assert!(distance(&shape, x).abs() < 1e-12, "{x:?} is not on the boundary");
            assert!((square(n) - 1.0).abs() < 1e-6);
            let slope = gradient(&shape, x);
            // At an edge the distance has a kink, and the differences mix both faces.
            if (square(&slope) - 1.0).abs() > 1e-6 {
                continue;
            }
            let most = slope.iter().zip(n).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
            assert!(most < 1e-5, "{n:?}, not {slope:?} at {x:?}");
            compared += 1;
        }
        assert!(compared > 2990, "{compared}");
    }
}

/// A fixed side of a box has no normal.
#[test]
fn a_fixed_side_has_no_normal() {
    let domain = Domain::Boundary(vec![side(0.0, 1.0), Interval::fixed(2.0), side(3.0, 4.0)]);
    let (points, normals) = drawn(&domain, 100, Sequence::Uniform);
    for (x, n) in points.iter().zip(normals) {
        let want = [
            f64::from(x[0] == 1.0) - f64::from(x[0] == 0.0),
            0.0,
            f64::from(x[2] == 4.0) - f64::from(x[2] == 3.0),
        ];
        assert_eq!(n, want);
    }
}

/// Faces that two parts share count once: the parts of edges are as the lengths.
#[test]
fn shared_faces_are_drawn_once() {
    // Two overlapping boxes, three edges on the same lines: together [0, 3] x [0, 1].
    let union = Shape::Union(vec![rectangle([0.0, 2.0], [0.0, 1.0]), rectangle([1.0, 3.0], [0.0, 1.0])]);
    // The same disc twice, without a square that touches the disc's box.
    let shapes = [(union, 8.0), (Shape::Polygon(vec![[0.0, 0.0], [3.0, 0.0], [3.0, 1.0], [0.0, 1.0]]), 8.0)];
    for (shape, length) in shapes {
        let got = points(&domain(shape, Part::Boundary), COUNT);
        for (low, high) in [(0.1, 0.9), (1.1, 1.9), (2.1, 2.9)] {
            let share = mean(&got, |x| f64::from(x[1] == 0.0 && low < x[0] && x[0] < high));
            near(share, 0.8 / length, 0.3, COUNT);
        }
        near(mean(&got, |x| f64::from(x[0] == 3.0)), 1.0 / length, 0.35, COUNT);
        // Inner faces are none.
        assert!(got.iter().all(|x| x[1] == 0.0 || x[1] == 1.0 || x[0] == 0.0 || x[0] == 3.0));
    }
    let twice = Shape::Union(vec![ball(&[0.0, 0.0], 1.0), ball(&[0.0, 0.0], 1.0), ball(&[5.0, 0.0], 1.0)]);
    let got = points(&domain(twice, Part::Boundary), COUNT);
    near(mean(&got, |x| f64::from(x[0] < 2.0)), 0.5, 0.5, COUNT);
}

/// `∮ F·n = ∫ div F`, with averages times closed-form areas, for shapes in the plane and in space.
#[test]
fn the_divergence_theorem_holds() {
    use std::f64::consts::PI;
    let plane = |x: &[f64]| vec![x[0] * x[0] * x[1] + x[0], (3.0 * x[1]).sin() + x[0]];
    let plane_divergence = |x: &[f64]| 2.0 * x[0] * x[1] + 1.0 + 3.0 * (3.0 * x[1]).cos();
    let plate = Shape::Difference(vec![Shape::Polygon(L.to_vec()), ball(&[-0.5, 0.5], 0.3)]);
    let cases = [
        (l_shape(), 8.0, 3.0),
        (Shape::Polygon(L.to_vec()), 8.0, 3.0),
        (plate, 8.0 + 0.6 * PI, 3.0 - 0.09 * PI),
        (Shape::Union(vec![ball(&[0.0, 0.0], 1.0), ball(&[3.0, 0.0], 0.5)]), 3.0 * PI, 1.25 * PI),
    ];
    for (shape, length, area) in cases {
        assert_balanced(&shape, (length, plane), (area, plane_divergence));
    }
    let solid = |x: &[f64]| vec![x[0] * x[2], x[1].powi(2), x[0] + x[2].powi(3)];
    let solid_divergence = |x: &[f64]| x[2] + 2.0 * x[1] + 3.0 * x[2].powi(2);
    let shell = Shape::Difference(vec![
        Shape::Box(vec![side(-1.0, 1.0), side(0.0, 2.0), side(0.0, 2.0)]),
        ball(&[0.0, 1.0, 1.0], 0.8),
    ]);
    let (area, volume) = (24.0 + 4.0 * PI * 0.64, 8.0 - 4.0 / 3.0 * PI * 0.512);
    assert_balanced(&shell, (area, solid), (volume, solid_divergence));
}

/// The flux of a field through the boundary is the integral of its divergence, within five standard errors.
fn assert_balanced(
    shape: &Shape,
    (area, field): (f64, impl Fn(&[f64]) -> Vec<f64>),
    (volume, divergence): (f64, impl Fn(&[f64]) -> f64),
) {
    let count = 4 * COUNT;
    let (edge, normals) = drawn(&domain(shape.clone(), Part::Boundary), count, Sequence::Uniform);
    let dot = |(x, n): (&Vec<f64>, &Vec<f64>)| field(x).iter().zip(n).map(|(f, n)| area * f * n).sum::<f64>();
    let flux: Vec<f64> = edge.iter().zip(&normals).map(dot).collect();
    let inside = points(&domain(shape.clone(), Part::Inside), count);
    let within: Vec<f64> = inside.iter().map(|x| volume * divergence(x)).collect();
    let moments = |all: &[f64]| {
        let mean = all.iter().sum::<f64>() / count as f64;
        (mean, all.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / count as f64)
    };
    let ((flux, spread), (within, other)) = (moments(&flux), moments(&within));
    near(flux, within, (spread + other).sqrt(), count);
}

/// The share of a part of the boundary of a body in space: the sphere of radius 0.4 within the cuboid.
#[test]
fn faces_are_drawn_by_their_area() {
    use std::f64::consts::PI;
    let shape = Shape::Difference(vec![
        Shape::Box(vec![side(0.0, 1.0), side(0.0, 1.0), side(0.0, 1.0)]),
        ball(&[0.5, 0.5, 0.5], 0.4),
        ball(&[0.0, 0.0, 0.0], 0.2),
    ]);
    let got = points(&domain(shape, Part::Boundary), COUNT);
    let (whole, eighth, quarters) = (4.0 * PI * 0.16, 4.0 * PI * 0.04 / 8.0, 3.0 * PI * 0.04 / 4.0);
    let area = 6.0 - quarters + whole + eighth;
    let on_sphere = |x: &[f64], c: f64, r: f64| {
        let from: Vec<f64> = x.iter().map(|x| x - c).collect();
        f64::from((square(&from).sqrt() - r).abs() < 1e-9)
    };
    near(mean(&got, |x| on_sphere(x, 0.5, 0.4)), whole / area, 0.5, COUNT);
    near(mean(&got, |x| on_sphere(x, 0.0, 0.2)), eighth / area, 0.2, COUNT);
    near(mean(&got, |x| f64::from(x[2] == 1.0)), 1.0 / area, 0.4, COUNT);
}
