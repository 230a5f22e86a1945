//! Domains that are empty or contradict themselves, and what is said of them.

use super::*;

#[test]
fn empty_domains_say_what_is_empty() {
    let unit = side(0.0, 1.0);
    let bad = [
        (Domain::Grid(vec![(unit, 3), (unit, 0)]), "0 points"),
        (Domain::Box(vec![]), "no coordinates"),
        (Domain::Box(vec![side(1.0, 0.0)]), "ends before"),
        (Domain::Box(vec![side(f64::NAN, 0.0)]), "finite"),
        (Domain::Boundary(vec![Interval::fixed(1.0)]), "no faces"),
        (Domain::Ball { center: vec![0.0], radius: 0.0 }, "radius"),
        (Domain::Points { dimension: 2, coordinates: Arc::new([]) }, "no points"),
        (Domain::Points { dimension: 2, coordinates: Arc::new([0.0, 1.0, 2.0, f32::NAN]) }, "point 1"),
        (Domain::Points { dimension: 2, coordinates: Arc::new([0.0, 1.0, 2.0]) }, "3 numbers"),
    ];
    for (domain, words) in bad {
        let told = domain.check().unwrap_err();
        assert!(told.contains(words), "{told}");
    }
}

#[test]
fn bad_polygons_say_what_is_wrong() {
    let line = (0..5).map(|i| [f64::from(i), 2.0 * f64::from(i)]).collect();
    let many = (0..2049).map(|i| [f64::from(i), f64::from(i) * f64::from(i)]).collect();
    let cases: [(Vec<[f64; 2]>, &str); 10] = [
        (vec![], "has 0 vertices; give at least 3"),
        (vec![[0.0, 0.0], [1.0, 0.0]], "has 2 vertices"),
        (many, "2049 vertices; give at most 2048"),
        (vec![[0.0, 0.0], [1.0, f64::NAN], [0.0, 1.0]], "vertex 1 of the polygon is not finite"),
        (
            vec![[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.0, 0.0]],
            "vertices 0 and 3 of the polygon are both (0, 0)",
        ),
        (line, "no area"),
        // A bow, whose two halves have opposite areas.
        (
            vec![[0.0, 0.0], [1.0, 1.0], [1.0, 0.0], [0.0, 1.0]],
            "the edge of the vertices 0 and 1 meets that of 2 and 3",
        ),
        // A vertex on another edge.
        (
            vec![[0.0, 0.0], [4.0, 0.0], [4.0, 2.0], [2.0, 0.0], [0.0, 2.0]],
            "the vertices 0 and 1 meets that of 2 and 3",
        ),
        // Edges on one line that overlap.
        (
            vec![[0.0, 0.0], [4.0, 0.0], [4.0, 1.0], [5.0, 1.0], [5.0, 0.0], [2.0, 0.0], [2.0, 3.0]],
            "crosses itself",
        ),
        (vec![[0.0, 0.0], [4.0, 0.0], [2.0, 0.0], [2.0, 2.0]], "turns back on itself at vertex 1"),
    ];
    for (vertices, words) in cases {
        let told = domain(Shape::Polygon(vertices), Part::Inside).check().unwrap_err();
        assert!(told.contains(words), "{told}");
    }
}

#[test]
fn bad_shapes_say_what_is_wrong() {
    let unit = || rectangle([0.0, 1.0], [0.0, 1.0]);
    let deep = (0..16).fold(unit(), |shape, _| Shape::Union(vec![shape]));
    let flat = Shape::Box(vec![side(0.0, 1.0), Interval::fixed(2.0)]);
    let cases = [
        (Shape::Union(vec![]), "the union has no shapes"),
        (Shape::Difference(vec![]), "the difference has no shapes"),
        (
            Shape::Union(vec![unit(), ball(&[0.0], 1.0)]),
            "shape 0 of the union has 2 coordinates, but shape 1 has 1",
        ),
        (
            Shape::Difference(vec![unit(), ball(&[0.0, 0.0], -1.0)]),
            "shape 1 of the difference: the radius is -1",
        ),
        (Shape::Union(vec![flat]), "a side of the box is fixed at 2"),
        (deep, "more than 16 levels"),
        (Shape::Union(vec![unit(); 1025]), "1025 parts"),
        (Shape::Difference(vec![unit(), unit()]), "0 of 16384 points of its parts lie in it"),
        (Shape::Difference(vec![unit(), rectangle([-1.0, 2.0], [-1.0, 2.0])]), "0 of 16384"),
        (
            Shape::Difference(vec![ball(&[0.0, 0.0], 1.0), ball(&[0.0, 0.0], 0.9999)]),
            "at least 16 are needed",
        ),
        (Shape::Union(vec![ball(&[0.0; 3], 1e-150)]), "use other units"),
        (Shape::Ball { center: vec![], radius: 1.0 }, "no coordinates"),
        (Shape::Box(vec![]), "no coordinates"),
    ];
    for (shape, words) in cases {
        let told = domain(shape, Part::Inside).check().unwrap_err();
        assert!(told.contains(words), "{told}");
    }
    let gone = domain(Shape::Difference(vec![unit(), unit()]), Part::Boundary).check().unwrap_err();
    assert!(gone.contains("0 of 16384 points on the boundaries"), "{gone}");
    let sides = vec![side(1.0, 0.0)];
    let told = Domain::Shape { shape: unit(), part: Part::Inside, sides }.check().unwrap_err();
    assert!(told.contains("ends before"), "{told}");
    let flat = Shape::Box(vec![Interval::fixed(1.0)]);
    let domain = Domain::Shape { shape: flat, part: Part::Boundary, sides: vec![side(0.0, 1.0)] };
    assert!(domain.check().unwrap_err().contains("no faces"));
}

#[test]
fn bad_distances_say_what_is_wrong() {
    let near = |coordinates: &[f32], distance| {
        Domain::Near { dimension: 2, coordinates: coordinates.into(), distance }.check().unwrap_err()
    };
    for distance in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert!(near(&[0.0, 1.0], distance).contains("the distance is"));
    }
    assert!(near(&[], 1.0).contains("no points"));
    assert!(near(&[0.0, f32::INFINITY], 1.0).contains("point 0"));
}

/// A thin shape is drawn from, and one whose trials all fail gives a point that is known to lie in it.
#[test]
fn all_points_lie_in_a_thin_shape() {
    let thin = Shape::Difference(vec![ball(&[0.0, 0.0], 1.0), ball(&[0.0, 0.0], 0.998)]);
    let inside = domain(thin.clone(), Part::Inside);
    assert!(points(&inside, 500).iter().all(|x| (0.998..=1.0).contains(&square(x).sqrt())));
    let body = Body::new(&inside).unwrap();
    let (mut point, mut normal, mut spare) = ([f64::NAN; 2], [f64::NAN; 2], [0.0; 2]);
    let draw = vec![0.5; body.draws()];
    body.fall_back(&draw, Place { point: &mut point, normal: &mut normal, spare: &mut spare });
    assert!((0.998..=1.0).contains(&square(&point).sqrt()), "{point:?}");
}
