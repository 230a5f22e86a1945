//! The jobs of sinefield as data.
//!
//! A [`Job`] is a request: fit a signal, make a picture from derivatives, solve a problem, or render a field. It can be
//! serialised with serde, parsed from command-line options, and read from a TOML or JSON file. [`Job::plan`] reads and
//! checks all inputs and describes the work. [`Plan::run`] does the work and reports its progress to a [`Listener`].
//!
//! ```text
//! TOML, options -> Job -> Plan -> Fit -> Field -> Report
//!                   |
//!   file -> Signal -> Subject
//! ```
//!
//! This crate prints nothing. Its errors name settings, not command-line options.
//!
//! ```
//! use std::sync::Arc;
//!
//! use sinefield::engine::cpu::CpuEngine;
//! use sinefield_jobs::{Job, Listener};
//! use sinefield_media::write_sound;
//!
//! let folder = tempfile::tempdir()?;
//! let tone: Vec<f32> = (0..500).map(|i| 0.5 * (i as f32 * 0.2).sin()).collect();
//! let _ = write_sound(&folder.path().join("tone.wav"), 8000, 1, &tone)?;
//! let path = folder.path().join("job.toml");
//! std::fs::write(&path, "job = 'fit'\nsignal = 'tone.wav'\noutput = 'tone.safetensors'\nsteps = 30\nhidden = 16")?;
//!
//! let job = Job::read(&path)?;
//! let plan = job.plan(Arc::new(CpuEngine::new(job.threads())?), &mut ())?;
//! assert!(plan.words().contains("1 -> 4 x 16 sine -> 1"));
//! let report = plan.run(&mut ())?;
//! assert!(report.numbers["snr_db"].is_number());
//! assert!(folder.path().join("tone.safetensors").exists());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod bench;
mod check;
mod compare;
mod defaults;
mod demo;
mod derive;
mod error;
mod eval;
mod figure;
mod fit;
mod fitting;
mod job;
mod listener;
mod long_sound;
pub mod output;
mod page;
mod plan;
mod quality;
mod render;
pub mod settings;
pub mod shade;
mod solve;
pub mod statistics;
mod subject;
mod surface;
mod texts;
pub mod words;

pub use check::check;
pub use compare::{CompareJob, Supervision};
pub use defaults::Defaults;
pub use demo::DemoJob;
pub use derive::{Align, BlendJob, CloneJob, From as DerivedFrom, Operator, ReconstructJob, Shared};
pub use error::JobError;
pub use eval::EvalJob;
pub use fit::{FitJob, Recipe};
pub use fitting::describe;
pub use job::Job;
pub use listener::{Event, Listener};
pub use plan::{Plan, Report};
pub use quality::{Quality, value_range};
pub use render::{ComplexPart, Cut, Frames, Look, RenderJob, Shown, Style, Sweep, draw};
pub use solve::{SolveJob, Source};
pub use statistics::StatisticsJob;
pub use subject::{Rates, Subject};
pub use surface::{MeshJob, NamedField, ShapeReportJob};

/// Receives the progress of a long stage: the number of frames, rows, samples or bytes done, and the total if it is
/// known.
pub type Told<'a> = &'a mut dyn FnMut(usize, Option<usize>);
