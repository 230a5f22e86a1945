//! One contestant's fit, step by step, which may end early.

use sinefield::fit::{Control, Fit, FitError, Progress};

use crate::{Event, JobError, Listener};

/// How a contestant's fit went.
pub struct Course {
    /// The measure of each step in dB, before its update.
    pub curve: Vec<f64>,
    pub seconds: f64,
    /// Why it ended early, if it did.
    pub diverged: Option<String>,
}

impl Course {
    /// Runs `fit`, of so many steps, and tells of it. `measure` is that of a step in dB; it is shown as a signal-to-noise
    /// ratio if it `is_snr`.
    pub fn run(
        fit: &mut Fit,
        steps: usize,
        (measure, is_snr): (impl Fn(&Progress) -> Option<f64>, bool),
        listener: &mut dyn Listener,
    ) -> Result<Self, JobError> {
        listener.hear(Event::FitBegin { steps, stoppable: false });
        let (mut curve, mut seconds) = (Vec::new(), 0.0);
        let ran = fit.run(|progress, _| {
            let db = measure(progress);
            listener.hear(Event::Step { progress, snr_db: db.filter(|_| is_snr) });
            curve.extend(db);
            seconds = progress.seconds;
            Control::Continue
        });
        listener.hear(Event::FitEnd);
        let diverged = match ran {
            Ok(_) => None,
            Err(error @ FitError::Diverged { .. }) => Some(error.to_string()),
            Err(error) => return Err(error.into()),
        };
        Ok(Self { curve, seconds, diverged })
    }
}
