//! Fits signals with any number of axes, and compares values in memory with values read when needed.

use std::sync::Mutex;

use super::*;
use crate::engine::Differentiator;
use crate::engine::by_rows::ByRows;
use crate::engine::cpu::CpuEngine;
use crate::engine::reference;
use crate::fit::{Control, Fit};

fn engine() -> Arc<CpuEngine> {
    Arc::new(CpuEngine::new(Some(2)).unwrap())
}

/// A smooth wave over a grid, `(samples.., channels)`.
fn wave(shape: &[usize], channels: usize) -> Vec<f32> {
    let count: usize = shape.iter().product();
    let value = |at: usize| {
        let place = index(shape, at / channels).into_iter().enumerate();
        let phase: f64 = place.map(|(axis, i)| (0.2 + 0.1 * axis as f64) * i as f64).sum();
        (3.0 * (phase + (at % channels) as f64).sin() + 1.0) as f32
    };
    (0..count * channels).map(value).collect()
}

fn sampled(shape: &[usize], channels: usize) -> Sampled {
    let axes =
        shape.iter().enumerate().map(|(at, n)| Axis::stepped(&format!("axis {at}"), *n, (1.0, 0.5), "s"));
    Sampled::new(axes.collect(), channels, wave(shape, channels), Some((-2.0, 4.0))).unwrap()
}

fn small() -> FieldConfig {
    FieldConfig { hidden: 24, layers: 1, first_omega: Some(8.0), omega: Some(8.0), ..FieldConfig::default() }
}

/// A reader of values in memory that records the number of points of each read.
#[derive(Debug)]
struct Counting {
    values: Vec<f32>,
    channels: usize,
    asked: Mutex<Vec<usize>>,
    broken: bool,
}

impl ColumnReader for Counting {
    fn read(
        &self,
        points: &[usize],
        out: &mut [f32],
    ) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        if self.broken {
            return Err("the disk is gone".into());
        }
        self.asked.lock().unwrap().push(points.len());
        for (point, out) in points.iter().zip(out.chunks_exact_mut(self.channels)) {
            out.copy_from_slice(&self.values[point * self.channels..][..self.channels]);
        }
        Ok(())
    }

    fn fingerprint(&self) -> u64 {
        11
    }
}

#[test]
fn signals_of_any_number_of_axes_are_learnt() {
    for (shape, channels) in
        [(&[257][..], 1), (&[17, 13], 3), (&[5, 6, 7], 2), (&[3, 1, 4, 3], 1), (&[2; 6], 1)]
    {
        let task = Arc::new(sampled(shape, channels));
        let config = FitConfig { steps: 200, rate: 5e-3, ..FitConfig::default() };
        let mut fit = Fit::new(engine(), task.field(&small(), 1).unwrap(), task.clone(), config).unwrap();
        let before = fit.psnr().unwrap().unwrap();
        fit.run(|_, _| Control::Continue).unwrap();
        let after = fit.psnr().unwrap().unwrap();
        assert!(after > before + 12.0 && after > 24.0, "{shape:?}: {before} to {after} dB");
    }
}

/// Compares the mean squared error with its definition, sample by sample, by the float64 reference.
#[test]
fn errors_are_those_of_the_definition() {
    let shape = [3, 4, 5];
    let task = sampled(&shape, 2);
    let field = task.field(&small(), 2).unwrap();
    let parameters: Vec<f64> = field.parameters().iter().map(|&p| f64::from(p)).collect();
    let data = wave(&shape, 2);
    let mut sums = [0.0; 2];
    for at in 0..60 {
        let x: Vec<f64> = index(&shape, at)
            .iter()
            .zip(shape)
            .map(|(i, n)| -1.0 + 2.0 * *i as f64 / (n - 1) as f64)
            .collect();
        let got = reference::jet(field.architecture(), &parameters, &JetSpec::value(3), &x);
        for (channel, got) in got.iter().enumerate() {
            // -2 to 4 is mapped to -1 to 1.
            let wanted = (f64::from(data[at * 2 + channel]) - 1.0) / 3.0;
            sums[0] += (got - wanted).powi(2);
            sums[1] += (got.clamp(-1.0, 1.0) - wanted).powi(2);
        }
    }
    for (clip, sum) in [(false, sums[0]), (true, sums[1])] {
        let got = task.mean_square(&*engine(), &field, clip).unwrap();
        assert!((got - sum / 120.0).abs() < 1e-6 * got, "{got}, not {}", sum / 120.0);
    }
}

