//! Tests of the normals in residuals, and of domains in problem files.

use super::*;
use crate::problem::file::{DataArray, FileFault, ProblemFile};

/// The circle of radius 2 around (1, -1).
fn circle() -> Domain {
    let shape = Shape::Ball { center: vec![1.0, -1.0], radius: 2.0 };
    Domain::Shape { shape, part: Part::Boundary, sides: Vec::new() }
}

/// The losses and the gradients of two residuals over one domain agree to float32.
fn assert_same(description: impl Fn(&str) -> Description, one: &str, other: &str) {
    let of = |residual: &str| {
        let problem = Problem::new(description(residual)).unwrap();
        loss(&problem, &problem.fields(1).unwrap(), &[])
    };
    let ((got, slopes, _), (want, wanted, _)) = (of(one), of(other));
    assert!((got - want).abs() < 1e-5 * want, "{one}: {got}, not {want}");
    let most = wanted.iter().fold(0.0f32, |most, g| most.max(g.abs()));
    assert!(slopes.iter().zip(&wanted).all(|(a, b)| (a - b).abs() < 1e-4 * most), "{one}");
}

/// On a circle the normal is the place from the centre, on a box one of four directions.
#[test]
fn normals_are_data_of_a_boundary() {
    let round = |residual: &str| description(residual, &["x", "y"], circle());
    assert_same(round, "dot(grad(u), n) - x", "dot(grad(u), [x - 1, y + 1])/2 - x");
    assert_same(round, "u*n[1] + n[0]^2", "u*(y + 1)/2 + ((x - 1)/2)^2");
    let sides = vec![Interval::new(-1.0, 1.0), Interval::new(0.0, 3.0)];
    let square = |residual: &str| description(residual, &["x", "y"], Domain::Boundary(sides.clone()));
    let flat = "where(x == 1, d(u, x), where(x == -1, -d(u, x), where(y == 3, d(u, y), -d(u, y)))) - x*y";
    assert_same(square, "dot(grad(u), n) - x*y", flat);
    let fixed = vec![Interval::new(-1.0, 1.0), Interval::fixed(2.0)];
    let line = |residual: &str| description(residual, &["x", "t"], Domain::Boundary(fixed.clone()));
    assert_same(line, "u + dot(grad(u), n)", "u + sign(x)*d(u, x)");
}

/// The rows have the normals of their points, and a fit runs on them.
#[test]
fn normals_are_read_by_rows_and_fits() {
    let mut description = description("dot(grad(u), n) - x*n[0] - y*n[1]", &["x", "y"], circle());
    description.constraints[0].sampling.samples = Some(301);
    let problem = Problem::new(description).unwrap();
    let fields = problem.fields(2).unwrap();
    let engine = engine();
    let now = Moment {
        engine: &engine,
        fields: &fields,
        scalars: &[],
        step: 3,
        progress: 0.25,
        share: 1.0,
        focus: &[],
    };
    let system = problem.system(0, &now).unwrap();
    assert!(system.rows().is_some());
    drop(system);
    assert_eq!(problem.needs().next().unwrap().columns, ["n"]);
    let config = FitConfig { steps: 3, ..FitConfig::problem() };
    let mut fit = Fit::joint(Arc::new(engine.clone()), fields, Arc::new(problem), config).unwrap();
    fit.run(|_, _| crate::fit::Control::Continue).unwrap();
}

#[test]
fn a_name_n_of_the_problem_is_not_the_normal() {
    let plain = |residual: &str| description(residual, &["x", "y"], circle());
    let constant =
        |residual: &str| Description { constants: vec![("n".into(), vec![3.0])], ..plain(residual) };
    assert_same(constant, "u - n*x", "u - 3*x");
    let definition =
        |residual: &str| Description { definitions: vec![("n".into(), Expr::name("x"))], ..plain(residual) };
    assert_same(definition, "u - n*y", "u - x*y");
    let mut named = description("n - x", &["x", "y"], circle());
    named.fields[0].name = "n".into();
    assert!(Problem::new(named).is_ok());
    let trained = Description { trainable: vec![("n".into(), 1.0)], ..plain("u - n") };
    assert!(Problem::new(trained).unwrap().needs().next().unwrap().columns.is_empty());
    let coordinates = description("u - n", &["n", "y"], circle());
    assert!(Problem::new(coordinates).unwrap().needs().next().unwrap().columns.is_empty());
}

