//! Weights that let a coordinate be solved in order, such as time.
//!
//! The range of the coordinate is cut into chunks of one length. With `L_j` the mean over the points of chunk j of the norm
//! of the residual, the points of chunk i have the weight
//!
//! ```text
//! w_i = exp(-ε Σ_{j<i} L_j)
//! ```
//!
//! (Wang, Sankaran & Perdikaris 2022). A chunk counts once the chunks before it are solved. The weights are constants of a
//! step: they have no derivative.

use serde::Deserialize;

use super::description::ConstraintEntry;
use super::domain::Interval;

/// The most chunks.
const MOST: usize = 65_536;

/// The settings of the weights.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Causal {
    /// The coordinate, which runs from its low end to its high end.
    pub coordinate: String,
    /// The number of chunks, at least 2.
    #[serde(default = "Causal::chunks")]
    pub chunks: usize,
    /// ε, positive.
    #[serde(default = "Causal::tolerance")]
    pub tolerance: f64,
}

impl Causal {
    /// The default settings over `coordinate`.
    pub fn new(coordinate: &str) -> Self {
        Self { coordinate: coordinate.into(), chunks: Self::chunks(), tolerance: Self::tolerance() }
    }

    fn chunks() -> usize {
        16
    }

    fn tolerance() -> f64 {
        1.0
    }
}

/// The chunks of a constraint.
#[derive(Clone, Copy, Debug)]
pub(super) struct Chunks {
    /// The index of the coordinate in the domain.
    coordinate: usize,
    side: Interval,
    count: usize,
    tolerance: f64,
}

impl Chunks {
    /// The chunks of a constraint, if it has causal weights.
    ///
    /// # Errors
    /// A message that describes what is wrong with the settings.
    pub fn new(entry: &ConstraintEntry) -> Result<Option<Self>, String> {
        let Some(Causal { coordinate, chunks, tolerance }) = &entry.causal else { return Ok(None) };
        let Some(at) = entry.coordinates.iter().position(|name| name == coordinate) else {
            let has = entry.coordinates.join(", ");
            return Err(format!("causal names the coordinate \"{coordinate}\", but the domain has {has}"));
        };
        let side = entry.domain.bounds()[at];
        if side.low >= side.high {
            return Err(format!(
                "causal needs a range of \"{coordinate}\", which has the one value {}",
                side.low
            ));
        }
        if !(2..=MOST).contains(chunks) {
            return Err(format!("causal has {chunks} chunks; it must have 2 to {MOST}"));
        }
        if !(tolerance.is_finite() && *tolerance > 0.0) {
            return Err(format!("the tolerance of causal is {tolerance}; it must be a positive number"));
        }
        Ok(Some(Self { coordinate: at, side, count: *chunks, tolerance: *tolerance }))
    }

    /// The number of chunks.
    pub fn count(&self) -> usize {
        self.count
    }

    /// The chunk of a point of the domain.
    pub fn of(&self, point: &[f64]) -> usize {
        let part = (point[self.coordinate] - self.side.low) / (self.side.high - self.side.low);
        ((part * self.count as f64).max(0.0) as usize).min(self.count - 1)
    }

    /// The weights, by the norm of the residual at every point and the chunk of the point. Chunks without points count as
    /// solved. A loss that is not finite counts as one that is very large.
    pub fn weights(&self, norms: impl Iterator<Item = (usize, f64)>) -> Vec<f64> {
        let mut sums = vec![(0.0, 0usize); self.count];
        for (chunk, norm) in norms {
            sums[chunk].0 += norm;
            sums[chunk].1 += 1;
        }
        let mut before = 0.0;
        let weight = |(sum, points): (f64, usize)| {
            let weight = f64::exp(-self.tolerance * before);
            let mean = if points > 0 { sum / points as f64 } else { 0.0 };
            before += if mean.is_finite() { mean } else { f64::MAX };
            weight
        };
        sums.into_iter().map(weight).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expr::Expr;
    use crate::problem::Domain;

    fn chunks(causal: Causal) -> Result<Option<Chunks>, String> {
        let sides = vec![Interval::new(2.0, 4.0), Interval::new(0.0, 1.0), Interval::fixed(3.0)];
        let mut entry = ConstraintEntry::new("c", Expr::name("u"), &["t", "x", "y"], Domain::Box(sides));
        entry.causal = Some(causal);
        Chunks::new(&entry)
    }

    #[test]
    fn points_belong_to_chunks_of_one_length() {
        let chunks = chunks(Causal { chunks: 4, ..Causal::new("t") }).unwrap().unwrap();
        let of = |t: f64| chunks.of(&[t, 0.9, 3.0]);
        assert_eq!([of(2.0), of(2.49), of(2.51), of(3.6), of(4.0), of(4.1), of(1.9)], [0, 0, 1, 3, 3, 3, 0]);
    }

    #[test]
    fn weights_fall_with_the_losses_of_earlier_chunks() {
        let chunks = chunks(Causal { chunks: 4, tolerance: 0.5, ..Causal::new("x") }).unwrap().unwrap();
        let norms = [(0, 1.0), (0, 3.0), (3, 9.0), (1, 0.5)];
        let want = [1.0, f64::exp(-1.0), f64::exp(-1.25), f64::exp(-1.25)];
        for (got, want) in chunks.weights(norms.into_iter()).iter().zip(want) {
            assert!((got - want).abs() < 1e-15, "{got}, not {want}");
        }
        let weights = chunks.weights([(0, f64::NAN), (1, 1.0)].into_iter());
        assert_eq!(weights, [1.0, 0.0, 0.0, 0.0]);
    }

    #[test]
    fn settings_out_of_range_are_refused() {
        let faults = [
            (Causal::new("z"), "causal names the coordinate \"z\", but the domain has t, x, y"),
            (Causal::new("y"), "causal needs a range of \"y\", which has the one value 3"),
            (Causal { chunks: 1, ..Causal::new("t") }, "causal has 1 chunks; it must have 2 to 65536"),
            (
                Causal { tolerance: 0.0, ..Causal::new("t") },
                "the tolerance of causal is 0; it must be a positive number",
            ),
        ];
        for (causal, what) in faults {
            assert_eq!(chunks(causal).unwrap_err(), what);
        }
    }
}
