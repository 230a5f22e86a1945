//! Shapes: fitted from clouds and meshes, meshed, and compared.

use serde_json::Value;
use sinefield::field::{Axis, Field, FieldConfig, Form};
use sinefield_media::{MeshView, Surface, write_mesh};

use crate::common::Folder;

/// The golden spiral on a sphere: points and outward normals.
fn sphere(count: usize, radius: f64) -> (Vec<[f64; 3]>, Vec<[f64; 3]>) {
    let normal = |i: usize| {
        let z = 1.0 - (2 * i + 1) as f64 / count as f64;
        let (angle, r) = (2.399_963_229_728_653 * i as f64, (1.0 - z * z).sqrt());
        [r * angle.cos(), r * angle.sin(), z]
    };
    let normals: Vec<[f64; 3]> = (0..count).map(normal).collect();
    (normals.iter().map(|n| n.map(|x| radius * x)).collect(), normals)
}

fn lines(points: &[[f64; 3]], normals: Option<&[[f64; 3]]>) -> String {
    let line = |i: usize| {
        let normal = normals.map_or(String::new(), |n| format!(" {} {} {}", n[i][0], n[i][1], n[i][2]));
        format!("{} {} {}{normal}\n", points[i][0], points[i][1], points[i][2])
    };
    (0..points.len()).map(line).collect()
}

/// A field of x, y and z in [-1, 1] with the value of `text`.
fn formed(folder: &Folder, name: &str, text: &str) {
    let mut field = Field::new(&FieldConfig { hidden: 3, layers: 1, ..FieldConfig::new(3, 1) }, 0).unwrap();
    let names = ["x", "y", "z"].map(String::from);
    field.meta.axes = names.iter().map(|name| Axis::ranged(name, -1.0, 1.0)).collect();
    let text = format!("({text}) + 1e-30*net");
    field.meta.form = Some(Form { text, coordinates: names.to_vec(), ..Form::default() });
    field.save(folder.path(name)).unwrap();
}

fn report(told: &str) -> Value {
    serde_json::from_str(told.lines().last().unwrap()).unwrap()
}

const SMALL: &str = "--hidden 32 --layers 1 --omega 10 --first-omega 10 --batch 200 --steps 400 --lr 3e-3";

#[test]
fn a_cloud_becomes_a_field_and_a_mesh() {
    let folder = Folder::new();
    let (points, normals) = sphere(1500, 20.0);
    std::fs::write(folder.path("c.xyz"), lines(&points, Some(&normals))).unwrap();
    let plan = report(&folder.succeed(&format!("fit c.xyz -o f.safetensors {SMALL} --dry-run --json")));
    assert_eq!(
        (&plan["kind"], &plan["points"], &plan["oriented"]),
        (&"shape".into(), &1500.into(), &true.into())
    );
    let fitted = report(&folder.succeed(&format!("fit c.xyz -o f.safetensors {SMALL} --json --quiet")));
    assert!(fitted["mean_distance"].as_f64().unwrap() < 0.3, "{fitted}");
    assert!(fitted["normals_degrees"].as_f64().unwrap() < 6.0, "{fitted}");
    for name in ["m.ply", "m.obj", "m.stl"] {
        let made = report(&folder.succeed(&format!("mesh f.safetensors -o {name} --resolution 40 --json")));
        assert_eq!(
            (&made["closed"], &made["components"], &made["euler"]),
            (&true.into(), &1.into(), &2.into())
        );
        let volume = 4.0 / 3.0 * std::f64::consts::PI * 20f64.powi(3);
        assert!((made["volume"].as_f64().unwrap() / volume - 1.0).abs() < 0.03, "{made}");
        let read = Surface::read(folder.path(name)).unwrap();
        assert_eq!(read.faces.len(), made["faces"]);
        for point in &read.points {
            let radius = point.iter().map(|x| x * x).sum::<f64>().sqrt();
            assert!((radius - 20.0).abs() < 1.0, "{name}: {point:?}");
        }
    }
    folder.succeed("mesh f.safetensors -o m.glb --resolution 20");
    assert_eq!(&folder.bytes("m.glb")[..4], b"glTF");
    // The same field again, from a mesh of itself, without normals.
    let again = format!("fit m.ply -o g.safetensors {SMALL} --unoriented --points 2000 --json --quiet");
    let again = report(&folder.succeed(&again));
    assert!(again["notes"][0].as_str().unwrap().contains("normals of 2000 points are estimated"), "{again}");
    assert!(again["mean_distance"].as_f64().unwrap() < 0.3, "{again}");
}

