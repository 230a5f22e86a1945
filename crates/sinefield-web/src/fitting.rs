//! A fit that the page runs a few milliseconds at a time.

use std::sync::Arc;

use serde_json::json;
use sinefield::engine::Engine;
use sinefield::engine::cpu::CpuEngine;
use sinefield::field::{Axis, Field};
use sinefield::fit::{Fit, FitConfig, Progress, Task};
use sinefield::jet::JetSpec;
use sinefield::recipe::gradient_domain::{
    Alignment, Cloning, GradientDomain, Recovery, SampleKind, Samples, align, samples_psnr,
};
use sinefield::recipe::sampled::Sampled;
use sinefield::recipe::sound as sounds;
use sinefield_media::forward_differences;
use wasm_bindgen::prelude::wasm_bindgen;
use web_time::Instant;

use crate::settings::{Recipe, Settings};
use crate::{PageError, engine};

/// The most samples of a signal.
const MOST_SAMPLES: usize = 1 << 22;
/// The largest rate of a sound.
const MOST_RATE: f64 = 1e6;
/// Steps between two measurements of a picture from its gradient.
const MEASURED: usize = 10;

/// A fit of a picture, a sound or a clone.
#[wasm_bindgen]
pub struct Fitting {
    engine: Arc<CpuEngine>,
    fit: Fit,
    settings: Settings,
    /// Steps that are done.
    step: usize,
    /// The values of the picture, if the fit sees only its gradient.
    aim: Option<Samples>,
    /// The last PSNR that was measured against them.
    measured: Option<f64>,
    /// Floating-point operations of a point of a step, where they are known.
    operations: Option<f64>,
}

#[wasm_bindgen]
impl Fitting {
    /// A fit of the picture `(rows, columns, channels)` of bytes.
    ///
    /// # Errors
    /// If the settings or the picture cannot be used.
    pub fn picture(
        settings: &str,
        pixels: &[u8],
        rows: usize,
        columns: usize,
        channels: usize,
    ) -> Result<Fitting, PageError> {
        let settings = Settings::parse(settings)?;
        let shape = (rows, columns, channels);
        let values = values(pixels, shape)?;
        let network = settings.network([2, channels], rows.min(columns), None)?;
        let engine = engine::shared()?;
        if settings.recipe == Recipe::Gradient {
            let aim = Samples::new(SampleKind::Value, shape, values.clone())?;
            let between = forward_differences(&values, shape);
            let down = Samples::new(SampleKind::DownBetween, shape, between.down)?;
            let right = Samples::new(SampleKind::RightBetween, shape, between.right)?;
            let task = GradientDomain::with_gradient(shape, (0.0, 1.0), [&down, &right], vec![])?;
            let field = task.field(&network, settings.seed)?;
            let config = settings.fit(Recovery::Weighted.config());
            return Ok(Self {
                aim: Some(aim),
                ..Self::new(engine, field, Arc::new(task), config, settings)?
            });
        }
        let task = Sampled::picture(shape, values, Some((0.0, 1.0)))?;
        let field = task.field(&network, settings.seed)?;
        let rate = task.rate(&field);
        Self::of_values(engine, field, task, FitConfig { rate, ..FitConfig::default() }, settings)
    }

    /// A fit of a sound of `channels` interleaved channels between -1 and 1, `rate` samples a second.
    ///
    /// # Errors
    /// If the settings or the sound cannot be used.
    pub fn sound(
        settings: &str,
        samples: Vec<f32>,
        rate: f64,
        channels: usize,
    ) -> Result<Fitting, PageError> {
        let settings = Settings::parse(settings)?;
        if !(1.0..=MOST_RATE).contains(&rate) {
            return Err(PageError::Rate(rate));
        }
        let count = samples.len() / channels.max(1);
        if count > MOST_SAMPLES {
            return Err(PageError::TooLarge {
                name: "the number of samples",
                found: count,
                most: MOST_SAMPLES,
            });
        }
        // The range is symmetric, so that silence is 0.
        let peak = samples.iter().fold(0.0f32, |most, x| most.max(x.abs()));
        let axis = Axis::stepped("time", count, (0.0, 1.0 / rate), "s");
        let task = Sampled::new(vec![axis], channels, samples, (peak > 0.0).then_some((-peak, peak)))?;
        let network = settings.network([1, channels], count, Some(sounds::first_omega(count)))?;
        let field = task.field(&network, settings.seed)?;
        let rate = sounds::rate(field.architecture().layers[0].omega);
        let config = FitConfig { rate, steps: sounds::STEPS, ..FitConfig::default() };
        Self::of_values(engine::shared()?, field, task, config, settings)
    }

    /// A fit of the picture `base` with the rectangle `pasted` in it, without a seam. The first pixel of the rectangle goes to
    /// row `top` and column `left` of the base.
    ///
    /// # Errors
    /// If the settings or the pictures cannot be used, or the rectangle is outside.
    #[expect(clippy::too_many_arguments, reason = "JavaScript passes numbers and arrays, not structures")]
    pub fn clone(
        settings: &str,
        base: &[u8],
        rows: usize,
        columns: usize,
        pasted: &[u8],
        pasted_rows: usize,
        pasted_columns: usize,
        channels: usize,
        top: i32,
        left: i32,
    ) -> Result<Fitting, PageError> {
        let settings = Settings::parse(settings)?;
        let shape = (rows, columns, channels);
        let target = values(base, shape)?;
        let source = values(pasted, (pasted_rows, pasted_columns, channels))?;
        let cloning = Cloning {
            target: (&target, shape),
            source: (&source, (pasted_rows, pasted_columns)),
            mask: &vec![true; pasted_rows * pasted_columns],
            at: (top.into(), left.into()),
            mixed: false,
        };
        let task = GradientDomain::new(shape, (0.0, 1.0), cloning.samples()?)?;
        let network = settings.network([2, channels], rows.min(columns), None)?;
        let field = task.field(&network, settings.seed)?;
        let config = settings.fit(Recovery::Clone.config());
        Self::new(engine::shared()?, field, Arc::new(task), config, settings)
    }

