//! Points drawn by their residuals, weights in the order of a coordinate, and balanced constraints.

use std::sync::Arc;

use super::*;
use crate::engine::Jets;
use crate::expr::Norm;
use crate::fit::{BalanceConfig, Checkpoint, Control};
use crate::optimizer::Method;
use crate::problem::file::ProblemFile;

/// Two constraints over a box and its start. Both points and weights of the first depend on the field.
const FILE: &str = r#"
[field.u]
hidden = 13
layers = 1
omega = 3
first_omega = 3

[[constraint]]
name = "equation"
residual = "(d(u, t) + u*d(u, x) - 0.1*d(u, x, x)) / 3"
domain = { box = { t = [0, 1], x = [-1, 1] } }
samples = 61
adaptive = { candidates = 3, every = 4 }
causal = { coordinate = "t", chunks = 5, tolerance = 2.0 }

[[constraint]]
name = "start"
residual = "u + sin(pi*x)"
domain = { box = { t = 0, x = [-1, 1] } }
samples = 17
weight = 5

[fit]
steps = 11
rate = 3e-3
schedule = "constant"
"#;

fn problem(text: &str) -> Result<(Arc<Problem>, FitConfig), String> {
    let file = ProblemFile::parse(text, &[]).map_err(|fault| fault.to_string())?;
    let description = file.description(&mut |file| Err(file.into())).map_err(|fault| fault.to_string())?;
    let problem = Problem::new(description).map_err(|error| file.locate(&error).to_string())?;
    Ok((Arc::new(problem), file.fit))
}

fn begin(text: &str, threads: usize) -> Fit {
    let (problem, config) = problem(text).unwrap();
    let engine = Arc::new(CpuEngine::new(Some(threads)).unwrap());
    Fit::joint(engine, problem.fields(3).unwrap(), problem, config).unwrap()
}

/// With points, weights and factors that depend on the fields, an interrupted fit ends in the bits of a whole one on other
/// threads. The checkpoint goes through a file.
#[test]
fn an_interrupted_fit_resumes_to_the_same_bits() {
    let path = std::env::temp_dir().join(format!("sinefield-focus-{}.checkpoint", std::process::id()));
    let balance = "balance = { every = 3, momentum = 0.5 }\n";
    let fits = [
        format!("{FILE}{balance}"),
        format!("{FILE}{balance}precision = \"f64\"\n"),
        FILE.replace("every = 4", "power = 2, floor = 0.1"),
        FILE.replace("causal", "# causal"),
        FILE.replace("adaptive", "# adaptive"),
        FILE.replace("weight", "windows = { coordinate = \"x\", count = 3 }\nweight")
            .replace("causal", "windows = { coordinate = \"t\", count = 4, until = 0.7 }\ncausal"),
        format!("{FILE}{balance}optimizer = \"gauss-newton\"\n").replace("steps = 11", "steps = 7"),
        format!("{FILE}optimizer = \"gauss-newton\"\ngauss_newton = {{ project = true }}\n")
            .replace("steps = 11", "steps = 7"),
    ];
    for text in fits {
        let mut whole = begin(&text, 3);
        whole.run(|_, _| Control::Continue).unwrap();
        let mut first = begin(&text, 1);
        for _ in 0..5 {
            first.step().unwrap();
        }
        first.checkpoint().save(&path).unwrap();
        let kept = Checkpoint::load(&path).unwrap();
        assert_eq!(kept, first.checkpoint());
        let (problem, config) = problem(&text).unwrap();
        let mut second = Fit::resume(Arc::new(engine()), kept, problem, config).unwrap();
        second.run(|_, _| Control::Continue).unwrap();
        assert_eq!(second.field(), whole.field(), "{text}");
        let plain = FILE.replace("adaptive", "# adaptive").replace("causal", "# causal");
        let mut plain = begin(&plain, 1);
        plain.run(|_, _| Control::Continue).unwrap();
        assert_ne!(plain.field(), whole.field(), "{text}");
    }
    std::fs::remove_file(path).unwrap();
}

