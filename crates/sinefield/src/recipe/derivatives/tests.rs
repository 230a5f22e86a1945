//! Compares losses with the float64 reference and gradients with differences, and recovers a picture by a fit.

use std::sync::Arc;

use super::*;
use crate::engine::Differentiator;
use crate::engine::cpu::CpuEngine;
use crate::engine::reference;
use crate::field::UniformGrid;
use crate::field::{Field, FieldConfig};
use crate::fit::{Control, Fit, FitConfig};
use crate::jet::JetSpec;

const ROWS: usize = 9;
const COLUMNS: usize = 7;

/// A picture with values from 0 to 10. The target derivatives of the tests are unrelated to it.
fn picture(channels: usize) -> Sampled {
    let values = (0..ROWS * COLUMNS * channels).map(|i| 5.0 + 5.0 * (i as f32).sin());
    Sampled::picture((ROWS, COLUMNS, channels), values.collect(), Some((0.0, 10.0))).unwrap()
}

fn wave(channels: usize, phase: f32) -> Vec<f32> {
    (0..ROWS * COLUMNS * channels).map(|i| (0.7 * i as f32 + phase).cos()).collect()
}

fn field(picture: &Sampled) -> Field {
    let config = FieldConfig {
        hidden: 9,
        layers: 1,
        omega: Some(5.0),
        first_omega: Some(5.0),
        ..FieldConfig::default()
    };
    picture.field(&config, 2).unwrap()
}

/// The loss by its definition in float64. One output is 5 signal units.
fn by_hand(field: &Field, target: &Target, channels: usize) -> f64 {
    let parameters: Vec<f64> = field.parameters().iter().map(|p| f64::from(*p)).collect();
    let spacing = [2.0 / (ROWS - 1) as f64, 2.0 / (COLUMNS - 1) as f64];
    let (mut missing, mut sought) = (0.0, 0.0);
    for pixel in 0..ROWS * COLUMNS {
        let (row, column) = ((pixel / COLUMNS) as f64, (pixel % COLUMNS) as f64);
        let x = [-1.0 + spacing[0] * row, -1.0 + spacing[1] * column];
        let jet = reference::jet(field.architecture(), &parameters, &JetSpec::diagonal_hessian(2), &x);
        for channel in 0..channels {
            let at = pixel * channels + channel;
            let d = |c: usize| 5.0 * jet[c * channels + channel];
            let pairs = match target {
                Target::Gradient { down, right } => {
                    vec![(spacing[0] * d(1), down[at]), (spacing[1] * d(2), right[at])]
                }
                Target::Laplacian(wanted) => {
                    vec![(spacing[0].powi(2) * d(3) + spacing[1].powi(2) * d(4), wanted[at])]
                }
            };
            for (got, wanted) in pairs {
                missing += (got - f64::from(wanted)).powi(2);
                sought += f64::from(wanted).powi(2);
            }
        }
    }
    missing / sought
}

#[test]
fn the_loss_is_the_formula_and_its_gradient_is_its_slope() {
    let engine = CpuEngine::new(Some(2)).unwrap();
    for channels in [1, 3] {
        let picture = picture(channels);
        let gradient = Target::Gradient { down: wave(channels, 0.0), right: wave(channels, 2.0) };
        for target in [gradient, Target::Laplacian(wave(channels, 1.0))] {
            let mut field = field(&picture);
            let task = Derivatives::new(&picture, target.clone()).unwrap();
            let jet = &task.terms()[0].fields[0].jet;
            let mut stepper = engine.joint_stepper(&[(field.architecture(), jet)]).unwrap();
            let mut slopes = vec![0.0; field.parameters().len()];
            let fields = [field.clone()];
            let now = Moment {
                engine: &engine,
                fields: &fields,
                scalars: &[],
                step: 0,
                progress: 0.0,
                share: 1.0,
                focus: &[],
            };
            let system = task.system(0, &now).unwrap();
            let parameters = [field.parameters()];
            let loss = stepper.gradient(&parameters, system.as_ref(), &mut [&mut slopes], &mut []);
            let wanted = by_hand(&field, &target, channels);
            assert!((loss / wanted - 1.0).abs() < 1e-4, "{loss}, not {wanted}");
            // The measured PSNR is that of the loss.
            let psnr = task.psnr(&now).unwrap().unwrap();
            assert!((psnr - task.psnr_of_loss(loss).unwrap()).abs() < 1e-3);
            for index in (0..slopes.len()).step_by(7) {
                let kept = field.parameters()[index];
                let mut moved = |by: f32| {
                    field.parameters_mut()[index] = kept + by;
                    by_hand(&field, &target, channels)
                };
                let slope = (moved(1e-3) - moved(-1e-3)) / 2e-3;
                field.parameters_mut()[index] = kept;
                let got = f64::from(slopes[index]);
                assert!((got - slope).abs() < 2e-3 * slope.abs().max(1.0), "{index}: {got}, not {slope}");
            }
        }
    }
}

