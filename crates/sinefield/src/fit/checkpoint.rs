//! All that a resumed fit needs, and its file.
//!
//! ```text
//! sinefield checkpoint 2\n        what it is, and its version
//! {"field_bytes": [..], ..}\n     one line of JSON: settings, step, every field's length in bytes
//! the fields, as their own files  parameters and layers, one after another
//! scalars, mean, square           trainable scalars and Adam's state, float32 little-endian
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
use crate::field::{Field, FileError};

const MAGIC: &[u8] = b"sinefield checkpoint 2\n";
const MAGIC_ANY: &[u8] = b"sinefield checkpoint ";

/// A fit between two steps.
#[derive(Clone, Debug, PartialEq)]
pub struct Checkpoint {
    /// The fields as they stood.
    pub fields: Vec<Field>,
    /// The trainable scalars as they stood.
    pub scalars: Vec<f32>,
    /// Adam's mean gradient, for every field one after another and the scalars.
    pub mean: Vec<f32>,
    /// Adam's mean squared gradient, likewise.
    pub square: Vec<f32>,
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
    field_bytes: Vec<usize>,
    scalars: usize,
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
    #[error("checkpoint {path} cannot be read ({reason}); name another file, or make this one readable")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        reason: std::io::Error,
    },
    /// The file is something else.
    #[error("{0} is not a checkpoint of sinefield; give the file that --checkpoint wrote")]
    Foreign(PathBuf),
    /// Another version of sinefield wrote it.
    #[error(
        "checkpoint {0} was written by another version of sinefield; resume it with that version, or start \
         again without --resume"
    )]
    OtherVersion(PathBuf),
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
        let fields: Vec<Vec<u8>> =
            self.fields.iter().map(Field::to_bytes).collect::<Result<_, _>>().map_err(wrap)?;
        let head = Head {
            field_bytes: fields.iter().map(Vec::len).collect(),
            scalars: self.scalars.len(),
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
        bytes.extend(fields.concat());
        for number in [&self.scalars, &self.mean, &self.square].into_iter().flatten() {
            bytes.extend(number.to_le_bytes());
        }
        bytes.extend(hash(&bytes).to_le_bytes());
        Ok(atomic::write(path, |file| file.write_all(&bytes))?)
    }

    /// Reads the file `path`.
    ///
    /// # Errors
    /// If it cannot be read, is not a checkpoint, or is damaged.
    pub fn load(path: &Path) -> Result<Self, CheckpointError> {
        // A device or a pipe may have no end.
        let whole = std::fs::metadata(path).and_then(|found| match found.is_file() {
            true => std::fs::read(path),
            false => Err(std::io::Error::other("it is no file")),
        });
        let bytes = whole.map_err(|reason| CheckpointError::Read { path: path.into(), reason })?;
        Self::decode(path, &bytes)
    }

    fn decode(path: &Path, bytes: &[u8]) -> Result<Self, CheckpointError> {
        let damaged = |what| CheckpointError::Damaged { path: path.into(), what };
        let Some(rest) = bytes.strip_prefix(MAGIC) else {
            return Err(if bytes.starts_with(MAGIC_ANY) {
                CheckpointError::OtherVersion(path.into())
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
        let mut rest = &rest[line + 1..];
        let mut fields = Vec::new();
        for &length in &head.field_bytes {
            let (field, after) = rest.split_at_checked(length).ok_or(damaged("its field"))?;
            let wrap = |reason| CheckpointError::Field { path: path.into(), reason };
            fields.push(Field::from_bytes(field).map_err(wrap)?);
            rest = after;
        }
        let numbers: Vec<f32> =
            rest.as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
        let (scalars, moments) = numbers.split_at_checked(head.scalars).ok_or(damaged("its scalars"))?;
        let count = fields.iter().map(|field| field.parameters().len()).sum::<usize>() + head.scalars;
        if fields.is_empty() || !rest.len().is_multiple_of(4) || moments.len() != 2 * count {
            return Err(damaged("its optimiser state"));
        }
        let (mean, square) = moments.split_at(count);
        Ok(Self {
            fields,
            scalars: scalars.to_vec(),
            mean: mean.to_vec(),
            square: square.to_vec(),
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
        // Under a constant rate a fit may go on for longer, if all went as it would have in the longer one.
        let as_long = config.warmup_steps() == self.config.warmup_steps() && !task.reads_progress();
        if config.schedule == Schedule::Constant && as_long {
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