/// The residual is `1 + 8 b(x)`, whatever the field is, where b is a bump at 0.7. The part of the points within 0.1 of it
/// is the integral of the law there, since a step takes few of its candidates.
#[test]
fn points_follow_the_residual() {
    let bump = |x: f64| 1.0 + 8.0 * (-((x - 0.7) / 0.05).powi(2)).exp();
    let mut description = description(
        "1 + 8*exp(-((x - 0.7)/0.05)^2) + 1e-20*u",
        &["x", "y"],
        Domain::Box(vec![Interval::new(0.0, 1.0), Interval::new(0.0, 1.0)]),
    );
    let entry = &mut description.constraints[0];
    entry.sampling.samples = Some(255);
    entry.adaptive = Some(Adaptive { power: 2.0, floor: 0.5, candidates: 100, every: 1 });
    let problem = Problem::new(description).unwrap();
    let (engine, fields) = (engine(), problem.fields(1).unwrap());
    let integral = |low: f64, high: f64, f: &dyn Fn(f64) -> f64| {
        (0..1000).map(|i| f(low + (high - low) * (f64::from(i) + 0.5) / 1000.0)).sum::<f64>() * (high - low)
            / 1000.0
    };
    let mean = integral(0.0, 1.0, &|x| bump(x).powi(2));
    let expected = integral(0.6, 0.8, &|x| bump(x).powi(2) / mean + 0.5) / 1.5;
    let (mut near, mut all) = (0.0, 0.0);
    for step in 0..8 {
        let now = Moment {
            engine: &engine,
            fields: &fields,
            scalars: &[],
            step,
            progress: 0.0,
            share: 1.0,
            focus: &[],
        };
        let focus = [problem.focus(0, &now, false).unwrap().unwrap()];
        let system = problem.system(0, &Moment { focus: &focus, ..now }).unwrap();
        assert_eq!(system.points(), 255);
        let mut points = vec![f64::NAN; 510];
        system.coordinates(0, 0, &mut points);
        // In parts, as tiles ask for them.
        let mut part = vec![f64::NAN; 34];
        system.coordinates(0, 200, &mut part);
        assert_eq!(part, points[400..434]);
        near += points.chunks(2).filter(|x| (0.5 + 0.5 * x[0] - 0.7).abs() < 0.1).count() as f64;
        all += 255.0;
    }
    let spread = (expected * (1.0 - expected) / all).sqrt();
    assert!((near / all - expected).abs() < 4.0 * spread + 0.02, "{}, not {expected}", near / all);
}

/// Candidates stay for `every` steps, and a method of few steps has new ones at every step.
#[test]
fn candidates_stay_as_long_as_is_asked() {
    let (problem, _) = problem(FILE).unwrap();
    let (engine, fields) = (engine(), problem.fields(1).unwrap());
    let now = Moment {
        engine: &engine,
        fields: &fields,
        scalars: &[],
        step: 0,
        progress: 0.0,
        share: 1.0,
        focus: &[],
    };
    let mut focus = vec![problem.focus(0, &now, false).unwrap().unwrap()];
    let points = |focus: &[Focus], step| {
        let system = problem.system(0, &Moment { focus, step, ..now }).unwrap();
        let mut points = vec![f64::NAN; 122];
        system.coordinates(0, 0, &mut points);
        points
    };
    assert_ne!(points(&focus, 0), points(&focus, 1));
    for step in 1..9 {
        let next = problem.focus(0, &Moment { step, focus: &focus, ..now }, false).unwrap().unwrap();
        assert_eq!(next == focus[0], !step.is_multiple_of(4), "step {step}");
        assert_eq!(next.drawn, step - step % 4);
        focus = vec![next];
    }
    let anew = problem.focus(0, &Moment { step: 9, focus: &focus, ..now }, true).unwrap().unwrap();
    assert_eq!(anew.drawn, 9);
    // What does not fit the constraint, as from a damaged file, is not used.
    let wrong = Focus { drawn: 3, progress: 0.5, candidates: vec![1.0; 7], weights: vec![1.0; 3] };
    assert_eq!(points(&[wrong], 2), points(&[], 2));
    assert!(problem.focus(1, &now, true).unwrap().is_none() && !problem.has_fixed_points());
}

