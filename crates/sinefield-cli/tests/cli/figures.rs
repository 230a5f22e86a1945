//! Solutions as people see them: figures, animations, files for ParaView, and reports.
//!
//! The fields have closed forms, to which their networks add less than a float32 shows.

use crate::common::Folder;
use serde_json::Value;

/// The solution `form` over x in [0, 1] and what `more` coordinates, such as `y = [0, 1]`, say.
fn solved(form: &str, outputs: &str, more: &str) -> Folder {
    let folder = Folder::new();
    let text = format!(
        r#"
        [field.u]
        hidden = 4
        layers = 0
        {outputs}
        form = "{form} + 1e-30*net"
        [[constraint]]
        residual = "u"
        domain = {{ box = {{ x = [0, 1]{more} }} }}
        samples = 8
        "#
    );
    std::fs::write(folder.path("p.toml"), text).unwrap();
    folder.succeed("solve p.toml -o u.safetensors --quiet --steps 1");
    folder
}

/// Bytes from their base64.
fn decoded(text: &str) -> Vec<u8> {
    let digit = |c: u8| match c {
        b'A'..=b'Z' => u32::from(c - b'A'),
        b'a'..=b'z' => u32::from(c - b'a') + 26,
        b'0'..=b'9' => u32::from(c - b'0') + 52,
        b'+' => 62,
        b'/' => 63,
        _ => panic!("{c} in base64"),
    };
    let groups = text.trim_end_matches('=').as_bytes().chunks(4);
    let bytes = groups.flat_map(|group| {
        let all = group.iter().fold(0, |all, c| all << 6 | digit(*c)) << (6 * (4 - group.len()));
        all.to_be_bytes()[1..group.len()].to_vec()
    });
    bytes.collect()
}

/// Rows, columns and the 8-bit colours of picture `at` in an .svg.
fn picture(folder: &Folder, name: &str, at: usize) -> (usize, usize, Vec<[u8; 3]>) {
    let svg = String::from_utf8(folder.bytes(name)).unwrap();
    let data = svg.split("base64,").nth(at + 1).unwrap().split('"').next().unwrap();
    std::fs::write(folder.path("picture.png"), decoded(data)).unwrap();
    let picture = sinefield_media::Image::read(folder.path("picture.png")).unwrap();
    let byte = |v: &f32| (v * 255.0).round() as u8;
    let pixels = picture.data.chunks_exact(3).map(|c| [byte(&c[0]), byte(&c[1]), byte(&c[2])]).collect();
    (picture.rows, picture.columns, pixels)
}

/// Viridis at 4/16, 8/16 and 16/16.
const QUARTER: [u8; 3] = [59, 82, 139];
const HALF: [u8; 3] = [33, 145, 140];
const FULL: [u8; 3] = [253, 231, 37];

#[test]
fn the_pixels_of_a_map_have_the_colours_of_their_places() {
    // The first coordinate runs to the right. Cell i of 16 has the value (i + 1/2)/16, which these limits move to (i + 1)/16.
    let limits = "--limits -0.03125,0.96875";
    let folder = solved("x", "", ", y = [-2, 5]");
    let told = folder.succeed(&format!("render u.safetensors -o u.svg --samples 16,3 {limits}"));
    assert!(told.contains("u from −0.0312 to 0.9688"), "{told}");
    let (rows, columns, pixels) = picture(&folder, "u.svg", 0);
    assert_eq!((rows, columns), (3, 16));
    for row in 0..3 {
        let at = |column: usize| pixels[row * 16 + column];
        assert_eq!([at(3), at(7), at(15)], [QUARTER, HALF, FULL]);
    }
    // The second runs upwards.
    let folder = solved("y", "", ", y = [0, 1]");
    folder.succeed(&format!("render u.safetensors -o u.svg --size 5x16 {limits}"));
    let (rows, columns, pixels) = picture(&folder, "u.svg", 0);
    assert_eq!((rows, columns), (16, 5));
    let at = |from_below: usize| pixels[(15 - from_below) * 5 + 2];
    assert_eq!([at(3), at(7), at(15)], [QUARTER, HALF, FULL]);
    let svg = String::from_utf8(folder.bytes("u.svg")).unwrap();
    assert!(svg.contains(">x</text>") && svg.contains(">y</text>") && svg.contains(">0.4</text>"), "{svg}");
}