/// A fit to the exact derivatives of a smooth picture recovers it up to a constant.
#[test]
fn a_picture_is_found_by_its_slopes() {
    let n = 24usize;
    let at = |i: usize| (0.3 * (i / n) as f32, 0.2 * (i % n) as f32);
    let all = |f: &dyn Fn(f32, f32) -> f32| (0..n * n).map(|i| f(at(i).0, at(i).1)).collect::<Vec<_>>();
    let values = all(&|r, c| r.sin() * c.cos());
    let picture = Sampled::picture((n, n, 1), values.clone(), Some((-1.0, 1.0))).unwrap();
    let (down, right) = (all(&|r, c| 0.3 * r.cos() * c.cos()), all(&|r, c| -0.2 * r.sin() * c.sin()));
    let task = Derivatives::new(&picture, Target::Gradient { down, right }).unwrap();
    let engine = CpuEngine::new(Some(2)).unwrap();
    let network = FieldConfig { hidden: 32, layers: 1, ..FieldConfig::default() };
    let field = picture.field(&network, 0).unwrap();
    let config = FitConfig { steps: 200, ..FitConfig::default() };
    let mut fit = Fit::new(Arc::new(engine.clone()), field, Arc::new(task), config).unwrap();
    fit.run(|_, _| Control::Continue).unwrap();
    let field = fit.into_field();
    let mut stepper = engine.stepper(field.architecture(), &JetSpec::value(2)).unwrap();
    let mut got = vec![0.0; n * n];
    let side = UniformGrid::inclusive(n);
    let place = |start: usize, x: &mut [f64]| {
        for (i, x) in (start..).zip(x.chunks_exact_mut(2)) {
            x[0] = side.coordinate((i / n) as f64);
            x[1] = side.coordinate((i % n) as f64);
        }
    };
    stepper.values(field.parameters(), place, &mut got);
    let offset = values.iter().zip(&got).map(|(w, g)| w - g).sum::<f32>() / (n * n) as f32;
    let square = values.iter().zip(&got).map(|(w, g)| (w - g - offset).powi(2)).sum::<f32>();
    assert!((square / (n * n) as f32).sqrt() < 0.02, "{square}");
}

#[test]
fn what_cannot_be_fitted_is_refused() {
    let picture = picture(1);
    let refused = |target| Derivatives::new(&picture, target).unwrap_err().to_string();
    assert!(refused(Target::Laplacian(vec![1.0; 5])).contains("5 numbers where the picture has 63"));
    assert!(refused(Target::Laplacian(vec![0.0; 63])).contains("zero everywhere"));
    let right = vec![f32::NAN; 63];
    let words = refused(Target::Gradient { down: vec![1.0; 63], right });
    assert!(words.contains("along the columns") && words.contains("index 0"), "{words}");
    let print = |target| Task::fingerprint(&Derivatives::new(&picture, target).unwrap());
    assert_ne!(print(Target::Laplacian(wave(1, 0.0))), print(Target::Laplacian(wave(1, 0.1))));
}
