//! A job as a value, and its form in a file.

mod file;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Arg, Args, Command};
use serde::{Deserialize, Serialize};
use sinefield::engine::Engine;

use crate::{
    BlendJob, CloneJob, CompareJob, DemoJob, EvalJob, FitJob, JobError, Listener, MeshJob, Plan,
    ReconstructJob, RenderJob, ShapeReportJob, SolveJob, StatisticsJob, output,
};

/// A job with its settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "job", rename_all = "lowercase")]
#[non_exhaustive]
pub enum Job {
    /// Fit a field to a signal.
    Fit(Box<FitJob>),
    /// Reconstruct an image from its gradient or its Laplacian.
    Reconstruct(Box<ReconstructJob>),
    /// Blend the gradients of two images.
    Blend(Box<BlendJob>),
    /// Clone part of an image into another.
    Clone(Box<CloneJob>),
    /// Solve a problem file.
    Solve(Box<SolveJob>),
    /// Compare activations on an image or a sound.
    Compare(Box<CompareJob>),
    /// Render a field to a file.
    Render(Box<RenderJob>),
    /// Make a mesh of a level set of a field.
    Mesh(Box<MeshJob>),
    /// Measure how the surface of a field differs from a mesh.
    #[serde(rename = "shape-report")]
    ShapeReport(Box<ShapeReportJob>),
    /// Evaluate a field at points.
    Eval(Box<EvalJob>),
    /// Show how the layers of a new network are distributed.
    Statistics(Box<StatisticsJob>),
    /// Fit the bundled photograph and draw its derivatives.
    Demo(Box<DemoJob>),
}

/// Runs `$body` with the job's own struct as `$job`.
macro_rules! each {
    ($value:expr, $job:ident => $body:expr) => {
        match $value {
            Job::Fit($job) => $body,
            Job::Reconstruct($job) => $body,
            Job::Blend($job) => $body,
            Job::Clone($job) => $body,
            Job::Solve($job) => $body,
            Job::Compare($job) => $body,
            Job::Render($job) => $body,
            Job::Mesh($job) => $body,
            Job::ShapeReport($job) => $body,
            Job::Eval($job) => $body,
            Job::Statistics($job) => $body,
            Job::Demo($job) => $body,
        }
    };
}

impl Job {
    /// Plans the job: reads and checks all inputs, and writes nothing.
    ///
    /// # Errors
    /// If an input cannot be read, settings contradict it or each other, or an output cannot be written.
    pub fn plan(&self, engine: Arc<dyn Engine>, listener: &mut dyn Listener) -> Result<Plan, JobError> {
        match self.clone() {
            Job::Fit(job) => job.plan(engine, listener),
            Job::Reconstruct(job) => job.plan(engine),
            Job::Blend(job) => job.plan(engine),
            Job::Clone(job) => job.plan(engine),
            Job::Solve(job) => job.plan(engine),
            Job::Compare(job) => job.plan(engine, listener),
            Job::Render(job) => job.plan(engine),
            Job::Mesh(job) => job.plan(engine),
            Job::ShapeReport(job) => job.plan(engine),
            Job::Eval(job) => job.plan(engine),
            Job::Statistics(job) => job.plan(engine),
            Job::Demo(job) => job.plan(engine),
        }
    }

    /// The number of threads that the job requests, if any.
    pub fn threads(&self) -> Option<usize> {
        match self {
            Job::Fit(job) => job.running.threads,
            Job::Reconstruct(job) => job.shared.running.threads,
            Job::Blend(job) => job.shared.running.threads,
            Job::Clone(job) => job.shared.running.threads,
            Job::Solve(job) => job.running.threads,
            Job::Compare(job) => job.threads,
            Job::Statistics(job) => job.threads,
            Job::Demo(job) => job.threads,
            Job::Render(_) | Job::Eval(_) | Job::Mesh(_) | Job::ShapeReport(_) => None,
        }
    }

    /// Resolves all relative paths of the job against `folder`.
    pub fn rebase(&mut self, folder: &Path) {
        let paths: Vec<&mut PathBuf> = each!(self, job => job.paths());
        paths.into_iter().for_each(|path| *path = folder.join(&*path));
    }

    /// Whether the job names the file `path`, as an input or as an output.
    pub fn names_file(&self, path: &Path) -> bool {
        let mut job = self.clone();
        let paths: Vec<&mut PathBuf> = each!(&mut job, job => job.paths());
        let place = output::place(path);
        paths.into_iter().any(|own| output::place(own) == place)
    }

    /// Whether the job names a missing file that `earlier` also names. Such a file counts as an output of `earlier`.
    pub fn reads_output_of(&self, earlier: &Job) -> bool {
        let mut earlier = earlier.clone();
        let paths: Vec<&mut PathBuf> = each!(&mut earlier, job => job.paths());
        paths.into_iter().any(|path| !path.exists() && self.names_file(path))
    }

    /// The settings of the job called `job`: the name, the help text, and whether the setting is required. `None` if
    /// there is no such job.
    pub fn settings(job: &str) -> Option<Vec<(String, String, bool)>> {
        let told = |setting: &Arg| {
            let help = setting.get_help().map_or(String::new(), ToString::to_string);
            (setting.get_id().to_string(), help, setting.is_required_set())
        };
        Some(Self::options(job)?.get_arguments().map(told).collect())
    }

    /// The settings that the job called `name` has, as options of a command; `None` if there is no such job.
    fn options(name: &str) -> Option<Command> {
        let none = Command::new("");
        Some(match name {
            "fit" => FitJob::augment_args(none),
            "reconstruct" => ReconstructJob::augment_args(none),
            "blend" => BlendJob::augment_args(none),
            "clone" => CloneJob::augment_args(none),
            "solve" => SolveJob::augment_args(none),
            "compare" => CompareJob::augment_args(none),
            "render" => RenderJob::augment_args(none),
            "mesh" => MeshJob::augment_args(none),
            "shape-report" => ShapeReportJob::augment_args(none),
            "eval" => EvalJob::augment_args(none),
            "statistics" => StatisticsJob::augment_args(none),
            "demo" => DemoJob::augment_args(none),
            _ => return None,
        })
    }
}

/// The names of all jobs.
const NAMES: [&str; 12] = [
    "fit",
    "reconstruct",
    "blend",
    "clone",
    "solve",
    "compare",
    "render",
    "mesh",
    "shape-report",
    "eval",
    "statistics",
    "demo",
];

#[cfg(test)]
mod tests;
