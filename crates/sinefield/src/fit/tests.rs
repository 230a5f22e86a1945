//! Tests the fitting loop: its result, its behaviour when stopped, resumed or diverging, and its checkpoint file.

mod factors;
mod held;
mod precision;

use std::sync::Arc;

use super::*;
use crate::engine::Engine;
use crate::engine::cpu::CpuEngine;
use crate::engine::reference::ReferenceEngine;
use crate::field::{Field, FieldConfig};
use crate::optimizer::{Loss, Method};
use crate::recipe::sampled::{Batch, Sampled};

/// A picture whose values are a smooth function of the pixel, `(rows, columns, channels)`.
fn picture(rows: usize, columns: usize, channels: usize) -> Arc<Sampled> {
    let wave = |i: usize| {
        let (row, column) = (i / channels / columns, i / channels % columns);
        0.5 + 0.4 * (0.37 * row as f32 + (i % channels) as f32).sin() * (0.21 * column as f32).cos()
    };
    let values = (0..rows * columns * channels).map(wave).collect();
    Arc::new(Sampled::picture((rows, columns, channels), values, Some((0.0, 1.0))).unwrap())
}

fn batched(picture: Arc<Sampled>, pixels: usize, seed: u64) -> Arc<Sampled> {
    Arc::new(Sampled::clone(&picture).with_batch(Batch::Samples(pixels), seed).unwrap())
}

fn small() -> FieldConfig {
    FieldConfig { hidden: 24, layers: 1, ..FieldConfig::default() }
}

fn engine(threads: usize) -> Arc<dyn Engine> {
    Arc::new(CpuEngine::new(Some(threads)).unwrap())
}

fn begin(picture: &Arc<Sampled>, threads: usize, config: &FitConfig) -> Fit {
    let field = picture.field(&small(), 3).unwrap();
    Fit::new(engine(threads), field, picture.clone(), config.clone()).unwrap()
}

fn config(steps: usize) -> FitConfig {
    FitConfig { steps, ..FitConfig::default() }
}

#[test]
fn learns_pictures_of_any_shape() {
    for (rows, columns, channels) in [(17, 23, 1), (1, 255, 3), (257, 1, 1), (3, 2, 4)] {
        let picture = picture(rows, columns, channels);
        let mut fit = begin(&picture, 2, &config(150));
        let before = fit.psnr().unwrap().unwrap();
        let outcome = fit.run(|_, _| Control::Continue).unwrap();
        let after = fit.psnr().unwrap().unwrap();
        assert_eq!((outcome.stopped_by, outcome.steps), (StoppedBy::Steps, 150));
        assert!(after > before + 15.0, "{rows}x{columns}x{channels}: {before} to {after} dB");
    }
}

/// Compares the measured PSNR with its definition, pixel by pixel, by the float64 reference.
#[test]
fn psnr_is_the_definitions() {
    let picture = picture(9, 7, 2);
    let mut fit = begin(&picture, 2, &config(40));
    fit.run(|_, _| Control::Continue).unwrap();
    let got = fit.psnr().unwrap().unwrap();
    let field = fit.field();
    let parameters: Vec<f64> = field.parameters().iter().map(|&p| f64::from(p)).collect();
    let spec = crate::jet::JetSpec::value(2);
    let mut squares = 0.0;
    for row in 0..9 {
        for column in 0..7 {
            let x = [row as f64 / 4.0 - 1.0, column as f64 / 3.0 - 1.0];
            let values = crate::engine::reference::jet(field.architecture(), &parameters, &spec, &x);
            for (channel, value) in values.iter().enumerate() {
                let phase = 0.37 * row as f64 + channel as f64;
                let wanted = 0.5 + 0.4 * phase.sin() * (0.21 * column as f64).cos();
                squares += (field.meta.value.signal(*value).clamp(0.0, 1.0) - wanted).powi(2);
            }
        }
    }
    let wanted = -10.0 * (squares / 126.0).log10();
    assert!((got - wanted).abs() < 1e-3, "{got} against {wanted}");
}

