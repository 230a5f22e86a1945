//! Views of surfaces: where spheres are in the picture by the laws of perspective, what their colours and numbers are, and
//! which settings are refused.

use crate::common::Folder;
use serde_json::{Value, json};
use sinefield::field::{Axis, Field, FieldConfig, Form};

const SPHERE: &str = "norm([x, y, z]) - 0.5";
/// Two small spheres whose middle is 0.
const PAIR: &str = "min(norm([x - 0.5, y - 0.3, z - 0.2]), norm([x + 0.5, y + 0.3, z + 0.2])) - 0.1";
/// The side of a pixel at distance 1, in a picture whose shorter side has `pixels` pixels and spans 30 degrees.
fn pixel(pixels: usize) -> f64 {
    2.0 * (std::f64::consts::PI / 12.0).tan() / pixels as f64
}

/// The field `f.safetensors` of x, y and z in [-1, 1]: `text`, to which its network adds less than a float32 shows.
fn formed(text: &str, shape: bool) -> Folder {
    let config = FieldConfig { hidden: 3, layers: 1, ..FieldConfig::new(3, 1) };
    let mut field = Field::new(&config, 0).unwrap();
    let names = ["x", "y", "z"].map(String::from);
    field.meta.axes = names.iter().map(|name| Axis::ranged(name, -1.0, 1.0)).collect();
    let text = format!("{text} + 1e-30*net");
    field.meta.form = Some(Form { text, coordinates: names.to_vec(), ..Form::default() });
    if shape {
        field.meta.fitted.insert("kind".into(), "shape".into());
    }
    let folder = Folder::new();
    field.save(folder.path("f.safetensors")).unwrap();
    folder
}

/// Rows, columns, channels and numbers from 0 to 255 of a picture.
fn picture(folder: &Folder, name: &str) -> (usize, usize, usize, Vec<f64>) {
    let picture = sinefield_media::Image::read(folder.path(name)).unwrap();
    let numbers = picture.data.iter().map(|v| f64::from(*v) * 255.0).collect();
    (picture.rows, picture.columns, picture.channels, numbers)
}

#[test]
fn a_sphere_is_a_disc_of_the_right_place_and_size() {
    let folder = formed(SPHERE, true);
    folder.succeed("render f.safetensors -o f.png --size 200x150 --camera 0,0,4");
    let (rows, columns, channels, numbers) = picture(&folder, "f.png");
    assert_eq!((rows, columns, channels), (150, 200, 4));
    // Its outline is where rays touch it: the sine of their angle is 0.5/4.
    let radius = 0.5 / (16.0f64 - 0.25).sqrt() / pixel(150);
    let mut area = 0.0;
    for (at, colour) in numbers.chunks_exact(4).enumerate() {
        let (row, column) = ((at / 200) as f64 + 0.5 - 75.0, (at % 200) as f64 + 0.5 - 100.0);
        let from = row.hypot(column);
        // Half of a pixel's diagonal is 0.71.
        if from < radius - 0.8 {
            assert!((colour[3] - 255.0).abs() < 0.5, "{row} {column}: {colour:?}");
        } else if from > radius + 0.8 {
            assert_eq!(colour, [0.0; 4], "{row} {column}");
        }
        area += colour[3] / 255.0;
    }
    // The edge has 16 rays for each of its 220 pixels; an even outline alone would be right to about 1e-3.
    let wanted = std::f64::consts::PI * radius * radius;
    assert!((area / wanted - 1.0).abs() < 2e-3, "{area} {wanted}");
    // Light comes from above on the left.
    let brightness = |row: usize, column: usize| numbers[(row * 200 + column) * 4..][..3].iter().sum::<f64>();
    assert!(brightness(60, 85) > 1.5 * brightness(90, 115));
}

#[test]
fn cameras_turn_and_rise() {
    let folder = formed(PAIR, false);
    // From +x, z runs to the left and y upwards: the near sphere is 3.5 away, 0.2 to the left and 0.3 above.
    folder.succeed("render f.safetensors -o f.png --size 200x150 --camera 90,0,4");
    let (_, _, _, numbers) = picture(&folder, "f.png");
    let opaque = |row: f64, column: f64| numbers[(row as usize * 200 + column as usize) * 4 + 3] > 254.0;
    let (up, left) = (0.3 / 3.5 / pixel(150), 0.2 / 3.5 / pixel(150));
    assert!(opaque(75.0 - up, 100.0 - left));
    assert!(!opaque(75.0 - up, 100.0 + left) && !opaque(75.0 + up, 100.0 - left) && !opaque(75.0, 100.0));
    // From above, z runs down: the upper sphere is 3.7 away, 0.5 to the right and 0.2 below.
    folder.succeed("render f.safetensors -o f.png --size 200x150 --camera 0,90,4");
    let (_, _, _, numbers) = picture(&folder, "f.png");
    let opaque = |row: f64, column: f64| numbers[(row as usize * 200 + column as usize) * 4 + 3] > 254.0;
    let (down, right) = (0.2 / 3.7 / pixel(150), 0.5 / 3.7 / pixel(150));
    assert!(opaque(75.0 + down, 100.0 + right) && !opaque(75.0 - down, 100.0 + right));
}

