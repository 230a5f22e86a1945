//! Fits a small array, then asks the field for its value, gradient and Laplacian anywhere.
//!
//! `cargo run --release --example fit_array`

use std::sync::Arc;

use sinefield::engine::cpu::CpuEngine;
use sinefield::field::FieldConfig;
use sinefield::fit::{Control, Fit, FitConfig};
use sinefield::recipe::sampled::Sampled;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (rows, columns) = (64, 48);
    let wave = |i: usize| (0.3 * (i / columns) as f32).sin() * (0.2 * (i % columns) as f32).cos();
    let picture =
        Arc::new(Sampled::picture((rows, columns, 1), (0..rows * columns).map(wave).collect(), None)?);

    let engine = Arc::new(CpuEngine::new(None)?);
    let field = picture.field(&FieldConfig { hidden: 64, ..FieldConfig::default() }, 0)?;
    let mut fit = Fit::new(engine, field, picture, FitConfig { steps: 200, ..FitConfig::default() })?;
    let outcome = fit.run(|_, _| Control::Continue)?;
    let psnr = fit.psnr()?.unwrap_or(f64::NAN);
    println!("{} steps in {:.2} s: {psnr:.1} dB", outcome.steps, outcome.seconds);
    Ok(())
}
