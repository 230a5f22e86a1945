//! The loop: what it learns, what it does when stopped, resumed or diverging, and its file.

use super::*;
use crate::engine::cpu::CpuEngine;
use crate::field::{Field, FieldConfig};
use crate::recipe::image::{Batch, Picture};

/// A picture whose values are a smooth function of the pixel, `(rows, columns, channels)`.
fn picture(rows: usize, columns: usize, channels: usize) -> Picture {
    let wave = |i: usize| {
        let (row, column) = (i / channels / columns, i / channels % columns);
        0.5 + 0.4 * (0.37 * row as f32 + (i % channels) as f32).sin() * (0.21 * column as f32).cos()
    };
    let values = (0..rows * columns * channels).map(wave).collect();
    Picture::new((rows, columns, channels), values, Some((0.0, 1.0))).unwrap()
}

fn small() -> FieldConfig {
    FieldConfig { hidden: 24, layers: 1, ..FieldConfig::default() }
}

fn begin<'t>(picture: &'t Picture, threads: usize, config: &FitConfig) -> Fit<'t> {
    let engine = CpuEngine::new(Some(threads)).unwrap();
    let field = picture.field(&small(), 3).unwrap();
    Fit::new(&engine, field, picture, config.clone()).unwrap()
}

fn config(steps: usize) -> FitConfig {
    FitConfig { steps, ..FitConfig::default() }
}

#[test]
fn learns_pictures_of_any_shape() {
    for (rows, columns, channels) in [(17, 23, 1), (1, 255, 3), (257, 1, 1), (3, 2, 4)] {
        let picture = picture(rows, columns, channels);
        let mut fit = begin(&picture, 2, &config(150));
        let before = fit.psnr().unwrap();
        let outcome = fit.run(|_, _| Control::Continue).unwrap();
        let after = fit.psnr().unwrap();
        assert_eq!((outcome.stopped_by, outcome.steps), (StoppedBy::Steps, 150));
        assert!(after > before + 15.0, "{rows}x{columns}x{channels}: {before} to {after} dB");
    }
}

/// The measured PSNR against its definition, pixel by pixel, through the float64 reference.
#[test]
fn psnr_is_the_definitions() {
    let picture = picture(9, 7, 2);
    let mut fit = begin(&picture, 2, &config(40));
    fit.run(|_, _| Control::Continue).unwrap();
    let got = fit.psnr().unwrap();
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
    let batched = picture(31, 17, 1).with_batch(Batch::Pixels(100), 5).unwrap();
    for picture in [&whole, &batched] {
        let mut straight = begin(picture, 2, &config(30));
        straight.run(|_, _| Control::Continue).unwrap();

        let mut first = begin(picture, 1, &config(30));
        let stop_at_11 =
            |p: &Progress, _: &Fit<'_>| if p.step == 11 { Control::Stop } else { Control::Continue };
        let outcome = first.run(stop_at_11).unwrap();
        assert_eq!((outcome.stopped_by, outcome.steps), (StoppedBy::Interrupt, 11));
        first.checkpoint().save(&path).unwrap();

        let loaded = Checkpoint::load(&path).unwrap();
        assert_eq!(loaded, first.checkpoint());
        let engine = CpuEngine::new(Some(2)).unwrap();
        let mut second = Fit::resume(&engine, loaded, picture, config(30)).unwrap();
        second.run(|_, _| Control::Continue).unwrap();
        assert_eq!(second.field(), straight.field());
    }
}

#[test]
fn another_problems_checkpoint_is_refused() {
    let (one, other) = (picture(8, 9, 1), picture(9, 8, 1));
    let mut fit = begin(&one, 1, &config(5));
    fit.run(|_, _| Control::Continue).unwrap();
    let engine = CpuEngine::new(Some(1)).unwrap();
    let resume = |task, config| Fit::resume(&engine, fit.checkpoint(), task, config).err();
    assert!(resume(&one, config(5)).is_none());
    assert!(matches!(resume(&other, config(5)), Some(FitError::OtherProblem(_))));
    assert!(matches!(resume(&one, config(6)), Some(FitError::OtherProblem(_))));
    let batched = picture(8, 9, 1).with_batch(Batch::Pixels(7), 0).unwrap();
    assert!(matches!(resume(&batched, config(5)), Some(FitError::OtherProblem(_))));
}

