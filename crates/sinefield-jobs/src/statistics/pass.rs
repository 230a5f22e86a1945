//! Passes all inputs through the network layer by layer, and the gradient of the output back.
//!
//! The product of a layer is the value of a field with only this linear layer, so the engine computes it.

use rand_core::{Rng, SeedableRng};
use rand_pcg::Pcg64;

use super::distribution::Distribution;
use super::law::Law;
use super::spectrum::mean_power;
use sinefield::engine::{Engine, EngineError};
use sinefield::field::{Activation, Architecture, Encoding, Field, Layer, LayerShape, UniformGrid};
use sinefield::jet::JetSpec;

/// Makes the seed of the inputs differ from that of the network.
const SALT: u64 = 0x9E37_79B9_7F4A_7C15;

/// The state of the pass. Every vector is `(points, width)`, row-major.
pub(super) struct Pass<'f> {
    engine: &'f dyn Engine,
    field: &'f Field,
    shapes: Vec<LayerShape>,
    /// The number of inputs in the distributions, and the index at which the line starts.
    counted: usize,
    line: usize,
    points: usize,
    pub pre_activations: Vec<f32>,
    pub activations: Vec<f32>,
    pub gradients: Vec<f32>,
    /// `cos a` of every layer that the forward pass has reached.
    slopes: Vec<Vec<f32>>,
}

impl<'f> Pass<'f> {
    /// `count` inputs along the line. For one coordinate these are all inputs. For more coordinates, there are `count`
    /// others drawn uniformly.
    pub fn new(engine: &'f dyn Engine, field: &'f Field, seed: u64, count: usize) -> Self {
        let inputs = field.architecture().inputs;
        let sampling = UniformGrid::inclusive(count);
        let mut rng = Pcg64::seed_from_u64(seed ^ SALT);
        let mut uniform = || (rng.next_u64() >> 11) as f64 / (1u64 << 52) as f64 - 1.0;
        let line = if inputs == 1 { 0 } else { count };
        let mut x: Vec<f32> = (0..line * inputs).map(|_| uniform() as f32).collect();
        for point in 0..count {
            x.push(sampling.coordinate(point as f64) as f32);
            x.extend(std::iter::repeat_n(0.0, inputs - 1));
        }
        Self {
            engine,
            field,
            shapes: field.architecture().shapes(),
            counted: count,
            line,
            points: line + count,
            pre_activations: Vec::new(),
            activations: x,
            gradients: Vec::new(),
            slopes: Vec::new(),
        }
    }

    /// From the inputs of hidden layer `layer` to its pre-activations and activations.
    pub fn up(&mut self, layer: usize) -> Result<(), EngineError> {
        let shape = &self.shapes[layer];
        let parameters = &self.field.parameters()[shape.weight.start..shape.bias.end];
        let mut a = self.product(parameters, (shape.inputs, shape.outputs), &self.activations)?;
        let omega = self.field.architecture().layers[layer].omega;
        a.iter_mut().for_each(|a| *a *= omega);
        self.activations = a.iter().map(|a| a.sin()).collect();
        self.slopes.push(a.iter().map(|a| a.cos()).collect());
        self.pre_activations = a;
        Ok(())
    }

    /// From the derivative of the output with respect to the activations above hidden layer `layer` to that with
    /// respect to its own activations. The last layer starts from the output itself.
    pub fn down(&mut self, layer: usize) -> Result<(), EngineError> {
        let above = &self.shapes[layer + 1];
        let weight = &self.field.parameters()[above.weight.clone()];
        if layer + 2 == self.shapes.len() {
            self.gradients = weight.repeat(self.points);
            return Ok(());
        }
        let omega = self.field.architecture().layers[layer + 1].omega;
        let slopes = self.slopes.pop().unwrap_or_default();
        self.gradients.iter_mut().zip(&slopes).for_each(|(p, s)| *p *= omega * s);
        // The transposed weights, without biases.
        let mut parameters = vec![0.0; (above.outputs + 1) * above.inputs];
        for (o, row) in weight.chunks_exact(above.inputs).enumerate() {
            row.iter().enumerate().for_each(|(i, w)| parameters[i * above.outputs + o] = *w);
        }
        self.gradients = self.product(&parameters, (above.outputs, above.inputs), &self.gradients)?;
        Ok(())
    }

    /// `rows Wᵀ + b` for the `parameters` of one linear layer.
    fn product(
        &self,
        parameters: &[f32],
        (inputs, outputs): (usize, usize),
        rows: &[f32],
    ) -> Result<Vec<f32>, EngineError> {
        let layers = vec![Layer { outputs, activation: Activation::Linear, omega: 1.0 }];
        let architecture = Architecture { inputs, encoding: Encoding::Identity, layers };
        let mut evaluator = self.engine.evaluator(&architecture, &JetSpec::value(inputs))?;
        let mut out = vec![0.0; self.points * outputs];
        let coordinates = |start: usize, x: &mut [f64]| {
            let from = &rows[start * inputs..start * inputs + x.len()];
            x.iter_mut().zip(from).for_each(|(x, row)| *x = f64::from(*row));
        };
        evaluator.values(parameters, coordinates, &mut out);
        Ok(out)
    }

    /// The distribution of `rows` over the inputs, with its spectrum along the line.
    pub fn measure(&self, rows: &[f32], laws: &[Law]) -> Distribution {
        let width = rows.len() / self.points;
        let spectrum = self.engine.install(|| mean_power(&rows[self.line * width..], width));
        Distribution::new(&rows[..self.counted * width], spectrum, laws)
    }
}
