//! The reference as an [`Engine`], so that fits and renders can use it.

use super::{add_gradient, jet};
use crate::engine::jacobian::by_gradients;
use crate::engine::{Differentiator, Engine, EngineError, Evaluator, Jacobian, Jets, Rows, System};
use crate::field::{Architecture, Number};
use crate::jet::JetSpec;

/// Points of a tile.
const TILE: usize = 64;

/// The float64 engine: one thread, one point at a time, some hundred times slower than
/// [`CpuEngine`](crate::engine::cpu::CpuEngine).
///
/// Jets are computed in float64 and passed on in the precision that is asked for. Cotangents are received in that
/// precision, and gradients are added in float64.
#[derive(Clone, Copy, Debug, Default)]
pub struct ReferenceEngine;

/// A network and a jet with the same number of coordinates.
#[derive(Clone, Debug)]
struct Part {
    architecture: Architecture,
    spec: JetSpec,
}

impl Part {
    fn new(architecture: &Architecture, spec: &JetSpec) -> Result<Self, EngineError> {
        if spec.inputs() != architecture.inputs {
            return Err(EngineError::Coordinates { jet: spec.inputs(), field: architecture.inputs });
        }
        Ok(Self { architecture: architecture.clone(), spec: spec.clone() })
    }

    /// The count of numbers in the jet of a point.
    fn numbers(&self) -> usize {
        self.spec.channels() * self.architecture.outputs()
    }

    /// The jets at `x` `(points, inputs)`, in the layout of [`Jets`].
    fn jets<N: Number>(&self, parameters: &[f64], x: &[f64]) -> Vec<N> {
        let points = x.len() / self.architecture.inputs;
        let outputs = self.architecture.outputs();
        let mut data = vec![N::zero(); points * self.numbers()];
        for (point, x) in x.chunks_exact(self.architecture.inputs).enumerate() {
            let jet = jet(&self.architecture, parameters, &self.spec, x);
            for (channel, values) in jet.chunks_exact(outputs).enumerate() {
                let from = (channel * points + point) * outputs;
                data[from..from + outputs].iter_mut().zip(values).for_each(|(to, v)| *to = N::of(*v));
            }
        }
        data
    }

    /// Adds the gradient of `Σ bars · jets` at `x` to `gradient`.
    fn add_gradient<N: Number>(&self, parameters: &[f64], x: &[f64], bars: &[N], gradient: &mut [f64]) {
        let points = x.len() / self.architecture.inputs;
        let outputs = self.architecture.outputs();
        for (point, x) in x.chunks_exact(self.architecture.inputs).enumerate() {
            let rows = (0..self.spec.channels()).map(|channel| (channel * points + point) * outputs);
            let bar: Vec<f64> = rows.flat_map(|from| widened(&bars[from..from + outputs])).collect();
            add_gradient(&self.architecture, parameters, &self.spec, x, &bar, gradient);
        }
    }

    /// One multiplication and one addition for each parameter and channel; three times as many with a gradient.
    fn operations(&self, with_gradient: bool) -> f64 {
        let once = 2.0 * self.architecture.parameter_count() as f64 * self.spec.channels() as f64;
        if with_gradient { 3.0 * once } else { once }
    }
}

fn widened<N: Number>(numbers: &[N]) -> Vec<f64> {
    numbers.iter().copied().map(N::into).collect()
}

fn narrowed<N: Number>(numbers: &[f64]) -> Vec<N> {
    numbers.iter().map(|x| N::of(*x)).collect()
}

impl Engine for ReferenceEngine {
    fn differentiator(
        &self,
        fields: &[(&Architecture, &JetSpec)],
    ) -> Result<Box<dyn Differentiator>, EngineError> {
        let parts = fields.iter().map(|(architecture, spec)| Part::new(architecture, spec));
        Ok(Box::new(Sum(parts.collect::<Result<_, _>>()?)))
    }

    fn evaluator(
        &self,
        architecture: &Architecture,
        spec: &JetSpec,
    ) -> Result<Box<dyn Evaluator>, EngineError> {
        Ok(Box::new(Part::new(architecture, spec)?))
    }

    fn differentiator_f64(
        &self,
        fields: &[(&Architecture, &JetSpec)],
    ) -> Result<Box<dyn Differentiator<f64>>, EngineError> {
        let parts = fields.iter().map(|(architecture, spec)| Part::new(architecture, spec));
        Ok(Box::new(Sum(parts.collect::<Result<_, _>>()?)))
    }

