//! How a running job speaks to Python.

use std::time::{Duration, Instant};

use pyo3::exceptions::PyKeyboardInterrupt;
use pyo3::prelude::*;
use sinefield::fit::Progress;
use sinefield::optimizer::SecondOrder;
use sinefield_jobs::{Event, Listener};

/// How often the interpreter is asked whether a signal came, at most. It takes the interpreter from other threads.
const PAUSE: Duration = Duration::from_millis(20);

/// The numbers of every step.
#[derive(Default)]
pub struct History {
    pub step: Vec<u64>,
    pub loss: Vec<f64>,
    pub psnr_db: Vec<f64>,
    pub snr_db: Vec<f64>,
    pub rate: Vec<f64>,
    pub seconds: Vec<f64>,
    pub rows: Vec<f64>,
    pub damping: Vec<f64>,
    pub length: Vec<f64>,
    pub error: Vec<f64>,
}

/// Hears a job, keeps its history, and calls back.
pub struct Hearing {
    /// Called with the numbers of every step. The fit stops if it returns False.
    on_step: Option<Py<PyAny>>,
    /// Called with the kind of any other event and what it tells.
    on_event: Option<Py<PyAny>>,
    pub history: History,
    asked: Instant,
    stop: bool,
    raised: Option<PyErr>,
}

impl Hearing {
    pub fn new(on_step: Option<Py<PyAny>>, on_event: Option<Py<PyAny>>) -> Self {
        let history = History::default();
        Self { on_step, on_event, history, asked: Instant::now(), stop: false, raised: None }
    }

    /// The exception of a callback, if one raised.
    pub fn raised(&mut self) -> PyResult<()> {
        self.raised.take().map_or(Ok(()), Err)
    }

    /// Keeps an exception, to be raised when the job has come to its end.
    fn keep(&mut self, error: PyErr) {
        self.stop = true;
        self.raised.get_or_insert(error);
    }

    fn step(&mut self, progress: &Progress, snr_db: Option<f64>) {
        let history = &mut self.history;
        history.step.push(progress.step as u64);
        history.loss.push(progress.loss);
        history.psnr_db.push(progress.psnr_db.unwrap_or(f64::NAN));
        history.snr_db.push(snr_db.unwrap_or(f64::NAN));
        history.rate.push(progress.rate.unwrap_or(f64::NAN));
        history.seconds.push(progress.seconds);
        let figure = |of: fn(&SecondOrder) -> f64| progress.second_order.as_ref().map_or(f64::NAN, of);
        history.rows.push(figure(|of| of.rows as f64));
        history.damping.push(figure(|of| of.damping));
        history.length.push(figure(|of| of.length));
        history.error.push(progress.error.unwrap_or(f64::NAN));
        let due = self.asked.elapsed() >= PAUSE;
        if self.on_step.is_none() && !due {
            return;
        }
        Python::attach(|py| {
            if due {
                self.asked = Instant::now();
                match py.check_signals() {
                    Err(error) if error.is_instance_of::<PyKeyboardInterrupt>(py) => self.stop = true,
                    Err(error) => self.keep(error),
                    Ok(()) => {}
                }
            }
            let Some(on_step) = &self.on_step else { return };
            let Progress { step, steps, loss, psnr_db, rate, seconds, second_order, error, .. } = *progress;
            let figures = second_order.map(|SecondOrder { rows, damping, length }| (rows, damping, length));
            match on_step.call1(py, (step, steps, loss, psnr_db, snr_db, rate, seconds, figures, error)) {
                Ok(answer) => self.stop |= answer.extract::<bool>(py).is_ok_and(|answer| !answer),
                Err(error) => self.keep(error),
            }
        });
    }

    fn tell(&mut self, kind: &str, words: &str, done: usize, total: Option<usize>) {
        let Some(on_event) = &self.on_event else { return };
        if let Err(error) = Python::attach(|py| on_event.call1(py, (kind, words, done, total))) {
            self.keep(error);
        }
    }
}

impl Listener for Hearing {
    fn hear(&mut self, event: Event<'_>) {
        match event {
            Event::Step { progress, snr_db } => self.step(progress, snr_db),
            Event::Stage { name, done, total } if self.asked.elapsed() >= PAUSE => {
                self.asked = Instant::now();
                if let Err(error) = Python::attach(|py| py.check_signals()) {
                    self.keep(error);
                }
                self.tell("stage", name, done, total);
            }
            Event::StageEnd => self.tell("stage-end", "", 0, None),
            Event::FitBegin { steps, .. } => self.tell("fit", "", 0, Some(steps)),
            Event::FitEnd => self.tell("fit-end", "", 0, None),
            Event::Note(words) => self.tell("note", words, 0, None),
            Event::Urgent(words) => self.tell("urgent", words, 0, None),
            Event::Part(words) => self.tell("part", words, 0, None),
            _ => {}
        }
    }

    fn wants_stop(&mut self) -> bool {
        self.stop
    }
}
