//! `sinefield render`: sizes, regions, units and files.

use crate::common::Folder;

/// A field of 20 x 26 pixels, fitted well enough that neighbouring pixels differ.
fn fitted(channels: usize) -> (Folder, Vec<f32>) {
    let folder = Folder::new();
    let data = folder.image("a.png", 20, 26, channels);
    folder.succeed(
        "fit a.png -o f.safetensors --hidden 32 --layers 2 --steps 300 --omega 10 --first-omega 10 --quiet",
    );
    (folder, data)
}

fn near(a: f64, b: f64, tolerance: f64) {
    assert!((a - b).abs() <= tolerance, "{a} is not {b}");
}

#[test]
fn a_native_render_is_the_picture() {
    let (folder, data) = fitted(3);
    folder.succeed("render f.safetensors -o f.npy");
    let (shape, values) = folder.npy("f.npy");
    assert_eq!(shape, [20, 26, 3]);
    values.iter().zip(&data).for_each(|(got, wanted)| near(*got, f64::from(*wanted), 0.05));
    folder.succeed("render f.safetensors -o f.png");
    let picture = sinefield_media::Image::read(folder.path("f.png")).unwrap();
    values.iter().zip(&picture.data).for_each(|(a, b)| near(a.clamp(0.0, 1.0), f64::from(*b), 0.51 / 255.0));
    for name in ["f.tiff", "f.exr"] {
        folder.succeed(&format!("render f.safetensors -o {name}"));
        let picture = sinefield_media::Image::read(folder.path(name)).unwrap();
        values.iter().zip(&picture.data).for_each(|(a, b)| near(*a, f64::from(*b), 0.0));
    }
}

#[test]
fn scales_and_regions_show_the_same_field() {
    let (folder, _) = fitted(1);
    folder.succeed("render f.safetensors -o native.npy");
    let (_, native) = folder.npy("native.npy");
    // Every third pixel of a threefold render lies at the middle of a native one.
    folder.succeed("render f.safetensors -o large.npy --scale 3");
    let (shape, large) = folder.npy("large.npy");
    assert_eq!(shape, [60, 78, 1]);
    for (pixel, value) in native.iter().enumerate() {
        near(large[(3 * (pixel / 26) + 1) * 78 + 3 * (pixel % 26) + 1], *value, 1e-5);
    }
    folder.succeed("render f.safetensors -o part.npy --region 4,6,10,15");
    let (shape, part) = folder.npy("part.npy");
    assert_eq!(shape, [6, 9, 1]);
    for (pixel, value) in part.iter().enumerate() {
        near(native[(4 + pixel / 9) * 26 + 6 + pixel % 9], *value, 1e-6);
    }
    // A region shifted by half a pixel, at twice the scale, against the scaled whole.
    folder.succeed("render f.safetensors -o part.npy --region 2.5,3.5,4.5,7.5 --scale 2");
    folder.succeed("render f.safetensors -o whole.npy --scale 2");
    let ((shape, part), (_, whole)) = (folder.npy("part.npy"), folder.npy("whole.npy"));
    assert_eq!(shape, [4, 8, 1]);
    for (pixel, value) in part.iter().enumerate() {
        near(whole[(5 + pixel / 8) * 52 + 7 + pixel % 8], *value, 1e-5);
    }
    for (size, wanted) in [("13x10", [10, 13, 1]), ("52", [40, 52, 1]), ("5x40", [40, 5, 1])] {
        folder.succeed(&format!("render f.safetensors -o sized.npy --size {size}"));
        assert_eq!(folder.npy("sized.npy").0, wanted);
    }
}

