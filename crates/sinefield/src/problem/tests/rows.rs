//! Tests of the rows of constraints: their squares against the loss, and pulled-back cotangents against the
//! gradient.

use super::*;
use crate::engine::by_rows::ByRows;
use crate::engine::cpu::InstructionSet;
use crate::engine::reference::ReferenceEngine;
use crate::engine::{Engine, Jacobian, Jets};
use crate::expr::Norm;

/// The loss of a system of `term`, and its derivatives with respect to the parameters of every field and the
/// scalars.
fn loss_of(system: &dyn System, term: &Term, fields: &[Field], scalars: usize) -> (f64, Vec<f64>) {
    let parts = term.fields.iter().map(|of| (fields[of.field].architecture(), &of.jet));
    let mut stepper = engine().joint_stepper(&parts.collect::<Vec<_>>()).unwrap();
    let parameters: Vec<&[f32]> = term.fields.iter().map(|of| fields[of.field].parameters()).collect();
    let mut gradients: Vec<Vec<f32>> = parameters.iter().map(|p| vec![f32::NAN; p.len()]).collect();
    let mut to: Vec<&mut [f32]> = gradients.iter_mut().map(Vec::as_mut_slice).collect();
    let mut by_scalars = vec![f64::NAN; scalars];
    let loss = stepper.gradient(&parameters, system, &mut to, &mut by_scalars);
    (loss, gradients.concat().into_iter().map(f64::from).chain(by_scalars).collect())
}

/// Two fields of one and two outputs, two trainable scalars and a column of width 2 over `points` points.
fn two_fields(residual: &str, points: usize) -> Description {
    let grid = Domain::Grid(vec![(Interval::new(-2.0, 3.0), points)]);
    let values: Vec<f32> = (0..2 * points).map(|i| (0.9 * i as f32).sin()).collect();
    let mut description = description(residual, &["x"], grid);
    let network = FieldConfig { hidden: 13, layers: 2, ..FieldConfig::new(1, 2) };
    let outputs = vec!["p".into(), "q".into()];
    description.fields.push(FieldEntry { network, outputs, ..FieldEntry::new("v", &["x"]) });
    description.trainable = vec![("k".into(), 0.3), ("m".into(), -1.2)];
    description.constraints[0].columns =
        vec![Column { name: "f".into(), width: 2, complex: false, values: values.into() }];
    description
}

#[test]
fn squares_of_rows_are_the_loss_and_what_they_pull_back_its_gradient() {
    let residuals = [
        "v - f",
        "u - f[1]",
        "[k*u - p*q, d(u, x, x) + m*q, x*d(p, x) - f[0], u*f[1]]",
        "where(u > 0.01, sqrt(u)^2, u) + k*progress",
    ];
    let shares = [(Reduce::Mean, 0.37, None), (Reduce::Sum, 5.0, None), (Reduce::Mean, 2.0, Some(2))];
    for (which, residual) in residuals.into_iter().enumerate() {
        for points in [1, 3, 17, 255, 257] {
            let (reduce, weight, part) = shares[(which + points) % 3];
            let mut description = two_fields(residual, points);
            let entry = &mut description.constraints[0];
            (entry.reduce, entry.weight) = (reduce, weight);
            // A part of the points is gathered, but all points are read in place.
            entry.sampling.samples = part.map(|part| points.div_ceil(part));
            let problem = Problem::new(description).unwrap();
            let (engine, fields) = (engine(), problem.fields(points as u64).unwrap());
            let now = Moment {
                engine: &engine,
                fields: &fields,
                scalars: &[0.3, -1.2],
                step: 3,
                progress: 0.25,
                share: 1.0,
                focus: &[],
            };
            let system = problem.system(0, &now).unwrap();
            let term = &problem.terms()[0];
            let (want, wanted) = loss_of(system.as_ref(), term, &fields, 2);
            let (got, slopes) = loss_of(&ByRows(system.as_ref()), term, &fields, 2);
            // A row and its square are rounded to float32 once more than the loss is.
            assert!(want > 0.0 && (got - want).abs() < 1e-6 * want, "{residual}: {got}, not {want}");
            let most = wanted.iter().fold(0.0f64, |most, g| most.max(g.abs()));
            for (slope, wanted) in slopes.iter().zip(&wanted) {
                assert!((slope - wanted).abs() < 1e-5 * most, "{residual}: {slope}, not {wanted}");
            }
        }
    }
}

