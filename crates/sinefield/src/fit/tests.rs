//! The loop: what it learns, what it does when stopped, resumed or diverging, and its file.

use super::*;
use crate::engine::cpu::CpuEngine;
use crate::field::FieldConfig;
use crate::recipe::image::{Batch, Picture};

/// A picture whose values are a smooth function of the pixel, `(rows, columns, channels)`.
fn picture(rows: usize, columns: usize, channels: usize) -> Picture {
    let wave = |i: usize| {
        let (row, column) = (i / channels / columns, i / channels % columns);
        0.5 + 0.4 * (0.37 * row as f32 + (i % channels) as f32).sin() * (0.21 * column as f32).cos()
    };
    let values = (0..rows * columns * channels).map(wave).collect();
    Picture::new((rows, columns, channels), values, Some((0.0, 1.0))).unwrap()
}

fn small() -> FieldConfig {
    FieldConfig { hidden: 24, layers: 1, ..FieldConfig::default() }
}

fn begin<'t>(picture: &'t Picture, threads: usize, config: &FitConfig) -> Fit<'t> {
    let engine = CpuEngine::new(Some(threads)).unwrap();
    let field = picture.field(&small(), 3).unwrap();
    Fit::new(&engine, field, picture, config.clone()).unwrap()
}

fn config(steps: usize) -> FitConfig {
    FitConfig { steps, ..FitConfig::default() }
}

#[test]
fn learns_pictures_of_any_shape() {
    for (rows, columns, channels) in [(17, 23, 1), (1, 255, 3), (257, 1, 1), (3, 2, 4)] {
        let picture = picture(rows, columns, channels);
        let mut fit = begin(&picture, 2, &config(150));
        let before = fit.psnr().unwrap();
        let outcome = fit.run(|_, _| Control::Continue).unwrap();
        let after = fit.psnr().unwrap();
        assert_eq!((outcome.stopped_by, outcome.steps), (StoppedBy::Steps, 150));
        assert!(after > before + 15.0, "{rows}x{columns}x{channels}: {before} to {after} dB");
    }
}

/// The measured PSNR against its definition, pixel by pixel, through the float64 reference.
#[test]
fn psnr_is_the_definitions() {
    let picture = picture(9, 7, 2);
    let mut fit = begin(&picture, 2, &config(40));
    fit.run(|_, _| Control::Continue).unwrap();
    let got = fit.psnr().unwrap();
    let field = fit.field();
    let parameters: Vec<f64> = field.parameters().iter().map(|&p| f64::from(p)).collect();
    let spec = crate::jet::JetSpec::value(2);
    let mut squares = 0.0;
    for row in 0..9 {
        for column in 0..7 {
            let x = [row as f64 / 4.0 - 1.0, column as f64 / 3.0 - 1.0];
            let values = crate::engine::reference::jet(field.architecture(), &parameters, &spec, &x);
            for (channel, value) in values.iter().enumerate() {
                let phase = 0.37 * row as f64 + channel as f64;
                let wanted = 0.5 + 0.4 * phase.sin() * (0.21 * column as f64).cos();
                squares += (field.meta.value.signal(*value).clamp(0.0, 1.0) - wanted).powi(2);
            }
        }
    }
    let wanted = -10.0 * (squares / 126.0).log10();
    assert!((got - wanted).abs() < 1e-3, "{got} against {wanted}");
}

#[test]
fn an_interrupted_fit_resumes_to_the_same_bits() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("fit.checkpoint");
    let whole = picture(31, 17, 1);
    let batched = picture(31, 17, 1).with_batch(Batch::Pixels(100), 5).unwrap();
    for picture in [&whole, &batched] {
        let mut straight = begin(picture, 2, &config(30));
        straight.run(|_, _| Control::Continue).unwrap();

        let mut first = begin(picture, 1, &config(30));
        let stop_at_11 =
            |p: &Progress, _: &Fit<'_>| if p.step == 11 { Control::Stop } else { Control::Continue };
        let outcome = first.run(stop_at_11).unwrap();
        assert_eq!((outcome.stopped_by, outcome.steps), (StoppedBy::Interrupt, 11));
        first.checkpoint().save(&path).unwrap();

        let loaded = Checkpoint::load(&path).unwrap();
        assert_eq!(loaded, first.checkpoint());
        let engine = CpuEngine::new(Some(2)).unwrap();
        let mut second = Fit::resume(&engine, loaded, picture, config(30)).unwrap();
        second.run(|_, _| Control::Continue).unwrap();
        assert_eq!(second.field(), straight.field());
    }
}