/// Compares derivatives with differences of a render that is 16 times finer. Its samples are 1/16 pixel apart, so the
/// differences are per native pixel, at any size of the render.
#[test]
fn derivatives_are_per_native_pixel() {
    let (folder, _) = fitted(2);
    let region = "--region 8,8,10,11";
    folder.succeed(&format!("render f.safetensors -o fine.npy {region} --scale 16"));
    let (shape, fine) = folder.npy("fine.npy");
    assert_eq!(shape, [32, 48, 2]);
    let value = |row: usize, column: usize, channel: usize| fine[(row * 48 + column) * 2 + channel];
    let array = |quantity: &str, scale: usize| {
        folder.succeed(&format!(
            "render f.safetensors -o q.npy {region} --scale {scale} --quantity {quantity}"
        ));
        folder.npy("q.npy")
    };
    for scale in [1, 4] {
        let (shape, gradient) = array("gradient", scale);
        assert_eq!(shape, [2 * scale, 3 * scale, 2, 2]);
        let (_, magnitude) = array("gradient-magnitude", scale);
        let (shape, laplacian) = array("laplacian", scale);
        assert_eq!(shape, [2 * scale, 3 * scale, 2]);
        let (shape, hessian) = array("hessian", scale);
        assert_eq!(shape, [2 * scale, 3 * scale, 2, 2, 2]);
        for (at, magnitude) in magnitude.iter().enumerate() {
            let (pixel, channel) = (at / 2, at % 2);
            // The fine samples around the middle of this pixel.
            let cells = 16 / scale;
            let row = (pixel / (3 * scale)) * cells + cells / 2;
            let column = (pixel % (3 * scale)) * cells + cells / 2;
            let v = |i: usize, j: usize| value(row + i - 1, column + j - 1, channel);
            let down = 8.0 * (v(1, 0) + v(1, 1) - v(0, 0) - v(0, 1));
            let right = 8.0 * (v(0, 1) + v(1, 1) - v(0, 0) - v(1, 0));
            near(gradient[2 * at], down, 2e-3);
            near(gradient[2 * at + 1], right, 2e-3);
            near(*magnitude, down.hypot(right), 2e-3);
            let mixed = 256.0 * (v(0, 0) + v(1, 1) - v(0, 1) - v(1, 0));
            near(hessian[4 * at + 1], mixed, 5e-3);
            near(hessian[4 * at + 2], mixed, 5e-3);
            near(laplacian[at], hessian[4 * at] + hessian[4 * at + 3], 1e-4);
        }
    }
}

#[test]
fn every_quantity_is_a_picture_and_says_its_scale() {
    let (folder, _) = fitted(3);
    for (quantity, channels, words) in [
        ("value", 3, "values 0 to 1"),
        ("gradient", 3, "full brightness is"),
        ("gradient-magnitude", 1, "black is 0, white"),
        ("laplacian", 1, "mid-grey is 0, white +"),
        ("hessian", 3, "mid-tone is 0, full +"),
    ] {
        for name in ["q.png", "q.jpg"] {
            let told =
                folder.succeed(&format!("render f.safetensors -o {name} --quantity {quantity} --scale 1.5"));
            assert!(told.contains(words), "{told}");
            let picture = sinefield_media::Image::read(folder.path(name)).unwrap();
            assert_eq!((picture.rows, picture.columns, picture.channels), (30, 39, channels));
        }
    }
}

#[test]
fn a_field_of_another_range_is_drawn_in_its_own() {
    let folder = Folder::new();
    let values: Vec<f64> = (0..80).map(|i| -3.0 + i as f64 / 10.0).collect();
    folder.write_npy("ramp.npy", "(8, 10)", &values);
    folder.succeed("fit ramp.npy -o f.safetensors --hidden 32 --steps 300 --omega 5 --first-omega 5 --quiet");
    let told = folder.succeed("render f.safetensors -o f.png");
    assert!(told.contains("black is -3.000000, white 4.900000"), "{told}");
    let picture = sinefield_media::Image::read(folder.path("f.png")).unwrap();
    let wanted = |at: usize| at as f64 / 79.0;
    picture.data.iter().enumerate().for_each(|(at, got)| near(f64::from(*got), wanted(at), 0.05));
}

#[test]
fn what_cannot_be_rendered_is_said() {
    let (folder, _) = fitted(2);
    let begin = "render f.safetensors -o q.png";
    folder.fail("render f.safetensors -o q.gif", 2, "q.gif: its name does not say what to write");
    folder.fail("render f.safetensors -o q.jpg", 2, "q.jpg: cannot hold pixels of 2 channels");
    folder.fail(&format!("{begin} --quantity colour"), 2, "--quantity: unknown quantity \"colour\"");
    folder.fail(
        &format!("{begin} --region 0,0,21,26"),
        2,
        "--region: 0 to 21 is not a part of the axis \"row\", which reaches from 0 to 20",
    );
    folder.fail(&format!("{begin} --region -1,0,20,26"), 2, "--region: -1 to 20 is not a part");
    folder.fail(&format!("{begin} --region 5,5,5,9"), 2, "--region: 5 is not a part");
    folder.fail(&format!("{begin} --region 0,0,5"), 2, "--region: 3 numbers are no region");
    folder.fail(&format!("{begin} --scale 0"), 2, "--scale: \"0\" is not a number above 0");
    folder.fail(
        &format!("{begin} --scale 1e9"),
        2,
        "20000000000 samples along the axis \"row\" cannot be made",
    );
    folder.fail(&format!("{begin} --size 0x5"), 2, "--size: \"0x5\" is not a size");
    folder.fail(&format!("{begin} --size 9x9 --scale 2"), 2, "--size: cannot be given together with --scale");
    folder.fail("render f.safetensors -o f.safetensors", 2, "f.safetensors");
    folder.fail("render none.safetensors -o q.png", 1, "none.safetensors: there is no such file");
}
