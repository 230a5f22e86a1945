//! Compares the reference with finite differences in float64: jets with differences of values, gradients with
//! differences of jets.

use super::*;
use crate::field::{AxisSet, Encoding, Field, FieldConfig};
use crate::jet::Line;

fn fields() -> Vec<(Architecture, Vec<f64>)> {
    let mut out = Vec::new();
    for activation in Activation::ALL {
        // A small omega keeps the fourth derivatives small, and with them the error of the differences.
        let base = FieldConfig {
            hidden: 5,
            layers: 2,
            activation,
            omega: Some(1.5),
            first_omega: Some(2.0),
            ..FieldConfig::new(3, 2)
        };
        let encoded = FieldConfig { encoding: Encoding::Positional { frequencies: 2 }, ..base.clone() };
        let radial = FieldConfig { encoding: Encoding::Rbf { centres: 4 }, ..base.clone() };
        let axes = AxisSet::try_from(vec![0, 2]).unwrap();
        let periodic = FieldConfig { encoding: Encoding::Periodic { axes }, ..base.clone() };
        let with = |periodic| Encoding::Fourier { features: 6, scale: 0.2, seed: 5, periodic };
        let fourier = FieldConfig { encoding: with(AxisSet::default()), ..base.clone() };
        let both = FieldConfig { encoding: with(axes), ..base.clone() };
        for config in [base, encoded, radial, periodic, fourier, both] {
            let mut field = Field::new(&config, 3).unwrap();
            // Different and moderate widths, so that each centre contributes at the point.
            if let Some(shape) = field.architecture().encoding_shape() {
                for (i, sigma) in field.parameters_mut()[shape.sigma].iter_mut().enumerate() {
                    *sigma = 0.5 + 0.2 * i as f32;
                }
            }
            let parameters = field.parameters().iter().map(|&p| f64::from(p)).collect();
            out.push((field.architecture().clone(), parameters));
        }
    }
    out
}

const X: [f64; 3] = [0.21, -0.43, 0.67];

fn at(architecture: &Architecture, parameters: &[f64], x: &[f64]) -> Vec<f64> {
    jet(architecture, parameters, &JetSpec::value(3), x)
}

fn close(got: f64, want: f64, tolerance: f64, what: &str) {
    assert!((got - want).abs() <= tolerance * (1.0 + want.abs()), "{what}: {got} against {want}");
}

#[test]
fn jets_are_the_derivatives_of_the_value() {
    let weights = [0.7, -1.3, 2.0];
    let spec = JetSpec::hessian(3).with_laplacian(&weights);
    let e = 1e-4;
    for (architecture, parameters) in fields() {
        let name = architecture.layers[0].activation;
        let all = jet(&architecture, &parameters, &spec, &X);
        let moved = |steps: &[(usize, f64)]| {
            let mut x = X;
            steps.iter().for_each(|&(i, by)| x[i] += by);
            at(&architecture, &parameters, &x)
        };
        let mut laplacian = [0.0; 2];
        for k in 0..2 {
            for (i, &weight) in weights.iter().enumerate() {
                let slope = (moved(&[(i, e)])[k] - moved(&[(i, -e)])[k]) / (2.0 * e);
                let c = spec.first_channel(i).unwrap();
                close(all[c * 2 + k], slope, 1e-5, &format!("{name} d{i}"));
                for j in i..3 {
                    let corner = |a, b| moved(&[(i, a * e), (j, b * e)])[k];
                    let curve = (corner(1.0, 1.0) - corner(1.0, -1.0) - corner(-1.0, 1.0)
                        + corner(-1.0, -1.0))
                        / (4.0 * e * e);
                    let c = spec.second_channel(i, j).unwrap();
                    close(all[c * 2 + k], curve, 1e-4, &format!("{name} d{i}{j}"));
                    if i == j {
                        laplacian[k] += weight * curve;
                    }
                }
            }
            let c = spec.laplacian_channel().unwrap();
            close(all[c * 2 + k], laplacian[k], 1e-4, &format!("{name} laplacian"));
        }
    }
}

#[test]
fn gradients_are_the_derivatives_of_the_jets() {
    let spec = JetSpec::hessian(3).with_laplacian(&[0.7, -1.3, 2.0]);
    let cotangents: Vec<f64> = (0..spec.channels() * 2).map(|i| (i as f64 * 1.7).sin()).collect();
    let e = 1e-6;
    for (architecture, parameters) in fields() {
        let name = architecture.layers[0].activation;
        let loss = |p: &[f64]| -> f64 {
            jet(&architecture, p, &spec, &X).iter().zip(&cotangents).map(|(j, c)| j * c).sum()
        };
        let mut gradient = vec![0.0; parameters.len()];
        add_gradient(&architecture, &parameters, &spec, &X, &cotangents, &mut gradient);
        for index in 0..parameters.len() {
            let moved = |by: f64| {
                let mut p = parameters.clone();
                p[index] += by;
                loss(&p)
            };
            let slope = (moved(e) - moved(-e)) / (2.0 * e);
            close(gradient[index], slope, 2e-5, &format!("{name} {}", architecture.name_of(index)));
        }
    }
}