#[test]
fn an_interrupted_fit_resumes_to_the_same_bits() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("fit.checkpoint");
    let whole = picture(31, 17, 1);
    let batched = batched(picture(31, 17, 1), 100, 5);
    for picture in [&whole, &batched] {
        let mut straight = begin(picture, 2, &config(30));
        straight.run(|_, _| Control::Continue).unwrap();

        let mut first = begin(picture, 1, &config(30));
        let stop_at_11 = |p: &Progress, _: &Fit| if p.step == 11 { Control::Stop } else { Control::Continue };
        let outcome = first.run(stop_at_11).unwrap();
        assert_eq!((outcome.stopped_by, outcome.steps), (StoppedBy::Interrupt, 11));
        first.checkpoint().save(&path).unwrap();

        let loaded = Checkpoint::load(&path).unwrap();
        assert_eq!(loaded, first.checkpoint());
        let engine = engine(2);
        let mut second = Fit::resume(engine, loaded, picture.clone(), config(30)).unwrap();
        second.run(|_, _| Control::Continue).unwrap();
        assert_eq!(second.field(), straight.field());
    }
}

#[test]
fn another_problems_checkpoint_is_refused() {
    let (one, other) = (picture(8, 9, 1), picture(9, 8, 1));
    let mut fit = begin(&one, 1, &config(5));
    fit.run(|_, _| Control::Continue).unwrap();
    let engine = engine(1);
    let resume = |task: &Arc<Sampled>, config| {
        Fit::resume(engine.clone(), fit.checkpoint(), task.clone(), config).err()
    };
    assert!(resume(&one, config(5)).is_none());
    assert!(matches!(resume(&other, config(5)), Some(FitError::OtherProblem(_))));
    assert!(matches!(resume(&one, config(6)), Some(FitError::OtherProblem(_))));
    let batched = batched(picture(8, 9, 1), 7, 0);
    assert!(matches!(resume(&batched, config(5)), Some(FitError::OtherProblem(_))));
}

/// With a constant rate a fit may continue for longer, except if the longer fit has another warm-up.
#[test]
fn a_longer_fit_goes_on_only_where_it_is_the_same() {
    let picture = picture(8, 9, 1);
    let engine = engine(1);
    let constant = |steps| FitConfig { schedule: Schedule::Constant, ..config(steps) };
    for (first, allowed) in [(110, true), (10, false)] {
        let mut part = begin(&picture, 1, &constant(first));
        part.run(|_, _| Control::Continue).unwrap();
        let resumed = Fit::resume(engine.clone(), part.checkpoint(), picture.clone(), constant(130));
        assert_eq!(resumed.is_ok(), allowed, "{first}");
        let Ok(mut resumed) = resumed else { continue };
        let mut whole = begin(&picture, 1, &constant(130));
        whole.run(|_, _| Control::Continue).unwrap();
        resumed.run(|_, _| Control::Continue).unwrap();
        assert_eq!(resumed.field(), whole.field());
    }
}

#[test]
fn a_damaged_checkpoint_is_refused_at_every_length() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("fit.checkpoint");
    let picture = picture(4, 5, 1);
    begin(&picture, 1, &config(5)).checkpoint().save(&path).unwrap();
    let bytes = std::fs::read(&path).unwrap();
    for length in 0..bytes.len() {
        std::fs::write(&path, &bytes[..length]).unwrap();
        assert!(Checkpoint::load(&path).is_err(), "{length} of {} bytes", bytes.len());
    }
    for at in (0..bytes.len()).step_by(7) {
        let mut flipped = bytes.clone();
        flipped[at] ^= 0x20;
        std::fs::write(&path, &flipped).unwrap();
        assert!(Checkpoint::load(&path).is_err(), "byte {at}");
    }
    std::fs::write(&path, b"sinefield checkpoint 2\n{}").unwrap();
    assert!(matches!(Checkpoint::load(&path), Err(CheckpointError::OtherVersion(_))));
}

