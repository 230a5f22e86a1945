//! Problems: fields, the constraints that they must satisfy, and the domains of the constraints.
//!
//! A problem asks for fields Φ such that, for every constraint m, the residual
//! `C_m(x, Φ(x), ∇Φ(x), .., a(x))` vanishes for all x in a domain `Ω_m`, where a are data. A fit minimises
//!
//! ```text
//! L = Σ_m w_m · mean or sum over points x of Ω_m of ‖C_m(x)‖
//! ```
//!
//! By default, a fit draws new points at every step. The norm is l1, l2 (squared) or Huber's. Residuals are
//! written in the language of [`crate::expr`], which finds the derivatives that they need.
//!
//! **Coordinates.** A domain is given in the problem's own units. Each coordinate of a field is mapped to
//! `[-1, 1]`, by default from the bounds of all domains with this coordinate. Derivatives in residuals are
//! with respect to the problem's units.
//!
//! The Poisson equation `u'' = -π² sin(πx)` with `u(±1) = 0`, whose solution is `sin(πx)`:
//!
//! ```
//! use std::sync::Arc;
//!
//! use sinefield::engine::cpu::CpuEngine;
//! use sinefield::expr::Expr;
//! use sinefield::field::FieldConfig;
//! use sinefield::fit::{Control, Fit, FitConfig};
//! use sinefield::problem::{ConstraintEntry, Description, Domain, FieldEntry, Interval, Problem};
//! use sinefield::render::{Coordinates, Quantity, at_points};
//!
//! let network = FieldConfig { hidden: 16, layers: 1, omega: Some(3.0), first_omega: Some(3.0), ..FieldConfig::new(1, 1) };
//! let line = Domain::Grid(vec![(Interval::new(-1.0, 1.0), 65)]);
//! let ends = Domain::Boundary(vec![Interval::new(-1.0, 1.0)]);
//! let inside = Expr::parse("(d(u, x, x) + pi^2 * sin(pi*x)) / 10")?;
//! let problem = Arc::new(Problem::new(Description {
//!     fields: vec![FieldEntry { network, ..FieldEntry::new("u", &["x"]) }],
//!     constraints: vec![
//!         ConstraintEntry::new("equation", inside, &["x"], line),
//!         ConstraintEntry::new("ends", Expr::name("u"), &["x"], ends),
//!     ],
//!     ..Description::default()
//! })?);
//!
//! let engine = Arc::new(CpuEngine::new(Some(1))?);
//! let config = FitConfig { steps: 400, rate: 1e-2, ..FitConfig::default() };
//! let mut fit = Fit::joint(engine.clone(), problem.fields(0)?, problem, config)?;
//! fit.run(|_, _| Control::Continue)?;
//!
//! let u = at_points(&engine, fit.field(), &[Quantity::Value], Coordinates::Units, &[0.5])?[0][0];
//! assert!((u - 1.0).abs() < 0.05, "{u}");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod adaptive;
mod causal;
mod check;
mod column;
mod constraint;
mod description;
mod domain;
mod error;
mod exact;
pub mod file;
mod forms;
mod inside;
mod sampler;
pub(crate) mod shuffle;
mod step;
mod windows;

use crate::engine::System;
use crate::expr::{ExprErrorKind, FieldNames, Norm, Program, Scope};
use crate::field::{Axis, Field, FieldError, Meta, Precision};
use crate::fit::{Focus, Moment, Task, TaskError, Term, TermField};

pub use adaptive::Adaptive;
pub use causal::Causal;
use check::{check_fields, fingerprint, ranges};
pub use column::{Column, ColumnReader, ColumnValues};
use constraint::{Constraint, NORMAL};
pub use description::{ConstraintEntry, Description, FieldEntry, Reduce};
pub use domain::{Domain, Interval, Part, Shape};
pub use error::ProblemError;
use forms::closed_fields;
pub use sampler::{Draw, Sampling, Sequence};
use step::Step;
pub use windows::Windows;

/// A checked problem, which is a [`Task`] for [`Fit::joint`](crate::fit::Fit::joint).
#[derive(Clone, Debug)]
pub struct Problem {
    /// Each field, with the range of each coordinate that is mapped to `[-1, 1]`.
    fields: Vec<(FieldEntry, Vec<Interval>)>,
    trainable: Vec<(String, f64)>,
    constraints: Vec<Constraint>,
    terms: Vec<Term>,
    /// The comparison with known solutions.
    exact: Option<Box<exact::Comparison>>,
    fingerprint: u64,
}