/// Expected values computed by hand, for a tile that does not begin with the first point.
#[test]
fn a_row_is_a_residual_times_the_root_of_its_share() {
    let mut description = two_fields("m*u - f[1]", 5);
    description.constraints[0].weight = 0.6;
    let problem = Problem::new(description).unwrap();
    let (engine, fields) = (engine(), problem.fields(1).unwrap());
    let now = Moment {
        engine: &engine,
        fields: &fields,
        scalars: &[0.3, -1.2],
        step: 0,
        progress: 0.0,
        share: 1.0,
        focus: &[],
    };
    let system = problem.system(0, &now).unwrap();
    let rows = system.rows().unwrap();
    let u = [0.25, -1.5, 0.75];
    let jets = [Jets { data: &u, coordinates: &[0.0; 3], points: 3, outputs: 1 }];
    let (mut r, mut by_u, mut by_scalars) = ([f32::NAN; 3], [1.0f32; 3], [2.0, 2.0]);
    rows.values(2, &jets, &mut r);
    let bars = [1.0, -2.0, 0.5];
    rows.pull_back(2, &jets, &bars, &mut [&mut by_u], &mut by_scalars);
    let root = (0.6f64 / 5.0).sqrt();
    let close = |got: f64, want: f64| assert!((got - want).abs() < 1e-6, "{got}, not {want}");
    let mut by_m = 2.0;
    for i in 0..3 {
        let f = (0.9 * (2 * (2 + i) + 1) as f64).sin();
        close(f64::from(r[i]), root * (-1.2 * f64::from(u[i]) - f));
        close(f64::from(by_u[i]), 1.0 - 1.2 * root * f64::from(bars[i]));
        by_m += root * f64::from(bars[i] * u[i]);
    }
    // `pull_back` adds to the given arrays.
    close(by_scalars[0], 2.0);
    close(by_scalars[1], by_m);
    assert_eq!(rows.width(), 1);
}

#[test]
fn norms_other_than_l2_have_no_rows() {
    for (norm, has_rows) in [(Norm::L2, true), (Norm::L1, false), (Norm::Huber { delta: 0.5 }, false)] {
        let mut description = two_fields("u - p", 3);
        description.constraints[0].norm = norm;
        let problem = Problem::new(description).unwrap();
        let (engine, fields) = (engine(), problem.fields(1).unwrap());
        let now = Moment {
            engine: &engine,
            fields: &fields,
            scalars: &[0.3, -1.2],
            step: 0,
            progress: 0.0,
            share: 1.0,
            focus: &[],
        };
        assert_eq!(problem.system(0, &now).unwrap().rows().is_some(), has_rows, "{norm:?}");
    }
}

/// The Jacobian of the only constraint by `engine`: the rows, and their derivatives in the columns of `fields` and of the
/// scalars, which begin at `scalars`.
fn jacobian(
    engine: &dyn Engine,
    problem: &Problem,
    fields: &[Field],
    starts: &[usize],
    scalars: usize,
) -> (Vec<f64>, Vec<f64>) {
    let now =
        Moment { engine, fields, scalars: &[0.3, -1.2], step: 3, progress: 0.25, share: 1.0, focus: &[] };
    let system = problem.system(0, &now).unwrap();
    let rows = system.rows().unwrap();
    let term = &problem.terms()[0];
    let parts = term.fields.iter().map(|of| (fields[of.field].architecture(), &of.jet));
    let mut differentiator = engine.differentiator(&parts.collect::<Vec<_>>()).unwrap();
    let parameters: Vec<&[f32]> = term.fields.iter().map(|of| fields[of.field].parameters()).collect();
    let (count, columns) = (system.points() * rows.width(), scalars + 2);
    let (mut values, mut derivatives) = (vec![f64::NAN; count], vec![0.0; count * columns]);
    let mut out =
        Jacobian { rows: &mut values, derivatives: &mut derivatives, columns, fields: starts, scalars };
    differentiator.jacobian(&parameters, (system.as_ref(), rows), &mut out);
    (values, derivatives)
}

