//! The channels of the first layer's inputs, and the gradient with respect to an encoding's parameters.

use super::{Rows, channel, pair};
use crate::field::{Architecture, Radial};
use crate::jet::JetSpec;

/// The first layer's inputs at `x`, `(channels, features)`.
pub(super) fn encode(architecture: &Architecture, parameters: &[f64], spec: &JetSpec, x: &[f64]) -> Rows {
    let mut rows = vec![vec![0.0; architecture.encoding.features(x.len())]; spec.channels()];
    architecture.encoding.for_each_feature(x, |feature, axis, [value, slope, curvature]| {
        rows[0][feature] = value;
        if let Some(c) = spec.first_channel(axis) {
            rows[c][feature] = slope;
        }
        if let Some(c) = spec.second_channel(axis, axis) {
            rows[c][feature] = curvature;
        }
        if let (Some(c), Some(weights)) = (spec.laplacian_channel(), spec.laplacian_weights()) {
            rows[c][feature] = weights[axis] * curvature;
        }
    });
    for_each_centre(architecture, parameters, x, |feature, delta, radial| {
        let [g, g1, g2, _] = radial.slopes;
        rows[0][feature] = g;
        for &i in spec.first() {
            rows[channel(spec.first_channel(i))][feature] = 2.0 * delta[i] * g1;
        }
        for &(i, j) in spec.second() {
            let same = if i == j { 2.0 * g1 } else { 0.0 };
            rows[pair(spec, i, j).0][feature] = 4.0 * delta[i] * delta[j] * g2 + same;
        }
        if let (Some(c), Some(weights)) = (spec.laplacian_channel(), spec.laplacian_weights()) {
            for (weight, delta) in weights.iter().zip(delta) {
                rows[c][feature] += f64::from(*weight) * (4.0 * delta * delta * g2 + 2.0 * g1);
            }
        }
    });
    rows
}

/// Adds to `gradient` the derivative of `Σ h_bar · h` with respect to the parameters of the encoding.
pub(super) fn add_gradient(
    architecture: &Architecture,
    parameters: &[f64],
    spec: &JetSpec,
    x: &[f64],
    h_bar: &Rows,
    gradient: &mut [f64],
) {
    let Some(shape) = architecture.encoding_shape() else { return };
    let d = x.len();
    for_each_centre(architecture, parameters, x, |feature, delta, radial| {
        let [_, g1, g2, g3] = radial.slopes;
        // `Σ h_bar · h` is b0 g + b1 g' + b2 g''. The factors b1 and b2 also depend on delta.
        let (b0, mut b1, mut b2) = (h_bar[0][feature], 0.0, 0.0);
        let mut delta_bar = vec![0.0; d];
        for &i in spec.first() {
            let bar = h_bar[channel(spec.first_channel(i))][feature];
            b1 += 2.0 * delta[i] * bar;
            delta_bar[i] += 2.0 * bar * g1;
        }
        for &(i, j) in spec.second() {
            let bar = h_bar[pair(spec, i, j).0][feature];
            b2 += 4.0 * delta[i] * delta[j] * bar;
            b1 += if i == j { 2.0 * bar } else { 0.0 };
            delta_bar[i] += 4.0 * delta[j] * bar * g2;
            delta_bar[j] += 4.0 * delta[i] * bar * g2;
        }
        if let (Some(c), Some(weights)) = (spec.laplacian_channel(), spec.laplacian_weights()) {
            let bar = h_bar[c][feature];
            for i in 0..d {
                let weight = weights[i];
                b2 += 4.0 * weight * delta[i] * delta[i] * bar;
                b1 += 2.0 * weight * bar;
                delta_bar[i] += 8.0 * weight * delta[i] * bar * g2;
            }
        }
        let q_bar = b0 * g1 + b1 * g2 + b2 * g3;
        for i in 0..d {
            gradient[shape.centres.start + feature * d + i] -= delta_bar[i] + 2.0 * delta[i] * q_bar;
        }
        let [s0, s1, s2] = radial.by_sigma;
        gradient[shape.sigma.start + feature] += b0 * s0 + b1 * s1 + b2 * s2;
    });
}

/// Calls `visit(feature, x - c, radial)` for every centre of a learned encoding.
fn for_each_centre(
    architecture: &Architecture,
    parameters: &[f64],
    x: &[f64],
    mut visit: impl FnMut(usize, &[f64], Radial<f64>),
) {
    let Some(shape) = architecture.encoding_shape() else { return };
    let centres = parameters[shape.centres].chunks(x.len());
    for (feature, (centre, sigma)) in centres.zip(&parameters[shape.sigma]).enumerate() {
        let delta: Vec<f64> = x.iter().zip(centre).map(|(x, c)| x - c).collect();
        let q = delta.iter().map(|d| d * d).sum();
        visit(feature, &delta, Radial::new(*sigma, q));
    }
}
