//! `sinefield eval`: compared with differences of its own values, and with the reference engine.

use crate::common::Folder;
use sinefield::engine::reference;
use sinefield::field::Field;
use sinefield::jet::JetSpec;

fn fitted() -> Folder {
    let folder = Folder::new();
    let values: Vec<f64> = (0..16 * 14 * 2).map(|i| 5.0 * (i as f64 * 0.01).sin() - 1.0).collect();
    folder.write_npy("a.npy", "(16, 14, 2)", &values);
    folder.succeed(
        "fit a.npy -o f.safetensors --hidden 16 --layers 1 --steps 20 --omega 6 --first-omega 6 --quiet",
    );
    folder
}

fn points(count: usize) -> Vec<f64> {
    (0..2 * count).map(|i| (1.7 * i as f64).sin() * 0.95).collect()
}

#[test]
fn float64_is_the_reference_and_float32_near_it() {
    let folder = fitted();
    let points = points(301);
    folder.write_npy("p.npy", "(301, 2)", &points);
    folder.succeed("eval f.safetensors p.npy -o exact.npz --precision f64 --coordinates normalised");
    folder
        .succeed("eval f.safetensors p.npy -o fast.npz --quantities hessian,value,laplacian,gradient,value --coordinates normalised");
    let field = Field::load(folder.path("f.safetensors")).unwrap();
    let parameters: Vec<f64> = field.parameters().iter().copied().map(f64::from).collect();
    let spec = JetSpec::hessian(2);
    let map = field.meta.value;
    let mut wanted: [Vec<f64>; 4] = Default::default();
    for x in points.chunks(2) {
        // Channels: value, row, column, row-row, row-column, column-column; two outputs each.
        let jet = reference::jet(field.architecture(), &parameters, &spec, x);
        for o in 0..2 {
            let d = |channel: usize| map.scale * jet[channel * 2 + o];
            wanted[0].push(map.signal(jet[o]));
            wanted[1].extend([d(1), d(2)]);
            wanted[2].push(d(3) + d(5));
            wanted[3].extend([d(3), d(4), d(4), d(5)]);
        }
    }
    let shapes: [&[usize]; 4] = [&[301, 2], &[301, 2, 2], &[301, 2], &[301, 2, 2, 2]];
    for ((name, wanted), shape) in
        ["value", "gradient", "laplacian", "hessian"].into_iter().zip(&wanted).zip(shapes)
    {
        let most = wanted.iter().fold(1.0f64, |m, v| m.max(v.abs()));
        for (file, tolerance) in [("exact.npz", 1e-12), ("fast.npz", 1e-4)] {
            let (found, got) = folder.npz(file, name);
            assert_eq!(found, shape, "{name}");
            for (got, wanted) in got.iter().zip(wanted) {
                assert!((got - wanted).abs() < tolerance * most, "{file} {name}: {got} is not {wanted}");
            }
        }
    }
}

#[test]
fn derivatives_are_the_differences_of_the_values() {
    let folder = fitted();
    let (points, e) = (points(40), 1e-4);
    folder.write_npy("p.npy", "(40, 2)", &points);
    folder.succeed("eval f.safetensors p.npy -o d.npz --precision f64");
    let shifted = |down: f64, right: f64| {
        let moved: Vec<f64> = points.chunks(2).flat_map(|x| [x[0] + down, x[1] + right]).collect();
        folder.write_npy("p.npy", "(40, 2)", &moved);
        folder.succeed("eval f.safetensors p.npy -o v.npz --precision f64 --quantities value");
        folder.npz("v.npz", "value").1
    };
    let (middle, up, down) = (shifted(0.0, 0.0), shifted(-e, 0.0), shifted(e, 0.0));
    let (left, right) = (shifted(0.0, -e), shifted(0.0, e));
    let [gradient, laplacian] = ["gradient", "laplacian"].map(|name| folder.npz("d.npz", name).1);
    let slopes = laplacian.iter().fold(1.0f64, |m, v| m.max(v.abs()));
    for at in 0..80 {
        let near =
            |got: f64, wanted: f64| assert!((got - wanted).abs() < 1e-5 * slopes, "{got} is not {wanted}");
        near(gradient[2 * at], (down[at] - up[at]) / (2.0 * e));
        near(gradient[2 * at + 1], (right[at] - left[at]) / (2.0 * e));
        near(laplacian[at], (down[at] + up[at] + left[at] + right[at] - 4.0 * middle[at]) / (e * e));
    }
}

#[test]
fn no_points_give_empty_arrays() {
    let folder = fitted();
    folder.write_npy("none.npy", "(0, 2)", &[]);
    for precision in ["f32", "f64"] {
        folder.succeed(&format!("eval f.safetensors none.npy -o none.npz --precision {precision}"));
        let sizes: [(&str, &[usize]); 4] = [
            ("value", &[0, 2]),
            ("gradient", &[0, 2, 2]),
            ("laplacian", &[0, 2]),
            ("hessian", &[0, 2, 2, 2]),
        ];
        for (name, shape) in sizes {
            assert_eq!(folder.npz("none.npz", name), (shape.to_vec(), Vec::new()), "{name}");
        }
    }
    folder.write_npy("wide.npy", "(0, 3)", &[]);
    folder.fail("eval f.safetensors wide.npy -o q.npz", 1, "wide.npy: its points have 3 coordinates");
    folder.write_npy("flat.npy", "(4, 0)", &[]);
    folder.fail("eval f.safetensors flat.npy -o q.npz", 1, "flat.npy: holds nothing");
}

#[test]
fn points_that_do_not_suit_are_refused() {
    let folder = fitted();
    folder.write_npy("wide.npy", "(2, 3)", &[0.0; 6]);
    folder.write_npy("nan.npy", "(1, 2)", &[0.0, f64::NAN]);
    folder.write_npy("far.npy", "(2, 2)", &[0.0, 0.5, 1.0, -1e300]);
    folder.write_npy("cube.npy", "(1, 1, 2)", &[0.0; 2]);
    folder.write_npy("p.npy", "(1, 2)", &[0.0; 2]);
    let eval = |points: &str| format!("eval f.safetensors {points} -o out.npz");
    folder.fail(
        &eval("wide.npy"),
        1,
        "wide.npy: its points have 3 coordinates, but the field f.safetensors has 2",
    );
    folder.fail(&eval("nan.npy"), 1, "nan.npy: 1 values are NaN");
    folder.fail(&eval("far.npy"), 1, "far.npy: point 1 has the coordinate -1e300, beyond float32");
    folder.fail(&eval("cube.npy"), 1, "cube.npy: an array of shape (1, 1, 2)");
    folder.fail(&eval("missing.npy"), 1, "missing.npy: no such file");
    folder.fail(&eval("f.safetensors"), 1, "f.safetensors: no .npy array; save the points as one");
    folder.fail("eval f.safetensors p.npy -o out.csv", 2, "out.csv: its name does not say what to write");
    folder.fail(
        "eval f.safetensors p.npy -o out.npz --quantities value,slope",
        2,
        "unknown quantity \"slope\"",
    );
    folder.fail(
        "eval f.safetensors p.npy -o out.npz --precision f16",
        2,
        "--precision: unknown precision \"f16\"; one of f32, f64",
    );
}
