//! The state that a resumed fit needs, and its file.
//!
//! | in the file (safetensors) | content |
//! |---|---|
//! | tensors `fields.{i}.*` | field `i`, as in a field file |
//! | tensor `scalars` | the trainable scalars |
//! | tensors `optimizer.*` | the state of the optimiser |
//! | tensor `balance` | the factor of each term, if they are not 1 |
//! | tensors `focus.{i}.*` | what term `i` has taken from the fields, if it takes anything |
//! | metadata `sinefield-checkpoint` | JSON: version, step, loss, settings, metadata of each field |
//! | metadata `checksum` | a hash of the rest, which detects damage |

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sinefield_files::WriteError;
use thiserror::Error;

use super::config::{FitConfig, Schedule};
use super::container::{self, Container};
use super::error::FitError;
use super::focus::Focus;
use super::task::Task;
use crate::field::{Field, FileFault};
use crate::optimizer::{StateArray, StateValues};

/// The version that this build reads and writes.
const VERSION: u64 = 3;
/// The metadata entry with everything except the tensors.
const ENTRY: &str = "sinefield-checkpoint";
/// The tensor of the trainable scalars.
const SCALARS: &str = "scalars";
/// The prefix of the names of the optimiser's arrays.
const OPTIMIZER: &str = "optimizer.";
/// The tensor of the factors of the terms.
const BALANCE: &str = "balance";
/// The prefix of the names of the arrays of what terms have taken from the fields.
const FOCUS: &str = "focus.";
/// The first bytes of checkpoints of versions 1 and 2.
const EARLIER: &[u8] = b"sinefield checkpoint ";

/// The state of a fit between two steps.
#[derive(Clone, Debug, PartialEq)]
pub struct Checkpoint {
    /// The current fields.
    pub fields: Vec<Field>,
    /// The current trainable scalars.
    pub scalars: Vec<f64>,
    /// The state of the optimiser.
    pub optimizer: Vec<StateArray>,
    /// The factor of the loss of each term; empty without a balance.
    pub balance: Vec<f64>,
    /// What a term has taken from the fields, by the index of the term, for those that take anything.
    pub focus: BTreeMap<usize, Focus>,
    /// The number of updates so far.
    pub step: usize,
    /// The loss before the last update; NaN before the first.
    pub loss: f64,
    /// Seconds spent in steps.
    pub seconds: f64,
    /// The settings.
    pub config: FitConfig,
    /// The fingerprint of the task.
    pub fingerprint: u64,
    /// Whether the fit ended because the next loss was not usable.
    pub diverged: bool,
}

/// The part of the entry that is common to all versions.
#[derive(Deserialize)]
struct Version {
    version: u64,
}

/// The entry.
#[derive(Serialize, Deserialize)]
struct Entry {
    version: u64,
    /// The metadata entries of the fields.
    fields: Vec<String>,
    diverged: bool,
    step: usize,
    loss: Option<f64>,
    seconds: f64,
    fingerprint: u64,
    config: FitConfig,
}

/// The reason that a checkpoint cannot be read or written.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum CheckpointError {
    /// The system refused to read the file.
    #[error("{path}: the checkpoint cannot be read ({reason}); name another file, or make this one readable")]
    Read {
        /// The file.
        path: PathBuf,
        /// The message of the system.
        #[source]
        reason: std::io::Error,
    },
    /// The file is not a checkpoint.
    #[error(
        "{0}: is not a checkpoint of sinefield; give a file that a fit wrote with its checkpoint setting"
    )]
    Foreign(PathBuf),
    /// Another version of sinefield wrote the file.
    #[error(
        "{0}: the checkpoint was written by another version of sinefield; resume it with that version, or begin anew"
    )]
    OtherVersion(PathBuf),
    /// The file is truncated or its bytes have changed.
    #[error("{path}: the checkpoint {reason}; or begin the fit anew")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The fault.
        #[source]
        reason: FileFault,
    },
    /// A field of the checkpoint cannot be written.
    #[error("{path}: a field cannot be kept: it {reason}")]
    Field {
        /// The file.
        path: PathBuf,
        /// The reason.
        #[source]
        reason: FileFault,
    },
    /// The file cannot be written.
    #[error(transparent)]
    Write(#[from] WriteError),
}

