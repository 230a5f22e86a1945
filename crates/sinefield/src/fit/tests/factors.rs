//! Gauss-Newton with the derivatives in factors, against a matrix that is stored.

use super::*;
use crate::fit::core::with_core;
use crate::fit::form::{Form, TermLayers};
use crate::fit::row_cost::RowCost;
use crate::optimizer::Linear;
use crate::problem::Problem;
use crate::problem::file::ProblemFile;

/// A wide field and a narrow one; second derivatives, a vector, a trainable scalar, and constraints that read one field
/// only.
const TEXT: &str = r#"
    [field.u]
    hidden = 96
    layers = 2
    [field.v]
    outputs = ["a", "b"]
    hidden = 8
    layers = 1
    [trainable]
    k = 0.3
    [[constraint]]
    residual = "[d(u, x, x) + laplace(u)*a - k, k*b - u]"
    domain = { box = { x = [-1, 1], y = [0, 2] } }
    samples = 101
    draw = "fixed"
    weight = 3
    [[constraint]]
    residual = "u - x*y"
    domain = { grid = { x = [-1, 1, 5], y = [0, 2, 3] } }
    [[constraint]]
    residual = "d(b, x, x) - a"
    domain = { box = { x = [-1, 1], y = 1 } }
    samples = 7
    draw = "fixed"
    [fit]
    optimizer = "gauss-newton"
    steps = 4
"#;

fn fit(precision: &str, threads: usize) -> Fit {
    let file = ProblemFile::parse(TEXT, &[format!("fit.precision={precision}")]).unwrap();
    let problem = Problem::new(file.description(&mut |_| Err("no data".into())).unwrap()).unwrap();
    let fields = problem.fields(1).unwrap();
    Fit::joint(engine(threads), fields, Arc::new(problem), file.fit).unwrap()
}

#[test]
fn factors_are_the_columns_of_the_matrix() {
    for precision in ["f32", "f64"] {
        let mut fit = fit(precision, 2);
        let whole = fit.linear(0).unwrap();
        let cost = RowCost::with_form(fit.engine.as_ref(), fit.fields(), fit.task(), fit.config());
        let (cost, form) = cost.unwrap().unwrap();
        assert!(cost.by_factors && whole.factored.is_none());
        let moment = Moment {
            engine: fit.engine.as_ref(),
            fields: &fit.unknowns.fields,
            scalars: &fit.unknowns.scalars,
            step: 0,
            progress: 0.0,
            share: 1.0,
            focus: &[],
        };
        let mut linear = Linear::default();
        let unusable = with_core!(&mut fit.cores, core => {
            core.terms.linearise(fit.task.as_ref(), &moment, &fit.unknowns, (&mut linear, &form))
        });
        assert_eq!(unusable.unwrap(), None);
        let factored = linear.factored.as_ref().unwrap();
        assert_eq!(factored.layers.len(), 3, "the layers of 96 by 96 and of 8 by 8 weights");
        let stored =
            factored.unknowns.len() + factored.layers.iter().map(|l| l.inputs * l.outputs).sum::<usize>();
        assert_eq!((stored, factored.groups.as_slice()), (whole.columns, &[202, 15, 7][..]));
        let numbers = cost.bytes / 8;
        assert!(numbers < whole.derivatives.len() && numbers > linear.derivatives.len());
        // J x and Jᵀ y say all of J.
        let most = whole.derivatives.iter().fold(0.0f64, |most, x| most.max(x.abs()));
        let bound = most * if precision == "f32" { 1e-4 } else { 1e-12 };
        for at in [0, 3, 250, 5_000, 15_000, whole.columns - 1] {
            let mut unit = vec![0.0; whole.columns];
            unit[at] = 1.0;
            for (row, got) in linear.times(&unit).into_iter().enumerate() {
                let want = whole.derivatives[row * whole.columns + at];
                assert!((got - want).abs() < bound, "{precision}, row {row}, column {at}: {got}, not {want}");
            }
        }
        for row in [0, 1, 200, 201, 202, 210, 217, 223] {
            let mut unit = vec![0.0; whole.rows.len()];
            unit[row] = 1.0;
            let want = &whole.derivatives[row * whole.columns..][..whole.columns];
            for (at, (got, want)) in linear.transposed_times(&unit).into_iter().zip(want).enumerate() {
                assert!((got - want).abs() < bound, "{precision}, row {row}, column {at}: {got}, not {want}");
            }
        }
    }
}

#[test]
fn steps_do_not_depend_on_the_number_of_threads_and_lower_the_loss() {
    let ran = |threads| {
        let mut fit = fit("f64", threads);
        let first = fit.step().unwrap().loss;
        let outcome = fit.run(|_, _| Control::Continue).unwrap();
        assert!(outcome.final_loss < 0.5 * first, "{first} to {}", outcome.final_loss);
        fit.unknowns()
    };
    assert_eq!(ran(1), ran(3));
}

#[test]
fn a_layer_is_in_factors_if_that_saves_multiplications() {
    use crate::engine::LayerShape;
    let layer = |weight, inputs, outputs, channels| LayerShape {
        field: 0,
        weight,
        bias: weight + inputs * outputs,
        inputs,
        outputs,
        channels,
    };
    let term = |rows, channels| {
        let layers = Some(vec![layer(0, 2, 256, channels), layer(768, 256, 256, channels)]);
        TermLayers { rows, layers }
    };
    let unknowns = 768 + 257 * 256;
    let numbers = |terms: &[TermLayers]| Form::cheapest(terms, &[0], unknowns).1.numbers;
    // 16 * 512 < 256², for 4 channels; the first layer stays.
    let stored = unknowns - 256 * 256;
    assert_eq!(numbers(&[term(100, 4), term(10, 1)]), 110 * stored + 410 * 512);
    // 12 channels: 144 * 512 > 256².
    assert_eq!(numbers(&[term(100, 12)]), 100 * unknowns);
    // More rows than unknowns need the matrix, and so does a term without layers.
    assert_eq!(numbers(&[term(unknowns + 1, 1)]), (unknowns + 1) * unknowns);
    assert_eq!(numbers(&[term(100, 4), TermLayers { rows: 1, layers: None }]), 101 * unknowns);
}
