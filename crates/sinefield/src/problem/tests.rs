//! Tests of whole problems: their gradients, points and errors.

mod constants;
mod domains;
mod exact;
mod focus;
mod forms;
mod rows;

use std::sync::Arc;

use super::*;
use crate::engine::Differentiator;
use crate::engine::cpu::CpuEngine;
use crate::expr::Expr;
use crate::field::FieldConfig;
use crate::fit::{Fit, FitConfig, Schedule};

fn engine() -> CpuEngine {
    CpuEngine::new(Some(2)).unwrap()
}

fn description(residual: &str, coordinates: &[&str], domain: Domain) -> Description {
    let network = FieldConfig { hidden: 17, layers: 1, ..FieldConfig::new(coordinates.len(), 1) };
    let residual = Expr::parse(residual).unwrap();
    Description {
        fields: vec![FieldEntry { network, ..FieldEntry::new("u", coordinates) }],
        constraints: vec![ConstraintEntry::new("c", residual, coordinates, domain)],
        ..Description::default()
    }
}

/// The loss of the only term, and its derivatives with respect to the parameters and the scalars.
fn loss(problem: &Problem, fields: &[Field], scalars: &[f64]) -> (f64, Vec<f32>, Vec<f64>) {
    let engine = engine();
    let now = Moment { engine: &engine, fields, scalars, step: 3, progress: 0.25, share: 1.0, focus: &[] };
    let spec = &problem.terms()[0].fields[0].jet;
    let mut stepper = engine.joint_stepper(&[(fields[0].architecture(), spec)]).unwrap();
    let system = problem.system(0, &now).unwrap();
    let mut gradient = vec![f32::NAN; fields[0].parameters().len()];
    let mut by_scalars = vec![f64::NAN; scalars.len()];
    let parameters = [fields[0].parameters()];
    let loss = stepper.gradient(&parameters, system.as_ref(), &mut [&mut gradient], &mut by_scalars);
    (loss, gradient, by_scalars)
}

#[test]
fn trainable_scalars_are_differentiated() {
    let sides = vec![Interval::new(0.0, 1.0), Interval::new(0.0, 2.0)];
    let mut description = description("d(u, t) - k*d(u, x, x) + sin(c)*u", &["t", "x"], Domain::Box(sides));
    description.trainable = vec![("c".into(), 0.3), ("k".into(), 0.02)];
    let problem = Problem::new(description).unwrap();
    let fields = problem.fields(1).unwrap();
    let at = |c: f64, k: f64| loss(&problem, &fields, &[c, k]).0;
    let (_, _, got) = loss(&problem, &fields, &[0.3, 0.02]);
    let by_c = (at(0.31, 0.02) - at(0.29, 0.02)) / 0.02;
    let by_k = (at(0.3, 0.021) - at(0.3, 0.019)) / 0.002;
    assert!((got[0] - by_c).abs() < 0.02 * by_c.abs(), "{got:?}, not {by_c}");
    assert!((got[1] - by_k).abs() < 0.02 * by_k.abs(), "{got:?}, not {by_k}");
}

/// Derivatives are with respect to the problem's units, although the network's inputs are scaled to the
/// ranges.
#[test]
fn derivatives_are_by_the_problems_units() {
    let domain = Domain::Box(vec![Interval::new(10.0, 30.0), Interval::new(-0.25, 0.75)]);
    let residual = "d(u, a) + 0.1*d(u, a, b) + 0.02*d(u, b, b) + 3*laplace(u) - a*b/100";
    let description = description(residual, &["a", "b"], domain.clone());
    let problem = Problem::new(description.clone()).unwrap();
    let fields = problem.fields(1).unwrap();
    let (got, ..) = loss(&problem, &fields, &[]);
    // The float64 reference: differences in the problem's units, at the points of the sampler.
    let sampler = sampler::Sampler::new(domain, description.constraints[0].sampling);
    let mut points = vec![0.0; 2 * sampler.samples()];
    sampler.points(3, 0, &mut Vec::new(), &mut points);
    let parameters: Vec<f64> = fields[0].parameters().iter().map(|p| f64::from(*p)).collect();
    let u = |a: f64, b: f64| {
        let x = [(a - 20.0) / 10.0, (b - 0.25) / 0.5];
        let spec = crate::jet::JetSpec::value(2);
        crate::engine::reference::jet(fields[0].architecture(), &parameters, &spec, &x)[0]
    };
    let (h, k) = (2e-2, 1e-3);
    let square = |x: &[f64]| {
        let (a, b) = (x[0], x[1]);
        let u_a = (u(a + h, b) - u(a - h, b)) / (2.0 * h);
        let u_aa = (u(a + h, b) - 2.0 * u(a, b) + u(a - h, b)) / (h * h);
        let u_bb = (u(a, b + k) - 2.0 * u(a, b) + u(a, b - k)) / (k * k);
        let u_ab = (u(a + h, b + k) - u(a + h, b - k) - u(a - h, b + k) + u(a - h, b - k)) / (4.0 * h * k);
        (u_a + 0.1 * u_ab + 0.02 * u_bb + 3.0 * (u_aa + u_bb) - a * b / 100.0).powi(2)
    };
    let want = points.chunks_exact(2).map(square).sum::<f64>() / sampler.samples() as f64;
    assert!((got - want).abs() < 1e-2 * want, "{got}, not {want}");
}

