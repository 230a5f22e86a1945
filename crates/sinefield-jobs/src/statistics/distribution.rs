//! Many numbers in few: moments, a histogram, a spectrum, and the distance from a law.

use serde::Serialize;

use super::law::Law;

/// Bins of a histogram as it is kept, and how many finer ones distances are measured with.
const BINS: usize = 100;
const FINER: usize = 20;

/// How the numbers of one layer are distributed over its units and all inputs.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Distribution {
    /// Their mean.
    pub mean: f64,
    /// Their standard deviation.
    pub std: f64,
    /// What theory says of them; the first is the paper's.
    pub laws: Vec<Fitted>,
    /// Where they lie.
    pub histogram: Histogram,
    /// The mean over units of the power along the line of inputs, at `k / 2` cycles per unit of the
    /// coordinate for `k` from 0; Hann's window; the powers add up to the mean square.
    pub spectrum: Vec<f64>,
}

/// A law and how far the numbers are from it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Fitted {
    /// The law.
    pub law: Law,
    /// Its standard deviation.
    pub std: f64,
    /// Kolmogorov's distance: the largest difference of the cumulative functions, over the edges of
    /// 2,000 bins.
    pub distance: f64,
}

/// The part of the numbers in each of equal bins from `low` to `high`, which hold all of them.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Histogram {
    /// The first bin's beginning.
    pub low: f64,
    /// The last bin's end.
    pub high: f64,
    /// One a bin; they add up to 1.
    pub fractions: Vec<f64>,
}

impl Histogram {
    /// Of `numbers`, in `bins` bins centred on 0.
    fn new(numbers: &[f32], bins: usize) -> Self {
        let most = numbers.iter().fold(0.0f32, |m, v| m.max(v.abs()));
        let high = if most > 0.0 { f64::from(most) } else { 1.0 };
        let mut counts = vec![0u64; bins];
        let per_unit = bins as f64 / (2.0 * high);
        for number in numbers {
            let bin = ((f64::from(*number) + high) * per_unit) as usize;
            counts[bin.min(bins - 1)] += 1;
        }
        let share = 1.0 / numbers.len().max(1) as f64;
        Self { low: -high, high, fractions: counts.into_iter().map(|c| c as f64 * share).collect() }
    }

    /// The width of a bin.
    pub fn width(&self) -> f64 {
        (self.high - self.low) / self.fractions.len().max(1) as f64
    }

    /// What `law` puts in each bin.
    pub fn expected(&self, law: Law) -> Vec<f64> {
        let edge = |i: usize| law.cumulative(self.low + i as f64 * self.width());
        (0..self.fractions.len()).map(|i| edge(i + 1) - edge(i)).collect()
    }

    /// The largest difference between its cumulative function and the law's, at its edges.
    fn distance(&self, law: Law) -> f64 {
        let mut sum = 0.0;
        let mut most = law.cumulative(self.low).abs();
        for (i, fraction) in self.fractions.iter().enumerate() {
            sum += fraction;
            most = most.max((sum - law.cumulative(self.low + (i + 1) as f64 * self.width())).abs());
        }
        most
    }

    /// Every `by` bins as one.
    fn coarser(&self, by: usize) -> Self {
        let fractions = self.fractions.chunks(by).map(|bins| bins.iter().sum()).collect();
        Self { fractions, ..*self }
    }
}

impl Distribution {
    /// Of `numbers`, with their `spectrum` and against `laws`.
    pub(super) fn new(numbers: &[f32], spectrum: Vec<f64>, laws: &[Law]) -> Self {
        let count = numbers.len().max(1) as f64;
        let mean = numbers.iter().map(|v| f64::from(*v)).sum::<f64>() / count;
        let square = numbers.iter().map(|v| (f64::from(*v) - mean).powi(2)).sum::<f64>() / count;
        let fine = Histogram::new(numbers, BINS * FINER);
        let fitted = |&law: &Law| Fitted { law, std: law.std(), distance: fine.distance(law) };
        Self {
            mean,
            std: square.sqrt(),
            laws: laws.iter().map(fitted).collect(),
            histogram: fine.coarser(FINER),
            spectrum,
        }
    }
}
