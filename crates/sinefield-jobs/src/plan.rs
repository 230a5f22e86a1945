//! The plan and the report of a job.

use serde_json::{Map, Value, json};
use sinefield::field::Field;
use sinefield::fit::{Fit, Outcome};

use crate::fitting::{Fitting, methods, rate_of};
use crate::words::duration;
use crate::{JobError, Listener};

/// The work after a fit: writing the fields and making the report.
type Finish = Box<dyn FnOnce(Fit, &Outcome, &mut dyn Listener) -> Result<Report, JobError> + Send>;
/// The work of a job that is not a single fit.
type Work = Box<dyn FnOnce(&mut dyn Listener) -> Result<Report, JobError> + Send>;

/// The plan of a job. All inputs have been read and checked, and nothing has been written.
pub struct Plan {
    words: String,
    numbers: Map<String, Value>,
    task: Step,
}

enum Step {
    Fit(Box<Fitting>, Finish),
    Work(Work),
}

impl Plan {
    /// A plan that runs a fit and then `finish`.
    ///
    /// # Errors
    /// If the fit cannot start.
    pub(crate) fn fit(
        words: String,
        numbers: Map<String, Value>,
        fitting: Fitting,
        finish: impl FnOnce(Fit, &Outcome, &mut dyn Listener) -> Result<Report, JobError> + Send + 'static,
    ) -> Result<Self, JobError> {
        fitting.check()?;
        Ok(Self { words, numbers, task: Step::Fit(Box::new(fitting), Box::new(finish)) })
    }

    /// A plan that runs `work`. `words` and `numbers` describe it.
    pub(crate) fn work<const N: usize>(
        words: String,
        numbers: [(&str, Value); N],
        work: impl FnOnce(&mut dyn Listener) -> Result<Report, JobError> + Send + 'static,
    ) -> Self {
        let numbers = numbers.into_iter().map(|(name, value)| (name.to_string(), value)).collect();
        Self { words, numbers, task: Step::Work(Box::new(work)) }
    }

    /// The plan with `next` after its work. `next` receives the report of the work and returns the whole report.
    pub(crate) fn then(
        self,
        next: impl FnOnce(Report, &mut dyn Listener) -> Result<Report, JobError> + Send + 'static,
    ) -> Self {
        let task = match self.task {
            Step::Fit(fitting, finish) => Step::Fit(
                fitting,
                Box::new(|fit, outcome, listener| next(finish(fit, outcome, listener)?, listener)),
            ),
            Step::Work(work) => Step::Work(Box::new(|listener| next(work(listener)?, listener))),
        };
        Self { task, ..self }
    }

    /// The plan in words. For a fit: its network, batch and steps.
    pub fn words(&self) -> &str {
        &self.words
    }

    /// Whether the job is a single fit, whose plan is worth printing.
    pub fn is_fit(&self) -> bool {
        matches!(self.task, Step::Fit(..))
    }

    /// The plan in words, with the estimated memory and time of a fit on this machine.
    ///
    /// # Errors
    /// If the engine refuses the network.
    pub fn estimate(&self) -> Result<String, JobError> {
        let Step::Fit(fitting, _) = &self.task else {
            return Ok(format!("{}\nnothing is written", self.words));
        };
        let needs = fitting.needs()?;
        let memory = format!("about {} MB of memory", needs.bytes.div_ceil(1 << 20));
        let time = needs.seconds.map_or(String::new(), |seconds| format!(" and {}", duration(seconds)));
        Ok(format!("{}\n{memory}{time} on this machine, estimated; nothing is written", self.words))
    }

    /// The plan and the estimate as values by name.
    ///
    /// # Errors
    /// As [`Plan::estimate`].
    pub fn numbers(&self) -> Result<Map<String, Value>, JobError> {
        let mut numbers = self.numbers.clone();
        if let Step::Fit(fitting, _) = &self.task {
            let (needs, config) = (fitting.needs()?, &fitting.config);
            let parameters: usize = fitting.fields.iter().map(|field| field.parameters().len()).sum();
            let entries = [
                ("parameters", json!(parameters)),
                ("steps", json!(config.steps)),
                ("optimizer", json!(methods(config))),
                ("threads", json!(fitting.engine.threads())),
                ("memory_bytes", json!(needs.bytes)),
                ("estimated_seconds", json!(needs.seconds)),
            ];
            let rate = rate_of(config).map(|rate| ("lr", json!(rate)));
            numbers.extend(entries.into_iter().chain(rate).map(|(name, value)| (name.to_string(), value)));
        }
        Ok(numbers)
    }

    /// Runs the plan, and reports its progress to `listener`.
    ///
    /// # Errors
    /// If a fit diverges, or something cannot be measured or written.
    pub fn run(self, listener: &mut dyn Listener) -> Result<Report, JobError> {
        match self.task {
            Step::Fit(fitting, finish) => fitting.run(listener, finish),
            Step::Work(work) => work(listener),
        }
    }
}

impl std::fmt::Debug for Plan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Plan").field("words", &self.words).finish_non_exhaustive()
    }
}

/// The result of a job.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Report {
    /// The result in words: the files that were written, and their quality.
    pub words: String,
    /// The result as values by name.
    pub numbers: Map<String, Value>,
    /// Whether the listener stopped the job.
    pub interrupted: bool,
    /// The fields that were fitted, by name: `field`, or the names that a problem gives them.
    pub fields: Vec<(String, Field)>,
    /// The error of a checkpoint or a log that could not be written, although the field was.
    pub unkept: Option<JobError>,
}

impl Report {
    /// A report of a job that ran to its end.
    pub(crate) fn new(words: String, numbers: Map<String, Value>) -> Self {
        Self { words, numbers, ..Self::default() }
    }

    /// The report with the fitted field.
    pub(crate) fn with_field(self, field: Field) -> Self {
        Self { fields: vec![("field".into(), field)], ..self }
    }
}
