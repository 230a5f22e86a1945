//! What a person can ask of sinefield, between files and the library: signals are read, stated as tasks with defaults
//! that suit their kind, measured, and rendered to files again.
//!
//! ```text
//! file -> Signal -> Subject -> Fit -> Field -> Quality
//!         media     here       library         here, and files by `write`
//! ```
//!
//! Nothing here prints or parses a command line.
//!
//! ```
//! use std::sync::Arc;
//!
//! use sinefield::engine::cpu::CpuEngine;
//! use sinefield::fit::{Control, Fit, FitConfig};
//! use sinefield_jobs::{Quality, Subject};
//! use sinefield_media::write_sound;
//!
//! let folder = tempfile::tempdir()?;
//! let path = folder.path().join("tone.wav");
//! let tone: Vec<f32> = (0..500).map(|i| 0.5 * (i as f32 * 0.2).sin()).collect();
//! let _ = write_sound(&path, 8000, 1, &tone)?;
//!
//! let subject = Subject::read(&path, None, &mut |_, _| ())?;
//! let network = subject.defaults().network();
//! let task = Arc::new(subject.task()?);
//! let engine = Arc::new(CpuEngine::new(Some(1))?);
//! let config = FitConfig { steps: 30, rate: subject.defaults().rate, ..FitConfig::default() };
//! let mut fit = Fit::new(engine.clone(), subject.field(&task, &network, 0)?, task.clone(), config)?;
//! fit.run(|_, _| Control::Continue)?;
//! let quality = Quality::measure(&engine, fit.field(), &subject, &task, &mut |_, _| ())?;
//! assert!(matches!(quality, Quality::Sound { .. }));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod defaults;
mod error;
mod quality;
mod subject;
mod write;

pub use defaults::Defaults;
pub use error::JobError;
pub use quality::{Quality, value_range};
pub use subject::Subject;
pub use write::{Extent, Output, Written, write};

/// Is told how much of a long stage is done, and of how much if that is known: frames or samples.
pub type Told<'a> = &'a mut dyn FnMut(usize, Option<usize>);