#[test]
fn a_target_stops_the_fit_once_it_is_measured() {
    let picture = picture(24, 24, 1);
    let mut fit = begin(&picture, 2, &FitConfig { target_psnr: Some(30.0), ..config(2000) });
    let outcome = fit.run(|_, _| Control::Continue).unwrap();
    assert_eq!(outcome.stopped_by, StoppedBy::Target);
    assert!(outcome.steps < 2000 && fit.psnr().unwrap().unwrap() >= 30.0);
}

#[test]
fn a_diverging_fit_says_so_and_keeps_finite_parameters() {
    let picture = picture(12, 12, 1);
    let mut fit = begin(&picture, 1, &FitConfig { rate: 1e30, ..config(50) });
    let error = fit.run(|_, _| Control::Continue).unwrap_err().to_string();
    assert!(error.contains("data") && error.contains("step"), "{error}");
    assert!(fit.field().parameters().iter().all(|p| p.is_finite()));
}

#[test]
fn rates_follow_the_schedule() {
    let config = FitConfig { steps: 120, rate: 2.0, ..FitConfig::default() };
    let near = |step, want: f64| {
        let got = config.rate_at(step);
        assert!((got - want).abs() < 1e-12, "step {step}: {got} against {want}");
    };
    near(0, 0.1);
    near(19, 2.0);
    near(20, 2.0);
    near(119, 0.04);
    // Half of the decay: the mean of both ends.
    let odd = FitConfig { steps: 121, ..config.clone() };
    assert!((odd.rate_at(70) - 1.02).abs() < 1e-12);
    assert_eq!(FitConfig::paper().rate_at(0), 1e-4);
    assert_eq!(FitConfig::paper().rate_at(499), 1e-4);
}

/// Two digits of `2.2e-3 sqrt(3.1 pixels / parameters)`, computed by hand.
#[test]
fn a_network_of_more_parameters_than_pixels_is_fitted_slowly() {
    let rate = |side: usize, config: FieldConfig| {
        let picture = picture(side, side, 1);
        picture.rate(&picture.field(&config, 0).unwrap())
    };
    let network = FieldConfig::default();
    let narrow = FieldConfig { hidden: 64, ..FieldConfig::default() };
    for (side, expected) in [(300, 2.2e-3), (256, 2.2e-3), (128, 1.1e-3), (64, 5.6e-4), (8, 7e-5)] {
        assert_eq!(rate(side, network.clone()), expected, "{side}");
    }
    assert_eq!(rate(128, narrow.clone()), 2.2e-3);
    assert_eq!(rate(32, narrow), 1.1e-3);
    let relu = FieldConfig { activation: crate::field::Activation::Relu, ..FieldConfig::default() };
    assert_eq!(rate(64, relu), 2.2e-3);
}

#[test]
fn impossible_settings_are_refused() {
    let bad = [
        FitConfig { steps: 0, ..FitConfig::default() },
        FitConfig { rate: 0.0, ..FitConfig::default() },
        FitConfig { rate: -1.0, ..FitConfig::default() },
        FitConfig { rate: f64::NAN, ..FitConfig::default() },
        FitConfig { rate: f64::INFINITY, ..FitConfig::default() },
        FitConfig { final_fraction: 1.5, ..FitConfig::default() },
        FitConfig { target_psnr: Some(f64::NAN), ..FitConfig::default() },
    ];
    for config in bad {
        assert!(config.check().is_err(), "{config:?}");
    }
    assert!(Sampled::picture((1, 1, 1), vec![0.0], None).is_err());
    assert!(Sampled::picture((0, 4, 1), vec![], None).is_err());
    assert!(Sampled::picture((2, 2, 1), vec![0.0; 3], None).is_err());
    let message =
        Sampled::picture((2, 3, 1), vec![0., 0., 0., 0., f32::NAN, 0.], None).unwrap_err().to_string();
    assert!(message.contains("row 1, column 1"), "{message}");
}