#[test]
fn another_problems_checkpoint_is_refused() {
    let (one, other) = (picture(8, 9, 1), picture(9, 8, 1));
    let mut fit = begin(&one, 1, &config(5));
    fit.run(|_, _| Control::Continue).unwrap();
    let engine = CpuEngine::new(Some(1)).unwrap();
    let resume = |task, config| Fit::resume(&engine, fit.checkpoint(), task, config).err();
    assert!(resume(&one, config(5)).is_none());
    assert!(matches!(resume(&other, config(5)), Some(FitError::OtherProblem(_))));
    assert!(matches!(resume(&one, config(6)), Some(FitError::OtherProblem(_))));
    let batched = picture(8, 9, 1).with_batch(Batch::Pixels(7), 0).unwrap();
    assert!(matches!(resume(&batched, config(5)), Some(FitError::OtherProblem(_))));
}

#[test]
fn a_damaged_checkpoint_is_refused_at_every_length() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("fit.checkpoint");
    let picture = picture(4, 5, 1);
    begin(&picture, 1, &config(5)).checkpoint().save(&path).unwrap();
    let bytes = std::fs::read(&path).unwrap();
    for length in 0..bytes.len() {
        std::fs::write(&path, &bytes[..length]).unwrap();
        assert!(Checkpoint::load(&path).is_err(), "{length} of {} bytes", bytes.len());
    }
    for at in (0..bytes.len()).step_by(7) {
        let mut flipped = bytes.clone();
        flipped[at] ^= 0x20;
        std::fs::write(&path, &flipped).unwrap();
        assert!(Checkpoint::load(&path).is_err(), "byte {at}");
    }
    let newer = [b"sinefield checkpoint 2\n", &bytes[23..]].concat();
    std::fs::write(&path, newer).unwrap();
    assert!(matches!(Checkpoint::load(&path), Err(CheckpointError::Newer(_))));
}

#[test]
fn a_target_stops_the_fit_once_it_is_measured() {
    let picture = picture(24, 24, 1);
    let mut fit = begin(&picture, 2, &FitConfig { target_psnr: Some(30.0), ..config(2000) });
    let outcome = fit.run(|_, _| Control::Continue).unwrap();
    assert_eq!(outcome.stopped_by, StoppedBy::Target);
    assert!(outcome.steps < 2000 && fit.psnr().unwrap() >= 30.0);
}

#[test]
fn a_diverging_fit_says_so_and_keeps_finite_parameters() {
    let picture = picture(12, 12, 1);
    let mut fit = begin(&picture, 1, &FitConfig { rate: 1e30, ..config(50) });
    let error = fit.run(|_, _| Control::Continue).unwrap_err().to_string();
    assert!(error.contains("picture") && error.contains("step"), "{error}");
    assert!(fit.field().parameters().iter().all(|p| p.is_finite()));
}

#[test]
fn rates_follow_the_schedule() {
    let config = FitConfig { steps: 120, rate: 2.0, ..FitConfig::default() };
    let near = |step, want: f64| {
        let got = config.rate_at(step);
        assert!((got - want).abs() < 1e-12, "step {step}: {got} against {want}");
    };
    near(0, 0.1);
    near(19, 2.0);
    near(20, 2.0);
    near(119, 0.04);
    // Half of the fall: the mean of both ends.
    let odd = FitConfig { steps: 121, ..config.clone() };
    assert!((odd.rate_at(70) - 1.02).abs() < 1e-12);
    assert_eq!(FitConfig::paper().rate_at(0), 1e-4);
    assert_eq!(FitConfig::paper().rate_at(499), 1e-4);
}

#[test]
fn impossible_settings_are_refused() {
    let bad = [
        FitConfig { steps: 0, ..FitConfig::default() },
        FitConfig { rate: 0.0, ..FitConfig::default() },
        FitConfig { rate: -1.0, ..FitConfig::default() },
        FitConfig { rate: f64::NAN, ..FitConfig::default() },
        FitConfig { rate: f64::INFINITY, ..FitConfig::default() },
        FitConfig { final_fraction: 1.5, ..FitConfig::default() },
        FitConfig { target_psnr: Some(f64::NAN), ..FitConfig::default() },
    ];
    for config in bad {
        assert!(config.check().is_err(), "{config:?}");
    }
    assert!(Picture::new((1, 1, 1), vec![0.0], None).is_err());
    assert!(Picture::new((0, 4, 1), vec![], None).is_err());
    assert!(Picture::new((2, 2, 1), vec![0.0; 3], None).is_err());
    let message = Picture::new((2, 3, 1), vec![0., 0., 0., 0., f32::NAN, 0.], None).unwrap_err().to_string();
    assert!(message.contains("row 1, column 1"), "{message}");
}
