//! The meaning of a field's coordinates and outputs.

use serde::{Deserialize, Serialize};

use super::Form;

/// The metadata of a field file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Meta {
    /// The axes, one for each coordinate, in order.
    pub axes: Vec<Axis>,
    /// The names of the outputs, in order. Empty if they have none. The parts of a complex value of a problem
    /// are named `psi.re` and `psi.im`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub outputs: Vec<String>,
    /// The map from outputs to signal values.
    pub value: ValueMap,
    /// The affine map from sample indices to a space, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub affine: Option<Affine>,
    /// The form of the outputs, if they are not those of the network itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub form: Option<Form>,
    /// Free-form data about the fit: settings, seed, achieved quality.
    pub fitted: serde_json::Map<String, serde_json::Value>,
}

/// One coordinate.
///
/// The normalised coordinates `[-1, 1]` correspond to [`Axis::interval`] in the unit of the axis.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Axis {
    /// The name, such as `row` or `time`.
    pub name: String,
    /// The number of samples along the axis, such as the rows or columns of a picture, if it was sampled.
    pub samples: Option<usize>,
    /// The places of -1 and 1 in the unit of the axis: the bounds of a problem, or the first and the last sample of a
    /// signal. `None` if the samples are at 0, 1, 2, and so on, or the coordinate is normalised.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub range: Option<(f64, f64)>,
    /// The name of the unit, such as `s` or `mm`; empty without a unit.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub unit: String,
}

impl Axis {
    /// A coordinate from `low` to `high` in the units of a problem.
    pub fn ranged(name: &str, low: f64, high: f64) -> Self {
        Self { name: name.into(), range: Some((low, high)), ..Self::default() }
    }

    /// A coordinate with `samples` samples, counted from 0.
    pub fn counted(name: &str, samples: usize) -> Self {
        Self { name: name.into(), samples: Some(samples), ..Self::default() }
    }

    /// A coordinate with `samples` samples. Sample i is at `start + i * step` in `unit`.
    pub fn stepped(name: &str, samples: usize, (start, step): (f64, f64), unit: &str) -> Self {
        let last = start + samples.saturating_sub(1) as f64 * step;
        Self { name: name.into(), samples: Some(samples), range: Some((start, last)), unit: unit.into() }
    }

    /// The places of -1 and 1 in the unit of the axis. Without a range, they are `(0, samples - 1)`. With neither
    /// a range nor samples, they are `(-1, 1)`.
    pub fn interval(&self) -> (f64, f64) {
        let counted = |samples: usize| (0.0, samples.saturating_sub(1) as f64);
        self.range.or(self.samples.map(counted)).unwrap_or((-1.0, 1.0))
    }

    /// Normalised coordinates per unit of the axis; 1 for an interval without a length.
    pub fn per_unit(&self) -> f64 {
        let (low, high) = self.interval();
        if high == low { 1.0 } else { 2.0 / (high - low) }
    }

    /// The normalised coordinate of a place in the unit of the axis; 0 at the place of an interval without a length.
    pub fn normalised(&self, place: f64) -> f64 {
        let (low, high) = self.interval();
        if high == low { place - low } else { (place - low) * self.per_unit() - 1.0 }
    }

    /// The distance between two neighbouring samples in normalised coordinates, `2 / (n - 1)`.
    ///
    /// It is 1 if the axis was not sampled or has a single sample. Derivatives per sample are then per unit of
    /// the normalised coordinate.
    pub fn spacing(&self) -> f64 {
        UniformGrid::inclusive(self.samples.unwrap_or(1)).spacing()
    }
}

/// A map from sample indices to a space, such as the millimetres of the scanner in a NIfTI file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Affine {
    /// One row for each coordinate of the space: `[a_0, .., a_(d-1), t]` for a field with d coordinates. The sample
    /// indices `i` map to `Σ a_k i_k + t`.
    pub rows: Vec<Vec<f64>>,
    /// The name of the unit of the space; empty without a unit.
    #[serde(default)]
    pub unit: String,
}

impl Affine {
    /// The inverse of the square part, row by row. `None` if that part is not square, singular or not finite, or its
    /// inverse is not finite.
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
        // The inverse of numbers near 0 can exceed float64.
        inverse.iter().flatten().all(|a| a.is_finite()).then_some(inverse)
    }
}

/// Samples over `[-1, 1]`, both ends included. Sample `i` of `n` is at `-1 + 2 i / (n - 1)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UniformGrid {
    count: usize,
}

impl UniformGrid {
    /// `count` samples; a single one is at 0.
    pub fn inclusive(count: usize) -> Self {
        Self { count }
    }

    /// The coordinate of the sample `index`, which may be fractional or outside the grid.
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

    /// The output for a signal value.
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
    /// Metadata with unsampled coordinates named `x0`, `x1`, and so on. Outputs are equal to the signal.
    pub fn plain(inputs: usize) -> Self {
        Self { axes: (0..inputs).map(|at| Self::default().axis(at)).collect(), ..Self::default() }
    }

    /// Coordinate `at`. Without an entry in `axes`, it is unsampled and named `x0`, `x1`, and so on.
    pub fn axis(&self, at: usize) -> Axis {
        let nameless = || Axis { name: format!("x{at}"), ..Axis::default() };
        self.axes.get(at).cloned().unwrap_or_else(nameless)
    }

    /// The coordinates of a picture: rows, then columns.
    pub fn picture(rows: usize, columns: usize) -> Self {
        Self { axes: vec![Axis::counted("row", rows), Axis::counted("column", columns)], ..Self::default() }
    }
}
