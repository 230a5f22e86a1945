//! `sinefield page`: serves the live page on this machine.
//!
//! The page is a folder of static files (`web/build`). The feature `page` takes it into the command.

mod request;
#[cfg(feature = "page")]
mod serve;

use std::path::PathBuf;

use clap::Args;

use crate::failure::Failure;

/// Arguments of `sinefield page`.
#[derive(Args, Debug)]
#[command(after_long_help = "\
The page fits pictures and sounds in the browser and shows fields of one and two coordinates. It is served to this machine \
alone, until the command is interrupted. Nothing that is opened in it leaves the machine.")]
pub struct Options {
    /// Open this field file.
    #[arg(long, value_name = "FIELD", conflicts_with = "job")]
    pub field: Option<PathBuf>,
    /// Open the picture or sound of this job file, with its settings. The job is "fit".
    #[arg(long, value_name = "JOB.toml")]
    pub job: Option<PathBuf>,
    /// The port [default: a free one]
    #[arg(long, value_name = "PORT", default_value_t = 0, hide_default_value = true)]
    pub port: u16,
}

/// Serves the page until the program ends.
#[cfg(feature = "page")]
pub fn run(options: &Options) -> Result<(), Failure> {
    let request = request::Request::read(options)?;
    serve::serve(options.port, &request)
}

/// Says how to get the page.
#[cfg(not(feature = "page"))]
pub fn run(options: &Options) -> Result<(), Failure> {
    request::Request::read(options)?;
    let what = "is not part of this build; in a checkout of sinefield, run web/build, and then cargo install --path \
                crates/sinefield-cli --features page";
    Err(Failure::fault("page", what))
}
