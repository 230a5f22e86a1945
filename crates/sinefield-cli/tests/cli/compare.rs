//! `sinefield compare`: its numbers against those of other commands, its pictures and its page.

use crate::common::Folder;
use serde_json::Value;
use sinefield_media::{Image, psnr, sobel};

fn metrics(folder: &Folder, name: &str) -> Value {
    serde_json::from_slice(&folder.bytes(&format!("{name}/metrics.json"))).unwrap()
}

/// The entry of an activation.
fn of<'v>(metrics: &'v Value, name: &str) -> &'v Value {
    let all = metrics["activations"].as_array().unwrap();
    all.iter().find(|entry| entry["name"] == name).unwrap()
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

const SMALL: &str = "--hidden 24 --layers 1 --steps 12";

#[test]
fn every_activation_has_its_figures_its_row_and_its_line() {
    let folder = Folder::new();
    folder.image("a <b>.png".replace(' ', "_").as_str(), 24, 20, 3);
    let names = "sine,relu,tanh,sigmoid,softplus,elu,selu,gaussian,positional,rbf,sine";
    let told = folder.succeed(&format!("compare a_<b>.png -o out --activations {names} --size 20 {SMALL}"));
    let metrics = metrics(&folder, "out");
    assert_eq!((&metrics["rows"], &metrics["columns"]), (&20.into(), &17.into()));
    assert_eq!((&metrics["recipe"], &metrics["supervised_by"]), (&"own".into(), &"value".into()));
    let entries = metrics["activations"].as_array().unwrap();
    let listed: Vec<&str> = entries.iter().map(|entry| entry["name"].as_str().unwrap()).collect();
    assert_eq!(listed.join(",") + ",sine", names);
    // 2 -> 24 -> 24 -> 1.
    assert_eq!(of(&metrics, "sine")["parameters"], 72 + 600 + 25);
    for entry in entries {
        let apart = number(&entry["parameters"]) / 697.0 - 1.0;
        assert!(apart.abs() < 0.1, "{entry}");
        assert_eq!(entry["curve_psnr_db"].as_array().unwrap().len(), 12);
        for quantity in ["value", "gradient", "laplacian"] {
            assert!(number(&entry["psnr_db"][quantity]).is_finite());
        }
        assert!(told.contains(entry["name"].as_str().unwrap()));
    }
    for name in ["relu", "positional"] {
        assert_eq!(of(&metrics, name)["laplacian_rms"] == 0.0, name == "relu");
    }

    let page = String::from_utf8(folder.bytes("out/report.html")).unwrap();
    assert_eq!(page.matches("src=\"data:image/png;base64,").count(), 2);
    assert!(!page.contains("http") && !page.contains("<b>") && page.contains("a_&lt;b&gt;.png"));
    for (picture, least) in [("panel.png", 11 * 200), ("curves.png", 400)] {
        let image = Image::read(folder.path(&format!("out/{picture}"))).unwrap();
        assert!(image.rows > least && image.channels == 3, "{picture}: {} rows", image.rows);
        let dark = image.data.iter().filter(|value| **value < 0.5).count();
        assert!(dark * 200 > image.data.len(), "{picture} is all but empty");
    }
}

/// A contestant under the paper's recipe has the numbers of a fit with that recipe.
#[test]
fn numbers_are_those_of_a_fit_and_its_renders() {
    let folder = Folder::new();
    folder.image("a.png", 18, 22, 1);
    folder.succeed(&format!("compare a.png -o out --activations sine --recipe paper --size 18x18 {SMALL}"));
    let fit = "fit a.png -o f.safetensors --recipe paper --gray --resize 18x18 --seed 0";
    let told = folder.succeed(&format!("{fit} {SMALL} --json"));
    let metrics = metrics(&folder, "out");
    let found = &of(&metrics, "sine")["psnr_db"];
    let report: Value = serde_json::from_str(told.lines().last().unwrap()).unwrap();
    assert!((number(&found["value"]) - number(&report["psnr_db"])).abs() < 1e-3);

    folder.succeed("render f.safetensors -o g.npy --quantity gradient");
    let (shape, slopes) = folder.npy("g.npy");
    assert_eq!(shape[..2], [18, 18]);
    let image = Image::read(folder.path("a.png")).unwrap().to_grey().resize(18, 18).unwrap();
    let (down, right) = sobel(&image.data, 18, 18);
    let wanted: Vec<f32> = down.iter().zip(&right).flat_map(|(d, r)| [*d, *r]).collect();
    let low = wanted.iter().copied().fold(f32::MAX, f32::min);
    let high = wanted.iter().copied().fold(f32::MIN, f32::max);
    assert!((number(&metrics["peak"]["gradient"]) - f64::from(high - low)).abs() < 1e-6);
    let slopes: Vec<f32> = slopes.into_iter().map(|slope| slope as f32).collect();
    let expected = psnr(&slopes, &wanted, f64::from(high - low));
    assert!((number(&found["gradient"]) - expected).abs() < 1e-3, "{found}, not {expected}");
}

