//! Weights of the official SIREN code (PyTorch) as safetensors.
//!
//! Its two network classes have the following tensor names. `i` counts from 0. Each module that wraps the
//! network adds a leading `net.`:
//!
//! ```text
//! FCBlock (the scripts)       net.{i}.0.weight         net.{i}.0.bias
//! Siren (the notebook)        net.{i}.linear.weight    net.{i}.linear.bias    last: net.{i}.weight, .bias
//! ```
//!
//! Both compute `sin(30 (W x + b))`, and `W x + b` in the last layer. Neither records its ω or its
//! activation, so the reader cannot detect a network that was trained with other ones.

use std::collections::BTreeMap;

use super::error::{FileFault, quoted};
use super::header::Header;
use super::layout::Layout;
use crate::field::{Activation, Architecture, Encoding, Layer, Meta};

/// The part of a name after the number of its layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Style {
    /// `.0.weight`: a layer of `FCBlock`.
    Block,
    /// `.linear.weight`: a `SineLayer`.
    Sine,
    /// `.weight`: the linear layer after `SineLayer`s.
    Bare,
}

impl Style {
    fn infix(self) -> &'static str {
        match self {
            Style::Block => ".0.",
            Style::Sine => ".linear.",
            Style::Bare => ".",
        }
    }
}

/// The parts of a name.
#[derive(Clone, Copy, Debug)]
struct Name<'a> {
    prefix: &'a str,
    layer: usize,
    style: Style,
    part: &'a str,
}

impl<'a> Name<'a> {
    fn parse(name: &'a str) -> Option<Self> {
        let bare = name.strip_prefix("net.").unwrap_or(name);
        let bare = bare.strip_prefix("net.").unwrap_or(bare);
        let prefix = &name[..name.len() - bare.len()];
        let (number, rest) = bare.split_once('.')?;
        let layer: usize = number.parse().ok()?;
        // "+1" and "01" parse as numbers, but no layer has such a name.
        if layer.to_string() != number {
            return None;
        }
        let (style, part) = if let Some(part) = rest.strip_prefix("0.") {
            (Style::Block, part)
        } else if let Some(part) = rest.strip_prefix("linear.") {
            (Style::Sine, part)
        } else {
            (Style::Bare, rest)
        };
        ["weight", "bias"].contains(&part).then_some(Self { prefix, layer, style, part })
    }
}

/// The network of the tensors that `header` lists under the official names.
pub(super) fn layout(header: &Header) -> Result<Layout, FileFault> {
    let foreign = |name: &str| FileFault::Foreign { tensor: quoted(name) };
    let names = header.tensors.keys().map(|name| Name::parse(name).ok_or_else(|| foreign(name)));
    let names = names.collect::<Result<Vec<_>, _>>()?;
    let Some(last) = names.iter().max_by_key(|name| name.layer).copied() else {
        return Err(FileFault::Foreign { tensor: "no tensor".to_string() });
    };
    if last.style == Style::Sine {
        let tensor = quoted(&joined(last.prefix, last.layer, Style::Sine, last.part));
        return Err(FileFault::SineOutput { tensor });
    }
    let style_of = |layer| match last.style {
        Style::Bare if layer < last.layer => Style::Sine,
        style => style,
    };
    for (name, text) in names.iter().zip(header.tensors.keys()) {
        if name.style != style_of(name.layer) || name.prefix != last.prefix {
            return Err(foreign(text));
        }
    }
    let mut listed = Vec::new();
    let mut layers = Vec::new();
    let mut inputs = 0;
    // The last number may be arbitrarily large. The first gap below it ends the search.
    for index in 0..=last.layer {
        let name = |part| joined(last.prefix, index, style_of(index), part);
        let [weight, bias] = [name("weight"), name("bias")];
        let [outputs, fan_in] = matrix(&header.tensors, &weight)?;
        if index == 0 {
            inputs = fan_in;
        }
        let is_last = index == last.layer;
        let (activation, omega) = if is_last { (Activation::Linear, 1.0) } else { (Activation::Sine, 30.0) };
        layers.push(Layer { outputs, activation, omega });
        listed.push([weight, bias]);
    }
    let architecture = Architecture { inputs, encoding: Encoding::Identity, layers };
    architecture.check().map_err(FileFault::Architecture)?;
    Ok(Layout { architecture, meta: Meta::plain(inputs), names: listed })
}

fn joined(prefix: &str, layer: usize, style: Style, part: &str) -> String {
    format!("{prefix}{layer}{}{part}", style.infix())
}

/// The sizes `(out, in)` of the weight `name`.
fn matrix(tensors: &BTreeMap<String, super::header::Tensor>, name: &str) -> Result<[usize; 2], FileFault> {
    let missing = || FileFault::MissingTensor { name: name.to_string() };
    let found = &tensors.get(name).ok_or_else(missing)?.shape;
    let sizes: Vec<usize> = found.iter().filter_map(|&size| usize::try_from(size).ok()).collect();
    sizes.try_into().map_err(|_| FileFault::Shape {
        name: name.to_string(),
        expected: "(out, in)".to_string(),
        found: super::error::shape(found),
    })
}
