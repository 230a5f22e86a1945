//! Compares pictures recovered from derivatives with closed forms and a sparse solver, and gradients with finite
//! differences.

use std::sync::Arc;

use serde::Deserialize;

use super::*;
use crate::engine::Differentiator;
use crate::engine::cpu::CpuEngine;
use crate::field::{Field, FieldConfig};
use crate::fit::{Control, Fit, FitConfig, Moment, Task};

fn network(hidden: usize, omega: f32) -> FieldConfig {
    FieldConfig { hidden, layers: 2, omega: Some(omega), first_omega: Some(omega), ..FieldConfig::default() }
}

fn fitted(task: &GradientDomain, network: &FieldConfig, config: FitConfig) -> Field {
    let engine = Arc::new(CpuEngine::new(Some(1)).unwrap());
    let mut fit = Fit::new(engine, task.field(network, 1).unwrap(), Arc::new(task.clone()), config).unwrap();
    fit.run(|_, _| Control::Continue).unwrap();
    fit.into_field()
}

/// The loss at a field's parameters, and its gradient.
fn loss(task: &GradientDomain, field: &Field) -> (f64, Vec<f32>) {
    let engine = CpuEngine::new(Some(1)).unwrap();
    let fields = [field.clone()];
    let now = Moment {
        engine: &engine,
        fields: &fields,
        scalars: &[],
        step: 3,
        progress: 0.0,
        share: 1.0,
        focus: &[],
    };
    let mut total = (0.0, vec![0.0; field.parameters().len()]);
    for (index, term) in task.terms().iter().enumerate() {
        let system = task.system(index, &now).unwrap();
        let mut stepper = engine.joint_stepper(&[(field.architecture(), &term.fields[0].jet)]).unwrap();
        let mut part = vec![0.0; total.1.len()];
        total.0 += stepper.gradient(&[field.parameters()], system.as_ref(), &mut [&mut part], &mut []);
        total.1.iter_mut().zip(&part).for_each(|(total, part)| *total += part);
    }
    total
}

/// A wave of `(rows, columns, channels)` pixels.
fn wave((rows, columns, channels): (usize, usize, usize)) -> Vec<f32> {
    let value = |i: usize| {
        let (pixel, channel) = (i / channels, (i % channels) as f32);
        let (row, column) = ((pixel / columns) as f32, (pixel % columns) as f32);
        0.5 + 0.3 * (0.35 * row + channel).sin() * (0.3 * column - 0.5 * channel).cos()
    };
    (0..rows * columns * channels).map(value).collect()
}

fn differences(data: &[f32], shape: (usize, usize, usize)) -> [Samples; 2] {
    let (rows, columns, channels) = shape;
    let at = |row: usize, column: usize, channel: usize| data[(row * columns + column) * channels + channel];
    let (mut down, mut right) = (Vec::new(), Vec::new());
    for row in 0..rows {
        for column in 0..columns {
            for channel in 0..channels {
                let here = at(row, column, channel);
                if row + 1 < rows {
                    down.push(at(row + 1, column, channel) - here);
                }
                if column + 1 < columns {
                    right.push(at(row, column + 1, channel) - here);
                }
            }
        }
    }
    [
        Samples::new(SampleKind::DownBetween, shape, down).unwrap(),
        Samples::new(SampleKind::RightBetween, shape, right).unwrap(),
    ]
}

fn five_point(data: &[f32], (rows, columns, channels): (usize, usize, usize)) -> Vec<f32> {
    let mut inside = Vec::new();
    for row in 1..rows - 1 {
        for i in channels..(columns - 1) * channels {
            let (line, here) = (columns * channels, row * columns * channels + i);
            let around =
                data[here - line] + data[here + line] + data[here - channels] + data[here + channels];
            inside.push(around - 4.0 * data[here]);
        }
    }
    inside
}

fn edge(data: &[f32], shape: (usize, usize, usize)) -> Samples {
    let (rows, columns, _) = shape;
    let on_edge = |pixel: &usize| {
        let (row, column) = (pixel / columns, pixel % columns);
        row == 0 || column == 0 || row == rows - 1 || column == columns - 1
    };
    let sites = (0..rows * columns).filter(on_edge).map(|pixel| pixel as u32).collect();
    Samples::new(SampleKind::Value, shape, data.to_vec()).unwrap().chosen(sites).unwrap()
}

fn mean_square_error(field: &Field, data: &[f32], shape: (usize, usize, usize)) -> f64 {
    let engine = CpuEngine::new(Some(1)).unwrap();
    let values = Samples::new(SampleKind::Value, shape, data.to_vec()).unwrap();
    let psnr = samples_psnr(&engine, field, [&values], Some(1.0)).unwrap();
    10f64.powf(-0.1 * psnr)
}

