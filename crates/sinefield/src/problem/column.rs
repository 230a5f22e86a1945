//! Data of a constraint: values at every point of its domain, in memory or read on demand.

use std::error::Error;
use std::sync::Arc;

/// One number or vector, real or complex, for every point of a domain.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// Its name in the residual.
    pub name: String,
    /// The number of real numbers per point, at least 1. A complex number is two: its real part and its imaginary part.
    pub width: usize,
    /// Whether the numbers are the parts of complex ones. The width is then even.
    pub complex: bool,
    /// `(points, width)`, row-major, in the domain's order.
    pub values: ColumnValues,
}

/// The storage of a column's values.
#[derive(Clone, Debug)]
pub enum ColumnValues {
    /// In memory.
    Memory(Arc<[f32]>),
    /// Read at every step, only for the points of that step.
    Reader(Arc<dyn ColumnReader>),
}

/// A reader of values that do not fit into memory.
///
/// The result of a read depends only on the arguments.
pub trait ColumnReader: std::fmt::Debug + Send + Sync {
    /// Reads the values at the points with the indices `points` into `out`, `(points, width)`. They must be
    /// finite.
    ///
    /// # Errors
    /// If the values can no longer be read.
    fn read(&self, points: &[usize], out: &mut [f32]) -> Result<(), Box<dyn Error + Send + Sync>>;

    /// A hash of the values, to distinguish readers of different values.
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

/// Two readers are equal if they are the same object.
impl PartialEq for ColumnValues {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Memory(a), Self::Memory(b)) => a == b,
            (Self::Reader(a), Self::Reader(b)) => Arc::ptr_eq(a, b),
            _ => false,
        }
    }
}
