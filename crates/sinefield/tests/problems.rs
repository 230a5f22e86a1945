//! Problems with known solutions, solved from the files in `problems/`.

use std::sync::Arc;

use sinefield::engine::cpu::CpuEngine;
use sinefield::fit::{Control, Fit};
use sinefield::problem::Problem;
use sinefield::problem::file::{DataArray, ProblemFile};
use sinefield::render::{Coordinates, Quantity, at_points, at_points_exactly};

fn text(name: &str) -> String {
    let path = format!("{}/../../problems/{name}.toml", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(path).unwrap()
}

/// The columns of a table in `problems/`.
fn table(file: &str) -> Vec<DataArray> {
    let path = format!("{}/../../problems/{file}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).unwrap();
    let rows: Vec<Vec<&str>> = text.lines().map(|line| line.split(',').collect()).collect();
    let column = |(at, name): (usize, &&str)| DataArray {
        name: (*name).into(),
        shape: vec![rows.len() - 1],
        values: rows[1..].iter().map(|row| row[at].parse().unwrap()).collect(),
        complex: false,
    };
    rows[0].iter().enumerate().map(column).collect()
}

/// The fields and trainable scalars that solve `problems/{name}.toml`.
fn solve(name: &str) -> (Vec<sinefield::field::Field>, Vec<f64>) {
    solve_with(name, &[])
}

/// The same with other settings.
fn solve_with(name: &str, settings: &[&str]) -> (Vec<sinefield::field::Field>, Vec<f64>) {
    let settings: Vec<String> = settings.iter().map(|setting| (*setting).into()).collect();
    let file = ProblemFile::parse(&text(name), &settings).unwrap();
    let problem = Problem::new(file.description(&mut |file| Ok(table(file))).unwrap()).unwrap();
    let problem = Arc::new(problem);
    let engine = Arc::new(CpuEngine::new(Some(2)).unwrap());
    let mut fit = Fit::joint(engine, problem.fields(file.seed).unwrap(), problem.clone(), file.fit).unwrap();
    fit.run(|_, _| Control::Continue).unwrap();
    let scalars = fit.scalars().to_vec();
    (fit.into_fields(), scalars)
}

/// The largest error of `field` against `exact(a, b)` over 17 x 19 points; `range` is what [-1, 1] of
/// each coordinate stands for.
fn worst(field: &sinefield::field::Field, range: [(f64, f64); 2], exact: impl Fn(f64, f64) -> f64) -> f64 {
    let points: Vec<[f64; 2]> =
        (0..17 * 19).map(|i| [(i / 19) as f64 / 8.0 - 1.0, (i % 19) as f64 / 9.0 - 1.0]).collect();
    let engine = CpuEngine::new(Some(1)).unwrap();
    let values =
        at_points(&engine, field, &[Quantity::Value], Coordinates::Normalised, points.as_flattened())
            .unwrap();
    let at = |x: f64, (low, high): (f64, f64)| 0.5 * (low + high) + 0.5 * (high - low) * x;
    let errors = points
        .iter()
        .zip(&values[0])
        .map(|(x, u)| (f64::from(*u) - exact(at(x[0], range[0]), at(x[1], range[1]))).abs());
    errors.fold(0.0, f64::max)
}

/// The largest error of the two outputs of `field` against the parts of `exact(x, y)` over 21 x 21 points of
/// [-1, 1]^2.
fn worst_of_parts(field: &sinefield::field::Field, exact: impl Fn(f64, f64) -> [f64; 2]) -> f64 {
    let points: Vec<[f64; 2]> =
        (0..441).map(|i| [(i / 21) as f64 / 10.0 - 1.0, (i % 21) as f64 / 10.0 - 1.0]).collect();
    let engine = CpuEngine::new(Some(1)).unwrap();
    let at = at_points(&engine, field, &[Quantity::Value], Coordinates::Units, points.as_flattened());
    let values = at.unwrap().swap_remove(0);
    let wanted = points.iter().flat_map(|[x, y]| exact(*x, *y));
    values.iter().zip(wanted).map(|(u, wanted)| (f64::from(*u) - wanted).abs()).fold(0.0, f64::max)
}

const UNIT: (f64, f64) = (0.0, 1.0);

fn bump(x: f64, y: f64) -> f64 {
    use std::f64::consts::PI;
    (PI * x).sin() * (PI * y).sin()
}

#[test]
fn poisson() {
    let (fields, _) = solve("poisson");
    let error = worst(&fields[0], [UNIT, UNIT], bump);
    assert!(error < 1e-4, "{error}");
}

#[test]
fn heat() {
    use std::f64::consts::PI;
    let (fields, _) = solve("heat");
    let exact = |t: f64, x: f64| (-0.2 * PI * PI * t).exp() * (PI * x).sin();
    let error = worst(&fields[0], [UNIT, UNIT], exact);
    assert!(error < 1e-4, "{error}");
}

/// The form of the field holds the start and the ends, and the fit the rest.
#[test]
fn heat_with_its_start_and_its_ends_in_a_form() {
    use std::f64::consts::PI;
    let (fields, _) = solve("heat-form");
    let exact = |t: f64, x: f64| (-0.2 * PI * PI * t).exp() * (PI * x).sin();
    let error = worst(&fields[0], [UNIT, UNIT], exact);
    assert!(error < 1e-4, "{error}");
    let engine = CpuEngine::new(Some(1)).unwrap();
    let at = |points: &[f64]| {
        let value = [Quantity::Value];
        at_points_exactly(&engine, &fields[0], &value, Coordinates::Units, points).unwrap().swap_remove(0)
    };
    assert_eq!(at(&[0.0, 0.3, 0.0, 0.8, 0.7, 0.0]), [(0.3 * PI).sin(), (0.8 * PI).sin(), 0.0]);
}

#[test]
fn advection_on_a_ring() {
    use std::f64::consts::TAU;
    let (fields, _) = solve("advection");
    let exact = |t: f64, x: f64| (-0.02 * TAU * TAU * t).exp() * (TAU * (x - t)).sin();
    let error = worst(&fields[0], [UNIT, UNIT], exact);
    assert!(error < 3e-4, "{error}");
    // The network is periodic to the bit. The sine in the form is so to its rounding.
    let engine = CpuEngine::new(Some(1)).unwrap();
    let mut network = fields[0].clone();
    network.meta.form = None;
    let at = |field: &sinefield::field::Field, x: f64| {
        let quantities = [Quantity::Value, Quantity::Gradient, Quantity::Hessian];
        at_points_exactly(&engine, field, &quantities, Coordinates::Units, &[0.6, x]).unwrap().concat()
    };
    assert_eq!(at(&network, 0.0), at(&network, 1.0));
    let ends = at(&fields[0], 0.0).into_iter().zip(at(&fields[0], 1.0));
    assert!(ends.clone().all(|(low, high)| (low - high).abs() < 1e-12 * (1.0 + low.abs())), "{ends:?}");
}

#[test]
fn burgers() {
    let (fields, _) = solve("burgers");
    let exact = |t: f64, x: f64| 0.4 - 0.5 * (0.5 * (x - 0.4 * t) / 0.2).tanh();
    let error = worst(&fields[0], [UNIT, (-1.0, 1.0)], exact);
    assert!(error < 1e-4, "{error}");
}

#[test]
fn biharmonic_by_two_fields() {
    let (fields, _) = solve("biharmonic");
    let error = worst(&fields[0], [UNIT, UNIT], bump);
    assert!(error < 1e-3, "{error}");
    let error = worst(&fields[1], [UNIT, UNIT], |x, y| -bump(x, y));
    assert!(error < 1e-3, "{error}");
}

#[test]
fn a_soliton() {
    let (fields, _) = solve("kdv");
    let exact = |t: f64, x: f64| 1.5 / (2.5 * (x - 0.5 * t + 0.25)).cosh().powi(2);
    let error = worst(&fields[0], [UNIT, (-1.0, 1.0)], exact);
    assert!(error < 1e-4, "{error}");
}

#[test]
fn biharmonic_by_one_field() {
    let (fields, _) = solve("plate");
    let error = worst(&fields[0], [UNIT, UNIT], bump);
    assert!(error < 4e-4, "{error}");
}

#[test]
fn a_complex_plane_wave() {
    let (fields, _) = solve("helmholtz");
    assert_eq!(fields[0].meta.outputs, ["u.re", "u.im"]);
    let error = worst_of_parts(&fields[0], |x, y| {
        let phase = 6.0 * (0.6 * x + 0.8 * y);
        [phase.cos(), phase.sin()]
    });
    assert!(error < 1e-4, "{error}");
}

#[test]
fn an_unknown_coefficient() {
    let (_, scalars) = solve("diffusivity");
    assert!((scalars[0] - 0.2).abs() < 1e-4, "{scalars:?}");
}

/// Against straight rays above the depth, and below it the shortest of all refracted paths, found by thirds.
#[test]
fn travel_times_in_two_layers() {
    let (fields, _) = solve("eikonal");
    let (depth, above, below) = (0.2, 1.0, 0.5);
    let exact = |x: f64, y: f64| {
        if y <= depth {
            return x.hypot(y) / above;
        }
        let path = |at: f64| at.hypot(depth) / above + (x - at).hypot(y - depth) / below;
        let (mut low, mut high) = (0.0, x);
        for _ in 0..200 {
            let (a, b) = (low + (high - low) / 3.0, high - (high - low) / 3.0);
            if path(a) < path(b) { high = b } else { low = a }
        }
        path(low)
    };
    let points: Vec<[f64; 2]> =
        (0..21 * 21).map(|i| [(i / 21) as f64 / 20.0, (i % 21) as f64 / 40.0]).collect();
    let engine = CpuEngine::new(Some(1)).unwrap();
    let value = [Quantity::Value];
    let found = at_points(&engine, &fields[0], &value, Coordinates::Units, points.as_flattened()).unwrap();
    let (mut apart, mut whole) = (0.0, 0.0);
    for (point, values) in points.iter().zip(found[0].chunks_exact(2)) {
        let wanted = exact(point[0], point[1]);
        apart += (f64::from(values[0]) - wanted).powi(2);
        whole += wanted.powi(2);
    }
    assert!((apart / whole).sqrt() < 1e-3, "{}", (apart / whole).sqrt());
}

/// With errors of 1 % in the data.
#[test]
fn an_unknown_coefficient_from_noisy_data() {
    let (_, scalars) = solve("diffusivity-noise");
    assert!((scalars[0] / 0.2 - 1.0).abs() < 1e-2, "{scalars:?}");
}

/// Up to t = 0.25, before the slope breaks, with fewer unknowns than in the file. The reference is by another program.
#[test]
fn a_cosine_by_korteweg_and_de_vries() {
    let (fields, _) = solve_with(
        "kdv-jaxpi",
        &[
            "constraint.0.domain.box.t=[0, 0.25]",
            "constraint.0.samples=600",
            "field.u.hidden=32",
            "field.u.layers=2",
            "fit.steps=25",
        ],
    );
    let [t, x, u] = table("kdv-jaxpi.csv").try_into().unwrap();
    let early = t.values.iter().zip(&x.values).zip(&u.values).filter(|((t, _), _)| **t < 0.25);
    let (points, wanted): (Vec<[f64; 2]>, Vec<f64>) =
        early.map(|((t, x), u)| ([f64::from(*t), f64::from(*x)], f64::from(*u))).unzip();
    assert_eq!(points.len(), 3 * 64);
    let engine = CpuEngine::new(Some(1)).unwrap();
    let value = [Quantity::Value];
    let found =
        at_points_exactly(&engine, &fields[0], &value, Coordinates::Units, points.as_flattened()).unwrap();
    let apart: f64 = found[0].iter().zip(&wanted).map(|(u, wanted)| (u - wanted).powi(2)).sum();
    let error = (apart / wanted.iter().map(|u| u * u).sum::<f64>()).sqrt();
    assert!(error < 1e-4, "{error}");
}

/// The solution of Laplace's equation on an L, over the points of the L. Its gradient is not bounded at the corner, so the
/// error is the mean square over all points and not the largest.
#[test]
fn laplace_on_an_l() {
    let (fields, _) = solve("poisson-l-shape");
    let at = |i: usize| ((i / 41) as f64 / 20.0 - 1.0, (i % 41) as f64 / 20.0 - 1.0);
    let points: Vec<(f64, f64)> = (0..41 * 41).map(at).filter(|(x, y)| !(*x > 0.0 && *y < 0.0)).collect();
    let flat: Vec<f64> = points.iter().flat_map(|(x, y)| [*x, *y]).collect();
    let engine = CpuEngine::new(Some(1)).unwrap();
    let values = at_points(&engine, &fields[0], &[Quantity::Value], Coordinates::Units, &flat).unwrap();
    let exact = |(x, y): (f64, f64)| {
        let angle = y.atan2(x).rem_euclid(2.0 * std::f64::consts::PI);
        x.hypot(y).powf(2.0 / 3.0) * (2.0 / 3.0 * angle).sin()
    };
    let error = points.iter().zip(&values[0]).map(|(x, u)| (f64::from(*u) - exact(*x)).powi(2)).sum::<f64>();
    let size = points.iter().map(|x| exact(*x).powi(2)).sum::<f64>();
    assert!((error / size).sqrt() < 1e-2, "{}", (error / size).sqrt());
}

/// The wave of a point source within absorbing layers, with longer waves and a smaller network than those of the file. The
/// values are those of `closed_form("uniform", 8.0, points)` in `problems/references/helmholtz.py`.
#[test]
fn a_point_source_within_absorbing_layers() {
    let smaller = [
        "constants.k=8",
        "constraint.0.samples=400",
        "field.u.hidden=40",
        "field.u.first_omega=10",
        "fit.steps=22",
    ];
    let (fields, _) = solve_with("helmholtz-layers", &smaller);
    let wanted = [
        (0.0, 0.0, -0.65884, -0.16044),
        (0.015, -0.01, -0.56437, -0.06856),
        (0.1, 0.05, -0.20161, 0.20198),
        (-0.2, 0.1, 0.03201, 0.20469),
        (0.3, 0.3, 0.14833, -0.03271),
        (-0.45, 0.2, 0.10161, -0.09797),
        (0.0, -0.48, 0.11232, -0.08841),
    ];
    let points: Vec<f64> = wanted.iter().flat_map(|(x, y, ..)| [*x, *y]).collect();
    let engine = CpuEngine::new(Some(1)).unwrap();
    let at = at_points_exactly(&engine, &fields[0], &[Quantity::Value], Coordinates::Units, &points);
    let values = at.unwrap().swap_remove(0);
    let parts = wanted.iter().flat_map(|(_, _, re, im)| [*re, *im]);
    let error = values.iter().zip(parts).map(|(u, part)| (u - part).abs()).fold(0.0, f64::max);
    // After 14 steps 3e-2 of the field's size.
    assert!(error < 1e-2, "{error}");
}

/// The form of the wave holds the start and the rest at the start, and that nothing outruns the wave, whatever the network.
#[test]
fn a_wave_starts_from_its_pulse_at_rest() {
    let (fields, _) = solve_with("wave", &["fit.steps=1", "field.u.hidden=16"]);
    let engine = CpuEngine::new(Some(1)).unwrap();
    let quantities = [Quantity::Value, Quantity::Gradient];
    let points = [[0.0, 0.01, 0.02], [0.0, 0.05, 0.0], [0.25, 0.4, 0.4], [0.05, 0.0, 0.4]];
    let at = |points: &[f64]| at_points_exactly(&engine, &fields[0], &quantities, Coordinates::Units, points);
    let found = at(points.as_flattened()).unwrap();
    for (i, [t, x, y]) in points.into_iter().enumerate() {
        let pulse = 0.02 * (-(x * x + y * y) / 1e-3f64).exp();
        let (value, slope) = (found[0][i], found[1][3 * i]);
        assert!((value - pulse).abs() < 1e-5, "{value}, {pulse}");
        assert!(slope.abs() < 1e-3 * t + 1e-12, "{slope}");
    }
}