#[test]
fn what_cannot_be_asked_of_a_normal_is_said() {
    let told = |residual: &str, domain| {
        Problem::new(description(residual, &["x", "y"], domain)).unwrap_err().to_string()
    };
    let inside = || Domain::Ball { center: vec![0.0, 0.0], radius: 1.0 };
    assert!(told("dot(grad(u), n)", inside()).contains("\"n\" is the outward normal of a boundary"));
    assert!(told("u + div(n)", circle()).contains("\"n\""), "{}", told("u + div(n)", circle()));
    assert!(told("d(dot(grad(u), n), x)", circle()).contains("data"));
    assert!(told("u - m", inside()).contains("unknown name \"m\""));
    let mut uneven = description("u", &["x", "y"], circle());
    uneven.constraints[0].columns =
        vec![Column { name: "f".into(), width: 1, complex: false, values: vec![1.0].into() }];
    assert!(Problem::new(uneven).unwrap_err().to_string().contains("points that can be counted"));
    let mut sequence = description("u", &["x", "y"], circle());
    let disc = Shape::Ball { center: vec![0.0, 0.0], radius: 1.0 };
    let part = Part::Inside;
    sequence.constraints[0].domain = Domain::Shape { shape: Shape::Union(vec![disc]), part, sides: vec![] };
    sequence.constraints[0].sampling.sequence = Sequence::LowDiscrepancy;
    let told = Problem::new(sequence).unwrap_err().to_string();
    assert!(told.contains("low-discrepancy is not for a union or a difference"), "{told}");
}

/// The coordinates and the domain of a problem file with that domain.
fn read(domain: &str) -> Result<(Vec<String>, Domain), FileFault> {
    let text = format!("[field.u]\n[[constraint]]\nresidual = \"u\"\ndomain = {domain}\n");
    let mut data = |name: &str| {
        let array = |name: &str| DataArray {
            name: name.into(),
            shape: vec![2],
            values: vec![0.5, 2.0],
            complex: false,
        };
        if name == "p.csv" {
            Ok(vec![array("a"), array("b"), array("f")])
        } else {
            Err("no such file".into())
        }
    };
    let file = ProblemFile::parse(&text, &[])?;
    let description = file.description(&mut data)?;
    let entry = description.constraints[0].clone();
    Problem::new(description).map_err(|error| file.locate(&error))?;
    Ok((entry.coordinates, entry.domain))
}

#[test]
fn files_describe_shapes() {
    let side = Interval::new;
    let square = Shape::Box(vec![side(0.0, 2.0), side(-1.0, 1.0)]);
    let triangle = Shape::Polygon(vec![[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]]);
    let disc = Shape::Ball { center: vec![1.0, 0.0], radius: 0.5 };
    let plate = Shape::Difference(vec![square.clone(), disc.clone()]);
    let shape = |shape: &Shape, part, sides: &[Interval]| Domain::Shape {
        shape: shape.clone(),
        part,
        sides: sides.to_vec(),
    };
    let (inside, boundary) = (Part::Inside, Part::Boundary);
    let points: Arc<[f32]> = [0.5, 0.5, 2.0, 2.0].into();
    let cases = [
        ("{ box = { a = [0, 2], b = [-1, 1] } }", "a b", Domain::Box(vec![side(0.0, 2.0), side(-1.0, 1.0)])),
        (
            "{ boundary = { a = [0, 2], b = 1 } }",
            "a b",
            Domain::Boundary(vec![side(0.0, 2.0), side(1.0, 1.0)]),
        ),
        ("{ boundary = { box = { a = [0, 2] } } }", "a", Domain::Boundary(vec![side(0.0, 2.0)])),
        // Coordinates may have the names of shapes.
        (
            "{ boundary = { ball = [0, 2], union = 1 } }",
            "ball union",
            Domain::Boundary(vec![side(0.0, 2.0), side(1.0, 1.0)]),
        ),
        (
            "{ box = { a = 3 }, sides = { t = [0, 1] } }",
            "a t",
            Domain::Box(vec![side(3.0, 3.0), side(0.0, 1.0)]),
        ),
        (
            "{ polygon = { vertices = [[0, 0], [1, 0], [0, 1]], coordinates = [\"a\", \"b\"] } }",
            "a b",
            shape(&triangle, inside, &[]),
        ),
        (
            "{ boundary = { polygon = { vertices = [[0, 0], [1, 0], [0, 1]], coordinates = [\"a\", \"b\"] } } }",
            "a b",
            shape(&triangle, boundary, &[]),
        ),
        (
            "{ difference = [{ box = { a = [0, 2], b = [-1, 1] } }, { ball = { center = { b = 0, a = 1 }, radius = 0.5 } }] }",
            "a b",
            shape(&plate, inside, &[]),
        ),
        (
            "{ boundary = { union = [{ difference = [{ box = { a = [0, 2], b = [-1, 1] } }, \
             { ball = { center = { a = 1, b = 0 }, radius = 0.5 } }] }, { polygon = { vertices = [[0, 0], [0, 1], [1, 0]], \
             coordinates = [\"b\", \"a\"] } }] }, sides = { t = [0, 1], k = 2 } }",
            "a b t k",
            shape(
                &Shape::Union(vec![plate.clone(), triangle_turned()]),
                boundary,
                &[side(0.0, 1.0), side(2.0, 2.0)],
            ),
        ),
        (
            "{ ball = { center = { a = 1, b = 0 }, radius = 0.5 }, sides = { t = [0, 1] } }",
            "a b t",
            shape(&disc, inside, &[side(0.0, 1.0)]),
        ),
        (
            "{ near = { file = \"p.csv\", coordinates = [\"b\", \"a\"], distance = 0.25 } }",
            "b a",
            Domain::Near { dimension: 2, coordinates: points, distance: 0.25 },
        ),
    ];
    for (text, names, domain) in cases {
        let (coordinates, got) = read(text).unwrap();
        assert_eq!(coordinates.join(" "), names, "{text}");
        assert_eq!(got, domain, "{text}");
    }
}

