//! How the derivatives of the residual rows are held: as a matrix, or the weights of some layers by factors.
//!
//! The kernel of N rows costs `N² n m` multiplications for a layer of n inputs and m outputs if the matrix is stored, and
//! `(Σ_terms N c)² (n + m)` by factors, where c is the number of channels of a term's jets.

use super::error::FitError;
use super::task::{Moment, Task};
use crate::engine::{Engine, Factors, LayerShape};
use crate::optimizer::{Factored, FactoredLayer, GaussNewton, GroupFactors, Linear};

/// Factors are chosen if they save this factor of the multiplications. Their products are smaller, so a multiplication
/// takes longer.
const WORTH: f64 = 1.5;

/// The form of the derivatives of a fit.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Form {
    /// The layers whose weights are held by factors. None: the whole matrix is stored.
    layers: Vec<Held>,
    /// The unknowns of the columns that are stored, if any layer is in factors.
    unknowns: Vec<usize>,
}

/// A layer that is held by factors.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Held {
    field: usize,
    /// The place of its weights in the parameters of the field, by which it is known.
    place: usize,
    /// The unknown of the first weight.
    weight: usize,
    inputs: usize,
    outputs: usize,
}

/// The rows of a term, and the layers of its fields with the numbers of the fit's fields.
pub(super) struct TermLayers {
    pub rows: usize,
    pub layers: Option<Vec<LayerShape>>,
}

impl TermLayers {
    /// Those of all terms at the first step; `refused` is the error for a term without rows.
    pub fn of_task(
        engine: &dyn Engine,
        task: &dyn Task,
        moment: &Moment<'_>,
        refused: impl Fn(String) -> FitError,
    ) -> Result<Vec<Self>, FitError> {
        let term = |(index, term): (usize, &super::task::Term)| {
            let system = task.system(index, moment)?;
            let width = system.rows().ok_or_else(|| refused(term.name.clone()))?.width();
            let fields = term.fields.iter().filter_map(|of| Some((moment.fields.get(of.field)?, of)));
            let parts: Vec<_> = fields.map(|(field, of)| (field.architecture(), &of.jet)).collect();
            let number = |shape: LayerShape| LayerShape { field: term.fields[shape.field].field, ..shape };
            let layers = engine.differentiator(&parts)?.layers();
            let layers = layers.map(|layers| layers.into_iter().map(number).collect());
            Ok(Self { rows: system.points().saturating_mul(width), layers })
        };
        task.terms().iter().enumerate().map(term).collect()
    }
}

/// What the kernel costs in a form.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Cost {
    /// The numbers that are stored: the matrix and the factors.
    pub numbers: usize,
    /// Floating-point operations of the kernel.
    pub operations: f64,
}

impl Form {
    /// The form that costs the fewest operations, for fields whose parameters begin at the unknowns `starts`.
    pub fn cheapest(terms: &[TermLayers], starts: &[usize], unknowns: usize) -> (Self, Cost) {
        let rows = terms.iter().fold(0usize, |sum, term| sum.saturating_add(term.rows));
        let whole = Cost {
            numbers: rows.saturating_mul(unknowns),
            operations: GaussNewton::kernel_operations(rows, unknowns),
        };
        let Some(shapes) = shapes(terms).filter(|_| rows <= unknowns) else {
            return (Self::default(), whole);
        };
        let (mut form, mut saved, mut factors, mut by_factors) = (Self::default(), 0, 0, 0.0);
        for shape in shapes {
            let (mut own, mut carried) = (0.0, 0.0);
            for (rows, of_term) in with_shape(terms, shape) {
                own += rows as f64;
                carried += (rows * of_term.channels) as f64;
            }
            let (n, m) = (shape.inputs, shape.outputs);
            let operations = carried * carried * (n + m) as f64;
            if WORTH * operations >= own * own * (n * m) as f64 {
                continue;
            }
            let weight = starts[shape.field] + shape.weight;
            form.layers.push(Held { field: shape.field, place: shape.weight, weight, inputs: n, outputs: m });
            (saved, factors) = (saved + n * m, factors + carried as usize * (n + m));
            by_factors += operations;
        }
        if form.layers.is_empty() {
            return (form, whole);
        }
        let held =
            |at: &usize| form.layers.iter().any(|l| (l.weight..l.weight + l.inputs * l.outputs).contains(at));
        form.unknowns = (0..unknowns).filter(|at| !held(at)).collect();
        let stored = unknowns - saved;
        let operations = (rows as f64).powi(2) * stored as f64 + by_factors;
        (form, Cost { numbers: rows * stored + factors, operations })
    }

