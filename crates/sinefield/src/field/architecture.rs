//! The shape of a field: its layers, their widths, and their places in the flat parameters.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::{Activation, Encoding, FieldError, FirstLayer};

/// The largest width of a layer and the most inputs and outputs.
const WIDEST: usize = 65_536;
/// The most layers.
const DEEPEST: usize = 1_024;
/// The most parameters: 1 GiB of float32. A fit holds about ten such vectors.
const MOST_PARAMETERS: usize = 1 << 28;

/// The settings of a new field. The defaults are the sine network of the paper.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FieldConfig {
    /// Coordinates `d`, 1 to 65,536.
    pub inputs: usize,
    /// Outputs `o`, 1 to 65,536.
    pub outputs: usize,
    /// Width of every hidden layer, 1 to 65,536.
    pub hidden: usize,
    /// Hidden layers after the first, counted as in the paper, 0 to 1,022. There are `layers + 1` activations.
    pub layers: usize,
    /// The activation of every hidden layer.
    pub activation: Activation,
    /// ω of every hidden layer after the first; `None` for the default of the activation.
    pub omega: Option<f32>,
    /// ω of the first layer; `None` for the default of the activation.
    pub first_omega: Option<f32>,
    /// The encoding of the coordinates before the first layer.
    pub encoding: Encoding,
    /// The initialiser of the first layer if the activation is the sine. Other activations ignore it.
    pub first_layer: FirstLayer,
}

impl FieldConfig {
    /// The default network, 3 x 256 sines, for `inputs` coordinates and `outputs` outputs.
    pub fn new(inputs: usize, outputs: usize) -> Self {
        Self { inputs, outputs, ..Self::default() }
    }
}

impl Default for FieldConfig {
    fn default() -> Self {
        Self {
            inputs: 2,
            outputs: 1,
            hidden: 256,
            layers: 3,
            activation: Activation::Sine,
            omega: None,
            first_omega: None,
            encoding: Encoding::Identity,
            first_layer: FirstLayer::Code,
        }
    }
}

/// One layer: `h = σ(ω (W h + b))`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Layer {
    /// Width.
    pub outputs: usize,
    /// σ; `linear` for the last layer.
    pub activation: Activation,
    /// ω; 1 for the last layer.
    pub omega: f32,
}

/// The layers of a field.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Architecture {
    /// Coordinates `d`.
    pub inputs: usize,
    /// The encoding of the coordinates before the first layer.
    pub encoding: Encoding,
    /// Every layer, including the linear last one.
    pub layers: Vec<Layer>,
}

/// The place of one layer's parameters in the flat vector.
#[derive(Clone, Debug, PartialEq)]
pub struct LayerShape {
    /// Fan-in.
    pub inputs: usize,
    /// Fan-out.
    pub outputs: usize,
    /// The weights, `(outputs, inputs)` row-major.
    pub weight: Range<usize>,
    /// The biases, `(outputs,)`.
    pub bias: Range<usize>,
}

/// The place of a learned encoding's parameters in the flat vector.
#[derive(Clone, Debug, PartialEq)]
pub struct EncodingShape {
    /// The centres, `(centres, inputs)` row-major.
    pub centres: Range<usize>,
    /// The widths σ, `(centres,)`.
    pub sigma: Range<usize>,
}

impl Architecture {
    /// The layers that `config` describes.
    ///
    /// # Errors
    /// If a width, ω or count is out of range.
    pub fn new(config: &FieldConfig) -> Result<Self, FieldError> {
        let own = config.activation.default_omega();
        let hidden = |omega: Option<f32>| Layer {
            outputs: config.hidden,
            activation: config.activation,
            omega: omega.unwrap_or(own),
        };
        // `layers` does not count the first and the last layer.
        if config.layers > DEEPEST - 2 {
            return Err(FieldError::TooDeep { found: config.layers, most: DEEPEST - 2 });
        }
        let mut layers = vec![hidden(config.first_omega)];
        layers.extend(std::iter::repeat_n(hidden(config.omega), config.layers));
        layers.push(Layer { outputs: config.outputs, activation: Activation::Linear, omega: 1.0 });
        let built = Self { inputs: config.inputs, encoding: config.encoding, layers };
        built.check()?;
        Ok(built)
    }

    /// Checks an architecture from a file or a caller.
    ///
    /// # Errors
    /// If a width, ω or count is out of range, or the last layer is not linear with ω 1.
    pub fn check(&self) -> Result<(), FieldError> {
        in_range("inputs", self.inputs, WIDEST)?;
        self.encoding.check(self.inputs)?;
        in_range("the number of layers", self.layers.len(), DEEPEST)?;
        in_range("outputs", self.outputs(), WIDEST)?;
        for (index, layer) in self.layers.iter().enumerate() {
            in_range("width", layer.outputs, WIDEST)?;
            if !layer.omega.is_finite() || layer.omega <= 0.0 {
                return Err(FieldError::Omega(layer.omega));
            }
            let last = index + 1 == self.layers.len();
            if last != (layer.activation == Activation::Linear) || (last && layer.omega != 1.0) {
                return Err(FieldError::LinearLayer(index));
            }
        }
        let mut count = self.encoding.parameter_count(self.inputs);
        let mut fan_in = self.encoding.features(self.inputs);
        for layer in &self.layers {
            count = count.saturating_add(layer.outputs.saturating_mul(fan_in + 1));
            fan_in = layer.outputs;
        }
        in_range("the number of parameters", count, MOST_PARAMETERS)
    }

    /// Outputs `o`.
    pub fn outputs(&self) -> usize {
        self.layers.last().map_or(0, |layer| layer.outputs)
    }

    /// The place of the encoding's parameters, if it has any.
    pub fn encoding_shape(&self) -> Option<EncodingShape> {
        let Encoding::Rbf { centres } = self.encoding else { return None };
        let end = centres * self.inputs;
        Some(EncodingShape { centres: 0..end, sigma: end..end + centres })
    }

    /// The shape and place of every layer, in order.
    pub fn shapes(&self) -> Vec<LayerShape> {
        let mut start = self.encoding.parameter_count(self.inputs);
        let mut inputs = self.encoding.features(self.inputs);
        let place = |layer: &Layer| {
            let outputs = layer.outputs;
            let weight = start..start + outputs * inputs;
            let bias = weight.end..weight.end + outputs;
            let shape = LayerShape { inputs, outputs, weight, bias: bias.clone() };
            (start, inputs) = (bias.end, outputs);
            shape
        };
        self.layers.iter().map(place).collect()
    }

    /// The number of parameters.
    pub fn parameter_count(&self) -> usize {
        self.shapes().last().map_or(0, |shape| shape.bias.end)
    }

    /// The name of the flat parameter `index`, such as `layers.2.weight[17]`.
    pub fn name_of(&self, index: usize) -> String {
        if let Some(shape) = self.encoding_shape() {
            for (part, range) in [("centres", shape.centres), ("sigma", shape.sigma)] {
                if range.contains(&index) {
                    return format!("encoding.{part}[{}]", index - range.start);
                }
            }
        }
        for (layer, shape) in self.shapes().iter().enumerate() {
            for (part, range) in [("weight", &shape.weight), ("bias", &shape.bias)] {
                if range.contains(&index) {
                    return format!("layers.{layer}.{part}[{}]", index - range.start);
                }
            }
        }
        format!("parameter {index}")
    }
}

fn in_range(what: &'static str, value: usize, most: usize) -> Result<(), FieldError> {
    if value == 0 || value > most {
        return Err(FieldError::OutOfRange { what, value: value as f64, most });
    }
    Ok(())
}
