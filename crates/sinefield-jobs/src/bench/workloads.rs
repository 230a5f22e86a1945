//! The standard workloads of training steps, as numbers with which other programs can be timed too.
//!
//! A step evaluates the loss and its gradient with respect to every parameter on a full batch, then
//! makes one Adam update. `render` only evaluates.

use sinefield::expr::{Expr, Norm};
use sinefield::field::FieldConfig;
use sinefield::problem::{Column, ConstraintEntry, Description, Domain, FieldEntry, Interval, Problem};

/// The loss of a workload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    /// Mean squared error of the value.
    Value,
    /// Mean over points of the squared error of the gradient.
    Gradient,
    /// Mean squared error of the Laplacian.
    Laplacian,
    /// The four terms of a signed distance. Half of the points are on the surface. The terms are `3e3 |u|` and
    /// `1e2 (1 - cos(∇u, n))` on it, `1e2 exp(-1e2 |u|)` off it, and `5e1 | |∇u| - 1 |` everywhere.
    SignedDistance,
    /// No loss: only the forward pass.
    Render,
}

/// One workload: a network `inputs -> hidden x sine_layers -> outputs` and a number of points.
#[derive(Clone, Copy, Debug)]
pub struct Workload {
    /// The name in options and reports.
    pub name: &'static str,
    /// Points per step.
    pub points: usize,
    /// Coordinates.
    pub inputs: usize,
    /// Width of the sine layers.
    pub hidden: usize,
    /// Sine layers, the first included.
    pub sine_layers: usize,
    /// Outputs.
    pub outputs: usize,
    /// The loss.
    pub loss: Loss,
}

const fn workload(name: &'static str, shape: [usize; 5], loss: Loss) -> Workload {
    let [points, inputs, hidden, sine_layers, outputs] = shape;
    Workload { name, points, inputs, hidden, sine_layers, outputs, loss }
}

/// Every workload, in the order they are reported.
pub const WORKLOADS: [Workload; 7] = [
    workload("image", [65_536, 2, 256, 4, 1], Loss::Value),
    workload("gradient", [65_536, 2, 256, 4, 1], Loss::Gradient),
    workload("laplacian", [65_536, 2, 256, 4, 1], Loss::Laplacian),
    workload("sdf", [40_000, 3, 256, 4, 1], Loss::SignedDistance),
    workload("narrow", [65_536, 2, 32, 5, 3], Loss::Value),
    workload("wide", [16_384, 3, 1024, 4, 3], Loss::Value),
    workload("render", [1_048_576, 2, 256, 4, 1], Loss::Render),
];

/// The workload called `name`.
///
/// # Errors
/// If there is no such workload.
pub fn named(name: &str) -> Result<Workload, String> {
    let found = WORKLOADS.into_iter().find(|workload| workload.name == name);
    found.ok_or_else(|| format!("\"{name}\" is no workload; give some of {}", names()))
}

/// The names of all workloads, separated by commas.
pub fn names() -> String {
    WORKLOADS.map(|workload| workload.name).join(", ")
}

impl Loss {
    /// The residual, in the problem language.
    fn residual(self) -> &'static str {
        match self {
            // A render does not evaluate its residual.
            Loss::Render | Loss::Value => "u - target",
            Loss::Gradient => "grad(u) - target",
            Loss::Laplacian => "laplace(u) - target",
            Loss::SignedDistance => {
                "[where(on, 3e3*u, 1e2*exp(-1e2*abs(u))), \
                  where(on, 1e2*(1 - dot(grad(u), target)/norm(grad(u))), 0), 5e1*(norm(grad(u)) - 1)]"
            }
        }
    }
}

impl Workload {
    /// The workload as a problem, with fixed points and targets, and full batches.
    pub(super) fn problem(self) -> Result<Problem, Box<dyn std::error::Error>> {
        let Workload { points, inputs, outputs, hidden, sine_layers, loss, .. } = self;
        let mut draws = (0..).map(scatter);
        let mut take = |count: usize| -> Vec<f32> { draws.by_ref().take(count).collect() };
        let side = Interval::new(-1.0, 1.0);
        let domain = match inputs {
            2 => Domain::Grid(vec![(side, points.isqrt()); 2]),
            _ => Domain::Points { dimension: inputs, coordinates: take(points * inputs).into() },
        };
        let width = match loss {
            Loss::Gradient | Loss::SignedDistance => inputs,
            Loss::Render | Loss::Value | Loss::Laplacian => outputs,
        };
        let mut target = take(points * width);
        let mut columns = Vec::new();
        if loss == Loss::SignedDistance {
            for n in target.chunks_exact_mut(3) {
                let length = n.iter().map(|x| x * x).sum::<f32>().sqrt().max(1e-6);
                n.iter_mut().for_each(|x| *x /= length);
            }
            let on = (0..points).map(|i| if i < points / 2 { 1.0 } else { 0.0 }).collect::<Vec<f32>>().into();
            columns.push(Column { name: "on".into(), width: 1, complex: false, values: on });
        }
        columns.push(Column { name: "target".into(), width, complex: false, values: target.into() });
        let axes = &["x", "y", "z"][..inputs];
        let network = FieldConfig { hidden, layers: sine_layers - 1, ..FieldConfig::new(inputs, outputs) };
        let field = FieldEntry { network, ranges: vec![Some(side); inputs], ..FieldEntry::new("u", axes) };
        let constraint = ConstraintEntry {
            columns,
            norm: if loss == Loss::SignedDistance { Norm::L1 } else { Norm::L2 },
            weight: if loss == Loss::Value { 1.0 / outputs as f64 } else { 1.0 },
            ..ConstraintEntry::new(self.name, Expr::parse(loss.residual())?, axes, domain)
        };
        let (fields, constraints) = (vec![field], vec![constraint]);
        Ok(Problem::new(Description { fields, constraints, ..Description::default() })?)
    }
}

/// A number in `[-1, 1)` for each index: the mixing function of SplitMix64.
fn scatter(index: u64) -> f32 {
    let mut z = index.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    ((z ^ (z >> 31)) >> 40) as f32 / 8_388_608.0 - 1.0
}
