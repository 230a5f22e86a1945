//! The command line: its subcommands, and its errors in one line.

use std::error::Error;
use std::process::ExitCode;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Parser, Subcommand};

use sinefield_jobs::{
    BlendJob, CloneJob, CompareJob, DemoJob, EvalJob, FitJob, MeshJob, ReconstructJob, RenderJob,
    ShapeReportJob, SolveJob, StatisticsJob,
};

use crate::failure::Failure;
use crate::jobs::{RunOptions, Shown};
use crate::{bench, check, info, page};

/// Fits sine-activated networks to signals and equations, and renders and differentiates them exactly.
#[derive(Debug, Parser)]
#[command(name = "sinefield", version, propagate_version = true, arg_required_else_help = true)]
pub struct Usage {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Fit a field to a signal: an image, a sound, a video, a volume.
    Fit(Box<Shown<FitJob>>),
    /// Solve a problem: find fields that satisfy the constraints in a file.
    Solve(Box<Shown<SolveJob>>),
    /// Describe a problem file and the cost of one step.
    Check(check::Options),
    /// Reconstruct an image from its gradient or its Laplacian.
    Reconstruct(Box<Shown<ReconstructJob>>),
    /// Blend the gradients of two images.
    Blend(Box<Shown<BlendJob>>),
    /// Clone part of an image into another without a seam.
    Clone(Box<Shown<CloneJob>>),
    /// Render a field or its derivatives as a picture or an array of any size.
    Render(Box<Shown<RenderJob>>),
    /// Make a triangle mesh of a level set of a field in space.
    Mesh(Box<Shown<MeshJob>>),
    /// Measure how the surface of a field differs from a mesh.
    ShapeReport(Box<Shown<ShapeReportJob>>),
    /// Evaluate a field and its derivatives at points.
    Eval(Box<Shown<EvalJob>>),
    /// Run job files.
    Run(RunOptions),
    /// Describe a field file.
    Info(info::Options),
    /// Serve the live page on this machine.
    Page(page::Options),
    /// Time the standard workloads on this machine.
    Bench(bench::Options),
    /// Fit an image or a sound with several activations and compare the results.
    Compare(Box<Shown<CompareJob>>),
    /// Compare the distributions in the layers of a new network with the theory.
    Statistics(Box<Shown<StatisticsJob>>),
    /// Fit the bundled photograph and draw the derivatives of the field beside those of the pixels.
    Demo(Box<Shown<DemoJob>>),
}

/// Parses the command line. `Err` has the exit code after help or an error has been printed.
pub fn parse() -> Result<Usage, ExitCode> {
    Usage::try_parse().map_err(|error| match error.kind() {
        ErrorKind::DisplayHelp
        | ErrorKind::DisplayVersion
        | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            // A closed pipe is not an error.
            let _ = error.print();
            ExitCode::from(error.exit_code() as u8)
        }
        _ => crate::report(&failure(&error)),
    })
}

/// Converts a clap error, which has several lines, to one line.
fn failure(error: &clap::Error) -> Failure {
    let all = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => vec![text.clone()],
        Some(ContextValue::Strings(texts)) => texts.clone(),
        _ => Vec::new(),
    };
    let one = |kind| all(kind).into_iter().next().unwrap_or_default();
    let argument = one(ContextKind::InvalidArg);
    let name = argument.split([' ', '=']).next().unwrap_or_default().to_string();
    match error.kind() {
        ErrorKind::ValueValidation => {
            let reason = error.source().map_or_else(|| "is not valid".to_string(), ToString::to_string);
            Failure::usage(name, reason)
        }
        ErrorKind::InvalidValue if one(ContextKind::InvalidValue).is_empty() => {
            Failure::usage(name, "its value is missing; give one")
        }
        ErrorKind::InvalidValue => {
            let (value, valid) = (one(ContextKind::InvalidValue), all(ContextKind::ValidValue));
            Failure::usage(name, format!("\"{value}\" is unknown; give one of {}", valid.join(", ")))
        }
        ErrorKind::UnknownArgument => {
            let near = one(ContextKind::SuggestedArg);
            let advice = if near.is_empty() { "see --help".into() } else { format!("did you mean {near}?") };
            Failure::usage(argument, format!("there is no such option or argument; {advice}"))
        }
        ErrorKind::InvalidSubcommand => {
            let wrong = one(ContextKind::InvalidSubcommand);
            // The best suggestion comes last.
            let near = all(ContextKind::SuggestedSubcommand).pop().unwrap_or_default();
            let advice =
                if near.is_empty() { "see sinefield --help".into() } else { format!("did you mean {near}?") };
            Failure::usage(wrong, format!("there is no such command; {advice}"))
        }
        ErrorKind::MissingRequiredArgument => {
            let missing = all(ContextKind::InvalidArg).join(", ");
            Failure::usage(missing, "must be given; see --help")
        }
        ErrorKind::ArgumentConflict => match one(ContextKind::PriorArg) {
            prior if prior == argument => Failure::usage(name, "is given twice; give it once"),
            prior if prior.is_empty() => {
                Failure::usage(name, "cannot be given as it is beside the rest; see --help")
            }
            prior => Failure::usage(name, format!("cannot be given together with {prior}; drop one")),
        },
        _ => {
            let text = error.to_string();
            let first = text.lines().next().unwrap_or_default();
            Failure::usage("arguments", format!("{}; see --help", first.trim_start_matches("error: ")))
        }
    }
}
