//! Tests of the tape on tiles: values against the naive evaluation, cotangents against differences of the
//! loss.

use proptest::prelude::*;

use super::super::collect::{Collected, collect};
use super::super::graph::{Derivative, Graph, Id, JetNumber};
use super::super::lines::Direction;
use super::super::lower::Lowering;
use super::super::value::nodes;
use super::naive::{Place, evaluate};
use super::rules::{graph_values, place, smooth, wave_jet};
use super::{compile, scope};
use crate::engine::Jets;
use crate::expr::{Expr, Norm, Program, Scope, TileInputs};
use crate::jet::JetSpec;

/// Residuals that together use every kind of instruction.
pub const RESIDUALS: [&str; 27] = [
    "u - a",
    "v - b",
    "laplace(u) - a",
    "grad(v) * c",
    "norm(grad(u, x, y)) - 1",
    "[u*p, q^2, k]",
    "k*u - m*exp(k*progress)*p",
    "where(u > 0.2, u*p, sin(q))",
    "min(u, p, q) + max(u, 0.1) - abs(r)",
    "d(p, t, t) - c^2*laplace(p, x, y)",
    "laplace(u)*u + d(u, x, x)",
    "atan2(u, 1.5 + p) + u^5 + (2 + u)^p + pow(2 + u, 2.5)",
    "tanh(u) + sigmoid(p) + softplus(q) + erf(r) + cosh(r) + sinh(u)",
    "asin(u/2) + acos(p/2) + atan(q) + tan(u/2) + log(2 + r) + sqrt(2 + u)",
    "normalize(v) - w",
    "cross(v, b)",
    "dot(v, grad(u)) + div(v)",
    "clamp(u, -0.3, 0.4) + step(p)*u + sign(q)*r + floor(3*u)*p",
    "u*x - y*t + mean(v) + sum(b) + pi*e",
    "[u, u, 2*u, x*u]",
    "(u > 0 and not p < 0) + (q == r or u != p) + u",
    "1/(2 + u)/k",
    "k*laplace(v) - sin(b)*v + progress",
    "b*v - v^2",
    "[p, q, r] + [b[1], b[0], b[2]]",
    "v - w",
    "[m, m, m] + 0*v + [p, q, p]",
];

/// Residuals of third and fourth derivatives. Each is a polynomial of second degree in the derivatives.
pub const HIGHER: [&str; 6] = [
    "d(p, t) + p*d(p, x) + c*d(p, x, x, x)",
    "laplace(laplace(u)) - a",
    "d(p, x, x, y)*d(u, x, y, y) + d(q, x, y, t)",
    "d(u, x, x, x, y) + k*d(u, x, x, x, x)",
    "d(p, x, y, t, t)*u - laplace(p, x, y)",
    "laplace(laplace(v, x, y), x, y) + m*laplace(v)",
];

/// A tile with the jets of the closed forms.
pub struct Tile {
    pub points: Vec<Place>,
    pub specs: Vec<Option<JetSpec>>,
    pub jets: Vec<Vec<f32>>,
    own: Vec<Vec<f32>>,
    coordinates: Vec<f32>,
    columns: Vec<Vec<f32>>,
}

pub const WIDTHS: [usize; 2] = [1, 3];

impl Tile {
    pub fn new(program: &Program, count: usize) -> Self {
        let at = |i: usize| {
            let s = i as f64;
            let mut at = place();
            let exact = |v: f64| f64::from(v as f32);
            at.x = [(1.3 * s).sin(), (0.7 * s + 1.0).cos(), (2.1 * s).sin() * 0.9].map(exact);
            at.a = exact((0.9 * s).cos());
            at.b = [0.3, 1.1, 1.9].map(|k| exact((k * s).sin()));
            at.trainable = at.trainable.map(exact);
            at
        };
        let points: Vec<Place> = (0..count).map(at).collect();
        let specs = program.jets().to_vec();
        let mut jets = Vec::new();
        for (field, spec) in specs.iter().enumerate() {
            let Some(spec) = spec else { continue };
            let mut data = Vec::new();
            for derivative in channels(spec) {
                for at in &points {
                    for output in 0..WIDTHS[field] {
                        data.push(wave_jet(JetNumber { field, output, derivative }, spec, &at.x) as f32);
                    }
                }
            }
            jets.push(data);
        }
        let flat =
            |f: fn(&Place) -> Vec<f64>| points.iter().flat_map(f).map(|v| v as f32).collect::<Vec<f32>>();
        let columns = [flat(|at| vec![at.a]), flat(|at| at.b.to_vec())];
        let inputs = [flat(|at| at.x[..2].to_vec()), flat(|at| at.x.to_vec())];
        let entering = (0..2).filter(|&f| specs[f].is_some());
        Self {
            own: entering.map(|f| inputs[f].clone()).collect(),
            coordinates: flat(|at| at.x.to_vec()),
            columns: program.columns().iter().map(|&c| columns[c].clone()).collect(),
            points,
            specs,
            jets,
        }
    }