/// Tests a weight, a sum instead of a mean, and batches of a grid with its data.
#[test]
fn weights_sums_and_data_are_what_they_say() {
    let grid = Domain::Grid(vec![(Interval::new(0.0, 1.0), 5), (Interval::new(0.0, 1.0), 7)]);
    let values: Vec<f32> = (0..35).map(|i| (i as f32).sin()).collect();
    let column = Column { name: "f".into(), width: 1, complex: false, values: values.clone().into() };
    let mut description = description("u - f", &["x", "y"], grid);
    description.constraints[0].columns = vec![column];
    let fields = Problem::new(description.clone()).unwrap().fields(4).unwrap();
    let (mean, ..) = loss(&Problem::new(description.clone()).unwrap(), &fields, &[]);
    description.constraints[0].weight = 3.0;
    description.constraints[0].reduce = Reduce::Sum;
    let (sum, ..) = loss(&Problem::new(description.clone()).unwrap(), &fields, &[]);
    assert!((sum - 3.0 * 35.0 * mean).abs() < 1e-4 * sum);
    // Five batches of seven without replacement cover the whole grid.
    description.constraints[0].sampling.samples = Some(7);
    let problem = Problem::new(description).unwrap();
    let (engine, spec) = (engine(), problem.terms()[0].fields[0].jet.clone());
    let mut stepper = engine.joint_stepper(&[(fields[0].architecture(), &spec)]).unwrap();
    let mut gradient = vec![0.0; fields[0].parameters().len()];
    let parts = (0..5).map(|step| {
        let now = Moment {
            engine: &engine,
            fields: &fields,
            scalars: &[],
            step,
            progress: 0.0,
            share: 1.0,
            focus: &[],
        };
        let system = problem.system(0, &now).unwrap();
        stepper.gradient(&[fields[0].parameters()], system.as_ref(), &mut [&mut gradient], &mut [])
    });
    let parts: f64 = parts.sum();
    assert!((parts - sum).abs() < 1e-4 * sum, "{parts}, not {sum}");
}

/// If a residual reads `progress`, a longer fit has another loss, so a fit cannot be resumed with more steps.
#[test]
fn a_longer_fit_is_refused_where_progress_is_read() {
    let shared = Arc::new(engine());
    let config = |steps| FitConfig { steps, schedule: Schedule::Constant, warmup: 0, ..FitConfig::problem() };
    for (residual, allowed) in [("u - x", true), ("u - x*progress", false)] {
        let domain = Domain::Box(vec![Interval::new(0.0, 1.0)]);
        let problem = Problem::new(description(residual, &["x"], domain)).unwrap();
        let begun =
            Fit::joint(shared.clone(), problem.fields(0).unwrap(), Arc::new(problem.clone()), config(3))
                .unwrap();
        let resumed =
            |steps| Fit::resume(shared.clone(), begun.checkpoint(), Arc::new(problem.clone()), config(steps));
        assert!(resumed(3).is_ok());
        assert_eq!(resumed(7).is_ok(), allowed, "{residual}");
        assert!(Fit::joint(shared.clone(), vec![], Arc::new(problem), config(3)).is_err());
    }
}

type Change<'a> = &'a dyn Fn(&mut Description);