#[test]
fn a_field_of_other_outputs_is_refused() {
    let engine = engine(1);
    let picture = Arc::new(Sampled::picture((4, 3, 3), vec![0.5; 36], None).unwrap());
    for outputs in [1, 2, 4] {
        let field = Field::new(&FieldConfig { hidden: 8, ..FieldConfig::new(2, outputs) }, 0).unwrap();
        let refused = Fit::new(engine.clone(), field, picture.clone(), FitConfig::default()).err();
        let told = "\"data\" needs a field of 3 outputs, but field number 0 has ";
        assert!(refused.is_some_and(|error| error.to_string().contains(told)));
    }
}

/// `s u v - 0.3` and `v - s` over points of a line. The first term has both fields, the second only `v`. Both terms
/// have the scalar `s`.
struct Product {
    terms: Vec<Term>,
}

impl Product {
    fn new() -> Self {
        let value = |field| TermField { field, outputs: 1, jet: crate::jet::JetSpec::value(1) };
        let term = |name: &str, fields| Term { name: name.into(), fields };
        Self { terms: vec![term("product", vec![value(0), value(1)]), term("second", vec![value(1)])] }
    }
}

struct Line(usize, f32);

impl crate::engine::System for Line {
    fn points(&self) -> usize {
        37
    }

    fn coordinates(&self, _: usize, start: usize, out: &mut [f64]) {
        (start..).zip(out).for_each(|(i, x)| *x = f64::from(i as f32 / 18.0 - 1.0));
    }

    fn residual(
        &self,
        _: usize,
        jets: &[crate::engine::Jets<'_>],
        bars: &mut [&mut [f32]],
        scalars: &mut [f64],
    ) -> f64 {
        let (s, mut sum) = (self.1, 0.0);
        for (point, &first) in jets[0].data.iter().enumerate() {
            let r = if self.0 == 0 { s * first * jets[1].data[point] - 0.3 } else { first - s };
            sum += f64::from(r * r);
            if self.0 == 0 {
                let second = jets[1].data[point];
                (bars[0][point], bars[1][point]) = (2.0 * r * s * second, 2.0 * r * s * first);
                scalars[0] += f64::from(2.0 * r * first * second);
            } else {
                bars[0][point] = 2.0 * r;
                scalars[0] -= f64::from(2.0 * r);
            }
        }
        sum
    }
}

impl Task for Product {
    fn terms(&self) -> &[Term] {
        &self.terms
    }

    fn fingerprint(&self) -> u64 {
        7
    }

    fn system(
        &self,
        term: usize,
        moment: &Moment<'_>,
    ) -> Result<Box<dyn crate::engine::System + '_>, TaskError> {
        Ok(Box::new(Line(term, moment.scalars[0] as f32)))
    }

    fn scalars(&self) -> Vec<f64> {
        vec![0.4]
    }
}

fn two_fields() -> Vec<crate::field::Field> {
    let network = |hidden| FieldConfig { hidden, layers: 1, ..FieldConfig::new(1, 1) };
    [(5, 1), (17, 2)].map(|(h, seed)| crate::field::Field::new(&network(h), seed).unwrap()).to_vec()
}

