//! Tests optimisers on losses with known minima, and their state.

mod quasi_newton;
mod soap;

use super::*;

/// Rosenbrock's function in many dimensions: `Σ 100 (θ_(i+1) - θ_i²)² + (1 - θ_i)²`, with its minimum at ones.
struct Valley {
    evaluations: usize,
    /// The loss is not finite if a component of θ is larger than this in magnitude.
    wall: f64,
}

impl<N: Number> Loss<N> for Valley {
    fn evaluate(&mut self, theta: &[N], gradient: &mut [N]) -> Result<f64, LossError> {
        self.evaluations += 1;
        let x: Vec<f64> = theta.iter().map(|x| (*x).into()).collect();
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
        gradient.iter_mut().zip(g).for_each(|(to, from)| *to = N::of(from));
        Ok(loss)
    }

    /// The rows `10 (θ_(i+1) - θ_i²)` and `1 - θ_i`.
    fn linearise(&mut self, theta: &[N], linear: &mut Linear) -> Result<f64, LossError> {
        let n = theta.len();
        let x: Vec<f64> = theta.iter().map(|x| (*x).into()).collect();
        let derivatives = vec![0.0; 2 * (n - 1) * n];
        *linear = Linear { rows: Vec::new(), derivatives, columns: n, factored: None };
        for i in 0..n - 1 {
            let (first, second) = linear.derivatives[2 * i * n..][..2 * n].split_at_mut(n);
            linear.rows.extend([10.0 * (x[i + 1] - x[i] * x[i]), 1.0 - x[i]]);
            (first[i], first[i + 1], second[i]) = (-20.0 * x[i], 10.0, -1.0);
        }
        Ok(linear.rows.iter().map(|r| r * r).sum())
    }
}

/// `r = A θ - b` with numbers without a pattern, of any shape.
struct Plane {
    rows: usize,
    columns: usize,
}

impl Plane {
    fn entry(&self, at: usize) -> f64 {
        (((at + 1) as f64 * 12.9898).sin() * 43758.5453).fract()
    }

    fn residuals(&self, theta: &[f64]) -> Vec<f64> {
        let row = |i: usize| -> f64 {
            let sum: f64 = (0..self.columns).map(|j| self.entry(i * self.columns + j) * theta[j]).sum();
            sum - self.entry(100_000 + i)
        };
        (0..self.rows).map(row).collect()
    }
}

impl Loss for Plane {
    fn evaluate(&mut self, theta: &[f32], gradient: &mut [f32]) -> Result<f64, LossError> {
        gradient.fill(f32::NAN);
        let theta: Vec<f64> = theta.iter().map(|x| f64::from(*x)).collect();
        Ok(self.residuals(&theta).iter().map(|r| r * r).sum())
    }

    fn linearise(&mut self, theta: &[f32], linear: &mut Linear) -> Result<f64, LossError> {
        let theta: Vec<f64> = theta.iter().map(|x| f64::from(*x)).collect();
        let rows = self.residuals(&theta);
        let loss = rows.iter().map(|r| r * r).sum();
        let derivatives = (0..self.rows * self.columns).map(|at| self.entry(at)).collect();
        *linear = Linear { rows, derivatives, columns: self.columns, factored: None };
        Ok(loss)
    }
}

/// Gaussian elimination with pivots, in float64.
fn solved(mut a: Vec<Vec<f64>>, mut b: Vec<f64>) -> Vec<f64> {
    let n = b.len();
    for k in 0..n {
        let pivot = (k..n).max_by(|i, j| a[*i][k].abs().total_cmp(&a[*j][k].abs())).unwrap();
        a.swap(k, pivot);
        b.swap(k, pivot);
        for i in k + 1..n {
            let factor = a[i][k] / a[k][k];
            let (above, below) = a.split_at_mut(i);
            below[0].iter_mut().zip(&above[k]).for_each(|(x, y)| *x -= factor * y);
            b[i] -= factor * b[k];
        }
    }
    for k in (0..n).rev() {
        let rest: f64 = (k + 1..n).map(|j| a[k][j] * b[j]).sum();
        b[k] = (b[k] - rest) / a[k][k];
    }
    b
}

