//! `sinefield fit`: what it reads, writes and reports.

use crate::common::Folder;
use serde_json::Value;

fn last_line(text: &str) -> Value {
    serde_json::from_str(text.lines().last().unwrap()).unwrap()
}

#[test]
fn the_report_has_its_keys_and_the_log_a_line_a_step() {
    let folder = Folder::new();
    folder.image("a.png", 24, 20, 3);
    let told =
        folder.succeed("fit a.png -o a.safetensors --hidden 16 --steps 40 --seed 3 --json --log a.jsonl");
    let report = last_line(&told);
    let keys: Vec<&String> = report.as_object().unwrap().keys().collect();
    let wanted = [
        "final_loss",
        "parameters",
        "points_per_second",
        "psnr_db",
        "seconds",
        "seed",
        "ssim",
        "steps",
        "stopped_by",
    ];
    assert_eq!(keys, wanted);
    assert_eq!(
        (&report["steps"], &report["seed"], &report["stopped_by"]),
        (&40.into(), &3.into(), &"steps".into())
    );
    assert_eq!(report["parameters"], 2 * 16 + 16 + 3 * (16 * 16 + 16) + 3 * 16 + 3);
    assert!(report["psnr_db"].as_f64().unwrap() > 15.0, "{report}");
    let log = String::from_utf8(folder.bytes("a.jsonl")).unwrap();
    let steps: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(steps.len(), 40);
    assert_eq!(steps[39]["step"], 40);
    assert_eq!(steps[39]["loss"], report["final_loss"]);
}

/// Compares PSNR and SSIM with those of a render of the field in 32-bit floats.
#[test]
fn quality_is_that_of_the_clipped_render() {
    let folder = Folder::new();
    folder.image("a.png", 30, 11, 1);
    let report =
        last_line(&folder.succeed("fit a.png -o a.safetensors --hidden 16 --steps 60 --json --quiet"));
    folder.succeed("render a.safetensors -o a.npy");
    let got: Vec<f32> = folder.npy("a.npy").1.iter().map(|v| v.clamp(0.0, 1.0) as f32).collect();
    let wanted = sinefield_media::Image::read(folder.path("a.png")).unwrap().data;
    let psnr = sinefield_media::psnr(&got, &wanted, 1.0);
    let ssim = sinefield_media::ssim(&got, &wanted, 30, 11, 1, 1.0);
    assert!((report["psnr_db"].as_f64().unwrap() - psnr).abs() < 1e-6, "{psnr} {report}");
    assert!((report["ssim"].as_f64().unwrap() - ssim).abs() < 1e-6, "{ssim} {report}");
}

#[test]
fn every_format_and_number_of_channels_is_fitted() {
    let folder = Folder::new();
    let images = [
        ("grey.png", 1),
        ("grey-alpha.png", 2),
        ("rgb.png", 3),
        ("rgba.png", 4),
        ("grey.jpg", 1),
        ("rgb.jpg", 3),
        ("rgb.tif", 3),
        ("rgba.tiff", 4),
        ("rgb.exr", 3),
        ("five.npy", 5),
        ("grey.npy", 1),
    ];
    for (name, channels) in images {
        folder.image(name, 12, 17, channels);
        let options = if channels > 4 { "--kind image --hidden 8" } else { "--hidden 8" };
        folder.succeed(&format!("fit {name} -o f.safetensors {options} --layers 1 --steps 4 --quiet"));
        folder.succeed("render f.safetensors -o f.npy");
        assert_eq!(folder.npy("f.npy").0, [12, 17, channels], "{name}");
        folder.succeed(&format!("fit {name} -o f.safetensors {options} --gray --steps 2 --resize 9 --quiet"));
        folder.succeed("render f.safetensors -o f.npy");
        assert_eq!(folder.npy("f.npy").0, [6, 9, 1], "{name}");
    }
    for (rows, columns) in [(1, 40), (40, 1), (2, 2)] {
        folder.image("thin.png", rows, columns, 1);
        folder.succeed("fit thin.png -o f.safetensors --hidden 8 --steps 2 --quiet");
        folder.succeed("render f.safetensors -o f.png --quantity laplacian");
    }
}

