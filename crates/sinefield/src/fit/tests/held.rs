//! Methods that hold their points: when points are drawn anew, and the memory of the inverse Hessian.

use super::*;
use crate::optimizer::QuasiNewtonConfig;

/// Under a method that holds its points, the losses of a hold are over the points of its first step.
#[test]
fn held_points_are_drawn_anew_after_the_hold() {
    let batched = batched(picture(8, 9, 1), 30, 0);
    let quasi_newton = QuasiNewtonConfig { hold: 5, ..QuasiNewtonConfig::default() };
    let config = FitConfig { optimizer: Method::SsBroyden, quasi_newton, ..config(13) };
    let field = || batched.field(&small(), 0).unwrap();
    let mut fit = Fit::new(engine(1), field(), batched.clone(), config.clone()).unwrap();
    let mut gradient = vec![0.0; fit.field().parameters().len()];
    for step in 0..13 {
        let held = fit.gradient(step / 5 * 5, &mut gradient).unwrap();
        let own = fit.gradient(step, &mut gradient).unwrap();
        let loss = fit.step().unwrap().loss;
        assert!((loss - held).abs() <= 1e-6 * held, "{step}: {loss}, not {held}");
        assert_eq!(loss == own, step % 5 == 0, "{step}: {loss} and {own}");
        // A fit that is resumed here has the same points.
        let again = Fit::resume(engine(2), fit.checkpoint(), batched.clone(), config.clone());
        let (mut again, mut whole) = (again.unwrap(), fit.checkpoint());
        if step < 12 {
            again.step().unwrap();
            let mut fit = Fit::resume(engine(1), whole, batched.clone(), config.clone()).unwrap();
            fit.step().unwrap();
            whole = fit.checkpoint();
            assert_eq!(whole.fields, again.checkpoint().fields, "{step}");
        }
    }
}

/// A search that finds no step ends the hold, not the fit, while there are points to draw.
#[test]
fn without_a_step_the_next_points_are_drawn() {
    let batched = batched(picture(8, 9, 1), 30, 0);
    // One trial alone that must have nearly the decrease of the slope.
    let quasi_newton = QuasiNewtonConfig {
        hold: 5,
        evaluations: 1,
        decrease: 0.9998,
        curvature: 0.9999,
        ..Default::default()
    };
    let config = FitConfig { optimizer: Method::SsBfgs, quasi_newton, ..config(12) };
    let field = batched.field(&small(), 0).unwrap();
    let mut fit = Fit::new(engine(1), field, batched, config).unwrap();
    let mut seen = Vec::new();
    fit.run(|progress, _| {
        seen.push((progress.step, progress.converged));
        Control::Continue
    })
    .unwrap();
    assert_eq!(seen, [(5, false), (10, false), (11, true)]);
}

#[test]
fn an_inverse_hessian_without_memory_is_refused() {
    let picture = picture(5, 4, 1);
    let network = FieldConfig { hidden: 2000, layers: 1, ..FieldConfig::default() };
    let config = FitConfig { optimizer: Method::SsBroyden, ..config(5) };
    let refused = Fit::new(engine(1), picture.field(&network, 0).unwrap(), picture, config).err();
    let Some(FitError::StateMemory { unknowns, megabytes, .. }) = refused else { panic!("{refused:?}") };
    let expected = 3 * 2000 + 2001 * 2000 + 2001;
    assert_eq!(unknowns, expected);
    // Half of the square, in float64.
    assert!((megabytes as f64 / (4e-6 * (expected as f64).powi(2) / 1.048_576) - 1.0).abs() < 1e-2);
}
