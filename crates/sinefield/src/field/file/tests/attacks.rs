//! Files with false content: truncated, extended, renamed, reshaped, moved.

use super::{edited, parts, raw, refusal, refused, small};
use crate::field::{Encoding, Field, FieldConfig};

#[test]
fn cut_at_every_length() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cut.safetensors");
    let whole = small().to_bytes().unwrap();
    for length in 0..whole.len() {
        let message = refusal(&whole[..length]);
        assert!(message.contains(&format!("ends after {length} of at least ")), "{message}");
    }
    for length in [0, 7, 8, 100, whole.len() - 1] {
        std::fs::write(&path, &whole[..length]).unwrap();
        let message = Field::load(&path).unwrap_err().to_string();
        let start = format!("{}: ends after {length} of at least ", path.display());
        assert!(message.starts_with(&start) && message.contains("; copy or save it again"), "{message}");
    }
}

#[test]
fn longer_than_it_says() {
    let mut bytes = small().to_bytes().unwrap();
    let whole = bytes.len();
    bytes.push(0);
    refused(&bytes, &["goes on after", &whole.to_string()]);
    bytes.resize(whole + 1_000_000, 7);
    refused(&bytes, &["goes on after", &whole.to_string()]);
}

#[test]
fn lengths_that_no_header_has() {
    let (header, data) = parts(&small().to_bytes().unwrap());
    for length in [1u64 << 50, u64::MAX, u64::MAX - 7, (8 << 20) + 1] {
        let mut bytes = raw(&header, &data);
        bytes[..8].copy_from_slice(&length.to_le_bytes());
        refused(&bytes, &[&length.to_string(), "8388608", ".pth"]);
    }
    for length in [0, 1, header.len() as u64 - 1, header.len() as u64 + 1] {
        let mut bytes = raw(&header, &data);
        bytes[..8].copy_from_slice(&length.to_le_bytes());
        refusal(&bytes);
    }
    // The magic numbers of a zip (PyTorch's .pth) and of a picture.
    for other in [&b"PK\x03\x04\x14\0\0\0\x08\x08"[..], b"\x89PNG\r\n\x1a\n"] {
        refused(other, &["safetensors"]);
    }
}

