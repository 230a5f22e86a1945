//! A function of space whose level sets are surfaces: a field of three coordinates, or an expression over several.
//!
//! Places and derivatives are in the units of the fields' axes, and values in those of their signals: a field of a scan
//! in millimetres gives distances in millimetres. Outside of a field's region, where its network knows nothing, the
//! field goes on as a distance would: with `c` the nearest place of the region, `Φ(x) = Φ(c) + |x - c|`. Expressions
//! over fields of different regions need that.

use std::sync::Arc;

use rayon::prelude::*;

use super::SurfaceError;
use crate::engine::{Engine, Evaluator, Jets};
use crate::expr::{Expr, FieldNames, Program, Scope, TileInputs};
use crate::field::{Axis, Field};
use crate::form;
use crate::jet::JetSpec;

/// Points that are evaluated at once.
const BATCH: usize = 1 << 14;
/// Points of a tile of the expression.
const TILE: usize = 256;

/// The derivatives that an evaluation gives, one after the other at each point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// The value.
    Value,
    /// The value and the gradient: 4 numbers.
    Gradient,
    /// The value, the gradient, and the second derivatives xx, xy, xz, yy, yz, zz: 10 numbers.
    Hessian,
}

impl Order {
    /// The numbers at a point.
    pub fn width(self) -> usize {
        [1, 4, 10][self as usize]
    }
}

/// A function of space, and what evaluates it.
pub struct Implicit {
    engine: Arc<dyn Engine>,
    parts: Vec<Part>,
    expression: Expr,
    scope: Scope,
    region: [(f64, f64); 3],
    /// The evaluation by order, made at the first use.
    ready: [Option<Ready>; 3],
}

/// A field of the expression.
struct Part {
    field: Field,
    axes: [Axis; 3],
}

/// The evaluation of one order.
struct Ready {
    program: Program,
    /// For each field that the program reads: its place, its evaluator and its jet.
    used: Vec<(usize, Box<dyn Evaluator>, JetSpec)>,
}

impl Implicit {
    /// The function that `field` is.
    ///
    /// # Errors
    /// If the field does not have three coordinates and one output, or the engine refuses it.
    pub fn new(engine: Arc<dyn Engine>, field: Field) -> Result<Self, SurfaceError> {
        Self::of(engine, vec![("field".into(), field)], "field")
    }

    /// The function that `form` is: an expression over the names of `fields`, and the coordinates, whose names are those
    /// of the first field's axes. A union of two distances is `min(a, b)`, an intersection `max(a, b)`, a difference
    /// `max(a, -b)`, and `a - 0.1` is an offset.
    ///
    /// # Errors
    /// If a field does not have three coordinates and one output, the expression is not valid, its value is not a single
    /// real number, or it does not read every field.
    pub fn of(
        engine: Arc<dyn Engine>,
        fields: Vec<(String, Field)>,
        form: &str,
    ) -> Result<Self, SurfaceError> {
        let expression = Expr::parse(form)?;
        let mut parts = Vec::new();
        for (name, field) in &fields {
            let (inputs, outputs) = (field.architecture().inputs, field.architecture().outputs());
            if (inputs, outputs) != (3, 1) {
                return Err(SurfaceError::NotInSpace { name: name.clone(), inputs, outputs });
            }
            parts.push(Part { field: field.clone(), axes: [0, 1, 2].map(|at| field.meta.axis(at)) });
        }
        let Some(first) = parts.first() else { return Err(SurfaceError::NoFields) };
        let scope = Scope {
            coordinates: first.axes.iter().map(|axis| axis.name.clone()).collect(),
            fields: fields.iter().zip(&parts).map(|((name, _), part)| part.names(name)).collect(),
            definitions: fields.iter().zip(&parts).map(|((name, _), part)| part.signal(name)).collect(),
            ..Scope::default()
        };
        let region = [0, 1, 2].map(|at| hull(parts.iter().map(|part| part.axes[at].interval())));
        if let Some(at) = region.iter().position(|(low, high)| !(high - low).is_finite() || low >= high) {
            return Err(SurfaceError::FlatRegion { axis: scope.coordinates[at].clone() });
        }
        let mut implicit = Self { engine, parts, expression, scope, region, ready: [const { None }; 3] };
        implicit.prepare(Order::Gradient)?;
        let program = &implicit.ready[Order::Gradient as usize].as_ref().map(|ready| &ready.program);
        let unused = program.and_then(|program| program.jets().iter().position(Option::is_none));
        if let Some(at) = unused {
            return Err(SurfaceError::UnusedField { name: fields[at].0.clone() });
        }
        Ok(implicit)
    }

