//! What the general form of a loss costs: steps of the standard workloads stated as problems, and of the
//! same losses written by hand, timed in turn.
//!
//! `cargo run --release --example general_form -- [ROUNDS [NAME]]`

use std::error::Error;
use std::time::Instant;

use sinefield::engine::Differentiator;
use sinefield::engine::cpu::CpuEngine;
use sinefield::engine::{Jets, Objective};
use sinefield::expr::{Expr, Norm};
use sinefield::field::{Field, FieldConfig};
use sinefield::fit::{Moment, Task};
use sinefield::jet::JetSpec;
use sinefield::problem::{Column, ConstraintEntry, Description, Domain, FieldEntry, Interval, Problem};

/// A workload: `inputs -> hidden x sine layers -> outputs`, and its points.
struct Case {
    name: &'static str,
    points: usize,
    shape: [usize; 4],
    residual: &'static str,
    /// The channels held against targets; of a signed distance all.
    channels: std::ops::Range<usize>,
}

const CASES: [Case; 6] = [
    case("image", 65_536, [2, 256, 4, 1], "u - target", 0..1),
    case("gradient", 65_536, [2, 256, 4, 1], "grad(u) - target", 1..3),
    case("laplacian", 65_536, [2, 256, 4, 1], "laplace(u) - target", 3..4),
    case("sdf", 40_000, [3, 256, 4, 1], DISTANCE, 0..4),
    case("narrow", 65_536, [2, 32, 5, 3], "u - target", 0..1),
    case("wide", 16_384, [3, 1024, 4, 3], "u - target", 0..1),
];

const DISTANCE: &str = "[where(on, 3e3*u, 1e2*exp(-1e2*abs(u))), \
     where(on, 1e2*(1 - dot(grad(u), target)/norm(grad(u))), 0), 5e1*(norm(grad(u)) - 1)]";

const fn case(
    name: &'static str,
    points: usize,
    shape: [usize; 4],
    residual: &'static str,
    channels: std::ops::Range<usize>,
) -> Case {
    Case { name, points, shape, residual, channels }
}

impl Case {
    fn is_distance(&self) -> bool {
        self.residual == DISTANCE
    }

    /// Numbers of a point's target.
    fn width(&self) -> usize {
        if self.is_distance() { 3 } else { self.channels.len() * self.shape[3] }
    }

    fn network(&self) -> FieldConfig {
        let [inputs, hidden, sine_layers, outputs] = self.shape;
        FieldConfig { hidden, layers: sine_layers - 1, ..FieldConfig::new(inputs, outputs) }
    }

    /// The workload in words.
    fn problem(&self, coordinates: &[f32], targets: &[f32]) -> Result<Problem, Box<dyn Error>> {
        let inputs = self.shape[0];
        let side = Interval::new(-1.0, 1.0);
        let domain = match inputs {
            2 => Domain::Grid(vec![(side, self.points.isqrt()); 2]),
            _ => Domain::Points { dimension: inputs, coordinates: coordinates.into() },
        };
        let on = (0..self.points)
            .map(|point| f32::from(u8::from(point < self.points / 2)))
            .collect::<Vec<f32>>()
            .into();
        let mut columns = vec![
            Column {
                name: "target".into(),
                width: self.width(),
                complex: false,
                values: targets.to_vec().into(),
            },
            Column { name: "on".into(), width: 1, complex: false, values: on },
        ];
        columns.truncate(if self.is_distance() { 2 } else { 1 });
        let axes = &["x", "y", "z"][..inputs];
        let field = FieldEntry {
            network: self.network(),
            ranges: vec![Some(side); inputs],
            ..FieldEntry::new("u", axes)
        };
        let constraint = ConstraintEntry {
            columns,
            norm: if self.is_distance() { Norm::L1 } else { Norm::L2 },
            ..ConstraintEntry::new(self.name, Expr::parse(self.residual)?, axes, domain)
        };
        let (fields, constraints) = (vec![field], vec![constraint]);
        Ok(Problem::new(Description { fields, constraints, ..Description::default() })?)
    }
}

/// The same by hand.
struct ByHand<'a> {
    case: &'a Case,
    spec: JetSpec,
    coordinates: &'a [f32],
    /// Channel after channel, `(points, outputs)` each; of a signed distance the normals, `(points, 3)`.
    targets: Vec<f32>,
}

impl Objective for ByHand<'_> {
    fn spec(&self) -> &JetSpec {
        &self.spec
    }

    fn points(&self) -> usize {
        self.case.points
    }

    fn coordinates(&self, start: usize, out: &mut [f64]) {
        let from = start * self.case.shape[0];
        let from = &self.coordinates[from..from + out.len()];
        out.iter_mut().zip(from).for_each(|(x, from)| *x = f64::from(*from));
    }

    fn residual(&self, start: usize, jets: &Jets<'_>, bars: &mut [f32]) -> f64 {
        let share = 1.0 / self.case.points as f32;
        if self.case.is_distance() {
            return (0..jets.points).map(|point| self.distance(start + point, point, jets, bars)).sum();
        }
        let (size, all) = (jets.points * jets.outputs, self.case.points * jets.outputs);
        let mut sum = 0.0;
        for (index, channel) in self.case.channels.clone().enumerate() {
            let targets = &self.targets[index * all + start * jets.outputs..];
            let bars = &mut bars[channel * size..(channel + 1) * size];
            for ((got, wanted), bar) in jets.channel(channel).iter().zip(targets).zip(bars) {
                let error = got - wanted;
                *bar = 2.0 * share * error;
                sum += f64::from(error * error);
            }
        }
        sum * f64::from(share)
    }
}

