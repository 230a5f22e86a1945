//! Summaries of many numbers: moments, a histogram, a spectrum, and the distance from a law.

use serde::Serialize;

use super::law::Law;

/// Bins of a stored histogram, and the number of finer bins in each of them that measure distances.
const BINS: usize = 100;
const FINER: usize = 20;

/// The distribution of the numbers of one layer over its units and all inputs.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Distribution {
    /// The mean.
    pub mean: f64,
    /// The standard deviation.
    pub std: f64,
    /// The laws from the theory. The first is that of the paper.
    pub laws: Vec<Fitted>,
    /// The histogram.
    pub histogram: Histogram,
    /// The mean over units of the power along the line of inputs, with Hann's window. Entry k has `k / 2` cycles per
    /// unit of the coordinate. The powers add up to the mean square.
    pub spectrum: Vec<f64>,
}

/// A law and the distance of the numbers from it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Fitted {
    /// The law.
    pub law: Law,
    /// The standard deviation of the law.
    pub std: f64,
    /// The Kolmogorov distance: the largest difference between the cumulative functions at the edges of 2,000 bins.
    pub distance: f64,
}

/// The fraction of the numbers in each of equal bins from `low` to `high`. The bins contain all numbers.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Histogram {
    /// The start of the first bin.
    pub low: f64,
    /// The end of the last bin.
    pub high: f64,
    /// One fraction for each bin. They add up to 1.
    pub fractions: Vec<f64>,
}

impl Histogram {
    /// The histogram of `numbers`, in `bins` bins centred on 0.
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

    /// The probability of each bin under `law`.
    pub fn expected(&self, law: Law) -> Vec<f64> {
        let edge = |i: usize| law.cumulative(self.low + i as f64 * self.width());
        (0..self.fractions.len()).map(|i| edge(i + 1) - edge(i)).collect()
    }

    /// The largest difference between the cumulative functions of the histogram and the law, at the edges of the bins.
    fn distance(&self, law: Law) -> f64 {
        let mut sum = 0.0;
        let mut most = law.cumulative(self.low).abs();
        for (i, fraction) in self.fractions.iter().enumerate() {
            sum += fraction;
            most = most.max((sum - law.cumulative(self.low + (i + 1) as f64 * self.width())).abs());
        }
        most
    }

    /// Merges each group of `by` bins into one.
    fn coarser(&self, by: usize) -> Self {
        let fractions = self.fractions.chunks(by).map(|bins| bins.iter().sum()).collect();
        Self { fractions, ..*self }
    }
}

impl Distribution {
    /// The distribution of `numbers`, with their `spectrum`, compared with `laws`.
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
