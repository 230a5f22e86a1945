//! Forms and periodic coordinates in files: their version, and forms that do not fit.

use super::{parts, raw, refused, small};
use crate::field::{Affine, AxisSet, Encoding, Field, FieldConfig, Form};

fn formed() -> Field {
    let mut field = small();
    let text = "x*(1 - x)*net + [0, 2*t]".into();
    field.meta.form = Some(Form { text, coordinates: vec!["x".into(), "t".into()], ..Form::default() });
    field
}

/// The header of the file of `field`, with `from` replaced by `to`.
fn edited(field: &Field, from: &str, to: &str) -> Vec<u8> {
    let (header, data) = parts(&field.to_bytes().unwrap());
    assert!(header.contains(from), "{from} is not in {header}");
    raw(&header.replacen(from, to, 1), &data)
}

#[test]
fn a_form_comes_back() {
    let field = formed();
    let bytes = field.to_bytes().unwrap();
    let again = Field::from_bytes(&bytes).unwrap();
    assert_eq!(again, field);
    assert_eq!(again.to_bytes().unwrap(), bytes);
    let mut typed = formed();
    typed.meta.form.as_mut().unwrap().complex = vec![true];
    assert_eq!(Field::from_bytes(&typed.to_bytes().unwrap()).unwrap(), typed);
}

/// Readers of version 1 would take the network for the field, or not know the encoding.
#[test]
fn only_files_that_need_it_have_version_2() {
    let version = |field: &Field| {
        let header = parts(&field.to_bytes().unwrap()).0;
        let at = header.find(r#"\"version\":"#).unwrap() + 12;
        header[at..].chars().next().unwrap()
    };
    assert_eq!(version(&small()), '1');
    assert!(!parts(&small().to_bytes().unwrap()).0.contains("form"));
    assert_eq!(version(&formed()), '2');
    let encoding = Encoding::Periodic { axes: AxisSet::try_from(vec![1]).unwrap() };
    let periodic = Field::new(&FieldConfig { hidden: 3, encoding, ..FieldConfig::new(2, 2) }, 0).unwrap();
    assert_eq!(version(&periodic), '2');
    let encoding = Encoding::Fourier { features: 4, scale: 1.0, seed: 0, periodic: AxisSet::default() };
    let fourier = Field::new(&FieldConfig { hidden: 3, encoding, ..FieldConfig::new(2, 2) }, 0).unwrap();
    assert_eq!(version(&fourier), '2');
    refused(&edited(&fourier, r#"\"version\":2"#, r#"\"version\":1"#), &["version 1 cannot describe it"]);
    // A form in a file of version 1 is refused too, and a plain field in one of version 2 is read.
    let old = edited(&formed(), r#"\"version\":2"#, r#"\"version\":1"#);
    refused(&old, &["version 1 cannot describe it"]);
    let newer = edited(&small(), r#"\"version\":1"#, r#"\"version\":2"#);
    assert_eq!(Field::from_bytes(&newer).unwrap(), small());
}

#[test]
fn forms_that_do_not_fit() {
    let field = formed();
    refused(&edited(&field, r#"[\"x\",\"t\"]"#, r#"[\"x\"]"#), &["form", "1 coordinates", "network of 2"]);
    let long = format!(r#"\"text\":\"{}"#, "x+".repeat(40_000));
    refused(&edited(&field, r#"\"text\":\""#, &long), &["form", "above 65536"]);
    refused(&edited(&field, r#"\"text\":"#, r#"\"words\":"#), &["metadata that cannot be used"]);
    refused(
        &edited(&field, r#"\"text\":"#, r#"\"complex\":[true,true,true],\"text\":"#),
        &["form", "2 outputs"],
    );
    let mut mapped = formed();
    mapped.meta.axes = crate::field::Meta::picture(3, 4).axes;
    let rows = vec![vec![1.0, 0.0, 0.0], vec![0.0, 1.0, 0.0]];
    mapped.meta.affine = Some(Affine { rows, unit: String::new() });
    assert!(mapped.to_bytes().unwrap_err().to_string().contains("affine map"));
}

#[test]
fn periodic_coordinates_that_are_none() {
    let encoding = Encoding::Periodic { axes: AxisSet::try_from(vec![1]).unwrap() };
    let periodic = Field::new(&FieldConfig { hidden: 3, encoding, ..FieldConfig::new(2, 2) }, 0).unwrap();
    let to = |axes: &str| edited(&periodic, r#"\"axes\":[1]"#, &format!(r#"\"axes\":[{axes}]"#));
    refused(&to("2"), &["periodic coordinates"]);
    refused(&to(""), &["periodic coordinates"]);
    refused(&to("64"), &["coordinate 64"]);
    refused(&to("1,1"), &["named twice"]);
}

/// Nothing is drawn on the word of the file: the matrix of frequencies is bounded, and the layers must fit it.
#[test]
fn fourier_features_that_cannot_be() {
    let encoding = Encoding::Fourier { features: 4, scale: 1.5, seed: 9, periodic: AxisSet::default() };
    let fourier = Field::new(&FieldConfig { hidden: 3, encoding, ..FieldConfig::new(2, 2) }, 0).unwrap();
    let to = |from: &str, to: &str| edited(&fourier, from, to);
    let features = r#"\"features\":4"#;
    refused(&to(features, r#"\"features\":5"#), &["impossible network", "features is 5; it must be even"]);
    refused(&to(features, r#"\"features\":0"#), &["impossible network", "features is 0"]);
    refused(&to(features, r#"\"features\":18446744073709551614"#), &["impossible network", "features"]);
    refused(&to(features, r#"\"features\":6"#), &["(3, 6)", "(3, 4)"]);
    refused(&to(r#"\"scale\":1.5"#, r#"\"scale\":-1.5"#), &["scale is -1.5; it must be above 0"]);
    refused(&to(r#"\"scale\":1.5"#, r#"\"scale\":1e7"#), &["scale is 10000000; it must be above 0"]);
    refused(&to(r#"\"seed\":9"#, r#"\"seed\":-9"#), &["metadata that cannot be used"]);
    refused(&to(r#"\"seed\":9"#, r#"\"seed\":9,\"periodic\":[2]"#), &["periodic coordinates"]);
    let encoding = Encoding::Fourier { features: 65_536, scale: 1.0, seed: 0, periodic: AxisSet::default() };
    let told = Field::new(&FieldConfig { hidden: 1, encoding, ..FieldConfig::new(64, 1) }, 0)
        .unwrap_err()
        .to_string();
    assert!(told.contains("the frequency matrix of the features is 2097152"), "{told}");
}