    /// The engine that evaluates the function.
    pub fn engine(&self) -> &dyn Engine {
        self.engine.as_ref()
    }

    /// The smallest box around the regions of all fields: the lower and the upper end along every axis.
    pub fn region(&self) -> [(f64, f64); 3] {
        self.region
    }

    /// The names of the coordinates.
    pub fn coordinates(&self) -> &[String] {
        &self.scope.coordinates
    }

    /// Evaluates the function at `points`. `out` has [`Order::width`] numbers for each.
    ///
    /// # Errors
    /// If the derivatives of the expression cannot be had, or the engine refuses a field.
    ///
    /// # Panics
    /// If the length of `out` is wrong.
    pub fn evaluate(
        &mut self,
        order: Order,
        points: &[[f64; 3]],
        out: &mut [f32],
    ) -> Result<(), SurfaceError> {
        let width = order.width();
        assert_eq!(out.len(), points.len() * width, "output of another size");
        self.prepare(order)?;
        let Self { engine, parts, ready, .. } = self;
        let Some(Ready { program, used }) = &mut ready[order as usize] else { return Ok(()) };
        for (points, out) in points.chunks(BATCH).zip(out.chunks_mut(BATCH * width)) {
            let jets: Vec<(usize, Vec<f32>)> = used
                .iter_mut()
                .map(|(at, evaluator, spec)| (spec.channels(), parts[*at].jets(evaluator, spec, points)))
                .collect();
            engine.install(|| {
                let tiles = points.par_chunks(TILE).zip(out.par_chunks_mut(TILE * width)).enumerate();
                tiles.for_each(|(tile, (points, out))| run(program, &jets, tile * TILE, points, out));
            });
        }
        Ok(())
    }

    /// Makes the evaluation of one order.
    fn prepare(&mut self, order: Order) -> Result<(), SurfaceError> {
        if self.ready[order as usize].is_some() {
            return Ok(());
        }
        let program =
            Program::compile(&derivatives(&self.expression, order, &self.scope.coordinates), &self.scope)?;
        if program.width() != order.width() {
            return Err(SurfaceError::NotAScalar { numbers: program.width() / order.width() });
        }
        let mut used = Vec::new();
        for (at, spec) in program.jets().iter().enumerate() {
            if let Some(spec) = spec {
                let evaluator = form::evaluator(self.engine.as_ref(), &self.parts[at].field, spec)?;
                used.push((at, evaluator, spec.clone()));
            }
        }
        self.ready[order as usize] = Some(Ready { program, used });
        Ok(())
    }
}

/// The name of a field's output, which is no name of the language: `name` itself means the signal.
fn output(name: &str) -> String {
    format!("output of {name}")
}

impl Part {
    /// The field's output in the scope.
    fn names(&self, name: &str) -> FieldNames {
        FieldNames {
            name: output(name),
            width: 1,
            coordinates: vec![0, 1, 2],
            per_unit: self.axes.iter().map(Axis::per_unit).collect(),
            ..FieldNames::default()
        }
    }

    /// The definition of the signal by the output.
    fn signal(&self, name: &str) -> (String, Expr) {
        let map = self.field.meta.value;
        let (scaled, offset) = (map.scale * Expr::name(&output(name)), map.offset);
        (name.into(), if offset == 0.0 { scaled } else { scaled + offset })
    }

