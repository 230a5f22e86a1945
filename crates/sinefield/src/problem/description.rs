//! A problem as it is written: fields, names, and constraints over domains.

use super::column::Column;
use super::domain::{Domain, Interval};
use super::sampler::Sampling;
use crate::expr::{Expr, Norm};
use crate::field::FieldConfig;

/// Everything a problem file says of the problem, or a program that builds one.
#[derive(Clone, Debug, Default)]
pub struct Description {
    /// The fields, at least one.
    pub fields: Vec<FieldEntry>,
    /// Numbers and vectors by name.
    pub constants: Vec<(String, Vec<f64>)>,
    /// Expressions by name; they may use each other.
    pub definitions: Vec<(String, Expr)>,
    /// Numbers that the fit changes, and where they start.
    pub trainable: Vec<(String, f64)>,
    /// What must hold, at least one.
    pub constraints: Vec<ConstraintEntry>,
}

/// One field of a problem.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldEntry {
    /// Its name in residuals.
    pub name: String,
    /// Names of its outputs, or none: `name` then stands for all of them.
    pub outputs: Vec<String>,
    /// The coordinates that it depends on, in the order of its inputs.
    pub coordinates: Vec<String>,
    /// What `[-1, 1]` stands for along each coordinate, or `None` for the bounds of all domains that
    /// have it.
    pub ranges: Vec<Option<Interval>>,
    /// Its network; `inputs` must be the number of coordinates.
    pub network: FieldConfig,
}

impl FieldEntry {
    /// A field of the default network, with one output, over these coordinates.
    pub fn new(name: &str, coordinates: &[&str]) -> Self {
        Self {
            name: name.into(),
            outputs: Vec::new(),
            coordinates: coordinates.iter().map(|name| (*name).to_string()).collect(),
            ranges: vec![None; coordinates.len()],
            network: FieldConfig::new(coordinates.len(), 1),
        }
    }
}

/// One constraint.
#[derive(Clone, Debug, PartialEq)]
pub struct ConstraintEntry {
    /// Its name in messages.
    pub name: String,
    /// What must vanish: a number, or a vector whose every component must.
    pub residual: Expr,
    /// The coordinates of its domain, in the domain's order.
    pub coordinates: Vec<String>,
    /// Where it holds.
    pub domain: Domain,
    /// Which points a step sees.
    pub sampling: Sampling,
    /// Numbers given at every point of a grid, or of given points.
    pub columns: Vec<Column>,
    /// How components make a loss.
    pub norm: Norm,
    /// How points make one.
    pub reduce: Reduce,
    /// What its loss is multiplied by.
    pub weight: f64,
}

impl ConstraintEntry {
    /// The mean square of `residual` over `domain`, weighing 1.
    pub fn new(name: &str, residual: Expr, coordinates: &[&str], domain: Domain) -> Self {
        Self {
            name: name.into(),
            residual,
            coordinates: coordinates.iter().map(|name| (*name).to_string()).collect(),
            domain,
            sampling: Sampling::default(),
            columns: Vec::new(),
            norm: Norm::default(),
            reduce: Reduce::default(),
            weight: 1.0,
        }
    }
}

/// How the points of a step make a loss.
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