/// Compares with central differences of the loss along a fixed direction, at awkward sizes, with several
/// channels and with mini-batches.
#[test]
fn gradients_of_every_term_are_those_of_the_loss() {
    for shape in [(17, 9, 1), (5, 13, 3), (3, 3, 2)] {
        let data = wave(shape);
        let laplacian = five_point(&data, shape);
        let whole: Vec<f32> = data.iter().map(|v| 0.3 * v - 0.1).collect();
        let pixels = Samples::new(SampleKind::Laplacian, shape, whole.clone()).unwrap();
        let down = Samples::new(SampleKind::Down, shape, whole.clone()).unwrap();
        let across = Samples::new(SampleKind::Right, shape, whole).unwrap();
        let [between, right] = differences(&data, shape);
        let tasks = [
            GradientDomain::with_gradient(shape, (0.0, 1.0), [&between, &right], vec![]).unwrap(),
            GradientDomain::with_gradient(shape, (0.0, 1.0), [&down, &across], vec![edge(&data, shape)])
                .unwrap(),
            GradientDomain::new(shape, (0.0, 1.0), vec![between, right.weighing(0.3)]).unwrap(),
            GradientDomain::new(shape, (0.0, 1.0), vec![pixels, down])
                .unwrap()
                .with_batch(crate::recipe::sampled::Batch::Samples(7), 2)
                .unwrap(),
            GradientDomain::new(shape, (0.0, 1.0), vec![edge(&data, shape)])
                .unwrap()
                .with_divergence(laplacian)
                .unwrap(),
        ];
        for (index, task) in tasks.iter().enumerate() {
            let field = task.field(&network(16, 4.0), 5).unwrap();
            let gradient = loss(task, &field).1;
            let direction: Vec<f32> = (0..gradient.len()).map(|i| (i as f32 * 1.3).sin()).collect();
            let step = 1e-3f32;
            let moved = |sign: f32| {
                let mut moved = field.clone();
                let parameters = moved.parameters_mut().iter_mut().zip(&direction);
                parameters.for_each(|(p, d)| *p += sign * step * d);
                loss(task, &moved).0
            };
            let numeric = (moved(1.0) - moved(-1.0)) / (2.0 * f64::from(step));
            let exact: f64 = gradient.iter().zip(&direction).map(|(g, d)| f64::from(g * d)).sum();
            let scale = gradient.iter().map(|g| f64::from(g * g)).sum::<f64>().sqrt();
            let told = format!("{shape:?}, task {index}: {exact}, not {numeric}");
            assert!((numeric - exact).abs() < 0.02 * exact.abs() + 0.01 * scale, "{told}");
        }
    }
}

#[test]
fn a_picture_comes_back_from_its_differences_but_for_a_constant() {
    let shape = (17, 23, 3);
    let data = wave(shape);
    let [down, right] = differences(&data, shape);
    let engine = CpuEngine::new(Some(1)).unwrap();
    let values = Samples::new(SampleKind::Value, shape, data.clone()).unwrap();
    let [(mut field, offset), _] = [
        GradientDomain::with_gradient(shape, (0.0, 1.0), [&down, &right], vec![]).unwrap(),
        GradientDomain::new(shape, (0.0, 1.0), vec![down, right]).unwrap(),
    ]
    .map(|task| {
        let config = FitConfig { steps: 300, rate: 2e-3, ..FitConfig::default() };
        let mut field = fitted(&task, &network(32, 8.0), config);
        align(&engine, &mut field, &values, Alignment::Offset).unwrap();
        let error = mean_square_error(&field, &data, shape);
        assert!(error < 1e-3, "{error}");
        (field, error)
    });
    // An affine alignment includes the offset, so it is no worse. It also undoes an affine change of the values.
    align(&engine, &mut field, &values, Alignment::Affine).unwrap();
    assert!(mean_square_error(&field, &data, shape) <= offset * 1.0001);
    let other: Vec<f32> = data.iter().map(|v| 3.0 * v - 2.0).collect();
    let others = Samples::new(SampleKind::Value, shape, other.clone()).unwrap();
    align(&engine, &mut field, &others, Alignment::Affine).unwrap();
    assert!(mean_square_error(&field, &other, shape) < 9.1 * offset);
}

#[test]
fn a_picture_comes_back_from_its_laplacian_and_its_edge() {
    let shape = (23, 17, 1);
    let data = wave(shape);
    let task = GradientDomain::new(shape, (0.0, 1.0), vec![edge(&data, shape)]).unwrap();
    let task = task.with_divergence(five_point(&data, shape)).unwrap();
    let config = FitConfig { steps: 300, rate: 1e-3, ..FitConfig::default() };
    let field = fitted(&task, &network(32, 8.0), config);
    let error = mean_square_error(&field, &data, shape);
    assert!(error < 1e-3, "{error}");
}