/// What [`jacobian`] returns, computed from the factors of every layer. `None` if the engine gives no factors.
fn by_factors(
    engine: &dyn Engine,
    problem: &Problem,
    fields: &[Field],
    starts: &[usize],
    scalars: usize,
) -> Option<(Vec<f64>, Vec<f64>)> {
    let now =
        Moment { engine, fields, scalars: &[0.3, -1.2], step: 3, progress: 0.25, share: 1.0, focus: &[] };
    let system = problem.system(0, &now).unwrap();
    let rows = system.rows().unwrap();
    let term = &problem.terms()[0];
    let parts = term.fields.iter().map(|of| (fields[of.field].architecture(), &of.jet));
    let mut differentiator = engine.differentiator(&parts.collect::<Vec<_>>()).unwrap();
    let parameters: Vec<&[f32]> = term.fields.iter().map(|of| fields[of.field].parameters()).collect();
    // A residual without scalars has tiles of many points.
    let reads = problem.terms()[0].name.starts_with('s');
    let factors = differentiator.factors(&parameters, (system.as_ref(), rows), if reads { 2 } else { 0 });
    assert_eq!(factors.is_some(), differentiator.layers().is_some());
    let (factors, columns) = (factors?, scalars + 2);
    let mut whole = vec![0.0; factors.rows.len() * columns];
    for (row, whole) in whole.chunks_exact_mut(columns).enumerate() {
        for layer in &factors.layers {
            let crate::engine::LayerShape { field, weight, bias, inputs, outputs, channels } = layer.shape;
            for s in 0..channels {
                let h = &layer.inputs[(row * channels + s) * inputs..][..inputs];
                let g = &layer.cotangents[(row * channels + s) * outputs..][..outputs];
                for (o, g) in g.iter().enumerate() {
                    for (i, h) in h.iter().enumerate() {
                        whole[starts[field] + weight + o * inputs + i] += g * h;
                    }
                    whole[starts[field] + bias + o] += if s == 0 { *g } else { 0.0 };
                }
            }
        }
        if reads {
            whole[scalars..].copy_from_slice(&factors.scalars[2 * row..][..2]);
        }
    }
    Some((factors.rows, whole))
}

/// Against one gradient for each row by the float64 reference, on every instruction set, with unused columns between
/// those of the fields.
#[test]
fn derivatives_of_rows_agree_with_the_gradient_of_each_row() {
    let residuals = [
        ("scalars", "[k*u - p*q, d(u, x, x) + m*q, x*d(p, x) - f[0]]"),
        ("scalars", "d(v, x) - k*f"),
        ("without", "[d(u, x, x)*q - p*f[1], u - sin(q)]"),
    ];
    let mut factored = 0;
    for (name, residual) in residuals {
        for points in [1, 3, 17, 33, 255] {
            let mut description = two_fields(residual, points);
            description.constraints[0].name = name.into();
            let problem = Problem::new(description).unwrap();
            let fields = problem.fields(points as u64).unwrap();
            let length = |of: &crate::fit::TermField| fields[of.field].parameters().len();
            let (mut starts, mut end) = (Vec::new(), 0);
            for of in &problem.terms()[0].fields {
                starts.push(end + 3);
                end += 3 + length(of);
            }
            let scalars = end + 5;
            let (want, wanted) = jacobian(&ReferenceEngine, &problem, &fields, &starts, scalars);
            assert!(wanted[..3].iter().all(|unused| *unused == 0.0));
            let most = wanted.iter().fold(0.0f64, |most, g| most.max(g.abs()));
            for set in InstructionSet::available() {
                let engine = CpuEngine::with_instruction_set(Some(2), set).unwrap();
                let stored = jacobian(&engine, &problem, &fields, &starts, scalars);
                let factors = by_factors(&engine, &problem, &fields, &starts, scalars);
                factored += usize::from(factors.is_some());
                for (got, slopes) in [Some(stored), factors].into_iter().flatten() {
                    assert_eq!((got.len(), slopes.len()), (want.len(), wanted.len()));
                    for (got, want) in got.iter().zip(&want) {
                        assert!((got - want).abs() < 1e-5 * most, "{set}, {residual}: row {got}, not {want}");
                    }
                    for (slope, wanted) in slopes.iter().zip(&wanted) {
                        let close = (slope - wanted).abs() < 1e-4 * most;
                        assert!(close, "{set}, {residual}: {slope}, not {wanted}");
                    }
                }
            }
        }
    }
    assert!(factored >= 10, "second derivatives have factors");
}