    /// The jets at `points`, `(points, channels)`.
    fn jets(&self, evaluator: &mut Box<dyn Evaluator>, spec: &JetSpec, points: &[[f64; 3]]) -> Vec<f32> {
        let channels = spec.channels();
        let place = |point: &[f64; 3]| [0, 1, 2].map(|at| self.axes[at].normalised(point[at]));
        let mut out = vec![0.0f32; points.len() * channels];
        let coordinates = |start: usize, x: &mut [f64]| {
            for (x, point) in x.chunks_exact_mut(3).zip(&points[start..]) {
                x.copy_from_slice(&place(point).map(|x| x.clamp(-1.0, 1.0)));
            }
        };
        let write = |start: usize, jets: &Jets<'_>, out: &mut [f32]| {
            for (point, out) in out.chunks_exact_mut(channels).enumerate() {
                (0..channels).for_each(|channel| out[channel] = jets.channel(channel)[point]);
                self.go_on(spec, place(&points[start + point]), out);
            }
        };
        evaluator.evaluate(self.field.parameters(), coordinates, &mut out, channels, write);
        out
    }

    /// Turns the jet at the nearest place of the region into that at `x`, if `x` is outside.
    fn go_on(&self, spec: &JetSpec, x: [f64; 3], jet: &mut [f32]) {
        if x.iter().all(|x| x.abs() <= 1.0) {
            return;
        }
        // The way from the region to the place, in units.
        let beyond = [0, 1, 2].map(|at| (x[at] - x[at].clamp(-1.0, 1.0)) / self.axes[at].per_unit());
        let distance = beyond.iter().map(|b| b * b).sum::<f64>().sqrt();
        let scale = self.field.meta.value.scale;
        jet[0] += (distance / scale) as f32;
        for (channel, &axis) in (1..).zip(spec.first()) {
            if beyond[axis] != 0.0 {
                jet[channel] = (beyond[axis] / distance / scale / self.axes[axis].per_unit()) as f32;
            }
        }
        jet[1 + spec.first().len()..].fill(0.0);
    }
}

/// Runs the expression at the points of a tile, which begins at `start` of the batch.
fn run(program: &Program, jets: &[(usize, Vec<f32>)], start: usize, points: &[[f64; 3]], out: &mut [f32]) {
    let count = points.len();
    // From (points, channels) to (channels, points).
    let turned: Vec<Vec<f32>> = jets
        .iter()
        .map(|(channels, data)| {
            let of = |channel: usize| (0..count).map(move |at| data[(start + at) * channels + channel]);
            (0..*channels).flat_map(of).collect()
        })
        .collect();
    let coordinates: Vec<f32> = points.iter().flatten().map(|x| *x as f32).collect();
    let jets: Vec<Jets<'_>> =
        turned.iter().map(|data| Jets { data, coordinates: &[], points: count, outputs: 1 }).collect();
    let inputs = TileInputs {
        points: count,
        coordinates: &coordinates,
        jets: &jets,
        columns: &[],
        trainable: &[],
        progress: 0.0,
    };
    program.values(&inputs, out);
}

/// The expression and its derivatives up to `order`, as a vector.
fn derivatives(expression: &Expr, order: Order, coordinates: &[String]) -> Expr {
    let mut all = vec![expression.clone()];
    if order != Order::Value {
        all.extend(coordinates.iter().map(|x| expression.d(x)));
    }
    if order == Order::Hessian {
        let pairs = (0..3).flat_map(|i| (i..3).map(move |j| (i, j)));
        all.extend(pairs.map(|(i, j)| expression.d_of(&[&coordinates[i], &coordinates[j]])));
    }
    Expr::vector(all)
}

/// The smallest interval around intervals.
fn hull(intervals: impl Iterator<Item = (f64, f64)>) -> (f64, f64) {
    let join = |(low, high): (f64, f64), (a, b): (f64, f64)| (low.min(a.min(b)), high.max(a.max(b)));
    intervals.fold((f64::INFINITY, f64::NEG_INFINITY), join)
}
