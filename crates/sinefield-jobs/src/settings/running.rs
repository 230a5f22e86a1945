//! The outputs and the run settings of every fit.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use serde::{Deserialize, Serialize};
use sinefield_media::output_format;

use super::{entry, values};
use crate::{JobError, output};

/// The default time between two checkpoints, in seconds.
const CHECKPOINT_SECONDS: f64 = 30.0;

/// The outputs and the run settings of every fit.
#[derive(Args, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Running {
    /// The field file to write, in safetensors format.
    // A program may omit it and take the field from the report.
    #[arg(short, long, value_name = "FIELD", required = true)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<PathBuf>,
    /// The random seed of networks and points [default: 0]
    #[arg(long, value_name = "S", value_parser = values::whole::<u64>, allow_negative_numbers = true)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// The number of threads [default: one per core]. The result does not depend on it.
    #[arg(long, value_name = "T", value_parser = values::threads, allow_negative_numbers = true)]
    #[serde(default, deserialize_with = "entry::threads", skip_serializing_if = "Option::is_none")]
    pub threads: Option<usize>,
    /// Save the state of the fit to this file at regular intervals, on interrupt and at the end. --resume reads it.
    #[arg(long, value_name = "FILE")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checkpoint: Option<PathBuf>,
    /// The time between two checkpoints, in seconds [default: 30]
    #[arg(long, value_name = "S", value_parser = values::positive, allow_negative_numbers = true)]
    #[serde(default, deserialize_with = "entry::positive", skip_serializing_if = "Option::is_none")]
    pub checkpoint_every: Option<f64>,
    /// Continue from the file of --checkpoint. The settings of the fit must be those of the first run. The result has
    /// the
    /// same bits as that of an uninterrupted fit.
    #[arg(long)]
    #[serde(default)]
    pub resume: bool,
    /// Write one line of JSON per step to this file. With --resume, the lines are appended.
    #[arg(long, value_name = "FILE.jsonl")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log: Option<PathBuf>,
}

impl Running {
    /// The random seed of networks and points, 0 if it is not set.
    pub fn seed(&self) -> u64 {
        self.seed.unwrap_or(0)
    }

    /// The time between two checkpoints.
    pub(crate) fn checkpoint_every(&self) -> Duration {
        Duration::try_from_secs_f64(self.checkpoint_every.unwrap_or(CHECKPOINT_SECONDS))
            .unwrap_or(Duration::MAX)
    }

    /// Checks before any work that the files can be written, and that none is one of `inputs`. `more` are additional
    /// outputs.
    pub(crate) fn check(&self, inputs: &[&Path], more: &[&Path]) -> Result<(), JobError> {
        if self.resume && self.checkpoint.is_none() {
            return Err(JobError::asked(
                "`resume`",
                "there is no checkpoint to resume; give `checkpoint` FILE too",
            ));
        }
        let own = [self.output.as_ref(), self.checkpoint.as_ref(), self.log.as_ref()];
        let own = own.into_iter().flatten().map(PathBuf::as_path);
        output::check(inputs, &own.chain(more.iter().copied()).collect::<Vec<_>>())?;
        if let Some(output) = self.output.as_deref().filter(|output| output_format(output).is_ok()) {
            let what = "a field is no picture; end its name in .safetensors, and render it afterwards";
            return Err(JobError::asked(output.display(), what));
        }
        Ok(())
    }

    /// All paths that the settings name.
    pub(crate) fn paths(&mut self) -> Vec<&mut PathBuf> {
        let all = [self.output.as_mut(), self.checkpoint.as_mut(), self.log.as_mut()];
        all.into_iter().flatten().collect()
    }
}
