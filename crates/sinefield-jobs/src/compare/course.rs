//! The fit of one contestant, which may end early.

use sinefield::fit::{Control, Fit, FitError, Progress};

use crate::{Event, JobError, Listener};

/// The result of a contestant's fit.
pub struct Course {
    /// The measure at each step in dB, before the step's update.
    pub curve: Vec<f64>,
    pub seconds: f64,
    /// The reason for an early end, if any.
    pub diverged: Option<String>,
}

impl Course {
    /// Runs `fit` for `steps` steps and reports it to `listener`. `measure` gives the measure of a step in dB. It is
    /// reported as a signal-to-noise ratio if `is_snr`.
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