    /// Whether the whole matrix is stored.
    pub fn is_matrix(&self) -> bool {
        self.layers.is_empty()
    }

    /// Makes `linear` ready for [`Form::push`].
    pub fn start(&self, linear: &mut Linear, columns: usize) {
        linear.rows.clear();
        linear.derivatives.clear();
        let layer = |held: &Held| FactoredLayer {
            weight: held.weight,
            inputs: held.inputs,
            outputs: held.outputs,
            groups: Vec::new(),
        };
        let layers = self.layers.iter().map(layer).collect();
        linear.columns = columns;
        linear.factored = Some(Factored { unknowns: self.unknowns.clone(), groups: Vec::new(), layers });
    }

    /// Appends the rows of a term. `fields` has the number of each of its fields, and `starts` the unknown of the first
    /// parameter of every field of the fit. Returns whether all numbers are finite.
    pub fn push(&self, linear: &mut Linear, factors: Factors, fields: &[usize], starts: &[usize]) -> bool {
        let Some(factored) = &mut linear.factored else { return false };
        let (first, count) = (linear.rows.len(), factors.rows.len());
        let width = factored.unknowns.len();
        linear.rows.extend(&factors.rows);
        linear.derivatives.resize((first + count) * width, 0.0);
        let stored = &mut linear.derivatives[first * width..];
        let mut finite = factors.rows.iter().all(|row| row.is_finite());
        factored.groups.push(count);
        factored.layers.iter_mut().for_each(|layer| layer.groups.push(None));
        for layer in factors.layers {
            let (shape, field) = (layer.shape, fields[layer.shape.field]);
            let column =
                |at: usize| factored.unknowns.partition_point(|unknown| *unknown < starts[field] + at);
            let (weight, bias) = (column(shape.weight), column(shape.bias));
            let held = self.layers.iter().position(|held| (held.field, held.place) == (field, shape.weight));
            let h = layer.inputs.chunks_exact(shape.channels * shape.inputs);
            let g = layer.cotangents.chunks_exact(shape.channels * shape.outputs);
            for (row, (h, g)) in stored.chunks_exact_mut(width).zip(h.zip(g)) {
                row[bias..bias + shape.outputs].copy_from_slice(&g[..shape.outputs]);
                if held.is_none() {
                    expand(h, g, shape, &mut row[weight..weight + shape.outputs * shape.inputs]);
                }
            }
            if let Some(held) = held {
                finite &= layer.inputs.iter().chain(&layer.cotangents).all(|x| x.is_finite());
                let (inputs, cotangents) = (layer.inputs, layer.cotangents);
                let group = GroupFactors { channels: shape.channels, inputs, cotangents };
                factored.layers[held].groups[factored.groups.len() - 1] = Some(group);
            }
        }
        let scalars = factors.scalars.len() / count.max(1);
        for (row, slopes) in stored.chunks_exact_mut(width).zip(factors.scalars.chunks_exact(scalars.max(1)))
        {
            row[width - scalars..].copy_from_slice(slopes);
        }
        finite && stored.iter().all(|x| x.is_finite())
    }
}

/// Adds `Σ_s g^s (h^s)ᵀ` to the derivatives with respect to the weights.
fn expand(h: &[f64], g: &[f64], shape: LayerShape, weights: &mut [f64]) {
    for (h, g) in h.chunks_exact(shape.inputs).zip(g.chunks_exact(shape.outputs)) {
        for (weights, g) in weights.chunks_exact_mut(shape.inputs).zip(g) {
            weights.iter_mut().zip(h).for_each(|(weight, h)| *weight += g * h);
        }
    }
}

/// Each layer of the fields once, or `None` if a term has no layers.
fn shapes(terms: &[TermLayers]) -> Option<Vec<LayerShape>> {
    let mut all: Vec<LayerShape> = Vec::new();
    for term in terms {
        for shape in term.layers.as_ref()? {
            if !all.iter().any(|known| (known.field, known.weight) == (shape.field, shape.weight)) {
                all.push(*shape);
            }
        }
    }
    all.sort_by_key(|shape| (shape.field, shape.weight));
    Some(all)
}

/// The rows of each term that depends on a layer, and the layer in that term.
fn with_shape(terms: &[TermLayers], shape: LayerShape) -> impl Iterator<Item = (usize, &LayerShape)> {
    let same = move |of: &&LayerShape| (of.field, of.weight) == (shape.field, shape.weight);
    terms.iter().filter_map(move |term| Some((term.rows, term.layers.iter().flatten().find(same)?)))
}
