//! The quality of a field as an approximation of its signal, with the usual measures of each kind of signal.

use serde_json::{Map, Value, json};
use sinefield::engine::Engine;
use sinefield::field::Field;
use sinefield::recipe::sampled::Sampled;
use sinefield::render::{Count, Frame, Part, Quantity, Render};
use sinefield_media::{Image, SignalKind, psnr, ssim};

use crate::{JobError, Subject, Told};

/// The side of the window of [`ssim`] in pixels. A smaller image has the largest odd side that fits. Adjacent bands
/// share one row fewer than the side.
const WINDOW: usize = 7;
/// Pixels per band. Rendering in bands avoids a second copy of a large image.
const BAND: usize = 1 << 20;

/// The quality of a field as an approximation of its signal.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Quality {
    /// For an image. The peak is the range of the field's values.
    Image {
        /// The peak signal-to-noise ratio in dB.
        psnr_db: f64,
        /// The mean structural similarity.
        ssim: f64,
    },
    /// For a sound.
    Sound {
        /// The mean squared error, in the signal's units.
        mse: f64,
        /// The signal-to-noise ratio in dB: the signal's mean square over the error's.
        snr_db: f64,
    },
    /// For a video: statistics of the PSNR of its frames.
    Video {
        /// The mean, in dB.
        psnr_db: f64,
        /// The standard deviation, in dB.
        deviation_db: f64,
    },
    /// For a volume. The peak is the range of the field's values.
    Volume {
        /// The peak signal-to-noise ratio in dB.
        psnr_db: f64,
    },
}

impl Quality {
    /// Measures `field` against `subject`, whose task is `task`. `told` receives the number of rows (of an image),
    /// frames (of a video) or samples done.
    ///
    /// # Errors
    /// If the engine refuses the field, or the signal can no longer be read.
    pub fn measure(
        engine: &dyn Engine,
        field: &Field,
        subject: &Subject,
        task: &Sampled,
        told: Told<'_>,
    ) -> Result<Self, JobError> {
        let shape = subject.signal.shape();
        match (subject.signal.kind, shape.as_slice()) {
            (SignalKind::Image, &[rows, columns]) => {
                let data = subject.signal.in_memory().unwrap_or_default();
                image(engine, field, (data, rows, columns, subject.signal.channels), BAND, told)
            }
            (SignalKind::Sound, _) => sound(engine, field, subject, task, told),
            (SignalKind::Video, _) => video(engine, field, task, told),
            _ => {
                let mean = mean_square(engine, field, task, true, told)?;
                Ok(Self::Volume { psnr_db: decibels(4.0 / mean) })
            }
        }
    }

    /// Measures `field` against an image.
    ///
    /// # Errors
    /// If the engine refuses the field, or it is not of a picture.
    pub fn of_image(engine: &dyn Engine, field: &Field, of: &Image) -> Result<Self, JobError> {
        image(engine, field, (&of.data, of.rows, of.columns, of.channels), BAND, &mut |_, _| ())
    }

    /// The main measure in dB: the PSNR, or the SNR of a sound.
    pub fn decibels(&self) -> f64 {
        match *self {
            Self::Image { psnr_db, .. } | Self::Video { psnr_db, .. } | Self::Volume { psnr_db } => psnr_db,
            Self::Sound { snr_db, .. } => snr_db,
        }
    }

    /// The measures by name, for reports and files.
    pub fn numbers(&self) -> Map<String, Value> {
        let entries: &[(&str, f64)] = match self {
            Self::Image { psnr_db, ssim } => &[("psnr_db", *psnr_db), ("ssim", *ssim)],
            Self::Sound { mse, snr_db } => &[("mse", *mse), ("snr_db", *snr_db)],
            Self::Video { psnr_db, deviation_db } => {
                &[("psnr_db", *psnr_db), ("psnr_deviation_db", *deviation_db)]
            }
            Self::Volume { psnr_db } => &[("psnr_db", *psnr_db)],
        };
        entries.iter().map(|(name, number)| ((*name).to_string(), json!(number))).collect()
    }

    /// The measures in words.
    pub fn words(&self) -> String {
        match self {
            Self::Image { psnr_db, ssim } => format!("{psnr_db:.2} dB, SSIM {ssim:.4}"),
            Self::Sound { mse, snr_db } if *snr_db == f64::NEG_INFINITY => {
                format!("mean squared error {mse:.2e} of silence")
            }
            Self::Sound { mse, snr_db } => format!("mean squared error {mse:.2e}, SNR {snr_db:.2} dB"),
            Self::Video { psnr_db, deviation_db } => {
                format!("{psnr_db:.2} dB over all frames (deviation {deviation_db:.2} dB)")
            }
            Self::Volume { psnr_db } => format!("{psnr_db:.2} dB"),
        }
    }
}

