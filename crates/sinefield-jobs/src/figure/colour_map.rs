//! Colour maps: numbers from 0 to 1 to colours.
//!
//! The sequential map is viridis of matplotlib (CC0), interpolated between 17 of its colours. The other two are paths
//! in Oklab (Ottosson, 2020), a space in which equal distances look equally large.

use std::f64::consts::TAU;

/// The meaning of a number, and so its colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColourMap {
    /// From small to large: viridis, from dark violet over green to yellow.
    Sequential,
    /// A signed number: blue below the middle, red above, nearly white at it.
    Diverging,
    /// An angle: 0 and 1 have the same colour. The middle is light yellow-green, the ends are dark violet.
    Cyclic,
}

/// The colour of a number that is not finite.
pub const MISSING: [u8; 3] = [200, 200, 200];

/// Viridis at 0, 1/16, .., 1.
const VIRIDIS: [[u8; 3]; 17] = [
    [68, 1, 84],
    [72, 24, 106],
    [71, 45, 123],
    [66, 64, 134],
    [59, 82, 139],
    [51, 99, 141],
    [44, 114, 142],
    [38, 130, 142],
    [33, 145, 140],
    [31, 160, 136],
    [40, 174, 128],
    [63, 188, 115],
    [94, 201, 98],
    [132, 212, 75],
    [173, 220, 48],
    [216, 226, 25],
    [253, 231, 37],
];

impl ColourMap {
    /// Red, green and blue of `part`. Numbers below 0 have the colour of 0, and those above 1 that of 1.
    pub fn colour(self, part: f64) -> [u8; 3] {
        if part.is_nan() {
            return MISSING;
        }
        let part = part.clamp(0.0, 1.0);
        match self {
            Self::Sequential => {
                let place = part * (VIRIDIS.len() - 1) as f64;
                let below = (place as usize).min(VIRIDIS.len() - 2);
                let along = place - below as f64;
                let mix = |c: usize| {
                    let [low, high] = [below, below + 1].map(|at| f64::from(VIRIDIS[at][c]));
                    (low + along * (high - low)).round() as u8
                };
                [mix(0), mix(1), mix(2)]
            }
            Self::Diverging => {
                let strength = (2.0 * part - 1.0).abs();
                let hue = if part < 0.5 { 260.0 } else { 28.0 };
                of_oklch(0.97 - 0.52 * strength, 0.17 * strength.sqrt() * strength, hue)
            }
            Self::Cyclic => {
                let turn = TAU * (part - 0.5);
                of_oklch(0.66 + 0.2 * turn.cos(), 0.105, 110.0 + turn.to_degrees())
            }
        }
    }
}

/// The sRGB colour of a lightness, a chroma and a hue in degrees of Oklab. The paths above stay inside of sRGB, since a
/// clipped colour would show an edge that the numbers do not have.
fn of_oklch(lightness: f64, chroma: f64, hue: f64) -> [u8; 3] {
    let (sin, cos) = hue.to_radians().sin_cos();
    let (a, b) = (chroma * cos, chroma * sin);
    let cube = |v: f64| v * v * v;
    let l = cube(lightness + 0.396_337_777_4 * a + 0.215_803_757_3 * b);
    let m = cube(lightness - 0.105_561_345_8 * a - 0.063_854_172_8 * b);
    let s = cube(lightness - 0.089_484_177_5 * a - 1.291_485_548 * b);
    let linear = [
        4.076_741_662_1 * l - 3.307_711_591_3 * m + 0.230_969_929_2 * s,
        -1.268_438_004_6 * l + 2.609_757_401_1 * m - 0.341_319_396_5 * s,
        -0.004_196_086_3 * l - 0.703_418_614_7 * m + 1.707_614_701 * s,
    ];
    linear.map(|v| {
        let v = v.clamp(0.0, 1.0);
        let encoded = if v <= 0.003_130_8 { 12.92 * v } else { 1.055 * v.powf(1.0 / 2.4) - 0.055 };
        (255.0 * encoded).round() as u8
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn viridis_has_its_published_colours() {
        let of = |part| ColourMap::Sequential.colour(part);
        assert_eq!(of(0.0), [68, 1, 84]);
        assert_eq!(of(1.0), [253, 231, 37]);
        assert_eq!(of(0.5), [33, 145, 140]);
        assert_eq!((of(-3.0), of(7.0)), (of(0.0), of(1.0)));
        // Between two of the table: the mean.
        assert_eq!(of(1.0 / 32.0), [70, 13, 95]);
        assert_eq!(of(f64::NAN), MISSING);
    }

    #[test]
    fn the_middle_of_a_signed_number_is_nearly_white_and_its_signs_differ() {
        let [low, middle, high] = [0.0, 0.5, 1.0].map(|part| ColourMap::Diverging.colour(part));
        assert!(middle.iter().all(|c| *c > 240), "{middle:?}");
        assert!(low[2] > 2 * low[0] && high[0] > 2 * high[2], "{low:?} {high:?}");
    }

    #[test]
    fn an_angle_has_one_colour_at_both_ends_and_no_jump() {
        let of = |part: f64| ColourMap::Cyclic.colour(part);
        assert_eq!(of(0.0), of(1.0));
        let steps = (0..360).map(|i| (of(f64::from(i) / 360.0), of(f64::from(i + 1) / 360.0)));
        let jump = steps.map(|(a, b)| (0..3).map(|c| a[c].abs_diff(b[c])).max().unwrap_or(0)).max();
        assert!(jump.is_some_and(|jump| jump <= 6), "{jump:?}");
        // A quarter before and a quarter after 0 are told apart.
        let apart = |a: [u8; 3], b: [u8; 3]| (0..3).map(|c| a[c].abs_diff(b[c]) as u32).sum::<u32>();
        assert!(apart(of(0.25), of(0.75)) > 100);
    }
}
