//! `sinefield statistics`: how a new network is distributed, layer by layer, against the theory.

mod figure;

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;
use sinefield::statistics::{LayerStatistics, Network, Theory, survey};

use crate::failure::Failure;
use crate::{console, fit, output, values};

/// Arguments of `sinefield statistics`.
#[derive(Args, Debug)]
#[command(after_long_help = "\
A sine network is drawn, and 1,024 inputs spread over [-1, 1]^d go through it; with several \
coordinates, 1,024 others along the first of them give the spectra.

statistics.json holds, for every hidden layer, the pre-activations omega (W h + b), the activations \
and the derivative of the output with respect to these: mean, standard deviation, histogram, mean \
spectrum, and the laws that theory names with Kolmogorov's distance from them. statistics.png shows \
up to six layers.")]
pub struct Options {
    /// The folder to write to, made if it is not there.
    #[arg(short, long, value_name = "DIR")]
    pub output: PathBuf,
    /// Width of every hidden layer.
    #[arg(long, value_name = "N", default_value_t = Network::default().hidden, value_parser = values::count,
        allow_negative_numbers = true)]
    pub hidden: usize,
    /// Hidden layers after the first.
    #[arg(long, value_name = "N", default_value_t = Network::default().layers, value_parser = values::whole::<usize>,
        allow_negative_numbers = true)]
    pub layers: usize,
    /// Omega of every hidden layer.
    #[arg(long, value_name = "W", default_value_t = Network::default().omega, value_parser = values::positive_f32,
        allow_negative_numbers = true)]
    pub omega: f32,
    /// Coordinates.
    #[arg(long, value_name = "D", default_value_t = Network::default().inputs, value_parser = values::count,
        allow_negative_numbers = true)]
    pub inputs: usize,
    /// The number from which the network is drawn.
    #[arg(long, value_name = "S", default_value_t = 0, value_parser = values::whole::<u64>, allow_negative_numbers = true)]
    pub seed: u64,
    /// Threads; one a core if not given. The result does not depend on it.
    #[arg(long, value_name = "T", value_parser = values::threads, allow_negative_numbers = true)]
    pub threads: Option<usize>,
}

/// What `statistics.json` holds.
#[derive(Serialize)]
struct Report<'a> {
    network: Network,
    theory: &'a Theory,
    layers: &'a [LayerStatistics],
}

/// Surveys as the options say.
pub fn run(options: &Options) -> Result<(), Failure> {
    let folder = &options.output;
    output::folder(folder)?;
    let (json, picture) = (folder.join("statistics.json"), folder.join("statistics.png"));
    output::check(&[], &[&json, &picture])?;
    let network = Network {
        inputs: options.inputs,
        hidden: options.hidden,
        layers: options.layers,
        omega: options.omega,
        seed: options.seed,
    };
    let engine = fit::engine(options.threads)?;
    let layers = survey(&engine, &network).map_err(|error| {
        Failure::usage("network", format!("{error}; change --hidden, --layers or --inputs"))
    })?;
    let theory = Theory::new(&network);
    output::text(&json, &output::json(&Report { network, theory: &theory, layers: &layers })?)?;
    figure::draw(&network, &theory, &layers)?.write(&picture)?;
    for (layer, expected) in layers.iter().zip(&theory.pre_activation) {
        let std = layer.pre_activation.std;
        let apart = 100.0 * (std / expected - 1.0);
        console::print(&format!(
            "layer {:<3} pre-activations {std:.4}, theory {expected:.4} ({apart:+.1} %); \
             activations {:.4}; gradients {:.3e}, theory {:.3e}",
            layer.layer, layer.activation.std, layer.gradient.std, theory.gradient[layer.layer]
        ))?;
    }
    console::print(&format!(
        "standard deviations; deep layers tend to {:.4}\nwrote {} and {}",
        theory.fixed_point,
        picture.display(),
        json.display()
    ))
}
