//! The fit of one contestant to an image, and its result.

use std::sync::Arc;

use sinefield::engine::Engine;
use sinefield::field::Field;
use sinefield::fit::{Fit, Progress, Task};
use sinefield::render::{Frame, Quantity, Render};
use sinefield_media::psnr;

use super::contestant::Contestant;
use super::course::Course;
use super::sought::Sought;
use super::{CompareJob, Supervision};
use crate::fitting::describe;
use crate::words::{duration, grouped};
use crate::{Event, JobError, Listener};

/// The result of a contestant.
pub struct Entry {
    pub contestant: Contestant,
    /// The network in words.
    pub network: String,
    pub parameters: usize,
    /// The PSNR of the fitted quantity in dB, before each step's update.
    pub curve: Vec<f64>,
    /// The reason for an early end, if any.
    pub diverged: Option<String>,
    pub seconds: f64,
    /// The value, clipped to the image's range. The layouts of the three quantities are those of [`Sought`].
    pub value: Vec<f32>,
    pub gradient: Vec<f32>,
    pub laplacian: Vec<f32>,
    /// The PSNRs of value, gradient and Laplacian, in dB.
    pub psnr_db: [f64; 3],
}

impl Entry {
    /// Fits the contestant to `task` and measures it. A contestant that diverges is measured at its last usable state.
    pub fn fit(
        contestant: Contestant,
        sought: &Sought,
        task: Arc<dyn Task>,
        options: &CompareJob,
        (engine, listener): (&Arc<dyn Engine>, &mut dyn Listener),
    ) -> Result<Self, JobError> {
        let field = sought.picture.field(&contestant.network, options.seed);
        let field = field.map_err(|error| JobError::asked("network", error))?;
        let network = describe(field.architecture());
        let parameters = field.parameters().len();
        let (name, rate) = (contestant.kind, contestant.course.rate);
        let words = format!("{name}: {network}, {} parameters, rate {rate:e}", grouped(parameters));
        listener.hear(Event::Note(&words));
        let mut fit = Fit::new(engine.clone(), field, task, contestant.course.clone())?;
        let Course { curve, seconds, diverged } =
            Course::run(&mut fit, options.steps, (|progress: &Progress| progress.psnr_db, false), listener)?;
        let mut field = fit.into_field();
        if options.supervise != Supervision::Value {
            align(&mut field, sought, engine.as_ref())?;
        }
        let mut value = draw(engine.as_ref(), &field, Quantity::Value, 1)?;
        let (low, high) = sought.range();
        value.iter_mut().for_each(|v| *v = v.clamp(low, high));
        let gradient = draw(engine.as_ref(), &field, Quantity::Gradient, 2)?;
        let laplacian = draw(engine.as_ref(), &field, Quantity::Laplacian, 1)?;
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

    /// The root mean square of the Laplacian, in signal units per pixel squared.
    pub fn laplacian_rms(&self) -> f64 {
        let squares: f64 = self.laplacian.iter().map(|v| f64::from(*v).powi(2)).sum();
        (squares / self.laplacian.len() as f64).sqrt()
    }

    /// The result in one line.
    pub fn words(&self) -> String {
        let [value, gradient, laplacian] = self.psnr_db;
        let early = self.diverged.as_ref().map_or(String::new(), |why| format!("; {why}"));
        format!(
            "{:<10} value {value:6.2} dB, gradient {gradient:6.2} dB, Laplacian {laplacian:6.2} dB, {} parameters, {}{early}",
            self.contestant.kind.name(),
            grouped(self.parameters),
            duration(self.seconds),
        )
    }
}

/// Shifts the field to the mean of the image, which the derivatives do not determine.
fn align(field: &mut Field, sought: &Sought, engine: &dyn Engine) -> Result<(), JobError> {
    let value = draw(engine, field, Quantity::Value, 1)?;
    let missing = sought.value.iter().zip(&value).map(|(s, v)| f64::from(*s) - f64::from(*v)).sum::<f64>();
    field.meta.value.offset += missing / value.len() as f64;
    Ok(())
}

/// The field's `quantity` at every pixel, with `numbers` numbers per pixel.
fn draw(
    engine: &dyn Engine,
    field: &Field,
    quantity: Quantity,
    numbers: usize,
) -> Result<Vec<f32>, JobError> {
    let failed = |error| JobError::fault("render", error);
    let frame = Frame::native(field).map_err(failed)?;
    let (rows, columns) = frame.sides();
    let mut out = vec![0.0; rows * columns * numbers];
    let render = Render::new(field, frame, quantity).map_err(failed)?;
    render.draw(engine, &mut out, numbers, |numbers, out| out.copy_from_slice(numbers)).map_err(failed)?;
    Ok(out)
}
