//! Maps numbers to shades: every quantity becomes an 8-bit picture that a person can read.
//!
//! Derivatives have no natural maximum, so each picture has a *scale*, the number drawn at full strength. It is the
//! 99.5th percentile of the drawn strengths, because a few extreme values would leave the rest dark. The channels of a
//! pixel are averaged, except for its value.

use sinefield::field::Field;
use sinefield::render::Quantity;

/// The fraction of the numbers that is not clipped.
const BRIGHTEST: f64 = 0.995;

/// The map from a pixel's numbers to its shades.
#[derive(Clone, Copy, Debug)]
pub enum Shade {
    /// One shade for each output, from black to white over the field's range.
    Value {
        /// The number of outputs.
        outputs: usize,
        /// The value drawn black.
        low: f32,
        /// The value drawn white.
        high: f32,
    },
    /// A gradient: its direction is the hue, its length the brightness, full at the scale.
    Direction(f32),
    /// A length: 0 is black, the scale is white.
    Magnitude(f32),
    /// A signed number: 0 is mid-grey, the scale is white, minus the scale is black.
    Signed(f32),
    /// Second derivatives as signed numbers: row-row in red, row-column in green, column-column in blue.
    Curvature(f32),
}

impl Shade {
    /// The map for `quantity` of `field`. `scale` is used for derivatives only.
    pub fn new(quantity: Quantity, field: &Field, scale: f32) -> Self {
        match quantity {
            Quantity::Value => {
                let (low, high) = crate::value_range(field);
                Self::Value { outputs: field.architecture().outputs(), low, high }
            }
            Quantity::Gradient => Self::Direction(scale),
            Quantity::GradientMagnitude => Self::Magnitude(scale),
            Quantity::Hessian => Self::Curvature(scale),
            // The Laplacian, and any other signed quantity.
            _ => Self::Signed(scale),
        }
    }

    /// The number of shades per pixel.
    pub fn channels(&self) -> usize {
        match self {
            Self::Value { outputs, .. } => *outputs,
            Self::Magnitude(_) | Self::Signed(_) => 1,
            Self::Direction(_) | Self::Curvature(_) => 3,
        }
    }

    /// Writes the shades of a pixel's `numbers` to `out`.
    pub fn paint(&self, numbers: &[f32], out: &mut [u8]) {
        match *self {
            Self::Value { low, high, .. } => {
                let shades = numbers.iter().map(|value| shade((value - low) / (high - low)));
                out.iter_mut().zip(shades).for_each(|(out, shade)| *out = shade);
            }
            Self::Magnitude(scale) => out[0] = shade(part(mean(numbers, 1, 0), scale)),
            Self::Signed(scale) => out[0] = signed(mean(numbers, 1, 0), scale),
            Self::Direction(scale) => {
                let (down, right) = (mean(numbers, 2, 0), mean(numbers, 2, 1));
                let brightness = part(down.hypot(right), scale);
                let colour = hue(down.atan2(right) / std::f32::consts::TAU);
                (0..3).for_each(|c| out[c] = shade(colour[c] * brightness));
            }
            Self::Curvature(scale) => {
                let numbers = [0, 1, 3].map(|entry| mean(numbers, 4, entry));
                (0..3).for_each(|c| out[c] = signed(numbers[c], scale));
            }
        }
    }

    /// The meaning of black, white and the colours. `unit` is the unit of the coordinates, from the function `unit`.
    pub fn legend(&self, unit: &str) -> String {
        match self {
            Self::Value { low, high, .. } if (*low, *high) == (0.0, 1.0) => "values 0 to 1".to_string(),
            Self::Value { low, high, .. } => {
                format!("the field's own range: black is {low:.6}, white {high:.6}")
            }
            Self::Direction(scale) => format!(
                "red rises to the right, yellow-green downwards, cyan to the left, violet upwards; full \
                 brightness is {scale:.4} a {unit}"
            ),
            Self::Magnitude(scale) => format!("black is 0, white {scale:.4} a {unit}"),
            Self::Signed(scale) => {
                format!("mid-grey is 0, white {scale:+.4} and black {:+.4} a {unit} squared", -scale)
            }
            Self::Curvature(scale) => format!(
                "red, green, blue are the derivatives row-row, row-column, column-column; mid-tone is 0, full \
                 {scale:+.4} a {unit} squared"
            ),
        }
    }
}