/// Against the definition: the mean square of the residual over the points of each chunk, in float64 by hand.
#[test]
fn causal_weights_are_those_of_the_paper() {
    let sides = vec![(Interval::new(0.0, 3.0), 7), (Interval::new(0.0, 1.0), 5)];
    let mut description = description("0.3*x + 0.1*t + 1e-20*u", &["t", "x"], Domain::Grid(sides));
    description.constraints[0].causal = Some(Causal { chunks: 3, tolerance: 4.0, ..Causal::new("t") });
    let problem = Problem::new(description).unwrap();
    let (engine, fields) = (engine(), problem.fields(1).unwrap());
    let now = Moment {
        engine: &engine,
        fields: &fields,
        scalars: &[],
        step: 0,
        progress: 0.0,
        share: 1.0,
        focus: &[],
    };
    let focus = problem.focus(0, &now, false).unwrap().unwrap();
    // Times 0, 0.5, .., 3: two in each of the first chunks, and three in the last.
    let mean = |times: [f64; 2]| {
        let squares =
            times.iter().flat_map(|t| (0..5).map(move |i| (0.3 * f64::from(i) / 4.0 + 0.1 * t).powi(2)));
        squares.sum::<f64>() / 10.0
    };
    let (first, second) = (mean([0.0, 0.5]), mean([1.0, 1.5]));
    let want = [1.0, (-4.0 * first).exp(), (-4.0 * (first + second)).exp()];
    for (got, want) in focus.weights.iter().zip(want) {
        assert!((got - want).abs() < 1e-6, "{:?}, not {want}", focus.weights);
    }
    assert!(focus.candidates.is_empty() && !problem.has_fixed_points());
}

/// Losses, cotangents and rows with weights, by hand.
#[test]
fn weights_scale_the_loss_its_cotangents_and_its_rows() {
    let huber = Norm::Huber { delta: 0.5 };
    for norm in [Norm::L1, Norm::L2, huber] {
        let mut description =
            description("[2*u - x, u]", &["x"], Domain::Grid(vec![(Interval::new(0.0, 4.0), 5)]));
        let entry = &mut description.constraints[0];
        (entry.norm, entry.weight, entry.reduce) = (norm, 3.0, Reduce::Sum);
        entry.causal = Some(Causal { chunks: 4, ..Causal::new("x") });
        let problem = Problem::new(description).unwrap();
        let (engine, fields) = (engine(), problem.fields(1).unwrap());
        let focus = [Focus { weights: vec![1.0, 0.5, 0.25, 0.125], ..Focus::default() }];
        let now = Moment {
            engine: &engine,
            fields: &fields,
            scalars: &[],
            step: 0,
            progress: 0.0,
            share: 1.0,
            focus: &focus,
        };
        let system = problem.system(0, &now).unwrap();
        // The points 2, 3 and 4 are in the chunks 2, 3 and 3.
        let (u, weights) = ([1.25f32, -0.125, 2.5], [0.25f64, 0.125, 0.125]);
        let jets = [Jets { data: &u, coordinates: &[0.0; 3], points: 3, outputs: 1 }];
        let value = |r: f64| match norm {
            Norm::L1 => (r.abs(), r.signum()),
            Norm::L2 => (r * r, 2.0 * r),
            _ if r.abs() <= 0.5 => (0.5 * r * r, r),
            _ => (0.5 * (r.abs() - 0.25), 0.5 * r.signum()),
        };
        let (mut bars, mut want) = ([0.0f32; 3], 0.0);
        let loss = system.residual(2, &jets, &mut [&mut bars], &mut []);
        for i in 0..3 {
            let u = f64::from(u[i]);
            let (one, two) = (value(2.0 * u - (2 + i) as f64), value(u));
            want += 3.0 * weights[i] * (one.0 + two.0);
            let slope = 3.0 * weights[i] * (2.0 * one.1 + two.1);
            assert!((f64::from(bars[i]) - slope).abs() < 1e-6, "{norm:?}: {bars:?}, not {slope}");
        }
        assert!((loss - want).abs() < 1e-6, "{norm:?}: {loss}, not {want}");
        let Some(rows) = system.rows() else { continue };
        let (mut r, mut back) = ([f32::NAN; 6], [1.0f32; 3]);
        rows.values(2, &jets, &mut r);
        rows.pull_back(2, &jets, &[1.0, 0.0, 0.0, 2.0, 1.0, 1.0], &mut [&mut back], &mut []);
        let by_u = [2.0, 2.0, 3.0];
        for i in 0..3 {
            let root = (3.0 * weights[i]).sqrt();
            let wanted = [root * (2.0 * f64::from(u[i]) - (2 + i) as f64), root * f64::from(u[i])];
            assert!((f64::from(r[2 * i]) - wanted[0]).abs() < 1e-6, "{r:?}, not {wanted:?}");
            assert!((f64::from(r[2 * i + 1]) - wanted[1]).abs() < 1e-6, "{r:?}, not {wanted:?}");
            assert!((f64::from(back[i]) - 1.0 - root * by_u[i]).abs() < 1e-6, "{back:?}");
        }
    }
}

