//! Fits in float64.

use super::*;
use crate::engine::cpu::CpuEngine;
use crate::field::Precision;
use crate::problem::Problem;
use crate::problem::file::ProblemFile;
use crate::render::{Coordinates, Quantity, at_points_exactly};

/// `u'' = -3 k π² sin πx` with `u = 0` at both ends and values between them from which `k = 1/3`.
const TEXT: &str = r#"
    [field.u]
    hidden = 16
    layers = 1
    omega = 3
    first_omega = 3
    [trainable]
    k = 0.1
    [[constraint]]
    residual = "d(u, x, x)/pi^2 + 3*k*sin(pi*x)"
    domain = { box = { x = [-1, 1] } }
    samples = 65
    draw = "fixed"
    [[constraint]]
    residual = "u"
    domain = { grid = { x = [-1, 1, 2] } }
    [[constraint]]
    residual = "u - sin(pi*x)"
    domain = { grid = { x = [-0.5, 0.5, 2] } }
"#;

fn problem(precision: &str, optimizer: Method) -> (Arc<Problem>, FitConfig) {
    let settings = [format!("fit.precision={precision}"), format!("fit.optimizer={optimizer}")];
    let file = ProblemFile::parse(TEXT, &settings).unwrap();
    let problem = Problem::new(file.description(&mut |_| Err("no data".into())).unwrap()).unwrap();
    (Arc::new(problem), FitConfig { rate: 1e-3, ..file.fit })
}

fn begin(precision: &str, optimizer: Method, steps: usize, threads: usize) -> Fit {
    let (problem, config) = problem(precision, optimizer);
    let fields = problem.fields(0).unwrap();
    Fit::joint(engine(threads), fields, problem, FitConfig { steps, ..config }).unwrap()
}

fn error(fit: &Fit) -> f64 {
    let points: Vec<f64> = (0..=32).map(|i| f64::from(i) / 16.0 - 1.0).collect();
    let engine = CpuEngine::new(Some(1)).unwrap();
    let found =
        at_points_exactly(&engine, fit.field(), &[Quantity::Value], Coordinates::Units, &points).unwrap();
    let apart = points.iter().zip(&found[0]).map(|(x, u)| (u - (std::f64::consts::PI * x).sin()).abs());
    apart.fold(0.0, f64::max)
}

#[test]
fn float64_reaches_digits_that_float32_does_not_have() {
    let reached = |precision| {
        let mut fit = begin(precision, Method::GaussNewton, 60, 2);
        fit.run(|_, _| Control::Continue).unwrap();
        (error(&fit), (fit.scalars()[0] - 1.0 / 3.0).abs())
    };
    let (single, _) = reached("f32");
    let (double, double_k) = reached("f64");
    // A value of about 1 has a rounding error of 6e-8 in float32.
    assert!(double < 1e-8 && single > 5e-8, "{double:e}, {single:e}");
    assert!(double_k < 1e-8, "{double_k:e}");
}

#[test]
fn every_method_resumes_to_the_same_bits() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("fit.checkpoint");
    let of_steps = |method| match method {
        Method::GaussNewton => 8,
        Method::Lbfgs => 20,
        Method::Soap => 60,
        _ => 30,
    };
    for (method, steps) in Method::ALL.map(|method| (method, of_steps(method))) {
        let mut straight = begin("f64", method, steps, 2);
        let first_loss = straight.step().unwrap().loss;
        let outcome = straight.run(|_, _| Control::Continue).unwrap();
        assert!(outcome.final_loss < 0.5 * first_loss, "{method}: {first_loss} to {}", outcome.final_loss);
        let mut first = begin("f64", method, steps, 1);
        for _ in 0..steps / 2 {
            first.step().unwrap();
        }
        first.checkpoint().save(&path).unwrap();
        let (task, config) = problem("f64", method);
        let loaded = Checkpoint::load(&path).unwrap();
        assert_eq!(loaded, first.checkpoint());
        let config = FitConfig { steps, ..config };
        let mut second = Fit::resume(engine(2), loaded, task.clone(), config.clone()).unwrap();
        second.run(|_, _| Control::Continue).unwrap();
        assert_eq!(second.field().exact_parameters(), straight.field().exact_parameters(), "{method}");
        assert_eq!(second.scalars(), straight.scalars(), "{method}");
        let other = FitConfig { precision: Precision::F32, ..config };
        let refused = Fit::resume(engine(1), Checkpoint::load(&path).unwrap(), task, other).err();
        assert!(matches!(refused, Some(FitError::OtherProblem(_))), "{method}");
    }
}

/// The parameters are not the rounded ones, and a picture can be fitted in float64 too.
#[test]
fn pictures_have_float64_and_gradient_domain_fits_do_not() {
    let picture = picture(5, 4, 1);
    let config = FitConfig { precision: Precision::F64, ..config(3) };
    let mut fit =
        Fit::new(engine(1), picture.field(&small(), 0).unwrap(), picture.clone(), config.clone()).unwrap();
    fit.run(|_, _| Control::Continue).unwrap();
    let exact = fit.field().exact_parameters().unwrap();
    assert!(exact.iter().any(|p| *p != f64::from(*p as f32)));

    struct Single(Vec<Term>);
    impl Task for Single {
        fn terms(&self) -> &[Term] {
            &self.0
        }
        fn fingerprint(&self) -> u64 {
            0
        }
        fn system(&self, _: usize, _: &Moment<'_>) -> Result<Box<dyn crate::engine::System + '_>, TaskError> {
            unreachable!("the fit is refused")
        }
    }
    let refused = Fit::joint(engine(1), two_fields(), Arc::new(Single(Vec::new())), config).err();
    assert!(matches!(refused, Some(FitError::NoFloat64)));
}