impl Checkpoint {
    /// Writes the checkpoint to the file `path`. An existing file is replaced only after all bytes are on disk.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn save(&self, path: &Path) -> Result<(), CheckpointError> {
        let optimizer = self.optimizer.iter().map(|array| StateArray {
            name: format!("{OPTIMIZER}{}", array.name),
            values: array.values.clone(),
        });
        let scalars = StateArray { name: SCALARS.into(), values: StateValues::F64(self.scalars.clone()) };
        let balance = StateArray { name: BALANCE.into(), values: StateValues::F64(self.balance.clone()) };
        let balance = (!self.balance.is_empty()).then_some(balance);
        let focus = self.focus.iter().flat_map(|(term, focus)| focus.arrays(*term));
        let focus = focus.map(|array| StateArray { name: format!("{FOCUS}{}", array.name), ..array });
        let arrays: Vec<StateArray> = optimizer.chain([scalars]).chain(balance).chain(focus).collect();
        let entry = |fields| {
            let entry = Entry {
                version: VERSION,
                fields,
                diverged: self.diverged,
                step: self.step,
                loss: self.loss.is_finite().then_some(self.loss),
                seconds: self.seconds,
                fingerprint: self.fingerprint,
                config: self.config.clone(),
            };
            // Serialisation of plain numbers and names cannot fail.
            serde_json::to_string(&entry).unwrap_or_default()
        };
        let bytes = container::encode(&self.fields, &arrays, ENTRY, entry)
            .map_err(|reason| CheckpointError::Field { path: path.into(), reason })?;
        Ok(sinefield_files::write(path, |file| file.write_all(&bytes))?)
    }

    /// Reads the file `path`.
    ///
    /// # Errors
    /// If the file cannot be read, is not a checkpoint, is of another version, or is damaged.
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
        if bytes.starts_with(EARLIER) {
            return Err(CheckpointError::OtherVersion(path.into()));
        }
        let damaged = |reason| CheckpointError::Damaged { path: path.into(), reason };
        let metadata = |error: serde_json::Error| damaged(FileFault::Metadata(error.to_string()));
        let mut container = Container::decode(bytes).map_err(|fault| match fault {
            FileFault::HeaderTooLong { .. } => CheckpointError::Foreign(path.into()),
            fault => damaged(fault),
        })?;
        let text = container.entry(ENTRY).ok_or_else(|| CheckpointError::Foreign(path.into()))?;
        let Version { version } = serde_json::from_str(text).map_err(metadata)?;
        if version != VERSION {
            return Err(CheckpointError::OtherVersion(path.into()));
        }
        let entry: Entry = serde_json::from_str(text).map_err(metadata)?;
        let each = entry.fields.iter().enumerate();
        let fields: Vec<Field> = each
            .map(|(at, text)| container.take_field(at, text))
            .collect::<Result<_, _>>()
            .map_err(damaged)?;
        let (mut optimizer, mut scalars, mut balance) = (Vec::new(), Vec::new(), Vec::new());
        let mut focus = BTreeMap::new();
        for StateArray { name, values } in container.take_arrays().map_err(damaged)? {
            match (name.strip_prefix(OPTIMIZER), values) {
                (Some(name), values) => optimizer.push(StateArray { name: name.into(), values }),
                (None, StateValues::F64(values)) if name == SCALARS => scalars = values,
                (None, StateValues::F64(values)) if name == BALANCE => balance = values,
                (None, values)
                    if name
                        .strip_prefix(FOCUS)
                        .is_some_and(|name| Focus::take(&mut focus, name, &values)) => {}
                // As written before there was float64.
                (None, StateValues::F32(values)) if name == SCALARS => {
                    scalars = values.into_iter().map(f64::from).collect();
                }
                _ => return Err(damaged(FileFault::UnknownTensor { name })),
            }
        }
        if fields.is_empty() {
            return Err(damaged(FileFault::Metadata("it has no fields".into())));
        }
        Ok(Self {
            fields,
            scalars,
            optimizer,
            balance,
            focus,
            step: entry.step,
            loss: entry.loss.unwrap_or(f64::NAN),
            seconds: entry.seconds,
            config: entry.config,
            fingerprint: entry.fingerprint,
            diverged: entry.diverged,
        })
    }

    /// Checks that a fit of `task` with `config` would continue like the one that wrote this checkpoint.
    pub(super) fn check(&self, task: &dyn Task, config: &FitConfig) -> Result<(), FitError> {
        if self.fingerprint != task.fingerprint() {
            return Err(FitError::OtherProblem("data, batch or seed"));
        }
        let mut same = config.clone();
        same.target_psnr = self.config.target_psnr;
        if self.diverged {
            same.rate = self.config.rate;
        }
        // With a constant rate, `steps` may change if that would not have changed the steps already made.
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