/// A residual that is 1 for t > 1/2 and 0 before it has as its loss the part of the points that lie after 1/2. The field has
/// a small weight in it.
#[test]
fn the_points_of_a_step_lie_in_its_windows() {
    let file = r#"
[field.u]
hidden = 3
layers = 1

[[constraint]]
name = "late"
residual = "1e-3*u + sigmoid((t - 0.5)*1e4)"
domain = { box = { t = [0, 1], x = [-1, 1] } }
samples = 257
windows = { coordinate = "t", count = 4, until = 0.6 }

[fit]
steps = 11
"#;
    let cases =
        [("uniform", ""), ("even", "sequence = \"low-discrepancy\"\n"), ("adaptive", "adaptive = true\n")];
    for (name, settings) in cases {
        let mut fit = begin(&file.replace("samples", &format!("{settings}samples")), 2);
        for step in 0..11 {
            fit.step().unwrap();
            let (_, loss) = fit.losses().next().unwrap();
            // Windows of length 1/4 are added at the progress 0.2, 0.4 and 0.6.
            let part: f64 = [0.25, 0.25, 0.5, 0.5, 0.75, 0.75, 1.0, 1.0, 1.0, 1.0, 1.0][step];
            let after = ((part - 0.5) / part).max(0.0);
            // Adaptive points gather where the residual is 1.
            let near = loss > after - 0.1 && (loss < after + 0.1 || name == "adaptive");
            assert!(near && (loss > 0.02) == (part > 0.5), "{name}, step {step}: {loss}, not {after}");
        }
    }
}