/// Reads the cases that a script in `tests/reference` wrote.
fn reference<T: serde::de::DeserializeOwned>(name: &str) -> Vec<T> {
    let path = format!("{}/tests/reference/{name}", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// A case of `tests/reference/clone.py`.
#[derive(Deserialize)]
struct Solved {
    target: Vec<f32>,
    shape: (usize, usize, usize),
    source: Vec<f32>,
    source_sides: (usize, usize),
    mask: Vec<bool>,
    at: (i64, i64),
    mixed: bool,
    solution: Vec<f32>,
}

/// Compares with a direct sparse solve of the same discrete problem.
#[test]
fn clones_are_those_of_a_sparse_solver() {
    let all: Vec<Solved> = reference("clone.json");
    assert_eq!(all.len(), 3);
    for case in &all {
        let cloning = Cloning {
            target: (&case.target, case.shape),
            source: (&case.source, case.source_sides),
            mask: &case.mask,
            at: case.at,
            mixed: case.mixed,
        };
        let task = GradientDomain::new(case.shape, (0.0, 1.0), cloning.samples().unwrap()).unwrap();
        let config = FitConfig { steps: 400, rate: 1e-3, ..FitConfig::default() };
        let field = fitted(&task, &network(64, 15.0), config);
        let psnr = -10.0 * mean_square_error(&field, &case.solution, case.shape).log10();
        assert!(psnr > 30.0, "{:?}, mixed {}: {psnr} dB", case.shape, case.mixed);
    }
}

/// A case of `tests/reference/sobel.py`.
#[derive(Deserialize)]
struct Smoothed {
    shape: (usize, usize, usize),
    picture: Vec<f32>,
    down: Vec<f32>,
    right: Vec<f32>,
    best: Vec<f32>,
}

/// A fit to Sobel's derivatives is near the result of a sparse solver, and as near to the picture as that result.
#[test]
fn sobels_derivatives_give_back_what_they_can() {
    let all: Vec<Smoothed> = reference("sobel.json");
    assert_eq!(all.len(), 2);
    let engine = CpuEngine::new(Some(1)).unwrap();
    for case in all {
        let shape = case.shape;
        let down = Samples::new(SampleKind::Down, shape, case.down).unwrap();
        let right = Samples::new(SampleKind::Right, shape, case.right).unwrap();
        let task = GradientDomain::with_gradient(shape, (0.0, 1.0), [&down, &right], vec![]).unwrap();
        let config = FitConfig { steps: 400, rate: 1e-3, ..FitConfig::default() };
        let mut field = fitted(&task, &network(64, 15.0), config);
        let mean = case.picture.iter().sum::<f32>() / case.picture.len() as f32;
        let best: Vec<f32> = case.best.iter().map(|v| v + mean).collect();
        let error = case.picture.iter().zip(&best).map(|(a, b)| f64::from(a - b).powi(2)).sum::<f64>();
        let possible = -10.0 * (error / best.len() as f64).log10();
        let values = Samples::new(SampleKind::Value, shape, case.picture.clone()).unwrap();
        align(&engine, &mut field, &values, Alignment::Offset).unwrap();
        let [near, got] =
            [&best, &case.picture].map(|of| -10.0 * mean_square_error(&field, of, shape).log10());
        assert!(
            near > 35.0 && got > possible - 1.0,
            "{shape:?}: {got} of {possible} dB; {near} dB from the best"
        );
    }
}

#[test]
fn what_does_not_fit_together_is_refused() {
    let shape = (4, 5, 1);
    let samples = |kind, count| Samples::new(kind, shape, vec![0.0; count]);
    assert!(matches!(
        samples(SampleKind::DownBetween, 20),
        Err(GradientDomainError::Length { expected: 15, .. })
    ));
    assert!(matches!(
        Samples::new(SampleKind::Value, (0, 5, 1), vec![]),
        Err(GradientDomainError::Empty { .. })
    ));
    let nan = Samples::new(SampleKind::RightBetween, shape, [vec![0.0; 9], vec![f32::NAN; 7]].concat());
    assert!(matches!(nan, Err(GradientDomainError::NotFinite { row: 2, column: 1, .. })));
    let value = samples(SampleKind::Value, 20).unwrap();
    let missing = value.clone().chosen(vec![3, 20]);
    assert!(matches!(missing, Err(GradientDomainError::NoSite { site: 20, all: 20, .. })));
    let other = GradientDomain::new((5, 4, 1), (0.0, 1.0), vec![value.clone()]);
    assert!(matches!(other, Err(GradientDomainError::OtherPicture { .. })));
    let single = Samples::new(SampleKind::DownBetween, (1, 1, 1), vec![]).unwrap();
    let none = GradientDomain::new((1, 1, 1), (0.0, 1.0), vec![single]);
    assert!(matches!(none, Err(GradientDomainError::NoSamples)));
    let task = || GradientDomain::new(shape, (0.0, 1.0), vec![value.clone()]).unwrap();
    assert!(matches!(task().with_divergence(vec![0.0; 7]), Err(GradientDomainError::Length { .. })));
    let infinite = task().with_divergence(vec![0.0, 0.0, 0.0, 0.0, f32::INFINITY, 0.0]);
    assert!(matches!(infinite, Err(GradientDomainError::NotFinite { row: 2, column: 2, .. })));
    let narrow = Samples::new(SampleKind::Value, (2, 5, 1), vec![0.0; 10]).unwrap();
    let narrow = GradientDomain::new((2, 5, 1), (0.0, 1.0), vec![narrow]).unwrap();
    assert!(matches!(narrow.with_divergence(vec![]), Err(GradientDomainError::NoInside { .. })));
    let beside = Cloning {
        target: (&[0.0; 20], shape),
        source: (&[1.0; 4], (2, 2)),
        mask: &[true, false, false, false],
        at: (-1, 0),
        mixed: false,
    };
    assert!(matches!(beside.samples(), Err(GradientDomainError::NothingInside { .. })));
    assert!(Cloning { at: (i64::MIN, i64::MAX), ..beside }.samples().is_err());

    let [down, right] = differences(&[0.5; 20], shape);
    let swapped = GradientDomain::with_gradient(shape, (0.0, 1.0), [&right, &down], vec![]);
    assert!(matches!(swapped, Err(GradientDomainError::NoGradient { .. })));
    let some = right.clone().chosen(vec![3, 5]).unwrap();
    let some = GradientDomain::with_gradient(shape, (0.0, 1.0), [&down, &some], vec![]);
    assert!(matches!(some, Err(GradientDomainError::NoGradient { .. })));
    let other = GradientDomain::with_gradient((5, 4, 1), (0.0, 1.0), [&down, &right], vec![]);
    assert!(matches!(other, Err(GradientDomainError::OtherPicture { .. })));
}

#[test]
fn a_choice_of_a_choice_keeps_data_and_places_together() {
    let shape = (3, 4, 2);
    let all = Samples::new(SampleKind::Value, shape, (0..24).map(|n| n as f32).collect()).unwrap();
    let twice = all.clone().chosen(vec![9, 1, 6]).unwrap().chosen(vec![2, 0]).unwrap();
    assert_eq!(twice, all.chosen(vec![6, 9]).unwrap());
}

/// Partial sums over a system's points add up to the whole sum, and no part holds all of it. The cache of one field
/// is not used for another.
#[test]
fn every_point_carries_its_own_share_of_the_loss() {
    let shape = (9, 7, 2);
    let data = wave(shape);
    let [down, right] = differences(&data, shape);
    let tasks = [
        GradientDomain::with_gradient(shape, (0.0, 1.0), [&down, &right], vec![]).unwrap(),
        GradientDomain::new(shape, (0.0, 1.0), vec![edge(&data, shape)])
            .unwrap()
            .with_divergence(five_point(&data, shape))
            .unwrap(),
    ];
    let engine = CpuEngine::new(Some(1)).unwrap();
    for task in tasks {
        let of = |seed: u64, order: &[usize]| -> Vec<f64> {
            let fields = [task.field(&network(16, 4.0), seed).unwrap()];
            let moment = Moment {
                engine: &engine,
                fields: &fields,
                scalars: &[],
                step: 3,
                progress: 0.0,
                share: 1.0,
                focus: &[],
            };
            let mut sums = vec![0.0; 2];
            for &term in order {
                let spec = &task.terms()[term].fields[0].jet;
                let system = task.system(term, &moment).unwrap();
                let sum = |range: std::ops::Range<usize>| {
                    let numbers = range.len() * 2 * spec.channels();
                    let (data, mut bars) = (vec![0.0f32; numbers], vec![0.0f32; numbers]);
                    let jets = crate::engine::Jets {
                        data: &data,
                        coordinates: &vec![0.0; range.len() * 2],
                        points: range.len(),
                        outputs: 2,
                    };
                    system.residual(range.start, &[jets], &mut [&mut bars], &mut [])
                };
                let all = sum(0..system.points());
                let half = system.points() / 2 + 1;
                let parts = [0..half, half..system.points()].map(sum);
                assert!((parts.iter().sum::<f64>() - all).abs() < 1e-9 * all.abs().max(1e-12));
                assert!(
                    all == 0.0 || parts.iter().all(|part| part.abs() < 0.99 * all.abs()),
                    "{parts:?} of {all}"
                );
                sums[term] = all;
            }
            sums
        };
        let first = of(5, &[0, 1]);
        let other = of(6, &[0, 1]);
        assert_ne!(first, other);
        assert_eq!(of(5, &[1, 0]), first, "whatever order the terms are asked for in");
    }
}