/// Compares all gradients of the joint loss with differences of the loss in float64.
#[test]
fn several_fields_and_a_scalar_are_differentiated_together() {
    let task = Product::new();
    let engine = engine(2);
    let fields = two_fields();
    let loss = |fields: &[Vec<f64>], s: f64| -> f64 {
        let spec = crate::jet::JetSpec::value(1);
        let of = two_fields();
        let at = |field: usize, x: f64| {
            crate::engine::reference::jet(of[field].architecture(), &fields[field], &spec, &[x])[0]
        };
        let term = |i: usize| {
            let x = f64::from(i as f32 / 18.0 - 1.0);
            (s * at(0, x) * at(1, x) - 0.3).powi(2) + (at(1, x) - s).powi(2)
        };
        (0..37).map(term).sum()
    };
    let mut unknowns = unknowns::Unknowns { fields, scalars: vec![0.4] };
    let mut terms = terms::Terms::new(engine.as_ref(), &task, &unknowns, (0, Default::default())).unwrap();
    let theta = unknowns.vector();
    let mut gradient = vec![f32::NAN; theta.len()];
    let got = terms::StepLoss {
        terms: &mut terms,
        task: &task,
        engine: engine.as_ref(),
        unknowns: &mut unknowns,
        step: 0,
        progress: 0.0,
        share: 1.0,
        focus: &[],
    }
    .evaluate(&theta, &mut gradient)
    .unwrap();
    let points = terms.points;
    let (gradients, scalar_gradient) = unknowns.split(&mut gradient);
    let exact: Vec<Vec<f64>> =
        unknowns.fields.iter().map(|f| f.parameters().iter().map(|&p| f64::from(p)).collect()).collect();
    let s = f64::from(0.4f32);
    assert_eq!(points, 74);
    assert!((got - loss(&exact, s)).abs() < 1e-4 * got);
    let step = 1e-5;
    let by_scalar = (loss(&exact, s + step) - loss(&exact, s - step)) / (2.0 * step);
    assert!((f64::from(scalar_gradient[0]) - by_scalar).abs() < 1e-3 * by_scalar.abs().max(1.0));
    for (field, stride) in [(0, 3), (1, 29)] {
        for at in (0..exact[field].len()).step_by(stride) {
            let moved = |by: f64| {
                let mut moved = exact.clone();
                moved[field][at] += by;
                loss(&moved, s)
            };
            let want = (moved(step) - moved(-step)) / (2.0 * step);
            let got = f64::from(gradients[field][at]);
            assert!(
                (got - want).abs() < 2e-3 * want.abs().max(1.0),
                "field {field}, {at}: {got}, not {want}"
            );
        }
    }
}

#[test]
fn several_fields_resume_to_the_same_bits() {
    let (task, engine) = (Arc::new(Product::new()), engine(2));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("joint.checkpoint");
    let mut straight = Fit::joint(engine.clone(), two_fields(), task.clone(), config(200)).unwrap();
    let mut begun = f64::NAN;
    let end = straight.run(|progress, _| {
        begun = if progress.step == 1 { progress.loss } else { begun };
        Control::Continue
    });
    assert!(end.unwrap().final_loss < 0.1 * begun);
    let mut first = Fit::joint(engine.clone(), two_fields(), task.clone(), config(200)).unwrap();
    first.run(|p, _| if p.step == 7 { Control::Stop } else { Control::Continue }).unwrap();
    first.checkpoint().save(&path).unwrap();
    let mut second =
        Fit::resume(engine.clone(), Checkpoint::load(&path).unwrap(), task.clone(), config(200)).unwrap();
    second.run(|_, _| Control::Continue).unwrap();
    assert_eq!(second.fields(), straight.fields());
    assert_eq!(second.scalars(), straight.scalars());
    assert_ne!(second.scalars(), [0.4]);
    let too_few = Fit::joint(engine, two_fields()[..1].to_vec(), task, config(3));
    assert!(matches!(too_few.err(), Some(FitError::NoField { field: 1, .. })));
}

/// A later version may change everything except the version of the entry and the checksum.
#[test]
fn a_later_versions_checkpoint_is_told_as_such() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("fit.checkpoint");
    let fields = two_fields();
    let bytes =
        container::encode(&fields, &[], "sinefield-checkpoint", |_| "{\"version\": 4}".into()).unwrap();
    std::fs::write(&path, bytes).unwrap();
    assert!(matches!(Checkpoint::load(&path), Err(CheckpointError::OtherVersion(_))));
    fields[0].save(&path).unwrap();
    let foreign = Checkpoint::load(&path);
    assert!(matches!(foreign, Err(CheckpointError::Foreign(_) | CheckpointError::Damaged { .. })));
}