/// Under a constant rate a fit may go on for longer, but not if it would have warmed up otherwise.
#[test]
fn a_longer_fit_goes_on_only_where_it_is_the_same() {
    let picture = picture(8, 9, 1);
    let engine = CpuEngine::new(Some(1)).unwrap();
    let constant = |steps| FitConfig { schedule: Schedule::Constant, ..config(steps) };
    for (first, allowed) in [(110, true), (10, false)] {
        let mut part = begin(&picture, 1, &constant(first));
        part.run(|_, _| Control::Continue).unwrap();
        let resumed = Fit::resume(&engine, part.checkpoint(), &picture, constant(130));
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
    let newer = [b"sinefield checkpoint 3\n", &bytes[23..]].concat();
    std::fs::write(&path, newer).unwrap();
    assert!(matches!(Checkpoint::load(&path), Err(CheckpointError::OtherVersion(_))));
}

#[test]
fn a_target_stops_the_fit_once_it_is_measured() {
    let picture = picture(24, 24, 1);
    let mut fit = begin(&picture, 2, &FitConfig { target_psnr: Some(30.0), ..config(2000) });
    let outcome = fit.run(|_, _| Control::Continue).unwrap();
    assert_eq!(outcome.stopped_by, StoppedBy::Target);
    assert!(outcome.steps < 2000 && fit.psnr().unwrap() >= 30.0);
}

#[test]
fn a_diverging_fit_says_so_and_keeps_finite_parameters() {
    let picture = picture(12, 12, 1);
    let mut fit = begin(&picture, 1, &FitConfig { rate: 1e30, ..config(50) });
    let error = fit.run(|_, _| Control::Continue).unwrap_err().to_string();
    assert!(error.contains("picture") && error.contains("step"), "{error}");
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
    // Half of the fall: the mean of both ends.
    let odd = FitConfig { steps: 121, ..config.clone() };
    assert!((odd.rate_at(70) - 1.02).abs() < 1e-12);
    assert_eq!(FitConfig::paper().rate_at(0), 1e-4);
    assert_eq!(FitConfig::paper().rate_at(499), 1e-4);
}

/// Two digits of `2.2e-3 sqrt(3.1 pixels / parameters)`, worked out by hand.
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
    assert!(Picture::new((1, 1, 1), vec![0.0], None).is_err());
    assert!(Picture::new((0, 4, 1), vec![], None).is_err());
    assert!(Picture::new((2, 2, 1), vec![0.0; 3], None).is_err());
    let message = Picture::new((2, 3, 1), vec![0., 0., 0., 0., f32::NAN, 0.], None).unwrap_err().to_string();
    assert!(message.contains("row 1, column 1"), "{message}");
}

#[test]
fn a_field_of_other_outputs_is_refused() {
    let engine = CpuEngine::new(Some(1)).unwrap();
    let picture = Picture::new((4, 3, 3), vec![0.5; 36], None).unwrap();
    for outputs in [1, 2, 4] {
        let field = Field::new(&FieldConfig { hidden: 8, ..FieldConfig::new(2, outputs) }, 0).unwrap();
        let refused = Fit::new(&engine, field, &picture, FitConfig::default()).err();
        let told = "\"picture\" needs a field of 3 outputs, but field number 0 has ";
        assert!(refused.is_some_and(|error| error.to_string().contains(told)));
    }
}

/// `s u v - 0.3` and `u - s` over points of a line: two fields that meet in one term, one of them alone in
/// another, and a scalar in both.
struct Product {
    terms: Vec<Term>,
}

impl Product {
    fn new() -> Self {
        let value = |field| Entering { field, outputs: 1, jet: crate::jet::JetSpec::value(1) };
        let term = |name: &str, fields| Term { name: name.into(), fields };
        Self { terms: vec![term("product", vec![value(0), value(1)]), term("second", vec![value(1)])] }
    }
}