#[test]
fn phases_are_cyclic_and_slices_say_where_they_are() {
    let folder = solved("exp(i*2*pi*(x - 1/2))", "outputs = { u = \"complex\" }", ", y = [0, 1], t = [0, 4]");
    let report = folder.succeed("render u.safetensors -o u.svg --samples 360,2 --at t=3 --json");
    let report: Value = serde_json::from_str(&report).unwrap();
    assert_eq!(report["panels"], serde_json::json!(["|u|", "arg u"]));
    assert!((report["scales"][1][1].as_f64().unwrap() - std::f64::consts::PI).abs() < 1e-12, "{report}");
    // A panel has a map and a bar. The phase turns once, and its ends meet.
    let (_, columns, phase) = picture(&folder, "u.svg", 2);
    let apart = |a: [u8; 3], b: [u8; 3]| (0..3).map(|c| a[c].abs_diff(b[c])).max().unwrap();
    assert_eq!(columns, 360);
    assert!((0..360).all(|at| apart(phase[at], phase[(at + 1) % 360]) <= 7));
    assert!(apart(phase[90], phase[270]) > 60 && apart(phase[0], phase[180]) > 60);
    let svg = String::from_utf8(folder.bytes("u.svg")).unwrap();
    assert!(svg.contains("arg u at t = 3") && svg.contains("−π/2"), "{svg}");
    // The real part is cos(2 pi (x - 1/2)), from -1 at the ends to 1.
    folder.succeed("render u.safetensors -o re.png --at t=3 --component u --part real --size 40x20");
    folder.succeed("render u.safetensors -o line.svg --at t=3 --at y=0.5 --part imaginary");
    let line = String::from_utf8(folder.bytes("line.svg")).unwrap();
    assert!(!line.contains("<image") && line.contains("Im u at y = 0.5, t = 3"), "{line}");
}

#[test]
fn an_animation_has_one_scale() {
    let folder = solved("t", "", ", y = [0, 1], t = [-1, 1]");
    folder.succeed("render u.safetensors -o frames --animate t=3 --size 20x20 --fps 5");
    let frame =
        |at: usize| sinefield_media::Image::read(folder.path(&format!("frames/frame-0000{at}.png"))).unwrap();
    let [first, middle, last] = [1, 2, 3].map(frame);
    assert!(!folder.path("frames/frame-00004.png").exists());
    assert_eq!((first.rows, first.columns), (last.rows, last.columns));
    let centre = |of: &sinefield_media::Image| {
        let at = (of.rows * 2 / 5 * of.columns + of.columns * 2 / 5) * 3;
        [0, 1, 2].map(|c| (of.data[at + c] * 255.0).round() as u8)
    };
    assert_eq!([centre(&first), centre(&middle), centre(&last)], [[68, 1, 84], HALF, FULL]);
    folder.succeed("render u.safetensors -o u.y4m --animate t=2 --at y=0.5");
}