/// The factors after one step, against the gradients of the constraints one by one. The weight of a constraint does not
/// change its factor. Both kinds of methods scale the losses by the factors.
#[test]
fn factors_are_those_of_the_gradients() {
    let plain = FILE.replace("adaptive", "# adaptive").replace("causal", "# causal");
    let length = |keep: usize| {
        let parts: Vec<&str> = plain.split("[[constraint]]").collect();
        let (head, start) = (parts[0], parts[2].split("[fit]").next().unwrap());
        let kept = [parts[1], start][keep].replace("weight = 5", "");
        // The second constraint has the points of a second one: before it stands one that is almost without weight.
        let first = "[[constraint]]\nresidual = \"u\"\ndomain = { box = { t = [0, 1], x = [-1, 1] } }\nsamples = 1\nweight = 1e-30\n";
        let rest = ["", first][keep];
        let mut fit = begin(&format!("{head}{rest}[[constraint]]{kept}"), 2);
        let mut gradient = vec![f64::NAN; fit.unknowns().len()];
        fit.gradient(0, &mut gradient).unwrap();
        gradient.iter().map(|g| g.powi(2)).sum::<f64>().sqrt()
    };
    let (equation, start) = (length(0), length(1));
    let wanted = [("equation", (equation + start) / equation), ("start", (equation + start) / start)];
    for weight in ["weight = 5", "weight = 0.3"] {
        for optimizer in ["adam", "gauss-newton"] {
            let own = format!("balance = {{ momentum = 0.5 }}\noptimizer = \"{optimizer}\"\n");
            let mut fit = begin(&format!("{plain}{own}").replace("weight = 5", weight), 2);
            let before: Vec<f64> = {
                let mut plain =
                    begin(&format!("{plain}optimizer = \"{optimizer}\"\n").replace("weight = 5", weight), 2);
                plain.step().unwrap();
                plain.losses().map(|(_, loss)| loss).collect()
            };
            fit.step().unwrap();
            let losses: Vec<f64> = fit.losses().map(|(_, loss)| loss).collect();
            for (at, (name, factor)) in fit.balance().unwrap().enumerate() {
                let want = 0.5 + 0.5 * wanted[at].1;
                assert_eq!(name, wanted[at].0);
                assert!((factor / want - 1.0).abs() < 1e-4, "{name}, {optimizer}: {factor}, not {want}");
                assert!(
                    (losses[at] / (factor * before[at]) - 1.0).abs() < 1e-4,
                    "{name}: {losses:?}, {before:?}"
                );
            }
        }
    }
}

/// A method that holds its points has new factors with its new points, also where the points are always the same, and counts the
/// steps from the start of its stage. It goes on with the new loss: it does not compare it with the old one.
#[test]
fn factors_move_where_points_are_held() {
    let plain =
        FILE.replace("adaptive", "# adaptive").replace("causal", "# causal").replace("steps = 11", "");
    let fixed = plain.replace("samples", "draw = \"fixed\"\nsamples");
    let held = "balance = { every = 20, momentum = 0 }\nquasi_newton = { hold = 20 }\n";
    let stage = "[[fit.stage]]\noptimizer = \"ssbroyden\"\nsteps = 60\n";
    let fits = [
        (format!("{fixed}{held}optimizer = \"ssbroyden\"\nsteps = 60"), 0),
        (format!("{plain}{held}optimizer = \"ssbroyden\"\nsteps = 60"), 0),
        (format!("{plain}{held}[[fit.stage]]\nsteps = 7\n{stage}"), 7),
    ];
    for (text, start) in fits {
        let mut fit = begin(&text, 2);
        let mut moved = Vec::new();
        let mut last: Vec<f64> = vec![1.0; 2];
        let outcome = fit.run(|progress, fit| {
            let factors: Vec<f64> = fit.balance().unwrap().map(|(_, factor)| factor).collect();
            if factors != last {
                moved.push(progress.step - 1);
            }
            last = factors;
            Control::Continue
        });
        assert_eq!(outcome.unwrap().steps, start + 60, "{text}");
        let mut due: Vec<usize> = [0, 20, 40].map(|at| start + at).to_vec();
        due.splice(0..0, (start > 0).then_some(0));
        assert_eq!(moved, due, "{text}");
    }
}

#[test]
fn a_balance_is_not_for_methods_that_compare_steps() {
    let balance = Some(BalanceConfig::default());
    let config = FitConfig { balance, optimizer: Method::Lbfgs, ..FitConfig::problem() };
    assert_eq!(
        config.check().unwrap_err().to_string(),
        "balance changes the loss from step to step, which lbfgs cannot have; leave balance out"
    );
    let stages = FILE.to_string()
        + "balance = { every = 2 }\n[[fit.stage]]\nsteps = 3\n[[fit.stage]]\noptimizer = \"lbfgs\"\nsteps = 2\n";
    let wrong = problem(&stages).unwrap_err();
    assert!(wrong.contains("stage 2: balance changes the loss"), "{wrong}");
}

