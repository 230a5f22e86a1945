//! The units of a field's coordinates and derivatives: the map from places to normalised coordinates, and the chain
//! rule.

use serde::{Deserialize, Serialize};

use crate::field::{Field, UniformGrid, ValueMap};

/// The coordinates of points and of derivatives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Coordinates {
    /// The units of the field: seconds, millimetres, the units of a problem, or samples counted from 0. A field without
    /// units has normalised coordinates.
    #[default]
    Units,
    /// In `[-1, 1]` along every axis.
    Normalised,
}

impl Coordinates {
    /// The name used in options and files.
    pub fn name(self) -> &'static str {
        match self {
            Coordinates::Units => "units",
            Coordinates::Normalised => "normalised",
        }
    }
}

impl std::fmt::Display for Coordinates {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// The derivative of normalised coordinates x with respect to places p.
#[derive(Clone, Debug)]
pub(super) enum Jacobian {
    /// `∂x_i / ∂p_i`. Each coordinate depends on one place.
    Diagonal(Vec<f64>),
    /// `∂x_i / ∂p_j`, row i.
    Full(Vec<Vec<f64>>),
}

/// The units of the results.
#[derive(Clone, Debug)]
pub(super) struct Units {
    pub jacobian: Jacobian,
    /// The map from outputs to the signal.
    pub value: ValueMap,
}

impl Units {
    /// Units that each span `per_unit` normalised coordinates, axis by axis.
    pub fn diagonal(per_unit: Vec<f64>, value: ValueMap) -> Self {
        Self { jacobian: Jacobian::Diagonal(per_unit), value }
    }

    /// Derivatives with respect to the units of the field.
    pub fn of(field: &Field) -> Self {
        Self { jacobian: Space::of(field).jacobian(), value: field.meta.value }
    }

    /// The number of coordinates.
    pub fn inputs(&self) -> usize {
        match &self.jacobian {
            Jacobian::Diagonal(per_unit) => per_unit.len(),
            Jacobian::Full(rows) => rows.len(),
        }
    }

    /// `∂x_i / ∂p_j`.
    pub fn slope(&self, i: usize, j: usize) -> f64 {
        match &self.jacobian {
            Jacobian::Diagonal(per_unit) if i == j => per_unit[i],
            Jacobian::Diagonal(_) => 0.0,
            Jacobian::Full(rows) => rows[i][j],
        }
    }

    /// The weights c with `Σ_j ∂²/∂p_j² = Σ_i c_i ∂²/∂x_i²`, if they exist and fit float32.
    pub fn laplacian_weights(&self) -> Option<Vec<f64>> {
        let Jacobian::Diagonal(per_unit) = &self.jacobian else { return None };
        let weights = per_unit.iter().map(|unit| unit * unit);
        weights.map(|weight| (weight as f32).is_normal().then_some(weight)).collect()
    }
}

/// The map from places to normalised coordinates.
#[derive(Clone, Debug)]
pub(super) enum Space<'f> {
    /// Axis by axis.
    Axes(&'f Field),
    /// Through sample indices `A⁻¹ (p - t)`.
    Affine { field: &'f Field, inverse: Vec<Vec<f64>>, offset: Vec<f64> },
}

impl<'f> Space<'f> {
    pub fn of(field: &'f Field) -> Self {
        let affine = field.meta.affine.as_ref().and_then(|affine| Some((affine, affine.inverse()?)));
        match affine {
            Some((affine, inverse)) if inverse.len() == field.meta.axes.len() => {
                let offset = affine.rows.iter().filter_map(|row| row.last().copied()).collect();
                Self::Affine { field, inverse, offset }
            }
            _ => Self::Axes(field),
        }
    }

    fn jacobian(&self) -> Jacobian {
        match self {
            Self::Axes(field) => {
                let axes = &field.meta.axes;
                let per_unit = |axis| axes.get(axis).map_or(1.0, crate::field::Axis::per_unit);
                Jacobian::Diagonal((0..field.architecture().inputs).map(per_unit).collect())
            }
            Self::Affine { field, inverse, .. } => {
                let scaled = |(row, axis): (&Vec<f64>, &crate::field::Axis)| {
                    row.iter().map(|a| a * axis.spacing()).collect()
                };
                Jacobian::Full(inverse.iter().zip(&field.meta.axes).map(scaled).collect())
            }
        }
    }

    /// Writes the normalised coordinates of the place `p`.
    pub fn normalise(&self, p: &[f64], x: &mut [f64]) {
        match self {
            Self::Axes(field) => {
                let axes = &field.meta.axes;
                for (at, (x, p)) in x.iter_mut().zip(p).enumerate() {
                    *x = axes.get(at).map_or(*p, |axis| axis.normalised(*p));
                }
            }
            Self::Affine { field, inverse, offset } => {
                for ((x, row), axis) in x.iter_mut().zip(inverse).zip(&field.meta.axes) {
                    let index: f64 = row.iter().zip(p).zip(offset).map(|((a, p), t)| a * (p - t)).sum();
                    *x = UniformGrid::inclusive(axis.samples.unwrap_or(1)).coordinate(index);
                }
            }
        }
    }
}