/// The triangle (0, 0), (0, 1), (1, 0) in b and a.
fn triangle_turned() -> Shape {
    Shape::Polygon(vec![[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
}

#[test]
fn files_say_what_is_wrong_with_a_domain() {
    let square = "{ box = { a = [0, 1], b = [0, 1] } }";
    let polygon = |vertices: &str, names: &str| {
        format!("{{ polygon = {{ vertices = {vertices}, coordinates = {names} }} }}")
    };
    let both = "[\"a\", \"b\"]";
    let cases = [
        ("{ bax = { a = [0, 1] } }".to_string(), "bax"),
        ("{}".into(), "the domain names none of box, ball, polygon"),
        (
            "{ box = { a = [0, 1] }, ball = { center = { a = 0 }, radius = 1 } }".into(),
            "cannot be \"box\" and \"ball\"",
        ),
        ("{ sides = { a = [0, 1] } }".into(), "names none of"),
        ("{ grid = { a = [0, 1, 3] }, sides = { t = 0 } }".into(), "sides are for a shape"),
        ("{ box = { a = [0, 1] }, sides = { a = 0 } }".into(), "sides names \"a\""),
        ("{ boundary = { a = [0, 1, 2] } }".into(), "a side must be [low, high] or a number"),
        ("{ boundary = { ball = { radius = 1 } } }".into(), "center"),
        (format!("{{ boundary = {{ union = [{square}], a = [0, 1] }} }}"), "one shape"),
        (
            "{ union = [{ box = { a = [0, 1] } }, { box = { b = [0, 1] } }] }".into(),
            "is over a, but shape 1 over b",
        ),
        (
            format!("{{ difference = [{square}, {{ ball = {{ center = {{ a = 0 }}, radius = 1 }} }}] }}"),
            "shape 0 of the difference is over a, b, but shape 1 over a; give all the same coordinates",
        ),
        ("{ difference = [] }".into(), "the difference has no shapes"),
        (format!("{{ difference = [{square}, {square}] }}"), "0 of 16384"),
        (polygon("[[0, 0], [1, 0]]", both), "at least 3"),
        (polygon("[[0, 0], [1, 1], [1, 0], [0, 1]]", both), "crosses itself"),
        (polygon("[[0, 0], [1, 1], [2, 2]]", both), "no area"),
        (polygon("[[0, 0], [1, 0], [1, 1], [0, 0]]", both), "vertices 0 and 3"),
        (polygon("[[0, 0], [1, 0], [1, 1]]", "[\"a\"]"), "names 1 coordinates; name two"),
        (polygon("[[0, 0], [1, 0, 2], [1, 1]]", both), "vertex 1 of the polygon has 3 numbers; give two"),
        (polygon("[[0, 0], [1, 0], [1]]", both), "vertex 2 of the polygon has 1 numbers"),
        (polygon("[[0, 0], [1, 0], [1, 1]]", "[\"a\", \"b\", \"c\"]"), "names 3 coordinates"),
        (polygon("[[0, 0], [1, 0], [1, 1]]", "[\"a\", \"a\"]"), "\"a\""),
        (
            "{ near = { file = \"p.csv\", coordinates = [\"a\"], distance = 0 } }".into(),
            "the distance is 0; it must be a positive number",
        ),
        ("{ near = { file = \"q.csv\", coordinates = [\"a\"], distance = 1 } }".into(), "no such file"),
        (
            format!("{}{square}{}", "{ union = [".repeat(16), "] }".repeat(16)),
            "nested more than 16 levels deep",
        ),
        (format!("{}{square}{}", "{ union = [".repeat(200), "] }".repeat(200)), "recursion depth"),
    ];
    for (text, words) in cases {
        let fault = read(&text).unwrap_err();
        assert!(fault.what.contains(words), "{text}: {}", fault.what);
        assert!(fault.place.is_some(), "{text}: {}", fault.what);
        // A wrong name of coordinates lies in the residual's scope.
        assert!(fault.place.is_some_and(|place| place.line == 4 || words == "\"a\""), "{text}");
    }
}