#[test]
fn what_cannot_be_is_refused_at_its_place() {
    let adaptive = "adaptive = { candidates = 3, every = 4 }";
    let causal = "causal = { coordinate = \"t\", chunks = 5, tolerance = 2.0 }";
    let domain = "{ box = { t = [0, 1], x = [-1, 1] } }";
    let cases = [
        (adaptive, "adaptive = true\ndraw = \"fixed\"", "adaptive draws new points, but draw is \"fixed\""),
        (
            domain,
            "{ grid = { t = [0, 1, 9], x = [-1, 1, 9] } }",
            "adaptive is for a body, as a box, and its boundary",
        ),
        (adaptive, "adaptive = { power = 0 }", "the power of adaptive is 0; it must be a positive number"),
        (
            adaptive,
            "adaptive = { power = inf }",
            "the power of adaptive is inf; it must be a positive number",
        ),
        (
            adaptive,
            "adaptive = { floor = -1 }",
            "the floor of adaptive is -1; it must be a number, 0 or more",
        ),
        (
            adaptive,
            "adaptive = { floor = nan }",
            "the floor of adaptive is NaN; it must be a number, 0 or more",
        ),
        (adaptive, "adaptive = { candidates = 1 }", "adaptive has 1 candidates for each of 61 points"),
        (adaptive, "adaptive = { candidates = 900000000 }", "adaptive has 900000000 candidates for each"),
        (adaptive, "adaptive = { every = 0 }", "adaptive.every is 0; it must be 1 or more steps"),
        (adaptive, "adaptive = 3", "adaptive must be true, or a table of power, floor, candidates and every"),
        (
            adaptive,
            "adaptive = { pool = 3 }",
            "adaptive must be true, or a table of power, floor, candidates and every",
        ),
        (
            causal,
            "causal = { coordinate = \"z\" }",
            "causal names the coordinate \"z\", but the domain has t, x",
        ),
        (
            causal,
            "causal = { coordinate = \"t\", chunks = 1 }",
            "causal has 1 chunks; it must have 2 to 65536",
        ),
        (causal, "causal = { coordinate = \"t\", tolerance = -1 }", "the tolerance of causal is -1"),
        (causal, "causal = { chunks = 4 }", "missing field `coordinate`"),
        (causal, "windows = { coordinate = \"x\", count = 1 }", "windows has a count of 1; it must be 2 to"),
        (causal, "windows = { coordinate = \"y\" }", "windows names the coordinate \"y\""),
        (causal, "windows = { count = 4 }", "missing field `coordinate`"),
        ("t = [0, 1]", "t = 0", "causal needs a range of \"t\", which has the one value 0"),
        ("steps = 11", "balance = { every = 0 }", "the number of steps of balance.every is 0"),
        (
            "steps = 11",
            "balance = { momentum = 1.0 }",
            "momentum of balance is 1; it must be at least 0 and below 1",
        ),
    ];
    for (from, to, words) in cases {
        assert!(FILE.contains(from));
        let found = problem(&FILE.replacen(from, to, 1)).unwrap_err();
        assert!(found.contains(words), "{to}: {found}");
        let line = FILE.lines().position(|line| line.contains(from)).unwrap() + 1;
        // Other faults lie at another entry, or in a table as a whole.
        let placed = found.contains(&format!("{line}:"))
            || !to.starts_with("adaptive")
                && !words.starts_with("causal has")
                && !to.contains("windows = { coordinate");
        assert!(placed, "{to}: {found} has no line {line}");
    }
    assert!(problem(&FILE.replace(adaptive, "adaptive = false")).is_ok());
}