#[test]
fn headers_that_are_not_json_or_not_ours() {
    for header in ["", " ", "{", "nul", "[]", "7", "\"a\"", "{\"a\":1}", "{}{}", "{\"a\u{0}\":"] {
        refused(&raw(header, &[]), &["no readable safetensors header"]);
    }
    let mut bytes = small().to_bytes().unwrap();
    bytes[10] = 0xff;
    refused(&bytes, &["no readable safetensors header"]);
    for metadata in ["7", "{\"sinefield\":7}", "{\"sinefield\":{}}", "[]"] {
        refused(&raw(&format!("{{\"__metadata__\":{metadata}}}"), &[]), &["header"]);
    }
    let twice = r#"{"__metadata__":{},"__metadata__":{}}"#;
    refused(&raw(twice, &[]), &["two __metadata__"]);
    let entry = r#"{"dtype":"F32","shape":[],"data_offsets":[0,4]}"#;
    refused(&raw(&format!(r#"{{"a":{entry},"a":{entry}}}"#), &[0; 4]), &["two tensors \"a\""]);
}

#[test]
fn nested_without_end() {
    for depth in [200, 100_000, 4_000_000] {
        for open in ["[", "{\"a\":"] {
            if depth * open.len() > 8 << 20 {
                continue;
            }
            let nest = open.repeat(depth);
            for header in [
                nest.clone(),
                format!("{{\"a\":{nest}"),
                format!(r#"{{"a":{{"dtype":"F32","shape":{nest}"#),
                format!(r#"{{"a":{{"else":{nest}"#),
                format!(r#"{{"__metadata__":{nest}"#),
            ] {
                refusal(&raw(&header, &[]));
            }
        }
    }
}

#[test]
fn wrong_types_name_the_tensor() {
    let f32_entry = r#""layers.1.weight":{"dtype":"F32""#;
    for dtype in ["I32", "F8_E4M3", "f32", "\\u001b[2J", ""] {
        let bytes = edited(f32_entry, &format!(r#""layers.1.weight":{{"dtype":"{dtype}""#));
        refused(&bytes, &["layers.1.weight", "of type", "convert"]);
    }
    refused(&edited(f32_entry, r#""layers.1.weight":{"dtype":32"#), &["layers.1.weight", "header"]);
    // F16 halves the number of bytes, so the offsets no longer match.
    refused(&edited(f32_entry, r#""layers.1.weight":{"dtype":"F16""#), &["layers.1.weight", "at bytes"]);
}

#[test]
fn wrong_shapes_say_both() {
    for (shape, shown) in [
        ("[2,3]", "(2, 3)"),
        ("[6]", "(6,)"),
        ("[]", "()"),
        ("[3,2,1]", "(3, 2, 1)"),
        ("[3,0]", "(3, 0)"),
        ("[18446744073709551615,18446744073709551615]", "(18446744073709551615, 18446744073709551615)"),
        ("[1,1,1,1,1,1,1,1,1,1,1,1]", "(1, 1, 1, 1, 1, 1, 1, 1, ...)"),
    ] {
        refused(&edited("[3,2]", shape), &["layers.0.weight", &format!("shape {shown}"), "has (3, 2)"]);
    }
    for shape in ["[3,-2]", "[3,2.5]", "[3,1e400]", "null", "\"3,2\"", "[18446744073709551616,2]"] {
        refused(&edited("[3,2]", shape), &["layers.0.weight", "header"]);
    }
}

#[test]
fn missing_and_unknown_tensors_are_named() {
    let renamed = edited("\"layers.1.bias\"", "\"layers.1.bla\"");
    refused(&renamed, &["no tensor \"layers.1.bias\""]);
    refused(&edited("\"layers.1.bias\"", "\"layers.01.bias\""), &["no tensor \"layers.1.bias\""]);
    let entry = r#"{"dtype":"F32","shape":[],"data_offsets":[0,4]},"layers.0.bias""#;
    for name in ["momentum", "layers.2.weight", "layers.0.bias ", "\\u001b[2J\\nx", &"n".repeat(100_000)] {
        let bytes = edited("\"layers.0.bias\"", &format!("\"{name}\":{entry}"));
        refused(&bytes, &["has a tensor", &name[..4.min(name.len() - 1)].replace("\\u00", "")]);
    }
}

#[test]
fn places_that_overlap_or_leave_gaps() {
    // The biases and weights of the small field are contiguous: 12, 24, 8 and 24 bytes.
    for (from, to) in [
        ("[12,36]", "[0,24]"),
        ("[12,36]", "[16,40]"),
        ("[12,36]", "[36,12]"),
        ("[12,36]", "[12,18446744073709551615]"),
        ("[12,36]", "[18446744073709551592,18446744073709551615]"),
        ("[12,36]", "[12,37]"),
    ] {
        refused(&edited(from, to), &["tensor \"layers.", "at bytes", "should be"]);
    }
    for offsets in ["[-1,36]", "[12]", "[12,36,40]", "[12.5,36]", "{}", "[12,18446744073709551616]"] {
        refused(&edited("[12,36]", offsets), &["layers.0.weight", "header"]);
    }
}

/// Eight tensors with a total of 2^64 - 8 bytes. Adding the length of the header overflows.
#[test]
fn sizes_that_add_up_to_the_largest_integer() {
    let size = (1u64 << 61) - 1;
    let tensor = |i: u64| {
        let (start, end) = (i * size, (i + 1) * size);
        format!(r#""{i}.0.bias":{{"dtype":"U8","shape":[{size}],"data_offsets":[{start},{end}]}}"#)
    };
    let tensors: Vec<String> = (0..8).map(tensor).collect();
    refusal(&raw(&format!("{{{}}}", tensors.join(",")), &[]));
}

#[test]
fn a_network_of_gigabytes_without_their_bytes() {
    let entry =
        r#"{\"version\":1,\"architecture\":{\"inputs\":1,\"encoding\":\"identity\",\"layers\":[LAYERS]}}"#;
    let layer = r#"{\"outputs\":65536,\"activation\":\"sine\",\"omega\":30.0}"#;
    let last = r#"{\"outputs\":1,\"activation\":\"linear\",\"omega\":1.0}"#;
    let metadata =
        |layers: &str| format!(r#""__metadata__":{{"sinefield":"{}"}}"#, entry.replace("LAYERS", layers));
    let one = metadata(&format!("{layer},{last}"));
    refused(&raw(&format!("{{{one}}}"), &[]), &["no tensor \"layers.0.weight\""]);
    let two = metadata(&format!("{layer},{layer},{last}"));
    refused(&raw(&format!("{{{two}}}"), &[]), &["impossible network", "parameters"]);

    // 1 to 65,536 to 4,000 to 1: 1 GB. Every tensor has a correct entry, but no data.
    let narrower = layer.replace("65536", "4000");
    let sizes = [(65_536u64, 1u64), (4_000, 65_536), (1, 4_000)];
    let mut tensors = vec![metadata(&format!("{layer},{narrower},{last}"))];
    let mut start = 0;
    for (i, (outputs, inputs)) in sizes.into_iter().enumerate() {
        for (part, shape, count) in [
            ("weight", format!("{outputs},{inputs}"), outputs * inputs),
            ("bias", outputs.to_string(), outputs),
        ] {
            let end = start + 4 * count;
            tensors.push(format!(
                r#""layers.{i}.{part}":{{"dtype":"F32","shape":[{shape}],"data_offsets":[{start},{end}]}}"#
            ));
            start = end;
        }
    }
    let bytes = raw(&format!("{{{}}}", tensors.join(",")), &[0; 1000]);
    refused(
        &bytes,
        &[&format!("ends after {}", bytes.len()), &(bytes.len() as u64 - 1000 + start).to_string()],
    );
}

#[test]
fn numbers_that_are_none_name_the_parameter() {
    for value in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, f32::from_bits(0x7f80_0001)] {
        let mut bytes = small().to_bytes().unwrap();
        let at = bytes.len() - 4 * 3;
        bytes[at..at + 4].copy_from_slice(&value.to_le_bytes());
        refused(&bytes, &["layers.1.weight[3]", "finite"]);
    }
    // Finite in float64, but not in float32.
    let header = r#"{"0.0.weight":{"dtype":"F64","shape":[1,1],"data_offsets":[8,16]},
        "0.0.bias":{"dtype":"F64","shape":[1],"data_offsets":[0,8]}}"#;
    let data = [1.5f64.to_le_bytes(), 1e39f64.to_le_bytes()].concat();
    refused(&raw(header, &data), &["0.0.weight[0]", "finite"]);
}

/// The tensors of a learned encoding are checked against the architecture like those of the layers.
#[test]
fn encodings_that_do_not_fit() {
    let encoding = Encoding::Rbf { centres: 3 };
    let config = FieldConfig { hidden: 2, layers: 0, encoding, ..FieldConfig::new(2, 1) };
    let (header, data) = parts(&Field::new(&config, 5).unwrap().to_bytes().unwrap());
    let edited = |from: &str, to: &str| {
        assert!(header.contains(from), "{from} is not in {header}");
        raw(&header.replacen(from, to, 1), &data)
    };
    refused(&edited("\"shape\":[3,2]", "\"shape\":[2,3]"), &["encoding.centres", "(3, 2)", "(2, 3)"]);
    refused(&edited("encoding.sigma", "encoding.width"), &["no tensor \"encoding.sigma\""]);
    refused(&edited("centres\\\":3", "centres\\\":4"), &["encoding.centres", "(4, 2)"]);
    refused(&edited("centres\\\":3", "centres\\\":0"), &["impossible network", "centres"]);
    refused(&edited("centres\\\":3", "centres\\\":18446744073709551615"), &["impossible network", "centres"]);
    refused(&edited("{\\\"rbf\\\":{\\\"centres\\\":3}}", "\\\"identity\\\""), &["tensor"]);
    let whole = raw(&header, &data);
    for length in 0..whole.len() {
        refusal(&whole[..length]);
    }
    let mut nan = data.clone();
    nan[4 * 7..4 * 8].copy_from_slice(&f32::NAN.to_le_bytes());
    refused(&raw(&header, &nan), &["encoding.sigma[1]"]);
}
