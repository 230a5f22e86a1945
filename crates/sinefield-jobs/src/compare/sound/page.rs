//! The comparison on a sound as one self-contained HTML page.

use std::fmt::Write;
use std::path::Path;

use super::super::page::embedded;
use super::Metrics;
use crate::JobError;
use crate::page::{escaped, head};
use crate::words::grouped;

/// The page, with the pictures in the files `panel` and `curves`.
pub fn html(metrics: &Metrics, panel: &Path, curves: &Path) -> Result<String, JobError> {
    let Metrics { samples, channels, rate, steps, batch, seed, power, .. } = metrics;
    let sound = escaped(&metrics.sound);
    let rates = match metrics.recipe {
        "paper" => "the SIREN paper's constant rate of 1e-4 for all",
        _ => "each activation at the rate that suits it, with 20 steps of warm-up and a cosine fall to 2 %",
    };
    let mut table = String::new();
    for own in &metrics.activations {
        let early = own.diverged.as_ref().map_or(String::new(), |why| format!(" ({})", escaped(why)));
        // Writing to a string cannot fail.
        let _ = writeln!(
            table,
            "<tr><td>{}</td><td>{:.2}</td><td>{:.3e}</td><td>{}</td><td>{:e}</td><td class=\"words\">{}{early}</td></tr>",
            own.name,
            own.snr_db,
            own.mse,
            grouped(own.parameters),
            own.learning_rate,
            escaped(&own.network),
        );
    }
    Ok(format!(
        "{}<p>{} samples at {rate:.0} Hz, {channels} channels, {steps} steps of Adam on {} samples each, {rates}; seed \
         {seed}. Every network has about the same number of parameters and the initialisation of its own \
         literature. Silence has a mean squared error of {power:.3e}, and a signal-to-noise ratio of 0 dB.</p>\n\
         <table><thead><tr><th>activation</th><th>SNR, dB</th><th>mean squared error</th><th>parameters</th>\
         <th>rate</th><th class=\"words\">network</th></tr></thead><tbody>\n\
         {table}</tbody></table>\n\
         <p><img alt=\"The waveform of the sound and of every activation\" src=\"{}\"></p>\n\
         <p>All rows are drawn at the sound's scales. At the right the sound is pale behind each fit.</p>\n\
         <p><img alt=\"SNR over steps\" src=\"{}\"></p>\n</body></html>",
        head(&format!("Activations on {sound}")),
        grouped(*samples),
        grouped(*batch),
        embedded(panel)?,
        embedded(curves)?,
    ))
}
