//! How a picture made of derivatives is measured against the image that it should be.

use sinefield::engine::cpu::CpuEngine;
use sinefield::field::Field;
use sinefield::recipe::gradient_domain::{Alignment, Kind, Samples, align, samples_psnr};
use sinefield_media::Image;

use super::signal;
use super::work::Measured;
use crate::failure::Failure;
use crate::quality;

/// Aligns the field with the image and measures value, gradient and Laplacian. The gradient is held
/// against `gradient`, and against the image's differences where there is none.
pub fn measure(
    engine: &CpuEngine,
    field: &mut Field,
    image: &Image,
    alignment: Alignment,
    gradient: &[Samples],
) -> Result<Measured, Failure> {
    let failed = |error: &dyn std::fmt::Display| Failure::fault("quality", error);
    let shape = signal::shape(image);
    if alignment != Alignment::None {
        let values = Samples::new(Kind::Value, shape, image.data.clone()).map_err(|e| failed(&e))?;
        align(engine, field, &values, alignment).map_err(|e| failed(&e))?;
    }
    let value = quality::measure(engine, field, image).map_err(|e| failed(&e))?;
    let slope = if gradient.is_empty() {
        let own = signal::differences(image).map_err(|e| failed(&e))?;
        samples_psnr(engine, field, &own, None)
    } else {
        samples_psnr(engine, field, gradient, None)
    };
    let slope = slope.map_err(|e| failed(&e))?;
    let curvature = signal::laplacian(image, signal::five_point(image)).map_err(|e| failed(&e))?;
    let curvature = samples_psnr(engine, field, [&curvature], None).map_err(|e| failed(&e))?;
    Ok(Measured {
        numbers: vec![
            ("psnr_db", value.psnr_db),
            ("ssim", value.ssim),
            ("gradient_psnr_db", slope),
            ("laplacian_psnr_db", curvature),
        ],
        words: format!(
            "value {:.2} dB (SSIM {:.4}, alignment: {}), gradient {slope:.2} dB, Laplacian {curvature:.2} dB",
            value.psnr_db,
            value.ssim,
            alignment.rule()
        ),
    })
}
