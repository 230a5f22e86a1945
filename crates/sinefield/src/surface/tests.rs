//! Meshes of closed forms: closed, oriented, manifold, with the right areas, volumes and handles.

use std::f64::consts::PI;
use std::sync::Arc;

use super::*;
use crate::engine::cpu::CpuEngine;
use crate::field::{Affine, Axis, Field, FieldConfig, Form, ValueMap};

/// A field of x, y and z in `[-half, half]` with the value of `text`.
pub fn formed(text: &str, half: f64) -> Field {
    let config = FieldConfig { hidden: 3, layers: 1, ..FieldConfig::new(3, 1) };
    let mut field = Field::new(&config, 0).unwrap();
    let names = ["x", "y", "z"].map(String::from);
    field.meta.axes = names.iter().map(|name| Axis::ranged(name, -half, half)).collect();
    let text = format!("({text}) + 1e-30*net");
    field.meta.form = Some(Form { text, coordinates: names.to_vec(), ..Form::default() });
    field
}

fn engine() -> Arc<CpuEngine> {
    Arc::new(CpuEngine::new(Some(2)).unwrap())
}

pub fn implicit(text: &str, half: f64) -> Implicit {
    Implicit::new(engine(), formed(text, half)).unwrap()
}

fn mesh(text: &str, half: f64, resolution: usize) -> Mesh {
    let config = ExtractConfig { resolution, ..ExtractConfig::default() };
    extract(&mut implicit(text, half), &config, &mut |_| ()).unwrap()
}

const SPHERE: &str = "norm([x - 0.03, y + 0.02, z - 0.01]) - 0.8";
const TORUS: &str = "norm([norm([x, y - 0.01]) - 0.7, z + 0.03]) - 0.25";
const BOX: &str = "norm(max(abs([x - 0.013, y, z]) - [0.5, 0.4, 0.3], 0)) + min(max(abs(x - 0.013) - 0.5, abs(y) - 0.4, abs(z) - 0.3), 0)";

/// The order of convergence of a sequence of errors at doubled resolutions.
fn order(errors: [f64; 2]) -> f64 {
    (errors[0] / errors[1]).log2()
}

#[test]
fn areas_and_volumes_converge_to_the_closed_forms() {
    let sphere = (4.0 * PI * 0.64, 4.0 / 3.0 * PI * 0.512);
    let torus = (4.0 * PI * PI * 0.7 * 0.25, 2.0 * PI * PI * 0.7 * 0.0625);
    for (text, (area, volume), euler) in [(SPHERE, sphere, 2), (TORUS, torus, 0)] {
        let errors = [32, 64].map(|resolution| {
            let mesh = mesh(text, 1.1, resolution);
            let topology = mesh.topology();
            assert!(topology.is_closed(), "{topology:?}");
            assert_eq!((topology.components, topology.euler()), (1, euler));
            [mesh.area() / area - 1.0, mesh.volume() / volume - 1.0]
        });
        // Chords of curved surfaces are short by the square of the cell, and fields are float32.
        for (coarse, fine) in errors[0].into_iter().zip(errors[1]) {
            assert!(fine.abs() < 4e-3, "{text}: {fine}");
            assert!((1.75..2.25).contains(&order([coarse.abs(), fine.abs()])), "{text}: {coarse} {fine}");
        }
    }
}

/// A box has edges and corners, which vertices meet.
#[test]
fn edges_and_corners_are_kept() {
    for resolution in [17, 33] {
        let mesh = mesh(BOX, 0.7, resolution);
        assert!(mesh.topology().is_closed());
        assert_eq!(mesh.topology().euler(), 2);
        let (area, volume) = (2.0 * (1.0 * 0.8 + 1.0 * 0.6 + 0.8 * 0.6), 1.0 * 0.8 * 0.6);
        assert!((mesh.area() / area - 1.0).abs() < 2e-3, "{}", mesh.area() / area - 1.0);
        assert!((mesh.volume() / volume - 1.0).abs() < 2e-3, "{}", mesh.volume() / volume - 1.0);
        let corner = [0.513, 0.4, 0.3];
        let far = |p: &[f64; 3]| mesh::length(mesh::minus(*p, corner));
        let nearest = mesh.points.iter().map(far).fold(f64::INFINITY, f64::min);
        assert!(nearest < 0.1 * 1.4 / resolution as f64, "{nearest}");
    }
}

