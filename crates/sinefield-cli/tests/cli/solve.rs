//! Problem files: solved, checked, and with many kinds of errors.

use crate::common::{Folder, written};
use serde_json::Value;

const LINE: &str = r#"
[field.u]
hidden = 16
layers = 1
first_omega = 3
omega = 3

[constants]
a = 2.0

[[constraint]]
name = "line"
residual = "d(u, x) - a"
domain = { box = { x = [0, 1] } }
samples = 64

[[constraint]]
name = "start"
residual = "u"
domain = { box = { x = 0 } }
samples = 1

[fit]
steps = 150
rate = 1e-2
"#;

/// The field's value at the coordinate `x` of the problem, from `sinefield eval`.
fn value(folder: &Folder, field: &str, x: f64) -> f64 {
    let mut npy = b"\x93NUMPY\x01\0".to_vec();
    let header = "{'descr': '<f8', 'fortran_order': False, 'shape': (1, 1), }".to_string();
    let header = format!("{header:<117}\n");
    npy.extend((header.len() as u16).to_le_bytes());
    npy.extend(header.as_bytes());
    npy.extend(x.to_le_bytes());
    std::fs::write(folder.path("x.npy"), npy).unwrap();
    folder.succeed(&format!("eval {field} x.npy -o v.npz --quantities value --precision f64"));
    let mut zip = zip::ZipArchive::new(std::io::Cursor::new(folder.bytes("v.npz"))).unwrap();
    let mut bytes = Vec::new();
    std::io::Read::read_to_end(&mut zip.by_index(0).unwrap(), &mut bytes).unwrap();
    f64::from_le_bytes(*bytes.last_chunk::<8>().unwrap())
}

#[test]
fn a_line_is_found_and_a_setting_changes_its_slope() {
    let folder = written(LINE);
    let report: Value =
        serde_json::from_str(&folder.succeed("solve p.toml -o u.safetensors --json --quiet")).unwrap();
    assert_eq!(report["stopped_by"], "steps");
    assert_eq!(report["steps"], 150);
    assert!(report["losses"]["line"].as_f64().unwrap() < 1e-2, "{report}");
    let end = value(&folder, "u.safetensors", 1.0);
    assert!((end - 2.0).abs() < 0.1, "{end}");
    // A fit that starts from this solution has a small loss at once.
    let first = |init: &str| {
        let report =
            folder.succeed(&format!("solve p.toml -o v.safetensors --json --quiet --steps 1 {init}"));
        serde_json::from_str::<Value>(&report).unwrap()["final_loss"].as_f64().unwrap()
    };
    let (new, begun) = (first(""), first("--optimizer adam --init u.safetensors"));
    assert!(begun < 0.1 * new, "{begun}, {new}");
    let other = "solve p.toml -o v.safetensors --quiet --set field.u.hidden=17 --init u.safetensors";
    folder.fail(other, 1, "u.safetensors: its network has 1 -> 2 x 16 sine -> 1, not 1 -> 2 x 17 sine -> 1");
    folder.fail(
        "solve p.toml -o v.safetensors --init absent.safetensors",
        1,
        "absent.safetensors: there is no such file",
    );
    folder.succeed("solve p.toml -o u.safetensors --set constants.a=-1 --quiet");
    let end = value(&folder, "u.safetensors", 1.0);
    assert!((end + 1.0).abs() < 0.1, "{end}");
}

#[test]
fn the_same_bits_on_any_number_of_threads_and_after_an_interrupt() {
    let folder = written(LINE);
    folder.succeed("solve p.toml -o a.safetensors --quiet --threads 1 --checkpoint c --seed 5");
    folder.succeed("solve p.toml -o b.safetensors --quiet --threads 3 --seed 5");
    assert_eq!(folder.bytes("a.safetensors"), folder.bytes("b.safetensors"));
    folder.succeed("solve p.toml -o c.safetensors --quiet --checkpoint c --resume --seed 5");
    assert_eq!(folder.bytes("a.safetensors"), folder.bytes("c.safetensors"));
    folder.fail(
        "solve p.toml -o d.safetensors --quiet --checkpoint c --resume --seed 6",
        1,
        "another problem",
    );
}