/// Other tools can open the file: the safetensors crate reads every tensor by its name.
#[test]
fn a_checkpoint_is_a_safetensors_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("fit.checkpoint");
    let mut fit = begin(&picture(5, 3, 1), 1, &config(4));
    fit.run(|_, _| Control::Continue).unwrap();
    fit.checkpoint().save(&path).unwrap();
    let bytes = std::fs::read(&path).unwrap();
    let tensors = safetensors::SafeTensors::deserialize(&bytes).unwrap();
    let weight = tensors.tensor("fields.0.layers.0.weight").unwrap();
    assert_eq!(weight.shape(), [24, 2]);
    assert_eq!(weight.data(), bytemuck::cast_slice::<f32, u8>(fit.field().weight(0).unwrap()));
    let count = fit.field().parameters().len();
    for name in ["optimizer.mean", "optimizer.square"] {
        assert_eq!(tensors.tensor(name).unwrap().shape(), [count], "{name}");
    }
}

/// After a divergence the fit has the state of the last usable loss, and continues at a lower rate.
#[test]
fn a_diverged_fit_resumes_at_a_lower_rate() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("fit.checkpoint");
    let picture = picture(12, 12, 1);
    let fast = FitConfig { rate: 1e19, warmup: 0, ..config(50) };
    let mut fit = begin(&picture, 1, &fast);
    let error = fit.run(|_, _| Control::Continue).unwrap_err();
    let FitError::Diverged { step, rate, .. } = error else { panic!("{error}") };
    assert_eq!(rate, Some(1e19));
    let checkpoint = fit.checkpoint();
    assert!(checkpoint.diverged && checkpoint.step + 2 >= step);
    // A new fit has the same state after as many steps.
    let mut again = begin(&picture, 1, &fast);
    for _ in 0..checkpoint.step {
        again.step().unwrap();
    }
    assert_eq!((again.field(), &again.checkpoint().optimizer), (fit.field(), &checkpoint.optimizer));
    checkpoint.save(&path).unwrap();
    let slow = FitConfig { rate: 1e-3, ..fast };
    let loaded = Checkpoint::load(&path).unwrap();
    let mut resumed = Fit::resume(engine(1), loaded, picture.clone(), slow.clone()).unwrap();
    assert_eq!(resumed.run(|_, _| Control::Continue).unwrap().stopped_by, StoppedBy::Steps);
    // A fit that did not diverge keeps its rate.
    let mut sound = begin(&picture, 1, &config(50));
    sound.step().unwrap();
    assert!(Fit::resume(engine(1), sound.checkpoint(), picture, slow).is_err());
}

/// Both engines and both optimisers fit a tiny picture through the same interface.
#[test]
fn engines_and_optimizers_are_exchangeable() {
    let picture = picture(5, 4, 1);
    let network = FieldConfig { hidden: 8, layers: 1, ..FieldConfig::default() };
    for optimizer in Method::ALL {
        let config = FitConfig { optimizer, rate: 5e-3, ..config(30) };
        let losses = [engine(2), Arc::new(ReferenceEngine)].map(|engine| {
            let field = picture.field(&network, 3).unwrap();
            let mut fit = Fit::new(engine, field, picture.clone(), config.clone()).unwrap();
            let mut losses = Vec::new();
            fit.run(|progress, _| {
                losses.push(progress.loss);
                Control::Continue
            })
            .unwrap();
            assert!(fit.psnr().unwrap().unwrap() > 20.0);
            losses
        });
        let [fast, exact] = losses;
        assert!(fast[fast.len() - 1] < 0.05 * fast[0], "{optimizer}: {fast:?}");
        // Later losses of the two engines differ, because their rounding differs. A line search decides by comparisons, and
        // rounding can turn one. The bases of SOAP rest on rounding where eigenvalues are near 0.
        let alike = match optimizer {
            Method::Soap => 4,
            _ if optimizer.holds_points() => 2,
            _ => 5,
        };
        for (a, b) in fast.iter().zip(&exact).take(alike) {
            assert!((a - b).abs() < 1e-3 * b, "{optimizer}: {fast:?} and {exact:?}");
        }
    }
}