impl ByHand<'_> {
    fn distance(&self, index: usize, point: usize, jets: &Jets<'_>, bars: &mut [f32]) -> f64 {
        let share = 1.0 / self.case.points as f32;
        let [u, g @ ..] = [0, 1, 2, 3].map(|channel| jets.channel(channel)[point]);
        let norm = g.iter().map(|x| x * x).sum::<f32>().sqrt();
        let mut loss = 5e1 * (norm - 1.0).abs();
        let pull = 5e1 * (norm - 1.0).signum() / norm;
        let mut g_bar = g.map(|x| pull * x);
        let u_bar;
        if index < self.case.points / 2 {
            let n = &self.targets[index * 3..index * 3 + 3];
            let cosine = g.iter().zip(n).map(|(g, n)| g * n).sum::<f32>() / norm;
            loss += 3e3 * u.abs() + 1e2 * (1.0 - cosine);
            u_bar = 3e3 * u.signum();
            g_bar.iter_mut().zip(n).zip(g).for_each(|((bar, n), g)| {
                *bar -= 1e2 * (n - cosine * g / norm) / norm;
            });
        } else {
            let fall = (-1e2 * u.abs()).exp();
            loss += 1e2 * fall;
            u_bar = -1e4 * fall * u.signum();
        }
        for (channel, bar) in [u_bar, g_bar[0], g_bar[1], g_bar[2]].into_iter().enumerate() {
            bars[channel * jets.points + point] = bar * share;
        }
        f64::from(loss * share)
    }
}

/// Numbers in [-1, 1) that look drawn.
fn draw(count: usize, phase: f64) -> Vec<f32> {
    (0..count).map(|i| (((i as f64 * 0.754_877_666 + phase).fract()) * 2.0 - 1.0) as f32).collect()
}

/// `targets`, `(points, width)`, as they are wanted by hand.
fn by_channel(case: &Case, targets: &[f32]) -> Vec<f32> {
    if case.is_distance() {
        return targets.to_vec();
    }
    let (width, outputs) = (case.width(), case.shape[3]);
    let channel =
        |c: usize| targets.chunks_exact(width).flat_map(move |t| &t[c * outputs..(c + 1) * outputs]);
    (0..case.channels.len()).flat_map(channel).copied().collect()
}

/// The median over rounds of the problem's time over that by hand, and of the latter, in seconds.
fn measure(engine: &CpuEngine, case: &Case, rounds: usize) -> Result<(f64, f64), Box<dyn Error>> {
    let coordinates = match case.shape[0] {
        2 => {
            let side = case.points.isqrt();
            let at = |i: usize| -1.0 + 2.0 * i as f32 / (side - 1) as f32;
            (0..case.points).flat_map(|point| [at(point / side), at(point % side)]).collect()
        }
        inputs => draw(case.points * inputs, 0.1),
    };
    let mut targets = draw(case.points * case.width(), 0.7);
    if case.is_distance() {
        for n in targets.chunks_exact_mut(3) {
            let length = n.iter().map(|x| x * x).sum::<f32>().sqrt();
            n.iter_mut().for_each(|x| *x /= length);
        }
    }
    let problem = case.problem(&coordinates, &targets)?;
    let spec = problem.terms()[0].fields[0].jet.clone();
    let targets = by_channel(case, &targets);
    let by_hand = ByHand { case, spec: spec.clone(), coordinates: &coordinates, targets };

    let field = Field::new(&case.network(), 0)?;
    let now = Moment { engine, fields: &[], scalars: &[], step: 0, progress: 0.0, share: 1.0, focus: &[] };
    let system = problem.system(0, &now)?;
    let mut joint = engine.joint_stepper(&[(field.architecture(), &spec)])?;
    let mut alone = engine.stepper(field.architecture(), &spec)?;
    let mut gradient = vec![0.0; field.parameters().len()];
    let (mut ratios, mut times) = (Vec::new(), Vec::new());
    for round in 0..=rounds {
        let start = Instant::now();
        let hand = alone.gradient(field.parameters(), &by_hand, &mut gradient);
        let middle = Instant::now();
        let general = joint.gradient(&[field.parameters()], system.as_ref(), &mut [&mut gradient], &mut []);
        let (first, second) = ((middle - start).as_secs_f64(), middle.elapsed().as_secs_f64());
        if (general - hand).abs() > 1e-4 * hand.abs() {
            return Err(format!("{}: the losses are {general} and {hand}", case.name).into());
        }
        if round > 0 {
            ratios.push(second / first);
            times.push(first);
        }
    }
    Ok((median(&mut ratios), median(&mut times)))
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let rounds = arguments.next().map_or(Ok(9), |rounds| rounds.parse::<usize>())?.max(1);
    let name = arguments.next();
    let engine = CpuEngine::new(None)?;
    println!("{engine:?}\nworkload    by hand, ms    general form");
    for case in CASES.iter().filter(|case| name.as_deref().is_none_or(|name| name == case.name)) {
        let (ratio, seconds) = measure(&engine, case, rounds)?;
        println!("{:<10}{:>13.1}{:>+14.1} %", case.name, seconds * 1e3, 100.0 * (ratio - 1.0));
    }
    Ok(())
}
