//! Compares the shape and the draws of a field with counts from PyTorch and closed forms.

use super::*;

#[test]
fn parameter_counts_are_the_official_networks() {
    // Counted by summing the tensors of the authors' PyTorch modules.
    let count = |inputs, outputs, hidden| {
        let config = FieldConfig { hidden, ..FieldConfig::new(inputs, outputs) };
        Architecture::new(&config).unwrap().parameter_count()
    };
    assert_eq!(count(2, 1, 256), 198_401);
    assert_eq!(count(2, 3, 256), 198_915);
    assert_eq!(count(1, 1, 256), 198_145);
    assert_eq!(count(3, 1, 256), 198_657);
    assert_eq!(count(3, 1, 512), 790_529);
    assert_eq!(count(3, 3, 1024), 3_155_971);
}

#[test]
fn siren_draws_stay_in_their_bounds_and_fill_them() {
    let field = Field::new(&FieldConfig::new(2, 3), 11).unwrap();
    let bounds = [0.5, (6.0f32 / 256.0).sqrt() / 30.0, (6.0f32 / 256.0).sqrt() / 30.0];
    for (layer, bound) in bounds.into_iter().enumerate() {
        let weight = field.weight(layer).unwrap();
        let widest = weight.iter().fold(0.0f32, |m, w| m.max(w.abs()));
        assert!(widest <= bound && widest > 0.98 * bound, "layer {layer}: {widest} of {bound}");
    }
    let bias = field.bias(1).unwrap();
    assert!(bias.iter().all(|b| b.abs() <= 1.0 / 16.0));
    assert!(bias.iter().any(|b| b.abs() > 0.95 / 16.0));
}

/// The hidden pre-activation variance V of a wide sine network solves V = 1 - exp(-2V) + 900 / (3 h). The part
/// 1 - exp(-2V) comes from the weights, for normally distributed pre-activations. The last term comes from the biases.
#[test]
fn pre_activation_spread_is_the_closed_form() {
    for hidden in [256usize, 1024] {
        let mut v = 1.0f64;
        for _ in 0..200 {
            v = 1.0 - (-2.0 * v).exp() + 300.0 / hidden as f64;
        }
        let config = FieldConfig { hidden, ..FieldConfig::new(1, 1) };
        let field = Field::new(&config, 5).unwrap();
        let spread = hidden_pre_activation_spread(&field, 3);
        assert!((spread / v.sqrt() - 1.0).abs() < 0.06, "{hidden}: {spread} against {}", v.sqrt());
    }
}

/// The standard deviation of `ω z` at layer `depth`, over units and inputs in `[-1, 1]`.
fn hidden_pre_activation_spread(field: &Field, depth: usize) -> f64 {
    let (mut sum, mut squares, mut count) = (0.0, 0.0, 0.0);
    for sample in 0..33 {
        let mut h = vec![sample as f64 / 16.0 - 1.0];
        for layer in 0..=depth {
            let (weight, bias) = (field.weight(layer).unwrap(), field.bias(layer).unwrap());
            let pre = |j: usize| {
                let row = &weight[j * h.len()..(j + 1) * h.len()];
                let dot: f64 = row.iter().zip(&h).map(|(w, x)| f64::from(*w) * x).sum();
                30.0 * (dot + f64::from(bias[j]))
            };
            let z: Vec<f64> = (0..bias.len()).map(pre).collect();
            if layer == depth {
                sum += z.iter().sum::<f64>();
                squares += z.iter().map(|z| z * z).sum::<f64>();
                count += z.len() as f64;
            }
            h = z.iter().map(|z| z.sin()).collect();
        }
    }
    (squares / count - (sum / count).powi(2)).sqrt()
}

#[test]
fn a_seed_names_one_field() {
    let config = FieldConfig { hidden: 17, ..FieldConfig::new(3, 1) };
    let draw = |seed| Field::new(&config, seed).unwrap();
    assert_eq!(draw(1), draw(1));
    assert_ne!(draw(1).parameters(), draw(2).parameters());
}

#[test]
fn impossible_shapes_are_refused() {
    for config in [
        FieldConfig { hidden: 0, ..FieldConfig::default() },
        FieldConfig { inputs: 0, ..FieldConfig::default() },
        FieldConfig { outputs: 0, ..FieldConfig::default() },
        FieldConfig { omega: Some(0.0), ..FieldConfig::default() },
        FieldConfig { first_omega: Some(f32::NAN), ..FieldConfig::default() },
        FieldConfig { hidden: usize::MAX, ..FieldConfig::default() },
        FieldConfig { layers: usize::MAX, ..FieldConfig::default() },
        FieldConfig { encoding: Encoding::Positional { frequencies: 0 }, ..FieldConfig::default() },
        FieldConfig { encoding: Encoding::Rbf { centres: 0 }, ..FieldConfig::default() },
        FieldConfig { encoding: Encoding::Rbf { centres: 1 << 20 }, ..FieldConfig::default() },
    ] {
        assert!(Field::new(&config, 0).is_err(), "{config:?}");
    }
    assert!(Field::new(&FieldConfig { layers: 0, ..FieldConfig::default() }, 0).is_ok());
}

#[test]
fn parts_that_do_not_fit_are_refused_by_name() {
    let field = Field::new(&FieldConfig { hidden: 3, ..FieldConfig::default() }, 0).unwrap();
    let rebuild = |p: &[f32]| Field::from_parts(field.architecture().clone(), p, field.meta.clone());
    assert!(rebuild(field.parameters()).is_ok());
    assert!(rebuild(&field.parameters()[1..]).is_err());
    let mut broken = field.parameters().to_vec();
    broken[2 * 3 + 3 + 4] = f32::NAN;
    let message = rebuild(&broken).unwrap_err().to_string();
    assert!(message.contains("layers.1.weight[4]"), "{message}");
}

#[test]
fn a_radial_encoding_has_its_parameters_before_the_layers() {
    let config = FieldConfig {
        hidden: 3,
        layers: 0,
        encoding: Encoding::Rbf { centres: 5 },
        ..FieldConfig::default()
    };
    let field = Field::new(&config, 1).unwrap();
    // 5 centres of 2, 5 widths, 5 -> 3 -> 1.
    assert_eq!(field.parameters().len(), 10 + 5 + (15 + 3) + (3 + 1));
    assert!(field.parameters()[..10].iter().all(|c| c.abs() <= 1.0));
    assert_eq!(field.parameters()[10..15], [10.0; 5]);
    assert_eq!(field.weight(0).unwrap().len(), 15);
    let names = [3, 11, 15, 30].map(|index| field.architecture().name_of(index));
    assert_eq!(names, ["encoding.centres[3]", "encoding.sigma[1]", "layers.0.weight[0]", "layers.0.bias[0]"]);
}
