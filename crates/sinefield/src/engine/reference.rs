//! The float64 engine, one point at a time. It is the reference for every kernel and the engine of exact
//! evaluation.
//!
//! It evaluates the formulas of [`crate::jet`] directly. A jet is `channels` rows of numbers, and a layer
//! maps rows to rows. Nothing is fused, padded or reordered.

mod encoding;
mod engine;
mod lines;

pub use engine::ReferenceEngine;

use crate::field::{Activation, Architecture, LayerShape};
use crate::jet::JetSpec;

/// One layer's rows, `(channels, width)`.
type Rows = Vec<Vec<f64>>;

/// The jet of a field at `x`, `(channels, outputs)`, row-major. `parameters` are flat, in the order of the
/// field.
///
/// One sine unit is `u(x) = v sin(ω (w x + b)) + c`, so every derivative is known:
///
/// ```
/// use sinefield::engine::reference;
/// use sinefield::field::{Architecture, FieldConfig};
/// use sinefield::jet::JetSpec;
///
/// let one_unit = FieldConfig { hidden: 1, layers: 0, ..FieldConfig::new(1, 1) };
/// let architecture = Architecture::new(&one_unit)?;
/// let parameters = [0.1, 0.0, 2.0, 0.5]; // w, b, v, c; ω is 30
/// let jet = reference::jet(&architecture, &parameters, &JetSpec::hessian(1), &[0.4]);
///
/// let (sin, cos) = (30.0f64 * 0.1 * 0.4).sin_cos();
/// let expected = [2.0 * sin + 0.5, 6.0 * cos, -18.0 * sin];
/// assert!(jet.iter().zip(expected).all(|(got, want)| (got - want).abs() < 1e-12));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Panics
/// If the length of `x` or `parameters` does not match the architecture.
pub fn jet(architecture: &Architecture, parameters: &[f64], spec: &JetSpec, x: &[f64]) -> Vec<f64> {
    let trace = Trace::new(architecture, parameters, spec, x);
    trace.pre.last().map_or_else(Vec::new, |rows| rows.concat())
}

/// Adds to `gradient` the derivative of `Σ cotangents · jet` at `x` with respect to every parameter.
///
/// # Panics
/// If the length of a slice does not match the architecture.
pub fn add_gradient(
    architecture: &Architecture,
    parameters: &[f64],
    spec: &JetSpec,
    x: &[f64],
    cotangents: &[f64],
    gradient: &mut [f64],
) {
    let trace = Trace::new(architecture, parameters, spec, x);
    let mut z_bar: Rows = cotangents.chunks(architecture.outputs()).map(<[f64]>::to_vec).collect();
    for (l, shape) in architecture.shapes().iter().enumerate().rev() {
        for (z_bar, h) in z_bar.iter().zip(&trace.inputs[l]) {
            for (o, bar) in z_bar.iter().enumerate() {
                for (i, h) in h.iter().enumerate() {
                    gradient[shape.weight.start + o * shape.inputs + i] += bar * h;
                }
            }
        }
        for (o, bar) in z_bar[0].iter().enumerate() {
            gradient[shape.bias.start + o] += bar;
        }
        let h_bar: Rows = z_bar.iter().map(|bar| multiply_back(parameters, shape, bar)).collect();
        if l == 0 {
            encoding::add_gradient(architecture, parameters, spec, x, &h_bar, gradient);
        } else {
            let layer = &architecture.layers[l - 1];
            z_bar =
                activation_back(layer.activation, f64::from(layer.omega), spec, &trace.pre[l - 1], &h_bar);
        }
    }
}

/// The inputs and pre-activations of every layer at a point.
struct Trace {
    inputs: Vec<Rows>,
    pre: Vec<Rows>,
}

impl Trace {
    fn new(architecture: &Architecture, parameters: &[f64], spec: &JetSpec, x: &[f64]) -> Self {
        assert_eq!(x.len(), architecture.inputs, "coordinates of another field");
        assert_eq!(parameters.len(), architecture.parameter_count(), "parameters of another field");
        let mut trace =
            Self { inputs: vec![encoding::encode(architecture, parameters, spec, x)], pre: Vec::new() };
        for (l, shape) in architecture.shapes().iter().enumerate() {
            let h = &trace.inputs[l];
            let z: Rows = (0..h.len()).map(|c| multiply(parameters, shape, &h[c], c == 0)).collect();
            let layer = &architecture.layers[l];
            if layer.activation != Activation::Linear {
                trace.inputs.push(activation(layer.activation, f64::from(layer.omega), spec, &z));
            }
            trace.pre.push(z);
        }
        trace
    }
}

