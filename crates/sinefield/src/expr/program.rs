//! A compiled residual: the jets that it needs, and its evaluation on a tile.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::adjoint::cotangents;
use super::collect::{Collected, collect};
use super::error::{ExprError, ExprErrorKind};
use super::fold::fold_width;
use super::graph::{Id, MOST_NODES, Op};
use super::lower::Lowering;
use super::run::{Backward, Seeds};
use super::scope::Scope;
use super::syntax::Expr;
use super::tape::{Layout, Tape, tape};
use super::value::nodes;
use crate::engine::Jets;
use crate::field::Number;
use crate::jet::JetSpec;

/// A compiled residual.
#[derive(Clone, Debug)]
pub struct Program {
    width: usize,
    jets: Vec<Option<JetSpec>>,
    columns: Vec<usize>,
    trainable: Vec<usize>,
    reads_coordinates: bool,
    reads_progress: bool,
    tape: Tape,
}

/// The inputs of a program at the points of a tile.
#[derive(Clone, Copy, Debug)]
pub struct TileInputs<'a, N = f32> {
    /// The number of points.
    pub points: usize,
    /// The scope's coordinates, `(points, coordinates)`.
    pub coordinates: &'a [N],
    /// The jets of the fields that the residual reads, in the scope's order.
    pub jets: &'a [Jets<'a, N>],
    /// The columns that are read, in the order of [`Program::columns`], each `(points, width)`.
    pub columns: &'a [&'a [N]],
    /// All trainable scalars of the scope.
    pub trainable: &'a [N],
    /// The progress of the fit: 0 at the first step, 1 at the last.
    pub progress: N,
}

/// The norm that turns a residual's components `r_c` into a loss, summed over components and points.
///
/// For complex components, the norms l1 and Huber are of the modulus if the program is of
/// [`Program::compile_moduli`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Norm {
    /// `Σ |r_c|`.
    L1,
    /// `Σ r_c²`. The only norm with rows ([`crate::engine::Rows`]).
    #[default]
    L2,
    /// `Σ r_c² / 2` where `|r_c|` is at most `delta`, `delta (|r_c| - delta / 2)` beyond.
    Huber {
        /// The size above which the norm is linear; positive.
        delta: f64,
    },
}

impl Norm {
    /// The norm of one component of a residual.
    pub(crate) fn of(self, r: f64) -> f64 {
        let size = r.abs();
        match self {
            Norm::L1 => size,
            Norm::L2 => r * r,
            Norm::Huber { delta } if size <= delta => 0.5 * r * r,
            Norm::Huber { delta } => delta * (size - 0.5 * delta),
        }
    }

    /// The derivative of [`Norm::of`].
    pub(crate) fn slope(self, r: f64) -> f64 {
        match self {
            Norm::L1 if r == 0.0 => 0.0,
            Norm::L1 => r.signum(),
            Norm::L2 => 2.0 * r,
            Norm::Huber { delta } => r.clamp(-delta, delta),
        }
    }
}

impl Program {
    /// Compiles `residual` with the names of `scope`. A complex component is two components of the program: its
    /// real and its imaginary part. Their squares add up to that of the modulus.
    ///
    /// # Errors
    /// If the scope contradicts itself, or the residual is not valid in it, reads no field, or is too large.
    pub fn compile(residual: &Expr, scope: &Scope) -> Result<Program, ExprError> {
        Self::of(residual, scope, false)
    }

    /// Compiles `residual` for norms other than l2: a complex component is replaced by its modulus.
    ///
    /// # Errors
    /// As [`Program::compile`].
    pub fn compile_moduli(residual: &Expr, scope: &Scope) -> Result<Program, ExprError> {
        Self::of(residual, scope, true)
    }