#[test]
fn quantities_have_the_numbers_of_the_closed_form() {
    let folder = formed(SPHERE, true);
    let begin = "render f.safetensors --size 41x31 --camera 0,0,4";
    folder.succeed(&format!("{begin} -o n.png --quantity normal"));
    let (_, _, _, normals) = picture(&folder, "n.png");
    let middle: Vec<f64> = normals[(15 * 41 + 20) * 4..][..4].iter().map(|v| v.round()).collect();
    assert_eq!(middle, [128.0, 128.0, 255.0, 255.0]);

    folder.succeed(&format!("{begin} -o n.npy --quantity normal"));
    folder.succeed(&format!("{begin} -o d.npy --quantity distance"));
    folder.succeed(&format!("{begin} -o c.npy --quantity curvature"));
    folder.succeed(&format!("{begin} -o s.npy --quantity shaded"));
    let (shape, normals) = folder.npy("n.npy");
    assert_eq!(shape, [31, 41, 3]);
    let (shape, distances) = folder.npy("d.npy");
    assert_eq!(shape, [31, 41]);
    let ((_, curvatures), (shape, shaded)) = (folder.npy("c.npy"), folder.npy("s.npy"));
    assert_eq!(shape, [31, 41, 4]);
    let mut hits = 0;
    for (at, distance) in distances.iter().enumerate() {
        let (row, column) = ((at / 41) as f64 + 0.5 - 15.5, (at % 41) as f64 + 0.5 - 20.5);
        let (x, y) = (column * pixel(31), -row * pixel(31));
        // The ray (x, y, -1) t meets the sphere around (0, 0, -4).
        let square = 1.0 + x * x + y * y;
        let root = 16.0 - square * 15.75;
        if root.abs() < 0.02 {
            continue;
        }
        if root < 0.0 {
            assert!(distance.is_nan() && curvatures[at].is_nan() && shaded[at * 4 + 3] == 0.0);
            continue;
        }
        let t = (4.0 - root.sqrt()) / square;
        assert!((distance - t * square.sqrt()).abs() < 1e-4, "{distance}");
        let normal = [x * t, y * t, 4.0 - t].map(|v| v / 0.5);
        assert!((0..3).all(|axis| (normals[at * 3 + axis] - normal[axis]).abs() < 1e-3), "{normal:?}");
        assert!((curvatures[at] - 2.0).abs() < 1e-3, "{}", curvatures[at]);
        assert_eq!(shaded[at * 4 + 3], 1.0);
        hits += 1;
    }
    assert!(hits > 100, "{hits}");
}

#[test]
fn curvature_and_distance_have_a_colour_bar() {
    let folder = formed(SPHERE, false);
    let begin = "render f.safetensors --size 200x150 --camera 0,0,4 --json";
    for (quantity, limits) in [("curvature", [-2.0, 2.0]), ("distance", [3.5, 3.95])] {
        let report = folder.succeed(&format!("{begin} -o f.png --quantity {quantity}"));
        let report: Value = serde_json::from_str(&report).unwrap();
        assert_eq!((&report["quantity"], &report["shape"]), (&json!(quantity), &json!([150, 200])));
        assert_eq!(report["camera"], json!([0.0, 0.0, 4.0]));
        for (got, wanted) in report["limits"].as_array().unwrap().iter().zip(limits) {
            // Rays that touch the sphere are 3.97 long, and pixels may miss them.
            assert!((got.as_f64().unwrap() - wanted).abs() < 0.02, "{report}");
        }
        let (rows, columns, channels, numbers) = picture(&folder, "f.png");
        assert!(rows > 170 && columns > 240 && channels == 3);
        // White at the corner, and the colours of the bar on its right.
        assert!(numbers[..3].iter().all(|v| *v > 254.0));
    }
    let told =
        folder.succeed("render f.safetensors -o f.png --size 90x60 --quantity curvature --limits -3,4");
    assert!(told.contains("curvature from −3 to 4, 90 x 60 pixels, camera 30,20,"), "{told}");
}