fn multiply(parameters: &[f64], shape: &LayerShape, h: &[f64], biased: bool) -> Vec<f64> {
    let rows = parameters[shape.weight.clone()].chunks(shape.inputs);
    let dots = rows.map(|row| row.iter().zip(h).map(|(w, h)| w * h).sum::<f64>());
    let bias = &parameters[shape.bias.clone()];
    dots.zip(bias).map(|(dot, b)| if biased { dot + b } else { dot }).collect()
}

fn multiply_back(parameters: &[f64], shape: &LayerShape, z_bar: &[f64]) -> Vec<f64> {
    let mut h_bar = vec![0.0; shape.inputs];
    for (row, bar) in parameters[shape.weight.clone()].chunks(shape.inputs).zip(z_bar) {
        h_bar.iter_mut().zip(row).for_each(|(h_bar, w)| *h_bar += w * bar);
    }
    h_bar
}

/// `h`, and s1 to s5 with respect to `z`.
fn slopes(activation: Activation, omega: f64, z: f64) -> (f64, [f64; 5]) {
    let (h, kept) = activation.value(omega * z);
    let [s1, s2, s3] = activation.slopes(h, kept);
    let [s4, s5] = activation.higher_slopes(h, kept);
    let low = [omega * s1, omega.powi(2) * s2, omega.powi(3) * s3];
    (h, [low[0], low[1], low[2], omega.powi(4) * s4, omega.powi(5) * s5])
}

fn activation(activation: Activation, omega: f64, spec: &JetSpec, z: &Rows) -> Rows {
    let mut h = z.clone();
    for n in 0..z[0].len() {
        let (value, all) = slopes(activation, omega, z[0][n]);
        let [s1, s2, ..] = all;
        h[0][n] = value;
        for &i in spec.first() {
            let c = channel(spec.first_channel(i));
            h[c][n] = s1 * z[c][n];
        }
        for &(i, j) in spec.second() {
            let (c, a, b) = pair(spec, i, j);
            h[c][n] = s1 * z[c][n] + s2 * z[a][n] * z[b][n];
        }
        lines::carry(spec, all, z, n, &mut h);
        if let Some(c) = spec.laplacian_channel() {
            h[c][n] = s1 * z[c][n] + s2 * weighted_squares(spec, z, n);
        }
    }
    h
}

fn activation_back(activation: Activation, omega: f64, spec: &JetSpec, z: &Rows, h_bar: &Rows) -> Rows {
    let mut z_bar = vec![vec![0.0; z[0].len()]; z.len()];
    for n in 0..z[0].len() {
        let (_, all) = slopes(activation, omega, z[0][n]);
        let [s1, s2, s3, ..] = all;
        z_bar[0][n] = s1 * h_bar[0][n];
        for &i in spec.first() {
            let c = channel(spec.first_channel(i));
            z_bar[0][n] += s2 * h_bar[c][n] * z[c][n];
            z_bar[c][n] += s1 * h_bar[c][n];
        }
        for &(i, j) in spec.second() {
            let (c, a, b) = pair(spec, i, j);
            z_bar[0][n] += (s2 * z[c][n] + s3 * z[a][n] * z[b][n]) * h_bar[c][n];
            z_bar[a][n] += s2 * z[b][n] * h_bar[c][n];
            z_bar[b][n] += s2 * z[a][n] * h_bar[c][n];
            z_bar[c][n] += s1 * h_bar[c][n];
        }
        lines::carry_back(spec, all, z, h_bar, n, &mut z_bar);
        if let (Some(c), Some(weights)) = (spec.laplacian_channel(), spec.laplacian_weights()) {
            let squares = weighted_squares(spec, z, n);
            z_bar[0][n] += (s2 * z[c][n] + s3 * squares) * h_bar[c][n];
            z_bar[c][n] += s1 * h_bar[c][n];
            for &i in spec.first() {
                let a = channel(spec.first_channel(i));
                z_bar[a][n] += 2.0 * weights[i] * s2 * z[a][n] * h_bar[c][n];
            }
        }
    }
    z_bar
}

/// `Σ c_i z_i²` at unit `n`.
fn weighted_squares(spec: &JetSpec, z: &Rows, n: usize) -> f64 {
    let weights = spec.laplacian_weights().unwrap_or(&[]);
    let square = |&i: &usize| weights[i] * z[channel(spec.first_channel(i))][n].powi(2);
    spec.first().iter().map(square).sum()
}

fn pair(spec: &JetSpec, i: usize, j: usize) -> (usize, usize, usize) {
    let first = |i| channel(spec.first_channel(i));
    (channel(spec.second_channel(i, j)), first(i), first(j))
}

/// A channel that always exists: a [`JetSpec`] adds the first derivatives that second derivatives need.
fn channel(found: Option<usize>) -> usize {
    found.unwrap_or_default()
}

#[cfg(test)]
mod tests;