#[test]
fn a_vti_file_has_the_values_of_the_closed_form() {
    let folder = solved("complex(x + 10*y, t)", "outputs = { u = \"complex\" }", ", y = [0, 3], t = [2, 4]");
    folder.succeed("render u.safetensors -o u.vti --samples 3,4,5");
    let (header, numbers) = vti(&folder.bytes("u.vti"));
    for part in [
        "WholeExtent=\"0 2 0 3 0 4\" Origin=\"0 0 2\" Spacing=\"0.5 1 0.5\"",
        "<DataArray type=\"Float32\" Name=\"u\" NumberOfComponents=\"2\" ComponentName0=\"real\" ComponentName1=\"imag\"",
        "byte_order=\"LittleEndian\" header_type=\"UInt64\"",
    ] {
        assert!(header.contains(part), "{header}");
    }
    let (values, moduli) = (numbers[0].chunks_exact(4), numbers[1].chunks_exact(4));
    let float = |bytes: &[u8]| f64::from(f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]));
    let (values, moduli): (Vec<f64>, Vec<f64>) = (values.map(float).collect(), moduli.map(float).collect());
    assert_eq!((values.len(), moduli.len()), (120, 60));
    for (at, (pair, modulus)) in values.chunks_exact(2).zip(&moduli).enumerate() {
        let (x, y, t) = (0.5 * (at % 3) as f64, (at / 3 % 4) as f64, 2.0 + 0.5 * (at / 12) as f64);
        assert!((pair[0] - (x + 10.0 * y)).abs() < 1e-5 && (pair[1] - t).abs() < 1e-5, "{at}: {pair:?}");
        assert!((modulus - (x + 10.0 * y).hypot(t)).abs() < 1e-5, "{at}");
    }
    // A gradient is a vector with the coordinates of the file; one coordinate is a line. Slopes along cut ones are scalars.
    folder.succeed("render u.safetensors -o u.vti --at y=1 --at t=2 --quantity gradient --component u");
    let (header, numbers) = vti(&folder.bytes("u.vti"));
    assert!(header.contains("WholeExtent=\"0 256 0 0 0 0\""), "{header}");
    assert!(
        header.contains("Name=\"u gradient\"") && header.contains("Name=\"u gradient imag along t\""),
        "{header}"
    );
    assert_eq!(numbers.iter().map(Vec::len).collect::<Vec<_>>(), [257 * 4; 6]);
    // du/dx = 1, du/dy = 10 and du/dt = i.
    let slopes = numbers.iter().map(|numbers| float(&numbers[4 * 100..]));
    for (found, wanted) in slopes.zip([1.0, 10.0, 0.0, 0.0, 0.0, 1.0]) {
        assert!((found - wanted).abs() < 1e-4, "{found}, not {wanted}");
    }
    folder.succeed("render u.safetensors -o u.vti --at t=2 --quantity gradient --samples 5,7 --component u");
    let (header, _) = vti(&folder.bytes("u.vti"));
    assert!(
        header.contains("NumberOfComponents=\"2\" ComponentName0=\"x\" ComponentName1=\"y\""),
        "{header}"
    );
}

#[test]
fn a_field_of_float64_keeps_its_digits_in_a_vti_file() {
    let folder = solved("x/3", "", "");
    folder.succeed("solve p.toml -o u.safetensors --quiet --steps 1 --precision f64");
    folder.succeed("render u.safetensors -o u.vti --samples 17");
    let (header, numbers) = vti(&folder.bytes("u.vti"));
    assert!(
        header.contains("<DataArray type=\"Float64\" Name=\"u\" format=\"appended\" offset=\"0\"/>"),
        "{header}"
    );
    for (at, bytes) in numbers[0].as_chunks::<8>().0.iter().enumerate() {
        assert!((f64::from_le_bytes(*bytes) - at as f64 / 48.0).abs() < 1e-15, "{at}");
    }
}

/// The header of a .vti file, and the bytes of its arrays.
fn vti(bytes: &[u8]) -> (String, Vec<Vec<u8>>) {
    let mark = b"<AppendedData encoding=\"raw\">\n_";
    let at = bytes.windows(mark.len()).position(|window| window == mark).unwrap() + mark.len();
    let header = String::from_utf8(bytes[..at].to_vec()).unwrap();
    let offsets = header
        .split("offset=\"")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap().parse::<usize>().unwrap());
    let array = |offset: usize| {
        let start = at + offset + 8;
        let length = u64::from_le_bytes(*bytes[at + offset..].first_chunk::<8>().unwrap()) as usize;
        bytes[start..start + length].to_vec()
    };
    assert!(bytes.ends_with(b"\n  </AppendedData>\n</VTKFile>\n"));
    let arrays: Vec<Vec<u8>> = offsets.map(array).collect();
    (header, arrays)
}

const HOSTILE: &str = r#"
[field.u]
hidden = 8
layers = 1
first_omega = 3
omega = 3

[constants]
nu = 0.5

