//! SOAP against `tests/reference/soap.py`, and its state when a loss is not usable.

use serde_json::Value;

use super::*;

/// A loss whose gradients are given, one after the other.
struct Given {
    gradients: Vec<Vec<f64>>,
    at: usize,
}

impl Loss<f64> for Given {
    fn evaluate(&mut self, _: &[f64], gradient: &mut [f64]) -> Result<f64, LossError> {
        gradient.copy_from_slice(&self.gradients[self.at]);
        self.at += 1;
        Ok(1.0)
    }
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect()
}

#[test]
fn follows_the_recurrence_of_another_program() {
    let path = format!("{}/tests/reference/soap.json", env!("CARGO_MANIFEST_DIR"));
    let case: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let vectors =
        |name: &str| -> Vec<Vec<f64>> { case[name].as_array().unwrap().iter().map(numbers).collect() };
    let block = |shape: Vec<f64>| match shape[..] {
        [rows, columns] => Block::Matrix { rows: rows as usize, columns: columns as usize },
        _ => Block::Plain(shape[0] as usize),
    };
    let blocks = Blocks::new(vectors("shapes").into_iter().map(block).collect());
    let config = SoapConfig {
        beta1: case["beta1"].as_f64().unwrap(),
        beta2: case["beta2"].as_f64().unwrap(),
        epsilon: case["epsilon"].as_f64().unwrap(),
        refresh: case["refresh"].as_u64().unwrap() as usize,
    };
    let mut theta = numbers(&case["start"]);
    assert_eq!(blocks.count(), theta.len());
    let mut soap = Soap::<f64>::new(config, blocks);
    let mut loss = Given { gradients: vectors("gradients"), at: 0 };
    for (step, want) in vectors("after").iter().enumerate() {
        soap.step(&mut theta, &mut loss, case["rate"].as_f64().unwrap()).unwrap();
        for (at, (got, want)) in theta.iter().zip(want).enumerate() {
            assert!((got - want).abs() < 1e-9, "step {step}, unknown {at}: {got}, not {want}");
        }
    }
}

/// `|A (W - W*)|²` with a matrix A whose singular values span three orders of magnitude, in a basis of its own.
struct Turned;

impl Loss<f64> for Turned {
    fn evaluate(&mut self, theta: &[f64], gradient: &mut [f64]) -> Result<f64, LossError> {
        const N: usize = 8;
        // A reflection of a diagonal matrix.
        let v: Vec<f64> = (0..N).map(|i| (i as f64 + 1.0) / 204f64.sqrt()).collect();
        let a = |i: usize, j: usize| {
            let d = |k: usize| 10f64.powf(-3.0 * k as f64 / (N - 1) as f64);
            let q = |i: usize, k: usize| f64::from(u8::from(i == k)) - 2.0 * v[i] * v[k];
            (0..N).map(|k| q(i, k) * d(k) * q(k, j)).sum::<f64>()
        };
        let apart = |at: usize| theta[at] - (at as f64 * 12.9898).sin();
        gradient.fill(0.0);
        let mut loss = 0.0;
        for i in 0..N {
            for c in 0..N {
                let r = (0..N).map(|j| a(i, j) * apart(j * N + c)).sum::<f64>();
                loss += r * r;
                (0..N).for_each(|j| gradient[j * N + c] += 2.0 * a(i, j) * r);
            }
        }
        Ok(loss)
    }
}

/// In the eigenbasis of its factors the problem is diagonal, so SOAP is ahead of Adam. By NumPy the losses are 1.7e-5 and
/// 7.1e-4.
#[test]
fn a_turned_valley_is_easier_than_for_adam() {
    let run = |method: &mut dyn Optimizer<f64>| {
        let mut theta = vec![0.0; 64];
        for step in 0..400 {
            let rate = 0.05 * (1.0 - f64::from(step) / 400.0);
            method.step(&mut theta, &mut Turned, rate).unwrap();
        }
        Turned.evaluate(&theta, &mut [0.0; 64]).unwrap()
    };
    let matrix = Blocks::new(vec![Block::Matrix { rows: 8, columns: 8 }]);
    let soap = run(&mut Soap::new(SoapConfig::default(), matrix));
    let adam = run(&mut Adam::new(AdamConfig::default(), 64));
    assert!(soap < 0.1 * adam, "{soap:e} and {adam:e}");
}

/// If a loss becomes infinite, θ and the state return to the last usable ones.
#[test]
fn soap_takes_back_the_update_that_led_astray() {
    let mut loss = Valley { evaluations: 0, wall: 1.35 };
    let blocks = Blocks::new(vec![Block::Plain(1), Block::Matrix { rows: 1, columns: 2 }]);
    let (mut soap, mut theta) = (Soap::new(SoapConfig::default(), blocks), vec![-1.2f32, 1.0, -1.2]);
    let mut seen: Vec<(Vec<f32>, Vec<StateArray>)> = Vec::new();
    let error = loop {
        seen.push((theta.clone(), soap.state()));
        // The rate grows until a step passes the wall.
        if let Err(error) = soap.step(&mut theta, &mut loss, 1e-2 * seen.len() as f64) {
            break error;
        }
    };
    assert!(matches!(error, LossError::NotFinite { .. }) && soap.rewound());
    let (before, state) = &seen[seen.len() - 2];
    assert_eq!((&theta, &soap.state()), (before, state), "of {} steps", seen.len());
    soap.step(&mut theta, &mut loss, 1e-4).unwrap();
}

#[test]
fn a_gradient_without_a_slope_or_of_one_number_is_no_fault() {
    for (block, count) in
        [(Block::Matrix { rows: 3, columns: 17 }, 51), (Block::Matrix { rows: 1, columns: 1 }, 1)]
    {
        for size in [0.0, 1e-200, 1e150] {
            let mut soap = Soap::<f64>::new(
                SoapConfig { refresh: 1, ..SoapConfig::default() },
                Blocks::new(vec![block]),
            );
            let mut loss = Given { gradients: vec![vec![size; count]; 5], at: 0 };
            let mut theta = vec![0.5; count];
            for _ in 0..5 {
                soap.step(&mut theta, &mut loss, 1e-2).unwrap();
            }
            assert!(
                theta.iter().all(|t| t.is_finite() && (t - 0.5).abs() < 0.2),
                "{block:?}, {size}: {theta:?}"
            );
        }
    }
}
