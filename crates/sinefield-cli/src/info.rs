//! `sinefield info`: describes a field file.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;
use sinefield::field::{Encoding, Field, Precision};
use sinefield::form;
use sinefield_jobs::words::{grouped, printable};
use sinefield_jobs::{describe, output};

use crate::console::print;
use crate::failure::Failure;

/// Arguments of `sinefield info`.
#[derive(Args, Debug)]
pub struct Options {
    /// The field file.
    pub field: PathBuf,
    /// Print one JSON object.
    #[arg(long)]
    pub json: bool,
}

/// Describes the field.
pub fn run(options: &Options) -> Result<(), Failure> {
    let field = form::load(&options.field)?;
    if options.json { print(&output::json(&object(&field))?) } else { print(&words(options, &field)) }
}

fn object(field: &Field) -> serde_json::Value {
    let architecture = field.architecture();
    json!({
        "inputs": architecture.inputs,
        "outputs": architecture.outputs(),
        "output_names": field.meta.outputs,
        "parameters": field.parameters().len(),
        "precision": field.precision(),
        "encoding": architecture.encoding,
        "form": field.meta.form.as_ref().map(|form| &form.text),
        "layers": architecture.layers,
        "axes": field.meta.axes,
        "value": field.meta.value,
        "fitted": field.meta.fitted,
    })
}

fn words(options: &Options, field: &Field) -> String {
    let architecture = field.architecture();
    let parameters = grouped(field.parameters().len());
    let precision = if field.precision() == Precision::F64 { " in float64" } else { "" };
    let mut lines = vec![format!(
        "{}: {}, {parameters} parameters{precision}",
        options.field.display(),
        describe(architecture)
    )];
    match architecture.encoding {
        Encoding::Identity => {}
        Encoding::Positional { frequencies } => {
            lines.push(format!("  encoding   positional, {frequencies} frequencies"));
        }
        Encoding::Periodic { axes } => {
            let names: Vec<String> = axes.iter().map(|at| field.meta.axis(at).name).collect();
            lines.push(format!("  encoding   periodic in {}", names.join(", ")));
        }
        Encoding::Fourier { features, scale, seed, periodic } => {
            let names: Vec<String> = periodic.iter().map(|at| field.meta.axis(at).name).collect();
            let periodic =
                if names.is_empty() { String::new() } else { format!(", periodic in {}", names.join(", ")) };
            lines.push(format!(
                "  encoding   fourier, {features} features, scale {scale}, seed {seed}{periodic}"
            ));
        }
        Encoding::Rbf { centres } => lines.push(format!("  encoding   rbf, {centres} centres")),
        other => lines.push(format!("  encoding   {other:?}")),
    }
    for (index, (layer, shape)) in architecture.layers.iter().zip(architecture.shapes()).enumerate() {
        let (name, omega) = (layer.activation.name(), layer.omega);
        lines
            .push(format!("  layer {index:<4} {} -> {}, {name}, omega {omega}", shape.inputs, shape.outputs));
    }
    for (index, axis) in field.meta.axes.iter().enumerate() {
        let samples = match axis.samples {
            Some(1) => ", 1 sample".into(),
            Some(n) => format!(", {} samples", grouped(n)),
            None if axis.range.is_none() => ", not sampled".into(),
            None => String::new(),
        };
        let (low, high) = axis.interval();
        let unit = if axis.unit.is_empty() { String::new() } else { format!(" {}", axis.unit) };
        lines.push(format!("  axis {index:<5} {}{samples}, from {low} to {high}{unit}", axis.name));
    }
    if !field.meta.outputs.is_empty() {
        lines.push(format!("  outputs    {}", field.meta.outputs.join(", ")));
    }
    if let Some(form) = &field.meta.form {
        lines.push(format!("  form       {}", form.text));
    }
    let value = field.meta.value;
    lines.push(format!("  value      {} + {} x output", value.offset, value.scale));
    for (name, value) in &field.meta.fitted {
        lines.push(format!("  {name:<10} {value}"));
    }
    lines.iter().map(|line| printable(line)).collect::<Vec<_>>().join("\n")
}
