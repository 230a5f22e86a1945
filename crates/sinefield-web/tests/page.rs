//! What the page calls, against closed forms, differences and what the page promises of errors.

use serde_json::Value;
use sinefield::field::{Field, FieldConfig};
use sinefield_web::{Fitting, View, differences, engine};

const SMALL: &str = r#"{"hidden": 32, "layers": 1, "steps": 200, "lr": 1e-3, "seed": 3}"#;

/// A smooth picture `(rows, columns, 1)`.
fn waves(rows: usize, columns: usize) -> Vec<u8> {
    let at =
        |i: usize| 127.5 + 100.0 * (0.3 * (i / columns) as f64).sin() * (0.2 * (i % columns) as f64).cos();
    (0..rows * columns).map(|i| at(i).round() as u8).collect()
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// Steps to the end. Returns the last report.
fn finish(fitting: &mut Fitting) -> Value {
    loop {
        let report = json(&fitting.step(20.0).unwrap());
        if report["done"] == true {
            return report;
        }
    }
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect()
}

#[test]
fn a_picture_is_fitted_and_looked_at() {
    let (rows, columns) = (17, 23);
    let pixels = waves(rows, columns);
    let mut fitting = Fitting::picture(SMALL, &pixels, rows, columns, 1).unwrap();
    let report = finish(&mut fitting);
    assert_eq!((&report["step"], &report["steps"]), (&200.into(), &200.into()));
    assert!(report["psnr"].as_f64().unwrap() > 35.0, "{report}");
    assert!(report["operations_per_second"].as_f64().unwrap() > 0.0);
    let settings = json(&fitting.settings());
    assert_eq!(
        (&settings["hidden"], &settings["layers"], &settings["omega"]),
        (&32.into(), &1.into(), &30.0.into())
    );

    let view = View::new(&fitting.field().unwrap()).unwrap();
    let info = json(&view.info());
    assert_eq!(
        (&info["kind"], &info["rows"], &info["columns"]),
        (&"picture".into(), &rows.into(), &columns.into())
    );
    assert_eq!(info["network"], "1 x 32 sine, omega 30");
    let (bottom, right) = (rows as f64, columns as f64);
    let drawn = view.render("value", 0.0, 0.0, bottom, right, rows, columns).unwrap();
    let error = drawn.iter().zip(&pixels).map(|(value, byte)| (value - f32::from(*byte) / 255.0).abs());
    assert!(error.fold(0.0, f32::max) < 0.1);

    // The middle of a pixel is what the render shows there, and derivatives are the slopes of values per pixel.
    let place = (5.5, 8.5);
    let found = json(&view.probe(place.0, place.1).unwrap());
    assert!((numbers(&found["value"])[0] - f64::from(drawn[5 * columns + 8])).abs() < 1e-6);
    let value = |row: f64, column: f64| numbers(&json(&view.probe(row, column).unwrap())["value"])[0];
    let h = 0.05;
    let down = (value(place.0 + h, place.1) - value(place.0 - h, place.1)) / (2.0 * h);
    let along = (value(place.0, place.1 + h) - value(place.0, place.1 - h)) / (2.0 * h);
    let gradient = numbers(&found["gradient"][0]);
    assert!(
        (gradient[0] - down).abs() < 2e-3 && (gradient[1] - along).abs() < 2e-3,
        "{found} {down} {along}"
    );
    let magnitude = view.render("gradient-magnitude", 5.0, 8.0, 6.0, 9.0, 1, 1).unwrap()[0];
    assert!((f64::from(magnitude) - gradient[0].hypot(gradient[1])).abs() < 1e-5);
    let laplacian = view.render("laplacian", 5.0, 8.0, 6.0, 9.0, 1, 1).unwrap()[0];
    assert!((f64::from(laplacian) - numbers(&found["laplacian"])[0]).abs() < 1e-5);
}

/// A coloured field: each derivative that is drawn is that which is read there, and those of second order are slopes of the first.
#[test]
fn every_derivative_is_drawn_and_read() {
    let (rows, columns) = (17, 23);
    let pixels: Vec<u8> =
        waves(rows, columns).iter().flat_map(|grey| [*grey, 255 - *grey, *grey / 2]).collect();
    let mut fitting = Fitting::picture(SMALL, &pixels, rows, columns, 3).unwrap();
    finish(&mut fitting);
    let view = View::new(&fitting.field().unwrap()).unwrap();
    let read = |row: f64, column: f64| json(&view.probe(row, column).unwrap());
    let (row, column, h) = (5.5, 8.5, 0.004);
    let found = read(row, column);
    let names = ["gradient-down", "gradient-across", "hessian-down", "hessian-mixed", "hessian-across"];
    for channel in 0..3 {
        let gradient = |row: f64, column: f64| numbers(&read(row, column)["gradient"][channel]);
        let below: Vec<f64> = gradient(row + h, column);
        let above: Vec<f64> = gradient(row - h, column);
        let (right, left) = (gradient(row, column + h), gradient(row, column - h));
        let slope = |to: &[f64], from: &[f64], at: usize| (to[at] - from[at]) / (2.0 * h);
        let hessian = numbers(&found["hessian"][channel]);
        let slopes = [slope(&below, &above, 0), slope(&below, &above, 1), slope(&right, &left, 1)];
        for (told, slope) in hessian.iter().zip(slopes) {
            assert!((told - slope).abs() < 1e-3 * (1.0 + slope.abs()), "{hessian:?} {slopes:?}");
        }
        let laplacian = numbers(&found["laplacian"])[channel];
        assert!((laplacian - hessian[0] - hessian[2]).abs() < 1e-5);
        let told = [numbers(&found["gradient"][channel]), hessian].concat();
        for (name, told) in names.iter().zip(told) {
            let drawn = view.render(name, 5.0, 8.0, 6.0, 9.0, 1, 1).unwrap();
            assert!((f64::from(drawn[channel]) - told).abs() < 1e-6, "{name}: {drawn:?}, {told}");
        }
    }
}

#[test]
fn an_encoding_can_have_the_parameters_of_none() {
    let parameters = |settings: &str| {
        let fitting = Fitting::picture(settings, &waves(64, 64), 64, 64, 1).unwrap();
        json(&View::new(&fitting.field().unwrap()).unwrap().info())["parameters"].as_u64().unwrap()
    };
    let plain = parameters(r#"{"hidden": 64, "equal_parameters": true}"#);
    assert_eq!(plain, 3 * 64 + 3 * 65 * 64 + 65);
    let encoded = parameters(r#"{"hidden": 64, "activation": "relu", "encoding": "positional"}"#);
    let narrowed =
        r#"{"hidden": 64, "activation": "relu", "encoding": "positional", "equal_parameters": true}"#;
    assert!(encoded > plain);
    // One unit more or less in three layers of 64 is about 400 parameters.
    assert!((plain - 450..=plain).contains(&parameters(narrowed)), "{}", parameters(narrowed));
}

/// The slope of a ramp is its slope, and its Laplacian 0, away from the edges.
#[test]
fn a_pictures_own_derivatives() {
    let ramp: Vec<u8> = (0..5 * 7).map(|i| (10 * (i % 7)) as u8).collect();
    let slope = differences("gradient-magnitude", &ramp, 5, 7, 1).unwrap();
    assert!((slope[2 * 7 + 3] - 10.0 / 255.0).abs() < 1e-6);
    assert!(differences("laplacian", &ramp, 5, 7, 1).unwrap()[2 * 7 + 3].abs() < 1e-6);
}

#[test]
fn a_picture_comes_from_its_gradient_alone() {
    let settings = r#"{"recipe": "gradient", "hidden": 48, "layers": 2, "steps": 150}"#;
    let mut fitting = Fitting::picture(settings, &waves(32, 32), 32, 32, 1).unwrap();
    let report = finish(&mut fitting);
    assert!(report["psnr"].as_f64().unwrap() > 28.0, "{report}");
    let view = View::new(&fitting.field().unwrap()).unwrap();
    let drawn = view.render("value", 0.0, 0.0, 32.0, 32.0, 32, 32).unwrap();
    let mean = drawn.iter().sum::<f32>() / drawn.len() as f32;
    let own = waves(32, 32).iter().map(|byte| f32::from(*byte) / 255.0).sum::<f32>() / 1024.0;
    assert!((mean - own).abs() < 2e-3, "the free constant is set: {mean}, not {own}");
}

/// Outside, a clone keeps the base. Inside, a constant rectangle takes the colours around it.
#[test]
fn a_clone_has_no_seam() {
    let settings = r#"{"hidden": 48, "layers": 2, "steps": 300}"#;
    let base = vec![180u8; 24 * 24];
    let pasted = vec![40u8; 8 * 6];
    let mut fitting = Fitting::clone(settings, &base, 24, 24, &pasted, 8, 6, 1, 9, 10).unwrap();
    finish(&mut fitting);
    let view = View::new(&fitting.field().unwrap()).unwrap();
    let drawn = view.render("value", 0.0, 0.0, 24.0, 24.0, 24, 24).unwrap();
    let error = drawn.iter().map(|value| (value - 180.0 / 255.0).abs()).fold(0.0, f32::max);
    assert!(error < 0.05, "{error}");
}

#[test]
fn a_sound_is_fitted_and_played() {
    let samples: Vec<f32> = (0..400).map(|i| 0.5 * (i as f32 * 0.1).sin()).collect();
    let mut fitting = Fitting::sound(SMALL, samples.clone(), 8000.0, 1).unwrap();
    // The default omega of a short sound, and the rate of the settings.
    let settings = json(&fitting.settings());
    assert_eq!(settings["first_omega"], 30.0);
    assert!(finish(&mut fitting)["psnr"].as_f64().unwrap() > 30.0);
    let view = View::new(&fitting.field().unwrap()).unwrap();
    let info = json(&view.info());
    assert_eq!(
        (&info["kind"], &info["samples"], &info["rate"]),
        (&"sound".into(), &400.into(), &8000.0.into())
    );
    let played = view.sound(0.0, 400.0 / 8000.0, 8000.0).unwrap();
    assert_eq!(played.len(), 400);
    let error = played.iter().zip(&samples).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(error < 0.1, "{error}");
    assert_eq!(view.sound(0.01, 0.02, 48000.0).unwrap().len(), 480);
}

#[test]
fn what_cannot_be_is_told_in_a_sentence() {
    let told = |result: Result<Fitting, sinefield_web::PageError>, words: &str| {
        let error = result.err().unwrap().to_string();
        assert!(error.contains(words) && !error.contains('\n'), "{error:?}");
    };
    let pixels = waves(4, 4);
    told(Fitting::picture("{", &pixels, 4, 4, 1), "settings cannot be read");
    told(Fitting::picture(r#"{"width": 3}"#, &pixels, 4, 4, 1), "unknown field `width`");
    told(Fitting::picture(r#"{"hidden": 5000}"#, &pixels, 4, 4, 1), "hidden is 5000; give 1 to 1024");
    told(Fitting::picture(r#"{"hidden": 0}"#, &pixels, 4, 4, 1), "width");
    told(Fitting::picture(r#"{"lr": -1.0}"#, &pixels, 4, 4, 1), "learning rate");
    told(Fitting::picture(r#"{"steps": 0}"#, &pixels, 4, 4, 1), "steps must be at least 1");
    told(Fitting::picture("{}", &pixels, 4, 5, 1), "16 numbers do not make a picture; 20 are needed");
    told(Fitting::picture("{}", &[], 0, 0, 1), "nothing to fit");
    told(Fitting::picture("{}", &pixels[..1], 1, 1, 1), "single sample");
    told(Fitting::picture("{}", &pixels, usize::MAX, 4, 1), "pixels");
    told(Fitting::sound("{}", vec![], 8000.0, 1), "nothing to fit");
    told(Fitting::sound("{}", vec![0.0; 10], f64::NAN, 1), "samples a second");
    told(Fitting::sound("{}", vec![f32::NAN; 10], 8000.0, 1), "not a finite number");
    told(Fitting::sound("{}", vec![0.0; 10], 8000.0, 3), "10 numbers");
    told(Fitting::clone("{}", &pixels, 4, 4, &pixels, 4, 4, 1, 9, 9), "");

    let told = |bytes: &[u8], words: &str| {
        let error = View::new(bytes).err().unwrap().to_string();
        assert!(error.contains(words), "{error:?}");
    };
    told(b"no field", "");
    let field =
        |inputs: usize| Field::new(&FieldConfig { hidden: 4, ..FieldConfig::new(inputs, 1) }, 0).unwrap();
    told(&field(3).to_bytes().unwrap(), "3 coordinates; the page shows sounds and pictures");
    let mut broken = field(2).to_bytes().unwrap();
    let end = broken.len() - 4;
    broken[end..].copy_from_slice(&f32::NAN.to_le_bytes());
    told(&broken, "finite");
    let view = View::new(&field(2).to_bytes().unwrap()).unwrap();
    let ask = |quantity: &str, bottom: f64, rows: usize| {
        view.render(quantity, 0.0, 0.0, bottom, 1.0, rows, 1).unwrap_err().to_string()
    };
    assert!(ask("hessian", 1.0, 1).contains("no picture of \"hessian\""));
    assert!(ask("value", 1e9, 1).contains("stay inside"));
    assert!(ask("value", f64::NAN, 1).contains("not a part"));
    assert!(ask("value", 1.0, 0).contains("samples"));
    assert!(ask("value", 1.0, usize::MAX).contains("samples"));
    assert!(view.sound(0.0, 1.0, 8000.0).unwrap_err().to_string().contains("is a picture, not a sound"));
    let view = View::new(&field(1).to_bytes().unwrap()).unwrap();
    for (stop, rate) in [(1.0, f64::NAN), (-1.0, -8000.0), (1e-5, 8000.0)] {
        assert!(view.sound(0.0, stop, rate).unwrap_err().to_string().contains("no samples"));
    }
}

#[test]
fn the_engine_is_described() {
    let told = json(&engine().unwrap());
    assert!(told["threads"].as_u64().unwrap() >= 1 && told["instruction_set"].is_string(), "{told}");
}
