//! Where a fit starts: a new field, another's parameters, or a checkpoint.

use std::path::Path;
use std::sync::Arc;

use sinefield::engine::cpu::CpuEngine;
use sinefield::field::{Architecture, Encoding, Field, Layer};
use sinefield::fit::{Checkpoint, Fit, FitConfig, FitError, Task};
use sinefield::recipe::sampled::Sampled;
use sinefield_jobs::Subject;

use super::options::{NetworkOptions, Options};
use super::{RunningOptions, failed};
use crate::failure::Failure;
use crate::kind::Kind;

/// The field that a fit of `task`, the task of `subject`, begins with.
pub fn field(options: &Options, subject: &Subject, task: &Sampled) -> Result<Field, Failure> {
    let shortest = task.shape().iter().copied().min().unwrap_or(1);
    let network = options.network.config(shortest, subject.defaults().network());
    let fresh = subject.field(task, &network, options.running.seed())?;
    match &options.init {
        Some(path) => from_field(path, &options.network, &fresh, subject.signal.kind.name()),
        None => Ok(fresh),
    }
}

/// The parameters of the field `path`, now standing for what `fresh` stands for.
fn from_field(path: &Path, asked: &NetworkOptions, fresh: &Field, kind: &str) -> Result<Field, Failure> {
    let init = Field::load(path)?;
    let sizes = |field: &Field| (field.architecture().inputs, field.architecture().outputs());
    let (found, needed) = (sizes(&init), sizes(fresh));
    if found != needed {
        let what = format!(
            "the field maps {} coordinates to {} channels, but the {kind} needs {} and {}; \
             start from a field of such a signal",
            found.0, found.1, needed.0, needed.1
        );
        return Err(Failure::fault(path.display(), what));
    }
    agree(init.architecture(), asked)?;
    Field::from_parts(init.architecture().clone(), init.parameters(), fresh.meta.clone())
        .map_err(|error| Failure::fault(path.display(), error))
}

/// Checks that no option asks for another network than the field's.
fn agree(field: &Architecture, asked: &NetworkOptions) -> Result<(), Failure> {
    let hidden = &field.layers[..field.layers.len().saturating_sub(1)];
    let later = hidden.get(1..).unwrap_or_default();
    let conflict = |option: &str, asked: &dyn std::fmt::Display| {
        let what = format!(
            "{asked} is not what the field of --init has ({}); leave the option out",
            describe(field)
        );
        Err(Failure::usage(option, what))
    };
    let all = |of: &[Layer], same: &dyn Fn(&Layer) -> bool| of.iter().all(same);
    match asked {
        NetworkOptions { hidden: Some(n), .. } if !all(hidden, &|l| l.outputs == *n) => {
            conflict("--hidden", n)
        }
        NetworkOptions { layers: Some(n), .. } if later.len() != *n => conflict("--layers", n),
        NetworkOptions { activation: Some(a), .. }
            if Kind::of(field) != *a || !all(hidden, &|l| l.activation == a.activation()) =>
        {
            conflict("--activation", a)
        }
        NetworkOptions { omega: Some(w), .. } if !all(later, &|l| l.omega == *w) => conflict("--omega", w),
        NetworkOptions { first_omega: Some(w), .. } if hidden.first().is_some_and(|l| l.omega != *w) => {
            conflict("--first-omega", w)
        }
        _ => Ok(()),
    }
}

/// A network in words, as `2 -> 4 x 256 sine -> 1`, or `2 -> 26 positional -> 4 x 256 relu -> 1`.
pub fn describe(architecture: &Architecture) -> String {
    let mut text = architecture.inputs.to_string();
    if architecture.encoding != Encoding::Identity {
        let features = architecture.encoding.features(architecture.inputs);
        text += &format!(" -> {features} {}", Kind::of(architecture));
    }
    let hidden = &architecture.layers[..architecture.layers.len().saturating_sub(1)];
    for same in hidden.chunk_by(|a, b| (a.outputs, a.activation) == (b.outputs, b.activation)) {
        text += &format!(" -> {} x {} {}", same.len(), same[0].outputs, same[0].activation);
    }
    format!("{text} -> {}", architecture.outputs())
}

/// The fit of `fields` to `task`, or one that goes on from the checkpoint if that is asked for, which must be
/// of the same task, networks and settings. `given` is what a task is made of, as `image`.
pub fn begin(
    running: &RunningOptions,
    engine: Arc<CpuEngine>,
    fields: Vec<Field>,
    task: Arc<dyn Task>,
    config: FitConfig,
    given: &str,
) -> Result<Fit, Failure> {
    let (true, Some(path)) = (running.resume, &running.checkpoint) else {
        return Fit::joint(engine, fields, task, config).map_err(failed);
    };
    if !path.exists() {
        let what = "there is no such checkpoint to resume; leave out --resume to begin";
        return Err(Failure::fault(path.display(), what));
    }
    let checkpoint = Checkpoint::load(path)?;
    let other = |what: String| {
        let text = format!("{what}; give the {given} and options it was begun with, or leave out --resume");
        Failure::fault(path.display(), text)
    };
    let (found, asked) = (checkpoint.fields.len(), fields.len());
    if found != asked {
        return Err(other(format!(
            "the checkpoint is of another problem: it has {found} fields, not {asked}"
        )));
    }
    for (fresh, found) in fields.iter().zip(&checkpoint.fields) {
        if let Some(what) = difference(fresh, found) {
            return Err(other(format!("the checkpoint is of another problem: its {what}")));
        }
        if fresh.meta.axes != found.meta.axes || fresh.meta.value != found.meta.value {
            return Err(other(format!("the checkpoint is of another problem: its {given} differs")));
        }
    }
    Fit::resume(engine, checkpoint, task, config).map_err(|error| match error {
        FitError::OtherProblem(_) => other(error.to_string()),
        error => failed(error),
    })
}

/// What is not the same of two networks, if anything.
pub fn difference(fresh: &Field, found: &Field) -> Option<String> {
    if found.architecture() == fresh.architecture() {
        return None;
    }
    let (found, asked) = (describe(found.architecture()), describe(fresh.architecture()));
    Some(if found == asked {
        "network has another omega".into()
    } else {
        format!("network has {found}, not {asked}")
    })
}
