//! What a field's coordinates and outputs stand for.

use serde::{Deserialize, Serialize};

/// What a field file says beside its parameters.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Meta {
    /// One per coordinate, in order.
    pub axes: Vec<Axis>,
    /// How outputs map to signal values.
    pub value: ValueMap,
    /// Where the samples lie in a space of the file's own, if the axes do not say it all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub affine: Option<Affine>,
    /// How the field came to be, free-form: settings, seed, quality reached.
    pub fitted: serde_json::Map<String, serde_json::Value>,
}

/// One coordinate.
///
/// In the axis's unit, a field's normalised coordinates `[-1, 1]` stand for [`Axis::interval`].
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Axis {
    /// Its name, as `row` or `time`.
    pub name: String,
    /// Samples of the signal along it, if it was sampled: a picture's rows or columns.
    pub samples: Option<usize>,
    /// Where -1 and 1 lie in the axis's unit: the bounds of a problem, or the first and the last sample of a
    /// signal whose samples lie at other places than 0, 1, 2, and so on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub range: Option<(f64, f64)>,
    /// The name of its unit, such as `s` or `mm`; empty for an axis without a unit.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub unit: String,
}

impl Axis {
    /// A coordinate that runs from `low` to `high` in a problem's units.
    pub fn ranged(name: &str, low: f64, high: f64) -> Self {
        Self { name: name.into(), range: Some((low, high)), ..Self::default() }
    }

    /// A coordinate of `samples` samples, counted from 0.
    pub fn counted(name: &str, samples: usize) -> Self {
        Self { name: name.into(), samples: Some(samples), ..Self::default() }
    }

    /// A coordinate of `samples` samples, of which sample i lies at `start + i * step` in `unit`.
    pub fn stepped(name: &str, samples: usize, (start, step): (f64, f64), unit: &str) -> Self {
        let last = start + samples.saturating_sub(1) as f64 * step;
        Self { name: name.into(), samples: Some(samples), range: Some((start, last)), unit: unit.into() }
    }

    /// Where -1 and 1 lie in the axis's unit; for samples without a range that is counted in samples, and without
    /// either the normalised coordinate itself.
    pub fn interval(&self) -> (f64, f64) {
        let counted = |samples: usize| (0.0, samples.saturating_sub(1) as f64);
        self.range.or(self.samples.map(counted)).unwrap_or((-1.0, 1.0))
    }

    /// Normalised coordinates in a unit of the axis. An interval without a length keeps its distances: 1.
    pub fn per_unit(&self) -> f64 {
        let (low, high) = self.interval();
        if high == low { 1.0 } else { 2.0 / (high - low) }
    }

    /// The normalised coordinate of a place in the axis's unit. An interval without a length lies at 0.
    pub fn normalised(&self, place: f64) -> f64 {
        let (low, high) = self.interval();
        if high == low { place - low } else { (place - low) * self.per_unit() - 1.0 }
    }

    /// The distance between two neighbouring samples in normalised coordinates: `2 / (n - 1)`.
    ///
    /// 1 where the axis was not sampled or has a single sample, so that derivatives "per sample" are
    /// then derivatives per unit coordinate.
    pub fn spacing(&self) -> f64 {
        Sampling::inclusive(self.samples.unwrap_or(1)).spacing()
    }
}

/// A map from sample indices to a space of the file's own, as the scanner's millimetres of a NIfTI file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Affine {
    /// One row for each coordinate of the space: `[a_0, .., a_(d-1), t]` for a field of d coordinates. The point
    /// of the sample indices `i` is `Σ a_k i_k + t`.
    pub rows: Vec<Vec<f64>>,
    /// The name of the space's unit; empty if it has none.
    #[serde(default)]
    pub unit: String,
}

impl Affine {
    /// The inverse of the square part, row by row; `None` if it is not square or singular, or one
    /// of the two is not finite.
    pub fn inverse(&self) -> Option<Vec<Vec<f64>>> {
        let d = self.rows.len();
        if d == 0 || self.rows.iter().any(|row| row.len() != d + 1 || row.iter().any(|a| !a.is_finite())) {
            return None;
        }
        // Gauss-Jordan with partial pivoting on [A | I].
        let unit = |row: usize| (0..d).map(move |column| f64::from(u8::from(row == column)));
        let mut rows: Vec<Vec<f64>> = self
            .rows
            .iter()
            .enumerate()
            .map(|(at, row)| row[..d].iter().copied().chain(unit(at)).collect())
            .collect();
        for pivot in 0..d {
            let largest =
                (pivot..d).max_by(|a, b| rows[*a][pivot].abs().total_cmp(&rows[*b][pivot].abs()))?;
            rows.swap(pivot, largest);
            let scale = self.rows.iter().map(|row| row[pivot].abs()).fold(0.0, f64::max);
            if rows[pivot][pivot].abs() <= 1e-12 * scale {
                return None;
            }
            let by = rows[pivot][pivot];
            rows[pivot].iter_mut().for_each(|a| *a /= by);
            let from = rows[pivot].clone();
            for (_, row) in rows.iter_mut().enumerate().filter(|(at, _)| *at != pivot) {
                let by = row[pivot];
                row.iter_mut().zip(&from).for_each(|(a, from)| *a -= by * from);
            }
        }
        let inverse: Vec<Vec<f64>> = rows.into_iter().map(|row| row[d..].to_vec()).collect();
        // The inverse of numbers near 0 may be beyond float64.
        inverse.iter().flatten().all(|a| a.is_finite()).then_some(inverse)
    }
}

/// Samples spread over `[-1, 1]`, both ends included: sample `i` of `n` lies at `-1 + 2 i / (n - 1)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sampling {
    count: usize,
}

impl Sampling {
    /// `count` samples; a single one lies at 0.
    pub fn inclusive(count: usize) -> Self {
        Self { count }
    }

    /// The coordinate of sample number `index`, which need not be whole nor inside.
    pub fn coordinate(self, index: f64) -> f64 {
        if self.count < 2 { index * self.spacing() } else { index * self.spacing() - 1.0 }
    }

    /// The distance between neighbours; 1 if there are none.
    pub fn spacing(self) -> f64 {
        if self.count < 2 { 1.0 } else { 2.0 / (self.count - 1) as f64 }
    }
}

/// `signal = offset + scale * output`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ValueMap {
    /// Signal units per unit of output.
    pub scale: f64,
    /// The signal at output 0.
    pub offset: f64,
}

impl ValueMap {
    /// The signal value of an output.
    pub fn signal(self, output: f64) -> f64 {
        self.offset + self.scale * output
    }

    /// The output that stands for a signal value.
    pub fn output(self, signal: f64) -> f64 {
        (signal - self.offset) / self.scale
    }
}

impl Default for ValueMap {
    fn default() -> Self {
        Self { scale: 1.0, offset: 0.0 }
    }
}

impl Meta {
    /// Nameless, unsampled coordinates and outputs that are the signal itself.
    pub fn plain(inputs: usize) -> Self {
        Self { axes: (0..inputs).map(|at| Self::default().axis(at)).collect(), ..Self::default() }
    }

    /// Coordinate `at`; `x0`, `x1` and so on, unsampled, where the file says nothing of it.
    pub fn axis(&self, at: usize) -> Axis {
        let nameless = || Axis { name: format!("x{at}"), ..Axis::default() };
        self.axes.get(at).cloned().unwrap_or_else(nameless)
    }

    /// A picture's coordinates: rows then columns.
    pub fn picture(rows: usize, columns: usize) -> Self {
        Self { axes: vec![Axis::counted("row", rows), Axis::counted("column", columns)], ..Self::default() }
    }
}
