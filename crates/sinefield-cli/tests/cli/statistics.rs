//! `sinefield statistics`: its report compared with the closed form, and its picture.

use crate::common::Folder;
use serde_json::Value;
use sinefield_media::Image;

#[test]
fn the_report_holds_every_layer_near_the_closed_form() {
    let folder = Folder::new();
    let told = folder.succeed("statistics -o out --hidden 700 --layers 6 --seed 3");
    let report: Value = serde_json::from_slice(&folder.bytes("out/statistics.json")).unwrap();
    assert_eq!(report["network"]["hidden"], 700);
    let layers = report["layers"].as_array().unwrap();
    assert_eq!(layers.len(), 7);
    // V = 1 - exp(-2V) + 900/(3 n), by iteration.
    let expected = (0..200).fold(1.0f64, |v, _| 1.0 - (-2.0 * v).exp() + 300.0 / 700.0).sqrt();
    assert!((report["theory"]["fixed_point"].as_f64().unwrap() - expected).abs() < 1e-9);
    for (index, layer) in layers.iter().enumerate() {
        assert_eq!(layer["layer"], index);
        let std = layer["pre_activation"]["std"].as_f64().unwrap();
        let expected = if index == 0 { 20.0 } else { expected };
        // The standard deviation of a layer of 700 units is uncertain by 3 %. That of the second layer is larger than
        // those of the others.
        assert!((std / expected - 1.0).abs() < 0.1, "layer {index}: {std}");
        for quantity in ["pre_activation", "activation", "gradient"] {
            let bins = layer[quantity]["histogram"]["fractions"].as_array().unwrap();
            let sum: f64 = bins.iter().map(|bin| bin.as_f64().unwrap()).sum();
            assert!((sum - 1.0).abs() < 1e-9, "{quantity}, layer {index}: {sum}");
            assert_eq!(layer[quantity]["spectrum"].as_array().unwrap().len(), 513);
        }
        assert!(told.contains(&format!("layer {index} ")), "{told}");
    }
    let figure = Image::read(folder.path("out/statistics.png")).unwrap();
    assert!(figure.columns > 1500 && figure.rows > 1200);
    let dark = figure.data.iter().filter(|value| **value < 0.5).count();
    assert!(dark * 200 > figure.data.len(), "the figure is all but empty");
}

#[test]
fn any_network_that_can_be_is_surveyed() {
    let folder = Folder::new();
    for options in [
        "--hidden 1 --layers 0",
        "--hidden 17 --inputs 3 --omega 1",
        "--hidden 9 --omega 1e30",
        "--hidden 9 --omega 1e-30 --layers 2",
        "--hidden 8 --layers 40 --inputs 11",
    ] {
        folder.succeed(&format!("statistics -o out {options}"));
    }
    folder.fail("statistics -o out --hidden 70000", 2, "width is 70000");
    folder.fail("statistics -o out --layers 5000", 2, "layers is 5000");
    folder.fail("statistics -o out --omega 0", 2, "--omega: \"0\" is not a number above 0");
    folder.fail("statistics", 2, "--output <DIR>: must be given");
}
