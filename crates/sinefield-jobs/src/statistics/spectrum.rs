//! Power along a line of inputs, averaged over units.

use std::sync::Arc;

use rayon::prelude::*;
use rustfft::num_complex::Complex;
use rustfft::{Fft, FftPlanner};

/// Units that one thread transforms before their powers are added to the sum, in order.
const UNITS: usize = 32;

/// The mean over the columns of `rows` `(points, units)` of the one-sided power at 0, 1, .., `points / 2` cycles over
/// the points, with Hann's window.
///
/// It is scaled so that the powers of a signal without correlation to the window add up to its mean square.
pub(super) fn mean_power(rows: &[f32], units: usize) -> Vec<f64> {
    let points = rows.len() / units.max(1);
    if points < 2 {
        return Vec::new();
    }
    let fft = FftPlanner::<f64>::new().plan_fft_forward(points);
    let window = hann(points);
    let blocks: Vec<usize> = (0..units).step_by(UNITS).collect();
    let sums: Vec<Vec<f64>> = blocks
        .into_par_iter()
        .map(|first| block(&fft, &window, rows, units, first..units.min(first + UNITS)))
        .collect();
    let squares: f64 = window.iter().map(|w| w * w).sum();
    let mut power = vec![0.0; points / 2 + 1];
    for sum in sums {
        power.iter_mut().zip(sum).for_each(|(power, part)| *power += part);
    }
    for (k, power) in power.iter_mut().enumerate() {
        // Negative frequencies mirror the positive ones. 0 and the highest have no mirror image.
        let sides = if k == 0 || 2 * k == points { 1.0 } else { 2.0 };
        *power *= sides / (points as f64 * squares * units as f64);
    }
    power
}

/// Hann's window over `points` samples, periodic.
fn hann(points: usize) -> Vec<f64> {
    let turn = std::f64::consts::TAU / points as f64;
    (0..points).map(|i| 0.5 - 0.5 * (turn * i as f64).cos()).collect()
}

/// The summed squares of the transforms of `columns`.
fn block(
    fft: &Arc<dyn Fft<f64>>,
    window: &[f64],
    rows: &[f32],
    units: usize,
    columns: std::ops::Range<usize>,
) -> Vec<f64> {
    let mut sum = vec![0.0; window.len() / 2 + 1];
    for column in columns {
        let values = rows.iter().skip(column).step_by(units);
        let mut buffer: Vec<Complex<f64>> =
            values.zip(window).map(|(v, w)| Complex::new(f64::from(*v) * w, 0.0)).collect();
        fft.process(&mut buffer);
        sum.iter_mut().zip(&buffer).for_each(|(sum, x)| *sum += x.norm_sqr());
    }
    sum
}