/// The unit of the coordinates of `field` in words: `pixel`, `mm`, or `unit of the axis` if the axes have different
/// units.
pub fn unit(field: &Field) -> String {
    if let Some(affine) = &field.meta.affine {
        return affine.unit.clone();
    }
    let axes = (0..field.architecture().inputs).map(|at| field.meta.axis(at));
    let name = |axis: sinefield::field::Axis| match (axis.range, axis.samples) {
        (None, Some(_)) if ["row", "column"].contains(&axis.name.as_str()) => "pixel".into(),
        (None, Some(_)) => "sample".into(),
        _ if axis.unit.is_empty() => "unit".into(),
        _ => axis.unit,
    };
    let mut names: Vec<String> = axes.map(name).collect();
    names.dedup();
    match (names.pop(), names.is_empty()) {
        (Some(only), true) => only,
        _ => "unit of the axis".into(),
    }
}

/// The strength at which `numbers` would be drawn, before scaling. The scale is computed from the strengths.
pub fn strength(quantity: Quantity, numbers: &[f32]) -> f32 {
    match quantity {
        Quantity::Gradient => mean(numbers, 2, 0).hypot(mean(numbers, 2, 1)),
        Quantity::Hessian => {
            [0, 1, 3].iter().fold(0.0, |most, entry| mean(numbers, 4, *entry).abs().max(most))
        }
        _ => mean(numbers, 1, 0).abs(),
    }
}

/// The scale for `strengths`: the 99.5th percentile of the finite ones, or 0 if there are none.
pub fn scale(mut strengths: Vec<f32>) -> f32 {
    strengths.retain(|strength| strength.is_finite());
    let Some(last) = strengths.len().checked_sub(1) else { return 0.0 };
    let rank = (last as f64 * BRIGHTEST).ceil() as usize;
    *strengths.select_nth_unstable_by(rank, f32::total_cmp).1
}

/// The mean of entry `entry` over a pixel's channels, each of which has `width` entries.
fn mean(numbers: &[f32], width: usize, entry: usize) -> f32 {
    let channels = (numbers.len() / width).max(1);
    numbers.iter().skip(entry).step_by(width).sum::<f32>() / channels as f32
}

/// `value / scale`, or 0 if that is not finite.
fn part(value: f32, scale: f32) -> f32 {
    let part = value / scale;
    if part.is_finite() { part } else { 0.0 }
}

/// Maps `[0, 1]` to the shades 0 to 255, and clips values outside.
fn shade(part: f32) -> u8 {
    (part * 255.0).round() as u8
}

fn signed(value: f32, scale: f32) -> u8 {
    (part(value, scale) * 127.5 + 127.5).round() as u8
}

/// The red, green and blue of a hue, given in turns.
fn hue(turn: f32) -> [f32; 3] {
    [0.0, 1.0 / 3.0, 2.0 / 3.0].map(|peak| {
        let distance = (turn - peak).rem_euclid(1.0);
        (2.0 - 6.0 * distance.min(1.0 - distance)).clamp(0.0, 1.0)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn painted(shade: Shade, numbers: &[f32]) -> Vec<u8> {
        let mut out = vec![7; shade.channels()];
        shade.paint(numbers, &mut out);
        out
    }

    #[test]
    fn zero_and_the_scale_have_the_shades_that_the_legend_names() {
        assert_eq!(
            painted(Shade::Value { outputs: 3, low: -1.0, high: 3.0 }, &[-2.0, 1.0, 3.0]),
            [0, 128, 255]
        );
        assert_eq!(painted(Shade::Magnitude(2.0), &[1.0, 3.0]), [255]);
        assert_eq!([-9.0, 0.0, 2.0].map(|v| painted(Shade::Signed(2.0), &[v])[0]), [0, 128, 255]);
        assert_eq!(painted(Shade::Curvature(1.0), &[1.0, 0.0, 0.0, -1.0]), [255, 128, 0]);
        // A constant picture has the scale 0. Its shade must not come from 0 / 0.
        assert_eq!(painted(Shade::Signed(0.0), &[0.0]), [128]);
    }

    #[test]
    fn directions_go_round_the_colours() {
        let at = |down: f32, right: f32| painted(Shade::Direction(1.0), &[down, right]);
        assert_eq!(at(0.0, 1.0), [255, 0, 0]);
        assert_eq!(at(1.0, 0.0), [128, 255, 0]);
        assert_eq!(at(0.0, -1.0), [0, 255, 255]);
        assert_eq!(at(-0.5, 0.0), [64, 0, 128]);
        // Two channels, averaged.
        assert_eq!(painted(Shade::Direction(1.0), &[0.0, 2.0, 0.0, 0.0]), [255, 0, 0]);
    }

    #[test]
    fn the_scale_leaves_out_the_few_that_stand_out() {
        let mut strengths: Vec<f32> = (0..1000).map(|i| i as f32 / 1000.0).collect();
        strengths.extend([1e9, f32::NAN]);
        assert!((scale(strengths) - 0.995).abs() < 2e-3);
        assert_eq!(scale(vec![f32::NAN]), 0.0);
    }
}