    fn evaluator_f64(
        &self,
        architecture: &Architecture,
        spec: &JetSpec,
    ) -> Result<Box<dyn Evaluator<f64>>, EngineError> {
        Ok(Box::new(Part::new(architecture, spec)?))
    }

    fn threads(&self) -> usize {
        1
    }

    fn describe(&self) -> String {
        "1 thread, float64 reference".into()
    }

    fn run_with_threads(&self, work: &mut (dyn FnMut() + Send)) {
        work();
    }
}

impl<N: Number> Evaluator<N> for Part {
    fn outputs(&self) -> usize {
        self.architecture.outputs()
    }

    fn tile_points(&self) -> usize {
        TILE
    }

    fn visit(
        &mut self,
        parameters: &[N],
        points: usize,
        coordinates: &(dyn Fn(usize, &mut [f64]) + Sync),
        visit: &(dyn Fn(usize, &Jets<'_, N>) + Sync),
    ) {
        let parameters = widened(parameters);
        for start in (0..points).step_by(TILE) {
            let count = TILE.min(points - start);
            let mut x = vec![0.0; count * self.architecture.inputs];
            coordinates(start, &mut x);
            let data: Vec<N> = self.jets(&parameters, &x);
            let outputs = self.architecture.outputs();
            visit(start, &Jets { data: &data, coordinates: &narrowed(&x), points: count, outputs });
        }
    }
}

/// The fields of a system.
struct Sum(Vec<Part>);

impl<N: Number> Differentiator<N> for Sum {
    fn gradient(
        &mut self,
        parameters: &[&[N]],
        system: &dyn System<N>,
        gradients: &mut [&mut [N]],
        scalars: &mut [f64],
    ) -> f64 {
        assert_eq!((parameters.len(), gradients.len()), (self.0.len(), self.0.len()), "fields");
        let wide: Vec<Vec<f64>> = parameters.iter().map(|of| widened(of)).collect();
        let mut sums: Vec<Vec<f64>> = wide.iter().map(|of| vec![0.0; of.len()]).collect();
        scalars.fill(0.0);
        let mut loss = 0.0;
        for start in (0..system.points()).step_by(TILE) {
            let points = TILE.min(system.points() - start);
            let mut xs: Vec<Vec<f64>> =
                self.0.iter().map(|part| vec![0.0; points * part.architecture.inputs]).collect();
            xs.iter_mut().enumerate().for_each(|(field, x)| system.coordinates(field, start, x));
            let each = self.0.iter().zip(&wide).zip(&xs);
            let data: Vec<Vec<N>> = each.map(|((part, wide), x)| part.jets(wide, x)).collect();
            let narrow: Vec<Vec<N>> = xs.iter().map(|x| narrowed(x)).collect();
            let each = self.0.iter().zip(&data).zip(&narrow);
            let jets: Vec<Jets<'_, N>> = each
                .map(|((part, data), x)| Jets {
                    data,
                    coordinates: x,
                    points,
                    outputs: part.architecture.outputs(),
                })
                .collect();
            let mut bars: Vec<Vec<N>> = data.iter().map(|data| vec![N::zero(); data.len()]).collect();
            let mut slices: Vec<&mut [N]> = bars.iter_mut().map(Vec::as_mut_slice).collect();
            loss += system.residual(start, &jets, &mut slices, scalars);
            for ((((part, wide), x), bars), sum) in
                self.0.iter().zip(&wide).zip(&xs).zip(&bars).zip(&mut sums)
            {
                part.add_gradient(wide, x, bars, sum);
            }
        }
        for (gradient, sum) in gradients.iter_mut().zip(&sums) {
            gradient.iter_mut().zip(sum).for_each(|(to, from)| *to = N::of(*from));
        }
        loss
    }

    fn jacobian(
        &mut self,
        parameters: &[&[N]],
        system: (&dyn System<N>, &dyn Rows<N>),
        out: &mut Jacobian<'_>,
    ) {
        by_gradients(self, parameters, system, out);
    }

    fn memory(&self) -> usize {
        self.0.iter().map(|part| 2 * size_of::<f64>() * part.architecture.parameter_count()).sum()
    }

    fn operations_per_point(&self, with_gradient: bool) -> f64 {
        self.0.iter().map(|part| part.operations(with_gradient)).sum()
    }
}
