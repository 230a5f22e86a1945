//! The error against known solutions, against sums by hand over jets of the reference.

use super::*;
use crate::engine::reference::jet;
use crate::fit::Control;
use crate::jet::JetSpec;
use crate::problem::file::ProblemFile;

const TEXT: &str = r#"
    [field.u]
    hidden = 9
    layers = 1
    coordinates = ["x", "y"]
    [field.w]
    hidden = 5
    layers = 0
    coordinates = ["y"]
    outputs = { p = "real", q = "complex" }
    [constants]
    k = 3.0
    [definitions]
    wave = "sin(k*x) * y"
    [exact]
    u = "wave + k"
    q = "exp(i*k*y)"
    [[constraint]]
    residual = "u - p"
    domain = { box = { x = 0, y = [0, 2] } }
    samples = 100
    [[constraint]]
    residual = "[d(u, x), re(q)]"
    domain = { grid = { x = [-1, 1, 7], y = [0, 2, 5] } }
    samples = 3
"#;

fn problem(text: &str) -> (Problem, FitConfig) {
    let file = ProblemFile::parse(text, &[]).unwrap();
    (Problem::new(file.description(&mut |_| Err("no data".into())).unwrap()).unwrap(), file.fit)
}

fn error(problem: &Problem, fields: &[Field]) -> f64 {
    let engine = engine();
    let now =
        Moment { engine: &engine, fields, scalars: &[], step: 7, progress: 0.5, share: 1.0, focus: &[] };
    problem.error(&now).unwrap().unwrap()
}

/// The outputs of `field` at a point in [-1, 1].
fn values(field: &Field, x: &[f64]) -> Vec<f64> {
    jet(field.architecture(), &field.wide_parameters(), &JetSpec::value(x.len()), x)
}

#[test]
fn errors_are_those_of_sums_by_hand_over_the_largest_domain() {
    let (problem, _) = problem(TEXT);
    let fields = problem.fields(3).unwrap();
    let (mut apart, mut whole) = (0.0, 0.0);
    let mut add = |found: f64, wanted: f64| {
        apart += (found - wanted).powi(2);
        whole += wanted.powi(2);
    };
    for i in 0..7 {
        for j in 0..5 {
            let (x, y) = (f64::from(i) / 3.0 - 1.0, f64::from(j) / 2.0);
            add(values(&fields[0], &[x, y - 1.0])[0], (3.0 * x).sin() * y + 3.0);
            let w = values(&fields[1], &[y - 1.0]);
            add(w[1], (3.0 * y).cos());
            add(w[2], (3.0 * y).sin());
        }
    }
    let (found, wanted) = (error(&problem, &fields), f64::sqrt(apart / whole));
    assert!((found / wanted - 1.0).abs() < 1e-12, "{found}, not {wanted}");
}

#[test]
fn the_error_against_zero_is_the_root_mean_square() {
    let text = TEXT.replace("u = \"wave + k\"\n    q = \"exp(i*k*y)\"", "p = \"0\"");
    let (problem, _) = problem(&text);
    let fields = problem.fields(3).unwrap();
    let square = |j: i32| values(&fields[1], &[f64::from(j) / 2.0 - 1.0])[0].powi(2);
    let wanted = ((0..5).map(square).sum::<f64>() / 5.0).sqrt();
    assert!((error(&problem, &fields) / wanted - 1.0).abs() < 1e-12);
}

#[test]
fn the_error_is_told_at_every_step_without_a_rate_and_at_every_25th_with_one() {
    let text = "[field.u]\nhidden = 5\nlayers = 0\n[exact]\nu = \"x\"\n[[constraint]]\nresidual = \"u - x\"\n\
                domain = { box = { x = [0, 1] } }\nsamples = 16\n[fit]\nsteps = 30\n";
    for (optimizer, told) in [("adam", vec![25, 30]), ("gauss-newton", (1..=30).collect())] {
        let (problem, config) = problem(&format!("{text}optimizer = \"{optimizer}\""));
        let mut fit =
            Fit::joint(Arc::new(engine()), problem.fields(0).unwrap(), Arc::new(problem), config).unwrap();
        let mut steps = Vec::new();
        let mut last = f64::NAN;
        fit.run(|progress, _| {
            if let Some(error) = progress.error {
                (last, _) = (error, steps.push(progress.step));
            }
            Control::Continue
        })
        .unwrap();
        assert!(steps.iter().eq(told.iter().take(steps.len())) && steps.len() > 1, "{optimizer}: {steps:?}");
        assert_eq!(fit.error().unwrap(), Some(last), "{optimizer}");
    }
}

#[test]
fn faults_have_their_places() {
    for (entry, line, message) in [
        ("u = \"wave + c\"", "u = \"wave + c\"", "exact solution of \"u\": unknown name \"c\""),
        ("v = \"wave\"", "v = \"wave\"", "exact solution of \"v\": there is no such field or output"),
        ("u = \"wave +\"", "u = \"wave +\"", "exact solution of \"u\": "),
        ("u = \"exp(i*x)\"", "u = \"exp(i*x)\"", "it is complex, but \"u\" is real; take re()"),
        ("p = \"i*y\"", "p = \"i*y\"", "it is complex, but \"p\" is real"),
        ("u = \"[x, y, 1]\"", "u = \"[x, y, 1]\"", "it has 3 components, but \"u\" has 1"),
    ] {
        let file = ProblemFile::parse(&TEXT.replace("u = \"wave + k\"", entry), &[]).unwrap();
        let fault = match file.description(&mut |_| Err("no data".into())) {
            Err(fault) => fault,
            Ok(description) => file.locate(&Problem::new(description).unwrap_err()),
        };
        assert!(fault.what.contains(message), "{}", fault.what);
        let place = fault.place.unwrap_or_else(|| panic!("{entry} has no place"));
        assert_eq!(place.text.trim(), line);
    }
}