fn decibels(ratio: f64) -> f64 {
    10.0 * ratio.log10()
}

/// The mean squared error of the outputs, in output units. `clip` clips the outputs to `[-1, 1]`.
fn mean_square(
    engine: &dyn Engine,
    field: &Field,
    task: &Sampled,
    clip: bool,
    told: Told<'_>,
) -> Result<f64, JobError> {
    let (count, mut sum) = (task.count(), 0.0);
    task.squared_errors(engine, field, clip, |first, errors| {
        sum += errors.iter().sum::<f64>();
        told(first + errors.len(), Some(count));
    })?;
    Ok(sum / (count * task.channels()) as f64)
}

fn sound(
    engine: &dyn Engine,
    field: &Field,
    subject: &Subject,
    task: &Sampled,
    told: Told<'_>,
) -> Result<Quality, JobError> {
    let mse = mean_square(engine, field, task, false, told)? * field.meta.value.scale.powi(2);
    let values = subject.signal.in_memory().unwrap_or_default();
    let power = values.iter().map(|v| f64::from(*v).powi(2)).sum::<f64>() / values.len() as f64;
    Ok(Quality::Sound { mse, snr_db: decibels(power / mse) })
}

/// The mean and the standard deviation of the PSNR of the frames. Samples are in the order of the frames.
fn video(engine: &dyn Engine, field: &Field, task: &Sampled, told: Told<'_>) -> Result<Quality, JobError> {
    let frames = task.shape()[0];
    let pixels = task.count() / frames;
    let mut squares = vec![0.0f64; frames];
    task.squared_errors(engine, field, true, |first, errors| {
        (first..).zip(errors).for_each(|(at, error)| squares[at / pixels] += error);
        told((first + errors.len()) / pixels, Some(frames));
    })?;
    let each = squares.iter().map(|sum| decibels(4.0 * (pixels * task.channels()) as f64 / sum));
    let each: Vec<f64> = each.collect();
    let mean = each.iter().sum::<f64>() / frames as f64;
    let variance = each.iter().map(|db| (db - mean).powi(2)).sum::<f64>() / frames as f64;
    Ok(Quality::Video { psnr_db: mean, deviation_db: variance.sqrt() })
}

/// Renders `field` at the size of its image in bands, clips the values to the field's range, and compares them with
/// `data`.
fn image(
    engine: &dyn Engine,
    field: &Field,
    (data, rows, columns, channels): (&[f32], usize, usize, usize),
    band: usize,
    told: Told<'_>,
) -> Result<Quality, JobError> {
    let step = (band / columns).max(1);
    let exactly = |count| Part::Run { region: None, count: Count::Exact(count) };
    let frame = Frame::of_parts(field, &[exactly(rows), exactly(columns)])?;
    let (low, high) = value_range(field);
    let peak = f64::from(high) - f64::from(low);
    // Each band covers the windows whose top rows are in one range of `step` rows.
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
        let wanted = &data[from..from + band.len()];
        let count = own * columns * channels;
        squares += count as f64 * 10f64.powf(-0.1 * psnr(&band[..count], &wanted[..count], peak));
        similarity += windows as f64 * ssim(&band, wanted, height, columns, channels, peak);
        told(top + own, Some(rows));
    }
    let mean = squares / data.len() as f64;
    Ok(Quality::Image { psnr_db: -10.0 * mean.log10(), ssim: similarity / tops as f64 })
}