    /// Calls `f` with the tile as the inputs of a program.
    pub fn with<R>(&self, f: impl FnOnce(&TileInputs<'_>) -> R) -> R {
        let entering = (0..2).filter(|&f| self.specs[f].is_some());
        let points = self.points.len();
        let jets: Vec<Jets<'_>> = self
            .jets
            .iter()
            .zip(&self.own)
            .zip(entering)
            .map(|((data, coordinates), field)| Jets { data, coordinates, points, outputs: WIDTHS[field] })
            .collect();
        let columns: Vec<&[f32]> = self.columns.iter().map(Vec::as_slice).collect();
        let trainable = self.points[0].trainable.map(|v| v as f32);
        f(&TileInputs {
            points,
            coordinates: &self.coordinates,
            jets: &jets,
            columns: &columns,
            trainable: &trainable,
            progress: 0.25,
        })
    }

    pub fn run(&self, program: &Program, norm: Norm, scale: f64) -> (f64, Vec<Vec<f32>>, Vec<f64>) {
        let mut cotangents: Vec<Vec<f32>> = self.jets.iter().map(|j| vec![0.0; j.len()]).collect();
        let mut scalars = vec![0.0; 2];
        let loss = self.with(|at| {
            let mut to: Vec<&mut [f32]> = cotangents.iter_mut().map(Vec::as_mut_slice).collect();
            program.run(at, norm, scale, &mut to, &mut scalars)
        });
        (loss, cotangents, scalars)
    }
}

pub fn channels(spec: &JetSpec) -> Vec<Derivative> {
    let mut all = vec![Derivative::Value];
    all.extend(spec.first().iter().map(|&i| Derivative::First(i)));
    all.extend(spec.second().iter().map(|&(i, j)| Derivative::Second(i, j)));
    for line in spec.lines() {
        let (direction, _) = Direction::of(&line.parts().map(|(i, v)| (i, v as i32)).collect()).unwrap();
        all.push(Derivative::ThirdAlong(direction));
        all.extend(line.has_fourth().then_some(Derivative::FourthAlong(direction)));
    }
    all.extend(spec.laplacian_weights().map(|_| Derivative::Laplacian));
    all
}

#[test]
fn values_match_the_naive_evaluation() {
    for text in RESIDUALS.into_iter().chain(HIGHER) {
        let program = compile(text);
        let e = Expr::parse(text).unwrap();
        for count in [1, 3, 17, 255, 257] {
            let tile = Tile::new(&program, count);
            let mut values = vec![f32::NAN; count * program.width()];
            tile.with(|at| program.values(at, &mut values));
            for (at, got) in tile.points.iter().zip(values.chunks_exact(program.width())) {
                for (g, w) in got.iter().zip(evaluate(&e, at)) {
                    // Some tens of roundings in float32.
                    assert!((f64::from(*g) - w).abs() <= 2e-5 * (1.0 + w.abs()), "{text}: {g} for {w}");
                }
            }
        }
    }
}

/// The loss in float64 as a function of the jet numbers and trainable scalars.
struct Loss {
    graph: Graph,
    roots: Vec<Id>,
    norm: Norm,
    scale: f64,
}

impl Loss {
    fn new(text: &str, norm: Norm, scale: f64) -> Self {
        Self::within(&scope(), text, norm, scale)
    }

    fn within(scope: &Scope, text: &str, norm: Norm, scale: f64) -> Self {
        let mut lowering = Lowering::new(scope).unwrap();
        let mut value = lowering.value(&Expr::parse(text).unwrap()).unwrap();
        if norm != Norm::L2 {
            value = lowering.moduli(value);
        }
        let roots: Vec<Id> = nodes(&value);
        let Collected { graph, roots, .. } = collect(&lowering.graph, &roots, &[2, 3]);
        Self { graph, roots, norm, scale }
    }

