//! A field's quantities at points given one by one, in the field's own normalised coordinates.

use rayon::prelude::*;

use super::quantity::Units;
use super::{Quantity, RenderError};
use crate::engine::{Engine, Jets, reference};
use crate::field::Field;
use crate::jet::JetSpec;

/// Points evaluated before their numbers are sorted by quantity.
const BATCH: usize = 1 << 15;

/// Each of `quantities` at `points` `(count, inputs)`: a vector `(count,)` and then
/// [`Quantity::shape`], row-major, for each.
///
/// Values are in signal units, derivatives in signal units per unit of normalised coordinate.
///
/// # Errors
/// If `points` is no whole number of points, or the engine refuses the field.
pub fn at_points(
    engine: &dyn Engine,
    field: &Field,
    quantities: &[Quantity],
    points: &[f64],
) -> Result<Vec<Vec<f32>>, RenderError> {
    let job = Job::new(field, quantities, points)?;
    let mut evaluator = engine.evaluator(field.architecture(), &job.spec)?;
    Ok(job.run(points, |points, out| {
        let inputs = job.inputs();
        let coordinates = |start: usize, x: &mut [f64]| {
            x.copy_from_slice(&points[start * inputs..start * inputs + x.len()]);
        };
        let write = |_: usize, jets: &Jets<'_>, out: &mut [f32]| {
            for (point, out) in out.chunks_exact_mut(job.width).enumerate() {
                let jet = |c: usize, o: usize| f64::from(jets.channel(c)[point * jets.outputs + o]);
                job.write(jet, |at, number| out[at] = number as f32);
            }
        };
        evaluator.evaluate(field.parameters(), coordinates, out, job.width, write);
    }))
}

/// As [`at_points`], by the float64 reference engine: slow, and exact to some fifteen digits of the
/// function that the field's parameters define.
///
/// # Errors
/// If `points` is no whole number of points.
pub fn at_points_exactly(
    engine: &dyn Engine,
    field: &Field,
    quantities: &[Quantity],
    points: &[f64],
) -> Result<Vec<Vec<f64>>, RenderError> {
    let job = Job::new(field, quantities, points)?;
    let parameters: Vec<f64> = field.parameters().iter().copied().map(f64::from).collect();
    let outputs = field.architecture().outputs();
    Ok(job.run(points, |points, out| {
        let pairs = out.par_chunks_mut(job.width).zip(points.par_chunks(job.inputs()));
        let evaluate = |(out, point): (&mut [f64], &[f64])| {
            let jet = reference::jet(field.architecture(), &parameters, &job.spec, point);
            job.write(|c, o| jet[c * outputs + o], |at, number| out[at] = number);
        };
        engine.install(|| pairs.for_each(evaluate));
    }))
}

/// What is evaluated, whatever evaluates it.
struct Job<'q> {
    quantities: &'q [Quantity],
    /// Numbers a point, for each quantity.
    widths: Vec<usize>,
    /// Numbers a point in all.
    width: usize,
    outputs: usize,
    units: Units,
    spec: JetSpec,
}

impl<'q> Job<'q> {
    fn new(field: &Field, quantities: &'q [Quantity], points: &[f64]) -> Result<Self, RenderError> {
        let (inputs, outputs) = (field.architecture().inputs, field.architecture().outputs());
        if !points.len().is_multiple_of(inputs) {
            return Err(RenderError::Points { numbers: points.len(), inputs });
        }
        let units = Units { per_axis: vec![1.0; inputs], value: field.meta.value };
        let spec = quantities.iter().fold(JetSpec::value(inputs), |spec, q| q.add_to(spec, &units));
        let numbers = |q: &Quantity| q.shape(outputs, inputs).iter().product();
        let widths: Vec<usize> = quantities.iter().map(numbers).collect();
        Ok(Self { quantities, width: widths.iter().sum(), widths, outputs, units, spec })
    }

    fn inputs(&self) -> usize {
        self.units.per_axis.len()
    }

    /// Writes the numbers of every quantity, one after the other, from a point's jet.
    fn write(&self, jet: impl Fn(usize, usize) -> f64, mut put: impl FnMut(usize, f64)) {
        let mut start = 0;
        for (quantity, width) in self.quantities.iter().zip(&self.widths) {
            let mut put = |at: usize, number: f64| put(start + at, number);
            quantity.write(&self.units, &self.spec, self.outputs, &jet, &mut put);
            start += width;
        }
    }

    /// Has `evaluate(points, out)` fill a batch after another and sorts the numbers by quantity.
    fn run<T: Copy + Default>(
        &self,
        points: &[f64],
        mut evaluate: impl FnMut(&[f64], &mut [T]),
    ) -> Vec<Vec<T>> {
        let count = points.len() / self.inputs();
        let mut sorted: Vec<Vec<T>> =
            self.widths.iter().map(|width| Vec::with_capacity(width * count)).collect();
        if self.width == 0 {
            return sorted;
        }
        let mut batch = vec![T::default(); self.width * count.min(BATCH)];
        for points in points.chunks(BATCH * self.inputs()) {
            let numbers = &mut batch[..points.len() / self.inputs() * self.width];
            evaluate(points, numbers);
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
