//! One contestant's fit, and what came of it.

use std::sync::Arc;

use sinefield::engine::cpu::CpuEngine;
use sinefield::field::Field;
use sinefield::fit::{Control, Fit, FitError, Task};
use sinefield::render::{Frame, Quantity, Render};
use sinefield_media::psnr;

use super::contestant::Contestant;
use super::sought::Sought;
use super::{Options, Supervision};
use crate::console;
use crate::failure::Failure;
use crate::fit::{Display, describe, failed};

/// What came of a contestant.
pub struct Entry {
    pub contestant: Contestant,
    /// Its network in words.
    pub network: String,
    pub parameters: usize,
    /// The PSNR of what it was told, in dB, before each step's update.
    pub curve: Vec<f64>,
    /// Why it ended early, if it did.
    pub diverged: Option<String>,
    pub seconds: f64,
    /// As [`Sought`] has them, and the value clipped to the image's range.
    pub value: Vec<f32>,
    pub gradient: Vec<f32>,
    pub laplacian: Vec<f32>,
    /// The PSNRs of value, gradient and Laplacian, in dB.
    pub psnr_db: [f64; 3],
}

impl Entry {
    /// Fits the contestant to `task` and measures it. One that diverges is measured as it last was.
    pub fn fit(
        contestant: Contestant,
        sought: &Sought,
        task: Arc<dyn Task>,
        options: &Options,
        engine: &Arc<CpuEngine>,
    ) -> Result<Self, Failure> {
        let field = sought.picture.field(&contestant.network, options.seed);
        let field = field.map_err(|error| Failure::usage("network", error))?;
        let network = describe(field.architecture());
        let parameters = field.parameters().len();
        if !options.quiet {
            let (name, rate) = (contestant.kind, contestant.course.rate);
            console::note(&format!(
                "{name}: {network}, {} parameters, rate {rate:e}",
                console::grouped(parameters)
            ));
        }
        let mut fit = Fit::new(engine.clone(), field, task, contestant.course.clone()).map_err(failed)?;
        let mut display = Display::new(options.steps, None, options.quiet);
        let (mut curve, mut seconds) = (Vec::new(), 0.0);
        let ran = fit.run(|progress, _| {
            display.show(progress);
            curve.extend(progress.psnr_db);
            seconds = progress.seconds;
            Control::Continue
        });
        display.end();
        let diverged = match ran {
            Ok(_) => None,
            Err(error @ FitError::Diverged { .. }) => Some(error.to_string()),
            Err(error) => return Err(failed(error)),
        };
        let mut field = fit.into_field();
        if options.supervise != Supervision::Value {
            align(&mut field, sought, engine)?;
        }
        let mut value = draw(engine, &field, Quantity::Value, 1)?;
        let (low, high) = sought.range();
        value.iter_mut().for_each(|v| *v = v.clamp(low, high));
        let gradient = draw(engine, &field, Quantity::Gradient, 2)?;
        let laplacian = draw(engine, &field, Quantity::Laplacian, 1)?;
        let peaks = sought.peaks();
        let psnr_db = [
            psnr(&value, &sought.value, peaks[0]),
            psnr(&gradient, &sought.gradient, peaks[1]),
            psnr(&laplacian, &sought.laplacian, peaks[2]),
        ];
        Ok(Self {
            contestant,
            network,
            parameters,
            curve,
            diverged,
            seconds,
            value,
            gradient,
            laplacian,
            psnr_db,
        })
    }

    /// The root of its Laplacian's mean square, in signal units per pixel squared.
    pub fn laplacian_rms(&self) -> f64 {
        let squares: f64 = self.laplacian.iter().map(|v| f64::from(*v).powi(2)).sum();
        (squares / self.laplacian.len() as f64).sqrt()
    }

    /// What came of it, in one line.
    pub fn words(&self) -> String {
        let [value, gradient, laplacian] = self.psnr_db;
        let early = self.diverged.as_ref().map_or(String::new(), |why| format!("; {why}"));
        format!(
            "{:<10} value {value:6.2} dB, gradient {gradient:6.2} dB, Laplacian {laplacian:6.2} dB, {} parameters, {}{early}",
            self.contestant.kind.name(),
            console::grouped(self.parameters),
            console::duration(self.seconds),
        )
    }
}

/// Gives the field the image's mean, which its derivatives leave open.
fn align(field: &mut Field, sought: &Sought, engine: &CpuEngine) -> Result<(), Failure> {
    let value = draw(engine, field, Quantity::Value, 1)?;
    let missing = sought.value.iter().zip(&value).map(|(s, v)| f64::from(*s) - f64::from(*v)).sum::<f64>();
    field.meta.value.offset += missing / value.len() as f64;
    Ok(())
}

/// The field's `quantity`, of so many numbers, at every pixel.
fn draw(engine: &CpuEngine, field: &Field, quantity: Quantity, numbers: usize) -> Result<Vec<f32>, Failure> {
    let failed = |error| Failure::fault("render", error);
    let frame = Frame::native(field).map_err(failed)?;
    let (rows, columns) = frame.sides();
    let mut out = vec![0.0; rows * columns * numbers];
    let render = Render::new(field, frame, quantity).map_err(failed)?;
    render.draw(engine, &mut out, numbers, |numbers, out| out.copy_from_slice(numbers)).map_err(failed)?;
    Ok(out)
}
