//! Runs the command as a process, and checks its files, its output and its exit code.

mod bad_problems;
mod common;
mod compare;
mod derive;
mod errors;
mod eval;
mod field_files;
mod figures;
mod fit;
mod forms;
mod page;
mod render;
mod resume;
mod run;
mod shapes;
mod signals;
mod solve;
mod statistics;
mod surfaces;
mod usage;
mod words;
