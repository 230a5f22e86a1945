//! sinefield in a browser: what the live page calls.
//!
//! The page (`web/page`) runs this module in workers. Settings and reports are JSON, with the names and the defaults of the
//! command. Pictures come as bytes, sounds as numbers between -1 and 1, fields as the bytes of their files. An error is thrown
//! as one sentence that says what is wrong and what to do.

mod engine;
mod error;
mod fitting;
mod own;
mod settings;
#[cfg(any(test, target_feature = "atomics"))]
mod threads;
mod view;

pub use engine::{engine, peak};
pub use error::PageError;
pub use fitting::Fitting;
pub use own::differences;
#[cfg(target_feature = "atomics")]
pub use threads::{run_thread, start_threads};
pub use view::View;
