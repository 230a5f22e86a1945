//! Compares files made by numpy and the Python safetensors package with values computed by numpy.

use std::collections::BTreeMap;

use crate::field::{Activation, Encoding, Field};

/// The values of the network in one of the files.
#[derive(serde::Deserialize)]
struct Expected {
    points: Vec<Vec<f64>>,
    values: Vec<Vec<f64>>,
}

/// Evaluates the field at `x` by its formulas. Only the layout of the parameters comes from the library.
fn forward(field: &Field, x: &[f64]) -> Vec<f64> {
    let architecture = field.architecture();
    let mut h = x.to_vec();
    if let Encoding::Positional { frequencies } = architecture.encoding {
        for octave in 0..frequencies {
            for coordinate in x {
                let angle = 2f64.powi(octave as i32) * std::f64::consts::PI * coordinate;
                h.extend([angle.sin(), angle.cos()]);
            }
        }
    }
    for (index, layer) in architecture.layers.iter().enumerate() {
        let (weight, bias) = (field.weight(index).unwrap(), field.bias(index).unwrap());
        let sigma = |a: f64| match layer.activation {
            Activation::Sine => a.sin(),
            Activation::Tanh => a.tanh(),
            Activation::Linear => a,
            other => panic!("{other} is in none of the files"),
        };
        let row = |(row, b): (&[f32], &f32)| {
            let dot: f64 = row.iter().zip(&h).map(|(w, x)| f64::from(*w) * x).sum();
            sigma(f64::from(layer.omega) * (dot + f64::from(*b)))
        };
        h = weight.chunks(h.len()).zip(bias).map(row).collect();
    }
    h
}

#[test]
fn files_made_elsewhere_hold_the_networks_they_were_made_of() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference");
    let text = std::fs::read_to_string(folder.join("field_files.json")).unwrap();
    let expected: BTreeMap<String, Expected> = serde_json::from_str(&text).unwrap();
    assert_eq!(expected.len(), 4);
    for (name, Expected { points, values }) in expected {
        let field = Field::load(folder.join(&name)).unwrap();
        for (x, values) in points.iter().zip(values) {
            // Both are float64 sums of the same numbers. They differ only in the order of addition, times ω.
            for (found, value) in forward(&field, x).into_iter().zip(values) {
                assert!((found - value).abs() < 1e-12, "{name} at {x:?}: {found} against {value}");
            }
        }
        let again = Field::from_bytes(&field.to_bytes().unwrap()).unwrap();
        assert_eq!(again, field, "{name}");
    }
}

#[test]
fn meta_made_elsewhere_is_understood() {
    let bytes = include_bytes!("../../../../tests/reference/own_f64.safetensors");
    let meta = Field::from_bytes(bytes).unwrap().meta;
    let axes: Vec<_> = meta.axes.iter().map(|axis| (axis.name.as_str(), axis.samples)).collect();
    assert_eq!(axes, [("row", Some(480)), ("column", None)]);
    assert_eq!((meta.value.scale, meta.value.offset), (0.1, -2.5));
    assert_eq!(meta.fitted["psnr"], 41.25);
}
