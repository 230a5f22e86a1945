//! The functions that an engine differentiates. Each is a sum over points of a function of the jets of one or several
//! fields.

use crate::jet::JetSpec;

/// `L(θ) = Σ_points residual(x, jet(x; θ))`, given by its value and its cotangents.
///
/// An engine calls it tile by tile, in any order and from several threads. Points have indices, and the results of an
/// objective depend only on these indices. The sum is therefore the same for any division into tiles.
///
/// The example is the mean over 32 points of `(u_x - u)²`, which an exponential function makes zero:
///
/// ```
/// use sinefield::engine::cpu::CpuEngine;
/// use sinefield::engine::{Jets, Objective};
/// use sinefield::field::{Field, FieldConfig};
/// use sinefield::jet::JetSpec;
///
/// struct Growth(JetSpec);
///
/// impl Objective for Growth {
///     fn spec(&self) -> &JetSpec {
///         &self.0
///     }
///     fn points(&self) -> usize {
///         32
///     }
///     fn coordinates(&self, start: usize, out: &mut [f64]) {
///         for (i, x) in (start..).zip(out) {
///             *x = -1.0 + 2.0 * i as f64 / 31.0;
///         }
///     }
///     fn residual(&self, _: usize, jets: &Jets<'_>, cotangents: &mut [f32]) -> f64 {
///         let (u_bar, u_x_bar) = cotangents.split_at_mut(jets.points);
///         let mut sum = 0.0;
///         for point in 0..jets.points {
///             let r = jets.channel(1)[point] - jets.channel(0)[point];
///             (u_bar[point], u_x_bar[point]) = (-2.0 * r / 32.0, 2.0 * r / 32.0);
///             sum += f64::from(r * r / 32.0);
///         }
///         sum
///     }
/// }
///
/// let config = FieldConfig { hidden: 16, first_omega: Some(3.0), omega: Some(3.0), ..FieldConfig::new(1, 1) };
/// let mut field = Field::new(&config, 0)?;
/// let growth = Growth(JetSpec::gradient(1));
/// let mut stepper = CpuEngine::new(Some(1))?.stepper(field.architecture(), growth.spec())?;
/// let mut gradient = vec![0.0; field.parameters().len()];
/// let before = stepper.gradient(field.parameters(), &growth, &mut gradient);
///
/// // A short step against the gradient lowers the loss.
/// field.parameters_mut().iter_mut().zip(&gradient).for_each(|(p, g)| *p -= 1e-4 * g);
/// let after = stepper.gradient(field.parameters(), &growth, &mut gradient);
/// assert!(after < before);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Objective: Sync {
    /// The channels that the objective needs.
    fn spec(&self) -> &JetSpec;

    /// The number of points in the sum.
    fn points(&self) -> usize;

    /// Writes the coordinates of the points from `start` on, `(count, inputs)` row-major, to fill `out`.
    fn coordinates(&self, start: usize, out: &mut [f64]);

    /// Returns the sum of the residuals of a tile. Writes the derivative with respect to every number of the jets into
    /// `cotangents`, which has the layout of [`Jets`] and is zero on entry.
    fn residual(&self, start: usize, jets: &Jets<'_>, cotangents: &mut [f32]) -> f64;
}

/// The jets of consecutive points: `(channels, points, outputs)`, row-major.
#[derive(Clone, Copy, Debug)]
pub struct Jets<'a, N = f32> {
    /// All numbers, `(channels, points, outputs)`.
    pub data: &'a [N],
    /// The coordinates of the points, `(points, inputs)`.
    pub coordinates: &'a [N],
    /// The number of points.
    pub points: usize,
    /// Outputs at each point.
    pub outputs: usize,
}

impl<'a, N> Jets<'a, N> {
    /// One channel, `(points, outputs)`.
    ///
    /// # Panics
    /// If the jet has fewer channels.
    pub fn channel(&self, channel: usize) -> &'a [N] {
        let size = self.points * self.outputs;
        &self.data[channel * size..(channel + 1) * size]
    }
}

/// `L(θ_1, .., θ_n, s) = Σ_points residual(jets_1(x_1), .., jets_n(x_n), s)`: a sum over several fields and the
/// trainable scalars `s`.
///
/// The rules of [`Objective`] apply. Each field has its own coordinates at a point, namely those that it depends on, in
/// the order of its inputs.
pub trait System<N = f32>: Sync {
    /// The number of points in the sum.
    fn points(&self) -> usize;

    /// Writes the coordinates of field `field` for the points from `start` on, `(count, inputs)` row-major, to fill
    /// `out`.
    fn coordinates(&self, field: usize, start: usize, out: &mut [f64]);

    /// Returns the sum of the residuals of a tile. Writes the derivative with respect to every number of the jets into
    /// `cotangents`, which has the layout of [`Jets`] and is zero on entry. Adds the derivative with respect to every
    /// trainable scalar to `scalars`.
    fn residual(
        &self,
        start: usize,
        jets: &[Jets<'_, N>],
        cotangents: &mut [&mut [N]],
        scalars: &mut [f64],
    ) -> f64;

    /// The residual rows whose squares add up to the loss, if the loss is a sum of squares.
    ///
    /// A constraint of a problem has rows with the l2 norm. It has none with the l1 or the Huber norm.
    fn rows(&self) -> Option<&dyn Rows<N>> {
        None
    }
}

/// The residual rows of a system with the loss `L = Σ_points Σ_k r_k²`. Second-order methods need them.
///
/// A row is a residual times the square root of its weight. If the loss is a mean, the weight includes one over the
/// count. The loss is then the plain sum of squares, its gradient is the pull-back of `2 r`, and its Gauss-Newton form
/// is `2 JᵀJ`, where J is the derivative of the rows. The pull-back of unit cotangents gives J row by row. Like all
/// results of a [`System`], rows depend only on the indices of the points.
pub trait Rows<N = f32>: Sync {
    /// Rows for each point.
    fn width(&self) -> usize;

    /// Writes the rows of the tile that begins at point `start`, `(points, width)`, to fill `out`.
    fn values(&self, start: usize, jets: &[Jets<'_, N>], out: &mut [N]);

    /// Pulls cotangents of the rows, `bars` `(points, width)`, back to the jets.
    ///
    /// Adds the derivative of `Σ_k r̄_k r_k` with respect to every number of every field's jets to `cotangents`, laid
    /// out as [`Jets`], and its derivative with respect to every trainable scalar to `scalars`.
    fn pull_back(
        &self,
        start: usize,
        jets: &[Jets<'_, N>],
        bars: &[N],
        cotangents: &mut [&mut [N]],
        scalars: &mut [f64],
    );
}

/// An objective as a system with one field and no scalars.
pub(crate) struct Alone<'a>(pub &'a dyn Objective);

impl System for Alone<'_> {
    fn points(&self) -> usize {
        self.0.points()
    }

    fn coordinates(&self, _: usize, start: usize, out: &mut [f64]) {
        self.0.coordinates(start, out);
    }

    fn residual(&self, start: usize, jets: &[Jets<'_>], cotangents: &mut [&mut [f32]], _: &mut [f64]) -> f64 {
        match (jets, cotangents) {
            ([jets], [cotangents]) => self.0.residual(start, jets, cotangents),
            _ => f64::NAN,
        }
    }
}