/// Where cells are large against the waves, faces are ambiguous in all ways.
#[test]
fn any_level_set_is_manifold() {
    let texts = [
        "sin(23*x + 1) + sin(29*y) + cos(31*z) + sin(17*x*y)*cos(19*y*z)",
        "sin(41*x)*cos(37*y) + sin(43*y)*cos(39*z) + sin(47*z)*cos(35*x)",
        "sin(90*x*y + 3*z) + cos(80*y*z) + 0.3*sin(70*x)",
        "x*y*z",
    ];
    let mut ambiguous = 0;
    for text in texts {
        for resolution in [3, 17, 31] {
            let mesh = mesh(text, 1.0, resolution);
            let topology = mesh.topology();
            assert_eq!(topology.branching_edges, 0, "{text} {resolution}");
            assert_eq!(topology.twisted_edges, 0, "{text} {resolution}");
            assert_eq!(topology.pinched_vertices, 0, "{text} {resolution}");
            ambiguous += usize::from(topology.components > 1);
            // It ends only at the faces of the region: every open edge is within a cell of one.
            let near = |at: u32| {
                mesh.points[at as usize].iter().any(|x| x.abs() > 1.0 - 2.0 / resolution as f64 - 1e-9)
            };
            for (a, b) in open_edges(&mesh) {
                assert!(near(a) && near(b), "{text} {resolution}");
            }
        }
    }
    assert!(ambiguous > 0);
}

fn open_edges(mesh: &Mesh) -> Vec<(u32, u32)> {
    let directed: std::collections::HashSet<(u32, u32)> =
        mesh.faces.iter().flat_map(|[a, b, c]| [(*a, *b), (*b, *c), (*c, *a)]).collect();
    directed.iter().filter(|(a, b)| !directed.contains(&(*b, *a))).copied().collect()
}

/// Blocks far from the surface are left out of a large grid, and nothing of the surface is.
#[test]
fn large_grids_give_what_small_ones_do() {
    let text = "min(norm([x + 0.5, y, z]) - 0.2, norm([x - 0.4, y, z + 0.1]) - 0.3)";
    let (coarse, fine) = (mesh(text, 1.0, 64), mesh(text, 1.0, 255));
    for mesh in [&coarse, &fine] {
        assert!(mesh.topology().is_closed());
        assert_eq!((mesh.topology().components, mesh.topology().euler()), (2, 4));
    }
    let volume = 4.0 / 3.0 * PI * (0.2f64.powi(3) + 0.3f64.powi(3));
    assert!((fine.volume() / volume - 1.0).abs() < 4e-4, "{}", fine.volume() / volume - 1.0);
}

#[test]
fn vertices_lie_on_the_level_with_exact_normals_outwards() {
    let mesh = mesh(SPHERE, 1.0, 20);
    for (point, normal) in mesh.points.iter().zip(&mesh.normals) {
        let from = mesh::minus(*point, [0.03, -0.02, 0.01]);
        // A vertex stays within 1e-4 of a cell, and the form is computed in float32.
        assert!((mesh::length(from) - 0.8).abs() < 1e-4 * 0.1 + 1e-6);
        let cosine = mesh::dot(from, normal.map(f64::from)) / mesh::length(from);
        assert!(cosine > 1.0 - 1e-5, "{cosine}");
    }
    // Triangles face outwards too.
    assert!(mesh.volume() > 0.0);
    for face in &mesh.faces {
        let middle = mesh::minus(mesh.points[face[0] as usize], [0.03, -0.02, 0.01]);
        assert!(mesh::dot(mesh.twice_area(*face), middle) > 0.0);
    }
}

