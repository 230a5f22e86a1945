//! Derivative fields as 8-bit pictures for people.
//!
//! A few extreme values would leave the rest of a picture black, so the brightest shade goes to
//! the 99.5th percentile of the magnitudes and what exceeds it is clipped. Values that are not
//! finite are drawn as zero.

/// The part of the values that is not clipped.
const BRIGHTEST: f64 = 0.995;

/// Above this many values the percentile is that of an even sample of them.
const SAMPLED: usize = 1 << 20;

/// Magnitudes in grey: 0 is black and the 99.5th percentile, which comes with the picture, white.
///
/// ```
/// let (grey, scale) = sinefield_media::magnitude_picture(&[0.0, 1.0, -2.0]);
/// assert_eq!((grey, scale), (vec![0, 128, 255], 2.0));
/// ```
pub fn magnitude_picture(values: &[f32]) -> (Vec<u8>, f32) {
    let scale = brightest(values.len(), |index| values[index]);
    let grey = values.iter().map(|&value| shade(part(value.abs(), scale))).collect();
    (grey, scale)
}

/// Signed values in grey: 0 is mid-grey (128), `-scale` black and `scale` white.
///
/// Without a scale, it is the 99.5th percentile of the magnitudes.
pub fn signed_picture(values: &[f32], scale: Option<f32>) -> Vec<u8> {
    let scale = scale.unwrap_or_else(|| brightest(values.len(), |index| values[index]));
    values.iter().map(|&value| (part(value, scale) * 127.5 + 127.5).round() as u8).collect()
}

/// A gradient field in RGB: the hue is its direction and the brightness its length, at most that
/// of the 99.5th percentile.
///
/// Red points right, up the columns; going round from there, yellow-green points down, up the
/// rows, cyan left and violet up.
pub fn direction_picture(d_row: &[f32], d_column: &[f32]) -> Vec<u8> {
    let count = d_row.len().min(d_column.len());
    let scale = brightest(count, |index| d_row[index].hypot(d_column[index]));
    let mut picture = Vec::with_capacity(count * 3);
    for (&down, &right) in d_row.iter().zip(d_column) {
        let brightness = part(down.hypot(right), scale);
        let turn = down.atan2(right) / std::f32::consts::TAU;
        picture.extend(hue(turn).map(|colour| shade(colour * brightness)));
    }
    picture
}

/// The 99.5th percentile of the magnitudes of finite values; 0 where there is none.
fn brightest(count: usize, value: impl Fn(usize) -> f32) -> f32 {
    let step = count.div_ceil(SAMPLED).max(1);
    let mut magnitudes: Vec<f32> =
        (0..count).step_by(step).map(|index| value(index).abs()).filter(|value| value.is_finite()).collect();
    let Some(last) = magnitudes.len().checked_sub(1) else { return 0.0 };
    let rank = (last as f64 * BRIGHTEST).ceil() as usize;
    let (_, brightest, _) = magnitudes.select_nth_unstable_by(rank, f32::total_cmp);
    *brightest
}

/// A value as a part of the scale, from -1 to 1; 0 for what is not finite, and for any value
/// where the scale is none.
fn part(value: f32, scale: f32) -> f32 {
    let usable = scale > 0.0 && scale.is_finite() && value.is_finite();
    // In 64 bits even the largest value by the smallest scale is no infinity.
    if usable { (f64::from(value) / f64::from(scale)).clamp(-1.0, 1.0) as f32 } else { 0.0 }
}

fn shade(part: f32) -> u8 {
    (part * 255.0).round() as u8
}

/// The red, green and blue of a hue, given in turns; not a number counts as 0.
fn hue(turn: f32) -> [f32; 3] {
    let turn = if turn.is_finite() { turn } else { 0.0 };
    [0.0, 1.0 / 3.0, 2.0 / 3.0].map(|peak| {
        let distance = (turn - peak).rem_euclid(1.0);
        let distance = distance.min(1.0 - distance);
        (2.0 - 6.0 * distance).clamp(0.0, 1.0)
    })
}
