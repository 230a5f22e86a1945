//! The field Φ: its layers, activations, initialisation and file.
//!
//! A field maps coordinates in `[-1, 1]^d` to `o` outputs:
//!
//! ```text
//! h_0     = encoding(x)
//! z_l     = W_l h_{l-1} + b_l        h_l = σ_l(ω_l z_l)        the last layer is linear
//! ```
//!
//! ω also multiplies the bias. The parameters form one flat vector. The parameters of a learned encoding come
//! first: its centres, then its widths. The layers follow in order, each with its weights `(out, in)`,
//! row-major, and then its biases.

mod activation;
mod aligned;
mod architecture;
mod axis_set;
mod encoding;
mod error;
pub(crate) mod file;
mod form;
mod fourier;
mod init;
mod lane;
mod meta;
mod number;
mod rbf;

use std::ops::Range;

pub use activation::Activation;
pub use aligned::AlignedVec;
pub use architecture::{Architecture, EncodingShape, FieldConfig, Layer, LayerShape};
pub use axis_set::AxisSet;
pub use encoding::Encoding;
pub use error::FieldError;
pub use file::{FileError, FileFault};
pub use form::Form;
pub(crate) use form::LONGEST_FORM;
pub(crate) use fourier::Fourier;
pub use init::{FirstLayer, Initializer, Spread};
pub use lane::Lane;
pub use meta::{Affine, Axis, Meta, UniformGrid, ValueMap};
pub(crate) use number::wide;
pub use number::{Number, Precision, UnknownPrecision};
pub(crate) use rbf::Radial;

/// A network `R^d -> R^o`, its parameters and its metadata: the result of a fit.
///
/// ```
/// use sinefield::field::{Field, FieldConfig};
///
/// // Two coordinates, one output, three hidden sine layers of 64 after the first.
/// let field = Field::new(&FieldConfig { hidden: 64, ..FieldConfig::new(2, 1) }, 7).unwrap();
/// assert_eq!(field.parameters().len(), 2 * 64 + 64 + 3 * (64 * 64 + 64) + 64 + 1);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    architecture: Architecture,
    /// In float32; rounded for a field of float64.
    parameters: AlignedVec,
    /// In float64, for a field of float64.
    exact: Option<AlignedVec<f64>>,
    /// The meaning of the coordinates and outputs, and how the field was fitted.
    pub meta: Meta,
}

impl Field {
    /// A new field with parameters drawn from `seed`.
    ///
    /// # Errors
    /// If a width, ω or count in `config` is out of range.
    pub fn new(config: &FieldConfig, seed: u64) -> Result<Self, FieldError> {
        let architecture = Architecture::new(config)?;
        let mut parameters = AlignedVec::zeros(architecture.parameter_count());
        init::draw(&architecture, config.first_layer, seed, &mut parameters);
        let meta = Meta::plain(config.inputs);
        Ok(Self { architecture, parameters, exact: None, meta })
    }

    /// A field with the given parameters (flat, in layer order).
    ///
    /// # Errors
    /// If [`Architecture::check`] refuses the architecture, the number of parameters is wrong, or one is
    /// not finite.
    pub fn from_parts(
        architecture: Architecture,
        parameters: &[f32],
        meta: Meta,
    ) -> Result<Self, FieldError> {
        architecture.check()?;
        let expected = architecture.parameter_count();
        if parameters.len() != expected {
            return Err(FieldError::ParameterCount { expected, found: parameters.len() });
        }
        if let Some(index) = parameters.iter().position(|p| !p.is_finite()) {
            return Err(FieldError::NotFinite { name: architecture.name_of(index) });
        }
        let parameters = AlignedVec::from_slice(parameters);
        Ok(Self { architecture, parameters, exact: None, meta })
    }

    /// The precision of the parameters.
    pub fn precision(&self) -> Precision {
        if self.exact.is_some() { Precision::F64 } else { Precision::F32 }
    }

    /// The field with its parameters in `precision`. From float64 to float32 they are rounded.
    pub fn with_precision(mut self, precision: Precision) -> Self {
        match (precision, &self.exact) {
            (Precision::F32, _) => self.exact = None,
            (Precision::F64, Some(_)) => {}
            (Precision::F64, None) => {
                let wide: Vec<f64> = self.parameters.iter().copied().map(f64::from).collect();
                self.exact = Some(AlignedVec::from_slice(&wide));
            }
        }
        self
    }

    /// Every parameter in float64, flat, in layer order; `None` for a field of float32.
    pub fn exact_parameters(&self) -> Option<&[f64]> {
        self.exact.as_deref()
    }

    /// Every parameter in float64, whatever the precision of the field.
    pub fn wide_parameters(&self) -> Vec<f64> {
        match &self.exact {
            Some(exact) => exact.to_vec(),
            None => self.parameters.iter().copied().map(f64::from).collect(),
        }
    }

    /// Sets every parameter, and the precision to float64.
    ///
    /// # Panics
    /// If the length of `parameters` is not that of the architecture.
    pub fn set_exact_parameters(&mut self, parameters: &[f64]) {
        assert_eq!(parameters.len(), self.parameters.len(), "parameters of another field");
        self.parameters.iter_mut().zip(parameters).for_each(|(to, from)| *to = *from as f32);
        match &mut self.exact {
            Some(exact) => exact.copy_from_slice(parameters),
            exact => *exact = Some(AlignedVec::from_slice(parameters)),
        }
    }

    /// The layers.
    pub fn architecture(&self) -> &Architecture {
        &self.architecture
    }

    /// Every parameter in float32, flat, in layer order.
    pub fn parameters(&self) -> &[f32] {
        &self.parameters
    }

    /// Every parameter, mutable. The field then has float32 alone.
    pub fn parameters_mut(&mut self) -> &mut [f32] {
        self.exact = None;
        &mut self.parameters
    }

    /// The weights of layer `index`, `(out, in)` row-major; `None` if there is no such layer.
    pub fn weight(&self, index: usize) -> Option<&[f32]> {
        self.view(index, |shape| shape.weight)
    }

    /// The biases of layer `index`, `(out,)`; `None` if there is no such layer.
    pub fn bias(&self, index: usize) -> Option<&[f32]> {
        self.view(index, |shape| shape.bias)
    }

    fn view(&self, index: usize, part: impl Fn(LayerShape) -> Range<usize>) -> Option<&[f32]> {
        let shape = self.architecture.shapes().into_iter().nth(index)?;
        Some(&self.parameters[part(shape)])
    }
}

#[cfg(test)]
mod tests;
