//! The job that compares the distributions of a new network, layer by layer, with the theory.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use serde::{Deserialize, Serialize};
use serde_json::{Map, json};
use sinefield::engine::Engine;

use super::{LayerStatistics, Network, Theory, figure, survey};
use crate::settings::{entry, values};
use crate::{JobError, Plan, Report, output};

/// Compares the distributions in the layers of a new network with the theory.
#[derive(Args, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[command(after_long_help = "\
The job creates a random sine network and evaluates it at 1,024 inputs over [-1, 1]^d. With several coordinates, \
the spectra come from 1,024 other inputs along the first coordinate.

statistics.json describes three quantities of every hidden layer: the pre-activations omega (W h + b), the \
activations, and the derivative of the output with respect to the activations. It contains their mean, standard \
deviation, histogram and mean spectrum, the distributions that the theory predicts, and the Kolmogorov distances to \
these. statistics.png shows up to six layers.")]
pub struct StatisticsJob {
    /// The folder of the results. It is created if it does not exist.
    #[arg(short, long, value_name = "DIR")]
    pub output: PathBuf,
    /// The network.
    #[command(flatten)]
    #[serde(flatten)]
    pub network: Network,
    /// The number of threads [default: one per core]. The result does not depend on it.
    #[arg(long, value_name = "T", value_parser = values::threads, allow_negative_numbers = true)]
    #[serde(default, deserialize_with = "entry::threads", skip_serializing_if = "Option::is_none")]
    pub threads: Option<usize>,
}

/// The content of `statistics.json`.
#[derive(Serialize)]
struct Survey<'a> {
    network: Network,
    theory: &'a Theory,
    layers: &'a [LayerStatistics],
}

impl StatisticsJob {
    /// Plans the job: checks that the outputs can be written.
    ///
    /// # Errors
    /// If an output cannot be written.
    pub fn plan(self, engine: Arc<dyn Engine>) -> Result<Plan, JobError> {
        let folder = &self.output;
        let files = ["statistics.json", "statistics.png"].map(|name| folder.join(name));
        output::check_folder(folder, &[], &files.each_ref().map(PathBuf::as_path))?;
        let Network { inputs, hidden, layers, .. } = self.network;
        let words = format!("{}: {inputs} -> {} x {hidden} sine", folder.display(), layers + 1);
        let numbers = [
            ("output", json!(folder)),
            ("inputs", json!(inputs)),
            ("hidden", json!(hidden)),
            ("layers", json!(layers)),
        ];
        Ok(Plan::work(words, numbers, move |_| self.survey(engine.as_ref(), &files)))
    }

    /// All paths that the job names.
    pub(crate) fn paths(&mut self) -> Vec<&mut PathBuf> {
        vec![&mut self.output]
    }

    /// Surveys the network, and draws and writes the results.
    fn survey(&self, engine: &dyn Engine, [json, picture]: &[PathBuf; 2]) -> Result<Report, JobError> {
        let network = self.network;
        let layers = survey(engine, &network).map_err(|error| {
            JobError::asked("network", format!("{error}; change `hidden`, `layers` or `inputs`"))
        })?;
        let theory = Theory::new(&network);
        let found = Survey { network, theory: &theory, layers: &layers };
        output::in_folder(&self.output, || {
            output::text(json, &output::json(&found)?)?;
            figure::draw(&network, &theory, &layers)?.write(picture)
        })?;
        let mut lines = Vec::new();
        for (layer, expected) in layers.iter().zip(&theory.pre_activation) {
            let std = layer.pre_activation.std;
            let apart = 100.0 * (std / expected - 1.0);
            lines.push(format!(
                "layer {:<3} pre-activations {std:.4}, theory {expected:.4} ({apart:+.1} %); \
                 activations {:.4}; gradients {:.3e}, theory {:.3e}",
                layer.layer, layer.activation.std, layer.gradient.std, theory.gradient[layer.layer]
            ));
        }
        lines.push(format!(
            "standard deviations; deep layers tend to {:.4}\nwrote {} and {}",
            theory.fixed_point,
            picture.display(),
            json.display()
        ));
        let numbers = Map::from_iter([("fixed_point".to_string(), theory.fixed_point.into())]);
        Ok(Report::new(lines.join("\n"), numbers))
    }
}
