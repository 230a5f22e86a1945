//! The plan of a fit to a signal in words.

use sinefield::engine::Engine;
use sinefield::field::{Activation, Field, Layer};
use sinefield::fit::FitConfig;
use sinefield::recipe::sampled::Sampled;
use sinefield_media::SignalKind;

use super::report::method_words;
use crate::fitting::describe;
use crate::words::grouped;
use crate::{Subject, long_sound};

/// The plan in two lines, with further lines for a sound.
pub fn words(
    subject: &Subject,
    task: &Sampled,
    field: &Field,
    config: &FitConfig,
    engine: &dyn Engine,
) -> String {
    let (count, batch) = (task.count(), task.batch());
    let (sample, whole) = match subject.signal.kind {
        SignalKind::Image => ("pixel", "image"),
        SignalKind::Sound => ("sample", "sound"),
        SignalKind::Video => ("pixel", "video"),
        _ => ("sample", "volume"),
    };
    let each = if batch == count {
        format!("every {sample} at every step")
    } else {
        let passes = config.steps as f64 * batch as f64 / count as f64;
        format!("{} {sample}s a step, {passes:.1} passes over the {whole}", grouped(batch))
    };
    let mut words = format!(
        "{}: {}; network {}, {} parameters\n{} steps, {each}; {}; {}",
        subject.name(),
        subject.words(),
        describe(field.architecture()),
        grouped(field.parameters().len()),
        grouped(config.steps),
        method_words(config),
        engine.describe(),
    );
    if let (SignalKind::Sound, [first @ Layer { activation: Activation::Sine, .. }, second, ..]) =
        (subject.signal.kind, field.architecture().layers.as_slice())
    {
        let by = if subject.defaults().first_omega == Some(first.omega) {
            format!(", by the clip's {} samples", grouped(count))
        } else {
            String::new()
        };
        words += &format!("\nomega {} in the first layer{by}; {} in the others", first.omega, second.omega);
    }
    if let Some(warning) = long_sound::words(&subject.signal, field.parameters().len()) {
        words += &format!("\n{warning}");
    }
    words
}