/// The distance between a sphere and a larger one is the difference of their radii.
#[test]
fn reports_measure_known_distances() {
    let folder = Folder::new();
    formed(&folder, "small.safetensors", "norm([x, y, z]) - 0.5");
    formed(&folder, "large.safetensors", "norm([x, y, z]) - 0.6");
    folder.succeed("mesh large.safetensors -o large.ply --resolution 64");
    let told =
        folder.succeed("shape-report small.safetensors large.ply --resolution 64 --samples 5000 --json");
    let found = report(&told);
    let near = |name: &str, wanted: f64, by: f64| {
        let number = found[name].as_f64().unwrap();
        assert!((number - wanted).abs() < by, "{name}: {number}, not {wanted}");
    };
    near("chamfer", 0.1, 1e-3);
    near("hausdorff", 0.1, 2e-3);
    near("diagonal", 1.2 * 3f64.sqrt(), 3e-3);
    near("chamfer_percent", 100.0 * 0.1 / (1.2 * 3f64.sqrt()), 0.1);
    near("normals_degrees", 0.0, 1.5);
    near("eikonal_error", 0.0, 1e-5);
    // The values are the distance from the larger sphere plus 0.1 everywhere.
    near("distance_error", 0.1, 1e-3);
    near("box_distance_error", 0.1, 1e-3);
    // Between the spheres the sign is wrong: (0.216 - 0.125) 4π/3 of a box with sides of 1.44, less what is near.
    let sign = found["sign_error"].as_f64().unwrap();
    assert!((0.08..0.13).contains(&sign), "{sign}");
    let same = report(&folder.succeed("shape-report large.safetensors large.ply --samples 2000 --json"));
    assert!(same["chamfer"].as_f64().unwrap() < 1e-3 && same["sign_error"] == 0.0, "{same}");
    assert!(same["box_distance_error"].as_f64().unwrap() < 1e-3, "{same}");
    // The level set of the small sphere at 0.1 is the large one, and its values less the level are the distances.
    let grown = "shape-report small.safetensors large.ply --level 0.1 --samples 2000 --json";
    let grown = report(&folder.succeed(grown));
    assert!(grown["distance_error"].as_f64().unwrap() < 1e-3 && grown["sign_error"] == 0.0, "{grown}");
    // A mesh with a hole has no inside: distances count without a sign..
    formed(&folder, "plane.safetensors", "2*z");
    std::fs::write(folder.path("plane.obj"), "v -1 -1 0\nv 1 -1 0\nv 1 1 0\nv -1 1 0\nf 1 2 3 4\n").unwrap();
    let plane = report(&folder.succeed("shape-report plane.safetensors plane.obj --samples 20000 --json"));
    // 2|z| - |z| for places in balls of radius r = 0.05 √8 around points of the plane: 3r/8 on average.
    let wanted = 0.375 * 0.05 * 8f64.sqrt();
    assert!((plane["distance_error"].as_f64().unwrap() / wanted - 1.0).abs() < 0.03, "{plane}");
    assert!(plane["sign_error"].is_null(), "{plane}");
}

#[test]
fn fields_are_joined_by_expressions() {
    let folder = Folder::new();
    formed(&folder, "a.safetensors", "norm([x, y, z]) - 0.6");
    formed(&folder, "b.safetensors", "norm([x, y, z]) - 0.4");
    let shell = "mesh --form max(a,-b) --field a=a.safetensors --field b=b.safetensors -o s.ply --resolution 48 --json";
    let shell = report(&folder.succeed(shell));
    let volume = 4.0 / 3.0 * std::f64::consts::PI * (0.216 - 0.064);
    assert!((shell["volume"].as_f64().unwrap() / volume - 1.0).abs() < 0.01, "{shell}");
    assert_eq!((&shell["components"], &shell["euler"]), (&2.into(), &4.into()));
    let grown = report(&folder.succeed("mesh a.safetensors --level 0.1 -o g.ply --resolution 48 --json"));
    let offset =
        report(&folder.succeed("mesh a.safetensors --form field-0.1 -o o.ply --resolution 48 --json"));
    assert_eq!(grown["faces"], offset["faces"]);
    let fewer = report(&folder.succeed("mesh a.safetensors --simplify 0.2 -o g.ply --resolution 48 --json"));
    let part = fewer["faces"].as_f64().unwrap() / grown["faces"].as_f64().unwrap();
    assert!((0.1..0.25).contains(&part) && fewer["closed"] == true && fewer["euler"] == 2, "{fewer}");
    let half = "mesh a.safetensors --region -1,-1,0,1,1,1 -o h.ply --resolution 32 --json";
    let half = report(&folder.succeed(half));
    assert!(half["open_edges"].as_u64().unwrap() > 0 && half["manifold"] == true && half["closed"] == false);
}