#[test]
fn bad_problems_say_what_is_wrong() {
    let line = || Domain::Box(vec![Interval::new(0.0, 1.0)]);
    let grid = || Domain::Grid(vec![(Interval::new(0.0, 1.0), 4)]);
    let told = |change: Change<'_>| {
        let mut description = description("u - 1", &["x"], line());
        change(&mut description);
        Problem::new(description).unwrap_err().to_string()
    };
    let column =
        |width, count| Column { name: "f".into(), width, complex: false, values: vec![0.0; count].into() };
    let cases: [(Change<'_>, &str); 14] = [
        (&|d| d.fields.clear(), "no field"),
        (&|d| d.constraints.clear(), "no constraint"),
        (&|d| d.constraints[0].domain = Domain::Box(vec![Interval::new(1.0, 0.0)]), "\"c\""),
        (&|d| d.constraints[0].sampling.samples = Some(0), "samples"),
        (&|d| d.constraints[0].weight = f64::NAN, "weight"),
        (&|d| d.constraints[0].columns = vec![column(1, 4)], "grid or points"),
        (&|d| d.constraints[0].sampling.replacement = true, "replacement"),
        (
            &|d| {
                d.constraints[0].domain = grid();
                d.constraints[0].columns = vec![column(2, 7)];
            },
            "8",
        ),
        (&|d| d.constraints[0].coordinates = vec!["y".into()], "coordinate \"x\""),
        (
            &|d| {
                d.constraints.push(ConstraintEntry::new("d", Expr::name("u"), &["y"], line()));
            },
            "depends on \"x\"",
        ),
        (&|d| d.constraints[0].residual = Expr::name("v"), "unknown name \"v\""),
        (&|d| d.fields[0].ranges = vec![Some(Interval::fixed(1.0))], "range of \"x\""),
        (&|d| d.fields[0].outputs = vec!["a".into(), "b".into()], "2 outputs"),
        (&|d| d.trainable = vec![("k".into(), f64::INFINITY)], "\"k\""),
    ];
    for (change, words) in cases {
        let told = told(change);
        assert!(told.contains(words), "{told}");
    }
}

/// A caller can reach a wrapped error through `source`.
#[test]
fn errors_have_the_error_they_wrap_as_their_source() {
    use std::error::Error;
    let line = || Domain::Box(vec![Interval::new(0.0, 1.0)]);
    let error = Problem::new(description("v", &["x"], line())).unwrap_err();
    assert!(error.source().is_some_and(|source| source.is::<crate::expr::ExprError>()));
    let mut bad = description("u", &["x"], line());
    bad.fields[0].network.hidden = 0;
    let error = Problem::new(bad).unwrap_err();
    assert!(error.source().is_some_and(|source| source.is::<FieldError>()), "{error}");
    let error = Field::load("no/such/file").unwrap_err();
    let fault = error.source().and_then(Error::source);
    assert!(fault.is_some_and(|fault| fault.is::<std::io::Error>()), "{error}");
}

/// A guarded value is used several times. The branch not taken leaves no NaN in the cotangents. Each residual
/// equals a plain one, so its loss and gradient are known.
#[test]
fn branches_not_taken_leave_no_nan() {
    let same = [
        ("where(u > 0, sqrt(u)^2, u)", "u"),
        ("where(u > 0, exp(log(u))*sqrt(u)/sqrt(u), u)", "u"),
        ("where(u <= 0, u, log(exp(u)*u/u))", "u"),
        ("where(u > 0, where(u > 0.01, sqrt(u)*sqrt(u), u), where(u < -0.01, -sqrt(-u)*sqrt(-u), u))", "u"),
        // Two guards share one square root.
        ("where(u > 0, sqrt(u)^2, u) + where(u > 0.01, sqrt(u)^4/sqrt(u)^2, u)", "2*u"),
        ("where(u > 0, where(x > 0.5, sqrt(u)^2, u), u) + where(u > 0.02, sqrt(u)^2, u)", "2*u"),
        ("where(u > 0, sqrt(u)*max(sqrt(u), 0*u), u)", "u"),
        ("where(u > 0, d(sqrt(u)^2, x), d(u, x))", "d(u, x)"),
        ("where(u > 0, d(sqrt(u)^2, x, x) + sqrt(u)^2, d(u, x, x) + u)", "d(u, x, x) + u"),
    ];
    same.into_iter().for_each(|(guarded, plain)| check_same(guarded, plain));
}

