//! What an engine is asked to differentiate: a sum over points of a function of the jets there.

use crate::jet::JetSpec;

/// `L(θ) = Σ_points residual(x, jet(x; θ))`, given by its value and its cotangents.
///
/// An engine calls it tile by tile, in any order and from several threads; points are numbered, and
/// everything an objective returns depends on the numbers alone, so that the sum is the same
/// whatever the tiles.
pub trait Objective: Sync {
    /// The channels it needs.
    fn spec(&self) -> &JetSpec;

    /// How many points it sums over.
    fn points(&self) -> usize;

    /// Writes the coordinates of points `start..`, `(count, inputs)` row-major, to fill `out`.
    fn coordinates(&self, start: usize, out: &mut [f32]);

    /// Returns the sum of the tile's residuals and writes its derivative with respect to every
    /// number of the jets into `cotangents`, laid out as [`Jets`] and zero on entry.
    fn residual(&self, start: usize, jets: &Jets<'_>, cotangents: &mut [f32]) -> f64;
}

/// The jets of consecutive points: `(channels, points, outputs)`, row-major.
#[derive(Clone, Copy, Debug)]
pub struct Jets<'a> {
    /// Every number.
    pub data: &'a [f32],
    /// The points' coordinates, `(points, inputs)`.
    pub coordinates: &'a [f32],
    /// Points.
    pub points: usize,
    /// Outputs a point.
    pub outputs: usize,
}

impl<'a> Jets<'a> {
    /// One channel, `(points, outputs)`.
    pub fn channel(&self, channel: usize) -> &'a [f32] {
        let size = self.points * self.outputs;
        &self.data[channel * size..(channel + 1) * size]
    }
}