    fn of(residual: &Expr, scope: &Scope, moduli: bool) -> Result<Program, ExprError> {
        let mut lowering = Lowering::new(scope)?;
        let mut value = lowering.value(residual)?;
        if moduli {
            value = lowering.moduli(value);
        }
        let roots: Vec<Id> = nodes(&value);
        let inputs: Vec<usize> = lowering.inputs.iter().map(Vec::len).collect();
        let Collected { mut graph, roots, jets } = collect(&lowering.graph, &roots, &inputs);
        if jets.iter().all(Option::is_none) {
            let fields = scope.fields.iter().map(|f| f.name.clone()).collect();
            return Err(lowering.error(ExprErrorKind::NoField { fields }, residual.span()));
        }
        let fold = fold_width(&mut graph, &roots, scope);
        let run = if fold > 1 { &roots[..1] } else { &roots[..] };
        let cotangents = cotangents(&mut graph, run);
        if graph.is_full() {
            let kind = ExprErrorKind::TooLarge { what: "operations", most: MOST_NODES };
            return Err(lowering.error(kind, residual.span()));
        }
        let needed = graph.reachable(&roots);
        let ops = (0..graph.len()).filter(|&id| needed[id]).map(|id| graph.op(id));
        let (mut columns, mut trainable) = (BTreeSet::new(), BTreeSet::new());
        let (mut reads_coordinates, mut reads_progress) = (false, false);
        for op in ops {
            match op {
                Op::Column(column, _) => columns.insert(column),
                Op::Trainable(scalar) => trainable.insert(scalar),
                Op::Coordinate(_) => {
                    reads_coordinates = true;
                    false
                }
                Op::Progress => {
                    reads_progress = true;
                    false
                }
                _ => false,
            };
        }
        let columns: Vec<usize> = columns.into_iter().collect();
        let tape = tape(&graph, run, &cotangents, &Layout { scope, jets: &jets, columns: &columns, fold });
        let trainable = trainable.into_iter().collect();
        Ok(Self { width: roots.len(), jets, columns, trainable, reads_coordinates, reads_progress, tape })
    }

    /// Whether the residual reads coordinates itself, and not only through the jets of fields.
    pub fn reads_coordinates(&self) -> bool {
        self.reads_coordinates
    }

    /// Whether the residual reads `progress`.
    pub fn reads_progress(&self) -> bool {
        self.reads_progress
    }

    /// The number of real components of the residual.
    pub fn width(&self) -> usize {
        self.width
    }

    /// For each field of the scope, the jet that the residual needs, over the field's own inputs. `None` if
    /// the residual does not read the field.
    pub fn jets(&self) -> &[Option<JetSpec>] {
        &self.jets
    }

    /// The indices of the scope's columns that the residual reads, ascending.
    pub fn columns(&self) -> &[usize] {
        &self.columns
    }

    /// The indices of the scope's trainable scalars that the residual reads, ascending.
    pub fn trainable(&self) -> &[usize] {
        &self.trainable
    }

    /// The tile's loss: `scale` times the norm of the residuals.
    ///
    /// Adds the derivatives with respect to the numbers of `at.jets[k]` to `cotangents[k]`, which is laid out
    /// as [`Jets::data`]. Adds the derivatives with respect to the scope's trainable scalars to
    /// `scalar_gradients`.
    ///
    /// # Panics
    /// If a slice is shorter than the scope, the number of points and [`Program::jets`] require.
    pub fn run<N: Number>(
        &self,
        at: &TileInputs<'_, N>,
        norm: Norm,
        scale: f64,
        cotangents: &mut [&mut [N]],
        scalar_gradients: &mut [f64],
    ) -> f64 {
        self.tape.run(at, Backward { seeds: Seeds::Norm(norm), scale, cotangents, scalar_gradients })
    }

    /// Writes the residuals to `out`, `(points, width)`.
    ///
    /// # Panics
    /// If a slice is shorter than the scope, the number of points and [`Program::jets`] require.
    pub fn values<N: Number>(&self, at: &TileInputs<'_, N>, out: &mut [N]) {
        self.tape.values(at, out);
    }

    /// Pulls cotangents of the residuals back to the jets. The cotangents are `scale` times `bars`,
    /// `(points, width)`.
    ///
    /// Like [`Program::run`], it adds to `cotangents` and `scalar_gradients`. The derivatives are those of
    /// `scale Σ_c r̄_c r_c`, summed over points.
    ///
    /// # Panics
    /// If a slice is shorter than the scope, the number of points and [`Program::jets`] require.
    pub fn pull_back<N: Number>(
        &self,
        at: &TileInputs<'_, N>,
        bars: &[N],
        scale: f64,
        cotangents: &mut [&mut [N]],
        scalar_gradients: &mut [f64],
    ) {
        self.tape.run(at, Backward { seeds: Seeds::Bars(bars), scale, cotangents, scalar_gradients });
    }
}