    fn of(&self, at: &Place, jet: impl Fn(JetNumber) -> f64) -> f64 {
        let size = |r: f64| match self.norm {
            Norm::L1 => r.abs(),
            Norm::L2 => r * r,
            Norm::Huber { delta } if r.abs() <= delta => r * r / 2.0,
            Norm::Huber { delta } => delta * (r.abs() - delta / 2.0),
        };
        self.scale * graph_values(&self.graph, &self.roots, at, jet).into_iter().map(size).sum::<f64>()
    }
}

#[test]
fn loss_and_cotangents_match_differences() {
    for (which, text) in RESIDUALS.into_iter().chain(HIGHER).enumerate() {
        let norm = [Norm::L2, Norm::L1, Norm::Huber { delta: 0.4 }][which % 3];
        for norm in [norm, Norm::L2] {
            check_cotangents(text, norm, [1, 17][which % 2], 2e-4);
        }
    }
}

/// A small sum of second derivatives must not be computed as the difference of large numbers.
#[test]
fn small_sums_are_not_what_is_left_of_large_ones() {
    for text in [
        "[1e6*d(p, t, t) + d(p, x, x) + d(p, y, y), laplace(p, x, y)]",
        "[laplace(p, x, y), laplace(p, x, y) + 1e6*d(p, t, t)]",
        "[1e6*d(p, x, x) + d(p, y, y) + d(p, t, t), laplace(p, y, t), laplace(p) + d(p, x, x)]",
    ] {
        let (program, e) = (compile(text), Expr::parse(text).unwrap());
        // The fewest channels: the value, the gradient, one sum and one single second derivative.
        assert_eq!(program.jets()[1].as_ref().unwrap().channels(), 6, "{text}");
        let (tile, width) = (Tile::new(&program, 17), program.width());
        let mut values = vec![f32::NAN; 17 * width];
        tile.with(|at| program.values(at, &mut values));
        for (at, got) in tile.points.iter().zip(values.chunks_exact(width)) {
            for (got, want) in got.iter().zip(evaluate(&e, at)) {
                assert!(
                    (f64::from(*got) - want).abs() < 1e-5 * (1.0 + want.abs()),
                    "{text}: {got}, not {want}"
                );
            }
        }
    }
}

/// Whether all intermediate values of the residual at `count` points are small. The rounding errors of large
/// float32 numbers that cancel are not under test.
fn is_tame(program: &Program, loss: &Loss, count: usize) -> bool {
    let tile = Tile::new(program, count);
    let all: Vec<Id> = (0..loss.graph.len()).collect();
    tile.points.iter().all(|at| {
        let exact = |n: JetNumber| wave_jet(n, tile.specs[n.field].as_ref().unwrap(), &at.x);
        graph_values(&loss.graph, &all, at, exact).iter().all(|value| value.abs() < 8.0)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, max_global_rejects: 20_000, ..ProptestConfig::default() })]

    #[test]
    fn cotangents_of_random_expressions_match_differences(e in smooth(), which in 0usize..4, count in 1usize..18) {
        let e = match which {
            0 => e,
            1 => e.d("x"),
            2 => e.laplace(),
            _ => e.grad().norm() - 1.0,
        };
        let program = Program::compile(&e, &scope());
        prop_assume!(program.is_ok());
        let text = e.to_string();
        prop_assume!(is_tame(&program.unwrap(), &Loss::new(&text, Norm::L2, 0.7), count));
        check_cotangents(&text, Norm::L2, count, 5e-3);
    }
}

/// Compares with central differences in float64. The error is at most `tolerance (1 + |expected|)`.
fn check_cotangents(text: &str, norm: Norm, count: usize, tolerance: f64) {
    check_cotangents_in(&scope(), text, norm, count, tolerance);
}