#[test]
fn levels_regions_and_values_are_in_units() {
    // Distances in millimetres: the signal is 100 times the output.
    let mut field = formed("(norm([x, y, z]) - 40)/100", 60.0);
    field.meta.value = ValueMap { scale: 100.0, offset: 1.0 };
    let mut implicit = Implicit::new(engine(), field).unwrap();
    let mut jets = [f32::NAN; 20];
    implicit.evaluate(Order::Hessian, &[[30.0, 0.0, 0.0], [0.0, 48.0, 0.0]], &mut jets).unwrap();
    let wanted = [-9.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0 / 30.0, 0.0, 1.0 / 30.0];
    for (got, wanted) in jets.iter().zip(wanted) {
        assert!((got - wanted).abs() < 1e-5, "{jets:?}");
    }
    // The offset of the signal moves the level set.
    let config = ExtractConfig {
        resolution: 32,
        level: 6.0,
        region: Some([(-50.0, 50.0), (0.0, 50.0), (-50.0, 50.0)]),
    };
    let half = extract(&mut implicit, &config, &mut |_| ()).unwrap();
    assert!(half.topology().open_edges > 0 && half.topology().is_manifold());
    for point in &half.points {
        assert!((mesh::length(*point) - 45.0).abs() < 1e-2 && point[1] >= 0.0);
    }
}

/// A field over samples with a map to millimetres that mirrors and shears.
#[test]
fn meshes_of_scans_are_in_their_space() {
    let mut field = formed("norm([x - 8, y - 8, z - 8]) - 5", 1.0);
    field.meta.axes = ["x", "y", "z"].map(|name| Axis::counted(name, 17)).to_vec();
    let rows = [[-2.0, 0.0, 0.0, 7.0], [0.0, 2.0, 0.5, -3.0], [0.0, 0.0, 2.0, 1.0]];
    field.meta.affine = Some(Affine { rows: rows.map(|row| row.to_vec()).to_vec(), unit: "mm".into() });
    let mut implicit = Implicit::new(engine(), field.clone()).unwrap();
    let config = ExtractConfig { resolution: 24, ..ExtractConfig::default() };
    let mut mesh = extract(&mut implicit, &config, &mut |_| ()).unwrap();
    let before = mesh.volume();
    into_space(&mut mesh, &field);
    assert!(mesh.topology().is_closed());
    assert!((mesh.volume() / before - 8.0).abs() < 1e-9);
    for (point, normal) in mesh.points.iter().zip(&mesh.normals) {
        // Back to the sphere: i = A⁻¹ (p - t), and its normal A⁻ᵀ (i - c).
        let k = (point[2] - 1.0) / 2.0;
        let index = [(point[0] - 7.0) / -2.0, (point[1] + 3.0 - 0.5 * k) / 2.0, k];
        let from = mesh::minus(index, [8.0; 3]);
        assert!((mesh::length(from) - 5.0).abs() < 1e-3);
        let wanted = [from[0] / -2.0, from[1] / 2.0, (from[2] - 0.25 * from[1]) / 2.0];
        let cosine = mesh::dot(wanted, normal.map(f64::from)) / mesh::length(wanted);
        assert!(cosine > 1.0 - 1e-5, "{cosine}");
    }
}

/// Outside of its region a field goes on as a distance, so that fields of different regions can be joined.
#[test]
fn expressions_join_fields_of_different_regions() {
    let small = formed("norm([x, y, z]) - 0.4", 0.5);
    let mut moved = formed("norm([x, y, z]) - 0.4", 0.5);
    moved.meta.axes[0] = Axis::ranged("x", 1.5, 2.5);
    moved.meta.form = Some(Form {
        text: "norm([x - 2, y, z]) - 0.4 + 1e-30*net".into(),
        coordinates: ["x", "y", "z"].map(String::from).to_vec(),
        ..Form::default()
    });
    let fields = || vec![("a".to_string(), small.clone()), ("b".to_string(), moved.clone())];
    let mut both = Implicit::of(engine(), fields(), "min(a, b)").unwrap();
    assert_eq!(both.region(), [(-0.5, 2.5), (-0.5, 0.5), (-0.5, 0.5)]);
    let mut values = [f32::NAN; 2];
    both.evaluate(Order::Value, &[[0.7, 0.0, 0.0], [1.3, 0.0, 0.0]], &mut values).unwrap();
    assert!(values.iter().all(|value| (value - 0.3).abs() < 1e-6), "{values:?}");
    let config = ExtractConfig { resolution: 60, ..ExtractConfig::default() };
    let mesh = extract(&mut both, &config, &mut |_| ()).unwrap();
    assert_eq!((mesh.topology().components, mesh.topology().euler()), (2, 4));
    assert!(mesh.topology().is_closed());
    // A difference: a shell of two spheres.
    let mut shell = Implicit::of(engine(), vec![("a".into(), small.clone())], "max(a, -(a + 0.1))").unwrap();
    let mesh = extract(&mut shell, &config, &mut |_| ()).unwrap();
    assert_eq!(mesh.topology().components, 2);
    let volume = 4.0 / 3.0 * PI * (0.4f64.powi(3) - 0.3f64.powi(3));
    assert!((mesh.volume() / volume - 1.0).abs() < 1e-2);
}

