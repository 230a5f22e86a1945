//! Random Fourier features: every kernel against the reference, with periodic coordinates and without.

use super::*;

#[test]
fn fourier_features() {
    for (features, inputs, axes, outputs) in [
        (2, 1, vec![], 1),
        (6, 2, vec![], 3),
        (34, 3, vec![], 1),
        (16, 3, vec![1], 2),
        (32, 2, vec![0, 1], 1),
    ] {
        let periodic = AxisSet::try_from(axes).unwrap();
        let encoding = Encoding::Fourier { features, scale: 0.4, seed: 3, periodic };
        let config = FieldConfig { encoding, ..gentle(Activation::Sine, 21, 1, inputs, outputs) };
        let field = Field::new(&config, 4).unwrap();
        for spec in [
            JetSpec::value(inputs),
            JetSpec::gradient(inputs),
            JetSpec::laplacian(inputs),
            JetSpec::hessian(inputs),
            JetSpec::hessian(inputs).with_laplacian(&[0.5, 0.0, -2.0]),
            JetSpec::value(inputs).with_third(0),
            lines(inputs).with_laplacian(&[0.5, 0.0, -2.0]),
        ] {
            on_every_set(&field, &spec, 45);
        }
    }
}

/// The second coordinate alone is periodic. Its ends are exact in float32.
#[test]
fn fourier_features_repeat_to_the_bit_along_periodic_coordinates() {
    let periodic = AxisSet::try_from(vec![1]).unwrap();
    let encoding = Encoding::Fourier { features: 8, scale: 1.0, seed: 3, periodic };
    let config = FieldConfig { encoding, ..gentle(Activation::Sine, 21, 1, 2, 1) };
    let field = Field::new(&config, 4).unwrap();
    let parameters = field.wide_parameters();
    let at = |x: f64, y: f64| reference::jet(field.architecture(), &parameters, &lines(2), &[x, y]);
    for i in 0..=16 {
        let x = -1.0 + f64::from(i) / 8.0;
        assert_eq!(at(0.25, x), at(0.25, x + 2.0), "{x}");
        assert_ne!(at(x, 0.25), at(x + 2.0, 0.25), "{x}");
    }
}
