//! The self-scaled quasi-Newton methods against a dense formula by hand, and on losses with known minima.

use super::*;
use crate::optimizer::inverse::Inverse;

const BOTH: [SelfScaling; 2] = [SelfScaling::Bfgs, SelfScaling::Broyden];

fn config() -> QuasiNewtonConfig {
    QuasiNewtonConfig::default()
}

/// The rows of H in the state of a method.
fn dense(state: &[StateArray], n: usize) -> Vec<Vec<f64>> {
    let inverse = Inverse::restore(state, n).unwrap();
    let unit = |i: usize| (0..n).map(|j| f64::from(u8::from(i == j))).collect::<Vec<f64>>();
    (0..n).map(|i| inverse.times(&unit(i))).collect()
}

fn inverted(matrix: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let n = matrix.len();
    let unit = |i: usize| (0..n).map(|j| f64::from(u8::from(i == j))).collect();
    // The matrix is symmetric, so columns are rows.
    (0..n).map(|i| solved(matrix.to_vec(), unit(i))).collect()
}

fn times(matrix: &[Vec<f64>], x: &[f64]) -> Vec<f64> {
    matrix.iter().map(|row| inner(row, x)).collect()
}

fn inner(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// θ and τ, from the inverse of H: Al-Baali & Khalfan 2005.
fn family(scaling: SelfScaling, b: f64, h: f64, n: usize) -> (f64, f64) {
    if scaling == SelfScaling::Bfgs {
        return (0.0, f64::min(1.0, 1.0 / b));
    }
    let a = h * b - 1.0;
    let minus = f64::min(1.0, h * (1.0 - (a / (1.0 + a)).sqrt()));
    let (lowest, highest) = ((minus - 1.0) / a, 1.0 / minus);
    let theta = f64::max(lowest, f64::min(highest, (1.0 - b) / b));
    let sigma = 1.0 + theta * a;
    let root = sigma.powf(1.0 / (1.0 - n as f64));
    let short = f64::min(1.0, 1.0 / b);
    let tau = if theta <= 0.0 { f64::min(short * root, sigma) } else { short * f64::min(root, 1.0 / theta) };
    (theta, tau)
}

/// `B ← τ (B - B s sᵀB / sᵀBs + θ sᵀBs w wᵀ) + y yᵀ / yᵀs` with `w = y / yᵀs - B s / sᵀBs`, the update of the Hessian itself,
/// inverted by elimination.
#[test]
fn h_is_the_inverse_of_the_updated_hessian() {
    for scaling in BOTH {
        let (mut signs, mut scaled) = ([0; 2], 0);
        for n in [2, 3, 7] {
            let mut loss = Valley { evaluations: 0, wall: 1e9 };
            let mut method = QuasiNewton::<f64>::new(config(), scaling, n);
            let mut theta: Vec<f64> = (0..n).map(|i| if i % 2 == 0 { -1.2 } else { 1.0 }).collect();
            for step in 0..20 {
                let before = theta.clone();
                let mut slopes = [vec![0.0; n], vec![0.0; n]];
                let hessian = inverted(&dense(&method.state(), n));
                method.step(&mut theta, &mut loss, 0.0).unwrap();
                loss.evaluate(&before, &mut slopes[0]).unwrap();
                loss.evaluate(&theta, &mut slopes[1]).unwrap();
                let s: Vec<f64> = theta.iter().zip(&before).map(|(a, b)| a - b).collect();
                let y: Vec<f64> = slopes[1].iter().zip(&slopes[0]).map(|(a, b)| a - b).collect();
                let (bs, sy) = (times(&hessian, &s), inner(&s, &y));
                let sbs = inner(&s, &bs);
                let yhy = inner(&y, &times(&inverted(&hessian), &y));
                let (t, tau) = family(scaling, sbs / sy, yhy / sy, n);
                signs[usize::from(t > 0.0)] += 1;
                scaled += usize::from(tau < 1.0);
                let w: Vec<f64> = y.iter().zip(&bs).map(|(y, bs)| y / sy - bs / sbs).collect();
                let entry = |i: usize, j: usize| {
                    tau * (hessian[i][j] - bs[i] * bs[j] / sbs + t * sbs * w[i] * w[j]) + y[i] * y[j] / sy
                };
                let next: Vec<Vec<f64>> = (0..n).map(|i| (0..n).map(|j| entry(i, j)).collect()).collect();
                let (want, got) = (inverted(&next), dense(&method.state(), n));
                let size = want.iter().flatten().fold(0.0f64, |most, x| most.max(x.abs()));
                for (want, got) in want.iter().flatten().zip(got.iter().flatten()) {
                    assert!((want - got).abs() < 1e-6 * size, "{scaling:?}, {n}, {step}: {got}, not {want}");
                }
            }
        }
        let covered = scaling == SelfScaling::Bfgs || (signs[0] > 5 && signs[1] > 5);
        assert!(covered && scaled > 5, "{scaling:?}: {signs:?}, {scaled}");
    }
}

/// `½ θᵀA θ - θᵀ1` with the eigenvalues 1 to 100 in a turned basis; its minimum is A⁻¹ 1.
struct Bowl {
    n: usize,
}

impl Bowl {
    fn matrix(&self) -> Vec<Vec<f64>> {
        let n = self.n;
        let v: Vec<f64> = (0..n).map(|i| 1.0 + (i as f64).sin()).collect();
        let square = inner(&v, &v);
        let q = |i: usize, k: usize| f64::from(u8::from(i == k)) - 2.0 * v[i] * v[k] / square;
        let d = |k: usize| 100f64.powf(k as f64 / (n.max(2) - 1) as f64);
        let entry = |i: usize, j: usize| (0..n).map(|k| q(i, k) * d(k) * q(k, j)).sum();
        (0..n).map(|i| (0..n).map(|j| entry(i, j)).collect()).collect()
    }
}

impl Loss<f64> for Bowl {
    fn evaluate(&mut self, theta: &[f64], gradient: &mut [f64]) -> Result<f64, LossError> {
        let at = times(&self.matrix(), theta);
        gradient.iter_mut().zip(&at).for_each(|(g, at)| *g = at - 1.0);
        Ok(0.5 * inner(theta, &at) - theta.iter().sum::<f64>())
    }
}

/// With exact line searches every member of the family, scaled or not, ends on a quadratic after as many steps as unknowns.
#[test]
fn n_steps_with_exact_line_searches_find_the_minimum_of_a_quadratic() {
    let exact = QuasiNewtonConfig { decrease: 1e-9, curvature: 1e-8, evaluations: 60, ..config() };
    for scaling in BOTH {
        for n in [1, 3, 17] {
            let mut bowl = Bowl { n };
            let want = solved(bowl.matrix(), vec![1.0; n]);
            let mut method = QuasiNewton::<f64>::new(exact, scaling, n);
            let mut theta = vec![0.0; n];
            let mut distances = Vec::new();
            for _ in 0..n {
                method.step(&mut theta, &mut bowl, 0.0).unwrap();
                let apart: Vec<f64> = theta.iter().zip(&want).map(|(a, b)| a - b).collect();
                distances.push(inner(&apart, &apart).sqrt());
            }
            assert!(distances[n - 1] < 1e-5, "{scaling:?}, {n}: {distances:?}");
            assert!(n < 3 || distances[n - 2] > 1e-4, "not before: {scaling:?}, {n}: {distances:?}");
            // A further exact step satisfies the secant equation: H y = s.
            let h = dense(&method.state(), n);
            assert!(h.iter().flatten().all(|h| h.is_finite()));
        }
    }
}

/// The valley with a wall where the loss is not finite, counted.
struct Walled {
    valley: Valley,
    hits: usize,
}

impl<N: Number> Loss<N> for Walled {
    fn evaluate(&mut self, theta: &[N], gradient: &mut [N]) -> Result<f64, LossError> {
        let found = self.valley.evaluate(theta, gradient);
        self.hits += usize::from(found.is_err());
        found
    }
}

fn finds_the_end<N: Number>(scaling: SelfScaling, count: usize, wall: f64, close: f64) -> usize {
    let start = |i: usize| N::of(if i.is_multiple_of(2) { -1.2 } else { 1.0 });
    let mut theta: Vec<N> = (0..count).map(start).collect();
    let mut loss = Walled { valley: Valley { evaluations: 0, wall }, hits: 0 };
    let mut method = QuasiNewton::<N>::new(config(), scaling, count);
    let mut last = f64::INFINITY;
    let converged = (0..3000).any(|_| {
        let step = method.step(&mut theta, &mut loss, 0.0).unwrap();
        assert!(step.loss <= last, "the loss never rises");
        last = step.loss;
        step.converged
    });
    let theta: Vec<f64> = theta.iter().map(|x| (*x).into()).collect();
    // A second minimum near (-1, 1, .., 1) exists from four dimensions on.
    let near = theta[1..].iter().all(|x| (x - 1.0).abs() < close);
    assert!(converged && near, "{scaling:?}, {count}, {wall}: {theta:?} {last}");
    loss.hits
}

#[test]
fn the_valleys_end_is_found_in_both_precisions() {
    for scaling in BOTH {
        for (count, wall) in [(2, 1e9), (17, 1e9), (17, 1.3), (65, 1e9), (257, 1e9)] {
            let hits = finds_the_end::<f64>(scaling, count, wall, 1e-6);
            assert_eq!(hits > 0, wall < 2.0, "trials beyond the wall are rejected, and the search goes on");
            finds_the_end::<f32>(scaling, count, wall, 2e-2);
        }
    }
}

/// `(θ - draw)²` for each unknown, with a stiffness of its own.
struct Moving {
    draw: u64,
    evaluations: usize,
}

impl Loss<f64> for Moving {
    fn evaluate(&mut self, theta: &[f64], gradient: &mut [f64]) -> Result<f64, LossError> {
        self.evaluations += 1;
        let mut loss = 0.0;
        for (i, (theta, g)) in theta.iter().zip(gradient).enumerate() {
            let (apart, stiff) = (theta - self.draw as f64, (i + 1) as f64);
            loss += stiff * apart * apart;
            *g = 2.0 * stiff * apart;
        }
        Ok(loss)
    }

    fn draw(&self) -> u64 {
        self.draw
    }
}

#[test]
fn new_points_are_evaluated_anew_and_h_is_kept_or_reset() {
    for reset in [false, true] {
        let mut loss = Moving { draw: 0, evaluations: 0 };
        let mut method =
            QuasiNewton::<f64>::new(QuasiNewtonConfig { reset, ..config() }, SelfScaling::Broyden, 3);
        let mut theta = vec![5.0, -3.0, 1.5];
        for _ in 0..12 {
            method.step(&mut theta, &mut loss, 0.0).unwrap();
        }
        assert!(theta.iter().all(|x| x.abs() < 1e-3));
        (loss.draw, loss.evaluations) = (2, 0);
        let at = theta.clone();
        let step = method.step(&mut theta, &mut loss, 0.0).unwrap();
        let want: f64 = at.iter().enumerate().map(|(i, x)| (i + 1) as f64 * (x - 2.0).powi(2)).sum();
        assert!((step.loss - want).abs() < 1e-12 && step.evaluations == loss.evaluations);
        // A Newton step of a known Hessian ends at the new minimum; a gradient step does not.
        let close = theta.iter().all(|x| (x - 2.0).abs() < 0.3);
        assert_eq!(close, !reset, "{theta:?}");
    }
}

/// An error that is no matter of θ ends a line search, and θ stays.
#[test]
fn a_failed_evaluation_ends_the_step() {
    struct Broken(usize);
    impl Loss<f64> for Broken {
        fn evaluate(&mut self, theta: &[f64], gradient: &mut [f64]) -> Result<f64, LossError> {
            gradient.fill(1.0);
            self.0 += 1;
            if self.0 > 1 { Err(LossError::Failed("the disk is gone".into())) } else { Ok(theta[0]) }
        }
    }
    let mut theta = vec![1.0, 2.0];
    let mut method = QuasiNewton::<f64>::new(config(), SelfScaling::Bfgs, 2);
    let error = method.step(&mut theta, &mut Broken(0), 0.0).unwrap_err();
    assert!(matches!(error, LossError::Failed(_)) && theta == [1.0, 2.0]);
}