#[test]
fn threads_do_not_change_a_bit() {
    let folder = Folder::new();
    folder.image("a.png", 70, 60, 3);
    for batch in ["full", "500"] {
        for threads in [1, 2, 3] {
            folder.succeed(&format!(
                "fit a.png -o {threads}.safetensors --hidden 20 --steps 9 --batch {batch} --threads {threads} --quiet"
            ));
        }
        assert_eq!(folder.bytes("1.safetensors"), folder.bytes("2.safetensors"));
        assert_eq!(folder.bytes("1.safetensors"), folder.bytes("3.safetensors"));
    }
}

#[test]
fn a_plan_comes_first_and_quiet_is_quiet() {
    let folder = Folder::new();
    folder.image("a.png", 20, 30, 1);
    let output = folder.run("fit a.png -o a.safetensors --hidden 8 --steps 12 --batch 100");
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(
        told.starts_with("a.png: 30 x 20 pixels, 1 channel; network 2 -> 4 x 8 sine -> 1, 249 parameters\n")
    );
    assert!(told.contains("12 steps, 100 pixels a step, 2.0 passes over the image"), "{told}");
    assert!(told.contains("step 12/12  loss "), "{told}");
    let output = folder.run("fit a.png -o a.safetensors --hidden 8 --steps 2 --quiet");
    assert!(output.stdout.is_empty() && output.stderr.is_empty());
}

#[test]
fn the_paper_s_recipe_gives_way_to_options() {
    let folder = Folder::new();
    folder.image("a.png", 6, 6, 1);
    let fitted = |options: &str| {
        folder.succeed(&format!("fit a.png -o a.safetensors --hidden 4 --recipe paper --quiet {options}"));
        last_line(&folder.succeed("info a.safetensors --json"))["fitted"].clone()
    };
    let own = fitted("");
    assert_eq!(
        (&own["steps"], &own["lr"], &own["schedule"]),
        (&500.into(), &1e-4.into(), &"constant".into())
    );
    let other = fitted("--steps 7 --lr 0.01 --schedule cosine --batch 5");
    assert_eq!((&other["steps"], &other["lr"]), (&7.into(), &0.01.into()));
    assert_eq!((&other["schedule"], &other["batch"]), (&"cosine".into(), &5.into()));
}

#[test]
fn a_target_ends_the_fit() {
    let folder = Folder::new();
    folder.image("a.png", 16, 16, 1);
    let told =
        folder.succeed("fit a.png -o a.safetensors --hidden 32 --steps 2000 --target-psnr 25 --json --quiet");
    let report = last_line(&told);
    assert_eq!(report["stopped_by"], "target");
    assert!(report["psnr_db"].as_f64().unwrap() >= 25.0 && report["steps"].as_u64().unwrap() < 2000);
}

#[test]
fn a_field_can_be_the_start_of_another() {
    let folder = Folder::new();
    folder.image("a.png", 16, 16, 1);
    folder.image("colour.png", 16, 16, 3);
    folder.succeed("fit a.png -o a.safetensors --hidden 16 --layers 1 --omega 20 --steps 150 --quiet");
    let told =
        folder.succeed("fit a.png -o b.safetensors --init a.safetensors --steps 1 --lr 1e-9 --json --quiet");
    let (before, after) = (last_line(&folder.succeed("info a.safetensors --json")), last_line(&told));
    let distance = before["fitted"]["psnr_db"].as_f64().unwrap() - after["psnr_db"].as_f64().unwrap();
    assert!(distance.abs() < 1e-3, "{before} {after}");
    folder
        .succeed("fit a.png -o b.safetensors --init a.safetensors --hidden 16 --layers 1 --steps 1 --quiet");
    let begin = "fit a.png -o c.safetensors --steps 1 --init a.safetensors";
    folder.fail(&format!("{begin} --hidden 17"), 2, "--hidden: 17 is not what the field of --init has");
    folder.fail(&format!("{begin} --layers 2"), 2, "--layers: 2 is not");
    folder.fail(&format!("{begin} --activation tanh"), 2, "--activation: tanh is not");
    folder.fail(&format!("{begin} --omega 30"), 2, "--omega: 30 is not");
    folder.fail(&format!("{begin} --first-omega 10"), 2, "--first-omega: 10 is not");
    folder.fail("fit colour.png -o c.safetensors --init a.safetensors", 1, "a.safetensors: the field maps 2");
}