#[test]
fn several_fields_are_written_by_name() {
    let folder = written(
        r#"
        [field.u]
        hidden = 8
        layers = 0
        [field.v]
        hidden = 8
        layers = 0
        outputs = ["p", "q"]
        [[constraint]]
        residual = "d(u, x) - p + q"
        domain = { ball = { center = { x = 1 }, radius = 2 } }
        "#,
    );
    folder.succeed("solve p.toml -o out.safetensors --quiet --steps 3");
    assert!(folder.path("out.u.safetensors").exists() && folder.path("out.v.safetensors").exists());
    folder.succeed("solve p.toml -o more.safetensors --quiet --steps 1 --init out.safetensors");
    let told = folder.succeed("check p.toml");
    assert!(told.contains("u, u_x, v") && told.contains("x in [-1, 3]"), "{told}");
}

const HELMHOLTZ: &str = r#"
[field.u]
hidden = 16
layers = 1
first_omega = 3
omega = 3
outputs = { u = "complex" }

[constants]
k = { re = 2.0, im = 0.0 }
start = [{ im = 1 }, 0]

[[constraint]]
name = "equation"
residual = "d(u, x) - i*k*u"
domain = { box = { x = [0, 1] } }
samples = 64

[[constraint]]
name = "start"
residual = "u - start[0]"
domain = { box = { x = 0 } }
samples = 1
norm = "l1"

[fit]
steps = 3
"#;

#[test]
fn fields_and_constants_may_be_complex() {
    let folder = written(HELMHOLTZ);
    let told = folder.succeed("check p.toml");
    assert!(told.contains("  outputs    u (complex)\n"), "{told}");
    let checked: Value = serde_json::from_str(&folder.succeed("check p.toml --json")).unwrap();
    assert_eq!(checked["fields"][0]["outputs"][0], serde_json::json!({ "name": "u", "type": "complex" }));
    // Both parts are rows under l2. The norm l1 is of the modulus.
    assert_eq!(checked["constraints"][0]["components"], 2);
    assert_eq!(checked["constraints"][1]["components"], 1);
    folder.succeed("solve p.toml -o u.safetensors --quiet --set constants.k.im=0.5");
    assert!(folder.succeed("info u.safetensors").contains("  outputs    u.re, u.im\n"));
    let field: Value = serde_json::from_str(&folder.succeed("info u.safetensors --json")).unwrap();
    assert_eq!(field["output_names"], serde_json::json!(["u.re", "u.im"]));
    for (setting, message) in [
        ("field.u.outputs.u=vector", "outputs must be a whole number, a list of names, or a table"),
        ("constants.k.phase=1", "a constant must be a number, as 1.5 or { re = 1.0, im = 0.5 }"),
        ("constants.k.im=inf", "\"k\": a constant must be finite"),
        (
            "constraint.0.residual=floor(u)",
            "floor() needs a real number, and this is complex; use re(), im() or abs()",
        ),
    ] {
        folder.fail(&format!("check p.toml --set {setting}"), 1, message);
    }
    let mixed = HELMHOLTZ
        .replace("u = \"complex\"", "p = \"complex\", q = \"real\"")
        .replace("u - start[0]", "u - start");
    std::fs::write(folder.path("p.toml"), mixed.replace("i*k*u", "i*k*[p, q]")).unwrap();
    let told = folder.succeed("check p.toml");
    assert!(told.contains("  outputs    p (complex), q\n"), "{told}");
}