/// As [`check_cotangents`], with the names of `scope`, as the constraint of a problem is compiled.
pub fn check_cotangents_in(scope: &Scope, text: &str, norm: Norm, count: usize, tolerance: f64) {
    let e = Expr::parse(text).unwrap();
    let program = match norm {
        Norm::L2 => Program::compile(&e, scope),
        _ => Program::compile_moduli(&e, scope),
    };
    let (program, loss) = (program.unwrap(), Loss::within(scope, text, norm, 0.7));
    let tile = Tile::new(&program, count);
    let (got, cotangents, scalars) = tile.run(&program, norm, 0.7);
    let step = 1e-6;
    let mut total = 0.0;
    let mut wanted_scalars = [0.0; 2];
    for (i, at) in tile.points.iter().enumerate() {
        let exact = |n: JetNumber| wave_jet(n, tile.specs[n.field].as_ref().unwrap(), &at.x);
        total += loss.of(at, exact);
        for (scalar, sum) in wanted_scalars.iter_mut().enumerate() {
            let moved = |by: f64| {
                let mut at = at.clone();
                at.trainable[scalar] += by;
                loss.of(&at, exact)
            };
            *sum += (moved(step) - moved(-step)) / (2.0 * step);
        }
        let entering = (0..2).filter(|&f| tile.specs[f].is_some());
        for (field, bars) in entering.zip(&cotangents) {
            let spec = tile.specs[field].as_ref().unwrap();
            for (channel, derivative) in channels(spec).into_iter().enumerate() {
                for output in 0..WIDTHS[field] {
                    let number = JetNumber { field, output, derivative };
                    let moved = |by: f64| loss.of(at, |n| exact(n) + if n == number { by } else { 0.0 });
                    let wanted = (moved(step) - moved(-step)) / (2.0 * step);
                    let bar = f64::from(bars[(channel * count + i) * WIDTHS[field] + output]);
                    assert!(
                        (bar - wanted).abs() <= tolerance * (1.0 + wanted.abs()),
                        "{text} {norm:?} {number:?}: {bar} for {wanted}"
                    );
                }
            }
        }
    }
    assert!((got - total).abs() <= 0.1 * tolerance * (1.0 + total.abs()), "{text}: {got} for {total}");
    for (got, wanted) in scalars.iter().zip(wanted_scalars) {
        assert!((got - wanted).abs() <= tolerance * (1.0 + wanted.abs()), "{text}: {got} for {wanted}");
    }
}

#[test]
fn a_branch_not_taken_does_no_harm() {
    // On the branch not taken, the slope may be infinite or NaN.
    for text in
        ["where(u > 2, sqrt(u - 9), u)", "where(u < 2, u, log(u - 9)*p)", "max(u, u - 9)*1/norm([0*u, 1])"]
    {
        let program = compile(text);
        let (loss, cotangents, _) = Tile::new(&program, 5).run(&program, Norm::L2, 1.0);
        assert!(loss.is_finite() && cotangents.iter().flatten().all(|c| c.is_finite()), "{text}");
    }
    // The gradient is 0, as on the ridge of a distance field.
    let scope = scope();
    let program = Program::compile(&Expr::parse("norm(grad(u)) - 1").unwrap(), &scope).unwrap();
    let mut tile = Tile::new(&program, 3);
    tile.jets[0].fill(0.0);
    let (loss, cotangents, _) = tile.run(&program, Norm::L2, 1.0);
    assert_eq!(loss, 3.0);
    assert!(cotangents[0].iter().all(|c| *c == 0.0));
}

#[test]
fn cotangents_are_added() {
    let program = compile("u - a");
    let tile = Tile::new(&program, 3);
    let (_, once, _) = tile.run(&program, Norm::L2, 1.0);
    let mut twice = once.clone();
    tile.with(|at| {
        let mut to: Vec<&mut [f32]> = twice.iter_mut().map(Vec::as_mut_slice).collect();
        program.run(at, Norm::L2, 1.0, &mut to, &mut [0.0; 2])
    });
    for (once, twice) in once[0].iter().zip(&twice[0]) {
        assert_eq!(*twice, 2.0 * once);
    }
}

#[test]
fn not_a_number_is_passed_on() {
    for text in ["min(u, 1)", "max(1, u)", "clamp(u, 0, 1)", "abs(u)", "sign(u) + u", "softplus(u)"] {
        let program = compile(text);
        let mut tile = Tile::new(&program, 9);
        tile.jets[0][4] = f32::NAN;
        assert!(tile.run(&program, Norm::L1, 1.0).0.is_nan(), "{text}");
    }
}

#[test]
fn smaller_tiles_sum_to_the_whole() {
    // Numbers that a larger tile left in a slot are not read.
    let program = compile("[sin(u)*p, q]");
    let whole = Tile::new(&program, 257).run(&program, Norm::L2, 1.0);
    let one = Tile::new(&program, 1).run(&program, Norm::L2, 1.0);
    let sum: f64 = whole.1[0].iter().take(1).map(|c| f64::from(*c)).sum();
    assert_eq!(sum, f64::from(one.1[0][0]));
}
