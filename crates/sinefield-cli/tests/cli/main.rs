//! The command run as a process: what it writes, says and returns.

mod common;
mod compare;
mod derive;
mod errors;
mod eval;
mod field_files;
mod fit;
mod render;
mod resume;
mod run;
mod signals;
mod solve;
mod statistics;
mod usage;
