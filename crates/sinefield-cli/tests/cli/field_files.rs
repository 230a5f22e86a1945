//! Field files that are damaged, malicious, or of another version.

use crate::common::Folder;

/// A folder with a small field in it, and that field's bytes.
fn fitted() -> (Folder, Vec<u8>) {
    let folder = Folder::new();
    folder.image("a.png", 8, 8, 1);
    folder.succeed("fit a.png -o f.safetensors --hidden 3 --layers 0 --steps 2 --quiet");
    let bytes = folder.bytes("f.safetensors");
    (folder, bytes)
}

fn refused(folder: &Folder, bytes: &[u8], words: &str) {
    std::fs::write(folder.path("bad.safetensors"), bytes).unwrap();
    folder.fail("info bad.safetensors", 1, &format!("bad.safetensors: {words}"));
}

#[test]
fn a_file_cut_at_any_length_is_refused() {
    let (folder, bytes) = fitted();
    for length in 0..bytes.len() {
        refused(&folder, &bytes[..length], "");
    }
    refused(&folder, &[&bytes[..], b"x"].concat(), "goes on after");
}

/// The file with `from` replaced by `to` in the header, and the header's length adjusted.
fn with_header(bytes: &[u8], from: &str, to: &str) -> Vec<u8> {
    let length = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    let header = std::str::from_utf8(&bytes[8..8 + length]).unwrap();
    assert!(header.contains(from), "{header}");
    let header = header.replacen(from, to, 1);
    [&(header.len() as u64).to_le_bytes(), header.as_bytes(), &bytes[8 + length..]].concat()
}

#[test]
fn a_header_that_lies_is_refused() {
    let (folder, bytes) = fitted();
    let long = [&u64::MAX.to_le_bytes(), &bytes[8..]].concat();
    refused(&folder, &long, "has a header of 18446744073709551615 bytes");
    refused(
        &folder,
        &with_header(&bytes, "[3,2]", "[2,3]"),
        "has tensor \"layers.0.weight\" of shape (2, 3)",
    );
    refused(&folder, &with_header(&bytes, "[3,2]", "[3000000000,2]"), "has tensor");
    refused(&folder, &with_header(&bytes, "\"F32\"", "\"I32\""), "has tensor");
    refused(&folder, &with_header(&bytes, "\\\"version\\\":1", "\\\"version\\\":3"), "is of version 3");
    refused(
        &folder,
        &with_header(&bytes, "\\\"outputs\\\":3", "\\\"outputs\\\":0"),
        "describes an impossible network",
    );
    refused(&folder, b"PK\x03\x04 a PyTorch file, say, which is a zip", "has a header of");
    let mut nan = bytes.clone();
    let at = nan.len() - 4;
    nan[at..].copy_from_slice(&f32::NAN.to_le_bytes());
    refused(&folder, &nan, "holds layers.1.weight");
    folder.write_npy("p.npy", "(1, 2)", &[0.0; 2]);
    folder.fail("render bad.safetensors -o q.png", 1, "bad.safetensors: holds");
    folder.fail("eval bad.safetensors p.npy -o q.npz", 1, "bad.safetensors: holds");
    folder.fail("fit a.png -o g.safetensors --init bad.safetensors", 1, "bad.safetensors: holds");
    folder.fail("info missing.safetensors", 1, "missing.safetensors: there is no such file");
}

#[test]
fn a_field_of_another_kind_is_no_picture() {
    let folder = Folder::new();
    let config = sinefield::field::FieldConfig { hidden: 4, ..sinefield::field::FieldConfig::new(3, 1) };
    let mut field = sinefield::field::Field::new(&config, 0).unwrap();
    // A name from a file must not control the terminal.
    field.meta.axes[0].name = "x\u{1b}[2J".into();
    field.save(folder.path("solid.safetensors")).unwrap();
    folder.fail(
        "render solid.safetensors -o q.png",
        2,
        "--samples: the axis \"x\\u{1b}[2J\" was not sampled",
    );
    let words = "a picture has 2 axes, and 3 are left";
    folder.fail("render solid.safetensors -o q.png --samples 4,5,6", 2, words);
    folder.succeed("render solid.safetensors -o q.png --samples 4,5 --at x1=0.5");
    let told = folder.succeed("info solid.safetensors");
    assert!(told.contains("axis 0     x\\u{1b}[2J, not sampled"), "{told}");
    let mut plain = sinefield::field::Field::new(&sinefield::field::FieldConfig::new(2, 1), 0).unwrap();
    plain.meta.fitted.insert("by".into(), "hand".into());
    plain.save(folder.path("plain.safetensors")).unwrap();
    folder.fail("render plain.safetensors -o q.png", 2, "--size: the axis \"x0\" was not sampled");
    folder.fail("render plain.safetensors -o q.png --size 9", 2, "--size: the field has no size of its own");
    folder.fail(
        "render plain.safetensors -o q.npy --frames 0:2",
        2,
        "--frames: is for a field with an axis time",
    );
    folder.succeed("render plain.safetensors -o q.png --size 9x7 --quantity gradient");
}

#[test]
fn info_says_the_same_in_words_and_as_json() {
    let (folder, _) = fitted();
    let object: serde_json::Value =
        serde_json::from_str(&folder.succeed("info f.safetensors --json")).unwrap();
    assert_eq!(object["parameters"], 2 * 3 + 3 + 3 + 1);
    assert_eq!(object["layers"][0]["omega"], 30.0);
    assert_eq!(object["axes"][1]["samples"], 8);
    assert_eq!(object["fitted"]["image"], "a.png");
    assert_eq!(object["fitted"]["steps"], 2);
    assert_eq!(object["value"]["scale"], 0.5);
    let told = folder.succeed("info f.safetensors");
    assert!(told.starts_with("f.safetensors: 2 -> 1 x 3 sine -> 1, 13 parameters\n"), "{told}");
    assert!(told.contains("axis 1     column, 8 samples") && told.contains("image      \"a.png\""), "{told}");
}

/// Networks with encodings are fitted, saved, described, and used to start a fit.
#[test]
fn encoded_networks_are_fields_like_others() {
    let folder = Folder::new();
    folder.image("a.png", 20, 24, 1);
    for (name, words) in [("positional", "2 frequencies"), ("rbf", "1024 centres")] {
        let network = format!("--activation {name} --hidden 8 --layers 1");
        folder.succeed(&format!("fit a.png -o f.safetensors {network} --steps 5 --quiet"));
        let told = folder.succeed("info f.safetensors");
        assert!(told.contains(words) && told.contains(&format!(" {name} -> 2 x 8 relu -> 1")), "{told}");
        folder.succeed("render f.safetensors -o f.npy --quantity laplacian");
        folder
            .succeed(&format!("fit a.png -o g.safetensors --init f.safetensors {network} --steps 1 --quiet"));
        let begin = "fit a.png -o c.safetensors --steps 1 --init f.safetensors";
        folder.fail(&format!("{begin} --activation relu"), 2, "--activation: relu is not");
    }
}