/// A plate with a hole, a flux through its boundary, and more points near two of it.
#[test]
fn shapes_give_points_normals_and_the_same_bits_on_any_number_of_threads() {
    let folder = written(
        r#"
        [field.u]
        hidden = 8
        layers = 0
        [[constraint]]
        residual = "laplace(u) + 1"
        domain = { difference = [{ polygon = { vertices = [[0, 0], [3, 0], [0, 2]], coordinates = ["x", "y"] } }, { ball = { center = { x = 1, y = 0.5 }, radius = 0.3 } }], sides = { t = [0, 1] } }
        samples = 700
        [[constraint]]
        residual = "dot(grad(u, x, y), [n[0], n[1]])"
        domain = { boundary = { difference = [{ polygon = { vertices = [[0, 0], [3, 0], [0, 2]], coordinates = ["x", "y"] } }, { ball = { center = { x = 1, y = 0.5 }, radius = 0.3 } }] }, sides = { t = [0, 1] } }
        samples = 700
        [[constraint]]
        residual = "u"
        domain = { near = { file = "points.csv", coordinates = ["x", "y", "t"], distance = 0.05 } }
        samples = 30
        [fit]
        steps = 5
        "#,
    );
    std::fs::write(folder.path("points.csv"), "x,y,t\n0,1,0.5\n1,0.5,0.5\n").unwrap();
    let told = folder.succeed("check p.toml");
    assert!(
        told.contains("domain     a difference of 2 shapes; x in [0, 3], y in [0, 2], t in [0, 1]"),
        "{told}"
    );
    assert!(told.contains("data       n") && told.contains("within 0.05 of 2 points"), "{told}");
    folder.succeed("solve p.toml -o a.safetensors --quiet --threads 1 --checkpoint c");
    folder.succeed("solve p.toml -o b.safetensors --quiet --threads 3");
    assert_eq!(folder.bytes("a.safetensors"), folder.bytes("b.safetensors"));
    folder.succeed("solve p.toml -o c.safetensors --quiet --checkpoint c --resume");
    assert_eq!(folder.bytes("a.safetensors"), folder.bytes("c.safetensors"));
}

#[test]
fn data_come_from_tables_arrays_and_images() {
    let folder = written(
        r#"
        [field.u]
        hidden = 8
        layers = 0
        [[constraint]]
        residual = "u - f"
        domain = { points = { file = "points.csv", coordinates = ["x", "y"] } }
        "#,
    );
    std::fs::write(folder.path("points.csv"), "y,f,x\n0,1,2\n1,0.5,3\n0.25,-1,4\n").unwrap();
    let checked: Value = serde_json::from_str(&folder.succeed("check p.toml --json")).unwrap();
    assert_eq!(checked["constraints"][0]["samples"], 3);
    assert_eq!(checked["constraints"][0]["columns"][0], "f");
    assert_eq!(checked["fields"][0]["axes"][0]["range"][1], 4.0);
    folder.succeed("solve p.toml -o u.safetensors --quiet --steps 3");
    folder.image("a.png", 5, 7, 3);
    let image = r#"
        [field.u]
        outputs = 3
        hidden = 8
        layers = 0
        [[constraint]]
        residual = "u - a"
        domain = { grid = { row = [0, 4, 5], column = [0, 6, 7] } }
        data = { a = "a.png" }
        samples = 11
        "#;
    std::fs::write(folder.path("p.toml"), image).unwrap();
    folder.succeed("solve p.toml -o u.safetensors --quiet --steps 3");
    std::fs::write(folder.path("p.toml"), image.replace("6, 7]", "6, 6]")).unwrap();
    folder.fail("check p.toml", 1, "p.toml:9:22: data \"a\" has the shape [5, 7, 3]");
    // A single point has data of any shape that holds a number or a vector.
    std::fs::write(folder.path("point.csv"), "x,y\n1,2\n").unwrap();
    folder.write_npy("one.npy", "(1, 3)", &[0.25, 0.5, 0.75]);
    let point = image.replace(
        "grid = { row = [0, 4, 5], column = [0, 6, 7] }",
        "points = { file = \"point.csv\", coordinates = [\"x\", \"y\"] }",
    );
    let point = point.replace("a.png", "one.npy").replace("samples = 11", "");
    std::fs::write(folder.path("p.toml"), point).unwrap();
    folder.succeed("solve p.toml -o u.safetensors --quiet --steps 3");
}