/// A fit to values that are read when needed ends in the same bits, and reads only its batches.
#[test]
fn a_reader_is_as_good_as_memory() {
    let (shape, channels) = ([19, 23], 3);
    let values = wave(&shape, channels);
    let reader =
        Arc::new(Counting { values: values.clone(), channels, asked: Mutex::default(), broken: false });
    let axes = || shape.map(|n| Axis::counted("side", n)).to_vec();
    let range = Some((-2.0, 4.0));
    let shared: Arc<dyn ColumnReader> = reader.clone();
    let tasks = [
        Sampled::new(axes(), channels, values, range).unwrap(),
        Sampled::new(axes(), channels, shared, range).unwrap(),
    ];
    let fields = tasks.map(|task| {
        let task = Arc::new(task.with_batch(Batch::Samples(100), 5).unwrap());
        let config = FitConfig { steps: 9, ..FitConfig::default() };
        let mut fit = Fit::new(engine(), task.field(&small(), 1).unwrap(), task.clone(), config).unwrap();
        fit.run(|_, _| Control::Continue).unwrap();
        (fit.psnr().unwrap().unwrap(), fit.into_field())
    });
    assert_eq!(fields[0], fields[1]);
    let asked = reader.asked.lock().unwrap();
    assert_eq!(asked[..9], [100; 9]);
    assert_eq!(asked[9..], [19 * 23]);
}

/// Compares the squared rows, of samples in memory and of samples that are read, with the mean squared error.
#[test]
fn squares_of_rows_are_the_mean_squared_error() {
    for (shape, channels) in [(&[3][..], 1), (&[17, 1], 2), (&[15, 17], 3), (&[257], 1)] {
        let axes = || shape.iter().map(|n| Axis::counted("side", *n)).collect();
        let values = wave(shape, channels);
        let reader = Counting { values: values.clone(), channels, asked: Mutex::default(), broken: false };
        let reader: Arc<dyn ColumnReader> = Arc::new(reader);
        for values in [ColumnValues::from(values), ColumnValues::from(reader)] {
            let task = Sampled::new(axes(), channels, values, Some((-2.0, 4.0))).unwrap();
            let (engine, field) = (engine(), task.field(&small(), 1).unwrap());
            let moment = Moment {
                engine: &engine,
                fields: std::slice::from_ref(&field),
                scalars: &[],
                step: 2,
                progress: 0.0,
                share: 1.0,
                focus: &[],
            };
            let system = task.system(0, &moment).unwrap();
            let jet = JetSpec::value(shape.len());
            let mut stepper = engine.joint_stepper(&[(field.architecture(), &jet)]).unwrap();
            let mut gradient = vec![0.0; field.parameters().len()];
            let by_rows = ByRows(system.as_ref());
            let got = stepper.gradient(&[field.parameters()], &by_rows, &mut [&mut gradient], &mut []);
            let want = task.mean_square(&engine, &field, false).unwrap();
            assert!((got - want).abs() < 1e-6 * want, "{shape:?}: {got}, not {want}");
        }
    }
}

#[test]
fn a_reader_that_fails_ends_the_fit_with_its_words() {
    let broken: Arc<dyn ColumnReader> =
        Arc::new(Counting { values: vec![], channels: 1, asked: Mutex::default(), broken: true });
    let task = Arc::new(Sampled::new(vec![Axis::counted("x", 9)], 1, broken, Some((0.0, 1.0))).unwrap());
    let field = task.field(&small(), 1).unwrap();
    let mut fit = Fit::new(engine(), field, task, FitConfig::default()).unwrap();
    assert!(fit.step().unwrap_err().to_string().contains("the disk is gone"));
}

#[test]
fn what_cannot_be_fitted_is_refused() {
    let axis = |n| Axis::counted("x", n);
    let new = |axes: Vec<Axis>, channels, values: Vec<f32>| Sampled::new(axes, channels, values, None).err();
    assert!(matches!(new(vec![], 1, vec![]), Some(SampledError::Axes { found: 0 })));
    assert!(matches!(new(vec![axis(2); 7], 1, vec![0.0; 128]), Some(SampledError::Axes { found: 7 })));
    assert!(matches!(new(vec![axis(0)], 1, vec![]), Some(SampledError::Empty { .. })));
    assert!(matches!(new(vec![axis(3)], 0, vec![]), Some(SampledError::Empty { .. })));
    assert_eq!(new(vec![axis(1), axis(1)], 2, vec![0.0; 2]), Some(SampledError::SingleSample));
    assert!(matches!(new(vec![axis(3)], 2, vec![0.0; 5]), Some(SampledError::Length { .. })));
    assert!(matches!(
        new(vec![Axis::ranged("t", 0.0, 1.0)], 1, vec![]),
        Some(SampledError::NotSampled { .. })
    ));
    let mut values = vec![0.0; 12];
    values[7] = f32::NAN;
    let told = new(vec![axis(3), Axis::counted("y", 2)], 2, values).unwrap().to_string();
    assert_eq!(told, "the value at x 1, y 1 is not a finite number");
    let unranged: Arc<dyn ColumnReader> =
        Arc::new(Counting { values: vec![], channels: 1, asked: Mutex::default(), broken: false });
    assert_eq!(Sampled::new(vec![axis(3)], 1, unranged, None).err(), Some(SampledError::RangeUnknown));
    assert_eq!(sampled(&[9], 1).with_batch(Batch::Samples(0), 0).err(), Some(SampledError::NoBatch));
}
