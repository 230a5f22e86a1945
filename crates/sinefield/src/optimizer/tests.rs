//! Tests optimisers on losses with known minima, and their state.

use super::*;

/// Rosenbrock's function in many dimensions: `Σ 100 (θ_(i+1) - θ_i²)² + (1 - θ_i)²`, with its minimum at ones.
struct Valley {
    evaluations: usize,
    /// The loss is not finite if a component of θ is larger than this in magnitude.
    wall: f64,
}

impl Loss for Valley {
    fn evaluate(&mut self, theta: &[f32], gradient: &mut [f32]) -> Result<f64, LossError> {
        self.evaluations += 1;
        let x: Vec<f64> = theta.iter().map(|x| f64::from(*x)).collect();
        if x.iter().any(|x| x.abs() > self.wall) {
            return Err(LossError::NotFinite { constraint: "valley".into(), loss: f64::NAN });
        }
        let mut g = vec![0.0; x.len()];
        let mut loss = 0.0;
        for i in 0..x.len() - 1 {
            let (a, b) = (x[i + 1] - x[i] * x[i], 1.0 - x[i]);
            loss += 100.0 * a * a + b * b;
            g[i] += -400.0 * a * x[i] - 2.0 * b;
            g[i + 1] += 200.0 * a;
        }
        gradient.iter_mut().zip(g).for_each(|(to, from)| *to = from as f32);
        Ok(loss)
    }
}

#[test]
fn lbfgs_finds_the_valleys_end() {
    for (count, wall) in [(2, 1e9), (17, 1e9), (17, 2.5), (65, 1e9)] {
        let mut theta: Vec<f32> = (0..count).map(|i| if i % 2 == 0 { -1.2 } else { 1.0 }).collect();
        let mut loss = Valley { evaluations: 0, wall };
        let mut lbfgs = Lbfgs::new(LbfgsConfig::default(), count);
        let mut last = f64::INFINITY;
        for _ in 0..3000 {
            let step = lbfgs.step(&mut theta, &mut loss, 0.0).unwrap();
            assert!(step.loss <= last, "the loss never rises");
            last = step.loss;
            if step.converged {
                break;
            }
        }
        // A second minimum near (-1, 1, .., 1) exists from four dimensions on.
        assert!(theta[1..].iter().all(|x| (x - 1.0).abs() < 2e-2), "{count}, {wall}: {theta:?} {last}");
    }
}

/// The state is complete: for every method, a restored copy continues with the same bits.
#[test]
fn a_restored_state_goes_on_in_the_same_bits() {
    let make = |method| -> Box<dyn Optimizer> {
        match method {
            Method::Adam => Box::new(Adam::new(AdamConfig::default(), 17)),
            Method::Lbfgs => Box::new(Lbfgs::new(LbfgsConfig { history: 3, ..LbfgsConfig::default() }, 17)),
        }
    };
    for method in Method::ALL {
        for before in [0, 1, 7] {
            let mut loss = Valley { evaluations: 0, wall: 1e9 };
            let (mut first, mut theta) = (make(method), vec![0.3f32; 17]);
            for _ in 0..before {
                first.step(&mut theta, &mut loss, 1e-2).unwrap();
            }
            let mut second = make(method);
            second.restore(&first.state()).unwrap();
            let mut again = theta.clone();
            for _ in 0..5 {
                first.step(&mut theta, &mut loss, 1e-2).unwrap();
                second.step(&mut again, &mut loss, 1e-2).unwrap();
            }
            assert_eq!(theta, again, "{method} after {before}");
            let mut cut = first.state();
            cut.pop();
            assert!(make(method).restore(&cut).is_err(), "{method}: a state without its last array");
        }
    }
}

/// If a loss becomes infinite, θ and the state return to the last usable ones.
#[test]
fn adam_takes_back_the_update_that_led_astray() {
    let mut loss = Valley { evaluations: 0, wall: 1.35 };
    let (mut adam, mut theta) = (Adam::new(AdamConfig::default(), 3), vec![-1.2f32, 1.0, -1.2]);
    let mut seen: Vec<(Vec<f32>, Vec<StateArray>)> = Vec::new();
    let error = loop {
        seen.push((theta.clone(), adam.state()));
        // The rate grows until a step passes the wall.
        if let Err(error) = adam.step(&mut theta, &mut loss, 1e-2 * seen.len() as f64) {
            break error;
        }
    };
    assert!(matches!(error, LossError::NotFinite { .. }) && adam.rewound());
    let (before, state) = &seen[seen.len() - 2];
    assert_eq!((&theta, &adam.state()), (before, state), "of {} steps", seen.len());
    // From there, a lower rate continues.
    adam.step(&mut theta, &mut loss, 1e-4).unwrap();
}

/// Squares beyond float32 would freeze a parameter for the rest of a fit.
#[test]
fn adam_refuses_a_gradient_whose_square_overflows() {
    struct Steep;
    impl Loss for Steep {
        fn evaluate(&mut self, _: &[f32], gradient: &mut [f32]) -> Result<f64, LossError> {
            gradient.copy_from_slice(&[1.0, 1.9e19]);
            Ok(1.0)
        }
    }
    let mut theta = [1.0f32, 2.0];
    let error = Adam::new(AdamConfig::default(), 2).step(&mut theta, &mut Steep, 1e-2).unwrap_err();
    assert!(matches!(error, LossError::GradientTooLarge { value } if value == 1.9e19));
    assert_eq!(theta, [1.0, 2.0]);
}

#[test]
fn names_are_parsed() {
    for method in Method::ALL {
        assert_eq!(method.name().parse(), Ok(method));
    }
    assert!("adams".parse::<Method>().is_err_and(|error| error.to_string().contains("adam, lbfgs")));
}
