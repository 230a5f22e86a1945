//! The inputs of the first layer and their derivative channels from coordinates; for reverse mode, the gradient with
//! respect to coordinates from that of the features.

use super::number::CpuNumber;
use super::plan::Plan;
use super::rows::copy_few;
use crate::field::Encoding;

/// Fills the rows of every channel after the encoding: `features` rows of `plan.feature_row` floats.
pub(super) fn encode<N: CpuNumber>(plan: &Plan, x: &[N], rows: &mut [N]) {
    let points = x.len() / plan.inputs;
    let carried = if plan.method == crate::jet::Method::Forward { plan.channels.count } else { 1 };
    rows[..carried * points * plan.feature_row].fill(N::zero());
    if plan.encoding == Encoding::Identity {
        return copy(plan, x, carried, rows);
    }
    if let Some(fourier) = &plan.fourier {
        return super::fourier::encode(fourier, plan, x, carried, rows);
    }
    let weights = plan.channels.laplacian.as_deref();
    let mut point = vec![0.0f64; plan.inputs];
    for (r, x) in x.chunks_exact(plan.inputs).enumerate() {
        point.iter_mut().zip(x).for_each(|(p, x)| *p = (*x).into());
        plan.encoding.for_each_feature(&point, |feature, axis, [value, slope, curvature, third, fourth]| {
            let mut put = |c: usize, v: f64| rows[(c * points + r) * plan.feature_row + feature] = N::of(v);
            put(0, value);
            if carried == 1 {
                return;
            }
            let d = plan.channels.first.len();
            if let Some(f) = plan.channels.first.iter().position(|&f| f == axis) {
                put(1 + f, slope);
                if let Some(weights) = weights {
                    put(plan.channels.count - 1, weights[f] * curvature);
                }
            }
            if let Some(p) = plan.channels.second.iter().position(|&pair| pair == (axis, axis)) {
                put(1 + d + p, curvature);
            }
            for line in &plan.channels.lines {
                let Some((.., v)) = line.parts.iter().find(|(own, ..)| *own == axis) else { continue };
                put(line.third, v.powi(3) * third);
                if let Some(channel) = line.fourth {
                    put(channel, v.powi(4) * fourth);
                }
            }
        });
    }
}

/// Copies the coordinates, with first derivatives 1 and higher derivatives 0. This is a large part of a step for small
/// networks.
fn copy<N: CpuNumber>(plan: &Plan, x: &[N], carried: usize, rows: &mut [N]) {
    let points = x.len() / plan.inputs;
    let mut channels = rows.chunks_exact_mut(points * plan.feature_row).take(carried);
    if let Some(values) = channels.next() {
        let values = values.chunks_exact_mut(plan.feature_row);
        values.zip(x.chunks_exact(plan.inputs)).for_each(|(row, x)| copy_few(x, &mut row[..plan.inputs]));
    }
    for (channel, &axis) in channels.zip(&plan.channels.first) {
        channel.chunks_exact_mut(plan.feature_row).for_each(|row| row[axis] = N::one());
    }
}

/// Calls `put(feature, first channel, derivative)` for every feature whose coordinate the jet needs.
pub(super) fn for_each_slope<N: CpuNumber>(plan: &Plan, x: &[N], mut put: impl FnMut(usize, usize, N)) {
    let point: Vec<f64> = x.iter().map(|&x| x.into()).collect();
    if let Some(fourier) = &plan.fourier {
        return super::fourier::for_each_slope(fourier, plan, &point, |feature, f, slope| {
            put(feature, f, N::of(slope))
        });
    }
    plan.encoding.for_each_feature(&point, |feature, axis, [_, slope, ..]| {
        if let Some(f) = plan.channels.first.iter().position(|&f| f == axis) {
            put(feature, f, N::of(slope));
        }
    });
}
