//! Metadata that is absent, has another version or describes no network; and weights that are almost those of the
//! official code.

use super::{edited, parts, raw, refused, small};
use crate::field::{Activation, Field, Meta};

#[test]
fn versions() {
    for later in ["3", "4", "18446744073709551615"] {
        let bytes = edited(r#"\"version\":1"#, &format!(r#"\"version\":{later}"#));
        refused(&bytes, &[&format!("version {later},"), "up to version 2", "update sinefield"]);
    }
    // A later version may change everything else.
    let (header, data) = parts(&small().to_bytes().unwrap());
    let start = header.find(r#"{\"version"#).unwrap();
    let end = header.find(r#"}"},"#).unwrap() + 1;
    let with_entry = |entry: &str| raw(&[&header[..start], entry, &header[end..]].concat(), &data);
    refused(&with_entry(r#"{\"layers\":7,\"version\":3}"#), &["update sinefield"]);
    for entry in [
        "",
        "null",
        "[]",
        "{}",
        r#"{\"version\":0}"#,
        r#"{\"version\":-1}"#,
        r#"{\"version\":1.0}"#,
        r#"{\"version\":\"1\"}"#,
        r#"{\"version\":1}"#,
        r#"{\"version\":1,\"version\":1}"#,
        r#"{\"version\":1,\"architecture\":null}"#,
        r#"\u001b[2J\n"#,
        &r#"{\"version\":1,\"architecture\":["#.repeat(1000),
        &"[".repeat(100_000),
        &r#"{\"a\":"#.repeat(100_000),
    ] {
        refused(&with_entry(entry), &["\"sinefield\" metadata that cannot be used"]);
    }
    // The brackets are closed, so the step that reads only the version accepts the entry.
    let nest = ["[".repeat(1_000_000), "]".repeat(1_000_000)].concat();
    let nested = format!(r#"\"meta\":{{\"fitted\":{{\"a\":{nest}}}}}"#);
    let architecture = &header[header.find(r#"\"architecture"#).unwrap()..header.find(r#",\"meta"#).unwrap()];
    let entry = format!(r#"{{\"version\":1,{architecture},{nested}}}"#);
    refused(&with_entry(&entry), &["metadata that cannot be used", "recursion"]);
}

#[test]
fn networks_that_cannot_be() {
    for (from, to) in [
        (r#"\"inputs\":2"#, r#"\"inputs\":0"#),
        (r#"\"inputs\":2"#, r#"\"inputs\":18446744073709551615"#),
        (r#"\"outputs\":3"#, r#"\"outputs\":0"#),
        (r#"\"outputs\":3"#, r#"\"outputs\":18446744073709551615"#),
        (r#"\"omega\":30.0"#, r#"\"omega\":0"#),
        (r#"\"omega\":30.0"#, r#"\"omega\":-1e38"#),
        (r#"\"omega\":1.0"#, r#"\"omega\":2.0"#),
        (r#"\"sine\""#, r#"\"linear\""#),
        (r#"\"linear\""#, r#"\"sine\""#),
        (r#"\"identity\""#, r#"{\"positional\":{\"frequencies\":4294967296}}"#),
    ] {
        refused(&edited(from, to), &["impossible network"]);
    }
    for (from, to) in [
        (r#"\"inputs\":2"#, r#"\"inputs\":-2"#),
        (r#"\"inputs\":2"#, r#"\"inputs\":2.5"#),
        (r#"\"sine\""#, r#"\"sinus\""#),
        (r#"\"identity\""#, r#"\"fourier\""#),
        (r#"\"omega\":30.0"#, r#"\"omega\":null"#),
        (r#"\"omega\":30.0"#, r#"\"omega\":1e39"#),
        (r#"\"omega\":30.0"#, r#"\"omega\":1e999"#),
        (r#"\"scale\":1.0"#, r#"\"scale\":null"#),
        (r#"\"meta\":"#, r#"\"mata\":"#),
    ] {
        refused(&edited(from, to), &["metadata that cannot be used"]);
    }
    refused(&edited(r#"{\"name\":\"x0\",\"samples\":null},"#, ""), &["names 1 coordinates", "of 2"]);
}

#[test]
fn meta_may_be_left_out() {
    let (header, data) = parts(&small().to_bytes().unwrap());
    let start = header.find(r#",\"meta\""#).unwrap();
    let end = header.find(r#"}"},"#).unwrap();
    let field = Field::from_bytes(&raw(&[&header[..start], &header[end..]].concat(), &data)).unwrap();
    assert_eq!(field.meta, Meta::default());
    assert_eq!(field.parameters(), small().parameters());
}

/// A file of float32 zeros with these tensors and shapes, one after the other.
fn zeros(tensors: &[(&str, &[usize])]) -> Vec<u8> {
    let mut start = 0;
    let entry = |(name, shape): &(&str, &[usize])| {
        let end = start + 4 * shape.iter().product::<usize>();
        let text = format!(r#""{name}":{{"dtype":"F32","shape":{shape:?},"data_offsets":[{start},{end}]}}"#);
        start = end;
        text
    };
    let entries: Vec<String> = tensors.iter().map(entry).collect();
    raw(&format!(r#"{{"__metadata__":{{"format":"pt"}},{}}}"#, entries.join(",")), &vec![0; start])
}

#[test]
fn official_names_with_any_prefix() {
    for prefix in ["", "net.", "net.net."] {
        for (infix, last) in [(".0.", ".0."), (".linear.", ".")] {
            let name = |i: usize, infix, part| format!("{prefix}{i}{infix}{part}");
            let names: Vec<[String; 2]> =
                [(0, infix), (1, last)].map(|(i, x)| ["weight", "bias"].map(|part| name(i, x, part))).into();
            let [weight, bias] = &names[0];
            let [out, shift] = &names[1];
            let good: [(&str, &[usize]); 4] =
                [(weight, &[5, 2]), (bias, &[5]), (out, &[1, 5]), (shift, &[1])];
            let field = Field::from_bytes(&zeros(&good)).unwrap();
            let layers = &field.architecture().layers;
            assert_eq!((layers[0].activation, layers[0].omega), (Activation::Sine, 30.0));
            assert_eq!((layers[1].activation, layers[1].omega), (Activation::Linear, 1.0));
            assert_eq!(field.meta, Meta::plain(2));

            refused(&zeros(&good[..3]), &["no tensor", shift]);
            refused(&zeros(&good[1..]), &["no tensor", weight]);
            let [first, second, _, fourth] = good;
            refused(&zeros(&[first, second, (out, &[1, 4]), fourth]), &[out, "(1, 4)", "(1, 5)"]);
            refused(&zeros(&[first, second, (out, &[5]), fourth]), &[out, "(5,)", "(out, in)"]);
            refused(&zeros(&[(weight, &[5, 0]), second, (out, &[1, 5]), fourth]), &["impossible network"]);
        }
    }
}

#[test]
fn names_that_are_not_official() {
    refused(&raw("{}", &[]), &["no \"sinefield\" metadata", "no tensor"]);
    refused(&zeros(&[("layers.0.weight", &[1, 1])]), &["no \"sinefield\" metadata", "\"layers.0.weight\""]);
    for name in [
        "net.+1.0.weight",
        "net.01.0.weight",
        "net.net.net.0.0.weight",
        "net.0.0.kernel",
        "rbf_layer.centers",
        "net.99999999999999999999.0.weight",
        "weight",
    ] {
        let block: [(&str, &[usize]); 3] =
            [("net.0.0.weight", &[1, 1]), ("net.0.0.bias", &[1]), (name, &[1])];
        refused(&zeros(&block), &["no \"sinefield\" metadata", name]);
    }
    // A large layer number does not make a deep network.
    refused(&zeros(&[("net.4000000000.0.weight", &[1, 1])]), &["no tensor \"net.0.0.weight\""]);
    // A plain nn.Sequential of linear layers and activations without parameters.
    refused(&zeros(&[("net.0.weight", &[1, 1]), ("net.2.weight", &[1, 1])]), &["\"net.0.weight\""]);
    let mixed: [(&str, &[usize]); 2] = [("net.0.0.weight", &[1, 1]), ("net.net.0.0.bias", &[1])];
    refused(&zeros(&mixed), &["no \"sinefield\" metadata"]);
    let sine: [(&str, &[usize]); 2] = [("net.0.linear.weight", &[1, 1]), ("net.0.linear.bias", &[1])];
    refused(&zeros(&sine), &["ends in a sine layer", "net.0.linear.", "outermost_linear"]);
}
