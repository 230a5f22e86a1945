//! The inputs of the first layer and their derivative channels from coordinates; for reverse mode, the gradient with
//! respect to coordinates from that of the features.

use super::plan::Plan;
use super::rows::copy_few;
use crate::field::Encoding;

/// Fills the rows of every channel after the encoding: `features` rows of `plan.feature_row` floats.
pub(super) fn encode(plan: &Plan, x: &[f32], rows: &mut [f32]) {
    let points = x.len() / plan.inputs;
    let carried = if plan.method == crate::jet::Method::Forward { plan.channels.count } else { 1 };
    rows[..carried * points * plan.feature_row].fill(0.0);
    if plan.encoding == Encoding::Identity {
        return copy(plan, x, carried, rows);
    }
    let weights = plan.channels.laplacian.as_deref();
    let mut point = vec![0.0f64; plan.inputs];
    for (r, x) in x.chunks_exact(plan.inputs).enumerate() {
        point.iter_mut().zip(x).for_each(|(p, x)| *p = f64::from(*x));
        plan.encoding.for_each_feature(&point, |feature, axis, [value, slope, curvature]| {
            let mut put = |c: usize, v: f64| rows[(c * points + r) * plan.feature_row + feature] = v as f32;
            put(0, value);
            if carried == 1 {
                return;
            }
            let d = plan.channels.first.len();
            if let Some(f) = plan.channels.first.iter().position(|&f| f == axis) {
                put(1 + f, slope);
                if let Some(weights) = weights {
                    put(plan.channels.count - 1, f64::from(weights[f]) * curvature);
                }
            }
            if let Some(p) = plan.channels.second.iter().position(|&pair| pair == (axis, axis)) {
                put(1 + d + p, curvature);
            }
        });
    }
}

/// Copies the coordinates, with first derivatives 1 and second derivatives 0. This is a large part of a step for small
/// networks.
fn copy(plan: &Plan, x: &[f32], carried: usize, rows: &mut [f32]) {
    let points = x.len() / plan.inputs;
    let mut channels = rows.chunks_exact_mut(points * plan.feature_row).take(carried);
    if let Some(values) = channels.next() {
        let values = values.chunks_exact_mut(plan.feature_row);
        values.zip(x.chunks_exact(plan.inputs)).for_each(|(row, x)| copy_few(x, &mut row[..plan.inputs]));
    }
    for (channel, &axis) in channels.zip(&plan.channels.first) {
        channel.chunks_exact_mut(plan.feature_row).for_each(|row| row[axis] = 1.0);
    }
}

/// Calls `put(feature, first channel, derivative)` for every feature whose coordinate the jet needs.
pub(super) fn for_each_slope(plan: &Plan, x: &[f32], mut put: impl FnMut(usize, usize, f32)) {
    let point: Vec<f64> = x.iter().map(|&x| f64::from(x)).collect();
    plan.encoding.for_each_feature(&point, |feature, axis, [_, slope, _]| {
        if let Some(f) = plan.channels.first.iter().position(|&f| f == axis) {
            put(feature, f, slope as f32);
        }
    });
}