/// Two steps against `δ = μ φ + (JᵀJ + λ I)⁻¹ Jᵀ (r - μ J φ)`, solved by elimination, with more rows than unknowns and
/// with fewer.
#[test]
fn gauss_newton_makes_the_damped_step_with_momentum() {
    for (rows, columns) in [(1, 1), (3, 7), (7, 3), (17, 18)] {
        let config = GaussNewtonConfig { momentum: 0.5, damping: 1.0, ..GaussNewtonConfig::default() };
        let mut plane = Plane { rows, columns };
        let (mut method, mut theta) = (GaussNewton::new(config, columns), vec![0.25f32; columns]);
        let (mut expected, mut phi) = (vec![0.25f64; columns], vec![0.0; columns]);
        let (mut damping, mut last) = (config.damping, f64::INFINITY);
        for _ in 0..2 {
            let j = |i: usize, k: usize| plane.entry(i * columns + k);
            let squares: f64 = (0..rows * columns).map(|at| plane.entry(at).powi(2)).sum();
            let lambda = damping * squares / rows.min(columns) as f64;
            let r = plane.residuals(&expected);
            let zeta: Vec<f64> =
                (0..rows).map(|i| r[i] - 0.5 * (0..columns).map(|k| j(i, k) * phi[k]).sum::<f64>()).collect();
            let normal = (0..columns).map(|k| {
                let row = (0..columns).map(|l| (0..rows).map(|i| j(i, k) * j(i, l)).sum::<f64>());
                row.enumerate().map(|(l, x)| if l == k { x + lambda } else { x }).collect()
            });
            let right = (0..columns).map(|k| (0..rows).map(|i| j(i, k) * zeta[i]).sum()).collect();
            let step = solved(normal.collect(), right);
            let delta: Vec<f64> = phi.iter().zip(&step).map(|(phi, step)| 0.5 * phi + step).collect();
            expected.iter_mut().zip(&delta).for_each(|(theta, delta)| *theta -= delta);
            let after: f64 = plane.residuals(&expected).iter().map(|r| r * r).sum();
            let made = method.step(&mut theta, &mut plane, 0.0).unwrap();
            assert!(after < made.loss && made.loss < last && made.evaluations == 3, "accepted at once");
            for (got, want) in theta.iter().zip(&expected) {
                assert!((f64::from(*got) - want).abs() < 1e-5, "{rows} x {columns}: {got}, not {want}");
            }
            // A linear model predicts the decrease exactly, so the damping falls.
            (phi, damping, last) = (delta, damping / config.lower, made.loss);
            expected = theta.iter().map(|x| f64::from(*x)).collect();
        }
    }
}

/// `r_i = θ_0 c(θ_2 x_i) + θ_1 - y_i` over points `x_i`: linear in the last layer `θ_0, θ_1`.
struct Wave {
    count: usize,
    /// Makes the residual depend on the square of `θ_0` too.
    bent: f64,
}

impl Wave {
    fn rows(&self, theta: &[f64]) -> Vec<(f64, [f64; 3])> {
        let row = |i: usize| {
            let x = 0.1 + 2.0 * i as f64 / self.count as f64;
            let (sine, cosine) = (theta[2] * x).sin_cos();
            let a = theta[0] + self.bent * theta[0].powi(2);
            let r = a * cosine + theta[1] - (1.5 * (1.3 * x).cos() - 0.4);
            (r, [(1.0 + 2.0 * self.bent * theta[0]) * cosine, 1.0, -a * x * sine])
        };
        (0..self.count).map(row).collect()
    }
}

impl Loss<f64> for Wave {
    fn evaluate(&mut self, theta: &[f64], gradient: &mut [f64]) -> Result<f64, LossError> {
        gradient.fill(f64::NAN);
        Ok(self.rows(theta).iter().map(|(r, _)| r * r).sum())
    }

    fn linearise(&mut self, theta: &[f64], linear: &mut Linear) -> Result<f64, LossError> {
        let (rows, derivatives): (Vec<f64>, Vec<[f64; 3]>) = self.rows(theta).into_iter().unzip();
        let loss = rows.iter().map(|r| r * r).sum();
        *linear = Linear { rows, derivatives: derivatives.concat(), columns: 3, factored: None };
        Ok(loss)
    }
}

