//! What a job tells while it is planned and run, and how it is asked to stop.

use sinefield::fit::Progress;

/// Something that a job tells.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// A stage that may take long has come so far: reading, measuring, rendering.
    Stage {
        /// The stage.
        name: &'static str,
        /// Frames, samples, pixels or bytes that are done.
        done: usize,
        /// All of them, if their number is known.
        total: Option<usize>,
    },
    /// The stage is over.
    StageEnd,
    /// A fit begins.
    FitBegin {
        /// Steps to make.
        steps: usize,
        /// Whether it can be asked to stop, and resumed later.
        stoppable: bool,
    },
    /// A step has been made.
    Step {
        /// How the fit stands.
        progress: &'a Progress,
        /// The signal-to-noise ratio that its loss stands for in dB, of a sound.
        snr_db: Option<f64>,
    },
    /// The fit has ended.
    FitEnd,
    /// Words for whoever watches.
    Note(&'a str),
    /// Words that are for everyone, as how an interrupted fit goes on.
    Urgent(&'a str),
    /// A part of the result, in words, before all of it is there.
    Part(&'a str),
}

/// Is told how a job goes.
pub trait Listener {
    /// Takes notice of an event.
    fn hear(&mut self, event: Event<'_>);

    /// Whether a fit shall end after this step, to be resumed or not.
    fn wants_stop(&mut self) -> bool {
        false
    }
}

/// Hears nothing and never asks for anything.
impl Listener for () {
    fn hear(&mut self, _: Event<'_>) {}
}

/// Runs `work` as the stage `name`: what it is handed tells `listener` how much is done.
pub(crate) fn stage<T>(
    listener: &mut dyn Listener,
    name: &'static str,
    work: impl FnOnce(crate::Told<'_>) -> T,
) -> T {
    let result = work(&mut |done, total| listener.hear(Event::Stage { name, done, total }));
    listener.hear(Event::StageEnd);
    result
}
