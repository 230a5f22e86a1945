//! How every fit is run, whatever it is of: its files, its display, its checkpoints.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use sinefield::fit::{Fit, FitError, Outcome, StoppedBy};
use sinefield_media::output_format;

use super::keep::Keeper;
use crate::failure::Failure;
use crate::{interrupt, output, values};

/// What every fit writes, and how it is run.
#[derive(Args, Debug)]
pub struct RunningOptions {
    /// The field file to write, as safetensors.
    #[arg(short, long, value_name = "FIELD")]
    pub output: PathBuf,
    /// The number from which networks and points are drawn [default: 0]
    #[arg(long, value_name = "S", value_parser = values::whole::<u64>, allow_negative_numbers = true)]
    pub seed: Option<u64>,
    /// Threads; one a core if not given. The result does not depend on it.
    #[arg(long, value_name = "T", value_parser = values::threads, allow_negative_numbers = true)]
    pub threads: Option<usize>,
    /// Keep all that a resumed fit needs in this file: every 30 seconds, on interrupt, and at the end.
    #[arg(long, value_name = "FILE")]
    pub checkpoint: Option<PathBuf>,
    /// Go on from the checkpoint, with the options it was begun with, to end in the same bits as a
    /// fit never interrupted.
    #[arg(long)]
    pub resume: bool,
    /// Write one JSON line for every step to this file; with --resume, after the lines in it.
    #[arg(long, value_name = "FILE.jsonl")]
    pub log: Option<PathBuf>,
    /// End standard output with a report as one JSON object.
    #[arg(long)]
    pub json: bool,
    /// Say nothing but errors and how an interrupted fit is resumed.
    #[arg(long)]
    pub quiet: bool,
}

impl RunningOptions {
    /// The number from which networks and points are drawn, where no file says another.
    pub fn seed(&self) -> u64 {
        self.seed.unwrap_or(0)
    }

    /// Checks, before any work, what would otherwise fail after it: that files can be written, and that
    /// none is one of `inputs`. `more` are outputs beside those of every fit.
    pub fn check(&self, inputs: &[&Path], more: &[&Path]) -> Result<(), Failure> {
        if self.resume && self.checkpoint.is_none() {
            return Err(Failure::usage(
                "--resume",
                "there is no checkpoint to resume; give --checkpoint FILE too",
            ));
        }
        let own = [Some(&self.output), self.checkpoint.as_ref(), self.log.as_ref()];
        let own = own.into_iter().flatten().map(PathBuf::as_path);
        output::check(inputs, &own.chain(more.iter().copied()).collect::<Vec<_>>())?;
        if output_format(&self.output).is_ok() {
            let what = "a field is no picture; end its name in .safetensors, and render it afterwards";
            return Err(Failure::usage(self.output.display(), what));
        }
        Ok(())
    }

    /// Runs a fit of `steps` steps and writes its last checkpoint; `finish` is handed how it ended and
    /// leaves the field in its file. `power` is the mean square of a sound's outputs, for its signal-to-noise ratio.
    pub fn run(
        &self,
        mut fit: Fit,
        (steps, power): (usize, Option<f64>),
        finish: impl FnOnce(Fit, &Outcome) -> Result<(), Failure>,
    ) -> Result<ExitCode, Failure> {
        let mut keeper = Keeper::new(self.checkpoint.as_deref(), self.log.as_deref(), self.resume)?;
        let outcome = match super::steps(&mut fit, (steps, power, self.quiet), &mut keeper) {
            Ok(outcome) => outcome,
            Err(error @ FitError::Diverged { .. }) => {
                return Err(super::diverged(&fit, error, self.checkpoint.as_deref(), &self.output));
            }
            Err(error) => return Err(super::failed(error)),
        };
        // The field is kept even where its checkpoint cannot be.
        let kept = super::checkpoint(&fit, &outcome, self.checkpoint.as_deref(), &self.output);
        finish(fit, &outcome)?;
        kept?;
        keeper.end()?;
        let interrupted = outcome.stopped_by == StoppedBy::Interrupt;
        Ok(if interrupted { ExitCode::from(interrupt::CODE) } else { ExitCode::SUCCESS })
    }
}