/// With projection, the loss of a step is the least one over the last layer, which is that of a regression line by hand. A
/// residual that is not linear in the last layer is still solved, and a step never raises its loss.
#[test]
fn gauss_newton_solves_the_last_layer_in_closed_form() {
    for count in [1, 2, 3, 17, 255] {
        let config = GaussNewtonConfig { project: true, ..GaussNewtonConfig::default() };
        let mut method = GaussNewton::new(config, 3).with_last_layers(std::slice::from_ref(&(0..2)));
        let (mut theta, mut wave) = (vec![7.0, -30.0, 1.0], Wave { count, bent: 0.0 });
        let regression = |frequency: f64| {
            let points = (0..count).map(|i| 0.1 + 2.0 * i as f64 / count as f64);
            let pairs: Vec<(f64, f64)> =
                points.map(|x| ((frequency * x).cos(), 1.5 * (1.3 * x).cos() - 0.4)).collect();
            let mean = |of: &dyn Fn(&(f64, f64)) -> f64| pairs.iter().map(of).sum::<f64>() / count as f64;
            let (a, b) = (mean(&|pair| pair.0), mean(&|pair| pair.1));
            let cross = mean(&|pair| (pair.0 - a) * (pair.1 - b));
            let spread = mean(&|pair| (pair.0 - a).powi(2)).max(f64::MIN_POSITIVE);
            count as f64 * (mean(&|pair| (pair.1 - b).powi(2)) - cross * cross / spread)
        };
        let least = regression(1.0);
        let loss = method.step(&mut theta, &mut wave, 0.0).unwrap().loss;
        assert!((loss - least).abs() < 1e-9, "{count}: {loss}, not {least}");
        for _ in 0..20 {
            method.step(&mut theta, &mut wave, 0.0).unwrap();
        }
        let end = wave.evaluate(&theta, &mut [0.0; 3]).unwrap();
        assert!(end < 1e-16, "{count}: {end} at {theta:?}");
        let plain = GaussNewton::new(config, 3).step(&mut [7.0, -30.0, 1.0], &mut wave, 0.0).unwrap();
        assert!(plain.loss > least + 1.0, "without last layers there is no projection");
    }
    let mut method = GaussNewton::new(GaussNewtonConfig { project: true, ..GaussNewtonConfig::default() }, 3)
        .with_last_layers(std::slice::from_ref(&(0..2)));
    let (mut theta, mut wave, mut last) =
        (vec![-3.0, 5.0, 1.0], Wave { count: 17, bent: 0.3 }, f64::INFINITY);
    for _ in 0..60 {
        let step = method.step(&mut theta, &mut wave, 0.0).unwrap();
        assert!(step.loss <= last, "{} after {last}", step.loss);
        last = step.loss;
    }
    assert!(last < 1e-12, "{last} at {theta:?}");
}

#[test]
fn gauss_newton_finds_the_valleys_end_in_few_steps() {
    for (count, wall) in [(2, 1e9), (17, 1e9), (17, 2.5), (65, 1e9)] {
        let mut theta: Vec<f32> = (0..count).map(|i| if i % 2 == 0 { -1.2 } else { 1.0 }).collect();
        let mut loss = Valley { evaluations: 0, wall };
        let mut method = GaussNewton::new(GaussNewtonConfig::default(), count);
        let (mut last, mut steps) = (f64::INFINITY, 0);
        let converged = (0..300).any(|at| {
            let step = method.step(&mut theta, &mut loss, 0.0).unwrap();
            assert!(step.loss <= last, "the loss never rises");
            (last, steps) = (step.loss, at);
            step.converged
        });
        assert!(converged && steps < 200, "{count}: {steps} steps");
        assert!(theta[1..].iter().all(|x| (x - 1.0).abs() < 2e-2), "{count}, {wall}: {theta:?} {last}");
    }
}

/// Rows without a slope end the fit. A loss without rows and rows that are not finite are errors.
#[test]
fn gauss_newton_ends_where_there_is_no_direction() {
    struct Flat;
    impl Loss for Flat {
        fn evaluate(&mut self, _: &[f32], gradient: &mut [f32]) -> Result<f64, LossError> {
            gradient.fill(0.0);
            Ok(1.0)
        }
        fn linearise(&mut self, _: &[f32], linear: &mut Linear) -> Result<f64, LossError> {
            *linear = Linear { rows: vec![1.0], derivatives: vec![0.0; 3], columns: 3, factored: None };
            Ok(1.0)
        }
    }
    let mut theta = [1.0f32, 2.0, 3.0];
    let mut method = GaussNewton::new(GaussNewtonConfig::default(), 3);
    assert!(method.step(&mut theta, &mut Flat, 0.0).unwrap().converged);
    assert_eq!(theta, [1.0, 2.0, 3.0]);

    struct Plain;
    impl Loss for Plain {
        fn evaluate(&mut self, _: &[f32], gradient: &mut [f32]) -> Result<f64, LossError> {
            gradient.fill(0.0);
            Ok(1.0)
        }
    }
    let error = method.step(&mut theta, &mut Plain, 0.0).unwrap_err();
    assert!(matches!(error, LossError::NoRows { .. }), "{error}");
}