/// Axes, diagonals and another direction, with third derivatives alone or with fourth ones.
fn lines() -> JetSpec {
    let spec = JetSpec::value(3).with_fourth(0).with_third(2).with_fourth_along(&[1.0, -1.0, 0.0]);
    spec.with_third_along(&[0.5, 0.3, -0.7]).with_fourth_along(&[1.0, 1.0, 1.0])
}

/// The second derivative along a line at `x`, by the channels of second derivatives.
fn bend(architecture: &Architecture, parameters: &[f64], line: &Line, x: &[f64]) -> Vec<f64> {
    let spec = JetSpec::hessian(3);
    let all = jet(architecture, parameters, &spec, x);
    let of =
        |k: usize| line.pairs().map(|((i, j), v)| v * all[spec.second_channel(i, j).unwrap() * 2 + k]).sum();
    (0..2).map(of).collect()
}

/// Compares with differences of fourth order in the step. Rounding over the step's square is 1e-16 * 1e2 / 4e-8, and the
/// step's fourth power is 2e-15, times derivatives of up to 1e8 beside third ones of 1e3.
#[test]
fn lines_are_the_derivatives_of_second_derivatives() {
    let spec = lines();
    let e = 2e-4;
    for (architecture, parameters) in fields() {
        let name = architecture.layers[0].activation;
        let all = jet(&architecture, &parameters, &spec, &X);
        for (line, third) in spec.lines_with_channels() {
            let at = |steps: f64| {
                let x: Vec<f64> = X.iter().zip(line.direction()).map(|(x, v)| x + steps * e * v).collect();
                bend(&architecture, &parameters, line, &x)
            };
            let [far, near, here, ahead, beyond] = [-2.0, -1.0, 0.0, 1.0, 2.0].map(at);
            for k in 0..2 {
                let slope = (8.0 * (ahead[k] - near[k]) - (beyond[k] - far[k])) / (12.0 * e);
                close(all[third * 2 + k], slope, 1e-6, &format!("{name} third along {line:?}"));
                if line.has_fourth() {
                    let sides = 16.0 * (ahead[k] + near[k]) - (beyond[k] + far[k]);
                    let curve = (sides - 30.0 * here[k]) / (12.0 * e * e);
                    close(all[third * 2 + 2 + k], curve, 1e-5, &format!("{name} fourth along {line:?}"));
                }
            }
        }
    }
}

#[test]
fn gradients_of_lines_are_the_derivatives_of_the_jets() {
    let spec = lines().with_laplacian(&[0.7, -1.3, 2.0]);
    let cotangents: Vec<f64> = (0..spec.channels() * 2).map(|i| (i as f64 * 1.7).sin()).collect();
    let e = 1e-5;
    for (architecture, parameters) in fields() {
        let name = architecture.layers[0].activation;
        let loss = |p: &[f64]| -> f64 {
            jet(&architecture, p, &spec, &X).iter().zip(&cotangents).map(|(j, c)| j * c).sum()
        };
        let mut gradient = vec![0.0; parameters.len()];
        add_gradient(&architecture, &parameters, &spec, &X, &cotangents, &mut gradient);
        // Rounding is relative to the largest component: some fourth derivatives are large and cancel.
        let scale = gradient.iter().fold(1.0, |m: f64, g| m.max(g.abs()));
        for index in 0..parameters.len() {
            let moved = |by: f64| {
                let mut p = parameters.clone();
                p[index] += by;
                loss(&p)
            };
            let inner = 8.0 * (moved(e) - moved(-e));
            let slope = (inner - (moved(2.0 * e) - moved(-2.0 * e))) / (12.0 * e);
            let what = format!("{name} {}", architecture.name_of(index));
            close(gradient[index] / scale, slope / scale, 1e-8, &what);
        }
    }
}

/// A single sine layer is a sum of plane waves, whose derivatives are known in closed form.
#[test]
fn one_layer_is_a_plane_wave() {
    let config = FieldConfig { hidden: 1, layers: 0, ..FieldConfig::new(2, 1) };
    let architecture = Architecture::new(&config).unwrap();
    let (w, b, out, c) = ([0.31, -0.12], 0.4, 2.5, -0.2);
    let parameters = [w[0], w[1], b, out, c];
    let x = [0.3, -0.8];
    let phase = 30.0 * (w[0] * x[0] + w[1] * x[1] + b);
    let got = jet(&architecture, &parameters, &JetSpec::laplacian(2), &x);
    let k = [30.0 * w[0], 30.0 * w[1]];
    close(got[0], out * phase.sin() + c, 1e-12, "value");
    close(got[1], out * k[0] * phase.cos(), 1e-12, "d0");
    close(got[2], out * k[1] * phase.cos(), 1e-12, "d1");
    close(got[3], -out * (k[0] * k[0] + k[1] * k[1]) * phase.sin(), 1e-12, "laplacian");
    let spec = JetSpec::value(2).with_fourth(0).with_fourth_along(&[1.0, -1.0]);
    let got = jet(&architecture, &parameters, &spec, &x);
    for (direction, k) in [([1.0, 0.0], k[0]), ([1.0, -1.0], k[0] - k[1])] {
        let (third, fourth) = (spec.third_channel_along(&direction), spec.fourth_channel_along(&direction));
        close(got[third.unwrap()], -out * k.powi(3) * phase.cos(), 1e-12, "third");
        close(got[fourth.unwrap()], out * k.powi(4) * phase.sin(), 1e-12, "fourth");
    }
}