#[test]
fn what_is_wrong_is_said_with_its_place() {
    let folder = written(LINE);
    let wrong = |from: &str, to: &str, words: &str| {
        assert!(LINE.contains(from));
        std::fs::write(folder.path("p.toml"), LINE.replacen(from, to, 1)).unwrap();
        folder.fail("check p.toml", 1, words);
        folder.fail("solve p.toml -o u.safetensors --quiet", 1, words);
    };
    wrong("d(u, x) - a", "d(u, x) - aa", "p.toml:13:23: ");
    wrong("d(u, x) - a", "dd(u, x) - a", "unknown function \"dd\"");
    wrong("d(u, x) - a", "d(u, y) - a", "\"y\"");
    wrong("d(u, x) - a", "d(u, x, x, x, x, x)", "fifth derivative");
    wrong("d(u, x) - a", "[u, 1] + [1, 2, 3]", "widths 2 and 3");
    wrong("d(u, x) - a", "u + (1", "expected");
    wrong("d(u, x) - a", "x - a", "no field enters");
    wrong("d(u, x) - a", "d(u, x) - q", "known are u, x, a,");
    wrong("x = [0, 1]", "x = [1, 0]", "p.toml:14:10: constraint \"line\": the domain is empty");
    wrong("samples = 64", "samples = 0", "p.toml:15:11: constraint \"line\": samples is 0");
    wrong("samples = 64", "weight = -2", "p.toml:15:10: ");
    wrong("samples = 64", "sequence = \"low-discrepancy\"\ndelta = 2", "p.toml:16:9: ");
    wrong(
        "samples = 64",
        "adaptive = { floor = -1 }",
        "p.toml:15:12: constraint \"line\": the floor of adaptive",
    );
    wrong(
        "samples = 64",
        "causal = { coordinate = \"t\" }",
        "p.toml:15:10: constraint \"line\": causal names",
    );
    wrong("samples = 64", "data = { f = \"f.npy\" }", "p.toml:15:14: data \"f\" needs points");
    wrong("{ box = { x = [0, 1] } }", "{ points = \"f.csv\" }", "a table like { file = ");
    wrong("samples = 64", "sample = 64", "p.toml:15:1: unknown field");
    wrong("box", "bux", "unknown variant");
    wrong("hidden = 16", "hidden = 0", "p.toml:2:1: field \"u\": width is 0");
    wrong("hidden = 16", "hidden = \"wide\"", "field \"u\"");
    wrong("rate = 1e-2", "rate = 0", "learning rate");
    wrong("steps = 150", "steps = -3", "[fit]");
    wrong("steps = 150", "target_psnr = 30", "target_psnr means nothing here");
    wrong("[constants]", "[constants", "p.toml:");
    wrong("a = 2.0", "a = nan", "\"a\"");
    wrong("x = 0 }", "y = 0 }", "which is not in the domain");
    folder.fail("check absent.toml", 1, "no such file");
    if cfg!(target_os = "linux") {
        folder.fail("check /dev/zero", 1, "too long");
    }
    folder.fail("check p.toml --set nonsense", 1, "nonsense");
    std::fs::write(folder.path("p.toml"), LINE).unwrap();
    if cfg!(target_os = "linux") {
        folder.fail("solve p.toml -o u.safetensors --checkpoint /dev/zero --resume", 1, "/dev/zero");
    }
    // A fault in a setting has no place in the file.
    for (setting, words) in [
        ("constants.a=zz", "p.toml: the setting \"constants.a=zz\": a constant must be a number"),
        ("constraint.0.weight=-1", "p.toml: constraint \"line\": the weight is -1"),
        ("constraint.0.residual=u-q", "p.toml: constraint \"line\": unknown name \"q\""),
        ("constraint.0.domain={points=3}", "p.toml: the setting \"constraint.0.domain={points=3}\": "),
    ] {
        folder.fail(&format!("check p.toml --set {setting}"), 1, words);
    }
    std::fs::write(folder.path("p.toml"), [0xff, 0xfe, 0x00]).unwrap();
    folder.fail("check p.toml", 1, "not text");
}

#[test]
fn every_problem_that_comes_along_runs() {
    let folder = Folder::new();
    let problems = format!("{}/../../problems", env!("CARGO_MANIFEST_DIR"));
    let mut count = 0;
    for entry in std::fs::read_dir(&problems).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|e| e == "toml") {
            count += 1;
            let path = path.display();
            folder.succeed(&format!("solve {path} -o u.safetensors --steps 2 --quiet --set fit.warmup=0"));
        }
    }
    assert!(count >= 6);
}

