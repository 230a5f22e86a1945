//! How near a field comes to the image it was fitted to.

use sinefield::engine::cpu::CpuEngine;
use sinefield::field::Field;
use sinefield::render::{Frame, Quantity, Render, RenderError, Size};
use sinefield_media::{Image, psnr, ssim};

/// The side of the window that [`ssim`] compares in, the largest odd one that fits if this does not;
/// neighbouring bands share one row less.
const WINDOW: usize = 7;
/// Pixels rendered at a time, so that a large image is never held twice.
const BAND: usize = 1 << 20;

/// How near a field comes to its image.
#[derive(Clone, Copy, Debug)]
pub struct Quality {
    /// The peak signal-to-noise ratio in dB; the peak is the range of the field's values.
    pub psnr_db: f64,
    /// The mean structural similarity.
    pub ssim: f64,
}

/// Renders `field` at the size of `image`, clips it to the field's range of values and compares.
pub fn measure(engine: &CpuEngine, field: &Field, image: &Image) -> Result<Quality, RenderError> {
    measure_by(engine, field, image, (BAND / image.columns).max(1))
}

/// [`measure`], with windows beginning in `step` rows at a time.
fn measure_by(engine: &CpuEngine, field: &Field, image: &Image, step: usize) -> Result<Quality, RenderError> {
    let Image { rows, columns, channels, .. } = *image;
    let frame = Frame::new(field, None, Size::Exact { rows, columns })?;
    let (low, high) = range(field);
    let peak = f64::from(high) - f64::from(low);
    // Bands are counted by the rows their windows begin in.
    let shorter = rows.min(columns).min(WINDOW);
    let side = shorter - (shorter + 1) % 2;
    let tops = rows + 1 - side;
    let (mut squares, mut similarity) = (0.0, 0.0);
    for top in (0..tops).step_by(step) {
        let last = top + step >= tops;
        let own = if last { rows - top } else { step };
        let windows = if last { tops - top } else { step };
        let height = if last { own } else { step + side - 1 };
        let mut band = vec![0.0f32; height * columns * channels];
        let render = Render::new(field, frame.band(top..top + height), Quantity::Value)?;
        render.draw(engine, &mut band, channels, |numbers, out| {
            out.iter_mut().zip(numbers).for_each(|(out, value)| *out = value.clamp(low, high));
        })?;
        let from = top * columns * channels;
        let wanted = &image.data[from..from + band.len()];
        let count = own * columns * channels;
        squares += count as f64 * 10f64.powf(-0.1 * psnr(&band[..count], &wanted[..count], peak));
        similarity += windows as f64 * ssim(&band, wanted, height, columns, channels, peak);
    }
    let mean = squares / image.data.len() as f64;
    Ok(Quality { psnr_db: -10.0 * mean.log10(), ssim: similarity / tops as f64 })
}

/// The smallest and the largest value of the signal a field was fitted to.
pub fn range(field: &Field) -> (f32, f32) {
    let map = field.meta.value;
    let ends = [map.signal(-1.0) as f32, map.signal(1.0) as f32];
    (ends[0].min(ends[1]), ends[0].max(ends[1]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use sinefield::field::{FieldConfig, Meta, ValueMap};
    use sinefield_media::Depth;

    /// Whatever the bands, against the metrics of the whole render.
    #[test]
    fn bands_are_the_whole() {
        let engine = CpuEngine::new(Some(1)).unwrap();
        for (rows, columns, channels) in [(40, 9, 2), (7, 8, 1), (5, 30, 1), (30, 3, 3), (1, 6, 1)] {
            let config = FieldConfig { hidden: 8, ..FieldConfig::new(2, channels) };
            let mut field = Field::new(&config, 1).unwrap();
            let value = ValueMap { scale: 2.0, offset: 1.0 };
            field.meta = Meta { value, ..Meta::picture(rows, columns) };
            let data: Vec<f32> =
                (0..rows * columns * channels).map(|i| (i as f32 * 0.3).sin() * 2.0 + 1.0).collect();
            let image = Image { rows, columns, channels, data, depth: Depth::F32 };
            let frame = Frame::new(&field, None, Size::Native).unwrap();
            let mut whole = vec![0.0; image.data.len()];
            let render = Render::new(&field, frame, Quantity::Value).unwrap();
            let clip = |numbers: &[f32], out: &mut [f32]| {
                out.iter_mut().zip(numbers).for_each(|(out, value)| *out = value.clamp(-1.0, 3.0));
            };
            render.draw(&engine, &mut whole, channels, clip).unwrap();
            let wanted =
                (psnr(&whole, &image.data, 4.0), ssim(&whole, &image.data, rows, columns, channels, 4.0));
            for step in [1, 3, 10, 100] {
                let got = measure_by(&engine, &field, &image, step).unwrap();
                assert!((got.psnr_db - wanted.0).abs() < 1e-9, "{got:?}, not {wanted:?}");
                assert!((got.ssim - wanted.1).abs() < 1e-9, "{got:?}, not {wanted:?}");
            }
        }
    }
}
