//! A field to look at and to listen to.

use std::sync::Arc;

use serde_json::{Value, json};
use sinefield::engine::cpu::CpuEngine;
use sinefield::field::{Architecture, Axis, Encoding, Field};
use sinefield::form;
use sinefield::render::{Coordinates, Count, Frame, Part, Quantity, Render, at_points};
use wasm_bindgen::prelude::wasm_bindgen;

use crate::{PageError, engine};

/// The most samples of a picture or a sound at once.
const MOST: usize = 1 << 24;
/// Rows and columns of a field that was not fitted to samples.
const UNSAMPLED: usize = 256;

/// A field of one or two coordinates.
#[wasm_bindgen]
pub struct View {
    engine: Arc<CpuEngine>,
    field: Field,
}

#[wasm_bindgen]
impl View {
    /// The field in the bytes of a field file.
    ///
    /// # Errors
    /// If they are no field file, or the field is neither a picture nor a sound or has parameters that are not finite.
    #[wasm_bindgen(constructor)]
    pub fn new(bytes: &[u8]) -> Result<View, PageError> {
        let mut field = form::from_bytes(bytes)?;
        if !(1..=2).contains(&field.architecture().inputs) {
            return Err(PageError::Coordinates(field.architecture().inputs));
        }
        if !field.parameters().iter().all(|parameter| parameter.is_finite()) {
            return Err(PageError::NotFinite);
        }
        if field.architecture().inputs == 2 {
            // A picture is asked in pixels, whatever units its axes have.
            let side = |at: usize| field.meta.axis(at).samples.unwrap_or(UNSAMPLED);
            let axes = vec![Axis::counted("row", side(0)), Axis::counted("column", side(1))];
            field.meta.affine = None;
            field.meta.axes = axes;
        }
        Ok(Self { engine: engine::shared()?, field })
    }

    /// What the field is, as JSON: `kind`, `rows` and `columns`, or `samples`, `seconds` and `rate`; `channels`, `parameters` and
    /// `network`.
    pub fn info(&self) -> String {
        let architecture = self.field.architecture();
        let mut told = json!({
            "kind": self.kind(),
            "channels": self.field.architecture().outputs(),
            "parameters": self.field.parameters().len(),
            "network": words(architecture),
        });
        if self.kind() == "picture" {
            told["rows"] = json!(self.field.meta.axis(0).samples);
            told["columns"] = json!(self.field.meta.axis(1).samples);
        } else {
            let axis = self.field.meta.axis(0);
            let (low, high) = axis.interval();
            told["samples"] = json!(axis.samples);
            told["seconds"] = json!(high - low);
            told["rate"] = axis.samples.map_or(Value::Null, |samples| {
                json!((samples.saturating_sub(1) as f64 / (high - low)).round())
            });
        }
        told.to_string()
    }

    /// A quantity over a region of a picture, `(rows, columns, channels)`: `value`, `gradient-magnitude`, `laplacian`, a component
    /// of the gradient, `gradient-down` or `gradient-across`, or of the Hessian, `hessian-down`, `hessian-mixed` or
    /// `hessian-across`. The region goes from row `top` and column `left` to
    /// `bottom` and `right` in pixels of the picture; pixel 0 is from 0 to 1. Derivatives are per pixel.
    ///
    /// # Errors
    /// If the field is a sound, the region is no part of the picture, there are too many pixels, or the quantity has no picture.
    #[expect(clippy::too_many_arguments, reason = "JavaScript passes numbers, not structures")]
    pub fn render(
        &self,
        quantity: &str,
        top: f64,
        left: f64,
        bottom: f64,
        right: f64,
        rows: usize,
        columns: usize,
    ) -> Result<Vec<f32>, PageError> {
        self.check_kind("picture")?;
        let (quantity, component) =
            component(quantity).ok_or_else(|| PageError::Quantity(quantity.into()))?;
        let field = &self.field;
        let part = |from: f64, to: f64, count: usize| Part::Run {
            region: Some((from, to)),
            count: Count::Exact(count),
        };
        let parts = [part(top, bottom, rows), part(left, right, columns)];
        let frame = Frame::of_parts(field, &parts)?;
        let channels = field.architecture().outputs();
        check(frame.count().saturating_mul(channels))?;
        let mut out = vec![0.0f32; frame.count() * channels];
        let render = Render::new(field, frame, quantity)?;
        let components = quantity.shape(1, 2).iter().product();
        let keep = |numbers: &[f32], out: &mut [f32]| {
            let of_channels = numbers.chunks_exact(components).map(|numbers| numbers[component]);
            out.iter_mut().zip(of_channels).for_each(|(out, number)| *out = number);
        };
        render.draw(self.engine.as_ref(), &mut out, channels, keep)?;
        Ok(out)
    }