/// The line ends at 2, where the spacing of float32 is 2.4e-7.
#[test]
fn float64_is_kept_in_the_file_and_used_by_eval() {
    let folder =
        written(&LINE.replace("steps = 150\nrate = 1e-2", "optimizer = \"gauss-newton\"\nsteps = 120"));
    folder.succeed("solve p.toml --precision f64 -o u.safetensors --quiet");
    assert!(folder.succeed("info u.safetensors").contains(" parameters in float64"));
    let error = (value(&folder, "u.safetensors", 1.0) - 2.0).abs();
    assert!(error < 1e-7, "{error:e}");
    folder.fail(
        "solve p.toml --precision f16 -o u.safetensors",
        2,
        "unknown precision \"f16\"; one of f32, f64",
    );
    let signal: Vec<f64> = (0..35).map(|i| f64::from(i).sin()).collect();
    folder.write_npy("a.npy", "(5, 7)", &signal);
    folder.succeed("fit a.npy --precision f64 --steps 3 --hidden 8 --layers 1 -o f.safetensors --quiet");
    folder.write_npy("x.npy", "(1, 2)", &[1.0, 2.0]);
    folder.succeed("eval f.safetensors x.npy -o v.npz");
    let mut zip = zip::ZipArchive::new(std::io::Cursor::new(folder.bytes("v.npz"))).unwrap();
    let mut npy = Vec::new();
    std::io::Read::read_to_end(&mut zip.by_index(0).unwrap(), &mut npy).unwrap();
    assert!(String::from_utf8_lossy(&npy).contains("'<f8'"), "the arrays have the precision of the field");
}

const STAGES: &str = "[[fit.stage]]\nsteps = 30\n[[fit.stage]]\noptimizer = \"gauss-newton\"\nsteps = 5\n";

#[test]
fn stages_follow_each_other_and_resume_to_the_same_bits() {
    let folder = written(&format!("{}[exact]\nu = \"a*x\"\n{STAGES}", LINE.replace("steps = 150\n", "")));
    let planned: Value =
        serde_json::from_str(&folder.succeed("solve p.toml -o f.safetensors --dry-run --json")).unwrap();
    assert_eq!((&planned["steps"], &planned["optimizer"]), (&35.into(), &"adam, gauss-newton".into()));
    assert!(
        folder.succeed("solve p.toml -o f.safetensors --dry-run").contains("30 steps of adam, rate 1e-2")
    );
    let report: Value = serde_json::from_str(
        &folder.succeed("solve p.toml -o whole.safetensors --json --quiet --log whole.jsonl"),
    )
    .unwrap();
    assert!(report["error"].as_f64().unwrap() < 1e-3, "{report}");
    let log = String::from_utf8(folder.bytes("whole.jsonl")).unwrap();
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 35);
    assert!(lines[..30].iter().all(|line| line["rate"].is_f64() && line["damping"].is_null()));
    assert!(lines[30..].iter().all(|line| line["rate"].is_null() && line["rows"] == 65));
    assert_eq!(lines.iter().filter(|line| line["error"].is_f64()).count(), 1 + 6);
    // Interrupted in the second stage.
    let told = folder.succeed("solve p.toml -o part.safetensors --checkpoint c --set fit.stage.1.steps=5");
    assert!(told.contains("relative L2 error"), "{told}");
    folder.succeed("solve p.toml -o again.safetensors --checkpoint c --resume --quiet");
    assert_eq!(folder.bytes("whole.safetensors"), folder.bytes("again.safetensors"));
    for (arguments, message) in [
        ("--set fit.stage.1.precision=f64", "stage 2 has another precision than the fit"),
        ("--set fit.stage.1.steps=0", "stage 2: "),
    ] {
        folder.fail(&format!("solve p.toml {arguments} -o x.safetensors"), 1, message);
    }
    for arguments in ["--steps 7", "--lr 1e-3"] {
        let message = "the stages of the problem file have their own";
        folder.fail(&format!("solve p.toml {arguments} -o x.safetensors"), 2, message);
    }
    let fresh = "solve p.toml --set fit.stage.0.optimizer=lbfgs -o x.safetensors";
    folder.fail(fresh, 2, "lbfgs needs the same points at every step");
    // Another optimizer replaces all stages.
    let planned: Value = serde_json::from_str(
        &folder.succeed("solve p.toml -o f.safetensors --optimizer gauss-newton --dry-run --json"),
    )
    .unwrap();
    assert_eq!((&planned["steps"], &planned["optimizer"]), (&60.into(), &"gauss-newton".into()));
    let empty = folder.path("empty.toml");
    std::fs::write(empty, LINE.replace("[fit]", "[fit]\nstage = []")).unwrap();
    folder.fail(
        "solve empty.toml -o f.safetensors",
        1,
        "stage is an empty list; give at least one stage, or leave it out",
    );
}

