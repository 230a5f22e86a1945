//! A set of coordinates, by their indices.

use serde::{Deserialize, Serialize};

/// The most coordinates of a field of which one can be in a set.
const MOST_AXES: usize = 64;

/// A set of a field's coordinates, as indices counted from 0. Files and options list them: `[0, 2]`.
///
/// ```
/// use sinefield::field::AxisSet;
///
/// let axes = AxisSet::try_from(vec![2, 0])?;
/// assert!(axes.contains(2) && !axes.contains(1));
/// assert_eq!(axes.iter().collect::<Vec<_>>(), [0, 2]);
/// assert!(AxisSet::try_from(vec![64]).is_err());
/// # Ok::<(), String>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<usize>", into = "Vec<usize>")]
pub struct AxisSet(u64);

impl AxisSet {
    /// Whether the coordinate `axis` is in the set.
    pub fn contains(self, axis: usize) -> bool {
        axis < MOST_AXES && self.0 >> axis & 1 == 1
    }

    /// The coordinates in the set, ascending.
    pub fn iter(self) -> impl Iterator<Item = usize> {
        (0..MOST_AXES).filter(move |axis| self.contains(*axis))
    }

    /// Whether no coordinate is in the set.
    pub fn is_empty(&self) -> bool {
        self.0 == 0
    }

    /// The number of coordinates in the set.
    pub fn count(self) -> usize {
        self.0.count_ones() as usize
    }
}

impl TryFrom<Vec<usize>> for AxisSet {
    type Error = String;

    fn try_from(axes: Vec<usize>) -> Result<Self, String> {
        let mut set = 0u64;
        for axis in axes {
            if axis >= MOST_AXES {
                return Err(format!("coordinate {axis} cannot be periodic, only the first {MOST_AXES} can"));
            }
            if set >> axis & 1 == 1 {
                return Err(format!("coordinate {axis} is named twice"));
            }
            set |= 1 << axis;
        }
        Ok(Self(set))
    }
}

impl From<AxisSet> for Vec<usize> {
    fn from(axes: AxisSet) -> Self {
        axes.iter().collect()
    }
}
