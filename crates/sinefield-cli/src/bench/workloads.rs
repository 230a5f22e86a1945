//! The standard training-step workloads, as numbers that any peer can be timed on.
//!
//! A step evaluates the loss and its gradient with respect to every parameter on a full batch, then
//! makes one Adam update. `render` only evaluates.

use sinefield::engine::{Jets, Objective};
use sinefield::jet::JetSpec;

/// What a workload's loss is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    /// Mean squared error of the value.
    Value,
    /// Mean over points of the squared error of the gradient.
    Gradient,
    /// Mean squared error of the Laplacian.
    Laplacian,
    /// The four terms of a signed distance: half the points on the surface, half off it.
    SignedDistance,
    /// None: forward only.
    Render,
}

/// One workload: a network `inputs -> hidden x sine_layers -> outputs` and a number of points.
#[derive(Clone, Copy, Debug)]
pub struct Workload {
    /// The name it is asked for by.
    pub name: &'static str,
    /// Points of a step.
    pub points: usize,
    /// Coordinates.
    pub inputs: usize,
    /// Width.
    pub hidden: usize,
    /// Sine layers, the first included.
    pub sine_layers: usize,
    /// Outputs.
    pub outputs: usize,
    /// What is evaluated.
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

/// The workload of a name.
pub fn named(name: &str) -> Result<Workload, String> {
    let found = WORKLOADS.into_iter().find(|workload| workload.name == name);
    found.ok_or_else(|| format!("\"{name}\" is no workload; give some of {}", names()))
}

/// Every workload's name, as a sentence would list them.
pub fn names() -> String {
    WORKLOADS.map(|workload| workload.name).join(", ")
}

/// The objective of a workload: its points and targets, drawn once.
pub struct Task {
    workload: Workload,
    spec: JetSpec,
    /// Coordinates of scattered points; none for a grid, which is computed.
    scattered: Vec<f32>,
    targets: Vec<f32>,
    normals: Vec<f32>,
}

impl Task {
    /// Draws a workload's points and targets.
    pub fn new(workload: Workload) -> Self {
        let Workload { points, inputs, outputs, loss, .. } = workload;
        let spec = match loss {
            Loss::Value | Loss::Render => JetSpec::value(inputs),
            Loss::Gradient | Loss::SignedDistance => JetSpec::gradient(inputs),
            Loss::Laplacian => JetSpec::laplacian(inputs),
        };
        let on_grid = inputs == 2;
        let mut draws = (0..).map(scatter);
        let mut take = |count: usize| -> Vec<f32> { draws.by_ref().take(count).collect() };
        let scattered = take(if on_grid { 0 } else { points * inputs });
        let targets = take(match loss {
            Loss::Render | Loss::SignedDistance => 0,
            Loss::Gradient => points * inputs,
            _ => points * outputs,
        });
        let mut normals = take(if loss == Loss::SignedDistance { points * 3 } else { 0 });
        for n in normals.chunks_exact_mut(3) {
            let length = n.iter().map(|x| x * x).sum::<f32>().sqrt().max(1e-6);
            n.iter_mut().for_each(|x| *x /= length);
        }
        Self { workload, spec, scattered, targets, normals }
    }

    /// One point of the signed-distance loss: returns its share and writes its cotangents.
    ///
    /// `3e3 |u|` and `1e2 (1 - cos(∇u, n))` on the surface, `1e2 exp(-1e2 |u|)` off it, and
    /// `5e1 | |∇u| - 1 |` everywhere.
    fn signed_distance(&self, index: usize, u: f32, g: [f32; 3], bars: &mut [f32; 4]) -> f64 {
        let share = 1.0 / self.workload.points as f32;
        let norm = g.iter().map(|x| x * x).sum::<f32>().sqrt().max(1e-12);
        let mut loss = 5e1 * (norm - 1.0).abs();
        let pull = 5e1 * (norm - 1.0).signum() / norm;
        let mut g_bar = g.map(|x| pull * x);
        let u_bar;
        if index < self.workload.points / 2 {
            let n = &self.normals[index * 3..index * 3 + 3];
            let cosine = g.iter().zip(n).map(|(g, n)| g * n).sum::<f32>() / norm;
            loss += 3e3 * u.abs() + 1e2 * (1.0 - cosine);
            u_bar = 3e3 * u.signum();
            for i in 0..3 {
                g_bar[i] -= 1e2 * (n[i] - cosine * g[i] / norm) / norm;
            }
        } else {
            let fall = (-1e2 * u.abs()).exp();
            loss += 1e2 * fall;
            u_bar = -1e4 * fall * u.signum();
        }
        *bars = [u_bar, g_bar[0], g_bar[1], g_bar[2]].map(|b| b * share);
        f64::from(loss * share)
    }
}

/// A number in `[-1, 1)` for each index: the mixing function of SplitMix64.
fn scatter(index: u64) -> f32 {
    let mut z = index.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    ((z ^ (z >> 31)) >> 40) as f32 / 8_388_608.0 - 1.0
}

/// Squared error of `got` against `targets`, its derivative into `bars`, both times `share`.
fn squared_error(got: &[f32], targets: &[f32], share: f32, bars: &mut [f32]) -> f64 {
    let mut sum = 0.0;
    for ((got, want), bar) in got.iter().zip(targets).zip(bars) {
        let error = got - want;
        *bar = 2.0 * share * error;
        sum += f64::from(error * error);
    }
    sum * f64::from(share)
}

impl Objective for Task {
    fn spec(&self) -> &JetSpec {
        &self.spec
    }

    fn points(&self) -> usize {
        self.workload.points
    }

    fn coordinates(&self, start: usize, out: &mut [f32]) {
        if !self.scattered.is_empty() {
            let from = start * self.workload.inputs;
            out.copy_from_slice(&self.scattered[from..from + out.len()]);
            return;
        }
        let side = self.workload.points.isqrt();
        let spacing = 2.0 / (side - 1) as f32;
        for (i, x) in out.chunks_exact_mut(2).enumerate() {
            x[0] = ((start + i) / side) as f32 * spacing - 1.0;
            x[1] = ((start + i) % side) as f32 * spacing - 1.0;
        }
    }

    fn residual(&self, start: usize, jets: &Jets<'_>, bars: &mut [f32]) -> f64 {
        let Workload { points, outputs, .. } = self.workload;
        let n = jets.points;
        match self.workload.loss {
            Loss::Render => 0.0,
            Loss::Value => {
                let share = 1.0 / (points * outputs) as f32;
                squared_error(jets.channel(0), &self.targets[start * outputs..], share, bars)
            }
            Loss::Laplacian => {
                let c = self.spec.laplacian_channel().unwrap_or(0);
                let share = 1.0 / points as f32;
                squared_error(jets.channel(c), &self.targets[start..], share, &mut bars[c * n..])
            }
            Loss::Gradient => {
                let share = 1.0 / points as f32;
                let axis = |c: usize, bars: &mut [f32]| {
                    let targets = &self.targets[(c - 1) * points + start..];
                    squared_error(jets.channel(c), targets, share, &mut bars[c * n..])
                };
                axis(1, bars) + axis(2, bars)
            }
            Loss::SignedDistance => {
                let mut loss = 0.0;
                for p in 0..n {
                    let [u, g @ ..] = [0, 1, 2, 3].map(|c| jets.channel(c)[p]);
                    let mut point = [0.0; 4];
                    loss += self.signed_distance(start + p, u, g, &mut point);
                    (0..4).for_each(|c| bars[c * n + p] = point[c]);
                }
                loss
            }
        }
    }
}