#[test]
fn derivatives_alone_bring_the_image_back() {
    let folder = Folder::new();
    folder.image("a.png", 20, 20, 1);
    for (told, least) in [("gradient", 20.0), ("laplacian", 10.0)] {
        let options = "--activations sine,relu --size 20 --hidden 48 --layers 1 --steps 400 --quiet";
        folder.succeed(&format!("compare a.png -o {told} {options} --supervise {told}"));
        let metrics = metrics(&folder, told);
        assert_eq!((&metrics["supervised_by"], &metrics["alignment"]), (&told.into(), &"mean".into()));
        let sine = of(&metrics, "sine");
        assert!(number(&sine["psnr_db"]["value"]) > least, "{told}: {}", sine["psnr_db"]);
        let curve = sine["curve_psnr_db"].as_array().unwrap();
        assert!(number(&curve[399]) > number(&curve[0]) + 6.0, "{told}");
        // The curve is that of the fitted quantity. Its last point is one update before the measured field.
        assert!((number(&curve[399]) - number(&sine["psnr_db"][told])).abs() < 1.0, "{told}");
    }
}

#[test]
fn threads_change_nothing() {
    let folder = Folder::new();
    folder.image("a.png", 40, 30, 1);
    for threads in [1, 3] {
        let options = format!("--activations rbf,sine --size 40 {SMALL} --threads {threads}");
        folder.succeed(&format!("compare a.png -o out{threads} {options}"));
    }
    assert_eq!(folder.bytes("out1/metrics.json"), folder.bytes("out3/metrics.json"));
    assert_eq!(folder.bytes("out1/panel.png"), folder.bytes("out3/panel.png"));
}

#[test]
fn what_cannot_be_compared_is_refused() {
    let folder = Folder::new();
    folder.image("a.png", 8, 8, 1);
    folder.write_npy("flat.npy", "(6, 6)", &[2.0; 36]);
    let fail = |rest: &str, code, words: &str| folder.fail(&format!("compare {rest} --quiet"), code, words);
    fail("a.png -o out --activations sinus", 2, "--activations: unknown activation \"sinus\"; one of sine");
    fail(
        "a.png -o out --supervise edges",
        2,
        "--supervise: \"edges\" is unknown; give one of value, gradient",
    );
    fail("a.png -o out --size 0", 2, "--size: \"0\" is not a size");
    fail("a.png -o out --hidden 70000 --steps 1", 2, "width is 70000");
    fail("b.png -o out", 1, "b.png");
    fail("flat.npy -o out --supervise laplacian", 1, "the Laplacian is zero everywhere");
}

#[test]
fn a_flat_image_has_no_peaks_but_is_compared() {
    let folder = Folder::new();
    folder.write_npy("flat.npy", "(6, 6)", &[2.0; 36]);
    folder.succeed(
        "compare flat.npy -o out --activations relu --size 6 --hidden 4 --layers 0 --steps 3 --quiet",
    );
    let metrics = metrics(&folder, "out");
    assert!(of(&metrics, "relu")["psnr_db"]["laplacian"].is_null());
}

/// Compares the figures of a sound with those of `fit`, and with their definitions.
#[test]
fn a_sound_is_compared_too() {
    let folder = Folder::new();
    let wave: Vec<f32> =
        (0..3000).map(|i| 0.4 * (i as f32 * 0.11).sin() + 0.2 * (i as f32 * 0.047).sin()).collect();
    let _ = sinefield_media::write_sound(folder.path("a.wav"), 8000, 1, &wave).unwrap();
    let options = "--hidden 24 --layers 1 --steps 400";
    let told = folder.succeed(&format!("compare a.wav -o out --activations sine,relu,positional {options}"));
    let metrics = metrics(&folder, "out");
    assert_eq!((&metrics["sound"], &metrics["samples"]), (&"a.wav".into(), &3000.into()));
    let snr = |name: &str| number(&of(&metrics, name)["snr_db"]);
    // A ReLU network fits a sound no better than silence does.
    assert!(snr("sine") > 6.0 && snr("relu").abs() < 1.0, "{told}");
    let power = wave.iter().map(|v| f64::from(*v).powi(2)).sum::<f64>() / 3000.0;
    assert!((number(&metrics["power"]) / power - 1.0).abs() < 1e-3, "{metrics}");
    for name in ["sine", "relu", "positional"] {
        let own = of(&metrics, name);
        let parameters = number(&own["parameters"]) / number(&of(&metrics, "sine")["parameters"]) - 1.0;
        assert!(parameters.abs() < 0.1, "{own}");
        assert_eq!(own["curve_snr_db"].as_array().unwrap().len(), 400);
        let wanted = 10.0 * (power / number(&own["mse"])).log10();
        assert!((number(&own["snr_db"]) - wanted).abs() < 0.01, "{own}, not {wanted}");
    }
    let fit = folder.succeed(&format!("fit a.wav -o f.safetensors {options} --json"));
    let fit: Value = serde_json::from_str(&fit).unwrap();
    assert_eq!(number(&fit["snr_db"]), snr("sine"));
    for name in ["panel.png", "curves.png", "report.html"] {
        assert!(folder.path(&format!("out/{name}")).exists());
    }
    let fail = |rest: &str, code, words: &str| folder.fail(&format!("compare {rest}"), code, words);
    fail("a.wav -o out --size 64", 2, "--size: is for images");
    fail("a.wav -o out --supervise gradient", 2, "--supervise: a sound is fitted by its values");
    fail(". -o out", 1, ".: is a video; compare takes an image or a sound");
}
