//! The description of a problem: fields, names, and constraints over domains.

use super::adaptive::Adaptive;
use super::causal::Causal;
use super::column::Column;
use super::domain::{Domain, Interval};
use super::sampler::Sampling;
use super::windows::Windows;
use crate::expr::{Expr, Norm, value_count};
use crate::field::FieldConfig;

/// A complete description of a problem, from a problem file or a program.
#[derive(Clone, Debug, Default)]
pub struct Description {
    /// The fields, at least one.
    pub fields: Vec<FieldEntry>,
    /// The name and the value of each constant: one or more finite numbers.
    pub constants: Vec<(String, Vec<f64>)>,
    /// The name and the value of each complex constant: one or more pairs `[re, im]` of finite numbers.
    pub complex_constants: Vec<(String, Vec<[f64; 2]>)>,
    /// The name and the expression of each definition. Definitions may use each other, without cycles.
    pub definitions: Vec<(String, Expr)>,
    /// The name and the start value of each trainable scalar, which the fit changes. A start value is a
    /// finite float32.
    pub trainable: Vec<(String, f64)>,
    /// The constraints, at least one.
    pub constraints: Vec<ConstraintEntry>,
    /// Known solutions: the name of a field or of one of its outputs, and an expression of its coordinates. They serve to
    /// measure the error, and change nothing in the fit.
    pub exact: Vec<(String, Expr)>,
}

/// One field of a problem.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldEntry {
    /// Its name in residuals.
    pub name: String,
    /// The names of all its values, or none. `name` is the vector of all values.
    pub outputs: Vec<String>,
    /// For each value, whether it is complex. Missing entries are false. A real value is one output of the
    /// network. A complex value is two: its real part, then its imaginary part.
    pub complex: Vec<bool>,
    /// The coordinates that it depends on, in the order of its inputs.
    pub coordinates: Vec<String>,
    /// The range of each coordinate that is mapped to `[-1, 1]`. `None` means the bounds of all domains with
    /// this coordinate.
    pub ranges: Vec<Option<Interval>>,
    /// The form of its values: an expression over `net`, the output of the network, the field's coordinates, constants and
    /// definitions of these. The width of `net` is that of the field. Without one, the values are the network's.
    pub form: Option<Expr>,
    /// Its network; `inputs` must be the number of coordinates.
    pub network: FieldConfig,
}

impl FieldEntry {
    /// A field with the default network and one output over `coordinates`.
    pub fn new(name: &str, coordinates: &[&str]) -> Self {
        Self {
            name: name.into(),
            outputs: Vec::new(),
            complex: Vec::new(),
            coordinates: coordinates.iter().map(|name| (*name).to_string()).collect(),
            ranges: vec![None; coordinates.len()],
            form: None,
            network: FieldConfig::new(coordinates.len(), 1),
        }
    }

    /// A field with the default network and one complex value over `coordinates`.
    pub fn complex(name: &str, coordinates: &[&str]) -> Self {
        let network = FieldConfig::new(coordinates.len(), 2);
        Self { complex: vec![true], network, ..Self::new(name, coordinates) }
    }

    /// The name of each value, and whether it is complex. A value without a name has that of the field, with its
    /// index if there are several.
    pub fn values(&self) -> Vec<(String, bool)> {
        let count = value_count(self.network.outputs, &self.complex).unwrap_or(0);
        let name = |at: usize| match self.outputs.get(at) {
            Some(name) => name.clone(),
            None if count == 1 => self.name.clone(),
            None => format!("{}[{at}]", self.name),
        };
        (0..count).map(|at| (name(at), self.complex.get(at) == Some(&true))).collect()
    }

    /// The names of the network's outputs: those of real values, and `psi.re` and `psi.im` of a complex one. Empty for several
    /// real values without names.
    pub(super) fn output_names(&self) -> Vec<String> {
        if self.outputs.is_empty() && !self.complex.contains(&true) && self.network.outputs > 1 {
            return Vec::new();
        }
        let parts = |(name, is_complex): (String, bool)| match is_complex {
            true => vec![format!("{name}.re"), format!("{name}.im")],
            false => vec![name],
        };
        self.values().into_iter().flat_map(parts).collect()
    }
}

/// One constraint.
#[derive(Clone, Debug, PartialEq)]
pub struct ConstraintEntry {
    /// Its name in messages.
    pub name: String,
    /// The residual: a scalar, or a vector. All components must vanish. Norms of a complex component are of its
    /// modulus.
    pub residual: Expr,
    /// The coordinates of its domain, in the domain's order.
    pub coordinates: Vec<String>,
    /// The domain.
    pub domain: Domain,
    /// The selection of points at each step.
    pub sampling: Sampling,
    /// How points are drawn by the size of their residuals, in a body. `None` for points that do not depend on them.
    pub adaptive: Option<Adaptive>,
    /// The weights of points in the order of a coordinate. `None` for a weight of 1 everywhere.
    pub causal: Option<Causal>,
    /// The windows of a coordinate that grow during a fit. `None` for points of the whole domain at every step.
    pub windows: Option<Windows>,
    /// Data at every point of a grid, or of given points.
    pub columns: Vec<Column>,
    /// The norm of the residual's components.
    pub norm: Norm,
    /// The reduction over the points of a step.
    pub reduce: Reduce,
    /// The factor of the constraint's loss, positive and finite.
    pub weight: f64,
}

impl ConstraintEntry {
    /// The mean square of `residual` over `domain`, with weight 1.
    pub fn new(name: &str, residual: Expr, coordinates: &[&str], domain: Domain) -> Self {
        Self {
            name: name.into(),
            residual,
            coordinates: coordinates.iter().map(|name| (*name).to_string()).collect(),
            domain,
            sampling: Sampling::default(),
            adaptive: None,
            causal: None,
            windows: None,
            columns: Vec::new(),
            norm: Norm::default(),
            reduce: Reduce::default(),
            weight: 1.0,
        }
    }
}

/// The reduction over the points of a step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Reduce {
    /// Their mean.
    #[default]
    Mean,
    /// Their sum.
    Sum,
}
