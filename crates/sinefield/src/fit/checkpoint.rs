//! All that a resumed fit needs, and its file.
//!
//! ```text
//! sinefield checkpoint 1\n        what it is, and its version
//! {"bytes": ..., ...}\n           one line of JSON: settings, step, the field's length in bytes
//! the field, as its own file      parameters and layers
//! mean, square                    Adam's state, float32 little-endian
//! 8 bytes                         a hash of all that is above (FNV-1a), little-endian
//! ```

use std::io::Write;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::config::{FitConfig, Schedule};
use super::run::FitError;
use super::task::Task;
use crate::atomic::{self, WriteError};
use crate::field::{AlignedVec, Field, FileError};

const MAGIC: &[u8] = b"sinefield checkpoint 1\n";
const MAGIC_ANY: &[u8] = b"sinefield checkpoint ";

/// A fit between two steps.
#[derive(Clone, Debug, PartialEq)]
pub struct Checkpoint {
    /// The field as it stood.
    pub field: Field,
    /// Adam's mean gradient.
    pub mean: AlignedVec,
    /// Adam's mean squared gradient.
    pub square: AlignedVec,
    /// Updates made.
    pub step: usize,
    /// The loss before the last update; NaN before the first.
    pub loss: f64,
    /// Seconds spent in steps.
    pub seconds: f64,
    /// The settings.
    pub config: FitConfig,
    /// The task's.
    pub fingerprint: u64,
}

/// The line of JSON.
#[derive(Serialize, Deserialize)]
struct Head {
    field_bytes: usize,
    step: usize,
    loss: Option<f64>,
    seconds: f64,
    fingerprint: u64,
    config: FitConfig,
}

/// Why a checkpoint cannot be read or written.
#[derive(Debug, Error)]
pub enum CheckpointError {
    /// The system refused to read the file.
    #[error("cannot read checkpoint {path}: {reason}")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        reason: std::io::Error,
    },
    /// The file is something else.
    #[error("{0} is not a checkpoint of sinefield; give the file that --checkpoint wrote")]
    Foreign(PathBuf),
    /// A later sinefield wrote it.
    #[error("checkpoint {0} was written by a newer sinefield; update sinefield to resume it")]
    Newer(PathBuf),
    /// The file is cut short or its bytes have changed.
    #[error("checkpoint {path} is damaged ({what}); start again without --resume")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Where.
        what: &'static str,
    },
    /// The field in it cannot be used.
    #[error("the field in checkpoint {path} cannot be used: {reason}")]
    Field {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: FileError,
    },
    /// It cannot be written.
    #[error(transparent)]
    Write(#[from] WriteError),
}

impl Checkpoint {
    /// Writes it as the file `path`, replacing what is there only once all is on disk.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn save(&self, path: &Path) -> Result<(), CheckpointError> {
        let wrap = |reason| CheckpointError::Field { path: path.into(), reason };
        let field = self.field.to_bytes().map_err(wrap)?;
        let head = Head {
            field_bytes: field.len(),
            step: self.step,
            loss: self.loss.is_finite().then_some(self.loss),
            seconds: self.seconds,
            fingerprint: self.fingerprint,
            config: self.config.clone(),
        };
        let mut bytes = MAGIC.to_vec();
        // Plain numbers and names always serialise.
        bytes.extend(serde_json::to_vec(&head).unwrap_or_default());
        bytes.push(b'\n');
        bytes.extend(field);
        for moment in self.mean.iter().chain(self.square.iter()) {
            bytes.extend(moment.to_le_bytes());
        }
        bytes.extend(hash(&bytes).to_le_bytes());
        Ok(atomic::write(path, |file| file.write_all(&bytes))?)
    }

    /// Reads the file `path`.
    ///
    /// # Errors
    /// If it cannot be read, is not a checkpoint, or is damaged.
    pub fn load(path: &Path) -> Result<Self, CheckpointError> {
        let bytes =
            std::fs::read(path).map_err(|reason| CheckpointError::Read { path: path.into(), reason })?;
        Self::decode(path, &bytes)
    }

    fn decode(path: &Path, bytes: &[u8]) -> Result<Self, CheckpointError> {
        let damaged = |what| CheckpointError::Damaged { path: path.into(), what };
        let Some(rest) = bytes.strip_prefix(MAGIC) else {
            return Err(if bytes.starts_with(MAGIC_ANY) {
                CheckpointError::Newer(path.into())
            } else {
                CheckpointError::Foreign(path.into())
            });
        };
        let (body, sum) = bytes.split_last_chunk::<8>().ok_or(damaged("it ends early"))?;
        if hash(body).to_le_bytes() != *sum {
            return Err(damaged("its bytes do not add up"));
        }
        let rest = &rest[..rest.len().saturating_sub(8)];
        let line = rest.iter().position(|&b| b == b'\n').ok_or(damaged("it has no header"))?;
        let head: Head = serde_json::from_slice(&rest[..line]).map_err(|_| damaged("its header"))?;
        let rest = &rest[line + 1..];
        let (field, moments) = rest.split_at_checked(head.field_bytes).ok_or(damaged("its field"))?;
        let field = Field::from_bytes(field)
            .map_err(|reason| CheckpointError::Field { path: path.into(), reason })?;
        let count = field.parameters().len();
        if moments.len() != 8 * count {
            return Err(damaged("its optimiser state"));
        }
        let numbers: Vec<f32> =
            moments.as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
        Ok(Self {
            field,
            mean: AlignedVec::from_slice(&numbers[..count]),
            square: AlignedVec::from_slice(&numbers[count..]),
            step: head.step,
            loss: head.loss.unwrap_or(f64::NAN),
            seconds: head.seconds,
            config: head.config,
            fingerprint: head.fingerprint,
        })
    }

    /// Whether a fit of `task` under `config` would go on as this one began.
    pub(super) fn check(&self, task: &dyn Task, config: &FitConfig) -> Result<(), FitError> {
        if self.fingerprint != task.fingerprint() {
            return Err(FitError::OtherProblem("data, batch or seed"));
        }
        let mut same = config.clone();
        same.target_psnr = self.config.target_psnr;
        if config.schedule == Schedule::Constant {
            same.steps = self.config.steps;
        }
        if same != self.config {
            return Err(FitError::OtherProblem("steps, learning rate or schedule"));
        }
        Ok(())
    }
}

/// FNV-1a over 64 bits: against damage, not against malice.
pub(crate) fn hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |h, b| (h ^ u64::from(*b)).wrapping_mul(0x0100_0000_01b3))
}
