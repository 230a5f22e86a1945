//! The start of a fit: a new field, the parameters of another field, or a checkpoint.

use std::path::Path;
use std::sync::Arc;

use sinefield::engine::Engine;
use sinefield::field::{Architecture, Encoding, Field, Layer};
use sinefield::fit::{Checkpoint, Fit, FitConfig, FitError, Task};

use crate::JobError;
use crate::settings::{NetworkKind, NetworkSettings, Running};

/// A field with the network and the parameters of the field file `path`, and the metadata of `fresh`. `kind` is the
/// kind of the signal in errors.
pub fn given(path: &Path, asked: &NetworkSettings, fresh: &Field, kind: &str) -> Result<Field, JobError> {
    let init = Field::load(path)?;
    let sizes = |field: &Field| (field.architecture().inputs, field.architecture().outputs());
    let (found, needed) = (sizes(&init), sizes(fresh));
    if found != needed {
        let what = format!(
            "the field maps {} coordinates to {} channels, but the {kind} needs {} and {}; \
             start from a field of such a signal",
            found.0, found.1, needed.0, needed.1
        );
        return Err(JobError::fault(path.display(), what));
    }
    agree(init.architecture(), asked)?;
    Field::from_parts(init.architecture().clone(), init.parameters(), fresh.meta.clone())
        .map_err(|error| JobError::fault(path.display(), error))
}

/// Checks that no setting contradicts the network of the field.
fn agree(field: &Architecture, asked: &NetworkSettings) -> Result<(), JobError> {
    let hidden = &field.layers[..field.layers.len().saturating_sub(1)];
    let later = hidden.get(1..).unwrap_or_default();
    let conflict = |setting: &str, asked: &dyn std::fmt::Display| {
        let what = format!("{asked} is not what the field of `init` has ({}); leave it out", describe(field));
        Err(JobError::asked(setting, what))
    };
    let all = |of: &[Layer], same: &dyn Fn(&Layer) -> bool| of.iter().all(same);
    match asked {
        NetworkSettings { hidden: Some(n), .. } if !all(hidden, &|l| l.outputs == *n) => {
            conflict("`hidden`", n)
        }
        NetworkSettings { layers: Some(n), .. } if later.len() != *n => conflict("`layers`", n),
        NetworkSettings { activation: Some(a), .. }
            if NetworkKind::of(field) != *a || !all(hidden, &|l| l.activation == a.activation()) =>
        {
            conflict("`activation`", a)
        }
        NetworkSettings { omega: Some(w), .. } if !all(later, &|l| l.omega == *w) => conflict("`omega`", w),
        NetworkSettings { first_omega: Some(w), .. } if hidden.first().is_some_and(|l| l.omega != *w) => {
            conflict("`first_omega`", w)
        }
        _ => Ok(()),
    }
}

/// A network in words, such as `2 -> 4 x 256 sine -> 1`, `2 -> 26 positional -> 4 x 256 relu -> 1`, or
/// `2 -> 3 periodic -> 4 x 256 sine -> 1`.
pub fn describe(architecture: &Architecture) -> String {
    let mut text = architecture.inputs.to_string();
    if architecture.encoding != Encoding::Identity {
        let features = architecture.encoding.features(architecture.inputs);
        let name = match architecture.encoding {
            Encoding::Periodic { .. } => "periodic",
            Encoding::Fourier { .. } => "fourier",
            _ => NetworkKind::of(architecture).name(),
        };
        text += &format!(" -> {features} {name}");
    }
    let hidden = &architecture.layers[..architecture.layers.len().saturating_sub(1)];
    for same in hidden.chunk_by(|a, b| (a.outputs, a.activation) == (b.outputs, b.activation)) {
        text += &format!(" -> {} x {} {}", same.len(), same[0].outputs, same[0].activation);
    }
    format!("{text} -> {}", architecture.outputs())
}

/// A new fit of `fields` to `task`, or the fit of the checkpoint if `running` requests to resume it. The checkpoint
/// must have the same task, networks and settings. `of` is the kind of the fitted data in errors, such as `image`.
pub fn begin(
    running: &Running,
    engine: Arc<dyn Engine>,
    (fields, task): (Vec<Field>, Arc<dyn Task>),
    config: FitConfig,
    of: &str,
) -> Result<Fit, JobError> {
    let (true, Some(path)) = (running.resume, &running.checkpoint) else {
        return Ok(Fit::joint(engine, fields, task, config)?);
    };
    if !path.exists() {
        let what = "there is no such checkpoint to resume; leave out `resume` to begin";
        return Err(JobError::fault(path.display(), what));
    }
    let checkpoint = Checkpoint::load(path)?;
    let other = |what: String| {
        let text = format!("{what}; give the {of} and options it was begun with, or leave out `resume`");
        JobError::fault(path.display(), text)
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
            return Err(other(format!("the checkpoint is of another problem: its {of} differs")));
        }
    }
    Fit::resume(engine, checkpoint, task, config).map_err(|error| match error {
        FitError::OtherProblem(_) => other(error.to_string()),
        error => error.into(),
    })
}

/// The difference between two networks in words, if any.
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