impl Problem {
    /// Checks a description and compiles its residuals.
    ///
    /// # Errors
    /// The first fault of the description.
    pub fn new(description: Description) -> Result<Self, ProblemError> {
        check_fields(&description)?;
        let fingerprint = fingerprint(&description);
        let ranges = ranges(&description)?;
        let fields: Vec<_> = closed_fields(&description)?.into_iter().zip(ranges.iter().cloned()).collect();
        let mut constraints = Vec::new();
        let mut terms = Vec::new();
        for (index, entry) in description.constraints.iter().enumerate() {
            let (program, known) = compile(&description, &fields, index)?;
            let constraint = Constraint::new(index, entry, program, &fields, &known)?;
            let jets = constraint.program.jets().iter().flatten();
            let fields_of_term = constraint.fields.iter().zip(jets).map(|(inputs, jet)| {
                let field = inputs.field;
                TermField { field, outputs: fields[field].0.network.outputs, jet: jet.clone() }
            });
            terms.push(Term { name: entry.name.clone(), fields: fields_of_term.collect() });
            constraints.push(constraint);
        }
        let exact = exact::problem(&description, &ranges)?;
        Ok(Self { fields, trainable: description.trainable, constraints, terms, exact, fingerprint })
    }

    /// New networks for the fields. The first is drawn from `seed`, the next from `seed + 1`, and so on.
    ///
    /// # Errors
    /// If a network cannot be created.
    pub fn fields(&self, seed: u64) -> Result<Vec<Field>, FieldError> {
        let made = self.fields.iter().zip(seed..).map(|((entry, ranges), seed)| {
            let mut field = Field::new(&entry.network, seed)?;
            let axes = entry.coordinates.iter().zip(ranges);
            let axes = axes.map(|(name, side)| Axis::ranged(name, side.low, side.high)).collect();
            field.meta =
                Meta { axes, outputs: entry.output_names(), form: entry.meta_form(), ..Meta::default() };
            Ok(field)
        });
        made.collect()
    }

    /// The fields' names, in order.
    pub fn field_names(&self) -> impl Iterator<Item = &str> {
        self.fields.iter().map(|(entry, _)| entry.name.as_str())
    }

    /// The fields' entries in the description, in order. Constants in forms are replaced by their values, and definitions
    /// by their expressions.
    pub fn field_entries(&self) -> impl Iterator<Item = &FieldEntry> {
        self.fields.iter().map(|(entry, _)| entry)
    }

    /// The trainable scalars' names, in order.
    pub fn trainable_names(&self) -> impl Iterator<Item = &str> {
        self.trainable.iter().map(|(name, _)| name.as_str())
    }

    /// The needs of each constraint, in order.
    pub fn needs(&self) -> impl Iterator<Item = Needs<'_>> {
        self.constraints.iter().zip(&self.terms).map(|(constraint, term)| Needs {
            name: &constraint.name,
            domain: &constraint.domain,
            samples: constraint.sampler.samples(),
            width: constraint.program.width(),
            fields: &term.fields,
            columns: constraint.column_names().collect(),
        })
    }
}

/// The needs of a constraint at every step.
#[derive(Clone, Debug)]
pub struct Needs<'a> {
    /// Its name.
    pub name: &'a str,
    /// What its domain is, in words: `a box; x in [0, 1], y = 2`.
    pub domain: &'a str,
    /// The number of points per step.
    pub samples: usize,
    /// The number of components of its residual. Under the norm l2, a complex one counts as two.
    pub width: usize,
    /// The fields that its residual reads, and the jet of each.
    pub fields: &'a [TermField],
    /// The data columns that its residual reads, and `n` for the outward normal.
    pub columns: Vec<&'a str>,
}

impl Task for Problem {
    fn terms(&self) -> &[Term] {
        &self.terms
    }

    fn fingerprint(&self) -> u64 {
        self.fingerprint
    }