#[test]
fn a_fitted_shape_is_shown_as_a_surface() {
    let folder = formed(SPHERE, true);
    let told = folder.succeed("render f.safetensors -o f.png");
    assert!(told.contains("shaded, 640 x 480 pixels, camera 30,20,"), "{told}");
    let (rows, columns, channels, _) = picture(&folder, "f.png");
    assert_eq!((rows, columns, channels), (480, 640, 4));
    folder.succeed("render f.safetensors -o f.jpg --size 64");
    let (rows, columns, channels, numbers) = picture(&folder, "f.jpg");
    assert_eq!((rows, columns, channels), (48, 64, 3));
    assert!(numbers[..3].iter().all(|v| *v > 250.0));
    // A slice and an array are as those of any field.
    folder.succeed("render f.safetensors -o slice.png --at z=0");
    folder.succeed("render f.safetensors -o f.npy --samples 3,4,5");
    assert_eq!(folder.npy("f.npy").0, [3, 4, 5]);
    let plain = formed(SPHERE, false);
    plain.fail("render f.safetensors -o f.png", 2, "3 are left; cut some with --at");
    plain.succeed("render f.safetensors -o f.png --camera 10,-5 --size 30");
    // The same bits on any number of threads.
    for threads in [1, 3] {
        let name = format!("t{threads}.png");
        let mut command = plain.command(&format!("render f.safetensors -o {name} --camera 10,-5 --size 30"));
        assert!(command.env("RAYON_NUM_THREADS", threads.to_string()).output().unwrap().status.success());
        assert_eq!(plain.bytes(&name), plain.bytes("f.png"));
    }
}

#[test]
fn views_that_cannot_be_are_refused() {
    let folder = formed(PAIR, true);
    let begin = "render f.safetensors -o";
    for (rest, words) in [
        ("f.png --camera 10", "--camera: 1 numbers are no camera"),
        ("f.png --camera 1,2,3,4", "--camera: 4 numbers are no camera"),
        ("f.png --camera nan,2", "--camera: \"nan\" is not a number; give degrees"),
        ("f.png --camera 1,91", "--camera: the elevation of the camera is 91"),
        ("f.png --camera 1,2,0", "--camera: the distance of the camera is 0"),
        ("f.png --camera 0,0,0.01", "--camera: the camera does not see the surface"),
        ("f.png --camera 0,0 --quantity value", "--quantity: a camera shows no value"),
        ("f.png --size 0x5", "--size"),
        ("f.png --scale 2", "--scale: does not suit a shaded view"),
        ("f.png --region 0,0,1,1", "--region: does not suit"),
        ("f.png --samples 3,3,3", "--samples: does not suit"),
        ("f.png --quantity curvature --style picture", "--style: does not suit"),
        ("f.png --component f", "--component: does not suit"),
        ("f.png --at z=0 --quantity shaded", "--at: does not suit"),
        ("f.png --limits 0,1", "--limits: a shaded view has no colour bar"),
        ("f.png --quantity distance --limits 1,0", "--limits: is no pair"),
        ("f.svg --quantity shaded", "f.svg: cannot show a surface"),
        ("f.exr --quantity shaded", "f.exr: cannot show a surface"),
        ("f.y4m --camera 0,0", "f.y4m: cannot show a surface"),
        ("f.png --quantity shade", "--quantity: unknown quantity \"shade\"; one of value, "),
    ] {
        folder.fail(&format!("{begin} {rest}"), 2, words);
    }
    let folder = formed("norm([x, y, z]) + 1", true);
    let words = "f.safetensors: the field does not take the level 0 in its region, so that there is no surface; its values";
    folder.fail("render f.safetensors -o f.png", 1, words);
    let folder = formed("1/(x - 0.1)/0", true);
    folder.fail("render f.safetensors -o f.png", 1, "f.safetensors: the function is ");
    let plane = Field::new(&FieldConfig { hidden: 3, ..FieldConfig::new(2, 1) }, 0).unwrap();
    plane.save(folder.path("p.safetensors")).unwrap();
    let words = "the field has 2 coordinates and 1 outputs, and a surface needs 3 and 1";
    folder.fail("render p.safetensors -o f.png --quantity normal", 2, &format!("--quantity: {words}"));
    folder.fail("render p.safetensors -o f.png --camera 0,0", 2, &format!("--camera: {words}"));
}
