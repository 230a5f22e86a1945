//! The events that a job reports while it is planned and run, and the request to stop it.

use sinefield::fit::Progress;

/// An event that a job reports.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// Progress of a stage that may take long: reading, measuring, rendering.
    Stage {
        /// The stage.
        name: &'static str,
        /// The number of frames, rows, samples or bytes done.
        done: usize,
        /// The total number, if it is known.
        total: Option<usize>,
    },
    /// The stage is over.
    StageEnd,
    /// A fit begins.
    FitBegin {
        /// The number of steps.
        steps: usize,
        /// Whether the fit can be stopped and resumed later.
        stoppable: bool,
    },
    /// A step has been made.
    Step {
        /// The state of the fit.
        progress: &'a Progress,
        /// The signal-to-noise ratio in dB that corresponds to the loss, for a sound.
        snr_db: Option<f64>,
    },
    /// The fit has ended.
    FitEnd,
    /// A message that a quiet program may omit.
    Note(&'a str),
    /// A message that must always be shown, such as how to resume an interrupted fit.
    Urgent(&'a str),
    /// A part of the result in words, before the job has ended.
    Part(&'a str),
}

/// Receives the events of a job.
pub trait Listener {
    /// Receives an event.
    fn hear(&mut self, event: Event<'_>);

    /// Whether the fit should stop after the current step.
    fn wants_stop(&mut self) -> bool {
        false
    }
}

/// Ignores all events, and never asks to stop.
impl Listener for () {
    fn hear(&mut self, _: Event<'_>) {}
}

/// Runs `work` as the stage `name`. The callback that `work` receives reports its progress to `listener`.
pub(crate) fn stage<T>(
    listener: &mut dyn Listener,
    name: &'static str,
    work: impl FnOnce(crate::Told<'_>) -> T,
) -> T {
    let result = work(&mut |done, total| listener.hear(Event::Stage { name, done, total }));
    listener.hear(Event::StageEnd);
    result
}
