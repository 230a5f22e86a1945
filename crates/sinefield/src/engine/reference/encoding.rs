//! The channels of the first layer's inputs, and the gradient with respect to an encoding's parameters.

use super::{Rows, activation, channel, pair};
use crate::field::{Activation, Architecture, Encoding, Fourier, Radial};
use crate::jet::{JetSpec, Line};

/// The first layer's inputs at `x`, `(channels, features)`.
pub(super) fn encode(architecture: &Architecture, parameters: &[f64], spec: &JetSpec, x: &[f64]) -> Rows {
    if let Some(fourier) = Fourier::new(architecture.encoding, x.len()) {
        return fourier_features(&fourier, spec, x);
    }
    let mut rows = by_axis(architecture.encoding, spec, x);
    for_each_centre(architecture, parameters, x, |feature, delta, radial| {
        let [g, g1, g2, g3] = radial.slopes;
        let [g4, _] = radial.higher().slopes;
        rows[0][feature] = g;
        for &i in spec.first() {
            rows[channel(spec.first_channel(i))][feature] = 2.0 * delta[i] * g1;
        }
        for &(i, j) in spec.second() {
            let same = if i == j { 2.0 * g1 } else { 0.0 };
            rows[pair(spec, i, j).0][feature] = 4.0 * delta[i] * delta[j] * g2 + same;
        }
        for (line, c) in spec.lines_with_channels() {
            let (a, n) = along(line, delta);
            rows[c][feature] = 8.0 * a.powi(3) * g3 + 12.0 * a * n * g2;
            if line.has_fourth() {
                let middle = 48.0 * a * a * n * g3 + 12.0 * n * n * g2;
                rows[c + 1][feature] = 16.0 * a.powi(4) * g4 + middle;
            }
        }
        if let (Some(c), Some(weights)) = (spec.laplacian_channel(), spec.laplacian_weights()) {
            for (weight, delta) in weights.iter().zip(delta) {
                rows[c][feature] += weight * (4.0 * delta * delta * g2 + 2.0 * g1);
            }
        }
    });
    rows
}

/// The features of an encoding by single coordinates.
fn by_axis(encoding: Encoding, spec: &JetSpec, x: &[f64]) -> Rows {
    let mut rows = vec![vec![0.0; encoding.features(x.len())]; spec.channels()];
    encoding.for_each_feature(x, |feature, axis, [value, slope, curvature, third, fourth]| {
        rows[0][feature] = value;
        if let Some(c) = spec.first_channel(axis) {
            rows[c][feature] = slope;
        }
        if let Some(c) = spec.second_channel(axis, axis) {
            rows[c][feature] = curvature;
        }
        for (line, c) in spec.lines_with_channels() {
            let v = line.direction()[axis];
            rows[c][feature] = v.powi(3) * third;
            if line.has_fourth() {
                rows[c + 1][feature] = v.powi(4) * fourth;
            }
        }
        if let (Some(c), Some(weights)) = (spec.laplacian_channel(), spec.laplacian_weights()) {
            rows[c][feature] = weights[axis] * curvature;
        }
    });
    rows
}

/// The cosines and sines of the phases, as a sine layer whose weights are fixed: `cos φ = sin(φ + π/2)`.
fn fourier_features(fourier: &Fourier, spec: &JetSpec, x: &[f64]) -> Rows {
    let inner = by_axis(fourier.inner(), spec, x);
    let phases = |h: &Vec<f64>| -> Vec<f64> {
        let row = |row: &[f64]| row.iter().zip(h).map(|(w, h)| w * h).sum();
        fourier.rows().map(row).collect()
    };
    let sine: Rows = inner.iter().map(phases).collect();
    let mut cosine = sine.clone();
    cosine[0].iter_mut().for_each(|phase| *phase += std::f64::consts::FRAC_PI_2);
    let [cosine, sine] = [cosine, sine].map(|z| activation(Activation::Sine, 1.0, spec, &z));
    cosine.into_iter().zip(sine).map(|(cosine, sine)| [cosine, sine].concat()).collect()
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
        let ([_, g1, g2, g3], higher) = (radial.slopes, radial.higher());
        let [g4, g5] = higher.slopes;
        // `Σ h_bar · h` is b0 g + b1 g' + b2 g'' + b3 g''' + b4 g''''. All factors but b0 also depend on delta.
        let (b0, mut b1, mut b2, mut b3, mut b4) = (h_bar[0][feature], 0.0, 0.0, 0.0, 0.0);
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
        for (line, c) in spec.lines_with_channels() {
            let (a, n) = along(line, delta);
            let third = h_bar[c][feature];
            let fourth = if line.has_fourth() { h_bar[c + 1][feature] } else { 0.0 };
            b2 += 12.0 * a * n * third + 12.0 * n * n * fourth;
            b3 += 8.0 * a.powi(3) * third + 48.0 * a * a * n * fourth;
            b4 += 16.0 * a.powi(4) * fourth;
            let of_third = 24.0 * a * a * g3 + 12.0 * n * g2;
            let a_bar = of_third * third + (64.0 * a.powi(3) * g4 + 96.0 * a * n * g3) * fourth;
            line.parts().for_each(|(i, v)| delta_bar[i] += v * a_bar);
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
        let q_bar = b0 * g1 + b1 * g2 + b2 * g3 + b3 * g4 + b4 * g5;
        for i in 0..d {
            gradient[shape.centres.start + feature * d + i] -= delta_bar[i] + 2.0 * delta[i] * q_bar;
        }
        let [s0, s1, s2] = radial.by_sigma;
        let [s3, s4] = higher.by_sigma;
        gradient[shape.sigma.start + feature] += b0 * s0 + b1 * s1 + b2 * s2 + b3 * s3 + b4 * s4;
    });
}

/// `v · delta` and `|v|²` for the direction v of a line.
fn along(line: &Line, delta: &[f64]) -> (f64, f64) {
    line.parts().fold((0.0, 0.0), |(a, n), (i, v)| (a + v * delta[i], n + v * v))
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