[definitions]
source = "pi^2 * sin(pi*x)"

[exact]
u = "sin(pi*x)"

[[constraint]]
name = "</dt><script>alert('1')</script>"
residual = "d(u, x, x)/nu + source/nu"
domain = { box = { x = [0, 1] } }
samples = 32

[[constraint]]
name = "ends"
residual = "u"
domain = { boundary = { x = [0, 1] } }
samples = 4

[fit]
optimizer = "gauss-newton"
steps = 4
"#;

#[test]
fn a_report_is_one_page_and_hostile_names_are_escaped() {
    let folder = Folder::new();
    std::fs::write(folder.path("p.toml"), HOSTILE).unwrap();
    std::fs::create_dir(folder.path("report")).unwrap();
    std::fs::write(folder.path("report/index.html"), "old").unwrap();
    std::fs::write(folder.path("report/notes.txt"), "mine").unwrap();
    let told = folder.succeed("solve p.toml -o u.safetensors --report report --set constants.nu=0.25");
    assert!(told.contains("report/index.html"), "{told}");
    assert_eq!(folder.bytes("report/notes.txt"), b"mine");
    let page = String::from_utf8(folder.bytes("report/index.html")).unwrap();
    for part in [
        // d(u, x, x) and the source over nu.
        "<mfrac><mfrac><mrow><msup><mo>∂</mo><mn>2</mn></msup><mi>u</mi></mrow>",
        "<mi>ν</mi>",
        "&lt;/dt&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;",
        "relative L2 error",
        "gauss-newton",
        "u − exact",
        "residual rows",
        "constants.nu=0.25",
        "<mi>ν</mi><mo>=</mo><mn>0.25</mn>",
    ] {
        assert!(page.contains(part), "no {part}");
    }
    for part in ["<script", "<link", "src=", "url(", "@import", "https:"] {
        assert!(!page.contains(part), "{part}");
    }
    // The only address is the name of the language of pictures.
    assert_eq!(page.matches("http:").count(), page.matches("http://www.w3.org/2000/svg").count());
    // The report names no file: an existing one is not a folder.
    folder.fail("solve p.toml -o v.safetensors --report p.toml", 1, "p.toml: is not a folder");
    folder.succeed("solve p.toml -o u.safetensors --quiet --report new/folder");
    assert!(folder.path("new/folder/index.html").exists());
}

#[test]
fn settings_that_a_file_does_not_have_are_refused() {
    let folder = solved("x", "", ", y = [0, 1], t = [0, 1]");
    let begin = "render u.safetensors -o";
    for (rest, words) in [
        ("u.svg", "3 are left; cut some with --at"),
        ("u.svg --at t=0.5 --quantity gradient", "--quantity: a figure cannot show a gradient"),
        ("u.svg --at t=0.5 --component v", "--component: there is no component v; give one of u"),
        ("u.svg --at t=0.5 --part phase", "--part: the component u is real"),
        ("u.svg --at t=0.5 --limits 1,0", "--limits: is no pair of finite numbers"),
        ("u.svg --at t=0.5 --style picture", "--style: an .svg is a figure"),
        ("u.svg --animate t", "--animate: is for a video"),
        ("u.svg --at t=2", "--at: 2 is not a part of the axis \"t\""),
        ("u.npy --samples 3,3,3 --limits 0,1", "--limits: is for figures"),
        ("u.y4m --at t=0", "needs --animate"),
        ("u.y4m --animate s", "--animate: there is no axis s; one of x, y, t"),
        ("u.y4m --animate t=1", "--animate: \"t=1\" is no number of frames"),
        ("u.vti --samples 3,3", "--samples: 2 numbers are given for 3 axes"),
    ] {
        folder.fail(&format!("{begin} {rest}"), 2, words);
    }
    // A bare picture, as of a signal.
    folder.succeed("render u.safetensors -o u.png --at t=0.5 --size 7x5 --style picture");
    let picture = sinefield_media::Image::read(folder.path("u.png")).unwrap();
    assert_eq!((picture.rows, picture.columns, picture.channels), (5, 7, 1));
}