#[test]
fn what_has_no_surface_is_refused() {
    let extracted =
        |text: &str, config: ExtractConfig| extract(&mut implicit(text, 1.0), &config, &mut |_| ());
    let config = ExtractConfig { resolution: 16, ..ExtractConfig::default() };
    let error = extracted("norm([x, y, z]) + 1", config).unwrap_err();
    assert!(matches!(error, SurfaceError::NoSurface { level: 0.0, low: 1.0, .. }), "{error}");
    let error = extracted("1/(x - 0.1)/0", config).unwrap_err();
    assert!(matches!(error, SurfaceError::NotFinite { .. }), "{error}");
    for resolution in [0, 1, 8193] {
        let error = extracted("x", ExtractConfig { resolution, ..config }).unwrap_err();
        assert!(matches!(error, SurfaceError::Resolution { .. }), "{error}");
    }
    let error = extracted("x", ExtractConfig { level: f64::NAN, ..config }).unwrap_err();
    assert!(matches!(error, SurfaceError::Level { .. }), "{error}");
    let flat = Some([(0.0, 1.0), (1.0, 1.0), (0.0, 1.0)]);
    let error = extracted("x", ExtractConfig { region: flat, ..config }).unwrap_err();
    assert!(matches!(error, SurfaceError::FlatRegion { .. }), "{error}");

    let plane = Field::new(&FieldConfig::new(2, 1), 0).unwrap();
    let error = Implicit::new(engine(), plane).err().unwrap();
    assert!(matches!(error, SurfaceError::NotInSpace { inputs: 2, outputs: 1, .. }), "{error}");
    let fields = || vec![("a".to_string(), formed("x", 1.0)), ("b".to_string(), formed("y", 1.0))];
    let of = |form: &str| Implicit::of(engine(), fields(), form).err().unwrap();
    assert!(matches!(of("a + c"), SurfaceError::Expression(_)));
    assert!(matches!(of("a +"), SurfaceError::Expression(_)));
    assert!(matches!(of("a - 1"), SurfaceError::UnusedField { name } if name == "b"));
    assert!(matches!(of("[a, b]"), SurfaceError::NotAScalar { numbers: 2 }));
    assert!(matches!(of("a + i*b"), SurfaceError::NotAScalar { numbers: 2 }));
    assert!(matches!(Implicit::of(engine(), vec![], "x").err().unwrap(), SurfaceError::NoFields));
}

/// A simplified mesh hangs together as before and stays near the surface; a flat box needs few triangles.
#[test]
fn simplified_meshes_keep_their_shape() {
    for (text, euler) in [(SPHERE, 2), (TORUS, 0)] {
        let mut implicit = implicit(text, 1.1);
        let config = ExtractConfig { resolution: 48, ..ExtractConfig::default() };
        let whole = extract(&mut implicit, &config, &mut |_| ()).unwrap();
        let mut small = simplify(&whole, 0.1);
        let topology = small.topology();
        assert!(
            topology.is_closed() && topology.euler() == euler && topology.components == 1,
            "{topology:?}"
        );
        assert!(
            small.faces.len() <= whole.faces.len() / 10 + 1,
            "{} of {}",
            small.faces.len(),
            whole.faces.len()
        );
        assert!((small.volume() / whole.volume() - 1.0).abs() < 0.01, "{text}");
        set_normals(&mut implicit, &mut small).unwrap();
        let mut jets = vec![0.0; small.points.len() * 4];
        implicit.evaluate(Order::Gradient, &small.points, &mut jets).unwrap();
        for (jet, normal) in jets.chunks_exact(4).zip(&small.normals) {
            // Planes of triangles meet outside of a convex surface, by about the square of an edge.
            assert!(jet[0].abs() < 0.02, "{text}: {}", jet[0]);
            assert!((0..3).all(|i| (jet[i + 1] - normal[i]).abs() < 1e-4));
        }
    }
    let flat = simplify(&mesh(BOX, 0.7, 33), 0.01);
    assert!(flat.topology().is_closed() && flat.topology().euler() == 2);
    assert!((flat.volume() / 0.48 - 1.0).abs() < 5e-3, "{}", flat.volume());
    // With rims, and to the end: what is left is still a surface.
    let config = ExtractConfig {
        resolution: 24,
        region: Some([(0.1, 1.0), (-1.0, 1.0), (-1.0, 1.0)]),
        ..ExtractConfig::default()
    };
    let half = extract(&mut implicit(SPHERE, 1.0), &config, &mut |_| ()).unwrap();
    for ratio in [1.0, 0.3, 0.0] {
        let small = simplify(&half, ratio);
        let topology = small.topology();
        assert!(topology.is_manifold() && topology.components == 1 && topology.euler() == 1, "{topology:?}");
        assert!(topology.open_edges >= 3);
    }
    assert_eq!(simplify(&half, 1.0).faces.len(), half.faces.len());
    assert!(simplify(&Mesh::default(), 0.5).faces.is_empty());
}