/// Rows that repeat each other and columns that do nothing make the kernel singular. The answer is still that of least
/// squares: the mean of the right sides.
#[test]
fn gauss_newton_solves_a_singular_kernel() {
    struct Repeated(usize);
    impl Loss<f64> for Repeated {
        fn evaluate(&mut self, theta: &[f64], _: &mut [f64]) -> Result<f64, LossError> {
            let sum = theta[0] - 2.0 * theta[1];
            Ok((0..self.0).map(|i| (sum - i as f64).powi(2)).sum())
        }
        fn linearise(&mut self, theta: &[f64], linear: &mut Linear) -> Result<f64, LossError> {
            let sum = theta[0] - 2.0 * theta[1];
            *linear = Linear {
                rows: (0..self.0).map(|i| sum - i as f64).collect(),
                derivatives: [1.0, -2.0, 0.0].repeat(self.0),
                columns: 3,
                factored: None,
            };
            self.evaluate(theta, &mut [])
        }
    }
    for (rows, damping) in [(2, 1e-10), (3, 1e-14), (17, 1e-10), (17, 1e-300)] {
        let mut theta = [0.25, 1.5, -7.0];
        let config = GaussNewtonConfig { damping, ..GaussNewtonConfig::default() };
        let mut method = GaussNewton::new(config, 3);
        let mut last = f64::INFINITY;
        for _ in 0..8 {
            let step = method.step(&mut theta, &mut Repeated(rows), 0.0).unwrap();
            assert!(step.loss <= last, "{rows}, {damping}: {} after {last}", step.loss);
            last = step.loss;
        }
        let (mean, found) = ((rows - 1) as f64 / 2.0, theta[0] - 2.0 * theta[1]);
        assert!((found - mean).abs() < 1e-6, "{rows}, {damping}: {found}, not {mean}");
        // Of all solutions, the nearest to the start: the rest of θ has not moved. Rounding over the damping reaches it, so
        // a damping below the rounding does not hold it.
        let held = (2.0 * theta[0] + theta[1] - 2.0).abs() < 1e-3;
        assert!((held || damping < 1e-16) && theta[2] == -7.0, "{rows}, {damping}: {theta:?}");
    }
}

#[test]
fn gauss_newton_stays_where_all_rows_are_zero() {
    struct Solved;
    impl Loss for Solved {
        fn evaluate(&mut self, theta: &[f32], _: &mut [f32]) -> Result<f64, LossError> {
            Ok(theta.iter().map(|x| f64::from(*x - 1.0).powi(2)).sum())
        }
        fn linearise(&mut self, theta: &[f32], linear: &mut Linear) -> Result<f64, LossError> {
            let rows = theta.iter().map(|x| f64::from(*x - 1.0)).collect();
            *linear = Linear { rows, derivatives: vec![1.0, 0.0, 0.0, 1.0], columns: 2, factored: None };
            self.evaluate(theta, &mut [])
        }
    }
    let (mut theta, mut method) = ([1.0f32; 2], GaussNewton::new(GaussNewtonConfig::default(), 2));
    let ends = (0..5).position(|_| {
        let step = method.step(&mut theta, &mut Solved, 0.0).unwrap();
        assert_eq!((step.loss, theta), (0.0, [1.0; 2]));
        step.converged
    });
    assert!(ends.is_some());
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
    let quasi_newton = |scaling| Box::new(QuasiNewton::new(QuasiNewtonConfig::default(), scaling, 17));
    let make = |method| -> Box<dyn Optimizer> {
        match method {
            Method::Adam => Box::new(Adam::new(AdamConfig::default(), 17)),
            Method::Lbfgs => Box::new(Lbfgs::new(LbfgsConfig { history: 3, ..LbfgsConfig::default() }, 17)),
            Method::GaussNewton => Box::new(GaussNewton::new(GaussNewtonConfig::default(), 17)),
            Method::SsBroyden => quasi_newton(SelfScaling::Broyden),
            Method::SsBfgs => quasi_newton(SelfScaling::Bfgs),
            Method::Soap => {
                let parts = [Block::Plain(1), Block::Matrix { rows: 4, columns: 3 }, Block::Plain(4)];
                Box::new(Soap::new(
                    SoapConfig { refresh: 2, ..SoapConfig::default() },
                    Blocks::new(parts.to_vec()),
                ))
            }
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
    assert!(matches!(error, LossError::GradientTooLarge { value } if value == f64::from(1.9e19f32)));
    assert_eq!(theta, [1.0, 2.0]);
}

#[test]
fn names_are_parsed() {
    for method in Method::ALL {
        assert_eq!(method.name().parse(), Ok(method));
    }
    assert!("adams".parse::<Method>().is_err_and(|error| error.to_string().contains("adam, lbfgs")));
}