/// Quasi-Newton methods and SOAP in a file, as a stage, and on the command line.
#[test]
fn other_methods_solve_too() {
    let folder = written(LINE);
    for optimizer in ["ssbroyden", "ssbfgs", "soap"] {
        let rate = if optimizer == "soap" { " --lr 1e-2" } else { "" };
        let asked =
            format!("solve p.toml --optimizer {optimizer}{rate} --steps 150 -o u.safetensors --quiet");
        folder.succeed(&asked);
        let error = (value(&folder, "u.safetensors", 1.0) - 2.0).abs();
        assert!(error < 2e-2, "{optimizer}: {error:e}");
        let staged = LINE.replace(
            "steps = 150",
            &format!("[[fit.stage]]\nsteps = 5\n[[fit.stage]]\nsteps = 7\noptimizer = \"{optimizer}\""),
        );
        std::fs::write(folder.path("staged.toml"), staged.replace("rate = 1e-2", "")).unwrap();
        let told = folder.succeed("check staged.toml");
        assert!(told.contains(&format!("then 7 steps of {optimizer}")), "{told}");
        let kept = if optimizer == "soap" { "bases of the weight matrices" } else { "inverse Hessian" };
        assert!(told.contains(&format!("keeps      {kept} of ")), "{told}");
        folder.succeed("solve staged.toml -o u.safetensors --quiet");
    }
    folder.fail("solve p.toml --optimizer ssbfgs --lr 1e-3 -o u.safetensors", 2, "--lr: is not for ssbfgs");
    let memory = |optimizer: &str, hidden: usize| -> f64 {
        let asked = format!(
            "solve p.toml --optimizer {optimizer} --set field.u.hidden={hidden} --dry-run --json -o u.safetensors"
        );
        let planned: Value = serde_json::from_str(&folder.succeed(&asked)).unwrap();
        planned["memory_bytes"].as_f64().unwrap()
    };
    // Half of the square of the unknowns, in float64.
    let unknowns = serde_json::from_str::<Value>(
        &folder.succeed("solve p.toml --set field.u.hidden=64 --dry-run --json -o u.safetensors"),
    )
    .unwrap()["parameters"]
        .as_f64()
        .unwrap();
    let (large, small) = (memory("ssbroyden", 64), memory("adam", 64));
    assert!(large - small > 4.0 * unknowns * unknowns, "{large} and {small} for {unknowns}");
    folder.fail(
        "solve p.toml --optimizer ssbroyden --set field.u.hidden=2000 --set field.u.layers=2 -o u.safetensors",
        2,
        "optimizer: there is no memory for the inverse Hessian of 8",
    );
    folder.fail(
        "solve p.toml --optimizer soap --set field.u.hidden=65536 --set field.u.layers=0 -o u.safetensors",
        2,
        "optimizer: there is no memory for the bases of the weight matrices of ",
    );
}

/// Every problem file of the repository fits together with its data, and the recipe "paper" is the file in `paper`.
#[test]
fn the_included_problems_fit_together() {
    let folder = Folder::new();
    let problems = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../problems");
    for group in [problems.clone(), problems.join("paper")] {
        for entry in std::fs::read_dir(group).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|e| e == "toml") {
                folder.succeed(&format!("check {}", path.display()));
            }
        }
    }
    let wave = problems.join("wave.toml");
    let plan = folder.succeed(&format!("solve {} -o u.safetensors --recipe paper --dry-run", wave.display()));
    assert!(plan.contains("100,000 steps of 115,600 points") && plan.contains("4 x 512 sine"), "{plan}");
    let poisson = problems.join("poisson.toml");
    let refused = format!("solve {} -o u.safetensors --recipe paper", poisson.display());
    folder.fail(&refused, 2, "the recipe \"paper\" of");
}