/// In float64 the gradient is the slope of the loss to eight digits, which float32 could not show.
#[test]
fn float64_derivatives_are_slopes() {
    let residuals = [
        "[k*u - p*q, d(u, x, x) + m*q, x*d(p, x) - f[0], u*f[1]]",
        "where(u > 0.01, sqrt(u)^2, u) + exp(sin(k*v[0])) * tanh(progress + v[1]) + abs(m)^1.5 * x^3",
    ];
    for (residual, norm) in
        residuals.into_iter().flat_map(|r| [(r, Norm::L2), (r, Norm::Huber { delta: 0.3 })])
    {
        for samples in [None, Some(9)] {
            let mut description = two_fields(residual, 17);
            description.constraints[0].sampling.samples = samples;
            description.constraints[0].norm = norm;
            let problem = Problem::new(description).unwrap();
            let (engine, fields) = (engine(), problem.fields(5).unwrap());
            let term = &problem.terms()[0];
            let parts: Vec<_> =
                term.fields.iter().map(|of| (fields[of.field].architecture(), &of.jet)).collect();
            let mut differentiator = engine.differentiator_f64(&parts).unwrap();
            let mut loss = |theta: &[Vec<f64>], scalars: &[f64]| {
                let now = Moment {
                    engine: &engine,
                    fields: &fields,
                    scalars,
                    step: 3,
                    progress: 0.25,
                    share: 1.0,
                    focus: &[],
                };
                let system = problem.system_f64(0, &now).unwrap();
                let slices: Vec<&[f64]> = theta.iter().map(Vec::as_slice).collect();
                let mut gradients: Vec<Vec<f64>> = theta.iter().map(|t| vec![f64::NAN; t.len()]).collect();
                let mut by_scalars = vec![f64::NAN; 2];
                let mut to: Vec<&mut [f64]> = gradients.iter_mut().map(Vec::as_mut_slice).collect();
                let loss = differentiator.gradient(&slices, system.as_ref(), &mut to, &mut by_scalars);
                (loss, gradients, by_scalars)
            };
            let theta: Vec<Vec<f64>> =
                term.fields.iter().map(|of| fields[of.field].wide_parameters()).collect();
            let scalars = [0.3, -1.2];
            let (_, gradients, by_scalars) = loss(&theta, &scalars);
            let squares = gradients.concat().iter().chain(&by_scalars).map(|g| g * g).sum::<f64>();
            let mut moved = |by: f64| {
                let step = |t: f64, g: f64| t + by * g / squares.sqrt();
                let each = theta.iter().zip(&gradients);
                let theta: Vec<Vec<f64>> =
                    each.map(|(t, g)| t.iter().zip(g).map(|(t, g)| step(*t, *g)).collect()).collect();
                loss(&theta, &[step(scalars[0], by_scalars[0]), step(scalars[1], by_scalars[1])]).0
            };
            // Sixth order, so that the step may be long enough for the digits.
            let h = 2e-4;
            let mut odd = |k: f64| moved(k * h) - moved(-k * h);
            let slope = (45.0 * odd(1.0) - 9.0 * odd(2.0) + odd(3.0)) / (60.0 * h);
            let found = (slope / squares.sqrt() - 1.0).abs();
            assert!(found < 1e-8, "{residual}, {norm:?}: {slope}, not {}: {found:e}", squares.sqrt());
        }
    }
}
