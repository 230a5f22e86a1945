//! Quantities of a field at single points.

use super::units::{Coordinates, Space, Units};
use super::{Quantity, RenderError};
use crate::engine::{Engine, Evaluator, Jets};
use crate::field::{Field, Number};
use crate::form;
use crate::jet::JetSpec;

/// The number of points that are evaluated before their numbers are sorted by quantity.
const BATCH: usize = 1 << 15;

/// Each of `quantities` at `points` `(count, inputs)`. The array of a quantity has the shape `(count,)` followed by
/// [`Quantity::shape`], row-major. It is empty without points.
///
/// Points are in `coordinates`. Values are in signal units, and derivatives in signal units per unit of `coordinates`.
/// For a field with an affine map, [`Coordinates::Units`] are the coordinates of its space.
///
/// # Errors
/// If the length of `points` is not a multiple of the coordinates, or the engine refuses the field.
pub fn at_points(
    engine: &dyn Engine,
    field: &Field,
    quantities: &[Quantity],
    coordinates: Coordinates,
    points: &[f64],
) -> Result<Vec<Vec<f32>>, RenderError> {
    let job = Job::new(field, quantities, coordinates, points)?;
    let mut evaluator = form::evaluator(engine, field, &job.spec)?;
    Ok(job.run(points, evaluator.as_mut(), field.parameters()))
}

/// Like [`at_points`], but in float64, with all digits of the field's parameters. It takes about twice as long.
///
/// # Errors
/// As [`at_points`].
pub fn at_points_exactly(
    engine: &dyn Engine,
    field: &Field,
    quantities: &[Quantity],
    coordinates: Coordinates,
    points: &[f64],
) -> Result<Vec<Vec<f64>>, RenderError> {
    let job = Job::new(field, quantities, coordinates, points)?;
    let mut evaluator = form::evaluator_f64(engine, field, &job.spec)?;
    Ok(job.run(points, evaluator.as_mut(), &field.wide_parameters()))
}

/// The evaluation, for any engine and precision.
struct Job<'q> {
    quantities: &'q [Quantity],
    /// Numbers of each quantity at a point.
    widths: Vec<usize>,
    /// Numbers of all quantities at a point.
    width: usize,
    outputs: usize,
    units: Units,
    /// The map from the points to normalised coordinates; `None` if the points are normalised.
    space: Option<Space<'q>>,
    spec: JetSpec,
}

impl<'q> Job<'q> {
    fn new(
        field: &'q Field,
        quantities: &'q [Quantity],
        coordinates: Coordinates,
        points: &[f64],
    ) -> Result<Self, RenderError> {
        let (inputs, outputs) = (field.architecture().inputs, field.architecture().outputs());
        if !points.len().is_multiple_of(inputs) {
            return Err(RenderError::Points { numbers: points.len(), inputs });
        }
        let (units, space) = match coordinates {
            Coordinates::Units => (Units::of(field), Some(Space::of(field))),
            Coordinates::Normalised => (Units::diagonal(vec![1.0; inputs], field.meta.value), None),
        };
        let spec = quantities.iter().fold(JetSpec::value(inputs), |spec, q| q.add_to(spec, &units));
        let numbers = |q: &Quantity| q.shape(outputs, inputs).iter().product();
        let widths: Vec<usize> = quantities.iter().map(numbers).collect();
        Ok(Self { quantities, width: widths.iter().sum(), widths, outputs, units, space, spec })
    }

    fn inputs(&self) -> usize {
        self.units.inputs()
    }

    /// Writes the normalised coordinates of `points`.
    fn place(&self, points: &[f64], x: &mut [f64]) {
        let Some(space) = &self.space else { return x.copy_from_slice(points) };
        let inputs = self.inputs();
        for (p, x) in points.chunks_exact(inputs).zip(x.chunks_exact_mut(inputs)) {
            space.normalise(p, x);
        }
    }

    /// Writes the numbers of every quantity, one after the other, from the jet of a point.
    fn write(&self, jet: impl Fn(usize, usize) -> f64, mut put: impl FnMut(usize, f64)) {
        let mut start = 0;
        for (quantity, width) in self.quantities.iter().zip(&self.widths) {
            let mut put = |at: usize, number: f64| put(start + at, number);
            quantity.write(&self.units, &self.spec, self.outputs, &jet, &mut put);
            start += width;
        }
    }

    /// Evaluates batch by batch and sorts the numbers by quantity.
    fn run<N: Number>(
        &self,
        points: &[f64],
        evaluator: &mut dyn Evaluator<N>,
        parameters: &[N],
    ) -> Vec<Vec<N>> {
        let (inputs, count) = (self.inputs(), points.len() / self.inputs());
        let mut sorted: Vec<Vec<N>> =
            self.widths.iter().map(|width| Vec::with_capacity(width * count)).collect();
        if self.width == 0 {
            return sorted;
        }
        let write = |_: usize, jets: &Jets<'_, N>, out: &mut [N]| {
            for (point, out) in out.chunks_exact_mut(self.width).enumerate() {
                let jet = |c: usize, o: usize| jets.channel(c)[point * jets.outputs + o].into();
                self.write(jet, |at, number| out[at] = N::of(number));
            }
        };
        let mut batch = vec![N::zero(); self.width * count.min(BATCH)];
        for points in points.chunks(BATCH * inputs) {
            let numbers = &mut batch[..points.len() / inputs * self.width];
            let coordinates = |start: usize, x: &mut [f64]| {
                self.place(&points[start * inputs..start * inputs + x.len()], x);
            };
            evaluator.evaluate(parameters, coordinates, numbers, self.width, write);
            for point in numbers.chunks_exact(self.width) {
                let mut rest = point;
                for (sorted, width) in sorted.iter_mut().zip(&self.widths) {
                    let (own, others) = rest.split_at(*width);
                    sorted.extend_from_slice(own);
                    rest = others;
                }
            }
        }
        sorted
    }
}