/// Derivatives along a coordinate of values that are constant on one branch, where an outer slope may be
/// infinite.
#[test]
fn derivatives_of_branches_not_taken_leave_no_nan() {
    let rising = [
        "sqrt(max(u, 0)^2)",
        "sqrt(max(0, u)^2)",
        "sqrt(min(-u, 0)^2)",
        "sqrt(clamp(u, 0, 9)^2)",
        "sqrt(where(u > 0, u, 0)^2)",
        "sqrt((u*(u > 0))^2)",
        "sqrt((u*step(u))^2)",
        "sqrt((where(u > 0, 1, 0)*u)^2)",
        "sqrt(u*max(u, 0))",
        "sqrt(-u*2*u*(u > 0)*u/(u + u*0.5)*1.5/-2)",
        "sqrt(abs(abs(u) + u)^2)/2",
        // Sums of several selects, and selects between selects.
        "sqrt(max(u, 0)^2 + 3*where(u > 0.001, u, max(u, 0))^2)/2",
        "sqrt(where(x > 0.1, max(u, 0), where(u > 0, u, 0))^2)",
        "sqrt(max(max(u, 0), min(u, 0))^2)",
        "where(x > 0.1, sqrt(max(u, 0)^2), max(u, 0))",
    ];
    for text in rising {
        check_same(text, "where(u > 0, u, 0)");
        check_same(&format!("d({text}, x)"), "where(u > 0, d(u, x), 0)");
        check_same(&format!("laplace({text})"), "where(u > 0, d(u, x, x), 0)");
    }
}

/// Compares the losses and the gradients of two equivalent residuals, for a u with both signs.
fn check_same(guarded: &str, plain: &str) {
    let of = |residual: &str| {
        let grid = Domain::Grid(vec![(Interval::new(-1.0, 1.0), 37)]);
        let problem = Problem::new(description(residual, &["x"], grid)).unwrap();
        let mut fields = problem.fields(3).unwrap();
        // Shift the bias of the output, so that u has both signs.
        *fields[0].parameters_mut().last_mut().unwrap() -= 0.084;
        let (loss, gradient, _) = loss(&problem, &fields, &[]);
        (loss, gradient)
    };
    let positive = of("u > 0").0;
    assert!((0.3..0.7).contains(&positive), "{positive} of the points");
    let with_loss = |residual: &str| of(&format!("{residual} - 0.3"));
    let ((got, slopes), (want, wanted)) = (with_loss(guarded), with_loss(plain));
    assert!((got - want).abs() < 1e-4 * want, "{guarded}: {got}, not {want}");
    let most = wanted.iter().fold(0.0f32, |most, g| most.max(g.abs()));
    for (slope, wanted) in slopes.iter().zip(&wanted) {
        assert!((slope - wanted).abs() < 2e-3 * most, "{guarded}: {slope}, not {wanted}");
    }
}

/// Constraints with one seed over the same box have different points. Uniform points are also uncorrelated.
#[test]
fn constraints_draw_from_streams_of_their_own() {
    for sequence in [Sequence::Uniform, Sequence::LowDiscrepancy] {
        let box_ = Domain::Box(vec![Interval::new(0.0, 1.0)]);
        let mut description = description("u - x", &["x"], box_);
        description.constraints[0].sampling =
            Sampling { samples: Some(2001), sequence, ..Sampling::default() };
        let again = description.constraints[0].clone();
        description.constraints.push(again);
        let problem = Problem::new(description).unwrap();
        let engine = engine();
        let fields = problem.fields(0).unwrap();
        let moment = Moment {
            engine: &engine,
            fields: &fields,
            scalars: &[],
            step: 5,
            progress: 0.0,
            share: 1.0,
            focus: &[],
        };
        let drawn = [0, 1].map(|term| {
            let mut x = vec![0.0; 2001];
            problem.system(term, &moment).unwrap().coordinates(0, 0, &mut x);
            x
        });
        // The mean square over [-1, 1] is 1/3, so the mean product of equal points would be 1/3 too.
        let product = drawn[0].iter().zip(&drawn[1]).map(|(a, b)| a * b).sum::<f64>() / 2001.0;
        let most = if sequence == Sequence::Uniform { 0.03 } else { 0.3 };
        assert!(product.abs() < most, "{sequence:?}: {product}");
        assert_ne!(drawn[0], drawn[1]);
    }
}
