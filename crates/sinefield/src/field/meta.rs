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
    /// How the field came to be, free-form: settings, seed, quality reached.
    pub fitted: serde_json::Map<String, serde_json::Value>,
}

/// One coordinate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Axis {
    /// Its name, as `row` or `x0`.
    pub name: String,
    /// Samples of the signal along it, if it was sampled: a picture's rows or columns.
    pub samples: Option<usize>,
    /// What `[-1, 1]` stands for along it in the units of a problem, if it has units.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub range: Option<(f64, f64)>,
}

impl Axis {
    /// A coordinate that runs from `low` to `high` in a problem's units.
    pub fn ranged(name: &str, low: f64, high: f64) -> Self {
        Self { name: name.into(), samples: None, range: Some((low, high)) }
    }

    /// The distance between two neighbouring samples in normalised coordinates: `2 / (n - 1)`.
    ///
    /// 1 where the axis was not sampled or has a single sample, so that derivatives "per sample" are
    /// then derivatives per unit coordinate.
    pub fn spacing(&self) -> f64 {
        Sampling::inclusive(self.samples.unwrap_or(1)).spacing()
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
        let axis = |i| Axis { name: format!("x{i}"), samples: None, range: None };
        Self { axes: (0..inputs).map(axis).collect(), ..Self::default() }
    }

    /// A picture's coordinates: rows then columns.
    pub fn picture(rows: usize, columns: usize) -> Self {
        let axis = |name: &str, n| Axis { name: name.to_string(), samples: Some(n), range: None };
        Self { axes: vec![axis("row", rows), axis("column", columns)], ..Self::default() }
    }
}
