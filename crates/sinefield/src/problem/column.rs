//! Data of a constraint: numbers at every point of its domain, in memory or read as they are needed.

use std::error::Error;
use std::sync::Arc;

/// A number, or a vector, for every point of a domain.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// Its name in the residual.
    pub name: String,
    /// Numbers a point.
    pub width: usize,
    /// `(points, width)`, row-major, in the domain's order.
    pub values: ColumnValues,
}

/// Where the numbers of a [`Column`] are.
#[derive(Clone, Debug)]
pub enum ColumnValues {
    /// In memory.
    Memory(Arc<[f32]>),
    /// Read at every step, for the points of that step alone.
    Reader(Arc<dyn ColumnReader>),
}

/// Numbers that do not fit into memory.
///
/// What is read depends on the arguments alone.
pub trait ColumnReader: std::fmt::Debug + Send + Sync {
    /// Reads the numbers of the points of the given numbers into `out`, `(points, width)`. They must be finite.
    ///
    /// # Errors
    /// If they can no longer be read.
    fn read(&self, points: &[usize], out: &mut [f32]) -> Result<(), Box<dyn Error + Send + Sync>>;

    /// A number that differs between readers of different numbers, as far as a hash can.
    fn fingerprint(&self) -> u64;
}

impl From<Arc<[f32]>> for ColumnValues {
    fn from(values: Arc<[f32]>) -> Self {
        Self::Memory(values)
    }
}

impl From<Vec<f32>> for ColumnValues {
    fn from(values: Vec<f32>) -> Self {
        Self::Memory(values.into())
    }
}

impl From<Arc<dyn ColumnReader>> for ColumnValues {
    fn from(reader: Arc<dyn ColumnReader>) -> Self {
        Self::Reader(reader)
    }
}

/// Readers are the same if they are one.
impl PartialEq for ColumnValues {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Memory(a), Self::Memory(b)) => a == b,
            (Self::Reader(a), Self::Reader(b)) => Arc::ptr_eq(a, b),
            _ => false,
        }
    }
}