#[test]
fn clouds_that_are_no_shape_are_refused() {
    let folder = Folder::new();
    let (points, normals) = sphere(300, 1.0);
    let fails = |name: &str, text: &str, options: &str, words: &str| {
        std::fs::write(folder.path(name), text).unwrap();
        folder.fail(&format!("fit {name} -o f.safetensors --steps 1 --quiet {options}"), 1, words);
    };
    fails("none.xyz", "# nothing\n", "", "point");
    fails("one.xyz", "1 2 3\n", "", "a surface needs at least 4 different points; found 1");
    fails("same.xyz", &"1 2 3\n".repeat(50), "", "found 1");
    let flat: Vec<[f64; 3]> = points.iter().map(|p| [p[0], p[1], 0.0]).collect();
    fails(
        "flat.xyz",
        &lines(&flat, None),
        "",
        "all points lie in a plane or on a line; a shape needs points around it",
    );
    fails("nan.xyz", &lines(&points, None).replace("0.", "nan"), "", "nan.xyz");
    let zero: Vec<[f64; 3]> = normals.iter().map(|_| [0.0; 3]).collect();
    fails(
        "zero.xyz",
        &lines(&points, Some(&zero)),
        "",
        "300 of the normals have the length 0, the first at point 0",
    );
    let flip = |i: usize| (1e4 * (i as f64).sin()).fract() < 0.0;
    let flipped: Vec<[f64; 3]> = (0..300).map(|i| normals[i].map(|x| if flip(i) { -x } else { x })).collect();
    fails("flipped.xyz", &lines(&points, Some(&flipped)), "", "fit without normals (--unoriented)");
    fails("index.obj", "v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 9\n", "", "index.obj");
    fails(
        "thin.obj",
        "v 0 0 0\nv 1 0 0\nv 2 0 0\nf 1 2 3\n",
        "",
        "its triangles have no area; give a mesh with an extent",
    );
    let header = "ply\nformat ascii 1.0\nelement vertex 4000000000\nproperty float x\nproperty float y\nproperty float z\nend_header\n0 0 0\n";
    fails("lies.ply", header, "", "lies.ply");
}

#[test]
fn settings_that_do_not_suit_are_refused() {
    let folder = Folder::new();
    let (points, normals) = sphere(300, 1.0);
    std::fs::write(folder.path("c.xyz"), lines(&points, Some(&normals))).unwrap();
    for (options, words) in [
        ("--gray", "--gray: is for images; leave it out"),
        ("--resize 8", "--resize: is for images; leave it out"),
        ("--batch full", "--batch: a shape is fitted to random points"),
        ("--target-psnr 30", "--target-psnr: is for signals"),
        ("--points 0", "--points"),
    ] {
        folder.fail(&format!("fit c.xyz -o f.safetensors {options}"), 2, words);
    }
    folder.image("i.png", 6, 5, 1);
    folder.fail(
        "fit i.png -o f.safetensors --unoriented",
        2,
        "--unoriented: is for shapes, and i.png is of another kind",
    );

    formed(&folder, "f.safetensors", "norm([x, y, z]) - 0.5");
    for (arguments, code, words) in [
        ("mesh f.safetensors -o m.png", 2, "m.png"),
        ("mesh f.safetensors -o m.ply --level 5", 1, "does not take the level 5 in the region"),
        (
            "mesh f.safetensors -o m.ply --resolution 1",
            2,
            "--resolution: 1 cells along a side cannot be made",
        ),
        (
            "mesh f.safetensors -o m.ply --simplify 0",
            2,
            "--simplify: \"0\" is not a number above 0 and up to 1",
        ),
        ("mesh f.safetensors -o m.ply --region 0,0,0,1,1", 2, "--region: has 5 numbers"),
        ("mesh f.safetensors -o m.ply --region 0,0,0,1,1,-1", 2, "--region: 0 to -1 is no extent"),
        ("mesh f.safetensors -o m.ply --form field+b", 2, "--form"),
        ("mesh -o m.ply", 2, "there is no field"),
        (
            "mesh --field a=f.safetensors --field b=f.safetensors -o m.ply",
            2,
            "--form: says how the fields are joined",
        ),
        ("mesh --field a -o m.ply --form a", 2, "\"a\" names no field"),
        ("shape-report f.safetensors c.xyz", 1, "has points but no triangles; give a mesh"),
    ] {
        folder.fail(arguments, code, words);
    }
    let plane = Field::new(&FieldConfig { hidden: 4, ..FieldConfig::new(2, 1) }, 0).unwrap();
    plane.save(folder.path("plane.safetensors")).unwrap();
    folder.fail(
        "mesh plane.safetensors -o m.ply",
        1,
        "2 coordinates and 1 outputs; a surface needs a field of 3 coordinates",
    );
}

/// A mesh with holes is told, and its field is closed.
#[test]
fn a_mesh_with_holes_is_closed() {
    let folder = Folder::new();
    formed(&folder, "s.safetensors", "norm([x, y, z]) - 0.7");
    folder.succeed("mesh s.safetensors -o s.ply --resolution 24");
    let whole = Surface::read(folder.path("s.ply")).unwrap();
    // Without a cap.
    let low = |face: &&[u32; 3]| face.iter().all(|at| whole.points[*at as usize][2] < 0.6);
    let faces: Vec<[u32; 3]> = whole.faces.iter().filter(low).copied().collect();
    let view = MeshView { points: &whole.points, normals: None, faces: &faces };
    write_mesh(folder.path("open.ply"), view).unwrap();
    let output = folder.run(&format!("fit open.ply -o f.safetensors {SMALL}"));
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success() && told.contains("open edges, which the field closes"), "{told}");
    let made = report(&folder.succeed("mesh f.safetensors -o m.ply --resolution 32 --json"));
    assert_eq!((&made["closed"], &made["euler"]), (&true.into(), &2.into()), "{made}");
}