#[test]
fn lbfgs_refuses_points_that_change() {
    let batched = batched(picture(8, 9, 1), 7, 0);
    let config = FitConfig { optimizer: Method::Lbfgs, ..config(5) };
    let field = batched.field(&small(), 0).unwrap();
    let refused = Fit::new(engine(1), field, batched, config).err();
    assert!(matches!(refused, Some(FitError::FreshPoints { optimizer: "lbfgs" })));
}

#[test]
fn deterministic_methods_resume_to_the_same_bits() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("fit.checkpoint");
    let picture = picture(17, 9, 1);
    for (optimizer, steps) in
        [(Method::Lbfgs, 20), (Method::GaussNewton, 6), (Method::SsBroyden, 40), (Method::Soap, 20)]
    {
        let config = FitConfig { optimizer, ..config(steps) };
        let mut straight = begin(&picture, 2, &config);
        straight.run(|_, _| Control::Continue).unwrap();
        let mut first = begin(&picture, 1, &config);
        for _ in 0..steps / 2 {
            first.step().unwrap();
        }
        first.checkpoint().save(&path).unwrap();
        let mut second =
            Fit::resume(engine(2), Checkpoint::load(&path).unwrap(), picture.clone(), config).unwrap();
        second.run(|_, _| Control::Continue).unwrap();
        assert_eq!(second.field(), straight.field());
    }
}

#[test]
fn fields_of_a_term_must_ascend() {
    struct Backwards(Vec<Term>);
    impl Task for Backwards {
        fn terms(&self) -> &[Term] {
            &self.0
        }
        fn fingerprint(&self) -> u64 {
            0
        }
        fn system(&self, _: usize, _: &Moment<'_>) -> Result<Box<dyn crate::engine::System + '_>, TaskError> {
            unreachable!("it is refused before it is asked")
        }
    }
    let entering = |field| TermField { field, outputs: 1, jet: crate::jet::JetSpec::value(1) };
    for numbers in [[1, 0], [1, 1]] {
        let term = Term { name: "pair".into(), fields: numbers.map(entering).to_vec() };
        let refused = Fit::joint(engine(1), two_fields(), Arc::new(Backwards(vec![term])), config(2)).err();
        assert!(matches!(refused, Some(FitError::FieldOrder { .. })), "{numbers:?}");
    }
}

/// An error of the task is not reported as a divergence.
#[test]
fn what_a_task_cannot_say_ends_the_fit_as_such() {
    struct Broken(Vec<Term>);
    impl Task for Broken {
        fn terms(&self) -> &[Term] {
            &self.0
        }
        fn fingerprint(&self) -> u64 {
            0
        }
        fn system(&self, _: usize, _: &Moment<'_>) -> Result<Box<dyn crate::engine::System + '_>, TaskError> {
            Err(TaskError::Data("the disk is gone".into()))
        }
    }
    let entering = TermField { field: 0, outputs: 1, jet: crate::jet::JetSpec::value(1) };
    let task = Arc::new(Broken(vec![Term { name: "data".into(), fields: vec![entering] }]));
    let mut fit = Fit::joint(engine(1), two_fields()[..1].to_vec(), task, config(2)).unwrap();
    let error = fit.step().unwrap_err();
    assert!(
        matches!(error, FitError::Step { step: 1, .. }) && error.to_string().contains("the disk is gone")
    );
}
