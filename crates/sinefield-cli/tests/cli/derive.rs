//! Pictures from derivatives through the command: what is written, reported and refused.

use crate::common::Folder;
use serde_json::Value;
use sinefield_media::{Pixels, write_image};

const SMALL: &str = "--hidden 32 --layers 2 --omega 8 --first-omega 8 --lr 2e-3 --steps 150 --json";

/// The report at the end of standard output.
fn report(told: &str) -> Value {
    serde_json::from_str(told.lines().last().unwrap()).unwrap()
}

fn number(report: &Value, name: &str) -> f64 {
    report[name].as_f64().unwrap_or_else(|| panic!("{name} in {report}"))
}

/// The mean squared distance of a rendered array from values.
fn distance(folder: &Folder, name: &str, wanted: &[f32]) -> f64 {
    let (_, got) = folder.npy(name);
    assert_eq!(got.len(), wanted.len());
    let square = |(got, wanted): (&f64, &f32)| (got - f64::from(*wanted)).powi(2);
    got.iter().zip(wanted).map(square).sum::<f64>() / got.len() as f64
}

#[test]
fn images_come_back_from_their_derivatives() {
    let folder = Folder::new();
    for channels in [1, 3] {
        let image = folder.image("a.npy", 17, 23, channels);
        for (from, least) in [
            ("gradient", 30.0),
            ("gradient --operator sobel", 18.0),
            ("gradient --boundary", 30.0),
            ("laplacian --boundary", 30.0),
            ("laplacian --boundary --operator laplace5", 15.0),
        ] {
            let told = folder
                .succeed(&format!("reconstruct a.npy --from {from} {SMALL} -o a.safetensors --render r.npy"));
            let report = report(&told);
            assert!(number(&report, "psnr_db") > least, "{from}: {report}");
            let aligned = if from.contains("boundary") { "none" } else { "best constant offset" };
            assert_eq!(report["alignment"], aligned, "{from}");
            // The report describes the written file.
            let (low, high) = image.iter().fold((1f32, 0f32), |(l, h), v| (l.min(*v), h.max(*v)));
            let psnr = 10.0 * (f64::from(high - low).powi(2) / distance(&folder, "r.npy", &image)).log10();
            assert!(psnr < number(&report, "psnr_db") + 0.01, "{from}: {psnr}, {report}");
            assert!(psnr > number(&report, "psnr_db") - 1.0, "{from}: {psnr}, {report}");
        }
    }
}

#[test]
fn a_laplacian_alone_is_met_and_the_value_is_not_claimed() {
    let folder = Folder::new();
    folder.image("a.npy", 17, 23, 1);
    let told = folder.succeed(&format!("reconstruct a.npy --from laplacian {SMALL} -o a.safetensors"));
    let report = report(&told);
    assert_eq!(report["operator"], "laplace5");
    assert!(number(&report, "laplacian_psnr_db") > 30.0, "{report}");
    assert!(number(&report, "psnr_db") < number(&report, "laplacian_psnr_db"), "{report}");
}

/// The files have the derivatives of a plane. The image is a different one.
#[test]
fn derivatives_are_taken_from_files() {
    let folder = Folder::new();
    folder.image("a.npy", 9, 7, 1);
    let gradient: Vec<f64> = (0..9 * 7).flat_map(|_| [0.03, -0.02]).collect();
    folder.write_npy("g.npy", "(9, 7, 2)", &gradient);
    folder.write_npy("l.npy", "(9, 7)", &[0.0; 63]);
    let plane = |row: usize, column: usize| 0.03 * row as f64 - 0.02 * column as f64;
    for operator in ["forward", "sobel"] {
        folder.succeed(&format!(
            "reconstruct a.npy --from gradient --gradient g.npy --operator {operator} {SMALL} -o g.safetensors \
             --render g-out.npy"
        ));
        let (_, got) = folder.npy("g-out.npy");
        let shift = got[0];
        for (at, got) in got.iter().enumerate() {
            let wanted = plane(at / 7, at % 7) + shift;
            assert!((got - wanted).abs() < 0.05, "{operator}, pixel {at}: {got}, not {wanted}");
        }
    }
    folder.succeed(&format!("reconstruct a.npy --from laplacian --laplacian l.npy {SMALL} -o l.safetensors"));
    folder.fail(
        "reconstruct a.npy --from laplacian --laplacian g.npy -o x.safetensors",
        1,
        "shape (9, 7, 2)",
    );
    folder.fail(
        "reconstruct a.npy --from gradient --gradient l.npy -o x.safetensors",
        1,
        "needs (9, 7, 1, 2)",
    );
}

