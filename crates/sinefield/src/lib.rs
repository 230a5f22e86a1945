//! Sine-activated networks as continuous functions: fits, renders and exact derivatives.
//!
//! A [`Field`](field::Field) is a network from coordinates in `[-1, 1]^d` to `o` outputs. Its activation is usually
//! `sin(ω z)` (SIREN, Sitzmann et al. 2020). A fit makes it match a signal. The field then has an exact value and exact
//! derivatives up to the fourth at every point.
//!
//! | module | content |
//! |---|---|
//! | [`field`] | layers, activations, initialisation, the file |
//! | [`jet`] | the derivatives that pass through a network, and their rules |
//! | [`engine`] | evaluation and gradients: [`engine::cpu`] for speed, [`engine::reference`] in float64 |
//! | [`expr`] | the residual language: expressions, their derivatives, losses on tiles |
//! | [`problem`] | fields, and constraints over domains; the problem file |
//! | [`form`] | the evaluation of fields, with the form of their outputs |
//! | [`optimizer`] | Adam, SOAP, quasi-Newton methods and Gauss-Newton, behind one interface |
//! | [`fit`] | the interface between a loss and the fitting loop, the loop, checkpoints |
//! | [`recipe`] | ready problems: [`recipe::sampled`], [`recipe::gradient_domain`], [`recipe::derivatives`] |
//! | [`render`] | a field over a frame of pixels or at points, in the signal's units |
//! | [`surface`] | level sets of fields in space as meshes |
//!
//! This crate does not read or write image files. Signals are arrays.
//!
//! # Example
//!
//! ```
//! use std::sync::Arc;
//!
//! use sinefield::engine::cpu::CpuEngine;
//! use sinefield::field::FieldConfig;
//! use sinefield::fit::{Control, Fit, FitConfig};
//! use sinefield::recipe::sampled::Sampled;
//! use sinefield::render::{Coordinates, Quantity, at_points, at_points_exactly};
//!
//! // 16 x 16 pixels of one channel, row after row.
//! let wave = |i: usize| (0.4 * (i / 16) as f32).sin() * (0.3 * (i % 16) as f32).cos();
//! let picture = Arc::new(Sampled::picture((16, 16, 1), (0..256).map(wave).collect(), None)?);
//!
//! let engine = Arc::new(CpuEngine::new(None)?);
//! let field = picture.field(&FieldConfig { hidden: 16, ..FieldConfig::default() }, 0)?;
//! let mut fit = Fit::new(engine.clone(), field, picture, FitConfig { steps: 50, ..FitConfig::default() })?;
//! let outcome = fit.run(|_, _| Control::Continue)?;
//! assert_eq!(outcome.steps, 50);
//! let field = fit.into_field();
//!
//! // Half way from the middle to the last row, in the middle column.
//! let point = [0.5, 0.0];
//! let asked = [Quantity::Value, Quantity::Gradient, Quantity::Laplacian];
//! let answers = at_points(&engine, &field, &asked, Coordinates::Normalised, &point)?;
//! let (value, gradient, laplacian) = (answers[0][0], [answers[1][0], answers[1][1]], answers[2][0]);
//!
//! // The same in float64, by the reference engine.
//! let exact = at_points_exactly(&engine, &field, &asked, Coordinates::Normalised, &point)?;
//! assert!((f64::from(value) - exact[0][0]).abs() < 1e-4);
//! assert!((f64::from(gradient[1]) - exact[1][1]).abs() < 1e-2);
//! assert!((f64::from(laplacian) - exact[2][0]).abs() < 1e-3 * exact[2][0].abs().max(100.0));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod engine;
pub mod expr;
pub mod field;
pub mod fit;
pub mod form;
pub mod jet;
pub mod optimizer;
pub mod problem;
pub mod recipe;
pub mod render;
pub mod surface;

/// The README's example, compiled and run with the other examples.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
mod readme {}