struct Line(usize, f32);

impl crate::engine::System for Line {
    fn points(&self) -> usize {
        37
    }

    fn coordinates(&self, _: usize, start: usize, out: &mut [f32]) {
        (start..).zip(out).for_each(|(i, x)| *x = i as f32 / 18.0 - 1.0);
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

    fn system(&self, term: usize, now: &Now<'_>) -> Box<dyn crate::engine::System + '_> {
        Box::new(Line(term, now.scalars[0]))
    }

    fn scalars(&self) -> Vec<f32> {
        vec![0.4]
    }
}

fn two_fields() -> Vec<crate::field::Field> {
    let network = |hidden| FieldConfig { hidden, layers: 1, ..FieldConfig::new(1, 1) };
    [(5, 1), (17, 2)].map(|(h, seed)| crate::field::Field::new(&network(h), seed).unwrap()).to_vec()
}

/// Every gradient of the joint loss against differences of the loss itself in float64.
#[test]
fn several_fields_and_a_scalar_are_differentiated_together() {
    let task = Product::new();
    let engine = CpuEngine::new(Some(2)).unwrap();
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
    let unknowns = unknowns::Unknowns::new(fields, vec![0.4], adam::AdamConfig::default());
    let mut terms = terms::Terms::new(&engine, &task, &unknowns).unwrap();
    let mut gradient = unknowns.copy();
    gradient.fill(f32::NAN);
    let now = Now { engine: &engine, fields: &unknowns.fields, scalars: &[0.4], step: 0, progress: 0.0 };
    let (got, points) = terms.gradient(&task, &now, &mut gradient).unwrap();
    let exact: Vec<Vec<f64>> =
        unknowns.copy().fields.iter().map(|f| f.iter().map(|&p| f64::from(p)).collect()).collect();
    let s = f64::from(0.4f32);
    assert_eq!(points, 74);
    assert!((got - loss(&exact, s)).abs() < 1e-4 * got);
    let step = 1e-5;
    let by_scalar = (loss(&exact, s + step) - loss(&exact, s - step)) / (2.0 * step);
    assert!((f64::from(gradient.scalars[0]) - by_scalar).abs() < 1e-3 * by_scalar.abs().max(1.0));
    for (field, stride) in [(0, 3), (1, 29)] {
        for at in (0..exact[field].len()).step_by(stride) {
            let moved = |by: f64| {
                let mut moved = exact.clone();
                moved[field][at] += by;
                loss(&moved, s)
            };
            let want = (moved(step) - moved(-step)) / (2.0 * step);
            let got = f64::from(gradient.fields[field][at]);
            assert!(
                (got - want).abs() < 2e-3 * want.abs().max(1.0),
                "field {field}, {at}: {got}, not {want}"
            );
        }
    }
}

#[test]
fn several_fields_resume_to_the_same_bits() {
    let (task, engine) = (Product::new(), CpuEngine::new(Some(2)).unwrap());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("joint.checkpoint");
    let mut straight = Fit::joint(&engine, two_fields(), &task, config(200)).unwrap();
    let mut begun = f64::NAN;
    let end = straight.run(|progress, _| {
        begun = if progress.step == 1 { progress.loss } else { begun };
        Control::Continue
    });
    assert!(end.unwrap().final_loss < 0.1 * begun);
    let mut first = Fit::joint(&engine, two_fields(), &task, config(200)).unwrap();
    first.run(|p, _| if p.step == 7 { Control::Stop } else { Control::Continue }).unwrap();
    first.checkpoint().save(&path).unwrap();
    let mut second = Fit::resume(&engine, Checkpoint::load(&path).unwrap(), &task, config(200)).unwrap();
    second.run(|_, _| Control::Continue).unwrap();
    assert_eq!(second.fields(), straight.fields());
    assert_eq!(second.scalars(), straight.scalars());
    assert_ne!(second.scalars(), [0.4]);
    let too_few = Fit::joint(&engine, two_fields()[..1].to_vec(), &task, config(3));
    assert!(matches!(too_few.err(), Some(FitError::NoField { field: 1, .. })));
}