#[test]
fn gradients_are_blended() {
    let folder = Folder::new();
    let (first, second) = (folder.image("a.npy", 17, 23, 3), folder.image("b.npy", 17, 23, 3));
    let second: Vec<f32> = second.iter().map(|v| 1.0 - v * v).collect();
    write_image(folder.path("b.npy"), 17, 23, 3, Pixels::F32(&second)).unwrap();
    let told =
        folder.succeed(&format!("blend a.npy b.npy --alpha 0.3 {SMALL} -o m.safetensors --render m.npy"));
    let report = report(&told);
    assert!(number(&report, "psnr_db") > 30.0, "{report}");
    let mean: Vec<f32> = first.iter().zip(&second).map(|(a, b)| 0.3 * a + 0.7 * b).collect();
    assert!(distance(&folder, "m.npy", &mean) < 1e-3);
    folder.image("c.npy", 17, 22, 3);
    folder.fail(
        "blend a.npy c.npy -o x.safetensors",
        1,
        "22 x 17 pixels of 3 channels, but a.npy is 23 x 17",
    );
    folder.image("d.npy", 17, 23, 1);
    folder.fail("blend a.npy d.npy -o x.safetensors", 1, "--gray");
    folder.fail("blend a.npy b.npy --alpha 1.5 -o x.safetensors", 2, "--alpha");
    folder.succeed("blend a.npy c.npy --resize 8x8 --hidden 8 --steps 2 --quiet -o y.safetensors");
}

/// A flat source has no differences, so the surrounding colour of the target fills the mask.
#[test]
fn a_part_of_an_image_is_cloned() {
    let folder = Folder::new();
    let flat = vec![0.9f32; 7 * 9];
    write_image(folder.path("flat.npy"), 7, 9, 1, Pixels::F32(&flat)).unwrap();
    let mask: Vec<f32> =
        (0..63).map(|at| f32::from((1..6).contains(&(at / 9)) && (1..8).contains(&(at % 9)))).collect();
    write_image(folder.path("mask.npy"), 7, 9, 1, Pixels::F32(&mask)).unwrap();
    let target: Vec<f32> = vec![0.25; 16 * 20];
    write_image(folder.path("t.npy"), 16, 20, 1, Pixels::F32(&target)).unwrap();
    let clone = "clone flat.npy t.npy --mask mask.npy";
    let told = folder.succeed(&format!("{clone} --at 4,5 {SMALL} -o c.safetensors --render c.npy"));
    let report = report(&told);
    assert!(number(&report, "outside_psnr_db") > 30.0, "{report}");
    // The colour is that of the target, not of the source.
    assert!(distance(&folder, "c.npy", &target) < 1e-3);
    folder.succeed(&format!("{clone} --at -3,15 --mixed --hidden 8 --steps 2 --quiet -o d.safetensors"));
    folder.fail(&format!("{clone} -o x.safetensors"), 1, "9 x 7 pixels of 1 channel, but t.npy is 20 x 16");
    folder.fail(&format!("{clone} --at 40,0 -o x.safetensors"), 1, "no masked pixel");
    folder.fail(&format!("{clone} --at 40 -o x.safetensors"), 2, "--at");
    folder.fail("clone flat.npy t.npy --mask t.npy --at 1,1 -o x.safetensors", 1, "the source's size");
}

#[test]
fn a_reconstruction_is_resumed_and_threads_change_no_bit() {
    let folder = Folder::new();
    folder.image("a.npy", 17, 23, 1);
    for from in ["gradient --batch 50", "laplacian --boundary"] {
        let fit = format!(
            "reconstruct a.npy --from {from} --hidden 16 --steps 130 --schedule constant --quiet --checkpoint c"
        );
        folder.succeed(&format!("{fit} -o whole.safetensors --threads 1"));
        let part = fit.replace("--steps 130", "--steps 110");
        folder.succeed(&format!("{part} -o part.safetensors"));
        folder.succeed(&format!("{fit} --resume -o part.safetensors --threads 2"));
        assert!(folder.bytes("part.safetensors") == folder.bytes("whole.safetensors"), "{from}");
    }
    let other = "reconstruct a.npy --from gradient --hidden 16 --steps 130 --schedule constant";
    folder.fail(&format!("{other} --checkpoint c --resume -o x.safetensors"), 1, "another problem");
}

#[test]
fn options_that_contradict_each_other_are_refused() {
    let folder = Folder::new();
    folder.image("a.npy", 9, 7, 1);
    folder.write_npy("l.npy", "(9, 7)", &[0.0; 63]);
    for (arguments, words) in [
        ("--from gradient --laplacian l.npy", "--laplacian"),
        ("--from laplacian --gradient l.npy", "--gradient"),
        ("--from gradient --operator laplace5", "--operator"),
        ("--from laplacian --operator sobel", "--operator"),
        ("--from laplacian --operator forward", "--boundary"),
        ("--from gradient --resume", "--resume"),
        ("--from value", "--from"),
        ("", "--from"),
        ("--from gradient --render r.xyz", "r.xyz"),
        ("--from gradient --render a.npy", "would replace"),
    ] {
        folder.fail(&format!("reconstruct a.npy {arguments} -o x.safetensors"), 2, words);
    }
    folder.image("line.npy", 1, 9, 1);
    folder.succeed("reconstruct line.npy --from gradient --hidden 8 --steps 2 --quiet -o line.safetensors");
    folder.fail("reconstruct line.npy --from laplacian --boundary -o x.safetensors", 1, "3 x 3");
}
