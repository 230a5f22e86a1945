//! The derivatives of residual rows in factored form: not J, but the vectors whose products are its entries.
//!
//! A layer computes `z^s = W h^s` in every channel s of the jets, and adds its bias b to the value, channel 0. With the
//! cotangents `g^s = ∂r/∂z^s` of a row r,
//!
//! ```text
//! ∂r/∂W = Σ_s g^s (h^s)ᵀ        ∂r/∂b = g^0
//! ```
//!
//! So a layer with n inputs and m outputs needs `channels (n + m)` numbers for each row, and not `n m`.

/// A linear layer of one of the fields of a differentiator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LayerShape {
    /// The number of the field among those of the differentiator.
    pub field: usize,
    /// The place of W, `(outputs, inputs)`, in the parameters of the field.
    pub weight: usize,
    /// The place of the bias in the parameters of the field.
    pub bias: usize,
    /// The length of h.
    pub inputs: usize,
    /// The length of z and of g.
    pub outputs: usize,
    /// The number of channels.
    pub channels: usize,
}

/// The rows of a system and the factors of their derivatives.
#[derive(Clone, Debug, PartialEq)]
pub struct Factors {
    /// The rows, `(points, width)`.
    pub rows: Vec<f64>,
    /// The factors of every layer, in the order of [`Differentiator::layers`](super::Differentiator::layers).
    pub layers: Vec<LayerFactors>,
    /// The derivatives with respect to the trainable scalars, `(rows, scalars)`.
    pub scalars: Vec<f64>,
}

/// The factors of the derivatives with respect to the weights of one layer.
#[derive(Clone, Debug, PartialEq)]
pub struct LayerFactors {
    /// The layer.
    pub shape: LayerShape,
    /// h, `(rows, channels, inputs)`.
    pub inputs: Vec<f64>,
    /// g, `(rows, channels, outputs)`.
    pub cotangents: Vec<f64>,
}

impl Factors {
    /// Room for `rows` rows with derivatives by `scalars` trainable scalars. The numbers are NaN.
    pub(super) fn new(rows: usize, shapes: Vec<LayerShape>, scalars: usize) -> Self {
        let layer = |shape: LayerShape| LayerFactors {
            shape,
            inputs: vec![f64::NAN; rows * shape.channels * shape.inputs],
            cotangents: vec![f64::NAN; rows * shape.channels * shape.outputs],
        };
        let layers = shapes.into_iter().map(layer).collect();
        Self { rows: vec![f64::NAN; rows], layers, scalars: vec![0.0; rows * scalars] }
    }

    /// Multiplies the rows and their derivatives by `factor`.
    pub(crate) fn scale(&mut self, factor: f64) {
        let cotangents = self.layers.iter_mut().flat_map(|layer| &mut layer.cotangents);
        if factor != 1.0 {
            self.rows.iter_mut().chain(&mut self.scalars).chain(cotangents).for_each(|x| *x *= factor);
        }
    }
}
