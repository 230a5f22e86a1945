//! Points drawn by the size of their residuals.
//!
//! Candidates are drawn as points otherwise are, and their residuals r are evaluated. A candidate is then taken with a
//! probability proportional to
//!
//! ```text
//! |r|^k / mean |r|^k + c
//! ```
//!
//! as in the residual-based adaptive distribution of Wu, Zhu, Tan, Kartha & Lu (2023), whose k and c are 1 by default.
//! Candidates are taken without replacement. The loss is the plain mean over the points taken. It is not divided by the
//! probabilities, so places with large residuals weigh more in it than in the mean over the domain.

use serde::Deserialize;

use super::shuffle::{mix, uniform};

/// Makes the numbers that take candidates independent of those that draw them.
const STREAM: u64 = 0x6361_6E64_6964_6174;
/// The most candidates of a step, about 1 GB of residuals.
const MOST: usize = 100_000_000;

/// The settings of points that are drawn by the size of their residuals.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Adaptive {
    /// k, the power of the residual, positive.
    pub power: f64,
    /// c, the part of the probability that is the same everywhere, 0 or more.
    pub floor: f64,
    /// The candidates for each point of a step, at least 2.
    pub candidates: usize,
    /// Steps from one set of candidates to the next, at least 1. Methods without a learning rate have new ones at every
    /// step.
    pub every: usize,
}

impl Default for Adaptive {
    fn default() -> Self {
        Self { power: 1.0, floor: 1.0, candidates: 4, every: 100 }
    }
}

impl Adaptive {
    /// What is wrong with the settings for `samples` points of a step, if anything.
    pub(super) fn fault(&self, samples: usize) -> Option<String> {
        let Self { power, floor, candidates, every } = *self;
        if !(power.is_finite() && power > 0.0) {
            return Some(format!("the power of adaptive is {power}; it must be a positive number"));
        }
        if !(floor.is_finite() && floor >= 0.0) {
            return Some(format!("the floor of adaptive is {floor}; it must be a number, 0 or more"));
        }
        if candidates < 2 || candidates.checked_mul(samples).is_none_or(|all| all > MOST) {
            return Some(format!(
                "adaptive has {candidates} candidates for each of {samples} points; it must have 2 or more, and at most \
                 {MOST} in all"
            ));
        }
        (every == 0).then(|| "adaptive.every is 0; it must be 1 or more steps".into())
    }

    /// Turns the sizes of the residuals of candidates into numbers proportional to their probabilities. All are alike if
    /// the residuals are 0 or a size is not finite.
    pub(super) fn law(&self, sizes: &mut [f64]) {
        let most = sizes.iter().fold(0.0f64, |most, size| most.max(*size));
        // Relative to the largest, so that no power overflows.
        sizes.iter_mut().for_each(|size| *size = (*size / most).powf(self.power));
        let mean = sizes.iter().sum::<f64>() / sizes.len() as f64;
        if mean.is_finite() && mean > 0.0 {
            sizes.iter_mut().for_each(|size| *size = *size / mean + self.floor);
        } else {
            sizes.fill(1.0);
        }
    }
}

/// `count` different candidates in ascending order, drawn with probabilities proportional to `law` for the step `step`.
///
/// The candidate with the least `-ln(u) / p` is the first one that a draw by the law takes, the next one is that which a
/// draw from the rest takes, and so on (Efraimidis & Spirakis 2006). Candidates of probability 0 come last.
pub(super) fn choose(law: &[f64], count: usize, seed: u64, step: usize) -> Vec<usize> {
    let seed = mix(seed ^ STREAM);
    let key = |(at, p): (usize, &f64)| (-(1.0 - uniform(seed, step as u64, at)).ln() / p, at);
    let mut keys: Vec<(f64, usize)> = law.iter().enumerate().map(key).collect();
    let order = |a: &(f64, usize), b: &(f64, usize)| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1));
    if count < keys.len() {
        keys.select_nth_unstable_by(count, order);
        keys.truncate(count);
    }
    let mut chosen: Vec<usize> = keys.into_iter().map(|(_, at)| at).collect();
    chosen.sort_unstable();
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_law_is_that_of_the_paper() {
        let sizes = [0.0, 1.0, 2.0, 5.0];
        for (power, floor) in [(1.0, 1.0), (2.0, 0.0), (0.5, 3.0)] {
            let mut law = sizes;
            Adaptive { power, floor, ..Adaptive::default() }.law(&mut law);
            let mean = sizes.iter().map(|r| r.powf(power)).sum::<f64>() / 4.0;
            for (p, r) in law.iter().zip(sizes) {
                assert!((p - (r.powf(power) / mean + floor)).abs() < 1e-12, "{law:?}");
            }
        }
    }

    #[test]
    fn residuals_that_say_nothing_leave_candidates_alike() {
        for sizes in [[0.0, 0.0, 0.0], [1.0, f64::NAN, 2.0], [f64::INFINITY, 1.0, 0.0]] {
            let mut law = sizes;
            Adaptive { power: 3.0, floor: 0.0, ..Adaptive::default() }.law(&mut law);
            assert_eq!(law, [1.0, 1.0, 1.0], "{sizes:?}");
        }
        let mut huge = [1e300, 1e299, 0.0];
        Adaptive { power: 2.0, floor: 0.0, ..Adaptive::default() }.law(&mut huge);
        assert!((huge[0] - 3.0 / 1.01).abs() < 1e-12 && huge[2] == 0.0, "{huge:?}");
    }

    /// One draw takes a candidate with its probability; of 257 candidates, 17 draws never take one twice.
    #[test]
    fn candidates_are_drawn_by_their_probability() {
        let law = [1.0, 0.0, 3.0, 4.0];
        let mut counts = [0; 4];
        (0..8000).for_each(|step| counts[choose(&law, 1, 5, step)[0]] += 1);
        for (count, p) in counts.iter().zip(law) {
            let expected = 1000.0 * p;
            assert!(
                (f64::from(*count) - expected).abs() < 5.0 * 45.0 && (p > 0.0 || *count == 0),
                "{counts:?}"
            );
        }
        let mut law: Vec<f64> = (0..257).map(|i| 0.5 + f64::from(i % 7)).collect();
        law[3] = 1e9;
        let chosen = choose(&law, 17, 1, 0);
        assert_eq!(chosen.len(), 17);
        assert!(chosen.windows(2).all(|pair| pair[0] < pair[1]) && chosen.contains(&3), "{chosen:?}");
        assert_ne!(chosen, choose(&law, 17, 1, 1));
        assert_ne!(chosen, choose(&law, 17, 2, 0));
        assert_eq!(choose(&law, 257, 1, 0), (0..257).collect::<Vec<_>>());
    }

    /// By the law without replacement, candidate 0 of `[a, b, c]` is among two with the probability
    /// `a + b a / (1 - b) + c a / (1 - c)`.
    #[test]
    fn two_draws_have_the_law_without_replacement() {
        let (a, b, c) = (0.2, 0.3, 0.5);
        let expected = a + b * a / (1.0 - b) + c * a / (1.0 - c);
        let taken = (0..20_000).filter(|step| choose(&[a, b, c], 2, 9, *step).contains(&0)).count();
        assert!((taken as f64 / 20_000.0 - expected).abs() < 0.015, "{taken}, {expected}");
    }
}