    /// Steps for about `milliseconds`, and once at least. The report is JSON: `step`, `steps`, `loss`, `psnr` in dB where there is
    /// one, `step_seconds`, `operations_per_second` where they are known, and `done`.
    ///
    /// # Errors
    /// If the loss or its gradient is not usable.
    pub fn step(&mut self, milliseconds: f64) -> Result<String, PageError> {
        let (start, until) = (Instant::now(), milliseconds / 1e3);
        let mut progress = None;
        while !self.is_done() {
            let made = self.fit.step()?;
            self.step = made.step;
            progress = Some(made);
            if start.elapsed().as_secs_f64() >= until {
                break;
            }
        }
        self.report(progress)
    }

    /// The bytes of a field file.
    ///
    /// # Errors
    /// If the field cannot be written.
    pub fn field(&self) -> Result<Vec<u8>, PageError> {
        Ok(self.finished()?.to_bytes()?)
    }

    /// The settings in force as JSON, with the number of `parameters`.
    pub fn settings(&self) -> String {
        let (config, field) = (self.fit.config(), self.fit.field());
        let layers = &field.architecture().layers;
        let omega = |at: usize| layers.get(at).map(|layer| layer.omega);
        let told = json!({
            "recipe": self.settings.recipe,
            "activation": layers[0].activation,
            "encoding": self.settings.encoding,
            "hidden": field.architecture().shapes()[0].outputs,
            "layers": layers.len().saturating_sub(2),
            "omega": omega(1),
            "first_omega": omega(0),
            "lr": config.rate,
            "steps": config.steps,
            "seed": self.settings.seed,
            "parameters": field.parameters().len(),
        });
        told.to_string()
    }
}

impl Fitting {
    fn new(
        engine: Arc<CpuEngine>,
        field: Field,
        task: Arc<dyn Task>,
        config: FitConfig,
        settings: Settings,
    ) -> Result<Self, PageError> {
        let fit = Fit::new(engine.clone(), field, task, config)?;
        Ok(Self { engine, fit, settings, step: 0, aim: None, measured: None, operations: None })
    }

    /// A fit of values, whose operations are known.
    fn of_values(
        engine: Arc<CpuEngine>,
        field: Field,
        task: Sampled,
        own: FitConfig,
        settings: Settings,
    ) -> Result<Self, PageError> {
        let config = settings.fit(own);
        let spec = JetSpec::value(field.architecture().inputs);
        let differentiator = engine.differentiator(&[(field.architecture(), &spec)])?;
        let operations = Some(differentiator.operations_per_point(true));
        Ok(Self { operations, ..Self::new(engine, field, Arc::new(task), config, settings)? })
    }

    fn is_done(&self) -> bool {
        self.step >= self.fit.config().steps
    }

    fn report(&mut self, progress: Option<Progress>) -> Result<String, PageError> {
        let done = self.is_done();
        let Some(progress) = progress else {
            return Ok(json!({ "done": done }).to_string());
        };
        let mut psnr = progress.psnr_db;
        if let Some(aim) = &self.aim {
            if done || self.measured.is_none() || progress.step % MEASURED == 0 {
                let field = self.finished()?;
                self.measured = Some(samples_psnr(self.engine.as_ref(), &field, [aim], Some(1.0))?);
            }
            psnr = self.measured;
        }
        let rate = self.operations.map(|each| each * progress.points as f64 / progress.step_seconds);
        let told = json!({
            "step": progress.step,
            "steps": progress.steps,
            "loss": progress.loss,
            "psnr": psnr,
            "step_seconds": progress.step_seconds,
            "operations_per_second": rate,
            "done": done,
        });
        Ok(told.to_string())
    }

    /// The field, with the constant that a gradient leaves free.
    fn finished(&self) -> Result<Field, PageError> {
        let mut field = self.fit.field().clone();
        if let Some(aim) = &self.aim {
            align(self.engine.as_ref(), &mut field, aim, Alignment::Offset)?;
        }
        Ok(field)
    }
}

/// The values of bytes, between 0 and 1.
pub(crate) fn values(
    pixels: &[u8],
    (rows, columns, channels): (usize, usize, usize),
) -> Result<Vec<f32>, PageError> {
    let count = rows.saturating_mul(columns);
    if count > MOST_SAMPLES {
        return Err(PageError::TooLarge { name: "the number of pixels", found: count, most: MOST_SAMPLES });
    }
    let expected = count.saturating_mul(channels);
    if pixels.len() != expected {
        return Err(PageError::Length { what: "picture", expected, found: pixels.len() });
    }
    Ok(pixels.iter().map(|byte| f32::from(*byte) / 255.0).collect())
}