    /// The field at one place of a picture, in the coordinates of [`View::render`], as JSON: `value`, `gradient`, `laplacian` and `hessian`,
    /// each with an entry for every channel. The entries of the gradient are down and across, those of the Hessian down twice, mixed
    /// and across twice.
    ///
    /// # Errors
    /// If the field is a sound.
    pub fn probe(&self, row: f64, column: f64) -> Result<String, PageError> {
        self.check_kind("picture")?;
        let quantities = [Quantity::Value, Quantity::Gradient, Quantity::Laplacian, Quantity::Hessian];
        // The middle of pixel 0 is place 0 of its axis.
        let place = [row - 0.5, column - 0.5];
        let found = at_points(self.engine.as_ref(), &self.field, &quantities, Coordinates::Units, &place)?;
        let gradient: Vec<&[f32]> = found[1].chunks_exact(2).collect();
        let hessian: Vec<[f32; 3]> = found[3].chunks_exact(4).map(|h| [h[0], h[1], h[3]]).collect();
        let told =
            json!({ "value": found[0], "gradient": gradient, "laplacian": found[2], "hessian": hessian });
        Ok(told.to_string())
    }

    /// A part of a sound from `start` to `stop`, in seconds from its start, at `rate` samples a second; channels are interleaved.
    ///
    /// # Errors
    /// If the field is a picture, or there are no or too many samples.
    pub fn sound(&self, start: f64, stop: f64, rate: f64) -> Result<Vec<f32>, PageError> {
        self.check_kind("sound")?;
        let count = (stop - start) * rate;
        if !(rate > 0.0 && count >= 1.0 && start.is_finite()) {
            return Err(PageError::NoSamples { start, stop, rate });
        }
        let count = count.min(MOST as f64 + 1.0) as usize;
        check(count.saturating_mul(self.field.architecture().outputs()))?;
        let first = self.field.meta.axis(0).interval().0 + start;
        let places: Vec<f64> = (0..count).map(|at| first + at as f64 / rate).collect();
        let quantities = [Quantity::Value];
        let mut found =
            at_points(self.engine.as_ref(), &self.field, &quantities, Coordinates::Units, &places)?;
        Ok(found.swap_remove(0))
    }
}

impl View {
    fn kind(&self) -> &'static str {
        if self.field.architecture().inputs == 1 { "sound" } else { "picture" }
    }

    fn check_kind(&self, wanted: &'static str) -> Result<(), PageError> {
        let found = self.kind();
        if found == wanted { Ok(()) } else { Err(PageError::Kind { found, wanted }) }
    }
}

/// The quantity of a name of the page, and which of its numbers for a channel.
fn component(name: &str) -> Option<(Quantity, usize)> {
    Some(match name {
        "value" => (Quantity::Value, 0),
        "gradient-magnitude" => (Quantity::GradientMagnitude, 0),
        "laplacian" => (Quantity::Laplacian, 0),
        "gradient-down" => (Quantity::Gradient, 0),
        "gradient-across" => (Quantity::Gradient, 1),
        "hessian-down" => (Quantity::Hessian, 0),
        "hessian-mixed" => (Quantity::Hessian, 1),
        "hessian-across" => (Quantity::Hessian, 3),
        _ => return None,
    })
}

fn check(found: usize) -> Result<(), PageError> {
    if found > MOST {
        return Err(PageError::TooLarge { name: "the number of samples", found, most: MOST });
    }
    Ok(())
}

/// The network in words: `3 x 256 sine, omega 30`.
fn words(architecture: &Architecture) -> String {
    let first = &architecture.layers[0];
    let depth = architecture.layers.len().saturating_sub(2);
    let width = architecture.shapes()[0].outputs;
    let name = serde_json::to_value(first.activation).ok();
    let name = name.as_ref().and_then(Value::as_str).unwrap_or_default().to_string();
    let encoding = match architecture.encoding {
        Encoding::Identity => "",
        _ => " on encoded coordinates",
    };
    format!("{depth} x {width} {name}{encoding}, omega {}", first.omega)
}