/// The counts by hand: a tetrahedron, one with a face missing, turned or doubled, and two that share a vertex.
#[test]
fn topologies_by_hand() {
    let points = vec![[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
    let faces = vec![[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]];
    let whole = Mesh { points: points.clone(), normals: vec![], faces: faces.clone() };
    let topology = whole.topology();
    assert!(topology.is_closed());
    assert_eq!((topology.vertices, topology.edges, topology.faces, topology.euler()), (4, 6, 4, 2));
    assert!((whole.volume() - 1.0 / 6.0).abs() < 1e-15);
    assert!((whole.area() - 1.5 - 0.75f64.sqrt()).abs() < 1e-15);
    let with = |faces: Vec<[u32; 3]>| Mesh { faces, ..whole.clone() }.topology();
    assert_eq!(with(faces[1..].to_vec()).open_edges, 3);
    assert_eq!(with([&[[0, 1, 2]], &faces[1..]].concat()).twisted_edges, 3);
    assert_eq!(with([&faces[..], &[[0, 1, 2]]].concat()).branching_edges, 3);
    let apart = points.iter().map(|p| p.map(|x| -x));
    let points = points.iter().copied().chain(apart.skip(1)).collect();
    let second = [[0, 4, 5], [0, 6, 4], [0, 5, 6], [4, 6, 5]];
    let joined = Mesh { points, normals: vec![], faces: [&faces[..], &second].concat() }.topology();
    assert_eq!((joined.pinched_vertices, joined.components, joined.open_edges), (1, 2, 0));
}

/// Samples lie on the triangles, evenly by area.
#[test]
fn samples_are_even() {
    let points = vec![[0.0, 0.0, 1.0], [2.0, 0.0, 1.0], [0.0, 3.0, 1.0], [0.0, 0.0, 2.0], [0.0, 0.1, 1.0]];
    let mesh = Mesh { points, normals: vec![], faces: vec![[0, 1, 2], [0, 0, 1], [0, 2, 3]] };
    let samples = mesh.sample(20_000, 7);
    let flat = samples.normals.iter().filter(|n| **n == [0.0, 0.0, 1.0]).count();
    // Areas 3 and 1.5; the spread of a count is 67.
    assert!((flat as f64 - 20_000.0 * 2.0 / 3.0).abs() < 300.0, "{flat}");
    let of_first = samples.points.iter().zip(&samples.normals).filter(|(_, n)| n[2] == 1.0);
    let mean = of_first.fold([0.0; 2], |m, (p, _)| [m[0] + p[0] / flat as f64, m[1] + p[1] / flat as f64]);
    assert!((mean[0] - 2.0 / 3.0).abs() < 0.02 && (mean[1] - 1.0).abs() < 0.03, "{mean:?}");
    assert_eq!(mesh.sample(10, 1), mesh.sample(10, 1));
    assert_ne!(mesh.sample(10, 1), mesh.sample(10, 2));
    assert!(Mesh::default().sample(5, 0).points.is_empty());
}