    fn system(&self, term: usize, moment: &Moment<'_>) -> Result<Box<dyn System + '_>, TaskError> {
        Ok(Box::new(Step::new(&self.constraints[term], moment, moment.focus.get(term))?))
    }

    fn system_f64(&self, term: usize, moment: &Moment<'_>) -> Result<Box<dyn System<f64> + '_>, TaskError> {
        Ok(Box::new(Step::new(&self.constraints[term], moment, moment.focus.get(term))?))
    }

    fn focus(&self, term: usize, moment: &Moment<'_>, anew: bool) -> Result<Option<Focus>, TaskError> {
        let (constraint, last) = (&self.constraints[term], moment.focus.get(term));
        match moment.fields.first().map(Field::precision) {
            Some(Precision::F64) => constraint.focus::<f64>(&self.terms[term], moment, last, anew),
            _ => constraint.focus::<f32>(&self.terms[term], moment, last, anew),
        }
    }

    fn weight(&self, term: usize) -> f64 {
        self.constraints[term].weight
    }

    fn has_float64(&self) -> bool {
        true
    }

    fn has_fixed_points(&self) -> bool {
        let fixed = |constraint: &Constraint| constraint.sampler.is_fixed() && constraint.causal.is_none();
        !self.reads_progress() && self.constraints.iter().all(fixed)
    }

    fn reads_progress(&self) -> bool {
        let reads =
            |constraint: &Constraint| constraint.program.reads_progress() || constraint.windows.is_some();
        self.constraints.iter().any(reads)
    }

    fn error(&self, moment: &Moment<'_>) -> Result<Option<f64>, TaskError> {
        self.error_of(moment)
    }

    fn scalars(&self) -> Vec<f64> {
        self.trainable.iter().map(|(_, start)| *start).collect()
    }
}

/// Compiles the residual of constraint `index` with the names that are defined in it. Also returns the
/// indices of the fields that it may use: the domain must have all of a field's coordinates.
fn compile(
    description: &Description,
    fields: &[(FieldEntry, Vec<Interval>)],
    index: usize,
) -> Result<(Program, Vec<usize>), ProblemError> {
    let entry = &description.constraints[index];
    let lacks =
        |field: &FieldEntry| field.coordinates.iter().find(|name| !entry.coordinates.contains(name)).cloned();
    let known: Vec<usize> = (0..fields.len()).filter(|at| lacks(&fields[*at].0).is_none()).collect();
    let names = |at: &usize| {
        let (field, ranges) = &fields[*at];
        let position = |name: &String| entry.coordinates.iter().position(|c| c == name);
        FieldNames {
            name: field.name.clone(),
            outputs: field.outputs.clone(),
            complex: field.complex.clone(),
            width: field.network.outputs,
            coordinates: field.coordinates.iter().filter_map(position).collect(),
            per_unit: ranges.iter().map(|side| side.per_unit()).collect(),
            form: field.form.clone(),
        }
    };
    let given = entry.columns.iter().map(|column| (column.name.clone(), column.width));
    let has_normal = entry.domain.has_normals() && !uses(description, entry, NORMAL);
    let normal = has_normal.then(|| (NORMAL.to_string(), entry.domain.dimension()));
    let scope = Scope {
        coordinates: entry.coordinates.clone(),
        fields: known.iter().map(names).collect(),
        columns: given.chain(normal).collect(),
        complex_columns: entry.columns.iter().map(|column| column.complex).collect(),
        constants: description.constants.clone(),
        complex_constants: description.complex_constants.clone(),
        definitions: description.definitions.clone(),
        trainable: description.trainable.iter().map(|(name, _)| name.clone()).collect(),
    };
    let constraint = entry.name.clone();
    let compiled = match entry.norm {
        Norm::L2 => Program::compile(&entry.residual, &scope),
        _ => Program::compile_moduli(&entry.residual, &scope),
    };
    match compiled {
        Ok(program) => Ok((program, known)),
        Err(error) => {
            // A name may be unknown because the field is not defined here.
            let ExprErrorKind::UnknownName { name, .. } = error.kind() else {
                return Err(ProblemError::Residual { index, constraint, error });
            };
            let missing = fields.iter().map(|(field, _)| field).find_map(|field| {
                let meant = field.name == *name || field.outputs.contains(name);
                meant.then(|| Some((field.name.clone(), lacks(field)?))).flatten()
            });
            let is_normal = name == NORMAL;
            Err(match missing {
                None if is_normal => ProblemError::NoNormal { index, constraint, error },
                Some((field, coordinate)) => ProblemError::MissingCoordinate {
                    index,
                    constraint,
                    field,
                    coordinate,
                    span: error.span(),
                },
                None => ProblemError::Residual { index, constraint, error },
            })
        }
    }
}

/// Whether a problem gives a meaning of its own to a name in a constraint.
fn uses(description: &Description, entry: &ConstraintEntry, name: &str) -> bool {
    let Description { fields, constants, complex_constants, definitions, trainable, constraints, exact: _ } =
        description;
    let of_field =
        |field: &FieldEntry| field.name == name || field.outputs.iter().any(|output| output == name);
    fields.iter().any(of_field)
        || constants.iter().any(|(other, _)| other == name)
        || complex_constants.iter().any(|(other, _)| other == name)
        || definitions.iter().any(|(other, _)| other == name)
        || trainable.iter().any(|(other, _)| other == name)
        || constraints.iter().flat_map(|entry| &entry.coordinates).any(|other| other == name)
        || entry.columns.iter().any(|column| column.name == name)
}

#[cfg(test)]
mod tests;
