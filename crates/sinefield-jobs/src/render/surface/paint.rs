//! The colours of samples of a surface.

use super::Look;
use super::scene::{Sample, Scene};
use crate::figure::colour_map::ColourMap;
use crate::figure::plot::spread;
use crate::render::figure::around_zero;

/// The part of the curvatures that is within the colour bar. The few at edges would leave the rest pale.
const WITHIN: f64 = 0.97;
/// The colour of the material, in linear light.
const CLAY: [f64; 3] = [0.55, 0.49, 0.43];
/// The lights, in linear light: the key light, the weak one, the sky and the ground.
const KEY: [f64; 3] = [1.25, 1.19, 1.11];
/// How soft light fades where the surface turns from it.
const SOFT: f64 = 0.1;
const WEAK: [f64; 3] = [0.10, 0.11, 0.13];
const SKY: [f64; 3] = [0.40, 0.43, 0.47];
const GROUND: [f64; 3] = [0.17, 0.155, 0.14];

/// Turns samples into colours.
pub struct Painter {
    look: Look,
    lights: [[f64; 3]; 2],
    up: [f64; 3],
    ends: Option<(f64, f64)>,
}

impl Painter {
    /// The colours of `samples` of a scene. `limits` are the ends of the colour bar.
    pub fn new(scene: &Scene, samples: &[Sample], limits: Option<(f64, f64)>) -> Self {
        let look = scene.look();
        let numbers = || samples.iter().map(|sample| sample.number);
        let ends = limits.or_else(|| match look {
            Look::Curvature => Some(around_zero(within(numbers().map(f32::abs).collect()))),
            Look::Distance => Some(spread(numbers().map(f64::from))),
            Look::Shaded | Look::Normal => None,
        });
        Self { look, lights: scene.lights(), up: scene.view().up, ends }
    }

    /// The ends of the colour bar, if there is one.
    pub fn ends(&self) -> Option<(f64, f64)> {
        self.ends
    }

    /// The colours of numbers.
    pub fn map(&self) -> ColourMap {
        if self.look == Look::Curvature { ColourMap::Diverging } else { ColourMap::Sequential }
    }

    /// Red, green and blue of a sample of a surface, from 0 to 1.
    pub fn colour(&self, sample: &Sample) -> [f32; 3] {
        let normal = sample.normal.map(f64::from);
        let towards = |direction: [f64; 3]| (0..3).map(|axis| normal[axis] * direction[axis]).sum::<f64>();
        let [key, weak] = self.lights.map(|light| towards(light).max(0.0));
        match self.look {
            Look::Normal => sample.normal.map(|n| 0.5 + 0.5 * n),
            Look::Shaded => {
                let (sun, open) = (f64::from(sample.sun), f64::from(sample.open));
                let (height, soft) = (0.5 + 0.5 * towards(self.up), key * key / (key + SOFT));
                [0, 1, 2].map(|c| {
                    let sky = GROUND[c] + height * (SKY[c] - GROUND[c]);
                    let light = soft * sun * KEY[c] + open * (weak * WEAK[c] + sky);
                    encoded(CLAY[c] * light) as f32
                })
            }
            Look::Curvature | Look::Distance => {
                let (low, high) = self.ends.unwrap_or((0.0, 1.0));
                let colour = self.map().colour((f64::from(sample.number) - low) / (high - low));
                // Light that leaves the colours readable.
                let light = 0.62 + 0.3 * key + 0.08 * weak;
                colour.map(|c| encoded(linear(f64::from(c) / 255.0) * light) as f32)
            }
        }
    }
}

/// The number below which most of the finite `numbers` are; 0 without any.
fn within(mut numbers: Vec<f32>) -> f64 {
    numbers.retain(|number| number.is_finite());
    let Some(last) = numbers.len().checked_sub(1) else { return 0.0 };
    let rank = (last as f64 * WITHIN).ceil() as usize;
    f64::from(*numbers.select_nth_unstable_by(rank, f32::total_cmp).1)
}

/// The sRGB number of a part of the full light.
fn encoded(linear: f64) -> f64 {
    let linear = linear.clamp(0.0, 1.0);
    if linear <= 0.003_130_8 { 12.92 * linear } else { 1.055 * linear.powf(1.0 / 2.4) - 0.055 }
}

/// The inverse of [`encoded`].
fn linear(encoded: f64) -> f64 {
    if encoded <= 0.040_45 { encoded / 12.92 } else { ((encoded + 0.055) / 1.055).powf(2.4) }
}

/// Pixels of red, green, blue and opacity on a white ground: red, green and blue.
pub fn on_white(pixels: &[u8]) -> Vec<u8> {
    let mixed = |pixel: &[u8]| {
        let opacity = u32::from(pixel[3]);
        [0, 1, 2].map(|c| ((u32::from(pixel[c]) * opacity + 255 * (255 - opacity) + 127) / 255) as u8)
    };
    pixels.chunks_exact(4).flat_map(mixed).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn light_is_encoded_as_srgb() {
        for (light, number) in [(0.0, 0.0), (0.5, 0.735_357), (0.002, 0.025_84), (1.0, 1.0), (3.0, 1.0)] {
            assert!((encoded(light) - number).abs() < 1e-5, "{light}");
        }
        assert!(
            (0..=255).all(|n| (encoded(linear(f64::from(n) / 255.0)) * 255.0 - f64::from(n)).abs() < 1e-3)
        );
    }

    #[test]
    fn the_ground_is_white_where_nothing_is() {
        assert_eq!(
            on_white(&[10, 20, 30, 255, 7, 7, 7, 0, 0, 100, 200, 51]),
            [10, 20, 30, 255, 255, 255, 204, 224, 244]
        );
    }

    #[test]
    fn few_extremes_do_not_count() {
        let numbers = (0..1000).map(|i| if i < 20 { 1e6 } else { i as f32 / 1000.0 });
        assert!(within(numbers.chain([f32::NAN]).collect()) < 1.0);
        assert_eq!(within(vec![f32::NAN]), 0.0);
    }
}