/// The smallest and the largest value of the signal a field was fitted to.
pub fn value_range(field: &Field) -> (f32, f32) {
    let map = field.meta.value;
    let ends = [map.signal(-1.0) as f32, map.signal(1.0) as f32];
    (ends[0].min(ends[1]), ends[0].max(ends[1]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    use sinefield::engine::cpu::CpuEngine;
    use sinefield::engine::reference::jet;
    use sinefield::field::FieldConfig;
    use sinefield::jet::JetSpec;
    use sinefield_media::{Depth, Samples, Signal, SignalAxis};

    fn nothing(_: usize, _: Option<usize>) {}

    /// Compares bands of several heights with the metrics of the whole render.
    #[test]
    fn bands_of_an_image_are_the_whole() {
        let engine = CpuEngine::new(Some(1)).unwrap();
        for (rows, columns, channels) in [(40, 9, 2), (7, 8, 1), (5, 30, 1), (30, 3, 3), (1, 6, 1)] {
            let data: Vec<f32> =
                (0..rows * columns * channels).map(|i| (i as f32 * 0.3).sin() * 2.0 + 1.0).collect();
            let image_of = Image { rows, columns, channels, data: data.clone(), depth: Depth::F32 };
            let subject = Subject::image(Path::new("wave"), image_of);
            let task = subject.task().unwrap();
            let config = FieldConfig { hidden: 8, ..FieldConfig::default() };
            let field = subject.field(&task, &config, 1).unwrap();
            let (low, high) = value_range(&field);
            let frame = Frame::native(&field).unwrap();
            let mut whole = vec![0.0; data.len()];
            let render = Render::new(&field, frame, Quantity::Value).unwrap();
            let clip = |numbers: &[f32], out: &mut [f32]| {
                out.iter_mut().zip(numbers).for_each(|(out, value)| *out = value.clamp(low, high));
            };
            render.draw(&engine, &mut whole, channels, clip).unwrap();
            let peak = f64::from(high) - f64::from(low);
            let wanted = (psnr(&whole, &data, peak), ssim(&whole, &data, rows, columns, channels, peak));
            for band in [1, 30, 100, 100_000] {
                let got =
                    image(&engine, &field, (&data, rows, columns, channels), band, &mut nothing).unwrap();
                let Quality::Image { psnr_db, ssim } = got else { panic!("{got:?}") };
                assert!((psnr_db - wanted.0).abs() < 1e-9, "{got:?}, not {wanted:?}");
                assert!((ssim - wanted.1).abs() < 1e-9, "{got:?}, not {wanted:?}");
            }
        }
    }

    /// Compares the measures of a sound and a video with their definitions, through the float64 reference.
    #[test]
    fn sounds_and_videos_are_measured_as_defined() {
        let engine = CpuEngine::new(Some(2)).unwrap();
        let time =
            |samples, step| SignalAxis { name: "time".into(), samples, unit: "s".into(), start: 0.0, step };
        let sides = [SignalAxis::counted("row", 3), SignalAxis::counted("column", 5)];
        let cases = [
            (SignalKind::Sound, vec![time(257, 1e-3)], 2, None),
            (SignalKind::Video, [vec![time(7, 0.04)], sides.to_vec()].concat(), 1, Some((0.0, 1.0))),
        ];
        for (kind, axes, channels, range) in cases {
            let count: usize = axes.iter().map(|axis| axis.samples).product();
            let data: Vec<f32> = (0..count * channels).map(|i| 0.5 + 0.4 * (i as f32 * 0.7).sin()).collect();
            let samples = Samples::Memory(data.clone().into());
            let signal = Signal { kind, axes: axes.clone(), channels, samples, range, affine: None };
            let subject = Subject { path: "wave".into(), signal };
            let task = subject.task().unwrap();
            let config = FieldConfig { hidden: 8, layers: 0, ..FieldConfig::default() };
            let field = subject.field(&task, &config, 1).unwrap();
            let parameters: Vec<f64> = field.parameters().iter().map(|p| f64::from(*p)).collect();
            let map = field.meta.value;
            let (mut frames, mut power) = (vec![0.0; axes[0].samples], 0.0);
            for at in 0..count {
                let mut rest = at;
                let mut x = vec![0.0; axes.len()];
                for (x, axis) in x.iter_mut().zip(&axes).rev() {
                    *x = -1.0 + 2.0 * (rest % axis.samples) as f64 / (axis.samples - 1) as f64;
                    rest /= axis.samples;
                }
                let got = jet(field.architecture(), &parameters, &JetSpec::value(axes.len()), &x);
                for (channel, got) in got.iter().enumerate() {
                    let wanted = f64::from(data[at * channels + channel]);
                    let clipped = if kind == SignalKind::Video { got.clamp(-1.0, 1.0) } else { *got };
                    frames[at * axes[0].samples / count] += (map.signal(clipped) - wanted).powi(2);
                    power += wanted.powi(2);
                }
            }
            let numbers = (count * channels) as f64;
            match Quality::measure(&engine, &field, &subject, &task, &mut nothing).unwrap() {
                Quality::Sound { mse, snr_db } => {
                    let want = frames.iter().sum::<f64>() / numbers;
                    assert!((mse - want).abs() < 1e-5 * want, "{mse}, not {want}");
                    assert!((snr_db - decibels(power / numbers / want)).abs() < 1e-3);
                }
                Quality::Video { psnr_db, deviation_db } => {
                    let each: Vec<f64> = frames.iter().map(|sum| decibels(15.0 / sum)).collect();
                    let mean = each.iter().sum::<f64>() / 7.0;
                    let spread = (each.iter().map(|db| (db - mean).powi(2)).sum::<f64>() / 7.0).sqrt();
                    assert!((psnr_db - mean).abs() < 1e-3, "{psnr_db}, not {mean}");
                    assert!((deviation_db - spread).abs() < 1e-3, "{deviation_db}, not {spread}");
                }
                other => panic!("{other:?}"),
            }
        }
    }
}
