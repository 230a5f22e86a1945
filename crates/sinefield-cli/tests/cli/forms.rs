//! Fields with a form and with periodic coordinates: checked, solved, resumed, shown and evaluated.

use crate::common::{Folder, written};
use serde_json::Value;

const RING: &str = r#"
[field.u]
periodic = ["x"]
form = "sin(2*pi*x) + c*t*net"
hidden = 16
layers = 1
first_omega = 3
omega = 3

[constants]
c = 0.5

[[constraint]]
residual = "d(u, t) + c*d(u, x)"
domain = { box = { t = [0, 1], x = [0, 1] } }
samples = 64

[fit]
steps = 20
rate = 1e-2
"#;

const FORM: &str = "sin(2 * pi * x) + 0.5 * t * net";

/// The numbers of the only array of `v.npz` after an `eval` at `points`, `(n, 2)`, in float64.
fn evaluated(folder: &Folder, points: &[f64], quantity: &str) -> Vec<f64> {
    let mut npy = b"\x93NUMPY\x01\0".to_vec();
    let header = format!("{{'descr': '<f8', 'fortran_order': False, 'shape': ({}, 2), }}", points.len() / 2);
    let header = format!("{header:<117}\n");
    npy.extend((header.len() as u16).to_le_bytes());
    npy.extend(header.as_bytes());
    npy.extend(points.iter().flat_map(|x| x.to_le_bytes()));
    std::fs::write(folder.path("x.npy"), npy).unwrap();
    folder.succeed(&format!("eval u.safetensors x.npy -o v.npz --quantities {quantity} --precision f64"));
    let mut zip = zip::ZipArchive::new(std::io::Cursor::new(folder.bytes("v.npz"))).unwrap();
    let mut bytes = Vec::new();
    std::io::Read::read_to_end(&mut zip.by_index(0).unwrap(), &mut bytes).unwrap();
    let start = 10 + usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
    bytes[start..].as_chunks::<8>().0.iter().map(|b| f64::from_le_bytes(*b)).collect()
}

#[test]
fn a_form_is_shown_and_evaluated() {
    let folder = written(RING);
    let told = folder.succeed("check p.toml");
    assert!(told.contains(&format!("form       {FORM}")) && told.contains("periodic   x"), "{told}");
    assert!(told.contains("2 -> 3 periodic -> 2 x 16 sine -> 1"), "{told}");
    let report: Value = serde_json::from_str(&folder.succeed("check p.toml --json")).unwrap();
    assert_eq!(report["fields"][0]["form"], FORM);
    assert_eq!(report["fields"][0]["periodic"], serde_json::json!(["x"]));

    folder.succeed("solve p.toml -o u.safetensors --quiet");
    let told = folder.succeed("info u.safetensors");
    assert!(told.contains(&format!("form       {FORM}")) && told.contains("periodic in x"), "{told}");
    let report: Value = serde_json::from_str(&folder.succeed("info u.safetensors --json")).unwrap();
    assert_eq!(report["form"], FORM);
    let wave = |x: f64| (std::f64::consts::TAU * x).sin();
    assert_eq!(evaluated(&folder, &[0.0, 0.25, 0.0, 0.625], "value"), [wave(0.25), wave(0.625)]);
    // The slope in time is the network's there, whose loss is small; that along x is the form's.
    let slopes = evaluated(&folder, &[0.0, 0.25, 0.0, 0.625], "gradient");
    let want = std::f64::consts::TAU * (std::f64::consts::TAU * 0.625).cos();
    assert!((slopes[3] - want).abs() < 1e-12, "{slopes:?}");
    folder.succeed("render u.safetensors -o u.png --size 20x30");
}

#[test]
fn the_same_bits_after_an_interrupt_and_a_start_from_the_solution() {
    let folder = written(RING);
    folder.succeed("solve p.toml -o u.safetensors --quiet --checkpoint c");
    folder.succeed("solve p.toml -o v.safetensors --quiet --checkpoint c --resume");
    assert_eq!(folder.bytes("u.safetensors"), folder.bytes("v.safetensors"));
    let other =
        "solve p.toml -o w.safetensors --quiet --checkpoint c --resume --set field.u.form=sin(2*pi*x)+t*net";
    folder.fail(other, 1, "another problem");
    // The parameters are those of the file, the form that of the problem.
    folder
        .succeed("solve p.toml -o u.safetensors --quiet --init v.safetensors --steps 1 --set constants.c=2");
    let told = folder.succeed("info u.safetensors");
    assert!(told.contains("sin(2 * pi * x) + 2 * t * net"), "{told}");
}

/// The matrix of the features follows from its seed, so that a file and a resumed fit have the same one.
#[test]
fn fourier_features_are_kept() {
    let encoding = "encoding = { fourier = { features = 12, scale = 0.5, seed = 7 } }";
    let folder = written(&RING.replace("hidden = 16", &format!("{encoding}\nhidden = 16")));
    let checked: Value = serde_json::from_str(&folder.succeed("check p.toml --json")).unwrap();
    assert_eq!(checked["fields"][0]["periodic"], serde_json::json!(["x"]));
    folder.succeed("solve p.toml -o u.safetensors --quiet --checkpoint c");
    folder.succeed("solve p.toml -o v.safetensors --quiet --checkpoint c --resume");
    assert_eq!(folder.bytes("u.safetensors"), folder.bytes("v.safetensors"));
    let told = folder.succeed("info u.safetensors");
    assert!(told.contains("fourier, 12 features, scale 0.5, seed 7, periodic in x"), "{told}");
    assert!(told.contains("2 -> 12 fourier -> 2 x 16 sine -> 1"), "{told}");
    let report: Value = serde_json::from_str(&folder.succeed("info u.safetensors --json")).unwrap();
    assert_eq!(report["encoding"]["fourier"]["seed"], 7);
    let wave = |x: f64| (std::f64::consts::TAU * x).sin();
    assert_eq!(evaluated(&folder, &[0.0, 0.25, 0.0, 0.625], "value"), [wave(0.25), wave(0.625)]);
    let ends = evaluated(&folder, &[0.5, 0.0, 0.5, 1.0], "gradient");
    assert!(ends[..2].iter().zip(&ends[2..]).all(|(low, high)| (low - high).abs() < 1e-12), "{ends:?}");
    let other =
        "solve p.toml -o w.safetensors --quiet --checkpoint c --resume --set field.u.encoding.fourier.seed=8";
    folder.fail(other, 1, "another problem");
    for (setting, words) in [
        ("features=13", "p.toml:2:1: field \"u\": features is 13; it must be even"),
        ("scale=0", "field \"u\": scale is 0; it must be above 0"),
        ("scal=1", "unknown field `scal`"),
    ] {
        folder.fail(&format!("check p.toml --set field.u.encoding.fourier.{setting}"), 1, words);
    }
}

#[test]
fn forms_that_cannot_be_have_a_place() {
    let folder = written(&RING.replace("c*t*net", "c*t*nett"));
    folder.fail("check p.toml", 1, "p.toml:4:27: field \"u\": in the form: unknown name \"nett\"");
    let folder = written(RING);
    folder.succeed("solve p.toml -o u.safetensors --quiet --steps 1");
    let bytes = folder.bytes("u.safetensors");
    let at = bytes.windows(3).position(|three| three == b"net").unwrap();
    let mut damaged = bytes.clone();
    damaged[at] = b'm';
    std::fs::write(folder.path("u.safetensors"), damaged).unwrap();
    for command in ["info u.safetensors", "render u.safetensors -o u.png --size 9x9"] {
        folder.fail(command, 1, "u.safetensors: has a form of its outputs that cannot be used");
    }
}
